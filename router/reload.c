#include "router/reload.h"

#include <stdlib.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/threading/numbers.h"
#include "router/threading/threading.h"

static void log_report(const char *line, void *context)
{
	unsigned *errors = context;

	(*errors)++;
	log_event(LOG_ERROR, "settings", "error=%s", line);
}

/* Says which carriers come and go. */
static void tell_carriers(const struct settings *old, const struct settings *new)
{
	for (size_t i = 0; i < old->carriers_count; i++) {
		if (!settings_carrier(new, old->carriers[i].name))
			log_event(LOG_WARN, "carrier_removed", "carrier=%s note=%s",
				  old->carriers[i].name,
				  "what waits for it goes by its routes or expires");
	}
	for (size_t i = 0; i < new->carriers_count; i++) {
		if (!settings_carrier(old, new->carriers[i].name))
			log_event(LOG_INFO, "carrier_added", "carrier=%s", new->carriers[i].name);
	}
}

bool reload_take(struct reload *reload)
{
	struct settings *settings = NULL;
	unsigned errors = 0, strangers;

	if (settings_load(reload->path, 0, log_report, &errors, &settings) != 0) {
		settings_destroy(&settings);
		log_event(LOG_ERROR, "reload_refused", "file=%s errors=%u note=%s", reload->path,
			  errors, "nothing was changed");
		return false;
	}
	reload->read =
		memory_resize(reload->read, reload->read_count + 1, sizeof(struct settings *));
	reload->read[reload->read_count++] = settings;
	tell_carriers(reload->live, settings);
	reload->live->carriers = settings->carriers;
	reload->live->carriers_count = settings->carriers_count;
	reload->live->carrier_names = settings->carrier_names;
	reload->live->routes = settings->routes;
	reload->live->routes_count = settings->routes_count;
	strangers = numbers_put_carriers(reload->numbers, settings);
	threading_reload(reload->threading);
	if (strangers)
		log_event(LOG_WARN, "needs_restart", "key=numbers new=%u", strangers);
	log_event(LOG_INFO, "reloaded", "file=%s carriers=%zu routes=%zu note=%s", reload->path,
		  settings->carriers_count, settings->routes_count,
		  "carriers, routes and the numbers' carriers; all else needs a restart");
	return true;
}

void reload_finish(struct reload *reload)
{
	for (size_t i = 0; i < reload->read_count; i++)
		settings_destroy(&reload->read[i]);
	free(reload->read);
	*reload = (struct reload){0};
}
