#include "router/door/session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/memory.h"
#include "config/settings.h"
#include "router/bus/key.h"
#include "router/door/role.h"
#include "smpp/hex.h"

struct check {
	const struct session_store *store;
	struct session session;
	uint64_t begun_ms, until_ms;
	session_done *done;
	void *context;
};

struct opening {
	char token[SESSION_TOKEN_MAX];
	session_opened *done;
	void *context;
};

uint64_t session_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void session_hash(struct span token, char out[SESSION_HASH_MAX])
{
	uint8_t hash[EVP_MAX_MD_SIZE] = {0};

	EVP_Digest(token.at, token.length, hash, NULL, EVP_sha256(), NULL);
	hex_put((struct span){hash, 32}, out);
}

bool session_is_name(struct span name)
{
	size_t reserved = sizeof(SETTINGS_ID_NAMES) - 1;

	if (name.length == 0 || name.length > DESK_AGENT_MAX)
		return false;
	if (name.length == reserved && memcmp(name.at, SETTINGS_ID_NAMES, reserved) == 0)
		return false;
	for (size_t i = 0; i < name.length; i++) {
		uint8_t octet = name.at[i];
		bool letter = (octet | 0x20) >= 'a' && (octet | 0x20) <= 'z';
		bool digit = octet >= '0' && octet <= '9';
		if (!letter && !digit && octet != '.' && octet != '_' && octet != '-' &&
		    octet != '@')
			return false;
	}
	return true;
}

static void tell(struct check *check, enum session_verdict verdict)
{
	check->done(verdict, verdict == SESSION_OK ? &check->session : NULL, check->context);
	free(check);
}

static void touch(const struct check *check, struct bus *bus)
{
	uint64_t now = session_now_ms();
	uint64_t idle = (uint64_t)check->store->idle_s * 1000;
	uint64_t left = check->until_ms > now ? check->until_ms - now : 1;
	char key[KEY_MAX];
	struct bus_args args;

	bus_args_init(&args);
	bus_args_text(&args, "PEXPIRE");
	bus_args_text(&args, key_session(check->session.hash, key));
	bus_args_integer(&args, (int64_t)(idle < left ? idle : left));
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_finish(&args);
}

static void on_user(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct check *check = context;
	struct span roles = bus_reply_span(bus_reply_at(reply, 0));
	uint64_t changed_ms = (uint64_t)bus_reply_integer(bus_reply_at(reply, 1));

	if (bus_reply_type(reply) != BUS_ARRAY) {
		tell(check, SESSION_UNAVAILABLE);
		return;
	}
	if (role_parse(roles, &check->session.roles) || changed_ms > check->begun_ms) {
		tell(check, SESSION_NONE);
		return;
	}
	touch(check, bus);
	tell(check, SESSION_OK);
}

static void on_session(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct check *check = context;
	struct span name = bus_reply_span(bus_reply_at(reply, 0));
	char key[KEY_MAX];
	struct bus_args args;

	check->until_ms = (uint64_t)bus_reply_integer(bus_reply_at(reply, 1));
	check->begun_ms = (uint64_t)bus_reply_integer(bus_reply_at(reply, 2));
	if (bus_reply_type(reply) != BUS_ARRAY) {
		tell(check, SESSION_UNAVAILABLE);
		return;
	}
	if (!session_is_name(name) || check->until_ms <= session_now_ms()) {
		tell(check, SESSION_NONE);
		return;
	}
	memcpy(check->session.name, name.at, name.length);
	bus_args_init(&args);
	bus_args_text(&args, "HMGET");
	bus_args_text(&args, key_user(check->session.name, key));
	bus_args_text(&args, "roles");
	bus_args_text(&args, "changed_ms");
	bus_args_send(&args, bus, on_user, check);
	bus_args_finish(&args);
}

void session_check_hash(const struct session_store *store, const char *hash, session_done *done,
			void *context)
{
	struct check *check = memory_array(1, sizeof(*check));
	char key[KEY_MAX];
	struct bus_args args;

	check->store = store;
	check->done = done;
	check->context = context;
	strncpy(check->session.hash, hash, SESSION_HASH_MAX - 1);
	bus_args_init(&args);
	bus_args_text(&args, "HMGET");
	bus_args_text(&args, key_session(check->session.hash, key));
	bus_args_text(&args, "name");
	bus_args_text(&args, "until_ms");
	bus_args_text(&args, "begun_ms");
	bus_args_send(&args, store->bus, on_session, check);
	bus_args_finish(&args);
}

void session_check(const struct session_store *store, struct span token, session_done *done,
		   void *context)
{
	char hash[SESSION_HASH_MAX];

	session_hash(token, hash);
	session_check_hash(store, hash, done, context);
}

static void on_opened(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct opening *opening = context;
	bool kept = bus_reply_type(reply) == BUS_INTEGER;

	(void)bus;
	opening->done(kept ? opening->token : "", opening->context);
	OPENSSL_cleanse(opening, sizeof(*opening));
	free(opening);
}

void session_make_token(char out[SESSION_TOKEN_MAX])
{
	uint8_t random[32];

	/* abort() is what OpenSSL's own users do. */
	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	hex_put((struct span){random, sizeof(random)}, out);
}

void session_open(const struct session_store *store, const char *name, session_opened *done,
		  void *context)
{
	struct opening *opening = memory_array(1, sizeof(*opening));
	uint64_t now = session_now_ms();
	char hash[SESSION_HASH_MAX];
	char key[KEY_MAX];
	struct bus_args args;

	opening->done = done;
	opening->context = context;
	session_make_token(opening->token);
	session_hash((struct span){(const uint8_t *)opening->token, 64}, hash);
	bus_args_init(&args);
	bus_args_text(&args, "HSET");
	bus_args_text(&args, key_session(hash, key));
	bus_args_field_text(&args, "name", name);
	bus_args_field_integer(&args, "begun_ms", (int64_t)now);
	bus_args_field_integer(&args, "until_ms", (int64_t)(now + (uint64_t)store->max_s * 1000));
	/* A crash between these two leaves a session that ends at until_ms; the next check gives it
	 * its expiry again. */
	bus_args_send(&args, store->bus, NULL, NULL);
	bus_args_text(&args, "EXPIRE");
	bus_args_text(&args, key);
	bus_args_integer(&args, store->idle_s < store->max_s ? store->idle_s : store->max_s);
	bus_args_send(&args, store->bus, on_opened, opening);
	bus_args_finish(&args);
}

void session_end(const struct session_store *store, const char *hash, bus_done *done, void *context)
{
	char key[KEY_MAX];
	struct bus_args args;

	bus_args_init(&args);
	bus_args_text(&args, "DEL");
	bus_args_text(&args, key_session(hash, key));
	bus_args_send(&args, store->bus, done, context);
	bus_args_finish(&args);
}
