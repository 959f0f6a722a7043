#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/floor-stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct floor_agent_facts able = {.takes = true, .capacity = 3, .connections = 1};

static void come(struct floor *floor, const char *name, uint64_t since_ms)
{
	struct floor_agent_facts facts = able;

	facts.since_ms = since_ms;
	floor_agent(floor, name, &facts);
}

static void wait_for_agent(struct floor *floor, const char *id, uint64_t at_ms, const char *last)
{
	floor_wait(floor, id,
		   &(struct floor_place){
			   .queue = "support", .enqueued_ms = at_ms, .last_agent = last});
}

static void the_oldest_goes_to_who_has_waited_longest(void **state)
{
	come(*state, "bob", 20);
	come(*state, "ann", 10);
	wait_for_agent(*state, "c2", 200, "");
	wait_for_agent(*state, "c1", 100, "");
	expect(*state, "c1", "ann");
}

static void equal_waits_are_told_apart_by_name(void **state)
{
	come(*state, "bob", 10);
	come(*state, "ann", 10);
	wait_for_agent(*state, "c2", 100, "");
	wait_for_agent(*state, "c1", 100, "");
	expect(*state, "c1", "ann");
}

static void nobody_able_gets_nothing(void **state)
{
	static const struct floor_agent_facts unable[] = {
		{.takes = false, .capacity = 3, .connections = 1},
		{.takes = true, .capacity = 3, .connections = 0},
		{.takes = true, .capacity = 0, .connections = 1},
		{.takes = true, .capacity = 3, .load = 3, .connections = 1},
		{.takes = true, .capacity = 3, .load = 4, .connections = 1},
	};

	wait_for_agent(*state, "c1", 100, "");
	for (size_t i = 0; i < sizeof(unable) / sizeof(*unable); i++) {
		floor_agent(*state, "ann", &unable[i]);
		expect_none(*state);
	}
	come(*state, "ann", 10);
	expect(*state, "c1", "ann");
}

static void who_is_about_to_be_rid_of_one_is_chosen_for_as_if_they_were(void **state)
{
	struct floor_agent_facts full = {.takes = true, .capacity = 1, .load = 1, .connections = 1};

	floor_agent(*state, "ann", &full);
	wait_for_agent(*state, "c1", 100, "");
	wait_for_agent(*state, "c2", 200, "");
	floor_leaving(*state, "ann");
	expect(*state, "c1", "ann");
	expect_none(*state);
	/* It stays, and what was chosen is not made. */
	floor_left(*state, "ann");
	assert_false(floor_undo(*state, "c1", "ann"));
	expect_none(*state);
	floor_leaving(*state, "ann");
	expect(*state, "c1", "ann");
	/* It is gone, and the other is there. */
	floor_left(*state, "ann");
	floor_made(*state, "ann");
	full.load = 0;
	floor_agent(*state, "ann", &full);
	floor_ring(*state, "c1", 1, 1000);
	full.load = 1;
	floor_agent(*state, "ann", &full);
	expect_none(*state);
	floor_left(*state, "ann");
	floor_left(*state, "nobody");
	floor_leaving(*state, "nobody");
	expect_none(*state);
}

static void nothing_waiting_is_given_to_nobody(void **state)
{
	come(*state, "ann", 10);
	expect_none(*state);
}

static void the_last_agent_is_asked_first(void **state)
{
	come(*state, "ann", 10);
	come(*state, "bob", 20);
	wait_for_agent(*state, "c1", 100, "bob");
	struct floor_choice choice;
	assert_true(floor_next(*state, &choice));
	assert_string_equal(choice.agent, "bob");
	assert_true(choice.last_agent);
}

static void a_last_agent_who_cannot_take_is_passed_over(void **state)
{
	come(*state, "ann", 10);
	wait_for_agent(*state, "c1", 100, "bob");
	expect(*state, "c1", "ann");
}

