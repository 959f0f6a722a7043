#include "config/kernel.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

int kernel_setting(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[24] = "", *end;

	if (!file)
		return -1;
	bool read = fgets(line, sizeof(line), file) != NULL;
	fclose(file);
	long value = strtol(line, &end, 10);
	return read && end != line && (*end == '\n' || !*end) && value >= 0 && value <= 1 << 24
		       ? (int)value
		       : -1;
}
