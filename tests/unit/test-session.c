#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/session.h"

/* Every listed pair of a transceiver, as "event>state:actions"; what is missing is unexpected. This
 * is the machine a second time, by name, so that a slip in the table shows. */
static const struct {
	enum session_state state;
	const char *pairs;
} machine[] = {
	{SESSION_STOPPED, "start>connecting:connect stop>stopped:"},
	{SESSION_WAITING, "start>connecting:connect stop>stopped: accepted>open: "
			  "retry_due>connecting:connect"},
	{SESSION_CONNECTING, "start>connecting: stop>stopped:close connected>binding:send_bind "
			     "connect_failed>waiting:next_host,close "
			     "disconnected>waiting:next_host,close "
			     "connect_timeout>waiting:next_host,close"},
	{SESSION_OPEN,
	 "start>open: stop>stopped:close disconnected>waiting:close broken>waiting:close "
	 "outbind>binding:send_bind enquire>open:answer_enquire "
	 "unbind>waiting:answer_unbind,close nack>open: pdu>open: init_timeout>waiting:close"},
	{SESSION_BINDING,
	 "start>binding: stop>stopped:close disconnected>waiting:next_host,close "
	 "broken>waiting:next_host,close bind_ok>bound_trx:ready "
	 "bind_refused>waiting:next_host,close credentials>waiting:next_host,alarm,close "
	 "outbind>binding: enquire>binding:answer_enquire "
	 "unbind>waiting:next_host,answer_unbind,close nack>waiting:next_host,close "
	 "pdu>binding: init_timeout>waiting:next_host,close"},
#define BOUND_PAIRS(name)                                                                          \
	"start>" name ": stop>draining:hold disconnected>waiting:hold,unknown,close "              \
	"broken>waiting:hold,unknown,close enquire>" name ":answer_enquire "                       \
	"unbind>waiting:hold,answer_unbind,unknown,close nack>" name ": pdu>" name ": "            \
	"drained>" name ": idle>" name ":send_enquire enquire_timeout>" name ":send_enquire "      \
	"dead>waiting:hold,next_host,unknown,close"
	{SESSION_BOUND_TX, BOUND_PAIRS("bound_tx")},
	{SESSION_BOUND_RX, BOUND_PAIRS("bound_rx")},
	{SESSION_BOUND_TRX, BOUND_PAIRS("bound_trx")},
	{SESSION_DRAINING,
	 "start>draining: stop>draining: disconnected>waiting:hold,unknown,close "
	 "broken>waiting:hold,unknown,close enquire>draining:answer_enquire "
	 "unbind>waiting:hold,answer_unbind,unknown,close nack>draining: pdu>draining: "
	 "drained>unbinding:send_unbind drain_timeout>unbinding:send_unbind,unknown"},
	{SESSION_UNBINDING,
	 "start>unbinding: stop>unbinding: disconnected>waiting:close broken>waiting:close "
	 "enquire>unbinding:answer_enquire unbind>unbinding:answer_unbind "
	 "unbound>waiting:close nack>waiting:close pdu>unbinding: drained>unbinding: "
	 "unbind_timeout>waiting:close"},
};

static struct session session_in(enum session_state state)
{
	struct session_settings settings = session_settings_default(SESSION_TRANSCEIVER);
	struct session session;

	session_init(&session, &settings);
	session.state = state;
	return session;
}

static void describe(const struct session_step *step, char *out, size_t capacity)
{
	int length = snprintf(out, capacity, "%s>%s:", session_event_name(step->event),
			      session_state_name(step->to));
	const char *comma = "";

	for (unsigned i = 0; i < SESSION_ACTION_COUNT; i++) {
		if (!(step->actions & 1u << i))
			continue;
		length += snprintf(out + length, capacity - (size_t)length, "%s%s", comma,
				   session_action_name((enum session_action)(1u << i)));
		comma = ",";
	}
}

