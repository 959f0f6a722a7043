#include "gateway/linger.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/memory.h"

#define LINGER_S 2.
#define LINGER_OCTETS_MAX ((size_t)8 * 1024 * 1024)

struct lingerer {
	ev_io read;
	ev_timer limit;
	size_t dropped;
	struct lingerer *next;
};

static unsigned linger_count;
static struct lingerer *linger_first;

static void linger_end(struct ev_loop *loop, struct lingerer *linger)
{
	struct lingerer **link = &linger_first;

	ev_io_stop(loop, &linger->read);
	ev_timer_stop(loop, &linger->limit);
	close(linger->read.fd);
	while (*link != linger)
		link = &(*link)->next;
	*link = linger->next;
	free(linger);
	linger_count--;
}

static void linger_read(struct ev_loop *loop, ev_io *io, int events)
{
	struct lingerer *linger = io->data;
	char rubbish[16384];
	ssize_t count = recv(io->fd, rubbish, sizeof(rubbish), MSG_DONTWAIT);

	(void)events;
	if (count > 0)
		linger->dropped += (size_t)count;
	if (count == 0 || linger->dropped > LINGER_OCTETS_MAX ||
	    (count < 0 && errno != EAGAIN && errno != EINTR))
		linger_end(loop, linger);
}

static void linger_expire(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	linger_end(loop, timer->data);
}

void linger_close(struct ev_loop *loop, int fd)
{
	struct lingerer *linger;

	if (linger_count >= LINGER_MAX || shutdown(fd, SHUT_WR) != 0) {
		close(fd);
		return;
	}
	linger = memory_array(1, sizeof(*linger));
	ev_io_init(&linger->read, linger_read, fd, EV_READ);
	ev_timer_init(&linger->limit, linger_expire, LINGER_S, 0.);
	linger->read.data = linger->limit.data = linger;
	ev_io_start(loop, &linger->read);
	ev_timer_start(loop, &linger->limit);
	linger->next = linger_first;
	linger_first = linger;
	linger_count++;
}

void linger_finish(struct ev_loop *loop)
{
	while (linger_first)
		linger_end(loop, linger_first);
}
