#include "gateway/bind.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A bind against an SMSC that this test plays on a socket. */
struct scene {
	struct turn turn;
	struct metrics *metrics;
	struct settings_host host;
	struct settings_carrier carrier;
	struct bind_counters counters;
	struct bind *bind;
	int listener, peer;
	unsigned heard, answered, unsent, timed_out, link_lost;
	uint32_t status;
	bool late;
	uint64_t user;
};

static void on_heard(struct bind *bind, const struct pdu *pdu, void *context)
{
	struct scene *scene = context;

	scene->heard++;
	bind_reply(bind, bind->link.generation, &pdu->header, ESME_ROK);
}

static void on_answered(struct bind *bind, const struct bind_answer *answer, void *context)
{
	struct scene *scene = context;

	(void)bind;
	scene->answered++;
	scene->status = answer->status;
	scene->late = answer->late;
	scene->user = answer->user;
}

static void on_lost(struct bind *bind, uint64_t user, enum bind_lost why, void *context)
{
	struct scene *scene = context;

	(void)bind;
	(void)user;
	scene->unsent += why == BIND_LOST_UNSENT;
	scene->timed_out += why == BIND_LOST_TIMEOUT;
	scene->link_lost += why == BIND_LOST_LINK;
}

static void on_changed(struct bind *bind, void *context)
{
	(void)bind;
	(void)context;
}

static void on_unsure(void *context)
{
	(void)context;
}

static const struct bind_events events = {
	.heard = on_heard,
	.answered = on_answered,
	.lost = on_lost,
	.changed = on_changed,
	.unsure = on_unsure,
};

static void turns(struct scene *scene, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
		usleep(500);
	}
}

static void make_counters(struct scene *scene)
{
	static const double bounds[] = {1, 0};
	struct metric *any = metrics_counter(scene->metrics, "any", "Any.", "");

	scene->counters = (struct bind_counters){any, any, any, any, any,  any, any,
						 any, any, any, any, NULL, any, any};
	scene->counters.answer_seconds =
		metrics_histogram(scene->metrics, "seconds", "Seconds.", "", bounds);
}

static int begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	scene->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(scene->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(scene->listener, 4), 0);
	assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&address, &size), 0);
	scene->host = (struct settings_host){"127.0.0.1", ntohs(address.sin_port)};
	scene->carrier =
		(struct settings_carrier){.name = "acme",
					  .hosts = &scene->host,
					  .hosts_count = 1,
					  .system_id = "me",
					  .password = "pw",
					  .system_type = "",
					  .local_address = "",
					  .interface_version = 0x34,
					  .outbind = {.system_id = "smsc", .password = "out"},
					  .binds = 1,
					  .window = 1000,
					  .connect_timeout_s = 5,
					  .session_init_timeout_s = 5,
					  .enquire_link_s = 60,
					  .enquire_link_max = 3,
					  .response_timeout_s = 1,
					  .read_timeout_s = 5,
					  .backoff_min_ms = 10,
					  .backoff_max_ms = 20,
					  .pdu_max = 4096};
	scene->metrics = metrics_create();
	make_counters(scene);
	turn_init(&scene->turn, ev_loop_new(EVFLAG_AUTO));
	scene->bind = bind_create(&(struct bind_setup){.turn = &scene->turn,
						       .carrier = &scene->carrier,
						       .drain_ms = 100,
						       .counters = &scene->counters,
						       .events = &events,
						       .context = scene});
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	close(scene->peer);
	close(scene->listener);
	turns(scene, 5);
	bind_destroy(&scene->bind);
	turns(scene, 50);
	turn_finish(&scene->turn);
	ev_loop_destroy(scene->turn.loop);
	metrics_destroy(&scene->metrics);
	free(scene);
	return 0;
}

