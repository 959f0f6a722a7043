#include "router/compliance/verdict.h"

#include "config/memory.h"
#include "router/compliance/verdict_internal.h"

#include <stdlib.h>
#include <string.h>

#define GLUED_MIN 4 /* letters of a keyword that may be written with gaps ("un subscribe") */
#define GLUED_MAX 4 /* words that such a text has */

struct verdict_reader *verdict_reader_create(const struct rules *rules)
{
	struct verdict_reader *reader = memory_array(1, sizeof(*reader));

	reader->rules = rules;
	reader->ends = memory_array(rules->language_count, sizeof(*reader->ends));
	verdict_find_slips(reader);
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
	free(reader->ends);
	free(reader->slips);
	free(reader);
}

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

/* Something for a person, whatever else is negated or framed ("you never stop texting me", "if this
 * doesn't stop I call my lawyer"). */
static bool is_unclear(const struct verdict_reader *reader)
{
	for (size_t i = 0; i < reader->match_count; i++) {
		if (reader->matches[i].pattern->kind == RULES_UNCLEAR)
			return true;
	}
	return false;
}

/* The whole message is of that kind: as it stands, without its signature, without courtesy. */
static const struct match *whole_message(struct verdict_reader *reader, enum rules_kind kind)
{
	size_t from = 0, to = reader->normal.count;
	const struct match *match = verdict_repeated(reader, kind, from, to);

	reader->answer->variant = "plain";
	if (match)
		return match;
	reader->answer->variant = "signature";
	to = reader->signature;
	match = verdict_repeated(reader, kind, from, to);
	if (match)
		return match;
	reader->answer->variant = "courtesy";
	verdict_strip(reader, MARK_POLITE, &from, &to);
	match = from < to ? verdict_repeated(reader, kind, from, to) : NULL;
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

/* Gaps within a keyword: words stand one behind the other in the letters. */
static bool is_glued(struct verdict_reader *reader, size_t from, size_t to)
{
	const struct normal *normal = &reader->normal;

	if (from + 2 > to || from + GLUED_MAX < to)
		return false;
	const struct normal_word *first = &normal->words[from], *last = &normal->words[to - 1];
	size_t length = last->at + last->length - first->at;
	reader->answer->variant = "joined";
	return length >= GLUED_MIN && length < RULES_WORD_MAX &&
	       is_keyword(reader, normal->letters + first->at, length);
}

/* Letters that look alike in one word, or gaps within a keyword. */
static bool is_disguised(struct verdict_reader *reader)
{
	const struct normal *normal = &reader->normal;
	size_t from = 0, to = reader->signature;
	char form[RULES_WORD_MAX];

	verdict_strip(reader, MARK_POLITE, &from, &to);
	if (from + 1 == to && normal->words[from].length < sizeof(form)) {
		struct span letters = normal_letters(normal, from);
		size_t length = normal_latin(letters, form);
		bool other = length != letters.length || memcmp(form, letters.at, length) != 0;
		reader->answer->variant = "look-alikes";
		if (other && is_keyword(reader, form, length))
			return true;
	}
	return is_glued(reader, from, to) || is_glued(reader, 0, normal->count);
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

static bool rule_scoped(struct verdict_reader *reader)
{
	const struct match *match = whole_message(reader, RULES_SCOPED);

	if (match)
		reader->answer->category = match->pattern->category;
	return match && decide(reader, VERDICT_OPT_OUT, 2, match);
}

/* Where the last word of texts, and of another channel, stands in the sentence of word `from`. A
 * sentence is looked through once a language: no phrase that is asked about later begins before. */
static const struct sentence_end *sentence_end(struct verdict_reader *reader, unsigned language,
					       size_t from)
{
	const struct rules_language *rules = &reader->rules->languages[language];
	struct sentence_end *end = &reader->ends[language];
	uint32_t sentence = reader->normal.words[from].sentence;

	if (end->known && end->sentence == sentence)
		return end;
	*end = (struct sentence_end){.known = true, .sentence = sentence};
	for (size_t i = from;
	     i < reader->normal.count && reader->normal.words[i].sentence == sentence; i++) {
		if (verdict_is_in(reader, i, rules->channel))
			end->channel = i + 1;
		if (verdict_is_in(reader, i, rules->text) &&
		    !(reader->words[i].marks & MARK_ELSEWHERE))
			end->text = i + 1;
	}
	return end;
}

/* A word of the phrase is negated or quoted, or all of it is within an everyday frame and it speaks
 * of no texts ("stop the mail delivery"). What says more than the frame stands ("stop the delivery
 * texts"). */
static bool is_void(const struct verdict_reader *reader, const struct match *phrase)
{
	uint16_t text = reader->rules->languages[phrase->pattern->language].text;

	if (verdict_has_mark(reader, phrase, MARK_VOID))
		return true;
	if (reader->words[phrase->from].framed < phrase->to)
		return false;
	for (size_t i = phrase->from; i < phrase->to; i++) {
		if (verdict_is_in(reader, i, text))
			return false;
	}
	return true;
}

/* A phrase that asks for no more. Where only calls, mails and the like are meant a person decides.
 */
static bool rule_phrase(struct verdict_reader *reader)
{
	const struct match *other_channel = NULL;

	for (size_t i = 0; i < reader->rules->language_count; i++)
		reader->ends[i].known = false;
	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		if (match->pattern->kind != RULES_PHRASE || is_void(reader, match))
			continue;
		const struct sentence_end *end =
			sentence_end(reader, match->pattern->language, match->from);
		if (end->text > match->from || end->channel <= match->from)
			return decide(reader, VERDICT_OPT_OUT, 4, match);
		other_channel = other_channel ? other_channel : match;
	}
	return other_channel && decide(reader, VERDICT_AMBIGUOUS, 4, other_channel);
}

static const struct match *family_at(const struct verdict_reader *reader, size_t i)
{
	const struct match *match = NULL;

	while ((match = verdict_next_at(reader, i, match))) {
		if (match->pattern->kind == RULES_FAMILY &&
		    !verdict_has_mark(reader, match, MARK_COVERED))
			return match;
	}
	return NULL;
}

/* The first word, or all of a clause, but for courtesy and requests. */
static bool rule_family(struct verdict_reader *reader)
{
	const struct normal *normal = &reader->normal;
	size_t first = 0, end = normal->count;

	verdict_strip(reader, MARK_POLITE, &first, &end);
	const struct match *match = first < end ? family_at(reader, first) : NULL;
	if (match)
		return decide(reader, VERDICT_OPT_OUT, 5, match);
	for (size_t from = 0, to; from < normal->count; from = to) {
		for (to = from;
		     to < normal->count && normal->words[to].clause == normal->words[from].clause;)
			to++;
		size_t begin = from, last = to;
		verdict_strip(reader, MARK_POLITE | MARK_REQUEST, &begin, &last);
		match = begin < last ? verdict_repeated(reader, RULES_FAMILY, begin, last) : NULL;
		if (match && !verdict_has_mark(reader, match, MARK_COVERED))
			return decide(reader, VERDICT_OPT_OUT, 5, match);
	}
	return false;
}

/* Of a message of one word, but for courtesy. */
static bool rule_slip(struct verdict_reader *reader)
{
	size_t from = 0, to = reader->signature;

	verdict_strip(reader, MARK_POLITE, &from, &to);
	if (from + 1 != to || reader->words[from].number != RULES_NO_WORD)
		return false;
	struct span letters = normal_letters(&reader->normal, from);
	return verdict_slip_of(reader, letters, VERDICT_SLIP_ALONE) != RULES_NO_WORD &&
	       decide(reader, VERDICT_OPT_OUT, 6, NULL);
}

static bool rule_help(struct verdict_reader *reader)
{
	const struct match *match = whole_message(reader, RULES_HELP);

	return match && decide(reader, VERDICT_HELP, 7, match);
}

/* A refusal answers something of ours: a question, or whatever an agent wrote; but never what was
 * advertised. */
static bool in_dialogue(unsigned context)
{
	return !(context & VERDICT_MARKETING) && (context & (VERDICT_QUESTION | VERDICT_AGENT));
}

static bool yes_is_opt_in(unsigned context)
{
	return (context & VERDICT_OPTED_OUT) && !(context & VERDICT_QUESTION);
}

/* A sign that says stop, parts that are missing, letters with gaps between. */
static bool is_inexact(const struct normal *normal)
{
	return normal->sign || normal->gap || normal->joined;
}

/* Exact alone: no letters collapsed or joined, nothing stripped, nothing missing. */
static bool rule_opt_in(struct verdict_reader *reader)
{
	const struct match *match = verdict_whole(reader, RULES_OPT_IN, 0, reader->normal.count);

	if (is_inexact(&reader->normal))
		return false;
	for (size_t i = 0; i < reader->normal.count; i++) {
		if (reader->words[i].number == RULES_NO_WORD)
			return false;
	}
	if (!match && yes_is_opt_in(reader->context))
		match = verdict_whole(reader, RULES_OPT_IN_OPTED_OUT, 0, reader->normal.count);
	return match && decide(reader, VERDICT_OPT_IN, 8, match);
}

/* A keyword among other words, neither negated nor framed. */
static const struct match *loose_keyword(const struct verdict_reader *reader)
{
	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		if (match->pattern->kind == RULES_OPT_OUT &&
		    !verdict_has_mark(reader, match, MARK_COVERED))
			return match;
	}
	return NULL;
}

