#include "gateway/standing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AGE_MAX 24

static bool take(struct span *rest, char separator, struct span *first)
{
	const uint8_t *end;

	while (rest->length && *rest->at == (uint8_t)separator) {
		rest->at++;
		rest->length--;
	}
	if (rest->length == 0)
		return false;
	end = memchr(rest->at, separator, rest->length);
	*first = (struct span){rest->at, end ? (size_t)(end - rest->at) : rest->length};
	rest->at += first->length;
	rest->length -= first->length;
	return true;
}

bool standing_value(struct span line, const char *name, char out[STANDING_VALUE_MAX])
{
	size_t length = strlen(name);
	struct span field;

	*out = '\0';
	while (take(&line, ' ', &field)) {
		if (field.length <= length || memcmp(field.at, name, length) != 0 ||
		    field.at[length] != '=')
			continue;
		snprintf(out, STANDING_VALUE_MAX, "%.*s", (int)(field.length - length - 1),
			 (const char *)field.at + length + 1);
		return true;
	}
	return false;
}

bool standing_is_unserved(struct span status)
{
	char state[STANDING_VALUE_MAX];

	return standing_value(status, "state", state) && strcmp(state, "unserved") == 0;
}

static uint64_t number_of(struct span line, const char *name)
{
	char value[STANDING_VALUE_MAX];

	return standing_value(line, name, value) ? strtoull(value, NULL, 10) : 0;
}

/* "12 s", "5 min", "3 h", "9 d": enough to judge by. */
static const char *age(uint64_t since_ms, uint64_t now_ms, char out[AGE_MAX])
{
	uint64_t seconds = now_ms > since_ms ? (now_ms - since_ms) / 1000 : 0;

	if (since_ms == 0)
		snprintf(out, AGE_MAX, "-");
	else if (seconds < 120)
		snprintf(out, AGE_MAX, "%" PRIu64 " s", seconds);
	else if (seconds < 7200)
		snprintf(out, AGE_MAX, "%" PRIu64 " min", seconds / 60);
	else if (seconds < 172800)
		snprintf(out, AGE_MAX, "%" PRIu64 " h", seconds / 3600);
	else
		snprintf(out, AGE_MAX, "%" PRIu64 " d", seconds / 86400);
	return out;
}

static void print_bind(struct span line, uint64_t now_ms, FILE *out)
{
	char state[STANDING_VALUE_MAX], host[STANDING_VALUE_MAX], error[STANDING_VALUE_MAX];
	char window[48], since[AGE_MAX], ago[AGE_MAX];
	uint64_t quiet_ms = number_of(line, "quiet_ms"), next_ms = number_of(line, "next_ms");

	(void)standing_value(line, "state", state);
	(void)standing_value(line, "host", host);
	(void)standing_value(line, "error", error);
	snprintf(window, sizeof(window), "%" PRIu64 "/%" PRIu64, number_of(line, "window"),
		 number_of(line, "window_limit"));
	fprintf(out,
		"  %4" PRIu64 "  %-10.20s %7s  %-8s %9" PRIu64 " %9" PRIu64 " %7" PRIu64
		"  %.80s:%" PRIu64,
		number_of(line, "bind"), state, age(number_of(line, "since_ms"), now_ms, since),
		window, number_of(line, "in"), number_of(line, "out"), number_of(line, "errors"),
		host, number_of(line, "port"));
	if (quiet_ms)
		fprintf(out, "  throttled, quiet for %" PRIu64 " ms", quiet_ms);
	if (next_ms)
		fprintf(out, "  attempt %" PRIu64 " in %" PRIu64 " ms",
			number_of(line, "attempts") + 1, next_ms);
	if (number_of(line, "errors"))
		fprintf(out, "  last error %.40s %s ago", error,
			age(number_of(line, "error_ms"), now_ms, ago));
	fputc('\n', out);
}

/* So much of the command is shown. */
static int hold_width(const struct standing *standing)
{
	return (int)(standing->hold.length < 16 ? standing->hold.length : 16);
}

