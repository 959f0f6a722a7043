/* bindery.conf from any octets: an error or settings, and nothing left behind. Text with an
 * @include is left out, since it would read this machine's files. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "config/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 forgets the start of a text that the file ends in the middle of. */
const char *__lsan_default_suppressions(void); /* NOLINT */
const char *__lsan_default_suppressions(void)  /* NOLINT */
{
	return "leak:libconfig.so\n";
}

static void ignore(const char *line, void *context)
{
	(void)line;
	(void)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = memory_copy(data, size);
	struct settings *settings = NULL;

	if (!strchr(text, '@') && !strstr(text, "password_file") &&
	    settings_parse(text, ignore, NULL, &settings) == 0)
		settings_destroy(&settings);
	free(text);
	return 0;
}
