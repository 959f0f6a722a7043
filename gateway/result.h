#ifndef BINDERY_GATEWAY_RESULT_H
#define BINDERY_GATEWAY_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/log.h"
#include "smpp/message.h"

struct bus;
struct store;

/*
 * Results of submits on their way into Redis. One that could not be written, or of which that is
 * not known, is kept and written again, in order: a result told twice does no harm, one that is
 * lost leaves a message without an end. Bounded by the windows, since nothing is taken meanwhile.
 */
struct results {
	const struct store *store;    /* borrows */
	struct result *first, **last; /* to be written when Redis is back */
	size_t kept, sent;	      /* in that list; written and not answered */
	struct log_pace complaints;
};

void results_init(struct results *results, const struct store *store);
void results_finish(struct results *results);

void results_put(struct results *results, unsigned partition, struct span customer,
		 const struct message_result *result);
/* Writes what was kept, when Redis is there. */
void results_again(struct results *results);
bool results_are_written(const struct results *results);

#endif
