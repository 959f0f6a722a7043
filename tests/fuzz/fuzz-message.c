#include <stdlib.h>

#include "smpp/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes encodes again, and the second record decodes to the same octets. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[MESSAGE_RECORD_MAX], second[MESSAGE_RECORD_MAX];
	struct message message;

	if (message_decode((struct span){data, size}, &message) != 0)
		return 0;
	if (message.kind == MESSAGE_MO)
		(void)message_fingerprint(&message.mo);
	int length = message_encode(&message, first, sizeof(first));
	if (length < 0 || (size_t)length > size + sizeof(second))
		abort();
	if (message_decode((struct span){first, (size_t)length}, &message) != 0)
		abort();
	if (message_encode(&message, second, sizeof(second)) != length)
		abort();
	for (int i = 0; i < length; i++) {
		if (first[i] != second[i])
			abort();
	}
	return 0;
}
