#ifndef BINDERY_CONFIG_SETTINGS_H
#define BINDERY_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "smpp/address.h"
#include "smpp/receipt.h"
#include "smpp/segment.h"
#include "smpp/tlv_tell.h"

/*
 * bindery.conf, for both programs, as plain values. This room's settings*.c are the only users of
 * libconfig. Every key, its default and its range stand once, in settings_keys.c; the annotated
 * sample config/bindery.conf is held against that table by a test.
 *
 * All strings are owned by `struct settings`, NUL-terminated and never NULL ("" where not given).
 * Numbers carry their unit in their name. Ranges are those of the table, so a value that was loaded
 * needs no further check.
 */

struct settings_redis {
	char *socket; /* unix socket's path; "" where host and port are used */
	char *host;
	unsigned port;
	char *password, *password_file; /* password holds the file's content once loaded */
	unsigned partitions;
};

struct settings_log {
	unsigned level; /* enum log_level */
	bool mask_numbers;
};

struct settings_http {
	char *listen;
	unsigned port;
	char *console, *docs;
	char *certificate, *private_key; /* PEM files; both or none */
	bool secure_cookies;
	char **origins;
	size_t origins_count;
	unsigned session_idle_min, session_max_h;
	unsigned client_requests_per_s;
};

struct settings_gateway {
	char *instance;
	char *listen;
	unsigned port; /* of /healthz, /readyz and /metrics; 0 = none */
	unsigned drain_s;
};

struct settings_router {
	char *instance;
	unsigned parts_timeout_s, duplicate_window_s, offline_grace_s, reclaim_s;
};

/* How long events are kept; the smaller of the two. */
struct settings_events {
	unsigned keep_h;
	unsigned keep_most; /* of one stream */
};

/* Where the ledger is kept beside Redis, and its keys. */
struct settings_ledger {
	char *directory, *number_key_file, *signing_key_file;
	unsigned head_interval_s;
};

/* What people of compliance do. */
struct settings_compliance {
	unsigned review_hour; /* of the day, by which an unclear text is to be read */
};

struct settings_host {
	char *host;
	unsigned port;
};

enum settings_bind_type {
	SETTINGS_TRANSCEIVER,
	SETTINGS_TRANSMITTER,
	SETTINGS_RECEIVER,
};

enum settings_unknown {
	SETTINGS_RESUBMIT,
	SETTINGS_HOLD,
};

/* In which form a submit_sm says until when its message is worth anything, or from when on it is to
 * be delivered, SMPP 3.4 §7.1.1. */
enum settings_validity {
	SETTINGS_VALIDITY_NONE,
	SETTINGS_VALIDITY_RELATIVE,
	SETTINGS_VALIDITY_ABSOLUTE,
};

#define SETTINGS_TLVS_MAX 8
#define SETTINGS_TLV_OCTETS_MAX ((size_t)64)

/* An optional parameter that the carrier asks for. */
struct settings_tlv {
	unsigned tag;
	char *text; /* its octets */
	char *hex;  /* the same in hexadecimal, where `text` is "" */
};

/* How a carrier writes ids; settings_response_id() and settings_receipt_id() tell them apart. */
enum settings_id_form {
	SETTINGS_ID_TEXT,
	SETTINGS_ID_EXACT,
	SETTINGS_ID_DECIMAL,
	SETTINGS_ID_HEX,
	SETTINGS_ID_HEX_TO_DECIMAL, /* hex in submit_sm_resp, decimal in the receipt */
	SETTINGS_ID_DECIMAL_TO_HEX,
};

/* Where the SMSC connects to us and says outbind, SMPP 3.4 §2.2.1 and §4.1.7. */
struct settings_outbind {
	char *listen;
	unsigned port;		    /* 0 = not listened for */
	char *system_id, *password; /* that it has to say; "" = any */
};

/* priority_flag of a submit_sm by the class of its message, SMPP 3.4 §5.2.14. */
struct settings_priority {
	uint8_t interactive, transactional, bulk;
};

