/* What a character costs in a coding, and where a text is cut. */
#include <assert.h>
#include <errno.h>

#include "smpp/segment_internal.h"
#include "smpp/utf8.h"
#include "smpp/utf_cluster.h"

#define FOLD_MAX 3u /* characters that one is folded to */

struct fold {
	uint16_t first, last;
	char plain[FOLD_MAX + 1];
};

static const struct fold folds[] = {
	{0x00A0, 0x00A0, " "},	 {0x00AB, 0x00AB, "\""}, {0x00B4, 0x00B4, "'"},
	{0x00BB, 0x00BB, "\""},	 {0x2000, 0x200A, " "},	 {0x2010, 0x2015, "-"},
	{0x2018, 0x201B, "'"},	 {0x201C, 0x201F, "\""}, {0x2022, 0x2022, "*"},
	{0x2026, 0x2026, "..."}, {0x202F, 0x202F, " "},	 {0x2032, 0x2032, "'"},
	{0x2033, 0x2033, "\""},	 {0x2039, 0x203A, "'"},	 {0x205F, 0x205F, " "},
	{0x2212, 0x2212, "-"},
};

static const char *folded(uint32_t point)
{
	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
		if (point >= folds[i].first && point <= folds[i].last)
			return folds[i].plain;
	}
	return NULL;
}

/* Codes one code point and returns its units, 0 when the coding lacks it. */
static uint8_t put_point(const struct segment_candidate *candidate, uint32_t point, uint8_t *out,
			 uint8_t *length)
{
	uint8_t septets[GSM7_SEPTETS_MAX];

	switch (candidate->coding) {
	case CODING_GSM7:
	case CODING_GSM7_PACKED:
		*length = (uint8_t)gsm7_put(point, candidate->shift, out);
		return *length;
	case CODING_ASCII:
		out[0] = (uint8_t)point;
		*length = 1;
		if (point > 0x7F)
			return 0;
		return gsm7_put(point, candidate->shift, septets) == 2 ? 2 : 1;
	case CODING_LATIN1:
		out[0] = (uint8_t)point;
		*length = 1;
		return point <= 0xFF;
	default:
		*length = (uint8_t)utf16_put(point, out);
		return *length / 2;
	}
}

static void code_character(const struct segment_candidate *candidate, uint32_t point,
			   struct segment_character *character)
{
	const char *plain;

	*character = (struct segment_character){0};
	character->units = put_point(candidate, point, character->octets, &character->length);
	if (character->units > 0 || !candidate->fold)
		return;
	plain = folded(point);
	if (!plain)
		return;
	*character = (struct segment_character){.folded = true};
	for (; *plain; plain++) {
		uint8_t length;
		character->units =
			(uint8_t)(character->units +
				  put_point(candidate, (uint8_t)*plain,
					    character->octets + character->length, &length));
		character->length = (uint8_t)(character->length + length);
	}
}

void segment_character(const struct segment_candidate *candidate, uint32_t point,
		       struct segment_character *character)
{
	code_character(candidate, point, character);
}

int segment_cut(struct span text, const struct segment_candidate *candidate, unsigned segments_max,
		struct segment_plan *plan)
{
	plan->segments = 1;
	plan->units = 0;
	plan->units_last = 0;
	plan->folded = false;
	for (size_t offset = 0; offset < text.length;) {
		size_t start = offset;
		uint32_t point = utf8_next(text, &offset);
		struct segment_character character;

		if (point == UTF8_MALFORMED)
			return -EILSEQ;
		code_character(candidate, point, &character);
		if (character.units == 0) {
			plan->forced_point = point;
			plan->forced_offset = start;
			return -ENOENT;
		}
		if (plan->units_last + character.units > plan->units_each) {
			if (plan->segments == segments_max)
				return -E2BIG;
			plan->starts[plan->segments++] = (uint32_t)start;
			plan->units_last = 0;
		}
		plan->units_last = (uint16_t)(plan->units_last + character.units);
		plan->units += character.units;
		plan->folded |= character.folded;
	}
	plan->starts[plan->segments] = (uint32_t)text.length;
	return 0;
}

static unsigned units_at(struct span text, const struct segment_candidate *candidate, size_t offset)
{
	struct segment_character character;

	code_character(candidate, utf8_next(text, &offset), &character);
	return character.units;
}

/* Whether some cut may be inside a cluster. It may, too, be between two flags. */
static bool cuts_cluster(struct span text, const struct segment_plan *plan)
{
	for (unsigned i = 1; i < plan->segments; i++) {
		struct utf_cluster cluster = {0};
		size_t offset = utf8_cut(text, plan->starts[i] - 1);

		(void)utf_cluster_joins(&cluster, utf8_next(text, &offset));
		if (utf_cluster_joins(&cluster, utf8_next(text, &offset)))
			return true;
	}
	return false;
}

/* For each number of segments the first offset from which they hold the rest of the text: no cut
 * may be moved before it. */
static void find_earliest(struct span text, const struct segment_candidate *candidate,
			  const struct segment_plan *plan,
			  uint32_t earliest[SEGMENT_SEGMENTS_MAX + 1])
{
	unsigned segments = 1, used = 0;

	for (size_t offset = text.length; offset > 0;) {
		size_t start = utf8_cut(text, offset - 1);
		unsigned units = units_at(text, candidate, start);

		if (used + units > plan->units_each) {
			earliest[segments++] = (uint32_t)offset;
			used = 0;
			assert(segments <= plan->segments);
		}
		used += units;
		offset = start;
	}
	for (; segments <= plan->segments; segments++)
		earliest[segments] = 0;
}

/* Where the cutting at clusters has come to. */
struct cutter {
	struct utf_cluster cluster;
	size_t cluster_start;
	unsigned cluster_units; /* of what was read of the cluster */
	unsigned used;		/* units in the segment */
	unsigned segments;	/* begun */
};

/* Begins a segment, as the character at `start` does not fit any more. */
static void begin_segment(struct cutter *cutter, size_t start, unsigned units,
			  const uint32_t *earliest, struct segment_plan *plan)
{
	unsigned left = plan->segments - cutter->segments;
	bool moves = cutter->cluster_start > plan->starts[cutter->segments - 1] &&
		     cutter->cluster_start >= earliest[left] &&
		     cutter->cluster_units + units <= plan->units_each;

	assert(left > 0);
	plan->starts[cutter->segments++] = (uint32_t)(moves ? cutter->cluster_start : start);
	cutter->used = moves ? cutter->cluster_units : 0;
}

void segment_cut_at_clusters(struct span text, const struct segment_candidate *candidate,
			     struct segment_plan *plan)
{
	uint32_t earliest[SEGMENT_SEGMENTS_MAX + 1];
	struct cutter cutter = {.segments = 1};

	if (!cuts_cluster(text, plan))
		return;
	find_earliest(text, candidate, plan, earliest);
	for (size_t offset = 0; offset < text.length;) {
		size_t start = offset;
		unsigned units = units_at(text, candidate, start);

		if (!utf_cluster_joins(&cutter.cluster, utf8_next(text, &offset))) {
			cutter.cluster_start = start;
			cutter.cluster_units = 0;
		}
		if (cutter.used + units > plan->units_each)
			begin_segment(&cutter, start, units, earliest, plan);
		cutter.used += units;
		cutter.cluster_units += units;
	}
	assert(cutter.segments == plan->segments);
	plan->units_last = (uint16_t)cutter.used;
	plan->units_left = (uint16_t)(plan->units_each - cutter.used);
}
