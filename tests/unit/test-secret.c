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

#include "tests/unit/settings-stage.h"

/* Secrets of the configuration that stand elsewhere. */

static char folder[] = "/tmp/bindery-secret-XXXXXX";

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
	static const char *const names[] = {"secret", "looked.conf", "redis.conf", "lacks.conf"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(in_folder(names[i]));
	return rmdir(folder);
}

static void a_password_file_is_read_without_its_newline(void **state)
{
	struct settings *settings;
	char text[512];

	(void)state;
	write_file("secret", "s3cret\n");
	snprintf(text, sizeof(text),
		 "carriers = ( { name = \"c\"; " HOSTS " password_file = \"%s/secret\"; } );",
		 folder);
	settings = good(text);
	assert_string_equal(settings->carriers[0].password, "s3cret");
	settings_destroy(&settings);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	settings = good("redis: { password_file = \"credential:secret\"; };");
	assert_string_equal(settings->redis.password, "s3cret");
	settings_destroy(&settings);
}

static void a_secret_that_cannot_be_had_is_an_error(void **state)
{
	char text[512], expected[512];

	(void)state;
	write_file("secret",
		   "a secret of more octets than any that is said, much too long for a bind\n");
	snprintf(text, sizeof(text),
		 "carriers = ( { name = \"c\"; " HOSTS " password_file = \"%s/secret\"; } );",
		 folder);
	snprintf(expected, sizeof(expected),
		 "text:1: carrier \"c\": the password in %s/secret is 71 octets long, allowed "
		 "0..64\n",
		 folder);
	refused(text, expected);
	refused("redis: { password_file = \"/nonexistent\"; };",
		"text:1: redis: password_file /nonexistent: No such file or directory\n");
	refused("redis: { password_file = \"/nonexistent\"; password = \"x\"; };",
		"text:1: redis: password and password_file are both given\n");
}

/* Of a process that no unit is. */
static void a_credential_that_only_a_unit_has_is_left_out_by_who_looks(void **state)
{
	static const char text[] =
		"http: { certificate = \"c\"; private_key = \"credential:key\"; };\n"
		"carriers = ( { name = \"c\"; " HOSTS
		" password_file = \"credential:secret\"; } );";
	struct settings *settings;
	char place[256];

	(void)state;
	write_file("looked.conf", text);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	refused(text, "text:2: carrier \"c\": password_file credential:secret: "
		      "/run/credentials/test-secret.service/secret, where a unit that runs has "
		      "it: No such file or directory\n");
	errors[0] = '\0';
	/* Who binds to nobody does not ask, who looks does without. */
	for (unsigned secrets = 0; secrets <= SETTINGS_SECRETS_ELSEWHERE;
	     secrets += SETTINGS_SECRETS_ELSEWHERE) {
		secrets += secrets ? SETTINGS_SECRETS_CARRIERS : 0;
		assert_int_equal(
			settings_load(in_folder("looked.conf"), secrets, collect, NULL, &settings),
			0);
		assert_string_equal(settings->carriers[0].password, "");
		assert_string_equal(settings->http.private_key, "credential:key");
		settings_destroy(&settings);
	}
	write_file("redis.conf", "redis: { password_file = \"credential:secret\"; };");
	assert_int_equal(settings_load(in_folder("redis.conf"), 0, collect, NULL, &settings),
			 -EINVAL);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	settings = good("http: { certificate = \"c\"; private_key = \"credential:key\"; };");
	snprintf(place, sizeof(place), "%s/key", folder);
	assert_string_equal(settings->http.private_key, place);
	settings_destroy(&settings);
	/* In a unit it has to be there, also for who looks. */
	write_file("lacks.conf", "redis: { password_file = \"credential:none\"; };");
	assert_int_equal(settings_load(in_folder("lacks.conf"), SETTINGS_SECRETS_ELSEWHERE, collect,
				       NULL, &settings),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_file_is_read_without_its_newline),
		cmocka_unit_test(a_credential_that_only_a_unit_has_is_left_out_by_who_looks),
		cmocka_unit_test(a_secret_that_cannot_be_had_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
