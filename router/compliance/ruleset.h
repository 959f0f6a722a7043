#ifndef BINDERY_ROUTER_COMPLIANCE_RULESET_H
#define BINDERY_ROUTER_COMPLIANCE_RULESET_H

#include <stdbool.h>

#include "config/settings.h"
#include "router/compliance/rules.h"

/*
 * What a programme or a number of ours has of its own, as people edit it: keywords beside those
 * that are built in, and answers, by language. As text, which is what Redis keeps of a version, it
 * is `<key><tab><value>` a line, in the order in which it was put: `stop_text`, `help_text`,
 * `start_text`, and with a language in front, `fr.stop_text`, one `fr.opt_out`, `fr.help`,
 * `fr.opt_in` a word. Control characters and `%` of a value are `%0A`. What is not there is as it
 * is below: a number's as its programme has it, a programme's as bindery.conf says.
 */

#define RULESET_TEXT_MAX ((size_t)128 * 1024)
#define RULESET_OWNER_MAX 96 /* `p:shop`, `n:+15550100`, as scopes are written */
#define RULESET_LANGUAGES_MAX 32
#define RULESET_WORDS_MAX 64 /* of a kind, in a language */
#define RULESET_WORD_OCTETS_MAX 96
#define RULESET_ANSWER_OCTETS_MAX 1600

struct ruleset {
	/* Texts may be "", `name` is "", there are no categories. */
	struct settings_programme own;
};

struct ruleset *ruleset_create(void);
void ruleset_destroy(struct ruleset **set);

/* One line. `language` is "" for the answers that have none. Copies. 0, or -EINVAL with `fault`:
 * `fr.opt_out: 65 words, allowed 64`. */
int ruleset_put(struct ruleset *set, const char *language, const char *key, struct span value,
		struct rules_fault *fault) __attribute__((warn_unused_result));

/* Reads the text. 0, or -EINVAL with `fault`, which names the line. */
int ruleset_read(struct span text, struct ruleset **set, struct rules_fault *fault)
	__attribute__((warn_unused_result));
/* Keywords and answers of a programme as text, for free(). */
char *ruleset_write(const struct settings_programme *programme);

/* Whether with `next` in place of `now` some word is no opt-out any more, or an opt-in that was
 * none: then two people have to want it. NULL has nothing. */
bool ruleset_narrows(const struct settings_programme *now, const struct settings_programme *next);

#endif
