#ifndef BINDERY_ROUTER_COMPLIANCE_KEYWORDS_H
#define BINDERY_ROUTER_COMPLIANCE_KEYWORDS_H

#include <stdbool.h>

#include "config/settings.h"
#include "router/compliance/verdict.h"

/*
 * What the keywords of each programme are, and what they are answered: those that are built in, for
 * everybody and never without, and its own (bindery.conf, programmes). A programme with keywords or
 * categories of its own has rules of its own, about a megabyte.
 */

struct keywords;

struct keywords_reader {
	struct verdict_reader *reader;
	const char *version; /* of the rules it reads by */
};

/* Borrows `settings`. Never NULL; a programme of which keywords_check() complains has the built-in
 * keywords alone. */
struct keywords *keywords_create(const struct settings *settings);
void keywords_destroy(struct keywords **keywords);

/* Who reads what is sent to that programme; NULL for a number without. Never NULL. */
const struct keywords_reader *keywords_of(const struct keywords *keywords,
					  const struct settings_programme *programme);

/* What a verdict is answered in that language ("" for none in particular); "" for nothing. NULL is
 * a number without a programme. */
const char *keywords_answer(const struct settings_programme *programme,
			    const struct verdict_answer *verdict);

/* Tells of every keyword that cannot be one. Whether there is none. */
bool keywords_check(const struct settings *settings, settings_report *report, void *context);

#endif
