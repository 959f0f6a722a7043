#include "gateway/bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "gateway/bind_internal.h"
#include "gateway/clock.h"
#include "gateway/meter.h"
#include "smpp/tlv.h"

#define UNBIND_TIMEOUT_MS 5000

static void bind_tick(struct bind *bind);

/* The earliest thing that the bind has to do by the clock. */
static uint64_t bind_due_ms(const struct bind *bind, uint64_t now_ms)
{
	uint64_t due_ms = session_due_ms(&bind->session), sent_ms;

	if (window_oldest(bind->window, &sent_ms)) {
		uint64_t expiry_ms = sent_ms + bind->setup.carrier->response_timeout_s * 1000ull;
		due_ms = expiry_ms < due_ms ? expiry_ms : due_ms;
	}
	if (bind->pace.quiet_until_ms > now_ms && bind->pace.quiet_until_ms < due_ms)
		due_ms = bind->pace.quiet_until_ms;
	return due_ms;
}

/* The timer is set anew only for something earlier: when it fires too soon, it is set again. */
void bind_arm(struct bind *bind)
{
	struct ev_loop *loop = bind->setup.turn->loop;
	uint64_t now_ms = clock_ms();
	uint64_t due_ms = bind_due_ms(bind, now_ms);

	if (due_ms == UINT64_MAX || (ev_is_active(&bind->timer) && bind->armed_ms <= due_ms))
		return;
	ev_timer_stop(loop, &bind->timer);
	ev_timer_set(&bind->timer, due_ms > now_ms ? (double)(due_ms - now_ms) / 1000. : 0., 0.);
	ev_timer_start(loop, &bind->timer);
	bind->armed_ms = due_ms;
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	bind_tick(timer->data);
}

static void bind_expire(struct bind *bind, uint64_t now_ms)
{
	uint64_t timeout_ms = bind->setup.carrier->response_timeout_s * 1000ull;
	struct window_slot slot;
	unsigned count;

	while (window_expire(bind->window, now_ms, timeout_ms, &slot)) {
		if (log_due(&bind->timeouts, now_ms, &count))
			log_event(LOG_WARN, "response_timeout",
				  "carrier=%s bind=%u sequence=%u count=%u",
				  bind->setup.carrier->name, bind->setup.index, slot.sequence,
				  count);
		bind->setup.events->lost(bind, slot.user, BIND_LOST_TIMEOUT, bind->setup.context);
	}
}

static void bind_tick(struct bind *bind)
{
	uint64_t now_ms = clock_ms();
	bool was_quiet = bind->pace.quiet_until_ms && bind->pace.quiet_until_ms <= now_ms;
	struct session_step step;

	bind_expire(bind, now_ms);
	while (session_tick(&bind->session, now_ms, clock_random(), &step))
		bind_carry_out(bind, &step, NULL);
	if (was_quiet) {
		bind->pace.quiet_until_ms = 0;
		bind->setup.events->changed(bind, bind->setup.context);
	}
	bind_check_drained(bind);
	bind_arm(bind);
}

void bind_step(struct bind *bind, enum session_event event, const struct pdu_header *request)
{
	struct session_step step = session_step(&bind->session, event, clock_ms(), clock_random());

	bind_carry_out(bind, &step, request);
}

/* Stopping ends when every answer came and was given. */
void bind_check_drained(struct bind *bind)
{
	if (bind->session.state == SESSION_DRAINING && window_used(bind->window) == 0 &&
	    bind->heard == 0)
		bind_step(bind, SESSION_ON_DRAINED, NULL);
}

unsigned bind_room(const struct bind *bind, uint64_t now_ms)
{
	unsigned room = window_room(bind->window);
	unsigned paced;

	if (!bind_sends(bind) || !link_is_clear(&bind->link))
		return 0;
	paced = pace_room(&bind->pace, window_used(bind->window), now_ms);
	return paced < room ? paced : room;
}

struct bind_mark {
	size_t end;
	uint32_t sequence;
};

static uint8_t *burst_room(struct bind *bind, size_t size)
{
	if (bind->burst_length + size > bind->burst_capacity) {
		bind->burst_capacity = 2 * (bind->burst_length + size);
		bind->burst = memory_resize(bind->burst, bind->burst_capacity, 1);
	}
	return bind->burst + bind->burst_length;
}

