/* What stands in a text: its words as the rules know them, the patterns that fit, and what those
 * say of the words. */
#include "router/compliance/verdict_internal.h"

#include "config/memory.h"

#include <string.h>

/* Slips. Keywords are ASCII. */

static bool is_transposed(struct span word, const char *keyword)
{
	size_t length = strlen(keyword), at = 0;

	if (word.length != length)
		return false;
	while (at < length && word.at[at] == (uint8_t)keyword[at])
		at++;
	return at + 1 < length && word.at[at] == (uint8_t)keyword[at + 1] &&
	       word.at[at + 1] == (uint8_t)keyword[at] &&
	       memcmp(word.at + at + 2, keyword + at + 2, length - at - 2) == 0;
}

static bool is_one_edit(struct span word, const char *keyword)
{
	size_t length = strlen(keyword), head = 0, tail = 0;
	size_t shorter = word.length < length ? word.length : length;
	size_t longer = word.length < length ? length : word.length;

	if (longer - shorter > 1)
		return false;
	while (head < shorter && word.at[head] == (uint8_t)keyword[head])
		head++;
	while (tail < shorter - head &&
	       word.at[word.length - 1 - tail] == (uint8_t)keyword[length - 1 - tail])
		tail++;
	return longer - head - tail <= 1;
}

void verdict_find_slips(struct verdict_reader *reader)
{
	const struct rules *rules = reader->rules;

	reader->slips = memory_array(rules->word_count, sizeof(*reader->slips));
	for (size_t i = 0; i < rules->word_count; i++) {
		if (rules->words[i].keyword &&
		    strlen(rules->words[i].letters) >= VERDICT_SLIP_ALONE)
			reader->slips[reader->slip_count++] = (uint16_t)i;
	}
}

uint16_t verdict_slip_of(const struct verdict_reader *reader, struct span letters, size_t least)
{
	if (is_transposed(letters, "stop"))
		return rules_word(reader->rules, span_text("stop"));
	for (size_t i = 0; letters.length + 1 >= least && i < reader->slip_count; i++) {
		const char *keyword = reader->rules->words[reader->slips[i]].letters;
		if ((is_one_edit(letters, keyword) || is_transposed(letters, keyword)) &&
		    strlen(keyword) >= least)
			return reader->slips[i];
	}
	return RULES_NO_WORD;
}

bool verdict_is_cover(enum rules_kind kind)
{
	return kind == RULES_NEGATION || kind == RULES_HOMONYM || kind == RULES_FRAME;
}

/* Words */

static void look_up(struct verdict_reader *reader)
{
	struct normal *normal = &reader->normal;

	if (normal->count > reader->word_capacity) {
		reader->word_capacity = normal->count * 2;
		reader->words =
			memory_resize(reader->words, reader->word_capacity, sizeof(*reader->words));
	}
	for (size_t i = 0; i < normal->count; i++) {
		struct span letters = normal_letters(normal, i);
		char form[RULES_WORD_MAX];
		struct word *word = &reader->words[i];
		*word = (struct word){rules_word(reader->rules, letters), RULES_NO_WORD, 0, 0, 0};
		if (word->number == RULES_NO_WORD && letters.length < sizeof(form)) {
			size_t length = normal_collapse(letters, form);
			word->collapsed = rules_word_collapsed(
				reader->rules, (struct span){(const uint8_t *)form, length});
			/* One that stands alone is judged by a rule of its own. */
			if (word->collapsed == RULES_NO_WORD && normal->count > 1)
				word->collapsed =
					verdict_slip_of(reader, letters, VERDICT_SLIP_AMONG);
		}
	}
}

static uint16_t number_of(const struct verdict_reader *reader, size_t i)
{
	const struct word *word = &reader->words[i];

	return word->number != RULES_NO_WORD ? word->number : word->collapsed;
}

