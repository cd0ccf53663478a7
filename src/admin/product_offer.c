/* product_offer: what a product costs: a new price, a new offer, on and off.
 *
 * A price is a version of its offer, published at once after a page that says what changes and,
 * where it is paid over time, shows every amount with its day.
 * Checkouts that have begun keep the price that they showed. */
#include "admin/product_offer.h"

#include <string.h>

#include <glib.h>

#include "admin/product.h"
#include "base/money.h"
#include "base/money_format.h"
#include "base/text.h"
#include "domain/schedule.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "queries/schedule.h"
#include "view/format.h"
#include "view/view.h"

/* What the gateway takes at most, in minor units. */
enum { AMOUNT_MOST = 99999999 };

static const char *const switches[] = { "on", "off", NULL };
static const char *const classes[] = { "digital", "service", NULL };

static const struct param new_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

static const struct param offer_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "offer", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

static const struct param sale_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "offer", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "sale", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = switches },
        PARAM_END
};

#define PRICE_PARAMS \
        { .name = "version", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 0, .max = INT32_MAX }, \
        { .name = "title", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 80, \
          .missing = "Say what this offer is called" }, \
        { .name = "currency", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 20, \
          .missing = "Enter a currency such as EUR" }, \
        { .name = "amount", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 40, \
          .missing = "Enter a price such as 49.00" }, \
        { .name = "tax_class", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = classes }, \
        { .name = "way", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = schedule_ways, \
          .invalid = "Choose how it is paid" }, \
        { .name = "instalments", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40 }, \
        { .name = "days", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 2000 }, \
        { .name = "deposit", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40 }, \
        { .name = "confirmed", .type = PARAM_CHECK, .from = FROM_FORM }

static const struct param change_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "offer", .type = PARAM_SLUG, .from = FROM_PATH },
        PRICE_PARAMS,
        PARAM_END
};

static const struct param add_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "offer", .type = PARAM_SLUG, .from = FROM_FORM, .required = true,
          .missing = "Enter a short name such as full" },
        PRICE_PARAMS,
        PARAM_END
};

/* --- a price as it was typed ------------------------------------------------------- */

/* Why TEXT is no price in CURRENCY. */
static const char *
price_fault(struct pool *pool, const char *text, const char *currency)
{
        const char *point = strchr(text, '.');
        size_t decimals = point != NULL ? strlen(point + 1) : 0;
        int exponent = money_exponent(currency);

        if (strspn(text, "0123456789.") != strlen(text) || !g_ascii_isdigit(text[0]) ||
            (point != NULL && (strchr(point + 1, '.') != NULL || decimals == 0)))
                return text[0] == '-' ? "A price is more than nothing"
                                      : "Enter a price such as 49.00, with a point and no currency";
        if (decimals > (size_t)exponent)
                return exponent == 0 ? pool_printf(pool, "%s has no decimals: write a whole number", currency)
                                     : pool_printf(pool, "%s has %d decimals at most", currency, exponent);
        return "This is more than the gateway takes at once";
}

void
product_offer_price(struct request *req, struct price *price)
{
        const char *typed = param_text(req, "currency"), *amount = param_text(req, "amount");
        char *code = g_ascii_strup(typed != NULL ? typed : "", -1);

        price->currency = pool_strdup(req->pool, code);
        price->minor = 0;
        g_free(code);
        if (typed == NULL || amount == NULL)
                return;
        if (strcmp(price->currency, "ISK") == 0 || strcmp(price->currency, "UGX") == 0)
                param_refuse(req, "currency", "ISK and UGX cannot be sold in: the gateway counts them in hundredths");
        else if (strlen(price->currency) != 3 || money_exponent(price->currency) < 0)
                param_refuse(req, "currency", "Enter a currency that we know, such as EUR, USD or JPY");
        else if (!money_parse(amount, price->currency, &price->minor))
                param_refuse(req, "amount", price_fault(req->pool, amount, price->currency));
        else if (price->minor <= 0)
                param_refuse(req, "amount", "A price is more than nothing");
        else if (price->minor > AMOUNT_MOST)
                param_refuse(req, "amount", "This is more than the gateway takes at once");
        else if (money_step_fault(req->pool, price->minor, price->currency) != NULL)
                param_refuse(req, "amount", money_step_fault(req->pool, price->minor, price->currency));
}

/* How it is paid, as it was typed: JSON for the catalogue, and WORDS for it.  Only for a price that
 * holds. */
