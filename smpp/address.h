#ifndef BINDERY_SMPP_ADDRESS_H
#define BINDERY_SMPP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/pdu.h"
#include "smpp/span.h"

/*
 * Addresses inside are canonical, so that one customer is one customer whoever wrote the number
 * how: `+` and digits for E.164, digits alone for short codes, text for alphanumeric senders. On
 * the wire they are TON, NPI and a string (SMPP 3.4 §5.2.5 to §5.2.9), in each carrier's habit.
 */

#define ADDRESS_MAX 24	    /* octets of a canonical address, without the NUL */
#define ADDRESS_WIRE_MAX 20 /* octets on the wire, without the NUL */
#define ADDRESS_RULES_MAX 64

enum address_kind {
	ADDRESS_INTERNATIONAL,
	ADDRESS_NATIONAL, /* on the wire only: what an outbound rule made of an E.164 number */
	ADDRESS_SHORT,
	ADDRESS_TEXT,
};
#define ADDRESS_KIND_COUNT 4

/* If the address begins with `prefix` (may be ""), that becomes `replacement`. First match wins. */
struct address_rule {
	const char *prefix, *replacement; /* borrow */
};

struct address_rules {
	const struct address_rule *at; /* borrows */
	size_t count;		       /* 0..ADDRESS_RULES_MAX */
};

/* A carrier's habits. address_settings_default() fills in what most carriers do. */
struct address_settings {
	struct {
		uint8_t ton, npi;
	} kinds[ADDRESS_KIND_COUNT];
	unsigned short_digits_max; /* this many digits or fewer are a short code; default 8 */
	bool plus;		   /* write `+` before an international number; default no */
	const char *country;	   /* digits put before a number of TON national; NULL = none */
	struct address_rules in;   /* applied to the wire's string (`+` put before TON 1) */
	struct address_rules out;  /* applied to the canonical string */
};

struct address_settings address_settings_default(void);

/* Which kind a canonical address is. */
enum address_kind address_kind(struct span canonical);

/* Writes the canonical form of a wire address, NUL-terminated. Returns its length (0 for an empty
 * address), -EINVAL for one that has octets below 0x20 or is too long, -EMSGSIZE when `capacity`
 * is too small; ADDRESS_MAX + 1 always suffices. */
__attribute__((warn_unused_result)) int address_canonical(const struct pdu_address *wire,
							  const struct address_settings *settings,
							  char *out, size_t capacity);

/* Writes the wire form of a canonical address into `storage`, from which `wire` borrows. Returns 0,
 * or -EINVAL when it is empty or too long for the wire. */
__attribute__((warn_unused_result)) int address_wire(struct span canonical,
						     const struct address_settings *settings,
						     char storage[ADDRESS_WIRE_MAX + 1],
						     struct pdu_address *wire);

/* For logs: all but the last four characters become `*`; of four or fewer, all but the last. Cut to
 * `capacity`, NUL-terminated. */
void address_mask(struct span address, char *out, size_t capacity);

#endif
