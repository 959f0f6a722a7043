/*
 * The load generator: the carrier on one side, the agents on the other, one clock for both. Takes
 * orders (order.h) on the standard input and answers each with one line of JSON; run.mjs gives
 * them and makes the table.
 */
#include <errno.h>
#include <ev.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/bench/phase.h"

#define MESSAGES_MAX 2000000
#define LINE_SIZE 512
#define TICK_S 0.005

struct load {
	struct ev_loop *loop;
	struct phase phase;
	ev_prepare turn;
	ev_timer tick;
	ev_io input;
	ev_io pacer; /* wakes the loop when the next message of a paced order is due */
	char line[LINE_SIZE];
	size_t length;
};

static const char usage[] =
	"bindery-bench --smpp-port N --http-port N --ours DIGITS [--numbers N] --customers N\n"
	"    [--cookies FILE]\n";

static void pace(struct load *load, uint32_t rate)
{
	long interval = rate ? 1000000000L / (long)rate : 0;
	struct itimerspec spec = {
		.it_interval = {interval / 1000000000L, interval % 1000000000L},
		.it_value = {interval / 1000000000L, interval % 1000000000L},
	};

	timerfd_settime(load->pacer.fd, 0, &spec, NULL);
}

static void on_pacer(struct ev_loop *loop, ev_io *watcher, int revents)
{
	uint64_t expirations;

	(void)loop;
	(void)revents;
	if (read(watcher->fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		perror("timerfd");
}

static void on_turn(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
	struct load *load = watcher->data;

	(void)loop;
	(void)revents;
	phase_pump(&load->phase);
	smsc_flush(load->phase.smsc);
	if (load->phase.agents)
		agents_flush(load->phase.agents);
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	struct load *load = watcher->data;

	(void)loop;
	(void)revents;
	phase_tick(&load->phase);
	if (!phase_over(&load->phase))
		return;
	pace(load, 0);
	phase_report(&load->phase);
}

static void take_line(struct load *load, char *line)
{
	struct order order;

	if (order_parse(line, &order) != 0 || !phase_begin(&load->phase, &order)) {
		printf("{\"error\":\"the order was refused\"}\n");
		fflush(stdout);
		return;
	}
	pace(load, order.rate);
}

static void on_input(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct load *load = watcher->data;
	ssize_t count =
		read(watcher->fd, load->line + load->length, sizeof(load->line) - load->length - 1);
	char *end;

	(void)revents;
	if (count <= 0) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	load->length += (size_t)count;
	load->line[load->length] = '\0';
	while ((end = strchr(load->line, '\n'))) {
		*end++ = '\0';
		take_line(load, load->line);
		load->length -= (size_t)(end - load->line);
		memmove(load->line, end, load->length + 1);
	}
	if (load->length == sizeof(load->line) - 1)
		ev_break(loop, EVBREAK_ALL);
}

struct options {
	unsigned smpp_port, http_port, customers, numbers;
	const char *ours, *cookies;
};

static bool read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {{"smpp-port", required_argument, NULL, 's'},
					      {"http-port", required_argument, NULL, 'h'},
					      {"ours", required_argument, NULL, 'o'},
					      {"numbers", required_argument, NULL, 'm'},
					      {"customers", required_argument, NULL, 'n'},
					      {"cookies", required_argument, NULL, 'c'},
					      {NULL, 0, NULL, 0}};
	int option;

	*options = (struct options){.numbers = 1};
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;
		switch (option) {
		case 's':
			options->smpp_port = number;
			break;
		case 'h':
			options->http_port = number;
			break;
		case 'o':
			options->ours = optarg;
			break;
		case 'm':
			options->numbers = number;
			break;
		case 'n':
			options->customers = number;
			break;
		case 'c':
			options->cookies = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc && options->smpp_port && options->ours && options->customers &&
	       options->customers <= 10000000 && options->numbers &&
	       options->numbers <= SMSC_NUMBERS_MAX;
}

static bool load_init(struct load *load, const struct options *options)
{
	struct phase *phase = &load->phase;
	struct smsc_events carrier = {phase_answered, phase_submitted, phase};
	struct agents_events desk = {phase_seen, phase_acked, phase_offered, phase};

	load->loop = ev_default_loop(EVFLAG_AUTO);
	if (!load->loop)
		return false;
	phase_init(phase, MESSAGES_MAX, options->customers);
	phase->port = options->http_port;
	phase->smsc = smsc_create(load->loop, options->smpp_port, options->ours, options->numbers,
				  &carrier);
	if (!phase->smsc)
		return false;
	if (options->cookies) {
		phase->agents =
			agents_create(load->loop, options->cookies, options->customers, &desk);
		if (!phase->agents)
			return false;
	}
	ev_prepare_init(&load->turn, on_turn);
	ev_timer_init(&load->tick, on_tick, TICK_S, TICK_S);
	ev_io_init(&load->input, on_input, STDIN_FILENO, EV_READ);
	ev_io_init(&load->pacer, on_pacer,
		   timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), EV_READ);
	load->turn.data = load->tick.data = load->input.data = load;
	ev_prepare_start(load->loop, &load->turn);
	ev_timer_start(load->loop, &load->tick);
	ev_io_start(load->loop, &load->input);
	ev_io_start(load->loop, &load->pacer);
	return true;
}

int main(int argc, char **argv)
{
	static struct load load;
	struct options options;

	if (!read_options(argc, argv, &options)) {
		fputs(usage, stderr);
		return 2;
	}
	if (!load_init(&load, &options))
		return 1;
	ev_run(load.loop, 0);
	agents_destroy(&load.phase.agents);
	smsc_destroy(&load.phase.smsc);
	phase_finish(&load.phase);
	close(load.pacer.fd);
	return 0;
}
