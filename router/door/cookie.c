#include "router/door/cookie.h"

#include <stdio.h>
#include <string.h>

static struct span trimmed(struct span text)
{
	while (text.length && (*text.at == ' ' || *text.at == '\t')) {
		text.at++;
		text.length--;
	}
	while (text.length && (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t'))
		text.length--;
	return text;
}

struct span cookie_value(struct span header, const char *name)
{
	size_t wanted = strlen(name);

	while (header.length) {
		const uint8_t *end = memchr(header.at, ';', header.length);
		size_t length = end ? (size_t)(end - header.at) : header.length;
		struct span pair = trimmed((struct span){header.at, length});
		header.at += end ? length + 1 : length;
		header.length -= end ? length + 1 : length;
		if (pair.length <= wanted || memcmp(pair.at, name, wanted) != 0 ||
		    pair.at[wanted] != '=')
			continue;
		struct span value = {pair.at + wanted + 1, pair.length - wanted - 1};
		if (value.length >= 2 && value.at[0] == '"' && value.at[value.length - 1] == '"')
			value = (struct span){value.at + 1, value.length - 2};
		return value;
	}
	return (struct span){0};
}

char *cookie_session(const char *token, unsigned max_age_s, bool secure, char out[COOKIE_LINE_MAX])
{
	snprintf(out, COOKIE_LINE_MAX,
		 COOKIE_SESSION "=%s; Path=/; HttpOnly; SameSite=Strict%s; "
				"Max-Age=%u",
		 token, secure ? "; Secure" : "", *token ? max_age_s : 0);
	return out;
}
