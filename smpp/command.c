#include "smpp/command.h"

#include <stddef.h>

static const struct {
	uint32_t command;
	const char *name;
} commands[] = {
	{COMMAND_BIND_RECEIVER, "bind_receiver"},
	{COMMAND_BIND_TRANSMITTER, "bind_transmitter"},
	{COMMAND_QUERY_SM, "query_sm"},
	{COMMAND_SUBMIT_SM, "submit_sm"},
	{COMMAND_DELIVER_SM, "deliver_sm"},
	{COMMAND_UNBIND, "unbind"},
	{COMMAND_REPLACE_SM, "replace_sm"},
	{COMMAND_CANCEL_SM, "cancel_sm"},
	{COMMAND_BIND_TRANSCEIVER, "bind_transceiver"},
	{COMMAND_OUTBIND, "outbind"},
	{COMMAND_ENQUIRE_LINK, "enquire_link"},
	{COMMAND_SUBMIT_MULTI, "submit_multi"},
	{COMMAND_ALERT_NOTIFICATION, "alert_notification"},
	{COMMAND_DATA_SM, "data_sm"},
	{COMMAND_GENERIC_NACK, "generic_nack"},
	{COMMAND_BIND_RECEIVER_RESP, "bind_receiver_resp"},
	{COMMAND_BIND_TRANSMITTER_RESP, "bind_transmitter_resp"},
	{COMMAND_QUERY_SM_RESP, "query_sm_resp"},
	{COMMAND_SUBMIT_SM_RESP, "submit_sm_resp"},
	{COMMAND_DELIVER_SM_RESP, "deliver_sm_resp"},
	{COMMAND_UNBIND_RESP, "unbind_resp"},
	{COMMAND_REPLACE_SM_RESP, "replace_sm_resp"},
	{COMMAND_CANCEL_SM_RESP, "cancel_sm_resp"},
	{COMMAND_BIND_TRANSCEIVER_RESP, "bind_transceiver_resp"},
	{COMMAND_ENQUIRE_LINK_RESP, "enquire_link_resp"},
	{COMMAND_SUBMIT_MULTI_RESP, "submit_multi_resp"},
	{COMMAND_DATA_SM_RESP, "data_sm_resp"},
};

const char *command_name(uint32_t command)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].command == command)
			return commands[i].name;
	}
	return "unknown";
}

bool command_known(uint32_t command)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].command == command)
			return true;
	}
	return false;
}

bool command_is_response(uint32_t command)
{
	return (command & COMMAND_RESPONSE) != 0;
}

uint32_t command_answer(uint32_t request)
{
	if (command_is_response(request))
		return 0;
	if (request == COMMAND_OUTBIND || request == COMMAND_ALERT_NOTIFICATION)
		return 0;
	if (!command_known(request))
		return COMMAND_GENERIC_NACK;
	return request | COMMAND_RESPONSE;
}
