foreach(target udh gsm7 segment reassembly message)
	bindery_fuzz(fuzz-${target} bindery_smpp)
endforeach()
