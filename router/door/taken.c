#include "router/door/taken.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define LOOKS 4

static int received(int connection, uint64_t *out)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(connection, IPPROTO_TCP, TCP_INFO, &info, &length))
		return -errno;
	if (length < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))
		return -ENOSYS;
	*out = info.tcpi_bytes_received;
	return 0;
}

int taken_octets(int connection, uint64_t *out)
{
	uint64_t before = 0, after = 0;
	int waiting = 0;

	for (int i = 0; i < LOOKS; i++) {
		int error = received(connection, &before);
		if (!error && ioctl(connection, SIOCINQ, &waiting))
			error = -errno;
		if (!error)
			error = received(connection, &after);
		if (error)
			return error;
		/* Whatever came between would count as taken. */
		if (before == after) {
			*out = before - (uint64_t)waiting;
			return 0;
		}
	}
	return -EAGAIN;
}
