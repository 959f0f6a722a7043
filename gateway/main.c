#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "config/verb.h"
#include "gateway/gateway.h"
#include "gateway/tracer.h"
#include "gateway/verbs.h"

static const char help[] =
	"bindery-gateway: binds to carriers' SMSCs and keeps what they say\n"
	"\n"
	"  bindery-gateway [run]            the daemon\n"
	"  bindery-gateway check            read the whole file and say everything that is wrong\n"
	"  bindery-gateway status           what each carrier and each of its binds is doing\n"
	"  bindery-gateway trace CARRIER    its PDUs as they pass, until Ctrl-C\n"
	"  bindery-gateway pause CARRIER    send it nothing new; its binds stay\n"
	"  bindery-gateway drain CARRIER    finish what is under way, then unbind\n"
	"  bindery-gateway resume CARRIER   end a pause or a drain\n"
	"  bindery-gateway pdu              PDUs in hex from stdin, a line each, to JSON\n"
	"  bindery-gateway text TEXT        coding, segments, units left, what forced UCS-2\n"
	"\n"
	"  -c, --config FILE    settings (default " SETTINGS_FILE_DEFAULT ")\n"
	"      --json           with check, status, text and trace: a JSON object a line\n"
	"      --carrier NAME   with text: by that carrier's settings; otherwise GSM-7 with 8-bit\n"
	"                       references, nothing folded, no Latin-1 and no shift tables;\n"
	"                       with pdu: what it calls its vendor's parameters\n"
	"      --pcap FILE      with trace: also a capture for Wireshark; - is stdout, without "
	"lines\n"
	"      --text           with trace: show what messages say; hidden otherwise\n"
	"      --numbers        with trace: show whole numbers; otherwise their last four digits\n"
	"      --count N        with trace: end after N PDUs\n"
	"  -h, --help           this\n"
	"  -V, --version        the version\n"
	"\n"
	"Exit status: 0 done, 1 no, 2 usage. The manual: bindery-gateway(8), bindery.conf(5).\n";

/* Options that are of some verbs only. */
enum {
	OF_JSON = 1,
	OF_CARRIER = 2,
	OF_TRACE = 4, /* --pcap, --text, --numbers, --count */
};

struct options {
	const char *config, *carrier, *verb, *argument;
	struct tracer_options trace;
	bool json;
	unsigned given; /* a set of OF_ */
};

static int usage(const char *why)
{
	fprintf(stderr, "bindery-gateway: %s\nTry bindery-gateway --help.\n", why);
	return EXIT_USAGE;
}

static int read_count(const char *text, unsigned long *count)
{
	char *end;

	errno = 0;
	*count = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || *count == 0)
		return usage("--count: a number from 1 on is needed");
	return -1;
}

/* One option. -1 to go on, otherwise the exit status. */
static int take_option(int option, struct options *options)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return -1;
	case 'n':
		options->given |= OF_CARRIER;
		options->carrier = optarg;
		return -1;
	case 'j':
		options->given |= OF_JSON;
		options->json = options->trace.json = true;
		return -1;
	case 'p':
		options->given |= OF_TRACE;
		options->trace.pcap = optarg;
		return -1;
	case 't':
		options->given |= OF_TRACE;
		options->trace.text = true;
		return -1;
	case 'd':
		options->given |= OF_TRACE;
		options->trace.numbers = true;
		return -1;
	case 'k':
		options->given |= OF_TRACE;
		return read_count(optarg, &options->trace.count);
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	case 'V':
		puts("bindery-gateway " BINDERY_VERSION);
		return EXIT_SUCCESS;
	default:
		fputs("Try bindery-gateway --help.\n", stderr);
		return EXIT_USAGE;
	}
}

/* -1 to go on, otherwise the exit status. */
static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"config", required_argument, NULL, 'c'}, {"carrier", required_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},	  {"pcap", required_argument, NULL, 'p'},
		{"text", no_argument, NULL, 't'},	  {"numbers", no_argument, NULL, 'd'},
		{"count", required_argument, NULL, 'k'},  {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},	  {0},
	};
	int result = -1;

	for (int option;
	     result < 0 && (option = getopt_long(argc, argv, "c:hV", names, NULL)) != -1;)
		result = take_option(option, options);
	if (result >= 0)
		return result;
	options->verb = optind < argc ? argv[optind] : "run";
	if (optind + 1 < argc)
		options->argument = argv[optind + 1];
	if (optind + 2 < argc)
		return usage("too many arguments");
	return -1;
}

static int run(const struct settings *settings, const struct options *options)
{
	return gateway_run(settings, options->config);
}

static int check(const struct settings *settings, const struct options *options)
{
	if (gateway_check(settings, gateway_report, NULL) != 0)
		return EXIT_FAILURE;
	unsigned binds = 0;

	for (size_t i = 0; i < settings->carriers_count; i++)
		binds += settings->carriers[i].binds;
	if (options->json) {
		printf("{\"ok\":true,\"carriers\":%zu,\"binds\":%u,\"numbers\":%zu,"
		       "\"programmes\":%zu,\"queues\":%zu}\n",
		       settings->carriers_count, binds, settings->numbers_count,
		       settings->programmes_count, settings->queues_count);
		return EXIT_SUCCESS;
	}
	printf("%s: ok, %zu carriers, %zu numbers, %zu queues\n", options->config,
	       settings->carriers_count, settings->numbers_count, settings->queues_count);
	verb_passes_over(settings->redis.password_file);
	for (size_t i = 0; i < settings->carriers_count; i++) {
		const struct settings_carrier *carrier = &settings->carriers[i];
		printf("  carrier %s: %u binds", carrier->name, carrier->binds);
		if (carrier->hosts_count)
			printf(" to %s port %u", carrier->hosts[0].host, carrier->hosts[0].port);
		if (carrier->hosts_count > 1)
			printf(" and %zu more", carrier->hosts_count - 1);
		if (carrier->outbind.port)
			printf(", outbind at %s port %u", carrier->outbind.listen,
			       carrier->outbind.port);
		printf(" as %s, window %u, %s\n", carrier->system_id, carrier->window,
		       carrier->tls ? "TLS" : "no TLS");
		verb_passes_over(carrier->password_file);
		verb_passes_over(carrier->tls_certificate);
		verb_passes_over(carrier->tls_private_key);
	}
	return EXIT_SUCCESS;
}

