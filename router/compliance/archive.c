#include "router/compliance/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/memory.h"

#define ROW 48 /* octets */
#define ROWS_AT_ONCE 512
#define PATH_ROOM 4352
#define NO_FILE (-1)
#define ENTRY_MS_MAX ((uint64_t)1 << 48) /* no entry is as late */

static const char head_prefix[] = "head-";
static const char given_up_prefix[] = "given-up-";
static const char lost_prefix[] = "lost-";

#define NAME_ROOM 64

/* The newest of what a folder has, "" without one. */
struct newest {
	char head[NAME_ROOM], given_up[NAME_ROOM];
};

struct archive {
	char *folder;
	unsigned partitions;
	int flags;  /* with which files are opened */
	int *files; /* opened when first needed */
	struct newest newest;
	struct timespec changed; /* the folder, when `newest` was looked for */
	bool settled;		 /* that was long ago: a change since then shows */
};

int archive_open(const char *folder, unsigned partitions, enum archive_use use,
		 struct archive **out, char why[ARCHIVE_ERROR_MAX])
{
	int needed = use == ARCHIVE_WRITE ? R_OK | W_OK | X_OK : R_OK | X_OK;
	struct stat about;

	if (use == ARCHIVE_WRITE && mkdir(folder, 0750) != 0 && errno != EEXIST) {
		int error = errno;
		snprintf(why, ARCHIVE_ERROR_MAX, "%s: cannot be made: %s", folder, strerror(error));
		return -error;
	}
	if (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode) || access(folder, needed) != 0) {
		snprintf(why, ARCHIVE_ERROR_MAX, "%s: is no folder that can be %s", folder,
			 use == ARCHIVE_WRITE ? "written" : "read");
		return -EACCES;
	}
	struct archive *archive = memory_array(1, sizeof(*archive));
	archive->folder = memory_text(folder);
	archive->partitions = partitions;
	archive->flags = use == ARCHIVE_WRITE ? O_RDWR | O_CREAT : O_RDONLY;
	archive->files = memory_array(partitions, sizeof(*archive->files));
	for (unsigned i = 0; i < partitions; i++)
		archive->files[i] = NO_FILE;
	*out = archive;
	return 0;
}

void archive_close(struct archive **pointer)
{
	struct archive *archive = *pointer;

	if (!archive)
		return;
	*pointer = NULL;
	for (unsigned i = 0; i < archive->partitions; i++) {
		if (archive->files[i] != NO_FILE)
			close(archive->files[i]);
	}
	free(archive->files);
	free(archive->folder);
	free(archive);
}

static int file_of(struct archive *archive, unsigned partition)
{
	char path[PATH_ROOM];

	if (archive->files[partition] == NO_FILE) {
		snprintf(path, sizeof(path), "%s/leaves-%u", archive->folder, partition);
		archive->files[partition] = open(path, archive->flags | O_CLOEXEC, 0640);
	}
	return archive->files[partition];
}

