#ifndef BINDERY_ROUTER_DOOR_COMPLIANCE_INTERNAL_H
#define BINDERY_ROUTER_DOOR_COMPLIANCE_INTERNAL_H

#include "router/bus/key.h"
#include "router/compliance/rules.h"
#include "router/compliance/suppression.h"
#include "router/compliance/verdict.h"
#include "router/compliance/written.h"
#include "router/door/api.h"
#include "router/door/body.h"
#include "router/door/compliance.h"
#include "router/door/route.h"

/* What the files compliance_*.c share; nobody else includes it. */

#define COMPLY_TEXT_MAX 512 /* octets of a reason, a reference */
#define COMPLY_ID_MAX 40    /* octets of a batch's or request's id, with a NUL */

struct compliance {
	struct compliance_links links;
};

/* A request on its way. The first member of whatever a handler keeps beside it. */
struct comply {
	const struct api *api;
	struct http_request *request;
	const struct route *route;
	char who[DESK_AGENT_MAX + 1];
	unsigned roles;				/* enum role, of who asks */
	char number[WRITTEN_MAX], tag[KEY_MAX]; /* that it is about, and its partition's tag */
};

/* `size` octets that begin with a struct comply, for free(). */
void *comply_keep(const struct comply *comply, size_t size);
struct compliance *comply_place(const struct comply *comply);
const struct settings *comply_settings(const struct comply *comply);
unsigned comply_partitions(const struct comply *comply);
/* Sends to Redis; `args` is empty behind it. */
void comply_send(const struct comply *comply, struct bus_args *args, bus_done *done, void *context);
/* Whether there is an answer; where not, the request was answered with 503. */
bool comply_answered(const struct comply *comply, const struct bus_reply *reply);

/* Fills number and tag from how somebody wrote it. False once the request was answered. */
bool comply_number(struct comply *comply, const char *text, const char *country);
/* A scope as a person writes it, "" for all. False once the request was answered. */
bool comply_scope(const struct comply *comply, const char *text, char scope[SUPPRESSION_SCOPE_MAX]);
/* The same, whether it is configured or not: what stands on lists may outlive that. */
bool comply_any_scope(const struct comply *comply, const char *text,
		      char scope[SUPPRESSION_SCOPE_MAX]);
/* A member of the body, 1..COMPLY_TEXT_MAX octets. False once the request was answered. */
bool comply_text(const struct comply *comply, const json_t *root, const char *name,
		 char out[COMPLY_TEXT_MAX + 1]);
/* Of two answers of Redis to be compared with a word: an array's first, or a string. */
bool comply_said(const struct bus_reply *reply, const char *word);
/* `3.<rest>`: the partition's tag; returns the rest, or NULL for anything else. */
const char *comply_split(const struct comply *comply, const char *id, char tag[KEY_MAX],
			 unsigned *partition);
/* False, which was answered, for a program: whoever asked for something may be running it, and
 * what a person is to read is not read by it. */
bool comply_is_person(const struct comply *comply);
/* What stands in the path's braces, cut to COMPLY_ID_MAX + 8. */
#define COMPLY_PATH_MAX (COMPLY_ID_MAX + 8)
char *comply_path(const struct comply *comply, char out[COMPLY_PATH_MAX]);
/* An id that sorts by time. */
void comply_make_id(char out[COMPLY_ID_MAX]);
/* Adds who, salt, seal and note. */
void comply_seal(const struct comply *comply, struct bus_args *args, const char *customer,
		 const char *note);

/* The scope as words: `all`, `programme:shop`, `number:+1…`. */
#define COMPLY_SCOPE_WORDS (SUPPRESSION_SCOPE_MAX + 16)
char *comply_scope_words(struct span scope, char out[COMPLY_SCOPE_WORDS]);
void comply_put_scope(struct writer *writer, const char *key, struct span scope);
/* Scopes with `|` between, as a list of such. */
void comply_put_scopes(struct writer *writer, const char *key, struct span scopes);
void comply_put_span(struct writer *writer, const char *key, const struct bus_reply *value);
/* Who reads what is sent to that number of ours (or "") now. */
const struct keywords_reader *comply_reader(const struct comply *comply, struct span ours);
/* How a text reads: verdict, rule, span, and what was compared. */
void comply_put_reading(struct writer *writer, const char *key,
			const struct keywords_reader *reader, struct span text, unsigned context);
/* The last times that a stream's id names, or 0. */
uint64_t comply_id_ms(struct span id);

/*
 * Lists of what all partitions have, the newest first, page by page. Each partition gives its
 * newest rows older than the cursor; here they are merged and the page is cut. Rows are arrays that
 * begin with a stream's id.
 */
