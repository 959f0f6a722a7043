#include <stdlib.h>

#include "smpp/udh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the octets, the header lies inside them and a part lies inside its message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = {data, size};
	struct udh udh;

	udh_read(input, &udh);
	if (udh.length > size || udh.malformed != (udh.length == 0))
		abort();

	struct udh_concat concats[] = {udh.concat, udh_concat_of_tlvs(input)};
	for (int i = 0; i < 2; i++) {
		const struct udh_concat *concat = &concats[i];
		uint8_t out[UDH_WRITE_MAX];

		if (concat->kind == UDH_CONCAT_NONE
			    ? concat->total != 0
			    : concat->number == 0 || concat->number > concat->total)
			abort();
		struct span written = {out, udh_write(concat, udh.shift, out)};
		udh_read(written, &udh);
		if (written.length > 0 && (udh.malformed || udh.length != written.length))
			abort();
	}
	return 0;
}
