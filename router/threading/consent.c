/* What a text means for consent, in every context that it may have been written in; and the answer
 * to it, should the function that applies it decide to send one. */
#include "config/memory.h"
#include "config/settings_route.h"
#include "router/compliance/keywords.h"
#include "router/compliance/record.h"
#include "router/compliance/review.h"
#include "router/compliance/seal.h"
#include "router/compliance/suppression.h"
#include "router/threading/identity.h"
#include "router/threading/job.h"
#include "smpp/segment.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_MAX 768	     /* octets of a rule's number, language and versions */
#define CONFIRM_MS 300000ull /* from the request to its confirmation: 47 CFR 64.1200(a)(12) */

/* When an answer that was accepted then is worth nothing any more. The confirmation of an opt-out,
 * for which was asked at `asked_ms`, may be so from the start: it is kept as one that was not sent.
 */
static uint64_t answer_expires_ms(uint64_t accepted_ms, uint64_t asked_ms, bool confirms,
				  const struct settings_carrier *way)
{
	uint64_t expires_ms = accepted_ms + way->validity_s * 1000ull;

	return confirms && asked_ms + CONFIRM_MS < expires_ms ? asked_ms + CONFIRM_MS : expires_ms;
}

/* The programme's answer to what was heard at `asked_ms` as a message to be sent, should the
 * function decide to send it. That an opt-out is confirmed is the one message that may follow it,
 * so it is never sent twice. */
static bool add_answer(struct job *job, const struct number *number, uint64_t asked_ms,
		       const struct verdict_answer *verdict)
{
	struct bus_args *args = &job->threading->args;
	const struct threading_settings *settings = &job->threading->settings;
	const struct settings_carrier *ways[SETTINGS_WAYS_MAX];
	const struct keywords_reader *keywords =
		keywords_of(settings->keywords, number->number->address, number->programme);
	const char *text = keywords_answer(keywords->programme, verdict);
	struct span ours = span_text(number->number->address);
	struct span customer = job->back ? span_text(job->customer) : job->message.mo.customer;
	char route[SETTINGS_WAYS_TEXT_MAX];
	size_t count = settings_route(settings->settings, ours, customer, number->carrier, ways);
	struct segment_options options;
	struct segment_plan plan;
	struct span span = {(const uint8_t *)text, strlen(text)};
	static uint8_t record[MESSAGE_RECORD_MAX];
	uint8_t random[16];
	char id[IDENTITY_MAX];

	if (!*text || count == 0 || numbers_find(settings->numbers, customer))
		return false;
	options = settings_segments(ways[0]);
	if (segment_plan(span, &options, &plan) != 0)
		return false;
	identity_random(random);
	identity_make(random, job->partition, id);
	struct message answer = {
		.kind = MESSAGE_MT,
		.mt = {
			.id = {(const uint8_t *)id, strlen(id)},
			.carrier = {(const uint8_t *)ways[0]->name, strlen(ways[0]->name)},
			.ours = ours,
			.customer = customer,
			.text = span,
			.class = MESSAGE_INTERACTIVE,
			.receipt = true,
			.accepted_ms = job->back ? (uint64_t)(ev_now(job->threading->loop) * 1000.)
						 : asked_ms,
			.once = verdict->verdict == VERDICT_OPT_OUT,
		}};
	answer.mt.expires_ms =
		answer_expires_ms(answer.mt.accepted_ms, asked_ms, answer.mt.once, ways[0]);
	int length = message_encode(&answer, record, sizeof(record));
	if (length < 0)
		return false;
	/* The rules that it is of may be others when the function has answered. */
	free(job->answer);
	job->answer = memory_text(text);
	job->answer_segments = plan.segments;
	bus_args_field_text(args, "answer", text);
	bus_args_field_text(args, "answer_id", id);
	bus_args_field_text(args, "answer_carrier", ways[0]->name);
	bus_args_field_text(args, "answer_route", settings_route_text(ways, count, route));
	bus_args_field_integer(args, "answer_expires", (int64_t)answer.mt.expires_ms);
	bus_args_field(args, "answer_record", (struct span){record, (size_t)length});
	bus_args_field_integer(args, "answer_segs", plan.segments);
	return true;
}

