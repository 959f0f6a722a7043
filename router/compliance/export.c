/*
 * Records are held against the leaves that were kept of them, those against the signed heads, and
 * each record's `prev` against the record before. A record that was changed is found by its leaf;
 * one whose leaf was changed with it by the head, which says that something is wrong, and by
 * `prev`, which says where. Every head has to be held against every tree: one that stands where
 * the tree has outgrown it proves nothing, and is a fault itself.
 */
#include "router/compliance/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/record.h"

#define FIELDS_MAX 8
#define NO_RECORD UINT64_MAX

/* What is remembered of a record for what stands beside it. */
struct sealed {
	uint64_t n;
	char seal[MERKLE_HEX], who[MERKLE_HEX]; /* "" without one */
	bool beside, erases;
};

/* One partition while it is read. */
struct tree_state {
	struct merkle tree;
	uint64_t next;	 /* the place of the record that should come */
	uint64_t kept;	 /* leaves kept outside */
	uint64_t good;	 /* the size of the last head that was right */
	uint64_t faulty; /* the last record that a fault was said of */
	bool broken;	 /* the tree cannot be grown as it was */
	size_t head;	 /* the next to hold the tree against */
	char chain[RECORD_PREV_MAX];
	struct sealed *sealed; /* of the records seen, `n` rising */
	size_t sealed_count, sealed_room;
};

struct reader {
	FILE *out;
	const uint8_t *key;
	struct export_result *result;
	struct tree_state *trees;
	struct head *heads;
	uint64_t line;
	uint64_t said;
	bool ended;
	char *head_line; /* waits for its signature */
};

