#ifndef BINDERY_SMPP_GSM7_TABLES_ASIA_H
#define BINDERY_SMPP_GSM7_TABLES_ASIA_H

#include "smpp/gsm7-tables.h"
#include "smpp/gsm7.h"

/* The national language tables of South Asia, GSM7_BENGALI to GSM7_URDU in the order of their
 * identifiers; gsm7-tables.c alone hands them out. 0 is an empty place. */

#define GSM7_TABLES_ASIA_FIRST GSM7_BENGALI
#define GSM7_TABLES_ASIA_COUNT (GSM7_URDU - GSM7_BENGALI + 1)

extern const uint16_t gsm7_tables_asia_locking[GSM7_TABLES_ASIA_COUNT][GSM7_TABLES_SIZE];
extern const uint16_t gsm7_tables_asia_single[GSM7_TABLES_ASIA_COUNT][GSM7_TABLES_SIZE];

#endif
