#include "router/door/user.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "config/memory.h"
#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/directory/directory.h"
#include "router/door/password.h"
#include "router/door/role.h"
#include "router/door/session.h"

#define USERS_MAX 100000
#define NO_TERMINAL "no terminal to ask for a password; use --password-stdin"
#define ENTRY_TRIES 5 /* of a change, while others change the same user */

const char user_usage[] =
	"usage: bindery-router user add NAME --role ROLE[,ROLE...] [--capacity N] "
	"[--password-stdin]\n"
	"       bindery-router user passwd NAME [--password-stdin]\n"
	"       bindery-router user list\n"
	"       bindery-router user skill NAME SKILL LEVEL\n"
	"       bindery-router user skills NAME\n"
	"roles: agent, supervisor, compliance, admin\n";

struct options {
	const char *name;
	unsigned roles;
	long capacity;
	bool from_stdin;
	const char *sets; /* what else than a password it would set */
};

static int complain(enum exit_code code, const char *what, const char *about)
{
	return verb_complain("user", code, what, about);
}

/* One line without its end; its length, or -1 at the end of the input or beyond PASSWORD_MOST. */
static ssize_t read_line(FILE *from, char out[PASSWORD_MOST + 2])
{
	if (!fgets(out, PASSWORD_MOST + 2, from))
		return -1;
	size_t length = strcspn(out, "\r\n");
	if (length > PASSWORD_MOST)
		return -1;
	out[length] = '\0';
	return (ssize_t)length;
}

static volatile sig_atomic_t broken_off; /* by that signal, while a password was asked for */

static void on_signal(int number)
{
	broken_off = number;
}

/* Asked only once nothing is seen any more: who answers at once is neither seen nor forgotten. A
 * terminal on which nothing is seen is not left behind, whatever ends the question. */
static ssize_t ask_unseen(FILE *terminal, const struct termios *seen, const char *prompt,
			  char out[PASSWORD_MOST + 2])
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	enum { COUNT = sizeof(numbers) / sizeof(*numbers) };
	const struct sigaction note = {.sa_handler = on_signal}; /* which ends the reading */
	struct sigaction before[COUNT];
	struct termios hidden = *seen;

	for (size_t i = 0; i < COUNT; i++)
		sigaction(numbers[i], &note, &before[i]);
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fileno(terminal), TCSAFLUSH, &hidden);
	fputs(prompt, terminal);
	fflush(terminal);
	ssize_t length = read_line(terminal, out);
	tcsetattr(fileno(terminal), TCSAFLUSH, seen);
	for (size_t i = 0; i < COUNT; i++)
		sigaction(numbers[i], &before[i], NULL);
	return length;
}

static ssize_t ask_hidden(FILE *terminal, const char *prompt, char out[PASSWORD_MOST + 2])
{
	struct termios seen;

	if (tcgetattr(fileno(terminal), &seen) < 0)
		return -1;
	ssize_t length = ask_unseen(terminal, &seen, prompt, out);
	fputs("\n", terminal);
	fflush(terminal);
	if (broken_off)
		raise(broken_off);
	return length;
}

static ssize_t ask_twice(char secret[PASSWORD_MOST + 2])
{
	char again[PASSWORD_MOST + 2] = "";
	FILE *terminal = fopen("/dev/tty", "r+");

	if (!terminal) {
		complain(EXIT_NO, NO_TERMINAL, NULL);
		return -1;
	}
	ssize_t length = ask_hidden(terminal, "Password: ", secret);
	if (length < 0)
		complain(EXIT_NO, "no password of at most 1024 octets was given", NULL);
	else
		ask_hidden(terminal, "Again: ", again);
	fclose(terminal);
	bool same = length >= 0 && strcmp(secret, again) == 0;
	OPENSSL_cleanse(again, sizeof(again));
	if (length >= 0 && !same)
		complain(EXIT_NO, "the passwords differ", NULL);
	return same ? length : -1;
}

