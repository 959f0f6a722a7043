#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/door/wire.h"

#define SPAN(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

#define ASSERT_SPAN(span, text)                                                                    \
	do {                                                                                       \
		assert_int_equal((span).length, strlen(text));                                     \
		assert_memory_equal((span).at, text, strlen(text));                                \
	} while (0)

static void a_bad_frame_is_refused_with_its_code(void **state)
{
	static const struct {
		const char *text, *code, *ref;
	} cases[] = {
		{"", "bad_json", ""},
		{"nonsense", "bad_json", ""},
		{"{\"type\":\"hello\",\"ref\":\"1\"} trailing", "bad_json", ""},
		{"{\"type\":\"hello\",\"ref\":\"1\",\"ref\":\"2\"}", "bad_json", ""},
		{"{\"type\":\"hello\",\"ref\":\"a\xff\"}", "bad_json", ""},
		{"{\"type\":\"hello\",\"ref\":\"a\\u0000b\"}", "bad_json", ""},
		{"[]", "bad_frame", ""},
		{"{}", "bad_frame", ""},
		{"{\"ref\":\"1\"}", "bad_frame", "1"},
		{"{\"ref\":1,\"type\":\"hello\"}", "bad_frame", ""},
		{"{\"ref\":\"\",\"type\":\"hello\"}", "bad_frame", ""},
		{"{\"ref\":\"r\",\"type\":\"dance\"}", "unknown_type", "r"},
		{"{\"ref\":\"r\",\"type\":7}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"hello\",\"last\":\"x\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"hello\",\"last\":7}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"status\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"status\",\"routing\":\"idle\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"accept\",\"conversation\":\"c\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"accept\",\"conversation\":\"c\",\"epoch\":0}",
		 "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"accept\",\"conversation\":\"c\",\"epoch\":1.5}",
		 "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"accept\",\"conversation\":\"c\",\"epoch\":2147483648}",
		 "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"accept\",\"epoch\":1}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"send\",\"conversation\":\"c\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"send\",\"conversation\":\"c\",\"text\":\"\"}", "empty",
		 "r"},
		{"{\"ref\":\"r\",\"type\":\"send\",\"conversation\":\"\",\"text\":\"x\"}",
		 "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"thread\",\"conversation\":\"c\",\"limit\":201}",
		 "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"close\",\"conversation\":\"c\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"note\",\"conversation\":\"c\",\"text\":\"\"}", "empty",
		 "r"},
		{"{\"ref\":\"r\",\"type\":\"transfer\",\"conversation\":\"c\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"consult\",\"conversation\":\"c\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"consult_end\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"start\",\"queue\":\"q\",\"text\":\"t\"}", "bad_frame",
		 "r"},
		{"{\"ref\":\"r\",\"type\":\"start\",\"queue\":\"q\",\"customer\":\"+1\",\"text\":"
		 "\"\"}",
		 "empty", "r"},
		{"{\"ref\":\"r\",\"type\":\"plan\",\"queue\":\"q\",\"text\":\"t\"}", "bad_frame",
		 "r"},
		{"{\"ref\":\"r\",\"type\":\"responses\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"transfer\",\"conversation\":\"c\",\"queue\":\"q\","
		 "\"agent\":\"a\"}",
		 "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"wrapup\",\"conversation\":\"c\"}", "bad_frame", "r"},
		{"{\"ref\":\"r\",\"type\":\"disconnect\",\"conversation\":\"c\",\"acw\":1}",
		 "bad_frame", "r"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire_frame frame;
		struct wire_fault fault;
		assert_int_not_equal(wire_frame_init(span_text(cases[i].text), &frame, &fault), 0);
		assert_string_equal(fault.code, cases[i].code);
		assert_string_equal(fault.ref, cases[i].ref);
		assert_true(strlen(fault.message) > 0);
	}
}

static void what_a_transfer_is_to_ask_for_is_checked(void **state)
{
	static const char *const bad[] = {
		"\"priority\":1001",	"\"priority\":-1001", "\"priority\":1.5",
		"\"priority\":\"1\"",	"\"skills\":\"a\"",   "\"skills\":[\"\"]",
		"\"skills\":[\"a,b\"]", "\"skills\":[1]",
	};
	static char text[2 * DESK_SKILLS_MAX];
	struct wire_frame frame;
	struct wire_fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			 "{\"ref\":\"r\",\"type\":\"consult\",\"conversation\":\"c\",\"queue\":"
			 "\"q\",%s}",
			 bad[i]);
		assert_int_not_equal(wire_frame_init(span_text(text), &frame, &fault), 0);
		assert_string_equal(fault.code, "bad_frame");
	}
	/* Two fill what there is for them; an octet more does not fit. */
	for (int more = 0; more < 2; more++) {
		snprintf(text, sizeof(text),
			 "{\"ref\":\"r\",\"type\":\"transfer\",\"conversation\":\"c\",\"queue\":"
			 "\"q\","
			 "\"priority\":-1000,\"skills\":[\"%0*d\",\"b\"]}",
			 DESK_SKILLS_MAX - 2 + more, 0);
		assert_int_equal(wire_frame_init(span_text(text), &frame, &fault) == 0, more == 0);
		if (more)
			break;
		assert_true(frame.has_skills && frame.has_priority && frame.priority == -1000);
		assert_int_equal(strlen(frame.skills), DESK_SKILLS_MAX);
		wire_frame_finish(&frame);
	}
}

