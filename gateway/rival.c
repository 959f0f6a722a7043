#include "gateway/rival.h"

#include <stdio.h>
#include <string.h>

bool rival_wrote(struct rival *rival, const char *status)
{
	bool asks = !rival->asked;

	if (asks) {
		rival->asked = true;
		memcpy(rival->expected, rival->last, sizeof(rival->expected));
	}
	snprintf(rival->last, sizeof(rival->last), "%s", status);
	return asks;
}

bool rival_heard(struct rival *rival, struct span replaced, uint64_t now_ms)
{
	size_t length = strlen(rival->expected);

	rival->asked = false;
	if (replaced.length == 0 ||
	    (replaced.length == length && memcmp(replaced.at, rival->expected, length) == 0))
		return false;
	if (rival->seen == 0 || now_ms - rival->first_ms > RIVAL_WITHIN_MS) {
		rival->seen = 0;
		rival->first_ms = now_ms;
	}
	rival->seen++;
	rival->last_ms = now_ms;
	return true;
}

bool rival_is_there(const struct rival *rival, uint64_t now_ms)
{
	return rival->seen >= RIVAL_SEEN_MIN && now_ms - rival->last_ms <= RIVAL_WITHIN_MS;
}
