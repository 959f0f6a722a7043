#ifndef BINDERY_CONFIG_SCRATCH_H
#define BINDERY_CONFIG_SCRATCH_H

#include <stddef.h>
#include <stdio.h>

/* A file in memory, to be written: behind fflush() and fclose() its octets are at `*at`, for
 * free(). Never NULL: running out of memory ends the process, as in memory.h. */
FILE *scratch_open(char **at, size_t *length);

#endif
