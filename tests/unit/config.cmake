bindery_unit(test-settings bindery_config)
target_compile_definitions(test-settings PRIVATE
	SAMPLE="${PROJECT_SOURCE_DIR}/config/bindery.conf")
bindery_unit(test-settings-route bindery_config)
bindery_unit(test-log bindery_config)
bindery_unit(test-metrics bindery_config)
bindery_unit(test-notify bindery_config)
bindery_unit(test-kernel bindery_config)
bindery_unit(test-secret bindery_config)