static void a_turn_that_was_refused_is_not_the_last_agents(void **state)
{
	struct floor_choice choice;

	come(*state, "ann", 30);
	come(*state, "bob", 10);
	wait_for_agent(*state, "c1", 100, "bob");
	expect(*state, "c1", "bob");
	floor_undo(*state, "c1", "bob");
	/* By hand it rings at somebody else, who does not take it. */
	floor_ring(*state, "c1", 1, 1000);
	floor_wait_again(*state, "c1", NULL);
	assert_true(floor_next(*state, &choice));
	assert_string_equal(choice.agent, "bob");
	assert_true(choice.last_agent);
}

static void the_last_agent_has_one_turn_and_the_place_is_kept(void **state)
{
	come(*state, "ann", 30);
	come(*state, "bob", 20);
	wait_for_agent(*state, "c1", 100, "ann");
	wait_for_agent(*state, "c2", 150, "");
	expect(*state, "c1", "ann");
	floor_made(*state, "ann");
	floor_tried(*state, "c1");
	floor_tried(*state, "nothing");
	floor_ring(*state, "c1", 1, 1000);
	floor_wait_again(*state, "c1", NULL);
	expect(*state, "c1", "bob");
}

static void an_offer_under_way_counts_as_load(void **state)
{
	struct floor_agent_facts one = able;

	one.capacity = 1;
	floor_agent(*state, "ann", &one);
	wait_for_agent(*state, "c1", 100, "");
	wait_for_agent(*state, "c2", 200, "");
	expect(*state, "c1", "ann");
	expect_none(*state);
	assert_true(floor_undo(*state, "c1", "ann"));
	expect(*state, "c1", "ann");
}

static void a_burst_is_spread_over_those_who_can_take_it(void **state)
{
	come(*state, "ann", 10);
	come(*state, "bob", 20);
	for (int i = 0; i < 6; i++) {
		char id[16];
		snprintf(id, sizeof(id), "c%d", i);
		wait_for_agent(*state, id, 100 + (uint64_t)i, "");
	}
	expect(*state, "c0", "ann");
	expect(*state, "c1", "bob");
	expect(*state, "c2", "ann");
	expect(*state, "c3", "bob");
	floor_undo(*state, "c1", "bob");
	floor_undo(*state, "c3", "bob");
	expect(*state, "c1", "bob");
	expect(*state, "c3", "ann");
	expect(*state, "c4", "bob");
}

static void a_choice_says_what_it_is_behind(void **state)
{
	struct floor_choice choice;

	come(*state, "ann", 10);
	come(*state, "bob", 20);
	wait_for_agent(*state, "c0", 100, "");
	wait_for_agent(*state, "c1", 101, "");
	wait_for_agent(*state, "c2", 102, "bob");
	wait_for_agent(*state, "c3", 103, "");
	for (unsigned i = 0; i < 4; i++) {
		static const char *const behind[] = {"", "c0", "", "c2"};
		assert_true(floor_next(*state, &choice));
		assert_string_equal(choice.behind, behind[i]);
	}
	/* What was settled is in nobody's way. */
	floor_ring(*state, "c2", 1, 1000);
	floor_leave(*state, "c1");
	wait_for_agent(*state, "c4", 104, "");
	assert_true(floor_next(*state, &choice));
	assert_string_equal(choice.behind, "c3");
	floor_undo(*state, "c3", choice.agent);
	floor_undo(*state, "c4", choice.agent);
	assert_true(floor_next(*state, &choice));
	assert_string_equal(choice.conversation, "c3");
	assert_string_equal(choice.behind, "c0");
}

static void a_refusal_is_explained_by_what_was_told_meanwhile(void **state)
{
	struct floor_agent_facts away = able;

	away.connections = 0;
	come(*state, "ann", 10);
	wait_for_agent(*state, "c1", 100, "");
	expect(*state, "c1", "ann");
	floor_agent(*state, "ann", &away);
	assert_false(floor_undo(*state, "c1", "ann"));
	come(*state, "ann", 10);
	expect(*state, "c1", "ann");
	floor_leave(*state, "c1");
	assert_false(floor_undo(*state, "c1", "ann"));
	expect_none(*state);
}

