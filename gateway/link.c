#include "gateway/link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/memory.h"
#include "gateway/linger.h"
#include "gateway/link_internal.h"
#include "gateway/resolve.h"

#define READS_EACH_TURN 4 /* then the other links have their turn */
#define OUT_FIRST 4096
#define WIRE_READ 16384 /* octets of a TLS connection read at once */

bool link_is_up(const struct link *link)
{
	return link->fd >= 0 && !link->connecting;
}

bool link_is_clear(const struct link *link)
{
	return !ev_is_active(&link->write);
}

/* TCP is connected and TLS is not yet. */
static bool link_is_securing(const struct link *link)
{
	return link->connecting && link->tls;
}

/* What TLS has read of the socket already makes no socket readable. */
static void link_read_more(struct link *link)
{
	struct ev_loop *loop = link->turn->loop;

	if (link_is_up(link) && link->tls && link->holds == 0 && link_tls_has_input(link->tls) &&
	    !ev_is_active(&link->more)) {
		ev_timer_set(&link->more, 0., 0.);
		ev_timer_start(loop, &link->more);
	}
}

void link_watch_input(struct link *link)
{
	struct ev_loop *loop = link->turn->loop;

	if ((link_is_up(link) || link_is_securing(link)) && link->holds == 0)
		ev_io_start(loop, &link->read);
	else
		ev_io_stop(loop, &link->read);
	link_read_more(link);
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
	ev_timer_stop(loop, &link->more);
	turn_forget(link->turn, &link->flush);
	resolve_destroy(&link->resolve);
	link_tls_destroy(&link->tls);
	free(link->tls_host);
	link->tls_host = NULL;
	frame_finish(&link->frame);
	frame_init(&link->frame, link->settings.pdu_max);
	link->out_start = link->out_end = 0;
	link->fd = -1;
	link->connecting = false;
	link->holds = 0;
	link->generation++;
}

