#include "tests/bench/agents.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smpp/span.h"
#include "tests/bench/buffer.h"
#include "tests/bench/smsc.h"

#define INPUT_SIZE ((size_t)1 << 18)
#define COOKIE_SIZE 160
#define ID_SIZE 40
#define READS_MAX 8

enum agent_state { AGENT_OFF, AGENT_UPGRADING, AGENT_OPEN };

struct agent {
	struct agents *agents;
	char cookie[COOKIE_SIZE];
	enum agent_state state;
	ev_io readable;
	struct buffer out;
	double tokens, filled;
	uint32_t held[AGENTS_LOAD_MAX]; /* customers connected to, the oldest first */
	unsigned held_count;
	bool freed;
	uint32_t freed_tag;
	size_t input_length;
	uint8_t input[INPUT_SIZE];
};

struct conversation {
	char id[ID_SIZE]; /* "" = none */
	struct agent *agent;
};

struct agents {
	struct ev_loop *loop;
	struct agents_events events;
	struct agents_figures figures;
	unsigned port, count, next;
	uint32_t customers;
	struct conversation *conversations; /* by customer */
	uint32_t *connected;
	struct agent *all;
};

static const char padding[] = "thank you for asking, it leaves our warehouse this afternoon.";

/* What stands behind `key`, to the end of the frame; empty when it is not there. Enough for frames
 * whose texts are ours. */
static struct span behind(struct span frame, const char *key)
{
	size_t length = strlen(key);
	const uint8_t *found = memmem(frame.at, frame.length, key, length);

	if (!found)
		return (struct span){0};
	found += length;
	return (struct span){found, (size_t)(frame.at + frame.length - found)};
}

static bool begins(struct span span, const char *text)
{
	size_t length = strlen(text);

	return span.length >= length && memcmp(span.at, text, length) == 0;
}

static struct span until_quote(struct span span)
{
	const uint8_t *end = span.length ? memchr(span.at, '"', span.length) : NULL;

	return (struct span){span.at, end ? (size_t)(end - span.at) : 0};
}

static uint32_t number_of(struct span digits)
{
	uint32_t number = 0;

	for (size_t i = 0; i < digits.length && digits.at[i] >= '0' && digits.at[i] <= '9'; i++)
		number = number * 10 + (digits.at[i] - (uint32_t)'0');
	return number;
}

static void copy_id(char out[ID_SIZE], struct span id)
{
	size_t length = id.length < ID_SIZE ? id.length : ID_SIZE - 1;

	if (length)
		memcpy(out, id.at, length);
	out[length] = '\0';
}

/* A client's frame: FIN and text, the mask bit, a length, a mask of zeroes. */
static void say(struct agent *agent, uint8_t opcode, struct span payload)
{
	uint8_t header[8] = {(uint8_t)(0x80 | opcode)};
	size_t size = 2;

	if (payload.length < 126) {
		header[1] = (uint8_t)(0x80 | payload.length);
	} else {
		header[1] = 0x80 | 126;
		header[2] = (uint8_t)(payload.length >> 8);
		header[3] = (uint8_t)payload.length;
		size = 4;
	}
	buffer_add(&agent->out, (struct span){header, size + 4});
	if (payload.length)
		buffer_add(&agent->out, payload);
}