static void accept_peer(struct scene *scene)
{
	int on = 1;

	scene->peer = accept(scene->listener, NULL, NULL);
	assert_true(scene->peer >= 0);
	assert_int_equal(setsockopt(scene->peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
}

/* Exactly that many octets at the SMSC, however they come. */
static void gather(struct scene *scene, uint8_t *octets, size_t count)
{
	for (int i = 0; i < 2000 && count > 0; i++) {
		ssize_t got = recv(scene->peer, octets, count, MSG_DONTWAIT);
		if (got > 0) {
			octets += got;
			count -= (size_t)got;
		} else {
			turns(scene, 1);
		}
	}
	assert_int_equal(count, 0);
}

/* The next PDU at the SMSC. */
static struct pdu_header receive(struct scene *scene)
{
	uint8_t octets[4096];
	struct pdu_header header = {0};

	gather(scene, octets, PDU_HEADER_SIZE);
	assert_true(pdu_header((struct span){octets, PDU_HEADER_SIZE}, &header));
	assert_true(header.length <= sizeof(octets));
	gather(scene, octets, header.length - PDU_HEADER_SIZE);
	return header;
}

static void transmit(struct scene *scene, uint32_t command, uint32_t status, uint32_t sequence)
{
	const struct pdu pdu = {
		.header = {.command = command, .status = status, .sequence = sequence}};
	uint8_t octets[256];
	int length = pdu_encode(&pdu, octets, sizeof(octets));

	assert_true(length > 0);
	assert_int_equal(send(scene->peer, octets, (size_t)length, 0), length);
	turns(scene, 5);
}

static void become_bound(struct scene *scene)
{
	struct pdu_header header;

	bind_start(scene->bind);
	accept_peer(scene);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_BIND_TRANSCEIVER);
	transmit(scene, COMMAND_BIND_TRANSCEIVER_RESP, ESME_ROK, header.sequence);
	assert_true(bind_is_bound(scene->bind));
}

static void submit(struct scene *scene, uint64_t user)
{
	static const uint8_t text[254] = "hello";
	struct pdu pdu = {.source.number = {(const uint8_t *)"1234", 4},
			  .destination.number = {(const uint8_t *)"46700000001", 11},
			  .short_message = {text, sizeof(text)}};

	assert_int_equal(bind_submit(scene->bind, &pdu, user), 0);
}

static void a_bind_is_made_and_serves_its_peer(void **state)
{
	struct scene *scene = *state;
	struct pdu_header header;

	become_bound(scene);
	transmit(scene, COMMAND_ENQUIRE_LINK, 0, 7);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_ENQUIRE_LINK_RESP);
	assert_int_equal(header.sequence, 7);
	transmit(scene, COMMAND_DELIVER_SM, 0, 8);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_DELIVER_SM_RESP);
	assert_int_equal(header.status, ESME_ROK);
	assert_int_equal(scene->heard, 1);
	transmit(scene, COMMAND_SUBMIT_SM, 0, 9);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_SUBMIT_SM_RESP);
	assert_int_equal(header.status, ESME_RINVCMDID);
}

static void a_deliver_before_the_bind_is_refused(void **state)
{
	struct scene *scene = *state;
	struct pdu_header header;

	bind_start(scene->bind);
	accept_peer(scene);
	(void)receive(scene);
	transmit(scene, COMMAND_DELIVER_SM, 0, 3);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_DELIVER_SM_RESP);
	assert_int_equal(header.status, ESME_RINVBNDSTS);
	assert_int_equal(scene->heard, 0);
}

static void a_refused_bind_is_tried_again(void **state)
{
	struct scene *scene = *state;
	struct pdu_header header;

	bind_start(scene->bind);
	accept_peer(scene);
	header = receive(scene);
	transmit(scene, COMMAND_BIND_TRANSCEIVER_RESP, ESME_RINVPASWD, header.sequence);
	assert_false(bind_is_bound(scene->bind));
	close(scene->peer);
	turns(scene, 100);
	accept_peer(scene);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_BIND_TRANSCEIVER);
}

static void answers_find_their_submits_in_any_order(void **state)
{
	struct scene *scene = *state;
	struct pdu_header first, second;

	become_bound(scene);
	submit(scene, 41);
	submit(scene, 42);
	bind_burst(scene->bind);
	first = receive(scene);
	second = receive(scene);
	assert_int_not_equal(first.sequence, second.sequence);
	transmit(scene, COMMAND_SUBMIT_SM_RESP, ESME_ROK, second.sequence);
	assert_int_equal(scene->user, 42);
	transmit(scene, COMMAND_GENERIC_NACK, ESME_RINVCMDID, first.sequence);
	assert_int_equal(scene->user, 41);
	assert_int_equal(scene->status, ESME_RINVCMDID);
	assert_int_equal(scene->answered, 2);
	assert_true(bind_is_bound(scene->bind));
}

static void an_answer_after_its_time_is_late(void **state)
{
	struct scene *scene = *state;
	struct pdu_header header;

	become_bound(scene);
	submit(scene, 41);
	bind_burst(scene->bind);
	header = receive(scene);
	for (int i = 0; i < 400 && scene->timed_out == 0; i++)
		turns(scene, 10);
	assert_int_equal(scene->timed_out, 1);
	transmit(scene, COMMAND_SUBMIT_SM_RESP, ESME_ROK, header.sequence);
	assert_int_equal(scene->answered, 1);
	assert_true(scene->late);
	assert_int_equal(scene->user, 41);
}