/* A place in the order of all rows: by time, and of one moment by partition. */
struct comply_row_place {
	uint64_t ms, sequence;
	unsigned partition;
};
struct comply_source {
	const char *function; /* of before, inclusive, limit */
	/* What else it is to be told; may be NULL. `wish` is borrowed. */
	void (*add)(const void *wish, struct bus_args *args);
	const void *wish;
	/* A row as JSON, malloc'd. */
	char *(*json)(const struct comply *comply, const struct bus_reply *row, unsigned partition);
	uint64_t until_ms; /* nothing from then on; 0: from the newest */
	/* Its answer begins with the id of the last row that was looked at, "" where that was all:
	 * it looks through a bounded number, and where it stopped nothing older may be shown yet.
	 */
	bool stops;
};
/* The first member of what comply_keep() made; filled by comply_page(). */
struct comply_paging {
	struct comply comply;
	struct comply_source source;
	size_t size;
	struct comply_row_place before, horizon; /* ms 0: from the newest; of all of it */
	unsigned waiting;
	bool failed;
	struct comply_found *found;
	size_t count, room;
};
/* How they are ordered: < 0 where `a` comes first. */
int comply_newest_first(const struct comply_row_place *a, const struct comply_row_place *b);
/* The place that a stream's id names. */
struct comply_row_place comply_place_of(struct span id, unsigned partition);
/* Takes `paging`, reads pageSize and cursor, answers. */
void comply_page(struct comply_paging *paging, const struct comply_source *source);

/* Whose rules: a programme, or a number of ours. */
struct comply_owner {
	char scope[SUPPRESSION_SCOPE_MAX];	    /* `p:shop`, `n:+1555…` */
	const char *number;			    /* "" for a programme's; borrowed */
	const struct settings_programme *programme; /* NULL for a number without */
};
/* A row of functions/rules.lua. */
enum comply_version {
	COMPLY_VERSION_NUMBER,
	COMPLY_VERSION_STATE,
	COMPLY_VERSION_BY,
	COMPLY_VERSION_AT,
	COMPLY_VERSION_WHY,
	COMPLY_VERSION_APPROVED,
	COMPLY_VERSION_ACTIVATED,
	COMPLY_VERSION_ENDED,
	COMPLY_VERSION_REVISION,
	COMPLY_VERSION_EDITORS,
	COMPLY_VERSION_BASE,
	COMPLY_VERSION_TEXT,
};
/* `programme:shop`, `number:+1555…`; false where there is none. Answers nothing. */
bool comply_owner(const struct comply *comply, const char *text, struct comply_owner *owner);
/* That of the path. False once the request was answered. */
bool comply_path_owner(const struct comply *comply, struct comply_owner *owner);
/* An answer of a set: in a ruleset, in JSON, in struct settings_programme. */
#define COMPLY_ANSWERS 3
struct comply_answer {
	const char *key, *name;
	size_t offset;
};
extern const struct comply_answer comply_answers[COMPLY_ANSWERS];
/* What is in force, what is being written, the versions older than `before`. */
void comply_ask_history(const struct comply *comply, const struct comply_owner *owner,
			const char *before, bus_done *done, void *context);
/* A row of that version, or nothing. */
void comply_ask_version(const struct comply *comply, const struct comply_owner *owner,
			const char *version, bus_done *done, void *context);
/* The set of the answer to it; NULL once the request was answered. */
void comply_answer_set(const struct comply *comply, const struct bus_reply *reply,
		       struct ruleset **set);
/* `version` of a body, 0 for none; a set of contexts. False once the request was answered. */
bool comply_read_version(const struct comply *comply, const json_t *root, unsigned long *version);
bool comply_context(const struct comply *comply, const json_t *list, unsigned *context);
/* What a body says of a set, read and checked; NULL once the request was answered. */
struct ruleset *comply_read_set(const struct comply *comply, const json_t *root,
				const struct comply_owner *owner);

typedef void comply_handler(struct comply *comply);
/* Each gets a struct comply for the time of the call. */
comply_handler comply_search, comply_add, comply_evidence;
comply_handler comply_requests, comply_request, comply_answer;
comply_handler comply_classify, comply_scopes;
comply_handler comply_import, comply_batches;
comply_handler comply_blocked, comply_reviews, comply_decide;
comply_handler comply_rule_sets, comply_rule_set, comply_rule_set_version, comply_base_rules;
comply_handler comply_draft, comply_decide_rules, comply_replay;
comply_handler comply_export, comply_ledger, comply_head, comply_key, comply_report;

/* What is looked for among the records of consent. */
struct comply_wish {
	char scope[SUPPRESSION_SCOPE_MAX], source[64], what[96];
	uint64_t since_ms;
};
/* A moment in the query: RFC 3339 as far as its seconds in UTC, a day, or milliseconds. `end`: a
 * day is meant whole. False once the request was answered. */
bool comply_moment(const struct comply *comply, const char *name, bool end, uint64_t *ms);
/* The lists that pages and files are made from. False once the request was answered. */
bool comply_consent_source(const struct comply *comply, struct comply_wish *wish,
			   struct comply_source *source);
void comply_blocked_source(struct comply_source *source);
void comply_reviews_source(struct comply_source *source);
void comply_removals_source(struct comply_source *source);

#endif
