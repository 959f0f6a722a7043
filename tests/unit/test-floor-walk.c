#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/routing/floor.h"

#include <stdio.h>
#include <string.h>

/*
 * The floor as two state machines, each pair of a state and an event walked: what a conversation is
 * to it, and whether an agent can be given something. The same pairs are walked against the Redis
 * Functions in tests/scenario/functions-walk.test.mjs.
 */

#define ENQUEUED_MS 100
#define RINGS_UNTIL_MS 5000
#define OVERDUE_MS 6000

enum state { ABSENT, WAITING, OFFERING, RINGING, STATES };
static const char *const state_names[] = {"absent", "waiting", "offering", "ringing"};

enum event {
	WAIT,	    /* it begins to wait, or moves */
	WAIT_AGAIN, /* its offer came to nothing */
	RING,	    /* an offer rings */
	LEAVE,	    /* accepted, or closed */
	NEXT,	    /* who gets what next? */
	UNDO,	    /* the offer was not made */
	OVERDUE,    /* does something ring for too long? */
	CLEAR,	    /* all is forgotten, to be read anew */
	EVENTS
};
static const char *const event_names[] = {"wait", "wait again", "ring",	   "leave",
					  "next", "undo",	"overdue", "clear"};

static const enum state after[STATES][EVENTS] = {
	[ABSENT] = {[WAIT] = WAITING,
		    [WAIT_AGAIN] = WAITING,
		    [RING] = ABSENT,
		    [LEAVE] = ABSENT,
		    [NEXT] = ABSENT,
		    [UNDO] = ABSENT,
		    [OVERDUE] = ABSENT,
		    [CLEAR] = ABSENT},
	[WAITING] = {[WAIT] = WAITING,
		     [WAIT_AGAIN] = WAITING,
		     [RING] = RINGING,
		     [LEAVE] = ABSENT,
		     [NEXT] = OFFERING,
		     [UNDO] = WAITING,
		     [OVERDUE] = WAITING,
		     [CLEAR] = ABSENT},
	[OFFERING] = {[WAIT] = WAITING,
		      [WAIT_AGAIN] = WAITING,
		      [RING] = RINGING,
		      [LEAVE] = ABSENT,
		      [NEXT] = OFFERING,
		      [UNDO] = WAITING,
		      [OVERDUE] = OFFERING,
		      [CLEAR] = ABSENT},
	[RINGING] = {[WAIT] = WAITING,
		     [WAIT_AGAIN] = WAITING,
		     [RING] = RINGING,
		     [LEAVE] = ABSENT,
		     [NEXT] = RINGING,
		     [UNDO] = RINGING,
		     [OVERDUE] = RINGING,
		     [CLEAR] = ABSENT},
};

static const struct floor_place place = {
	.queue = "support", .enqueued_ms = ENQUEUED_MS, .last_agent = ""};

/* With room beside an offer whose end is not known yet. */
static void have_agent(struct floor *floor)
{
	floor_agent(floor, "ann",
		    &(struct floor_agent_facts){.takes = true, .capacity = 3, .connections = 1});
}

static enum state state_of(const struct floor *floor)
{
	struct floor_figures figures = floor_figures(floor);

	assert_true(figures.waiting + figures.offering + figures.ringing <= 1);
	assert_string_equal(floor_queue_of_conversation(floor, "c1"),
			    figures.waiting + figures.offering + figures.ringing ? "support" : "");
	if (figures.ringing)
		return RINGING;
	if (figures.offering)
		return OFFERING;
	return figures.waiting ? WAITING : ABSENT;
}

/* The answers of the two that ask; of the others false. */
static bool happen(struct floor *floor, enum event event)
{
	struct floor_choice choice;
	const char *conversation;
	unsigned epoch;

	switch (event) {
	case WAIT:
		floor_wait(floor, "c1", &place);
		return false;
	case WAIT_AGAIN:
		floor_wait_again(floor, "c1", &place);
		return false;
	case RING:
		floor_ring(floor, "c1", 7, RINGS_UNTIL_MS);
		return false;
	case LEAVE:
		floor_leave(floor, "c1");
		return false;
	case NEXT:
		return floor_next(floor, &choice);
	case UNDO:
		(void)floor_undo(floor, "c1", "ann");
		return false;
	case OVERDUE:
		return floor_overdue(floor, OVERDUE_MS, &conversation, &epoch);
	case CLEAR:
		floor_clear(floor);
		return false;
	case EVENTS:
		break;
	}
	fail();
	return false;
}

static struct floor *floor_in(enum state state)
{
	struct floor *floor = floor_create();

	have_agent(floor);
	if (state != ABSENT)
		happen(floor, WAIT);
	if (state == OFFERING || state == RINGING)
		assert_true(happen(floor, NEXT));
	if (state == RINGING)
		happen(floor, RING);
	assert_int_equal(state_of(floor), state);
	return floor;
}

static void walk(enum state state, enum event event)
{
	struct floor *floor = floor_in(state);
	bool answer = happen(floor, event);
	enum state now = state_of(floor);

	if (now != after[state][event])
		fail_msg("%s, %s: %s, expected %s", state_names[state], event_names[event],
			 state_names[now], state_names[after[state][event]]);
	/* Only what waits is chosen, only what rings is overdue. */
	assert_int_equal(answer, (state == WAITING && event == NEXT) ||
					 (state == RINGING && event == OVERDUE));
	floor_destroy(&floor);
}