uint64_t archive_rows(struct archive *archive, unsigned partition)
{
	struct stat about;
	int file = file_of(archive, partition);

	return file >= 0 && fstat(file, &about) == 0 ? (uint64_t)about.st_size / ROW : 0;
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

static void put64(uint8_t *at, uint64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		at[i] = (uint8_t)value;
}

bool archive_read(struct archive *archive, unsigned partition, uint64_t from,
		  struct archive_row *rows, size_t count)
{
	uint8_t octets[ROWS_AT_ONCE * ROW] = {0};
	int file = file_of(archive, partition);

	for (size_t done = 0; done < count;) {
		size_t now = count - done < ROWS_AT_ONCE ? count - done : ROWS_AT_ONCE;
		ssize_t got =
			file < 0 ? -1
				 : pread(file, octets, now * ROW, (off_t)((from + done) * ROW));
		if (got != (ssize_t)(now * ROW))
			return false;
		for (size_t i = 0; i < now; i++) {
			const uint8_t *at = octets + i * ROW;
			rows[done + i].ms = get64(at);
			rows[done + i].sequence = get64(at + 8);
			memcpy(rows[done + i].leaf, at + 16, MERKLE_HASH);
		}
		done += now;
	}
	return true;
}

bool archive_names(struct archive *archive, unsigned partition, uint64_t from)
{
	uint64_t rows = archive_rows(archive, partition);
	struct archive_row row;

	for (uint64_t at = from; at < rows; at++) {
		if (!archive_read(archive, partition, at, &row, 1) ||
		    (row.ms && row.ms < ENTRY_MS_MAX))
			return true;
	}
	return false;
}

int archive_append(struct archive *archive, unsigned partition, const struct archive_row *rows,
		   size_t count)
{
	uint8_t octets[ROWS_AT_ONCE * ROW];
	int file = file_of(archive, partition);
	off_t end = (off_t)(archive_rows(archive, partition) * ROW);

	for (size_t done = 0; done < count;) {
		size_t now = count - done < ROWS_AT_ONCE ? count - done : ROWS_AT_ONCE;
		for (size_t i = 0; i < now; i++) {
			uint8_t *at = octets + i * ROW;
			put64(at, rows[done + i].ms);
			put64(at + 8, rows[done + i].sequence);
			memcpy(at + 16, rows[done + i].leaf, MERKLE_HASH);
		}
		errno = 0;
		if (file < 0 || pwrite(file, octets, now * ROW, end) != (ssize_t)(now * ROW))
			return errno ? -errno : -EIO;
		end += (off_t)(now * ROW);
		done += now;
	}
	return 0;
}

static void stamp(uint64_t at_ms, char out[ARCHIVE_STAMP_MAX])
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm utc;
	char text[ARCHIVE_STAMP_MAX];

	gmtime_r(&seconds, &utc);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &utc);
	snprintf(out, ARCHIVE_STAMP_MAX, "%.15s%03uZ", text, (unsigned)(at_ms % 1000));
}

/* A file that is there whole or not at all. */
static int put_file(const char *folder, const char *prefix, uint64_t at_ms, struct span text)
{
	char path[PATH_ROOM], draft[PATH_ROOM + 8], when[ARCHIVE_STAMP_MAX];
	int error = 0;

	stamp(at_ms, when);
	snprintf(path, sizeof(path), "%s/%s%s", folder, prefix, when);
	snprintf(draft, sizeof(draft), "%s.draft", path);
	int file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (file < 0)
		return -errno;
	errno = 0;
	if (write(file, text.at, text.length) != (ssize_t)text.length || fsync(file) != 0)
		error = errno ? errno : EIO;
	close(file);
	if (!error && rename(draft, path) != 0)
		error = errno;
	if (error)
		unlink(draft);
	int place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place >= 0) {
		if (!error && fsync(place) != 0)
			error = errno;
		close(place);
	}
	return -error;
}

int archive_set_aside(struct archive *archive, unsigned partition, uint64_t from, uint64_t now_ms)
{
	char prefix[64];
	uint64_t rows = archive_rows(archive, partition);
	int file = file_of(archive, partition);
	int error = 0;

	if (rows <= from)
		return 0;
	size_t length = (size_t)(rows - from) * ROW;
	uint8_t *octets = memory_array(length, 1);
	snprintf(prefix, sizeof(prefix), "%s%u-%" PRIu64 "-", lost_prefix, partition, from);
	if (pread(file, octets, length, (off_t)(from * ROW)) != (ssize_t)length)
		error = -EIO;
	if (!error)
		error = put_file(archive->folder, prefix, now_ms, (struct span){octets, length});
	free(octets);
	if (!error && ftruncate(file, (off_t)(from * ROW)) != 0)
		error = -errno;
	return error;
}

void archive_written(struct archive *archive, unsigned partition, char out[ARCHIVE_STAMP_MAX])
{
	struct stat about = {0};
	int file = file_of(archive, partition);

	if (file >= 0)
		(void)!fstat(file, &about);
	stamp((uint64_t)about.st_mtim.tv_sec * 1000 + (uint64_t)about.st_mtim.tv_nsec / 1000000,
	      out);
}

