bindery_unit(test-pcap bindery_smpp)
bindery_unit(test-trace-record bindery_gateway_core)
bindery_unit(test-trace-line bindery_gateway_core)
bindery_unit(test-standing bindery_gateway_core)
