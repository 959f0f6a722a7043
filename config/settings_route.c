#include "config/settings_route.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool span_begins(struct span span, const char *prefix)
{
	size_t length = strlen(prefix);

	return span.length >= length && (length == 0 || memcmp(span.at, prefix, length) == 0);
}

/* The longest prefix counts; of two equal ones that which names the source, then the first. */
static const struct settings_route *best_route(const struct settings *settings, struct span ours,
					       struct span customer)
{
	const struct settings_route *best = NULL;

	for (size_t i = 0; i < settings->routes_count; i++) {
		const struct settings_route *route = &settings->routes[i];
		size_t length = strlen(route->prefix);
		if (*route->source && !span_is(ours, route->source))
			continue;
		if (!span_begins(customer, route->prefix))
			continue;
		if (!best || length > strlen(best->prefix) ||
		    (length == strlen(best->prefix) && *route->source && !*best->source))
			best = route;
	}
	return best;
}

static uint64_t mix(uint64_t hash, struct span octets)
{
	for (size_t i = 0; i < octets.length; i++)
		hash = (hash ^ octets.at[i]) * 0x100000001b3u;
	return (hash ^ '\n') * 0x100000001b3u;
}

/* splitmix64: the low bits of the sum above are too much alike for numbers in a row. */
static uint64_t stir(uint64_t hash)
{
	hash += 0x9e3779b97f4a7c15u;
	hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
	return hash ^ (hash >> 31);
}

/* One of those not taken yet that have the lowest priority, as their weights and `chance` have it.
 */
static size_t draw(const struct settings_route *route, const bool *taken, uint64_t chance)
{
	unsigned lowest = UINT32_MAX;
	uint64_t total = 0;
	size_t last = 0;

	for (size_t i = 0; i < route->carriers_count; i++) {
		if (!taken[i] && route->carriers[i].priority < lowest)
			lowest = route->carriers[i].priority;
	}
	for (size_t i = 0; i < route->carriers_count; i++) {
		if (!taken[i] && route->carriers[i].priority == lowest)
			total += route->carriers[i].weight;
	}
	chance = total ? chance % total : 0;
	for (size_t i = 0; i < route->carriers_count; i++) {
		if (taken[i] || route->carriers[i].priority != lowest)
			continue;
		last = i;
		if (chance < route->carriers[i].weight)
			break;
		chance -= route->carriers[i].weight;
	}
	return last;
}

size_t settings_route(const struct settings *settings, struct span ours, struct span customer,
		      const struct settings_carrier *fallback,
		      const struct settings_carrier *ways[SETTINGS_WAYS_MAX])
{
	const struct settings_route *route = best_route(settings, ours, customer);
	uint64_t chance = stir(mix(mix(0xcbf29ce484222325u, ours), customer));
	bool taken[SETTINGS_WAYS_MAX] = {false};
	size_t count = 0;

	if (!route) {
		ways[0] = fallback;
		return fallback ? 1 : 0;
	}
	for (size_t i = 0; i < route->carriers_count && i < SETTINGS_WAYS_MAX; i++) {
		size_t drawn = draw(route, taken, chance);
		taken[drawn] = true;
		chance = stir(chance);
		ways[count] = settings_carrier(settings, route->carriers[drawn].name);
		count += ways[count] != NULL;
	}
	return count;
}

char *settings_route_text(const struct settings_carrier *const *ways, size_t count,
			  char out[SETTINGS_WAYS_TEXT_MAX])
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; count > 1 && i < count && i < SETTINGS_WAYS_MAX; i++)
		length += (size_t)snprintf(out + length, SETTINGS_WAYS_TEXT_MAX - length, "%s%.64s",
					   i ? "|" : "", ways[i]->name);
	return out;
}
