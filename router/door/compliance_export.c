/* Which lists there are as files, and the ledger, its last signed head, and the key of both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/transcript.h"
#include "router/door/compliance_file.h"

static const char *const consent_columns[] = {
	"dateReceived", "dateEffective", "what",    "number", "scope",	 "source", "rule", "by",
	"approvedBy",	"note",		 "inForce", "ours",   "batchId", "rows",   "id",   NULL};
static const char *const blocked_columns[] = {"date",	      "number",	   "ours",    "by",
					      "where",	      "scope",	   "entryId", "batchId",
					      "conversation", "messageId", NULL};
static const char *const review_columns[] = {
	"dateCreated", "number",	"ours", "scope",  "rule",
	"texts.text",  "state",		"by",	"reason", "dateDecided",
	"dateDue",     "dateEscalated", "told", "id",	  NULL};
static const char *const removal_columns[] = {
	"dateCreated", "number",       "scope", "narrowTo", "batchId", "by", "reason", "reference",
	"answeredBy",  "dateAnswered", "state", "taken",    "whole",   "id", NULL};

void comply_export(struct comply *comply)
{
	char list[COMPLY_PATH_MAX];
	struct comply_wish wish;
	struct comply_sheet sheet = {0};

	comply_path(comply, list);
	if (strcmp(list, "consent") == 0) {
		sheet.name = "consent";
		sheet.columns = consent_columns;
		if (comply_consent_source(comply, &wish, &sheet.source))
			comply_sheet_send(comply, &sheet, sizeof(wish));
		return;
	}
	if (strcmp(list, "report") == 0) {
		comply_report_send(comply);
		return;
	}
	if (strcmp(list, "suppressions") == 0) {
		comply_roll_send(comply);
		return;
	}
	if (strcmp(list, "evidence") == 0) {
		comply_dossier_send(comply);
		return;
	}
	if (strcmp(list, "blocked") == 0) {
		sheet.columns = blocked_columns;
		comply_blocked_source(&sheet.source);
	} else if (strcmp(list, "reviews") == 0) {
		sheet.columns = review_columns;
		comply_reviews_source(&sheet.source);
	} else if (strcmp(list, "removals") == 0) {
		sheet.columns = removal_columns;
		comply_removals_source(&sheet.source);
	} else {
		http_error(comply->request, 404, "not.found", "There is no such list.", NULL);
		return;
	}
	sheet.name = list;
	comply_sheet_send(comply, &sheet, 0);
}

struct copying {
	struct comply_file file;
	struct transcript transcript;
};

static void on_answer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct copying *copying = context;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		comply_file_fail(&copying->file);
		return;
	}
	transcript_take(&copying->transcript, reply, copying->file.out);
	copying->file.rows = copying->transcript.records;
	comply_file_piece(&copying->file);
}

static void copy_more(struct comply_file *file)
{
	struct copying *copying = (struct copying *)file;
	struct bus_args args;

	bus_args_init(&args);
	if (transcript_ask(&copying->transcript, &args, file->out))
		comply_send(&file->comply, &args, on_answer, copying);
	else
		comply_file_end(file);
	bus_args_finish(&args);
}

/* What comes before the records. */
static void copy_first(struct comply_file *file)
{
	struct copying *copying = (struct copying *)file;
	const struct compliance_links *links = &comply_place(&file->comply)->links;

	file->more = copy_more;
	/* No heads are what verify says. */
	(void)!transcript_begin(&copying->transcript, links->archive,
				links->settings->ledger.directory,
				links->settings->redis.partitions, file->out);
	copy_more(file);
}

void comply_ledger(struct comply *comply)
{
	struct copying *copying = comply_keep(comply, sizeof(*copying));
	struct comply_file *file = &copying->file;

	snprintf(file->name, sizeof(file->name), "ledger");
	file->type = "text/plain; charset=utf-8";
	file->ending = "ledger";
	file->more = copy_first;
	comply_file_begin(file);
}

static void take_head(struct span text, const char *name, void *context)
{
	char **kept = context;

	(void)name;
	free(*kept);
	*kept = memory_copy(text.at, text.length);
}

void comply_head(struct comply *comply)
{
	char *head = NULL;

	(void)!archive_newest(comply_place(comply)->links.archive, take_head, &head);
	if (!head) {
		http_error(comply->request, 404, "not.found",
			   "No head has been signed yet: nothing has happened.", NULL);
		return;
	}
	http_answer(comply->request, &(struct http_answer){
					     .status = 200,
					     .type = "text/plain; charset=utf-8",
					     .body = {(uint8_t *)head, strlen(head)},
					     .headers = "Content-Disposition: attachment; "
							"filename=\"bindery-head.txt\"\r\n",
				     });
	free(head);
}

void comply_key(struct comply *comply)
{
	char pem[SEAL_PEM_MAX];
	size_t length = seal_public_pem(comply_place(comply)->links.seal, pem);

	http_answer(comply->request, &(struct http_answer){
					     .status = 200,
					     .type = "application/x-pem-file",
					     .body = {(uint8_t *)pem, length},
					     .headers = "Content-Disposition: attachment; "
							"filename=\"bindery-public.pem\"\r\n",
				     });
}
