#ifndef BINDERY_CONFIG_LISTENER_H
#define BINDERY_CONFIG_LISTENER_H

/*
 * A listening socket: of the router's door, of a process' /metrics, of a carrier's outbind. Where
 * the process has no files or no memory left, whoever wants to connect waits in the kernel's
 * backlog, and accept is tried again after a pause that doubles; that is logged when it begins,
 * once a minute, and when it is over.
 */

struct ev_loop;
struct listener;
struct metric;
struct metrics;

#define LISTENER_BACKLOG 512
#define LISTENER_BATCH 64 /* connections taken in one turn of the loop */
#define LISTENER_PAUSE_MIN_MS 50
#define LISTENER_PAUSE_MAX_MS 1000

/* `connection` is the callee's to keep or close; it is non-blocking, and closed on exec. */
typedef void listener_accepted(int connection, void *context);

/* `host` is an address or a name; NULL or "" is every address. Port 0 takes a free one. `failed`,
 * of listener_metric(), counts the times that nobody could be accepted; NULL counts nothing.
 * -EADDRINUSE, -EADDRNOTAVAIL, -EACCES; -EINVAL for a host that has no address. */
int listener_create(struct ev_loop *loop, const char *host, unsigned port, struct metric *failed,
		    struct listener **listener) __attribute__((warn_unused_result));
/* `labels` as metrics_counter() has them. */
struct metric *listener_metric(struct metrics *metrics, const char *labels);
void listener_start(struct listener *listener, listener_accepted *accepted, void *context);
/* Null-safe, nulls. */
void listener_destroy(struct listener **listener);
unsigned listener_port(const struct listener *listener);

#endif