static void what_was_in_flight_when_the_link_died_is_told(void **state)
{
	struct scene *scene = *state;

	become_bound(scene);
	submit(scene, 41);
	submit(scene, 42);
	bind_burst(scene->bind);
	(void)receive(scene);
	(void)receive(scene);
	close(scene->peer);
	turns(scene, 20);
	assert_int_equal(scene->link_lost, 2);
	assert_false(bind_is_bound(scene->bind));
	accept_peer(scene);
}

static void what_the_kernel_does_not_take_has_not_left(void **state)
{
	struct scene *scene = *state;
	unsigned written = 0;
	int small = 4096;

	become_bound(scene);
	assert_int_equal(
		setsockopt(scene->bind->link.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	assert_int_equal(setsockopt(scene->peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (uint64_t i = 0; i < 900; i++)
		submit(scene, i);
	bind_burst(scene->bind);
	assert_true(scene->unsent > 0);
	assert_true(scene->unsent < 900);
	assert_int_equal(window_used(scene->bind->window), 900 - scene->unsent);
	/* What did leave is whole, and no more of it comes than was told. */
	while (written < 900 - scene->unsent) {
		struct pdu_header header = receive(scene);
		assert_int_equal(header.command, COMMAND_SUBMIT_SM);
		written++;
	}
	turns(scene, 20);
	assert_int_equal(recv(scene->peer, &small, 1, MSG_DONTWAIT), -1);
	assert_int_equal(bind_room(scene->bind, 0), 1000 - written);
}

static void stopping_waits_for_the_window_and_unbinds(void **state)
{
	struct scene *scene = *state;
	struct pdu_header submitted, header;

	become_bound(scene);
	submit(scene, 41);
	bind_burst(scene->bind);
	submitted = receive(scene);
	bind_stop(scene->bind);
	assert_false(bind_is_stopped(scene->bind));
	assert_int_equal(bind_room(scene->bind, 0), 0);
	transmit(scene, COMMAND_SUBMIT_SM_RESP, ESME_ROK, submitted.sequence);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_UNBIND);
	transmit(scene, COMMAND_UNBIND_RESP, ESME_ROK, header.sequence);
	assert_true(bind_is_stopped(scene->bind));
	assert_int_equal(scene->answered, 1);
}

static void an_unbind_of_the_peer_is_answered(void **state)
{
	struct scene *scene = *state;
	struct pdu_header header;

	become_bound(scene);
	transmit(scene, COMMAND_UNBIND, 0, 77);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_UNBIND_RESP);
	assert_int_equal(header.sequence, 77);
	assert_false(bind_is_bound(scene->bind));
}

static void a_wider_window_is_had_at_once_and_a_narrower_one_too(void **state)
{
	struct scene *scene = *state;

	scene->carrier.window = 2;
	bind_change(scene->bind, NULL, false);
	become_bound(scene);
	assert_int_equal(bind_room(scene->bind, 0), 2);
	submit(scene, 41);
	bind_burst(scene->bind);
	scene->carrier.window = 1000;
	bind_change(scene->bind, NULL, false);
	assert_int_equal(bind_room(scene->bind, 0), 999);
	assert_true(bind_is_bound(scene->bind));
	scene->carrier.window = 1;
	bind_change(scene->bind, NULL, false);
	assert_int_equal(bind_room(scene->bind, 0), 0);
	assert_int_equal(receive(scene).command, COMMAND_SUBMIT_SM);
}

static void a_rebind_waits_for_the_window_and_uses_what_is_new(void **state)
{
	struct scene *scene = *state;
	struct pdu_header submitted, header;

	become_bound(scene);
	submit(scene, 41);
	bind_burst(scene->bind);
	submitted = receive(scene);
	scene->carrier.bind_type = SETTINGS_RECEIVER;
	bind_change(scene->bind, NULL, true);
	assert_int_equal(bind_room(scene->bind, 0), 0);
	transmit(scene, COMMAND_SUBMIT_SM_RESP, ESME_ROK, submitted.sequence);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_UNBIND);
	transmit(scene, COMMAND_UNBIND_RESP, ESME_ROK, header.sequence);
	close(scene->peer);
	accept_peer(scene);
	assert_int_equal(receive(scene).command, COMMAND_BIND_RECEIVER);
	assert_int_equal(scene->answered, 1);
	assert_int_equal(scene->link_lost, 0);
}

static void a_bind_that_is_to_stop_does_not_come_back_for_new_settings(void **state)
{
	struct scene *scene = *state;
	struct pdu_header header;

	become_bound(scene);
	bind_change(scene->bind, NULL, true);
	bind_stop(scene->bind);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_UNBIND);
	transmit(scene, COMMAND_UNBIND_RESP, ESME_ROK, header.sequence);
	assert_true(bind_is_stopped(scene->bind));
	turns(scene, 50);
	assert_true(bind_is_stopped(scene->bind));
}

