#include <stdlib.h>
#include <string.h>

#include "gateway/trace_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any octets as records, each hidden in a way that the first octet of it chooses, then told. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t octets[4096];
	static char line[TRACE_LINE_MAX];
	const struct trace_view view = {true, CODING_GSM7};
	struct span rest = {data, size};
	struct trace_record record;

	while (trace_record_next(&rest, &record) == 0) {
		if (record.pdu.length > sizeof(octets))
			continue;
		memcpy(octets, record.pdu.at, record.pdu.length);
		trace_hide(octets, record.pdu.length, record.bind);
		record.pdu.at = octets;
		size_t length = trace_line(&record, &view, line, sizeof(line));
		if (length != strlen(line) || memchr(line, '\n', length))
			abort();
	}
	return 0;
}
