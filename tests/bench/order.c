#include "tests/bench/order.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[ORDER_LINKS] = "links", [ORDER_AGENTS] = "agents", [ORDER_OPEN] = "open",
	[ORDER_MO] = "mo",	 [ORDER_MT] = "mt",	    [ORDER_TAKE] = "take",
	[ORDER_FREE] = "free",
};

static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{"links", offsetof(struct order, links)},
	{"first", offsetof(struct order, first)},
	{"count", offsetof(struct order, count)},
	{"customers", offsetof(struct order, customers)},
	{"connected", offsetof(struct order, connected)},
	{"window", offsetof(struct order, window)},
	{"backlog", offsetof(struct order, backlog)},
	{"rate", offsetof(struct order, rate)},
	{"depth", offsetof(struct order, depth)},
	{"seen", offsetof(struct order, seen)},
	{"receipts", offsetof(struct order, receipts)},
	{"idle_s", offsetof(struct order, idle_s)},
};

const char *order_name(enum order_kind kind)
{
	return names[kind];
}

static int complain(const char *word)
{
	fprintf(stderr, "order: \"%s\" is not understood\n", word);
	return -EINVAL;
}

static int set(struct order *order, char *word)
{
	char *value = strchr(word, '='), *end;
	unsigned long number;

	if (!value)
		return complain(word);
	*value++ = '\0';
	number = strtoul(value, &end, 10);
	if (end == value || *end || number > UINT32_MAX)
		return complain(word);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].key, word) == 0) {
			*(uint32_t *)((char *)order + keys[i].offset) = (uint32_t)number;
			return 0;
		}
	}
	return complain(word);
}

int order_parse(char *line, struct order *order)
{
	char *rest = NULL, *word = strtok_r(line, " \r\n", &rest);
	size_t kind = 0;

	*order = (struct order){.links = 1, .window = 100, .depth = 1, .idle_s = 5};
	if (!word)
		return complain("");
	while (kind < sizeof(names) / sizeof(names[0]) && strcmp(names[kind], word) != 0)
		kind++;
	if (kind == sizeof(names) / sizeof(names[0]))
		return complain(word);
	order->kind = (enum order_kind)kind;
	while ((word = strtok_r(NULL, " \r\n", &rest))) {
		int error = set(order, word);
		if (error)
			return error;
	}
	return 0;
}
