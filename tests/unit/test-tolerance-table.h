#ifndef BINDERY_TESTS_UNIT_TEST_TOLERANCE_TABLE_H
#define BINDERY_TESTS_UNIT_TEST_TOLERANCE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Reads tests/corpus/tolerance.txt, whose head says what the keys mean. What is wrong with the file
 * fails the test that is running, or ends the program. */

#define TOLERANCE_CASES_MAX 1000
#define TOLERANCE_SEQUENCE 0x51 /* what SEQ stands for */

enum key {
	KEY_NAME,
	KEY_SPEC,
	KEY_CARRIER,
	KEY_FLIGHT,
	KEY_IN,
	KEY_DECODE,
	KEY_ANSWER,
	KEY_SESSION,
	KEY_OUTCOME,
	KEY_COUNT,
	KEY_MO,
	KEY_BODY,
	KEY_CODING,
	KEY_TEXT,
	KEY_RECEIPT,
	KEYS,
};

/* A case: what stands behind each key, "" where it has none; NULL for coding and text, of which
 * empty says something. */
struct play {
	char *values[KEYS];
};

/* Reads all cases of the file; they are never freed. Returns their number. */
size_t tolerance_read(const char *path, struct play plays[TOLERANCE_CASES_MAX]);

/* The octets of hex with its XX*N and SEQ, of "none" none. Returns their number. */
size_t tolerance_octets(const char *hex, uint8_t *out, size_t capacity);

#endif