__attribute__((format(printf, 2, 3))) static void say_text(struct agent *agent, const char *format,
							   ...)
{
	char text[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	say(agent, 1, (struct span){(const uint8_t *)text, (size_t)length});
	agent->tokens -= 1.;
}

static void take_offer(struct agent *agent, struct span frame)
{
	char id[ID_SIZE];
	struct span epoch = behind(frame, "\"epoch\":");

	copy_id(id, until_quote(behind(frame, "\"conversation\":\"")));
	agent->agents->figures.offers++;
	if (agent->freed)
		agent->agents->events.offered(agent->freed_tag, agent->agents->events.context);
	agent->freed = false;
	say_text(agent,
		 "{\"type\":\"accept\",\"ref\":\"a%u\",\"conversation\":\"%s\",\"epoch\":%u}",
		 agent->agents->figures.offers, id, number_of(epoch));
}

static void take_connected(struct agent *agent, struct span frame)
{
	struct agents *agents = agent->agents;
	struct span customer = until_quote(behind(frame, "\"customer\":\"+4670"));
	uint32_t number = customer.length ? number_of(customer) : UINT32_MAX;
	struct conversation *conversation;

	if (number >= agents->customers) {
		fprintf(stderr, "a conversation with an unknown customer\n");
		return;
	}
	conversation = &agents->conversations[number];
	if (!conversation->id[0])
		agents->connected[agents->figures.conversations++] = number;
	copy_id(conversation->id, until_quote(behind(frame, "\"conversation\":{\"id\":\"")));
	conversation->agent = agent;
	if (agent->held_count < AGENTS_LOAD_MAX)
		agent->held[agent->held_count++] = number;
}

static void take_answer(struct agent *agent, struct span frame, bool accepted)
{
	struct agents *agents = agent->agents;
	struct span ref = behind(frame, "\"ref\":\"");
	const char status[] = "{\"type\":\"status\",\"ref\":\"status\",\"routing\":\"on_queue\"}";
	uint32_t tag;

	if (smsc_tag(ref, 'o', &tag))
		agents->events.acked(tag, accepted, agents->events.context);
	else if (accepted && begins(ref, "hello"))
		say_text(agent, "%s", status);
	else if (accepted && begins(ref, "status"))
		agents->figures.ready++;
	else if (!accepted)
		agents->figures.errors++;
	if (!accepted)
		fprintf(stderr, "refused: %.*s\n", (int)frame.length, (const char *)frame.at);
}

static void take_state(struct agents_figures *figures, struct span frame)
{
	struct span state = behind(frame, "\"state\":\"");

	figures->delivered += begins(state, "delivered");
	figures->failed += begins(state, "failed") || begins(state, "expired");
	figures->unknown += begins(state, "unknown");
}

static void take_frame(struct agent *agent, struct span frame)
{
	struct agents *agents = agent->agents;
	struct span type = behind(frame, "\"type\":\"");
	uint32_t tag;

	if (begins(type, "message\"")) {
		if (smsc_tag(behind(type, "\"text\":\""), 'i', &tag))
			agents->events.seen(tag, agents->events.context);
	} else if (begins(type, "message_state\"")) {
		take_state(&agents->figures, type);
	} else if (begins(type, "ack\"")) {
		take_answer(agent, frame, true);
	} else if (begins(type, "error\"")) {
		take_answer(agent, frame, false);
	} else if (begins(type, "offer\"")) {
		take_offer(agent, type);
	} else if (begins(type, "connected\"")) {
		take_connected(agent, type);
	}
}

/* One whole frame of the server off `input`; false when there is none yet. */
static bool next_frame(struct span *input, uint8_t *opcode, struct span *payload)
{
	size_t header = 2, length;

	if (input->length < 2)
		return false;
	*opcode = input->at[0];
	length = input->at[1] & 0x7F;
	if (length == 126)
		header = 4;
	else if (length == 127)
		header = 10;
	if (input->length < header)
		return false;
	if (header > 2) {
		length = 0;
		for (size_t i = 2; i < header; i++)
			length = length << 8 | input->at[i];
	}
	if (input->length - header < length)
		return false;
	*payload = (struct span){input->at + header, length};
	input->at += header + length;
	input->length -= header + length;
	return true;
}

static void agent_finish(struct agent *agent)
{
	if (agent->state == AGENT_OFF)
		return;
	agent->agents->figures.connections--;
	agent->state = AGENT_OFF;
	ev_io_stop(agent->agents->loop, &agent->readable);
	close(agent->readable.fd);
	buffer_finish(&agent->out);
}

static void agent_lost(struct agent *agent, const char *why)
{
	fprintf(stderr, "agent %zu lost: %s\n", (size_t)(agent - agent->agents->all), why);
	agent->agents->figures.lost++;
	agent_finish(agent);
}

/* A close frame: two octets of code, then the reason (RFC 6455 §5.5.1). */
static void agent_closed(struct agent *agent, struct span payload)
{
	char why[160];

	if (payload.length < 2)
		snprintf(why, sizeof(why), "closed without a code");
	else
		snprintf(why, sizeof(why), "closed, %u %.*s", payload.at[0] << 8 | payload.at[1],
			 (int)payload.length - 2, (const char *)payload.at + 2);
	agent_lost(agent, why);
}

static void take_upgrade(struct agent *agent, struct span *input)
{
	const uint8_t *end = memmem(input->at, input->length, "\r\n\r\n", 4);
	const char hello[] = "{\"type\":\"hello\",\"ref\":\"hello\"}";

	if (!end)
		return;
	if (!begins(*input, "HTTP/1.1 101")) {
		agent_lost(agent, "the upgrade was refused");
		return;
	}
	input->length -= (size_t)(end + 4 - input->at);
	input->at = end + 4;
	agent->state = AGENT_OPEN;
	agent->tokens = AGENTS_BURST;
	agent->filled = ev_now(agent->agents->loop);
	say_text(agent, "%s", hello);
}

static void take_input(struct agent *agent, struct span *input)
{
	uint8_t opcode;
	struct span payload;

	if (agent->state == AGENT_UPGRADING)
		take_upgrade(agent, input);
	while (agent->state == AGENT_OPEN && next_frame(input, &opcode, &payload)) {
		if (opcode == 0x81)
			take_frame(agent, payload);
		else if (opcode == 0x89)
			say(agent, 0xA, payload);
		else if ((opcode & 0xF) == 8)
			agent_closed(agent, payload);
		else
			agent_lost(agent, "a frame of a kind that is not expected");
	}
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct agent *agent = watcher->data;

	(void)loop;
	(void)revents;
	for (int reads = 0; reads < READS_MAX && agent->state != AGENT_OFF; reads++) {
		struct span input;
		size_t room = INPUT_SIZE - agent->input_length;
		ssize_t count = read(watcher->fd, agent->input + agent->input_length, room);
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count <= 0) {
			agent_lost(agent, count ? strerror(errno) : "end of stream");
			return;
		}
		agent->input_length += (size_t)count;
		input = (struct span){agent->input, agent->input_length};
		take_input(agent, &input);
		if (agent->state == AGENT_OFF)
			return;
		memmove(agent->input, input.at, input.length);
		agent->input_length = input.length;
		if ((size_t)count < room)
			return;
	}
}

