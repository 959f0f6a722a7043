#include "config/settings_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "config/secret.h"
#include "config/settings_names.h"
#include "config/settings_skills.h"
#include "smpp/gsm7.h"
#include "smpp/pdu.h"
#include "smpp/tlv.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct settings_mark {
	const void *at;
	char *file;
	unsigned line;
};

void settings_errors_finish(struct settings_errors *errors)
{
	for (size_t i = 0; i < errors->marks_count; i++)
		free(errors->marks[i].file);
	free(errors->marks);
	errors->marks = NULL;
	errors->marks_count = 0;
}

void settings_error(struct settings_errors *errors, const char *file, unsigned line,
		    const char *label, const char *text)
{
	char message[SETTINGS_ERROR_MAX];

	if (!file)
		file = errors->file;
	if (line)
		snprintf(message, sizeof(message), "%s:%u: %s%s", file, line, label, text);
	else
		snprintf(message, sizeof(message), "%s: %s%s", file, label, text);
	errors->count++;
	errors->report(message, errors->context);
}

void settings_remember(struct settings_errors *errors, const void *at, const char *file,
		       unsigned line)
{
	struct settings_mark *mark;

	if (errors->marks_count == errors->marks_capacity) {
		errors->marks_capacity = errors->marks_capacity ? errors->marks_capacity * 2 : 64;
		errors->marks = memory_resize(errors->marks, errors->marks_capacity, sizeof(*mark));
	}
	mark = &errors->marks[errors->marks_count++];
	*mark = (struct settings_mark){at, file ? memory_text(file) : NULL, line};
}

static int mark_order(const void *a, const void *b)
{
	const struct settings_mark *one = a, *other = b;

	return (one->at > other->at) - (one->at < other->at);
}

/* Where the struct at `at` came from, or NULL. */
static const struct settings_mark *find_mark(const struct settings_errors *errors, const void *at)
{
	const struct settings_mark wanted = {.at = at};

	return errors->marks_count ? bsearch(&wanted, errors->marks, errors->marks_count,
					     sizeof(wanted), mark_order)
				   : NULL;
}

