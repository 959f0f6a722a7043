# Alphabets, segments, reassembly, the record that crosses.
target_sources(bindery_smpp PRIVATE
	${CMAKE_CURRENT_LIST_DIR}/hex.c
	${CMAKE_CURRENT_LIST_DIR}/utf8.c
	${CMAKE_CURRENT_LIST_DIR}/utf16.c
	${CMAKE_CURRENT_LIST_DIR}/utf_cluster.c
	${CMAKE_CURRENT_LIST_DIR}/gsm7.c
	${CMAKE_CURRENT_LIST_DIR}/gsm7-tables.c
	${CMAKE_CURRENT_LIST_DIR}/gsm7-tables-asia.c
	${CMAKE_CURRENT_LIST_DIR}/coding.c
	${CMAKE_CURRENT_LIST_DIR}/udh.c
	${CMAKE_CURRENT_LIST_DIR}/segment.c
	${CMAKE_CURRENT_LIST_DIR}/segment_cut.c
	${CMAKE_CURRENT_LIST_DIR}/reassembly.c
	${CMAKE_CURRENT_LIST_DIR}/message.c)
