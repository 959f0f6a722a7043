#include <stdlib.h>
#include <string.h>

#include "smpp/pdu.h"
#include "smpp/pdu_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A PDU that was read without an anomaly and can be written must be written as it was. Its length
 * is put right first, or hardly any input would get past the header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t octets[PDU_SIZE_MAX], again[PDU_SIZE_MAX];
	static char json[PDU_JSON_SIZE];
	struct pdu pdu;

	if (size < PDU_HEADER_SIZE || size > sizeof(octets))
		return 0;
	memcpy(octets, data, size);
	octets[0] = 0;
	octets[1] = (uint8_t)(size >> 16);
	octets[2] = (uint8_t)(size >> 8);
	octets[3] = (uint8_t)size;
	const struct tlv_namings none = {NULL, 0};
	if (pdu_json((struct span){octets, size}, &none, json, sizeof(json)) < 0)
		abort();
	enum status status = pdu_decode((struct span){octets, size}, &pdu);
	if (status != ESME_ROK) {
		struct pdu_header header;
		if (!pdu_header((struct span){octets, size}, &header) ||
		    pdu_answer(&header, status, again, PDU_ANSWER_MAX) < 0)
			abort();
		return 0;
	}
	int length = pdu_encode(&pdu, again, sizeof(again));
	if (length > 0 && pdu.anomalies == 0 &&
	    ((size_t)length != size || memcmp(octets, again, size) != 0))
		abort();
	return 0;
}
