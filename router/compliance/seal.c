#include "router/compliance/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/memory.h"

#define NUMBER_KEY 32 /* octets */
#define PATH_ROOM 4200

struct seal {
	EVP_MAC_CTX *numbers;
	EVP_PKEY *signing;
};

static int say(char why[SEAL_ERROR_MAX], const char *path, const char *what, int error)
{
	snprintf(why, SEAL_ERROR_MAX, "%s: %s%s%s", path, what, error ? ": " : "",
		 error ? strerror(error) : "");
	return error ? -error : -EINVAL;
}

/* The folder that `path` stands in, one level of it. */
static void make_folder(const char *path)
{
	char folder[PATH_ROOM];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	/* Where it cannot be made, opening the file says so. */
	(void)mkdir(folder, 0700);
}

/* A file of our own, written in one piece: nobody ever sees half a key, and of two who make one at
 * the same time the second takes the first's. */
static int write_new(const char *path, struct span text, mode_t mode, bool replace)
{
	char draft[PATH_ROOM + 32];
	int error = 0;

	snprintf(draft, sizeof(draft), "%s.%ld", path, (long)getpid());
	int file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (file < 0)
		return -errno;
	if (write(file, text.at, text.length) != (ssize_t)text.length || fsync(file) != 0)
		error = errno ? errno : EIO;
	close(file);
	if (!error && replace)
		error = rename(draft, path) == 0 ? 0 : errno;
	else if (!error && link(draft, path) != 0 && errno != EEXIST)
		error = errno;
	if (!replace || error)
		unlink(draft);
	return -error;
}

/* The file's content with a NUL behind it, for free(); NULL with `why`. */
static char *read_key(const char *path, char why[SEAL_ERROR_MAX], int *error)
{
	struct stat about;
	char content[4096];
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0) {
		*error = say(why, path,
			     errno == ENOENT
				     ? "cannot be read (the router makes it when it first starts)"
				     : "cannot be read",
			     errno);
		return NULL;
	}
	ssize_t length = fstat(file, &about) == 0 ? read(file, content, sizeof(content)) : -1;
	int failed = errno;
	close(file);
	if (length < 0) {
		*error = say(why, path, "cannot be read", failed);
		return NULL;
	}
	if (about.st_mode & 077) {
		snprintf(why, SEAL_ERROR_MAX,
			 "%s: may be read by others, mode %04o; allowed 0600 or 0400", path,
			 (unsigned)about.st_mode & 07777U);
		*error = -EPERM;
		return NULL;
	}
	return memory_copy(content, (size_t)length);
}

static int make_number_key(const char *path)
{
	uint8_t key[NUMBER_KEY];
	char text[MERKLE_HEX + 1];

	if (RAND_bytes(key, sizeof(key)) != 1)
		return -EIO;
	merkle_hex(key, text);
	text[MERKLE_HEX - 1] = '\n';
	return write_new(path, (struct span){(uint8_t *)text, MERKLE_HEX}, 0600, false);
}

static int make_signing_key(const char *path)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *memory = BIO_new(BIO_s_mem());
	char *text = NULL;
	int error = -EIO;

	if (key && memory && PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL)) {
		long length = BIO_get_mem_data(memory, &text);
		error = write_new(path, (struct span){(uint8_t *)text, (size_t)length}, 0600,
				  false);
	}
	BIO_free(memory);
	EVP_PKEY_free(key);
	return error;
}

/* 64 digits, and white space behind. */
static bool parse_number_key(const char *text, uint8_t key[NUMBER_KEY])
{
	size_t length = strcspn(text, " \r\n");

	return merkle_unhex((struct span){(const uint8_t *)text, length}, key, NUMBER_KEY) &&
	       strspn(text + length, " \r\n") == strlen(text + length);
}

static int open_numbers(struct seal *seal, const char *path, char why[SEAL_ERROR_MAX])
{
	uint8_t key[NUMBER_KEY];
	int error = 0;
	char *text = read_key(path, why, &error);

	if (!text)
		return error;
	bool fits = parse_number_key(text, key);
	free(text);
	if (!fits)
		return say(why, path, "is no key of 64 hexadecimal digits", 0);
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	OSSL_PARAM how[] = {OSSL_PARAM_construct_utf8_string("digest", "SHA256", 0),
			    OSSL_PARAM_construct_end()};
	seal->numbers = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	EVP_MAC_free(hmac);
	if (!seal->numbers || !EVP_MAC_init(seal->numbers, key, sizeof(key), how))
		return say(why, path, "HMAC-SHA-256 is not available", 0);
	return 0;
}

static int open_signing(struct seal *seal, const char *path, char why[SEAL_ERROR_MAX])
{
	int error = 0;
	char *text = read_key(path, why, &error);

	if (!text)
		return error;
	BIO *memory = BIO_new_mem_buf(text, -1);
	seal->signing = memory ? PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL) : NULL;
	BIO_free(memory);
	free(text);
	if (!seal->signing || EVP_PKEY_get_base_id(seal->signing) != EVP_PKEY_ED25519)
		return say(why, path, "is no private Ed25519 key in PEM", 0);
	return 0;
}

static int make_missing(const char *path, int (*make)(const char *path), char why[SEAL_ERROR_MAX])
{
	if (access(path, F_OK) == 0)
		return 0;
	make_folder(path);
	int error = make(path);
	return error ? say(why, path, "cannot be made", -error) : 0;
}