/* Asks for a password and derives its text. False where that was told to the person. */
static bool make_password(bool from_stdin, char text[PASSWORD_TEXT_MAX])
{
	char secret[PASSWORD_MOST + 2] = "";
	struct password password;
	ssize_t length = from_stdin ? read_line(stdin, secret) : ask_twice(secret);
	bool made = false;

	if (length < 0 && from_stdin)
		complain(EXIT_NO, "standard input has no password of at most 1024 octets", NULL);
	else if (length >= 0 && length < PASSWORD_LEAST)
		complain(EXIT_NO, "a password has at least 8 characters", NULL);
	else if (length >= 0) {
		struct span span = {(const uint8_t *)secret, (size_t)length};
		made = password_init(&password) == 0 &&
		       password_derive(&password, span, password.key) == 0;
		if (made)
			password_format(&password, text);
		else
			complain(EXIT_NO, "the password cannot be hashed", NULL);
	}
	OPENSSL_cleanse(secret, sizeof(secret));
	return made;
}

/* 1 or 0 whether there is such a user, -1 where that cannot be known. */
static int exists(struct errand *store, struct bus_args *args, const char *name)
{
	char key[KEY_MAX];

	bus_args_text(args, "EXISTS");
	bus_args_text(args, key_user(name, key));
	return errand_ask(store, args) ? store->integer > 0 : -1;
}

/* Begins a change of what the directory has of the user, which a router that runs takes up at once.
 */
static void begin_entry(struct bus_args *args, const char *name, const char *version)
{
	char unique[KEY_MAX];

	bus_args_call(args, "entity_put", KEY_ACD_TAG);
	bus_args_field_text(args, "kind", "user");
	bus_args_field_text(args, "id", name);
	bus_args_field_text(args, "by", "command line");
	bus_args_field_integer(args, "now", (int64_t)session_now_ms());
	bus_args_field_text(args, "version", version);
	bus_args_field_text(args, "unique", key_unique(name, unique));
	bus_args_field_integer(args, "f:secret_changed_ms", (int64_t)session_now_ms());
}

/* False where the directory has not taken it, which is told: nobody signs in whom it does not have.
 */
static bool entered(const struct errand *store, const char *name)
{
	if (errand_said(store, "ok") || errand_said(store, "same"))
		return true;
	if (errand_said(store, "leaving"))
		complain(EXIT_NO,
			 "is being deleted; where that broke off, delete them again (#/admin, or "
			 "the API), or start the router anew",
			 name);
	else if (errand_said(store, "taken"))
		complain(EXIT_NO, "there is a user whose name is this but for capital letters",
			 name);
	else if (errand_said(store, "missing"))
		complain(EXIT_NO, "no such user", name);
	else
		complain(EXIT_NO, "the directory takes no such change of the user", name);
	return false;
}

static bool enter(struct errand *store, struct bus_args *args, const struct options *options)
{
	char roles[ROLE_TEXT_MAX];

	begin_entry(args, options->name, DIRECTORY_ANY);
	bus_args_field_text(args, "f:name", options->name);
	bus_args_field_text(args, "f:login", options->name);
	bus_args_field_text(args, "f:state", "active");
	bus_args_field_text(args, "f:roles", role_format(options->roles, roles));
	bus_args_field_integer(args, "f:capacity", options->capacity);
	return errand_ask(store, args) && entered(store, options->name);
}

static void read_version(struct bus *bus, const struct bus_reply *reply, void *context)
{
	int64_t *version = context;

	(void)bus;
	*version = bus_reply_integer(bus_reply_field(bus_reply_at(reply, 1), "version"));
}

/* That the user is about to have another password. Of a user without an entry a router makes one by
 * itself (directory_seed). */
static bool enter_password(struct errand *store, struct bus_args *args, const char *name)
{
	char text[24];

	for (int i = 0; i < ENTRY_TRIES; i++) {
		int64_t version = 0;
		bus_args_call(args, "entity_get", KEY_ACD_TAG);
		bus_args_field_text(args, "kind", "user");
		bus_args_field_text(args, "id", name);
		if (!errand_read(store, args, read_version, &version))
			return false;
		if (!version)
			return true;
		snprintf(text, sizeof(text), "%lld", (long long)version);
		begin_entry(args, name, text);
		if (!errand_ask(store, args))
			return false;
		if (!errand_said(store, "conflict"))
			return entered(store, name);
	}
	complain(EXIT_NO, "somebody else changes the user all the time, ask again", name);
	return false;
}

