#include "config/settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/log.h"
#include "config/settings_keys.h"
#include "tests/unit/settings-stage.h"

#ifndef SAMPLE
#define SAMPLE "config/bindery.conf"
#endif

static void an_empty_file_is_all_defaults(void **state)
{
	struct settings *settings = good("");

	(void)state;
	assert_string_equal(settings->redis.socket, "/run/bindery/redis.sock");
	assert_int_equal(settings->redis.partitions, 16);
	assert_int_equal(settings->log.level, LOG_INFO);
	assert_true(settings->log.mask_numbers);
	assert_int_equal(settings->http.port, 8080);
	assert_int_equal(settings->http.origins_count, 0);
	assert_string_equal(settings->router.instance, "router-1");
	assert_int_equal(settings->router.duplicate_window_s, 45);
	assert_int_equal(settings->carriers_count, 0);
	settings_destroy(&settings);
	assert_null(settings);
}

static void a_carrier_that_names_only_itself_has_every_default(void **state)
{
	struct settings *settings = good("carriers = ( { name = \"acme\"; " HOSTS " } );");
	const struct settings_carrier *carrier = settings_carrier(settings, "acme");

	(void)state;
	assert_non_null(carrier);
	assert_int_equal(carrier->hosts_count, 1);
	assert_int_equal(carrier->hosts[0].port, 2775);
	assert_int_equal(carrier->bind_type, SETTINGS_TRANSCEIVER);
	assert_int_equal(carrier->window, 10);
	assert_int_equal(carrier->default_alphabet, CODING_GSM7);
	assert_int_equal(carrier->concatenation, SEGMENT_UDH8);
	assert_int_equal(carrier->on_unknown, SETTINGS_RESUBMIT);
	assert_int_equal(carrier->pdu_max, 69632);
	assert_int_equal(carrier->addresses.kinds[ADDRESS_INTERNATIONAL].ton, 1);
	assert_int_equal(carrier->addresses.kinds[ADDRESS_TEXT].ton, 5);
	assert_null(carrier->addresses.country);
	assert_null(settings_carrier(settings, "other"));
	settings_destroy(&settings);
}

static void values_of_every_type_are_read(void **state)
{
	struct settings *settings =
		good("http: { origins = [\"https://a.example\", \"https://b.example\"];\n"
		     "        secure_cookies = false; };\n"
		     "carriers = ( { name = \"acme\"; " HOSTS " default_alphabet = \"latin1\";\n"
		     "  message_id_form = \"hex_to_decimal\"; window = 1000;\n"
		     "  addresses: { alphanumeric_npi = 9; country = \"46\";\n"
		     "    rewrite_in = ( { prefix = \"0\"; replacement = \"+46\"; } ); }; } );\n"
		     "queues = ( { name = \"q\"; wrap_up_codes = (\"One\", \"Two\"); } );\n"
		     "numbers = ( { address = \"72345\"; carrier = \"acme\"; queue = \"q\"; } );");
	const struct settings_carrier *carrier = &settings->carriers[0];

	(void)state;
	assert_int_equal(settings->http.origins_count, 2);
	assert_string_equal(settings->http.origins[1], "https://b.example");
	assert_false(settings->http.secure_cookies);
	assert_int_equal(carrier->default_alphabet, CODING_LATIN1);
	assert_int_equal(settings_response_id(carrier), RECEIPT_ID_HEX);
	assert_int_equal(settings_receipt_id(carrier), RECEIPT_ID_DECIMAL);
	assert_int_equal(carrier->addresses.kinds[ADDRESS_TEXT].npi, 9);
	assert_string_equal(carrier->addresses.country, "46");
	assert_int_equal(carrier->addresses.in.count, 1);
	assert_string_equal(carrier->addresses.in.at[0].replacement, "+46");
	assert_string_equal(settings->queues[0].wrap_up_codes[1], "Two");
	assert_ptr_equal(settings_number(settings, "72345"), &settings->numbers[0]);
	settings_destroy(&settings);
}

