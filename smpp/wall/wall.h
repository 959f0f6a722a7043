#ifndef BINDERY_SMPP_WALL_WALL_H
#define BINDERY_SMPP_WALL_WALL_H

#include <stdint.h>

#include "smpp/pdu.h"

/*
 * The only door to libsmpp34. It packs the mandatory bodies of requests that we originate and, for
 * the differential test, reads PDUs back. It never sees an octet from the wire in a daemon: its log
 * of every field overruns a global buffer, it is not thread-safe, and it refuses what carriers
 * send.
 */

#define WALL_TLVS_MAX 8		/* parameters in a PDU that wall_unpack() may be given */
#define WALL_DESTINATIONS_MAX 8 /* list elements, likewise */
#define WALL_PDU_MAX 1200	/* octets, likewise */
#define WALL_MESSAGE_MAX 253	/* octets of short_message that the library packs */

/* Packs header and mandatory body; no TLVs. The caller has checked the fields against the
 * specification. Returns the octets; -ENOTSUP for a command or a value that the library cannot
 * hold; -EMSGSIZE when `capacity` is too small; -EPROTO when the library refuses. */
__attribute__((warn_unused_result)) int wall_pack(const struct pdu *pdu, uint8_t *out,
						  size_t capacity);

/* What the library made of a PDU. `pdu` borrows from `store`; body and from_payload stay empty. The
 * TLVs are written anew in their order. Too large for a stack that counts. */
struct wall_reading {
	struct pdu pdu;
	size_t used;
	uint8_t store[8 * 1024];
};

/* Reads a PDU by the library. Returns 0; -EPROTO when the library refuses it, -ENOTSUP when it is
 * above the limits given here and so unsafe to try. */
__attribute__((warn_unused_result)) int wall_unpack(struct span bytes,
						    struct wall_reading *reading);

#endif
