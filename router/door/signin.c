/*
 * The steps: look (locks, failures of the address, the user) → count the try → derive → judge. A
 * try is counted before its password is looked at, and beyond the free ones it must take the
 * account's lock (SET NX) first, so any number of tries at once gains nothing.
 */
#include "router/door/signin.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/door/role.h"

#define TRY_MEMORY_S 3600 /* how long failures beyond the free ones are remembered */

struct attempt {
	const struct signin *signin;
	char name[DESK_AGENT_MAX + 1];
	char network[SIGNIN_ADDRESS_TEXT];
	uint8_t secret[PASSWORD_MOST];
	size_t secret_length;
	struct password password;
	bool known; /* the user exists, and `password` is its own */
	unsigned roles;
	unsigned lock_wait_s, address_wait_s;
	signin_done *done;
	void *context;
};

unsigned signin_wait_s(uint64_t count)
{
	if (count < SIGNIN_FREE)
		return 0;
	if (count - SIGNIN_FREE >= 6)
		return SIGNIN_WAIT_MAX_S;
	return (unsigned)SIGNIN_WAIT_S << (count - SIGNIN_FREE);
}

char *signin_network(const char *address, char out[SIGNIN_ADDRESS_TEXT])
{
	struct in6_addr whole;

	strncpy(out, address, SIGNIN_ADDRESS_TEXT - 1);
	out[SIGNIN_ADDRESS_TEXT - 1] = '\0';
	if (inet_pton(AF_INET6, out, &whole) != 1)
		return out;
	if (IN6_IS_ADDR_V4MAPPED(&whole)) {
		inet_ntop(AF_INET, whole.s6_addr + 12, out, SIGNIN_ADDRESS_TEXT);
		return out;
	}
	memset(whole.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &whole, out, SIGNIN_ADDRESS_TEXT);
	return out;
}

static void tell(struct attempt *attempt, const struct signin_answer *answer)
{
	struct counters *counters = attempt->signin->counters;

	counters->sign_ins_total += answer->verdict == SIGNIN_OK;
	counters->sign_ins_wrong_total += answer->verdict == SIGNIN_WRONG;
	counters->sign_ins_throttled_total += answer->verdict == SIGNIN_THROTTLED;
	counters->sign_ins_busy_total += answer->verdict == SIGNIN_BUSY;
	attempt->done(answer, attempt->context);
	OPENSSL_cleanse(attempt, sizeof(*attempt));
	free(attempt);
}

static void end(struct attempt *attempt, enum signin_verdict verdict, unsigned retry_after_s)
{
	struct signin_answer answer = {.verdict = verdict, .retry_after_s = retry_after_s};

	tell(attempt, &answer);
}

static void on_token(const char *token, void *context)
{
	struct attempt *attempt = context;
	struct signin_answer answer = {.verdict = *token ? SIGNIN_OK : SIGNIN_UNAVAILABLE,
				       .name = attempt->name,
				       .token = token,
				       .roles = attempt->roles};

	if (*token)
		log_event(LOG_INFO, "signed_in", "user=%s address=%s", attempt->name,
			  attempt->network);
	tell(attempt, &answer);
}

static void forget_tries(struct attempt *attempt)
{
	char tries[KEY_MAX];
	char lock[KEY_MAX];
	struct bus_args args;

	bus_args_init(&args);
	bus_args_text(&args, "DEL");
	bus_args_text(&args, key_user_try("name", attempt->name, tries));
	bus_args_text(&args, key_user_try("lock", attempt->name, lock));
	bus_args_send(&args, attempt->signin->bus, NULL, NULL);
	bus_args_finish(&args);
}

void signin_count_failure(struct bus *bus, const char *what, const char *network)
{
	char key[KEY_MAX];
	struct bus_args args;

	key_user_try(what, network, key);
	bus_args_init(&args);
	bus_args_text(&args, "INCR");
	bus_args_text(&args, key);
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_text(&args, "EXPIRE");
	bus_args_text(&args, key);
	bus_args_integer(&args, SIGNIN_WINDOW_S);
	bus_args_text(&args, "NX");
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_finish(&args);
}

static void on_key(int status, const uint8_t key[PASSWORD_KEY], void *context)
{
	struct attempt *attempt = context;

	if (status) {
		end(attempt, SIGNIN_UNAVAILABLE, 0);
		return;
	}
	if (!password_is(&attempt->password, key) || !attempt->known) {
		signin_count_failure(attempt->signin->bus, "address", attempt->network);
		log_event(LOG_WARN, "sign_in_wrong", "user=%s address=%s", attempt->name,
			  attempt->network);
		end(attempt, SIGNIN_WRONG, 0);
		return;
	}
	forget_tries(attempt);
	session_open(attempt->signin->sessions, attempt->name, on_token, attempt);
}

static void derive(struct attempt *attempt)
{
	struct span secret = {attempt->secret, attempt->secret_length};

	if (hasher_ask(attempt->signin->hasher, &attempt->password, secret, on_key, attempt))
		end(attempt, SIGNIN_BUSY, 2);
}