static void a_text_of_more_than_its_limit_is_too_long(void **state)
{
	static char text[DESK_TEXT_MAX + 200];
	struct wire_frame frame;
	struct wire_fault fault;

	(void)state;
	int head = snprintf(text, sizeof(text), "%s",
			    "{\"ref\":\"r\",\"type\":\"send\",\"conversation\":\"c\",\"text\":\"");
	memset(text + head, 'x', DESK_TEXT_MAX + 1);
	snprintf(text + head + DESK_TEXT_MAX + 1, 8, "\"}");
	assert_int_not_equal(wire_frame_init(span_text(text), &frame, &fault), 0);
	assert_string_equal(fault.code, "too_long");
	assert_string_equal(fault.ref, "r");
}

static void nesting_without_end_is_refused(void **state)
{
	static char text[WIRE_FRAME_MAX];
	struct wire_frame frame;
	struct wire_fault fault;

	(void)state;
	memset(text, '[', sizeof(text));
	assert_int_not_equal(
		wire_frame_init((struct span){(uint8_t *)text, sizeof(text)}, &frame, &fault), 0);
	assert_string_equal(fault.code, "bad_json");
}

static void a_send_carries_its_text_and_unknown_members_are_ignored(void **state)
{
	struct wire_frame frame;
	struct wire_fault fault;

	(void)state;
	assert_int_equal(wire_frame_init(SPAN("{\"type\":\"send\",\"ref\":\"9\",\"new\":[1],"
					      "\"conversation\":\"c1\",\"text\":\"caf\\u00e9\"}"),
					 &frame, &fault),
			 0);
	assert_int_equal(frame.type, WIRE_SEND);
	ASSERT_SPAN(frame.ref, "9");
	ASSERT_SPAN(frame.conversation, "c1");
	ASSERT_SPAN(frame.text, "caf\xc3\xa9");
	wire_frame_finish(&frame);
}