enum settings_action {
	SETTINGS_RETRY,	   /* the segment goes again later */
	SETTINGS_REROUTE,  /* the message goes to the next carrier of its route */
	SETTINGS_FAIL,	   /* refused for good */
	SETTINGS_THROTTLE, /* the bind pauses, the segment goes again */
};

/* What to do about one command_status of a submit_sm_resp. */
struct settings_status {
	unsigned status;
	enum settings_action action;
	unsigned after_ms; /* 0 = as long as is usual */
	bool opt_out;	   /* the customer opted out at the carrier */
};

#define SETTINGS_BINDS_MAX 64 /* of one carrier */

#define SETTINGS_PLACE_MAX 256

struct settings_carrier {
	char *name;
	char place[SETTINGS_PLACE_MAX]; /* where it stands, `bindery.conf:41` */
	char *account; /* by which its ids are known, see settings_account(); "" = its name */
	struct settings_host *hosts; /* none where the SMSC connects to us only */
	size_t hosts_count;
	char *system_id, *password, *password_file, *system_type;
	char *address_range; /* that a bind says, for what comes in; "" = none */
	uint8_t address_range_ton, address_range_npi;
	char *service_type; /* of each submit_sm */
	struct settings_priority priority;
	enum settings_bind_type bind_type;
	unsigned binds, window;
	/* Segments a second, 0 = no limit, and what a full bucket holds, 0 = a quarter of a
	 * second's worth: over all binds, and on each. */
	unsigned throughput, throughput_burst;
	unsigned bind_throughput, bind_throughput_burst;
	char *local_address;
	unsigned connect_timeout_s, session_init_timeout_s, enquire_link_s, enquire_link_max;
	unsigned response_timeout_s, read_timeout_s;
	unsigned backoff_min_ms, backoff_max_ms;
	enum coding default_alphabet;
	enum segment_concatenation concatenation;
	bool latin1, fold_punctuation;
	enum settings_validity validity_period;
	/* NONE: what has a time to be delivered at waits here until then */
	enum settings_validity schedule_delivery_time;
	unsigned segments_max;
	enum settings_unknown on_unknown;
	enum settings_id_form message_id_form;
	bool sniff_receipts; /* also where esm_class does not say that it is one */
	unsigned attempts_max, validity_s, pdu_max;
	unsigned resubmits_max;	    /* of a segment whose outcome is unknown */
	unsigned reroute_after_s;   /* without a bind; 0 = never */
	unsigned receipt_timeout_s; /* 0 = never overdue */
	bool query, cancel;	    /* may be asked by query_sm, cancel_sm */
	unsigned interface_version; /* that our bind says: 0x33, 0x34 or 0x50 */
	bool tls, tls_verify;
	char *tls_ca_file, *tls_name, *tls_certificate, *tls_private_key;
	struct settings_outbind outbind;
	struct address_settings addresses;
	char **languages; /* whose shift tables may be used: names of smpp/gsm7.h */
	size_t languages_count;
	struct settings_tlv *tlvs; /* that each submit_sm bears */
	size_t tlvs_count;
	struct tlv_naming *tlv_names; /* of what the carrier sends */
	size_t tlv_names_count;
	char **opt_out_errors; /* of receipts, that mean so; none = those usual */
	size_t opt_out_errors_count;
	struct settings_status *statuses; /* what to do about them; others as is usual */
	size_t statuses_count;
};

struct settings_number {
	char *address;			   /* canonical: + and digits, or a short code's digits */
	char *carrier, *queue, *programme; /* names; queue and programme may be "" */
	unsigned threading_window_min;
	unsigned throughput, throughput_burst; /* segments a second by each carrier, as there */
	unsigned priority;		       /* of what comes in: minutes of waiting */
	char **skills;			       /* that it asks for */
	size_t skills_count;
};