/* A sign that says stop, alone, with courtesy, or with a word of texts. */
static bool is_signed_off(const struct verdict_reader *reader)
{
	size_t from = 0, to = reader->normal.count;

	if (!reader->normal.sign)
		return false;
	verdict_strip(reader, MARK_POLITE, &from, &to);
	for (size_t i = from; i < to; i++) {
		for (size_t j = 0; j < reader->rules->language_count; j++) {
			if (verdict_is_in(reader, i, reader->rules->languages[j].text))
				return true;
		}
	}
	return from == to;
}

static bool rule_unclear(struct verdict_reader *reader)
{
	bool asked = in_dialogue(reader->context);
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
	if (!match && is_inexact(&reader->normal) && yes_is_opt_in(reader->context))
		match = whole_message(reader, RULES_OPT_IN_OPTED_OUT);
	if (match)
		return decide(reader, VERDICT_AMBIGUOUS, 9, match);
	return is_signed_off(reader) && decide(reader, VERDICT_AMBIGUOUS, 9, NULL);
}

/* Every keyword in it is negated or in a frame. */
static bool is_only_covered(const struct verdict_reader *reader)
{
	bool covered = false;

	for (size_t i = 0; i < reader->match_count; i++) {
		const struct match *match = &reader->matches[i];
		covered |= verdict_is_cover(match->pattern->kind);
		if (match->pattern->kind == RULES_FOOTER)
			return false;
	}
	return covered && !loose_keyword(reader) && !is_unclear(reader);
}

