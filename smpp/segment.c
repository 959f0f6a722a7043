#include "smpp/segment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RADIO_OCTETS 140u  /* what one SM carries, 3GPP TS 23.040 §9.2.3.24 */
#define LANGUAGES_MAX 15u  /* national language identifiers that fit the options */
#define FOLD_MAX 3u	   /* characters that one is folded to */
#define ESM_UDHI 0x40	   /* SMPP 3.4 §5.2.12 */
#define CHARACTER_OCTETS 6 /* FOLD_MAX escape pairs; a surrogate pair is shorter */

/* One way to code the text. */
struct candidate {
	enum coding coding;
	uint8_t data_coding;
	struct gsm7_shift shift;
	bool fold; /* characters that the coding lacks may be folded */
};

/* One character of the text in a coding: never parted, whatever it became. */
struct character {
	uint8_t octets[CHARACTER_OCTETS]; /* septets are unpacked */
	uint8_t length;
	uint8_t units; /* 0: the coding cannot carry it */
	bool folded;
};

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
static uint8_t put_point(const struct candidate *candidate, uint32_t point, uint8_t *out,
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

static void code_character(const struct candidate *candidate, uint32_t point,
			   struct character *character)
{
	const char *plain = folded(point);

	*character = (struct character){0};
	character->units = put_point(candidate, point, character->octets, &character->length);
	if (character->units > 0 || !candidate->fold || !plain)
		return;
	*character = (struct character){.folded = true};
	for (; *plain; plain++) {
		uint8_t length;
		character->units =
			(uint8_t)(character->units +
				  put_point(candidate, (uint8_t)*plain,
					    character->octets + character->length, &length));
		character->length = (uint8_t)(character->length + length);
	}
}

/* Which header the segments of a longer message have, as far as lengths go. An SMSC that gets SAR
 * TLVs or a payload makes the header itself: for SAR with the 16-bit reference that it was given.
 */
static enum udh_concat_kind header_kind(enum segment_concatenation concatenation)
{
	switch (concatenation) {
	case SEGMENT_UDH16:
	case SEGMENT_SAR:
		return UDH_CONCAT_REF16;
	default:
		return UDH_CONCAT_REF8;
	}
}

static uint16_t units_each(const struct candidate *candidate, enum udh_concat_kind kind)
{
	struct udh_concat concat = {.kind = kind, .total = 1, .number = 1};
	uint8_t header[UDH_WRITE_MAX];
	size_t octets = RADIO_OCTETS - udh_write(&concat, candidate->shift, header);

	switch (candidate->coding) {
	case CODING_GSM7:
	case CODING_GSM7_PACKED:
	case CODING_ASCII:
		return (uint16_t)(octets * 8 / 7);
	case CODING_LATIN1:
		return (uint16_t)octets;
	default:
		return (uint16_t)(octets / 2);
	}
}

/* Cuts the text into segments of `plan->units_each`. Returns 0; -EILSEQ for malformed text;
 * -E2BIG past `segments_max`; -ENOENT for a character that the coding lacks, which `plan` names. */
static int cut(struct span text, const struct candidate *candidate, unsigned segments_max,
	       struct segment_plan *plan)
{
	plan->segments = 1;
	plan->units = 0;
	plan->units_last = 0;
	plan->folded = false;
	for (size_t offset = 0; offset < text.length;) {
		size_t start = offset;
		uint32_t point = utf8_next(text, &offset);
		struct character character;

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

/* Plans the text in one coding: in one segment if it fits, otherwise with the header that the
 * parts of a message need. */
static int plan_candidate(struct span text, const struct segment_options *options,
			  const struct candidate *candidate, struct segment_plan *plan)
{
	unsigned segments_max =
		options->segments_max ? options->segments_max : SEGMENT_SEGMENTS_MAX;

	*plan = (struct segment_plan){
		.coding = candidate->coding,
		.data_coding = candidate->data_coding,
		.concatenation = options->concatenation,
		.shift = candidate->shift,
		.units_each = units_each(candidate, UDH_CONCAT_NONE),
	};
	int status = cut(text, candidate, 1, plan);
	if (status == -E2BIG && segments_max > 1) {
		plan->units_each = units_each(candidate, header_kind(options->concatenation));
		status = cut(text, candidate, segments_max, plan);
	}
	plan->units_left = (uint16_t)(plan->units_each - plan->units_last);
	plan->submits = options->concatenation == SEGMENT_PAYLOAD ? 1 : plan->segments;
	return status;
}

/* The plan so far, and the way to a shorter one. */
struct search {
	struct span text;
	const struct segment_options *options;
	struct segment_plan *best;
	int status; /* 0 once there is a plan */
};

/* Earlier candidates are the safer ones, so a later one has to take fewer segments. */
static void consider(struct search *search, const struct candidate *candidate)
{
	struct segment_plan plan;

	if (search->status == 0 && search->best->segments == 1)
		return;
	if (plan_candidate(search->text, search->options, candidate, &plan) != 0)
		return;
	if (search->status == 0 && plan.segments >= search->best->segments)
		return;
	plan.forced = search->best->forced;
	plan.forced_point = search->best->forced_point;
	plan.forced_offset = search->best->forced_offset;
	*search->best = plan;
	search->status = 0;
}

static void consider_language(struct search *search, uint8_t language)
{
	const struct segment_options *options = search->options;
	struct candidate candidate = {options->default_alphabet, 0, {0, 0}, options->fold};
	bool single = gsm7_has_single(language), locking = gsm7_has_locking(language);

	if (!(options->languages >> language & 1))
		return;
	if (single) {
		candidate.shift = (struct gsm7_shift){.single = language};
		consider(search, &candidate);
	}
	if (locking) {
		candidate.shift = (struct gsm7_shift){.locking = language};
		consider(search, &candidate);
	}
	if (single && locking) {
		candidate.shift = (struct gsm7_shift){language, language};
		consider(search, &candidate);
	}
}

static bool options_valid(const struct segment_options *options)
{
	return (unsigned)options->default_alphabet <= CODING_LATIN1 &&
	       (unsigned)options->concatenation <= SEGMENT_PAYLOAD &&
	       options->segments_max <= SEGMENT_SEGMENTS_MAX;
}

int segment_plan(struct span text, const struct segment_options *options, struct segment_plan *plan)
{
	if (!options_valid(options))
		return -EINVAL;
	if (text.length > UINT32_MAX)
		return -E2BIG;

	struct segment_plan best;
	struct candidate candidate = {options->default_alphabet, 0, {0, 0}, options->fold};
	struct search search = {text, options, &best, 0};
	search.status = plan_candidate(text, options, &candidate, &best);
	if (search.status == -EILSEQ)
		return search.status;
	best.forced = search.status == -ENOENT;

	if (options->latin1 && options->default_alphabet != CODING_LATIN1)
		consider(&search, &(struct candidate){CODING_LATIN1, 3, {0, 0}, options->fold});
	consider(&search, &(struct candidate){CODING_UCS2, 8, {0, 0}, false});
	/* A national table needs a UDH, which stands ill beside SAR TLVs or in a payload. */
	bool shifts = options->concatenation <= SEGMENT_UDH16 &&
		      options->default_alphabet <= CODING_GSM7_PACKED;
	for (uint8_t language = 1; shifts && language <= LANGUAGES_MAX; language++)
		consider_language(&search, language);

	if (search.status != 0)
		return utf8_valid(text) ? -E2BIG : -EILSEQ;
	*plan = best;
	return 0;
}

/* Codes a piece of the text into `out` after what stands there already. */
static int code_text(const struct segment_plan *plan, struct span piece, struct segment *out)
{
	struct candidate candidate = {plan->coding, plan->data_coding, plan->shift, plan->folded};

	for (size_t offset = 0; offset < piece.length;) {
		struct character character;

		code_character(&candidate, utf8_next(piece, &offset), &character);
		if (character.units == 0)
			return -EINVAL;
		if (character.length > out->capacity - out->length)
			return -EMSGSIZE;
		memcpy(out->octets + out->length, character.octets, character.length);
		out->length += character.length;
	}
	return 0;
}

static int pack_text(struct segment *out, size_t header)
{
	struct span septets = {out->octets + header, out->length - header};
	int length = gsm7_pack(septets, gsm7_fill_bits(header), out->octets + header,
			       out->capacity - header);
	if (length < 0)
		return length;
	out->length = header + (size_t)length;
	return 0;
}

static struct udh_concat concat_of(const struct segment_plan *plan, unsigned index,
				   uint16_t reference)
{
	struct udh_concat concat = {0};

	if (plan->submits == 1)
		return concat;
	concat.reference = reference;
	concat.total = (uint8_t)plan->segments;
	concat.number = (uint8_t)(index + 1);
	switch (plan->concatenation) {
	case SEGMENT_UDH8:
		concat.kind = UDH_CONCAT_REF8;
		concat.reference &= 0xFF;
		break;
	case SEGMENT_UDH16:
		concat.kind = UDH_CONCAT_REF16;
		break;
	default:
		concat.kind = UDH_CONCAT_SAR;
		break;
	}
	return concat;
}

int segment_build(const struct segment_plan *plan, struct span text, unsigned index,
		  uint16_t reference, struct segment *out)
{
	if (index >= plan->submits || plan->starts[plan->segments] != text.length)
		return -EINVAL;

	struct segment built = {.octets = out->octets, .capacity = out->capacity};
	bool whole = plan->submits == 1;
	size_t start = whole ? 0 : plan->starts[index];
	size_t end = whole ? text.length : plan->starts[index + 1];
	struct udh_concat concat = concat_of(plan, index, reference);
	uint8_t header[UDH_WRITE_MAX];

	built.data_coding = plan->data_coding;
	built.payload = whole && plan->segments > 1;
	if (concat.kind == UDH_CONCAT_SAR)
		built.sar = concat;
	built.length = udh_write(&concat, plan->shift, header);
	if (built.length > built.capacity)
		return -EMSGSIZE;
	memcpy(built.octets, header, built.length);
	built.esm_class = built.length > 0 ? ESM_UDHI : 0;

	size_t header_length = built.length;
	int status = code_text(plan, (struct span){text.at + start, end - start}, &built);
	if (status == 0 && plan->coding == CODING_GSM7_PACKED)
		status = pack_text(&built, header_length);
	if (status == 0)
		*out = built;
	return status;
}

static int describe_json(const struct segment_plan *plan, char *out, size_t capacity)
{
	char forced[64] = "null";

	if (plan->forced)
		snprintf(forced, sizeof(forced), "{\"point\":\"U+%04X\",\"offset\":%zu}",
			 (unsigned)plan->forced_point, plan->forced_offset);
	return snprintf(out, capacity,
			"{\"coding\":\"%s\",\"data_coding\":%u,\"segments\":%u,\"submits\":%u,"
			"\"units\":%u,\"left\":%u,\"each\":%u,\"locking\":%u,\"single\":%u,"
			"\"folded\":%s,\"forced\":%s}",
			coding_name(plan->coding), plan->data_coding, plan->segments, plan->submits,
			(unsigned)plan->units, plan->units_left, plan->units_each,
			plan->shift.locking, plan->shift.single, plan->folded ? "true" : "false",
			forced);
}

static int describe_line(const struct segment_plan *plan, char *out, size_t capacity)
{
	char shift[48] = "", forced[48] = "";

	if (plan->shift.locking || plan->shift.single)
		snprintf(shift, sizeof(shift), " locking=%u single=%u", plan->shift.locking,
			 plan->shift.single);
	if (plan->forced)
		snprintf(forced, sizeof(forced), " forced=U+%04X@%zu", (unsigned)plan->forced_point,
			 plan->forced_offset);
	return snprintf(
		out, capacity, "coding=%s data_coding=%u segments=%u units=%u left=%u%s%s%s",
		coding_name(plan->coding), plan->data_coding, plan->segments, (unsigned)plan->units,
		plan->units_left, shift, plan->folded ? " folded=yes" : "", forced);
}

int segment_describe(const struct segment_plan *plan, bool json, char *out, size_t capacity)
{
	int length = json ? describe_json(plan, out, capacity) : describe_line(plan, out, capacity);

	return length < 0 || (size_t)length >= capacity ? -EMSGSIZE : length;
}
