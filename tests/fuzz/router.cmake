bindery_fuzz(fuzz-verdict bindery_compliance)