bool verdict_is_in(const struct verdict_reader *reader, size_t i, uint16_t set)
{
	return rules_in_set(reader->rules, number_of(reader, i), set);
}

/* Patterns */

/* Where element `at` and those behind it stand from word `i` on; the word behind the last, or 0. */
static size_t fits_from(const struct verdict_reader *reader, const struct rules_pattern *pattern,
			unsigned at, size_t i)
{
	const struct normal_word *words = reader->normal.words;

	if (at == pattern->count)
		return i;
	for (size_t skipped = 0; skipped <= pattern->elements[at].gap; skipped++) {
		if (i + skipped >= reader->normal.count ||
		    words[i + skipped].sentence != words[i - 1].sentence)
			return 0;
		if (!verdict_is_in(reader, i + skipped, pattern->elements[at].set))
			continue;
		size_t end = fits_from(reader, pattern, at + 1, i + skipped + 1);
		if (end)
			return end;
	}
	return 0;
}

static void note(struct verdict_reader *reader, const struct rules_pattern *pattern, size_t from,
		 size_t to)
{
	if (reader->match_count == reader->match_capacity) {
		reader->match_capacity = reader->match_capacity * 2 + 32;
		reader->matches = memory_resize(reader->matches, reader->match_capacity,
						sizeof(*reader->matches));
	}
	reader->matches[reader->match_count++] =
		(struct match){pattern, (uint32_t)from, (uint32_t)to};
}

static bool begins_family(const struct verdict_reader *reader, size_t i)
{
	uint16_t number = number_of(reader, i);

	if (number == RULES_NO_WORD)
		return false;
	const struct rules_word *word = &reader->rules->words[number];
	for (uint16_t j = 0; j < word->firsts_count; j++) {
		if (reader->rules->patterns[word->firsts[j]].kind == RULES_FAMILY)
			return true;
	}
	return false;
}

/* What is behind a comma is said for itself: "no, pare" negates nothing, and "my bus is late, stop"
 * is no bus stop. */
static bool is_parted(const struct verdict_reader *reader, enum rules_kind kind, size_t from,
		      size_t to)
{
	const struct normal_word *words = reader->normal.words;

	if (!verdict_is_cover(kind))
		return false;
	for (size_t i = from + 1; i < to; i++) {
		if (words[i].clause != words[i - 1].clause &&
		    (kind == RULES_NEGATION || begins_family(reader, i)))
			return true;
	}
	return false;
}

static void find_matches(struct verdict_reader *reader)
{
	const struct rules *rules = reader->rules;

	reader->match_count = 0;
	for (size_t i = 0; i < reader->normal.count; i++) {
		uint16_t number = number_of(reader, i);
		reader->words[i].matches = reader->match_count;
		if (number == RULES_NO_WORD)
			continue;
		const struct rules_word *word = &rules->words[number];
		for (uint16_t j = 0; j < word->firsts_count; j++) {
			const struct rules_pattern *pattern = &rules->patterns[word->firsts[j]];
			size_t end = fits_from(reader, pattern, 1, i + 1);
			if (end && !is_parted(reader, pattern->kind, i, end))
				note(reader, pattern, i, end);
		}
	}
}

static void mark_all(struct verdict_reader *reader, const struct match *match, unsigned marks)
{
	for (size_t i = match->from; i < match->to; i++)
		reader->words[i].marks |= (uint8_t)marks;
}

bool verdict_has_mark(const struct verdict_reader *reader, const struct match *match, unsigned mark)
{
	for (size_t i = match->from; i < match->to; i++) {
		if (reader->words[i].marks & mark)
			return true;
	}
	return false;
}

/* Words before a line of two dashes; all of them where there is none, or nothing before it. */
static size_t before_signature(const struct normal *normal)
{
	size_t count = normal->count;

	while (count > 0 && normal->words[count - 1].from >= normal->signature)
		count--;
	return count ? count : normal->count;
}