/* What was matched, as the reader's context has it. */
static void judge(struct verdict_reader *reader, struct verdict_answer *answer)
{
	*answer = (struct verdict_answer){
		.rule = 10, .language = "", .pattern = "", .variant = "plain"};
	reader->answer = answer;
	if (rule_keyword(reader) || rule_scoped(reader) || rule_phrase(reader) ||
	    rule_family(reader))
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

void verdict_read(struct verdict_reader *reader, struct span text, unsigned context,
		  struct verdict_answer *answer)
{
	reader->context = context;
	verdict_match(reader, text);
	judge(reader, answer);
}

void verdict_read_all(struct verdict_reader *reader, struct span text,
		      struct verdict_answer answers[VERDICT_CONTEXTS])
{
	bool known[4] = {false};
	unsigned first[4];

	verdict_match(reader, text);
	for (unsigned context = 0; context < VERDICT_CONTEXTS; context++) {
		/* No other part of the context is looked at. */
		unsigned kind =
			(in_dialogue(context) ? 1u : 0u) | (yes_is_opt_in(context) ? 2u : 0u);
		reader->context = context;
		if (known[kind])
			answers[context] = answers[first[kind]];
		else
			judge(reader, &answers[context]);
		first[kind] = known[kind] ? first[kind] : context;
		known[kind] = true;
	}
}

bool verdict_asks(struct span text)
{
	static const char *const marks[] = {"?", "\xEF\xBC\x9F", "\xD8\x9F", "\xCD\xBE"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (text.length && memmem(text.at, text.length, marks[i], strlen(marks[i])))
			return true;
	}
	return false;
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

static const char *const context_names[VERDICT_CONTEXT_KINDS] = {"marketing", "question", "agent",
								 "opted-out"};

const char *verdict_context_name(unsigned kind)
{
	return context_names[kind];
}

unsigned verdict_context(const char *name)
{
	for (unsigned i = 0; i < VERDICT_CONTEXT_KINDS; i++) {
		if (strcmp(context_names[i], name) == 0)
			return 1u << i;
	}
	return 0;
}