static void every_event_in_every_state_of_a_conversation(void **context)
{
	(void)context;
	for (enum state state = ABSENT; state < STATES; state++) {
		for (enum event event = WAIT; event < EVENTS; event++)
			walk(state, event);
	}
}

/* No state that the table does not know is hidden behind one that looks the same. */
static void any_two_events_leave_it_where_one_behind_the_other_would(void **context)
{
	(void)context;
	for (enum state state = ABSENT; state < STATES; state++) {
		for (unsigned pair = 0; pair < EVENTS * EVENTS; pair++) {
			struct floor *floor = floor_in(state);
			enum event first = (enum event)(pair / EVENTS);
			enum event second = (enum event)(pair % EVENTS);

			happen(floor, first);
			/* An agent is forgotten with the rest. */
			have_agent(floor);
			happen(floor, second);
			assert_int_equal(state_of(floor), after[after[state][first]][second]);
			floor_destroy(&floor);
		}
	}
}

/* What Redis says an agent is. `sure` is whether they can be given something with no offer on its
 * way; with one on its way to somebody of capacity 1, nobody can. */
static const struct agent_row {
	const char *name;
	struct floor_agent_facts facts;
	bool sure;
} agent_rows[] = {
	{"off queue", {.capacity = 1, .connections = 1}, false},
	{"idle", {.takes = true, .capacity = 1, .connections = 1, .routing = FLOOR_IDLE}, true},
	{"interacting with room",
	 {.takes = true, .load = 1, .capacity = 2, .connections = 1, .routing = FLOOR_INTERACTING},
	 true},
	{"full",
	 {.takes = true, .load = 1, .capacity = 1, .connections = 1, .routing = FLOOR_INTERACTING},
	 false},
	{"over their capacity, which was lowered",
	 {.takes = true, .load = 3, .capacity = 1, .connections = 1, .routing = FLOOR_INTERACTING},
	 false},
	{"with no capacity at all", {.takes = true, .capacity = 0, .connections = 1}, false},
	{"not responding",
	 {.capacity = 1, .connections = 1, .routing = FLOOR_NOT_RESPONDING},
	 false},
	{"without a connection", {.takes = true, .capacity = 1, .routing = FLOOR_IDLE}, false},
	{"with two windows", {.takes = true, .capacity = 1, .connections = 2}, true},
};
#define AGENT_ROWS (sizeof(agent_rows) / sizeof(agent_rows[0]))

static void an_agent_can_take_what_the_newest_facts_allow(void **context)
{
	(void)context;
	for (size_t pair = 0; pair < AGENT_ROWS * AGENT_ROWS; pair++) {
		const struct agent_row *before = &agent_rows[pair / AGENT_ROWS];
		const struct agent_row *now = &agent_rows[pair % AGENT_ROWS];
		struct floor *floor = floor_create();
		struct floor_choice choice;

		floor_agent(floor, "ann", &before->facts);
		assert_int_equal(floor_can_take(floor, "ann"), before->sure);
		floor_agent(floor, "ann", &now->facts);
		happen(floor, WAIT);
		if (floor_can_take(floor, "ann") != now->sure ||
		    floor_next(floor, &choice) != now->sure)
			fail_msg("%s, then %s", before->name, now->name);
		floor_destroy(&floor);
	}
}

/* An offer on its way counts until it is known what became of it, whatever the facts say. */
static void an_offer_on_its_way_counts_until_it_is_settled(void **context)
{
	(void)context;
	for (size_t i = 0; i < AGENT_ROWS; i++) {
		const struct floor_agent_facts *facts = &agent_rows[i].facts;
		struct floor *floor = floor_in(OFFERING);

		floor_agent(floor, "ann", facts);
		assert_int_equal(floor_can_take(floor, "ann"),
				 agent_rows[i].sure && facts->load + 1 < facts->capacity);
		happen(floor, UNDO);
		assert_int_equal(floor_can_take(floor, "ann"), agent_rows[i].sure);
		assert_int_equal(state_of(floor), WAITING);
		floor_destroy(&floor);

		floor = floor_in(OFFERING);
		floor_agent(floor, "ann", facts);
		happen(floor, RING);
		floor_made(floor, "ann");
		assert_int_equal(floor_can_take(floor, "ann"), agent_rows[i].sure);
		assert_int_equal(state_of(floor), RINGING);
		floor_destroy(&floor);
	}
}

/* Where the mirror would choose the same again it is behind Redis, and says so; else not. */
static void an_undo_says_whether_the_mirror_is_behind(void **context)
{
	(void)context;
	for (size_t i = 0; i < AGENT_ROWS; i++) {
		struct floor *floor = floor_in(OFFERING);

		floor_agent(floor, "ann", &agent_rows[i].facts);
		assert_int_equal(floor_undo(floor, "c1", "ann"), agent_rows[i].sure);
		floor_destroy(&floor);
	}
	struct floor *floor = floor_in(RINGING);

	assert_false(floor_undo(floor, "c1", "ann"));
	assert_false(floor_undo(floor, "c2", "ann"));
	assert_false(floor_undo(floor, "c1", "nobody"));
	floor_destroy(&floor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_in_every_state_of_a_conversation),
		cmocka_unit_test(any_two_events_leave_it_where_one_behind_the_other_would),
		cmocka_unit_test(an_agent_can_take_what_the_newest_facts_allow),
		cmocka_unit_test(an_offer_on_its_way_counts_until_it_is_settled),
		cmocka_unit_test(an_undo_says_whether_the_mirror_is_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
