#ifndef BINDERY_ROUTER_BUS_FUNCTIONS_H
#define BINDERY_ROUTER_BUS_FUNCTIONS_H

/*
 * Which library of Redis Functions is to stand in Redis when programs of several versions work with
 * it: the newest of theirs. An older program keeps its own to itself and works with the newer one
 * for as long as that serves it. Pure.
 */

#define FUNCTIONS_VERSION_MAX 24

/* What a library says of itself. All "" where there is none, or one of before they said it. */
struct functions_library {
	/* Three numbers with dots between, and where it is known a fourth: when the functions
	 * changed, seconds since 1970. */
	char version[FUNCTIONS_VERSION_MAX];
	char serves[FUNCTIONS_VERSION_MAX]; /* the oldest version whose programs it serves */
	char print[65];			    /* of its text, in hexadecimal */
};

enum functions_verdict {
	FUNCTIONS_OURS,	    /* to the letter */
	FUNCTIONS_OTHER,    /* of our release, but another text: neither is known to be newer */
	FUNCTIONS_OLDER,    /* or none */
	FUNCTIONS_NEWER,    /* and serve us */
	FUNCTIONS_UNSERVED, /* newer, and do not */
};

/* What those there are to a program of that version, whose own have that print. */
enum functions_verdict functions_judge(const struct functions_library *there, const char *version,
				       const char *print);

#endif
