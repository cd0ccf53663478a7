/* history: one line of an order's timeline, in plain words.
 *
 * Each source of facts has a writer below; a fact that no writer knows is shown by its words
 * alone, never left out. */
#include "admin/history.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "view/format.h"
#include "view/words.h"

enum look { PLAIN, KEY, PROBLEM };

struct line {
        const char *text, *note, *link;
        enum look look;
};

struct past {
        struct pool *pool;
        const struct config *config;
        const char *base;
        const struct history_row *row;
};

static const char *
money(const struct past *past)
{
        const struct history_row *row = past->row;

        if (row->currency == NULL || row->amount_minor_null)
                return "";
        return format_money(past->pool, row->amount_minor, row->currency, past->config->locale);
}

static enum look
look_of(const char *kind)
{
        return text_equal(kind, "bad") || text_equal(kind, "warn") ? PROBLEM : PLAIN;
}

static struct line
begun(const struct past *past)
{
        return (struct line){ .text = pool_printf(past->pool, "Order begun, %s", money(past)) };
}

static struct line
evidence(const struct past *past)
{
        const struct history_row *row = past->row;
        const char *text = words_of("evidence", row->code);

        if (row->ref != NULL)
                text = pool_printf(past->pool, "%s (version %s)", text, row->ref);
        else if (text_equal(row->code, "logged_in") && row->actor != NULL)
                text = pool_printf(past->pool, "Logged in by %s", row->actor);
        return (struct line){ .text = text, .note = row->note,
                              .look = text_equal(row->code, "opened") ? KEY : PLAIN };
}

static struct line
payment(const struct past *past)
{
        const struct history_row *row = past->row;
        const char *with = words_of("method", text_is_empty(row->code) ? row->actor : row->code);

        return (struct line){
                .text = pool_printf(past->pool, "Paid %s%s%s%s%s", money(past), *with != '\0' ? " with " : "", with,
                                    text_is_empty(row->note) ? "" : " ending in ",
                                    text_is_empty(row->note) ? "" : row->note),
                .note = row->ref, .look = KEY
        };
}

static struct line
event(const struct past *past)
{
        const struct history_row *row = past->row;
        struct words words = words_status("inbox", row->actor);
        bool fine = text_equal(row->actor, "done") || text_equal(row->actor, "ignored");

        return (struct line){
                .text = pool_printf(past->pool, "%s: %s%s%s",
                                    text_equal(row->note, "sweep") ? "We asked the gateway" : "The gateway told us",
                                    words_of("event", row->code), fine ? "" : ". ", fine ? "" : words.text),
                .note = row->ref, .look = fine ? PLAIN : look_of(words.kind)
        };
}

static struct line
mismatch(const struct past *past)
{
        return (struct line){ .text = pool_printf(past->pool, "%s came, which is not what was asked for. Nothing "
                                                  "was opened for it", money(past)),
                              .note = past->row->ref, .look = PROBLEM };
}

/* What an attempt's new status means, said as what happened. */
static struct line
attempt_move(const struct past *past)
{
        static const char *const said[][2] = {
                { "created", "A payment was prepared" },
                { "sent", "The payment page was opened" },
                { "requires_action", "The bank asks the customer to confirm" },
                { "processing", "The payment is on its way" },
                { "unknown", "The gateway did not answer: it is asked again" },
                { "failed", "The payment was declined" },
                { "cancelled", "The payment was not completed" },
        };
        const struct history_row *row = past->row;
        const char *text = words_status("attempt", row->code).text;

        for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
                if (strcmp(said[i][0], row->code) == 0)
                        text = said[i][1];
        }
        if (text_equal(row->code, "sent") && text_equal(row->ref, "off_session"))
                text = "The saved method was charged";
        else if (text_equal(row->code, "sent") && text_equal(row->ref, "transfer"))
                text = "A bank transfer was announced";
        return (struct line){ .text = pool_printf(past->pool, "%s, %s", text, money(past)),
                              .note = text_equal(row->code, "failed") ? words_of("decline", row->note) : NULL,
                              .look = look_of(words_status("attempt", row->code).kind) };
}

static struct line
move(const struct past *past)
{
        const struct history_row *row = past->row;
        struct words words = words_status(row->topic, row->code);

        if (text_equal(row->topic, "attempt"))
                return attempt_move(past);
        if (text_equal(row->topic, "order"))
                return (struct line){ .text = pool_printf(past->pool, "The order is now: %s", words.text) };
        if (text_equal(row->topic, "access"))
                return (struct line){ .text = pool_printf(past->pool, "Access to %s is now: %s", row->ref, words.text),
                                      .note = words_of("end_reason", row->note),
                                      .look = text_equal(row->code, "full") ? KEY : PLAIN };
        if (text_equal(row->topic, "refund"))
                return (struct line){ .text = pool_printf(past->pool, "Refund of %s: %s", money(past), words.text),
                                      .look = look_of(words.kind) };
        return (struct line){ .text = pool_printf(past->pool, "Dispute of %s: %s", money(past), words.text),
                              .look = look_of(words.kind) };
}

