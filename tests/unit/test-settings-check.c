#include "config/settings_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/settings-stage.h"

#define ACME(more) "carriers = ( { name = \"acme\"; " HOSTS "\n" more " } );\n"
#define WAY "carriers = ( { name = \"acme\"; } ); "

static void of_two_for_one_thing_the_second_is_refused(void **state)
{
	(void)state;
	refused(ACME("statuses = (\n{ status = 0x45B; action = \"retry\"; },\n"
		     "{ status = 0x45C; action = \"retry\"; },\n"
		     "{ status = 1115; action = \"fail\"; } );"),
		"text:5: carrier \"acme\": status 0x45B is there twice\n");
	refused(ACME("") "numbers = ( { address = \"+15550100\"; carrier = \"acme\"; } );\n"
			 "routes = ( { prefix = \"+46\"; " WAY "},\n"
			 "{ prefix = \"+46\"; source = \"+15550100\"; " WAY "},\n"
			 "{ prefix = \"+4\"; " WAY "},\n{ prefix = \"+46\"; " WAY "} );",
		"text:7: route from \"\" to \"+46\": is there twice\n");
}

static void what_no_number_has_is_no_part_of_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		static const char *const prefixes[] = {"", "+", "+46", "720"};
		char text[512];
		snprintf(text, sizeof(text), ACME("") "routes = ( { prefix = \"%s\"; " WAY "} );",
			 prefixes[i]);
		struct settings *settings = good(text);
		settings_destroy(&settings);
	}
	refused(ACME("") "routes = ( { prefix = \"+46 8\"; " WAY "},\n{ prefix = \"46+\"; " WAY
			 "} );",
		"text:3: route from \"\" to \"+46 8\": prefix has a character other than digits "
		"behind a +\n"
		"text:4: route from \"\" to \"46+\": prefix has a character other than digits "
		"behind a +\n");
	refused(ACME("addresses: { country = \"+46\"; };"),
		"text:1: carrier \"acme\": addresses.country \"+46\" has a character other than "
		"digits\n");
}

static void a_status_may_have_its_highest_bit(void **state)
{
	struct settings *settings = good(ACME("statuses = (\n"
					      "{ status = 0xFFFFFFFF; action = \"retry\"; },\n"
					      "{ status = 0x80000000; action = \"fail\"; } );"));

	(void)state;
	assert_int_equal(settings->carriers[0].statuses[0].status, 0xFFFFFFFF);
	assert_int_equal(settings->carriers[0].statuses[1].status, 0x80000000);
	settings_destroy(&settings);
	refused("redis: { partitions = 0xFFFFFFFF; };",
		"text:1: redis: partitions is 4294967295, allowed 1..1024\n");
}

static void what_is_no_utf_8_could_not_be_sent_nor_shown(void **state)
{
	(void)state;
	/* Latin-1, as an editor writes it, and as an escape of libconfig. */
	refused("programmes = ( { name = \"shop\";\nstop_text = \"D\xe9sabonn\xe9.\"; } );",
		"text:2: programme \"shop\": stop_text is not UTF-8\n");
	refused("queues = ( { name = \"a\"; wrap_up_codes = ( \"R\\xe9solu\" ); } );",
		"text:1: queue \"a\": wrap_up_codes is not UTF-8\n");
	struct settings *settings = good("queues = ( { name = \"d\xc3\xa9p\xc3\xb4t\"; } );");
	settings_destroy(&settings);
}

/* As many of each as the file may have, and each number with the last of them. */
static void the_largest_file_is_no_day_s_work(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	clock_t began;

	(void)state;
	fputs(ACME("") "queues = (", file);
	for (unsigned i = 0; i < 16384; i++)
		fprintf(file, "%s{ name = \"queue-%05u\"; }\n", i ? "," : "", i);
	fputs(");\nnumbers = (", file);
	for (unsigned i = 0; i < 65536; i++)
		fprintf(file,
			"%s{ address = \"+1555%07u\"; carrier = \"acme\"; "
			"queue = \"queue-16383\"; }\n",
			i ? "," : "", i);
	fputs(");", file);
	assert_int_equal(fclose(file), 0);
	began = clock();
	struct settings *settings = good(text);
	assert_ptr_equal(settings_queue(settings, "queue-16383"), &settings->queues[16383]);
	assert_ptr_equal(settings_number(settings, "+15550000000"), &settings->numbers[0]);
	assert_null(settings_number(settings, "+15550065536"));
	settings_destroy(&settings);
	assert_true((clock() - began) / CLOCKS_PER_SEC < 20);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_two_for_one_thing_the_second_is_refused),
		cmocka_unit_test(what_no_number_has_is_no_part_of_one),
		cmocka_unit_test(a_status_may_have_its_highest_bit),
		cmocka_unit_test(what_is_no_utf_8_could_not_be_sent_nor_shown),
		cmocka_unit_test(the_largest_file_is_no_day_s_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
