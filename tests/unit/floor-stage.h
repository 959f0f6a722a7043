#ifndef BINDERY_TESTS_UNIT_FLOOR_STAGE_H
#define BINDERY_TESTS_UNIT_FLOOR_STAGE_H

#include "router/routing/floor.h"

/* A floor of each test's own, in `*state`. */
int floor_stage_set_up(void **state);
int floor_stage_tear_down(void **state);

/* A conversation waits in a queue, and asks for these skills. */
void ask(struct floor *floor, const char *id, const char *queue, uint64_t at_ms,
	 const char *skills);
/* What is chosen next. */
void expect(struct floor *floor, const char *id, const char *agent);
void expect_none(struct floor *floor);

#endif
