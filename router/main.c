#include "config/kernel.h"
#include "config/settings.h"
#include "config/verb.h"
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
	"  bindery-router [-c FILE] check [--json]    the configuration: every error with file and "
	"line\n"
	"  bindery-router [-c FILE] status [--json]   whether messages may be sent, and why not\n"
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
	"  bindery-router [-c FILE] suppression search | add | remove | requests | approve |\n"
	"                   refuse | import | batches | blocked | review | decide | export\n"
	"                                      who gets no messages, and by whose word\n"
	"  bindery-router [-c FILE] customer import FILE | erase NUMBER   who writes, by a file\n"
	"  bindery-router [-c FILE] ledger export | verify FILE [--key PUBLIC.PEM] | prove FILE … "
	"| "
	"erase NUMBER | resume\n"
	"                                      what happened to consent, and the proof of it\n"
	"\n"
	"  -c, --config FILE   configuration, default " SETTINGS_FILE_DEFAULT "\n"
	"  -h, --help          this text; behind a command, that command's options\n"
	"  -V, --version       the version\n"
	"\n"
	"Exit status: 0 done, 1 no, 2 usage. The manual: bindery-router(8), bindery.conf(5).\n";

static void report(const char *line, void *context)
{
	(void)context;
	fprintf(stderr, "%s\n", line);
}

/* What only this program can tell of the configuration. */
static bool is_sound(const struct settings *settings)
{
	bool keywords = keywords_check(settings, report, NULL);

	return quiet_check(settings, report, NULL) && keywords;
}

/* How a verb was said. */
struct invocation {
	const char *file;
	const struct settings *settings;
	int argc; /* of what stands behind it */
	char **argv;
};

/* Of a verb whose only argument it may be. */
static bool wants_json(const struct invocation *said)
{
	return said->argc > 0;
}

static int run(const struct invocation *said)
{
	return is_sound(said->settings) ? daemon_run(said->settings, said->file) : 1;
}

/* Told only: it is no error of the file, and a Redis that is not the appliance's may do without. */
static void check_kernel(const struct settings *settings)
{
	int overcommit = kernel_setting(KERNEL_OVERCOMMIT);

	if (*settings->redis.socket && overcommit >= 0 && overcommit != KERNEL_OVERCOMMITS)
		fprintf(stderr,
			"bindery-router: check: vm.overcommit_memory is %d, should be %d: Redis "
			"may be refused the memory to write its file anew; systemctl restart "
			"systemd-sysctl reads what was installed for it\n",
			overcommit, KERNEL_OVERCOMMITS);
}

static int check(const struct invocation *said)
{
	const struct settings *settings = said->settings;

	if (!is_sound(settings))
		return 1;
	check_kernel(settings);
	if (wants_json(said)) {
		printf("{\"ok\":true,\"carriers\":%zu,\"numbers\":%zu,\"programmes\":%zu,"
		       "\"queues\":%zu}\n",
		       settings->carriers_count, settings->numbers_count,
		       settings->programmes_count, settings->queues_count);
		return 0;
	}
	printf("%s: ok, %zu carriers, %zu numbers, %zu programmes, %zu queues\n", said->file,
	       settings->carriers_count, settings->numbers_count, settings->programmes_count,
	       settings->queues_count);
	verb_passes_over(settings->redis.password_file);
	verb_passes_over(settings->http.certificate);
	verb_passes_over(settings->http.private_key);
	return 0;
}

static int status(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);

	return status_command(said->settings, &redis, wants_json(said));
}

static int user(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);
	struct staff_place place = {said->settings, &redis};

	if (said->argc > 0 && staff_is_user_verb(said->argv[0]))
		return staff_user_command(&place, said->argc, said->argv);
	return user_command(&redis, said->argc, said->argv);
}

static int queue(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);

	return staff_queue_command(&(struct staff_place){said->settings, &redis}, said->argc,
				   said->argv);
}

static int client(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);

	return client_command(&redis, said->argc, said->argv);
}

static int classify(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);

	return classify_command(&(struct classify_place){said->settings, &redis}, said->argc,
				said->argv);
}

static bool confirm(const struct bus_address *redis, const char *name, bool from_stdin)
{
	return user_confirm(redis, name, ROLE_COMPLIANCE | ROLE_ADMIN, from_stdin);
}

static int suppression(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);

	return officer_command(&(struct officer_place){said->settings, &redis, confirm}, said->argc,
			       said->argv);
}