static int status(const struct settings *settings, const struct options *options)
{
	return verbs_status(settings, options->json);
}

/* The carrier of that name, or NULL once stderr has the names that there are. */
static const struct settings_carrier *find_carrier(const struct settings *settings,
						   const char *name)
{
	const struct settings_carrier *carrier = settings_carrier(settings, name);

	if (carrier)
		return carrier;
	fprintf(stderr, "bindery-gateway: no carrier \"%s\"; the file has", name);
	for (size_t i = 0; i < settings->carriers_count; i++)
		fprintf(stderr, "%s %s", i ? "," : "", settings->carriers[i].name);
	fputs(settings->carriers_count ? "\n" : " none\n", stderr);
	return NULL;
}

static int text(const struct settings *settings, const struct options *options)
{
	const struct settings_carrier *carrier = find_carrier(settings, options->carrier);

	return carrier ? verbs_text(options->argument, carrier, options->json) : EXIT_FAILURE;
}

static int trace(const struct settings *settings, const struct options *options)
{
	const struct settings_carrier *carrier = find_carrier(settings, options->argument);

	return carrier ? tracer_run(settings, carrier, &options->trace) : EXIT_FAILURE;
}

static int command(const struct settings *settings, const struct options *options)
{
	const struct settings_carrier *carrier = find_carrier(settings, options->argument);

	return carrier ? verbs_command(settings, carrier->name, options->verb) : EXIT_FAILURE;
}

static int pdu(const struct settings *settings, const struct options *options)
{
	const struct settings_carrier *carrier =
		options->carrier ? find_carrier(settings, options->carrier) : NULL;

	return options->carrier && !carrier ? EXIT_FAILURE : verbs_pdu(carrier);
}

static const struct verb {
	const char *name;
	int (*run)(const struct settings *settings, const struct options *options);
	const char *argument; /* what it is called; NULL where there is none */
	unsigned takes;	      /* a set of OF_ */
	unsigned secrets;     /* a set of SETTINGS_SECRETS_ */
	bool bare;	      /* needs no settings */
} verbs[] = {
	{"run", run, NULL, 0, SETTINGS_SECRETS_CARRIERS, false},
	{"check", check, NULL, OF_JSON, SETTINGS_SECRETS_CARRIERS | SETTINGS_SECRETS_ELSEWHERE,
	 false},
	{"status", status, NULL, OF_JSON, 0, false},
	{"trace", trace, "a carrier", OF_JSON | OF_TRACE, 0, false},
	{"pause", command, "a carrier", 0, 0, false},
	{"drain", command, "a carrier", 0, 0, false},
	{"resume", command, "a carrier", 0, 0, false},
	{"pdu", pdu, NULL, OF_CARRIER | OF_JSON, SETTINGS_SECRETS_ELSEWHERE,
	 true}, /* JSON anyway */
	{"text", text, "a text", OF_CARRIER | OF_JSON, SETTINGS_SECRETS_ELSEWHERE, false},
};

static int with_settings(const struct verb *verb, const struct options *options)
{
	struct settings *settings = NULL;

	if (settings_load(options->config, verb->secrets, gateway_report, NULL, &settings) != 0)
		return EXIT_FAILURE;
	int result = verb->run(settings, options);
	settings_destroy(&settings);
	return result;
}

static int say_foreign(const struct verb *verb, unsigned foreign)
{
	fprintf(stderr, "bindery-gateway: %s does not take %s\nTry bindery-gateway --help.\n",
		verb->name,
		foreign & OF_JSON      ? "--json"
		: foreign & OF_CARRIER ? "--carrier"
				       : "--pcap, --text, --numbers or --count");
	return EXIT_USAGE;
}

static int dispatch(const struct verb *verb, const struct options *options)
{
	if (options->given & ~verb->takes)
		return say_foreign(verb, options->given & ~verb->takes);
	if (options->argument && !verb->argument)
		return usage("too many arguments");
	if (!options->argument && verb->argument) {
		fprintf(stderr, "bindery-gateway: %s: %s is missing\nTry bindery-gateway --help.\n",
			verb->name, verb->argument);
		return EXIT_USAGE;
	}
	if (verb->run == text && !options->carrier)
		return verbs_text(options->argument, NULL, options->json);
	return verb->bare && !options->carrier ? verb->run(NULL, options)
					       : with_settings(verb, options);
}

int main(int argc, char **argv)
{
	struct options options = {.config = SETTINGS_FILE_DEFAULT};
	int result = read_options(argc, argv, &options);

	if (result >= 0)
		return result;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(options.verb, verbs[i].name) == 0)
			return verb_end("bindery-gateway", dispatch(&verbs[i], &options));
	}
	fprintf(stderr, "bindery-gateway: no such verb: %s\nTry bindery-gateway --help.\n",
		options.verb);
	return EXIT_USAGE;
}
