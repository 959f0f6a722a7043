/*
 * Requests and answers are whole messages of a SOCK_SEQPACKET pair, answered in the order in which
 * they were asked, so the parent keeps a ring of callbacks and no numbers cross. The child was not
 * exec'ed: it holds a copy of the parent's memory, closes everything but its socket and never
 * returns into the parent's code.
 */
#include "router/door/hasher.h"

#include <errno.h>
#include <ev.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/log.h"
#include "config/memory.h"

struct request {
	struct password with;
	uint32_t length;
	uint8_t secret[PASSWORD_MOST];
};

struct reply {
	int32_t status;
	uint8_t key[PASSWORD_KEY];
};

struct waiting {
	hasher_done *done;
	void *context;
};

struct hasher {
	struct ev_loop *loop;
	ev_io io;
	pid_t child;
	struct waiting ring[HASHER_QUEUE_MAX];
	size_t first, count;
};

static bool serve_one(int peer)
{
	struct request request;
	struct reply reply = {0};
	ssize_t got = recv(peer, &request, sizeof(request), 0);

	if (got < 0 && errno == EINTR)
		return true;
	if (got != (ssize_t)sizeof(request) || request.length > PASSWORD_MOST)
		return false;
	reply.status = password_derive(&request.with, (struct span){request.secret, request.length},
				       reply.key);
	OPENSSL_cleanse(&request, sizeof(request));
	ssize_t sent = send(peer, &reply, sizeof(reply), MSG_NOSIGNAL);
	OPENSSL_cleanse(&reply, sizeof(reply));
	return sent == (ssize_t)sizeof(reply);
}

__attribute__((noreturn)) static void serve(int peer)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "bindery-hasher");
	signal(SIGINT, SIG_IGN);
	/* A service manager stops the whole group; the router decides when this one ends. */
	signal(SIGTERM, SIG_IGN);
	/* The loop's work goes first. */
	setpriority(PRIO_PROCESS, 0, 5);
	if (peer != 3 && dup2(peer, 3) < 0)
		_exit(1);
	close_range(4, ~0u, 0);
	while (serve_one(3))
		;
	_exit(0);
}

static void on_readable(struct ev_loop *loop, ev_io *io, int revents);

static int start(struct hasher *hasher)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	hasher->child = fork();
	if (hasher->child < 0) {
		int error = -errno;
		close(pair[0]);
		close(pair[1]);
		return error;
	}
	if (hasher->child == 0)
		serve(pair[1]);
	close(pair[1]);
	ev_io_init(&hasher->io, on_readable, pair[0], EV_READ);
	hasher->io.data = hasher;
	ev_io_start(hasher->loop, &hasher->io);
	return 0;
}

static void stop(struct hasher *hasher)
{
	if (hasher->child <= 0)
		return;
	ev_io_stop(hasher->loop, &hasher->io);
	close(hasher->io.fd);
	kill(hasher->child, SIGKILL);
	waitpid(hasher->child, NULL, 0);
	hasher->child = 0;
}

static void answer(struct hasher *hasher, const struct reply *reply)
{
	struct waiting waiting = hasher->ring[hasher->first];

	hasher->first = (hasher->first + 1) % HASHER_QUEUE_MAX;
	hasher->count--;
	waiting.done(reply->status, reply->key, waiting.context);
}

static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct hasher *hasher = io->data;
	struct reply reply = {0};
	ssize_t got = recv(io->fd, &reply, sizeof(reply), MSG_DONTWAIT);

	(void)loop;
	(void)revents;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got == (ssize_t)sizeof(reply) && hasher->count) {
		answer(hasher, &reply);
		OPENSSL_cleanse(&reply, sizeof(reply));
		return;
	}
	log_event(LOG_WARN, "hasher_lost", "pid=%d waiting=%zu", (int)hasher->child, hasher->count);
	stop(hasher);
	/* Those asked from inside these callbacks go to the next process. */
	reply = (struct reply){.status = -EIO};
	for (size_t left = hasher->count; left; left--)
		answer(hasher, &reply);
}

int hasher_create(struct ev_loop *loop, struct hasher **out)
{
	struct hasher *hasher = memory_array(1, sizeof(*hasher));

	hasher->loop = loop;
	int error = start(hasher);
	if (error) {
		free(hasher);
		return error;
	}
	*out = hasher;
	return 0;
}

void hasher_destroy(struct hasher **pointer)
{
	struct hasher *hasher = *pointer;

	if (!hasher)
		return;
	*pointer = NULL;
	stop(hasher);
	struct reply reply = {.status = -ECANCELED};
	for (size_t left = hasher->count; left; left--)
		answer(hasher, &reply);
	free(hasher);
}

int hasher_ask(struct hasher *hasher, const struct password *with, struct span secret,
	       hasher_done *done, void *context)
{
	struct request request = {.with = *with, .length = (uint32_t)secret.length};

	if (secret.length > PASSWORD_MOST)
		return -EINVAL;
	if (hasher->count == HASHER_QUEUE_MAX)
		return -EAGAIN;
	if (hasher->child <= 0) {
		int error = start(hasher);
		if (error)
			return error;
	}
	if (secret.length)
		memcpy(request.secret, secret.at, secret.length);
	ssize_t sent = send(hasher->io.fd, &request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL);
	OPENSSL_cleanse(&request, sizeof(request));
	if (sent != (ssize_t)sizeof(request))
		return -EAGAIN;
	hasher->ring[(hasher->first + hasher->count) % HASHER_QUEUE_MAX] =
		(struct waiting){done, context};
	hasher->count++;
	return 0;
}
