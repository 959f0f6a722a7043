#ifndef BINDERY_CONFIG_VERB_H
#define BINDERY_CONFIG_VERB_H

#include <stdbool.h>
#include <stddef.h>

/* How a verb of the command line ends, and what it says where it does not end well. */

enum exit_code { EXIT_DONE, EXIT_NO, EXIT_USAGE };

/* `bindery-router: <verb>: <what>: <about>` on stderr, without `about` where it is NULL; behind it
 * where the usage is told, where the code is EXIT_USAGE. Returns the code. */
int verb_complain(const char *verb, enum exit_code code, const char *what, const char *about);

/* What of a kind there is, for who named one that there is not. */
struct verb_names {
	const char *kind; /* "queue" */
	size_t count;
	const char *(*name)(const void *of, size_t i);
	const void *of; /* borrows */
};

/* `bindery-router: <verb>: no queue "x"; the configuration has a, b`. Returns EXIT_NO. */
int verb_unknown(const char *verb, const char *asked, const struct verb_names *names);

/* Whether -h or --help is among them. */
bool verb_asks_help(int argc, char *const *argv);

/* A text as a JSON string on standard output. */
void verb_put_json(const char *text);

/* Says on standard output that the file of a secret could not be looked at, where it is a
 * credential that cannot be had from here (secret.h). */
void verb_passes_over(const char *secret);

/* Ends the standard output of `program`: EXIT_NO, and said why, where not all that was printed has
 * arrived, as on a full disk; else `code`. */
int verb_end(const char *program, int code);

#endif
