/* customer: one customer, whole: who, what they bought and may open, everything that happened. */
#include "admin/customer.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/customer_act.h"
#include "admin/desk.h"
#include "admin/history.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "queries/customer.h"
#include "view/country.h"
#include "view/view.h"
#include "view/words.h"

/* Lines that came from several tables at the same moment stay on one page: at most so many. */
enum { PAST_ROWS = 50, PAST_SAME = 12, ORDERS_MOST = 50 };

static const struct param customer_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

/* Everything about one customer, from one round trip. */
struct person {
        struct request *req;
        const struct param *with_form;
        struct customer_head_row head;
        struct customer_order_row *orders;
        struct customer_right_row *rights;
        struct past_row *past;
        size_t n_orders, n_rights, n_past;
};

static void
order_row(struct view *view, size_t i, void *data)
{
        const struct person *person = data;
        const struct customer_order_row *row = &person->orders[i];

        view_row(view, "", &customer_order_row_type, row);
        view_stamp(view, "begun", row->created_at, false);
        desk_status(view, "status", "order", row->status);
        view_flag(view, "may_mail", row->has_mails && desk_may(person->req, "mail"));
        view_flag(view, "may_reopen", row->ended && desk_may(person->req, "access"));
}

static void
right_row(struct view *view, size_t i, void *data)
{
        const struct person *person = data;
        const struct customer_right_row *row = &person->rights[i];
        bool mine = person->with_form == customer_end_params && param_int(person->req, "access") == row->id;

        view_row(view, "", &customer_right_row_type, row);
        desk_status(view, "status", "access", row->status);
        view_flag(view, "gift", text_equal(row->reason, "gift"));
        view_text(view, "cause", row->end_reason != NULL ? words_of("end_reason", row->end_reason)
                                                         : words_of("waiting_for", row->waiting_for));
        view_text(view, "told", text_equal(row->end_reason, "staff") ? row->end_note : "");
        desk_time(view, "opened", row->first_open_at, row->first_open_at_null);
        desk_time(view, "last_open", row->last_open_at, row->last_open_at_null);
        view_flag(view, "may_end", desk_may(person->req, "access") && !text_equal(row->status, "ended"));
        view_text(view, "why", mine ? param_typed(person->req, "why") : "");
        view_text(view, "why_error", mine ? param_error(person->req, "why") : "");
}

static void
past_row(struct view *view, size_t i, void *data)
{
        const struct person *person = data;
        const struct past_row *row = &person->past[i];
        struct pool *pool = person->req->pool;
        const char *base = row->number != NULL ? pool_printf(pool, "/admin/orders/%s", row->number)
                                               : pool_printf(pool, "/admin/customers/%" PRId64, person->head.id);
        const struct history_row line = {
                .at = row->at, .source = row->source, .topic = row->topic, .code = row->code, .ref = row->ref, .note = row->note,
                .actor = row->actor, .currency = row->currency, .amount_minor = row->amount_minor,
                .amount_minor_null = row->amount_minor_null
        };

        history_push(view, person->req, base, &line);
        view_text(view, "number", row->number);
}

/* How many lines this page has: all that the last one's moment brought with it. */
static size_t
page_end(const struct person *person)
{
        size_t n = MIN(person->n_past, (size_t)PAST_ROWS);

        while (n > 0 && n < person->n_past && person->past[n].at == person->past[n - 1].at &&
               person->past[n].id == person->past[n - 1].id)
                n++;
        return n;
}

static void
push_past(struct view *view, struct person *person)
{
        struct request *req = person->req;
        const char *here = pool_printf(req->pool, "/admin/customers/%" PRId64, person->head.id);
        size_t shown = page_end(person);
        bool later = req->method == GET && param_text(req, "after") != NULL;

        view_each(view, "past", "admin/customer.past.html", shown, past_row, person);
        view_flag(view, "later", later);
        view_url(view, "first_url", later ? here : "");
        view_url(view, "older_url", person->n_past > shown
                 ? pool_printf(req->pool, "%s?after=%" PRId64 "-%" PRId64 "#history", here, person->past[shown - 1].at,
                               person->past[shown - 1].id) : "");
}

static void
push_forms(struct view *view, struct request *req, const struct person *person)
{
        const struct param *const forms[] = { customer_note_params, customer_address_params };
        bool live = !person->head.erased_at_null || !person->head.merged_into_null ? false : true;

        for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
                if (person->with_form == forms[i])
                        view_form(view, req);
                else
                        view_form_empty(view, forms[i]);
        }
        if (person->with_form == customer_end_params)
                view_form(view, req);
        if (person->with_form != customer_note_params)
                view_text(view, "nonce", token_new(req->pool));
        view_flag(view, "fixing", person->with_form == customer_address_params);
        view_flag(view, "may_note", desk_may(req, "note"));
        view_flag(view, "may_fix", desk_may(req, "customer") && live);
}

enum http_status
customer_page(struct request *req, int64_t id, enum http_status status, const char *answer, const struct param *with_form)
{
        struct person person = { .req = req, .with_form = with_form };
        instant before;
        int64_t before_id;
        struct view *view;
        enum db_status rc;

        if (!desk_place(req->method == GET ? param_text(req, "after") : NULL, &before, &before_id))
                return reply_error(req, HTTP_BAD_REQUEST);
        customer_head_ask(req->db, id, &person.head);
        customer_orders_ask(req->db, id, ORDERS_MOST, &person.orders, &person.n_orders);
        customer_rights_ask(req->db, id, &person.rights, &person.n_rights);
        customer_past_ask(req->db, id, before, before_id, PAST_ROWS + PAST_SAME, &person.past, &person.n_past);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/customer.html");
        view_text(view, "page_title", text_is_empty(person.head.name) ? person.head.email : person.head.name);
        view_row(view, "customer", &customer_head_row_type, &person.head);
        view_text(view, "country", country_name(person.head.country));
        view_date(view, "customer_since", (int32_t)(person.head.created_at / CLOCK_SECOND / 86400));
        customer_said(view, answer);
        view_flag(view, "more_orders", person.head.n_orders > ORDERS_MOST);
        push_forms(view, req, &person);
        view_each(view, "orders", "admin/customer.order.html", person.n_orders, order_row, &person);
        view_each(view, "rights", "admin/customer.right.html", person.n_rights, right_row, &person);
        push_past(view, &person);
        return view_reply(view, status);
}

/* GET /customers/:id */
static enum http_status
customer_show(struct request *req)
{
        return customer_page(req, param_int(req, "id"), HTTP_OK, param_text(req, "done"), NULL);
}

const struct route customer_routes[] = {
        { GET, "/customers/:id", STAFF, customer_params, customer_show, 0, "read" },
        ROUTE_END
};
