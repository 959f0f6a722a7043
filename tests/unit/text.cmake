foreach(module utf8 utf16 gsm7 gsm7-tables coding udh segment reassembly message)
	bindery_unit(test-${module} bindery_smpp)
endforeach()
