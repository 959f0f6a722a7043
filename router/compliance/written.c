#include "router/compliance/written.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DIGITS_MAX 32
#define LEAST 7
#define MOST 15
#define NATIONAL 10 /* as few digits may be a number without its country */

/* What stands in a number, read off the front of a text. */
enum sign {
	SIGN_DIGIT,
	SIGN_PLUS,
	SIGN_FILLER,
	SIGN_OTHER,
};

/* Fillers beyond ASCII, in UTF-8: no-break blank, soft hyphen, blanks and dashes of U+2000..U+2064,
 * minus, ideographic blank, byte order mark, full-width ( ) - . */
static bool is_wide_filler(uint32_t point)
{
	return point == 0xA0 || point == 0xAD || (point >= 0x2000 && point <= 0x2064) ||
	       point == 0x2212 || point == 0x3000 || point == 0xFEFF || point == 0xFF08 ||
	       point == 0xFF09 || point == 0xFF0D || point == 0xFF0E;
}

/* One character of two or three octets; 0 for what is none. */
static uint32_t wide(struct span text, size_t *length)
{
	const uint8_t *at = text.at;

	if (text.length >= 2 && (at[0] & 0xE0) == 0xC0 && (at[1] & 0xC0) == 0x80) {
		*length = 2;
		return (uint32_t)(at[0] & 0x1F) << 6 | (uint32_t)(at[1] & 0x3F);
	}
	if (text.length >= 3 && (at[0] & 0xF0) == 0xE0 && (at[1] & 0xC0) == 0x80 &&
	    (at[2] & 0xC0) == 0x80) {
		*length = 3;
		return (uint32_t)(at[0] & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 |
		       (uint32_t)(at[2] & 0x3F);
	}
	*length = 1;
	return 0;
}

static enum sign next_sign(struct span text, size_t *length, char *digit)
{
	uint8_t first = text.at[0];

	*length = 1;
	if (first >= '0' && first <= '9') {
		*digit = (char)first;
		return SIGN_DIGIT;
	}
	if (first == '+')
		return SIGN_PLUS;
	if (first < 0x80)
		return first && strchr(" \t-.()/'\"", first) ? SIGN_FILLER : SIGN_OTHER;
	uint32_t point = wide(text, length);
	if (point >= 0xFF10 && point <= 0xFF19) {
		*digit = (char)('0' + (point - 0xFF10));
		return SIGN_DIGIT;
	}
	if (point == 0xFF0B)
		return SIGN_PLUS;
	return is_wide_filler(point) ? SIGN_FILLER : SIGN_OTHER;
}

/* The digits, with `(0)` behind a country left out. */
struct digits {
	char at[DIGITS_MAX + 1];
	size_t count;
	bool plus;
};

static bool begins(struct span text, const char *with)
{
	return text.length >= strlen(with) && memcmp(text.at, with, strlen(with)) == 0;
}

static enum written collect(struct span text, struct digits *digits)
{
	size_t length;
	char digit = '0';

	for (; text.length; text.at += length, text.length -= length) {
		if (digits->plus && digits->count && begins(text, "(0)")) {
			length = 3;
			continue;
		}
		switch (next_sign(text, &length, &digit)) {
		case SIGN_DIGIT:
			if (digits->count == DIGITS_MAX)
				return WRITTEN_LENGTH;
			digits->at[digits->count++] = digit;
			break;
		case SIGN_PLUS:
			if (digits->plus || digits->count)
				return WRITTEN_NO_NUMBER;
			digits->plus = true;
			break;
		case SIGN_FILLER:
			break;
		case SIGN_OTHER:
			return WRITTEN_NO_NUMBER;
		}
	}
	digits->at[digits->count] = '\0';
	if (digits->count)
		return WRITTEN_OK;
	return digits->plus ? WRITTEN_NO_NUMBER : WRITTEN_EMPTY;
}

static enum written write_out(const char *country, const char *digits, char out[WRITTEN_MAX])
{
	size_t before = strlen(country), behind = strlen(digits);

	if (before + behind < LEAST || before + behind > MOST ||
	    (before ? *country : *digits) == '0')
		return WRITTEN_LENGTH;
	out[0] = '+';
	memcpy(out + 1, country, before + 1);
	memcpy(out + 1 + before, digits, behind + 1);
	return WRITTEN_OK;
}

/* How many digits a country's own numbers have, without what is dialled in front of them. */
struct plan {
	const char *country;
	size_t least, most;
};

/* Those that are not like most: E.164's national plans (ITU-T E.129). */
static const struct plan plans[] = {
	{"1", 10, 10},	{"7", 10, 10},	{"33", 9, 9},	{"34", 9, 9},	{"39", 0, 11},
	{"43", 0, 13},	{"44", 9, 10},	{"45", 8, 8},	{"47", 8, 8},	{"48", 9, 9},
	{"49", 0, 11},	{"55", 10, 11}, {"62", 0, 12},	{"65", 8, 8},	{"86", 11, 11},
	{"91", 10, 10}, {"234", 0, 10}, {"358", 0, 12}, {"880", 0, 10},
};

static struct plan plan_of(const char *country)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++) {
		if (strcmp(plans[i].country, country) == 0)
			return plans[i];
	}
	return (struct plan){country, 0, strlen(country) == 3 ? 9 : 10};
}

