#include "smpp/segment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "smpp/segment_internal.h"

#define RADIO_OCTETS 140u /* what one SM carries, 3GPP TS 23.040 §9.2.3.24 */
#define ESM_UDHI 0x40	  /* SMPP 3.4 §5.2.12 */
#define CLASS_FLASH 0x10  /* message class 0 in data_coding, 3GPP TS 23.038 §4 */

_Static_assert(GSM7_LANGUAGES_COUNT <= 16, "a bit of segment_options.languages for each");

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

static uint16_t units_each(const struct segment_candidate *candidate, enum udh_concat_kind kind)
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

/* Plans the text in one coding: in one segment if it fits, otherwise with the header that the
 * parts of a message need. */
static int plan_candidate(struct span text, const struct segment_options *options,
			  const struct segment_candidate *candidate, struct segment_plan *plan)
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
	int status = segment_cut(text, candidate, 1, plan);
	if (status == -E2BIG && segments_max > 1) {
		plan->units_each = units_each(candidate, header_kind(options->concatenation));
		status = segment_cut(text, candidate, segments_max, plan);
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
static void consider(struct search *search, const struct segment_candidate *candidate)
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

static struct segment_candidate default_candidate(const struct segment_options *options)
{
	return (struct segment_candidate){
		.coding = options->default_alphabet,
		.data_coding = options->flash ? CLASS_FLASH : 0,
		.fold = options->fold,
	};
}

static void consider_language(struct search *search, uint8_t language)
{
	const struct segment_options *options = search->options;
	struct segment_candidate candidate = default_candidate(options);
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

/* Where a payload is cut, the SMSC decides. */
static void keep_clusters(struct span text, const struct segment_options *options,
			  struct segment_plan *plan)
{
	struct segment_candidate candidate = {plan->coding, plan->data_coding, plan->shift,
					      plan->folded};

	if (plan->segments > 1 && options->concatenation != SEGMENT_PAYLOAD)
		segment_cut_at_clusters(text, &candidate, plan);
}

int segment_plan(struct span text, const struct segment_options *options, struct segment_plan *plan)
{
	if (!options_valid(options))
		return -EINVAL;
	if (text.length > UINT32_MAX)
		return -E2BIG;

	struct segment_plan best;
	struct segment_candidate candidate = default_candidate(options);
	struct search search = {text, options, &best, 0};
	search.status = plan_candidate(text, options, &candidate, &best);
	if (search.status == -EILSEQ)
		return search.status;
	best.forced = search.status == -ENOENT;

	/* data_coding 3 has no bits for a class. */
	if (options->latin1 && !options->flash && options->default_alphabet != CODING_LATIN1)
		consider(&search,
			 &(struct segment_candidate){CODING_LATIN1, 3, {0, 0}, options->fold});
	candidate = (struct segment_candidate){CODING_UCS2, 8, {0, 0}, false};
	if (options->flash)
		candidate.data_coding |= CLASS_FLASH;
	consider(&search, &candidate);
	/* A national table needs a UDH, which stands ill beside SAR TLVs or in a payload. */
	bool shifts = options->concatenation <= SEGMENT_UDH16 &&
		      options->default_alphabet <= CODING_GSM7_PACKED;
	for (uint8_t language = 1; shifts && language < GSM7_LANGUAGES_COUNT; language++)
		consider_language(&search, language);

	if (search.status != 0)
		return utf8_valid(text) ? -E2BIG : -EILSEQ;
	keep_clusters(text, options, &best);
	*plan = best;
	return 0;
}

/* Codes a piece of the text into `out` after what stands there already. */
static int code_text(const struct segment_plan *plan, struct span piece, struct segment *out)
{
	struct segment_candidate candidate = {plan->coding, plan->data_coding, plan->shift,
					      plan->folded};

	for (size_t offset = 0; offset < piece.length;) {
		struct segment_character character;

		segment_character(&candidate, utf8_next(piece, &offset), &character);
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
