#include "router/compliance/verdict.h"

#include "config/memory.h"
#include "router/compliance/normal.h"
#include "router/compliance/rules_internal.h"

#include <stdlib.h>
#include <string.h>

#define GLUED_MIN 4 /* letters of a keyword that may be written with gaps ("un subscribe") */
#define GLUED_MAX 4 /* words that such a text has */
#define SLIP_MIN 8  /* letters of a keyword in which one slip is forgiven */

/* What was found of a word. */
enum mark {
	MARK_POLITE = 1,
	MARK_REQUEST = 2,
	MARK_COVERED = 4, /* by a negation or an everyday frame */
	MARK_FOOTER = 8,
	MARK_FAMILY = 16,
	MARK_PHRASED = 32,   /* polite or requesting, by more than one word */
	MARK_ELSEWHERE = 64, /* a word of texts, but said of another channel */
	MARK_URGED = 128,    /* a negation here is none */
};

struct word {
	uint16_t number;    /* in the rules, or RULES_NO_WORD */
	uint16_t collapsed; /* the same with runs of letters collapsed */
	uint8_t marks;
};

struct match {
	const struct rules_pattern *pattern;
	uint32_t from, to; /* words; `to` is behind the last */
};

struct verdict_reader {
	const struct rules *rules;
	struct normal normal;
	struct word *words;
	size_t word_capacity;
	struct match *matches;
	size_t match_count, match_capacity;
	size_t signature; /* words before it */
	unsigned context;
	struct verdict_answer *answer;
};

struct verdict_reader *verdict_reader_create(const struct rules *rules)
{
	struct verdict_reader *reader = memory_array(1, sizeof(*reader));

	reader->rules = rules;
	normal_init(&reader->normal);
	return reader;
}

void verdict_reader_destroy(struct verdict_reader **pointer)
{
	struct verdict_reader *reader = *pointer;

	if (!reader)
		return;
	*pointer = NULL;
	normal_finish(&reader->normal);
	free(reader->words);
	free(reader->matches);
	free(reader);
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
		*word = (struct word){rules_word(reader->rules, letters), RULES_NO_WORD, 0};
		if (word->number == RULES_NO_WORD && letters.length < sizeof(form)) {
			size_t length = normal_collapse(letters, form);
			word->collapsed = rules_word_collapsed(
				reader->rules, (struct span){(const uint8_t *)form, length});
		}
	}
}

static bool is_in(const struct verdict_reader *reader, size_t i, uint16_t set)
{
	const struct word *word = &reader->words[i];
	uint16_t number = word->number != RULES_NO_WORD ? word->number : word->collapsed;

	return rules_in_set(reader->rules, number, set);
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
		if (!is_in(reader, i + skipped, pattern->elements[at].set))
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

static void find_matches(struct verdict_reader *reader)
{
	const struct rules *rules = reader->rules;

	reader->match_count = 0;
	for (size_t i = 0; i < reader->normal.count; i++) {
		uint16_t number = reader->words[i].number != RULES_NO_WORD
					  ? reader->words[i].number
					  : reader->words[i].collapsed;
		if (number == RULES_NO_WORD)
			continue;
		const struct rules_word *word = &rules->words[number];
		for (uint16_t j = 0; j < word->firsts_count; j++) {
			const struct rules_pattern *pattern = &rules->patterns[word->firsts[j]];
			size_t end = fits_from(reader, pattern, 1, i + 1);
			if (end)
				note(reader, pattern, i, end);
		}
	}
}

static void mark_all(struct verdict_reader *reader, const struct match *match, unsigned marks)
{
	for (size_t i = match->from; i < match->to; i++)
		reader->words[i].marks |= (uint8_t)marks;
}

static bool has_mark(const struct verdict_reader *reader, const struct match *match, unsigned mark)
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

/* Something for a person that holds a negation ("you never stop texting me"): matches stand in the
 * order in which they begin. */
static bool is_unclear_negation(const struct verdict_reader *reader)
{
	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *outer = &reader->matches[i];
		if (outer->pattern->kind != RULES_UNCLEAR)
			continue;
		for (size_t j = i + 1; j < reader->match_count; j++) {
			const struct match *inner = &reader->matches[j];
			if (inner->from >= outer->to)
				break;
			if (inner->pattern->kind == RULES_NEGATION && inner->to <= outer->to)
				return true;
		}
	}
	return false;
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
		if (kind == RULES_FOOTER)
			mark_all(reader, match, MARK_FOOTER | MARK_COVERED);
		else if ((kind == RULES_NEGATION && !has_mark(reader, match, MARK_URGED)) ||
			 (kind == RULES_FRAME && !has_mark(reader, match, MARK_PHRASED)))
			mark_all(reader, match, MARK_COVERED);
	}
}

