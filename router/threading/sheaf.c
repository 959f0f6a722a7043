/* The jobs of one bundle. Its entry is in `back` until all of them are done, so that a router which
 * begins anew does all of them again: each is a step that changes nothing when it is done again. */
#include "router/bus/key.h"
#include "router/threading/job.h"

#include "config/memory.h"

#include <stdlib.h>
#include <string.h>

struct sheaf {
	unsigned generation; /* of the tenure that it belongs to */
	size_t left;	     /* jobs that are not over */
	bool kept;	     /* one of them was not applied: the entry stays */
	char id[JOB_ID_MAX];
};

struct sheaf *sheaf_create(struct threading *threading, struct span id, size_t jobs)
{
	struct sheaf *sheaf = memory_array(1, sizeof(*sheaf));

	sheaf->generation = threading->generation;
	sheaf->left = jobs;
	sheaf->kept = id.length >= sizeof(sheaf->id);
	if (!sheaf->kept)
		memcpy(sheaf->id, id.at, id.length);
	return sheaf;
}

/* While it stays, nothing more is sent by a carrier that a gateway has just taken on (mt_recover).
 */
static void on_removed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct threading *threading = context;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ERROR || !inbox_is_open(threading->inbox))
		return;
	log_event(LOG_ERROR, "bundle_stays", "error=%s", (const char *)bus_reply_span(reply).at);
	threading->counts[THREADING_FAILED]++;
	inbox_restart(threading->inbox);
}

static void remove_entry(const struct sheaf *sheaf, struct threading *threading, unsigned partition)
{
	char key[KEY_MAX];

	bus_args_text(&threading->args, "XDEL");
	bus_args_text(&threading->args, key_back(partition, key));
	bus_args_text(&threading->args, sheaf->id);
	bus_args_send(&threading->args, threading->bus, on_removed, threading);
}

void sheaf_leave(struct job *job)
{
	struct sheaf *sheaf = job->sheaf;
	struct threading *threading = job->threading;

	job->sheaf = NULL;
	sheaf->kept = sheaf->kept || !job->applied;
	if (--sheaf->left > 0)
		return;
	if (!sheaf->kept && sheaf->generation == threading->generation)
		remove_entry(sheaf, threading, job->partition);
	free(sheaf);
}
