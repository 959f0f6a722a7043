#include "config/listener.h"

#include <errno.h>
#include <ev.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/log.h"
#include "config/memory.h"
#include "config/metrics.h"

#define TELL_MS 60000 /* between two lines about the same failure */

struct listener {
	struct ev_loop *loop;
	ev_io io;
	ev_timer pause;
	listener_accepted *accepted;
	void *context;
	struct metric *failed; /* NULL counts nothing */
	unsigned failures;     /* one after the other, with nobody accepted in between */
	unsigned pause_ms;     /* the next one */
	uint64_t told_ms;
};

static int open_one(const struct addrinfo *address)
{
	int one = 1;
	int zero = 0;
	int made = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (made < 0)
		return -errno;
	setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address->ai_family == AF_INET6)
		setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(made, address->ai_addr, address->ai_addrlen) < 0 ||
	    listen(made, LISTENER_BACKLOG) < 0) {
		int error = -errno;
		close(made);
		return error;
	}
	return made;
}

/* The first address of the host that can be had; every address is :: with IPv4 mapped into it. */
static int open_any(const char *host, unsigned port)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	char service[16];
	int made = -EINVAL;

	snprintf(service, sizeof(service), "%u", port);
	if (!host || !*host)
		hints.ai_family = AF_INET6;
	if (getaddrinfo(host && *host ? host : NULL, service, &hints, &list))
		return -EINVAL;
	for (const struct addrinfo *one = list; one && made < 0; one = one->ai_next)
		made = open_one(one);
	freeaddrinfo(list);
	if (made == -EAFNOSUPPORT && (!host || !*host))
		return open_any("0.0.0.0", port);
	return made;
}

static unsigned files_max(void)
{
	struct rlimit limit = {0};

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur < UINT_MAX ? (unsigned)limit.rlim_cur : UINT_MAX;
}

/* The process, or the machine, has nothing left to accept with. */
static void pause_accepting(struct listener *listener, int error)
{
	uint64_t now_ms = (uint64_t)(ev_now(listener->loop) * 1000.);

	if (listener->failed)
		metric_add(listener->failed, 1);
	listener->failures++;
	if (listener->failures == 1 || now_ms >= listener->told_ms + TELL_MS) {
		listener->told_ms = now_ms;
		log_event(LOG_ERROR, "accept_failed", "port=%u times=%u files_max=%u why=%s",
			  listener_port(listener), listener->failures, files_max(),
			  strerror(error));
	}
	ev_io_stop(listener->loop, &listener->io);
	ev_timer_set(&listener->pause, listener->pause_ms / 1000., 0.);
	ev_timer_start(listener->loop, &listener->pause);
	listener->pause_ms = listener->pause_ms * 2 > LISTENER_PAUSE_MAX_MS
				     ? LISTENER_PAUSE_MAX_MS
				     : listener->pause_ms * 2;
}

static void accepts_again(struct listener *listener)
{
	if (listener->failures)
		log_event(LOG_INFO, "accept_recovered", "port=%u times=%u", listener_port(listener),
			  listener->failures);
	listener->failures = 0;
	listener->pause_ms = LISTENER_PAUSE_MIN_MS;
}

static void on_pause_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct listener *listener = timer->data;

	(void)revents;
	ev_io_start(loop, &listener->io);
}

/* What accept(2) may say of one connection, which is gone, while the next may be fine. */
static bool is_of_the_peer(int error)
{
	static const int errors[] = {ECONNABORTED, EINTR,	EPROTO,	     EPERM,
				     ENETDOWN,	   ENOPROTOOPT, EHOSTDOWN,   ENONET,
				     EHOSTUNREACH, EOPNOTSUPP,	ENETUNREACH, ETIMEDOUT};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (errors[i] == error)
			return true;
	}
	return false;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct listener *listener = io->data;
	int one = 1;

	(void)loop;
	(void)revents;
	for (unsigned i = 0; i < LISTENER_BATCH; i++) {
		int made = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (made < 0 && is_of_the_peer(errno))
			continue;
		if (made < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				pause_accepting(listener, errno);
			return;
		}
		accepts_again(listener);
		setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		listener->accepted(made, listener->context);
	}
}

int listener_create(struct ev_loop *loop, const char *host, unsigned port, struct metric *failed,
		    struct listener **out)
{
	int made = open_any(host, port);

	if (made < 0)
		return made;
	struct listener *listener = memory_array(1, sizeof(*listener));
	listener->loop = loop;
	listener->failed = failed;
	listener->pause_ms = LISTENER_PAUSE_MIN_MS;
	ev_io_init(&listener->io, on_readable, made, EV_READ);
	listener->io.data = listener;
	ev_timer_init(&listener->pause, on_pause_over, 0., 0.);
	listener->pause.data = listener;
	*out = listener;
	return 0;
}

struct metric *listener_metric(struct metrics *metrics, const char *labels)
{
	return metrics_counter(
		metrics, "bindery_accepts_failed_total",
		"Times that no connection could be accepted, for want of files or memory.", labels);
}

void listener_start(struct listener *listener, listener_accepted *accepted, void *context)
{
	listener->accepted = accepted;
	listener->context = context;
	ev_io_start(listener->loop, &listener->io);
}

void listener_destroy(struct listener **pointer)
{
	struct listener *listener = *pointer;

	if (!listener)
		return;
	*pointer = NULL;
	ev_timer_stop(listener->loop, &listener->pause);
	ev_io_stop(listener->loop, &listener->io);
	close(listener->io.fd);
	free(listener);
}

unsigned listener_port(const struct listener *listener)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	if (getsockname(listener->io.fd, (struct sockaddr *)&address, &length) < 0)
		return 0;
	memcpy(&six, &address, sizeof(six));
	memcpy(&four, &address, sizeof(four));
	return ntohs(address.ss_family == AF_INET6 ? six.sin6_port : four.sin_port);
}