int archive_put_head(struct archive *archive, uint64_t at_ms, struct span text)
{
	for (unsigned i = 0; i < archive->partitions; i++) {
		if (archive->files[i] != NO_FILE && fdatasync(archive->files[i]) != 0)
			return -errno;
	}
	return put_file(archive->folder, head_prefix, at_ms, text);
}

int archive_give_up(const char *folder, uint64_t at_ms, struct span text)
{
	return put_file(folder, given_up_prefix, at_ms, text);
}

static bool is_whole(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0 && !strstr(name, ".draft");
}

static int is_head(const struct dirent *entry)
{
	return is_whole(entry->d_name, head_prefix);
}

static void keep_newer(char newest[NAME_ROOM], const char *name, const char *prefix)
{
	if (is_whole(name, prefix) && strlen(name) < NAME_ROOM && strcmp(name, newest) > 0)
		snprintf(newest, NAME_ROOM, "%s", name);
}

static int look_through(const char *folder, struct newest *newest)
{
	DIR *place = opendir(folder);

	if (!place)
		return -errno;
	*newest = (struct newest){0};
	for (struct dirent *entry = readdir(place); entry; entry = readdir(place)) {
		keep_newer(newest->head, entry->d_name, head_prefix);
		keep_newer(newest->given_up, entry->d_name, given_up_prefix);
	}
	closedir(place);
	return 0;
}

static const char *stamp_of(const char *name, const char *prefix)
{
	return *name ? name + strlen(prefix) : name;
}

/* There are as many heads as minutes in which something happened: they are gone through only where
 * the folder has changed, or did a moment ago, when one more change would not show in its time. */
static int look(struct archive *archive)
{
	struct stat about;
	struct timespec now;

	if (stat(archive->folder, &about) != 0)
		return -errno;
	if (archive->settled && about.st_mtim.tv_sec == archive->changed.tv_sec &&
	    about.st_mtim.tv_nsec == archive->changed.tv_nsec)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	archive->changed = about.st_mtim;
	archive->settled = now.tv_sec > about.st_mtim.tv_sec + 1;
	int error = look_through(archive->folder, &archive->newest);
	archive->settled = archive->settled && !error;
	return error;
}

static void free_names(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void tell(const char *folder, const char *name, archive_each *each, void *context)
{
	char path[PATH_ROOM];
	char *text = memory_array(HEAD_TEXT_MAX, 1);

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? 0 : read(file, text, HEAD_TEXT_MAX - 1);
	if (file >= 0)
		close(file);
	each((struct span){(uint8_t *)text, length > 0 ? (size_t)length : 0}, name, context);
	free(text);
}

void archive_given_up(struct archive *archive, char out[ARCHIVE_STAMP_MAX])
{
	const char *stamp =
		look(archive) == 0 ? stamp_of(archive->newest.given_up, given_up_prefix) : "";

	snprintf(out, ARCHIVE_STAMP_MAX, "%.*s", ARCHIVE_STAMP_MAX - 1, stamp);
}

long archive_newest(struct archive *archive, archive_each *each, void *context)
{
	const struct newest *newest = &archive->newest;
	int error = look(archive);

	if (error)
		return error;
	if (strcmp(stamp_of(newest->head, head_prefix),
		   stamp_of(newest->given_up, given_up_prefix)) <= 0)
		return 0;
	tell(archive->folder, newest->head, each, context);
	return 1;
}

long archive_heads(const char *folder, size_t most, archive_each *each, void *context)
{
	struct dirent **heads = NULL;
	struct newest newest = {0};
	int error = look_through(folder, &newest);

	if (error)
		return error;
	int count = scandir(folder, &heads, is_head, alphasort);
	if (count < 0)
		return -errno;
	if (!heads)
		return 0;
	const char *last = stamp_of(newest.given_up, given_up_prefix);
	int from = (size_t)count > most ? count - (int)most : 0;
	while (from < count && strcmp(heads[from]->d_name + strlen(head_prefix), last) <= 0)
		from++;
	for (int i = from; i < count; i++)
		tell(folder, heads[i]->d_name, each, context);
	free_names(heads, count);
	return count - from;
}
