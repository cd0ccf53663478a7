/* ahead_look: a look ahead, with what its mails say, read at the moment when they would leave. */
#include <glib.h>

#include "admin/ahead.h"
#include "base/text.h"
#include "domain/notice.h"
#include "queries/cases.h"
#include "queries/reminder.h"
#include "view/format.h"
#include "view/method.h"

struct reading {
        struct request *req;
        GArray *letters; /* struct ahead_letter */
        struct machine_mail_row mail;
};

/* Keep it, filled as its reader would have it. */
static void
keep(struct reading *reading, int64_t id, const char *subject, const char *body,
     struct notice_told *told)
{
        struct pool *pool = reading->req->pool;
        struct fill_field fields[NOTICE_FIELDS];
        struct ahead_letter letter = {.id = id};

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
        struct notice_told told = {.name = NULL};
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
                told.amount = format_money(pool, lines->amount_minor, lines->currency,
                                           reading->mail.locale);
                told.day = format_exact_date(pool, lines->due_on);
                told.until = format_exact_date(pool, lines->until_on);
                told.method =
                        method_words(pool, lines->method_kind, lines->brand, lines->last_four);
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
                keep(reading, id, row.subject, row.body,
                     &(struct notice_told){
                             .title = row.title,
                             .amount =
                                     format_money(pool, row.amount_minor, row.currency, m->locale),
                             .day = format_exact_date(pool, row.due_on),
                             .until = format_exact_date(pool, row.until_on),
                             .method =
                                     method_words(pool, row.method_kind, row.brand, row.last_four),
                             .next_try = row.next_at_null
                                                 ? NULL
                                                 : format_exact(pool, row.next_at, row.zone),
                             .promised = row.promised_on_null
                                                 ? NULL
                                                 : format_exact_date(pool, row.promised_on)});
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
                keep(reading, id, row.subject, row.body,
                     &(struct notice_told){.title = row.title,
                                           .amount = format_money(reading->req->pool,
                                                                  row.amount_minor, row.currency,
                                                                  m->locale)});
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
        if (text_equal(reading->mail.kind, "payment_failed") ||
            text_equal(reading->mail.kind, "promise_broken"))
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
ahead_look(struct request *req, int64_t customer, const char *decline,
           const struct ahead_edit *edit)
{
        struct reading reading = {
                .req = req, .letters = g_array_new(FALSE, FALSE, sizeof(struct ahead_letter))};
        struct ahead ahead = {.customer = customer,
                              .days = AHEAD_DAYS,
                              .decline = decline,
                              .bank_days = (int32_t)req->config->bank_days,
                              .mail = read_mail,
                              .mail_data = &reading};
        struct ahead_look look = {.rows = NULL};

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
