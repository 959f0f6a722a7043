#include <stdlib.h>

#include "smpp/reassembly.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is a schedule: each step is a part {length, esm_class, data_coding, octets…} after a
 * jump of the clock in either direction. The text is always valid and a message is handed on once,
 * or again only for a late part. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reassembly_part parts[64];
	static uint8_t text[64 * CODING_TEXT_MAX(256)];
	struct reassembly reassembly;
	unsigned count = 0, delivered = 0;
	uint64_t now = UINT64_C(1) << 40;

	reassembly_init(&reassembly, size > 0 ? data[0] : 0, now);
	for (size_t at = 1; at + 4 <= size && count < 64; count++) {
		size_t length = data[at] < size - at - 4 ? data[at] : size - at - 4;
		struct message_mo mo = {.esm_class = data[at + 1],
					.data_coding = data[at + 2],
					.body = {data + at + 4, length},
					.tlvs = {data + at + 4, length}};

		now += (uint64_t)(int64_t)(int8_t)data[at + 3] * 1000;
		at += 4 + length;
		reassembly_read(&mo, (enum coding)(data[0] % 4), &parts[count]);
		delivered +=
			reassembly_add(&reassembly, &parts[count].concat) == REASSEMBLY_COMPLETE;
		delivered += reassembly_expire(&reassembly, now, 5000) == REASSEMBLY_PARTIAL;
		if (delivered > 1 || reassembly.have > reassembly.total)
			abort();
	}
	if (count == 0)
		return 0;

	struct reassembly_result result;
	struct utf8_buffer out;
	utf8_buffer_init(&out, text, sizeof(text));
	if (reassembly_join(parts, count, &out, &result) != 0 ||
	    !utf8_valid((struct span){out.at, out.length}) ||
	    result.have + result.ignored != count || result.have > result.total)
		abort();
	return 0;
}
