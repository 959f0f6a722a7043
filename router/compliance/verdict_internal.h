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
	MARK_COVERED = 4, /* by what MARK_VOID says, or by an everyday frame */
	MARK_VOID = 8,	  /* by a negation, a homonym or a footer: no phrase is made of it */
	MARK_FAMILY = 16,
	MARK_PHRASED = 32,   /* polite or requesting, by more than one word */
	MARK_ELSEWHERE = 64, /* a word of texts, but said of another channel */
	MARK_URGED = 128,    /* a negation here is none */
};

struct word {
	uint16_t number;    /* in the rules, or RULES_NO_WORD */
	uint16_t collapsed; /* the same with runs of letters collapsed, or without a slip */
	uint8_t marks;
	uint32_t framed; /* behind the last word of any frame that begins with it or before */
	size_t matches;	 /* the first of those that begin with it, or where it would stand */
};

struct match {
	const struct rules_pattern *pattern;
	uint32_t from, to; /* words; `to` is behind the last */
};

/* What stands last in a sentence, for one language: behind which word, 0 for none. */
struct sentence_end {
	size_t text, channel;
	uint32_t sentence;
	bool known;
};

struct verdict_reader {
	const struct rules *rules;
	struct normal normal;
	struct word *words;
	size_t word_capacity;
	struct match *matches; /* in the order in which they begin */
	size_t match_count, match_capacity;
	struct sentence_end *ends; /* by language */
	size_t signature;	   /* words before it */
	uint16_t *slips;	   /* keywords that are known with a slip of the finger */
	size_t slip_count;
	unsigned context;
	struct verdict_answer *answer;
};

/* Letters of a keyword that is known with a slip where it stands alone, and among other words. */
#define VERDICT_SLIP_ALONE 8
#define VERDICT_SLIP_AMONG 10

/* Finds the keywords that are long enough for that; to be called once. */
void verdict_find_slips(struct verdict_reader *reader);
/* The keyword of which a word that is none of the rules' is a slip: "stop" with two letters that
 * have changed places; one of at least `least` letters with that, or one letter more, less or
 * another. RULES_NO_WORD for none. */
uint16_t verdict_slip_of(const struct verdict_reader *reader, struct span letters, size_t least);

/* Whether what is so matched says that a keyword in it is none. */
bool verdict_is_cover(enum rules_kind kind);

/* Reads the text: its words, the patterns that fit, what they say of the words. */
void verdict_match(struct verdict_reader *reader, struct span text);

bool verdict_is_in(const struct verdict_reader *reader, size_t i, uint16_t set);
bool verdict_has_mark(const struct verdict_reader *reader, const struct match *match,
		      unsigned mark);
/* The match behind `match` that begins with the same word (`match` NULL: the first that begins with
 * word `i`), or NULL. */
const struct match *verdict_next_at(const struct verdict_reader *reader, size_t i,
				    const struct match *match);
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
