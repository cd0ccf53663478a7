/* interval: how sure a share is, see interval.h. */
#include "domain/interval.h"

#include <math.h>

static const double Z = 1.959963984540054;      /* 95 % of the normal distribution lie within */

struct interval
interval_wilson(int64_t k, int64_t n)
{
        double share, middle, reach, under;

        if (n <= 0)
                return (struct interval){ 0, 0, 1 };
        share = (double)k / (double)n;
        under = 1 + Z * Z / (double)n;
        middle = (share + Z * Z / (2 * (double)n)) / under;
        reach = Z * sqrt(share * (1 - share) / (double)n + Z * Z / (4 * (double)n * (double)n)) / under;
        return (struct interval){ share, fmax(middle - reach, 0), fmin(middle + reach, 1) };
}

struct interval
interval_difference(int64_t k1, int64_t n1, int64_t k2, int64_t n2)
{
        struct interval one = interval_wilson(k1, n1), two = interval_wilson(k2, n2);
        double seen = two.share - one.share;

        if (n1 <= 0 || n2 <= 0)
                return (struct interval){ 0, -1, 1 };
        return (struct interval){ seen, seen - sqrt(pow(two.share - two.low, 2) + pow(one.high - one.share, 2)),
                                  seen + sqrt(pow(two.high - two.share, 2) + pow(one.share - one.low, 2)) };
}