static void it_says_whether_an_agent_is_so(void **state)
{
	struct floor_agent_facts facts = able;

	facts.since_ms = 10;
	assert_false(floor_has_agent(*state, "ann", &facts));
	come(*state, "ann", 10);
	assert_true(floor_has_agent(*state, "ann", &facts));
	facts.load = 1;
	assert_false(floor_has_agent(*state, "ann", &facts));
	facts.load = 0;
	/* Of connections only the first and the last are told. */
	facts.connections = 2;
	assert_true(floor_has_agent(*state, "ann", &facts));
	facts.connections = 0;
	assert_false(floor_has_agent(*state, "ann", &facts));
	assert_true(floor_has_skill(*state, "ann", "french", 0));
	floor_skill(*state, "ann", "french", 2);
	assert_true(floor_has_skill(*state, "ann", "french", 2));
	assert_false(floor_has_skill(*state, "ann", "french", 3));
	assert_int_equal(floor_skill_count(*state, "ann"), 1);
	floor_member(*state, "support", "ann", 2);
	assert_true(floor_has_member(*state, "support", "ann", 2));
	assert_false(floor_has_member(*state, "support", "ann", 1));
	assert_false(floor_has_member(*state, "support", "bob", 2));
	assert_int_equal(floor_member_count(*state, "support"), 1);
}

static void it_says_whether_a_conversation_is_so(void **state)
{
	struct floor_place place = {.queue = "support", .enqueued_ms = 100, .last_agent = ""};
	struct floor_place other = place;

	assert_false(floor_has_waiting(*state, "c1", &place));
	floor_wait(*state, "c1", &place);
	assert_true(floor_has_waiting(*state, "c1", &place));
	assert_false(floor_has_ringing(*state, "c1", 1));
	other.queue = "sales";
	assert_false(floor_has_waiting(*state, "c1", &other));
	other = place;
	other.priority = 1;
	assert_false(floor_has_waiting(*state, "c1", &other));
	other = place;
	other.skills = "french";
	assert_false(floor_has_waiting(*state, "c1", &other));
	floor_ring(*state, "c1", 7, 1000);
	assert_false(floor_has_waiting(*state, "c1", &place));
	assert_true(floor_has_ringing(*state, "c1", 7));
	assert_false(floor_has_ringing(*state, "c1", 8));
}

/* Redis may have made the offer already, or not yet. */
static void what_is_being_offered_waits_or_rings(void **state)
{
	struct floor_place place = {.queue = "support", .enqueued_ms = 100, .last_agent = ""};

	come(*state, "ann", 10);
	floor_wait(*state, "c1", &place);
	expect(*state, "c1", "ann");
	assert_true(floor_has_waiting(*state, "c1", &place));
	assert_true(floor_has_ringing(*state, "c1", 1));
	assert_int_equal(floor_figures(*state).offering, 1);
	floor_ring(*state, "c1", 1, 1000);
	assert_int_equal(floor_figures(*state).offering, 0);
}

static void what_is_not_known_does_not_ring(void **state)
{
	floor_ring(*state, "c1", 1, 1000);
	assert_int_equal(floor_figures(*state).ringing, 0);
	floor_wait_again(
		*state, "c1",
		&(struct floor_place){.queue = "support", .enqueued_ms = 5, .last_agent = ""});
	assert_int_equal(floor_figures(*state).oldest_ms, 5);
}

static void what_rings_too_long_is_told_with_its_epoch(void **state)
{
	const char *id;
	unsigned epoch;

	wait_for_agent(*state, "c1", 100, "");
	floor_ring(*state, "c1", 7, 1000);
	assert_false(floor_overdue(*state, 999, &id, &epoch));
	assert_true(floor_overdue(*state, 1000, &id, &epoch));
	assert_string_equal(id, "c1");
	assert_int_equal(epoch, 7);
	assert_false(floor_overdue(*state, 1000 + FLOOR_REMIND_MS - 1, &id, &epoch));
	assert_true(floor_overdue(*state, 1000 + FLOOR_REMIND_MS, &id, &epoch));
	floor_leave(*state, "c1");
	assert_false(floor_overdue(*state, 100000, &id, &epoch));
}

