/*
 * A door with a desk that only says what it was asked, for door.test.mjs:
 *
 *   door-stub REDIS_SOCKET PORT CONSOLE DOCS     serves until SIGTERM
 *   door-stub REDIS_SOCKET user …                the verbs of bindery-router user
 *
 * A conversation named `foreign` is not the agent's, a text `forbidden` is suppressed, a text
 * `later` is answered after a tenth of a second. PORT may be `PORT:ORIGIN`.
 */
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/bus.h"
#include "router/bus/key.h"
#include "router/door/door.h"
#include "router/door/user.h"

struct desk {
	struct ev_loop *loop;
	struct bus *bus;
	struct door *door;
	const char *not_ready;
};

struct later {
	ev_timer timer;
	struct desk_ask ask;
};

static bool is(struct span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

void desk_connected(struct desk *desk, const char *agent, const char *connection)
{
	(void)desk;
	printf("connected %s %s\n", agent, connection);
	fflush(stdout);
}

void desk_disconnected(struct desk *desk, const char *agent, const char *connection)
{
	(void)desk;
	printf("disconnected %s %s\n", agent, connection);
	fflush(stdout);
}

static void on_last(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static const char *const codes[] = {"Resolved", NULL};
	struct desk_ask *ask = context;
	struct desk_agent agent = {span_text(ask->agent), span_text("off_queue"), 4, 0, {NULL, 0}};
	struct desk_conversation conversation = {.id = span_text("c1"),
						 .state = span_text("connected"),
						 .leg = 1,
						 .wrapup_codes = codes};
	struct desk_answer answer = {.code = reply ? DESK_OK : DESK_UNAVAILABLE,
				     .agent = &agent,
				     .conversations = &conversation,
				     .conversation_count = 1};

	(void)bus;
	answer.last_id = bus_reply_span(bus_reply_at(bus_reply_at(reply, 0), 0));
	if (!answer.last_id.length)
		answer.last_id = span_text("0-0");
	ask->done(&answer, ask->context);
	free(ask);
}

void desk_snapshot(struct desk *desk, struct desk_ask ask)
{
	char key[KEY_MAX];
	struct desk_ask *kept = memory_array(1, sizeof(*kept));
	struct span words[6] = {span_text("XREVRANGE"), span_text(key_agent_events(ask.agent, key)),
				span_text("+"),		span_text("-"),
				span_text("COUNT"),	span_text("1")};

	*kept = ask;
	bus_send(desk->bus, words, 6, on_last, kept);
}

static void answer(struct desk_ask ask, enum desk_code code, const char *detail)
{
	struct desk_answer said = {.code = code, .detail = detail};

	ask.done(&said, ask.context);
}

void desk_presence(struct desk *desk, struct desk_ask ask, struct span presence)
{
	(void)desk;
	(void)presence;
	answer(ask, DESK_OK, NULL);
}

void desk_status(struct desk *desk, struct desk_ask ask, bool on_queue)
{
	(void)desk;
	(void)on_queue;
	answer(ask, DESK_OK, NULL);
}

void desk_offer_answer(struct desk *desk, struct desk_ask ask, struct span conversation,
		       unsigned epoch, bool accept)
{
	(void)desk;
	(void)conversation;
	(void)accept;
	answer(ask, epoch == 1 ? DESK_OK : DESK_CONFLICT, "The offer has ended.");
}

static void sent(struct desk_ask ask, struct span text)
{
	struct desk_message message = {.id = span_text("m1"),
				       .at = span_text("1-0"),
				       .text = text,
				       .author = span_text(ask.agent),
				       .state = span_text("queued"),
				       .segments = 1,
				       .outbound = true};
	struct desk_answer said = {.messages = &message, .message_count = 1};

	ask.done(&said, ask.context);
}

static void on_later(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct later *later = timer->data;

	(void)revents;
	ev_timer_stop(loop, timer);
	sent(later->ask, span_text("later"));
	free(later);
}

static void send_later(struct desk *desk, struct desk_ask ask)
{
	struct later *later = memory_array(1, sizeof(*later));

	later->ask = ask;
	ev_timer_init(&later->timer, on_later, 0.1, 0.);
	later->timer.data = later;
	ev_timer_start(desk->loop, &later->timer);
}

void desk_send(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text,
	       struct span ref)
{
	(void)ref;
	if (is(text, "later"))
		return send_later(desk, ask);
	if (is(conversation, "foreign"))
		return answer(ask, DESK_NOT_YOURS, "The conversation is not yours.");
	if (is(text, "forbidden"))
		return answer(ask, DESK_SUPPRESSED, "The customer opted out.");
	sent(ask, text);
}

void desk_plan(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text)
{
	struct desk_plan plan = {"GSM-7", 1, (unsigned)text.length, 160, {0}, 0};
	struct desk_answer said = {.plan = &plan};

	(void)desk;
	(void)conversation;
	ask.done(&said, ask.context);
}

void desk_thread(struct desk *desk, struct desk_ask ask, struct span conversation,
		 struct desk_page page)
{
	struct desk_answer said = {.more = page.limit == 1};

	(void)desk;
	(void)conversation;
	ask.done(&said, ask.context);
}

void desk_close(struct desk *desk, struct desk_ask ask, struct span conversation,
		struct desk_wrapup wrapup)
{
	(void)desk;
	(void)conversation;
	answer(ask, is(wrapup.code, "Resolved") ? DESK_OK : DESK_WRAPUP_UNKNOWN,
	       "The queue has no such wrap-up code.");
}

void desk_note(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text,
	       struct span ref)
{
	desk_send(desk, ask, conversation, text, ref);
}

void desk_past(struct desk *desk, struct desk_ask ask, struct span conversation,
	       const struct desk_past_page *page)
{
	desk_earlier(desk, ask, conversation, page->of, page->page);
}

void desk_retry(struct desk *desk, struct desk_ask ask, struct span conversation,
		struct span message, struct span ref)
{
	(void)message;
	desk_send(desk, ask, conversation, span_text("once more"), ref);
}

void desk_targets(struct desk *desk, struct desk_ask ask, struct span conversation)
{
	static const struct desk_target targets[] = {
		{.name = "front", .queue = true, .waiting = 2, .available = true},
		{.name = "bob"},
	};
	struct desk_answer said = {.targets = targets, .target_count = 2};

	(void)desk;
	(void)conversation;
	ask.done(&said, ask.context);
}

void desk_transfer(struct desk *desk, struct desk_ask ask, struct span conversation,
		   const struct desk_transfer *transfer)
{
	(void)desk;
	(void)conversation;
	answer(ask, is(transfer->agent, "bob") ? DESK_AGENT_BUSY : DESK_OK,
	       "This agent cannot take it now.");
}

void desk_responses(struct desk *desk, struct desk_ask ask, struct span queue)
{
	static const struct desk_response responses[] = {
		{"1", "Greeting", "Hello {{customer.name}}"}};
	struct desk_answer said = {
		.detail = "", .responses = responses, .response_count = is(queue, "support")};

	(void)desk;
	ask.done(&said, ask.context);
}

void desk_customer(struct desk *desk, struct desk_ask ask, struct span number)
{
	static const struct desk_fact facts[] = {{"title", "Title", "Buyer", false},
						 {"", "CRM", "https://example.com/", true},
						 {"tier", NULL, "gold", false}};
	static const struct desk_customer ida = {"3.ida", "Ida Berg", facts, 3};
	struct desk_answer said = {.detail = "", .customer = is(number, "+15550111") ? &ida : NULL};

	(void)desk;
	ask.done(&said, ask.context);
}

void desk_start(struct desk *desk, struct desk_ask ask, const struct desk_start *start)
{
	(void)desk;
	answer(ask, is(start->queue, "support") ? DESK_OPEN : DESK_BAD_NUMBER, "It is open.");
}

void desk_start_plan(struct desk *desk, struct desk_ask ask, const struct desk_start *start)
{
	desk_plan(desk, ask, start->queue, start->text);
}

void desk_consult(struct desk *desk, struct desk_ask ask, struct span conversation,
		  const struct desk_transfer *transfer)
{
	desk_transfer(desk, ask, conversation, transfer);
}

void desk_read_along(struct desk *desk, struct desk_ask ask, struct span conversation,
		     struct desk_page page)
{
	desk_thread(desk, ask, conversation, page);
}

void desk_agentless(struct desk *desk, struct desk_ask ask, const struct desk_agentless *message)
{
	(void)desk;
	(void)message;
	answer(ask, DESK_SUPPRESSED, "The recipient has opted out.");
}

void desk_consult_end(struct desk *desk, struct desk_ask ask, struct span conversation,
		      struct span ref)
{
	(void)desk;
	(void)conversation;
	(void)ref;
	answer(ask, DESK_CONFLICT, "Nobody is being asked.");
}

void desk_disconnect(struct desk *desk, struct desk_ask ask, struct span conversation,
		     enum desk_after after, struct span ref)
{
	(void)desk;
	(void)conversation;
	(void)after;
	(void)ref;
	answer(ask, DESK_OK, NULL);
}

void desk_history(struct desk *desk, struct desk_ask ask, struct span conversation,
		  struct desk_page page)
{
	desk_thread(desk, ask, conversation, page);
}

void desk_earlier(struct desk *desk, struct desk_ask ask, struct span conversation, struct span of,
		  struct desk_page page)
{
	(void)of;
	desk_thread(desk, ask, conversation, page);
}

void desk_park(struct desk *desk, struct desk_ask ask, struct span conversation, uint64_t until_ms,
	       struct span ref)
{
	(void)desk;
	(void)conversation;
	(void)ref;
	answer(ask, until_ms == 1 ? DESK_BAD_TIME : DESK_OK, "Choose a time to come.");
}

void desk_resume(struct desk *desk, struct desk_ask ask, struct span conversation)
{
	(void)desk;
	(void)conversation;
	answer(ask, DESK_OK, NULL);
}

void desk_wrap(struct desk *desk, struct desk_ask ask, struct span conversation, unsigned leg,
	       struct desk_wrapup wrapup)
{
	(void)leg;
	desk_close(desk, ask, conversation, wrapup);
}

static bool is_ready(char *why, size_t capacity, void *context)
{
	struct desk *desk = context;

	if (desk->not_ready)
		snprintf(why, capacity, "%s", desk->not_ready);
	return !desk->not_ready;
}

static char *metrics(void *context)
{
	(void)context;
	return memory_text("bindery_stub 1\n");
}

static void on_term(struct ev_loop *loop, ev_signal *signal, int revents)
{
	(void)signal;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

static void on_drain(struct ev_loop *loop, ev_signal *signal, int revents)
{
	struct desk *desk = signal->data;

	(void)loop;
	(void)revents;
	door_drain(desk->door);
}

static void on_unready(struct ev_loop *loop, ev_signal *signal, int revents)
{
	struct desk *desk = signal->data;

	(void)loop;
	(void)revents;
	desk->not_ready = "the stub was told to say so";
}

static void nothing(void *context)
{
	(void)context;
}

static void lost(const char *why, void *context)
{
	(void)why;
	(void)context;
}

static int serve(char **argv)
{
	const char *origin = strchr(argv[2], ':');
	struct bus_address redis = {.socket = argv[1]};
	struct bus_events events = {nothing, lost, NULL};
	struct desk desk = {.loop = ev_default_loop(0)};
	const char *origins[1] = {origin ? origin + 1 : ""};
	struct door_settings settings = {.listen = "127.0.0.1",
					 .port = (unsigned)strtoul(argv[2], NULL, 10),
					 .console = argv[3],
					 .docs = argv[4],
					 .origins = origins,
					 .origins_count = origin != NULL,
					 .certificate = getenv("STUB_CERTIFICATE"),
					 .private_key = getenv("STUB_KEY"),
					 .session_idle_s = 600,
					 .session_max_s = 3600,
					 .connections_max = 256};
	struct door_links links = {.loop = desk.loop,
				   .redis = redis,
				   .desk = &desk,
				   .ready = is_ready,
				   .metrics = metrics,
				   .context = &desk};
	ev_signal term;
	ev_signal drain;
	ev_signal unready;

	desk.bus = bus_create(desk.loop, &redis, &events);
	int error = door_create(&settings, &links, &desk.door);
	if (error) {
		fprintf(stderr, "door: %s\n", strerror(-error));
		bus_destroy(&desk.bus);
		return 1;
	}
	ev_signal_init(&term, on_term, SIGTERM);
	ev_signal_start(desk.loop, &term);
	ev_signal_init(&drain, on_drain, SIGUSR1);
	drain.data = &desk;
	ev_signal_start(desk.loop, &drain);
	ev_signal_init(&unready, on_unready, SIGUSR2);
	unready.data = &desk;
	ev_signal_start(desk.loop, &unready);
	printf("port %u\n", door_port(desk.door));
	fflush(stdout);
	ev_run(desk.loop, 0);
	door_destroy(&desk.door);
	bus_destroy(&desk.bus);
	ev_loop_destroy(desk.loop);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[2], "user") == 0) {
		struct bus_address redis = {.socket = argv[1]};
		return user_command(&redis, argc - 3, argv + 3);
	}
	if (argc != 5) {
		fprintf(stderr, "usage: door-stub SOCKET PORT CONSOLE DOCS\n");
		return 2;
	}
	return serve(argv);
}
