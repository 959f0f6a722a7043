#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/archive.h"
#include "router/compliance/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A folder of the test's own with the keys in it. */
struct place {
	char folder[64], numbers[96], signing[96], inside[96];
	struct settings_ledger settings;
};

static void place_init(struct place *place)
{
	snprintf(place->folder, sizeof(place->folder), "/tmp/bindery-archive-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->numbers, sizeof(place->numbers), "%s/keys/numbers.key", place->folder);
	snprintf(place->signing, sizeof(place->signing), "%s/keys/signing.pem", place->folder);
	snprintf(place->inside, sizeof(place->inside), "%s/ledger", place->folder);
	place->settings =
		(struct settings_ledger){place->inside, place->numbers, place->signing, 60};
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)kind;
	(void)where;
	return remove(path);
}

static void place_finish(struct place *place)
{
	assert_int_equal(nftw(place->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void rows_come_back_as_they_were_appended_and_set_aside(void **state)
{
	struct place place;
	struct archive *archive;
	struct archive_row rows[600], row;
	char why[ARCHIVE_ERROR_MAX], path[128], leaves[128];

	(void)state;
	place_init(&place);
	assert_int_equal(archive_open(place.inside, 4, ARCHIVE_WRITE, &archive, why), 0);
	for (size_t i = 0; i < 600; i++) {
		rows[i] = (struct archive_row){.ms = 1700000000000 + i, .sequence = i % 3};
		memset(rows[i].leaf, (int)i, MERKLE_HASH);
	}
	assert_int_equal(archive_append(archive, 3, rows, 600), 0);
	assert_int_equal(archive_rows(archive, 3), 600);
	assert_int_equal(archive_rows(archive, 2), 0);
	assert_true(archive_read(archive, 3, 599, &row, 1));
	assert_int_equal(row.ms, 1700000000599);
	assert_int_equal(row.sequence, 2);
	assert_memory_equal(row.leaf, rows[599].leaf, MERKLE_HASH);
	assert_false(archive_read(archive, 3, 600, &row, 1));
	assert_int_equal(archive_set_aside(archive, 3, 5, 1700000000000), 0);
	assert_int_equal(archive_rows(archive, 3), 5);
	assert_int_equal(archive_set_aside(archive, 3, 5, 1700000000000), 0);
	archive_close(&archive);
	archive_close(&archive);
	/* What was set aside is whole and has the rows' form. */
	snprintf(path, sizeof(path), "%s/lost-3-5-20231114T221320000Z", place.inside);
	snprintf(leaves, sizeof(leaves), "%s/leaves-2", place.inside);
	assert_int_equal(rename(path, leaves), 0);
	assert_int_equal(archive_open(place.inside, 4, ARCHIVE_READ, &archive, why), 0);
	assert_int_equal(archive_rows(archive, 3), 5);
	assert_int_equal(archive_rows(archive, 2), 595);
	assert_true(archive_read(archive, 2, 0, &row, 1));
	assert_int_equal(row.ms, 1700000000005);
	assert_true(archive_read(archive, 2, 594, &row, 1));
	assert_memory_equal(row.leaf, rows[599].leaf, MERKLE_HASH);
	archive_close(&archive);
	place_finish(&place);
}

static void a_folder_that_is_only_read_is_not_made(void **state)
{
	struct archive *archive;
	char why[ARCHIVE_ERROR_MAX];

	(void)state;
	assert_int_equal(archive_open("/nowhere/ledger", 4, ARCHIVE_READ, &archive, why), -EACCES);
	assert_string_equal(why, "/nowhere/ledger: is no folder that can be read");
	assert_int_equal(archive_open("/nowhere/ledger", 4, ARCHIVE_WRITE, &archive, why), -ENOENT);
}

static void tell(struct span text, const char *name, void *context)
{
	char *told = context;

	(void)name;
	snprintf(told + strlen(told), 64 - strlen(told), "%.*s,", (int)text.length,
		 (const char *)text.at);
}

static void heads_come_in_their_order_and_not_those_that_were_given_up(void **state)
{
	struct place place;
	struct archive *archive;
	char why[ARCHIVE_ERROR_MAX], told[64] = "", stamp[ARCHIVE_STAMP_MAX];
	/* 2023-11-14T22:13:20.000Z and what follows; the last two on another day. */
	static const uint64_t times[] = {1700000000000, 1700000000001, 1700000999999,
					 1700090000000};

	(void)state;
	place_init(&place);
	assert_int_equal(archive_open(place.inside, 1, ARCHIVE_WRITE, &archive, why), 0);
	assert_int_equal(archive_heads(place.inside, 9, tell, told), 0);
	for (size_t i = 0; i < 4; i++) {
		const char digit[] = {(char)('a' + i), '\0'};
		assert_int_equal(archive_put_head(archive, times[i],
						  (struct span){(const uint8_t *)digit, 1}),
				 0);
	}
	assert_int_equal(archive_heads(place.inside, 9, tell, told), 4);
	assert_string_equal(told, "a,b,c,d,");
	told[0] = '\0';
	assert_int_equal(archive_heads(place.inside, 2, tell, told), 2);
	assert_string_equal(told, "c,d,");
	told[0] = '\0';
	assert_int_equal(archive_give_up(place.inside, 1700000000001, (struct span){NULL, 0}), 0);
	assert_int_equal(archive_heads(place.inside, 9, tell, told), 2);
	assert_string_equal(told, "c,d,");
	archive_given_up(archive, stamp);
	assert_string_equal(stamp, "20231114T221320001Z");
	archive_close(&archive);
	place_finish(&place);
}

/* The folder was last changed at that time, as far as anybody can see. */
static void date_folder(const struct place *place, time_t at)
{
	const struct timespec times[2] = {{.tv_sec = at}, {.tv_sec = at}};

	assert_int_equal(utimensat(AT_FDCWD, place->inside, times, 0), 0);
}

static void put_letter(struct archive *archive, uint64_t at_ms, const char *letter)
{
	struct span text = {(const uint8_t *)letter, 1};

	assert_int_equal(archive_put_head(archive, at_ms, text), 0);
}

static void the_newest_head_is_looked_for_only_where_the_folder_has_changed(void **state)
{
	struct place place;
	struct archive *archive;
	char why[ARCHIVE_ERROR_MAX], told[64] = "";

	(void)state;
	place_init(&place);
	assert_int_equal(archive_open(place.inside, 1, ARCHIVE_WRITE, &archive, why), 0);
	assert_int_equal(archive_newest(archive, tell, told), 0);
	put_letter(archive, 1700000000000, "a");
	assert_int_equal(archive_newest(archive, tell, told), 1);
	put_letter(archive, 1700000000001, "b");
	assert_int_equal(archive_newest(archive, tell, told), 1);
	assert_string_equal(told, "a,b,");
	date_folder(&place, 1700000000);
	assert_int_equal(archive_newest(archive, tell, told), 1);
	put_letter(archive, 1700000000002, "c");
	date_folder(&place, 1700000000);
	assert_int_equal(archive_newest(archive, tell, told), 1);
	assert_string_equal(told, "a,b,b,b,");
	date_folder(&place, 1700000001);
	assert_int_equal(archive_newest(archive, tell, told), 1);
	assert_string_equal(told, "a,b,b,b,c,");
	/* A folder that was changed just now may be changed once more at the same time. */
	time_t now = time(NULL);
	date_folder(&place, now);
	assert_int_equal(archive_newest(archive, tell, told), 1);
	put_letter(archive, 1700000000003, "d");
	date_folder(&place, now);
	assert_int_equal(archive_newest(archive, tell, told), 1);
	assert_string_equal(told, "a,b,b,b,c,c,d,");
	assert_int_equal(archive_give_up(place.inside, 1700000000003, (struct span){NULL, 0}), 0);
	assert_int_equal(archive_newest(archive, tell, told), 0);
	archive_close(&archive);
	place_finish(&place);
}

static void keys_are_made_for_their_owner_and_stay(void **state)
{
	struct place place;
	struct seal *seal = NULL;
	char why[SEAL_ERROR_MAX], first[MERKLE_HEX], second[MERKLE_HEX];
	struct span number = {(const uint8_t *)"+15550199", 9};
	struct stat about;

	(void)state;
	place_init(&place);
	assert_int_equal(seal_create(&place.settings, false, &seal, why), -ENOENT);
	assert_int_equal(seal_create(&place.settings, true, &seal, why), 0);
	assert_int_equal(stat(place.numbers, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(stat(place.signing, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	seal_number(seal, number, first);
	seal_number(seal, number, second);
	assert_string_equal(first, second);
	seal_destroy(&seal);
	seal_destroy(&seal);
	assert_int_equal(seal_create(&place.settings, true, &seal, why), 0);
	assert_string_equal(seal_number(seal, number, second), first);
	seal_destroy(&seal);
	assert_int_equal(chmod(place.signing, 0640), 0);
	assert_int_equal(seal_create(&place.settings, true, &seal, why), -EPERM);
	place_finish(&place);
}

/* RFC 4231 §4.3, the key and data of its second case, with the key filled up by zeros as HMAC does.
 */
static void a_number_is_called_by_its_hmac(void **state)
{
	struct place place;
	struct seal *seal = NULL;
	char why[SEAL_ERROR_MAX], hex[MERKLE_HEX];
	static const char key[] = "4a656665"
				  "00000000000000000000000000000000000000000000000000000000\n";
	static const char data[] = "what do ya want for nothing?";

	(void)state;
	place_init(&place);
	assert_int_equal(seal_create(&place.settings, true, &seal, why), 0);
	seal_destroy(&seal);
	FILE *file = fopen(place.numbers, "we");
	assert_non_null(file);
	fputs(key, file);
	fclose(file);
	assert_int_equal(seal_create(&place.settings, false, &seal, why), 0);
	seal_number(seal, (struct span){(const uint8_t *)data, strlen(data)}, hex);
	assert_string_equal(hex,
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	seal_destroy(&seal);
	place_finish(&place);
}

static void a_head_is_read_as_it_was_signed_and_by_its_key_alone(void **state)
{
	struct place place;
	struct seal *seal = NULL;
	char why[SEAL_ERROR_MAX], path[128];
	uint8_t key[SEAL_PUBLIC], other[SEAL_PUBLIC] = {1};
	struct head *head = calloc(1, sizeof(*head)), *again = calloc(1, sizeof(*again));
	char *text = calloc(1, HEAD_TEXT_MAX);

	(void)state;
	place_init(&place);
	assert_int_equal(seal_create(&place.settings, true, &seal, why), 0);
	head->at_ms = 1700000000000;
	head->count = 3;
	head->trees[2].size = 7;
	memset(head->trees[2].root, 0xAB, MERKLE_HASH);
	size_t length = head_sign(head, seal, text);
	static const char line[] = "bindery-head 1\tat=1700000000000\ttrees=3\ttree=2:7:abababab";
	assert_memory_equal(text, line, strlen(line));
	snprintf(path, sizeof(path), "%s/public.pem", place.folder);
	assert_int_equal(seal_write_public(seal, path), 0);
	assert_int_equal(seal_read_public(path, key), 0);
	struct span span = {(uint8_t *)text, length};
	assert_int_equal(head_open(span, key, again), 0);
	assert_memory_equal(head, again, sizeof(*head));
	assert_int_equal(head_open(span, other, again), -EBADMSG);
	text[strlen("bindery-head 1\tat=")] = '2';
	assert_int_equal(head_open(span, key, again), -EBADMSG);
	for (size_t i = 0; i < length; i++)
		assert_int_not_equal(head_open((struct span){(uint8_t *)text, i}, key, again), 0);
	seal_destroy(&seal);
	free(text);
	free(again);
	free(head);
	place_finish(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back_as_they_were_appended_and_set_aside),
		cmocka_unit_test(a_folder_that_is_only_read_is_not_made),
		cmocka_unit_test(heads_come_in_their_order_and_not_those_that_were_given_up),
		cmocka_unit_test(the_newest_head_is_looked_for_only_where_the_folder_has_changed),
		cmocka_unit_test(keys_are_made_for_their_owner_and_stay),
		cmocka_unit_test(a_number_is_called_by_its_hmac),
		cmocka_unit_test(a_head_is_read_as_it_was_signed_and_by_its_key_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