static void figures_count_what_is_there(void **state)
{
	come(*state, "ann", 10);
	come(*state, "bob", 10);
	wait_for_agent(*state, "c1", 100, "");
	wait_for_agent(*state, "c2", 90, "");
	wait_for_agent(*state, "c3", 80, "");
	floor_ring(*state, "c3", 1, 1000);
	struct floor_figures figures = floor_figures(*state);
	assert_int_equal(figures.waiting, 2);
	assert_int_equal(figures.ringing, 1);
	assert_int_equal(figures.agents_on_queue, 2);
	assert_int_equal(figures.oldest_ms, 90);
	floor_agent(*state, "bob", &(struct floor_agent_facts){.capacity = 3, .connections = 1});
	assert_int_equal(floor_figures(*state).agents_on_queue, 1);
}

/* A naive floor beside it: the same answers, found by looking at everything. */

#define AGENTS 20
#define CONVERSATIONS 200

#define UNDER_WAY 8

struct naive {
	struct floor_agent_facts agents[AGENTS];
	unsigned reserved[AGENTS], chosen[AGENTS], choices;
	int under_way[UNDER_WAY][2]; /* conversation and agent, from 1; 0 for none */
	bool waiting[CONVERSATIONS], tried[CONVERSATIONS];
	uint64_t at[CONVERSATIONS];
	int last[CONVERSATIONS];
};

static bool naive_able(const struct naive *naive, int agent)
{
	const struct floor_agent_facts *facts = &naive->agents[agent];

	return facts->takes && facts->connections &&
	       facts->load + naive->reserved[agent] < facts->capacity;
}

/* Does agent a come before b? */
static bool naive_before(const struct naive *naive, int a, int b)
{
	if ((naive->reserved[a] > 0) != (naive->reserved[b] > 0))
		return naive->reserved[b] > 0;
	if (naive->reserved[a])
		return naive->chosen[a] < naive->chosen[b];
	return naive->agents[a].since_ms < naive->agents[b].since_ms;
}

static int naive_agent(const struct naive *naive, int conversation)
{
	int last = naive->last[conversation], best = -1;

	if (last >= 0 && !naive->tried[conversation] && naive_able(naive, last))
		return last;
	for (int i = 0; i < AGENTS; i++) {
		if (naive_able(naive, i) && (best < 0 || naive_before(naive, i, best)))
			best = i;
	}
	return best;
}

static bool is_under_way(const struct naive *naive, int conversation)
{
	for (int i = 0; i < UNDER_WAY; i++) {
		if (naive->under_way[i][0] == conversation + 1)
			return true;
	}
	return false;
}

static int naive_conversation(const struct naive *naive)
{
	int best = -1;

	for (int i = 0; i < CONVERSATIONS; i++) {
		if (naive->waiting[i] && (best < 0 || naive->at[i] < naive->at[best]))
			best = i;
	}
	return best;
}

static char *name(char *out, char kind, int number)
{
	snprintf(out, 16, "%c%04d", kind, number);
	return out;
}

static void change_agent(struct floor *floor, struct naive *naive)
{
	int agent = rand() % AGENTS;
	char text[16];

	naive->agents[agent] = (struct floor_agent_facts){
		.takes = rand() % 4 != 0,
		.load = (unsigned)(rand() % 4),
		.capacity = (unsigned)(rand() % 5),
		.connections = (unsigned)(rand() % 3),
		.since_ms = (uint64_t)(rand() % 50),
	};
	floor_agent(floor, name(text, 'a', agent), &naive->agents[agent]);
}

static void change_conversation(struct floor *floor, struct naive *naive)
{
	int conversation = rand() % CONVERSATIONS;
	char id[16], last[16] = "";

	if (is_under_way(naive, conversation))
		return;
	if (naive->waiting[conversation]) {
		naive->waiting[conversation] = false;
		floor_leave(floor, name(id, 'c', conversation));
		return;
	}
	naive->waiting[conversation] = true;
	naive->tried[conversation] = false;
	naive->at[conversation] = (uint64_t)(rand() % 1000);
	naive->last[conversation] = rand() % 2 ? rand() % AGENTS : -1;
	if (naive->last[conversation] >= 0)
		name(last, 'a', naive->last[conversation]);
	wait_for_agent(floor, name(id, 'c', conversation), naive->at[conversation], last);
}

