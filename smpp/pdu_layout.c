#include "smpp/pdu_layout.h"

#include <stddef.h>

#define AT(member) (uint16_t) offsetof(struct pdu, member)
#define OCTET(name, member)                                                                        \
	{                                                                                          \
		name, PDU_OCTET, AT(member), 1, ESME_RINVCMDLEN                                    \
	}
#define STRING(name, member, limit, refusal)                                                       \
	{                                                                                          \
		name, PDU_STRING, AT(member), limit, refusal                                       \
	}

#define SYSTEM_ID STRING("system_id", system_id, 15, ESME_RINVSYSID)
#define PASSWORD                                                                                   \
	{                                                                                          \
		"password", PDU_SECRET, AT(password), 8, ESME_RINVPASWD                            \
	}
#define SERVICE_TYPE STRING("service_type", service_type, 5, ESME_RINVSERTYP)
#define MESSAGE_ID STRING("message_id", message_id, 64, ESME_RINVMSGID)
#define SOURCE(limit)                                                                              \
	OCTET("source_addr_ton", source.ton), OCTET("source_addr_npi", source.npi),                \
		STRING("source_addr", source.number, limit, ESME_RINVSRCADR)
#define DESTINATION(limit)                                                                         \
	OCTET("dest_addr_ton", destination.ton), OCTET("dest_addr_npi", destination.npi),          \
		STRING("destination_addr", destination.number, limit, ESME_RINVDSTADR)
#define TIMES(limit)                                                                               \
	STRING("schedule_delivery_time", schedule_delivery_time, limit, ESME_RINVSCHED),           \
		STRING("validity_period", validity_period, limit, ESME_RINVEXPIRY)
#define SHORT_MESSAGE                                                                              \
	{                                                                                          \
		"short_message", PDU_MESSAGE, AT(short_message), 254, ESME_RINVMSGLEN              \
	}
#define LIST(name, kind)                                                                           \
	{                                                                                          \
		name, kind, AT(list), 255, ESME_RINVNUMDESTS                                       \
	}

/* What stands between the addresses and the end of submit_sm, deliver_sm and submit_multi. */
#define SM_TAIL(time_limit)                                                                        \
	OCTET("esm_class", esm_class), OCTET("protocol_id", protocol_id),                          \
		OCTET("priority_flag", priority_flag), TIMES(time_limit),                          \
		OCTET("registered_delivery", registered_delivery),                                 \
		OCTET("replace_if_present_flag", replace_if_present_flag),                         \
		OCTET("data_coding", data_coding), OCTET("sm_default_msg_id", sm_default_msg_id),  \
		SHORT_MESSAGE

static const struct pdu_field empty[1];

static const struct pdu_field bind[] = {
	SYSTEM_ID,
	PASSWORD,
	STRING("system_type", system_type, 12, ESME_RINVSYSTYP),
	OCTET("interface_version", interface_version),
	OCTET("addr_ton", address_range.ton),
	OCTET("addr_npi", address_range.npi),
	STRING("address_range", address_range.number, 40, ESME_RBINDFAIL),
};
static const struct pdu_field bind_resp[] = {SYSTEM_ID};
static const struct pdu_field outbind[] = {SYSTEM_ID, PASSWORD};
static const struct pdu_field submit_sm[] = {SERVICE_TYPE, SOURCE(20), DESTINATION(20),
					     SM_TAIL(16)};
static const struct pdu_field deliver_sm[] = {SERVICE_TYPE, SOURCE(20), DESTINATION(20),
					      SM_TAIL(0)};
static const struct pdu_field submit_multi[] = {
	SERVICE_TYPE, SOURCE(20), LIST("dest_addresses", PDU_DESTINATIONS), SM_TAIL(16)};
static const struct pdu_field submit_multi_resp[] = {MESSAGE_ID,
						     LIST("unsuccess_smes", PDU_UNSUCCESS)};
