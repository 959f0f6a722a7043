#include "router/compliance/keyword.h"

#include "smpp/utf8.h"

#include <string.h>

struct entry {
	const char *word; /* folded: lower case, no accents, one blank between words */
	const char *rule;
	enum keyword_verdict verdict;
	bool only_opted_out;
};

static const struct entry entries[] = {
	{"stop", "1", KEYWORD_OPT_OUT, false},	   {"stopall", "1", KEYWORD_OPT_OUT, false},
	{"stop all", "1", KEYWORD_OPT_OUT, false}, {"quit", "1", KEYWORD_OPT_OUT, false},
	{"end", "1", KEYWORD_OPT_OUT, false},	   {"revoke", "1", KEYWORD_OPT_OUT, false},
	{"optout", "1", KEYWORD_OPT_OUT, false},   {"opt out", "1", KEYWORD_OPT_OUT, false},
	{"cancel", "1", KEYWORD_OPT_OUT, false},   {"unsubscribe", "1", KEYWORD_OPT_OUT, false},
	{"arret", "1", KEYWORD_OPT_OUT, false},	   {"alto", "1", KEYWORD_OPT_OUT, false},
	{"parar", "1", KEYWORD_OPT_OUT, false},	   {"baja", "1", KEYWORD_OPT_OUT, false},
	{"cancelar", "1", KEYWORD_OPT_OUT, false}, {"sair", "1", KEYWORD_OPT_OUT, false},
	{"stopp", "1", KEYWORD_OPT_OUT, false},	   {"abmelden", "1", KEYWORD_OPT_OUT, false},
	{"help", "7", KEYWORD_HELP, false},	   {"info", "7", KEYWORD_HELP, false},
	{"aide", "7", KEYWORD_HELP, false},	   {"ayuda", "7", KEYWORD_HELP, false},
	{"start", "8", KEYWORD_OPT_IN, false},	   {"unstop", "8", KEYWORD_OPT_IN, false},
	{"yes", "8", KEYWORD_OPT_IN, true},
};

/* The base letters of U+00C0..U+017F in lower case, where they have one; a blank where not. */
static const char base_letters[] = "aaaaaaaceeeeiiii"
				   "dnooooo ouuuuy s"
				   "aaaaaaaceeeeiiii"
				   "dnooooo ouuuuy y"
				   "aaaaaaccccccccdd"
				   "ddeeeeeeeeeegggg"
				   "gggghhhhiiiiiiii"
				   "iiiijjkkklllllll"
				   "lllnnnnnnnnnoooo"
				   "oooorrrrrrssssss"
				   "ssttttttuuuuuuuu"
				   "uuuuwwyyyzzzzzzs";

enum fold {
	FOLD_LETTER,
	FOLD_GAP,    /* ends a word */
	FOLD_DROP,   /* is not there */
	FOLD_FOREIGN /* no keyword has it */
};

static enum fold fold_ascii(uint32_t point, char *letter)
{
	if (point >= 'A' && point <= 'Z')
		point += 'a' - 'A';
	*letter = (char)point;
	if ((point >= 'a' && point <= 'z') || (point >= '0' && point <= '9'))
		return FOLD_LETTER;
	return point == '\'' ? FOLD_DROP : FOLD_GAP;
}

/* What a reader does not see, or does not read as the end of a word. */
static bool is_unseen(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00AD, 0x00AD}, /* soft hyphen */
		{0x02BC, 0x02BC}, /* apostrophe */
		{0x0300, 0x036F}, /* combining marks */
		{0x200B, 0x200F}, /* zero width, directions */
		{0x2018, 0x2019}, /* apostrophes */
		{0x202A, 0x202E}, /* directions */
		{0x2060, 0x206F}, /* joiners, directions */
		{0xFE00, 0xFE0F}, /* variation selectors */
		{0xFEFF, 0xFEFF}, /* zero width */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	}
	return false;
}

static enum fold fold_point(uint32_t point, char *letter)
{
	if (point >= 0xFF01 && point <= 0xFF5E) /* full-width forms of ASCII */
		point -= 0xFF01 - 0x21;
	if (point < 0x80)
		return fold_ascii(point, letter);
	if (point >= 0xC0 && point <= 0x17F) {
		*letter = base_letters[point - 0xC0];
		if (point == 0xD7 || point == 0xF7)
			return FOLD_GAP; /* multiplication, division */
		return *letter == ' ' ? FOLD_FOREIGN : FOLD_LETTER;
	}
	if (is_unseen(point))
		return FOLD_DROP;
	if (point < 0xC0 || (point >= 0x2000 && point <= 0x206F) || point == 0x3000 ||
	    (point >= 0x3001 && point <= 0x303F))
		return FOLD_GAP; /* Latin-1 signs, general and CJK punctuation and blanks */
	return FOLD_FOREIGN;
}

/* Words of folded letters with one blank between, however much else stands around them. false where
 * the text cannot be a keyword. */
static bool fold_text(struct span text, char out[KEYWORD_TEXT_MAX])
{
	size_t length = 0, offset = 0;
	bool gap = false;

	while (offset < text.length) {
		char letter;
		enum fold fold = fold_point(utf8_next(text, &offset), &letter);
		if (fold == FOLD_FOREIGN)
			return false;
		if (fold == FOLD_GAP)
			gap = true;
		if (fold != FOLD_LETTER)
			continue;
		if (length + 2 >= KEYWORD_TEXT_MAX)
			return false;
		if (gap && length)
			out[length++] = ' ';
		gap = false;
		out[length++] = letter;
	}
	out[length] = '\0';
	return length > 0;
}

void keyword_classify(struct span text, bool opted_out, struct keyword_result *result)
{
	char folded[KEYWORD_TEXT_MAX];

	*result = (struct keyword_result){KEYWORD_NONE, "10", ""};
	if (!fold_text(text, folded))
		return;
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		const struct entry *entry = &entries[i];
		if (strcmp(entry->word, folded) != 0 || (entry->only_opted_out && !opted_out))
			continue;
		*result = (struct keyword_result){entry->verdict, entry->rule, entry->word};
		return;
	}
}

const char *keyword_verdict_name(enum keyword_verdict verdict)
{
	static const char *const names[] = {
		[KEYWORD_NONE] = "NONE",
		[KEYWORD_OPT_OUT] = "OPT_OUT",
		[KEYWORD_OPT_IN] = "OPT_IN",
		[KEYWORD_HELP] = "HELP",
	};

	return names[verdict];
}