/* Of each verdict that there is a letter, and of its first answer the rule. */
static char letter_of(enum verdict verdict)
{
	return "NOIHA"[verdict];
}

static void add_rules(struct job *job, const struct number *number, const char *version,
		      const struct verdict_answer answers[VERDICT_CONTEXTS])
{
	struct bus_args *args = &job->threading->args;
	bool seen[VERDICT_AMBIGUOUS + 1] = {[VERDICT_NONE] = true};
	bool answered = false;

	for (unsigned i = 0; i < VERDICT_CONTEXTS; i++) {
		const struct verdict_answer *answer = &answers[i];
		char field[] = {'r', 'u', 'l', 'e', ':', letter_of(answer->verdict), 0};
		char rule[RULE_MAX], letter[] = {field[5], 0};
		if (seen[answer->verdict])
			continue;
		seen[answer->verdict] = true;
		snprintf(rule, sizeof(rule), "%u %s %s", answer->rule, answer->language, version);
		bus_args_field_text(args, field, rule);
		/* No text has two verdicts that are answered. */
		if (answered || !add_answer(job, number, job->message.mo.heard_ms, answer))
			continue;
		bus_args_field_text(args, "answers", letter);
		answered = true;
	}
}

/* What the keyword is about: the number's scope, or one category of its programme's messages; and
 * what an opt-in lifts. */
static void add_scope(struct job *job, const struct number *number,
		      const struct verdict_answer *answer)
{
	struct bus_args *args = &job->threading->args;
	const struct settings_programme *programme = number->programme;
	size_t count = programme ? programme->categories_count : 0;
	char scope[NUMBERS_CATEGORY_MAX],
		lifts[(SETTINGS_CATEGORIES_MAX + 1) * sizeof(scope) + sizeof(number->lost) +
		      sizeof(number->lost_categories)];
	int length = snprintf(lifts, sizeof(lifts), "%s%s%s", number->scope, number->lost,
			      number->lost_categories);

	if (programme && answer->category && answer->category <= count) {
		suppression_category(programme->name,
				     programme->categories[answer->category - 1].name, scope,
				     sizeof(scope));
		bus_args_field_text(args, "scope", scope);
	} else {
		bus_args_field_text(args, "scope", number->scope);
	}
	for (size_t i = 0; i < count; i++) {
		suppression_category(programme->name, programme->categories[i].name, scope,
				     sizeof(scope));
		length += snprintf(lifts + length, sizeof(lifts) - (size_t)length, "|%s", scope);
	}
	bus_args_field_text(args, "lifts", lifts);
	bus_args_field_text(args, "answer_again", programme && programme->confirm_again ? "1" : "");
}

static void add_evidence(struct job *job)
{
	struct bus_args *args = &job->threading->args;
	const struct threading_settings *settings = &job->threading->settings;
	const struct message_mo *mo = &job->message.mo;
	struct span record = {job->record, job->record_length};
	struct span heard = {job->heard, job->heard_length};
	unsigned hour = settings->settings->compliance.review_hour;

	if (heard.length)
		record = heard;
	bus_args_field(args, "record", record);
	bus_args_field_integer(args, "review_due", (int64_t)review_due_ms(mo->heard_ms, hour));
	bus_args_field_integer(args, "review_late", (int64_t)review_late_ms(mo->heard_ms));
	seal_add(settings->seal, args,
		 &(struct seal_beside){.customer = mo->customer, .evidence = record});
}

