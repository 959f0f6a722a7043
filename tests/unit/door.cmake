if(TARGET bindery_door)
	bindery_unit(test-wire bindery_door PkgConfig::JANSSON)
	bindery_unit(test-cookie bindery_door)
	bindery_unit(test-origin bindery_door)
	bindery_unit(test-password bindery_door)
	bindery_unit(test-asset bindery_door)
	bindery_unit(test-route bindery_door)
	target_compile_definitions(test-route PRIVATE
		OPENAPI="${PROJECT_SOURCE_DIR}/router/door/openapi.yaml")
	bindery_unit(test-rate bindery_door)
	bindery_unit(test-things-page bindery_door)
	bindery_unit(test-backlog bindery_door)
	bindery_unit(test-reel bindery_door)
	bindery_unit(test-signin bindery_door)

	# The door itself, with a desk that only echoes, driven over HTTP and WebSocket.
	add_executable(door-stub door-stub.c)
	target_link_libraries(door-stub PRIVATE bindery_door ${LIBEV})
	find_program(NODE node)
	foreach(name door door-socket)
		add_test(NAME unit/${name}
			COMMAND ${NODE} --test ${CMAKE_CURRENT_SOURCE_DIR}/${name}.test.mjs)
		set_tests_properties(unit/${name} PROPERTIES
			ENVIRONMENT DOOR_STUB=$<TARGET_FILE:door-stub> TIMEOUT 120)
	endforeach()
endif()
