/* See compliance_file.h. */
#include "router/door/compliance_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/log.h"
#include "config/memory.h"
#include "config/scratch.h"
#include "router/door/session.h"

#define STAMP_MAX 20

static void close_piece(struct comply_file *file)
{
	if (file->out)
		fclose(file->out);
	free(file->bytes);
	file->out = NULL;
	file->bytes = NULL;
	file->length = 0;
}

void comply_file_about(struct comply_file *file, const char *field, const char *value)
{
	size_t length = strlen(file->about);

	if (!value || !*value)
		return;
	snprintf(file->about + length, sizeof(file->about) - length, "%s%s\t\t%.200s",
		 length ? "\n" : "", field, value);
	for (char *at = file->about + length + (length > 0) + strlen(field) + 2; *at; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7F)
			*at = ' ';
	}
}

void comply_file_asked(struct comply_file *file, const char *const names[])
{
	for (size_t i = 0; names[i]; i++)
		comply_file_about(file, names[i], http_query(file->comply.request, names[i]));
}

void comply_file_csv(struct comply_file *file, const char *list)
{
	snprintf(file->name, sizeof(file->name), "%s", list);
	file->type = "text/csv; charset=utf-8; header=present";
	file->ending = "csv";
}

/* A line of the audit: how far it is, and what it is of. */
static void tell(struct comply_file *file, const char *state, bus_done *done, void *context)
{
	struct bus_args args;
	char what[COMPLY_ABOUT_MAX + 96];

	snprintf(what, sizeof(what), "state\t\t%s\nrows\t\t%" PRIu64 "%s%s", state, file->rows,
		 file->about[0] ? "\n" : "", file->about);
	bus_args_init(&args);
	bus_args_call(&args, "copied", KEY_ACD_TAG);
	bus_args_field_text(&args, "who", file->comply.who);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	bus_args_field_text(&args, "id", file->name);
	bus_args_field_text(&args, "what", what);
	comply_send(&file->comply, &args, done, context);
	bus_args_finish(&args);
}

static void file_destroy(struct comply_file *file)
{
	if (file->finish)
		file->finish(file);
	close_piece(file);
	free(file);
}

static void on_over(bool whole, void *context)
{
	struct comply_file *file = context;

	if (!file->told)
		tell(file, "broken off", NULL, NULL);
	log_event(LOG_INFO, "export", "list=%s who=%s rows=%" PRIu64 " whole=%d", file->name,
		  file->comply.who, file->rows, whole);
	file_destroy(file);
}

static void on_more(struct http_request *request, void *context)
{
	struct comply_file *file = context;

	(void)request;
	if (!file->out)
		file->out = scratch_open(&file->bytes, &file->length);
	file->more(file);
}

void comply_file_piece(struct comply_file *file)
{
	struct http_request *request = file->comply.request;
	char *bytes;

	fclose(file->out);
	file->out = NULL;
	/* The file may be gone behind http_piece(). */
	bytes = file->bytes;
	file->bytes = NULL;
	http_piece(request, (struct span){(uint8_t *)bytes, file->length});
	free(bytes);
}

static void on_ended(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct comply_file *file = context;

	(void)bus;
	/* What the audit does not know of has not been taken whole. */
	file->told = bus_reply_type(reply) == BUS_ARRAY;
	http_end(file->comply.request, file->told);
}

/* The end of the content; the audit is told before the end of the answer. */
static void end_told(struct comply_file *file)
{
	tell(file, "whole", on_ended, file);
}

void comply_file_end(struct comply_file *file)
{
	fflush(file->out);
	if (!file->length) {
		end_told(file);
		return;
	}
	file->more = end_told;
	comply_file_piece(file);
}

void comply_file_fail(struct comply_file *file)
{
	http_end(file->comply.request, false);
}

static void on_told(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct comply_file *file = context;
	struct http_source source = {.more = on_more, .over = on_over, .context = file};
	char headers[160], stamp[STAMP_MAX];
	time_t now = time(NULL);
	struct tm utc;

	(void)bus;
	if (!comply_answered(&file->comply, reply)) {
		file_destroy(file);
		return;
	}
	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(headers, sizeof(headers),
		 "Content-Disposition: attachment; filename=\"bindery-%s-%s.%s\"\r\n", file->name,
		 stamp, file->ending);
	struct http_answer answer = {.status = 200, .type = file->type, .headers = headers};
	if (!http_stream(file->comply.request, &answer, &source)) {
		tell(file, "refused", NULL, NULL);
		file_destroy(file);
	}
}

void comply_file_begin(struct comply_file *file)
{
	tell(file, "begun", on_told, file);
}