static const struct pdu_field data_sm[] = {
	SERVICE_TYPE,
	SOURCE(64),
	DESTINATION(64),
	OCTET("esm_class", esm_class),
	OCTET("registered_delivery", registered_delivery),
	OCTET("data_coding", data_coding),
};
static const struct pdu_field message_id[] = {MESSAGE_ID};
static const struct pdu_field query_sm[] = {MESSAGE_ID, SOURCE(20)};
static const struct pdu_field query_sm_resp[] = {
	MESSAGE_ID,
	STRING("final_date", final_date, 16, ESME_RQUERYFAIL),
	OCTET("message_state", message_state),
	OCTET("error_code", error_code),
};
static const struct pdu_field cancel_sm[] = {SERVICE_TYPE, MESSAGE_ID, SOURCE(20), DESTINATION(20)};
static const struct pdu_field replace_sm[] = {
	MESSAGE_ID,
	SOURCE(20),
	TIMES(16),
	OCTET("registered_delivery", registered_delivery),
	OCTET("sm_default_msg_id", sm_default_msg_id),
	SHORT_MESSAGE,
};
static const struct pdu_field alert_notification[] = {
	SOURCE(64),
	OCTET("esme_addr_ton", destination.ton),
	OCTET("esme_addr_npi", destination.npi),
	STRING("esme_addr", destination.number, 64, ESME_RINVDSTADR),
};

#define FIELDS(array) .fields = (array), .count = sizeof(array) / sizeof((array)[0])
#define NO_FIELDS .fields = empty, .count = 0

/* alert_notification and data_sm stand behind the low commands, so that the tables stay short. */
#define HIGH_FIRST COMMAND_ALERT_NOTIFICATION
#define HIGH_SLOT (COMMAND_SUBMIT_MULTI + 1)
#define SLOT_COUNT (HIGH_SLOT + 2)

static const struct pdu_layout requests[SLOT_COUNT] = {
	[COMMAND_BIND_RECEIVER] = {FIELDS(bind)},
	[COMMAND_BIND_TRANSMITTER] = {FIELDS(bind)},
	[COMMAND_BIND_TRANSCEIVER] = {FIELDS(bind)},
	[COMMAND_QUERY_SM] = {FIELDS(query_sm)},
	[COMMAND_SUBMIT_SM] = {FIELDS(submit_sm), .message = true},
	[COMMAND_DELIVER_SM] = {FIELDS(deliver_sm), .message = true},
	[COMMAND_UNBIND] = {NO_FIELDS},
	[COMMAND_REPLACE_SM] = {FIELDS(replace_sm), .message = true},
	[COMMAND_CANCEL_SM] = {FIELDS(cancel_sm)},
	[COMMAND_OUTBIND] = {FIELDS(outbind)},
	[COMMAND_ENQUIRE_LINK] = {NO_FIELDS},
	[COMMAND_SUBMIT_MULTI] = {FIELDS(submit_multi), .message = true},
	[HIGH_SLOT] = {FIELDS(alert_notification)},
	[HIGH_SLOT + 1] = {FIELDS(data_sm), .message = true},
};

static const struct pdu_layout responses[SLOT_COUNT] = {
	[0] = {NO_FIELDS}, /* generic_nack */
	[COMMAND_BIND_RECEIVER] = {FIELDS(bind_resp), .bare_error = true},
	[COMMAND_BIND_TRANSMITTER] = {FIELDS(bind_resp), .bare_error = true},
	[COMMAND_BIND_TRANSCEIVER] = {FIELDS(bind_resp), .bare_error = true},
	[COMMAND_QUERY_SM] = {FIELDS(query_sm_resp), .bare_error = true},
	[COMMAND_SUBMIT_SM] = {FIELDS(message_id), .bare_error = true},
	[COMMAND_DELIVER_SM] = {FIELDS(message_id)},
	[COMMAND_UNBIND] = {NO_FIELDS},
	[COMMAND_REPLACE_SM] = {NO_FIELDS},
	[COMMAND_CANCEL_SM] = {NO_FIELDS},
	[COMMAND_ENQUIRE_LINK] = {NO_FIELDS},
	[COMMAND_SUBMIT_MULTI] = {FIELDS(submit_multi_resp), .bare_error = true},
	[HIGH_SLOT + 1] = {FIELDS(message_id)},
};

const struct pdu_layout *pdu_layout(uint32_t command)
{
	const struct pdu_layout *table = command & COMMAND_RESPONSE ? responses : requests;
	uint32_t slot = command & ~COMMAND_RESPONSE;

	if (slot == HIGH_FIRST || slot == HIGH_FIRST + 1)
		slot = HIGH_SLOT + (slot - HIGH_FIRST);
	else if (slot >= HIGH_SLOT)
		return NULL;
	return table[slot].fields ? &table[slot] : NULL;
}
