#include "config/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int setting_of(const char *text)
{
	char path[] = "/tmp/bindery-kernel-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	int setting = kernel_setting(path);
	unlink(path);
	return setting;
}

static void a_setting_is_the_number_that_stands_there(void **state)
{
	(void)state;
	assert_int_equal(setting_of("0\n"), 0);
	assert_int_equal(setting_of("1\n"), 1);
	assert_int_equal(setting_of("2"), 2);
}

static void what_is_no_number_or_not_there_is_unknown(void **state)
{
	static const char *const texts[] = {
		"", "\n", "x\n", "1x\n", "-1\n", "4096\t131072\n", "99999999999999999999\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(setting_of(texts[i]), -1);
	assert_int_equal(kernel_setting("/nowhere/at/all"), -1);
	assert_int_equal(kernel_setting("/"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setting_is_the_number_that_stands_there),
		cmocka_unit_test(what_is_no_number_or_not_there_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
