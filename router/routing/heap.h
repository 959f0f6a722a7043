#ifndef BINDERY_ROUTER_ROUTING_HEAP_H
#define BINDERY_ROUTER_ROUTING_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A binary heap of nodes that live in their owners: the least is found in O(1), any can be taken
 * out in O(log n). */

struct heap_node {
	uint64_t score;	 /* the least comes first */
	const char *tie; /* then the first by strcmp(); borrowed */
	size_t place;	 /* 1.. in a heap, 0 outside of any */
};

struct heap {
	struct heap_node **nodes; /* from 1 */
	size_t count, capacity;
};

void heap_init(struct heap *heap);
void heap_finish(struct heap *heap);

/* Puts `node` in with that score, or moves it there. */
void heap_put(struct heap *heap, struct heap_node *node, uint64_t score);
/* Takes `node` out; nothing where it is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);
/* NULL for an empty heap. */
struct heap_node *heap_first(const struct heap *heap);
/* The order of a heap. */
bool heap_is_before(const struct heap_node *a, const struct heap_node *b);
static inline bool heap_has(const struct heap_node *node)
{
	return node->place != 0;
}

#endif
