#include "router/bus/allocate.h"

#include <stdio.h>
#include <stdlib.h>

void *bus_grow(void *memory, size_t size)
{
	void *larger = realloc(memory, size);

	if (!larger) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return larger;
}

void *bus_allocate(size_t size)
{
	return bus_grow(NULL, size);
}
