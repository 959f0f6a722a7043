#ifndef BINDERY_SMPP_UTF_CLUSTER_H
#define BINDERY_SMPP_UTF_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a reader takes for one character: a letter with its marks and vowel signs, an emoji with
 * its skin tone or joined of several, a flag. It is close to the extended grapheme clusters of
 * Unicode UAX #29, without its tables of pictographs and Hangul syllables: whatever follows a
 * joiner (U+200D) is joined.
 */

/* Where a text was read to. All zero at its beginning. */
struct utf_cluster {
	uint32_t last; /* code point, 0 for none */
	bool half;     /* it is the first half of a flag */
};

/* Whether the next code point of the text belongs to the cluster of the one before. */
bool utf_cluster_joins(struct utf_cluster *cluster, uint32_t point);

#endif
