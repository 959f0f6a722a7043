#include "tests/unit/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 10.

void bench_start_redis(struct bench *bench)
{
	const char *password = bench->address.password ? bench->address.password : "";

	bench->redis = fork();
	assert_true(bench->redis >= 0);
	if (bench->redis == 0) {
		/* A test that fails leaves none behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", bench->socket,
		       "--dir", bench->folder, "--save", "", "--logfile", "redis.log",
		       "--requirepass", password, (char *)NULL);
		_exit(127);
	}
	/* Until it listens. */
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", bench->socket);
	for (unsigned n = 0; n < 1000; n++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		int result = connect(fd, (struct sockaddr *)&name, sizeof(name));
		close(fd);
		if (result == 0)
			return;
		usleep(10000);
	}
	fail_msg("redis-server does not start");
}

void bench_kill_redis(struct bench *bench)
{
	if (!bench->redis)
		return;
	kill(bench->redis, SIGKILL);
	waitpid(bench->redis, NULL, 0);
	bench->redis = 0;
	unlink(bench->socket);
}

void bench_set_up(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	strcpy(bench->folder, "/tmp/bindery-bus-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	snprintf(bench->socket, sizeof(bench->socket), "%s/redis.sock", bench->folder);
	bench->address.socket = bench->socket;
	bench->loop = ev_loop_new(0);
}

void bench_tear_down(struct bench *bench)
{
	char log[96];

	bus_destroy(&bench->bus);
	ev_loop_destroy(bench->loop);
	bench_kill_redis(bench);
	snprintf(log, sizeof(log), "%s/redis.log", bench->folder);
	unlink(log);
	assert_int_equal(rmdir(bench->folder), 0);
}

static void on_late(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
	fail_msg("not within %g s", PATIENCE_S);
}

void bench_turn_until(struct bench *bench, const unsigned *counter, unsigned wanted)
{
	ev_timer late;

	ev_timer_init(&late, on_late, PATIENCE_S, 0.);
	ev_timer_start(bench->loop, &late);
	while (*counter < wanted)
		ev_run(bench->loop, EVRUN_ONCE);
	ev_timer_stop(bench->loop, &late);
	assert_int_equal(*counter, wanted);
}

void bench_on_ready(void *context)
{
	struct bench *bench = context;

	bench->ready++;
}

void bench_on_lost(const char *why, void *context)
{
	struct bench *bench = context;

	bench->lost++;
	snprintf(bench->why, sizeof(bench->why), "%s", why);
}

void bench_on_answer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct bench *bench = context;
	struct span text = bus_reply_span(reply);

	(void)bus;
	bench->answered++;
	bench->unknown += !reply;
	if (bus_reply_type(reply) == BUS_INTEGER)
		snprintf(bench->last, sizeof(bench->last), "%lld",
			 (long long)bus_reply_integer(reply));
	else
		snprintf(bench->last, sizeof(bench->last), "%.*s", (int)text.length,
			 (const char *)text.at);
}

void bench_begin(struct bench *bench)
{
	struct bus_events events = {bench_on_ready, bench_on_lost, bench};

	bench->bus = bus_create(bench->loop, &bench->address, &events);
}

void bench_begin_ready(struct bench *bench)
{
	bench_set_up(bench);
	bench_start_redis(bench);
	bench_begin(bench);
	bench_turn_until(bench, &bench->ready, 1);
}

void bench_say(struct bench *bench, const char *command, bus_done *done, void *context)
{
	struct bus_args args;
	char words[256];

	bus_args_init(&args);
	snprintf(words, sizeof(words), "%s", command);
	for (char *rest = words, *word; (word = strsep(&rest, " "));)
		bus_args_text(&args, word);
	bus_args_send(&args, bench->bus, done, context);
	bus_args_finish(&args);
}

void bench_ask(struct bench *bench, const char *command)
{
	bench_say(bench, command, bench_on_answer, bench);
}

void bench_settle(struct bench *bench)
{
	for (unsigned n = 0; n < 20; n++) {
		usleep(1000);
		ev_run(bench->loop, EVRUN_NOWAIT);
	}
}
