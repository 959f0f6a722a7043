#ifndef BINDERY_ROUTER_DIRECTORY_DIRECTORY_H
#define BINDERY_ROUTER_DIRECTORY_DIRECTORY_H

#include "config/settings.h"
#include "router/bus/bus.h"
#include "router/directory/entity.h"

struct ev_loop;
struct directory;

/*
 * The people and things that are set up, as Redis has them, in memory. A change is asked of Redis
 * (directory.lua) and is here before it is answered; what others change comes over the channel
 * `directory`. Entities are borrowed until the loop's next turn.
 */

/* Has connections of its own, and reads everything whenever they are made; what was known stays
 * until then. Copies `address`, borrows `loop`. Never NULL. */
struct directory *directory_create(struct ev_loop *loop, const struct bus_address *address);
/* Answers what is asked and everything that is asked from now on with DIRECTORY_UNAVAILABLE. */
void directory_close(struct directory *directory);
void directory_destroy(struct directory **directory);
/* Whether it was read at least once since the directory was made. */
bool directory_is_open(const struct directory *directory);
/* Queues, wrap-up codes and skills of the file, and users who were made without an entry, are put
 * where they are not there; the file's fields win. Who has a password is known as one who has.
 * Users who were about to be deleted and still have a password stay. Done whenever everything was
 * read. Borrows `settings` for good. */
void directory_seed(struct directory *directory, const struct settings *settings);

/* NULL where there is none. */
const struct directory_entity *directory_find(const struct directory *directory,
					      enum directory_kind kind, struct span id);
/* What people call it; the id itself where nothing is known of it. Borrows both. */
struct span directory_name(const struct directory *directory, enum directory_kind kind,
			   struct span id);
size_t directory_count(const struct directory *directory, enum directory_kind kind);
/* In no order; a number holds for the loop's turn. */
const struct directory_entity *directory_at(const struct directory *directory,
					    enum directory_kind kind, size_t number);

#define DIRECTORY_OBSERVERS_MAX 8

/* Told of each change that has come here; id is "" when all of the kind was read anew. */
typedef void directory_changed(enum directory_kind kind, const char *id, void *context);
void directory_observe(struct directory *directory, directory_changed *changed, void *context);

/* Version of a change. */
#define DIRECTORY_ANY NULL /* whatever it is, and be it new */
#define DIRECTORY_NEW "0"

#define DIRECTORY_SKILLS_MAX SETTINGS_SKILLS_MAX

struct directory_change {
	enum directory_kind kind;
	const char *id, *by, *version;
	const char *unique; /* no other of the kind may have the same; NULL for none */
	bool forget;	    /* a user leaves all queues and has no skills any more */
	const struct directory_field *fields; /* those that are not named stay; "" takes one away */
	size_t count;
};

enum directory_verdict {
	DIRECTORY_OK,
	DIRECTORY_MISSING,
	DIRECTORY_CONFLICT, /* it has another version */
	DIRECTORY_TAKEN,    /* another has what must be unique */
	DIRECTORY_FULL,
	DIRECTORY_SKILLS_FULL, /* routing tells no more than DIRECTORY_SKILLS_MAX apart */
	DIRECTORY_LAST,	       /* of the users who can sign in none would have the role admin */
	DIRECTORY_LEAVING,     /* the user is half deleted */
	DIRECTORY_UNAVAILABLE, /* Redis did not answer; it may have been done */
};

/* What entity_put, entity_delete and user_leaves answered. */
enum directory_verdict directory_verdict_of(const struct bus_reply *reply);
/* Takes user_leaves back, for a user whose password is still kept. Not waited for: where it gets
 * lost, that is found whenever everything is read. */
void directory_stays(struct bus *bus, const char *user);

/* `entity` as it is now; NULL unless DIRECTORY_OK, and where it was deleted. */
typedef void directory_done(enum directory_verdict verdict, const struct directory_entity *entity,
			    void *context);
/* Copies all of it. `done` may be NULL. */
void directory_put(struct directory *directory, const struct directory_change *change,
		   directory_done *done, void *context);
/* Of `change`: kind, id, by, version. */
void directory_delete(struct directory *directory, const struct directory_change *change,
		      directory_done *done, void *context);

#endif
