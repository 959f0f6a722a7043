#include "smpp/tlv.h"

#include <errno.h>
#include <string.h>

bool tlv_next(struct span *rest, struct tlv *tlv)
{
	if (rest->length < TLV_HEADER_SIZE)
		return false;
	const uint8_t *at = rest->at;
	size_t length = (size_t)at[2] << 8 | at[3];
	if (length > rest->length - TLV_HEADER_SIZE)
		return false;
	tlv->tag = (uint16_t)(at[0] << 8 | at[1]);
	tlv->value = (struct span){at + TLV_HEADER_SIZE, length};
	rest->at += TLV_HEADER_SIZE + length;
	rest->length -= TLV_HEADER_SIZE + length;
	return true;
}

struct span tlv_valid(struct span bytes)
{
	struct span rest = bytes;
	struct tlv tlv;

	for (unsigned i = 0; i < TLV_COUNT_MAX; i++) {
		if (!tlv_next(&rest, &tlv))
			break;
	}
	return (struct span){bytes.at, bytes.length - rest.length};
}

bool tlv_find(struct span tlvs, uint16_t tag, struct span *value)
{
	struct tlv tlv;

	for (unsigned i = 0; i < TLV_COUNT_MAX; i++) {
		if (!tlv_next(&tlvs, &tlv))
			return false;
		if (tlv.tag == tag) {
			*value = tlv.value;
			return true;
		}
	}
	return false;
}

bool tlv_number(struct span tlvs, uint16_t tag, uint32_t max, uint32_t *value)
{
	struct span found;
	uint32_t number = 0;

	if (!tlv_find(tlvs, tag, &found) || found.length == 0 || found.length > sizeof(number))
		return false;
	for (size_t i = 0; i < found.length; i++)
		number = number << 8 | found.at[i];
	if (number > max)
		return false;
	*value = number;
	return true;
}

bool tlv_text(struct span tlvs, uint16_t tag, struct span *value)
{
	struct span found;

	if (!tlv_find(tlvs, tag, &found))
		return false;
	while (found.length > 0 && found.at[found.length - 1] == 0)
		found.length--;
	*value = found;
	return true;
}

int tlv_put(uint16_t tag, struct span value, uint8_t *out, size_t capacity)
{
	if (value.length > UINT16_MAX)
		return -EINVAL;
	if (capacity < TLV_HEADER_SIZE || capacity - TLV_HEADER_SIZE < value.length)
		return -EMSGSIZE;
	out[0] = (uint8_t)(tag >> 8);
	out[1] = (uint8_t)tag;
	out[2] = (uint8_t)(value.length >> 8);
	out[3] = (uint8_t)value.length;
	if (value.length > 0)
		memcpy(out + TLV_HEADER_SIZE, value.at, value.length);
	return (int)(TLV_HEADER_SIZE + value.length);
}

int tlv_put_u8(uint16_t tag, uint8_t value, uint8_t *out, size_t capacity)
{
	return tlv_put(tag, (struct span){&value, 1}, out, capacity);
}

int tlv_put_u16(uint16_t tag, uint16_t value, uint8_t *out, size_t capacity)
{
	uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	return tlv_put(tag, (struct span){octets, sizeof(octets)}, out, capacity);
}

const char *tlv_name(uint16_t tag)
{
	static const struct {
		uint16_t tag;
		const char *name;
	} names[] = {
		{0x0005, "dest_addr_subunit"},
		{0x0006, "dest_network_type"},
		{0x0007, "dest_bearer_type"},
		{0x0008, "dest_telematics_id"},
		{0x000D, "source_addr_subunit"},
		{0x000E, "source_network_type"},
		{0x000F, "source_bearer_type"},
		{0x0010, "source_telematics_id"},
		{0x0017, "qos_time_to_live"},
		{0x0019, "payload_type"},
		{0x001D, "additional_status_info_text"},
		{0x001E, "receipted_message_id"},
		{0x0030, "ms_msg_wait_facilities"},
		{0x0201, "privacy_indicator"},
		{0x0202, "source_subaddress"},
		{0x0203, "dest_subaddress"},
		{0x0204, "user_message_reference"},
		{0x0205, "user_response_code"},
		{0x020A, "source_port"},
		{0x020B, "destination_port"},
		{0x020C, "sar_msg_ref_num"},
		{0x020D, "language_indicator"},
		{0x020E, "sar_total_segments"},
		{0x020F, "sar_segment_seqnum"},
		{0x0210, "sc_interface_version"},
		{0x0302, "callback_num_pres_ind"},
		{0x0303, "callback_num_atag"},
		{0x0304, "number_of_messages"},
		{0x0381, "callback_num"},
		{0x0420, "dpf_result"},
		{0x0421, "set_dpf"},
		{0x0422, "ms_availability_status"},
		{0x0423, "network_error_code"},
		{0x0424, "message_payload"},
		{0x0425, "delivery_failure_reason"},
		{0x0426, "more_messages_to_send"},
		{0x0427, "message_state"},
		{0x0428, "congestion_state"},
		{0x0501, "ussd_service_op"},
		{0x1201, "display_time"},
		{0x1203, "sms_signal"},
		{0x1204, "ms_validity"},
		{0x130C, "alert_on_message_delivery"},
		{0x1380, "its_reply_type"},
		{0x1383, "its_session_info"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].tag == tag)
			return names[i].name;
	}
	return NULL;
}
