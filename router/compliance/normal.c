#include "router/compliance/normal.h"

#include "config/memory.h"
#include "smpp/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define DECOMPOSED_MAX 32 /* points that one can become */
#define JOINED_MIN 3	  /* single letters in a row that make a word */

/* What is being written. */
struct reading {
	struct normal *normal;
	uint32_t sentence, clause;
	uint32_t from, to; /* of the point under way */
	bool in_word;
};

void normal_init(struct normal *normal)
{
	memset(normal, 0, sizeof(*normal));
}

void normal_finish(struct normal *normal)
{
	free(normal->words);
	free(normal->letters);
	normal_init(normal);
}

static void put_octet(struct normal *normal, char octet)
{
	if (normal->length == normal->letters_capacity) {
		normal->letters_capacity = normal->letters_capacity * 2 + 256;
		normal->letters = memory_resize(normal->letters, normal->letters_capacity, 1);
	}
	normal->letters[normal->length++] = octet;
}

static void begin_word(struct reading *reading)
{
	struct normal *normal = reading->normal;

	if (normal->count == normal->capacity) {
		normal->capacity = normal->capacity * 2 + 64;
		normal->words =
			memory_resize(normal->words, normal->capacity, sizeof(*normal->words));
	}
	normal->words[normal->count++] = (struct normal_word){
		.at = (uint32_t)normal->length,
		.from = reading->from,
		.sentence = reading->sentence,
		.clause = reading->clause,
	};
	reading->in_word = true;
}

static void put_letter(struct reading *reading, uint32_t point)
{
	struct normal *normal = reading->normal;
	uint8_t octets[UTF8_OCTETS_MAX];
	size_t length = utf8_put(point, octets);

	if (!reading->in_word)
		begin_word(reading);
	for (size_t i = 0; i < length; i++)
		put_octet(normal, (char)octets[i]);
	struct normal_word *word = &normal->words[normal->count - 1];
	word->length = (uint32_t)(normal->length - word->at);
	word->to = reading->to;
}

static bool is_apostrophe(uint32_t point)
{
	switch (point) {
	case '\'':
	case '`':
	case 0x00B4:
	case 0x02BC:
	case 0x2018:
	case 0x2019:
	case 0x201B:
	case 0x2032:
		return true;
	default:
		return false;
	}
}

/* The end of a sentence, or of a clause within it. */
static void put_gap(struct reading *reading, uint32_t point)
{
	bool apart = !reading->in_word;

	reading->in_word = false;
	switch (point) {
	case '.':
	case '!':
	case '?':
	case '\n':
	case '\r':
	case 0x00A1: /* ¡ */
	case 0x00BF: /* ¿ */
	case 0x2026: /* … */
	case 0x2028:
	case 0x2029:
	case 0x3002: /* ideographic full stop */
		reading->sentence++;
		reading->clause++;
		break;
	case ',':
	case ';':
	case ':':
	case '(':
	case ')':
	case '/':
	case 0x2013:
	case 0x2014: /* dashes */
		reading->clause++;
		break;
	case '-':
		reading->clause += apart;
		break;
	default:
		break;
	}
}

static bool is_stop_sign(uint32_t point)
{
	switch (point) {
	case 0x26D4:  /* no entry */
	case 0x270B:  /* raised hand */
	case 0x1F4F5: /* no mobile phones */
	case 0x1F515: /* bell with a stroke */
	case 0x1F590: /* raised hand with fingers splayed */
	case 0x1F645: /* person gesturing no */
	case 0x1F6AB: /* prohibited */
	case 0x1F6D1: /* octagonal sign */
	case 0x1F91A: /* raised back of a hand */
		return true;
	default:
		return false;
	}
}

static void put_point(struct reading *reading, uint32_t point)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);

	if ((category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
	    category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL) {
		put_letter(reading, point);
	} else if (category == UTF8PROC_CATEGORY_SO) {
		reading->normal->sign |= is_stop_sign(point);
		put_gap(reading, '.');
	} else if (!is_apostrophe(point)) {
		put_gap(reading, point);
	}
}

/* Letters with a stroke have no decomposition. */
static uint32_t without_stroke(uint32_t point)
{
	switch (point) {
	case 0x00F8:
		return 'o';
	case 0x0111:
		return 'd';
	case 0x0127:
		return 'h';
	case 0x0131:
		return 'i';
	case 0x0142:
		return 'l';
	default:
		return point;
	}
}

/* Letters as white on black squares and discs have no compatibility form. */
static uint32_t without_ground(uint32_t point)
{
	if (point >= 0x1F150 && point <= 0x1F169)
		return 'a' + point - 0x1F150;
	if (point >= 0x1F170 && point <= 0x1F189)
		return 'a' + point - 0x1F170;
	return without_stroke(point);
}

static void read_point(struct reading *reading, uint32_t point)
{
	utf8proc_int32_t points[DECOMPOSED_MAX];
	int boundary = 0;
	utf8proc_ssize_t count;

	/* Before compatibility makes three dots of it, or a blank and a mark. */
	if (is_apostrophe(point))
		return;
	if (point == 0x2026 || is_stop_sign(point)) {
		reading->normal->gap |= point == 0x2026;
		put_point(reading, point);
		return;
	}
	count = utf8proc_decompose_char((utf8proc_int32_t)point, points, DECOMPOSED_MAX,
					UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
						UTF8PROC_IGNORE | UTF8PROC_STRIPMARK,
					&boundary);
	if (count < 0 || count > DECOMPOSED_MAX) {
		put_gap(reading, ' ');
		return;
	}
	for (utf8proc_ssize_t i = 0; i < count; i++)
		put_point(reading, without_ground((uint32_t)points[i]));
}

