#include "config/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address;

/* A socket as systemd has one, by whose path notifications find it. */
static int listen_to_notifications(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/test-notify-%d", (int)getpid());
	(void)unlink(address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	return fd;
}

static void assert_notified(int fd, const char *wanted)
{
	char text[256];
	ssize_t length = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(length > 0);
	text[length] = '\0';
	assert_string_equal(text, wanted);
}

static void who_stops_asks_for_the_time_that_it_may_take(void **state)
{
	int fd = listen_to_notifications();

	(void)state;
	notify_stopping(0);
	assert_notified(fd, "STOPPING=1");
	notify_stopping(607000);
	assert_notified(fd, "STOPPING=1\nEXTEND_TIMEOUT_USEC=607000000");
	notify_ready();
	assert_notified(fd, "READY=1");
	(void)unlink(address.sun_path);
	close(fd);
}

static void without_systemd_nobody_is_told(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	notify_stopping(1000);
	assert_int_equal(notify_watchdog_ms(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_stops_asks_for_the_time_that_it_may_take),
		cmocka_unit_test(without_systemd_nobody_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