/* What the text means to that number. False for nothing. */
static bool add_meaning(struct job *job, const struct number *number)
{
	struct bus_args *args = &job->threading->args;
	struct span text = {(const uint8_t *)job->text, job->text_length};
	struct verdict_answer answers[VERDICT_CONTEXTS];
	char letters[VERDICT_CONTEXTS + 1] = "";
	bool same = true;

	const struct keywords_reader *keywords = keywords_of(
		job->threading->settings.keywords, number->number->address, number->programme);
	verdict_read_all(keywords->reader, text, answers);
	for (unsigned i = 0; i < VERDICT_CONTEXTS; i++) {
		letters[i] = letter_of(answers[i].verdict);
		same = same && letters[i] == letters[0];
	}
	letters[same ? 1 : VERDICT_CONTEXTS] = '\0';
	bus_args_field(args, "ours", job->message.mo.ours);
	bus_args_field(args, "customer", job->message.mo.customer);
	bus_args_field_text(args, "carrier", number->number->carrier);
	bus_args_field_text(args, "verdicts", letters);
	bus_args_field_text(args, "mark", keywords->mark);
	if (strcmp(letters, "N") == 0)
		return false;
	bus_args_field_text(args, "scopes", number->scopes);
	/* A category is named by a rule that looks at no context. */
	add_scope(job, number, &answers[0]);
	add_rules(job, number, keywords->version, answers);
	add_evidence(job);
	return true;
}

void consent_add(struct job *job)
{
	(void)add_meaning(job, job_number(job));
}

void consent_add_stray(struct job *job)
{
	struct span ours = job->message.mo.ours;
	char address[ADDRESS_MAX + 1], none[] = "";
	const struct settings_number settings = {.address = address, .carrier = none};
	const struct number number = {.number = &settings, .scope = "all", .scopes = "all"};

	snprintf(address, sizeof(address), "%.*s", (int)ours.length,
		 ours.length ? (const char *)ours.at : "");
	if (!add_meaning(job, &number))
		bus_args_field(&job->threading->args, "record",
			       (struct span){job->record, job->record_length});
}

/* What a record of functions/review.lua says, `<review>\t<ours>\t<rule>\t<heard, ms>`, between its
 * tabs. */
static struct span confirm_field(const struct job *job, unsigned field)
{
	struct span rest = {job->record, job->record_length};

	for (;; field--) {
		const uint8_t *tab = rest.length ? memchr(rest.at, '\t', rest.length) : NULL;
		struct span one = {rest.at, tab ? (size_t)(tab - rest.at) : rest.length};
		if (field == 0)
			return one;
		rest.at += one.length + (tab ? 1 : 0);
		rest.length -= one.length + (tab ? 1 : 0);
	}
}

/* `9 en …` → `en`, "" for none. */
static void read_language(struct span rule, char language[RULES_LANGUAGE_MAX])
{
	const uint8_t *blank = rule.length ? memchr(rule.at, ' ', rule.length) : NULL;
	size_t left = blank ? rule.length - (size_t)(blank + 1 - rule.at) : 0;
	size_t length = 0;

	while (length < left && length < RULES_LANGUAGE_MAX - 1 && blank[1 + length] != ' ') {
		language[length] = (char)blank[1 + length];
		length++;
	}
	language[length] = '\0';
}

void consent_confirm(struct job *job)
{
	struct bus_args *args = job_call(job, "review_confirm");
	const struct number *number =
		numbers_find(job->threading->settings.numbers, confirm_field(job, 1));
	char language[RULES_LANGUAGE_MAX];
	struct verdict_answer verdict = {.verdict = VERDICT_OPT_OUT, .language = language};
	uint64_t heard_ms = 0;

	/* Where nobody knows when it was asked for, it is too late. */
	(void)record_number(confirm_field(job, 3), &heard_ms);
	read_language(confirm_field(job, 2), language);
	bus_args_field_integer(args, "now", (int64_t)(ev_now(job->threading->loop) * 1000.));
	bus_args_field(args, "id", confirm_field(job, 0));
	if (number) {
		bus_args_field_text(args, "scopes", number->scopes);
		(void)add_answer(job, number, heard_ms, &verdict);
	}
	bus_args_send(args, job->threading->bus, job_on_applied, job);
}