static void every_error_is_told_in_one_pass(void **state)
{
	(void)state;
	refused("redis: { partitions = 0; };\n"
		"carriers = (\n"
		"  { name = \"acme\"; " HOSTS "\n"
		"    window = 0;\n"
		"    bind_type = \"tranceiver\";\n"
		"    windw = 10; }\n"
		");\n"
		"colour = \"red\";\n",
		"text:8: unknown key \"colour\"\n"
		"text:1: redis: partitions is 0, allowed 1..1024\n"
		"text:6: carrier \"acme\": unknown key \"windw\"\n"
		"text:5: carrier \"acme\": bind_type is \"tranceiver\", allowed \"transceiver\","
		" \"transmitter\", \"receiver\"\n"
		"text:4: carrier \"acme\": window is 0, allowed 1..1000\n");
}

static void a_wrong_type_is_named(void **state)
{
	(void)state;
	refused("redis: { socket = 5; partitions = \"16\"; };",
		"text:1: redis: socket is not a text in quotes\n"
		"text:1: redis: partitions is not a whole number\n");
	refused("redis: { partitions = 1.5; };",
		"text:1: redis: partitions is not a whole number\n");
	refused("log: { mask_numbers = 1; level = 3; };",
		"text:1: log: level is not a text in quotes, allowed \"error\", \"warn\", "
		"\"info\", \"debug\"\n"
		"text:1: log: mask_numbers is neither true nor false\n");
	refused("redis = 5;", "text:1: redis is not a group {...}\n");
	refused("carriers = 5;", "text:1: carriers is not a list ( {...}, {...} )\n");
	refused("carriers = ( 5 );", "text:1: element 1 of carriers is not a group {...}\n");
	refused("http: { origins = \"a\"; };", "text:1: http: origins is not a list of texts\n");
	refused("http: { origins = (5); };", "text:1: http: origins is not a text in quotes\n");
}

static void numbers_beyond_an_int_are_out_of_range_not_wrapped(void **state)
{
	(void)state;
	refused("redis: { partitions = 4294967297L; };",
		"text:1: redis: partitions is 4294967297, allowed 1..1024\n");
	refused("redis: { partitions = -1; };",
		"text:1: redis: partitions is -1, allowed 1..1024\n");
}

static void what_is_mandatory_is_missed(void **state)
{
	(void)state;
	refused("carriers = ( { name = \"acme\"; } );",
		"text:1: carrier \"acme\": system_id is missing\n"
		"text:1: carrier \"acme\": neither hosts nor outbind.port is given\n");
	refused("carriers = ( { name = \"a\"; system_id = \"x\"; hosts = ( { port = 1; } ); } );",
		"text:1: carrier \"a\": host 1: host is missing\n");
	refused("carriers = ( { name = \"a\"; system_id = \"x\"; hosts = ( ); } );",
		"text:1: carrier \"a\": neither hosts nor outbind.port is given\n");
}

static void names_must_lead_somewhere(void **state)
{
	(void)state;
	refused("numbers = (\n"
		"  { address = \"+15550100\"; carrier = \"acme\"; queue = \"q\"; programme = "
		"\"p\"; } );",
		"text:2: number \"+15550100\": carrier \"acme\" is not in carriers\n"
		"text:2: number \"+15550100\": queue \"q\" is not in queues\n"
		"text:2: number \"+15550100\": programme \"p\" is not in programmes\n");
}

static void a_name_is_there_once(void **state)
{
	(void)state;
	refused("queues = ( { name = \"a\"; },\n { name = \"b\"; },\n { name = \"a\"; } );",
		"text:3: queue \"a\": is there twice\n");
}