static void fault(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void fault(struct reader *reader, const char *format, ...)
{
	char text[256];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	reader->result->faults++;
	fprintf(reader->out, "%s\n", text);
}

static void record_fault(struct reader *reader, unsigned partition, uint64_t n, const char *what)
{
	reader->trees[partition].faulty = n;
	fault(reader, "partition %u record %" PRIu64 ": %s", partition, n, what);
}

/* Parts a line at its tabs; what is behind the last of `most` stays whole. */
static size_t split(char *line, char **fields, size_t most)
{
	size_t count = 0;

	while (count < most) {
		fields[count++] = line;
		char *tab = count < most ? strchr(line, '\t') : NULL;
		if (!tab)
			break;
		*tab = '\0';
		line = tab + 1;
	}
	return count;
}

/* The tree has grown to the size of one or more heads. */
static void hold_against_heads(struct reader *reader, unsigned partition)
{
	struct tree_state *state = &reader->trees[partition];
	uint8_t root[MERKLE_HASH];

	for (; state->head < reader->result->heads; state->head++) {
		const struct head *head = &reader->heads[state->head];
		const struct head_tree *signed_tree = &head->trees[partition];
		if (signed_tree->size > state->tree.size)
			return;
		if (state->broken || signed_tree->size == 0)
			continue;
		if (signed_tree->size < state->tree.size) {
			fault(reader,
			      "partition %u: the head of %" PRIu64 " over %" PRIu64
			      " records stands behind a longer one",
			      partition, head->at_ms, signed_tree->size);
			continue;
		}
		merkle_root(&state->tree, root);
		if (memcmp(root, signed_tree->root, sizeof(root)) == 0) {
			state->good = signed_tree->size;
			continue;
		}
		state->broken = true;
		fault(reader,
		      "partition %u records %" PRIu64 "..%" PRIu64 ": not what the head of %" PRIu64
		      " was signed over",
		      partition, state->good, signed_tree->size - 1, head->at_ms);
	}
}

static void copy_hash(char out[MERKLE_HEX], struct span value)
{
	snprintf(out, MERKLE_HEX, "%.*s",
		 (int)(value.length < MERKLE_HEX ? value.length : MERKLE_HEX - 1),
		 value.length ? (const char *)value.at : "");
}

static void keep_seal(struct tree_state *state, uint64_t n, struct span record)
{
	struct span what = record_field(record, "what");

	if (state->sealed_count == state->sealed_room) {
		state->sealed_room = state->sealed_room ? state->sealed_room * 2 : 64;
		state->sealed =
			memory_resize(state->sealed, state->sealed_room, sizeof(*state->sealed));
	}
	struct sealed *sealed = &state->sealed[state->sealed_count++];
	*sealed = (struct sealed){.n = n};
	copy_hash(sealed->seal, record_field(record, "seal"));
	copy_hash(sealed->who, record_field(record, "who"));
	sealed->erases = what.length == 5 && memcmp(what.at, "erase", 5) == 0;
}

static int by_place(const void *key, const void *element)
{
	uint64_t n = *(const uint64_t *)key, other = ((const struct sealed *)element)->n;

	return n < other ? -1 : n > other;
}

/* The record of that place, or NULL. */
static struct sealed *find_sealed(const struct tree_state *state, uint64_t n)
{
	return state->sealed_count ? bsearch(&n, state->sealed, state->sealed_count,
					     sizeof(*state->sealed), by_place)
				   : NULL;
}

/* Whether the record is the one that should come here. */
static bool in_place(struct reader *reader, const struct record_place *place)
{
	struct tree_state *state = &reader->trees[place->partition];

	if (place->n == state->next)
		return true;
	state->broken = true;
	if (place->n < state->next) {
		record_fault(reader, place->partition, place->n,
			     "moved or repeated, it stands behind a later one");
		return false;
	}
	if (place->n - state->next == 1)
		record_fault(reader, place->partition, state->next, "missing");
	else
		fault(reader, "partition %u records %" PRIu64 "..%" PRIu64 ": missing",
		      place->partition, state->next, place->n - 1);
	state->next = place->n;
	state->chain[0] = '\0';
	return true;
}

static void check_chain(struct reader *reader, const struct record_place *place, struct span record)
{
	struct tree_state *state = &reader->trees[place->partition];
	struct span chain = span_text(state->chain);

	if (chain.length && state->faulty != place->n - 1 &&
	    (place->prev.length != chain.length ||
	     memcmp(place->prev.at, chain.at, chain.length) != 0))
		record_fault(reader, place->partition, place->n - 1,
			     "changed, the one behind it was written after another");
	record_chain(record, state->chain);
}

static void take_record(struct reader *reader, char **fields, size_t count)
{
	uint8_t leaf[MERKLE_HASH], kept[MERKLE_HASH];
	struct record_place place;
	struct span record = span_text(count == 3 ? fields[2] : "");
	bool was_kept = count == 3 && strcmp(fields[1], "-") != 0;

	reader->result->records++;
	if (count != 3 || !record_place(record, &place) ||
	    place.partition >= reader->result->trees ||
	    (was_kept && !merkle_unhex(span_text(fields[1]), kept, sizeof(kept)))) {
		fault(reader, "line %" PRIu64 ": no record", reader->line);
		return;
	}
	if (!in_place(reader, &place))
		return;
	struct tree_state *state = &reader->trees[place.partition];
	merkle_leaf(record, leaf);
	if (was_kept && memcmp(leaf, kept, sizeof(leaf)) != 0)
		record_fault(reader, place.partition, place.n,
			     "changed, its hash is not the one that was kept");
	check_chain(reader, &place, record);
	merkle_add(&state->tree, was_kept ? kept : leaf);
	keep_seal(state, place.n, record);
	state->next = place.n + 1;
	hold_against_heads(reader, place.partition);
}

/* The seal is over all of it with line ends between, so one within a part would move its bounds. */
static bool has_line_end(struct span part)
{
	return part.length && memchr(part.at, '\n', part.length);
}

/* `beside` partition n salt customer note evidence */
static void take_beside(struct reader *reader, char **fields, size_t count)
{
	uint64_t partition, n;
	struct seal_beside beside;
	char hex[MERKLE_HEX];

	reader->result->besides++;
	if (count != 7 || !record_number(span_text(fields[1]), &partition) ||
	    partition >= reader->result->trees || !record_number(span_text(fields[2]), &n) ||
	    strlen(fields[3]) >= sizeof(beside.salt)) {
		fault(reader, "line %" PRIu64 ": not what stands beside a record", reader->line);
		return;
	}
	struct tree_state *state = &reader->trees[partition];
	size_t octets = strlen(fields[6]) / 2;
	uint8_t *evidence = memory_array(octets, 1);
	if (!merkle_unhex(span_text(fields[6]), evidence, octets))
		octets = 0; /* so that the seal does not fit */
	snprintf(beside.salt, sizeof(beside.salt), "%s", fields[3]);
	beside.customer = (struct span){(uint8_t *)fields[4], record_unescape(fields[4])};
	beside.note = (struct span){(uint8_t *)fields[5], record_unescape(fields[5])};
	beside.evidence = (struct span){evidence, octets};
	struct sealed *sealed = find_sealed(state, n);
	if (sealed)
		sealed->beside = true;
	if (!sealed || has_line_end(beside.customer) || has_line_end(beside.note) ||
	    strcmp(seal_beside(&beside, hex), sealed->seal) != 0)
		record_fault(reader, (unsigned)partition, n, "what stands beside it was changed");
	free(evidence);
}

static void take_head(struct reader *reader, const char *signature)
{
	struct head *head;

	/* Trees have grown past what it may cover. */
	if (reader->result->records) {
		fault(reader, "line %" PRIu64 ": a head behind records, it has to stand before",
		      reader->line);
		return;
	}
	char *text = memory_array(strlen(reader->head_line) + strlen(signature) + 3, 1);
	if (reader->result->heads == EXPORT_HEADS_MAX) {
		fault(reader, "line %" PRIu64 ": more than %d heads", reader->line,
		      EXPORT_HEADS_MAX);
		free(text);
		return;
	}
	reader->heads = memory_resize(reader->heads, reader->result->heads + 1, sizeof(*head));
	head = &reader->heads[reader->result->heads];
	sprintf(text, "%s\n%s\n", reader->head_line, signature);
	int error = head_open(span_text(text), reader->key, head);
	free(text);
	if (error) {
		fault(reader, "line %" PRIu64 ": %s", reader->line,
		      error == -EBADMSG ? "a head that was not signed with this key" : "no head");
		return;
	}
	if (head->count != reader->result->trees) {
		fault(reader, "line %" PRIu64 ": a head of %u trees, not %u", reader->line,
		      head->count, reader->result->trees);
		return;
	}
	reader->result->heads++;
	reader->result->at_ms = head->at_ms;
	reader->result->covered = 0;
	for (unsigned i = 0; i < head->count; i++)
		reader->result->covered += head->trees[i].size;
}

static void take_opening(struct reader *reader, char *line)
{
	char *fields[FIELDS_MAX];
	uint64_t trees = 0;

	if (split(line, fields, FIELDS_MAX) != 3 || strcmp(fields[0], EXPORT_OPENING) != 0 ||
	    strncmp(fields[2], "trees=", 6) != 0 ||
	    !record_number(span_text(fields[2] + 6), &trees) || trees == 0 ||
	    trees > HEAD_TREES_MAX) {
		fault(reader, "line 1: no export of the ledger");
		return;
	}
	reader->result->trees = (unsigned)trees;
	reader->trees = memory_array(trees, sizeof(*reader->trees));
	for (unsigned i = 0; i < trees; i++)
		reader->trees[i].faulty = NO_RECORD;
}

static void take_line(struct reader *reader, char *line)
{
	char *fields[FIELDS_MAX];
	uint64_t number = 0, partition = 0;

	if (strncmp(line, "bindery-head ", 13) == 0) {
		if (reader->head_line)
			fault(reader, "line %" PRIu64 ": a head without its signature",
			      reader->line - 1);
		free(reader->head_line);
		reader->head_line = memory_text(line);
		return;
	}
	if (strncmp(line, "signature=", 10) == 0 && reader->head_line) {
		take_head(reader, line);
		free(reader->head_line);
		reader->head_line = NULL;
		return;
	}
	size_t count = split(line, fields, strncmp(line, "record\t", 7) == 0 ? 3 : FIELDS_MAX);
	if (strcmp(fields[0], "record") == 0) {
		take_record(reader, fields, count);
	} else if (strcmp(fields[0], "beside") == 0) {
		take_beside(reader, fields, count);
	} else if (strcmp(fields[0], "kept") == 0 && count == 3 &&
		   record_number(span_text(fields[1]), &partition) &&
		   partition < reader->result->trees &&
		   record_number(span_text(fields[2]), &number)) {
		reader->trees[partition].kept = number;
	} else if (strcmp(fields[0], "end") == 0 && count == 2 &&
		   record_number(span_text(fields[1]), &reader->said)) {
		reader->ended = true;
	} else {
		fault(reader, "line %" PRIu64 ": cannot be read", reader->line);
	}
}

static int by_who(const void *left, const void *right)
{
	const struct sealed *const *a = left, *const *b = right;

	return strcmp((*a)->who, (*b)->who);
}

/* The last erasure of everyone who has one, by who they are. → how many */
static size_t last_erasures(const struct tree_state *state, const struct sealed **out)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < state->sealed_count; i++) {
		if (state->sealed[i].erases)
			out[count++] = &state->sealed[i];
	}
	qsort(out, count, sizeof(struct sealed *), by_who);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || by_who(&out[kept - 1], &out[i]) != 0)
			out[kept++] = out[i];
		else if (out[kept - 1]->n < out[i]->n)
			out[kept - 1] = out[i];
	}
	return kept;
}

