#include "tests/unit/settings-stage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

char errors[16384];

void collect(const char *line, void *context)
{
	size_t used = strlen(errors);

	(void)context;
	snprintf(errors + used, sizeof(errors) - used, "%s\n", line);
}

struct settings *good(const char *text)
{
	struct settings *settings = NULL;

	errors[0] = '\0';
	if (settings_parse(text, collect, NULL, &settings) != 0)
		fail_msg("%s", errors);
	assert_string_equal(errors, "");
	return settings;
}

void refused(const char *text, const char *expected)
{
	struct settings *settings = NULL;

	errors[0] = '\0';
	assert_int_equal(settings_parse(text, collect, NULL, &settings), -EINVAL);
	assert_null(settings);
	assert_string_equal(errors, expected);
}