static void what_is_there_three_times_is_told_once_of_each_but_the_first(void **state)
{
	(void)state;
	refused("routes = ( { prefix = \"+1\"; carriers = (\n{ name = \"a\"; },\n"
		"{ name = \"a\"; },\n{ name = \"a\"; } ); } );\n"
		"carriers = ( { name = \"a\"; " HOSTS " tlv_names = (\n"
		"{ tag = 0x1401; name = \"x\"; },\n{ tag = 0x1402; name = \"x\"; },\n"
		"{ tag = 0x1402; name = \"x\"; } ); } );\n"
		"programmes = ( { name = \"shop\"; languages = (\n{ language = \"fr\"; },\n"
		"{ language = \"fr\"; },\n{ language = \"fr\"; } );\n categories = (\n"
		"{ name = \"offers\"; words = ( \"offers\" ); },\n"
		"{ name = \"offers\"; words = ( \"offers\" ); },\n"
		"{ name = \"offers\"; words = ( \"offers\" ); } ); } );",
		"text:7: carrier \"a\": tag 0x1402 or name \"x\" of tlv_names is there twice\n"
		"text:8: carrier \"a\": tag 0x1402 or name \"x\" of tlv_names is there twice\n"
		"text:11: programme \"shop\": language \"fr\" is there twice\n"
		"text:12: programme \"shop\": language \"fr\" is there twice\n"
		"text:15: programme \"shop\": category \"offers\" is there twice\n"
		"text:16: programme \"shop\": category \"offers\" is there twice\n"
		"text:3: route from \"\" to \"+1\": carrier \"a\" is there twice\n"
		"text:4: route from \"\" to \"+1\": carrier \"a\" is there twice\n");
}

static void there_are_no_more_skills_than_routing_tells_apart(void **state)
{
	char text[65536];
	size_t length = 0;

	(void)state;
	for (unsigned most = 1024; most <= 1025; most++) {
		length =
			(size_t)snprintf(text, sizeof(text),
					 "carriers = ( { name = \"c\"; " HOSTS " } ); numbers = (");
		for (unsigned i = 0; i < most; i += 25) {
			length += (size_t)snprintf(
				text + length, sizeof(text) - length,
				"%s{ address = \"+1555%04u\"; carrier = \"c\"; skills = ( \"s0\"",
				i ? "," : "", i);
			for (unsigned j = i; j < i + 25 && j < most; j++)
				length += (size_t)snprintf(text + length, sizeof(text) - length,
							   ", \"s%u\"", j);
			length += (size_t)snprintf(text + length, sizeof(text) - length, " ); }");
		}
		snprintf(text + length, sizeof(text) - length, " );");
		struct settings *settings = most == 1024 ? good(text) : NULL;
		settings_destroy(&settings);
		if (most > 1024)
			refused(text, "text: numbers and rings: 1025 different skills, allowed "
				      "0..1024\n");
	}
}

static void what_redis_keeps_beside_them_names_nothing(void **state)
{
	(void)state;
	refused("queues: (\n{ name = \"names\"; },\n{ name = \"support:members\"; },\n"
		"{ name = \"members\"; wrap_up_codes = (\"names\"); });",
		"text:2: queue \"names\": \"names\" is reserved, allowed is another name\n"
		"text:3: queue \"support:members\": name ends in \":members\", which is reserved\n"
		"text:4: queue \"members\": \"names\" is reserved, allowed is another name\n");
}

static void our_numbers_are_canonical(void **state)
{
	(void)state;
	refused("carriers = ( { name = \"c\"; " HOSTS " } );\n"
		"numbers = (\n"
		"{ address = \"0046 70\"; carrier = \"c\"; },\n"
		"{ address = \"+1234\"; carrier = \"c\"; },\n"
		"{ address = \"12\"; carrier = \"c\"; } );",
		"text:3: number \"0046 70\": address is neither + and 5..15 digits nor a short "
		"code of 3..12 digits\n"
		"text:4: number \"+1234\": address is neither + and 5..15 digits nor a short "
		"code of 3..12 digits\n"
		"text:5: number \"12\": address is neither + and 5..15 digits nor a short code "
		"of 3..12 digits\n");
}

