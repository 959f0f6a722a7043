#include "config/settings_keys.h"

#include <limits.h>

#include "config/log.h"
#include "config/settings.h"
#include "smpp/pdu.h"

/* One line a key: its name, where it lives, its default and its range. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT(owner, field) .offset = offsetof(struct owner, field)
#define TEXT(owner, field, text, least, most)                                                      \
	{                                                                                          \
		.name = #field, .type = SETTINGS_TEXT, AT(owner, field), .fallback = (text),       \
		.min = (least), .max = (most)                                                      \
	}
#define NUMBER(owner, field, value, least, most)                                                   \
	{                                                                                          \
		.name = #field, .type = SETTINGS_NUMBER, AT(owner, field), .initial = (value),     \
		.min = (least), .max = (most)                                                      \
	}
#define OCTET(key, owner, field, value, least, most)                                               \
	{                                                                                          \
		.name = (key), .type = SETTINGS_OCTET, AT(owner, field), .initial = (value),       \
		.min = (least), .max = (most)                                                      \
	}
#define FLAG(owner, field, value)                                                                  \
	{                                                                                          \
		.name = #field, .type = SETTINGS_FLAG, AT(owner, field), .initial = (value)        \
	}
#define CHOICE(owner, field, text, names)                                                          \
	{                                                                                          \
		.name = #field, .type = SETTINGS_CHOICE, AT(owner, field), .fallback = (text),     \
		.choices = (names)                                                                 \
	}
#define TEXTS(owner, field, most)                                                                  \
	{                                                                                          \
		.name = #field, .type = SETTINGS_TEXTS, AT(owner, field),                          \
		.count_offset = offsetof(struct owner, field##_count), .min = 1, .max = (most)     \
	}
#define GROUP(owner, field, inner)                                                                 \
	{                                                                                          \
		.name = #field, .type = SETTINGS_GROUP, AT(owner, field), .group = &(inner)        \
	}
#define LIST(owner, field, inner, least, most)                                                     \
	{                                                                                          \
		.name = #field, .type = SETTINGS_LIST, AT(owner, field),                           \
		.count_offset = offsetof(struct owner, field##_count), .min = (least),             \
		.max = (most), .group = &(inner)                                                   \
	}
#define DESCRIBE(variable, what, owner, array)                                                     \
	static const struct settings_group variable = {what, sizeof(struct owner), array,          \
						       COUNT(array)}

#define PATH_OCTETS 4095
#define NAME_OCTETS 64
#define SMS_OCTETS 1600

static const struct settings_choice level_names[] = {
	{"error", LOG_ERROR}, {"warn", LOG_WARN}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {0},
};

static const struct settings_choice bind_names[] = {
	{"transceiver", SETTINGS_TRANSCEIVER},
	{"transmitter", SETTINGS_TRANSMITTER},
	{"receiver", SETTINGS_RECEIVER},
	{0},
};

static const struct settings_choice version_names[] = {
	{"3.3", 0x33},
	{"3.4", 0x34},
	{"5.0", 0x50},
	{0},
};

static const struct settings_choice alphabet_names[] = {
	{"gsm7", CODING_GSM7},
	{"gsm7_packed", CODING_GSM7_PACKED},
	{"latin1", CODING_LATIN1},
	{"ascii", CODING_ASCII},
	{0},
};

static const struct settings_choice concatenation_names[] = {
	{"udh8", SEGMENT_UDH8},
	{"udh16", SEGMENT_UDH16},
	{"sar", SEGMENT_SAR},
	{"payload", SEGMENT_PAYLOAD},
	{0},
};

static const struct settings_choice unknown_names[] = {
	{"resubmit", SETTINGS_RESUBMIT},
	{"hold", SETTINGS_HOLD},
	{0},
};

static const struct settings_choice id_names[] = {
	{"as_is", SETTINGS_ID_TEXT},
	{"exact", SETTINGS_ID_EXACT},
	{"decimal", SETTINGS_ID_DECIMAL},
	{"hex", SETTINGS_ID_HEX},
	{"hex_to_decimal", SETTINGS_ID_HEX_TO_DECIMAL},
	{"decimal_to_hex", SETTINGS_ID_DECIMAL_TO_HEX},
	{0},
};

static const struct settings_choice validity_names[] = {
	{"none", SETTINGS_VALIDITY_NONE},
	{"relative", SETTINGS_VALIDITY_RELATIVE},
	{"absolute", SETTINGS_VALIDITY_ABSOLUTE},
	{0},
};

static const struct settings_choice evaluation_names[] = {
	{"all", SETTINGS_EVALUATE_ALL},
	{"best", SETTINGS_EVALUATE_BEST},
	{"any", SETTINGS_EVALUATE_ANY},
	{0},
};

static const struct settings_choice last_names[] = {
	{"any", SETTINGS_LAST_ANY},
	{"members", SETTINGS_LAST_MEMBERS},
	{"off", SETTINGS_LAST_OFF},
	{0},
};

static const struct settings_choice after_names[] = {
	{"mandatory", SETTINGS_AFTER_MANDATORY},       {"optional", SETTINGS_AFTER_OPTIONAL},
	{"timeout", SETTINGS_AFTER_TIMEOUT},	       {"forced", SETTINGS_AFTER_FORCED},
	{"agent_requested", SETTINGS_AFTER_REQUESTED}, {0},
};

static const struct settings_choice scope_names[] = {
	{"programme", SETTINGS_SCOPE_PROGRAMME},
	{"number", SETTINGS_SCOPE_NUMBER},
	{"all", SETTINGS_SCOPE_ALL},
	{0},
};

static const struct settings_choice without_names[] = {
	{"any", SETTINGS_WITHOUT_ANY},
	{"none", SETTINGS_WITHOUT_NONE},
	{0},
};

static const struct settings_choice action_names[] = {
	{"retry", SETTINGS_RETRY},
	{"reroute", SETTINGS_REROUTE},
	{"fail", SETTINGS_FAIL},
	{"throttle", SETTINGS_THROTTLE},
	{0},
};

static const struct settings_key redis_keys[] = {
	TEXT(settings_redis, socket, "/run/bindery/redis.sock", 0, 107),
	TEXT(settings_redis, host, "", 0, 255),
	NUMBER(settings_redis, port, 6379, 1, 65535),
	TEXT(settings_redis, password, "", 0, 512),
	TEXT(settings_redis, password_file, "", 0, PATH_OCTETS),
	NUMBER(settings_redis, partitions, 16, 1, 1024),
};
DESCRIBE(redis_group, "redis", settings_redis, redis_keys);

static const struct settings_key log_keys[] = {
	CHOICE(settings_log, level, "info", level_names),
	FLAG(settings_log, mask_numbers, true),
};
DESCRIBE(log_group, "log", settings_log, log_keys);

static const struct settings_key http_keys[] = {
	TEXT(settings_http, listen, "127.0.0.1", 1, 255),
	NUMBER(settings_http, port, 8080, 1, 65535),
	TEXT(settings_http, console, "/usr/share/bindery/console", 0, PATH_OCTETS),
	TEXT(settings_http, docs, "/usr/share/bindery/docs", 0, PATH_OCTETS),
	TEXT(settings_http, certificate, "", 0, PATH_OCTETS),
	TEXT(settings_http, private_key, "", 0, PATH_OCTETS),
	FLAG(settings_http, secure_cookies, true),
	TEXTS(settings_http, origins, 64),
	NUMBER(settings_http, session_idle_min, 60, 1, 10080),
	NUMBER(settings_http, session_max_h, 12, 1, 720),
	NUMBER(settings_http, client_requests_per_s, 100, 1, 100000),
};
DESCRIBE(http_group, "http", settings_http, http_keys);

static const struct settings_key gateway_keys[] = {
	TEXT(settings_gateway, instance, "gateway-1", 1, NAME_OCTETS),
	TEXT(settings_gateway, listen, "127.0.0.1", 1, 255),
	NUMBER(settings_gateway, port, 0, 0, 65535),
	NUMBER(settings_gateway, drain_s, 10, 0, 300),
};
DESCRIBE(gateway_group, "gateway", settings_gateway, gateway_keys);

static const struct settings_key router_keys[] = {
	TEXT(settings_router, instance, "router-1", 1, NAME_OCTETS),
	NUMBER(settings_router, parts_timeout_s, 300, 1, 86400),
	NUMBER(settings_router, duplicate_window_s, 45, 0, 3600),
	NUMBER(settings_router, offline_grace_s, 60, 0, 3600),
	NUMBER(settings_router, reclaim_s, 900, 0, 86400),
};
DESCRIBE(router_group, "router", settings_router, router_keys);

static const struct settings_key events_keys[] = {
	NUMBER(settings_events, keep_h, 26, 1, 8760),
	NUMBER(settings_events, keep_most, 5000000, 10000, 1000000000),
};
DESCRIBE(events_group, "events", settings_events, events_keys);

static const struct settings_key ledger_keys[] = {
	TEXT(settings_ledger, directory, "/var/lib/bindery/ledger", 1, PATH_OCTETS - 64),
	TEXT(settings_ledger, number_key_file, "/var/lib/bindery/keys/ledger-numbers.key", 1,
	     PATH_OCTETS - 64),
	TEXT(settings_ledger, signing_key_file, "/var/lib/bindery/keys/ledger-signing.pem", 1,
	     PATH_OCTETS - 64),
	NUMBER(settings_ledger, head_interval_s, 60, 1, 86400),
};
DESCRIBE(ledger_group, "ledger", settings_ledger, ledger_keys);

static const struct settings_key compliance_keys[] = {
	NUMBER(settings_compliance, review_hour, 17, 0, 23),
};
DESCRIBE(compliance_group, "compliance", settings_compliance, compliance_keys);

static const struct settings_key host_keys[] = {
	TEXT(settings_host, host, NULL, 1, 255),
	NUMBER(settings_host, port, 2775, 1, 65535),
};
DESCRIBE(host_group, "host", settings_host, host_keys);

static const struct settings_key rewrite_keys[] = {
	TEXT(address_rule, prefix, NULL, 0, ADDRESS_MAX),
	TEXT(address_rule, replacement, NULL, 0, ADDRESS_MAX),
};
DESCRIBE(rewrite_group, "rule", address_rule, rewrite_keys);

#define RULES .type = SETTINGS_LIST, .max = ADDRESS_RULES_MAX, .group = &rewrite_group

static const struct settings_key address_keys[] = {
	OCTET("e164_ton", address_settings, kinds[ADDRESS_INTERNATIONAL].ton, 1, 0, 255),
	OCTET("e164_npi", address_settings, kinds[ADDRESS_INTERNATIONAL].npi, 1, 0, 255),
	OCTET("national_ton", address_settings, kinds[ADDRESS_NATIONAL].ton, 2, 0, 255),
	OCTET("national_npi", address_settings, kinds[ADDRESS_NATIONAL].npi, 1, 0, 255),
	OCTET("short_ton", address_settings, kinds[ADDRESS_SHORT].ton, 3, 0, 255),
	OCTET("short_npi", address_settings, kinds[ADDRESS_SHORT].npi, 0, 0, 255),
	OCTET("alphanumeric_ton", address_settings, kinds[ADDRESS_TEXT].ton, 5, 0, 255),
	OCTET("alphanumeric_npi", address_settings, kinds[ADDRESS_TEXT].npi, 0, 0, 255),
	NUMBER(address_settings, short_digits_max, 7, 3, 12),
	FLAG(address_settings, plus, false),
	TEXT(address_settings, country, "", 0, 4),
	{.name = "rewrite_in",
	 AT(address_settings, in.at),
	 .count_offset = offsetof(struct address_settings, in.count),
	 RULES},
	{.name = "rewrite_out",
	 AT(address_settings, out.at),
	 .count_offset = offsetof(struct address_settings, out.count),
	 RULES},
};
DESCRIBE(address_group, "addresses", address_settings, address_keys);

static const struct settings_key outbind_keys[] = {
	TEXT(settings_outbind, listen, "127.0.0.1", 1, 255),
	NUMBER(settings_outbind, port, 0, 0, 65535),
	TEXT(settings_outbind, system_id, "", 0, 15),
	TEXT(settings_outbind, password, "", 0, PDU_SECRET_MAX),
};
DESCRIBE(outbind_group, "outbind", settings_outbind, outbind_keys);

static const struct settings_key priority_keys[] = {
	OCTET("interactive", settings_priority, interactive, 0, 0, 3),
	OCTET("transactional", settings_priority, transactional, 0, 0, 3),
	OCTET("bulk", settings_priority, bulk, 0, 0, 3),
};
DESCRIBE(priority_group, "priority", settings_priority, priority_keys);

static const struct settings_key tlv_keys[] = {
	NUMBER(settings_tlv, tag, 0, 1, 0xFFFF),
	TEXT(settings_tlv, text, "", 0, SETTINGS_TLV_OCTETS_MAX),
	TEXT(settings_tlv, hex, "", 0, 2 * SETTINGS_TLV_OCTETS_MAX),
};
DESCRIBE(tlv_group, "tlv", settings_tlv, tlv_keys);

static const struct settings_choice form_names[] = {
	{"text", TLV_FORM_TEXT},
	{"number", TLV_FORM_NUMBER},
	{"hex", TLV_FORM_HEX},
	{0},
};

static const struct settings_key tlv_name_keys[] = {
	NUMBER(tlv_naming, tag, 0, 1, 0xFFFF),
	TEXT(tlv_naming, name, NULL, 1, TLV_NAME_OCTETS_MAX),
	CHOICE(tlv_naming, form, "text", form_names),
};
DESCRIBE(tlv_name_group, "tlv_name", tlv_naming, tlv_name_keys);

static const struct settings_key status_keys[] = {
	NUMBER(settings_status, status, 0, 1, UINT_MAX),
	CHOICE(settings_status, action, "fail", action_names),
	NUMBER(settings_status, after_ms, 0, 0, 3600000),
	FLAG(settings_status, opt_out, false),
};
DESCRIBE(status_group, "status", settings_status, status_keys);

static const struct settings_key carrier_keys[] = {
	TEXT(settings_carrier, name, NULL, 1, NAME_OCTETS),
	TEXT(settings_carrier, account, "", 0, NAME_OCTETS),
	LIST(settings_carrier, hosts, host_group, 0, 16),
	TEXT(settings_carrier, system_id, NULL, 1, 15),
	TEXT(settings_carrier, password, "", 0, PDU_SECRET_MAX),
	TEXT(settings_carrier, password_file, "", 0, PATH_OCTETS),
	TEXT(settings_carrier, system_type, "", 0, 12),
	TEXT(settings_carrier, address_range, "", 0, 40),
	OCTET("address_range_ton", settings_carrier, address_range_ton, 0, 0, 255),
	OCTET("address_range_npi", settings_carrier, address_range_npi, 0, 0, 255),
	TEXT(settings_carrier, service_type, "", 0, 5),
	GROUP(settings_carrier, priority, priority_group),
	CHOICE(settings_carrier, bind_type, "transceiver", bind_names),
	NUMBER(settings_carrier, binds, 1, 1, SETTINGS_BINDS_MAX),
	NUMBER(settings_carrier, window, 10, 1, 1000),
	NUMBER(settings_carrier, throughput, 0, 0, 100000),
	NUMBER(settings_carrier, throughput_burst, 0, 0, 100000),
	NUMBER(settings_carrier, bind_throughput, 0, 0, 100000),
	NUMBER(settings_carrier, bind_throughput_burst, 0, 0, 100000),
	TEXT(settings_carrier, local_address, "", 0, 45),
	NUMBER(settings_carrier, connect_timeout_s, 10, 1, 300),
	NUMBER(settings_carrier, session_init_timeout_s, 10, 1, 300),
	NUMBER(settings_carrier, enquire_link_s, 30, 1, 3600),
	NUMBER(settings_carrier, enquire_link_max, 3, 1, 100),
	NUMBER(settings_carrier, response_timeout_s, 30, 1, 3600),
	NUMBER(settings_carrier, read_timeout_s, 30, 1, 3600),
	NUMBER(settings_carrier, backoff_min_ms, 500, 10, 3600000),
	NUMBER(settings_carrier, backoff_max_ms, 60000, 10, 3600000),
	CHOICE(settings_carrier, default_alphabet, "gsm7", alphabet_names),
	CHOICE(settings_carrier, concatenation, "udh8", concatenation_names),
	FLAG(settings_carrier, latin1, false),
	FLAG(settings_carrier, fold_punctuation, false),
	TEXTS(settings_carrier, languages, GSM7_LANGUAGES_COUNT - 1),
	CHOICE(settings_carrier, validity_period, "none", validity_names),
	CHOICE(settings_carrier, schedule_delivery_time, "none", validity_names),
	LIST(settings_carrier, tlvs, tlv_group, 0, SETTINGS_TLVS_MAX),
	LIST(settings_carrier, tlv_names, tlv_name_group, 0, TLV_NAMES_MAX),
	NUMBER(settings_carrier, segments_max, 20, 1, SEGMENT_SEGMENTS_MAX),
	CHOICE(settings_carrier, on_unknown, "resubmit", unknown_names),
	CHOICE(settings_carrier, message_id_form, "as_is", id_names),
	FLAG(settings_carrier, sniff_receipts, false),
	NUMBER(settings_carrier, attempts_max, 8, 1, 1000),
	NUMBER(settings_carrier, resubmits_max, 2, 1, 100),
	NUMBER(settings_carrier, validity_s, 86400, 1, 2592000),
	NUMBER(settings_carrier, pdu_max, PDU_SIZE_MAX, 1024, 1048576),
	LIST(settings_carrier, statuses, status_group, 0, 256),
	TEXTS(settings_carrier, opt_out_errors, 64),
	NUMBER(settings_carrier, reroute_after_s, 0, 0, 86400),
	NUMBER(settings_carrier, receipt_timeout_s, 172800, 0, 259200),
	FLAG(settings_carrier, query, false),
	FLAG(settings_carrier, cancel, false),
	CHOICE(settings_carrier, interface_version, "3.4", version_names),
	FLAG(settings_carrier, tls, false),
	FLAG(settings_carrier, tls_verify, true),
	TEXT(settings_carrier, tls_ca_file, "", 0, PATH_OCTETS),
	TEXT(settings_carrier, tls_name, "", 0, 253),
	TEXT(settings_carrier, tls_certificate, "", 0, PATH_OCTETS),
	TEXT(settings_carrier, tls_private_key, "", 0, PATH_OCTETS),
	GROUP(settings_carrier, outbind, outbind_group),
	GROUP(settings_carrier, addresses, address_group),
};
DESCRIBE(carrier_group, "carrier", settings_carrier, carrier_keys);

static const struct settings_key number_keys[] = {
	TEXT(settings_number, address, NULL, 1, ADDRESS_MAX),
	TEXT(settings_number, carrier, NULL, 1, NAME_OCTETS),
	TEXT(settings_number, queue, "", 0, NAME_OCTETS),
	TEXT(settings_number, programme, "", 0, NAME_OCTETS),
	NUMBER(settings_number, threading_window_min, 4320, 0, 4320),
	NUMBER(settings_number, throughput, 0, 0, 100000),
	NUMBER(settings_number, throughput_burst, 0, 0, 100000),
	NUMBER(settings_number, priority, 0, 0, 1000),
	TEXTS(settings_number, skills, 32),
};
DESCRIBE(number_group, "number", settings_number, number_keys);

static const struct settings_choice hours_names[] = {
	{"none", SETTINGS_HOURS_NONE},
	{"federal", SETTINGS_HOURS_FEDERAL},
	{"fl", SETTINGS_HOURS_FL},
	{"ok", SETTINGS_HOURS_OK},
	{"or", SETTINGS_HOURS_OR},
	{"tx", SETTINGS_HOURS_TX},
	{"safe", SETTINGS_HOURS_SAFE},
	{"own", SETTINGS_HOURS_OWN},
	{0},
};

static const struct settings_key hours_keys[] = {
	CHOICE(settings_hours, preset, "safe", hours_names),
	NUMBER(settings_hours, from, 9, 0, 24),
	NUMBER(settings_hours, to, 20, 0, 24),
	NUMBER(settings_hours, sunday_from, 12, 0, 24),
	NUMBER(settings_hours, sunday_to, 20, 0, 24),
};
DESCRIBE(hours_group, "hours", settings_hours, hours_keys);

static const struct settings_key language_keys[] = {
	TEXT(settings_language, language, NULL, 2, 2),
	TEXT(settings_language, stop_text, "", 0, SMS_OCTETS),
	TEXT(settings_language, help_text, "", 0, SMS_OCTETS),
	TEXT(settings_language, start_text, "", 0, SMS_OCTETS),
	TEXTS(settings_language, opt_out, 64),
	TEXTS(settings_language, help, 64),
	TEXTS(settings_language, opt_in, 64),
};
DESCRIBE(language_group, "language", settings_language, language_keys);

static const struct settings_key category_keys[] = {
	TEXT(settings_category, name, NULL, 1, NAME_OCTETS),
	TEXT(settings_category, stop_text, "", 0, SMS_OCTETS),
	TEXTS(settings_category, words, 64),
	FLAG(settings_category, marketing, false),
};
DESCRIBE(category_group, "category", settings_category, category_keys);

static const struct settings_key programme_keys[] = {
	TEXT(settings_programme, name, NULL, 1, NAME_OCTETS),
	CHOICE(settings_programme, scope, "programme", scope_names),
	TEXT(settings_programme, stop_text,
	     "You have been unsubscribed and will receive no more messages. Reply START to resume.",
	     1, SMS_OCTETS),
	TEXT(settings_programme, help_text, "Reply STOP to unsubscribe. Msg&data rates may apply.",
	     1, SMS_OCTETS),
	TEXT(settings_programme, start_text,
	     "You have been resubscribed. Reply STOP to unsubscribe, HELP for help.", 1,
	     SMS_OCTETS),
	GROUP(settings_programme, hours, hours_group),
	FLAG(settings_programme, confirm_again, false),
	LIST(settings_programme, languages, language_group, 0, 32),
	LIST(settings_programme, categories, category_group, 0, SETTINGS_CATEGORIES_MAX),
	CHOICE(settings_programme, without_category, "any", without_names),
};
DESCRIBE(programme_group, "programme", settings_programme, programme_keys);

static const struct settings_key ring_keys[] = {
	NUMBER(settings_ring, timeout_s, 30, 2, 86400),
	TEXTS(settings_ring, drops, 32),
};
DESCRIBE(ring_group, "ring", settings_ring, ring_keys);

static const struct settings_key queue_keys[] = {
	TEXT(settings_queue, name, NULL, 1, NAME_OCTETS),
	NUMBER(settings_queue, alerting_timeout_s, 30, 7, 900),
	TEXTS(settings_queue, wrap_up_codes, 256),
	CHOICE(settings_queue, evaluation, "all", evaluation_names),
	FLAG(settings_queue, least_loaded, false),
	FLAG(settings_queue, priority_first, false),
	CHOICE(settings_queue, last_agent, "any", last_names),
	FLAG(settings_queue, members_only, false),
	FLAG(settings_queue, auto_answer, false),
	FLAG(settings_queue, resume_on_message, true),
	CHOICE(settings_queue, after_call_work, "mandatory", after_names),
	NUMBER(settings_queue, after_call_timeout_s, 60, 1, 86400),
	FLAG(settings_queue, after_call_holds_slot, false),
	NUMBER(settings_queue, inactivity_s, 0, 0, 604800),
	LIST(settings_queue, rings, ring_group, 0, SETTINGS_RINGS_MAX),
};
DESCRIBE(queue_group, "queue", settings_queue, queue_keys);

static const struct settings_key way_keys[] = {
	TEXT(settings_way, name, NULL, 1, NAME_OCTETS),
	NUMBER(settings_way, weight, 100, 0, 1000),
	NUMBER(settings_way, priority, 1, 0, 1000),
};
DESCRIBE(way_group, "carrier", settings_way, way_keys);

static const struct settings_key route_keys[] = {
	TEXT(settings_route, source, "", 0, ADDRESS_MAX),
	TEXT(settings_route, prefix, "", 0, ADDRESS_MAX),
	LIST(settings_route, carriers, way_group, 1, 8),
};
DESCRIBE(route_group, "route", settings_route, route_keys);

static const struct settings_key pop_keys[] = {
	TEXT(settings_pop, field, "", 0, NAME_OCTETS),
	TEXT(settings_pop, label, NULL, 1, NAME_OCTETS),
	TEXT(settings_pop, link, "", 0, SETTINGS_LINK_MAX),
};
DESCRIBE(pop_group, "row", settings_pop, pop_keys);

static const struct settings_key root_keys[] = {
	GROUP(settings, redis, redis_group),
	GROUP(settings, log, log_group),
	GROUP(settings, http, http_group),
	GROUP(settings, gateway, gateway_group),
	GROUP(settings, router, router_group),
	GROUP(settings, events, events_group),
	GROUP(settings, ledger, ledger_group),
	GROUP(settings, compliance, compliance_group),
	LIST(settings, carriers, carrier_group, 0, 256),
	LIST(settings, numbers, number_group, 0, 65536),
	LIST(settings, programmes, programme_group, 0, 4096),
	LIST(settings, queues, queue_group, 0, 16384),
	LIST(settings, routes, route_group, 0, 4096),
	LIST(settings, screen_pop, pop_group, 0, 64),
};

const struct settings_group settings_root = {"", sizeof(struct settings), root_keys,
					     COUNT(root_keys)};
