/* ahead_say: each line of a look ahead in words: what it is, and why. */
#include <glib.h>

#include "admin/ahead.h"
#include "base/text.h"
#include "view/format.h"
#include "view/method.h"
#include "view/words.h"

/* "7 days before the payment of Friday 12 December". */
static const char *
reminder_why(struct pool *pool, const struct machine_seen_row *row)
{
        const char *day = row->on_day_null ? "" : format_exact_date(pool, row->on_day);
        int days = row->days_null ? 0 : row->days;

        if (row->n > 1)
                return pool_printf(pool,
                                   "%d payments are near, told in one mail. The first is of %s.",
                                   row->n, day);
        if (days == 0)
                return pool_printf(pool, "The day of the payment itself: %s.", day);
        return pool_printf(pool, "%d day%s %s the payment of %s.", days < 0 ? -days : days,
                           days == 1 || days == -1 ? "" : "s", days < 0 ? "before" : "after", day);
}

static const char *
mail_why(struct pool *pool, const struct machine_seen_row *row)
{
        static const struct {
                const char *kind, *why;
        } whys[] = {
                {"paid", "The receipt of a payment."},
                {"promise_broken", "The day that was promised has passed without a payment."},
                {"plan_thanks", "Every payment of the plan has arrived."},
                {"case_thanks", "The morning after a failed payment was settled."},
                {"card_expiring", "The card runs out before the next charge."},
                {"access_open", "What was bought opens."},
                {"transfer_reminder",
                 "A bank transfer has not arrived, three days before the order ends."},
        };

        if (text_equal(row->code, "reminder"))
                return reminder_why(pool, row);
        if (text_equal(row->code, "payment_failed"))
                return pool_printf(pool, "The first refusal of this kind for this payment: %s.",
                                   words_of("class", row->was));
        for (size_t i = 0; i < G_N_ELEMENTS(whys); i++)
                if (text_equal(row->code, whys[i].kind))
                        return whys[i].why;
        return "It waits to be sent.";
}

static struct ahead_said
say_mail(struct pool *pool, const struct ahead_look *look, const struct machine_seen_row *row)
{
        const struct ahead_letter *letter = ahead_letter_of(look, row);
        const char *name = words_of("message_kind", row->code);

        return (struct ahead_said){
                letter != NULL ? pool_printf(pool, "Mail to %s: “%s”", row->email, letter->subject)
                               : pool_printf(pool, "Mail to %s: %s", row->email, name),
                mail_why(pool, row), ""};
}

static struct ahead_said
say_charge(struct request *req, const struct machine_seen_row *row)
{
        struct pool *pool = req->pool;
        const char *money = format_money(pool, row->amount_minor_null ? 0 : row->amount_minor,
                                         row->currency, req->config->locale);
        const char *method = method_words(pool, row->method_kind, row->brand, row->last_four);
        const char *from =
                method[0] != '\0' ? pool_printf(pool, "%s from the %s", money, method) : money;

        if (text_equal(row->code, "none"))
                return (struct ahead_said){
                        pool_printf(pool, "%s for %s cannot be charged", money, row->title),
                        "There is no saved way to pay that may be charged.", "problem"};
        if (text_equal(row->code, "paid"))
                return (struct ahead_said){
                        pool_printf(pool, "Charge of %s for %s", from, row->title), row->why,
                        "key-event"};
        return (struct ahead_said){
                pool_printf(pool, "Charge of %s for %s, which is declined", from, row->title),
                row->why, "problem"};
}

static struct ahead_said
say_access(struct pool *pool, const struct machine_seen_row *row)
{
        static const struct {
                const char *code, *why;
        } whys[] = {
                {"full", "Nothing is overdue any more, or its day has come."},
                {"permanent", "Every payment has arrived."},
                {"ended", "What was paid for is over."},
        };
        const char *why = "A payment is late, and this is the day by the product’s timetable.";

        for (size_t i = 0; i < G_N_ELEMENTS(whys); i++)
                if (text_equal(row->code, whys[i].code))
                        why = whys[i].why;
        return (struct ahead_said){
                pool_printf(pool, "Access to %s: %s", row->title,
                            words_status("access", row->code).text),
                why,
                text_equal(row->code, "full") || text_equal(row->code, "permanent") ? "key-event"
                                                                                    : "problem"};
}

struct ahead_said
ahead_say(struct request *req, const struct ahead_look *look, const struct machine_seen_row *row)
{
        struct pool *pool = req->pool;

        if (text_equal(row->what, "mail"))
                return say_mail(pool, look, row);
        if (text_equal(row->what, "charge"))
                return say_charge(req, row);
        if (text_equal(row->what, "access"))
                return say_access(pool, row);
        if (text_equal(row->what, "agreement"))
                return text_equal(row->code, "completed")
                               ? (struct ahead_said){pool_printf(pool,
                                                                 "The plan for %s is completed",
                                                                 row->title),
                                                     "Its last payment has arrived.", "key-event"}
                               : (struct ahead_said){
                                         pool_printf(pool, "%s ends", row->title),
                                         "It was cancelled, and what was paid for is over.", ""};
        if (text_equal(row->what, "promise"))
                return text_equal(row->code, "kept")
                               ? (struct ahead_said){pool_printf(pool, "A promise is kept: %s",
                                                                 row->title),
                                                     "The money arrived by the day that was "
                                                     "promised.",
                                                     ""}
                               : (struct ahead_said){
                                         pool_printf(pool, "A promise is not kept: %s", row->title),
                                         "The day has passed without a payment.", "problem"};
        if (text_equal(row->what, "case"))
                return text_equal(row->code, "opened")
                               ? (struct ahead_said){pool_printf(pool, "A case opens: %s",
                                                                 row->title),
                                                     "A payment failed. It stands under Failed "
                                                     "payments.",
                                                     "problem"}
                               : (struct ahead_said){
                                         pool_printf(pool, "The case is settled: %s", row->title),
                                         "Nothing is owed for it any more.", "key-event"};
        return (struct ahead_said){pool_printf(pool, "For staff: %s", row->title),
                                   words_of("task_kind", row->code), ""};
}
