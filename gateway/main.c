#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "gateway/gateway.h"
#include "gateway/verbs.h"

#define EXIT_USAGE 2

static const char help[] =
	"bindery-gateway: binds to carriers' SMSCs and keeps what they say\n"
	"\n"
	"  bindery-gateway [run]          the daemon\n"
	"  bindery-gateway check          read the whole file and say everything that is wrong\n"
	"  bindery-gateway pdu            PDUs in hex from stdin, a line each, to JSON\n"
	"  bindery-gateway text TEXT      coding, segments, units left, what forced UCS-2\n"
	"  bindery-gateway status         what each carrier's binds are doing\n"
	"\n"
	"  -c, --config FILE    settings (default " SETTINGS_FILE_DEFAULT ")\n"
	"      --carrier NAME   with text: by that carrier's settings; otherwise GSM-7 with 8-bit\n"
	"                       references, nothing folded, no Latin-1 and no shift tables\n"
	"      --json           with text and status: a JSON object a line\n"
	"  -h, --help           this\n"
	"  -V, --version        the version\n"
	"\n"
	"Exit status: 0 done, 1 no, 2 usage.\n";

struct options {
	const char *config, *carrier, *verb, *argument;
	bool json;
};

static int usage(const char *why)
{
	fprintf(stderr, "bindery-gateway: %s\nTry bindery-gateway --help.\n", why);
	return EXIT_USAGE;
}

/* -1 to go on, otherwise the exit status. */
static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"config", required_argument, NULL, 'c'}, {"carrier", required_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},	  {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},	  {0},
	};

	for (int option; (option = getopt_long(argc, argv, "c:hV", names, NULL)) != -1;) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'n':
			options->carrier = optarg;
			break;
		case 'j':
			options->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("bindery-gateway " BINDERY_VERSION);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	options->verb = optind < argc ? argv[optind] : "run";
	if (optind + 1 < argc)
		options->argument = argv[optind + 1];
	if (optind + 2 < argc)
		return usage("too many arguments");
	return -1;
}

static int with_settings(const struct options *options,
			 int (*verb)(const struct settings *, const struct options *))
{
	struct settings *settings = NULL;
	int result;

	if (settings_load(options->config, gateway_report, NULL, &settings) != 0)
		return EXIT_FAILURE;
	result = verb(settings, options);
	settings_destroy(&settings);
	return result;
}

static int run(const struct settings *settings, const struct options *options)
{
	return gateway_run(settings, options->config);
}

static int check(const struct settings *settings, const struct options *options)
{
	printf("%s: ok, %zu carriers, %zu numbers, %zu queues\n", options->config,
	       settings->carriers_count, settings->numbers_count, settings->queues_count);
	return EXIT_SUCCESS;
}

static int status(const struct settings *settings, const struct options *options)
{
	return verbs_status(settings, options->json);
}

static int text(const struct settings *settings, const struct options *options)
{
	const struct settings_carrier *carrier = settings_carrier(settings, options->carrier);

	if (!carrier) {
		fprintf(stderr, "bindery-gateway: no carrier \"%s\"\n", options->carrier);
		return EXIT_FAILURE;
	}
	return verbs_text(options->argument, carrier, options->json);
}

int main(int argc, char **argv)
{
	struct options options = {.config = SETTINGS_FILE_DEFAULT};
	int result = read_options(argc, argv, &options);

	if (result >= 0)
		return result;
	if (strcmp(options.verb, "text") == 0) {
		if (!options.argument)
			return usage("text: a text is missing");
		if (!options.carrier)
			return verbs_text(options.argument, NULL, options.json);
		return with_settings(&options, text);
	}
	if (options.argument)
		return usage("too many arguments");
	if (strcmp(options.verb, "run") == 0)
		return with_settings(&options, run);
	if (strcmp(options.verb, "check") == 0)
		return with_settings(&options, check);
	if (strcmp(options.verb, "status") == 0)
		return with_settings(&options, status);
	if (strcmp(options.verb, "pdu") == 0)
		return verbs_pdu();
	return usage("no such verb");
}
