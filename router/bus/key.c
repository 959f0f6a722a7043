#include "router/bus/key.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint16_t crc16(struct span bytes)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < bytes.length; i++) {
		crc ^= (uint16_t)(bytes.at[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)((crc & 0x8000u) ? ((unsigned)crc << 1) ^ 0x1021u
							 : (unsigned)crc << 1);
	}
	return crc;
}

unsigned key_partition(struct span address, unsigned partitions)
{
	return partitions ? crc16(address) % partitions : 0;
}

static uint64_t hash64(const char *text, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
	return hash;
}

__attribute__((format(printf, 2, 3))) static char *format_key(char out[KEY_MAX], const char *format,
							      ...)
{
	char whole[2048];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(whole, sizeof(whole), format, arguments);
	va_end(arguments);
	if (length < 0)
		length = 0;
	if ((size_t)length >= sizeof(whole))
		length = (int)sizeof(whole) - 1;
	if ((size_t)length < KEY_MAX) {
		memcpy(out, whole, (size_t)length + 1);
		return out;
	}
	/* 16 hexadecimal digits of the whole, behind as much of it as fits. */
	uint64_t hash = hash64(whole, (size_t)length);
	memcpy(out, whole, KEY_MAX - 18);
	snprintf(out + KEY_MAX - 18, 18, "~%016llx", (unsigned long long)hash);
	return out;
}

/* The precision of a "%.*s", bounded so that no int overflows. */
static int width(struct span value)
{
	return value.length > 1024 ? 1024 : (int)value.length;
}

static const char *text(struct span value)
{
	return value.length ? (const char *)value.at : "";
}

char *key_tag(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}", partition);
}

char *key_in(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:in", partition);
}

char *key_back(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:back", partition);
}

char *key_behind(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:behind", partition);
}

char *key_events(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:events", partition);
}

char *key_cursor(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:cursor", partition);
}

char *key_due(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:due", partition);
}

char *key_open(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:open", partition);
}

char *key_ledger_top(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:ledger:top", partition);
}

char *key_scopes(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:scopes", partition);
}

char *key_lists(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:bulk", partition);
}

char *key_overdue(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:overdue", partition);
}

char *key_count(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:count", partition);
}

char *key_receipts(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{d%u}", partition);
}

char *key_receipts_count(unsigned partition, char out[KEY_MAX])
{
	return format_key(out, "{d%u}:count", partition);
}

char *key_flight(unsigned partition, const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:flight:%s", partition, carrier);
}

char *key_conversation(unsigned partition, struct span id, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:conv:%.*s", partition, width(id), text(id));
}

char *key_messages(unsigned partition, struct span conversation, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:conv:%.*s:msgs", partition, width(conversation),
			  text(conversation));
}

char *key_message(unsigned partition, struct span id, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:msg:%.*s", partition, width(id), text(id));
}

char *key_optout(unsigned partition, struct span customer, char out[KEY_MAX])
{
	return format_key(out, "{c%u}:opt:%.*s", partition, width(customer), text(customer));
}

unsigned key_receipt_partition(struct span account, struct span id, unsigned partitions)
{
	char both[512];
	int length = snprintf(both, sizeof(both), "%.*s:%.*s", width(account), text(account),
			      width(id), text(id));
	size_t used = length < (int)sizeof(both) ? (size_t)length : sizeof(both) - 1;
	struct span span = {(const uint8_t *)both, used};

	return key_partition(span, partitions);
}

char *key_agent_tag(const char *agent, char out[KEY_MAX])
{
	return format_key(out, "{a:%s}", agent);
}

char *key_agent_events(const char *agent, char out[KEY_MAX])
{
	return format_key(out, "{a:%s}:events", agent);
}

char *key_outbound_channel(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "mt:%s", carrier);
}

char *key_gateway_status(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "{gw}:status:%s", carrier);
}

char *key_gateway_binds(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "{gw}:binds:%s", carrier);
}

char *key_gateway_samples(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "{gw}:samples:%s", carrier);
}

char *key_gateway_tracing(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "{gw}:tracing:%s", carrier);
}

char *key_gateway_carriers(const char *instance, char out[KEY_MAX])
{
	return format_key(out, "{gw}:carriers:%s", instance);
}

char *key_gateway_hold(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "{gw}:hold:%s", carrier);
}

char *key_gateway_channel(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "gw:%s", carrier);
}

char *key_trace_channel(const char *carrier, char out[KEY_MAX])
{
	return format_key(out, "gw:trace:%s", carrier);
}

char *key_agent_channel(const char *agent, char out[KEY_MAX])
{
	return format_key(out, "agent:%s", agent);
}

char *key_user(const char *name, char out[KEY_MAX])
{
	return format_key(out, KEY_USER_TAG ":user:%s", name);
}

char *key_users(char out[KEY_MAX])
{
	return format_key(out, KEY_USER_TAG ":users");
}

char *key_session(const char *hash, char out[KEY_MAX])
{
	return format_key(out, KEY_USER_TAG ":session:%s", hash);
}

char *key_user_try(const char *what, const char *who, char out[KEY_MAX])
{
	return format_key(out, KEY_USER_TAG ":try:%s:%s", what, who);
}

char *key_entity(const char *kind, const char *id, char out[KEY_MAX])
{
	return format_key(out, KEY_ACD_TAG ":%s:%s", kind, id);
}

char *key_entities(const char *kind, char out[KEY_MAX])
{
	return format_key(out, KEY_ACD_TAG ":%ss", kind);
}

char *key_entity_names(const char *kind, char out[KEY_MAX])
{
	return format_key(out, KEY_ACD_TAG ":%s:names", kind);
}

char *key_unique(const char *name, char out[KEY_MAX])
{
	size_t length = 0;

	for (; name[length] && length < KEY_MAX - 1; length++) {
		out[length] = name[length];
		if (out[length] >= 'A' && out[length] <= 'Z')
			out[length] = (char)(out[length] | 32);
	}
	out[length] = '\0';
	return out;
}

char *key_once(const char *who, const char *key, char out[KEY_MAX])
{
	return format_key(out, KEY_USER_TAG ":once:%s:%s", who, key);
}

char *key_queue_members(const char *queue, char out[KEY_MAX])
{
	return format_key(out, KEY_ACD_TAG ":queue:%s:members", queue);
}

char *key_agent(const char *agent, char out[KEY_MAX])
{
	return format_key(out, KEY_ACD_TAG ":agent:%s", agent);
}

char *key_agent_skills(const char *agent, char out[KEY_MAX])
{
	return format_key(out, KEY_ACD_TAG ":agent:%s:skills", agent);
}