static int customer(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);

	return customer_command(said->settings, &redis, said->argc, said->argv);
}

static int ledger(const struct invocation *said)
{
	struct bus_address redis = daemon_redis(said->settings);

	return ledger_command(&(struct officer_place){said->settings, &redis, confirm}, said->argc,
			      said->argv);
}

/* What a verb takes behind its name. */
enum takes { NOTHING, JSON, WORDS };

static const struct verb {
	const char *name;
	int (*run)(const struct invocation *said);
	enum takes takes;
	const char *usage;
} verbs[] = {{"run", run, NOTHING, usage},
	     {"check", check, JSON, usage},
	     {"status", status, JSON, usage},
	     {"user", user, WORDS, user_usage},
	     {"queue", queue, WORDS, staff_queue_usage},
	     {"client", client, WORDS, client_usage},
	     {"classify", classify, WORDS, classify_usage},
	     {"suppression", suppression, WORDS, officer_usage},
	     {"customer", customer, WORDS, customer_command_usage},
	     {"ledger", ledger, WORDS, ledger_usage}};

static bool may_take(const struct verb *verb, int argc, char **argv)
{
	return argc == 0 || verb->takes == WORDS || verb_asks_help(argc, argv) ||
	       (verb->takes == JSON && argc == 1 && strcmp(argv[0], "--json") == 0);
}

/* The verb that these begin with; NULL, and said why, where they are no usage. No file is read
 * before that. */
static const struct verb *find_verb(int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "run";

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(name, verbs[i].name) != 0)
			continue;
		if (argc == 0 || may_take(&verbs[i], argc - 1, argv + 1))
			return &verbs[i];
		verb_complain(name, EXIT_USAGE,
			      verbs[i].takes == JSON ? "takes nothing but --json, not"
						     : "takes no arguments, not",
			      argv[argc > 2 && verbs[i].takes == JSON ? 2 : 1]);
		return NULL;
	}
	fprintf(stderr, "bindery-router: unknown command \"%s\"\nTry bindery-router --help.\n",
		name);
	return NULL;
}

static int act(const struct verb *verb, struct invocation *said)
{
	struct settings *settings = NULL;

	/* What needs no configuration. */
	if (verb_asks_help(said->argc, said->argv)) {
		fputs(verb->usage, stdout);
		return 0;
	}
	if (verb->run == classify && !classify_needs_place(said->argc, said->argv))
		return classify_command(NULL, said->argc, said->argv);
	if (verb->run == ledger && ledger_is_offline(said->argc, said->argv))
		return ledger_offline(said->argc, said->argv);
	unsigned secrets = verb->run == check ? SETTINGS_SECRETS_ELSEWHERE : 0;
	if (settings_load(said->file, secrets, report, NULL, &settings) != 0)
		return 1;
	said->settings = settings;
	int code = verb->run(said);
	settings_destroy(&settings);
	return code;
}

/* -c FILE counts wherever it stands, as the gateway's does; what is left are the verb's own words.
 * False, and said, where it names none. */
static bool take_file(int *argc, char **argv, const char **file)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "-c") != 0 && strcmp(argv[i], "--config") != 0) {
			argv[kept++] = argv[i];
		} else if (i + 1 < *argc) {
			*file = argv[++i];
		} else {
			fprintf(stderr,
				"bindery-router: %s: which FILE\nTry bindery-router --help.\n",
				argv[i]);
			return false;
		}
	}
	argv[kept] = NULL;
	*argc = kept;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'},
						{"version", no_argument, NULL, 'V'},
						{"config", required_argument, NULL, 'c'},
						{NULL, 0, NULL, 0}};
	const char *file = SETTINGS_FILE_DEFAULT;
	int option;

	/* `+`: the verb's own options are the verb's. */
	while ((option = getopt_long(argc, argv, "+c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			file = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("bindery-router " BINDERY_VERSION);
			printf("zones: %s\n", zones_version());
			return 0;
		default:
			fputs("Try bindery-router --help.\n", stderr);
			return 2;
		}
	}
	argc -= optind;
	argv += optind;
	if (!take_file(&argc, argv, &file))
		return 2;
	const struct verb *verb = find_verb(argc, argv);
	if (!verb)
		return 2;
	struct invocation said = {.file = file};
	if (argc > 0) {
		said.argc = argc - 1;
		said.argv = argv + 1;
	}
	return verb_end("bindery-router", act(verb, &said));
}
