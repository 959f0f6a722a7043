bindery_unit(test-identity bindery_threading)
bindery_unit(test-numbers bindery_threading)
bindery_unit(test-recall bindery_config)
target_sources(test-recall PRIVATE ${PROJECT_SOURCE_DIR}/router/recall.c)
bindery_unit(test-screens bindery_door bindery_threading ev)
target_sources(test-screens PRIVATE bench.c ${PROJECT_SOURCE_DIR}/router/screens.c
	${PROJECT_SOURCE_DIR}/router/screens_write.c ${PROJECT_SOURCE_DIR}/router/rows.c)
bindery_unit(test-glances bindery_threading ev)
target_sources(test-glances PRIVATE bench.c ${PROJECT_SOURCE_DIR}/router/glances.c)
