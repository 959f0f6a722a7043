#include "router/door/rate.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/desk.h"

#define PROBES 8      /* places in which a client may stand */
#define REQUEST 1000u /* in a bucket, one request is so much: per_s a second is per_s a ms */

struct bucket {
	char client[DESK_AGENT_MAX + 1];
	uint64_t level, at_ms;
};

struct rate {
	uint64_t per_s;
	struct bucket buckets[RATE_CLIENTS_MAX];
};

struct rate *rate_create(unsigned per_s)
{
	struct rate *rate = memory_array(1, sizeof(*rate));

	rate->per_s = per_s ? per_s : RATE_DEFAULT_PER_S;
	return rate;
}

void rate_destroy(struct rate **rate)
{
	free(*rate);
	*rate = NULL;
}

/* The client's, or the one among its places that was asked of longest ago, made theirs. */
static struct bucket *find(struct rate *rate, const char *client, uint64_t now_ms)
{
	size_t first = span_hash(span_text(client));
	struct bucket *oldest = NULL;

	for (size_t i = 0; i < PROBES; i++) {
		struct bucket *bucket = &rate->buckets[(first + i) % RATE_CLIENTS_MAX];
		if (strcmp(bucket->client, client) == 0)
			return bucket;
		if (!oldest || bucket->at_ms < oldest->at_ms)
			oldest = bucket;
	}
	*oldest = (struct bucket){.level = 2 * rate->per_s * REQUEST, .at_ms = now_ms};
	strncpy(oldest->client, client, DESK_AGENT_MAX);
	return oldest;
}

uint64_t rate_ask(struct rate *rate, const char *client, uint64_t now_ms)
{
	struct bucket *bucket = find(rate, client, now_ms);
	uint64_t most = 2 * rate->per_s * REQUEST;
	uint64_t passed_ms = now_ms - bucket->at_ms < 2000 ? now_ms - bucket->at_ms : 2000;

	bucket->level += passed_ms * rate->per_s;
	if (bucket->level > most)
		bucket->level = most;
	bucket->at_ms = now_ms;
	if (bucket->level < REQUEST)
		return (REQUEST - bucket->level + rate->per_s - 1) / rate->per_s;
	bucket->level -= REQUEST;
	return 0;
}
