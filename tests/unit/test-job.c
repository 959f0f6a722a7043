#include "gateway/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/tlv.h"

static struct settings_carrier carrier;
static uint8_t record[4096];
static bool flash;
static uint64_t schedule_ms;
static const struct span none;

static struct span span(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static int defaults(void **state)
{
	(void)state;
	carrier = (struct settings_carrier){.default_alphabet = CODING_GSM7,
					    .concatenation = SEGMENT_UDH8,
					    .segments_max = 10,
					    .validity_s = 60,
					    .addresses = address_settings_default()};
	return 0;
}

static struct span message(const char *text, uint64_t expires_ms)
{
	const struct message message = {.kind = MESSAGE_MT,
					.mt = {.id = span("m1"),
					       .carrier = span("acme"),
					       .ours = span("+46700000001"),
					       .customer = span("+46700000002"),
					       .text = span(text),
					       .receipt = true,
					       .flash = flash,
					       .accepted_ms = 1000,
					       .expires_ms = expires_ms,
					       .schedule_ms = schedule_ms}};
	int length = message_encode(&message, record, sizeof(record));

	assert_true(length > 0);
	return (struct span){record, (size_t)length};
}

static void a_short_text_is_one_submit(void **state)
{
	static struct job_scratch scratch;
	const char *reason = NULL;
	struct job *job = job_create(message("hi", 0), 7, &carrier, none, &reason);
	struct pdu pdu;

	(void)state;
	assert_non_null(job);
	assert_int_equal(job->submits, 1);
	assert_int_equal(job->waiting, 1);
	assert_int_equal(job->deadline_ms, 61000);
	assert_string_equal(job->id, "m1");
	assert_int_equal(job_build(job, 0, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.short_message.length, 2);
	assert_memory_equal(pdu.short_message.at, "hi", 2);
	assert_int_equal(pdu.registered_delivery, 1);
	assert_int_equal(pdu.esm_class, 0);
	assert_int_equal(pdu.source.ton, 1);
	assert_memory_equal(pdu.destination.number.at, "46700000002", 11);
	assert_int_equal(pdu.destination.number.length, 11);
	job_destroy(&job);
	assert_null(job);
}

static void segments_bear_the_reference_that_was_given(void **state)
{
	static struct job_scratch scratch;
	static char text[321];
	const char *reason = NULL;
	struct pdu pdu;

	(void)state;
	memset(text, 'a', 320);
	struct job *job = job_create(message(text, 0), 0x1234, &carrier, none, &reason);
	assert_int_equal(job->submits, 3);
	assert_int_equal(job_build(job, 1, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.esm_class, 0x40);
	assert_memory_equal(pdu.short_message.at, "\x05\x00\x03\x34\x03\x02", 6);
	job_destroy(&job);

	carrier.concatenation = SEGMENT_SAR;
	job = job_create(message(text, 0), 0x1234, &carrier, none, &reason);
	assert_int_equal(job_build(job, 2, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.tlvs.length, 16);
	assert_memory_equal(pdu.tlvs.at,
			    "\x02\x0C\x00\x02\x12\x34"
			    "\x02\x0E\x00\x01\x03"
			    "\x02\x0F\x00\x01\x03",
			    16);
	job->plain = true;
	assert_int_equal(job_build(job, 2, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.tlvs.length, 0);
	assert_int_equal(pdu.esm_class, 0x40);
	assert_memory_equal(pdu.short_message.at, "\x06\x08\x04\x12\x34\x03\x03", 7);
	job_destroy(&job);
}

static void a_message_that_was_cut_is_cut_the_same_again(void **state)
{
	static struct job_scratch scratch;
	static char text[321];
	char cut[JOB_CUT_MAX], again[JOB_CUT_MAX];
	const char *reason = NULL;
	struct pdu pdu;

	(void)state;
	memset(text, 'a', 320);
	carrier.latin1 = true;
	struct job *job = job_create(message(text, 0), 1, &carrier, none, &reason);
	job_cut(job, cut);
	job_destroy(&job);

	carrier.concatenation = SEGMENT_PAYLOAD;
	carrier.default_alphabet = CODING_LATIN1;
	job = job_create(message(text, 0), 1, &carrier, span_text(cut), &reason);
	assert_string_equal(job_cut(job, again), cut);
	assert_int_equal(job->submits, 3);
	assert_int_equal(job_build(job, 1, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.short_message.length, 6 + 153);
	job_destroy(&job);

	job = job_create(message(text, 0), 1, &carrier, span_text("9.rubbish"), &reason);
	assert_int_equal(job->submits, 1);
	job_destroy(&job);
}

static void a_payload_is_one_submit_with_the_tlv(void **state)
{
	static struct job_scratch scratch;
	static char text[321];
	const char *reason = NULL;
	struct span payload;
	struct pdu pdu;

	(void)state;
	memset(text, 'a', 320);
	carrier.concatenation = SEGMENT_PAYLOAD;
	struct job *job = job_create(message(text, 0), 1, &carrier, none, &reason);
	assert_int_equal(job->submits, 1);
	assert_int_equal(job_build(job, 0, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.short_message.length, 0);
	assert_true(tlv_find(pdu.tlvs, TLV_MESSAGE_PAYLOAD, &payload));
	assert_int_equal(payload.length, 320);
	job_destroy(&job);
}

static void a_message_says_until_when_it_is_worth_anything_where_the_carrier_wants_it(void **state)
{
	static struct job_scratch scratch;
	const char *reason = NULL;
	struct job *job = job_create(message("hi", 1767225600000), 1, &carrier, none, &reason);
	struct pdu pdu = {0};

	(void)state;
	job_put_validity(job, &carrier, 1767225510000, &scratch, &pdu);
	assert_int_equal(pdu.validity_period.length, 0);
	carrier.validity_period = SETTINGS_VALIDITY_RELATIVE;
	job_put_validity(job, &carrier, 1767225510000, &scratch, &pdu);
	assert_memory_equal(pdu.validity_period.at, "000000000130000R", 16);
	carrier.validity_period = SETTINGS_VALIDITY_ABSOLUTE;
	job_put_validity(job, &carrier, 1767225510000, &scratch, &pdu);
	assert_memory_equal(pdu.validity_period.at, "260101000000000+", 16);
	job_destroy(&job);
}

static void a_submit_says_when_it_is_to_be_delivered(void **state)
{
	static struct job_scratch scratch;
	const uint64_t at_ms = 1767225600000; /* 2026-01-01 00:00:00 UTC */
	const char *reason = NULL;
	struct pdu pdu = {0};

	(void)state;
	schedule_ms = at_ms;
	struct job *job = job_create(message("hi", at_ms + 60000), 1, &carrier, none, &reason);
	schedule_ms = 0;
	assert_string_equal(job_ahead(&carrier), "");
	assert_false(job_put_schedule(job, &carrier, at_ms - 90000, &scratch, &pdu));
	assert_int_equal(pdu.schedule_delivery_time.length, 0);
	carrier.schedule_delivery_time = SETTINGS_VALIDITY_RELATIVE;
	assert_string_equal(job_ahead(&carrier), "1");
	assert_true(job_put_schedule(job, &carrier, at_ms - 90000, &scratch, &pdu));
	assert_memory_equal(pdu.schedule_delivery_time.at, "000000000130000R", 17);
	assert_true(job_put_schedule(job, &carrier, at_ms - 90000 + 1, &scratch, &pdu));
	assert_memory_equal(pdu.schedule_delivery_time.at, "000000000130000R", 17);
	/* Further away than a relative one can say. */
	assert_true(
		job_put_schedule(job, &carrier, at_ms - UINT64_C(32) * 86400000, &scratch, &pdu));
	assert_memory_equal(pdu.schedule_delivery_time.at, "260101000000000+", 17);
	carrier.schedule_delivery_time = SETTINGS_VALIDITY_ABSOLUTE;
	assert_true(job_put_schedule(job, &carrier, at_ms - 1, &scratch, &pdu));
	assert_memory_equal(pdu.schedule_delivery_time.at, "260101000000000+", 17);
	pdu = (struct pdu){0};
	assert_false(job_put_schedule(job, &carrier, at_ms, &scratch, &pdu));
	assert_int_equal(pdu.schedule_delivery_time.length, 0);
	job_destroy(&job);
}

static void a_submit_bears_what_the_carrier_asks_for(void **state)
{
	static struct job_scratch scratch;
	static struct settings_tlv tlvs[] = {{0x1401, "promo", ""}, {0x1402, "", "01fF"}};
	const char *reason = NULL;
	struct job *job = job_create(message("hi", 0), 1, &carrier, none, &reason);
	struct pdu pdu;

	(void)state;
	carrier.tlvs = tlvs;
	carrier.tlvs_count = 2;
	assert_int_equal(job_build(job, 0, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.tlvs.length, 15);
	assert_memory_equal(pdu.tlvs.at, "\x14\x01\x00\x05promo\x14\x02\x00\x02\x01\xFF", 15);
	job->plain = true;
	assert_int_equal(job_build(job, 0, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.tlvs.length, 0);
	job_destroy(&job);
}

static void a_flash_message_and_a_shift_table_are_coded_so(void **state)
{
	static struct job_scratch scratch;
	static char *languages[] = {"turkish"};
	const char *reason = NULL;
	struct job *job;
	struct pdu pdu;

	(void)state;
	flash = true;
	job = job_create(message("hi", 0), 1, &carrier, none, &reason);
	flash = false;
	assert_int_equal(job_build(job, 0, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.data_coding, 0x10);
	job_destroy(&job);

	carrier.languages = languages;
	carrier.languages_count = 1;
	job = job_create(
		message("\xC5\x9E\xC5\x9F \xC4\xB1\xC4\xB1 \xC4\x9F\xC4\x9E aaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			0),
		1, &carrier, none, &reason);
	assert_int_equal(job->submits, 1);
	assert_int_equal(job_build(job, 0, &carrier, &scratch, &pdu), 0);
	assert_int_equal(pdu.data_coding, 0);
	assert_int_equal(pdu.esm_class, 0x40);
	assert_memory_equal(pdu.short_message.at, "\x03\x24\x01\x01", 4);
	job_destroy(&job);
}

static void what_cannot_be_sent_says_why(void **state)
{
	static char text[2000];
	const char *reason = NULL;
	uint8_t rubbish[] = {1, 2, 3};

	(void)state;
	assert_null(
		job_create((struct span){rubbish, sizeof(rubbish)}, 1, &carrier, none, &reason));
	assert_string_equal(reason, "bad_record");
	assert_null(job_create(message("\xff", 0), 1, &carrier, none, &reason));
	assert_string_equal(reason, "bad_text");
	memset(text, 'a', sizeof(text) - 1);
	assert_null(job_create(message(text, 0), 1, &carrier, none, &reason));
	assert_string_equal(reason, "too_long");
}

static void a_message_s_own_deadline_goes_before_the_carrier_s(void **state)
{
	const char *reason = NULL;
	struct job *job = job_create(message("hi", 5000), 1, &carrier, none, &reason);

	(void)state;
	assert_int_equal(job->deadline_ms, 5000);
	job_destroy(&job);
}

static void parts_are_counted_by_what_they_do(void **state)
{
	static char text[321];
	const char *reason = NULL;

	(void)state;
	memset(text, 'a', 320);
	struct job *job = job_create(message(text, 0), 1, &carrier, none, &reason);
	job_set(job, 0, PART_FLYING);
	job_set(job, 1, PART_FLYING);
	assert_int_equal(job->waiting, 1);
	assert_int_equal(job->flying, 2);
	job_set(job, 0, PART_DONE);
	job_set(job, 1, PART_WAITING);
	job_set(job, 1, PART_WAITING);
	assert_int_equal(job->waiting, 2);
	assert_int_equal(job->flying, 0);
	job_destroy(&job);
}

static void an_answer_for_a_job_that_is_gone_finds_nothing(void **state)
{
	const char *reason = NULL;
	struct jobs jobs;
	unsigned part = 99;

	(void)state;
	jobs_init(&jobs);
	struct job *first = job_create(message("one", 0), 1, &carrier, none, &reason);
	jobs_add(&jobs, first);
	uint64_t user = jobs_user(first, 0);
	assert_ptr_equal(jobs_find(&jobs, user, &part), first);
	assert_int_equal(part, 0);
	assert_ptr_equal(jobs_by_id(&jobs, span("m1")), first);
	jobs_remove(&jobs, &first);
	assert_null(jobs_find(&jobs, user, &part));

	/* The next job gets the same place, and is not taken for the first. */
	struct job *second = job_create(message("two", 0), 1, &carrier, none, &reason);
	jobs_add(&jobs, second);
	assert_null(jobs_find(&jobs, user, &part));
	assert_ptr_equal(jobs_find(&jobs, jobs_user(second, 0), &part), second);
	assert_null(jobs_find(&jobs, UINT64_MAX, &part));
	jobs_finish(&jobs);
}

static void jobs_stand_by_class_and_then_as_they_came(void **state)
{
	static const enum message_class came[] = {
		MESSAGE_BULK,	     MESSAGE_TRANSACTIONAL, MESSAGE_BULK,
		MESSAGE_INTERACTIVE, MESSAGE_TRANSACTIONAL, MESSAGE_INTERACTIVE,
	};
	static const unsigned order[] = {3, 5, 1, 4, 0, 2};
	const char *reason = NULL;
	const struct job *by_age[6];
	const struct job *job;
	struct jobs jobs;
	unsigned i = 0;

	(void)state;
	jobs_init(&jobs);
	for (unsigned at = 0; at < 6; at++) {
		struct job *one = job_create(message("hi", 0), 1, &carrier, none, &reason);
		one->message.mt.class = came[at];
		jobs_add(&jobs, one);
		by_age[at] = one;
	}
	for (job = jobs.first; job; job = job->next)
		assert_ptr_equal(job, by_age[order[i++]]);
	assert_int_equal(i, 6);
	for (job = jobs.last; job; job = job->previous)
		assert_ptr_equal(job, by_age[order[--i]]);
	jobs_finish(&jobs);
}

static void what_redis_knows_of_parts_is_marked(void **state)
{
	static char text[400];
	const char *reason = NULL;
	struct job *job;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	job = job_create(message(text, 0), 7, &carrier, none, &reason);
	assert_non_null(job);
	assert_int_equal(job->submits, 3);
	job_mark_done(job, span(""));
	assert_false(job->committed);
	job_mark_done(job, span("x0"));
	assert_int_equal(job->waiting, 3);
	job_mark_done(job, span("0,2,7"));
	assert_int_equal(job->waiting, 1);
	assert_int_equal(job->parts[1].state, PART_WAITING);
	assert_true(job->committed);
	job_mark_resubmits(job, span("2,0,31,4"));
	assert_int_equal(job->parts[0].resubmits, 2);
	assert_int_equal(job->parts[1].resubmits, 0);
	assert_int_equal(job->parts[2].resubmits, 31);
	job_mark_resubmits(job, span("5"));
	assert_int_equal(job->parts[0].resubmits, 5);
	assert_int_equal(job->parts[2].resubmits, 31);
	job_mark_resubmits(job, span("99999999999999,1"));
	assert_int_equal(job->parts[1].resubmits, 0);
	job_destroy(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_short_text_is_one_submit, defaults),
		cmocka_unit_test_setup(segments_bear_the_reference_that_was_given, defaults),
		cmocka_unit_test_setup(a_message_that_was_cut_is_cut_the_same_again, defaults),
		cmocka_unit_test_setup(a_payload_is_one_submit_with_the_tlv, defaults),
		cmocka_unit_test_setup(
			a_message_says_until_when_it_is_worth_anything_where_the_carrier_wants_it,
			defaults),
		cmocka_unit_test_setup(a_submit_says_when_it_is_to_be_delivered, defaults),
		cmocka_unit_test_setup(a_submit_bears_what_the_carrier_asks_for, defaults),
		cmocka_unit_test_setup(a_flash_message_and_a_shift_table_are_coded_so, defaults),
		cmocka_unit_test_setup(what_cannot_be_sent_says_why, defaults),
		cmocka_unit_test_setup(a_message_s_own_deadline_goes_before_the_carrier_s,
				       defaults),
		cmocka_unit_test_setup(parts_are_counted_by_what_they_do, defaults),
		cmocka_unit_test_setup(what_redis_knows_of_parts_is_marked, defaults),
		cmocka_unit_test_setup(an_answer_for_a_job_that_is_gone_finds_nothing, defaults),
		cmocka_unit_test_setup(jobs_stand_by_class_and_then_as_they_came, defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
