/*
 * The floor at its size, over a real Redis: agents with skills and queues, conversations that are
 * open, conversations that wait in one queue with different sets of skills. Agents are freed, first
 * as fast as they are given something, then at a pace, and the time from an agent being freed until
 * Redis has made their offer is measured. Prints one line of JSON.
 */
#include "tests/bench/floor_world.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_FLIGHT 64 /* agents who are free at once, while it goes as fast as it can */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of one run. */
struct run {
	struct floor_world *world;
	double *freed_at; /* by agent; 0: they have all that they can take */
	double *took;	  /* from freed to offered */
	size_t assigned, wanted;
	unsigned next;
};

static void free_one(struct run *run)
{
	unsigned agent = run->next++ % run->world->agents;

	/* Every agent is freed in turn, so this one was given something long ago. */
	if (run->freed_at[agent] > 0)
		return;
	run->freed_at[agent] = seconds();
	floor_world_free(run->world, agent);
}

static void on_offer(unsigned agent, void *context)
{
	struct run *run = context;
	double freed_at = run->freed_at[agent];

	run->freed_at[agent] = 0;
	if (freed_at > 0 && run->assigned < run->wanted)
		run->took[run->assigned++] = seconds() - freed_at;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* `rate` a second, or with 0 as fast as it goes. */
static double assign(struct run *run, size_t count, double rate)
{
	double begun = seconds();
	size_t given = 0;

	run->assigned = 0;
	run->wanted = count;
	while (run->assigned < count) {
		size_t due =
			rate > 0 ? (size_t)((seconds() - begun) * rate) : run->assigned + IN_FLIGHT;
		for (; given < due && given < count; given++)
			free_one(run);
		floor_world_turn(run->world);
		if (seconds() - begun > 60 + (rate > 0 ? (double)count / rate : 0)) {
			fprintf(stderr, "%zu of %zu were given something\n", run->assigned, count);
			exit(1);
		}
	}
	qsort(run->took, count, sizeof(double), compare);
	return seconds() - begun;
}

static double ms_at(const struct run *run, double share)
{
	return run->took[(size_t)((double)(run->wanted - 1) * share)] * 1000;
}

static void measure(struct floor_world *world, const struct floor_world_size *size)
{
	struct run run = {.world = world};

	run.freed_at = calloc(size->agents, sizeof(double));
	run.took = calloc(size->assignments, sizeof(double));
	if (!run.freed_at || !run.took)
		abort();
	floor_world_on_offer(world, on_offer, &run);
	assign(&run, size->assignments / 4 + 1, 0);
	double all_s = assign(&run, size->assignments, 0);
	printf("\"per_s\":%.0f,\"burst_p99_ms\":%.3f,", (double)size->assignments / all_s,
	       ms_at(&run, 0.99));
	assign(&run, size->assignments, size->rate);
	printf("\"rate\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,", size->rate,
	       ms_at(&run, 0.5), ms_at(&run, 0.99), ms_at(&run, 1));
	free(run.freed_at);
	free(run.took);
}

static const char usage[] =
	"bindery-bench-floor --socket PATH [--agents N] [--queues N] [--waiting N] [--open N]\n"
	"    [--sets N] [--assignments N] [--rate N]\n";

static unsigned number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || value == 0 || value > 10000000) {
		fputs(usage, stderr);
		exit(2);
	}
	return (unsigned)value;
}

int main(int argc, char **argv)
{
	struct floor_world_size size = {.agents = 5000,
					.queues = 5000,
					.waiting = 50000,
					.open = 100000,
					.sets = 40,
					.assignments = 20000,
					.rate = 1000};
	static const struct option options[] = {{"socket", required_argument, NULL, 's'},
						{"agents", required_argument, NULL, 'a'},
						{"queues", required_argument, NULL, 'q'},
						{"waiting", required_argument, NULL, 'w'},
						{"open", required_argument, NULL, 'o'},
						{"sets", required_argument, NULL, 'k'},
						{"assignments", required_argument, NULL, 'n'},
						{"rate", required_argument, NULL, 'r'},
						{NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned *to = option == 'a'   ? &size.agents
			       : option == 'q' ? &size.queues
			       : option == 'w' ? &size.waiting
			       : option == 'o' ? &size.open
			       : option == 'k' ? &size.sets
			       : option == 'n' ? &size.assignments
					       : NULL;
		if (option == 's')
			size.socket = optarg;
		else if (option == 'r')
			size.rate = number(optarg);
		else if (to)
			*to = number(optarg);
		else
			size.socket = NULL;
	}
	if (!size.socket || size.open < size.waiting + size.agents) {
		fputs(usage, stderr);
		return 2;
	}
	printf("{");
	struct floor_world *world = floor_world_create(&size);
	measure(world, &size);
	floor_world_finish(world);
	printf("\"complete\":true}\n");
	return 0;
}