static void every_type_is_read(void **state)
{
	static const struct {
		const char *text;
		enum wire_type type;
	} cases[] = {
		{"{\"type\":\"hello\",\"ref\":\"1\"}", WIRE_HELLO},
		{"{\"type\":\"hello\",\"ref\":\"1\",\"last\":null}", WIRE_HELLO},
		{"{\"type\":\"status\",\"ref\":\"1\",\"routing\":\"on_queue\"}", WIRE_STATUS},
		{"{\"type\":\"accept\",\"ref\":\"1\",\"conversation\":\"c\",\"epoch\":3}",
		 WIRE_ACCEPT},
		{"{\"type\":\"decline\",\"ref\":\"1\",\"conversation\":\"c\",\"epoch\":3}",
		 WIRE_DECLINE},
		{"{\"type\":\"plan\",\"ref\":\"1\",\"conversation\":\"c\",\"text\":\"\"}",
		 WIRE_PLAN},
		{"{\"type\":\"thread\",\"ref\":\"1\",\"conversation\":\"c\"}", WIRE_THREAD},
		{"{\"type\":\"close\",\"ref\":\"1\",\"conversation\":\"c\",\"wrapup\":\"ok\"}",
		 WIRE_CLOSE},
		{"{\"type\":\"note\",\"ref\":\"1\",\"conversation\":\"c\",\"text\":\"n\"}",
		 WIRE_NOTE},
		{"{\"type\":\"targets\",\"ref\":\"1\"}", WIRE_TARGETS},
		{"{\"type\":\"ping\",\"ref\":\"1\"}", WIRE_PING},
		{"{\"type\":\"consult\",\"ref\":\"1\",\"conversation\":\"c\",\"queue\":\"q\"}",
		 WIRE_CONSULT},
		{"{\"type\":\"consult_end\",\"ref\":\"1\",\"conversation\":\"c\"}",
		 WIRE_CONSULT_END},
		{"{\"type\":\"start\",\"ref\":\"1\",\"queue\":\"q\",\"customer\":\"+1 555\","
		 "\"text\":\"t\"}",
		 WIRE_START},
		{"{\"type\":\"plan\",\"ref\":\"1\",\"queue\":\"q\",\"customer\":\"c\",\"text\":"
		 "\"\"}",
		 WIRE_PLAN},
		{"{\"type\":\"responses\",\"ref\":\"1\",\"queue\":\"q\"}", WIRE_RESPONSES},
		{"{\"type\":\"customer\",\"ref\":\"1\",\"customer\":\"+1555\"}", WIRE_CUSTOMER},
		{"{\"type\":\"transfer\",\"ref\":\"1\",\"conversation\":\"c\",\"queue\":\"q\"}",
		 WIRE_TRANSFER},
		{"{\"type\":\"transfer\",\"ref\":\"1\",\"conversation\":\"c\",\"agent\":\"a\","
		 "\"note\":\"n\"}",
		 WIRE_TRANSFER},
		{"{\"type\":\"disconnect\",\"ref\":\"1\",\"conversation\":\"c\",\"acw\":true}",
		 WIRE_DISCONNECT},
		{"{\"type\":\"wrapup\",\"ref\":\"1\",\"conversation\":\"c\",\"leg\":1}",
		 WIRE_WRAPUP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire_frame frame;
		struct wire_fault fault;
		assert_int_equal(wire_frame_init(span_text(cases[i].text), &frame, &fault), 0);
		assert_int_equal(frame.type, cases[i].type);
		assert_int_equal(frame.limit, frame.type == WIRE_THREAD ? WIRE_THREAD_DEFAULT : 0);
		wire_frame_finish(&frame);
	}
}

static void ids_are_ordered_by_their_two_numbers(void **state)
{
	(void)state;
	assert_true(wire_is_id(SPAN("18446744073709551615-18446744073709551615")));
	assert_false(wire_is_id(SPAN("18446744073709551616-0")));
	assert_false(wire_is_id(SPAN("1")));
	assert_false(wire_is_id(SPAN("1-")));
	assert_false(wire_is_id(SPAN("1-2x")));
	assert_true(wire_id_compare(SPAN("9-0"), SPAN("10-0")) < 0);
	assert_true(wire_id_compare(SPAN("10-2"), SPAN("10-1")) > 0);
	assert_int_equal(wire_id_compare(SPAN("10-2"), SPAN("10-2")), 0);
}

static json_t *parsed(char *text)
{
	json_error_t why;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &why);

	if (!root)
		fail_msg("%s: %s", why.text, text);
	free(text);
	return root;
}

static const char *member(const json_t *root, const char *name)
{
	return json_string_value(json_object_get(root, name));
}

static void a_message_survives_its_writing(void **state)
{
	struct desk_message message = {
		.id = SPAN("m1"),
		.at = SPAN("5-0"),
		.text = SPAN("\"quoted\" \\ \n\t\x01 \xf0\x9f\x98\x80 caf\xc3\xa9"),
		.at_ms = 1732160000123,
		.segments = 2,
		.outbound = true,
		.author = SPAN("ann"),
		.state = SPAN("queued"),
	};

	(void)state;
	json_t *root = parsed(wire_event_message(SPAN("c1"), &message));
	const json_t *inner = json_object_get(root, "message");
	assert_string_equal(member(root, "type"), "message");
	assert_string_equal(member(root, "conversation"), "c1");
	assert_null(json_object_get(root, "id"));
	assert_string_equal(member(inner, "text"),
			    "\"quoted\" \\ \n\t\x01 \xf0\x9f\x98\x80 caf\xc3\xa9");
	assert_string_equal(member(inner, "direction"), "out");
	assert_string_equal(member(inner, "state"), "queued");
	assert_int_equal(json_integer_value(json_object_get(inner, "at_ms")), 1732160000123);
	assert_int_equal(json_integer_value(json_object_get(inner, "segments")), 2);
	assert_null(json_object_get(inner, "keyword"));
	assert_null(json_object_get(inner, "partial"));
	json_decref(root);
}

static void octets_that_are_not_utf8_become_replacement_characters(void **state)
{
	static const struct {
		const char *octets, *text;
	} cases[] = {
		{"\xff", "\xef\xbf\xbd"},
		{"a\xc3", "a\xef\xbf\xbd"},
		{"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\x7f", "\x7f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *root = parsed(wire_event_closed(
			&(struct desk_closed){.conversation = span_text(cases[i].octets)}));
		assert_string_equal(member(root, "conversation"), cases[i].text);
		json_decref(root);
	}
}

static void every_octet_alone_gives_json(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t one = (uint8_t)octet;
		json_error_t why;
		char *text = wire_event_closed(
			&(struct desk_closed){.conversation = {&one, 1}, .wrapup = SPAN("x")});
		json_t *root = json_loads(text, JSON_ALLOW_NUL, &why);
		assert_non_null(root);
		json_decref(root);
		free(text);
	}
}