int bind_submit(struct bind *bind, struct pdu *pdu, uint64_t user)
{
	size_t size = 512 + pdu->short_message.length + pdu->tlvs.length;
	uint64_t now_ms = clock_ms();
	struct window_slot slot;
	uint32_t sequence;
	int length;

	if (bind_room(bind, now_ms) == 0 || window_open(bind->window, user, now_ms, &sequence) != 0)
		return -EAGAIN;
	if (!pdu->header.command)
		pdu->header.command = COMMAND_SUBMIT_SM;
	pdu->header.sequence = sequence;
	length = pdu_encode(pdu, burst_room(bind, size), size);
	if (length < 0) {
		(void)window_match(bind->window, sequence, &slot);
		return length;
	}
	bind->burst_length += (size_t)length;
	bind->marks[bind->marks_count++] = (struct bind_mark){bind->burst_length, sequence};
	bind_arm(bind);
	return 0;
}

void bind_burst(struct bind *bind)
{
	unsigned count = bind->marks_count, i = 0;
	size_t written, begin = 0;
	struct window_slot slot;

	if (count == 0)
		return;
	written = link_send_now(&bind->link, bind->burst, bind->burst_length);
	/* A PDU of which an octet is out is on its way, and the rest of it follows. */
	for (; i < count && begin < written; i++) {
		meter_wrote(bind->setup.meter, bind->setup.index,
			    (struct span){bind->burst + begin, bind->marks[i].end - begin});
		begin = bind->marks[i].end;
	}
	if (begin > written)
		link_send(&bind->link, bind->burst + written, begin - written);
	metric_add(bind->setup.counters->pdus_out, i);
	bind->marks_count = 0;
	bind->burst_length = 0;
	for (; i < count; i++) {
		if (window_match(bind->window, bind->marks[i].sequence, &slot) == WINDOW_MATCHED)
			bind->setup.events->lost(bind, slot.user, BIND_LOST_UNSENT,
						 bind->setup.context);
	}
}

void bind_reply(struct bind *bind, uint32_t generation, const struct pdu_header *request,
		uint32_t status)
{
	if (generation != bind->link.generation)
		return;
	bind->heard--;
	bind_send_answer(bind, request, status);
	if (bind->heard < BIND_HEARD_MAX / 2 && bind->link.holds & LINK_HOLD_OWNER)
		link_hold(&bind->link, LINK_HOLD_OWNER, false);
	bind_check_drained(bind);
}

bool bind_is_refused(const struct bind *bind)
{
	return bind->session.refusals > 0;
}

bool bind_is_stopped(const struct bind *bind)
{
	return bind->session.state == SESSION_STOPPED;
}

bool bind_is_bound(const struct bind *bind)
{
	return session_is_bound(bind->session.state);
}

bool bind_sends(const struct bind *bind)
{
	return session_sends(bind->session.state);
}

static struct session_settings bind_session_settings(const struct bind_setup *setup)
{
	static const enum session_mode modes[] = {
		[SETTINGS_TRANSCEIVER] = SESSION_TRANSCEIVER,
		[SETTINGS_TRANSMITTER] = SESSION_TRANSMITTER,
		[SETTINGS_RECEIVER] = SESSION_RECEIVER,
	};
	const struct settings_carrier *carrier = setup->carrier;
	struct session_settings settings = session_settings_default(modes[carrier->bind_type]);
	uint32_t idle_ms = carrier->enquire_link_s * 1000;

	settings.passive = carrier->hosts_count == 0;

	settings.connect_timeout_ms = carrier->connect_timeout_s * 1000;
	settings.init_timeout_ms = carrier->session_init_timeout_s * 1000;
	settings.enquire_idle_ms = idle_ms;
	if (settings.enquire_timeout_ms > idle_ms)
		settings.enquire_timeout_ms = idle_ms;
	settings.enquire_unanswered = carrier->enquire_link_max;
	settings.drain_timeout_ms = (uint32_t)setup->drain_ms;
	settings.unbind_timeout_ms = UNBIND_TIMEOUT_MS;
	settings.backoff_first_ms = carrier->backoff_min_ms;
	settings.backoff_max_ms = carrier->backoff_max_ms;
	/* Slower than after a failed connection, but never so slow that a corrected password takes
	 * a coffee break to be noticed on a bind that is configured to be quick. */
	settings.credentials_wait_ms = carrier->backoff_max_ms;
	settings.credentials_max_ms =
		carrier->backoff_max_ms > 225000u ? 900000u : carrier->backoff_max_ms * 4;
	return settings;
}