void link_lose(struct link *link, const char *why)
{
	bool was_up = !link->connecting;
	char copy[LINK_TLS_WHY_MAX];

	/* It may be TLS's own, which is gone in a moment. */
	snprintf(copy, sizeof(copy), "%s", why);
	if (link->fd >= 0)
		close(link->fd);
	link_shut(link);
	if (was_up)
		link->events->ended(copy, link->context);
	else
		link->events->failed(copy, link->context);
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
	bool was_clear = link_is_clear(link);

	if (!link_is_up(link))
		return;
	link_drain(link);
	if (!was_clear && link_is_clear(link))
		link->events->cleared(link->context);
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

/* What TLS has for the wire joins what waits. */
static void link_append_secured(struct link *link)
{
	struct span output = link_tls_output(link->tls);

	if (output.length == 0)
		return;
	link_append(link, output.at, output.length);
	link_tls_sent(link->tls);
}

void link_send(struct link *link, const uint8_t *octets, size_t length)
{
	if (!link_is_up(link))
		return;
	if (link->tls) {
		link_tls_write(link->tls, octets, length);
		link_append_secured(link);
	} else {
		link_append(link, octets, length);
	}
	turn_defer(link->turn, &link->flush);
}

static bool link_has_room(const struct link *link)
{
	struct pollfd poll_fd = {.fd = link->fd, .events = POLLOUT};

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLOUT;
}

static size_t link_send_secured(struct link *link, const uint8_t *octets, size_t length)
{
	size_t sent = 0;

	while (sent < length && link->out_start == link->out_end && link_has_room(link)) {
		size_t piece = length - sent < LINK_TLS_RECORD ? length - sent : LINK_TLS_RECORD;
		link_tls_write(link->tls, octets + sent, piece);
		link_append_secured(link);
		link_drain(link);
		sent += piece;
	}
	return sent;
}

size_t link_send_now(struct link *link, const uint8_t *octets, size_t length)
{
	ssize_t count;

	if (!link_is_up(link))
		return 0;
	link_drain(link);
	if (link->out_start != link->out_end)
		return 0;
	if (link->tls)
		count = (ssize_t)link_send_secured(link, octets, length);
	else
		count = link_put(link, octets, length);
	/* The owner hears when the kernel takes octets again, and asks for nothing until then. */
	if (count < (ssize_t)length)
		ev_io_start(link->turn->loop, &link->write);
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

/* As recv(), with the error as -errno. */
static ssize_t link_receive(const struct link *link, uint8_t *room, size_t size)
{
	ssize_t count = recv(link->fd, room, size, MSG_DONTWAIT);

	if (count >= 0)
		return count;
	return errno == EINTR ? -EAGAIN : -errno;
}

static ssize_t link_receive_secured(struct link *link, uint8_t *room, size_t size)
{
	uint8_t wire[WIRE_READ];
	ssize_t count;

	while ((count = link_tls_read(link->tls, room, size)) == -EAGAIN) {
		count = link_receive(link, wire, sizeof(wire));
		if (count <= 0)
			break;
		link_tls_hear(link->tls, wire, (size_t)count);
	}
	/* Reading may have to answer, such as a change of keys. */
	link_append_secured(link);
	turn_defer(link->turn, &link->flush);
	return count;
}

static const char *link_why(const struct link *link, ssize_t count)
{
	if (count == 0)
		return "closed";
	return count == -EPROTO && link->tls ? link_tls_why(link->tls) : strerror((int)-count);
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
	count = link->tls ? link_receive_secured(link, room, size) : link_receive(link, room, size);
	if (count == -EAGAIN)
		return false;
	if (count <= 0) {
		link_lose(link, link_why(link, count));
		return false;
	}
	link->octets_in += (uint64_t)count;
	frame_added(&link->frame, (size_t)count);
	if (!link_hand_out(link, &any))
		return false;
	link_time_rest(link, any);
	return ((size_t)count == size || link->tls) && link->holds == 0;
}

static void link_read(struct link *link)
{
	for (unsigned i = 0; i < READS_EACH_TURN && link_read_once(link); i++)
		;
	link_read_more(link);
}

static void link_up(struct link *link)
{
	link->connecting = false;
	link_watch_input(link);
	link->events->connected(link->context);
}

/* Goes on with the TLS handshake. */
static void link_secure(struct link *link)
{
	int result = link_tls_handshake(link->tls);

	link_append_secured(link);
	link_drain(link);
	if (result == -EAGAIN) {
		link_watch_input(link);
	} else if (result != 0) {
		link->untrusted = true;
		link_lose(link, link_tls_why(link->tls));
	} else {
		link_up(link);
	}
}

static void link_hear_handshake(struct link *link)
{
	uint8_t wire[WIRE_READ];
	ssize_t count = link_receive(link, wire, sizeof(wire));

	if (count == -EAGAIN)
		return;
	if (count <= 0) {
		link->untrusted = true;
		link_lose(link, count == 0 ? "tls: closed before the handshake was over"
					   : strerror((int)-count));
		return;
	}
	link_tls_hear(link->tls, wire, (size_t)count);
	link_secure(link);
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	struct link *link = io->data;

	(void)loop;
	(void)events;
	if (link_is_securing(link))
		link_hear_handshake(link);
	else
		link_read(link);
}

static void on_more(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct link *link = timer->data;

	(void)loop;
	(void)events;
	if (link_is_up(link) && link->holds == 0)
		link_read(link);
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
	ev_io_stop(link->turn->loop, &link->write);
	if (link->settings.tls) {
		link->tls = link_tls_create(link->settings.tls, link->tls_host);
		link_secure(link);
	} else {
		link_up(link);
	}
}

static void on_writable(struct ev_loop *loop, ev_io *io, int events)
{
	struct link *link = io->data;

	(void)loop;
	(void)events;
	if (link->connecting && !link->tls) {
		link_connected(link);
		return;
	}
	link_drain(link);
	if (link_is_up(link) && link_is_clear(link))
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
	ev_init(&link->more, on_more);
	link->read.data = link->write.data = link->half_read.data = link;
	link->failure.data = link->more.data = link;
}

void link_finish(struct link *link)
{
	link_close(link);
	frame_finish(&link->frame);
	free(link->out);
	link->out = NULL;
}

void link_close(struct link *link)
{
	int fd = link->fd;

	if (link_is_up(link) && link->tls) {
		link_tls_end(link->tls);
		link_append_secured(link);
	}
	if (link_is_up(link))
		link_drain(link);
	if (fd >= 0 && link->connecting)
		close(fd);
	else if (fd >= 0)
		linger_close(link->turn->loop, fd);
	link_shut(link);
}