static void a_snapshot_holds_offers_and_conversations(void **state)
{
	static const char *const codes[] = {"Resolved", "Spam", NULL};
	struct desk_conversation conversation = {
		.id = SPAN("c1"), .state = SPAN("connected"), .leg = 2, .wrapup_codes = codes};
	struct desk_offer offers[] = {
		{.conversation = SPAN("c2"), .epoch = 3, .skills = SPAN("fr,vip"), .priority = -5},
		{.conversation = SPAN("c3"), .last_agent = true}};
	struct desk_agent agent = {
		.name = SPAN("ann"), .routing = SPAN("idle"), .capacity = 4, .load = 1};
	struct desk_after_call after = {
		.conversation = {.id = SPAN("c4"), .state = SPAN("after_call")},
		.mode = SPAN("timeout"),
		.until_ms = 700,
		.leg = 3};
	struct desk_consult consult = {.conversation = SPAN("c1"),
				       .queue = SPAN("front"),
				       .agent = SPAN("bob"),
				       .ringing = SPAN("bob"),
				       .since_ms = 5,
				       .expires_ms = 6};
	struct desk_answer answer = {.conversations = &conversation,
				     .conversation_count = 1,
				     .offers = offers,
				     .offer_count = 2,
				     .after_calls = &after,
				     .after_call_count = 1,
				     .consults = &consult,
				     .consult_count = 1,
				     .agent = &agent,
				     .last_id = SPAN("7-1")};

	(void)state;
	json_t *root = parsed(wire_snapshot(&answer, 99));
	assert_string_equal(member(root, "id"), "7-1");
	assert_int_equal(json_array_size(json_object_get(root, "offers")), 2);
	const json_t *offer = json_array_get(json_object_get(root, "offers"), 0);
	assert_int_equal(json_integer_value(json_object_get(offer, "priority")), -5);
	assert_int_equal(json_array_size(json_object_get(offer, "skills")), 2);
	const json_t *work = json_array_get(json_object_get(root, "after_call"), 0);
	assert_int_equal(json_integer_value(json_object_get(work, "leg")), 3);
	assert_string_equal(member(json_object_get(work, "conversation"), "id"), "c4");
	assert_string_equal(member(json_object_get(work, "acw"), "mode"), "timeout");
	const json_t *asked = json_array_get(json_object_get(root, "consults"), 0);
	assert_string_equal(member(asked, "conversation"), "c1");
	assert_string_equal(member(json_object_get(asked, "consult"), "ringing"), "bob");
	const json_t *first = json_array_get(json_object_get(root, "conversations"), 0);
	assert_int_equal(json_array_size(json_object_get(first, "wrapup_codes")), 2);
	assert_string_equal(member(json_object_get(root, "agent"), "routing"), "idle");
	json_decref(root);
}

static void an_ack_carries_what_was_asked_for(void **state)
{
	struct desk_plan plan = {.coding = "UCS-2",
				 .segments = 2,
				 .used = 80,
				 .limit = 134,
				 .forced_by = SPAN("\xf0\x9f\x98\x80"),
				 .forced_offset = 4};
	struct desk_answer answer = {.plan = &plan};

	(void)state;
	json_t *root = parsed(wire_ack(SPAN("r1"), WIRE_PLAN, &answer));
	assert_string_equal(member(root, "ref"), "r1");
	const json_t *forced = json_object_get(json_object_get(root, "plan"), "forced_by");
	assert_string_equal(member(forced, "character"), "\xf0\x9f\x98\x80");
	json_decref(root);

	root = parsed(wire_ack(SPAN("r2"), WIRE_THREAD, &answer));
	assert_true(json_is_array(json_object_get(root, "messages")));
	assert_true(json_is_false(json_object_get(root, "more")));
	json_decref(root);

	root = parsed(wire_error(SPAN(""), "bad_json", "no \"JSON\""));
	assert_true(json_is_null(json_object_get(root, "ref")));
	assert_string_equal(member(root, "message"), "no \"JSON\"");
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_frame_is_refused_with_its_code),
		cmocka_unit_test(what_a_transfer_is_to_ask_for_is_checked),
		cmocka_unit_test(a_text_of_more_than_its_limit_is_too_long),
		cmocka_unit_test(nesting_without_end_is_refused),
		cmocka_unit_test(a_send_carries_its_text_and_unknown_members_are_ignored),
		cmocka_unit_test(every_type_is_read),
		cmocka_unit_test(ids_are_ordered_by_their_two_numbers),
		cmocka_unit_test(a_message_survives_its_writing),
		cmocka_unit_test(octets_that_are_not_utf8_become_replacement_characters),
		cmocka_unit_test(every_octet_alone_gives_json),
		cmocka_unit_test(a_snapshot_holds_offers_and_conversations),
		cmocka_unit_test(an_ack_carries_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