/* Whether `word` stands in the blank-separated list. */
static bool is_listed(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at++) {
		bool begins = at == list || at[-1] == ' ';
		if (begins && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

/* One row of the machine: all events in one state. Returns how many are listed. */
static unsigned check_row(enum session_state state, const char *pairs)
{
	unsigned listed = 0;

	for (unsigned event = 0; event < SESSION_EVENT_COUNT; event++) {
		struct session session = session_in(state);
		struct session_step step =
			session_step(&session, (enum session_event)event, 1000, 0);
		char text[128];
		describe(&step, text, sizeof(text));
		assert_int_equal(step.from, state);
		assert_int_equal(session.state, step.to);
		if (step.unexpected) {
			assert_int_equal(step.to, state);
			assert_int_equal(step.actions, 0);
			continue;
		}
		listed++;
		if (!is_listed(pairs, text))
			fail_msg("%s: %s", session_state_name(state), text);
	}
	return listed;
}

static void every_pair_does_what_the_machine_says(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SESSION_STATE_COUNT; i++) {
		unsigned expected = 0;
		assert_int_equal(machine[i].state, i);
		for (const char *at = machine[i].pairs; *at; at++)
			expected += *at == '>';
		assert_int_equal(check_row((enum session_state)i, machine[i].pairs), expected);
	}
}

static void the_mode_decides_what_bound_means(void **state)
{
	(void)state;
	static const enum session_state bound[] = {SESSION_BOUND_TX, SESSION_BOUND_RX,
						   SESSION_BOUND_TRX};

	for (unsigned mode = 0; mode < 3; mode++) {
		struct session_settings settings =
			session_settings_default((enum session_mode)mode);
		struct session session;
		session_init(&session, &settings);
		session_step(&session, SESSION_ON_START, 0, 0);
		session_step(&session, SESSION_ON_CONNECTED, 0, 0);
		session_step(&session, SESSION_ON_BIND_OK, 0, 0);
		assert_int_equal(session.state, bound[mode]);
	}
}

static void once_stopped_it_does_not_come_back(void **state)
{
	(void)state;
	struct session session = session_in(SESSION_BOUND_TRX);

	session_step(&session, SESSION_ON_STOP, 0, 0);
	assert_int_equal(session.state, SESSION_DRAINING);
	session_step(&session, SESSION_ON_DRAINED, 1, 0);
	assert_int_equal(session.state, SESSION_UNBINDING);
	session_step(&session, SESSION_ON_UNBOUND, 2, 0);
	assert_int_equal(session.state, SESSION_STOPPED);
	assert_true(session_due_ms(&session) == UINT64_MAX);

	session = session_in(SESSION_BOUND_TRX);
	session_step(&session, SESSION_ON_STOP, 0, 0);
	session_step(&session, SESSION_ON_DISCONNECTED, 0, 0);
	assert_int_equal(session.state, SESSION_STOPPED);
}

static void a_start_while_draining_comes_back(void **state)
{
	(void)state;
	struct session session = session_in(SESSION_BOUND_TRX);

	session_step(&session, SESSION_ON_STOP, 0, 0);
	session_step(&session, SESSION_ON_START, 0, 0);
	session_step(&session, SESSION_ON_DRAINED, 0, 0);
	session_step(&session, SESSION_ON_UNBOUND, 0, 0);
	assert_int_equal(session.state, SESSION_WAITING);
}

static void the_wait_doubles_up_to_its_limit_and_is_spread(void **state)
{
	(void)state;
	static const uint64_t waits[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	struct session session = session_in(SESSION_STOPPED);

	session_step(&session, SESSION_ON_START, 0, 0);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct session least = session;
		struct session most = session;
		session_step(&least, SESSION_ON_CONNECT_FAILED, 0, 0);
		session_step(&most, SESSION_ON_CONNECT_FAILED, 0, (uint32_t)(waits[i] / 2));
		assert_int_equal(session_due_ms(&least), waits[i] / 2);
		assert_int_equal(session_due_ms(&most), waits[i]);
		session = most;
		session_step(&session, SESSION_ON_RETRY_DUE, 0, 0);
	}
}

static void refused_credentials_slow_down_and_never_give_up(void **state)
{
	(void)state;
	struct session session = session_in(SESSION_BINDING);

	session_step(&session, SESSION_ON_CREDENTIALS, 0, 30000);
	assert_int_equal(session_due_ms(&session), 60000);
	for (unsigned i = 0; i < 100; i++) {
		session_step(&session, SESSION_ON_RETRY_DUE, 0, 0);
		session_step(&session, SESSION_ON_CONNECTED, 0, 0);
		session_step(&session, SESSION_ON_CREDENTIALS, 0, 450000);
	}
	assert_int_equal(session.state, SESSION_WAITING);
	assert_int_equal(session_due_ms(&session), 900000);
}

static void a_bind_that_falls_at_once_keeps_doubling_and_a_stable_one_begins_anew(void **state)
{
	(void)state;
	struct session session = session_in(SESSION_BINDING);

	session.attempts = 4;
	session_step(&session, SESSION_ON_BIND_OK, 1000, 0);
	struct session stable = session;
	session_step(&session, SESSION_ON_DISCONNECTED, 1001, 0);
	assert_int_equal(session_due_ms(&session), 1001 + 8000);
	session_step(&stable, SESSION_ON_DISCONNECTED, 11000, 0);
	assert_int_equal(session_due_ms(&stable), 11000 + 500);
}

static void an_idle_link_is_enquired_after_and_dies_unanswered(void **state)
{
	(void)state;
	struct session session = session_in(SESSION_BINDING);
	struct session_step step;

	session_step(&session, SESSION_ON_BIND_OK, 1000, 0);
	assert_int_equal(session_due_ms(&session), 31000);
	assert_false(session_tick(&session, 30999, 0, &step));
	assert_true(session_tick(&session, 31000, 0, &step));
	assert_int_equal(step.event, SESSION_ON_IDLE);
	assert_int_equal(step.actions, SESSION_DO_SEND_ENQUIRE);
	assert_false(session_tick(&session, 31000, 0, &step));
	assert_true(session_tick(&session, 41000, 0, &step));
	assert_int_equal(step.event, SESSION_ON_ENQUIRE_TIMEOUT);
	assert_true(session_tick(&session, 51000, 0, &step));
	assert_int_equal(step.event, SESSION_ON_ENQUIRE_TIMEOUT);
	assert_true(session_tick(&session, 61000, 0, &step));
	assert_int_equal(step.event, SESSION_ON_DEAD);
	assert_int_equal(step.to, SESSION_WAITING);
}

static void any_pdu_in_resets_the_idle_clock(void **state)
{
	(void)state;
	static const enum session_event events[] = {SESSION_ON_PDU, SESSION_ON_ENQUIRE,
						    SESSION_ON_NACK, SESSION_ON_UNBOUND};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct session session = session_in(SESSION_BINDING);
		struct session_step step;
		session_step(&session, SESSION_ON_BIND_OK, 1000, 0);
		assert_true(session_tick(&session, 31000, 0, &step));
		session_step(&session, events[i], 32000, 0);
		assert_int_equal(session.unanswered, 0);
		assert_int_equal(session_due_ms(&session), 62000);
	}
}

