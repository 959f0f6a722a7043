#ifndef BINDERY_GATEWAY_INBOUND_H
#define BINDERY_GATEWAY_INBOUND_H

#include <stdint.h>

#include "config/log.h"
#include "config/metrics.h"
#include "config/settings.h"
#include "gateway/bind.h"
#include "smpp/message.h"

struct store;

struct inbound_counters {
	struct metric *messages, *receipts, *kept, *refused, *bad_address, *wait_seconds;
};

/*
 * From a deliver_sm to its partition's stream, and from Redis's answer to ours: ESME_ROK only when
 * the record is on disk (promise 1), ESME_RX_T_APPN while it cannot be, which leaves the message
 * with the carrier.
 */
struct inbound {
	const struct store *store; /* borrows, as all of these */
	const struct settings_carrier *carrier;
	const struct inbound_counters *counters;
	uint64_t unsure_ms;	  /* how long repetitions may follow a break */
	uint64_t unsure_until_ms; /* monotonic */
	uint64_t broken_ms;	  /* Unix time of the last break */
	struct heard *spare;
	struct log_pace complaints;
	uint8_t record[MESSAGE_RECORD_MAX];
};

/* Right after the start, everything may be a repetition of what a former process had heard. */
void inbound_init(struct inbound *inbound, const struct store *store,
		  const struct settings_carrier *carrier, uint64_t unsure_ms);
void inbound_finish(struct inbound *inbound);

/* A repetition may follow from now on: a link ended, or an answer was not ESME_ROK. */
void inbound_unsure(struct inbound *inbound);

/* Whether a deliver_sm or data_sm is a receipt, final or not, on that carrier. */
bool inbound_is_receipt(const struct pdu *pdu, const struct settings_carrier *carrier);

/* Handles one deliver_sm or data_sm; answers it by bind_reply(), now or later. */
void inbound_take(struct inbound *inbound, struct bind *bind, const struct pdu *pdu);

#endif
