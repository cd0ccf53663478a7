/* refund_ask: staff give back what an order took, in full or by item: the form, what it would
 * end, and the wish itself.  The database counts again on locked rows, keeps each form once and
 * says whether somebody else must approve. */
#include "admin/refund_ask.h"

#include <inttypes.h>
#include <string.h>

#include "base/money.h"
#include "base/money_format.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/refunddesk.h"
#include "view/method.h"
#include "view/view.h"
#include "view/words.h"

enum { LINES_MOST = 12 };

static const char *const fields[LINES_MOST] = { "amount_1", "amount_2", "amount_3", "amount_4", "amount_5", "amount_6",
                                                "amount_7", "amount_8", "amount_9", "amount_10", "amount_11", "amount_12" };
static const char *const hows[] = { "all", "part", NULL };
static const char *const plans[] = { "keep", "end", NULL };
static const char *const reasons[] = { "requested_by_customer", "goodwill", "duplicate", "fraudulent", "other", NULL };

#define AMOUNT(n) { .name = "amount_" #n, .type = PARAM_TEXT, .from = FROM_FORM, .max = 30, \
                    .invalid = "Enter an amount such as 49.00" }
static const struct param ask_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "how", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = hows,
          .missing = "Choose whether all of it goes back or a part", .invalid = "Choose whether all of it goes back or a part" },
        AMOUNT(1), AMOUNT(2), AMOUNT(3), AMOUNT(4), AMOUNT(5), AMOUNT(6),
        AMOUNT(7), AMOUNT(8), AMOUNT(9), AMOUNT(10), AMOUNT(11), AMOUNT(12),
        { .name = "plan", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = plans,
          .invalid = "Choose whether the subscription goes on" },
        { .name = "reason", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = reasons,
          .missing = "Choose why", .invalid = "Choose why" },
        { .name = "note", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say in your own words why", .invalid = "Write the reason in one line" },
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true },
        { .name = "step", .type = PARAM_SLUG, .from = FROM_FORM },
        PARAM_END
};

static const struct param show_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        PARAM_END
};

struct wish {
        struct request *req;
        struct refund_order_row order;
        struct refund_line_row *lines;
        size_t n_lines;
        int64_t amounts[LINES_MOST], sum;
        bool here; /* the form was sent: show what was typed */
};

static enum db_status
look(struct wish *wish)
{
        struct request *req = wish->req;

        refund_order_ask(req->db, param_text(req, "number"), &wish->order);
        refund_lines_ask(req->db, param_text(req, "number"), &wish->lines, &wish->n_lines);
        return db_wait(req->db);
}

/* What one person may give back of this order alone; false: any amount. */
static bool
limit_of(const struct wish *wish, int64_t *alone)
{
        const char *list = wish->req->config->refund_alone;

        *alone = 0;
        return strcmp(list, "any") != 0 && money_listed(list, wish->order.currency, alone) >= 0;
}

static bool
wants_second(const struct wish *wish)
{
        int64_t alone;

        return limit_of(wish, &alone) && wish->sum > alone - wish->order.staff_minor;
}

/* A subscription goes on unless staff say that it ends. */
static bool
ends_plan(const struct wish *wish)
{
        return wish->order.subscribed && text_equal(param_text(wish->req, "plan"), "end");
}

/* --- what was typed -------------------------------------------------------------- */

static char *
plain_amount(struct pool *pool, int64_t minor, const char *currency)
{
        char text[24];

        money_plain(minor, currency, text, sizeof text);
        return pool_strdup(pool, text);
}

/* What is wrong with TYPED, an amount up to LEFT; NULL and *MINOR when nothing is. */
static const char *
amount_fault(const struct wish *wish, const char *typed, int64_t left, int64_t *minor)
{
        struct pool *pool = wish->req->pool;
        const char *currency = wish->order.currency;
        char *text = pool_strdup(pool, typed), *comma = strchr(text, ',');
        const char *point;

        if (comma != NULL && strchr(text, '.') == NULL)
                *comma = '.';
        point = strchr(text, '.');
        if (text[0] == '-')
                return "Enter an amount above nothing, without a sign";
        if (!money_parse(text, currency, minor)) {
                int exponent = money_exponent(currency);

                if (point == NULL || strspn(text, "0123456789.") != strlen(text) || (int)strlen(point + 1) <= exponent)
                        return pool_printf(pool, "Enter an amount such as %s", plain_amount(pool, left, currency));
                return exponent == 0 ? pool_printf(pool, "%s has no decimals: enter a whole number", currency)
                                     : pool_printf(pool, "%s has %d decimals, not more", currency, exponent);
        }
        if (*minor <= 0)
                return "Enter an amount above nothing, or leave it empty";
        if (*minor > left)
                return left == 0 ? "Nothing is left of this item"
                                 : pool_printf(pool, "At most %s %s is left of this item", plain_amount(pool, left, currency),
                                               currency);
        /* The whole rest of an item may go back, whatever it is. */
        return *minor == left ? NULL : money_step_fault(pool, *minor, currency);
}

