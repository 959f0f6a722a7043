bindery_fuzz(fuzz-trace bindery_gateway_core)
