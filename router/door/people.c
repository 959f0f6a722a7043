#include "router/door/people.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/directory/directory.h"
#include "router/door/body.h"
#include "router/door/form.h"
#include "router/door/role.h"
#include "router/door/shape.h"
#include "router/door/things.h"
#include "router/door/user.h"

/* A change on its way: password, then the directory, then what signing in needs. */
struct people {
	const struct api *api;
	struct http_request *request;
	const struct route *route;
	char id[DESK_AGENT_MAX + 1];
	char who[DESK_AGENT_MAX + 1];
	char version[THINGS_VERSION_MAX];
	struct form form;
	struct password password;
	char password_text[PASSWORD_TEXT_MAX]; /* "" where it stays */
	enum lead_kind floor;		       /* what the floor is told once that is kept */
	lead_done *told;		       /* and who hears what comes of it */
};

static struct people *people_create(const struct api *api, struct http_request *request,
				    const struct route *route, const char *who)
{
	struct people *people = memory_array(1, sizeof(*people));

	people->api = api;
	people->request = request;
	people->route = route;
	snprintf(people->who, sizeof(people->who), "%s", who);
	return people;
}

static void people_free(struct people *people)
{
	form_finish(&people->form);
	OPENSSL_cleanse(people, sizeof(*people));
	free(people);
}

static void refuse(struct people *people, unsigned status, const char *code, const char *why)
{
	http_error(people->request, status, code, why, NULL);
	people_free(people);
}

/* What no two users share is what they sign in with; what they are called may be the same. */
static void refuse_verdict(struct people *people, enum directory_verdict verdict)
{
	if (verdict == DIRECTORY_TAKEN)
		http_error(people->request, 409, "name.taken",
			   "Another user signs in with this name.", NULL);
	else
		things_refuse(people->request, verdict);
	people_free(people);
}

static const struct directory_entity *find(const struct people *people)
{
	return directory_find(people->api->links->directory, DIRECTORY_USER, span_text(people->id));
}

static unsigned capacity_of(const struct directory_entity *user)
{
	return user ? (unsigned)directory_number(user, "capacity", USER_CAPACITY_DEFAULT)
		    : USER_CAPACITY_DEFAULT;
}

static void answer_roles(struct http_request *request, const struct directory_entity *user)
{
	struct writer writer;
	char *roles = memory_text(directory_text(user, "roles")), *rest = NULL;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "roles");
	for (char *role = strtok_r(roles, ",", &rest); role; role = strtok_r(NULL, ",", &rest)) {
		writer_begin_object(&writer, NULL);
		writer_text(&writer, "id", role);
		writer_text(&writer, "name", role);
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	writer_end_object(&writer);
	body_answer(request, 200, &writer);
	free(roles);
}

/* What signing in needs */

/* Their sockets are checked by what was just kept. */
static void tell_changed(const struct people *people)
{
	people->api->user_changed(people->id, people->api->context);
}

/* What follows for the floor goes the router's way, which hears what comes of it. */
static void tell_floor(struct people *people)
{
	const struct door_links *links = people->api->links;
	struct lead_order order = {
		.kind = people->floor, .by = people->who, .agent = span_text(people->id)};

	if (order.kind == LEAD_CAPACITY)
		order.limit = capacity_of(find(people));
	if (links->lead)
		links->lead(links->desk, &order, people->told, people);
	else
		refuse_verdict(people, DIRECTORY_UNAVAILABLE);
}

static void on_stored(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct people *people = context;

	(void)bus;
	if (!reply || bus_reply_type(reply) == BUS_ERROR)
		refuse_verdict(people, DIRECTORY_UNAVAILABLE);
	else
		tell_floor(people);
}

static void on_capacity(const struct lead_answer *answer, void *context)
{
	struct people *people = context;

	/* Where the door is gone by now, this is what it hears. */
	if (answer->code == DESK_UNAVAILABLE) {
		refuse_verdict(people, DIRECTORY_UNAVAILABLE);
		return;
	}
	const struct directory_entity *user = find(people);
	tell_changed(people);
	if (people->route->id == ROUTE_USER_PASSWORD)
		things_nothing(people->request);
	else if (!user)
		things_refuse(people->request, DIRECTORY_MISSING);
	else if (people->route->id == ROUTE_USER_ROLES_PUT)
		answer_roles(people->request, user);
	else
		things_answer(people->request, user);
	people_free(people);
}

