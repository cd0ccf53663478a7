/* option: see option.h. */
#include "view/option.h"

#include "base/text.h"
#include "view/format.h"

const char *
option_words(struct pool *pool, const struct option_told *told)
{
        if (text_equal(told->need, "move"))
                return pool_printf(pool, "Pay on %s instead", format_exact_date(pool, told->to_on));
        if (text_equal(told->need, "smaller"))
                return pool_printf(pool, "%zu payments of %s", told->n,
                                   format_money(pool, told->minor, told->currency, told->locale));
        if (text_equal(told->need, "skip"))
                return pool_printf(pool, "Skip %s; it comes at the end, on %s",
                                   format_exact_date(pool, told->row_on),
                                   format_exact_date(pool, told->last_on));
        if (text_equal(told->need, "pause"))
                return pool_printf(pool, "A pause of %d month%s: go on on %s", told->months,
                                   told->months > 1 ? "s" : "",
                                   format_exact_date(pool, told->first_on));
        return told->day == 31 ? "The last day of the month"
                               : pool_printf(pool, "Day %d of the month, from %s on", told->day,
                                             format_exact_date(pool, told->first_on));
}
