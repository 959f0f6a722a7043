#include "gateway/lease.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/log.h"
#include "gateway/clock.h"
#include "gateway/store.h"
#include "router/bus/key.h"

#define MACHINE_MAX 96
#define STAT_MAX 1024
#define STARTED_FIELD 22 /* of /proc/<pid>/stat, proc(5) */

static void read_line(const char *path, char *out, size_t capacity)
{
	FILE *file = fopen(path, "re");

	*out = '\0';
	if (!file)
		return;
	if (!fgets(out, (int)capacity, file))
		*out = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(file);
}

/* The line of /proc/<pid>/stat behind the process's name, "" where it is not to be seen. */
static const char *stat_of(long pid, char line[STAT_MAX])
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	read_line(path, line, STAT_MAX);
	const char *at = strrchr(line, ')'); /* its second field, a name of any characters */
	return at ? at : "";
}

/* When the process began, in the kernel's ticks; 0 where that is not to be seen. */
static unsigned long long started(const char *stat)
{
	for (unsigned i = 2; stat && *stat && i < STARTED_FIELD; i++)
		stat = strchr(stat + 1, ' ');
	return stat ? strtoull(stat, NULL, 10) : 0;
}

/* Another user's processes are hidden by systemd's ProtectProc=invisible, but can be asked for. */
static bool has_ended(long pid, unsigned long long began)
{
	char line[STAT_MAX];
	const char *stat = stat_of(pid, line);

	if (!*stat)
		return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
	return strncmp(stat, ") Z", 3) == 0 || strncmp(stat, ") X", 3) == 0 ||
	       started(stat) != began;
}

/* The running kernel, or the machine, and the namespace of pids. */
static void machine(char out[MACHINE_MAX])
{
	char boot[48], space[32];
	ssize_t length = readlink("/proc/self/ns/pid", space, sizeof(space) - 1);

	space[length > 0 ? length : 0] = '\0';
	read_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	if (!*boot) /* hidden by systemd's ProcSubset=pid */
		read_line("/etc/machine-id", boot, sizeof(boot));
	/* Without either it is no machine in particular, and nobody is known to be gone from it. */
	snprintf(out, MACHINE_MAX, "%s%s%s", *space ? boot : "", *boot && *space ? "/" : "",
		 *boot ? space : "");
}

void lease_name(const char *instance, char out[LEASE_OWNER_MAX])
{
	char here[MACHINE_MAX], line[STAT_MAX];
	long pid = (long)getpid();

	machine(here);
	snprintf(out, LEASE_OWNER_MAX, "%.64s %s %ld %llu", instance, here, pid,
		 started(stat_of(pid, line)));
}

struct span lease_instance(const char *owner)
{
	const char *end = owner + strlen(owner);

	for (unsigned blanks = 0; end > owner && blanks < 3;)
		blanks += *--end == ' ';
	return (struct span){(const uint8_t *)owner, (size_t)(end - owner)};
}

bool lease_owner_is_gone(const char *owner)
{
	struct span instance = lease_instance(owner);
	const char *at = owner + instance.length;
	char here[MACHINE_MAX + 2], machine_of[MACHINE_MAX];
	size_t length;
	char *end;
	long pid;

	machine(machine_of);
	length = (size_t)snprintf(here, sizeof(here), " %s ", machine_of);
	if (instance.length == 0 || !*machine_of || strncmp(at, here, length) != 0)
		return false;
	pid = strtol(at + length, &end, 10);
	return pid > 0 && *end == ' ' && has_ended(pid, strtoull(end, NULL, 10));
}

void lease_init(struct lease *lease, const struct lease_setup *setup)
{
	*lease = (struct lease){.setup = *setup};
	lease_name(setup->instance, lease->owner);
}

static void ask(struct lease *lease, const char *dead);

static void change(struct lease *lease, enum lease_change what)
{
	lease->setup.changed(what, lease->setup.context);
}

static void on_ours(struct lease *lease, uint64_t number)
{
	bool ran_out = clock_ms() >= lease->until_ms;
	bool begins = number != lease->number;

	lease->other[0] = '\0';
	lease->number = number;
	lease->until_ms = lease->asked_ms + LEASE_MS - LEASE_SPARE_MS;
	if (begins)
		change(lease, LEASE_BEGINS);
	else if (ran_out)
		change(lease, LEASE_GOES_ON);
}

static void on_others(struct lease *lease, struct span owner)
{
	bool known = lease_is_others(lease), was_ours = lease->number != 0;
	char other[LEASE_OWNER_MAX];

	snprintf(other, sizeof(other), "%.*s", (int)owner.length, (const char *)owner.at);
	if (lease_owner_is_gone(other)) {
		ask(lease, other);
		return;
	}
	memcpy(lease->other, other, sizeof(other));
	lease->number = lease->until_ms = 0;
	if (was_ours)
		change(lease, LEASE_LOST);
	else if (!known)
		change(lease, LEASE_REFUSED);
}

static void on_answer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct lease *lease = context;
	struct span word = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	lease->asked = false;
	if (lease->ended)
		return;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "lease_failed", "carrier=%s why=%.*s",
			  lease->setup.carrier->name, (int)bus_reply_span(reply).length,
			  (const char *)bus_reply_span(reply).at);
	else if (span_is(word, "ok"))
		on_ours(lease, (uint64_t)bus_reply_integer(bus_reply_at(reply, 1)));
	else if (span_is(word, "held"))
		on_others(lease, bus_reply_span(bus_reply_at(reply, 1)));
}

static void call(struct lease *lease, const char *function, const char *dead, bus_done *done)
{
	struct bus_args arguments;

	bus_args_init(&arguments);
	bus_args_call(&arguments, function, KEY_GATEWAY_TAG);
	bus_args_field_text(&arguments, "carrier", lease->setup.carrier->name);
	bus_args_field_text(&arguments, "owner", lease->owner);
	bus_args_field_integer(&arguments, "ttl", LEASE_MS);
	bus_args_field_text(&arguments, "dead", dead);
	bus_args_send(&arguments, lease->setup.store->bus, done, lease);
	bus_args_finish(&arguments);
}

static void ask(struct lease *lease, const char *dead)
{
	lease->asked = true;
	lease->asked_ms = clock_ms();
	call(lease, "carrier_lease", dead, on_answer);
}

void lease_ask(struct lease *lease)
{
	if (!lease->asked && !lease->ended && bus_is_ready(lease->setup.store->bus))
		ask(lease, "");
}

void lease_end(struct lease *lease)
{
	if (lease->number && bus_is_ready(lease->setup.store->bus))
		call(lease, "carrier_lease_end", "", NULL);
	lease->number = lease->until_ms = 0;
	lease->ended = true;
}

bool lease_is_ours(const struct lease *lease, uint64_t now_ms)
{
	return lease->number && now_ms < lease->until_ms;
}

bool lease_is_others(const struct lease *lease)
{
	return lease->other[0] != '\0';
}