static int connect_to(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

static void agent_start(struct agent *agent, unsigned port)
{
	struct agents *agents = agent->agents;
	char request[1024];
	int fd = connect_to(port), length;

	if (fd < 0) {
		fprintf(stderr, "agent: port %u: %s\n", port, strerror(errno));
		return;
	}
	agent->state = AGENT_UPGRADING;
	agent->input_length = 0;
	agent->held_count = 0;
	agent->freed = false;
	agents->figures.connections++;
	buffer_init(&agent->out, agents->loop, fd);
	ev_io_init(&agent->readable, on_readable, fd, EV_READ);
	agent->readable.data = agent;
	ev_io_start(agents->loop, &agent->readable);
	length = snprintf(request, sizeof(request),
			  "GET /agent HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
			  "Connection: Upgrade\r\nSec-WebSocket-Key: YmVuY2htYXJraW5nLWtleQ==\r\n"
			  "Sec-WebSocket-Version: 13\r\n"
			  "Sec-WebSocket-Protocol: bindery.agent.v1\r\n"
			  "Origin: http://127.0.0.1:%u\r\nCookie: bindery_session=%s\r\n\r\n",
			  port, port, agent->cookie);
	buffer_add(&agent->out, (struct span){(const uint8_t *)request, (size_t)length});
}

struct agents *agents_create(struct ev_loop *loop, const char *cookies, uint32_t customers,
			     const struct agents_events *events)
{
	struct agents *agents;
	FILE *file = fopen(cookies, "re");

	if (!file) {
		fprintf(stderr, "%s: %s\n", cookies, strerror(errno));
		return NULL;
	}
	agents = calloc(1, sizeof(*agents));
	if (!agents)
		abort();
	agents->loop = loop;
	agents->events = *events;
	agents->customers = customers;
	agents->conversations = calloc(customers, sizeof(*agents->conversations));
	agents->connected = calloc(customers, sizeof(*agents->connected));
	agents->all = calloc(AGENTS_MAX, sizeof(*agents->all));
	if (!agents->conversations || !agents->connected || !agents->all)
		abort();
	while (agents->count < AGENTS_MAX) {
		struct agent *agent = &agents->all[agents->count];
		if (!fgets(agent->cookie, sizeof(agent->cookie), file))
			break;
		agent->cookie[strcspn(agent->cookie, "\r\n")] = '\0';
		agent->agents = agents;
		agents->count++;
	}
	fclose(file);
	return agents;
}

void agents_destroy(struct agents **pointer)
{
	struct agents *agents = *pointer;

	if (!agents)
		return;
	*pointer = NULL;
	for (unsigned i = 0; i < agents->count; i++)
		agent_finish(&agents->all[i]);
	free(agents->conversations);
	free(agents->connected);
	free(agents->all);
	free(agents);
}

void agents_start(struct agents *agents, unsigned port)
{
	for (unsigned i = 0; i < agents->count; i++)
		agent_start(&agents->all[i], port);
}

unsigned agents_count(const struct agents *agents)
{
	return agents->count;
}

struct agents_figures agents_figures(const struct agents *agents)
{
	return agents->figures;
}

uint32_t agents_customer(const struct agents *agents, uint32_t index)
{
	return agents->connected[index];
}

bool agents_send(struct agents *agents, uint32_t customer, uint32_t tag)
{
	const struct conversation *conversation = &agents->conversations[customer];
	struct agent *agent = conversation->agent;
	double now = ev_now(agents->loop);

	if (agent->state != AGENT_OPEN)
		return false;
	agent->tokens += (now - agent->filled) * AGENTS_RATE;
	agent->filled = now;
	if (agent->tokens > AGENTS_BURST)
		agent->tokens = AGENTS_BURST;
	if (agent->tokens < 1.)
		return false;
	say_text(agent,
		 "{\"type\":\"send\",\"ref\":\"o %010u\",\"conversation\":\"%s\","
		 "\"text\":\"o %010u %s\"}",
		 tag, conversation->id, tag, padding);
	return true;
}

uint32_t agents_free(struct agents *agents, uint32_t tag)
{
	for (unsigned looked = 0; looked < agents->count; looked++) {
		struct agent *agent = &agents->all[agents->next++ % agents->count];
		if (agent->state != AGENT_OPEN || agent->freed || !agent->held_count)
			continue;
		uint32_t customer = agent->held[0];
		agent->held_count--;
		memmove(agent->held, agent->held + 1, agent->held_count * sizeof(*agent->held));
		agent->freed = true;
		agent->freed_tag = tag;
		say_text(agent,
			 "{\"type\":\"close\",\"ref\":\"o %010u\",\"conversation\":\"%s\","
			 "\"wrapup\":\"Resolved\"}",
			 tag, agents->conversations[customer].id);
		return customer;
	}
	return UINT32_MAX;
}

void agents_flush(struct agents *agents)
{
	for (unsigned i = 0; i < agents->count; i++) {
		if (agents->all[i].state != AGENT_OFF)
			buffer_flush(&agents->all[i].out);
	}
}