static void keep(struct people *people, const struct directory_entity *user)
{
	bool active = strcmp(directory_text(user, "state"), "inactive") != 0;
	struct bus *bus = people->api->sessions->bus;
	char key[KEY_MAX];
	struct bus_args args;

	bus_args_init(&args);
	bus_args_text(&args, "HSET");
	bus_args_text(&args, key_user(people->id, key));
	bus_args_field_text(&args, "roles", active ? directory_text(user, "roles") : "");
	bus_args_field_integer(&args, "capacity", capacity_of(user));
	if (people->password_text[0]) {
		bus_args_field_text(&args, "password", people->password_text);
		bus_args_field_integer(&args, "changed_ms", (int64_t)session_now_ms());
	}
	if (people->route->id == ROUTE_CREATE)
		bus_args_field_integer(&args, "created_ms", (int64_t)user->created_ms);
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_text(&args, "SADD");
	bus_args_text(&args, key_users(key));
	bus_args_text(&args, people->id);
	people->floor = LEAD_CAPACITY;
	people->told = on_capacity;
	bus_args_send(&args, bus, on_stored, people);
	bus_args_finish(&args);
}

static void on_put(enum directory_verdict verdict, const struct directory_entity *user,
		   void *context)
{
	struct people *people = context;

	if (verdict == DIRECTORY_CONFLICT && people->route->id == ROUTE_CREATE)
		verdict = DIRECTORY_TAKEN;
	if (verdict != DIRECTORY_OK)
		refuse_verdict(people, verdict);
	else if (!user)
		refuse_verdict(people, DIRECTORY_MISSING);
	else
		keep(people, user);
}

/* Without a version of theirs, ours: one that was deleted meanwhile is not made anew. */
static void put(struct people *people)
{
	const struct directory_entity *user = find(people);

	if (!people->version[0] && !user) {
		refuse_verdict(people, DIRECTORY_MISSING);
		return;
	}
	if (!people->version[0])
		snprintf(people->version, sizeof(people->version), "%llu",
			 (unsigned long long)user->version);
	things_put(people->api->links->directory,
		   &(struct things_change){DIRECTORY_USER, people->id, people->id, people->who,
					   people->version, &people->form},
		   on_put, people);
}

/* Passwords */

static void on_key(int status, const uint8_t key[PASSWORD_KEY], void *context)
{
	struct people *people = context;
	char now[24];

	if (status) {
		refuse_verdict(people, DIRECTORY_UNAVAILABLE);
		return;
	}
	memcpy(people->password.key, key, PASSWORD_KEY);
	password_format(&people->password, people->password_text);
	/* The audit event says that it was changed, and nothing of what it is. */
	snprintf(now, sizeof(now), "%llu", (unsigned long long)session_now_ms());
	form_put(&people->form, "secret_changed_ms", now);
	put(people);
}

/* With the password that the body has under `name`, where it has one. */
static void put_with_password(struct people *people, const json_t *root, const char *name,
			      bool needed)
{
	const json_t *value = form_at(root, name);
	struct span secret = {(const uint8_t *)json_string_value(value), json_string_length(value)};

	if (!value && !needed) {
		put(people);
		return;
	}
	if (secret.length < PASSWORD_LEAST || secret.length > PASSWORD_MOST) {
		refuse(people, 400, "bad.request", "A password is a text of 8 to 1024 octets.");
		return;
	}
	if (password_init(&people->password) ||
	    hasher_ask(people->api->signin->hasher, &people->password, secret, on_key, people))
		refuse_verdict(people, DIRECTORY_UNAVAILABLE);
}

/* What is asked */

/* The name to sign in with: `username`, or else `email`. False once the request was answered. */
static bool read_login(struct people *people, const json_t *root)
{
	const json_t *value = form_at(root, "username");

	if (!value)
		value = form_at(root, "email");
	struct span login = {(const uint8_t *)json_string_value(value), json_string_length(value)};
	if (!login.at || !session_is_name(login)) {
		refuse(people, 400, "bad.request",
		       "username, or email without one, is what the user signs in with: 1 to 64 "
		       "letters, digits and . _ - @, but not " SETTINGS_ID_NAMES ".");
		return false;
	}
	memcpy(people->id, login.at, login.length);
	return true;
}

static void create(struct people *people)
{
	struct http_request *request = people->request;
	struct things_wish wish = {DIRECTORY_USER, FORM_WHOLE, NULL};

	if (!things_read(request, &wish, &people->form, people->version)) {
		people_free(people);
		return;
	}
	json_t *root = body_read(request);
	if (root && read_login(people, root)) {
		snprintf(people->version, sizeof(people->version), "%s", DIRECTORY_NEW);
		form_put(&people->form, "login", people->id);
		if (!*form_said(&people->form, "roles"))
			form_put(&people->form, "roles", role_name(0));
		put_with_password(people, root, "password", false);
	}
	json_decref(root);
}

/* Nobody shuts themselves out. */
static bool is_oneself(struct people *people)
{
	const char *state = form_said(&people->form, "state");
	const char *roles = form_said(&people->form, "roles");

	return strcmp(people->id, people->who) == 0 && ((state && strcmp(state, "inactive") == 0) ||
							(roles && !strstr(roles, role_name(3))));
}

static void change(struct people *people, const struct directory_entity *user)
{
	struct things_wish wish = {DIRECTORY_USER, FORM_PART, user};

	if (!things_read(people->request, &wish, &people->form, people->version)) {
		people_free(people);
		return;
	}
	if (is_oneself(people))
		refuse(people, 409, "is.oneself", "Nobody takes the admin's role from themselves.");
	else
		put(people);
}

