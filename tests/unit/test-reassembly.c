#include "smpp/reassembly.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/segment.h"

#define OCTETS(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static struct reassembly_part read_part(uint8_t esm_class, uint8_t data_coding, struct span body)
{
	struct message_mo mo = {.esm_class = esm_class, .data_coding = data_coding, .body = body};
	struct reassembly_part part;

	reassembly_read(&mo, CODING_GSM7, &part);
	return part;
}

static struct reassembly_result join(const struct reassembly_part *parts, size_t count,
				     const char *text)
{
	struct reassembly_result result;
	struct utf8_buffer out;
	uint8_t at[1024];

	utf8_buffer_init(&out, at, sizeof(at));
	assert_int_equal(reassembly_join(parts, count, &out, &result), 0);
	assert_int_equal(out.length, strlen(text));
	assert_memory_equal(at, text, out.length);
	return result;
}

static void a_whole_message_is_just_decoded(void **state)
{
	(void)state;
	struct reassembly_part part = read_part(0, 0, OCTETS("hi \x00"));

	assert_int_equal(part.concat.kind, UDH_CONCAT_NONE);
	struct reassembly_result result = join(&part, 1, "hi @");
	assert_int_equal(result.flags, 0);
	assert_int_equal(result.total, 1);
	assert_int_equal(result.have, 1);
}

static void parts_join_in_any_order_and_duplicates_count_once(void **state)
{
	(void)state;
	struct reassembly_part parts[] = {
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x03\x03"
				 "three")),
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x03\x01"
				 "one ")),
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x03\x03"
				 "THREE")),
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x03\x02"
				 "two ")),
	};
	struct reassembly_result result = join(parts, 4, "one two three");

	assert_int_equal(result.flags, 0);
	assert_int_equal(result.have, 3);
	assert_int_equal(result.total, 3);
	assert_int_equal(result.ignored, 1);
}

static void missing_parts_are_marked_once_a_gap(void **state)
{
	(void)state;
	struct reassembly_part parts[] = {
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x05\x02"
				 "b")),
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x05\x05"
				 "e")),
	};
	struct reassembly_result result = join(parts, 2, "…b…e");

	assert_int_equal(result.flags, CODING_FLAG_PARTIAL);
	assert_int_equal(result.have, 2);
	assert_int_equal(result.total, 5);
}

static void parts_of_another_message_are_left_out(void **state)
{
	(void)state;
	struct reassembly_part parts[] = {
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x02\x01"
				 "a")),
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x08\x02\x02"
				 "x")),
		read_part(0x40, 0,
			  OCTETS("\x06\x08\x04\x00\x07\x02\x02"
				 "y")),
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x02\x02"
				 "b")),
	};

	assert_int_equal(join(parts, 4, "ab").ignored, 2);
}

static void a_surrogate_pair_cut_by_the_sender_is_joined(void **state)
{
	(void)state;
	struct reassembly_part parts[] = {
		read_part(0x40, 8,
			  OCTETS("\x05\x00\x03\x07\x02\x01\x00"
				 "a\xD8\x3D")),
		read_part(0x40, 8,
			  OCTETS("\x05\x00\x03\x07\x02\x02\xDE\x00\x00"
				 "b")),
	};

	assert_int_equal(join(parts, 2, "a😀b").flags, 0);
}

static void an_escape_pair_cut_by_the_sender_is_joined(void **state)
{
	(void)state;
	struct reassembly_part parts[] = {
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x02\x01"
				 "a\x1B")),
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x02\x02"
				 "eb")),
	};

	assert_int_equal(join(parts, 2, "a€b").flags, 0);
}

static void parts_may_differ_in_their_coding(void **state)
{
	(void)state;
	struct reassembly_part parts[] = {
		read_part(0x40, 0,
			  OCTETS("\x05\x00\x03\x07\x03\x01"
				 "a\x1B")),
		read_part(0x40, 8, OCTETS("\x05\x00\x03\x07\x03\x02\x4F\x60")),
		read_part(0x40, 3, OCTETS("\x05\x00\x03\x07\x03\x03\xE9")),
	};

	assert_int_equal(join(parts, 3, "a 你é").flags, CODING_FLAG_ESCAPE);
}

static void a_malformed_header_is_part_of_the_text(void **state)
{
	(void)state;
	struct reassembly_part part = read_part(0x40, 3, OCTETS("Hello"));

	assert_int_equal(part.concat.kind, UDH_CONCAT_NONE);
	assert_int_equal(join(&part, 1, "Hello").flags, CODING_FLAG_BAD_UDH);
}

