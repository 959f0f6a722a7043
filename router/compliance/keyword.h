#ifndef BINDERY_ROUTER_COMPLIANCE_KEYWORD_H
#define BINDERY_ROUTER_COMPLIANCE_KEYWORD_H

#include <stdbool.h>

#include "smpp/span.h"

/*
 * Keywords of a whole message: capitals, punctuation, accents and outer blanks do not count. Pure.
 * The rules' numbers are those of the decision table that the full classifier has (first match
 * wins): 1 opt-out, 7 help, 8 opt-in.
 */

enum keyword_verdict {
	KEYWORD_NONE,
	KEYWORD_OPT_OUT,
	KEYWORD_OPT_IN,
	KEYWORD_HELP,
};

struct keyword_result {
	enum keyword_verdict verdict;
	const char *rule;    /* "1", "7", "8"; "10" for NONE */
	const char *keyword; /* the one that matched, "" for NONE; static */
};

#define KEYWORD_TEXT_MAX 64 /* octets of the longest text that can be a keyword, folded */

/* Classifies a text in UTF-8. `opted_out`: the sender has opted out, so that YES is an opt-in. */
void keyword_classify(struct span text, bool opted_out, struct keyword_result *result);

/* "NONE", "OPT_OUT", "OPT_IN", "HELP". */
const char *keyword_verdict_name(enum keyword_verdict verdict);

#endif
