#include "config/verb.h"

#include <stdio.h>

int verb_complain(const char *verb, const char *usage, enum exit_code code, const char *what,
		  const char *about)
{
	fprintf(stderr, "bindery-router: %s: %s%s%s\n", verb, what, about ? ": " : "",
		about ? about : "");
	if (code == EXIT_USAGE && usage)
		fputs(usage, stderr);
	return (int)code;
}
