/* The words of the rules by their letters, and by their letters with runs of one as one. */
#include "router/compliance/rules_internal.h"

#include "config/memory.h"
#include "router/compliance/normal.h"

#include <stdlib.h>
#include <string.h>

static uint16_t find_in(const struct rules *rules, const uint16_t *table, struct span letters,
			bool collapsed)
{
	char short_form[RULES_WORD_MAX];

	if (letters.length == 0 || letters.length >= RULES_WORD_MAX || !table)
		return RULES_NO_WORD;
	size_t at = span_hash(letters) & (rules->index_size - 1);
	for (; table[at]; at = (at + 1) & (rules->index_size - 1)) {
		const struct rules_word *word = &rules->words[table[at] - 1];
		size_t length = strlen(word->letters);
		const char *form = word->letters;
		if (collapsed) {
			length = normal_collapse(
				(struct span){(const uint8_t *)word->letters, length}, short_form);
			form = short_form;
		}
		if (length == letters.length && memcmp(form, letters.at, length) == 0)
			return (uint16_t)(table[at] - 1);
	}
	return RULES_NO_WORD;
}

uint16_t rules_word(const struct rules *rules, struct span letters)
{
	return find_in(rules, rules->index, letters, false);
}

uint16_t rules_word_collapsed(const struct rules *rules, struct span letters)
{
	return find_in(rules, rules->collapsed, letters, true);
}

static void put_in(struct rules *rules, uint16_t *table, const char *letters, size_t length,
		   size_t word)
{
	size_t at = span_hash((struct span){(const uint8_t *)letters, length}) &
		    (rules->index_size - 1);

	while (table[at])
		at = (at + 1) & (rules->index_size - 1);
	table[at] = (uint16_t)(word + 1);
}

void rules_index_word(struct rules *rules, size_t i)
{
	char form[RULES_WORD_MAX];
	const char *letters = rules->words[i].letters;
	struct span span = {(const uint8_t *)letters, strlen(letters)};

	put_in(rules, rules->index, letters, span.length, i);
	size_t length = normal_collapse(span, form);
	/* Of two that are written alike the keyword is meant. */
	if (rules->words[i].keyword ||
	    rules_word_collapsed(rules, (struct span){(const uint8_t *)form, length}) ==
		    RULES_NO_WORD)
		put_in(rules, rules->collapsed, form, length, i);
}

void rules_index(struct rules *rules)
{
	free(rules->index);
	free(rules->collapsed);
	rules->index_size = 256;
	while (rules->index_size < rules->word_capacity * 4)
		rules->index_size *= 2;
	rules->index = memory_array(rules->index_size, sizeof(*rules->index));
	rules->collapsed = memory_array(rules->index_size, sizeof(*rules->collapsed));
	for (int keywords = 1; keywords >= 0; keywords--) {
		for (size_t i = 0; i < rules->word_count; i++) {
			if (rules->words[i].keyword == (bool)keywords)
				rules_index_word(rules, i);
		}
	}
}