void standing_print(const struct standing *standing, uint64_t now_ms, FILE *out)
{
	static const char *const figures[] = {"mo",	   "receipts", "refused", "submitted",
					      "sent",	   "failed",   "unknown", "resent",
					      "throttled", "waiting"};
	struct span binds = standing->binds, line = {0};
	char state[STANDING_VALUE_MAX], instance[STANDING_VALUE_MAX];

	if (standing->status.length == 0) {
		fprintf(out,
			"%s: SILENT: no gateway says anything of it; is bindery-gateway "
			"running, with this carrier in its file?\n",
			standing->carrier);
		if (standing->hold.length)
			fprintf(out, "  by command: %.*s, which holds for the gateway that comes\n",
				hold_width(standing), (const char *)standing->hold.at);
		return;
	}
	(void)standing_value(standing->status, "state", state);
	(void)standing_value(standing->status, "instance", instance);
	fprintf(out,
		"%s: %s, %" PRIu64 " of %" PRIu64 " binds, window %" PRIu64 " of %" PRIu64
		", gateway %s",
		standing->carrier, state, number_of(standing->status, "bound"),
		number_of(standing->status, "binds"), number_of(standing->status, "window"),
		number_of(standing->status, "window_max"), instance);
	if (standing->hold.length)
		fprintf(out, ", by command: %.*s", hold_width(standing),
			(const char *)standing->hold.at);
	if (standing_is_unserved(standing->status))
		fputs("\n  does nothing: it is too old for the functions in Redis; upgrade and "
		      "restart it",
		      out);
	fputs("\n ", out);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		fprintf(out, " %s %" PRIu64, figures[i], number_of(standing->status, figures[i]));
	fprintf(out, "\n  %4s  %-10s %7s  %-8s %9s %9s %7s  %s\n", "bind", "state", "since",
		"window", "in", "out", "errors", "host");
	while (take(&binds, '\n', &line))
		print_bind(line, now_ms, out);
}

static void put_string(struct span value, FILE *out)
{
	fputc('"', out);
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < 0x20 || value.at[i] > 0x7E || value.at[i] == '"' ||
		    value.at[i] == '\\')
			fprintf(out, "\\u%04x", value.at[i]);
		else
			fputc(value.at[i], out);
	}
	fputc('"', out);
}

static bool is_number(struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
	}
	return value.length > 0 && value.length < 19 && (value.length == 1 || value.at[0] != '0');
}

/* The members of a line, with a comma before each but the first where `first` says so. */
static void put_members(struct span line, bool first, FILE *out)
{
	struct span field;

	while (take(&line, ' ', &field)) {
		const uint8_t *sign = memchr(field.at, '=', field.length);
		if (!sign)
			continue;
		struct span name = {field.at, (size_t)(sign - field.at)};
		struct span value = {sign + 1, field.length - name.length - 1};
		if (!first)
			fputc(',', out);
		first = false;
		put_string(name, out);
		fputc(':', out);
		if (is_number(value))
			fprintf(out, "%.*s", (int)value.length, (const char *)value.at);
		else
			put_string(value, out);
	}
}

void standing_json(const struct standing *standing, FILE *out)
{
	static const char silent[] = "bound=0 state=silent";
	struct span status = standing->status, binds = standing->binds, line = {0};
	const char *comma = "";

	if (status.length == 0)
		status = (struct span){(const uint8_t *)silent, sizeof(silent) - 1};
	fputs("{\"carrier\":", out);
	put_string(span_text(standing->carrier), out);
	put_members(status, false, out);
	fputs(",\"hold\":", out);
	put_string(standing->hold, out);
	fputs(",\"bind_list\":[", out);
	while (take(&binds, '\n', &line)) {
		fprintf(out, "%s{", comma);
		put_members(line, true, out);
		fputc('}', out);
		comma = ",";
	}
	fputs("]}\n", out);
}
