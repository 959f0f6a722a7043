#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "router/door/role.h"
#include "router/door/route.h"

#define ROUTES_MAX 256
#define LINE_OCTETS 512

/* What openapi.yaml says of one operation. */
struct operation {
	char path[128];
	char method[16];
	unsigned roles;
	bool has_roles;
};

static struct operation operations[ROUTES_MAX];
static size_t operations_count;

static void read_roles(struct operation *operation, const char *list)
{
	char names[LINE_OCTETS];
	size_t length = 0;

	for (; *list && *list != ']'; list++) {
		if (*list != '[' && *list != ' ')
			names[length++] = *list;
	}
	struct span span = {(const uint8_t *)names, length};
	if (length)
		assert_int_equal(role_parse(span, &operation->roles), 0);
	operation->has_roles = true;
}

static void begin_operation(const char *path, const char *method)
{
	struct operation *operation = &operations[operations_count++];

	snprintf(operation->path, sizeof(operation->path), "%s", path);
	snprintf(operation->method, sizeof(operation->method), "%s", method);
}

/* The file is ours and keeps to one form: paths two blanks in, methods four, x-roles six. */
static void read_line(const char *line, char path[128])
{
	char word[16];

	if (strncmp(line, "  /", 3) == 0) {
		snprintf(path, 128, "%.*s", (int)strcspn(line + 2, ":"), line + 2);
		return;
	}
	if (*path && strncmp(line, "    ", 4) == 0 && sscanf(line + 4, "%15[a-z]", word) == 1) {
		begin_operation(path, word);
		return;
	}
	if (operations_count && strncmp(line, "      x-roles: ", 15) == 0)
		read_roles(&operations[operations_count - 1], line + 15);
}

static int set_up(void **state)
{
	FILE *file = fopen(OPENAPI, "r");
	char line[LINE_OCTETS];
	char path[128] = "";

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) && strncmp(line, "components:", 11) != 0) {
		assert_true(operations_count < ROUTES_MAX);
		if (strlen(line) > 5)
			read_line(line, path);
	}
	fclose(file);
	return 0;
}

static const struct operation *described(const struct route *route)
{
	for (size_t i = 0; i < operations_count; i++) {
		if (strcmp(operations[i].path, route->path) == 0 &&
		    strcasecmp(operations[i].method, route_method_name(route->method)) == 0)
			return &operations[i];
	}
	return NULL;
}

static void every_route_is_described_with_its_roles(void **state)
{
	(void)state;
	for (size_t i = 0; route_at(i); i++) {
		static const struct operation none = {.path = "not described"};
		const struct operation *operation = described(route_at(i));
		if (!operation)
			operation = &none;
		assert_string_equal(operation->path, route_at(i)->path);
		assert_true(operation->has_roles);
		assert_int_equal(operation->roles, route_at(i)->roles);
	}
}

static void nothing_is_described_that_is_not_there(void **state)
{
	size_t routes = 0;

	(void)state;
	while (route_at(routes))
		routes++;
	assert_int_equal(operations_count, routes);
}

static void a_path_with_another_method_names_the_one_it_has(void **state)
{
	const struct route *route = NULL;

	(void)state;
	assert_int_equal(route_find(ROUTE_GET, "/api/v2/sign-in", &route), ROUTE_NO_METHOD);
	assert_int_equal(route->method, ROUTE_POST);
	assert_int_equal(route_find(ROUTE_POST, "/api/v2/sign-in", &route), ROUTE_FOUND);
	assert_int_equal(route->id, ROUTE_SIGN_IN);
	assert_int_equal(route_find(ROUTE_GET, "/api/v2/sign-in/", &route), ROUTE_NO_PATH);
	assert_int_equal(route_find(ROUTE_GET, "", &route), ROUTE_NO_PATH);
}

static void a_segment_in_braces_takes_any_name_but_none(void **state)
{
	const struct route *route = NULL;
	const char *path = "/api/v2/bindery/carriers/acme/samples";

	(void)state;
	assert_int_equal(route_find(ROUTE_GET, path, &route), ROUTE_FOUND);
	assert_int_equal(route->id, ROUTE_CARRIER_SAMPLES);
	struct span name = route_parameter(route, path, 0);
	assert_int_equal(name.length, 4);
	assert_memory_equal(name.at, "acme", 4);
	assert_int_equal(route_find(ROUTE_GET, "/api/v2/bindery/carriers//samples", &route),
			 ROUTE_NO_PATH);
	assert_int_equal(route_find(ROUTE_GET, "/api/v2/bindery/carriers/a/b/samples", &route),
			 ROUTE_NO_PATH);
	assert_int_equal(route_find(ROUTE_GET, "/api/v2/bindery/carriers/acme", &route),
			 ROUTE_NO_PATH);
	assert_int_equal(route_find(ROUTE_GET, "/api/v2/bindery/carriers/acme/commands", &route),
			 ROUTE_NO_METHOD);
}

static void what_a_path_can_is_named_whole(void **state)
{
	const struct route *route = NULL;
	char allow[ROUTE_ALLOW_MAX];

	(void)state;
	assert_int_equal(route_find(ROUTE_PATCH, "/api/v2/routing/skills/x", &route),
			 ROUTE_NO_METHOD);
	assert_string_equal(route_allow("/api/v2/routing/skills/x", allow),
			    "GET, HEAD, PUT, DELETE");
	assert_string_equal(route_allow("/api/v2/routing/skills", allow), "GET, HEAD, POST");
	assert_string_equal(route_allow("/api/v2/nothing", allow), "");
	assert_int_equal(route_find(ROUTE_PUT, "/api/v2/routing/skills/x", &route), ROUTE_FOUND);
	assert_int_equal(route->id, ROUTE_REPLACE);
	assert_int_equal(route->kind, DIRECTORY_SKILL);
	assert_int_equal(route_parameter(route, "/api/v2/routing/skills/x", 1).length, 0);
}

static void roles_are_read_and_written(void **state)
{
	unsigned roles = 0;
	char text[ROLE_TEXT_MAX];

	(void)state;
	assert_int_equal(role_parse((struct span){(const uint8_t *)"admin,agent", 11}, &roles), 0);
	assert_int_equal(roles, ROLE_ADMIN | ROLE_AGENT);
	assert_string_equal(role_format(roles, text), "agent,admin");
	assert_string_equal(role_format(ROLE_ANY, text),
			    "agent,supervisor,compliance,admin,conversations");
	assert_int_not_equal(role_parse((struct span){(const uint8_t *)"", 0}, &roles), 0);
	assert_int_not_equal(role_parse((struct span){(const uint8_t *)"agent,", 6}, &roles), 0);
	assert_int_not_equal(role_parse((struct span){(const uint8_t *)"Agent", 5}, &roles), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described_with_its_roles),
		cmocka_unit_test(nothing_is_described_that_is_not_there),
		cmocka_unit_test(a_path_with_another_method_names_the_one_it_has),
		cmocka_unit_test(a_segment_in_braces_takes_any_name_but_none),
		cmocka_unit_test(what_a_path_can_is_named_whole),
		cmocka_unit_test(roles_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
