#include <stdlib.h>
#include <string.h>

#include "smpp/tlv.h"
#include "smpp/tlv_tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every parameter found lies inside the input, and is written back as it stood. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = tlv_valid((struct span){data, size});
	struct span whole = rest;
	struct tlv tlv;
	struct span found;
	uint32_t number;
	uint8_t header[TLV_HEADER_SIZE];

	while (tlv_next(&rest, &tlv)) {
		if (tlv.value.at < data || tlv.value.at + tlv.value.length > data + size)
			abort();
		if (!tlv_find(whole, tlv.tag, &found) || !tlv_text(whole, tlv.tag, &found))
			abort();
		if (tlv_number(whole, tlv.tag, 255, &number) && number > 255)
			abort();
		if (tlv_put(tlv.tag, (struct span){0}, header, sizeof(header)) != TLV_HEADER_SIZE)
			abort();
	}
	if (rest.length != 0)
		abort();
	char told[TLV_TELL_SIZE];
	const struct tlv_namings none = {NULL, 0};
	if (tlv_tell(whole, &none, told) > TLV_COUNT_MAX || strlen(told) >= sizeof(told))
		abort();
	return 0;
}
