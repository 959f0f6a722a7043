/* How a link comes to its connection. */
#include "gateway/link_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/memory.h"
#include "gateway/resolve.h"

static int link_bind_local(const struct link *link, int fd)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct addrinfo *local;
	int result = 0;

	if (!*link->settings.local_address)
		return 0;
	if (getaddrinfo(link->settings.local_address, NULL, &hints, &local) != 0)
		return -EINVAL;
	if (bind(fd, local->ai_addr, local->ai_addrlen) != 0)
		result = -errno;
	freeaddrinfo(local);
	return result;
}

static void link_take(struct link *link, int fd)
{
	link->fd = fd;
	ev_io_set(&link->read, fd, EV_READ);
	ev_io_set(&link->write, fd, EV_WRITE);
}

static void link_tune(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

void link_adopt(struct link *link, int fd)
{
	link_tune(fd);
	link_take(link, fd);
	link_watch_input(link);
}

/* NULL, or why not. */
static const char *link_open(struct link *link, const struct addrinfo *remote)
{
	int fd = socket(remote->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const char *why = NULL;
	int local;

	if (fd < 0)
		return strerror(errno);
	link_tune(fd);
	local = link_bind_local(link, fd);
	if (local == -EADDRNOTAVAIL)
		why = "local_address is no address of this machine";
	else if (local != 0)
		why = "local_address cannot be connected from";
	else if (connect(fd, remote->ai_addr, remote->ai_addrlen) != 0 && errno != EINPROGRESS)
		why = strerror(errno);
	if (why) {
		close(fd);
		return why;
	}
	link_take(link, fd);
	ev_io_start(link->turn->loop, &link->write);
	return NULL;
}

static const struct addrinfo *link_choose(const struct link *link, const struct addrinfo *list)
{
	const struct addrinfo *at = list;
	unsigned count = 1;

	for (const struct addrinfo *each = list->ai_next; each; each = each->ai_next)
		count++;
	for (unsigned skip = link->round % count; skip > 0; skip--)
		at = at->ai_next;
	return at;
}

static void link_try(struct link *link, const struct addrinfo *list)
{
	const char *why = link_open(link, link_choose(link, list));

	if (!why)
		return;
	link->trouble = why;
	ev_timer_set(&link->failure, 0., 0.);
	ev_timer_start(link->turn->loop, &link->failure);
}

static void on_resolved(const struct addrinfo *list, const char *why, void *context)
{
	struct link *link = context;

	link->resolve = NULL;
	if (list)
		link_try(link, list);
	else
		link_lose(link, why);
}

void link_connect(struct link *link, const char *host, unsigned port, unsigned round)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST};
	struct addrinfo *list = NULL;
	const char *name = link->settings.tls_name;
	char service[8];

	link->connecting = true;
	link->round = round;
	link->untrusted = false;
	link->tls_host = memory_text(name && *name ? name : host);
	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &list) == 0) {
		link_try(link, list);
		freeaddrinfo(list);
	} else {
		link->resolve = resolve_create(link->turn->loop, host, port, on_resolved, link);
	}
}
