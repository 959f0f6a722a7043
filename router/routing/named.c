#include "router/routing/named.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/routing/floor.h"

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

void named_copy(char *out, const char *text)
{
	size_t length = strlen(text);

	if (length > FLOOR_NAME_MAX)
		length = FLOOR_NAME_MAX;
	memcpy(out, text, length);
	out[length] = '\0';
}

void *named_find(void *const *tree, const char *name)
{
	char key[FLOOR_NAME_MAX + 1];

	named_copy(key, name);
	void *const *found = tfind(key, tree, compare);
	return found ? *found : NULL;
}

void *named_entry(void **tree, const char *name, size_t size)
{
	char *found = named_find(tree, name);

	if (found)
		return found;
	char *fresh = memory_array(1, size);
	named_copy(fresh, name);
	if (!tsearch(fresh, tree, compare))
		abort();
	return fresh;
}

void named_remove(void **tree, const void *entry)
{
	tdelete(entry, tree, compare);
}
