#include "config/settings.h"
#include "router/compliance/classify.h"
#include "router/compliance/keywords.h"
#include "router/compliance/ledger.h"
#include "router/compliance/officer.h"
#include "router/compliance/quiet.h"
#include "router/compliance/zones.h"
#include "router/customer_command.h"
#include "router/daemon.h"
#include "router/door/client.h"
#include "router/door/role.h"
#include "router/door/user.h"
#include "router/routing/staff.h"
#include "router/status.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"bindery-router: brings customers' texts to agents, and agents' answers to the gateway\n"
	"\n"
	"  bindery-router [-c FILE] [run]      the daemon\n"
	"  bindery-router [-c FILE] check      the configuration: every error with file and line\n"
	"  bindery-router [-c FILE] status     whether messages may be sent, and why not\n"
	"  bindery-router [-c FILE] user add NAME --role ROLE[,ROLE] [--capacity N]\n"
	"  bindery-router [-c FILE] user passwd NAME\n"
	"  bindery-router [-c FILE] user list\n"
	"  bindery-router [-c FILE] user skill NAME SKILL LEVEL   proficiency 1..5, 0 takes it "
	"away\n"
	"  bindery-router [-c FILE] user skills NAME\n"
	"  bindery-router [-c FILE] queue join QUEUE NAME [--ring N] | leave QUEUE NAME | members "
	"QUEUE\n"
	"  bindery-router [-c FILE] client add NAME --scope SCOPE[,SCOPE] | secret ID | remove ID "
	"| "
	"list\n"
	"                                      clients of the API\n"
	"  bindery-router classify [--context marketing|question|agent|opted-out]... [--json] < "
	"lines\n"
	"  bindery-router [-c FILE] classify --programme NAME | --number NUMBER [--language xx] "
	"... < "
	"lines\n"
	"                                      what each text would mean for consent\n"
	"  bindery-router [-c FILE] suppression search | add | remove | requests | approve | "
	"refuse | "
	"import | batches | export\n"
	"                                      who gets no messages, and by whose word\n"
	"  bindery-router [-c FILE] customer import FILE | erase NUMBER   who writes, by a file\n"
	"  bindery-router [-c FILE] ledger export | verify FILE [--key PUBLIC.PEM] | prove FILE … "
	"| "
	"resume\n"
	"                                      what happened to consent, and the proof of it\n"
	"\n"
	"  -c FILE       configuration, default " SETTINGS_FILE_DEFAULT "\n"
	"  -h, --help    this text\n"
	"  --version     the version\n"
	"\n"
	"Exit code: 0 done, 1 no, 2 usage.\n";

static void report(const char *line, void *context)
{
	(void)context;
	fprintf(stderr, "%s\n", line);
}

static int check(const char *file, const struct settings *settings)
{
	printf("%s: ok, %zu carriers, %zu numbers, %zu programmes, %zu queues\n", file,
	       settings->carriers_count, settings->numbers_count, settings->programmes_count,
	       settings->queues_count);
	return 0;
}

static int user(const struct settings *settings, int argc, char **argv)
{
	struct bus_address redis = daemon_redis(settings);
	struct staff_place place = {settings, &redis};

	if (argc > 0 && staff_is_user_verb(argv[0]))
		return staff_user_command(&place, argc, argv);
	return user_command(&redis, argc, argv);
}

static int queue(const struct settings *settings, int argc, char **argv)
{
	struct bus_address redis = daemon_redis(settings);

	return staff_queue_command(&(struct staff_place){settings, &redis}, argc, argv);
}

static int client(const struct settings *settings, int argc, char **argv)
{
	struct bus_address redis = daemon_redis(settings);

	return client_command(&redis, argc, argv);
}

static int ledger(const struct settings *settings, int argc, char **argv)
{
	struct bus_address redis = daemon_redis(settings);

	return ledger_command(settings, &redis, argc, argv);
}

static bool confirm(const struct bus_address *redis, const char *name, bool from_stdin)
{
	return user_confirm(redis, name, ROLE_COMPLIANCE | ROLE_ADMIN, from_stdin);
}

