bindery_unit(test-keyword bindery_compliance)
bindery_unit(test-ledger bindery_compliance)
bindery_unit(test-suppression bindery_compliance)
