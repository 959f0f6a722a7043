/* Argument lists: bytes in one growing buffer, spans made from offsets when the list is sent, since
 * the buffer may move while it grows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/bus/allocate.h"
#include "router/bus/bus.h"

void bus_args_init(struct bus_args *args)
{
	memset(args, 0, sizeof(*args));
}

void bus_args_finish(struct bus_args *args)
{
	free(args->spans);
	free(args->offsets);
	free(args->bytes);
	bus_args_init(args);
}

void bus_args_span(struct bus_args *args, struct span value)
{
	if (args->count == args->capacity) {
		args->capacity = args->capacity ? args->capacity * 2 : 32;
		args->spans = bus_grow(args->spans, args->capacity * sizeof(*args->spans));
		args->offsets = bus_grow(args->offsets, args->capacity * sizeof(*args->offsets));
	}
	if (args->length + value.length > args->bytes_capacity) {
		size_t wanted = (args->length + value.length) * 2;
		args->bytes = bus_grow(args->bytes, wanted < 1024 ? 1024 : wanted);
		args->bytes_capacity = wanted < 1024 ? 1024 : wanted;
	}
	if (value.length)
		memcpy(args->bytes + args->length, value.at, value.length);
	args->offsets[args->count] = args->length;
	args->spans[args->count] = (struct span){NULL, value.length};
	args->length += value.length;
	args->count++;
}

void bus_args_text(struct bus_args *args, const char *value)
{
	bus_args_span(args, (struct span){(const uint8_t *)value, value ? strlen(value) : 0});
}

void bus_args_integer(struct bus_args *args, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, value);
	bus_args_text(args, digits);
}

static void put_name(struct bus_args *args, const char *name)
{
	if (!args->placed)
		bus_args_text(args, name);
}

void bus_args_field(struct bus_args *args, const char *name, struct span value)
{
	put_name(args, name);
	bus_args_span(args, value);
}

void bus_args_field_text(struct bus_args *args, const char *name, const char *value)
{
	put_name(args, name);
	bus_args_text(args, value);
}

void bus_args_field_integer(struct bus_args *args, const char *name, int64_t value)
{
	put_name(args, name);
	bus_args_integer(args, value);
}

void bus_args_call(struct bus_args *args, const char *function, const char *key)
{
	bus_args_text(args, "FCALL");
	bus_args_text(args, function);
	bus_args_text(args, "1");
	bus_args_text(args, key);
}

void bus_args_call_placed(struct bus_args *args, const char *function, const char *key)
{
	bus_args_call(args, function, key);
	bus_args_text(args, ""); /* no name, so that the function knows */
	args->placed = true;
}

void bus_args_send(struct bus_args *args, struct bus *bus, bus_done *done, void *context)
{
	for (size_t i = 0; i < args->count; i++)
		args->spans[i].at = args->bytes + args->offsets[i];
	bus_send(bus, args->spans, args->count, done, context);
	bus_args_clear(args);
}

struct span bus_args_at(const struct bus_args *args, size_t i)
{
	return (struct span){args->bytes + args->offsets[i], args->spans[i].length};
}

void bus_args_clear(struct bus_args *args)
{
	args->count = 0;
	args->length = 0;
	args->placed = false;
}
