#ifndef BINDERY_TESTS_BENCH_SMSC_H
#define BINDERY_TESTS_BENCH_SMSC_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * The carrier's side: takes every bind, delivers texts from customers to numbers of ours,
 * answers submit_sm with an id and, where asked, sends its receipt. A receipt takes a place in the
 * window like any other deliver_sm. Customer n has the number +4670 and seven digits.
 */

#define SMSC_LINKS_MAX 256
#define SMSC_WINDOW_MAX 1000
#define SMSC_CUSTOMER_SIZE 11 /* digits, without + */
#define SMSC_NUMBERS_MAX 100
#define SMSC_TEXT_SIZE 72 /* octets of every text delivered */

struct smsc;

struct smsc_events {
	/* deliver_sm_resp for a text that was delivered with `tag`. */
	void (*answered)(uint32_t tag, uint32_t status, void *context);
	/* A submit_sm, with what stands on the wire as its text and as the digits of its
	 * destination. */
	void (*submitted)(struct span text, struct span destination, void *context);
	void *context;
};

/* `ours` is digits without +, at least four of them, and the first of `numbers`
 * (1..SMSC_NUMBERS_MAX) to which the customers write in turn. NULL, told on stderr, where the port
 * cannot be had. */
struct smsc *smsc_create(struct ev_loop *loop, unsigned port, const char *ours, unsigned numbers,
			 const struct smsc_events *events);
void smsc_destroy(struct smsc **smsc);
/* Takes binds from now on: what is submitted before anybody measures would be missed. */
void smsc_open(struct smsc *smsc);

unsigned smsc_links(const struct smsc *smsc); /* bound ones */
unsigned smsc_lost(const struct smsc *smsc);  /* connections that ended */
uint32_t smsc_receipts_waiting(const struct smsc *smsc);
uint32_t smsc_receipts_answered(const struct smsc *smsc); /* since it was made */

void smsc_set_window(struct smsc *smsc, unsigned window);
void smsc_set_receipts(struct smsc *smsc, bool receipts);

/* Whether bound link number `link` has a place in its window. */
bool smsc_room(const struct smsc *smsc, unsigned link);
/* Delivers `<kind> <tag in ten digits> <padding>` from a customer; there must be room. */
void smsc_deliver(struct smsc *smsc, unsigned link, uint32_t customer, char kind, uint32_t tag);
/* At the end of a turn. */
void smsc_flush(struct smsc *smsc);

/* The customer with those digits; false where there is none. */
bool smsc_customer(struct span digits, uint32_t *customer);
/* The number in the text of a message of that kind; false for any other text. */
bool smsc_tag(struct span text, char kind, uint32_t *tag);
void smsc_digits(uint8_t *at, unsigned count, uint32_t value);

#endif