static void
read_all(struct wish *wish)
{
        int64_t left = wish->order.left_minor;

        for (size_t i = 0; i < wish->n_lines && i < LINES_MOST; i++) {
                wish->amounts[i] = wish->lines[i].left_minor < left ? wish->lines[i].left_minor : left;
                left -= wish->amounts[i];
                wish->sum += wish->amounts[i];
        }
}

static void
read_parts(struct wish *wish)
{
        struct request *req = wish->req;
        const char *last = fields[0];

        for (size_t i = 0; i < wish->n_lines && i < LINES_MOST; i++) {
                const char *typed = param_text(req, fields[i]), *fault;

                if (typed == NULL)
                        continue;
                fault = amount_fault(wish, typed, wish->lines[i].left_minor, &wish->amounts[i]);
                if (fault != NULL)
                        param_refuse(req, fields[i], fault);
                else
                        wish->sum += wish->amounts[i];
                last = fields[i];
        }
        if (!params_valid(req))
                return;
        if (wish->sum == 0)
                param_refuse(req, fields[0], "Enter an amount for at least one item");
        else if (wish->sum > wish->order.left_minor)
                param_refuse(req, last,
                             pool_printf(req->pool, "At most %s %s can still go back of this order",
                                         plain_amount(req->pool, wish->order.left_minor, wish->order.currency),
                                         wish->order.currency));
}

/* {"12": 4900, ...}: the line's id and its amount. */
static const char *
wants_text(const struct wish *wish)
{
        struct pool *pool = wish->req->pool;
        const char *text = "";

        for (size_t i = 0; i < wish->n_lines && i < LINES_MOST; i++)
                if (wish->amounts[i] > 0)
                        text = pool_printf(pool, "%s%s\"%" PRId64 "\":%" PRId64, text, text[0] != '\0' ? "," : "",
                                           wish->lines[i].id, wish->amounts[i]);
        return pool_printf(pool, "{%s}", text);
}

/* --- the form -------------------------------------------------------------------- */

static void
field_row(struct view *view, size_t i, void *data)
{
        const struct wish *wish = data;
        const struct refund_line_row *row = &wish->lines[i];

        view_row(view, "", &refund_line_row_type, row);
        view_text(view, "field", fields[i]);
        view_text(view, "typed", wish->here ? param_typed(wish->req, fields[i]) : "");
        view_text(view, "wrong", wish->here ? param_error(wish->req, fields[i]) : NULL);
        view_flag(view, "any_back", row->refunded_minor > 0);
        view_flag(view, "any_left", row->left_minor > 0);
        view_flag(view, "subscribed", wish->order.subscribed);
}

static void
reason_row(struct view *view, size_t i, void *data)
{
        const struct wish *wish = data;

        view_text(view, "value", reasons[i]);
        view_text(view, "title", words_of("refund_reason", reasons[i]));
        view_flag(view, "chosen", wish->here && strcmp(param_typed(wish->req, "reason"), reasons[i]) == 0);
}

static void
push_order(struct view *view, const struct wish *wish)
{
        const struct refund_order_row *order = &wish->order;

        view_row(view, "order", &refund_order_row_type, order);
        view_flag(view, "any_left", order->left_minor > 0);
        view_flag(view, "any_paid", order->paid_minor > 0);
        view_flag(view, "any_waiting", order->waiting_minor > 0);
        view_text(view, "paid_with", method_words(wish->req->pool, order->method_kind, order->brand, order->last_four));
}

static enum http_status
show_form(struct wish *wish, enum http_status status)
{
        struct request *req = wish->req;
        struct view *view = view_new(req, "admin/refund.ask.html");
        size_t n = wish->n_lines < LINES_MOST ? wish->n_lines : LINES_MOST;
        int64_t alone;
        bool limited = limit_of(wish, &alone);

        view_text(view, "page_title", pool_printf(req->pool, "Refund of order %s", wish->order.number));
        view_form_empty(view, ask_params);
        if (wish->here)
                view_form(view, req);
        view_flag(view, "plan_ends", wish->here && ends_plan(wish));
        view_text(view, "nonce",
                  wish->here && param_text(req, "nonce") != NULL ? param_text(req, "nonce") : token_new(req->pool));
        view_flag(view, "limited", limited);
        view_money(view, "alone", alone, wish->order.currency);
        push_order(view, wish);
        view_each(view, "fields", "admin/refund.field.html", n, field_row, wish);
        view_each(view, "reasons", "admin/orders.choice.html", sizeof reasons / sizeof reasons[0] - 1, reason_row, wish);
        return view_reply(view, status);
}

