#include "gateway/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A link against a TLS server of this process, which has a certificate that signs itself. */
struct scene {
	struct turn turn;
	struct link link;
	int listener, peer;
	unsigned port;
	SSL_CTX *server;
	SSL *ssl;
	struct link_tls_context *trusting, *distrusting;
	char why[LINK_TLS_WHY_MAX];
	unsigned connected, failed, ended, pdus, cleared;
	bool hold_each;
};

static void on_connected(void *context)
{
	struct scene *scene = context;

	scene->connected++;
}

static void on_failed(const char *why, void *context)
{
	struct scene *scene = context;

	scene->failed++;
	snprintf(scene->why, sizeof(scene->why), "%s", why);
}

static void on_ended(const char *why, void *context)
{
	struct scene *scene = context;

	scene->ended++;
	snprintf(scene->why, sizeof(scene->why), "%s", why);
}

static void on_pdu(struct span pdu, void *context)
{
	struct scene *scene = context;

	assert_true(pdu.length >= 16);
	scene->pdus++;
	if (scene->hold_each)
		link_hold(&scene->link, LINK_HOLD_OWNER, true);
}

static void on_cleared(void *context)
{
	struct scene *scene = context;

	scene->cleared++;
}

static void on_broken(struct span start, const char *why, void *context)
{
	(void)start;
	(void)context;
	fail_msg("%s", why);
}

static const struct link_events events = {
	.connected = on_connected,
	.failed = on_failed,
	.ended = on_ended,
	.pdu = on_pdu,
	.cleared = on_cleared,
	.broken = on_broken,
};

static const uint8_t enquire[16] = {0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 1};

static void turns(struct scene *scene, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
		usleep(200);
	}
}

static X509 *certify(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_EXTENSION *names =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:smsc.example");
	X509_NAME *subject = X509_get_subject_name(certificate);

	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)"smsc", -1, -1, 0);
	X509_set_issuer_name(certificate, subject);
	X509_set_pubkey(certificate, key);
	X509_add_ext(certificate, names, -1);
	X509_EXTENSION_free(names);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

/* What trusts this certificate only, by way of a file. */
static struct link_tls_context *trust(X509 *certificate)
{
	struct link_tls_settings settings = {.certificate = "", .private_key = "", .verify = true};
	struct link_tls_context *context = NULL;
	char path[] = "/tmp/bindery-test-XXXXXX", why[LINK_TLS_WHY_MAX] = "";
	FILE *file = fdopen(mkstemp(path), "w");

	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	fclose(file);
	settings.ca_file = path;
	if (link_tls_load(&settings, why, &context) != 0)
		fail_msg("%s", why);
	unlink(path);
	return context;
}

static void make_certificates(struct scene *scene)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other_key = EVP_EC_gen("P-256");
	X509 *certificate = certify(key), *other = certify(other_key);

	scene->server = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(scene->server, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(scene->server, key), 1);
	SSL_CTX_set_mode(scene->server, SSL_MODE_ENABLE_PARTIAL_WRITE);
	scene->trusting = trust(certificate);
	scene->distrusting = trust(other);
	X509_free(certificate);
	X509_free(other);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
}

static int begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	const struct link_settings settings = {
		.local_address = "", .pdu_max = 4096, .read_timeout_ms = 5000};

	make_certificates(scene);
	scene->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(scene->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(scene->listener, 4), 0);
	assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&address, &size), 0);
	scene->port = ntohs(address.sin_port);
	turn_init(&scene->turn, ev_loop_new(EVFLAG_AUTO));
	link_init(&scene->link, &scene->turn, &settings, &events, scene);
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	SSL_free(scene->ssl);
	close(scene->peer);
	close(scene->listener);
	turns(scene, 50);
	link_finish(&scene->link);
	turns(scene, 50);
	link_tls_unload(&scene->trusting);
	link_tls_unload(&scene->distrusting);
	SSL_CTX_free(scene->server);
	turn_finish(&scene->turn);
	ev_loop_destroy(scene->turn.loop);
	free(scene);
	return 0;
}

