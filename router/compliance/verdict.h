#ifndef BINDERY_ROUTER_COMPLIANCE_VERDICT_H
#define BINDERY_ROUTER_COMPLIANCE_VERDICT_H

#include <stdbool.h>

#include "router/compliance/rules.h"
#include "smpp/span.h"

struct verdict_reader;

/*
 * What a customer's whole text means for consent, by the decision table of which the first match
 * wins: 1 an opt-out keyword, 2 one with a category of messages, 3 negated or an everyday frame, 4
 * a phrase, 5 the first word or a sentence of the stop family, 6 a slip of the finger, 7 help, 8
 * opt-in (exact only), 9 for a person to read, 10 nothing. Pure but for its memory; the same text
 * and context give the same verdict.
 */

enum verdict {
	VERDICT_NONE,
	VERDICT_OPT_OUT,
	VERDICT_OPT_IN,
	VERDICT_HELP,
	VERDICT_AMBIGUOUS, /* automated traffic is held, and a person reads it */
};

/* What the message answers to; a set. A refusal ("no", "bye") is for a person unless it answers a
 * question or is said in an agent's chat, and always where marketing was the last that we sent. */
enum verdict_context {
	VERDICT_MARKETING = 1, /* the last outbound message was marketing */
	VERDICT_QUESTION = 2,  /* a question of ours is pending */
	VERDICT_AGENT = 4,     /* an agent's chat */
	VERDICT_OPTED_OUT = 8, /* the number is opted out */
};
#define VERDICT_CONTEXTS 16
#define VERDICT_CONTEXT_KINDS 4 /* 1u << 0 .. 1u << 3 */

struct verdict_answer {
	enum verdict verdict;
	unsigned rule;	      /* 1..10 */
	const char *language; /* of the rule's text, "" where none was needed; borrowed from the
				 rules */
	const char *pattern;  /* as the rules write it, "" likewise */
	unsigned category;    /* that is opted out of alone, from 1; else 0 */
	const char *variant;  /* how the text was read: plain, collapsed, joined, courtesy,
				 signature, … */
	size_t from, to;      /* octets of the text that decided, 0 and 0 where none did */
};

/* Borrows the rules. Not for two threads at once. */
struct verdict_reader *verdict_reader_create(const struct rules *rules);
void verdict_reader_destroy(struct verdict_reader **reader);

/* Reads `text` (UTF-8, up to UINT32_MAX octets). `context` is a set of enum verdict_context. */
void verdict_read(struct verdict_reader *reader, struct span text, unsigned context,
		  struct verdict_answer *answer);

/* The same for every context there is, by its number. */
void verdict_read_all(struct verdict_reader *reader, struct span text,
		      struct verdict_answer answers[VERDICT_CONTEXTS]);

/* Whether a text of ours asks something: it has a question mark. */
bool verdict_asks(struct span text);

/* "NONE", "OPT_OUT", "OPT_IN", "HELP", "AMBIGUOUS". */
const char *verdict_name(enum verdict verdict);

/* "marketing", "question", "agent", "opted-out": what a context of 1u << kind is called. */
const char *verdict_context_name(unsigned kind);
/* The context of that name, 0 for none. */
unsigned verdict_context(const char *name);

#endif
