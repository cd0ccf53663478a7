/* ahead_say: a look ahead in words: what each line of it is and why, and what its mails say, read at
 * the moment when they would leave. */
#include <glib.h>

#include "admin/ahead.h"
#include "base/text.h"
#include "domain/notice.h"
#include "queries/cases.h"
#include "queries/reminder.h"
#include "view/format.h"
#include "view/method.h"
#include "view/words.h"

/* --- the words of a mail --- */

struct reading {
        struct request *req;
        GArray *letters;        /* struct ahead_letter */
        struct machine_mail_row mail;
};

/* Keep it, filled as its reader would have it. */
static void
keep(struct reading *reading, int64_t id, const char *subject, const char *body, struct notice_told *told)
{
        struct pool *pool = reading->req->pool;
        struct fill_field fields[NOTICE_FIELDS];
        struct ahead_letter letter = { .id = id };

        told->name = reading->mail.customer_name;
        told->shop = reading->req->config->site_name;
        notice_tell(pool, told, fields);
        letter.subject = fill_text(pool, subject, fields, NOTICE_FIELDS, false);
        letter.body = notice_plain(pool, body, fields);
        g_array_append_val(reading->letters, letter);
}

static enum db_status
read_reminder(struct db *db, struct reading *reading, int64_t id)
{
        struct pool *pool = reading->req->pool;
        struct reminder_line_row *lines;
        struct reminder_text_row text;
        struct notice_told told = { .name = NULL };
        size_t n;
        bool found;
        enum db_status rc;

        reminder_lines_ask(db, id, &lines, &n);
        reminder_text_ask(db, id, &text, &found);
        rc = db_wait(db);
        if (rc != DB_OK || !found)
                return rc;
        if (n == 1) {
                told.title = lines->title;
                told.amount = format_money(pool, lines->amount_minor, lines->currency, reading->mail.locale);
                told.day = format_exact_date(pool, lines->due_on);
                told.until = format_exact_date(pool, lines->until_on);
                told.method = method_words(pool, lines->method_kind, lines->brand, lines->last_four);
        }
        keep(reading, id, text.subject, text.body, &told);
        return rc;
}

static enum db_status
read_due(struct db *db, struct reading *reading, int64_t id)
{
        struct pool *pool = reading->req->pool;
        const struct machine_mail_row *m = &reading->mail;
        struct mail_due_row row;
        bool found;
        enum db_status rc = mail_due(db, m->object, m->object_id, m->kind, m->period, &row, &found);

        if (rc == DB_OK && found)
                keep(reading, id, row.subject, row.body, &(struct notice_told){
                        .title = row.title,
                        .amount = format_money(pool, row.amount_minor, row.currency, m->locale),
                        .day = format_exact_date(pool, row.due_on),
                        .until = format_exact_date(pool, row.until_on),
                        .method = method_words(pool, row.method_kind, row.brand, row.last_four),
                        .next_try = row.next_at_null ? NULL : format_exact(pool, row.next_at, row.zone),
                        .promised = row.promised_on_null ? NULL : format_exact_date(pool, row.promised_on) });
        return rc;
}

static enum db_status
read_thanks(struct db *db, struct reading *reading, int64_t id)
{
        const struct machine_mail_row *m = &reading->mail;
        struct mail_thanks_row row;
        bool found;
        enum db_status rc = mail_thanks(db, m->object, m->object_id, &row, &found);

        if (rc == DB_OK && found)
                keep(reading, id, row.subject, row.body, &(struct notice_told){
                        .title = row.title,
                        .amount = format_money(reading->req->pool, row.amount_minor, row.currency, m->locale) });
        return rc;
}

/* A mail leaves: kinds whose words staff edit are read. */
static enum db_status
read_mail(struct db *db, int64_t id, void *data)
{
        struct reading *reading = data;
        enum db_status rc = machine_mail(db, id, &reading->mail);

        if (rc != DB_OK)
                return rc;
        if (text_equal(reading->mail.kind, "reminder"))
                return read_reminder(db, reading, id);
        if (text_equal(reading->mail.kind, "payment_failed") || text_equal(reading->mail.kind, "promise_broken"))
                return read_due(db, reading, id);
        if (text_equal(reading->mail.kind, "plan_thanks"))
                return read_thanks(db, reading, id);
        return DB_OK;
}

static void
free_array(void *array)
{
        g_array_free(array, TRUE);
}

struct ahead_look
ahead_look(struct request *req, int64_t customer, const char *decline, const struct ahead_edit *edit)
{
        struct reading reading = { .req = req, .letters = g_array_new(FALSE, FALSE, sizeof(struct ahead_letter)) };
        struct ahead ahead = { .customer = customer, .days = AHEAD_DAYS, .decline = decline,
                               .bank_days = (int32_t)req->config->bank_days, .mail = read_mail, .mail_data = &reading };
        struct ahead_look look = { .rows = NULL };

        pool_defer(req->pool, free_array, reading.letters);
        if (edit != NULL) {
                ahead.edit = edit->make;
                ahead.edit_data = edit->data;
        }
        look.result = ahead_run(req->db, req->pool, &ahead, &look.rows, &look.n);
        look.letters = (struct ahead_letter *)(void *)reading.letters->data;
        look.n_letters = reading.letters->len;
        return look;
}