static struct link_settings bind_link_settings(const struct bind_setup *setup)
{
	const struct settings_carrier *carrier = setup->carrier;

	return (struct link_settings){
		.local_address = carrier->local_address,
		.pdu_max = carrier->pdu_max,
		.read_timeout_ms = carrier->read_timeout_s * 1000ull,
		.tls = setup->tls,
		.tls_name = carrier->tls_name,
	};
}

/* A bind that begins takes all of its settings; what was learnt of the SMSC is void. */
static void bind_begin(struct bind *bind)
{
	const struct session_settings settings = bind_session_settings(&bind->setup);

	session_init(&bind->session, &settings);
	bind->failures = 0;
	bind->version = bind->setup.carrier->interface_version;
	bind_step(bind, SESSION_ON_START, NULL);
}

void bind_start(struct bind *bind)
{
	if (bind_is_stopped(bind))
		bind_begin(bind);
	else
		bind_step(bind, SESSION_ON_START, NULL);
}

void bind_stop(struct bind *bind)
{
	bind->again = false;
	bind_step(bind, SESSION_ON_STOP, NULL);
	bind_check_drained(bind);
}

void bind_check_again(struct bind *bind)
{
	enum session_state state = bind->session.state;

	if (!bind->again || (state != SESSION_STOPPED && state != SESSION_WAITING))
		return;
	bind->again = false;
	bind_begin(bind);
}

static void bind_fit_window(struct bind *bind)
{
	unsigned wanted = bind->setup.carrier->window;

	if (wanted > bind->slots) {
		if (window_grow(&bind->window, wanted) != 0)
			abort();
		bind->marks = memory_resize(bind->marks, wanted, sizeof(*bind->marks));
		bind->slots = wanted;
	}
	pace_resize(&bind->pace, wanted);
}

void bind_change(struct bind *bind, struct link_tls_context *tls, bool rebind)
{
	const struct settings_carrier *carrier = bind->setup.carrier;
	struct session_settings settings;

	bind->setup.tls = tls;
	bind->link.settings = bind_link_settings(&bind->setup);
	settings = bind_session_settings(&bind->setup);
	settings.mode = bind->session.settings.mode;
	settings.passive = bind->session.settings.passive;
	bind->session.settings = settings;
	if (bind->host >= carrier->hosts_count)
		bind->host = 0;
	bind_fit_window(bind);
	/* One that is stopping for good stays away; one that stops for an earlier change takes this
	 * too. */
	if (rebind && !bind_is_stopped(bind) && !bind->session.stopping) {
		bind->again = true;
		bind_step(bind, SESSION_ON_STOP, NULL);
		bind_check_drained(bind);
	}
	bind_arm(bind);
	bind->setup.events->changed(bind, bind->setup.context);
}

bool bind_adopt(struct bind *bind, int fd)
{
	if (bind->session.state != SESSION_WAITING)
		return false;
	bind->heard = 0;
	link_adopt(&bind->link, fd);
	bind_step(bind, SESSION_ON_ACCEPTED, NULL);
	return true;
}

struct bind *bind_create(const struct bind_setup *setup)
{
	const struct settings_carrier *carrier = setup->carrier;
	const struct link_settings link_settings = bind_link_settings(setup);
	const struct session_settings session_settings = bind_session_settings(setup);
	struct bind *bind = memory_array(1, sizeof(*bind));

	bind->setup = *setup;
	session_init(&bind->session, &session_settings);
	bind->window = window_create(carrier->window, 1);
	if (!bind->window)
		abort();
	bind->slots = carrier->window;
	pace_init(&bind->pace, carrier->window);
	link_init(&bind->link, setup->turn, &link_settings, &bind_link_events, bind);
	bind->marks = memory_array(carrier->window, sizeof(*bind->marks));
	if (carrier->hosts_count)
		bind->host = setup->index % (unsigned)carrier->hosts_count;
	ev_init(&bind->timer, on_timer);
	bind->timer.data = bind;
	return bind;
}

void bind_destroy(struct bind **bind)
{
	if (!*bind)
		return;
	ev_timer_stop((*bind)->setup.turn->loop, &(*bind)->timer);
	link_finish(&(*bind)->link);
	window_destroy(&(*bind)->window);
	free((*bind)->burst);
	free((*bind)->marks);
	free(*bind);
	*bind = NULL;
}