static struct line
access_given(const struct past *past)
{
        const struct history_row *row = past->row;

        if (text_equal(row->code, "gift"))
                return (struct line){ .text = pool_printf(past->pool, "%s was given as a gift", row->ref),
                                      .note = row->note, .look = KEY };
        return (struct line){ .text = pool_printf(past->pool, "Access to %s was granted", row->ref), .look = KEY };
}

static struct line
refund(const struct past *past)
{
        const struct history_row *row = past->row;

        return (struct line){ .text = pool_printf(past->pool, "Refund of %s: %s", money(past),
                                                  words_of("refund_kind", row->code)),
                              .note = words_of("refund_reason", row->note) };
}

static struct line
dispute(const struct past *past)
{
        return (struct line){ .text = pool_printf(past->pool, "The bank disputes %s", money(past)),
                              .note = words_of("dispute_reason", past->row->code), .look = PROBLEM };
}

static struct line
receipt(const struct past *past)
{
        const struct history_row *row = past->row;

        return (struct line){
                .text = pool_printf(past->pool, "%s %s was issued, %s",
                                    text_equal(row->code, "receipt") ? "Receipt" : "Credit note", row->ref, money(past)),
                .link = pool_printf(past->pool, "%s/receipts/%s.pdf", past->base, row->ref)
        };
}

/* A mail was handed over, skipped, or came back. */
static struct line
mail(const struct past *past)
{
        const struct history_row *row = past->row;
        bool is_send = text_equal(row->source, "send");
        struct words words = words_status(is_send && !text_equal(row->code, "sending") ? "send" : "message", row->code);

        return (struct line){
                .text = pool_printf(past->pool, "Mail “%s” to %s: %s", words_of("message_kind", row->topic),
                                    row->note, words.text),
                .link = pool_printf(past->pool, "%s/mails/%s", past->base, row->ref),
                .look = look_of(words.kind)
        };
}

static struct line
audit(const struct past *past)
{
        const struct history_row *row = past->row;
        const char *who = row->actor != NULL ? row->actor : words_of("actor", row->topic);
        const char *what = words_of("audit", row->code);

        if (text_equal(row->code, "order.resend") && row->ref != NULL)
                what = pool_printf(past->pool, "sent %s %s again", row->ref,
                                   text_equal(row->ref, "1") ? "mail" : "mails");
        return (struct line){ .text = pool_printf(past->pool, "%s %s", who, what), .note = row->note };
}

static struct line
note(const struct past *past)
{
        return (struct line){ .text = pool_printf(past->pool, "%s noted", past->row->actor), .note = past->row->note };
}

/* In a message to staff: the customer's words, or an answer. */
static struct line
post(const struct past *past)
{
        const struct history_row *row = past->row;
        bool theirs = text_equal(row->topic, "customer");

        return (struct line){
                .text = theirs ? pool_printf(past->pool, "Wrote to us %s, message %s",
                                             text_equal(row->code, "mail") ? "by mail" : "on the page", row->ref)
                               : pool_printf(past->pool, "%s answered message %s", row->actor, row->ref),
                .note = row->note, .link = pool_printf(past->pool, "/admin/tickets/%s", row->ref), .look = theirs ? KEY : PLAIN
        };
}

static const struct {
        const char *source;
        struct line (*write)(const struct past *past);
} writers[] = {
        { "begun", begun },       { "evidence", evidence }, { "move", move },       { "payment", payment },
        { "event", event },       { "mismatch", mismatch }, { "access", access_given }, { "refund", refund },
        { "dispute", dispute },   { "receipt", receipt },   { "send", mail },       { "mail", mail },
        { "audit", audit },       { "note", note },         { "post", post },
};

void
history_push(struct view *view, struct request *req, const char *base, const struct history_row *row)
{
        static const char *const looks[] = { [PLAIN] = "", [KEY] = "key-event", [PROBLEM] = "problem" };
        struct past past = { req->pool, req->config, base, row };
        struct line line = { .text = words_of(row->topic, row->code) };

        for (size_t i = 0; i < G_N_ELEMENTS(writers); i++) {
                if (strcmp(writers[i].source, row->source) == 0)
                        line = writers[i].write(&past);
        }
        view_stamp(view, "at", row->at, true);
        view_text(view, "text", line.text);
        view_text(view, "note", line.note);
        view_url(view, "link_url", line.link != NULL ? line.link : "");
        view_text(view, "kind", looks[line.look]);
}
