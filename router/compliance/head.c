#include "router/compliance/head.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/compliance/record.h"

static const char opening[] = "bindery-head 1\t";
static const char signing[] = "signature=";

size_t head_format(const struct head *head, char out[HEAD_LINE_MAX])
{
	char root[MERKLE_HEX];
	int length = snprintf(out, HEAD_LINE_MAX, "%sat=%" PRIu64 "\ttrees=%u", opening,
			      head->at_ms, head->count);

	for (unsigned i = 0; i < head->count; i++) {
		const struct head_tree *tree = &head->trees[i];
		if (tree->size)
			length += snprintf(out + length, (size_t)(HEAD_LINE_MAX - length),
					   "\ttree=%u:%" PRIu64 ":%s", i, tree->size,
					   merkle_hex(tree->root, root));
	}
	return (size_t)length;
}

/* Cuts the stretch up to `end` off the front of `text`. */
static struct span cut(struct span *text, char end)
{
	const uint8_t *at = text->length ? memchr(text->at, end, text->length) : NULL;
	struct span front = {text->at, at ? (size_t)(at - text->at) : text->length};
	size_t gone = front.length + (at ? 1 : 0);

	text->at += gone;
	text->length -= gone;
	return front;
}

static bool begins(struct span *text, const char *with)
{
	size_t length = strlen(with);

	if (text->length < length || memcmp(text->at, with, length) != 0)
		return false;
	text->at += length;
	text->length -= length;
	return true;
}

static bool read_tree(struct span field, struct head *head)
{
	uint64_t partition, size;

	if (!begins(&field, "tree=") || !record_number(cut(&field, ':'), &partition) ||
	    partition >= head->count || !record_number(cut(&field, ':'), &size) || size == 0)
		return false;
	head->trees[partition].size = size;
	return merkle_unhex(field, head->trees[partition].root, MERKLE_HASH);
}

int head_parse(struct span line, struct head *head)
{
	uint64_t count;

	/* Asked of many a line that is none, so it is not cleared before. */
	if (!begins(&line, opening))
		return -EINVAL;
	memset(head, 0, sizeof(*head));
	if (!begins(&line, "at=") || !record_number(cut(&line, '\t'), &head->at_ms) ||
	    !begins(&line, "trees=") || !record_number(cut(&line, '\t'), &count) || count == 0 ||
	    count > HEAD_TREES_MAX)
		return -EINVAL;
	head->count = (unsigned)count;
	while (line.length) {
		if (!read_tree(cut(&line, '\t'), head))
			return -EINVAL;
	}
	return 0;
}

size_t head_sign(const struct head *head, const struct seal *seal, char out[HEAD_TEXT_MAX])
{
	uint8_t signature[SEAL_SIGNATURE];
	char half[MERKLE_HEX];
	size_t length = head_format(head, out);

	if (!seal_sign(seal, (struct span){(uint8_t *)out, length}, signature))
		return 0;
	length += (size_t)snprintf(out + length, HEAD_TEXT_MAX - length, "\n%s%s", signing,
				   merkle_hex(signature, half));
	return length + (size_t)snprintf(out + length, HEAD_TEXT_MAX - length, "%s\n",
					 merkle_hex(signature + MERKLE_HASH, half));
}

int head_open(struct span text, const uint8_t *key, struct head *head)
{
	uint8_t signature[SEAL_SIGNATURE];
	struct span line = cut(&text, '\n');

	if (head_parse(line, head) != 0 || !begins(&text, signing) ||
	    !merkle_unhex(cut(&text, '\n'), signature, sizeof(signature)))
		return -EINVAL;
	return !key || seal_verify(key, line, signature) ? 0 : -EBADMSG;
}