static enum db_status
read_schedule(struct request *req, const struct price *price, const char **json, const char **words)
{
        const char *way = param_text(req, "way");
        struct schedule typed = { way != NULL ? way : "full", param_text(req, "instalments"), param_text(req, "days"),
                                  param_text(req, "deposit") };
        struct schedule_fault fault;
        struct schedule_check_row row;
        enum db_status rc;

        *words = "";
        *json = schedule_json(req->pool, &typed, price->currency, &fault);
        if (*json != NULL) {
                rc = schedule_check(req->db, *json, price->minor, price->currency, req->config->zone, &row);
                if (rc != DB_OK)
                        return rc;
                *words = row.words;
                if (row.fault[0] == '\0')
                        return DB_OK;
                fault = schedule_fault_of(row.fault);
        }
        param_refuse(req, strcmp(fault.field, "count") == 0 ? "instalments" : fault.field, fault.words);
        return DB_OK;
}

/* --- the form ------------------------------------------------------------------------ */

static const char *
price_words(struct request *req, const struct product_price_row *row)
{
        return row == NULL ? "" : format_money(req->pool, row->amount_minor, row->currency, req->config->locale);
}

/* WAS is NULL for a new offer. */
static void
push_form(struct view *view, struct request *req, const struct product_price_row *was, bool again)
{
        char amount[24] = "";

        if (again) {
                view_form(view, req);
        } else {
                view_form_empty(view, was != NULL ? change_params : add_params);
                if (was != NULL)
                        money_plain(was->amount_minor, was->currency, amount, sizeof amount);
                view_text(view, "title", was != NULL ? was->title : "Pay in full");
                view_text(view, "currency", was != NULL ? was->currency : "");
                view_text(view, "amount", amount);
                view_text(view, "tax_class", was != NULL ? was->tax_class : "digital");
                view_text(view, "way", was != NULL ? was->way : "full");
                view_text(view, "instalments", was != NULL ? was->instalments : "");
                view_text(view, "days", was != NULL ? was->days : "");
                view_text(view, "deposit", was != NULL ? was->deposit : "");
                view_number(view, "version", was != NULL ? was->version : 0);
        }
        if (was != NULL) {
                view_text(view, "offer", was->offer);
                view_text(view, "offer_error", "");
        }
        view_flag(view, "fresh", was == NULL);
        view_text(view, "slug", param_text(req, "slug"));
}

static enum http_status
form(struct request *req, const struct product_price_row *was, const char *name, enum http_status status, bool again)
{
        struct view *view = view_new(req, "admin/product.offer.html");

        view_text(view, "page_title", pool_printf(req->pool, was != NULL ? "Price of %s" : "New offer for %s", name));
        push_form(view, req, was, again);
        view_text(view, "name", name);
        view_flag(view, "conflict", status == HTTP_CONFLICT);
        if (was != NULL && status == HTTP_CONFLICT)
                view_number(view, "version", was->version);
        view_text(view, "theirs", price_words(req, was));
        return view_reply(view, status);
}

struct preview {
        struct schedule_preview_row *rows;
        size_t n;
        const char *currency;
};

static void
preview_row(struct view *view, size_t i, void *data)
{
        const struct preview *preview = data;
        const struct schedule_preview_row *row = &preview->rows[i];

        view_flag(view, "today", row->seq == 1);
        view_flag(view, "deposit", row->deposit);
        view_date(view, "due_on", row->due_on);
        view_money(view, "part", row->amount_minor, preview->currency);
}

static bool
same_price(const struct product_price_row *was, const struct price *price)
{
        return was != NULL && was->amount_minor == price->minor && text_equal(was->currency, price->currency);
}

/* What changes, and for whom; the same fields once more, unseen. */
static enum http_status
confirm(struct request *req, const struct product_price_row *was, const char *name, const struct price *price,
        const char *json, const char *words)
{
        struct preview preview = { .currency = price->currency };
        struct view *view;
        enum db_status rc = schedule_preview(req->db, json, price->minor, req->config->zone, price->currency,
                                             &preview.rows, &preview.n);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/product.offer-confirm.html");
        view_text(view, "paid_before", was != NULL && !text_equal(was->words, words) ? was->words : "");
        view_text(view, "paid_after", words);
        view_money(view, "total", price->minor, price->currency);
        view_flag(view, "planned", preview.n > 0);
        view_each(view, "schedule", "admin/product.due.html", preview.n, preview_row, &preview);
        view_text(view, "page_title", was != NULL ? "Publish this price?" : "Publish this offer?");
        push_form(view, req, was, true);
        view_text(view, "name", name);
        view_text(view, "before", same_price(was, price) ? "" : price_words(req, was));
        view_text(view, "after", format_money(req->pool, price->minor, price->currency, req->config->locale));
        view_number(view, "open", was != NULL ? was->open : 0);
        return view_reply(view, HTTP_OK);
}

