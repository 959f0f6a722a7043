/* Results between what they have named and what they have changed, by the carrier's id. */
#include "config/memory.h"
#include "router/threading/job.h"

#include <string.h>

static struct job **bucket_of(struct threading *threading, const char *name)
{
	return &threading->underway[span_hash(span_text(name)) % UNDERWAY_BUCKETS];
}

void underway_add(struct job *job, const char *name)
{
	struct job **bucket = bucket_of(job->threading, name);

	job->meeting = memory_text(name);
	job_queue_init(&job->receipts);
	job->alike = *bucket;
	*bucket = job;
}

struct job *underway_find(struct threading *threading, const char *name)
{
	struct job *job = *bucket_of(threading, name);

	while (job && (job->generation != threading->generation || strcmp(job->meeting, name) != 0))
		job = job->alike;
	return job;
}

void underway_wait(struct job *result, struct job *receipt)
{
	job_queue_put(&result->receipts, receipt);
}

void underway_remove(struct job *job)
{
	struct job **at, *receipt;

	if (!job->meeting)
		return;
	at = bucket_of(job->threading, job->meeting);
	while (*at != job)
		at = &(*at)->alike;
	*at = job->alike;
	while ((receipt = job_queue_next(&job->receipts)))
		job_finish(&receipt);
}
