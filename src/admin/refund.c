/* refund: one refund: what it is for, who said yes, what became of it.  What came by bank
 * transfer goes back by the bank: here is where to. */
#include "admin/refund.h"

#include <inttypes.h>
#include <string.h>

#include "admin/desk.h"
#include "base/iban.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/refunddesk.h"
#include "view/method.h"
#include "view/view.h"
#include "view/words.h"

static const struct param page_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

static const struct param yes_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

static const struct param no_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "why", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say why it does not go back", .invalid = "Write the reason in one line" },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "approved", "success", "Approved. The customer gets a mail when the money has left." },
        { "asked", "success", "Asked for. Somebody else must approve it; they are told by mail." },
        { "known", "info", "This form was sent before. Here is what it made." },
        { "refused", "success", "Refused. Nothing goes back." },
        { "own", "warning", "Somebody else must approve this: you asked for it." },
        { "over", "warning", "It was decided before. Nothing was changed." },
        DESK_ANSWER_END,
};

struct page {
        struct request *req;
        struct refund_one_row one;
        struct refund_part_row *parts;
        struct refund_item_row *items;
        size_t n_parts, n_items;
};

static void
part_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct refund_part_row *row = &page->parts[i];
        struct pool *pool = page->req->pool;

        view_row(view, "", &refund_part_row_type, row);
        desk_status(view, "state", row->by_bank && text_equal(row->status, "approved") ? "bank_refund" : "refund",
                    row->status);
        view_text(view, "paid_with", method_words(pool, row->method_kind, row->brand, row->last_four));
        view_text(view, "iban", iban_grouped(pool, row->payer_iban));
        desk_time(view, "settled", row->settled_at, row->settled_at_null);
        view_flag(view, "to_transfer",
                  row->by_bank && (text_equal(row->status, "approved") ||
                                   (text_equal(row->status, "asked") && text_equal(page->one.kind, "second"))));
        view_flag(view, "may_match", desk_may(page->req, "match"));
}

static void
item_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct refund_item_row *row = &page->items[i];
        bool over = text_equal(page->one.status, "refused") || text_equal(page->one.status, "failed");

        view_row(view, "", &refund_item_row_type, row);
        view_flag(view, "will_end", row->ends && !row->ended && !over);
        view_flag(view, "has_ended", row->ends && row->ended && !over);
        view_flag(view, "stays", !row->ends || over);
}

static void
push_refund(struct view *view, const struct page *page)
{
        const struct refund_one_row *one = &page->one;
        bool asked = text_equal(one->status, "asked"), may = desk_may(page->req, "refund");

        view_row(view, "refund", &refund_one_row_type, one);
        desk_status(view, "state", page->n_parts == 1 && page->parts[0].by_bank && text_equal(one->status, "approved")
                    ? "bank_refund" : "refund", one->status);
        view_text(view, "why_asked", words_of("refund_reason", one->reason));
        view_text(view, "way", words_of("refund_kind", one->kind));
        view_time(view, "created", one->created_at);
        desk_time(view, "decided", one->decided_at, one->decided_at_null);
        desk_time(view, "sent", one->sent_at, one->sent_at_null);
        desk_time(view, "settled", one->settled_at, one->settled_at_null);
        view_flag(view, "waits", asked);
        view_flag(view, "may_yes", asked && may && !(one->two_persons && one->mine));
        view_flag(view, "may_no", asked && may);
        view_flag(view, "own", asked && one->two_persons && one->mine);
        view_flag(view, "unknown", text_equal(one->status, "unknown"));
        view_flag(view, "failed", text_equal(one->status, "failed"));
        view_text(view, "fault", words_of("refund_fault", one->fault));
}

static enum http_status
show(struct request *req, enum http_status status, const char *answer)
{
        struct page page = { .req = req };
        int64_t id = param_int(req, "id");
        struct view *view;
        enum db_status rc;

        refund_one_ask(req->db, id, &page.one);
        refund_parts_ask(req->db, id, &page.parts, &page.n_parts);
        refund_items_of_ask(req->db, id, &page.items, &page.n_items);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!page.one.part_of_null)
                return reply_redirect(req, pool_printf(req->pool, "/admin/refunds/%" PRId64, page.one.part_of));
        view = view_new(req, "admin/refund.html");
        view_text(view, "page_title", pool_printf(req->pool, "Refund for order %s", page.one.number));
        view_form_empty(view, no_params);
        if (status != HTTP_OK)
                view_form(view, req);
        desk_answer(view, "answer", said, answer);
        push_refund(view, &page);
        view_each(view, "parts", "admin/refund.part.html", page.n_parts, part_row, &page);
        view_each(view, "items", "admin/refund.line.html", page.n_items, item_row, &page);
        return view_reply(view, status);
}

/* GET /refunds/:id */
static enum http_status
refund_show(struct request *req)
{
        return show(req, HTTP_OK, param_text(req, "done"));
}

static enum http_status
decide(struct request *req, bool yes, const char *reason)
{
        struct refund_decided_row row;
        enum db_status rc = refund_decide(req->db, param_int(req, "id"), yes, reason, &row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(req,
                              pool_printf(req->pool, "/admin/refunds/%" PRId64 "?done=%s", param_int(req, "id"), row.answer));
}

/* POST /refunds/:id/approvals */
static enum http_status
yes_create(struct request *req)
{
        return decide(req, true, "");
}

/* POST /refunds/:id/refusals */
static enum http_status
no_create(struct request *req)
{
        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL);
        return decide(req, false, param_text(req, "why"));
}

const struct route refund_routes[] = {
        { GET, "/refunds/:id", STAFF, page_params, refund_show, 0, "read" },
        { POST, "/refunds/:id/approvals", STAFF, yes_params, yes_create, 0, "refund" },
        { POST, "/refunds/:id/refusals", STAFF, no_params, no_create, 0, "refund" },
        ROUTE_END
};
