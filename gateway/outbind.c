#include "gateway/outbind.h"

#include <errno.h>
#include <ev.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/memory.h"

#define OUTBIND_BACKLOG 64

struct outbind {
	struct ev_loop *loop;
	ev_io accept;
	outbind_accepted *accepted;
	void *context;
};

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	struct outbind *outbind = io->data;
	int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)loop;
	(void)events;
	if (fd >= 0 && !outbind->accepted(fd, outbind->context))
		close(fd);
}

static int outbind_listen(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, error;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
	    listen(fd, OUTBIND_BACKLOG) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int outbind_create(struct ev_loop *loop, const char *listen_on, unsigned port,
		   outbind_accepted *accepted, struct outbind **outbind)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV | AI_NUMERICHOST};
	struct addrinfo *list;
	char service[8];
	int fd;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(listen_on, service, &hints, &list) != 0)
		return -EADDRNOTAVAIL;
	fd = outbind_listen(list);
	freeaddrinfo(list);
	if (fd < 0)
		return fd;
	*outbind = memory_array(1, sizeof(**outbind));
	(*outbind)->loop = loop;
	(*outbind)->accepted = accepted;
	ev_io_init(&(*outbind)->accept, on_accept, fd, EV_READ);
	(*outbind)->accept.data = *outbind;
	ev_io_start(loop, &(*outbind)->accept);
	return 0;
}

void outbind_set_context(struct outbind *outbind, void *context)
{
	outbind->context = context;
}

void outbind_destroy(struct outbind **outbind)
{
	if (!*outbind)
		return;
	ev_io_stop((*outbind)->loop, &(*outbind)->accept);
	close((*outbind)->accept.fd);
	free(*outbind);
	*outbind = NULL;
}
