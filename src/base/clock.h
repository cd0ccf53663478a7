/* clock: the product's time and the real one.
 *
 * The product's time is app_now() in the database; in development it can be set
 * ahead (latchkeyctl clock advance).  A program learns how far ahead it is with
 * each unit of work (clock_set_ahead), so C and SQL agree.  Signatures, TOTP,
 * TLS, limiters and time-outs use the real clock. */
#ifndef LATCHKEY_BASE_CLOCK_H
#define LATCHKEY_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t instant;
#define CLOCK_SECOND ((instant)1000000)

instant clock_real(void);          /* the machine's clock */
instant clock_product(void);       /* the same plus what the product is ahead */
void clock_set_ahead(instant ahead);

/* Milliseconds of a monotonic clock, for durations. */
int64_t clock_monotonic_ms(void);

#endif
