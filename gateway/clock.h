#ifndef BINDERY_GATEWAY_CLOCK_H
#define BINDERY_GATEWAY_CLOCK_H

#include <stdint.h>

/* The room's only way to the time and to chance; everything pure gets them as arguments. */

uint64_t clock_ms(void);      /* monotonic, for timers */
uint64_t clock_unix_ms(void); /* since 1970, for records */
uint64_t clock_unix_us(void); /* the same, for captures */
uint32_t clock_random(void);  /* to spread retries; not for secrets */

#endif