/* GET /orders/:number/refunds */
static enum http_status
ask_show(struct request *req)
{
        struct wish wish = { .req = req };
        enum db_status rc = look(&wish);

        return rc == DB_OK ? show_form(&wish, HTTP_OK) : http_from_db(req, rc);
}

/* --- check it, then do it ---------------------------------------------------------- */

static void
check_row(struct view *view, size_t i, void *data)
{
        const struct wish *wish = data;
        const struct refund_line_row *row = &wish->lines[i];

        view_text(view, "title", row->title);
        view_text(view, "field", fields[i]);
        view_text(view, "typed", param_typed(wish->req, fields[i]));
        view_money(view, "amount", wish->amounts[i], row->currency);
        view_flag(view, "back", wish->amounts[i] > 0);
        view_flag(view, "has_access", row->access != NULL && strcmp(row->access, "ended") != 0);
        view_flag(view, "whole", wish->amounts[i] > 0 && wish->amounts[i] == row->left_minor);
        /* Instalments end when all that came goes back, however little that was. */
        view_flag(view, "ends", wish->order.subscribed ? ends_plan(wish)
                                : wish->amounts[i] > 0 && (wish->amounts[i] == row->left_minor ||
                                  (wish->order.planned && wish->sum == wish->order.left_minor)));
}

static enum http_status
show_check(struct wish *wish)
{
        struct request *req = wish->req;
        struct view *view = view_new(req, "admin/refund.check.html");
        size_t n = wish->n_lines < LINES_MOST ? wish->n_lines : LINES_MOST;
        bool second = wants_second(wish);

        view_text(view, "page_title", second ? "Check before you ask for it" : "Check before it goes back");
        view_form(view, req);
        push_order(view, wish);
        view_text(view, "why", words_of("refund_reason", param_text(req, "reason")));
        view_money(view, "sum", wish->sum, wish->order.currency);
        view_flag(view, "plan_ends", ends_plan(wish));
        view_flag(view, "second", second);
        view_flag(view, "nobody", second && wish->order.approvers == 0);
        view_each(view, "items", "admin/refund.item.html", n, check_row, wish);
        return view_reply(view, HTTP_OK);
}

static enum http_status
do_it(struct wish *wish)
{
        struct request *req = wish->req;
        struct refund_asked_row row;
        int64_t alone;
        bool limited = limit_of(wish, &alone);
        enum db_status rc;

        refund_ask_ask(req->db, wish->order.number, param_text(req, "nonce"), wants_text(wish), param_text(req, "reason"),
                       param_text(req, "note"), limited ? &alone : NULL, ends_plan(wish), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (!row.refund_id_null) {
                req->wake_worker = true;
                return reply_redirect(
                        req, pool_printf(req->pool, "/admin/refunds/%" PRId64 "?done=%s", row.refund_id, row.answer));
        }
        param_refuse(req, "how",
                     text_equal(row.answer, "disputed")
                             ? "The bank disputes this payment now. Nothing of it can go back"
                             : "Less is left than a moment ago: somebody else refunded a part. Please look again");
        return show_form(wish, HTTP_CONFLICT);
}

/* POST /orders/:number/refunds: first what would happen, then, with step "confirm", the wish. */
static enum http_status
ask_create(struct request *req)
{
        struct wish wish = { .req = req, .here = true };
        const char *step = param_text(req, "step");
        enum db_status rc = look(&wish);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        /* The same form again, when all of it is on its way already, finds what it made. */
        if (text_equal(step, "confirm") && params_valid(req)) {
                struct refund_made_row made;
                bool found;

                refund_made_ask(req->db, param_text(req, "nonce"), &made, &found);
                rc = db_wait(req->db);
                if (rc != DB_OK)
                        return http_from_db(req, rc);
                if (found)
                        return reply_redirect(req, pool_printf(req->pool, "/admin/refunds/%" PRId64 "?done=known", made.id));
        }
        if (text_equal(param_text(req, "how"), "part"))
                read_parts(&wish);
        else
                read_all(&wish);
        if (params_valid(req) && wish.sum == 0)
                param_refuse(req, "how", "Nothing is left that could go back");
        if (!params_valid(req))
                return show_form(&wish, HTTP_UNPROCESSABLE);
        if (text_equal(step, "change"))
                return show_form(&wish, HTTP_OK);
        return text_equal(step, "confirm") ? do_it(&wish) : show_check(&wish);
}

const struct route refund_ask_routes[] = {
        { GET, "/orders/:number/refunds", STAFF, show_params, ask_show, 0, "refund" },
        { POST, "/orders/:number/refunds", STAFF, ask_params, ask_create, 0, "refund" },
        ROUTE_END
};