static void a_jump_of_the_clock_ends_in_few_steps(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SESSION_STATE_COUNT; i++) {
		struct session session = session_in((enum session_state)i);
		struct session_step step;
		unsigned count = 0;
		while (session_tick(&session, 1000000000, 7, &step)) {
			assert_false(step.unexpected);
			assert_true(++count < 10);
		}
	}
}

static void a_passive_session_waits_for_the_smsc(void **state)
{
	(void)state;
	struct session_settings settings = session_settings_default(SESSION_RECEIVER);
	struct session session;
	struct session_step step;

	settings.passive = true;
	session_init(&session, &settings);
	step = session_step(&session, SESSION_ON_START, 0, 0);
	assert_int_equal(step.to, SESSION_WAITING);
	assert_int_equal(step.actions, 0);
	assert_true(session_due_ms(&session) == UINT64_MAX);
	session_step(&session, SESSION_ON_ACCEPTED, 10, 0);
	step = session_step(&session, SESSION_ON_OUTBIND, 20, 0);
	assert_int_equal(step.actions, SESSION_DO_SEND_BIND);
	session_step(&session, SESSION_ON_BIND_OK, 30, 0);
	assert_int_equal(session.state, SESSION_BOUND_RX);
	session_step(&session, SESSION_ON_DISCONNECTED, 40, 0);
	assert_int_equal(session.state, SESSION_WAITING);
	assert_true(session_due_ms(&session) == UINT64_MAX);
}