static void change_roles(struct people *people)
{
	json_t *root = body_read_array(people->request);
	char *roles = root ? shape_read_roles(root) : NULL;

	json_decref(root);
	if (!root) {
		people_free(people);
		return;
	}
	if (roles)
		form_put(&people->form, "roles", roles);
	free(roles);
	if (!people->form.count)
		refuse(people, 400, "bad.request",
		       "The body must be an array of agent, supervisor, compliance, admin.");
	else if (is_oneself(people))
		refuse(people, 409, "is.oneself", "Nobody takes the admin's role from themselves.");
	else
		put(people);
}

static void change_password(struct people *people)
{
	json_t *root = body_read(people->request);

	if (root)
		put_with_password(people, root, "newPassword", true);
	else
		people_free(people);
	json_decref(root);
}

/* Removing */

/* What was answered is told of the password, which goes last. */
static void forget(const struct people *people, bus_done *done, void *context)
{
	struct bus *bus = people->api->sessions->bus;
	char key[KEY_MAX];
	struct bus_args args;

	bus_args_init(&args);
	bus_args_text(&args, "SREM");
	bus_args_text(&args, key_users(key));
	bus_args_text(&args, people->id);
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_text(&args, "DEL");
	bus_args_text(&args, key_user(people->id, key));
	bus_args_send(&args, bus, done, context);
	bus_args_finish(&args);
}

/* Whoever keeps the password stays; where nobody knows, that is looked at when Redis is back. */
static void on_forgotten(struct bus *bus, const struct bus_reply *reply, void *context)
{
	const struct people *people = context;

	if (bus_reply_type(reply) == BUS_ERROR)
		directory_stays(bus, people->id);
	on_stored(bus, reply, context);
}

static void on_gone(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct people *people = context;

	(void)bus;
	if (bus_reply_type(reply) == BUS_INTEGER)
		things_nothing(people->request);
	else
		things_refuse(people->request, DIRECTORY_UNAVAILABLE);
	people_free(people);
}

/* A change that the directory took before this may have kept anew what was forgotten. */
static void on_removed(enum directory_verdict verdict, const struct directory_entity *user,
		       void *context)
{
	struct people *people = context;

	(void)user;
	if (verdict == DIRECTORY_OK)
		forget(people, on_gone, people);
	else
		refuse_verdict(people, verdict);
}

static void on_retired(const struct lead_answer *answer, void *context)
{
	struct people *people = context;
	struct directory_change gone = {.kind = DIRECTORY_USER,
					.id = people->id,
					.by = people->who,
					.version = DIRECTORY_ANY};

	if (answer->code == DESK_UNAVAILABLE) {
		refuse_verdict(people, DIRECTORY_UNAVAILABLE);
		return;
	}
	tell_changed(people);
	directory_delete(people->api->links->directory, &gone, on_removed, people);
}

static void on_leaving(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct people *people = context;
	enum directory_verdict verdict = directory_verdict_of(reply);

	(void)bus;
	if (verdict != DIRECTORY_OK) {
		refuse_verdict(people, verdict);
		return;
	}
	people->floor = LEAD_RETIRE;
	people->told = on_retired;
	forget(people, on_forgotten, people);
}

/* Where somebody else can still set up the rest, first their sessions end, then they go off queue,
 * and last they are nobody's member. */
static void drop(struct people *people)
{
	struct bus_args args;

	if (strcmp(people->id, people->who) == 0) {
		refuse(people, 409, "is.oneself", "Nobody deletes themselves.");
		return;
	}
	bus_args_init(&args);
	bus_args_call(&args, "user_leaves", KEY_ACD_TAG);
	bus_args_field_text(&args, "id", people->id);
	bus_args_send(&args, people->api->sessions->bus, on_leaving, people);
	bus_args_finish(&args);
}

void people_handle(const struct api *api, struct http_request *request, const struct route *route,
		   const char *who)
{
	const struct directory_entity *user = NULL;

	if (route->id != ROUTE_CREATE) {
		user = things_find(api, request, route);
		if (!user)
			return;
	} else if (!api->links->directory || !directory_is_open(api->links->directory)) {
		things_refuse(request, DIRECTORY_UNAVAILABLE);
		return;
	}
	if (route->id == ROUTE_USER_ROLES) {
		answer_roles(request, user);
		return;
	}
	struct people *people = people_create(api, request, route, who);
	if (!user) {
		create(people);
		return;
	}
	snprintf(people->id, sizeof(people->id), "%s", user->id);
	if (route->id == ROUTE_CHANGE)
		change(people, user);
	else if (route->id == ROUTE_REMOVE)
		drop(people);
	else if (route->id == ROUTE_USER_PASSWORD)
		change_password(people);
	else
		change_roles(people);
}
