#include "gateway/link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/memory.h"
#include "gateway/linger.h"
#include "gateway/resolve.h"

#define READS_EACH_TURN 4 /* then the other links have their turn */
#define OUT_FIRST 4096
#define LINK_ADDRESSES_MAX                                                                         \
	12 /* of one name; a multiple of all small counts, so that each has its turn */

bool link_is_up(const struct link *link)
{
	return link->fd >= 0 && !link->connecting;
}

bool link_is_clear(const struct link *link)
{
	return !ev_is_active(&link->write);
}

static void link_watch_input(struct link *link)
{
	struct ev_loop *loop = link->turn->loop;

	if (link_is_up(link) && link->holds == 0)
		ev_io_start(loop, &link->read);
	else
		ev_io_stop(loop, &link->read);
}

void link_hold(struct link *link, enum link_hold reason, bool held)
{
	link->holds = held ? link->holds | reason : link->holds & ~(unsigned)reason;
	if (link->holds)
		ev_timer_stop(link->turn->loop, &link->half_read);
	link_watch_input(link);
}

static void link_shut(struct link *link)
{
	struct ev_loop *loop = link->turn->loop;

	ev_io_stop(loop, &link->read);
	ev_io_stop(loop, &link->write);
	ev_timer_stop(loop, &link->half_read);
	ev_timer_stop(loop, &link->failure);
	turn_forget(link->turn, &link->flush);
	resolve_destroy(&link->resolve);
	frame_finish(&link->frame);
	frame_init(&link->frame, link->settings.pdu_max);
	link->out_start = link->out_end = 0;
	link->fd = -1;
	link->connecting = false;
	link->holds = 0;
	link->generation++;
}

/* The connection is over and its owner does not know yet. */
static void link_lose(struct link *link, const char *why)
{
	bool was_up = !link->connecting;

	if (link->fd >= 0)
		close(link->fd);
	link_shut(link);
	if (was_up)
		link->events->ended(why, link->context);
	else
		link->events->failed(why, link->context);
}

/* Octets that the kernel took: 0 when it takes none now, or -errno when the connection is gone. */
static ssize_t link_put(struct link *link, const uint8_t *octets, size_t length)
{
	ssize_t count = send(link->fd, octets, length, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	link->octets_out += (uint64_t)count;
	return count;
}

/* Writes what waits. An error here is left to the reading side, which hears of it too. */
static void link_drain(struct link *link)
{
	size_t waiting = link->out_end - link->out_start;
	ssize_t count = waiting ? link_put(link, link->out + link->out_start, waiting) : 0;

	if (count < 0)
		count = (ssize_t)waiting;
	link->out_start += (size_t)count;
	if (link->out_start == link->out_end) {
		link->out_start = link->out_end = 0;
		ev_io_stop(link->turn->loop, &link->write);
	} else {
		ev_io_start(link->turn->loop, &link->write);
	}
	waiting = link->out_end - link->out_start;
	if (waiting > LINK_OUT_HIGH)
		link_hold(link, LINK_HOLD_OUTPUT, true);
	else if (link->holds & LINK_HOLD_OUTPUT && waiting < LINK_OUT_HIGH / 2)
		link_hold(link, LINK_HOLD_OUTPUT, false);
}

static void link_flush(void *context)
{
	struct link *link = context;

	if (link_is_up(link))
		link_drain(link);
}

static void link_append(struct link *link, const uint8_t *octets, size_t length)
{
	if (link->out_start > 0) {
		memmove(link->out, link->out + link->out_start, link->out_end - link->out_start);
		link->out_end -= link->out_start;
		link->out_start = 0;
	}
	if (link->out_end + length > link->out_capacity) {
		size_t capacity = link->out_capacity ? link->out_capacity : OUT_FIRST;
		while (capacity < link->out_end + length)
			capacity *= 2;
		link->out = memory_resize(link->out, capacity, 1);
		link->out_capacity = capacity;
	}
	memcpy(link->out + link->out_end, octets, length);
	link->out_end += length;
}

void link_send(struct link *link, const uint8_t *octets, size_t length)
{
	if (!link_is_up(link))
		return;
	link_append(link, octets, length);
	turn_defer(link->turn, &link->flush);
}

size_t link_send_now(struct link *link, const uint8_t *octets, size_t length)
{
	ssize_t count;

	if (!link_is_up(link))
		return 0;
	link_drain(link);
	if (link->out_start != link->out_end)
		return 0;
	count = link_put(link, octets, length);
	return count > 0 ? (size_t)count : 0;
}

/* Hands out the PDUs that are whole. False when the connection was closed or replaced meanwhile. */
static bool link_hand_out(struct link *link, bool *any)
{
	uint32_t generation = link->generation;
	struct span pdu;

	for (;;) {
		switch (frame_next(&link->frame, &pdu)) {
		case FRAME_MORE:
			return true;
		case FRAME_BAD_LENGTH:
			ev_io_stop(link->turn->loop, &link->read);
			link->events->broken(pdu, "bad_length", link->context);
			return false;
		case FRAME_READY:
			*any = true;
			link->events->pdu(pdu, link->context);
			break;
		}
		if (link->generation != generation)
			return false;
	}
}

/* The clock for the rest of a PDU runs from its first octet. */
static void link_time_rest(struct link *link, bool any)
{
	struct ev_loop *loop = link->turn->loop;

	if (frame_part(&link->frame) == FRAME_BETWEEN || link->holds) {
		ev_timer_stop(loop, &link->half_read);
	} else if (any || !ev_is_active(&link->half_read)) {
		ev_timer_stop(loop, &link->half_read);
		ev_timer_set(&link->half_read, (double)link->settings.read_timeout_ms / 1000., 0.);
		ev_timer_start(loop, &link->half_read);
	}
}

/* One read. False when nothing more is to be read now, or the connection is gone. */
static bool link_read_once(struct link *link)
{
	bool any = false;
	uint8_t *room;
	size_t size;
	ssize_t count;
	int result = frame_reserve(&link->frame, &room, &size);

	if (result != 0) {
		link_lose(link, strerror(-result));
		return false;
	}
	count = recv(link->fd, room, size, MSG_DONTWAIT);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (count <= 0) {
		link_lose(link, count == 0 ? "closed" : strerror(errno));
		return false;
	}
	link->octets_in += (uint64_t)count;
	frame_added(&link->frame, (size_t)count);
	if (!link_hand_out(link, &any))
		return false;
	link_time_rest(link, any);
	return (size_t)count == size && link->holds == 0;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	struct link *link = io->data;

	(void)loop;
	(void)events;
	for (unsigned i = 0; i < READS_EACH_TURN && link_read_once(link); i++)
		;
}

static void link_connected(struct link *link)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	if (error) {
		link_lose(link, strerror(error));
		return;
	}
	link->connecting = false;
	ev_io_stop(link->turn->loop, &link->write);
	link_watch_input(link);
	link->events->connected(link->context);
}

