/* Which routes could never be what somebody meant. */
#include "config/settings_check.h"

#include <stdio.h>
#include <string.h>

/* As a customer's number begins: + and digits, or a short code's digits. */
static bool begins_a_number(const char *prefix)
{
	const char *digits = prefix + (*prefix == '+');

	return digits[strspn(digits, "0123456789")] == '\0';
}

static void check_ways(const struct settings *settings, const struct settings_route *route,
		       const char *label, struct settings_errors *errors)
{
	for (size_t i = 0; i < route->carriers_count; i++) {
		const char *name = route->carriers[i].name;
		if (*name && !settings_carrier(settings, name))
			settings_complain(errors, &route->carriers[i], label,
					  "carrier \"%s\" is not in carriers", name);
		for (size_t j = 0; j < i; j++) {
			if (!*name || strcmp(name, route->carriers[j].name) != 0)
				continue;
			settings_complain(errors, &route->carriers[i], label,
					  "carrier \"%s\" is there twice", name);
			break;
		}
	}
}

/* Of two for the same messages the second would never be asked. */
static bool is_there_before(const struct settings *settings, size_t i)
{
	const struct settings_route *route = &settings->routes[i];

	for (size_t j = 0; j < i; j++) {
		if (strcmp(settings->routes[j].prefix, route->prefix) == 0 &&
		    strcmp(settings->routes[j].source, route->source) == 0)
			return true;
	}
	return false;
}

/* A source that is none of our numbers is a slip of the pen, and so is a carrier named twice. */
void settings_check_routes(const struct settings *settings, struct settings_errors *errors)
{
	char label[96];

	for (size_t i = 0; i < settings->routes_count; i++) {
		const struct settings_route *route = &settings->routes[i];
		snprintf(label, sizeof(label), "route from \"%s\" to \"%s\": ", route->source,
			 route->prefix);
		if (*route->source && !settings_number(settings, route->source))
			settings_complain(errors, route, label, "source is not in numbers");
		if (!begins_a_number(route->prefix))
			settings_complain(errors, route, label,
					  "prefix has a character other than digits behind a +");
		if (is_there_before(settings, i))
			settings_complain(errors, route, label, "is there twice");
		check_ways(settings, route, label, errors);
	}
}
