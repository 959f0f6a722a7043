#include "router/routing/staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings_skills.h"
#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/routing/floor.h"

const char staff_queue_usage[] = "usage: bindery-router queue join QUEUE AGENT [--ring N]\n"
				 "       bindery-router queue leave QUEUE AGENT\n"
				 "       bindery-router queue members QUEUE\n";

struct staff {
	struct errand errand;
	struct bus_args args;
	const struct settings *settings;
	const char *verb; /* `queue` or `user` */
};

static int complain(const char *verb, enum exit_code code, const char *what, const char *about)
{
	return verb_complain(verb, code, what, about);
}

/* A whole number up to `most`, or -1. */
static int read_number(const char *text, int most)
{
	char *end;
	long value = strtol(text, &end, 10);

	return end == text || *end || value < 0 || value > most ? -1 : (int)value;
}

static bool is_user(struct staff *staff, const char *name)
{
	char key[KEY_MAX];

	bus_args_text(&staff->args, "SISMEMBER");
	bus_args_text(&staff->args, key_users(key));
	bus_args_text(&staff->args, name);
	if (!errand_ask(&staff->errand, &staff->args))
		return false;
	if (staff->errand.integer == 0)
		complain(staff->verb, EXIT_NO, "no such user", name);
	return staff->errand.integer != 0;
}

static const char *queue_name(const void *of, size_t i)
{
	return ((const struct settings_queue *)of)[i].name;
}

/* 1 or 0 whether something of that kind was set up while it runs, by its id or its name, -1 where
 * that cannot be known. Its id is copied to `id`, or what was asked for where there is none. */
static int find_entity(struct staff *staff, const char *kind, const char *asked, char id[KEY_MAX])
{
	char key[KEY_MAX], unique[KEY_MAX];

	snprintf(id, KEY_MAX, "%s", asked);
	bus_args_text(&staff->args, "EXISTS");
	bus_args_text(&staff->args, key_entity(kind, asked, key));
	if (!errand_ask(&staff->errand, &staff->args))
		return -1;
	if (staff->errand.integer == 1)
		return 1;
	bus_args_text(&staff->args, "HGET");
	bus_args_text(&staff->args, key_entity_names(kind, key));
	bus_args_text(&staff->args, key_unique(asked, unique));
	if (!errand_ask(&staff->errand, &staff->args))
		return -1;
	if (staff->errand.count == 1)
		snprintf(id, KEY_MAX, "%s", staff->errand.strings[0]);
	return staff->errand.count == 1;
}

/* The id of a queue, by that or by its name, copied to `id`: of one that was set up while it runs,
 * or that the file has. False, and said, where there is none. */
static bool find_queue(struct staff *staff, const char *asked, char id[KEY_MAX])
{
	const struct settings *settings = staff->settings;

	snprintf(id, KEY_MAX, "%s", asked);
	int found = settings_queue(settings, asked) ? 1 : find_entity(staff, "queue", asked, id);
	if (found == 0)
		verb_unknown(staff->verb, asked,
			     &(struct verb_names){"queue", settings->queues_count, queue_name,
						  settings->queues});
	return found > 0;
}

/* The same of a skill. */
static bool find_skill(struct staff *staff, const char *asked, char id[KEY_MAX])
{
	snprintf(id, KEY_MAX, "%s", asked);
	int found = settings_has_skill(staff->settings, asked)
			    ? 1
			    : find_entity(staff, "skill", asked, id);
	if (found == 0)
		complain(staff->verb, EXIT_NO,
			 "no such skill; set it up first (#/admin, or POST "
			 "/api/v2/routing/skills), or name it in the file (skills of a number)",
			 asked);
	return found > 0;
}

static uint64_t now_ms(void)
{
	return (uint64_t)(ev_time() * 1000.);
}

/* Sends what was begun by a change, and tells a router that runs of it. */
static int change(struct staff *staff)
{
	bus_args_field_text(&staff->args, "by", "command line");
	if (!errand_ask(&staff->errand, &staff->args))
		return EXIT_NO;
	if (!errand_said(&staff->errand, "ok"))
		return EXIT_DONE; /* as it was */
	bus_args_text(&staff->args, "PUBLISH");
	bus_args_text(&staff->args, KEY_STAFF_CHANNEL);
	bus_args_text(&staff->args, "");
	return errand_ask(&staff->errand, &staff->args) ? EXIT_DONE : EXIT_NO;
}

static int put_member(struct staff *staff, const char *queue, const char *agent, int ring)
{
	/* Who is no user any more can still leave. */
	if (ring && !is_user(staff, agent))
		return EXIT_NO;
	bus_args_call(&staff->args, "member_put", KEY_ACD_TAG);
	bus_args_field_integer(&staff->args, "now", (int64_t)now_ms());
	bus_args_field_text(&staff->args, "q", queue);
	bus_args_field_text(&staff->args, "a", agent);
	bus_args_field_integer(&staff->args, "ring", ring);
	return change(staff);
}