int seal_create(const struct settings_ledger *settings, bool make, struct seal **out,
		char why[SEAL_ERROR_MAX])
{
	struct seal *seal = memory_array(1, sizeof(*seal));
	int error = 0;

	if (make)
		error = make_missing(settings->number_key_file, make_number_key, why);
	if (make && !error)
		error = make_missing(settings->signing_key_file, make_signing_key, why);
	if (!error)
		error = open_numbers(seal, settings->number_key_file, why);
	if (!error)
		error = open_signing(seal, settings->signing_key_file, why);
	if (error)
		seal_destroy(&seal);
	else
		*out = seal;
	return error;
}

void seal_destroy(struct seal **pointer)
{
	struct seal *seal = *pointer;

	if (!seal)
		return;
	*pointer = NULL;
	EVP_MAC_CTX_free(seal->numbers);
	EVP_PKEY_free(seal->signing);
	free(seal);
}

char *seal_number(struct seal *seal, struct span number, char out[MERKLE_HEX])
{
	uint8_t hash[MERKLE_HASH];
	size_t length = 0;

	/* Without a key: begins anew with the one that it has. */
	if (!EVP_MAC_init(seal->numbers, NULL, 0, NULL) ||
	    !EVP_MAC_update(seal->numbers, number.at, number.length) ||
	    !EVP_MAC_final(seal->numbers, hash, &length, sizeof(hash))) {
		fputs("HMAC-SHA-256 is not available\n", stderr);
		exit(1);
	}
	return merkle_hex(hash, out);
}

bool seal_sign(const struct seal *seal, struct span text, uint8_t signature[SEAL_SIGNATURE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = SEAL_SIGNATURE;
	bool done = context && EVP_DigestSignInit(context, NULL, NULL, NULL, seal->signing) &&
		    EVP_DigestSign(context, signature, &length, text.at, text.length) &&
		    length == SEAL_SIGNATURE;

	EVP_MD_CTX_free(context);
	return done;
}

void seal_public(const struct seal *seal, uint8_t key[SEAL_PUBLIC])
{
	size_t length = SEAL_PUBLIC;

	if (!EVP_PKEY_get_raw_public_key(seal->signing, key, &length))
		memset(key, 0, SEAL_PUBLIC);
}

size_t seal_public_pem(const struct seal *seal, char out[SEAL_PEM_MAX])
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *text = NULL;
	long length = 0;

	if (memory && PEM_write_bio_PUBKEY(memory, seal->signing))
		length = BIO_get_mem_data(memory, &text);
	if (length < 0 || length >= SEAL_PEM_MAX)
		length = 0;
	if (length)
		memcpy(out, text, (size_t)length);
	out[length] = '\0';
	BIO_free(memory);
	return (size_t)length;
}

int seal_write_public(const struct seal *seal, const char *path)
{
	char text[SEAL_PEM_MAX];
	size_t length = seal_public_pem(seal, text);

	return length ? write_new(path, (struct span){(uint8_t *)text, length}, 0644, true) : -EIO;
}

int seal_read_public(const char *path, uint8_t key[SEAL_PUBLIC])
{
	FILE *file = fopen(path, "re");
	size_t length = SEAL_PUBLIC;

	if (!file)
		return -errno;
	EVP_PKEY *parsed = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	fclose(file);
	bool done = parsed && EVP_PKEY_get_base_id(parsed) == EVP_PKEY_ED25519 &&
		    EVP_PKEY_get_raw_public_key(parsed, key, &length);
	EVP_PKEY_free(parsed);
	return done ? 0 : -EINVAL;
}

bool seal_verify(const uint8_t key[SEAL_PUBLIC], struct span text,
		 const uint8_t signature[SEAL_SIGNATURE])
{
	EVP_PKEY *parsed = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, SEAL_PUBLIC);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = parsed && context &&
		    EVP_DigestVerifyInit(context, NULL, NULL, NULL, parsed) == 1 &&
		    EVP_DigestVerify(context, signature, SEAL_SIGNATURE, text.at, text.length) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(parsed);
	return good;
}

void seal_salt(char out[SEAL_SALT_HEX])
{
	uint8_t random[MERKLE_HASH] = {0};
	char hex[MERKLE_HEX];

	if (RAND_bytes(random, SEAL_SALT_HEX / 2) != 1) {
		fputs("no random octets\n", stderr);
		exit(1);
	}
	memcpy(out, merkle_hex(random, hex), SEAL_SALT_HEX - 1);
	out[SEAL_SALT_HEX - 1] = '\0';
}

char *seal_beside(const struct seal_beside *beside, char out[MERKLE_HEX])
{
	const struct span salt = {(const uint8_t *)beside->salt, strlen(beside->salt)};
	const struct span parts[] = {salt, beside->customer, beside->note, beside->evidence};
	size_t room = salt.length + beside->customer.length + beside->note.length +
		      beside->evidence.length + 3;
	uint8_t *whole = memory_array(room, 1);
	uint8_t hash[MERKLE_HASH];
	size_t length = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (i)
			whole[length++] = '\n';
		if (parts[i].length)
			memcpy(whole + length, parts[i].at, parts[i].length);
		length += parts[i].length;
	}
	merkle_hash((struct span){whole, length}, hash);
	free(whole);
	return merkle_hex(hash, out);
}

void seal_add(struct seal *seal, struct bus_args *args, const struct seal_beside *beside)
{
	struct seal_beside salted = *beside;
	char hex[MERKLE_HEX];

	seal_salt(salted.salt);
	bus_args_field_text(args, "who", seal_number(seal, beside->customer, hex));
	bus_args_field_text(args, "salt", salted.salt);
	bus_args_field_text(args, "seal", seal_beside(&salted, hex));
}
