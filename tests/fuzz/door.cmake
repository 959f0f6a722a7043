if(TARGET bindery_door)
	bindery_fuzz(fuzz-agent-json bindery_door)
endif()
