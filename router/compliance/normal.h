#ifndef BINDERY_ROUTER_COMPLIANCE_NORMAL_H
#define BINDERY_ROUTER_COMPLIANCE_NORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * A customer's text as words to compare: compatibility forms unified (NFKC), capitals folded, marks
 * (accents), zero-width, bidirectional and other unseen characters dropped, apostrophes deleted,
 * all other punctuation a gap, a row of three or more single letters joined ("s t o p", "s.t.o.p").
 * The text itself is not touched; each word says where in it it stands. The only user of utf8proc.
 */

struct normal_word {
	uint32_t at, length; /* in normal.letters, UTF-8, without a NUL */
	uint32_t from, to;   /* octets of the text that it was made of */
	uint32_t sentence;   /* counts on at . ! ? … a line's end and a picture */
	uint32_t clause;     /* counts on at , ; : ( ) / too, and at a dash between blanks */
};

struct normal {
	struct normal_word *words;
	size_t count, capacity;
	char *letters;
	size_t length, letters_capacity;
	size_t signature; /* the octet where a line that begins with two dashes signs, or the end */
	bool sign;	  /* a hand or a sign that says stop is among its pictures */
	bool gap;	  /* it has an ellipsis, as where parts of a message are missing */
	bool joined;	  /* single letters in it were */
};

void normal_init(struct normal *normal);
void normal_finish(struct normal *normal);

/* Reads `text` (UTF-8; octets that are none are gaps), up to UINT32_MAX octets. What stood in
 * `normal` before is gone; its memory is used again. */
void normal_read(struct normal *normal, struct span text);

/* The letters of word `i`, not terminated. */
struct span normal_letters(const struct normal *normal, size_t i);

/* Copies letters with every run of one letter as one ("stoppp", "stopp" are "stop"). Returns the
 * number of octets, at most letters.length. */
size_t normal_collapse(struct span letters, char *out);

/* Copies letters with Cyrillic, Greek and small-capital look-alikes as the Latin letters that they
 * look like, and digits as the letters that they stand for in a word with letters. Returns the
 * number of octets, at most letters.length. */
size_t normal_latin(struct span letters, char *out);

#endif