static int add(struct errand *store, struct bus_args *args, const struct options *options)
{
	char password[PASSWORD_TEXT_MAX];
	char roles[ROLE_TEXT_MAX];
	char key[KEY_MAX];
	int found = exists(store, args, options->name);

	if (found)
		return found < 0 ? EXIT_NO
				 : complain(EXIT_NO, "there is such a user already", options->name);
	if (!make_password(options->from_stdin, password))
		return EXIT_NO;
	if (!enter(store, args, options))
		return EXIT_NO;
	bus_args_text(args, "HSET");
	bus_args_text(args, key_user(options->name, key));
	bus_args_field_text(args, "roles", role_format(options->roles, roles));
	bus_args_field_text(args, "password", password);
	bus_args_field_integer(args, "capacity", options->capacity);
	bus_args_field_integer(args, "created_ms", (int64_t)session_now_ms());
	bus_args_field_integer(args, "changed_ms", (int64_t)session_now_ms());
	if (!errand_ask(store, args))
		return EXIT_NO;
	bus_args_text(args, "SADD");
	bus_args_text(args, key_users(key));
	bus_args_text(args, options->name);
	return errand_ask(store, args) ? EXIT_DONE : EXIT_NO;
}

static int passwd(struct errand *store, struct bus_args *args, const struct options *options)
{
	char password[PASSWORD_TEXT_MAX];
	char key[KEY_MAX];
	int found = exists(store, args, options->name);

	if (found <= 0)
		return found < 0 ? EXIT_NO : complain(EXIT_NO, "no such user", options->name);
	if (!make_password(options->from_stdin, password) ||
	    !enter_password(store, args, options->name))
		return EXIT_NO;
	bus_args_text(args, "HSET");
	bus_args_text(args, key_user(options->name, key));
	bus_args_field_text(args, "password", password);
	bus_args_field_integer(args, "changed_ms", (int64_t)session_now_ms());
	return errand_ask(store, args) ? EXIT_DONE : EXIT_NO;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int list(struct errand *store, struct bus_args *args)
{
	char key[KEY_MAX];
	int code = EXIT_DONE;

	bus_args_text(args, "SMEMBERS");
	bus_args_text(args, key_users(key));
	if (!errand_ask(store, args))
		return EXIT_NO;
	size_t count = store->count < USERS_MAX ? store->count : USERS_MAX;
	char **names = memory_array(count ? count : 1, sizeof(char *));
	for (size_t i = 0; i < count; i++)
		names[i] = memory_text(store->strings[i]);
	qsort(names, count, sizeof(char *), by_text);
	for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
		bus_args_text(args, "HMGET");
		bus_args_text(args, key_user(names[i], key));
		bus_args_text(args, "roles");
		bus_args_text(args, "capacity");
		if (errand_ask(store, args) && store->count == 2)
			printf("%s\t%s\t%s\n", names[i], store->strings[0], store->strings[1]);
		else
			code = EXIT_NO;
	}
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return code;
}

static bool read_capacity(const char *text, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return !errno && end != text && !*end && *out >= 0 && *out <= USER_CAPACITY_MAX;
}

/* Reads what follows the verb; 0, or an exit code. */
static int read_options(int argc, char **argv, struct options *options)
{
	for (int i = 1; i < argc && argv[i]; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(argv[i], "--password-stdin") == 0) {
			options->from_stdin = true;
		} else if (strcmp(argv[i], "--role") == 0 && value) {
			struct span span = {(const uint8_t *)value, strlen(value)};
			if (role_parse(span, &options->roles) ||
			    (options->roles & ~(unsigned)ROLE_PERSONS))
				return complain(
					EXIT_USAGE,
					"roles are agent, supervisor, compliance, admin, not",
					value);
			options->sets = argv[i++];
		} else if (strcmp(argv[i], "--capacity") == 0 && value) {
			if (!read_capacity(value, &options->capacity))
				return complain(EXIT_USAGE, "--capacity is 0..25, not", value);
			options->sets = argv[i++];
		} else if (argv[i][0] != '-' && !options->name) {
			options->name = argv[i];
		} else {
			return complain(EXIT_USAGE,
					strcmp(argv[i], "--role") == 0 ||
							strcmp(argv[i], "--capacity") == 0
						? "needs a value"
						: "what is this",
					argv[i]);
		}
	}
	return 0;
}