static void a_certificate_has_its_key(void **state)
{
	(void)state;
	refused("carriers = ( { name = \"c\"; " HOSTS " tls = true;\n"
		"  tls_certificate = \"a.pem\"; outbind: { port = 2775; }; } );",
		"text:1: carrier \"c\": outbind has no TLS, but tls is true\n"
		"text:1: carrier \"c\": tls_certificate and tls_private_key are given together or "
		"not at all\n");
}

static void what_needs_tlvs_needs_their_version(void **state)
{
	(void)state;
	refused("carriers = ( { name = \"c\"; " HOSTS " interface_version = \"3.3\";\n"
		"  concatenation = \"sar\"; } );",
		"text:1: carrier \"c\": concatenation sar and payload need interface_version "
		"3.4\n");
}

static void languages_and_parameters_are_such_as_there_are(void **state)
{
	(void)state;
	refused("carriers = ( { name = \"c\"; " HOSTS " languages = ( \"klingon\" );\n"
		"  tlvs = ( { text = \"a\"; hex = \"61\"; },\n"
		"  { tag = 0x0424; hex = \"6\"; } ); } );",
		"text:1: carrier \"c\": language \"klingon\", allowed turkish, spanish, "
		"portuguese, "
		"bengali, gujarati, hindi, kannada, malayalam, oriya, punjabi, tamil, telugu, "
		"urdu\n"
		"text:2: carrier \"c\": tag is missing in an element of tlvs\n"
		"text:2: carrier \"c\": an element of tlvs has text and hex, allowed is one of "
		"them\n"
		"text:3: carrier \"c\": tag 0x0424 of tlvs is set by concatenation alone\n"
		"text:3: carrier \"c\": hex \"6\" of tlvs is not pairs of hexadecimal digits\n");
}

static void what_waits_with_a_carrier_can_be_cancelled_there(void **state)
{
	(void)state;
	refused("carriers = ( { name = \"c\"; " HOSTS "\n"
		"  schedule_delivery_time = \"relative\"; } );",
		"text:1: carrier \"c\": schedule_delivery_time needs cancel = true: an opt-out has "
		"to reach what waits there\n");
}

static void carriers_of_one_account_write_ids_alike(void **state)
{
	struct settings *settings = good("carriers = ( { name = \"tx\"; " HOSTS " },\n"
					 "  { name = \"rx\"; account = \"tx\"; " HOSTS " } );");

	(void)state;
	assert_string_equal(settings_account(&settings->carriers[0]), "tx");
	assert_string_equal(settings_account(&settings->carriers[1]), "tx");
	settings_destroy(&settings);
	refused("carriers = ( { name = \"tx\"; message_id_form = \"hex\"; " HOSTS " },\n"
		"  { name = \"rx\"; account = \"tx\"; " HOSTS " },\n"
		"  { name = \"a\"; account = \"a:b\"; " HOSTS " } );",
		"text:3: carrier \"a\": account has a character other than letters, digits, "
		". _ -\n"
		"text:2: carrier \"rx\": message_id_form is not that of \"tx\", which has the "
		"same account\n");
}

static void two_carriers_do_not_listen_on_one_port(void **state)
{
	struct settings *settings;

	(void)state;
	refused("gateway: { port = 9000; };\n"
		"carriers = ( { name = \"a\"; system_id = \"me\"; outbind: { port = 2775; }; },\n"
		"  { name = \"b\"; system_id = \"me\"; outbind: { port = 2775; }; },\n"
		"  { name = \"c\"; system_id = \"me\"; outbind: { listen = \"::\"; port = 2775; }; "
		"},\n"
		"  { name = \"d\"; system_id = \"me\"; outbind: { port = 9000; }; } );",
		"text:3: carrier \"b\": outbind.port 2775 is that of \"a\", too\n"
		"text:4: carrier \"c\": outbind.port 2775 is that of \"a\", too\n"
		"text:5: carrier \"d\": outbind.port 9000 is gateway.port, too\n");
	settings = good("carriers = ( { name = \"a\"; " HOSTS " },\n"
			"  { name = \"b\"; " HOSTS " outbind: { port = 2775; }; },\n"
			"  { name = \"c\"; " HOSTS
			" outbind: { listen = \"10.0.0.1\"; port = 2775; }; } );");
	assert_string_equal(settings->carriers[1].place, "text:2");
	settings_destroy(&settings);
}

