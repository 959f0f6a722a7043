#ifndef BINDERY_ROUTER_COMPLIANCE_KEYWORDS_INTERNAL_H
#define BINDERY_ROUTER_COMPLIANCE_KEYWORDS_INTERNAL_H

#include "router/compliance/keywords.h"

/* What the files keywords*.c share; nobody else includes it. */

/* A version of what somebody has of their own. */
struct keywords_layer {
	const struct ruleset *set; /* NULL: none */
	unsigned version;
};

/* What one programme or number has, put together from the file and what lies above it. */
struct own {
	char owner[RULESET_OWNER_MAX];	     /* "" for what is built in alone */
	struct settings_programme programme; /* its strings and words are borrowed */
	struct rules *rules;		     /* NULL where it has no words of its own */
	char *version, *mark;
	struct keywords_reader reader;
};

struct own_sources {
	const struct settings_programme *file;	 /* NULL for none */
	struct keywords_layer programme, number; /* of the programme, of the number */
	const char *number_name;		 /* "" for none */
	const char *language;			 /* alone; "" for all */
	const struct keywords_reader *builtin;
};

/* 0, or -EINVAL with `fault`. */
int own_create(const struct own_sources *sources, struct own **own, struct rules_fault *fault)
	__attribute__((warn_unused_result));
void own_destroy(struct own **own);

/* The reader of what is built in, with rules of its own. */
struct own *own_create_builtin(void);

/* Whether it has words of its own. */
bool own_has_words(const struct settings_programme *programme);
/* The built-in rules with the programme's own behind them. 0, or -EINVAL with `fault`. */
int own_compile(const struct settings_programme *programme, struct rules **rules,
		struct rules_fault *fault) __attribute__((warn_unused_result));

#endif
