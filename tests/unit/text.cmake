foreach(module span hex utf8 utf16 gsm7 gsm7-tables utf-cluster coding udh segment segment-cut
		reassembly message)
	bindery_unit(test-${module} bindery_smpp)
endforeach()
