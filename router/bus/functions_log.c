#include "router/bus/functions_log.h"

#include "config/log.h"

void functions_log(const struct bus_functions *functions, void *context)
{
	static const struct {
		enum log_level level;
		const char *event;
	} changes[] = {
		[BUS_FUNCTIONS_LOADED] = {LOG_INFO, "functions_loaded"},
		[BUS_FUNCTIONS_RELOADED] = {LOG_WARN, "functions_reloaded"},
		[BUS_FUNCTIONS_REFUSED] = {LOG_ERROR, "functions_refused"},
		[BUS_FUNCTIONS_NEWER] = {LOG_WARN, "functions_newer"},
		[BUS_FUNCTIONS_LACKING] = {LOG_ERROR, "functions_lacking"},
		[BUS_FUNCTIONS_UNSERVED] = {LOG_ERROR, "functions_unserved"},
	};

	(void)context;
	log_event(changes[functions->change].level, changes[functions->change].event,
		  "ours=%s found=%s serves=%s note=%s", functions->ours,
		  *functions->found ? functions->found : "none",
		  *functions->serves ? functions->serves : "none", functions->note);
}

void functions_log_done(const struct bus_functions *functions, void *context)
{
	if (functions->change == BUS_FUNCTIONS_LOADED ||
	    functions->change == BUS_FUNCTIONS_RELOADED ||
	    functions->change == BUS_FUNCTIONS_REFUSED)
		functions_log(functions, context);
}
