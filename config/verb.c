#include "config/verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/secret.h"

#define NAMES_SHOWN 20

int verb_complain(const char *verb, enum exit_code code, const char *what, const char *about)
{
	fprintf(stderr, "bindery-router: %s: %s%s%s\n", verb, what, about ? ": " : "",
		about ? about : "");
	if (code == EXIT_USAGE)
		fprintf(stderr, "Try bindery-router %s --help.\n", verb);
	return (int)code;
}

int verb_unknown(const char *verb, const char *asked, const struct verb_names *names)
{
	fprintf(stderr, "bindery-router: %s: no %s \"%s\"; the configuration has", verb,
		names->kind, asked);
	for (size_t i = 0; i < names->count && i < NAMES_SHOWN; i++)
		fprintf(stderr, "%s %s", i ? "," : "", names->name(names->of, i));
	if (names->count > NAMES_SHOWN)
		fprintf(stderr, " and %zu more", names->count - NAMES_SHOWN);
	fputs(names->count ? "\n" : " none\n", stderr);
	return EXIT_NO;
}

bool verb_asks_help(int argc, char *const *argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

void verb_put_json(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			printf("\\u%04x", (unsigned)*text);
		else
			putchar(*text);
	}
	putchar('"');
}

void verb_passes_over(const char *secret)
{
	if (secret_is_elsewhere(secret))
		printf("  %s was not looked at: it is there in the unit only, while that runs\n",
		       secret);
}

int verb_end(const char *program, int code)
{
	errno = 0;
	bool failed = fflush(stdout) != 0;

	if (!failed && !ferror(stdout))
		return code;
	fprintf(stderr, "%s: standard output: %s\n", program,
		failed && errno ? strerror(errno) : "not all of it could be written");
	return EXIT_NO;
}
