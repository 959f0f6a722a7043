/* Whether the configuration still knows what customers have opted out of. A list says `p:shop`; of
 * a programme that has another name since, or a number that was moved to another one, only an
 * editor of a file has said so, and no customer. So it covers what has taken its place, too; of a
 * category (`c:shop:offers`) that is what is marketing. */
#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/suppression.h"
#include "router/threading/job.h"

#include <stdlib.h>
#include <string.h>

/* `text` is one that was told. */
static bool is_told(const struct threading *threading, const char *text)
{
	for (size_t i = 0; i < threading->scopes_unknown; i++) {
		if (strcmp(threading->scopes[i], text) == 0)
			return true;
	}
	return false;
}

static const char *what_is_covered(struct threading *threading, const char *scope, const char *ours)
{
	if (!numbers_cover(threading->settings.numbers, scope, ours))
		return "who opted out of this is not covered any more: give the programme or the "
		       "number its old place back, or import them into the new one";
	if (strncmp(scope, "c:", 2) == 0)
		return "no message of a marketing category, or of none, is sent to who opted out "
		       "of this from that number, nor from its programme, until they text START";
	return "nothing is sent to who opted out of this from that number, nor from its programme, "
	       "until they text START";
}

/* `<scope> <our number, or nothing>`. Takes `text`. */
static void hold(struct threading *threading, char *text)
{
	char *blank = strrchr(text, ' ');
	char number[LOG_NUMBER_MAX];

	if (!blank || is_told(threading, text)) {
		free(text);
		return;
	}
	*blank = '\0';
	bool known = suppression_is_known(threading->settings.settings, text, blank + 1);
	if (!known)
		log_event(LOG_WARN, "scope_unknown", "scope=%s number=%s note=%s", text,
			  log_number(span_text(blank + 1), number),
			  what_is_covered(threading, text, blank + 1));
	*blank = ' ';
	if (known) {
		free(text);
		return;
	}
	threading->scopes = memory_resize(threading->scopes, threading->scopes_unknown + 1,
					  sizeof(*threading->scopes));
	threading->scopes[threading->scopes_unknown++] = text;
}

static void on_scopes(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct threading *threading = context;

	(void)bus;
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		struct span member = bus_reply_span(bus_reply_at(reply, i));
		hold(threading, memory_copy(member.at, member.length));
	}
}

void scopes_read(struct threading *threading)
{
	struct bus_args *args = &threading->args;
	char key[KEY_MAX];

	for (unsigned i = 0; i < threading->settings.partitions; i++) {
		bus_args_text(args, "SMEMBERS");
		bus_args_text(args, key_scopes(i, key));
		bus_args_send(args, threading->bus, on_scopes, threading);
	}
}

void scopes_finish(struct threading *threading)
{
	for (size_t i = 0; i < threading->scopes_unknown; i++)
		free(threading->scopes[i]);
	free(threading->scopes);
}

size_t threading_scopes_unknown(const struct threading *threading)
{
	return threading->scopes_unknown;
}
