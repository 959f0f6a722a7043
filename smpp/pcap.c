#include "smpp/pcap.h"

#include <string.h>

#define LINKTYPE_RAW 101
#define SMSC_PORT 2775
#define FIRST_ESME_PORT 20000
#define RECORD_SIZE 16
#define IP_SIZE 20
#define TCP_SIZE 20
#define TCP_PSH_ACK 0x18
#define TCP_PROTOCOL 6

static const uint8_t esme_address[4] = {192, 0, 2, 1};
static const uint8_t smsc_address[4] = {198, 51, 100, 1};

/* The file's own numbers are little-endian, as its magic number says; those of IP are not. */
static void put_little(uint8_t *out, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static void put16(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static void put32(uint8_t *out, uint32_t value)
{
	put16(out, value >> 16);
	put16(out + 2, value & 0xFFFF);
}

/* The sum of RFC 1071, not yet folded. */
static uint32_t sum16(const uint8_t *at, size_t length, uint32_t sum)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	if (length % 2)
		sum += (uint32_t)at[length - 1] << 8;
	return sum;
}

static uint32_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return ~sum & 0xFFFF;
}

void pcap_flow_init(struct pcap_flow *flow, unsigned bind)
{
	*flow = (struct pcap_flow){(uint16_t)(FIRST_ESME_PORT + bind % 40000), 1, 1};
}

void pcap_file_header(uint8_t out[PCAP_FILE_HEADER])
{
	memset(out, 0, PCAP_FILE_HEADER);
	put_little(out, 0xA1B2C3D4u);
	out[4] = 2; /* version 2.4 */
	out[6] = 4;
	put_little(out + 16, 65535);
	put_little(out + 20, LINKTYPE_RAW);
}

static void put_ip(uint8_t *out, bool from_esme, size_t length)
{
	memset(out, 0, IP_SIZE);
	out[0] = 0x45;
	put16(out + 2, (uint32_t)(IP_SIZE + TCP_SIZE + length));
	out[6] = 0x40; /* do not fragment */
	out[8] = 64;
	out[9] = TCP_PROTOCOL;
	memcpy(out + 12, from_esme ? esme_address : smsc_address, 4);
	memcpy(out + 16, from_esme ? smsc_address : esme_address, 4);
	put16(out + 10, checksum(sum16(out, IP_SIZE, 0)));
}

static void put_tcp(uint8_t *out, const struct pcap_flow *flow, bool from_esme, size_t length)
{
	uint32_t sum = TCP_PROTOCOL + (uint32_t)(TCP_SIZE + length);

	memset(out, 0, TCP_SIZE);
	put16(out, from_esme ? flow->port : SMSC_PORT);
	put16(out + 2, from_esme ? SMSC_PORT : flow->port);
	put32(out + 4, from_esme ? flow->esme_sequence : flow->smsc_sequence);
	put32(out + 8, from_esme ? flow->smsc_sequence : flow->esme_sequence);
	out[12] = TCP_SIZE / 4 << 4;
	out[13] = TCP_PSH_ACK;
	put16(out + 14, 65535);
	sum = sum16(esme_address, 4, sum16(smsc_address, 4, sum));
	put16(out + 16, checksum(sum16(out, TCP_SIZE + length, sum)));
}

size_t pcap_packet(struct pcap_flow *flow, bool from_esme, uint64_t at_us, struct span *rest,
		   uint8_t *out)
{
	size_t length = rest->length < PCAP_PAYLOAD_MAX ? rest->length : PCAP_PAYLOAD_MAX;
	uint8_t *ip = out + RECORD_SIZE, *tcp = ip + IP_SIZE;
	uint32_t *sequence = from_esme ? &flow->esme_sequence : &flow->smsc_sequence;

	put_little(out, (uint32_t)(at_us / 1000000));
	put_little(out + 4, (uint32_t)(at_us % 1000000));
	put_little(out + 8, (uint32_t)(IP_SIZE + TCP_SIZE + length));
	put_little(out + 12, (uint32_t)(IP_SIZE + TCP_SIZE + length));
	if (length)
		memcpy(tcp + TCP_SIZE, rest->at, length);
	put_ip(ip, from_esme, length);
	put_tcp(tcp, flow, from_esme, length);
	*sequence += (uint32_t)length;
	rest->at += length;
	rest->length -= length;
	return RECORD_SIZE + IP_SIZE + TCP_SIZE + length;
}
