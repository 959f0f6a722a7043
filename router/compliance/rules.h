#ifndef BINDERY_ROUTER_COMPLIANCE_RULES_H
#define BINDERY_ROUTER_COMPLIANCE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "smpp/span.h"

struct rules;

/*
 * What the classifier knows of a language, as data: one text a language (rules/<code>.rules), a
 * `key: value` a line, `#` begins a comment, words folded (lower case, no accents, no apostrophes).
 *
 *	version: 2026.1            of this text; shown with every verdict
 *	language: en               two letters; must come first
 *	opt_out: stop, opt out     whole messages, likewise help, opt_in, opt_in_opted_out and
 *	                           refusal
 *	family: stop, opt out      opts out by being the first word, or a sentence
 *	polite: please, thank you  does not count around a keyword
 *	request: can you, now      does not count around one of the family
 *	text: text, message        texts
 *	channel: call, email       another way of reaching somebody
 *	elsewhere: send @CHANNEL   its first word is no text then
 *	ordinary: stoop            words, not slips of a keyword
 *	class NAME: a, b           words that a pattern names by @NAME
 *	phrase: @STOP ~3 @TEXT     asks for no more
 *	negation: dont stop        the keyword in it is not one
 *	urging: why dont you stop  a negation in it is none
 *	homonym: bus stop          the keyword in it is another word; as good as a negation
 *	frame: stop the delivery   an everyday use of it, as good as a negation unless a phrase says
 *	                           more ("stop the delivery texts")
 *	footer: reply stop         a quoted footer; the customer does not say what it says
 *	unclear: wrong number      a person has to read it, though a negation is in it
 *	unclear_unasked: no thanks likewise, unless a question is pending
 *	signature: sent from my    begins what is no part of the message
 *	category: 1                of the lines behind it, 1..255 (verdict_answer.category)
 *	scoped: @STOP offers       a whole message that opts out of that category alone
 *
 * A pattern is words with one blank between; `a|b` is one of them, `@NAME` one of a class, `~n` up
 * to n words of the same sentence, a `?` behind a word that it may be missing. @TEXT, @CHANNEL and
 * @FAMILY are the words of text, channel and family.
 */

#define RULES_LANGUAGE_MAX 8
#define RULES_VERSION_MAX 32

/* What is wrong with a text, for a person: place, fact, what is allowed. */
struct rules_fault {
	char message[192];
};

struct rules_source {
	const char *name; /* of a file, for faults */
	struct span text;
};

/* Compiles; copies what it needs. 0, or -EINVAL with `fault`. */
int rules_create(const struct rules_source *sources, size_t count, struct rules **rules,
		 struct rules_fault *fault) __attribute__((warn_unused_result));
void rules_destroy(struct rules **rules);

/* The texts that are compiled in: English, French, Spanish, Portuguese, German. */
const struct rules_source *rules_builtin(size_t *count);

/* Those compiled. */
struct rules *rules_create_builtin(void);

/* "en 2026.1, fr 2026.1", borrowed. */
const char *rules_version(const struct rules *rules);

#endif
