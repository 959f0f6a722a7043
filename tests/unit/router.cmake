bindery_unit(test-identity bindery_threading)
bindery_unit(test-numbers bindery_threading)
bindery_unit(test-recall bindery_config)
target_sources(test-recall PRIVATE ${PROJECT_SOURCE_DIR}/router/recall.c)
