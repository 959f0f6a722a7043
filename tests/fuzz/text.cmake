foreach(target udh gsm7 reassembly message)
	bindery_fuzz(fuzz-${target} bindery_smpp)
endforeach()
