/* transfers: the bank's credits come in, are matched with orders, set aside or paid back.
 * The database checks the right again, and matches each credit once. */
#include "admin/transfers.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "bank/statement.h"
#include "base/iban.h"
#include "base/money.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/banking.h"
#include "view/view.h"
#include "view/words.h"

enum { MOST = 100, DAY_MAX = 2932896 };         /* rows of a list; 9999-12-31 */

static const struct param page_params[] = {
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        { .name = "lines_after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        { .name = "waiting_after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        { .name = "backs_after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        { .name = "over_after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

static const struct param statement_params[] = {
        { .name = "statement", .type = PARAM_LINES, .from = FROM_FORM, .required = true, .max = 60000,
          .missing = "Paste the statement or list here" },
        PARAM_END
};

static const struct param credit_params[] = {
        { .name = "booked_on", .type = PARAM_DATE, .from = FROM_FORM, .required = true,
          .missing = "Enter the day of the credit", .invalid = "Enter a day such as 2026-03-04" },
        { .name = "amount", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 30,
          .missing = "Enter the amount" },
        { .name = "currency", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 3,
          .missing = "Enter the currency" },
        { .name = "reference", .type = PARAM_TEXT, .from = FROM_FORM, .max = 500 },
        { .name = "payer", .type = PARAM_TEXT, .from = FROM_FORM, .max = 140 },
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true },
        PARAM_END
};

static const struct param match_params[] = {
        { .name = "line", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_FORM, .required = true,
          .missing = "Enter the number of the order that this pays", .invalid = "An order number has 10 letters and digits" },
        { .name = "anyway", .type = PARAM_CHECK, .from = FROM_FORM },
        PARAM_END
};

static const struct param aside_params[] = {
        { .name = "line", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "why", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say why this credit pays no order", .invalid = "Write the reason in one line" },
        PARAM_END
};

static const struct param line_params[] = {
        { .name = "line", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

static const struct param undo_params[] = {
        { .name = "payment", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "undo_why", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say why this match is wrong", .invalid = "Write the reason in one line" },
        PARAM_END
};

static const struct param refund_params[] = {
        { .name = "refund", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

/* What ANSWER of a redirect means. */
static const struct desk_answer said[] = {
        { "paid", "success", "The order is paid and its access is open. The customer is told." },
        { "over", "success", "The order is paid and its access is open. The rest stands below, to be paid back." },
        { "short", "warning", "It was not enough. The order stays open, and the customer is told what is missing." },
        { "twice", "warning", "The order was paid already. This credit is booked and stands below to be paid back." },
        { "taken", "warning", "This credit was settled before, perhaps by a colleague. Nothing was changed." },
        { "aside", "success", "The credit is set aside. It stands below, and can be taken up again." },
        { "payout", "success", "Booked as the payment provider’s payout. It stands in the month’s report." },
        { "up", "success", "The credit is to be matched again." },
        { "back", "success", "Booked as paid back. The customer is told." },
        { "gone", "warning", "This was paid back or decided before. Nothing was changed." },
        { "undone", "success", "The match is taken back. The credit is to be matched again, and the customer is told." },
        { "undone-gone", "warning", "This match was taken back before. Nothing was changed." },
        { "undone-paid-back", "warning", "Money of this credit went back to the customer already. Nothing was changed." },
        { "undone-several", "warning", "Several credits paid this order, and its receipt is out. Nothing was changed: "
                                       "pay the money back instead." },
        { "credit", "success", "The credit is there, to be matched." },
        { "known", "warning", "Nothing new: all of it was here before." },
        { "loaded", "success", "The new credits are there, to be matched." },
        DESK_ANSWER_END,
};

static enum http_status
back(struct request *req, const char *done)
{
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/transfers?done=%s", done));
}

/* --- the page ----------------------------------------------------------------- */

struct page {
        struct request *req;
        struct bank_line_row *lines;
        struct bank_line_over_row *over;
        struct transfer_open_row *open;
        struct transfer_back_row *back;
        size_t n_lines, n_over, n_open, n_back;
        const char *ask;        /* "closed", "settled": the match at hand wants a second look */
};

/* What speaks for the order that is suggested. */
static const char *
why(const struct bank_line_row *row)
{
        if (row->confidence == NULL)
                return "No order fits. Look for it by what the payer wrote, or set the credit aside.";
        if (strcmp(row->confidence, "sure") == 0)
                return "Reference and amount are this order’s.";
        if (strcmp(row->confidence, "amount") == 0)
                return "No reference. The amount is this order’s alone, and the payer has its buyer’s name.";
        if (!text_equal(row->order_currency, row->currency))
                return "The reference is this order’s, but the order is in another currency.";
        if (row->owed_minor == 0)
                return "The reference is this order’s, and nothing is owed for it any more.";
        if (!text_equal(row->order_status, "open"))
                return "The reference is this order’s, but the order is over.";
        return row->amount_minor < row->owed_minor ? "The reference is this order’s, but it is too little."
                                                   : "The reference is this order’s, but it is too much.";
}

static void
line_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct bank_line_row *row = &page->lines[i];
        struct request *req = page->req;
        bool here = req->route->params == match_params && param_int(req, "line") == row->id;
        bool aside = req->route->params == aside_params && param_int(req, "line") == row->id;

        view_row(view, "", &bank_line_row_type, row);
        view_text(view, "iban", iban_grouped(req->pool, row->payer_iban));
        view_text(view, "why_this", why(row));
        view_flag(view, "sure", text_equal(row->confidence, "sure"));
        view_flag(view, "suggested", row->order_number != NULL);
        view_money(view, "owes", row->owed_minor_null ? 0 : row->owed_minor,
                   row->order_currency != NULL ? row->order_currency : row->currency);
        view_text(view, "number_shown", here ? param_typed(req, "number") : row->order_number);
        view_text(view, "number_wrong", here ? param_error(req, "number") : NULL);
        view_flag(view, "here", here);
        view_flag(view, "ask_anyway", here && page->ask != NULL);
        view_flag(view, "ask_closed", here && text_equal(page->ask, "closed"));
        view_text(view, "why_typed", aside ? param_typed(req, "why") : NULL);
        view_text(view, "why_wrong", aside ? param_error(req, "why") : NULL);
        view_flag(view, "aside", aside);
}

static void
over_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct bank_line_over_row *row = &page->over[i];
        bool mine = page->req->route->params == undo_params && !row->payment_null &&
                    param_int(page->req, "payment") == row->payment;

        view_row(view, "", &bank_line_over_row_type, row);
        desk_status(view, "state", "bank_line", row->status);
        desk_time(view, "when", row->at, row->at_null);
        view_flag(view, "is_payout", text_equal(row->status, "payout"));
        view_flag(view, "is_aside", text_equal(row->status, "set_aside"));
        view_flag(view, "may_undo", !row->payment_null && text_equal(row->status, "matched") && desk_may(page->req, "match"));
        view_number(view, "payment", row->payment_null ? 0 : row->payment);
        view_text(view, "undo_typed", mine ? param_typed(page->req, "undo_why") : "");
        view_text(view, "undo_wrong", mine ? param_error(page->req, "undo_why") : "");
}

static void
open_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct transfer_open_row *row = &page->open[i];

        view_row(view, "", &transfer_open_row_type, row);
        view_text(view, "grouped", iban_grouped(page->req->pool, row->reference));
        view_flag(view, "part", row->paid_minor > 0);
}

static void
back_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct transfer_back_row *row = &page->back[i];

        view_row(view, "", &transfer_back_row_type, row);
        view_text(view, "why", words_of("refund_reason", row->reason));
        view_text(view, "iban", iban_grouped(page->req->pool, row->payer_iban));
}

/* The forms of the page: those of other routes empty, the one that was refused as typed. */
static void
push_forms(struct view *view, struct request *req, bool with_form)
{
        view_form_empty(view, statement_params);
        view_form_empty(view, credit_params);
        view_text(view, "currency", "EUR");
        if (with_form)
                view_form(view, req);
        view_text(view, "nonce", req->route->params == credit_params && param_text(req, "nonce") != NULL
                  ? param_text(req, "nonce") : token_new(req->pool));
        view_flag(view, "bring_in", with_form && (req->route->params == statement_params || req->route->params == credit_params));
}

/* Where the list NAME of this page goes on, as in its links: a day or moment, and an id.  False when
 * the address has nonsense. */
static bool
place_of(struct request *req, const char *name, instant first, instant *at, int64_t *id)
{
        const char *after = req->route->params == page_params ? param_text(req, name) : NULL;
        bool fine = desk_place(after, at, id);

        if (after == NULL) {
                *at = first;
                *id = first == 0 ? 0 : INT64_MAX;
        }
        return fine;
}

/* How many of the N rows of NAME are shown; the link to the rest begins after the last of these. */
static size_t
cut(struct view *view, struct request *req, const char *name, size_t n, instant at, int64_t id)
{
        const char *param = pool_printf(req->pool, "%s_after", name);
        bool later = req->route->params == page_params && param_text(req, param) != NULL;

        view_url(view, pool_printf(req->pool, "%s_first_url", name),
                 later ? pool_printf(req->pool, "/admin/transfers#%s", name) : "");
        view_url(view, pool_printf(req->pool, "%s_next_url", name), n > MOST
                 ? pool_printf(req->pool, "/admin/transfers?%s=%" PRId64 "-%" PRId64 "#%s", param, at, id, name) : "");
        return MIN(n, (size_t)MOST);
}

/* The lists, each with the way to its next page. */
static void
push_lists(struct view *view, struct page *page)
{
        struct request *req = page->req;
        size_t n = page->n_lines, last = MOST - 1;

        n = cut(view, req, "lines", n, n > MOST ? page->lines[last].booked_on : 0,
                n > MOST ? page->lines[last].id : 0);
        view_each(view, "lines", "admin/transfers.line.html", n, line_row, page);
        n = page->n_back;
        n = cut(view, req, "backs", n, 0, n > MOST ? page->back[last].id : 0);
        view_each(view, "backs", "admin/transfers.back.html", n, back_row, page);
        n = page->n_open;
        n = cut(view, req, "waiting", n, n > MOST ? page->open[last].pay_by_on : 0, n > MOST ? page->open[last].id : 0);
        view_each(view, "waiting", "admin/transfers.open.html", n, open_row, page);
        n = page->n_over;
        n = cut(view, req, "over", n, n > MOST ? page->over[last].settled_at : 0, n > MOST ? page->over[last].id : 0);
        view_each(view, "over", "admin/transfers.over.html", n, over_row, page);
}

static enum http_status
show(struct request *req, enum http_status status, const char *answer, const char *ask)
{
        struct page page = { .req = req, .ask = ask };
        struct view *view;
        instant line_on, open_on, back_on, over_at;
        int64_t line_id, open_id, back_id, over_id;
        enum db_status rc;

        if (!place_of(req, "lines_after", DESK_FIRST, &line_on, &line_id) ||
            !place_of(req, "waiting_after", DESK_FIRST, &open_on, &open_id) ||
            !place_of(req, "backs_after", DESK_FIRST, &back_on, &back_id) ||
            !place_of(req, "over_after", DESK_LAST, &over_at, &over_id) || line_on > DAY_MAX || open_on > DAY_MAX)
                return reply_error(req, HTTP_BAD_REQUEST);
        bank_lines_new_ask(req->db, (int32_t)line_on, line_id, MOST + 1, &page.lines, &page.n_lines);
        bank_lines_over_ask(req->db, over_at, over_id, MOST + 1, &page.over, &page.n_over);
        transfers_open_ask(req->db, (int32_t)open_on, open_id, MOST + 1, &page.open, &page.n_open);
        transfers_back_ask(req->db, back_id, MOST + 1, &page.back, &page.n_back);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/transfers.html");
        view_text(view, "page_title", "Bank transfers");
        desk_answer(view, "answer", said, answer);
        push_forms(view, req, status != HTTP_OK);
        view_flag(view, "may_match", desk_may(req, "match"));
        view_flag(view, "configured", req->config->bank_iban[0] != '\0');
        push_lists(view, &page);
        return view_reply(view, status);
}

/* GET /transfers */
static enum http_status
transfers_show(struct request *req)
{
        return show(req, HTTP_OK, param_text(req, "done"), NULL);
}

/* --- what staff do ------------------------------------------------------------- */

/* POST /transfers/statements: all of it or nothing, each line once. */
static enum http_status
statement_create(struct request *req)
{
        const char *text = param_text(req, "statement"), *error = "";
        struct bank_line_added_row *rows;
        struct statement statement;
        enum db_status rc;
        bool new = false;

        if (params_valid(req) && !statement_read(req->pool, text, strlen(text), req->config->bank_iban, &statement, &error))
                param_refuse(req, "statement", pool_printf(req->pool, "%s Nothing was taken from it.", error));
        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL, NULL);
        rows = pool_alloc(req->pool, (statement.n + 1) * sizeof(*rows));
        for (size_t i = 0; i < statement.n; i++) {
                const struct statement_credit *c = &statement.credits[i];

                staff_bank_line_ask(req->db, c->statement, c->line, c->booked_on, c->amount_minor, c->currency, c->reference,
                                    c->payer, c->payer_iban, statement.source, &rows[i]);
        }
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        for (size_t i = 0; i < statement.n; i++)
                new = new || rows[i].added;
        return back(req, new ? "loaded" : "known");
}

/* POST /transfers/credits: one by hand; the form's nonce makes a second click the same. */
static enum http_status
credit_create(struct request *req)
{
        const char *currency = iban_plain(req->pool, param_typed(req, "currency"));
        struct bank_line_added_row row;
        int64_t minor = 0;
        enum db_status rc;

        if (param_text(req, "currency") != NULL && money_exponent(currency) < 0)
                param_refuse(req, "currency", "Enter a currency that we know, such as EUR");
        else if (param_text(req, "amount") != NULL &&
                 (!statement_amount(req->pool, param_text(req, "amount"), currency, &minor) || minor <= 0))
                param_refuse(req, "amount", "Enter an amount above nothing, such as 149.00");
        if (param_text(req, "booked_on") != NULL && param_int(req, "booked_on") > req->identity.now_at / CLOCK_SECOND / 86400 + 1)
                param_refuse(req, "booked_on", "This day is still to come");
        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL, NULL);
        staff_bank_line_ask(req->db, pool_printf(req->pool, "hand %s", param_text(req, "nonce")), 1,
                            (int32_t)param_int(req, "booked_on"), minor, currency,
                            param_text(req, "reference") != NULL ? param_text(req, "reference") : "",
                            param_text(req, "payer") != NULL ? param_text(req, "payer") : "", "", "hand", &row);
        rc = db_wait(req->db);
        return rc == DB_OK ? back(req, row.added ? "credit" : "known") : http_from_db(req, rc);
}

/* POST /transfers/lines/:line/matches */
static enum http_status
match_create(struct request *req)
{
        struct transfer_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL, NULL);
        rc = transfer_match(req->db, param_int(req, "line"), param_text(req, "number"), param_check(req, "anyway"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "denied"))
                return reply_error(req, HTTP_FORBIDDEN);
        if (text_equal(row.answer, "unknown"))
                param_refuse(req, "number", "There is no order of this number");
        else if (text_equal(row.answer, "currency"))
                param_refuse(req, "number", "This order is in another currency");
        else if (text_equal(row.answer, "closed"))
                param_refuse(req, "number", "This order is over. Match it all the same?");
        else if (text_equal(row.answer, "settled"))
                param_refuse(req, "number", "Nothing is owed for this order. Book it all the same and pay it back?");
        if (!params_valid(req))
                return show(req, HTTP_CONFLICT, NULL,
                            text_equal(row.answer, "closed") || text_equal(row.answer, "settled") ? row.answer : NULL);
        return back(req, row.answer);
}

/* POST /transfers/payments/:payment/undoings */
static enum http_status
undo_create(struct request *req)
{
        struct transfer_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL, NULL);
        rc = transfer_undo(req->db, param_int(req, "payment"), param_text(req, "undo_why"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row.answer, "undone")      ? "undone"
                         : text_equal(row.answer, "gone")      ? "undone-gone"
                         : text_equal(row.answer, "paid_back") ? "undone-paid-back"
                                                               : "undone-several");
}