static void a_total_of_one_is_a_whole_message(void **state)
{
	(void)state;
	struct reassembly_part part = read_part(0x40, 0,
						OCTETS("\x05\x00\x03\x07\x01\x01"
						       "a"));

	assert_int_equal(part.concat.kind, UDH_CONCAT_NONE);
	assert_int_equal(join(&part, 1, "a").flags, 0);
}

static void sar_tlvs_are_read_where_no_header_says_it(void **state)
{
	(void)state;
	struct message_mo mo = {
		.body = OCTETS("b"),
		.tlvs = OCTETS("\x02\x0C\x00\x02\x01\x02\x02\x0E\x00\x01\x02\x02\x0F\x00\x01\x02")};
	struct reassembly_part part;

	reassembly_read(&mo, CODING_GSM7, &part);
	assert_int_equal(part.concat.kind, UDH_CONCAT_SAR);
	assert_int_equal(part.concat.reference, 0x0102);
	assert_int_equal(join(&part, 1, "…b").flags, CODING_FLAG_PARTIAL);
}

static void a_key_names_the_pair_the_reference_and_the_total(void **state)
{
	(void)state;
	struct message_mo mo = {.ours = OCTETS("12345"), .customer = OCTETS("+15551230001")};
	struct udh_concat concat = {UDH_CONCAT_REF8, 0x7A, 3, 2};
	char key[REASSEMBLY_KEY_MAX];

	assert_int_equal(reassembly_key(&mo, &concat, key, sizeof(key)), 24);
	assert_string_equal(key, "12345:+15551230001:u7a:3");
	concat = (struct udh_concat){UDH_CONCAT_REF16, 0x7A, 3, 1};
	assert_true(reassembly_key(&mo, &concat, key, sizeof(key)) > 0);
	assert_string_equal(key, "12345:+15551230001:w7a:3");
	assert_int_equal(reassembly_key(&mo, &concat, key, 10), -EMSGSIZE);
	concat.kind = UDH_CONCAT_NONE;
	assert_int_equal(reassembly_key(&mo, &concat, key, sizeof(key)), -EINVAL);
}

static void the_longest_key_fits(void **state)
{
	(void)state;
	struct message_mo mo = {.ours = OCTETS("aaaaaaaaaaaaaaaaaaaaaaaa"),
				.customer = OCTETS("bbbbbbbbbbbbbbbbbbbbbbbb")};
	struct udh_concat concat = {UDH_CONCAT_SAR, 0xFFFF, 255, 1};
	char key[REASSEMBLY_KEY_MAX];

	assert_true(reassembly_key(&mo, &concat, key, sizeof(key)) > 0);
}

/* Plans, builds and reads back, as a handset would. */
static void travel(struct span text, const struct segment_options *options)
{
	static uint8_t octets[SEGMENT_SEGMENTS_MAX][SEGMENT_OCTETS_MAX], at[64 * 1024];
	static struct reassembly_part parts[SEGMENT_SEGMENTS_MAX];
	struct segment_plan plan;
	struct utf8_buffer out;
	struct reassembly_result result;

	assert_int_equal(segment_plan(text, options, &plan), 0);
	for (unsigned i = 0; i < plan.submits; i++) {
		struct segment segment = {.octets = octets[i], .capacity = sizeof(octets[i])};
		assert_int_equal(segment_build(&plan, text, i, 0x5A5A, &segment), 0);
		struct message_mo mo = {.esm_class = segment.esm_class,
					.data_coding = segment.data_coding,
					.body = {octets[i], segment.length}};
		reassembly_read(&mo, options->default_alphabet, &parts[i]);
	}
	utf8_buffer_init(&out, at, sizeof(at));
	assert_int_equal(reassembly_join(parts, plan.submits, &out, &result), 0);
	assert_int_equal(result.flags, 0);
	assert_int_equal(result.have, plan.submits);
	assert_int_equal(out.length, text.length);
	assert_memory_equal(at, text.at, text.length);
}

static void what_is_cut_joins_to_the_same_text(void **state)
{
	(void)state;
	static const char *const units[] = {"a",  "{", "ab{", "é€",  "ê",
					    "你", "😀", "a😀",  "ş{a", "ãõí"};

	for (size_t unit = 0; unit < sizeof(units) / sizeof(units[0]); unit++) {
		for (unsigned count = 1; count <= 330; count++) {
			static uint8_t text[4096];
			size_t length = strlen(units[unit]);
			struct segment_options options = {
				.default_alphabet = count % 4 == 3 ? CODING_GSM7_PACKED
								   : (enum coding)(count % 4),
				.concatenation = (enum segment_concatenation)(count / 4 % 2),
				.latin1 = count / 8 % 2,
				.languages = 0xFFFE,
			};

			if (options.default_alphabet == CODING_ASCII)
				options.default_alphabet = CODING_LATIN1;
			for (unsigned i = 0; i < count; i++)
				memcpy(text + i * length, units[unit], length);
			travel((struct span){text, count * length}, &options);
		}
	}
}