static void choose(struct floor *floor, struct naive *naive)
{
	int conversation = naive_conversation(naive);
	int agent = conversation < 0 ? -1 : naive_agent(naive, conversation);
	int at = 0;
	struct floor_choice choice;
	char id[16], who[16];

	if (conversation < 0 || agent < 0) {
		expect_none(floor);
		return;
	}
	while (at < UNDER_WAY && naive->under_way[at][0])
		at++;
	if (at == UNDER_WAY)
		return;
	assert_true(floor_next(floor, &choice));
	assert_string_equal(choice.conversation, name(id, 'c', conversation));
	assert_string_equal(choice.agent, name(who, 'a', agent));
	naive->waiting[conversation] = false;
	naive->reserved[agent]++;
	naive->chosen[agent] = ++naive->choices;
	naive->under_way[at][0] = conversation + 1;
	naive->under_way[at][1] = agent + 1;
}

/* What became of a choice: refused, or offered and accepted. */
static void settle(struct floor *floor, struct naive *naive)
{
	int at = rand() % UNDER_WAY;
	int conversation = naive->under_way[at][0] - 1, agent = naive->under_way[at][1] - 1;
	char id[16], who[16];

	if (conversation < 0)
		return;
	name(id, 'c', conversation);
	name(who, 'a', agent);
	naive->under_way[at][0] = 0;
	naive->reserved[agent]--;
	if (rand() % 2) {
		floor_undo(floor, id, who);
		naive->waiting[conversation] = true;
		return;
	}
	floor_made(floor, who);
	floor_ring(floor, id, 1, 1);
	floor_leave(floor, id);
}

static void it_answers_as_one_that_looks_at_everything(void **state)
{
	static struct naive naive;

	srand(20260101);
	for (int i = 0; i < 50000; i++) {
		switch (rand() % 4) {
		case 0:
			change_agent(*state, &naive);
			break;
		case 1:
			change_conversation(*state, &naive);
			break;
		case 2:
			settle(*state, &naive);
			break;
		default:
			choose(*state, &naive);
		}
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The time is printed, not judged: machines differ. */
static void a_long_queue_is_not_looked_through(void **state)
{
	struct floor_choice choice;
	char text[32];

	for (int i = 0; i < 5000; i++) {
		struct floor_agent_facts facts = able;
		facts.capacity = 25;
		facts.since_ms = (uint64_t)i;
		snprintf(text, sizeof(text), "agent%05d", i);
		floor_agent(*state, text, &facts);
	}
	for (int i = 0; i < 50000; i++) {
		snprintf(text, sizeof(text), "conversation%06d", i);
		wait_for_agent(*state, text, (uint64_t)i, "");
	}
	double begin = seconds();
	for (int i = 0; i < 10000; i++)
		assert_true(floor_next(*state, &choice));
	print_message("%.2f us a choice\n", (seconds() - begin) * 1e6 / 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, floor_stage_set_up, floor_stage_tear_down)
		TEST(the_oldest_goes_to_who_has_waited_longest),
		TEST(equal_waits_are_told_apart_by_name),
		TEST(nobody_able_gets_nothing),
		TEST(who_is_about_to_be_rid_of_one_is_chosen_for_as_if_they_were),
		TEST(nothing_waiting_is_given_to_nobody),
		TEST(the_last_agent_is_asked_first),
		TEST(a_last_agent_who_cannot_take_is_passed_over),
		TEST(a_turn_that_was_refused_is_not_the_last_agents),
		TEST(the_last_agent_has_one_turn_and_the_place_is_kept),
		TEST(an_offer_under_way_counts_as_load),
		TEST(a_burst_is_spread_over_those_who_can_take_it),
		TEST(a_choice_says_what_it_is_behind),
		TEST(a_refusal_is_explained_by_what_was_told_meanwhile),
		TEST(it_says_whether_an_agent_is_so),
		TEST(it_says_whether_a_conversation_is_so),
		TEST(what_is_being_offered_waits_or_rings),
		TEST(what_is_not_known_does_not_ring),
		TEST(what_rings_too_long_is_told_with_its_epoch),
		TEST(figures_count_what_is_there),
		TEST(it_answers_as_one_that_looks_at_everything),
		TEST(a_long_queue_is_not_looked_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