/* One of the carriers of a route. */
struct settings_way {
	char *name;
	unsigned weight;   /* share among those of equal priority; 0 = only when they refuse */
	unsigned priority; /* the lowest first */
};

/* Which carriers take messages from `source` to numbers that begin with `prefix`; either may be
 * "" for any. See settings_route.h. */
struct settings_route {
	char *source, *prefix;
	struct settings_way *carriers;
	size_t carriers_count;
};

enum settings_scope {
	SETTINGS_SCOPE_PROGRAMME,
	SETTINGS_SCOPE_NUMBER,
	SETTINGS_SCOPE_ALL,
};

/* Keywords beside those that everybody has, and the answers, of one language. A text may be "": the
 * programme's own is sent. */
struct settings_language {
	char *language; /* two letters */
	char *stop_text, *help_text, *start_text;
	char **opt_out, **help, **opt_in;
	size_t opt_out_count, help_count, opt_in_count;
};

/* A kind of messages of which a customer may want no more while the rest goes on. */
struct settings_category {
	char *name, *stop_text;
	char **words; /* that may stand beside STOP */
	size_t words_count;
	bool marketing; /* what a customer says to it is read as an answer to advertising */
};
#define SETTINGS_CATEGORIES_MAX 16

enum settings_hours_preset {
	SETTINGS_HOURS_NONE,
	SETTINGS_HOURS_FEDERAL,
	SETTINGS_HOURS_FL,
	SETTINGS_HOURS_OK,
	SETTINGS_HOURS_OR,
	SETTINGS_HOURS_TX,
	SETTINGS_HOURS_SAFE,
	SETTINGS_HOURS_OWN,
};

/* When automated messages may be sent, at the place of whom they are for. */
struct settings_hours {
	enum settings_hours_preset preset;
	unsigned from, to, sunday_from, sunday_to; /* hours, 0..24, of SETTINGS_HOURS_OWN */
};

/* Of which categories a message is that names none. */
enum settings_without { SETTINGS_WITHOUT_ANY, SETTINGS_WITHOUT_NONE };

struct settings_programme {
	char *name;
	enum settings_scope scope;
	char *stop_text, *help_text, *start_text;
	struct settings_hours hours;
	bool confirm_again; /* a STOP that is repeated, too */
	struct settings_language *languages;
	struct settings_category *categories;
	enum settings_without without_category; /* what a message of the API without one is of */
	size_t languages_count, categories_count;
};

enum settings_evaluation { SETTINGS_EVALUATE_ALL, SETTINGS_EVALUATE_BEST, SETTINGS_EVALUATE_ANY };
enum settings_last { SETTINGS_LAST_ANY, SETTINGS_LAST_MEMBERS, SETTINGS_LAST_OFF };

enum settings_after_call {
	SETTINGS_AFTER_MANDATORY,
	SETTINGS_AFTER_OPTIONAL,
	SETTINGS_AFTER_TIMEOUT,
	SETTINGS_AFTER_FORCED,
	SETTINGS_AFTER_REQUESTED,
};

#define SETTINGS_RINGS_MAX 6
#define SETTINGS_SKILL_MAX 64	 /* octets */
#define SETTINGS_SKILLS_MAX 1024 /* different ones, as many as routing tells apart */
/* What no queue, skill, wrap-up code or user may have as its id, and the end of no queue's: Redis
 * has other keys of theirs there (directory.lua). */
#define SETTINGS_ID_NAMES "names"
#define SETTINGS_ID_MEMBERS ":members"

struct settings_ring {
	unsigned timeout_s;
	char **drops; /* skills */
	size_t drops_count;
};

struct settings_queue {
	char *name;
	unsigned alerting_timeout_s;
	char **wrap_up_codes;
	size_t wrap_up_codes_count;
	enum settings_evaluation evaluation;
	enum settings_last last_agent;
	bool least_loaded, priority_first, members_only, auto_answer, resume_on_message;
	enum settings_after_call after_call_work;
	unsigned after_call_timeout_s;
	bool after_call_holds_slot;
	unsigned inactivity_s; /* 0: never */
	struct settings_ring *rings;
	size_t rings_count;
};

