#include "router/bus/functions.h"

#include <stdlib.h>
#include <string.h>

#define NUMBERS 3 /* of a release; what stands behind them is when the functions changed */

/* Below 0, 0, above 0: the first is older, the same, newer. What is no number counts as 0. Of one
 * release neither is newer where one does not say when it changed. */
static int compare(const char *one, const char *other)
{
	for (int i = 0; *one || *other; i++) {
		if (i >= NUMBERS && (!*one || !*other))
			return 0;
		char *end_one, *end_other;
		unsigned long a = strtoul(one, &end_one, 10), b = strtoul(other, &end_other, 10);
		if (a != b)
			return a < b ? -1 : 1;
		one = end_one + (*end_one != '\0');
		other = end_other + (*end_other != '\0');
	}
	return 0;
}

enum functions_verdict functions_judge(const struct functions_library *there, const char *version,
				       const char *print)
{
	int order = compare(there->version, version);

	if (strcmp(there->print, print) == 0)
		return FUNCTIONS_OURS;
	if (!*there->version || order < 0)
		return FUNCTIONS_OLDER;
	if (order == 0)
		return FUNCTIONS_OTHER;
	return compare(there->serves, version) > 0 ? FUNCTIONS_UNSERVED : FUNCTIONS_NEWER;
}