void settings_complain(struct settings_errors *errors, const void *at, const char *label,
		       const char *format, ...)
{
	const struct settings_mark *mark = find_mark(errors, at);
	char text[SETTINGS_ERROR_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	settings_error(errors, mark ? mark->file : NULL, mark ? mark->line : 0, label, text);
}

struct secret {
	const void *owner;
	const char *label;
	char **password;
	const char *file;
	size_t max;
};

static void check_secret(struct settings_errors *errors, const struct secret *secret)
{
	char place[SECRET_PLACE_MAX];

	if (!*secret->file)
		return;
	if (**secret->password) {
		settings_complain(errors, secret->owner, secret->label,
				  "password and password_file are both given");
		return;
	}
	bool elsewhere = secret_is_elsewhere(secret->file);
	if (elsewhere && (errors->secrets & SETTINGS_SECRETS_ELSEWHERE))
		return;
	char *content = secret_read(secret->file);
	if (!content) {
		settings_complain(errors, secret->owner, secret->label, "password_file %s: %s%s%s",
				  secret->file, elsewhere ? secret_place(secret->file, place) : "",
				  elsewhere ? ", where a unit that runs has it: " : "",
				  strerror(errno));
		return;
	}
	if (strlen(content) > secret->max)
		settings_complain(errors, secret->owner, secret->label,
				  "the password in %s is %zu octets long, allowed 0..%zu",
				  secret->file, strlen(content), secret->max);
	free(*secret->password);
	*secret->password = content;
}

/* A key or a certificate may be a credential too; from here on it is the file that it is. */
static void place_file(char **path)
{
	char place[SECRET_PLACE_MAX];

	if (secret_is_elsewhere(*path))
		return;
	char *placed = memory_text(secret_place(*path, place));
	free(*path);
	*path = placed;
}

static void check_redis(struct settings *settings, struct settings_errors *errors)
{
	struct settings_redis *redis = &settings->redis;
	struct secret secret = {redis, "redis: ", &redis->password, redis->password_file, 512};

	if (!*redis->socket && !*redis->host)
		settings_complain(errors, redis, "redis: ", "neither socket nor host is given");
	check_secret(errors, &secret);
}

static void check_http(struct settings *settings, struct settings_errors *errors)
{
	struct settings_http *http = &settings->http;

	place_file(&http->certificate);
	place_file(&http->private_key);
	if (!*http->certificate != !*http->private_key)
		settings_complain(errors, http, "http: ",
				  "certificate and private_key are given together or not at all");
}

static bool address_literal(const char *text)
{
	struct in6_addr six;
	struct in_addr four;

	return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1;
}

/* How the carrier is reached. */
static void check_connection(const struct settings_carrier *carrier, const char *label,
			     struct settings_errors *errors)
{
	if (carrier->hosts_count == 0 && carrier->outbind.port == 0)
		settings_complain(errors, carrier, label,
				  "neither hosts nor outbind.port is given");
	if (carrier->tls && carrier->outbind.port)
		settings_complain(errors, carrier, label, "outbind has no TLS, but tls is true");
	if (!*carrier->tls_certificate != !*carrier->tls_private_key)
		settings_complain(
			errors, carrier, label,
			"tls_certificate and tls_private_key are given together or not at all");
	if (carrier->interface_version < 0x34 &&
	    (carrier->concatenation == SEGMENT_SAR || carrier->concatenation == SEGMENT_PAYLOAD))
		settings_complain(errors, carrier, label,
				  "concatenation sar and payload need interface_version 3.4");
}

static void check_languages(const struct settings_carrier *carrier, const char *label,
			    struct settings_errors *errors)
{
	uint8_t language;

	for (size_t i = 0; i < carrier->languages_count; i++) {
		if (gsm7_language(carrier->languages[i], &language) != 0)
			settings_complain(
				errors, carrier, label,
				"language \"%s\", allowed turkish, spanish, portuguese, bengali, "
				"gujarati, hindi, kannada, malayalam, oriya, punjabi, tamil, "
				"telugu, urdu",
				carrier->languages[i]);
	}
}

/* Those that say what the message is are the gateway's own. */
static bool tag_is_ours(unsigned tag)
{
	return tag == TLV_MESSAGE_PAYLOAD || tag == TLV_SAR_MSG_REF_NUM ||
	       tag == TLV_SAR_TOTAL_SEGMENTS || tag == TLV_SAR_SEGMENT_SEQNUM;
}

static void check_tlvs(const struct settings_carrier *carrier, const char *label,
		       struct settings_errors *errors)
{
	uint8_t value[SETTINGS_TLV_OCTETS_MAX];

	for (size_t i = 0; i < carrier->tlvs_count; i++) {
		const struct settings_tlv *tlv = &carrier->tlvs[i];
		if (tlv->tag == 0)
			settings_complain(errors, tlv, label,
					  "tag is missing in an element of tlvs");
		if (tag_is_ours(tlv->tag))
			settings_complain(errors, tlv, label,
					  "tag 0x%04X of tlvs is set by concatenation alone",
					  tlv->tag);
		if (*tlv->text && *tlv->hex)
			settings_complain(
				errors, tlv, label,
				"an element of tlvs has text and hex, allowed is one of them");
		if (settings_tlv_value(tlv, value) < 0)
			settings_complain(errors, tlv, label,
					  "hex \"%s\" of tlvs is not pairs of hexadecimal digits",
					  tlv->hex);
	}
}

static void check_tlv_names(const struct settings_carrier *carrier, const char *label,
			    struct settings_errors *errors)
{
	for (size_t i = 0; i < carrier->tlv_names_count; i++) {
		const struct tlv_naming *naming = &carrier->tlv_names[i];
		if (naming->tag == 0)
			settings_complain(errors, naming, label,
					  "tag is missing in an element of tlv_names");
		if (naming->name[strspn(naming->name, NAME_CHARACTERS)])
			settings_complain(
				errors, naming, label,
				"name \"%s\" of tlv_names has a character other than letters, "
				"digits, . _ -",
				naming->name);
		for (size_t j = 0; j < i; j++) {
			if (carrier->tlv_names[j].tag != naming->tag &&
			    strcmp(carrier->tlv_names[j].name, naming->name) != 0)
				continue;
			settings_complain(errors, naming, label,
					  "tag 0x%04X or name \"%s\" of tlv_names is there twice",
					  naming->tag, naming->name);
			break;
		}
	}
}

/* Of two for one status the second would never be asked. */
static void check_statuses(const struct settings_carrier *carrier, const char *label,
			   struct settings_errors *errors)
{
	for (size_t i = 0; i < carrier->statuses_count; i++) {
		const struct settings_status *one = &carrier->statuses[i];
		size_t j = 0;
		if (one->status == 0)
			settings_complain(errors, one, label,
					  "status is missing in an element of statuses");
		while (one->status && carrier->statuses[j].status != one->status)
			j++;
		if (one->status && j < i)
			settings_complain(errors, one, label, "status 0x%X is there twice",
					  one->status);
	}
}

static void check_carrier(struct settings_carrier *carrier, struct settings_errors *errors)
{
	char label[96];
	struct secret secret = {carrier, label, &carrier->password, carrier->password_file,
				PDU_SECRET_MAX};

	snprintf(label, sizeof(label), "carrier \"%s\": ", carrier->name);
	if (errors->secrets & SETTINGS_SECRETS_CARRIERS)
		check_secret(errors, &secret);
	place_file(&carrier->tls_certificate);
	place_file(&carrier->tls_private_key);
	if (carrier->name[strspn(carrier->name, NAME_CHARACTERS)])
		settings_complain(errors, carrier, label,
				  "name has a character other than letters, digits, . _ -");
	if (carrier->account[strspn(carrier->account, NAME_CHARACTERS)])
		settings_complain(errors, carrier, label,
				  "account has a character other than letters, digits, . _ -");
	if (carrier->backoff_max_ms < carrier->backoff_min_ms)
		settings_complain(errors, carrier, label,
				  "backoff_max_ms is %u, below backoff_min_ms %u",
				  carrier->backoff_max_ms, carrier->backoff_min_ms);
	check_connection(carrier, label, errors);
	check_languages(carrier, label, errors);
	check_tlvs(carrier, label, errors);
	check_tlv_names(carrier, label, errors);
	if (carrier->schedule_delivery_time != SETTINGS_VALIDITY_NONE && !carrier->cancel)
		settings_complain(
			errors, carrier, label,
			"schedule_delivery_time needs cancel = true: an opt-out has to reach what "
			"waits there");
	check_statuses(carrier, label, errors);
	if (*carrier->local_address && !address_literal(carrier->local_address))
		settings_complain(errors, carrier, label, "local_address \"%s\" is no IP address",
				  carrier->local_address);
	if (carrier->addresses.country &&
	    carrier->addresses.country[strspn(carrier->addresses.country, "0123456789")])
		settings_complain(errors, carrier, label,
				  "addresses.country \"%s\" has a character other than digits",
				  carrier->addresses.country);
	/* address.h has NULL for no country. */
	if (carrier->addresses.country && !*carrier->addresses.country) {
		free((char *)carrier->addresses.country);
		carrier->addresses.country = NULL;
	}
}

/* An earlier carrier of the same account that writes ids otherwise: neither would find what the
 * other calls a message. */
static const struct settings_carrier *writes_otherwise(const struct settings *settings, size_t i)
{
	const struct settings_carrier *one = &settings->carriers[i];

	for (size_t j = 0; j < i; j++) {
		const struct settings_carrier *other = &settings->carriers[j];
		if (one->message_id_form != other->message_id_form &&
		    strcmp(one->name, other->name) != 0 &&
		    strcmp(settings_account(one), settings_account(other)) == 0)
			return other;
	}
	return NULL;
}

static void check_account(const struct settings *settings, size_t i, struct settings_errors *errors)
{
	const struct settings_carrier *carrier = &settings->carriers[i];
	const struct settings_carrier *other = writes_otherwise(settings, i);
	char label[96];

	if (!other)
		return;
	snprintf(label, sizeof(label), "carrier \"%s\": ", carrier->name);
	settings_complain(errors, carrier, label,
			  "message_id_form is not that of \"%s\", which has the same account",
			  other->name);
}

/* For errors that only a program can find that uses the carrier. */
static void note_place(struct settings_carrier *carrier, const struct settings_errors *errors)
{
	const struct settings_mark *mark = find_mark(errors, carrier);
	const char *file = mark && mark->file ? mark->file : errors->file;

	snprintf(carrier->place, sizeof(carrier->place), "%s:%u", file, mark ? mark->line : 0);
}

static bool is_any(const char *listen)
{
	return strcmp(listen, "0.0.0.0") == 0 || strcmp(listen, "::") == 0;
}

/* Two listeners of which the second could not begin. */
static bool listen_alike(const char *one, const char *other)
{
	return strcmp(one, other) == 0 || is_any(one) || is_any(other);
}

static void check_outbind(const struct settings *settings, size_t i, struct settings_errors *errors)
{
	const struct settings_carrier *carrier = &settings->carriers[i];
	const struct settings_outbind *mine = &carrier->outbind;
	char label[96];

	if (mine->port == 0)
		return;
	snprintf(label, sizeof(label), "carrier \"%s\": ", carrier->name);
	if (mine->port == settings->gateway.port &&
	    listen_alike(mine->listen, settings->gateway.listen))
		settings_complain(errors, carrier, label, "outbind.port %u is gateway.port, too",
				  mine->port);
	for (size_t j = 0; j < i; j++) {
		const struct settings_outbind *other = &settings->carriers[j].outbind;
		if (mine->port != other->port || !listen_alike(mine->listen, other->listen))
			continue;
		settings_complain(errors, carrier, label, "outbind.port %u is that of \"%s\", too",
				  mine->port, settings->carriers[j].name);
		return;
	}
}

/* `+` and 5 to 15 digits (ITU-T E.164 §6), or 3 to 12 digits of a short code. */
static bool address_is_ours(const char *address)
{
	bool plus = *address == '+';
	size_t digits = strspn(address + plus, "0123456789");

	if (address[plus + digits])
		return false;
	return plus ? digits >= 5 && digits <= 15 : digits >= 3 && digits <= 12;
}

/* Names that are ids in Redis, where others of its keys must not be meant. */
static void check_ids(const void *owner, const char *label, char *const *names, size_t count,
		      struct settings_errors *errors)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], SETTINGS_ID_NAMES) == 0)
			settings_complain(errors, owner, label,
					  "\"%s\" is reserved, allowed is another name", names[i]);
	}
}

