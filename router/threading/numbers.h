#ifndef BINDERY_ROUTER_THREADING_NUMBERS_H
#define BINDERY_ROUTER_THREADING_NUMBERS_H

#include "config/settings.h"
#include "smpp/span.h"

struct numbers;

#define NUMBERS_SCOPE_MAX 96
#define NUMBERS_LOST_MAX 416
#define NUMBERS_SCOPES_MAX (224 + NUMBERS_LOST_MAX)
#define NUMBERS_CATEGORY_MAX 144 /* `c:<programme>:<category>` */
#define NUMBERS_MESSAGE_MAX                                                                        \
	(NUMBERS_SCOPES_MAX + NUMBERS_LOST_MAX + SETTINGS_CATEGORIES_MAX * NUMBERS_CATEGORY_MAX)

/* One of our numbers with everything that its messages need. Borrows from the settings. */
struct number {
	const struct settings_number *number;
	const struct settings_carrier *carrier; /* NULL where it has none */
	char *stranded;				/* why not, a sentence, where it had one; owned */
	const char
		*queue; /* where its conversations go; until it is set up otherwise, the file's */
	const char *preferred; /* `agent:score,…` who are asked first, for so long; "" for nobody */
	uint64_t preferred_wait_ms;
	const struct settings_programme *programme; /* NULL where it has none */
	char scope[NUMBERS_SCOPE_MAX];		    /* what an opt-out to this number covers */
	char scopes[NUMBERS_SCOPES_MAX]; /* every scope that covers a message from this number */
	char lost[NUMBERS_LOST_MAX];	 /* those of them by numbers_cover(), a `|` before each */
	char lost_categories[NUMBERS_LOST_MAX]; /* by the same, and in the same way */
	char *skills;				/* that it asks for, with commas; owned */
	char *routed[2]; /* what `queue` and `preferred` were set up as; owned */
};

/* Borrows `settings`. Never NULL. */
struct numbers *numbers_create(const struct settings *settings);
void numbers_destroy(struct numbers **numbers);

/* Each number has the carrier that it has in these settings, from which it borrows from now on; one
 * that is not in them has none. Returns how many of them are not ours yet. */
unsigned numbers_put_carriers(struct numbers *numbers, const struct settings *settings);

/* The number of a canonical address, or NULL where it is not ours. */
const struct number *numbers_find(const struct numbers *numbers, struct span address);

/* The first of our numbers, by address, whose conversations go to that queue, or NULL. */
const struct number *numbers_of_queue(const struct numbers *numbers, struct span queue);

/* The wrap-up codes of a queue, NULL-terminated; none where there is no such queue. They stand as
 * long as `numbers` does, also after numbers_put_codes(). */
const char *const *numbers_wrapup_codes(const struct numbers *numbers, struct span queue);

/* A queue has these codes from now on, a line each. Copies. */
void numbers_put_codes(struct numbers *numbers, const char *queue, const char *lines);

/* What comes to the number goes to that queue from now on, NULL for the file's, and is offered to
 * those whom it prefers first. Copies. A number that is not ours is ignored. */
void numbers_put_route(struct numbers *numbers, const char *address, const char *queue,
		       const char *preferred, uint64_t preferred_wait_ms);

/* A scope that the settings have lost, and one of our numbers at which customers opted out of it:
 * it covers that number, and those of the programme that the number is in now; all of ours where
 * the number is not ours any more. One of a category covers what may be of it alone
 * (numbers_message_scopes()). False where it covers none, or has no room at one of them. */
bool numbers_cover(struct numbers *numbers, const char *scope, const char *address);

/* Every scope that covers a program's message from the number, with a `|` between: its own, and
 * that of its category, one of the programme's. Those of lost categories cover a message of
 * marketing. One without a category may be of any, where the programme says so: NULL. */
void numbers_message_scopes(const struct number *number, const struct settings_category *category,
			    char out[NUMBERS_MESSAGE_MAX]);

/* Whether an opt-out of that scope covers messages from the number. NULL is covered by "all" alone.
 */
bool numbers_covers(const struct number *number, struct span scope);

#endif
