/* letter_reminder: mails about amounts that are coming up or late (S1.4), and the thank-you for a
 * plan that is paid.  Their words are texts that staff edit (message_texts).  A reminder tells every
 * amount that is due for its reader, each with a link of its own to its payment page. */
#include <string.h>

#include "domain/notice.h"
#include "queries/reminder.h"
#include "view/format.h"
#include "view/markdown.h"
#include "view/method.h"
#include "worker/letter.h"

/* --- what both have: a text of staff, filled --- */

static void
push_body(struct view *view, const struct letter *letter, const char *body,
          const struct fill_field fields[NOTICE_FIELDS])
{
        if (letter->plain)
                view_text(view, "body", notice_plain(letter->pool, body, fields));
        else
                view_html(view, "body",
                          markdown_render(letter->pool, fill_text(letter->pool, body, fields, NOTICE_FIELDS, true)));
}

/* --- reminders --- */

struct reminder {
        struct reminder_line_row *lines;
        size_t n;
        struct reminder_text_row text;
        bool found;
        const char **tokens;    /* one of each line, once they have come */
};

static void *
reminder_ask(struct letter *letter)
{
        struct reminder *reminder = pool_alloc(letter->pool, sizeof(*reminder));

        *reminder = (struct reminder){ .tokens = NULL };
        reminder_lines_ask(letter->w->db, letter->row.id, &reminder->lines, &reminder->n);
        reminder_text_ask(letter->w->db, letter->row.id, &reminder->text, &reminder->found);
        return reminder;
}

static const char *
method_of(const struct letter *letter, const struct reminder_line_row *line)
{
        const char *words = method_words(letter->pool, line->method_kind, line->brand, line->last_four);

        return words[0] != '\0' ? pool_printf(letter->pool, "your %s", words) : "the saved way to pay";
}

/* What stands for the fields: of the one amount that it is about, or of none. */
static void
fill_reminder(const struct letter *letter, const struct reminder *reminder,
              struct fill_field fields[NOTICE_FIELDS])
{
        const struct reminder_line_row *line = reminder->n == 1 ? &reminder->lines[0] : NULL;
        struct notice_told told = { .name = letter->row.customer_name, .shop = letter->w->config->site_name };

        if (line != NULL) {
                told.title = line->title;
                told.amount = format_money(letter->pool, line->amount_minor, line->currency, letter->row.locale);
                told.day = format_exact_date(letter->pool, line->due_on);
                told.method = method_words(letter->pool, line->method_kind, line->brand, line->last_four);
                told.until = format_exact_date(letter->pool, line->until_on);
        }
        notice_tell(letter->pool, &told, fields);
}

/* The links are made now: how many there are is known once the amounts have come. */
static void
reminder_read(struct letter *letter, const void *facts)
{
        const struct reminder *reminder = facts;
        struct fill_field fields[NOTICE_FIELDS];
        struct reminder *mine = letter->facts[0];
        struct db_bytes hash;

        mine->tokens = pool_alloc(letter->pool, (reminder->n + 1) * sizeof(*mine->tokens));
        for (size_t i = 0; i < reminder->n; i++) {
                mine->tokens[i] = letter_token(letter, &hash);
                reminder_link_make_ask(letter->w->db, letter->row.id, reminder->lines[i].due_id, hash, NULL);
        }
        if (!reminder->found)
                return;
        fill_reminder(letter, reminder, fields);
        letter->subject = fill_text(letter->pool, reminder->text.subject, fields, NOTICE_FIELDS, false);
}

/* What is to be done about one amount among several. */
static const char *
line_note(const struct letter *letter, const struct reminder_line_row *line)
{
        const char *day = format_exact_date(letter->pool, line->due_on);

        if (strcmp(line->words, "charge") == 0)
                return pool_printf(letter->pool, "We charge %s on %s. Nothing to do.", method_of(letter, line), day);
        if (strcmp(line->words, "ahead") == 0)
                return pool_printf(letter->pool, "Due on %s.", day);
        if (strcmp(line->words, "today") == 0)
                return "Due today.";
        return pool_printf(letter->pool, "Was due on %s and has not arrived yet.", day);
}

