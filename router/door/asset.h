#ifndef BINDERY_ROUTER_DOOR_ASSET_H
#define BINDERY_ROUTER_DOOR_ASSET_H

#include <stdbool.h>
#include <stddef.h>

#include "smpp/span.h"

/*
 * The console's files and the API documents, read once into memory. A request is looked up in a
 * table of what was read, so no path of a request ever reaches the file system.
 */

#define ASSET_COUNT_MAX 1024
#define ASSET_OCTETS_MAX ((size_t)64 * 1024 * 1024) /* all files together */
#define ASSET_DEPTH_MAX 8

struct asset {
	char *path; /* as in the URL: /assets/index-5f3c.js */
	uint8_t *bytes;
	size_t length;
	const char *type; /* Content-Type */
	char etag[40];	  /* with its quotes */
	bool immutable;	  /* the name holds a hash of the content */
};

struct asset_table;

struct asset_table *asset_create(void);
void asset_destroy(struct asset_table **table);
/* Reads every regular file below `folder`; names that begin with a dot and symbolic links are
 * passed over. -errno of the folder, -E2BIG above the limits; what was read until then stays. */
int asset_load(struct asset_table *table, const char *folder) __attribute__((warn_unused_result));
/* Reads one file and serves it at `path`. */
int asset_load_file(struct asset_table *table, const char *file, const char *path)
	__attribute__((warn_unused_result));

/* The asset for a path: itself, /index.html for `/` and for a path whose last part has no dot (the
 * console's own addresses), else NULL. */
const struct asset *asset_find(const struct asset_table *table, const char *path);

/* Content-Type by the name's ending. */
const char *asset_type(const char *path);

#endif
