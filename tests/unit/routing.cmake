bindery_unit(test-floor bindery_routing)
bindery_unit(test-floor-skills bindery_routing)
bindery_unit(test-offers bindery_routing ev)
target_sources(test-offers PRIVATE bench.c)