/* Product and offer in one round trip; OFFER NULL: a new one. */
static enum db_status
look(struct request *req, const char *offer, struct product_head_row *head, struct product_price_row *was)
{
        product_head_ask(req->db, param_text(req, "slug"), head);
        if (offer != NULL)
                product_price_ask(req->db, param_text(req, "slug"), offer, was);
        return db_wait(req->db);
}

/* GET /products/:slug/offer: a new one */
static enum http_status
offer_new(struct request *req)
{
        struct product_head_row head;
        enum db_status rc = look(req, NULL, &head, NULL);

        return rc != DB_OK ? http_from_db(req, rc) : form(req, NULL, head.title, HTTP_OK, false);
}

/* GET /products/:slug/offers/:offer */
static enum http_status
offer_show(struct request *req)
{
        struct product_head_row head;
        struct product_price_row was;
        enum db_status rc = look(req, param_text(req, "offer"), &head, &was);

        return rc != DB_OK ? http_from_db(req, rc) : form(req, &was, head.title, HTTP_OK, false);
}

/* Check, ask once more, publish.  WAS is NULL for a new offer. */
static enum http_status
publish(struct request *req, const struct product_price_row *was, const char *name)
{
        struct product_answer_row answer;
        struct product_price_row now;
        struct product_head_row head;
        struct price price;
        const char *json = "", *words = "";
        enum db_status rc;

        product_offer_price(req, &price);
        if (price.minor > 0 && (rc = read_schedule(req, &price, &json, &words)) != DB_OK)
                return http_from_db(req, rc);
        if (!params_valid(req))
                return form(req, was, name, HTTP_UNPROCESSABLE, true);
        if (!param_check(req, "confirmed"))
                return confirm(req, was, name, &price, json, words);
        rc = staff_offer_publish(req->db, param_text(req, "slug"), param_text(req, "offer"), (int32_t)param_int(req, "version"),
                                 param_text(req, "title"), price.currency, price.minor, param_text(req, "tax_class"), json,
                                 &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer.answer, "taken")) {
                param_refuse(req, "offer", "Another offer has this name");
                return form(req, NULL, name, HTTP_UNPROCESSABLE, true);
        }
        if (!text_equal(answer.answer, "changed"))
                return product_back(req, "", text_equal(answer.answer, "same") ? "price-same" : "price");
        rc = look(req, param_text(req, "offer"), &head, &now);
        return rc != DB_OK ? http_from_db(req, rc) : form(req, &now, name, HTTP_CONFLICT, true);
}

/* POST /products/:slug/offers */
static enum http_status
offer_create(struct request *req)
{
        struct product_head_row head;
        enum db_status rc = look(req, NULL, &head, NULL);

        return rc != DB_OK ? http_from_db(req, rc) : publish(req, NULL, head.title);
}

/* POST /products/:slug/offers/:offer */
static enum http_status
price_create(struct request *req)
{
        struct product_head_row head;
        struct product_price_row was;
        enum db_status rc = look(req, param_text(req, "offer"), &head, &was);

        return rc != DB_OK ? http_from_db(req, rc) : publish(req, &was, head.title);
}

/* POST /products/:slug/offers/:offer/sale */
static enum http_status
sale_create(struct request *req)
{
        struct product_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return product_back(req, "", "changed");
        rc = staff_offer_sale(req->db, param_text(req, "slug"), param_text(req, "offer"),
                              text_equal(param_text(req, "sale"), "on"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return product_back(req, "", text_equal(row.answer, "on") ? "offer-on" : "offer-off");
}

const struct route product_offer_routes[] = {
        { GET,  "/products/:slug/offer",              STAFF, new_params,    offer_new,    0, "products" },
        { POST, "/products/:slug/offers",             STAFF, add_params,    offer_create, 0, "products" },
        { GET,  "/products/:slug/offers/:offer",      STAFF, offer_params,  offer_show,   0, "products" },
        { POST, "/products/:slug/offers/:offer",      STAFF, change_params, price_create, 0, "products" },
        { POST, "/products/:slug/offers/:offer/sale", STAFF, sale_params,   sale_create,  0, "products" },
        ROUTE_END
};
