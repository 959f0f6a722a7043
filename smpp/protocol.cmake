# Framing, PDUs, sessions, receipts, addresses.
pkg_check_modules(SMPP34 REQUIRED IMPORTED_TARGET libsmpp34)

target_sources(bindery_smpp PRIVATE
	address.c
	bundle.c
	command.c
	frame.c
	pcap.c
	pdu.c
	pdu_encode.c
	pdu_json.c
	pdu_layout.c
	receipt.c
	receipt_id.c
	session.c
	session_pdu.c
	status.c
	time.c
	tlv.c
	tlv_tell.c
	wall/wall.c
	window.c)
target_link_libraries(bindery_smpp PRIVATE PkgConfig::SMPP34)
