#ifndef BINDERY_GATEWAY_TRACE_H
#define BINDERY_GATEWAY_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

struct store;
struct turn;
struct trace;

/*
 * The daemon's side of `bindery-gateway trace`: while somebody asks for it, the PDUs of one carrier
 * are published on gw:trace:<carrier>, as trace_record.h has them. Asking is a key that expires,
 * which is looked for once a second. Without it a PDU costs one comparison. With it no more than
 * TRACE_RATE_MAX PDUs a second go out; the rest is counted and the count goes along.
 */

#define TRACE_RATE_MAX 5000		 /* PDUs a second */
#define TRACE_BATCH_MAX ((size_t)262144) /* octets kept until the next publication */
#define TRACE_PENDING_MAX 4096 /* calls of Redis unanswered, above which nothing is published */

/* Borrows all but `carrier`, which it copies. Never NULL. */
struct trace *trace_create(struct turn *turn, const struct store *store, const char *carrier);
void trace_destroy(struct trace **trace);

/* Published at the end of this turn of the loop; a password in it is hidden before. */
void trace_pdu(struct trace *trace, unsigned bind, bool out, struct span octets);
/* Once a second: asks whether somebody wants to see. */
void trace_tick(struct trace *trace);

bool trace_is_on(const struct trace *trace);
uint64_t trace_shown(const struct trace *trace);
uint64_t trace_dropped(const struct trace *trace);

#endif