/* They are joined with commas where they cross into Redis. */
static void check_skills(const void *owner, const char *label, char *const *skills, size_t count,
			 struct settings_errors *errors)
{
	check_ids(owner, label, skills, count, errors);
	for (size_t i = 0; i < count; i++) {
		if (strchr(skills[i], ',') || strlen(skills[i]) > SETTINGS_SKILL_MAX)
			settings_complain(errors, owner, label,
					  "skill \"%s\", allowed 1..%d octets without a comma",
					  skills[i], SETTINGS_SKILL_MAX);
	}
}

static void check_queue(const struct settings_queue *queue, struct settings_errors *errors)
{
	char label[96];
	size_t length = strlen(queue->name), end = strlen(SETTINGS_ID_MEMBERS);

	snprintf(label, sizeof(label), "queue \"%s\": ", queue->name);
	if (length >= end && strcmp(queue->name + length - end, SETTINGS_ID_MEMBERS) == 0)
		settings_complain(errors, queue, label,
				  "name ends in \"" SETTINGS_ID_MEMBERS "\", "
				  "which is reserved");
	check_ids(queue, label, &queue->name, 1, errors);
	check_ids(queue, label, queue->wrap_up_codes, queue->wrap_up_codes_count, errors);
	for (size_t i = 0; i < queue->rings_count; i++)
		check_skills(queue, label, queue->rings[i].drops, queue->rings[i].drops_count,
			     errors);
}

