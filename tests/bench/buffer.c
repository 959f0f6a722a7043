#include "tests/bench/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void on_writable(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct buffer *buffer = watcher->data;

	(void)revents;
	ev_io_stop(loop, watcher);
	buffer_flush(buffer);
}

void buffer_init(struct buffer *buffer, struct ev_loop *loop, int fd)
{
	*buffer = (struct buffer){.loop = loop};
	ev_io_init(&buffer->writable, on_writable, fd, EV_WRITE);
	buffer->writable.data = buffer;
}

void buffer_finish(struct buffer *buffer)
{
	ev_io_stop(buffer->loop, &buffer->writable);
	free(buffer->bytes);
	buffer->bytes = NULL;
	buffer->start = buffer->end = buffer->capacity = 0;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t length)
{
	uint8_t *at;

	if (buffer->capacity - buffer->end < length) {
		buffer->capacity = 2 * (buffer->end + length) + 4096;
		buffer->bytes = realloc(buffer->bytes, buffer->capacity);
		if (!buffer->bytes)
			abort();
	}
	at = buffer->bytes + buffer->end;
	buffer->end += length;
	return at;
}

void buffer_add(struct buffer *buffer, struct span bytes)
{
	memcpy(buffer_reserve(buffer, bytes.length), bytes.at, bytes.length);
}

void buffer_flush(struct buffer *buffer)
{
	ssize_t count;

	if (buffer->start == buffer->end || ev_is_active(&buffer->writable))
		return;
	count = send(buffer->writable.fd, buffer->bytes + buffer->start,
		     buffer->end - buffer->start, MSG_NOSIGNAL);
	if (count < 0 && errno != EAGAIN && errno != EINTR) {
		buffer->error = errno;
		count = (ssize_t)(buffer->end - buffer->start);
	}
	buffer->start += count > 0 ? (size_t)count : 0;
	if (buffer->start == buffer->end)
		buffer->start = buffer->end = 0;
	else
		ev_io_start(buffer->loop, &buffer->writable);
}