static int put_skill(struct staff *staff, const char *agent, const char *skill, int level)
{
	bus_args_call(&staff->args, "skill_put", KEY_ACD_TAG);
	bus_args_field_integer(&staff->args, "now", (int64_t)now_ms());
	bus_args_field_text(&staff->args, "a", agent);
	bus_args_field_text(&staff->args, "skill", skill);
	bus_args_field_integer(&staff->args, "level", level);
	return change(staff);
}

/* name <tab> number, a line each. */
static int list(struct staff *staff, const char *key)
{
	bus_args_text(&staff->args, "HGETALL");
	bus_args_text(&staff->args, key);
	if (!errand_ask(&staff->errand, &staff->args))
		return EXIT_NO;
	for (size_t i = 0; i + 1 < staff->errand.count; i += 2)
		printf("%s\t%s\n", staff->errand.strings[i], staff->errand.strings[i + 1]);
	return EXIT_DONE;
}

typedef int action(struct staff *staff, int argc, char **argv);

static int with_redis(const struct staff_place *place, const char *verb, action *act, char **argv)
{
	struct staff staff = {.settings = place->settings, .verb = verb};
	int argc = 0;

	while (argv[argc])
		argc++;
	if (!errand_init(&staff.errand, place->redis, verb))
		return EXIT_NO;
	bus_args_init(&staff.args);
	int code = act(&staff, argc, argv);
	bus_args_finish(&staff.args);
	errand_finish(&staff.errand);
	return code;
}

static int join(struct staff *staff, int argc, char **argv)
{
	char id[KEY_MAX];

	if (!find_queue(staff, argv[1], id))
		return EXIT_NO;
	return put_member(staff, id, argv[2], argc > 4 ? read_number(argv[4], 6) : 1);
}

static int leave(struct staff *staff, int argc, char **argv)
{
	char id[KEY_MAX];

	(void)argc;
	return find_queue(staff, argv[1], id) ? put_member(staff, id, argv[2], 0) : EXIT_NO;
}

static int members(struct staff *staff, int argc, char **argv)
{
	char id[KEY_MAX], key[KEY_MAX];

	(void)argc;
	return find_queue(staff, argv[1], id) ? list(staff, key_queue_members(id, key)) : EXIT_NO;
}

static int skill(struct staff *staff, int argc, char **argv)
{
	int level = read_number(argv[3], FLOOR_LEVEL_MAX);
	char id[KEY_MAX];

	(void)argc;
	if (!is_user(staff, argv[1]))
		return EXIT_NO;
	/* What is set up no more can still be taken away. */
	bool found = level ? find_skill(staff, argv[2], id)
			   : find_entity(staff, "skill", argv[2], id) >= 0;
	return found ? put_skill(staff, argv[1], id, level) : EXIT_NO;
}

static int skills(struct staff *staff, int argc, char **argv)
{
	char key[KEY_MAX];

	(void)argc;
	return is_user(staff, argv[1]) ? list(staff, key_agent_skills(argv[1], key)) : EXIT_NO;
}

int staff_queue_command(const struct staff_place *place, int argc, char **argv)
{
	static const char verb[] = "queue";
	const char *what = argc > 0 ? argv[0] : "";
	bool joins = strcmp(what, "join") == 0 && (argc == 3 || argc == 5);
	bool leaves = strcmp(what, "leave") == 0 && argc == 3;

	if (!joins && !leaves && !(strcmp(what, "members") == 0 && argc == 2))
		return complain(verb, EXIT_USAGE,
				"join QUEUE AGENT, leave QUEUE AGENT or members QUEUE", NULL);
	if (argc == 5 && (strcmp(argv[3], "--ring") != 0 || read_number(argv[4], 6) < 1))
		return complain(verb, EXIT_USAGE, "a ring is --ring 1..6", argv[4]);
	return with_redis(place, verb, joins ? join : leaves ? leave : members, argv);
}

bool staff_is_user_verb(const char *verb)
{
	return strcmp(verb, "skill") == 0 || strcmp(verb, "skills") == 0;
}

int staff_user_command(const struct staff_place *place, int argc, char **argv)
{
	static const char verb[] = "user";
	bool one = argc == 4 && strcmp(argv[0], "skill") == 0;

	if (!one && !(argc == 2 && strcmp(argv[0], "skills") == 0))
		return complain(verb, EXIT_USAGE, "skill AGENT SKILL LEVEL, or skills AGENT", NULL);
	if (one && (!*argv[2] || strlen(argv[2]) > FLOOR_NAME_MAX || strchr(argv[2], ',')))
		return complain(verb, EXIT_USAGE, "a skill is 1..64 octets without a comma",
				argv[2]);
	if (one && read_number(argv[3], FLOOR_LEVEL_MAX) < 0)
		return complain(verb, EXIT_USAGE, "a level is 0..5", argv[3]);
	return with_redis(place, verb, one ? skill : skills, argv);
}