static void a_pdu_is_the_event_it_means(void **state)
{
	(void)state;
	static const struct {
		uint32_t command, status;
		enum session_event event;
	} rows[] = {
		{COMMAND_BIND_TRANSCEIVER_RESP, 0, SESSION_ON_BIND_OK},
		{COMMAND_BIND_RECEIVER_RESP, 0, SESSION_ON_BIND_OK},
		{COMMAND_BIND_TRANSMITTER_RESP, ESME_RBINDFAIL, SESSION_ON_BIND_REFUSED},
		{COMMAND_BIND_TRANSCEIVER_RESP, 0x444, SESSION_ON_BIND_REFUSED},
		{COMMAND_BIND_TRANSCEIVER_RESP, ESME_RINVPASWD, SESSION_ON_CREDENTIALS},
		{COMMAND_BIND_TRANSCEIVER_RESP, ESME_RINVSYSID, SESSION_ON_CREDENTIALS},
		{COMMAND_OUTBIND, 0, SESSION_ON_OUTBIND},
		{COMMAND_ENQUIRE_LINK, 0, SESSION_ON_ENQUIRE},
		{COMMAND_ENQUIRE_LINK_RESP, 0, SESSION_ON_PDU},
		{COMMAND_UNBIND, 0, SESSION_ON_UNBIND},
		{COMMAND_UNBIND_RESP, 0, SESSION_ON_UNBOUND},
		{COMMAND_GENERIC_NACK, 3, SESSION_ON_NACK},
		{COMMAND_DELIVER_SM, 0, SESSION_ON_PDU},
		{0x12345678, 0, SESSION_ON_PDU},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pdu_header header = {16, rows[i].command, rows[i].status, 1};
		assert_int_equal(session_hears(&header), rows[i].event);
	}
}

static void a_request_out_of_its_state_gets_its_status(void **state)
{
	(void)state;
	assert_int_equal(session_admits(SESSION_BOUND_TRX, COMMAND_DELIVER_SM), ESME_ROK);
	assert_int_equal(session_admits(SESSION_BOUND_RX, COMMAND_DATA_SM), ESME_ROK);
	assert_int_equal(session_admits(SESSION_DRAINING, COMMAND_DELIVER_SM), ESME_ROK);
	assert_int_equal(session_admits(SESSION_BOUND_TX, COMMAND_DELIVER_SM), ESME_RINVBNDSTS);
	assert_int_equal(session_admits(SESSION_BINDING, COMMAND_DELIVER_SM), ESME_RINVBNDSTS);
	assert_int_equal(session_admits(SESSION_UNBINDING, COMMAND_DELIVER_SM), ESME_RX_T_APPN);
	assert_int_equal(session_admits(SESSION_BOUND_TRX, COMMAND_BIND_RECEIVER), ESME_RALYBND);
	assert_int_equal(session_admits(SESSION_OPEN, COMMAND_BIND_RECEIVER), ESME_RINVBNDSTS);
	assert_int_equal(session_admits(SESSION_BOUND_TRX, COMMAND_SUBMIT_SM), ESME_RINVCMDID);
	assert_int_equal(session_admits(SESSION_BINDING, COMMAND_ENQUIRE_LINK), ESME_ROK);
	assert_int_equal(session_admits(SESSION_BOUND_TRX, 0x00000112), ESME_RINVCMDID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_does_what_the_machine_says),
		cmocka_unit_test(the_mode_decides_what_bound_means),
		cmocka_unit_test(once_stopped_it_does_not_come_back),
		cmocka_unit_test(a_start_while_draining_comes_back),
		cmocka_unit_test(the_wait_doubles_up_to_its_limit_and_is_spread),
		cmocka_unit_test(refused_credentials_slow_down_and_never_give_up),
		cmocka_unit_test(
			a_bind_that_falls_at_once_keeps_doubling_and_a_stable_one_begins_anew),
		cmocka_unit_test(an_idle_link_is_enquired_after_and_dies_unanswered),
		cmocka_unit_test(any_pdu_in_resets_the_idle_clock),
		cmocka_unit_test(a_jump_of_the_clock_ends_in_few_steps),
		cmocka_unit_test(a_passive_session_waits_for_the_smsc),
		cmocka_unit_test(a_pdu_is_the_event_it_means),
		cmocka_unit_test(a_request_out_of_its_state_gets_its_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
