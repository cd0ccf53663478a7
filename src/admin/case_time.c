/* case_time: what happened in a case, in words: attempts and why then, mails, promises, calls,
 * letters, payments, and what staff did. */
#include <inttypes.h>

#include <glib.h>

#include "admin/case.h"
#include "base/text.h"
#include "view/format.h"
#include "view/words.h"

/* What stands in the timeline: TEXT, a NOTE below it, who did it, where it leads. */
struct said {
        const char *text, *note, *kind, *url;
};

static const char *
amount(const struct case_all *all, const struct care_event_row *e)
{
        return e->amount_minor_null ? ""
                                    : format_money(all->req->pool, e->amount_minor, e->currency,
                                                   all->req->config->locale);
}

static struct said
attempt(const struct case_all *all, const struct care_event_row *e)
{
        struct pool *pool = all->req->pool;
        const char *money = amount(all, e), *text;
        bool failed = text_equal(e->status, "failed");

        if (failed)
                text = pool_printf(pool, "%s did not go through: %s", money,
                                   words_of("decline", e->code));
        else if (text_equal(e->status, "succeeded"))
                text = pool_printf(pool, "%s went through", money);
        else if (text_equal(e->status, "cancelled"))
                text = pool_printf(pool, "An attempt of %s was called off", money);
        else if (text_equal(e->status, "created") && e->at > all->row.now_at)
                text = pool_printf(pool, "To come: an attempt of %s", money);
        else
                text = pool_printf(pool, "An attempt of %s: %s", money,
                                   words_status("attempt", e->status).text);
        return (struct said){text, e->body, failed ? "problem" : "", ""};
}

static struct said
mail(const struct case_all *all, const struct care_event_row *e)
{
        struct pool *pool = all->req->pool;
        const char *url = pool_printf(pool, "/admin/customers/%" PRId64 "/mails/%" PRId64,
                                      e->person_id, e->link_id);

        return (struct said){
                pool_printf(pool, "Mail “%s”: %s",
                            e->body[0] != '\0' ? e->body : words_of("message_kind", e->code),
                            words_status("message", e->status).text),
                "", "", url};
}

static struct said
promise(const struct case_all *all, const struct care_event_row *e)
{
        struct pool *pool = all->req->pool;
        const char *day = format_date(pool, e->day, all->row.now_at, all->row.zone);

        return (struct said){pool_printf(pool, "Promised to pay by %s: %s", day,
                                         words_status("promise", e->status).text),
                             "", text_equal(e->status, "broken") ? "problem" : "", ""};
}

static struct said
call(const struct case_all *all, const struct care_event_row *e)
{
        struct pool *pool = all->req->pool;
        const char *text = pool_printf(pool, "%s called: %s", e->who, words_of("call", e->code));

        if (!e->until_at_null)
                text = pool_printf(
                        pool, "%s. Again %s", text,
                        format_inside(pool, format_time(pool, e->until_at, all->req->config->zone, all->row.now_at)));
        return (struct said){text, e->body, "", ""};
}

static struct said
act(const struct case_all *all, const struct care_event_row *e)
{
        const char *who = e->who != NULL ? e->who : "Somebody", *words = words_of("audit", e->code);
        const char *text = e->amount_minor_null ? pool_printf(all->req->pool, "%s %s", who, words)
                                                : pool_printf(all->req->pool, "%s %s: %s", who,
                                                              words, amount(all, e));

        return (struct said){text, e->body, "", ""};
}

static struct said
say(const struct case_all *all, const struct care_event_row *e)
{
        struct pool *pool = all->req->pool;

        if (text_equal(e->topic, "attempt"))
                return attempt(all, e);
        if (text_equal(e->topic, "mail"))
                return mail(all, e);
        if (text_equal(e->topic, "promise"))
                return promise(all, e);
        if (text_equal(e->topic, "call"))
                return call(all, e);
        if (text_equal(e->topic, "act"))
                return act(all, e);
        if (text_equal(e->topic, "opened"))
                return (struct said){
                        pool_printf(pool, "The case began: %s at risk", amount(all, e)), "",
                        "problem", ""};
        if (text_equal(e->topic, "note"))
                return (struct said){pool_printf(pool, "%s noted", e->who), e->body, "", ""};
        if (text_equal(e->topic, "post"))
                return (struct said){
                        pool_printf(pool, "%s wrote",
                                    text_equal(e->code, "staff") ? e->who : "The customer"),
                        e->body, "",
                        all->row.ticket != NULL
                                ? pool_printf(pool, "/admin/tickets/%s", all->row.ticket)
                                : ""};
        if (text_equal(e->topic, "payment"))
                return (struct said){pool_printf(pool, "%s received", amount(all, e)),
                                     words_of("method", e->code), "key-event", ""};
        if (text_equal(e->topic, "resolved"))
                return (struct said){
                        pool_printf(pool, "Settled: %s", words_of("resolved_by", e->code)), "",
                        "key-event", ""};
        if (text_equal(e->topic, "rating"))
                return (struct said){pool_printf(pool, "The customer rated it %s of 5", e->status),
                                     e->body, "", ""};
        return (struct said){e->who != NULL ? pool_printf(pool, "%s closed it", e->who)
                                            : "It was closed by itself",
                             e->body, "", ""};
}

static void
event_row(struct view *view, size_t i, void *data)
{
        const struct case_all *all = data;
        struct said said = say(all, &all->events[i]);

        view_stamp(view, "at", all->events[i].at, false);
        view_text(view, "text", said.text);
        view_text(view, "note", said.note);
        view_text(view, "kind", said.kind);
        view_url(view, "link_url", said.url);
        view_text(view, "number", "");
}

void
case_push_events(struct view *view, struct case_all *all)
{
        view_each(view, "events", "admin/customer.past.html", all->n_events, event_row, all);
}
