#ifndef BINDERY_ROUTER_COMPLIANCE_RULES_INTERNAL_H
#define BINDERY_ROUTER_COMPLIANCE_RULES_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "router/compliance/rules.h"

/* Rules as the classifier walks them (verdict.c). */

#define RULES_SETS_MAX 4096   /* sets of words that elements and lists name */
#define RULES_ELEMENTS_MAX 12 /* words of a pattern */
#define RULES_WORD_MAX 40     /* octets */

enum rules_kind {
	RULES_OPT_OUT, /* whole messages … */
	RULES_HELP,
	RULES_OPT_IN,
	RULES_OPT_IN_OPTED_OUT,
	RULES_REFUSAL,
	RULES_FAMILY, /* … and what is looked for everywhere */
	RULES_POLITE,
	RULES_REQUEST,
	RULES_PHRASE,
	RULES_NEGATION,
	RULES_FRAME,
	RULES_FOOTER,
	RULES_UNCLEAR,
	RULES_UNCLEAR_UNASKED,
	RULES_SIGNATURE,
	RULES_URGING,
	RULES_ELSEWHERE,
	RULES_SCOPED,
	RULES_HOMONYM,
	RULES_KINDS,
};

struct rules_element {
	uint16_t set;
	uint8_t gap; /* words that may stand before it */
};

struct rules_pattern {
	enum rules_kind kind;
	uint8_t language;
	uint8_t category; /* of a scoped form, from 1; else 0 */
	uint8_t count;
	uint16_t line;
	struct rules_element elements[RULES_ELEMENTS_MAX];
	char *text; /* as it was written */
};

struct rules_word {
	char letters[RULES_WORD_MAX];
	uint64_t sets[RULES_SETS_MAX / 64];
	uint16_t *firsts; /* patterns that begin with it */
	uint16_t firsts_count;
	uint16_t alone; /* the set that it is in by itself, or 0 */
	bool keyword;	/* of an opt-out, alone */
	bool ordinary;	/* no slip of anything */
};

struct rules_language {
	char code[RULES_LANGUAGE_MAX];
	char version[RULES_VERSION_MAX];
	uint16_t text, channel; /* sets */
};

struct rules {
	struct rules_word *words;
	size_t word_count, word_capacity;
	uint16_t *index, *collapsed; /* tables of word number + 1, by the hash of letters */
	size_t index_size;
	struct rules_pattern *patterns;
	size_t pattern_count, pattern_capacity;
	struct rules_language *languages;
	size_t language_count;
	unsigned set_count;
	char *version;
};

#define RULES_NO_WORD UINT16_MAX

/* The number of a word by its letters, or RULES_NO_WORD; `collapsed`: letters with every run of one
 * letter as one, and the word that is written so. */
uint16_t rules_word(const struct rules *rules, struct span letters);
uint16_t rules_word_collapsed(const struct rules *rules, struct span letters);

/* Puts word `i` where it is found; all of them anew, in tables for as many as there is room for. */
void rules_index_word(struct rules *rules, size_t i);
void rules_index(struct rules *rules);

static inline bool rules_in_set(const struct rules *rules, uint16_t word, uint16_t set)
{
	return word != RULES_NO_WORD && (rules->words[word].sets[set / 64] >> (set % 64) & 1);
}

#endif