static void a_carrier_may_be_one_that_connects_to_us(void **state)
{
	struct settings *settings =
		good("carriers = ( { name = \"c\"; system_id = \"me\"; tls_verify = true;\n"
		     "  interface_version = \"5.0\";\n"
		     "  outbind: { port = 2775; system_id = \"smsc\"; password = \"pw\"; }; } );");

	(void)state;
	assert_int_equal(settings->carriers[0].hosts_count, 0);
	assert_int_equal(settings->carriers[0].interface_version, 0x50);
	assert_int_equal(settings->carriers[0].outbind.port, 2775);
	assert_string_equal(settings->carriers[0].outbind.listen, "127.0.0.1");
	settings_destroy(&settings);
}

static void keys_of_one_carrier_must_agree(void **state)
{
	(void)state;
	refused("carriers = ( { name = \"c d\"; " HOSTS " backoff_min_ms = 1000;\n"
		"  backoff_max_ms = 500; local_address = \"eth0\"; } );",
		"text:1: carrier \"c d\": name has a character other than letters, digits, . _ -\n"
		"text:1: carrier \"c d\": backoff_max_ms is 500, below backoff_min_ms 1000\n"
		"text:1: carrier \"c d\": local_address \"eth0\" is no IP address\n");
	refused("http: { certificate = \"a.pem\"; };",
		"text:1: http: certificate and private_key are given together or not at all\n");
	refused("redis: { socket = \"\"; };", "text:1: redis: neither socket nor host is given\n");
}

static void a_syntax_error_has_its_line(void **state)
{
	(void)state;
	refused("redis: {\n  socket = ;\n};", "text:2: syntax error\n");
}

static char folder[] = "/tmp/bindery-settings-XXXXXX";

