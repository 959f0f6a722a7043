#ifndef BINDERY_SMPP_SEGMENT_INTERNAL_H
#define BINDERY_SMPP_SEGMENT_INTERNAL_H

#include "smpp/segment.h"

/* What segment.c and segment_cut.c share. */

#define SEGMENT_CHARACTER_OCTETS 6 /* three escape pairs; a surrogate pair is shorter */

/* One way to code the text. */
struct segment_candidate {
	enum coding coding;
	uint8_t data_coding;
	struct gsm7_shift shift;
	bool fold; /* characters that the coding lacks may be folded */
};

/* One character of the text in a coding: never parted, whatever it became. */
struct segment_character {
	uint8_t octets[SEGMENT_CHARACTER_OCTETS]; /* septets are unpacked */
	uint8_t length;
	uint8_t units; /* 0: the coding cannot carry it */
	bool folded;
};

void segment_character(const struct segment_candidate *candidate, uint32_t point,
		       struct segment_character *character);

/* Cuts the text into segments of `plan->units_each`, each as full as it gets. Returns 0; -EILSEQ
 * for malformed text; -E2BIG past `segments_max`; -ENOENT for a character that the coding lacks,
 * which `plan` names. */
__attribute__((warn_unused_result)) int segment_cut(struct span text,
						    const struct segment_candidate *candidate,
						    unsigned segments_max,
						    struct segment_plan *plan);

/* Moves the cuts that segment_cut() made inside a grapheme cluster to its beginning, each as far
 * as the number of segments stays what it is. A cluster longer than a segment is cut. */
void segment_cut_at_clusters(struct span text, const struct segment_candidate *candidate,
			     struct segment_plan *plan);

#endif