const struct ahead_letter *
ahead_letter_of(const struct ahead_look *look, const struct machine_seen_row *row)
{
        if (text_equal(row->what, "mail"))
                for (size_t i = 0; i < look->n_letters; i++)
                        if (look->letters[i].id == row->id)
                                return &look->letters[i];
        return NULL;
}

/* --- a line --- */

/* "7 days before the payment of Friday 12 December". */
static const char *
reminder_why(struct pool *pool, const struct machine_seen_row *row)
{
        const char *day = row->on_day_null ? "" : format_exact_date(pool, row->on_day);
        int days = row->days_null ? 0 : row->days;

        if (row->n > 1)
                return pool_printf(pool, "%d payments are near, told in one mail. The first is of %s.", row->n, day);
        if (days == 0)
                return pool_printf(pool, "The day of the payment itself: %s.", day);
        return pool_printf(pool, "%d day%s %s the payment of %s.", days < 0 ? -days : days, days == 1 || days == -1 ? "" : "s",
                           days < 0 ? "before" : "after", day);
}

static const char *
mail_why(struct pool *pool, const struct machine_seen_row *row)
{
        static const struct { const char *kind, *why; } whys[] = {
                { "paid", "The receipt of a payment." },
                { "promise_broken", "The day that was promised has passed without a payment." },
                { "plan_thanks", "Every payment of the plan has arrived." },
                { "case_thanks", "The morning after a failed payment was settled." },
                { "card_expiring", "The card runs out before the next charge." },
                { "access_open", "What was bought opens." },
                { "transfer_reminder", "A bank transfer has not arrived, three days before the order ends." },
        };

        if (text_equal(row->code, "reminder"))
                return reminder_why(pool, row);
        if (text_equal(row->code, "payment_failed"))
                return pool_printf(pool, "The first refusal of this kind for this payment: %s.", words_of("class", row->was));
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
                mail_why(pool, row), "" };
}

static struct ahead_said
say_charge(struct request *req, const struct machine_seen_row *row)
{
        struct pool *pool = req->pool;
        const char *money = format_money(pool, row->amount_minor_null ? 0 : row->amount_minor, row->currency, req->config->locale);
        const char *method = method_words(pool, row->method_kind, row->brand, row->last_four);
        const char *from = method[0] != '\0' ? pool_printf(pool, "%s from the %s", money, method) : money;

        if (text_equal(row->code, "none"))
                return (struct ahead_said){ pool_printf(pool, "%s for %s cannot be charged", money, row->title),
                                            "There is no saved way to pay that may be charged.", "problem" };
        if (text_equal(row->code, "paid"))
                return (struct ahead_said){ pool_printf(pool, "Charge of %s for %s", from, row->title), row->why, "key-event" };
        return (struct ahead_said){ pool_printf(pool, "Charge of %s for %s, which is declined", from, row->title), row->why, "problem" };
}

static struct ahead_said
say_access(struct pool *pool, const struct machine_seen_row *row)
{
        static const struct { const char *code, *why; } whys[] = {
                { "full", "Nothing is overdue any more, or its day has come." },
                { "permanent", "Every payment has arrived." },
                { "ended", "What was paid for is over." },
        };
        const char *why = "A payment is late, and this is the day by the product’s timetable.";

        for (size_t i = 0; i < G_N_ELEMENTS(whys); i++)
                if (text_equal(row->code, whys[i].code))
                        why = whys[i].why;
        return (struct ahead_said){
                pool_printf(pool, "Access to %s: %s", row->title, words_status("access", row->code).text), why,
                text_equal(row->code, "full") || text_equal(row->code, "permanent") ? "key-event" : "problem" };
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
                               ? (struct ahead_said){ pool_printf(pool, "The plan for %s is completed", row->title), "Its last payment has arrived.", "key-event" }
                               : (struct ahead_said){ pool_printf(pool, "%s ends", row->title), "It was cancelled, and what was paid for is over.", "" };
        if (text_equal(row->what, "promise"))
                return text_equal(row->code, "kept")
                               ? (struct ahead_said){ pool_printf(pool, "A promise is kept: %s", row->title), "The money arrived by the day that was promised.", "" }
                               : (struct ahead_said){ pool_printf(pool, "A promise is not kept: %s", row->title), "The day has passed without a payment.", "problem" };
        if (text_equal(row->what, "case"))
                return text_equal(row->code, "opened")
                               ? (struct ahead_said){ pool_printf(pool, "A case opens: %s", row->title), "A payment failed. It stands under Failed payments.", "problem" }
                               : (struct ahead_said){ pool_printf(pool, "The case is settled: %s", row->title), "Nothing is owed for it any more.", "key-event" };
        return (struct ahead_said){ pool_printf(pool, "For staff: %s", row->title), words_of("task_kind", row->code), "" };
}
