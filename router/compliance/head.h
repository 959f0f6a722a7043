#ifndef BINDERY_ROUTER_COMPLIANCE_HEAD_H
#define BINDERY_ROUTER_COMPLIANCE_HEAD_H

#include <stdint.h>

#include "router/compliance/merkle.h"
#include "router/compliance/seal.h"
#include "smpp/span.h"

/*
 * A signed tree head: how long the ledger of every partition was at one moment, and the root of its
 * tree. As text it is one line, which is what is signed, of fields with tabs between:
 * `bindery-head 1`, `at=<Unix ms>`, `trees=<partitions>`, and `tree=<partition>:<size>:<root>` for
 * every tree that has records. A second line is `signature=` and 128 hexadecimal digits.
 */

#define HEAD_TREES_MAX 1024
#define HEAD_LINE_MAX (64 + HEAD_TREES_MAX * 96)
#define HEAD_TEXT_MAX (HEAD_LINE_MAX + 160)

struct head_tree {
	uint64_t size;
	uint8_t root[MERKLE_HASH];
};

struct head {
	uint64_t at_ms;
	unsigned count;
	struct head_tree trees[HEAD_TREES_MAX];
};

/* The line without its end; returns its length. */
size_t head_format(const struct head *head, char out[HEAD_LINE_MAX]);
/* Returns 0 or -EINVAL. */
__attribute__((warn_unused_result)) int head_parse(struct span line, struct head *head);

/* Both lines. Returns the length, 0 where it cannot be signed. */
size_t head_sign(const struct head *head, const struct seal *seal, char out[HEAD_TEXT_MAX]);
/* Reads both lines and holds the signature against the key, unless that is NULL. Returns 0,
 * -EINVAL for what is no head, or -EBADMSG for a wrong signature. */
__attribute__((warn_unused_result)) int head_open(struct span text, const uint8_t *key,
						  struct head *head);

#endif