static void on_lock(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct attempt *attempt = context;

	(void)bus;
	if (bus_reply_type(reply) == BUS_STRING)
		derive(attempt);
	else
		end(attempt, reply ? SIGNIN_THROTTLED : SIGNIN_UNAVAILABLE, SIGNIN_WAIT_S);
}

static void on_counted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct attempt *attempt = context;
	unsigned wait_s = signin_wait_s((uint64_t)bus_reply_integer(reply));
	char key[KEY_MAX];
	struct bus_args args;

	if (bus_reply_type(reply) != BUS_INTEGER) {
		end(attempt, SIGNIN_UNAVAILABLE, 0);
		return;
	}
	bus_args_init(&args);
	bus_args_text(&args, "EXPIRE");
	bus_args_text(&args, key_user_try("name", attempt->name, key));
	bus_args_integer(&args, wait_s ? TRY_MEMORY_S : SIGNIN_WINDOW_S);
	bus_args_send(&args, bus, NULL, NULL);
	if (wait_s == 0) {
		bus_args_finish(&args);
		derive(attempt);
		return;
	}
	bus_args_text(&args, "SET");
	bus_args_text(&args, key_user_try("lock", attempt->name, key));
	bus_args_text(&args, "1");
	bus_args_text(&args, "NX");
	bus_args_text(&args, "EX");
	bus_args_integer(&args, wait_s);
	bus_args_send(&args, bus, on_lock, attempt);
	bus_args_finish(&args);
}

static void count_try(struct attempt *attempt, struct bus *bus)
{
	char key[KEY_MAX];
	struct bus_args args;

	bus_args_init(&args);
	bus_args_text(&args, "INCR");
	bus_args_text(&args, key_user_try("name", attempt->name, key));
	bus_args_send(&args, bus, on_counted, attempt);
	bus_args_finish(&args);
}

static void on_user(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct attempt *attempt = context;
	struct span text = bus_reply_span(bus_reply_at(reply, 0));
	struct span roles = bus_reply_span(bus_reply_at(reply, 1));

	if (bus_reply_type(reply) != BUS_ARRAY) {
		end(attempt, SIGNIN_UNAVAILABLE, 0);
		return;
	}
	if (attempt->lock_wait_s || attempt->address_wait_s) {
		end(attempt, SIGNIN_THROTTLED,
		    attempt->lock_wait_s ? attempt->lock_wait_s : attempt->address_wait_s);
		return;
	}
	attempt->known = password_parse(text, &attempt->password) == 0 &&
			 role_parse(roles, &attempt->roles) == 0;
	if (!attempt->known && password_init(&attempt->password)) {
		end(attempt, SIGNIN_UNAVAILABLE, 0);
		return;
	}
	count_try(attempt, bus);
}

static void on_address_left(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct attempt *attempt = context;
	int64_t left_s = bus_reply_integer(reply);

	(void)bus;
	if (attempt->address_wait_s && left_s > 0)
		attempt->address_wait_s = (unsigned)left_s;
}

static void on_address(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct attempt *attempt = context;

	(void)bus;
	if (bus_reply_integer(reply) >= SIGNIN_ADDRESS_MAX)
		attempt->address_wait_s = SIGNIN_WINDOW_S;
}

static void on_locked(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct attempt *attempt = context;
	int64_t left_ms = bus_reply_integer(reply);

	(void)bus;
	if (left_ms > 0)
		attempt->lock_wait_s = (unsigned)(left_ms / 1000 + 1);
}

/* Four questions in one write; the last one's answer decides. */
static void look(struct attempt *attempt)
{
	struct bus *bus = attempt->signin->bus;
	char key[KEY_MAX];
	struct bus_args args;

	bus_args_init(&args);
	bus_args_text(&args, "PTTL");
	bus_args_text(&args, key_user_try("lock", attempt->name, key));
	bus_args_send(&args, bus, on_locked, attempt);
	bus_args_text(&args, "GET");
	bus_args_text(&args, key_user_try("address", attempt->network, key));
	bus_args_send(&args, bus, on_address, attempt);
	bus_args_text(&args, "TTL");
	bus_args_text(&args, key);
	bus_args_send(&args, bus, on_address_left, attempt);
	bus_args_text(&args, "HMGET");
	bus_args_text(&args, key_user(attempt->name, key));
	bus_args_text(&args, "password");
	bus_args_text(&args, "roles");
	bus_args_send(&args, bus, on_user, attempt);
	bus_args_finish(&args);
}

void signin_try(const struct signin *signin, const struct signin_request *request,
		signin_done *done, void *context)
{
	struct attempt *attempt = memory_array(1, sizeof(*attempt));
	size_t length = request->password.length;

	attempt->signin = signin;
	attempt->done = done;
	attempt->context = context;
	signin_network(request->address, attempt->network);
	/* A name that nobody can have is tried like one that nobody has. */
	if (session_is_name(request->name))
		memcpy(attempt->name, request->name.at, request->name.length);
	else
		strcpy(attempt->name, "?");
	attempt->secret_length = length < PASSWORD_MOST ? length : PASSWORD_MOST;
	if (attempt->secret_length)
		memcpy(attempt->secret, request->password.at, attempt->secret_length);
	look(attempt);
}
