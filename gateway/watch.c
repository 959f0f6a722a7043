#include "gateway/watch.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/listener.h"
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
	struct listener *listener;
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

static void on_accepted(int fd, void *context)
{
	struct watch *watch = context;
	struct peer *peer = watch->peers;

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
	ev_io_start(watch->loop, &peer->io);
	ev_timer_start(watch->loop, &peer->limit);
}

int watch_create(struct ev_loop *loop, const char *listen_on, unsigned port, struct metric *failed,
		 struct watch **watch)
{
	struct listener *listener;
	int error = listener_create(loop, listen_on, port, failed, &listener);

	if (error != 0)
		return error;
	*watch = memory_array(1, sizeof(**watch));
	(*watch)->loop = loop;
	(*watch)->listener = listener;
	return 0;
}

void watch_start(struct watch *watch, watch_answer *answer, void *context)
{
	watch->answer = answer;
	watch->context = context;
	listener_start(watch->listener, on_accepted, watch);
}

void watch_destroy(struct watch **watch)
{
	if (!*watch)
		return;
	for (size_t i = 0; i < WATCH_PEERS_MAX; i++) {
		if ((*watch)->peers[i].watch)
			peer_end(&(*watch)->peers[i]);
	}
	listener_destroy(&(*watch)->listener);
	free(*watch);
	*watch = NULL;
}
