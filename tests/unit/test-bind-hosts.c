#include "gateway/bind.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Which address a bind connects to, where a host's name has several: the SMSC listens on 127.0.0.1
 * alone, and the names are this test's own. */
struct scene {
	struct turn turn;
	struct metrics *metrics;
	struct settings_host hosts[2];
	struct settings_carrier carrier;
	struct bind_counters counters;
	struct bind *bind;
	int listener;
};

/* In the library's stead: "split" is 127.0.0.2, where nobody listens, and 127.0.0.1; any other name
 * is 127.0.0.2 and 127.0.0.3. */
int getaddrinfo_a(int mode, struct gaicb *list[], int count, struct sigevent *event)
{
	struct gaicb *one = list[0];
	struct addrinfo hints = *one->ar_request;
	bool split = strcmp(one->ar_name, "split") == 0;

	(void)mode;
	(void)count;
	(void)event;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	assert_int_equal(getaddrinfo("127.0.0.2", one->ar_service, &hints, &one->ar_result), 0);
	assert_int_equal(getaddrinfo(split ? "127.0.0.1" : "127.0.0.3", one->ar_service, &hints,
				     &one->ar_result->ai_next),
			 0);
	return 0;
}

int gai_error(struct gaicb *request)
{
	(void)request;
	return 0;
}

static void on_lost(struct bind *bind, uint64_t user, enum bind_lost why, void *context)
{
	(void)bind;
	(void)user;
	(void)why;
	(void)context;
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
	.lost = on_lost, .changed = on_changed, .unsure = on_unsure};

static int begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct metric *any;

	scene->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(scene->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(scene->listener, 4), 0);
	assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&address, &size), 0);
	scene->hosts[0] = (struct settings_host){"split", ntohs(address.sin_port)};
	scene->hosts[1] = (struct settings_host){"gone", ntohs(address.sin_port)};
	scene->carrier = (struct settings_carrier){.name = "acme",
						   .hosts = scene->hosts,
						   .hosts_count = 1,
						   .local_address = "",
						   .window = 1,
						   .connect_timeout_s = 5,
						   .session_init_timeout_s = 5,
						   .enquire_link_s = 60,
						   .read_timeout_s = 5,
						   .backoff_min_ms = 10,
						   .backoff_max_ms = 10,
						   .pdu_max = 4096};
	scene->metrics = metrics_create();
	any = metrics_counter(scene->metrics, "any", "Any.", "");
	scene->counters = (struct bind_counters){any, any, any, any, any,  any, any,
						 any, any, any, any, NULL, any, any};
	turn_init(&scene->turn, ev_loop_new(EVFLAG_AUTO));
	scene->bind = bind_create(&(struct bind_setup){.turn = &scene->turn,
						       .carrier = &scene->carrier,
						       .counters = &scene->counters,
						       .events = &events});
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	close(scene->listener);
	bind_destroy(&scene->bind);
	for (unsigned i = 0; i < 50; i++)
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
	turn_finish(&scene->turn);
	ev_loop_destroy(scene->turn.loop);
	metrics_destroy(&scene->metrics);
	free(scene);
	return 0;
}

/* How many attempts it took until the SMSC was called. */
static unsigned attempts(struct scene *scene)
{
	int peer = -1;

	bind_start(scene->bind);
	for (unsigned i = 0; i < 4000 && peer < 0; i++) {
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
		peer = accept(scene->listener, NULL, NULL);
		if (peer < 0)
			usleep(500);
	}
	assert_true(peer >= 0);
	close(peer);
	return scene->bind->connects;
}

static void each_address_of_a_name_has_its_turn(void **state)
{
	assert_int_equal(attempts(*state), 2);
}

static void also_where_there_are_several_hosts(void **state)
{
	struct scene *scene = *state;

	scene->carrier.hosts_count = 2;
	assert_int_equal(attempts(scene), 3);
}

#define HOSTS_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOSTS_TEST(each_address_of_a_name_has_its_turn),
		HOSTS_TEST(also_where_there_are_several_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