static void a_bind_that_is_stopping_does_not_come_back_for_new_settings_either(void **state)
{
	struct scene *scene = *state;
	struct pdu_header header;

	become_bound(scene);
	submit(scene, 1);
	bind_burst(scene->bind);
	bind_stop(scene->bind);
	bind_change(scene->bind, NULL, true);
	header = receive(scene);
	transmit(scene, COMMAND_SUBMIT_SM_RESP, ESME_ROK, header.sequence);
	header = receive(scene);
	assert_int_equal(header.command, COMMAND_UNBIND);
	transmit(scene, COMMAND_UNBIND_RESP, ESME_ROK, header.sequence);
	turns(scene, 50);
	assert_true(bind_is_stopped(scene->bind));
}

static void version_five_is_offered_until_it_is_refused(void **state)
{
	struct scene *scene = *state;
	uint8_t octets[128];
	struct pdu_header header;
	struct pdu pdu;

	scene->carrier.interface_version = 0x50;
	bind_start(scene->bind);
	for (unsigned i = 0; i < 2; i++) {
		accept_peer(scene);
		gather(scene, octets, PDU_HEADER_SIZE);
		assert_true(pdu_header((struct span){octets, PDU_HEADER_SIZE}, &header));
		gather(scene, octets + PDU_HEADER_SIZE, header.length - PDU_HEADER_SIZE);
		assert_int_equal(pdu_decode((struct span){octets, header.length}, &pdu), ESME_ROK);
		assert_int_equal(pdu.interface_version, i == 0 ? 0x50 : 0x34);
		if (i == 1)
			break;
		transmit(scene, COMMAND_BIND_TRANSCEIVER_RESP, ESME_RBINDFAIL, header.sequence);
		close(scene->peer);
		turns(scene, 100);
	}
}

static void say_outbind(struct scene *scene, const char *password)
{
	const struct pdu pdu = {.header = {.command = COMMAND_OUTBIND, .sequence = 1},
				.system_id = {(const uint8_t *)"smsc", 4},
				.password = {(const uint8_t *)password, strlen(password)}};
	uint8_t octets[64];
	int length = pdu_encode(&pdu, octets, sizeof(octets));
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_true(bind_adopt(scene->bind, pair[0]));
	scene->peer = pair[1];
	assert_int_equal(send(scene->peer, octets, (size_t)length, 0), length);
	turns(scene, 20);
}

static void an_smsc_that_knows_the_word_is_bound_to(void **state)
{
	struct scene *scene = *state;
	uint8_t octet;

	scene->carrier.hosts_count = 0;
	bind_start(scene->bind);
	turns(scene, 20);
	say_outbind(scene, "guess");
	assert_int_equal(recv(scene->peer, &octet, 1, MSG_DONTWAIT), 0);
	close(scene->peer);
	say_outbind(scene, "out");
	assert_int_equal(receive(scene).command, COMMAND_BIND_TRANSCEIVER);
	assert_false(bind_adopt(scene->bind, scene->peer));
}

#define BIND_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BIND_TEST(a_bind_is_made_and_serves_its_peer),
		BIND_TEST(a_deliver_before_the_bind_is_refused),
		BIND_TEST(a_refused_bind_is_tried_again),
		BIND_TEST(answers_find_their_submits_in_any_order),
		BIND_TEST(an_answer_after_its_time_is_late),
		BIND_TEST(what_was_in_flight_when_the_link_died_is_told),
		BIND_TEST(what_the_kernel_does_not_take_has_not_left),
		BIND_TEST(stopping_waits_for_the_window_and_unbinds),
		BIND_TEST(an_unbind_of_the_peer_is_answered),
		BIND_TEST(a_wider_window_is_had_at_once_and_a_narrower_one_too),
		BIND_TEST(a_rebind_waits_for_the_window_and_uses_what_is_new),
		BIND_TEST(a_bind_that_is_to_stop_does_not_come_back_for_new_settings),
		BIND_TEST(a_bind_that_is_stopping_does_not_come_back_for_new_settings_either),
		BIND_TEST(version_five_is_offered_until_it_is_refused),
		BIND_TEST(an_smsc_that_knows_the_word_is_bound_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
