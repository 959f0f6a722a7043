#ifndef BINDERY_SMPP_PCAP_H
#define BINDERY_SMPP_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * PDUs as a capture file that Wireshark and tshark read (libpcap's format 2.4, microseconds,
 * LINKTYPE_RAW): each PDU in IPv4 and TCP headers that are made up, since what the gateway sees is
 * a stream. The ESME is 192.0.2.1, with a port for each bind; the SMSC is 198.51.100.1 and listens
 * on 2775, by which the dissector knows SMPP. Pure.
 */

#define PCAP_FILE_HEADER 24
#define PCAP_PAYLOAD_MAX 32768	/* octets of a PDU in one packet; a longer one takes several */
#define PCAP_PACKET_OVERHEAD 56 /* the record's header and those of IP and TCP */
#define PCAP_PACKET_MAX (PCAP_PACKET_OVERHEAD + PCAP_PAYLOAD_MAX)

/* One direction's next sequence number each; both begin at 1. */
struct pcap_flow {
	uint16_t port; /* of the ESME */
	uint32_t esme_sequence, smsc_sequence;
};

void pcap_flow_init(struct pcap_flow *flow, unsigned bind);

/* What the file begins with. */
void pcap_file_header(uint8_t out[PCAP_FILE_HEADER]);

/* One packet with up to PCAP_PAYLOAD_MAX octets of `rest`, which it takes off; call until `rest` is
 * empty. Returns the octets written to `out`, which has room for PCAP_PACKET_MAX. */
size_t pcap_packet(struct pcap_flow *flow, bool from_esme, uint64_t at_us, struct span *rest,
		   uint8_t *out);

#endif
