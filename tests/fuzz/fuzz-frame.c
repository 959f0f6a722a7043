#include <stdlib.h>
#include <string.h>

#include "smpp/frame.h"
#include "smpp/pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first octet is the size of each read. What comes out must be the input, in order, in PDUs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;
	struct span pdu;
	enum frame_verdict verdict = FRAME_MORE;
	size_t step = size ? 1u + data[0] : 1;
	size_t taken = 0;

	frame_init(&frame, 4096);
	for (size_t fed = 0; fed < size && verdict != FRAME_BAD_LENGTH;) {
		uint8_t *at;
		size_t room;
		if (frame_reserve(&frame, &at, &room) != 0)
			abort();
		size_t count = step < size - fed ? step : size - fed;
		count = count < room ? count : room;
		memcpy(at, data + fed, count);
		frame_added(&frame, count);
		fed += count;
		while ((verdict = frame_next(&frame, &pdu)) == FRAME_READY) {
			if (pdu.length < PDU_HEADER_SIZE ||
			    memcmp(pdu.at, data + taken, pdu.length) != 0)
				abort();
			taken += pdu.length;
		}
	}
	if (frame.capacity > 4096 + FRAME_READ_SIZE)
		abort();
	frame_finish(&frame);
	return 0;
}
