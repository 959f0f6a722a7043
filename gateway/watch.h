#ifndef BINDERY_GATEWAY_WATCH_H
#define BINDERY_GATEWAY_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct ev_loop;
struct metric;
struct watch;

#define WATCH_PEERS_MAX 32 /* connections at once; more are closed at once */

/*
 * Answers GET of a few paths with plain text over HTTP/1.0, for probes and scrapers on a private
 * address: /healthz, /readyz, /metrics. Nothing of a request but its first line is looked at, and a
 * connection has five seconds and one answer.
 */

/* Returns the body for `path`, for the watch to free(), and sets `ok`; NULL for no such path. */
typedef char *watch_answer(const char *path, bool *ok, void *context);

/* Returns 0, or -errno when the address cannot be had. Borrows `loop`; `failed` as
 * listener_create() has it. */
__attribute__((warn_unused_result)) int watch_create(struct ev_loop *loop, const char *listen_on,
						     unsigned port, struct metric *failed,
						     struct watch **watch);
void watch_start(struct watch *watch, watch_answer *answer, void *context);
void watch_destroy(struct watch **watch);

#endif
