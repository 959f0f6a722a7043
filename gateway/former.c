#include "gateway/former.h"

#include <string.h>

#include "config/log.h"
#include "gateway/gateway_internal.h"

#define NAME_SIZE (MESSAGE_NAME_MAX + 1)

static struct bus_args *begin(struct gateway *gateway, const char *command)
{
	char key[KEY_MAX];

	bus_args_text(&gateway->arguments, command);
	bus_args_text(&gateway->arguments,
		      key_gateway_carriers(gateway->settings->gateway.instance, key));
	return &gateway->arguments;
}

void former_note(struct gateway *gateway)
{
	struct bus_args *arguments;

	if (gateway->settings->carriers_count == 0 || !bus_is_ready(gateway->bus))
		return;
	arguments = begin(gateway, "SADD");
	for (size_t i = 0; i < gateway->settings->carriers_count; i++)
		bus_args_text(arguments, gateway->settings->carriers[i].name);
	bus_args_send(arguments, gateway->bus, NULL, NULL);
}

static bool is_there(const struct gateway *gateway, const char *name)
{
	for (size_t i = 0; i < gateway->carriers_count; i++) {
		if (strcmp(gateway->carriers[i]->settings->name, name) == 0)
			return true;
	}
	return settings_carrier(gateway->settings, name) != NULL;
}

/* No bind, no pace, nothing that is sent again. */
static void make(struct gateway *gateway, char *name)
{
	static char none[] = "";
	const struct settings_carrier settings = {
		.name = name,
		.system_id = none,
		.password = none,
		.on_unknown = SETTINGS_HOLD,
	};
	struct carrier_setup setup = gateway_carrier_setup(gateway, gateway->settings);

	log_event(LOG_WARN, "former_carrier", "carrier=%s note=%s", name,
		  "what a gateway that died had in flight is looked for");
	setup.carrier = &settings;
	setup.former = true;
	gateway_add(gateway, &setup);
}

static void on_names(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct gateway *gateway = context;
	char name[NAME_SIZE];

	(void)bus;
	for (size_t i = 0; gateway->stop == STOP_NOT && i < bus_reply_count(reply); i++) {
		struct span span = bus_reply_span(bus_reply_at(reply, i));
		if (span.length == 0 || span.length >= sizeof(name))
			continue;
		memcpy(name, span.at, span.length);
		name[span.length] = '\0';
		if (!is_there(gateway, name))
			make(gateway, name);
	}
}

void former_look(struct gateway *gateway)
{
	if (bus_is_ready(gateway->bus))
		bus_args_send(begin(gateway, "SMEMBERS"), gateway->bus, on_names, gateway);
}

void former_left(struct gateway *gateway, const struct carrier *carrier)
{
	const char *name = carrier->settings->name;

	if (!bus_is_ready(gateway->bus) ||
	    (!outbound_is_recovered(&carrier->outbound) && !lease_is_others(&carrier->lease)) ||
	    settings_carrier(gateway->settings, name))
		return;
	bus_args_text(begin(gateway, "SREM"), name);
	bus_args_send(&gateway->arguments, gateway->bus, NULL, NULL);
}

bool former_wanted(struct gateway *gateway, const struct settings *settings)
{
	bool wanted = false;

	for (size_t i = 0; i < gateway->carriers_count; i++) {
		struct carrier *carrier = gateway->carriers[i];
		if (!carrier->leaving || !settings_carrier(settings, carrier->settings->name))
			continue;
		carrier->recovering = false;
		carrier->wanted = carrier->former;
		wanted = true;
	}
	return wanted;
}
