#include "gateway/link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A link against a socket of this process. */
struct scene {
	struct turn turn;
	struct link link;
	int listener, peer;
	unsigned port;
	char heard[256];
	size_t pdus;
};

static void hear(struct scene *scene, const char *what)
{
	size_t used = strlen(scene->heard);

	snprintf(scene->heard + used, sizeof(scene->heard) - used, "%s ", what);
}

static void on_connected(void *context)
{
	hear(context, "connected");
}

static void on_failed(const char *why, void *context)
{
	(void)why;
	hear(context, "failed");
}

static void on_ended(const char *why, void *context)
{
	(void)why;
	hear(context, "ended");
}

static void on_pdu(struct span pdu, void *context)
{
	struct scene *scene = context;

	assert_true(pdu.length >= 16);
	scene->pdus++;
}

static void on_cleared(void *context)
{
	hear(context, "cleared");
}

static void on_broken(struct span start, const char *why, void *context)
{
	struct scene *scene = context;

	(void)start;
	hear(scene, why);
	link_close(&scene->link);
}

static const struct link_events events = {
	.connected = on_connected,
	.failed = on_failed,
	.ended = on_ended,
	.pdu = on_pdu,
	.cleared = on_cleared,
	.broken = on_broken,
};

static const uint8_t enquire[16] = {0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 1};

static void turns(struct scene *scene, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
		usleep(500);
	}
}

static int begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	const struct link_settings settings = {
		.local_address = "127.0.0.1", .pdu_max = 4096, .read_timeout_ms = 50};

	scene->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(scene->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(scene->listener, 4), 0);
	assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&address, &size), 0);
	scene->port = ntohs(address.sin_port);
	turn_init(&scene->turn, ev_loop_new(EVFLAG_AUTO));
	link_init(&scene->link, &scene->turn, &settings, &events, scene);
	link_connect(&scene->link, "127.0.0.1", scene->port, 0);
	scene->peer = accept(scene->listener, NULL, NULL);
	assert_true(scene->peer >= 0);
	for (int i = 0; i < 100 && !link_is_up(&scene->link); i++)
		turns(scene, 10);
	assert_string_equal(scene->heard, "connected ");
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	close(scene->peer);
	close(scene->listener);
	turns(scene, 200);
	link_finish(&scene->link);
	turns(scene, 200);
	turn_finish(&scene->turn);
	ev_loop_destroy(scene->turn.loop);
	free(scene);
	return 0;
}

static void pdus_in_pieces_come_out_whole(void **state)
{
	struct scene *scene = *state;

	scene->link.settings.read_timeout_ms = 60000; /* a busy machine is not what this is about */
	for (size_t i = 0; i < sizeof(enquire); i++) {
		assert_int_equal(send(scene->peer, enquire + i, 1, 0), 1);
		turns(scene, 10);
		if (i == 3)
			break;
	}
	assert_int_equal(scene->pdus, 0);
	assert_int_equal(send(scene->peer, enquire + 4, 12, 0), 12);
	assert_int_equal(send(scene->peer, enquire, 16, 0), 16);
	turns(scene, 200);
	assert_int_equal(scene->pdus, 2);
}

static void the_rest_of_a_pdu_has_to_come_in_time(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(send(scene->peer, enquire, 7, 0), 7);
	turns(scene, 200);
	assert_string_equal(scene->heard, "connected half_read ");
	assert_false(link_is_up(&scene->link));
}

static void a_length_of_four_gigabytes_is_broken_at_once(void **state)
{
	struct scene *scene = *state;
	static const uint8_t huge[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 5};

	assert_int_equal(send(scene->peer, huge, sizeof(huge), 0), 16);
	turns(scene, 200);
	assert_string_equal(scene->heard, "connected bad_length ");
}

static void what_is_sent_in_one_turn_leaves_together(void **state)
{
	struct scene *scene = *state;
	uint8_t got[64];

	link_send(&scene->link, enquire, 16);
	link_send(&scene->link, enquire, 16);
	assert_int_equal(recv(scene->peer, got, sizeof(got), MSG_DONTWAIT), -1);
	turns(scene, 200);
	assert_int_equal(recv(scene->peer, got, sizeof(got), MSG_DONTWAIT), 32);
}

static void short_writes_are_kept_and_a_peer_that_does_not_read_is_not_read(void **state)
{
	struct scene *scene = *state;
	static uint8_t chunk[65536];
	size_t sent = 0, got = 0;

	for (int i = 0; i < 200 && !(scene->link.holds & LINK_HOLD_OUTPUT); i++) {
		memset(chunk, i, sizeof(chunk));
		link_send(&scene->link, chunk, sizeof(chunk));
		sent += sizeof(chunk);
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
	}
	assert_true(scene->link.holds & LINK_HOLD_OUTPUT);
	assert_false(link_is_clear(&scene->link));
	assert_int_equal(link_send_now(&scene->link, enquire, 16), 0);
	assert_int_equal(send(scene->peer, enquire, 16, 0), 16);
	turns(scene, 10);
	assert_int_equal(scene->pdus, 0);
	while (got < sent) {
		ssize_t count = recv(scene->peer, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (count > 0) {
			assert_int_equal(chunk[0], got / sizeof(chunk));
			got += (size_t)count;
		}
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
	}
	turns(scene, 200);
	assert_int_equal(got, sent);
	assert_true(link_is_clear(&scene->link));
	assert_int_equal(scene->pdus, 1);
	assert_string_equal(scene->heard, "connected cleared ");
}

static void the_end_is_told_once_and_a_new_connection_can_be_made(void **state)
{
	struct scene *scene = *state;
	uint32_t generation = scene->link.generation;

	close(scene->peer);
	turns(scene, 200);
	assert_string_equal(scene->heard, "connected ended ");
	assert_int_not_equal(scene->link.generation, generation);
	link_connect(&scene->link, "127.0.0.1", scene->port, 0);
	scene->peer = accept(scene->listener, NULL, NULL);
	turns(scene, 200);
	assert_string_equal(scene->heard, "connected ended connected ");
}

static void a_refused_connection_is_told_later_not_at_once(void **state)
{
	struct scene *scene = *state;

	link_close(&scene->link);
	link_connect(&scene->link, "not an address", 1, 0);
	assert_string_equal(scene->heard, "connected ");
	turns(scene, 200);
	assert_string_equal(scene->heard, "connected failed ");
}

static void the_last_answer_arrives_though_input_was_left_unread(void **state)
{
	struct scene *scene = *state;
	uint8_t got[64];

	for (int i = 0; i < 100; i++)
		assert_int_equal(send(scene->peer, enquire, 16, 0), 16);
	link_send(&scene->link, enquire, 16);
	link_close(&scene->link);
	turns(scene, 200);
	assert_int_equal(recv(scene->peer, got, sizeof(got), 0), 16);
	assert_int_equal(recv(scene->peer, got, sizeof(got), 0), 0);
	assert_string_equal(scene->heard, "connected ");
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(pdus_in_pieces_come_out_whole),
		LINK_TEST(the_rest_of_a_pdu_has_to_come_in_time),
		LINK_TEST(a_length_of_four_gigabytes_is_broken_at_once),
		LINK_TEST(what_is_sent_in_one_turn_leaves_together),
		LINK_TEST(short_writes_are_kept_and_a_peer_that_does_not_read_is_not_read),
		LINK_TEST(the_end_is_told_once_and_a_new_connection_can_be_made),
		LINK_TEST(a_refused_connection_is_told_later_not_at_once),
		LINK_TEST(the_last_answer_arrives_though_input_was_left_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
