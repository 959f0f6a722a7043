/* Any octets as an export of the ledger: it is read to its end and judged, and what is good has
 * neither records nor heads that nobody signed. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "router/compliance/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[SEAL_PUBLIC] = {1};
	static FILE *nowhere;
	struct export_result result;
	uint64_t count, head_size;

	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	if (size == 0)
		return 0;
	FILE *file = fmemopen((void *)data, size, "r");
	assert(file && nowhere);
	bool good = export_verify(file, key, nowhere, &result);
	assert(good == (result.faults == 0));
	assert(!good || (result.records == 0 && result.heads == 0));
	rewind(file);
	free(export_leaves(file, 0, &count, &head_size));
	fclose(file);
	return 0;
}