static void handshake(struct scene *scene, struct link_tls_context *context, const char *name)
{
	int on = 1;

	scene->connected = scene->failed = scene->ended = 0;
	scene->link.settings.tls = context;
	scene->link.settings.tls_name = name;
	link_connect(&scene->link, "127.0.0.1", scene->port, 0);
	scene->peer = accept(scene->listener, NULL, NULL);
	assert_true(scene->peer >= 0);
	assert_int_equal(fcntl(scene->peer, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(setsockopt(scene->peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	scene->ssl = SSL_new(scene->server);
	SSL_set_fd(scene->ssl, scene->peer);
	SSL_set_accept_state(scene->ssl);
	for (int i = 0; i < 500 && !scene->connected && !scene->failed; i++) {
		(void)SSL_do_handshake(scene->ssl);
		turns(scene, 2);
	}
	(void)SSL_do_handshake(scene->ssl);
}

static void say(struct scene *scene, unsigned count)
{
	uint8_t octets[16 * 1000];
	size_t length = 16 * (size_t)count, sent = 0;

	for (unsigned i = 0; i < count; i++)
		memcpy(octets + 16 * (size_t)i, enquire, sizeof(enquire));
	for (int i = 0; i < 1000 && sent < length; i++) {
		int done = SSL_write(scene->ssl, octets + sent, (int)(length - sent));
		sent += done > 0 ? (size_t)done : 0;
		turns(scene, 1);
	}
	assert_int_equal(sent, length);
}

static void a_trusted_peer_is_connected_and_talked_to(void **state)
{
	struct scene *scene = *state;
	uint8_t got[32];

	handshake(scene, scene->trusting, "smsc.example");
	assert_int_equal(scene->connected, 1);
	assert_true(link_is_up(&scene->link));
	link_send(&scene->link, enquire, sizeof(enquire));
	turns(scene, 10);
	assert_int_equal(SSL_read(scene->ssl, got, sizeof(got)), 16);
	assert_memory_equal(got, enquire, 16);
	say(scene, 3);
	turns(scene, 10);
	assert_int_equal(scene->pdus, 3);
}

static void another_name_and_another_authority_are_refused(void **state)
{
	struct scene *scene = *state;

	handshake(scene, scene->trusting, "smsc.invalid");
	assert_int_equal(scene->failed, 1);
	assert_true(scene->link.untrusted);
	assert_string_equal(scene->why, "tls: hostname mismatch");
	SSL_free(scene->ssl);
	close(scene->peer);
	handshake(scene, scene->distrusting, "smsc.example");
	assert_int_equal(scene->failed, 1);
	assert_int_equal(strncmp(scene->why, "tls: self-signed certificate", 28), 0);
	assert_int_equal(scene->connected, 0);
}

static void what_was_read_ahead_comes_out_when_the_hold_ends(void **state)
{
	struct scene *scene = *state;

	handshake(scene, scene->trusting, "smsc.example");
	scene->hold_each = true;
	say(scene, 900);
	for (int i = 0; i < 5000 && scene->pdus < 900; i++) {
		link_hold(&scene->link, LINK_HOLD_OWNER, false);
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
	}
	assert_int_equal(scene->pdus, 900);
}

static void what_a_full_socket_does_not_take_stays_with_the_owner(void **state)
{
	struct scene *scene = *state;
	static uint8_t chunk[65536], got[65536];
	size_t taken = 0, heard = 0, last = sizeof(chunk);

	handshake(scene, scene->trusting, "smsc.example");
	for (int i = 0; i < 1000 && last == sizeof(chunk); i++) {
		last = link_send_now(&scene->link, chunk, sizeof(chunk));
		taken += last;
	}
	assert_true(last < sizeof(chunk));
	assert_false(link_is_clear(&scene->link));
	for (int i = 0; i < 10000 && (heard < taken || scene->cleared == 0); i++) {
		int count = SSL_read(scene->ssl, got, sizeof(got));
		heard += count > 0 ? (size_t)count : 0;
		turns(scene, count > 0 ? 0 : 1);
		ev_run(scene->turn.loop, EVRUN_NOWAIT);
	}
	assert_int_equal(heard, taken);
	assert_true(scene->cleared > 0);
	assert_true(link_is_clear(&scene->link));
}

static void a_peer_that_ends_and_one_that_breaks_the_rules_are_told_apart(void **state)
{
	struct scene *scene = *state;

	handshake(scene, scene->trusting, "smsc.example");
	SSL_shutdown(scene->ssl);
	turns(scene, 20);
	assert_int_equal(scene->ended, 1);
	assert_string_equal(scene->why, "closed");
	SSL_free(scene->ssl);
	close(scene->peer);
	handshake(scene, scene->trusting, "smsc.example");
	assert_int_equal(send(scene->peer, "\x17\x03\x03\x00\x05hello", 10, 0), 10);
	turns(scene, 20);
	assert_int_equal(scene->ended, 1);
	assert_int_equal(strncmp(scene->why, "tls: ", 5), 0);
}

static void files_that_are_none_are_named(void **state)
{
	struct link_tls_settings settings = {
		.ca_file = "/nonexistent", .certificate = "", .private_key = "", .verify = true};
	struct link_tls_context *context = NULL;
	char why[LINK_TLS_WHY_MAX];

	(void)state;
	assert_int_equal(link_tls_load(&settings, why, &context), -EINVAL);
	assert_string_equal(why, "tls_ca_file /nonexistent: No such file or directory");
	settings.verify = false;
	settings.certificate = settings.private_key = "/nonexistent";
	assert_int_equal(link_tls_load(&settings, why, &context), -EINVAL);
	assert_string_equal(why, "tls_certificate /nonexistent: No such file or directory");
	assert_null(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_trusted_peer_is_connected_and_talked_to, begin,
						end),
		cmocka_unit_test_setup_teardown(another_name_and_another_authority_are_refused,
						begin, end),
		cmocka_unit_test_setup_teardown(what_was_read_ahead_comes_out_when_the_hold_ends,
						begin, end),
		cmocka_unit_test_setup_teardown(
			what_a_full_socket_does_not_take_stays_with_the_owner, begin, end),
		cmocka_unit_test_setup_teardown(
			a_peer_that_ends_and_one_that_breaks_the_rules_are_told_apart, begin, end),
		cmocka_unit_test(files_that_are_none_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
