/* Canned responses: what is kept in the directory, as a queue's agents may use it. */
#include "router/asking.h"

#include "config/memory.h"
#include "router/directory/directory.h"
#include "router/rows.h"

#include <stdlib.h>
#include <string.h>

#define RESPONSES_MAX 1000 /* told at once */

/* For every queue, unless it or its libraries name some (`queues`, a line each). */
static bool is_for(const struct directory *directory, const struct directory_entity *response,
		   const char *queue)
{
	const char *at = directory_text(response, "libraries");

	if (*directory_text(response, "queues"))
		return directory_lists(response, "queues", queue);
	if (!*at)
		return true;
	while (*at) {
		size_t length = strcspn(at, "\n");
		const struct directory_entity *library = directory_find(
			directory, DIRECTORY_LIBRARY, (struct span){(const uint8_t *)at, length});
		if (library && (!*directory_text(library, "queues") ||
				directory_lists(library, "queues", queue)))
			return true;
		at += length + (at[length] == '\n');
	}
	return false;
}

static int compare_names(const void *left, const void *right)
{
	const struct desk_response *a = left;
	const struct desk_response *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->id, b->id);
}

void desk_responses(struct desk *desk, struct desk_ask ask, struct span queue)
{
	const struct directory *directory = desk->links.directory;
	size_t all = directory_count(directory, DIRECTORY_RESPONSE);
	struct desk_response *found = memory_array(all + 1, sizeof(*found));
	struct desk_answer answer = {.detail = "", .responses = found};
	char name[DESK_AGENT_MAX + 1];

	row_copy(queue, name, sizeof(name));
	for (size_t i = 0; i < all; i++) {
		const struct directory_entity *response =
			directory_at(directory, DIRECTORY_RESPONSE, i);
		if (*directory_text(response, "text") && is_for(directory, response, name))
			found[answer.response_count++] = (struct desk_response){
				response->id, directory_text(response, "name"),
				directory_text(response, "text")};
	}
	qsort(found, answer.response_count, sizeof(*found), compare_names);
	if (answer.response_count > RESPONSES_MAX)
		answer.response_count = RESPONSES_MAX;
	ask.done(&answer, ask.context);
	free(found);
}
