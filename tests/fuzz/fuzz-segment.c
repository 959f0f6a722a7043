#include <stdlib.h>

#include "smpp/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every part of a plan can be built, in the room that the header promises, and a part of a longer
 * message is no longer than one SM: 153 septets in octets of their own and a header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t octets[SEGMENT_PAYLOAD_MAX];
	struct segment_plan plan;

	if (size < 4)
		return 0;
	struct segment_options options = {
		.default_alphabet = (enum coding)(data[0] % 4),
		.concatenation = (enum segment_concatenation)(data[0] / 4 % 4),
		.fold = data[0] & 0x40,
		.latin1 = data[0] & 0x80,
		.flash = data[1] & 0x01,
		.languages = (uint16_t)(data[1] << 8 | data[2]),
		.segments_max = data[3],
	};
	struct span text = {data + 4, size - 4};
	if (segment_plan(text, &options, &plan) != 0)
		return 0;
	for (unsigned i = 0; i < plan.submits; i++) {
		size_t room = plan.submits > 1 ? SEGMENT_OCTETS_MAX : sizeof(octets);
		struct segment segment = {.octets = octets, .capacity = room};

		if (plan.starts[i] > plan.starts[i + 1])
			abort();
		if (segment_build(&plan, text, i, 7, &segment) != 0)
			abort();
		if (!segment.payload && segment.length > 160)
			abort();
	}
	if (plan.units_left + plan.units_last != plan.units_each)
		abort();
	return 0;
}
