bindery_fuzz(fuzz-verdict bindery_compliance)
bindery_fuzz(fuzz-export bindery_compliance)
bindery_fuzz(fuzz-list bindery_compliance)
bindery_fuzz(fuzz-customers bindery_directory)