static void a_schedule_completes_expires_and_takes_late_parts(void **state)
{
	(void)state;
	struct reassembly reassembly;
	struct udh_concat one = {UDH_CONCAT_REF8, 7, 2, 1}, two = {UDH_CONCAT_REF8, 7, 2, 2};
	struct udh_concat odd = {UDH_CONCAT_REF8, 7, 3, 2};

	reassembly_init(&reassembly, 2, 1000);
	assert_int_equal(reassembly_add(&reassembly, &two), REASSEMBLY_WAIT);
	assert_int_equal(reassembly_add(&reassembly, &two), REASSEMBLY_DUPLICATE);
	assert_int_equal(reassembly_add(&reassembly, &odd), REASSEMBLY_FOREIGN);
	assert_int_equal(reassembly_add(&reassembly, &one), REASSEMBLY_COMPLETE);
	assert_int_equal(reassembly_expire(&reassembly, 99999, 500), REASSEMBLY_WAIT);

	reassembly_init(&reassembly, 2, 1000);
	assert_int_equal(reassembly_add(&reassembly, &one), REASSEMBLY_WAIT);
	assert_int_equal(reassembly_expire(&reassembly, 1499, 500), REASSEMBLY_WAIT);
	assert_int_equal(reassembly_expire(&reassembly, 1500, 500), REASSEMBLY_PARTIAL);
	assert_int_equal(reassembly_expire(&reassembly, 9000, 500), REASSEMBLY_WAIT);
	assert_int_equal(reassembly_add(&reassembly, &two), REASSEMBLY_LATE);
}

static void a_clock_that_went_back_starts_the_wait_anew(void **state)
{
	(void)state;
	struct reassembly reassembly;
	struct udh_concat one = {UDH_CONCAT_REF8, 7, 2, 1};

	reassembly_init(&reassembly, 2, 100000);
	assert_int_equal(reassembly_add(&reassembly, &one), REASSEMBLY_WAIT);
	assert_int_equal(reassembly_expire(&reassembly, 1000, 500), REASSEMBLY_WAIT);
	assert_int_equal(reassembly_expire(&reassembly, 1500, 500), REASSEMBLY_PARTIAL);
}

static void no_part_or_too_many_are_refused(void **state)
{
	(void)state;
	static struct reassembly_part parts[REASSEMBLY_PARTS_MAX * 4 + 1];
	struct reassembly_result result;
	struct utf8_buffer out;
	uint8_t at[16];

	utf8_buffer_init(&out, at, sizeof(at));
	assert_int_equal(reassembly_join(parts, 0, &out, &result), -EINVAL);
	assert_int_equal(reassembly_join(parts, REASSEMBLY_PARTS_MAX * 4 + 1, &out, &result),
			 -EINVAL);
	parts[0] = read_part(0, 0, OCTETS("seventeen octets!"));
	assert_int_equal(reassembly_join(parts, 1, &out, &result), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_message_is_just_decoded),
		cmocka_unit_test(parts_join_in_any_order_and_duplicates_count_once),
		cmocka_unit_test(missing_parts_are_marked_once_a_gap),
		cmocka_unit_test(parts_of_another_message_are_left_out),
		cmocka_unit_test(a_surrogate_pair_cut_by_the_sender_is_joined),
		cmocka_unit_test(an_escape_pair_cut_by_the_sender_is_joined),
		cmocka_unit_test(parts_may_differ_in_their_coding),
		cmocka_unit_test(a_malformed_header_is_part_of_the_text),
		cmocka_unit_test(a_total_of_one_is_a_whole_message),
		cmocka_unit_test(sar_tlvs_are_read_where_no_header_says_it),
		cmocka_unit_test(a_key_names_the_pair_the_reference_and_the_total),
		cmocka_unit_test(the_longest_key_fits),
		cmocka_unit_test(what_is_cut_joins_to_the_same_text),
		cmocka_unit_test(a_schedule_completes_expires_and_takes_late_parts),
		cmocka_unit_test(a_clock_that_went_back_starts_the_wait_anew),
		cmocka_unit_test(no_part_or_too_many_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
