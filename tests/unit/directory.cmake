if(TARGET bindery_directory)
	bindery_unit(test-shelf bindery_directory)
endif()
