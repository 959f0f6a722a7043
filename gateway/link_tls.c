#include "gateway/link_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

struct link_tls_context {
	SSL_CTX *ssl;
};

struct link_tls {
	SSL *ssl;
	BIO *in, *out; /* owned by `ssl` */
	bool hungry;   /* the last read wanted more from the wire */
	char why[LINK_TLS_WHY_MAX];
};

/* The reason of the last error of this thread in words; the queue is empty afterwards. */
static const char *last_reason(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = NULL;

	if (ERR_SYSTEM_ERROR(error))
		reason = strerror((int)ERR_GET_REASON(error));
	else if (error)
		reason = ERR_reason_error_string(error);
	ERR_clear_error();
	return reason ? reason : "protocol error";
}

static int refuse(char *why, const char *what, const char *file)
{
	unsigned long first = ERR_peek_error();
	const char *reason = last_reason();

	/* A missing file is the first error, and the most telling. */
	if (ERR_SYSTEM_ERROR(first))
		reason = strerror((int)ERR_GET_REASON(first));
	snprintf(why, LINK_TLS_WHY_MAX, "%s %s: %s", what, file, reason);
	return -EINVAL;
}

/* A key that is locked by a passphrase is an error, never a question to a terminal. */
static int no_passphrase(char *out, int size, int writing, void *context)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static int load_files(SSL_CTX *ssl, const struct link_tls_settings *settings, char *why)
{
	if (settings->verify && *settings->ca_file &&
	    SSL_CTX_load_verify_file(ssl, settings->ca_file) != 1)
		return refuse(why, "tls_ca_file", settings->ca_file);
	if (settings->verify && !*settings->ca_file && SSL_CTX_set_default_verify_paths(ssl) != 1)
		return refuse(why, "tls_ca_file", "of the system");
	if (!*settings->certificate)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(ssl, settings->certificate) != 1)
		return refuse(why, "tls_certificate", settings->certificate);
	if (SSL_CTX_use_PrivateKey_file(ssl, settings->private_key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ssl) != 1)
		return refuse(why, "tls_private_key", settings->private_key);
	return 0;
}

int link_tls_load(const struct link_tls_settings *settings, char *why,
		  struct link_tls_context **context)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_client_method());
	int result;

	if (!ssl)
		abort();
	ERR_clear_error();
	(void)SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
	SSL_CTX_set_verify(ssl, settings->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	result = load_files(ssl, settings, why);
	if (result != 0) {
		SSL_CTX_free(ssl);
		return result;
	}
	*context = memory_array(1, sizeof(**context));
	(*context)->ssl = ssl;
	return 0;
}

void link_tls_unload(struct link_tls_context **context)
{
	if (!*context)
		return;
	SSL_CTX_free((*context)->ssl);
	free(*context);
	*context = NULL;
}

static bool is_address(const char *host)
{
	uint8_t octets[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, octets) == 1 || inet_pton(AF_INET6, host, octets) == 1;
}

/* SNI has names only (RFC 6066 §3). */
static bool expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *expected = SSL_get0_param(ssl);

	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(expected, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(ssl, host) == 1 &&
	       X509_VERIFY_PARAM_set1_host(expected, host, 0) == 1;
}

struct link_tls *link_tls_create(struct link_tls_context *context, const char *host)
{
	struct link_tls *tls = memory_array(1, sizeof(*tls));

	tls->ssl = SSL_new(context->ssl);
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	if (!tls->ssl || !tls->in || !tls->out || !expect_host(tls->ssl, host))
		abort();
	BIO_set_mem_eof_return(tls->in, -1);
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	SSL_set_connect_state(tls->ssl);
	return tls;
}

void link_tls_destroy(struct link_tls **tls)
{
	if (!*tls)
		return;
	SSL_free((*tls)->ssl);
	free(*tls);
	*tls = NULL;
}

static int fail(struct link_tls *tls)
{
	long verdict = SSL_get_verify_result(tls->ssl);
	const char *reason = last_reason();

	if (verdict != X509_V_OK && SSL_get_verify_mode(tls->ssl) != SSL_VERIFY_NONE)
		reason = X509_verify_cert_error_string(verdict);
	snprintf(tls->why, sizeof(tls->why), "tls: %s", reason);
	return -EPROTO;
}

int link_tls_handshake(struct link_tls *tls)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(tls->ssl);
	if (result == 1)
		return 0;
	if (SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ)
		return -EAGAIN;
	return fail(tls);
}

const char *link_tls_why(const struct link_tls *tls)
{
	return tls->why;
}

void link_tls_hear(struct link_tls *tls, const uint8_t *octets, size_t length)
{
	if (BIO_write(tls->in, octets, (int)length) != (int)length)
		abort();
	tls->hungry = false;
}

ssize_t link_tls_read(struct link_tls *tls, uint8_t *room, size_t size)
{
	size_t count = 0;
	int result;

	ERR_clear_error();
	if (SSL_read_ex(tls->ssl, room, size, &count) == 1)
		return (ssize_t)count;
	tls->hungry = true;
	result = SSL_get_error(tls->ssl, 0);
	if (result == SSL_ERROR_WANT_READ)
		return -EAGAIN;
	return result == SSL_ERROR_ZERO_RETURN ? 0 : fail(tls);
}

bool link_tls_has_input(const struct link_tls *tls)
{
	return !tls->hungry;
}

/* With memory behind it a write fails only once the connection is broken, which the next read
 * tells. */
void link_tls_write(struct link_tls *tls, const uint8_t *octets, size_t length)
{
	size_t written = 0;

	ERR_clear_error();
	while (length > 0 && SSL_write_ex(tls->ssl, octets, length, &written) == 1) {
		octets += written;
		length -= written;
	}
}

void link_tls_end(struct link_tls *tls)
{
	ERR_clear_error();
	(void)SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

struct span link_tls_output(const struct link_tls *tls)
{
	char *octets = NULL;
	long length = BIO_get_mem_data(tls->out, &octets);

	return (struct span){(const uint8_t *)octets, length > 0 ? (size_t)length : 0};
}

void link_tls_sent(struct link_tls *tls)
{
	(void)BIO_reset(tls->out);
}
