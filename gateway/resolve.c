#include "gateway/resolve.h"

#include <ev.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "config/memory.h"

#define LOOK_FIRST_S 0.001
#define LOOK_EVERY_S 0.01

struct resolve {
	struct gaicb request;
	struct addrinfo hints;
	char *host;
	char service[8];
	ev_timer look;
	resolve_done *done; /* NULL when nobody waits any more */
	void *context;
	int begun; /* what getaddrinfo_a() returned */
};

static void resolve_free(struct ev_loop *loop, struct resolve *resolve)
{
	ev_timer_stop(loop, &resolve->look);
	if (resolve->request.ar_result)
		freeaddrinfo(resolve->request.ar_result);
	free(resolve->host);
	free(resolve);
}

static void on_look(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct resolve *resolve = timer->data;
	int state = resolve->begun ? resolve->begun : gai_error(&resolve->request);

	(void)events;
	if (state == EAI_INPROGRESS)
		return;
	if (resolve->done)
		resolve->done(state == 0 ? resolve->request.ar_result : NULL, gai_strerror(state),
			      resolve->context);
	resolve_free(loop, resolve);
}

struct resolve *resolve_create(struct ev_loop *loop, const char *host, unsigned port,
			       resolve_done *done, void *context)
{
	struct resolve *resolve = memory_array(1, sizeof(*resolve));
	struct gaicb *requests[] = {&resolve->request};

	resolve->done = done;
	resolve->context = context;
	resolve->host = memory_text(host);
	snprintf(resolve->service, sizeof(resolve->service), "%u", port);
	resolve->hints = (struct addrinfo){.ai_socktype = SOCK_STREAM,
					   .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
	resolve->request = (struct gaicb){.ar_name = resolve->host,
					  .ar_service = resolve->service,
					  .ar_request = &resolve->hints};
	resolve->begun = getaddrinfo_a(GAI_NOWAIT, requests, 1, NULL);
	ev_timer_init(&resolve->look, on_look, LOOK_FIRST_S, LOOK_EVERY_S);
	resolve->look.data = resolve;
	ev_timer_start(loop, &resolve->look);
	return resolve;
}

void resolve_destroy(struct resolve **resolve)
{
	if (!*resolve)
		return;
	/* The library still writes into it, so it stays until its timer sees the end. */
	(*resolve)->done = NULL;
	*resolve = NULL;
}
