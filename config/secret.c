#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/memory.h"

static const char credential[] = "credential:";

static const char *unit_folder(void)
{
	return getenv("CREDENTIALS_DIRECTORY");
}

static bool is_credential(const char *path)
{
	return strncmp(path, credential, sizeof(credential) - 1) == 0;
}

const char *secret_place(const char *path, char *place)
{
	const char *folder = unit_folder(), *name = path + sizeof(credential) - 1;

	if (!is_credential(path))
		return path;
	if (folder)
		snprintf(place, SECRET_PLACE_MAX, "%s/%s", folder, name);
	else
		snprintf(place, SECRET_PLACE_MAX, "/run/credentials/%s.service/%s",
			 program_invocation_short_name, name);
	return place;
}

bool secret_is_elsewhere(const char *path)
{
	char place[SECRET_PLACE_MAX];

	return is_credential(path) && !unit_folder() &&
	       access(secret_place(path, place), R_OK) != 0;
}

char *secret_read(const char *path)
{
	char place[SECRET_PLACE_MAX], content[1024];
	int file = open(secret_place(path, place), O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return NULL;
	ssize_t length = read(file, content, sizeof(content) - 1);
	int error = errno;
	close(file);
	errno = error;
	if (length < 0)
		return NULL;
	while (length > 0 && (content[length - 1] == '\n' || content[length - 1] == '\r'))
		length--;
	content[length] = '\0';
	return memory_text(content);
}