static const char *
pay_url(const struct letter *letter, const struct reminder *reminder, size_t i)
{
        return pool_printf(letter->pool, "%s/pay/%s", letter->w->config->portal_url,
                           letter->masked ? "(hidden)" : reminder->tokens[i]);
}

struct lines {
        const struct letter *letter;
        const struct reminder *reminder;
};

static void
push_line(struct view *view, size_t i, void *data)
{
        const struct lines *lines = data;
        const struct reminder_line_row *line = &lines->reminder->lines[i];

        view_text(view, "line_title", line->title);
        view_money(view, "line_amount", line->amount_minor, line->currency);
        view_text(view, "line_note", line_note(lines->letter, line));
        view_url(view, "line_url", pay_url(lines->letter, lines->reminder, i));
}

static void
reminder_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct reminder *reminder = facts;
        const char *portal = letter->w->config->portal_url;
        struct lines lines = { letter, reminder };
        struct fill_field fields[NOTICE_FIELDS];

        fill_reminder(letter, reminder, fields);
        push_body(view, letter, reminder->found ? reminder->text.body : "", fields);
        view_flag(view, "several", reminder->n > 1);
        view_each(view, "lines", letter->plain ? "mail/reminder.line.txt" : "mail/reminder.line.html", reminder->n, push_line,
                  &lines);
        view_url(view, "pay_url", reminder->n == 1 ? pay_url(letter, reminder, 0) : "");
        view_url(view, "notices_url", pool_printf(letter->pool, "%s/account/notices", portal));
}

static const struct letter_facts reminder_facts = { reminder_ask, reminder_read, reminder_push };

/* --- the whole plan is paid --- */

struct thanks {
        struct mail_thanks_row row;
        bool found;
};

static void *
thanks_ask(struct letter *letter)
{
        struct thanks *thanks = pool_alloc(letter->pool, sizeof(*thanks));

        mail_thanks_ask(letter->w->db, letter->row.object, letter->row.object_id, &thanks->row, &thanks->found);
        return thanks;
}

static void
fill_thanks(const struct letter *letter, const struct mail_thanks_row *row, struct fill_field fields[NOTICE_FIELDS])
{
        notice_tell(letter->pool, &(struct notice_told){
                .name = letter->row.customer_name,
                .shop = letter->w->config->site_name,
                .title = row->title,
                .amount = format_money(letter->pool, row->amount_minor, row->currency, letter->row.locale) }, fields);
}

static void
thanks_read(struct letter *letter, const void *facts)
{
        const struct thanks *thanks = facts;
        struct fill_field fields[NOTICE_FIELDS];

        if (!thanks->found)
                return;
        fill_thanks(letter, &thanks->row, fields);
        letter->subject = fill_text(letter->pool, thanks->row.subject, fields, NOTICE_FIELDS, false);
}

static void
thanks_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct thanks *thanks = facts;
        struct fill_field fields[NOTICE_FIELDS];

        if (thanks->found)
                fill_thanks(letter, &thanks->row, fields);
        else
                notice_fill(fields, NULL);
        push_body(view, letter, thanks->found ? thanks->row.body : "", fields);
        view_url(view, "programs_url", pool_printf(letter->pool, "%s/programs", letter->w->config->portal_url));
}

static const struct letter_facts thanks_facts = { thanks_ask, thanks_read, thanks_push };

const struct letter_kind letter_reminder_kinds[] = {
        { .kind = "reminder", .subject = "Your next payments", .tells = { &reminder_facts } },
        { .kind = "plan_thanks", .subject = "All paid, thank you", .tells = { &thanks_facts } },
        { .kind = NULL },
};
