/* clock: the product's time and the real one, see clock.h. */
#include "base/clock.h"

#include <time.h>

static instant product_ahead;

instant
clock_real(void)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (instant)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

instant
clock_product(void)
{
        return clock_real() + product_ahead;
}

void
clock_set_ahead(instant ahead)
{
        product_ahead = ahead;
}

int64_t
clock_monotonic_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
