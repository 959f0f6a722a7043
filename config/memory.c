#include "config/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory_or_exit(void *at)
{
	if (at)
		return at;
	fputs("event=out_of_memory\n", stderr);
	_Exit(71);
}

void *memory_array(size_t count, size_t size)
{
	return memory_or_exit(count && size ? calloc(count, size) : calloc(1, 1));
}

void *memory_resize(void *at, size_t count, size_t size)
{
	return memory_or_exit(reallocarray(at, count ? count : 1, size ? size : 1));
}

char *memory_text(const char *text)
{
	return memory_or_exit(strdup(text ? text : ""));
}

void *memory_copy(const void *at, size_t length)
{
	char *copy = memory_array(length + 1, 1);

	if (length)
		memcpy(copy, at, length);
	return copy;
}