static void on_writable(struct ev_loop *loop, ev_io *io, int events)
{
	struct link *link = io->data;

	(void)loop;
	(void)events;
	if (link->connecting) {
		link_connected(link);
		return;
	}
	link_drain(link);
	if (link_is_clear(link))
		link->events->cleared(link->context);
}

static void on_half_read(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct link *link = timer->data;

	(void)loop;
	(void)events;
	link->events->broken((struct span){NULL, 0}, "half_read", link->context);
}

static void on_failure(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct link *link = timer->data;

	(void)loop;
	(void)events;
	link_lose(link, link->trouble);
}

void link_init(struct link *link, struct turn *turn, const struct link_settings *settings,
	       const struct link_events *events, void *context)
{
	*link = (struct link){.turn = turn,
			      .events = events,
			      .context = context,
			      .settings = *settings,
			      .fd = -1,
			      .flush = {.run = link_flush, .context = link}};
	frame_init(&link->frame, settings->pdu_max);
	ev_init(&link->read, on_readable);
	ev_init(&link->write, on_writable);
	ev_init(&link->half_read, on_half_read);
	ev_init(&link->failure, on_failure);
	link->read.data = link->write.data = link->half_read.data = link->failure.data = link;
}

void link_finish(struct link *link)
{
	link_close(link);
	frame_finish(&link->frame);
	free(link->out);
	link->out = NULL;
}

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

static int link_open(struct link *link, const struct addrinfo *remote)
{
	int fd = socket(remote->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, result;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	result = link_bind_local(link, fd);
	if (result == 0 && connect(fd, remote->ai_addr, remote->ai_addrlen) != 0 &&
	    errno != EINPROGRESS)
		result = -errno;
	if (result != 0) {
		close(fd);
		return result;
	}
	link->fd = fd;
	ev_io_set(&link->read, fd, EV_READ);
	ev_io_set(&link->write, fd, EV_WRITE);
	ev_io_start(link->turn->loop, &link->write);
	return 0;
}

/* A name with several addresses is tried with each in turn, one an attempt. */
static const struct addrinfo *link_choose(const struct link *link, const struct addrinfo *list)
{
	const struct addrinfo *at = list;

	for (uint32_t skip = link->generation % LINK_ADDRESSES_MAX; skip > 0; skip--)
		at = at->ai_next ? at->ai_next : list;
	return at;
}

static void link_try(struct link *link, const struct addrinfo *list)
{
	int result = link_open(link, link_choose(link, list));

	if (result == 0)
		return;
	link->trouble = strerror(-result);
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

void link_connect(struct link *link, const char *host, unsigned port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST};
	struct addrinfo *list = NULL;
	char service[8];

	link->connecting = true;
	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &list) == 0) {
		link_try(link, list);
		freeaddrinfo(list);
	} else {
		link->resolve = resolve_create(link->turn->loop, host, port, on_resolved, link);
	}
}

void link_close(struct link *link)
{
	int fd = link->fd;

	if (link_is_up(link))
		link_drain(link);
	if (fd >= 0 && link->connecting)
		close(fd);
	else if (fd >= 0)
		linger_close(link->turn->loop, fd);
	link_shut(link);
}