/* What stood beside a record is there, unless a later record says that it was erased. */
static void check_besides(struct reader *reader, unsigned partition)
{
	struct tree_state *state = &reader->trees[partition];
	const struct sealed **erasures =
		memory_array(state->sealed_count + 1, sizeof(const struct sealed *));
	size_t count = last_erasures(state, erasures);

	for (size_t i = 0; i < state->sealed_count; i++) {
		const struct sealed *sealed = &state->sealed[i];
		if (!sealed->seal[0] || sealed->beside)
			continue;
		reader->result->erased++;
		const struct sealed **erasure =
			bsearch(&sealed, erasures, count, sizeof(struct sealed *), by_who);
		if (!erasure || (*erasure)->n <= sealed->n)
			record_fault(reader, partition, sealed->n,
				     "what stood beside it is gone, and no record of its erasure");
	}
	free(erasures);
}

/* How many records of a partition there have to be: what was kept, and what heads cover that were
 * not held against it. */
static uint64_t wanted_of(const struct reader *reader, unsigned partition)
{
	const struct tree_state *state = &reader->trees[partition];
	uint64_t wanted = state->kept;

	for (size_t i = state->head; i < reader->result->heads; i++) {
		uint64_t size = reader->heads[i].trees[partition].size;
		wanted = size > wanted ? size : wanted;
	}
	return wanted;
}

