#ifndef BINDERY_ROUTER_COMPLIANCE_KEYWORDS_H
#define BINDERY_ROUTER_COMPLIANCE_KEYWORDS_H

#include <stdbool.h>

#include "config/settings.h"
#include "router/compliance/ruleset.h"
#include "router/compliance/verdict.h"

/*
 * What the keywords of each programme and number are, and what they are answered: those that are
 * built in, for everybody and never without; a programme's own, as bindery.conf has them or as
 * people have edited them since; and a number's, beside its programme's. Whoever has keywords or
 * categories of their own has rules of their own, about a megabyte.
 */

struct keywords;

struct keywords_reader {
	struct verdict_reader *reader;
	/* Of the rules that it reads by: "de 2026.1, …, fr own, shop 4, +15550100 2": the languages
	 * built in, those of the file or of a version in force, and which versions those are. */
	const char *version;
	const char *mark; /* the same for who has little room: "3fa9c1 shop 4" */
	const struct settings_programme *programme; /* whose answers are given; NULL for none */
};

/* Borrows `settings`. Never NULL; a programme of which keywords_check() complains has the built-in
 * keywords alone. */
struct keywords *keywords_create(const struct settings *settings);
void keywords_destroy(struct keywords **keywords);

/* What `owner` (`p:shop`, `n:+1555…`) has from now on, in place of what the file says or was put
 * before. Takes `set`. Of an owner that the file does not know nothing follows. 0, or -EINVAL with
 * `fault`, and nothing has changed. Readers that keywords_of() gave are void behind it. */
int keywords_put(struct keywords *keywords, const char *owner, unsigned version,
		 struct ruleset **set, struct rules_fault *fault)
	__attribute__((warn_unused_result));

/* Every owner of whom `keep` says no has again what the file says, and a number nothing. Readers
 * are void behind it, too. */
void keywords_keep(struct keywords *keywords, bool (*keep)(const char *owner, void *context),
		   void *context);

/* Which version of an owner's was put, 0 for none. */
unsigned keywords_version(const struct keywords *keywords, const char *owner);

/* Who reads what is sent to that number ("" for one that is not said) of that programme (NULL for
 * none). Never NULL. */
const struct keywords_reader *keywords_of(const struct keywords *keywords, const char *number,
					  const struct settings_programme *programme);

/* The same as if `set` were in force as that version of `owner`; NULL: as it is. With `language`
 * not "", of its own words those of that language alone. For keywords_trial_destroy(), which is
 * before the next keywords_put(); borrows `set`. */
struct keywords_trial {
	const char *number; /* "" for none */
	const struct settings_programme *programme;
	const char *owner, *language;
	const struct ruleset *set;
	unsigned version;
};
struct own;
int keywords_try(const struct keywords *keywords, const struct keywords_trial *trial,
		 struct own **own, struct rules_fault *fault) __attribute__((warn_unused_result));
const struct keywords_reader *keywords_trial_reader(const struct own *own);
void keywords_trial_destroy(struct own **own);

/* What a verdict is answered in that language ("" for none in particular); "" for nothing. NULL is
 * a number without a programme. */
const char *keywords_answer(const struct settings_programme *programme,
			    const struct verdict_answer *verdict);

/* Tells of every keyword that cannot be one. Whether there is none. */
bool keywords_check(const struct settings *settings, settings_report *report, void *context);
/* The same of one programme's keywords and categories; `place` is in front of every line. */
bool keywords_check_one(const struct settings_programme *programme, const char *place,
			settings_report *report, void *context);

#endif
