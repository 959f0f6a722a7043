#ifndef BINDERY_CONFIG_VERB_H
#define BINDERY_CONFIG_VERB_H

/* How a verb of the router's command line ends, and what it says where it does not end well. */

enum exit_code { EXIT_DONE, EXIT_NO, EXIT_USAGE };

/* `bindery-router: <verb>: <what>: <about>` on stderr, without `about` where it is NULL; behind it
 * `usage`, where the code is EXIT_USAGE and there is one. Returns the code. */
int verb_complain(const char *verb, const char *usage, enum exit_code code, const char *what,
		  const char *about);

#endif
