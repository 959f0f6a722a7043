bindery_unit(test-merkle bindery_compliance)
bindery_unit(test-suppression bindery_compliance)
bindery_unit(test-rules bindery_compliance)
