/* payments: what is due and what was paid of everything that is paid over time. */
#include "base/text.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/pay.h"
#include "queries/plan.h"
#include "view/format.h"
#include "view/words.h"

struct list {
        struct request *req;
        struct payment_due_row *rows;
        size_t n, first;
        struct plan_mine_row *plans;    /* NEXT of them are subscriptions whose next amount is not asked for yet */
        size_t n_plans, next;
};

/* How an amount stands: its status, and by day where it is to come or late. */
static struct words
words_for(const struct payment_due_row *row, int32_t today)
{
        if (!text_equal(row->status, "open"))
                return words_status("due", row->status);
        return words_status("payment_due", row->failing ? "failing" : row->late ? "late"
                                           : row->due_on <= today ? "today" : "ahead");
}

static void
push_due(struct view *view, size_t i, void *data)
{
        struct list *list = data;
        const struct payment_due_row *row = &list->rows[list->first + i];
        struct words words = words_for(row, (int32_t)(session_now(list->req) / CLOCK_SECOND / 86400));

        view_row(view, "", &payment_due_row_type, row);
        view_text(view, "word", words.text);
        view_text(view, "word_kind", words.kind);
        view_flag(view, "is_open", text_equal(row->status, "open"));
        view_flag(view, "now", row->failing || row->late);
        view_text(view, "promised", row->promised_on_null ? "" : format_exact_date(list->req->pool, row->promised_on));
        view_url(view, "due_url", pool_printf(list->req->pool, "/payments/%s/%d", row->order_number, row->seq));
}

/* Of a subscription what comes next, until it is asked for. */
static void
push_next(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct plan_mine_row *row = &list->plans[i];
        struct words words = words_status("payment_due", "ahead");

        view_text(view, "title", row->title);
        view_text(view, "day", format_exact_date(list->req->pool, row->next_on));
        view_text(view, "word", words.text);
        view_text(view, "word_kind", words.kind);
        view_money(view, "amount", row->next_minor, row->currency);
        view_url(view, "plan_url", pool_printf(list->req->pool, "/plans/%s", row->order_number));
}

/* The subscriptions with an amount to come, in front. */
static void
find_next(struct list *list)
{
        for (size_t i = 0; i < list->n_plans; i++) {
                const struct plan_mine_row *row = &list->plans[i];

                if (text_equal(row->kind, "subscription") && row->open_minor == 0 && !row->next_on_null &&
                    !row->next_minor_null && row->next_minor > 0)
                        list->plans[list->next++] = *row;
        }
}

/* GET /payments */
static enum http_status
payments_show(struct request *req)
{
        struct list list = { .req = req };
        struct view *view;
        enum db_status rc;
        size_t open = 0;

        payments_mine_ask(req->db, &list.rows, &list.n);
        plans_mine_ask(req->db, &list.plans, &list.n_plans);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        while (open < list.n && text_equal(list.rows[open].status, "open"))
                open++;
        find_next(&list);
        view = view_new(req, "portal/payments.html");
        view_text(view, "page_title", "Your payments");
        view_each(view, "dues", "portal/payments.row.html", open, push_due, &list);
        view_each(view, "nexts", "portal/payments.next.html", list.next, push_next, &list);
        list.first = open;
        view_each(view, "paid", "portal/payments.row.html", list.n - open, push_due, &list);
        return view_reply(view, HTTP_OK);
}

const struct route payment_routes[] = {
        { GET, "/payments", SIGNED_IN, NULL, payments_show, 0, NULL },
        ROUTE_END
};
