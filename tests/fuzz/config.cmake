bindery_fuzz(fuzz-settings bindery_config)