static char *in_folder(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *content)
{
	FILE *file = fopen(in_folder(name), "w");

	assert_non_null(file);
	assert_int_not_equal(fputs(content, file), EOF);
	assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	static const char *const names[] = {"main.conf", "part.conf"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(in_folder(names[i]));
	return rmdir(folder);
}

static void an_included_file_is_found_beside_the_first_and_named_in_errors(void **state)
{
	struct settings *settings = NULL;

	(void)state;
	write_file("main.conf", "log: { level = \"warn\"; };\n@include \"part.conf\"\n");
	write_file("part.conf", "\nqueues = ( { name = \"q\"; alerting_timeout_s = 5; } );\n");
	errors[0] = '\0';
	assert_int_equal(settings_load(in_folder("main.conf"), 0, collect, NULL, &settings),
			 -EINVAL);
	assert_string_equal(errors,
			    "part.conf:2: queue \"q\": alerting_timeout_s is 5, allowed 7..900\n");
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	struct settings *settings = NULL;
	char expected[256];

	(void)state;
	errors[0] = '\0';
	assert_int_equal(settings_load(in_folder("none"), 0, collect, NULL, &settings), -EINVAL);
	snprintf(expected, sizeof(expected), "%s/none: No such file or directory\n", folder);
	assert_string_equal(errors, expected);
}

/* The sample shows every key of the table as `key = value` or `key: {`. */
static void find_keys(const char *sample, const struct settings_group *group)
{
	char needle[96];

	for (size_t i = 0; i < group->count; i++) {
		bool inner = group->keys[i].type == SETTINGS_GROUP;
		bool list = group == &settings_root && group->keys[i].type == SETTINGS_LIST;
		snprintf(needle, sizeof(needle), "%s%s", group->keys[i].name,
			 inner || list ? ":" : " =");
		if (!strstr(sample, needle))
			fail_msg("config/bindery.conf lacks `%s`", needle);
		if (group->keys[i].group)
			find_keys(sample, group->keys[i].group);
	}
}

static void the_sample_is_good_and_shows_every_key(void **state)
{
	static char sample[65536];
	struct settings *settings = NULL;
	FILE *file = fopen(SAMPLE, "r");

	(void)state;
	assert_non_null(file);
	sample[fread(sample, 1, sizeof(sample) - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	find_keys(sample, &settings_root);
	errors[0] = '\0';
	if (settings_load(SAMPLE, 0, collect, NULL, &settings) != 0)
		fail_msg("%s", errors);
	settings_destroy(&settings);
}

/* What the sample writes for a key with a default is that default. */
static void the_sample_s_values_are_the_defaults(void **state)
{
	struct settings *sample = NULL,
			*none = good("carriers = ( { name = \"acme\"; " HOSTS " } );");
	const struct settings_carrier *shown, *bare = &none->carriers[0];

	(void)state;
	assert_int_equal(settings_load(SAMPLE, 0, collect, NULL, &sample), 0);
	shown = &sample->carriers[0];
	assert_memory_equal(&shown->bind_type, &bare->bind_type,
			    offsetof(struct settings_carrier, local_address) -
				    offsetof(struct settings_carrier, bind_type));
	assert_memory_equal(&shown->connect_timeout_s, &bare->connect_timeout_s,
			    offsetof(struct settings_carrier, tls_ca_file) -
				    offsetof(struct settings_carrier, connect_timeout_s));
	assert_memory_equal(&shown->addresses.kinds, &bare->addresses.kinds,
			    sizeof(bare->addresses.kinds));
	assert_memory_equal(&sample->router.parts_timeout_s, &none->router.parts_timeout_s,
			    3 * sizeof(unsigned));
	assert_int_equal(sample->redis.partitions, none->redis.partitions);
	assert_string_equal(sample->redis.socket, none->redis.socket);
	assert_int_equal(sample->http.port, none->http.port);
	assert_int_equal(sample->gateway.port, none->gateway.port);
	settings_destroy(&sample);
	settings_destroy(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_is_all_defaults),
		cmocka_unit_test(a_carrier_that_names_only_itself_has_every_default),
		cmocka_unit_test(values_of_every_type_are_read),
		cmocka_unit_test(every_error_is_told_in_one_pass),
		cmocka_unit_test(a_wrong_type_is_named),
		cmocka_unit_test(numbers_beyond_an_int_are_out_of_range_not_wrapped),
		cmocka_unit_test(what_is_mandatory_is_missed),
		cmocka_unit_test(names_must_lead_somewhere),
		cmocka_unit_test(a_name_is_there_once),
		cmocka_unit_test(what_is_there_three_times_is_told_once_of_each_but_the_first),
		cmocka_unit_test(there_are_no_more_skills_than_routing_tells_apart),
		cmocka_unit_test(what_redis_keeps_beside_them_names_nothing),
		cmocka_unit_test(our_numbers_are_canonical),
		cmocka_unit_test(a_certificate_has_its_key),
		cmocka_unit_test(what_needs_tlvs_needs_their_version),
		cmocka_unit_test(what_waits_with_a_carrier_can_be_cancelled_there),
		cmocka_unit_test(languages_and_parameters_are_such_as_there_are),
		cmocka_unit_test(carriers_of_one_account_write_ids_alike),
		cmocka_unit_test(two_carriers_do_not_listen_on_one_port),
		cmocka_unit_test(a_carrier_may_be_one_that_connects_to_us),
		cmocka_unit_test(keys_of_one_carrier_must_agree),
		cmocka_unit_test(a_syntax_error_has_its_line),
		cmocka_unit_test(an_included_file_is_found_beside_the_first_and_named_in_errors),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
		cmocka_unit_test(the_sample_is_good_and_shows_every_key),
		cmocka_unit_test(the_sample_s_values_are_the_defaults),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
