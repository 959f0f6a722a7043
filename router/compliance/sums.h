#ifndef BINDERY_ROUTER_COMPLIANCE_SUMS_H
#define BINDERY_ROUTER_COMPLIANCE_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/* Numbers by a text, which add up. */

#define SUMS_MAX 100000 /* texts of one table */

struct sums {
	struct sums_row {
		char *text;
		uint64_t sum;
	} * rows;
	size_t count, room;
	uint32_t *places; /* of rows, from 1, by the hash of their text */
	size_t places_count;
};

void sums_init(struct sums *sums);
void sums_finish(struct sums *sums);
/* False for another text where there are SUMS_MAX. */
bool sums_add(struct sums *sums, const char *text, uint64_t by);
/* 0 for one that is not there. */
uint64_t sums_of(const struct sums *sums, const char *text);
/* By their texts, as strcmp() has them; nothing may be added any more. */
void sums_sort(struct sums *sums);

#endif
