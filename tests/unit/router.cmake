bindery_unit(test-identity bindery_threading)
bindery_unit(test-numbers bindery_threading)
