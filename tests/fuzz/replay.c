/* Feeds every file of the folders that it is given to a fuzz target, so that what once crashed is
 * tried again in every ordinary test run. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat facts;

	if (!file || fstat(fileno(file), &facts) != 0) {
		perror(path);
		exit(2);
	}
	if (!S_ISREG(facts.st_mode)) {
		fclose(file);
		return;
	}
	/* A buffer of exactly the file's size, so that the sanitizer sees a read past its end. */
	size_t size = (size_t)facts.st_size;
	uint8_t *data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, file) != size) {
		perror(path);
		exit(2);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		if (!folder) {
			perror(argv[i]);
			return 2;
		}
		for (struct dirent *entry; (entry = readdir(folder));) {
			char path[4096];
			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			replay_file(path);
			count++;
		}
		closedir(folder);
	}
	printf("replayed %u inputs\n", count);
	return 0;
}
