#ifndef BINDERY_ROUTER_COMPLIANCE_VERDICT_INTERNAL_H
#define BINDERY_ROUTER_COMPLIANCE_VERDICT_INTERNAL_H

#include "router/compliance/normal.h"
#include "router/compliance/rules_internal.h"
#include "router/compliance/verdict.h"

/* What was found in a text (verdict_match.c), for what decides by it (verdict.c). */

/* What was found of a word. */
enum mark {
	MARK_POLITE = 1,
	MARK_REQUEST = 2,
	MARK_COVERED = 4, /* by a negation or an everyday frame */
	MARK_FOOTER = 8,
	MARK_FAMILY = 16,
	MARK_PHRASED = 32,   /* polite or requesting, by more than one word */
	MARK_ELSEWHERE = 64, /* a word of texts, but said of another channel */
	MARK_URGED = 128,    /* a negation here is none */
};

struct word {
	uint16_t number;    /* in the rules, or RULES_NO_WORD */
	uint16_t collapsed; /* the same with runs of letters collapsed */
	uint8_t marks;
};

struct match {
	const struct rules_pattern *pattern;
	uint32_t from, to; /* words; `to` is behind the last */
};

struct verdict_reader {
	const struct rules *rules;
	struct normal normal;
	struct word *words;
	size_t word_capacity;
	struct match *matches;
	size_t match_count, match_capacity;
	size_t signature; /* words before it */
	unsigned context;
	struct verdict_answer *answer;
};

/* Reads the text: its words, the patterns that fit, what they say of the words. */
void verdict_match(struct verdict_reader *reader, struct span text);

bool verdict_is_in(const struct verdict_reader *reader, size_t i, uint16_t set);
bool verdict_has_mark(const struct verdict_reader *reader, const struct match *match,
		      unsigned mark);
/* A match of that kind over the words from `from` to `to` and no others; NULL for none. */
const struct match *verdict_whole(const struct verdict_reader *reader, enum rules_kind kind,
				  size_t from, size_t to);
/* Whether the words are all keywords of that kind, one behind the other ("stop stop stop"): the
 * first of them, else NULL. */
const struct match *verdict_repeated(const struct verdict_reader *reader, enum rules_kind kind,
				     size_t from, size_t to);
/* The words between `from` and `to` without what is marked at their ends. */
void verdict_strip(const struct verdict_reader *reader, unsigned marks, size_t *from, size_t *to);

#endif
