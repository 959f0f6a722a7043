if(TARGET bindery_door)
	bindery_unit(test-wire bindery_door PkgConfig::JANSSON)
endif()
