#include "router/door/origin.h"

#include <string.h>
#include <strings.h>

static bool same(struct span left, const void *right, size_t length)
{
	return left.length == length && length &&
	       strncasecmp((const char *)left.at, right, length) == 0;
}

/* Without `prefix`, or empty where it does not begin so. */
static struct span behind(struct span text, const char *prefix)
{
	size_t length = strlen(prefix);

	if (text.length < length || strncasecmp((const char *)text.at, prefix, length) != 0)
		return (struct span){0};
	return (struct span){text.at + length, text.length - length};
}

bool origin_allowed(struct span origin, struct span host, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (same(origin, list[i], strlen(list[i])))
			return true;
	}
	if (count)
		return false;
	return same(behind(origin, "https://"), host.at, host.length) ||
	       same(behind(origin, "http://"), host.at, host.length);
}