static int suppression(const struct settings *settings, int argc, char **argv)
{
	struct bus_address redis = daemon_redis(settings);

	return officer_command(&(struct officer_place){settings, &redis, confirm}, argc, argv);
}

static int customer(const struct settings *settings, int argc, char **argv)
{
	struct bus_address redis = daemon_redis(settings);

	return customer_command(settings, &redis, argc, argv);
}

static int status(const struct settings *settings)
{
	struct bus_address redis = daemon_redis(settings);

	return status_command(settings, &redis);
}

static int classify(const struct settings *settings, int argc, char **argv)
{
	struct bus_address redis = daemon_redis(settings);

	return classify_command(&(struct classify_place){settings, &redis}, argc, argv);
}

/* What only this program can tell of the configuration. */
static bool is_sound(const struct settings *settings)
{
	bool keywords = keywords_check(settings, report, NULL);

	return quiet_check(settings, report, NULL) && keywords;
}

/* Whether that is a verb, with arguments where it takes any; said before any file is read. */
static bool is_usage(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool alone;
	} verbs[] = {{"run", true},	  {"check", true},	  {"status", true},
		     {"user", false},	  {"queue", false},	  {"client", false},
		     {"classify", false}, {"suppression", false}, {"customer", false},
		     {"ledger", false}};
	const char *verb = argc > 0 ? argv[0] : "run";

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		if (!verbs[i].alone || argc <= 1)
			return true;
		fprintf(stderr,
			"bindery-router: %s takes no arguments; see bindery-router --help\n", verb);
		return false;
	}
	fprintf(stderr, "bindery-router: unknown command \"%s\"; see bindery-router --help\n",
		verb);
	return false;
}

static int run_verb(const char *file, int argc, char **argv, const struct settings *settings)
{
	const char *verb = argc > 0 ? argv[0] : "run";

	if (strcmp(verb, "run") == 0)
		return is_sound(settings) ? daemon_run(settings, file) : 1;
	if (strcmp(verb, "check") == 0)
		return is_sound(settings) ? check(file, settings) : 1;
	if (strcmp(verb, "status") == 0)
		return status(settings);
	if (strcmp(verb, "user") == 0)
		return user(settings, argc - 1, argv + 1);
	if (strcmp(verb, "queue") == 0)
		return queue(settings, argc - 1, argv + 1);
	if (strcmp(verb, "client") == 0)
		return client(settings, argc - 1, argv + 1);
	if (strcmp(verb, "classify") == 0)
		return classify(settings, argc - 1, argv + 1);
	if (strcmp(verb, "suppression") == 0)
		return suppression(settings, argc - 1, argv + 1);
	if (strcmp(verb, "customer") == 0)
		return customer(settings, argc - 1, argv + 1);
	return ledger(settings, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'},
						{"version", no_argument, NULL, 'v'},
						{"config", required_argument, NULL, 'c'},
						{NULL, 0, NULL, 0}};
	const char *file = SETTINGS_FILE_DEFAULT;
	struct settings *settings = NULL;
	int option;

	/* `+`: the verb's own options are the verb's. */
	while ((option = getopt_long(argc, argv, "+c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			file = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'v':
			puts("bindery-router " BINDERY_VERSION);
			printf("zones: %s\n", zones_version());
			return 0;
		default:
			fputs("see bindery-router --help\n", stderr);
			return 2;
		}
	}
	if (!is_usage(argc - optind, argv + optind))
		return 2;
	/* What needs no configuration. */
	if (optind < argc && strcmp(argv[optind], "classify") == 0 &&
	    !classify_needs_place(argc - optind - 1, argv + optind + 1))
		return classify_command(NULL, argc - optind - 1, argv + optind + 1);
	if (optind < argc && strcmp(argv[optind], "ledger") == 0 &&
	    ledger_is_offline(argc - optind - 1, argv + optind + 1))
		return ledger_offline(argc - optind - 1, argv + optind + 1);
	if (settings_load(file, report, NULL, &settings) != 0)
		return 1;
	int code = run_verb(file, argc - optind, argv + optind, settings);
	settings_destroy(&settings);
	return code;
}