/* Verdicts */

static bool decide(struct verdict_reader *reader, enum verdict verdict, unsigned rule,
		   const struct match *match)
{
	struct verdict_answer *answer = reader->answer;

	answer->verdict = verdict;
	answer->rule = rule;
	if (match) {
		answer->language = reader->rules->languages[match->pattern->language].code;
		answer->pattern = match->pattern->text;
		answer->from = reader->normal.words[match->from].from;
		answer->to = reader->normal.words[match->to - 1].to;
	}
	return true;
}

/* A match of that kind over the words from `from` to `to` and no others; NULL for none. */
static const struct match *whole(const struct verdict_reader *reader, enum rules_kind kind,
				 size_t from, size_t to)
{
	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		if (match->pattern->kind == kind && match->from == from && match->to == to)
			return match;
	}
	return NULL;
}

/* Whether the words are all keywords of that kind, one behind the other ("stop stop stop"). */
static const struct match *repeated(const struct verdict_reader *reader, enum rules_kind kind,
				    size_t from, size_t to)
{
	const struct match *found = NULL;

	for (size_t i = from; i < to;) {
		const struct match *longest = NULL;
		for (size_t j = 0; j < reader->match_count; j++) {
			const struct match *match = &reader->matches[j];
			if (match->pattern->kind == kind && match->from == i && match->to <= to &&
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

/* The words between `from` and `to` without what is marked at their ends. */
static void strip(const struct verdict_reader *reader, unsigned marks, size_t *from, size_t *to)
{
	while (*from < *to && (reader->words[*from].marks & marks) &&
	       !(reader->words[*from].marks & MARK_FAMILY))
		(*from)++;
	while (*to > *from && (reader->words[*to - 1].marks & marks) &&
	       !(reader->words[*to - 1].marks & MARK_FAMILY))
		(*to)--;
}

/* The whole message is of that kind: as it stands, without its signature, without courtesy. */
static const struct match *whole_message(struct verdict_reader *reader, enum rules_kind kind)
{
	size_t from = 0, to = reader->normal.count;
	const struct match *match = repeated(reader, kind, from, to);

	reader->answer->variant = "plain";
	if (match)
		return match;
	reader->answer->variant = "signature";
	to = reader->signature;
	match = repeated(reader, kind, from, to);
	if (match)
		return match;
	reader->answer->variant = "courtesy";
	strip(reader, MARK_POLITE, &from, &to);
	match = from < to ? repeated(reader, kind, from, to) : NULL;
	if (!match)
		reader->answer->variant = "plain";
	return match;
}

/* A pattern of one kind that is a single word, by that word's letters. */
static bool is_keyword(struct verdict_reader *reader, const char *letters, size_t length)
{
	uint16_t number =
		rules_word(reader->rules, (struct span){(const uint8_t *)letters, length});

	if (number == RULES_NO_WORD)
		number = rules_word_collapsed(reader->rules,
					      (struct span){(const uint8_t *)letters, length});
	return number != RULES_NO_WORD && reader->rules->words[number].keyword;
}

/* Letters that look alike in one word, or gaps within a keyword. */
static bool is_disguised(struct verdict_reader *reader)
{
	const struct normal *normal = &reader->normal;
	size_t from = 0, to = reader->signature;
	char form[RULES_WORD_MAX];

	strip(reader, MARK_POLITE, &from, &to);
	if (from + 1 == to && normal->words[from].length < sizeof(form)) {
		struct span letters = normal_letters(normal, from);
		size_t length = normal_latin(letters, form);
		bool other = length != letters.length || memcmp(form, letters.at, length) != 0;
		reader->answer->variant = "look-alikes";
		if (other && is_keyword(reader, form, length))
			return true;
	}
	if (normal->count < 2 || normal->count > GLUED_MAX || normal->length >= sizeof(form) ||
	    normal->length < GLUED_MIN)
		return false;
	reader->answer->variant = "joined";
	memcpy(form, normal->letters, normal->length);
	return is_keyword(reader, form, normal->length);
}

static bool rule_keyword(struct verdict_reader *reader)
{
	const struct match *match = whole_message(reader, RULES_OPT_OUT);

	if (match)
		return decide(reader, VERDICT_OPT_OUT, 1, match);
	if (is_disguised(reader))
		return decide(reader, VERDICT_OPT_OUT, 1, NULL);
	reader->answer->variant = "plain";
	return false;
}

/* Is there a word of that sentence from `from` on in the set, without such a mark? */
static bool in_sentence(const struct verdict_reader *reader, size_t from, uint16_t set,
			unsigned marks)
{
	uint32_t sentence = reader->normal.words[from].sentence;

	for (size_t i = from;
	     i < reader->normal.count && reader->normal.words[i].sentence == sentence; i++) {
		if (is_in(reader, i, set) && !(reader->words[i].marks & marks))
			return true;
	}
	return false;
}

/* A phrase that asks for no more. Where only calls, mails and the like are meant a person decides.
 */
static bool rule_phrase(struct verdict_reader *reader)
{
	const struct match *other_channel = NULL;

	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		if (match->pattern->kind != RULES_PHRASE || has_mark(reader, match, MARK_COVERED))
			continue;
		const struct rules_language *language =
			&reader->rules->languages[match->pattern->language];
		if (in_sentence(reader, match->from, language->text, MARK_ELSEWHERE) ||
		    !in_sentence(reader, match->from, language->channel, 0))
			return decide(reader, VERDICT_OPT_OUT, 4, match);
		other_channel = other_channel ? other_channel : match;
	}
	return other_channel && decide(reader, VERDICT_AMBIGUOUS, 4, other_channel);
}

static const struct match *family_at(const struct verdict_reader *reader, size_t i)
{
	for (size_t j = 0; j < reader->match_count; j++) {
		const struct match *match = &reader->matches[j];
		if (match->pattern->kind == RULES_FAMILY && match->from == i &&
		    !has_mark(reader, match, MARK_COVERED))
			return match;
	}
	return NULL;
}

/* The first word, or all of a clause, but for courtesy and requests. */
static bool rule_family(struct verdict_reader *reader)
{
	const struct normal *normal = &reader->normal;
	size_t first = 0, end = normal->count;

	strip(reader, MARK_POLITE, &first, &end);
	const struct match *match = first < end ? family_at(reader, first) : NULL;
	if (match)
		return decide(reader, VERDICT_OPT_OUT, 5, match);
	for (size_t from = 0, to; from < normal->count; from = to) {
		for (to = from;
		     to < normal->count && normal->words[to].clause == normal->words[from].clause;)
			to++;
		size_t begin = from, last = to;
		strip(reader, MARK_POLITE | MARK_REQUEST, &begin, &last);
		match = begin < last ? repeated(reader, RULES_FAMILY, begin, last) : NULL;
		if (match && !has_mark(reader, match, MARK_COVERED))
			return decide(reader, VERDICT_OPT_OUT, 5, match);
	}
	return false;
}

/* Slips of the finger in a message of one word. */

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

/* One letter more, less or another; keywords are ASCII. */
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

static bool rule_slip(struct verdict_reader *reader)
{
	const struct rules *rules = reader->rules;
	const struct word *word = &reader->words[0];

	if (reader->normal.count != 1 || word->number != RULES_NO_WORD)
		return false;
	struct span letters = normal_letters(&reader->normal, 0);
	if (is_transposed(letters, "stop"))
		return decide(reader, VERDICT_OPT_OUT, 6, NULL);
	for (size_t i = 0; i < rules->word_count; i++) {
		const char *keyword = rules->words[i].letters;
		if (rules->words[i].keyword && strlen(keyword) >= SLIP_MIN &&
		    (is_one_edit(letters, keyword) || is_transposed(letters, keyword)))
			return decide(reader, VERDICT_OPT_OUT, 6, NULL);
	}
	return false;
}

static bool rule_help(struct verdict_reader *reader)
{
	const struct match *match = whole_message(reader, RULES_HELP);

	return match && decide(reader, VERDICT_HELP, 7, match);
}

/* Exact alone: no letters collapsed, nothing stripped. */
static bool rule_opt_in(struct verdict_reader *reader)
{
	bool asked = reader->context & VERDICT_QUESTION;
	const struct match *match = whole(reader, RULES_OPT_IN, 0, reader->normal.count);

	for (size_t i = 0; i < reader->normal.count; i++) {
		if (reader->words[i].number == RULES_NO_WORD)
			return false;
	}
	if (!match && (reader->context & VERDICT_OPTED_OUT) && !asked)
		match = whole(reader, RULES_OPT_IN_OPTED_OUT, 0, reader->normal.count);
	return match && decide(reader, VERDICT_OPT_IN, 8, match);
}

/* A keyword among other words, neither negated nor framed. */
static const struct match *loose_keyword(const struct verdict_reader *reader)
{
	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		if (match->pattern->kind == RULES_OPT_OUT && !has_mark(reader, match, MARK_COVERED))
			return match;
	}
	return NULL;
}

static bool rule_unclear(struct verdict_reader *reader)
{
	bool asked = reader->context & VERDICT_QUESTION;
	const struct match *match = loose_keyword(reader);

	if (match)
		return decide(reader, VERDICT_AMBIGUOUS, 9, match);
	for (size_t i = 0; i < reader->match_count; i++) {
		match = &reader->matches[i];
		enum rules_kind kind = match->pattern->kind;
		if (kind == RULES_FOOTER || kind == RULES_UNCLEAR ||
		    (kind == RULES_UNCLEAR_UNASKED && !asked))
			return decide(reader, VERDICT_AMBIGUOUS, 9, match);
	}
	match = asked ? NULL : whole_message(reader, RULES_REFUSAL);
	if (match)
		return decide(reader, VERDICT_AMBIGUOUS, 9, match);
	match = whole_message(reader, RULES_OPT_IN);
	if (match)
		return decide(reader, VERDICT_AMBIGUOUS, 9, match);
	return reader->normal.count == 0 && reader->normal.sign &&
	       decide(reader, VERDICT_AMBIGUOUS, 9, NULL);
}

/* Every keyword in it is negated or in a frame. */
static bool is_only_covered(const struct verdict_reader *reader)
{
	bool covered = false;

	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		covered |= match->pattern->kind == RULES_NEGATION ||
			   match->pattern->kind == RULES_FRAME;
		if (match->pattern->kind == RULES_FOOTER)
			return false;
	}
	return covered && !loose_keyword(reader) && !is_unclear_negation(reader);
}

void verdict_read(struct verdict_reader *reader, struct span text, unsigned context,
		  struct verdict_answer *answer)
{
	*answer = (struct verdict_answer){
		.rule = 10, .language = "", .pattern = "", .variant = "plain"};
	reader->answer = answer;
	reader->context = context;
	normal_read(&reader->normal, text);
	look_up(reader);
	find_matches(reader);
	mark_words(reader);
	if (rule_keyword(reader) || rule_phrase(reader) || rule_family(reader))
		return;
	if (is_only_covered(reader) && !rule_help(reader)) {
		decide(reader, VERDICT_NONE, 3, NULL);
		return;
	}
	if (answer->rule != 10 || rule_slip(reader) || rule_help(reader) || rule_opt_in(reader) ||
	    rule_unclear(reader))
		return;
	answer->variant = "plain";
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_NONE] = "NONE",	   [VERDICT_OPT_OUT] = "OPT_OUT",
		[VERDICT_OPT_IN] = "OPT_IN",	   [VERDICT_HELP] = "HELP",
		[VERDICT_AMBIGUOUS] = "AMBIGUOUS",
	};

	return names[verdict];
}
