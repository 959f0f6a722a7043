#include "router/bus/request.h"

#include "router/bus/allocate.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 24 /* octets of a mark, a number and CRLF */
#define KEPT_MAX 65536

static uint8_t *put_head(uint8_t *at, char mark, size_t number)
{
	uint8_t digits[HEAD_MAX];
	size_t count = 0;

	do {
		digits[count++] = (uint8_t)('0' + number % 10);
		number /= 10;
	} while (number);
	*at++ = (uint8_t)mark;
	while (count)
		*at++ = digits[--count];
	*at++ = '\r';
	*at++ = '\n';
	return at;
}

static void reserve(struct request *request, size_t length)
{
	if (length <= request->capacity)
		return;
	request->capacity = 2 * length;
	request->bytes = bus_grow(request->bytes, request->capacity);
}

void request_write(struct request *request, const struct span *arguments, size_t count)
{
	size_t most = HEAD_MAX;

	for (size_t i = 0; i < count; i++)
		most += HEAD_MAX + arguments[i].length + 2;
	reserve(request, most);
	uint8_t *at = put_head(request->bytes, '*', count);
	for (size_t i = 0; i < count; i++) {
		at = put_head(at, '$', arguments[i].length);
		if (arguments[i].length)
			memcpy(at, arguments[i].at, arguments[i].length);
		at += arguments[i].length;
		*at++ = '\r';
		*at++ = '\n';
	}
	request->length = (size_t)(at - request->bytes);
}

void request_sent(struct request *request)
{
	if (request->capacity > KEPT_MAX)
		request_finish(request);
}

void request_finish(struct request *request)
{
	free(request->bytes);
	*request = (struct request){0};
}