static bool fits(const struct plan *plan, size_t count)
{
	return count >= plan->least && count <= plan->most;
}

/* One that nothing leads. Numbers may begin with the digits of their own country without being
 * written with it (91 in India, 55 in Brazil), so only a length that fits one way alone will do. */
static enum written write_bare(const char *country, const char *digits, char out[WRITTEN_MAX])
{
	struct plan plan = plan_of(country);
	size_t before = strlen(country), count = strlen(digits);
	bool national = fits(&plan, count);
	bool whole = strncmp(digits, country, before) == 0 && count >= before + LEAST &&
		     fits(&plan, count - before);

	if (national == whole)
		return WRITTEN_UNCLEAR;
	return write_out(national ? country : "", digits, out);
}

static enum written write_national(const char *country, const char *digits, char out[WRITTEN_MAX])
{
	struct plan plan = plan_of(country);

	return fits(&plan, strlen(digits)) ? write_out(country, digits, out) : WRITTEN_UNCLEAR;
}

bool written_is_country(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 3 && *text != '0' && strspn(text, "0123456789") == length;
}

enum written written_number(struct span text, const char *country, char out[WRITTEN_MAX])
{
	struct digits digits = {0};

	if (begins(text, "tel:")) {
		text.at += 4;
		text.length -= 4;
	}
	enum written verdict = collect(text, &digits);
	if (verdict != WRITTEN_OK)
		return verdict;
	const char *at = digits.at;
	if (digits.plus)
		return write_out("", at, out);
	if (strncmp(at, "00", 2) == 0)
		return write_out("", at + 2, out);
	if (!country)
		return *at == '0' || digits.count <= NATIONAL ? WRITTEN_COUNTRY
							      : write_out("", at, out);
	if (strcmp(country, "1") == 0 && strncmp(at, "011", 3) == 0)
		return write_out("", at + 3, out);
	return *at == '0' ? write_national(country, at + 1, out) : write_bare(country, at, out);
}

const char *written_why(enum written verdict)
{
	switch (verdict) {
	case WRITTEN_EMPTY:
		return "no number";
	case WRITTEN_NO_NUMBER:
		return "not a number";
	case WRITTEN_LENGTH:
		return "an international number has 7 to 15 digits";
	case WRITTEN_COUNTRY:
		return "a national number; say of which country (--country), or write it with +";
	case WRITTEN_UNCLEAR:
		return "of no clear country by its length; write it with + and its country";
	case WRITTEN_OK:
		break;
	}
	return "";
}

#define DAY_MS 86400000u

/* `.250Z`, `Z`; false for anything else. */
static bool read_fraction(const char *text, uint64_t *ms)
{
	uint64_t scale = 100;

	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, scale /= 10)
			*ms += (uint64_t)(*text - '0') * scale;
	}
	return strcmp(text, "Z") == 0;
}

bool written_moment(const char *text, bool end, uint64_t *ms)
{
	struct tm utc = {0};
	char *behind;

	*ms = 0;
	if (!text)
		return true;
	const char *day = strptime(text, "%Y-%m-%d", &utc);
	if (day && !*day) {
		*ms = (uint64_t)timegm(&utc) * 1000 + (end ? DAY_MS : 0);
		return true;
	}
	const char *second = day ? strptime(day, "T%H:%M:%S", &utc) : NULL;
	if (second) {
		*ms = (uint64_t)timegm(&utc) * 1000;
		return read_fraction(second, ms);
	}
	*ms = strtoull(text, &behind, 10);
	return *text >= '0' && *text <= '9' && !*behind;
}
