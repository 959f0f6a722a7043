#ifndef BINDERY_SMPP_GSM7_TABLES_H
#define BINDERY_SMPP_GSM7_TABLES_H

#include <stdint.h>

#define GSM7_TABLES_SIZE 128

/* The tables of 3GPP TS 23.038 as data: the Unicode character of each septet, 0 where there is
 * none. `language` is a national language identifier (§6.2.1.2.4). */

/* The main table: §6.2.1 for 0, annex A.3 otherwise. NULL when the language has none. */
const uint16_t *gsm7_tables_locking(uint8_t language);

/* The table behind the escape: §6.2.1.1 for 0, annex A.2 otherwise. NULL when there is none. */
const uint16_t *gsm7_tables_single(uint8_t language);

#endif
