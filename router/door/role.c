#include "router/door/role.h"

#include <errno.h>
#include <string.h>

static const char *const names[ROLE_COUNT] = {"agent", "supervisor", "compliance", "admin",
					      "conversations"};

const char *role_name(unsigned i)
{
	return i < ROLE_COUNT ? names[i] : NULL;
}

static unsigned role_of(const uint8_t *at, size_t length)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (strlen(names[i]) == length && memcmp(names[i], at, length) == 0)
			return 1u << i;
	}
	return 0;
}

int role_parse(struct span text, unsigned *roles)
{
	unsigned set = 0;
	size_t start = 0;

	for (size_t i = 0; i <= text.length; i++) {
		if (i < text.length && text.at[i] != ',')
			continue;
		unsigned role = i > start ? role_of(text.at + start, i - start) : 0;
		if (!role)
			return -EINVAL;
		set |= role;
		start = i + 1;
	}
	*roles = set;
	return 0;
}

char *role_format(unsigned roles, char out[ROLE_TEXT_MAX])
{
	char *end = out;

	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (!(roles & (1u << i)))
			continue;
		if (end > out)
			*end++ = ',';
		size_t length = strlen(names[i]);
		memcpy(end, names[i], length);
		end += length;
	}
	*end = '\0';
	return out;
}
