/* follow: what comes next after a withdrawal, and by when. */
#include "view/follow.h"

#include "base/text.h"
#include "view/format.h"

/* Why a person decides. */
static const char *
because(const char *why)
{
        if (text_equal(why, "lapsed"))
                return "When you bought, you asked us to begin at once and agreed that your right "
                       "to withdraw ends with it. "
                       "What you bought was opened since, so the law gives that right no more. A "
                       "person looks at it all the same";
        if (text_equal(why, "over"))
                return "The days in which one can withdraw without a reason are over. A person "
                       "looks at it all the same";
        if (text_equal(why, "guarantee"))
                return "You are within our own refund period. A person sees to it";
        if (text_equal(why, "disputed"))
                return "Your bank has asked us for the same money, so it is with the bank now. A "
                       "person sees to it";
        if (text_equal(why, "unmatched"))
                return "A person looks for your order";
        return "A person reads it";
}

static const char *
accepted(struct pool *pool, const struct follow *f)
{
        if (f->amount_minor == 0)
                return "The contract has ended and nothing more is charged. There is nothing left "
                       "to pay back, or it is on its way already.";
        return pool_printf(pool,
                           "The contract has ended. %s goes back the way you paid, by %s at the "
                           "latest, and your access ends with it. "
                           "An email tells you when the money has left.",
                           format_money(pool, f->amount_minor, f->currency, f->locale),
                           format_exact_date(pool, f->pay_on));
}

const char *
follow_text(struct pool *pool, const struct follow *f)
{
        if (text_equal(f->status, "accepted"))
                return accepted(pool, f);
        if (text_equal(f->status, "granted"))
                return "We agreed. The money goes back the way you paid, and an email tells you "
                       "when it has left.";
        if (text_equal(f->status, "declined"))
                return "We have answered: the money does not go back.";
        if (text_equal(f->status, "with_staff"))
                return pool_printf(pool,
                                   "%s and answers by %s. Money that goes back goes the way you "
                                   "paid, by %s at the latest.",
                                   because(f->why), format_exact_date(pool, f->answer_on),
                                   format_exact_date(pool, f->pay_on));
        return pool_printf(
                pool,
                "The email says what comes next. Where a person has to look, they answer by %s. "
                "Money that goes back goes the way you paid, by %s at the latest.",
                format_exact_date(pool, f->answer_on), format_exact_date(pool, f->pay_on));
}