/* POST /transfers/lines/:line/asides */
static enum http_status
aside_create(struct request *req)
{
        struct bank_line_done_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL, NULL);
        rc = bank_line_set_aside(req->db, param_int(req, "line"), param_text(req, "why"), &row);
        return rc == DB_OK ? back(req, row.done ? "aside" : "taken") : http_from_db(req, rc);
}

/* POST /transfers/lines/:line/payouts */
static enum http_status
provider_create(struct request *req)
{
        struct bank_line_done_row row;
        enum db_status rc = bank_line_payout(req->db, param_int(req, "line"), &row);

        return rc == DB_OK ? back(req, row.done ? "payout" : "taken") : http_from_db(req, rc);
}

/* POST /transfers/lines/:line/returns */
static enum http_status
return_create(struct request *req)
{
        struct bank_line_done_row row;
        enum db_status rc = bank_line_take_up(req->db, param_int(req, "line"), &row);

        return rc == DB_OK ? back(req, row.done ? "up" : "taken") : http_from_db(req, rc);
}

/* POST /transfers/refunds/:refund/payouts */
static enum http_status
payout_create(struct request *req)
{
        struct transfer_answer_row row;
        enum db_status rc = transfer_paid_back(req->db, param_int(req, "refund"), &row);

        return rc == DB_OK ? back(req, text_equal(row.answer, "booked") ? "back" : "gone") : http_from_db(req, rc);
}

const struct route transfers_routes[] = {
        { GET, "/transfers", STAFF, page_params, transfers_show, 0, "read" },
        { POST, "/transfers/statements", STAFF, statement_params, statement_create, 0, "match" },
        { POST, "/transfers/credits", STAFF, credit_params, credit_create, 0, "match" },
        { POST, "/transfers/lines/:line/matches", STAFF, match_params, match_create, 0, "match" },
        { POST, "/transfers/payments/:payment/undoings", STAFF, undo_params, undo_create, 0, "match" },
        { POST, "/transfers/lines/:line/asides", STAFF, aside_params, aside_create, 0, "match" },
        { POST, "/transfers/lines/:line/payouts", STAFF, line_params, provider_create, 0, "match" },
        { POST, "/transfers/lines/:line/returns", STAFF, line_params, return_create, 0, "match" },
        { POST, "/transfers/refunds/:refund/payouts", STAFF, refund_params, payout_create, 0, "match" },
        ROUTE_END
};
