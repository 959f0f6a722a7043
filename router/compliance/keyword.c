#include "router/compliance/keyword.h"

#include "smpp/utf8.h"

#include <string.h>

struct entry {
	const char *word; /* folded: lower case, no accents, one blank between words */
	enum keyword_verdict verdict;
	const char *rule;
	bool only_opted_out;
};

static const struct entry entries[] = {
	{"stop", KEYWORD_OPT_OUT, "1", false},	   {"stopall", KEYWORD_OPT_OUT, "1", false},
	{"stop all", KEYWORD_OPT_OUT, "1", false}, {"quit", KEYWORD_OPT_OUT, "1", false},
	{"end", KEYWORD_OPT_OUT, "1", false},	   {"revoke", KEYWORD_OPT_OUT, "1", false},
	{"optout", KEYWORD_OPT_OUT, "1", false},   {"opt out", KEYWORD_OPT_OUT, "1", false},
	{"cancel", KEYWORD_OPT_OUT, "1", false},   {"unsubscribe", KEYWORD_OPT_OUT, "1", false},
	{"arret", KEYWORD_OPT_OUT, "1", false},	   {"alto", KEYWORD_OPT_OUT, "1", false},
	{"parar", KEYWORD_OPT_OUT, "1", false},	   {"baja", KEYWORD_OPT_OUT, "1", false},
	{"cancelar", KEYWORD_OPT_OUT, "1", false}, {"sair", KEYWORD_OPT_OUT, "1", false},
	{"stopp", KEYWORD_OPT_OUT, "1", false},	   {"abmelden", KEYWORD_OPT_OUT, "1", false},
	{"help", KEYWORD_HELP, "7", false},	   {"info", KEYWORD_HELP, "7", false},
	{"aide", KEYWORD_HELP, "7", false},	   {"ayuda", KEYWORD_HELP, "7", false},
	{"start", KEYWORD_OPT_IN, "8", false},	   {"unstop", KEYWORD_OPT_IN, "8", false},
	{"yes", KEYWORD_OPT_IN, "8", true},
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

static enum fold fold_point(uint32_t point, char *letter)
{
	if (point >= 0xFF01 && point <= 0xFF5E) /* full-width forms of ASCII */
		point -= 0xFF01 - 0x21;
	if (point < 0x80)
		return fold_ascii(point, letter);
	if (point >= 0xC0 && point <= 0x17F) {
		*letter = base_letters[point - 0xC0];
		return *letter == ' ' ? FOLD_GAP : FOLD_LETTER;
	}
	if (point >= 0x300 && point <= 0x36F) /* combining marks */
		return FOLD_DROP;
	if ((point >= 0x200B && point <= 0x200F) || point == 0x2060 || point == 0xFEFF)
		return FOLD_DROP; /* zero width, directions */
	if (point == 0x2019 || point == 0x02BC)
		return FOLD_DROP; /* apostrophes */
	if (point < 0xC0 || (point >= 0x2000 && point <= 0x206F) || point == 0x3000 ||
	    (point >= 0x3001 && point <= 0x303F))
		return FOLD_GAP; /* Latin-1 signs, general and CJK punctuation and blanks */
	return FOLD_FOREIGN;
}

/* Words of folded letters with one blank between. false where the text cannot be a keyword. */
static bool fold_text(struct span text, char out[KEYWORD_TEXT_MAX])
{
	size_t length = 0, offset = 0;
	bool gap = false;

	if (text.length > (size_t)KEYWORD_TEXT_MAX * 4)
		return false;
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
