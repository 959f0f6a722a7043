#include "router/routing/heap.h"

#include "config/memory.h"

#include <stdlib.h>
#include <string.h>

void heap_init(struct heap *heap)
{
	memset(heap, 0, sizeof(*heap));
}

void heap_finish(struct heap *heap)
{
	free(heap->nodes);
	heap_init(heap);
}

bool heap_is_before(const struct heap_node *a, const struct heap_node *b)
{
	if (a->score != b->score)
		return a->score < b->score;
	return strcmp(a->tie, b->tie) < 0;
}

static void place(struct heap *heap, struct heap_node *node, size_t at)
{
	heap->nodes[at] = node;
	node->place = at;
}

static void settle(struct heap *heap, struct heap_node *node, size_t at)
{
	while (at > 1 && heap_is_before(node, heap->nodes[at / 2])) {
		place(heap, heap->nodes[at / 2], at);
		at /= 2;
	}
	for (;;) {
		size_t child = at * 2;
		if (child > heap->count)
			break;
		if (child < heap->count &&
		    heap_is_before(heap->nodes[child + 1], heap->nodes[child]))
			child++;
		if (!heap_is_before(heap->nodes[child], node))
			break;
		place(heap, heap->nodes[child], at);
		at = child;
	}
	place(heap, node, at);
}

void heap_put(struct heap *heap, struct heap_node *node, uint64_t score)
{
	node->score = score;
	if (node->place) {
		settle(heap, node, node->place);
		return;
	}
	if (heap->count + 1 >= heap->capacity) {
		heap->capacity = heap->capacity ? heap->capacity * 2 : 64;
		heap->nodes =
			memory_resize(heap->nodes, heap->capacity, sizeof(struct heap_node *));
	}
	heap->count++;
	settle(heap, node, heap->count);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	size_t at = node->place;

	if (!at)
		return;
	struct heap_node *last = heap->nodes[heap->count--];
	node->place = 0;
	if (last != node)
		settle(heap, last, at);
}

struct heap_node *heap_first(const struct heap *heap)
{
	return heap->count ? heap->nodes[1] : NULL;
}
