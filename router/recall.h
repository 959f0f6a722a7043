#ifndef BINDERY_ROUTER_RECALL_H
#define BINDERY_ROUTER_RECALL_H

#include "smpp/span.h"

struct recall;

/*
 * In which queue a conversation was when an agent got it, remembered so that it need not be read
 * for every ask. A guess: the newest are kept by a hash (RECALL_MAX of them, more than agents have
 * at a time, in 4 MiB); whoever uses it has the Redis Function make sure.
 */

#define RECALL_MAX 262144u

struct recall *recall_create(void);
void recall_destroy(struct recall **recall);
void recall_put(struct recall *recall, struct span conversation, struct span queue);
/* NULL where nothing is known. Borrowed until recall_destroy(). */
const char *recall_queue(const struct recall *recall, struct span conversation);

#endif