static void read_ascii(struct reading *reading, uint32_t point)
{
	if (point >= 'A' && point <= 'Z')
		point += 'a' - 'A';
	if ((point >= 'a' && point <= 'z') || (point >= '0' && point <= '9'))
		put_letter(reading, point);
	else if (!is_apostrophe(point))
		put_gap(reading, point);
}

static bool is_single(const struct normal *normal, size_t i)
{
	const struct normal_word *word = &normal->words[i];

	return word->length == 1 && (uint8_t)normal->letters[word->at] > '9';
}

/* Rows of single letters become words; they stand beside each other in `letters` already. */
static void join_singles(struct normal *normal)
{
	size_t out = 0;

	for (size_t i = 0; i < normal->count;) {
		size_t end = i;
		while (end < normal->count && is_single(normal, end))
			end++;
		struct normal_word word = normal->words[i];
		if (end - i >= JOINED_MIN) {
			word.length = (uint32_t)(end - i);
			word.to = normal->words[end - 1].to;
			normal->joined = true;
			i = end;
		} else {
			i++;
		}
		normal->words[out++] = word;
	}
	normal->count = out;
}

/* "--" where a line begins, but for the first. */
static bool is_signature(struct span text, size_t at)
{
	return at > 0 && at + 1 < text.length && text.at[at] == '-' && text.at[at + 1] == '-' &&
	       (text.at[at - 1] == '\n' || text.at[at - 1] == '\r');
}

void normal_read(struct normal *normal, struct span text)
{
	struct reading reading = {.normal = normal};
	size_t offset = 0;

	normal->count = 0;
	normal->length = 0;
	normal->sign = normal->gap = normal->joined = false;
	normal->signature = text.length;
	while (offset < text.length) {
		if (normal->signature == text.length && is_signature(text, offset))
			normal->signature = offset;
		reading.from = (uint32_t)offset;
		uint32_t point = utf8_next(text, &offset);
		reading.to = (uint32_t)offset;
		if (point < 0x80)
			read_ascii(&reading, point);
		else if (point == UTF8_MALFORMED)
			put_gap(&reading, ' ');
		else
			read_point(&reading, point);
	}
	join_singles(normal);
}

struct span normal_letters(const struct normal *normal, size_t i)
{
	const struct normal_word *word = &normal->words[i];

	return (struct span){(const uint8_t *)normal->letters + word->at, word->length};
}

size_t normal_collapse(struct span letters, char *out)
{
	size_t offset = 0, length = 0;
	uint32_t before = UTF8_MALFORMED;

	while (offset < letters.length) {
		size_t from = offset;
		uint32_t point = utf8_next(letters, &offset);
		if (point == before)
			continue;
		before = point;
		memcpy(out + length, letters.at + from, offset - from);
		length += offset - from;
	}
	return length;
}

/* The Latin letter that a folded one looks like, or 0. */
static char latin_of(uint32_t point)
{
	static const struct {
		uint16_t point;
		char letter;
	} alike[] = {
		/* Greek */
		{0x03B1, 'a'},
		{0x03B2, 'b'},
		{0x03B5, 'e'},
		{0x03B6, 'z'},
		{0x03B7, 'h'},
		{0x03B9, 'i'},
		{0x03BA, 'k'},
		{0x03BC, 'm'},
		{0x03BD, 'n'},
		{0x03BF, 'o'},
		{0x03C1, 'p'},
		{0x03C4, 't'},
		{0x03C5, 'u'},
		{0x03C7, 'x'},
		{0x03F2, 'c'},
		/* Cyrillic */
		{0x0430, 'a'},
		{0x0432, 'b'},
		{0x0435, 'e'},
		{0x043A, 'k'},
		{0x043C, 'm'},
		{0x043D, 'h'},
		{0x043E, 'o'},
		{0x0440, 'p'},
		{0x0441, 'c'},
		{0x0442, 't'},
		{0x0443, 'y'},
		{0x0445, 'x'},
		{0x0455, 's'},
		{0x0456, 'i'},
		{0x0458, 'j'},
		{0x04CF, 'l'},
		{0x0501, 'd'},
		{0x051B, 'q'},
		{0x051D, 'w'},
		{0x0261, 'g'},
		/* small capitals */
		{0x1D00, 'a'},
		{0x0299, 'b'},
		{0x1D04, 'c'},
		{0x1D05, 'd'},
		{0x1D07, 'e'},
		{0x026A, 'i'},
		{0x029F, 'l'},
		{0x1D0D, 'm'},
		{0x0274, 'n'},
		{0x1D0F, 'o'},
		{0x1D18, 'p'},
		{0x0280, 'r'},
		{0xA731, 's'},
		{0x1D1B, 't'},
		{0x1D1C, 'u'},
	};

	for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++) {
		if (alike[i].point == point)
			return alike[i].letter;
	}
	return 0;
}

static char letter_of_digit(uint32_t point)
{
	static const char letters[] = "oi?eas?t??"; /* 0, 1, 3, 4, 5 and 7 stand for letters */

	if (point < '0' || point > '9' || letters[point - '0'] == '?')
		return 0;
	return letters[point - '0'];
}

size_t normal_latin(struct span letters, char *out)
{
	size_t offset = 0, length = 0;

	while (offset < letters.length) {
		size_t from = offset;
		uint32_t point = utf8_next(letters, &offset);
		char letter = letter_of_digit(point);
		if (!letter && point >= 0x80)
			letter = latin_of(point);
		if (letter) {
			out[length++] = letter;
			continue;
		}
		memcpy(out + length, letters.at + from, offset - from);
		length += offset - from;
	}
	return length;
}