static void mark_frame(struct verdict_reader *reader, const struct match *match)
{
	struct word *first = &reader->words[match->from];

	mark_all(reader, match, MARK_COVERED);
	if (first->framed < match->to)
		first->framed = match->to;
}

/* Courtesy first: "stop at once" is no frame. Then what is said by a footer, negated or framed. */
static void mark_words(struct verdict_reader *reader)
{
	reader->signature = before_signature(&reader->normal);
	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		bool phrase = match->to - match->from > 1;
		if (match->pattern->kind == RULES_POLITE)
			mark_all(reader, match, MARK_POLITE | (phrase ? MARK_PHRASED : 0));
		else if (match->pattern->kind == RULES_REQUEST)
			mark_all(reader, match, MARK_REQUEST | (phrase ? MARK_PHRASED : 0));
		else if (match->pattern->kind == RULES_FAMILY)
			mark_all(reader, match, MARK_FAMILY);
		else if (match->pattern->kind == RULES_URGING)
			mark_all(reader, match, MARK_URGED);
		else if (match->pattern->kind == RULES_ELSEWHERE)
			reader->words[match->from].marks |= MARK_ELSEWHERE;
		else if (match->pattern->kind == RULES_SIGNATURE && match->from > 0 &&
			 match->from < reader->signature)
			reader->signature = match->from;
	}
	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		enum rules_kind kind = match->pattern->kind;
		bool phrased = verdict_has_mark(reader, match, MARK_PHRASED);
		if (kind == RULES_FOOTER || (kind == RULES_HOMONYM && !phrased) ||
		    (kind == RULES_NEGATION && !verdict_has_mark(reader, match, MARK_URGED)))
			mark_all(reader, match, MARK_VOID | MARK_COVERED);
		else if (kind == RULES_FRAME && !phrased)
			mark_frame(reader, match);
	}
	for (size_t i = 1; i < reader->normal.count; i++) {
		if (reader->words[i].framed < reader->words[i - 1].framed)
			reader->words[i].framed = reader->words[i - 1].framed;
	}
}

void verdict_match(struct verdict_reader *reader, struct span text)
{
	normal_read(&reader->normal, text);
	look_up(reader);
	find_matches(reader);
	mark_words(reader);
}

const struct match *verdict_next_at(const struct verdict_reader *reader, size_t i,
				    const struct match *match)
{
	size_t next = match ? (size_t)(match - reader->matches) + 1 : reader->words[i].matches;

	return next < reader->match_count && reader->matches[next].from == i
		       ? &reader->matches[next]
		       : NULL;
}

const struct match *verdict_whole(const struct verdict_reader *reader, enum rules_kind kind,
				  size_t from, size_t to)
{
	const struct match *match = NULL;

	if (from == to)
		return NULL;
	while ((match = verdict_next_at(reader, from, match))) {
		if (match->pattern->kind == kind && match->to == to)
			return match;
	}
	return NULL;
}

const struct match *verdict_repeated(const struct verdict_reader *reader, enum rules_kind kind,
				     size_t from, size_t to)
{
	const struct match *found = NULL;

	for (size_t i = from; i < to;) {
		const struct match *longest = NULL, *match = NULL;
		while ((match = verdict_next_at(reader, i, match))) {
			if (match->pattern->kind == kind && match->to <= to &&
			    (!longest || match->to > longest->to))
				longest = match;
		}
		if (!longest)
			return NULL;
		found = found ? found : longest;
		i = longest->to;
	}
	return found;
}

void verdict_strip(const struct verdict_reader *reader, unsigned marks, size_t *from, size_t *to)
{
	while (*from < *to && (reader->words[*from].marks & marks) &&
	       !(reader->words[*from].marks & MARK_FAMILY))
		(*from)++;
	while (*to > *from && (reader->words[*to - 1].marks & marks) &&
	       !(reader->words[*to - 1].marks & MARK_FAMILY))
		(*to)--;
}
