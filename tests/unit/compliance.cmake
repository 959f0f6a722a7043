bindery_unit(test-ledger bindery_compliance)
bindery_unit(test-suppression bindery_compliance)
bindery_unit(test-rules bindery_compliance)