/* A row of what an agent is shown of a customer: a field, or a link made of them. */
#define SETTINGS_LINK_MAX 1024
struct settings_pop {
	char *field, *label, *link; /* one of field and link is "" */
};

/* A list's elements in the order of their names, see settings_names.h. */
struct settings_names {
	const void **all;
	size_t count;
};

struct settings {
	struct settings_redis redis;
	struct settings_log log;
	struct settings_http http;
	struct settings_gateway gateway;
	struct settings_router router;
	struct settings_events events;
	struct settings_ledger ledger;
	struct settings_compliance compliance;
	struct settings_carrier *carriers;
	struct settings_number *numbers;
	struct settings_programme *programmes;
	struct settings_queue *queues;
	struct settings_route *routes;
	struct settings_pop *screen_pop;
	size_t carriers_count, numbers_count, programmes_count, queues_count, routes_count;
	size_t screen_pop_count;
	struct settings_names carrier_names, number_names, programme_names, queue_names;
};

#define SETTINGS_FILE_DEFAULT "/etc/bindery/bindery.conf"
#define SETTINGS_ERROR_MAX 512

/* Told once for each error, without a newline: `bindery.conf:41: carrier "acme": window is 0,
 * allowed 1..1000`. `line` is borrowed for the time of the call. */
typedef void settings_report(const char *line, void *context);

/* Which secrets are read beside that of Redis: the carriers', of who binds; and whether a
 * credential that only a unit has may lack, where this process is none. Its password is "" then. */
#define SETTINGS_SECRETS_CARRIERS 1u
#define SETTINGS_SECRETS_ELSEWHERE 2u

/* Reads `path` and what it @includes (relative to the folder of `path`), checks all of it and
 * reports every error. `secrets` is a set of SETTINGS_SECRETS_. Returns 0 with `settings` for the
 * caller to destroy, or -EINVAL when at least one error was reported; a file that cannot be read is
 * reported too. */
__attribute__((warn_unused_result)) int settings_load(const char *path, unsigned secrets,
						      settings_report *report, void *context,
						      struct settings **settings);
/* The same for text that was read already, with the carriers' secrets; errors call it `text`. */
__attribute__((warn_unused_result)) int settings_parse(const char *text, settings_report *report,
						       void *context, struct settings **settings);
void settings_destroy(struct settings **settings);

/* The entry of that name, or NULL. */
const struct settings_carrier *settings_carrier(const struct settings *settings, const char *name);
const struct settings_queue *settings_queue(const struct settings *settings, const char *name);
const struct settings_programme *settings_programme(const struct settings *settings,
						    const char *name);
const struct settings_number *settings_number(const struct settings *settings, const char *address);

/* The texts with `between` between, for free(). */
char *settings_join(char *const *texts, size_t count, char between);

/* What the carrier calls its own parameters; NULL, as for one that has left, names none. */
struct tlv_namings settings_tlv_names(const struct settings_carrier *carrier);
/* The octets of a parameter's value. Returns how many, or -EINVAL for hex that is none. */
__attribute__((warn_unused_result)) int settings_tlv_value(const struct settings_tlv *tlv,
							   uint8_t out[SETTINGS_TLV_OCTETS_MAX]);
/* What segment_plan() is to know about the carrier: the console's counter, the API and the gateway
 * plan alike. */
struct segment_options settings_segments(const struct settings_carrier *carrier);
/* Whose ids they are: what one carrier calls a message is known to all of the same account, so that
 * its receipt may come by any of them. */
const char *settings_account(const struct settings_carrier *carrier);
/* How ids are written in submit_sm_resp, and in receipts. */
enum receipt_id_form settings_response_id(const struct settings_carrier *carrier);
enum receipt_id_form settings_receipt_id(const struct settings_carrier *carrier);

#endif