static void check_number(const struct settings *settings, const struct settings_number *number,
			 struct settings_errors *errors)
{
	char label[96];

	snprintf(label, sizeof(label), "number \"%s\": ", number->address);
	if (!address_is_ours(number->address))
		settings_complain(
			errors, number, label,
			"address is neither + and 5..15 digits nor a short code of 3..12 digits");
	if (*number->carrier && !settings_carrier(settings, number->carrier))
		settings_complain(errors, number, label, "carrier \"%s\" is not in carriers",
				  number->carrier);
	if (*number->queue && !settings_queue(settings, number->queue))
		settings_complain(errors, number, label, "queue \"%s\" is not in queues",
				  number->queue);
	if (*number->programme && !settings_programme(settings, number->programme))
		settings_complain(errors, number, label, "programme \"%s\" is not in programmes",
				  number->programme);
	check_skills(number, label, number->skills, number->skills_count, errors);
}

static void check_programme(const struct settings_programme *programme,
			    struct settings_errors *errors)
{
	char label[96];

	snprintf(label, sizeof(label), "programme \"%s\": ", programme->name);
	for (size_t i = 0; i < programme->languages_count; i++) {
		const struct settings_language *one = &programme->languages[i];
		if (strspn(one->language, "abcdefghijklmnopqrstuvwxyz") != 2)
			settings_complain(errors, one, label,
					  "language is \"%s\", allowed are two letters",
					  one->language);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(one->language, programme->languages[j].language) != 0)
				continue;
			settings_complain(errors, one, label, "language \"%s\" is there twice",
					  one->language);
			break;
		}
	}
	for (size_t i = 0; i < programme->categories_count; i++) {
		const struct settings_category *one = &programme->categories[i];
		if (one->words_count == 0)
			settings_complain(errors, one, label, "category \"%s\" has no words",
					  one->name);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(one->name, programme->categories[j].name) != 0)
				continue;
			settings_complain(errors, one, label, "category \"%s\" is there twice",
					  one->name);
			break;
		}
	}
}

