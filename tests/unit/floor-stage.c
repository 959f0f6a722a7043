#include "tests/unit/floor-stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int floor_stage_set_up(void **state)
{
	*state = floor_create();
	return 0;
}

int floor_stage_tear_down(void **state)
{
	struct floor *floor = *state;

	floor_destroy(&floor);
	assert_null(floor);
	return 0;
}

void ask(struct floor *floor, const char *id, const char *queue, uint64_t at_ms, const char *skills)
{
	floor_wait(floor, id,
		   &(struct floor_place){.queue = queue,
					 .enqueued_ms = at_ms,
					 .last_agent = "",
					 .skills = skills,
					 .entered_ms = at_ms});
}

void expect(struct floor *floor, const char *id, const char *agent)
{
	struct floor_choice choice;

	assert_true(floor_next(floor, &choice));
	assert_string_equal(choice.conversation, id);
	assert_string_equal(choice.agent, agent);
}

void expect_none(struct floor *floor)
{
	struct floor_choice choice;

	assert_false(floor_next(floor, &choice));
}