/* What should have come and did not. */
static void check_ends(struct reader *reader)
{
	struct export_result *result = reader->result;

	if (reader->head_line)
		fault(reader, "line %" PRIu64 ": a head without its signature", reader->line);
	for (unsigned i = 0; i < result->trees; i++) {
		struct tree_state *state = &reader->trees[i];
		uint64_t wanted = wanted_of(reader, i);
		if (state->next < wanted)
			fault(reader,
			      "partition %u records %" PRIu64 "..%" PRIu64 ": missing at the end",
			      i, state->next, wanted - 1);
		check_besides(reader, i);
	}
	if (!reader->ended)
		fault(reader, "line %" PRIu64 ": the export was cut off", reader->line);
	else if (reader->said != result->records)
		fault(reader, "line %" PRIu64 ": %" PRIu64 " records, and %" PRIu64 " were written",
		      reader->line, result->records, reader->said);
	if (!result->heads && result->records)
		fault(reader, "no signed head: nothing proves these records");
}

bool export_verify(FILE *file, const uint8_t key[SEAL_PUBLIC], FILE *out,
		   struct export_result *result)
{
	struct reader reader = {.out = out, .key = key, .result = result};
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	memset(result, 0, sizeof(*result));
	while ((length = getline(&line, &room, file)) >= 0) {
		if (length && line[length - 1] == '\n')
			line[--length] = '\0';
		reader.line++;
		/* What is behind it would be hashed by nobody here, and read by others. */
		if (strlen(line) != (size_t)length)
			fault(&reader, "line %" PRIu64 ": has a NUL, allowed none", reader.line);
		if (reader.line == 1)
			take_opening(&reader, line);
		else
			take_line(&reader, line);
		if (!reader.trees)
			break;
	}
	if (reader.line == 0)
		fault(&reader, "line 1: no export of the ledger");
	if (reader.trees)
		check_ends(&reader);
	for (unsigned i = 0; reader.trees && i < result->trees; i++)
		free(reader.trees[i].sealed);
	free(reader.trees);
	free(reader.heads);
	free(reader.head_line);
	free(line);
	return result->faults == 0;
}

uint8_t (*export_leaves(FILE *file, unsigned partition, uint64_t *count,
			uint64_t *head_size))[MERKLE_HASH]
{
	uint8_t(*leaves)[MERKLE_HASH] = NULL;
	struct head *head = memory_array(1, sizeof(*head));
	char *line = NULL, *fields[3];
	uint64_t room = 0;
	size_t line_room = 0;
	ssize_t length;

	*count = *head_size = 0;
	while ((length = getline(&line, &line_room, file)) >= 0) {
		struct record_place place;
		if (length && line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (head_parse(span_text(line), head) == 0 && partition < head->count)
			*head_size = head->trees[partition].size;
		if (split(line, fields, 3) != 3 || strcmp(fields[0], "record") != 0 ||
		    !record_place(span_text(fields[2]), &place) || place.partition != partition)
			continue;
		if (*count == room) {
			room = room ? room * 2 : 64;
			leaves = memory_resize(leaves, room, sizeof(*leaves));
		}
		merkle_leaf(span_text(fields[2]), leaves[(*count)++]);
	}
	free(head);
	free(line);
	return leaves;
}