/* A link opens in an agent's browser, so it is one of the web. */
static void check_pop(const struct settings_pop *pop, struct settings_errors *errors)
{
	char label[96];

	snprintf(label, sizeof(label), "screen_pop \"%s\": ", pop->label);
	if ((*pop->field != '\0') == (*pop->link != '\0'))
		settings_complain(errors, pop, label, "it has either a field or a link");
	if (*pop->link && strncmp(pop->link, "https://", 8) != 0 &&
	    strncmp(pop->link, "http://", 7) != 0)
		settings_complain(errors, pop, label,
				  "link is \"%s\", allowed is https:// or http://", pop->link);
}

static void check_names(const char *noun, const struct settings_names *names,
			struct settings_errors *errors)
{
	char label[96];

	for (size_t i = 1; i < names->count; i++) {
		const char *name = settings_names_of(names->all[i]);
		if (!*name || strcmp(name, settings_names_of(names->all[i - 1])) != 0)
			continue;
		snprintf(label, sizeof(label), "%s \"%s\": ", noun, name);
		settings_complain(errors, names->all[i], label, "is there twice");
	}
}

void settings_check(struct settings *settings, struct settings_errors *errors)
{
	if (errors->marks_count)
		qsort(errors->marks, errors->marks_count, sizeof(*errors->marks), mark_order);
	check_redis(settings, errors);
	check_http(settings, errors);
	for (size_t i = 0; i < settings->carriers_count; i++)
		check_carrier(&settings->carriers[i], errors);
	for (size_t i = 0; i < settings->carriers_count; i++) {
		note_place(&settings->carriers[i], errors);
		check_account(settings, i, errors);
		check_outbind(settings, i, errors);
	}
	for (size_t i = 0; i < settings->numbers_count; i++)
		check_number(settings, &settings->numbers[i], errors);
	for (size_t i = 0; i < settings->programmes_count; i++)
		check_programme(&settings->programmes[i], errors);
	for (size_t i = 0; i < settings->queues_count; i++)
		check_queue(&settings->queues[i], errors);
	settings_check_routes(settings, errors);
	for (size_t i = 0; i < settings->screen_pop_count; i++)
		check_pop(&settings->screen_pop[i], errors);
	check_names("carrier", &settings->carrier_names, errors);
	check_names("number", &settings->number_names, errors);
	check_names("programme", &settings->programme_names, errors);
	check_names("queue", &settings->queue_names, errors);
	size_t skills = settings_skills(settings);
	if (skills > SETTINGS_SKILLS_MAX)
		settings_complain(errors, NULL,
				  "numbers and rings: ", "%zu different skills, allowed 0..%d",
				  skills, SETTINGS_SKILLS_MAX);
}
