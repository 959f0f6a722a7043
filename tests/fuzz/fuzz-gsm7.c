#include <stdlib.h>
#include <string.h>

#include "smpp/gsm7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int decode(struct span septets, struct gsm7_shift shift, struct utf8_buffer *out)
{
	struct gsm7_decoder decoder;

	gsm7_decoder_init(&decoder, shift);
	gsm7_decoder_feed(&decoder, septets, out);
	gsm7_decoder_end(&decoder, out);
	return out->full || !utf8_valid((struct span){out->at, out->length});
}

/* What was decoded once goes through encoding, packing and decoding unchanged. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[8192], second[8192], septets[8192], packed[8192];
	struct utf8_buffer one, two;

	if (size < 3 || size > 2048)
		return 0;
	struct gsm7_shift shift = {data[0] % 16, data[1] % 16};
	unsigned fill = data[2] % 7;
	utf8_buffer_init(&one, first, sizeof(first));
	utf8_buffer_init(&two, second, sizeof(second));
	if (decode((struct span){data + 3, size - 3}, shift, &one))
		abort();

	struct span text = {one.at, one.length};
	int count = gsm7_encode(text, shift, septets, sizeof(septets));
	if (count < 0)
		return 0;
	int length = gsm7_pack((struct span){septets, (size_t)count}, fill, packed, sizeof(packed));
	if (length < 0)
		abort();
	struct span back = {packed, (size_t)length};
	size_t unpacked = gsm7_packed_count(back, fill);
	if (unpacked > (size_t)count || unpacked + 1 < (size_t)count)
		abort();
	for (size_t i = 0; i < unpacked; i++) {
		if (gsm7_packed_at(back, fill, i) != septets[i])
			abort();
	}
	if (decode((struct span){septets, (size_t)count}, shift, &two))
		abort();
	if (two.length != one.length || memcmp(first, second, one.length) != 0)
		abort();
	return 0;
}
