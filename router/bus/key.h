#ifndef BINDERY_ROUTER_BUS_KEY_H
#define BINDERY_ROUTER_BUS_KEY_H

#include <stdint.h>

#include "smpp/span.h"

/*
 * The names of everything in Redis (DESIGN.md, "Partitions"); no other file spells one out. The
 * Redis Functions get the tag, e.g. `{c3}`, as their only key and add the rest themselves.
 */

#define KEY_MAX 192 /* octets of a key with its NUL */
#define KEY_PARTITIONS_DEFAULT 16
#define KEY_PARTITIONS_MAX 1024

/* crc16(address) mod partitions, the CRC of Redis Cluster (XMODEM). */
unsigned key_partition(struct span address, unsigned partitions);
/* The same of what an account calls a message: where its answer and its receipts meet. */
unsigned key_receipt_partition(struct span account, struct span id, unsigned partitions);

/* Each writes a NUL-terminated key of at most KEY_MAX octets and returns `out`. A name that is too
 * long is replaced by its first octets and a hash, so that no two share a key. */
char *key_tag(unsigned partition, char out[KEY_MAX]);			      /* {c3} */
char *key_in(unsigned partition, char out[KEY_MAX]);			      /* {c3}:in */
char *key_back(unsigned partition, char out[KEY_MAX]);			      /* {c3}:back */
char *key_behind(unsigned partition, char out[KEY_MAX]);		      /* {c3}:behind */
char *key_events(unsigned partition, char out[KEY_MAX]);		      /* {c3}:events */
char *key_cursor(unsigned partition, char out[KEY_MAX]);		      /* {c3}:cursor */
char *key_overdue(unsigned partition, char out[KEY_MAX]);		      /* {c3}:overdue */
char *key_count(unsigned partition, char out[KEY_MAX]);			      /* {c3}:count */
char *key_receipts(unsigned partition, char out[KEY_MAX]);		      /* {d3} */
char *key_receipts_count(unsigned partition, char out[KEY_MAX]);	      /* {d3}:count */
char *key_due(unsigned partition, char out[KEY_MAX]);			      /* {c3}:due */
char *key_flight(unsigned partition, const char *carrier, char out[KEY_MAX]); /* {c3}:flight:acme */
char *key_conversation(unsigned partition, struct span id, char out[KEY_MAX]); /* {c3}:conv:<id> */
char *key_messages(unsigned partition, struct span conversation,
		   char out[KEY_MAX]);					  /* {c3}:conv:<id>:msgs */
char *key_message(unsigned partition, struct span id, char out[KEY_MAX]); /* {c3}:msg:<id> */
char *key_optout(unsigned partition, struct span customer,
		 char out[KEY_MAX]);			      /* {c3}:opt:<customer> */
char *key_agent_tag(const char *agent, char out[KEY_MAX]);    /* {a:<agent>} */
char *key_agent_events(const char *agent, char out[KEY_MAX]); /* {a:<agent>}:events */
/* Channel on which a carrier's gateway is told that something waits; the payload is the partition.
 */
char *key_outbound_channel(const char *carrier, char out[KEY_MAX]); /* mt:acme */
/* What a carrier's gateway says of itself, kept alive while it lives. */
char *key_gateway_status(const char *carrier, char out[KEY_MAX]); /* {gw}:status:acme */
/* The same of each of its binds, a line each; an hour of samples; whether somebody traces it. */
char *key_gateway_binds(const char *carrier, char out[KEY_MAX]);   /* {gw}:binds:acme */
char *key_gateway_samples(const char *carrier, char out[KEY_MAX]); /* {gw}:samples:acme */
char *key_gateway_tracing(const char *carrier, char out[KEY_MAX]); /* {gw}:tracing:acme */
/* The carriers that a gateway of that name has had, until nothing of theirs is in flight. */
char *key_gateway_carriers(const char *instance, char out[KEY_MAX]); /* {gw}:carriers:gateway-1 */
/* What an operator told it: "pause", "drain", or nothing; written by carrier_command. */
char *key_gateway_hold(const char *carrier, char out[KEY_MAX]); /* {gw}:hold:acme */
/* Channel on which it is woken then; the payload is the command. */
char *key_gateway_channel(const char *carrier, char out[KEY_MAX]); /* gw:acme */
/* Channel on which the PDUs of a carrier that is traced are published. */
char *key_trace_channel(const char *carrier, char out[KEY_MAX]); /* gw:trace:acme */
/* Channel on which an agent's router is told that an event was written. */
char *key_agent_channel(const char *agent, char out[KEY_MAX]); /* agent:<agent> */

/* Users, their sessions (by the SHA-256 of the token in hex) and what throttles signing in; `what`
 * is a word of the door, e.g. `name`. key_users() is the set of all names. */
char *key_user(const char *name, char out[KEY_MAX]);			  /* {u}:user:<name> */
char *key_users(char out[KEY_MAX]);					  /* {u}:users */
char *key_session(const char *hash, char out[KEY_MAX]);			  /* {u}:session:<hash> */
char *key_user_try(const char *what, const char *who, char out[KEY_MAX]); /* {u}:try:name:<who> */
/* What a client's Idempotency-Key was used for. */
char *key_once(const char *who, const char *key, char out[KEY_MAX]); /* {u}:once:<who>:<key> */

/* {acd}:queue:support:members, agents with their ring; {acd}:agent:ann:skills, with their level. */
char *key_queue_members(const char *queue, char out[KEY_MAX]);
char *key_agent(const char *agent, char out[KEY_MAX]); /* {acd}:agent:ann */
char *key_agent_skills(const char *agent, char out[KEY_MAX]);

/* What is set up: {acd}:client:<id>, and the set of a kind's ids, {acd}:clients. */
char *key_entity(const char *kind, const char *id, char out[KEY_MAX]);
char *key_entities(const char *kind, char out[KEY_MAX]);
char *key_entity_names(const char *kind,
		       char out[KEY_MAX]); /* {acd}:queue:names, by key_unique() */
/* A name as it is looked up, no key: its ASCII letters small, cut where it does not fit. */
char *key_unique(const char *name, char out[KEY_MAX]);

/* {c3}:open, the run of Redis for which sending is allowed; {c3}:ledger:top, whose `n` counts the
 * ledger's records. */
char *key_open(unsigned partition, char out[KEY_MAX]);
char *key_ledger_top(unsigned partition, char out[KEY_MAX]);
/* {c3}:scopes, every scope that was put on lists there. */
char *key_scopes(unsigned partition, char out[KEY_MAX]);
/* {c3}:bulk, the meaning of the lists' codes. */
char *key_lists(unsigned partition, char out[KEY_MAX]);
/* What the key of the ledger's numbers makes of a word, so that another key is noticed. */
#define KEY_NUMBER_KEY "{gw}:ledger:key"
/* Why sending is locked, as the router that works says it; kept alive while it is. */
#define KEY_LOCKED "{gw}:locked"

#define KEY_ACD_TAG "{acd}"
/* Channel on which the router is told that members or skills were changed by somebody else. */
#define KEY_STAFF_CHANNEL "acd:staff"
#define KEY_USER_TAG "{u}"
#define KEY_GATEWAY_TAG "{gw}"

#endif
