#include "router/door/asset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/memory.h"
#include "smpp/hex.h"

#define PATH_OCTETS 1024

struct asset_table {
	struct asset *assets;
	size_t count;
	size_t octets;
};

struct asset_table *asset_create(void)
{
	struct asset_table *table = memory_array(1, sizeof(*table));

	table->assets = memory_array(ASSET_COUNT_MAX, sizeof(*table->assets));
	return table;
}

void asset_destroy(struct asset_table **pointer)
{
	struct asset_table *table = *pointer;

	if (!table)
		return;
	*pointer = NULL;
	for (size_t i = 0; i < table->count; i++) {
		free(table->assets[i].path);
		free(table->assets[i].bytes);
	}
	free(table->assets);
	free(table);
}

const char *asset_type(const char *path)
{
	static const char *const types[][2] = {
		{".html", "text/html; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".json", "application/json"},
		{".map", "application/json"},
		{".webmanifest", "application/manifest+json"},
		{".yaml", "application/yaml"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".ico", "image/x-icon"},
		{".woff2", "font/woff2"},
		{".txt", "text/plain; charset=utf-8"},
		{".mp3", "audio/mpeg"},
		{".ogg", "audio/ogg"},
		{".wav", "audio/wav"},
	};
	const char *ending = strrchr(path, '.');

	for (size_t i = 0; ending && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(ending, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

static void put_etag(struct asset *asset)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	char *end = asset->etag;

	EVP_Digest(asset->bytes, asset->length, hash, &length, EVP_sha256(), NULL);
	*end++ = '"';
	end = hex_put((struct span){hash, length < 16 ? length : 16}, end);
	*end++ = '"';
	*end = '\0';
}

static int read_whole(int file, uint8_t *out, size_t length)
{
	for (size_t got = 0; got < length;) {
		ssize_t more = read(file, out + got, length - got);
		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return -errno;
		if (more == 0)
			return -EIO;
		got += (size_t)more;
	}
	return 0;
}

/* `file` is open, regular and closed by the caller. */
static int add(struct asset_table *table, int file, size_t length, const char *path)
{
	if (table->count == ASSET_COUNT_MAX || length > ASSET_OCTETS_MAX - table->octets)
		return -E2BIG;
	struct asset asset = {
		.bytes = memory_array(length ? length : 1, 1),
		.length = length,
		.type = asset_type(path),
		.immutable = strncmp(path, "/assets/", 8) == 0,
	};
	int error = read_whole(file, asset.bytes, length);
	if (error) {
		free(asset.bytes);
		return error;
	}
	asset.path = memory_text(path);
	put_etag(&asset);
	table->octets += length;
	table->assets[table->count++] = asset;
	return 0;
}

int asset_load_file(struct asset_table *table, const char *name, const char *path)
{
	struct stat facts;
	int file = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (file < 0)
		return errno == ELOOP ? 0 : -errno;
	int error = fstat(file, &facts) < 0 ? -errno : 0;
	if (!error && S_ISREG(facts.st_mode))
		error = add(table, file, (size_t)facts.st_size, path);
	close(file);
	return error;
}

static int load(struct asset_table *table, const char *folder, const char *path, unsigned depth);

static int load_entry(struct asset_table *table, const char *name, const char *path, unsigned depth)
{
	struct stat facts;

	if (lstat(name, &facts) < 0)
		return -errno;
	if (S_ISDIR(facts.st_mode))
		return load(table, name, path, depth + 1);
	return asset_load_file(table, name, path);
}

static int load(struct asset_table *table, const char *folder, const char *path, unsigned depth)
{
	if (depth > ASSET_DEPTH_MAX)
		return -E2BIG;
	DIR *entries = opendir(folder);
	if (!entries)
		return -errno;
	int error = 0;
	for (struct dirent *entry; !error && (entry = readdir(entries));) {
		char name[PATH_OCTETS];
		char below[PATH_OCTETS];
		if (entry->d_name[0] == '.')
			continue;
		int long1 = snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
		int long2 = snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (long1 >= PATH_OCTETS || long2 >= PATH_OCTETS)
			error = -ENAMETOOLONG;
		else
			error = load_entry(table, name, below, depth);
	}
	closedir(entries);
	return error;
}

int asset_load(struct asset_table *table, const char *folder)
{
	return load(table, folder, "", 0);
}

static const struct asset *exact(const struct asset_table *table, const char *path)
{
	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->assets[i].path, path) == 0)
			return &table->assets[i];
	}
	return NULL;
}

const struct asset *asset_find(const struct asset_table *table, const char *path)
{
	const struct asset *asset = exact(table, path);
	const char *last = strrchr(path, '/');

	if (asset || !last || strchr(last, '.'))
		return asset;
	return exact(table, "/index.html");
}
