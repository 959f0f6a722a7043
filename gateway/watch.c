#include "gateway/watch.h"

#include <errno.h>
#include <ev.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/memory.h"

#define REQUEST_MAX 2048
#define PEER_TIMEOUT_S 5.

struct peer {
	struct watch *watch; /* NULL for a free place */
	ev_io io;
	ev_timer limit;
	char request[REQUEST_MAX];
	size_t length;
	char *answer;
	size_t answer_length, written;
};

struct watch {
	struct ev_loop *loop;
	watch_answer *answer;
	void *context;
	ev_io accept;
	struct peer peers[WATCH_PEERS_MAX];
};

static void peer_end(struct peer *peer)
{
	struct ev_loop *loop = peer->watch->loop;

	ev_io_stop(loop, &peer->io);
	ev_timer_stop(loop, &peer->limit);
	close(peer->io.fd);
	free(peer->answer);
	peer->answer = NULL;
	peer->watch = NULL;
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	peer_end(timer->data);
}

/* Puts the answer to the request's first line together. */
static void peer_compose(struct peer *peer)
{
	char path[128] = "";
	bool ok = false;
	char *body = NULL;
	const char *status = "404 Not Found", *text;
	size_t size;

	if (sscanf(peer->request, "GET %127s HTTP/", path) == 1)
		body = peer->watch->answer(path, &ok, peer->watch->context);
	if (body)
		status = ok ? "200 OK" : "503 Service Unavailable";
	text = body ? body : "no such page\n";
	size = strlen(text) + 256;
	peer->answer = memory_array(size, 1);
	peer->answer_length = (size_t)snprintf(
		peer->answer, size,
		"HTTP/1.0 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
		status, strlen(text), text);
	free(body);
}

static void peer_write(struct peer *peer)
{
	ssize_t count = send(peer->io.fd, peer->answer + peer->written,
			     peer->answer_length - peer->written, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count > 0)
		peer->written += (size_t)count;
	if (count <= 0 || peer->written == peer->answer_length)
		peer_end(peer);
}

static void peer_read(struct peer *peer)
{
	size_t room = sizeof(peer->request) - 1 - peer->length;
	ssize_t count = recv(peer->io.fd, peer->request + peer->length, room, MSG_DONTWAIT);

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count <= 0) {
		peer_end(peer);
		return;
	}
	peer->length += (size_t)count;
	peer->request[peer->length] = '\0';
	if (!strstr(peer->request, "\r\n\r\n")) {
		if (peer->length == sizeof(peer->request) - 1)
			peer_end(peer);
		return;
	}
	peer_compose(peer);
	ev_io_stop(peer->watch->loop, &peer->io);
	ev_io_set(&peer->io, peer->io.fd, EV_WRITE);
	ev_io_start(peer->watch->loop, &peer->io);
}

static void on_peer(struct ev_loop *loop, ev_io *io, int events)
{
	struct peer *peer = io->data;

	(void)loop;
	if (events & EV_WRITE)
		peer_write(peer);
	else
		peer_read(peer);
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	struct watch *watch = io->data;
	int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct peer *peer = watch->peers;

	(void)events;
	if (fd < 0)
		return;
	while (peer < watch->peers + WATCH_PEERS_MAX && peer->watch)
		peer++;
	if (peer == watch->peers + WATCH_PEERS_MAX) {
		close(fd);
		return;
	}
	*peer = (struct peer){.watch = watch};
	ev_io_init(&peer->io, on_peer, fd, EV_READ);
	ev_timer_init(&peer->limit, on_limit, PEER_TIMEOUT_S, 0.);
	peer->io.data = peer->limit.data = peer;
	ev_io_start(loop, &peer->io);
	ev_timer_start(loop, &peer->limit);
}

static int watch_listen(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, error;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 64) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int watch_create(struct ev_loop *loop, const char *listen_on, unsigned port, watch_answer *answer,
		 struct watch **watch)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *list;
	char service[8];
	int fd;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(listen_on, service, &hints, &list) != 0)
		return -EADDRNOTAVAIL;
	fd = watch_listen(list);
	freeaddrinfo(list);
	if (fd < 0)
		return fd;
	*watch = memory_array(1, sizeof(**watch));
	(*watch)->loop = loop;
	(*watch)->answer = answer;
	ev_io_init(&(*watch)->accept, on_accept, fd, EV_READ);
	(*watch)->accept.data = *watch;
	ev_io_start(loop, &(*watch)->accept);
	return 0;
}

void watch_set_context(struct watch *watch, void *context)
{
	watch->context = context;
}

void watch_destroy(struct watch **watch)
{
	if (!*watch)
		return;
	for (size_t i = 0; i < WATCH_PEERS_MAX; i++) {
		if ((*watch)->peers[i].watch)
			peer_end(&(*watch)->peers[i]);
	}
	ev_io_stop((*watch)->loop, &(*watch)->accept);
	close((*watch)->accept.fd);
	free(*watch);
	*watch = NULL;
}
