/* Whatever an agent's client sends as a frame: it is read or refused, and what is told about it is
 * a frame again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "router/door/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_frame frame;
	struct wire_fault fault;

	if (wire_frame_init((struct span){data, size}, &frame, &fault) == 0) {
		assert(frame.ref.length >= 1 && frame.ref.length <= WIRE_REF_MAX);
		assert(frame.text.length <= DESK_TEXT_MAX);
		free(wire_ack(frame.ref, frame.type, NULL));
		wire_frame_finish(&frame);
		return 0;
	}
	struct span ref = {(const uint8_t *)fault.ref, strlen(fault.ref)};
	free(wire_error(ref, fault.code, fault.message));
	/* The same octets as a value of ours: any octets give JSON. */
	free(wire_event_closed(&(struct desk_closed){.conversation = {data, size}, .wrapup = ref}));
	return 0;
}
