#include "router/door/client.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/directory/directory.h"
#include "router/door/role.h"
#include "router/door/session.h"
#include "router/door/uuid.h"

#define KIND "client"
#define BY "command line"

const char client_usage[] = "usage: bindery-router client add NAME --scope SCOPE[,SCOPE...]\n"
			    "       bindery-router client secret ID\n"
			    "       bindery-router client remove ID\n"
			    "       bindery-router client list\n"
			    "scopes: conversations, agent, supervisor, compliance, admin\n";

struct made {
	struct errand errand;
	struct bus_args args;
	char secret[SESSION_TOKEN_MAX], hash[SESSION_HASH_MAX];
};

static int complain(enum exit_code code, const char *what, const char *about)
{
	return verb_complain(KIND, code, what, about);
}

static void make_secret(struct made *made)
{
	session_make_token(made->secret);
	session_hash(span_text(made->secret), made->hash);
}

static void begin(struct made *made, const char *function, const char *id, const char *version)
{
	bus_args_call(&made->args, function, KEY_ACD_TAG);
	bus_args_field_text(&made->args, "kind", KIND);
	bus_args_field_text(&made->args, "id", id);
	bus_args_field_text(&made->args, "by", BY);
	bus_args_field_integer(&made->args, "now", (int64_t)session_now_ms());
	bus_args_field_text(&made->args, "version", version);
}

static void add_secret(struct made *made)
{
	make_secret(made);
	bus_args_field_text(&made->args, "f:secret", made->hash);
	bus_args_field_integer(&made->args, "f:secret_ms", (int64_t)session_now_ms());
}

static int add(struct made *made, const char *name, const char *scope)
{
	char id[UUID_MAX], unique[KEY_MAX];

	if (!uuid_make(id))
		return complain(EXIT_NO, "the machine has no random octets", NULL);
	begin(made, "entity_put", id, DIRECTORY_NEW);
	bus_args_field_text(&made->args, "unique", key_unique(name, unique));
	bus_args_field_text(&made->args, "forget", "");
	bus_args_field_text(&made->args, "f:name", name);
	bus_args_field_text(&made->args, "f:scope", scope);
	bus_args_field_text(&made->args, "f:state", "active");
	add_secret(made);
	if (!errand_ask(&made->errand, &made->args))
		return EXIT_NO;
	if (errand_said(&made->errand, "taken"))
		return complain(EXIT_NO, "there is such a client already", name);
	if (!errand_said(&made->errand, "ok"))
		return complain(EXIT_NO, "there are too many of them", NULL);
	printf("%s\t%s\n", id, made->secret);
	return EXIT_DONE;
}

/* Its name and scopes into `errand.strings`. */
static bool read_client(struct made *made, const char *id)
{
	char key[KEY_MAX];

	bus_args_text(&made->args, "HMGET");
	bus_args_text(&made->args, key_entity(KIND, id, key));
	bus_args_text(&made->args, "unique");
	bus_args_text(&made->args, "name");
	bus_args_text(&made->args, "scope");
	bus_args_text(&made->args, "state");
	return errand_ask(&made->errand, &made->args) && made->errand.count == 4;
}

static int renew(struct made *made, const char *id)
{
	if (!read_client(made, id))
		return EXIT_NO;
	if (!*made->errand.strings[1])
		return complain(EXIT_NO, "no such client", id);
	char *unique = memory_text(made->errand.strings[0]);
	begin(made, "entity_put", id, "");
	bus_args_field_text(&made->args, "unique", unique);
	bus_args_field_text(&made->args, "forget", "");
	add_secret(made);
	free(unique);
	if (!errand_ask(&made->errand, &made->args))
		return EXIT_NO;
	printf("%s\t%s\n", id, made->secret);
	return EXIT_DONE;
}

static int drop(struct made *made, const char *id)
{
	begin(made, "entity_delete", id, "");
	if (!errand_ask(&made->errand, &made->args))
		return EXIT_NO;
	return errand_said(&made->errand, "ok") ? EXIT_DONE
						: complain(EXIT_NO, "no such client", id);
}

static int list(struct made *made)
{
	char key[KEY_MAX];
	int code = EXIT_DONE;

	bus_args_text(&made->args, "SMEMBERS");
	bus_args_text(&made->args, key_entities(KIND, key));
	if (!errand_ask(&made->errand, &made->args))
		return EXIT_NO;
	size_t count = made->errand.count;
	char **ids = memory_array(count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++)
		ids[i] = memory_text(made->errand.strings[i]);
	for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
		if (read_client(made, ids[i]))
			printf("%s\t%s\t%s\t%s\n", ids[i], made->errand.strings[1],
			       made->errand.strings[2], made->errand.strings[3]);
		else
			code = EXIT_NO;
	}
	for (size_t i = 0; i < count; i++)
		free(ids[i]);
	free(ids);
	return code;
}

/* 0, or the exit code of what is wrong with the arguments. */
static int check(int argc, char **argv)
{
	const char *verb = argc > 0 ? argv[0] : "";
	bool is_add = strcmp(verb, "add") == 0;
	unsigned roles;

	if (is_add && (argc != 4 || strcmp(argv[2], "--scope") != 0))
		return complain(EXIT_USAGE, "add NAME --scope SCOPE", NULL);
	if (is_add && (!*argv[1] || strlen(argv[1]) > DIRECTORY_ID_MAX))
		return complain(EXIT_USAGE, "a name is 1..128 octets", argv[1]);
	if (is_add && role_parse(span_text(argv[3]), &roles))
		return complain(
			EXIT_USAGE,
			"scopes are conversations, agent, supervisor, compliance, admin, not",
			argv[3]);
	if (is_add || (argc == 2 && (strcmp(verb, "secret") == 0 || strcmp(verb, "remove") == 0)) ||
	    (argc == 1 && strcmp(verb, "list") == 0))
		return 0;
	return complain(EXIT_USAGE, "add, secret, remove or list, and of what", NULL);
}

int client_command(const struct bus_address *redis, int argc, char **argv)
{
	struct made made = {0};
	int code = check(argc, argv);

	if (code)
		return code;
	if (!errand_init(&made.errand, redis, KIND))
		return EXIT_NO;
	bus_args_init(&made.args);
	if (strcmp(argv[0], "add") == 0)
		code = add(&made, argv[1], argv[3]);
	else if (strcmp(argv[0], "list") == 0)
		code = list(&made);
	else
		code = strcmp(argv[0], "secret") == 0 ? renew(&made, argv[1])
						      : drop(&made, argv[1]);
	OPENSSL_cleanse(made.secret, sizeof(made.secret));
	bus_args_finish(&made.args);
	errand_finish(&made.errand);
	return code;
}