int user_command(const struct bus_address *redis, int argc, char **argv)
{
	struct options options = {.capacity = USER_CAPACITY_DEFAULT};
	const char *verb = argc > 0 && argv[0] ? argv[0] : "";
	bool is_list = strcmp(verb, "list") == 0;
	bool is_add = strcmp(verb, "add") == 0;
	struct errand store;
	struct bus_args args;

	if (!is_list && !is_add && strcmp(verb, "passwd") != 0)
		return complain(EXIT_USAGE, "add, passwd, list, skill or skills, not",
				*verb ? verb : "nothing");
	int code = read_options(argc, argv, &options);
	if (code)
		return code;
	if (is_list && argc > 1)
		return complain(EXIT_USAGE, "list takes no arguments", argv[1]);
	if (!is_list && !options.name)
		return complain(EXIT_USAGE, verb, "which NAME");
	if (!is_list && !session_is_name(span_text(options.name)))
		return complain(EXIT_USAGE,
				"a name is 1 to 64 letters, digits and . _ - @, but not "
				"\"" SETTINGS_ID_NAMES "\"",
				options.name);
	if (!is_list && !is_add && options.sets)
		return complain(EXIT_USAGE,
				"passwd sets a password; roles and capacity are changed at "
				"#/admin or by the API, not here",
				options.sets);
	if (is_add && !options.roles)
		return complain(EXIT_USAGE,
				"--role is missing: agent, supervisor, compliance, admin", NULL);
	if (!errand_init(&store, redis, "user"))
		return EXIT_NO;
	bus_args_init(&args);
	if (is_list)
		code = list(&store, &args);
	else
		code = is_add ? add(&store, &args, &options) : passwd(&store, &args, &options);
	bus_args_finish(&args);
	errand_finish(&store);
	return code;
}

/* The password of that user, as it is kept, and whether they have one of the roles. */
static bool read_kept(struct errand *store, const char *name, unsigned roles,
		      struct password *password)
{
	struct bus_args args;
	char key[KEY_MAX];
	unsigned has = 0;

	bus_args_init(&args);
	bus_args_text(&args, "HMGET");
	bus_args_text(&args, key_user(name, key));
	bus_args_text(&args, "roles");
	bus_args_text(&args, "password");
	bool read = errand_ask(store, &args) && store->count == 2;
	bus_args_finish(&args);
	if (!read)
		return false;
	struct span texts[2];
	for (size_t i = 0; i < 2; i++)
		texts[i] = (struct span){(uint8_t *)store->strings[i], strlen(store->strings[i])};
	return role_parse(texts[0], &has) == 0 && (has & roles) &&
	       password_parse(texts[1], password) == 0;
}

bool user_confirm(const struct bus_address *redis, const char *name, unsigned roles,
		  bool from_stdin)
{
	struct errand store;
	struct password password;
	uint8_t key[PASSWORD_KEY];
	char secret[PASSWORD_MOST + 2] = "";
	struct span span = {(const uint8_t *)name, strlen(name)};
	FILE *terminal = from_stdin ? NULL : fopen("/dev/tty", "r+");
	bool known = false;

	if (!from_stdin && !terminal) {
		complain(EXIT_NO, NO_TERMINAL, NULL);
		return false;
	}
	bool reached = errand_init(&store, redis, "user");
	if (reached) {
		known = session_is_name(span) && read_kept(&store, name, roles, &password);
		errand_finish(&store);
	}
	ssize_t length = !reached     ? -1
			 : from_stdin ? read_line(stdin, secret)
				      : ask_hidden(terminal, "Password: ", secret);
	if (terminal)
		fclose(terminal);
	span = (struct span){(const uint8_t *)secret, length > 0 ? (size_t)length : 0};
	bool right = length >= 0 && known && password_derive(&password, span, key) == 0 &&
		     password_is(&password, key);
	OPENSSL_cleanse(secret, sizeof(secret));
	if (reached && !right)
		complain(EXIT_NO, "no such user with that role and password", name);
	return right;
}
