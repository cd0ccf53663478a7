/* shop: the shop window, a product's page, the terms. */
#include "portal/shop.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"
#include "queries/session.h"
#include "queries/shop.h"
#include "view/country.h"
#include "view/markdown.h"

static void
push_card(struct view *view, size_t i, void *data)
{
        const struct product_card_row *cards = data;

        view_row(view, "", &product_card_row_type, &cards[i]);
        view_url(view, "picture_url", shop_picture(cards[i].kind));
}

static enum http_status
window_show(struct request *req)
{
        struct product_card_row *cards;
        size_t n;
        enum db_status rc;
        struct view *view;

        products_on_sale_ask(req->db, &cards, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/window.html");
        view_text(view, "page_title", "");
        view_each(view, "products", "portal/window.product.html", n, push_card, cards);
        return view_reply(view, HTTP_OK);
}

const char *
shop_picture(const char *kind)
{
        if (strcmp(kind, "coaching") == 0)
                return "/static/img/coaching.svg";
        if (strcmp(kind, "software") == 0)
                return "/static/img/software.svg";
        return "/static/img/course.svg";
}

struct country_list {
        const struct country_row *rows;
        const char *chosen;
};

static void
push_country(struct view *view, size_t i, void *data)
{
        const struct country_list *list = data;

        view_text(view, "code", list->rows[i].country);
        view_text(view, "name", country_name(list->rows[i].country));
        view_flag(view, "chosen", text_equal(list->rows[i].country, list->chosen));
}

struct offer_list {
        const struct shop_page *page;
        const char *chosen;
};

/* "one payment a month", what comes after the first one. */
static const char *
rhythm(const struct offer_row *offer)
{
        if (offer->fixed)
                return "a payment on each of these days";
        if (strcmp(offer->every, "week") == 0)
                return "one payment a week";
        return strcmp(offer->every, "fortnight") == 0 ? "one payment every two weeks" : "one payment a month";
}

static void
push_due(struct view *view, size_t i, void *data)
{
        const struct offer_due_row *due = (const struct offer_due_row *)data + i;

        view_flag(view, "today", due->seq == 1);
        view_flag(view, "deposit", due->deposit);
        view_date(view, "due_on", due->due_on);
        view_money(view, "part", due->amount_minor, due->currency);
}

/* For how long a code takes something off a subscription: at first, for some periods, or always. */
static void
push_less(struct view *view, const struct offer_row *offer)
{
        bool less = offer->amount_minor != offer->list_minor, some = less && !offer->months_null && offer->months > 1;

        view_flag(view, "less_first", less && !offer->months_null && offer->months == 1);
        view_flag(view, "less_some", some);
        view_number(view, "less", some ? offer->months : 1);
        view_date(view, "full_on", some ? offer->full_on : 0);
}

/* How it is paid: at once, in parts that are all shown, or by periods. */
static void
push_schedule(struct view *view, const struct shop_page *page, const struct offer_row *offer)
{
        size_t at = 0, n = 0;

        while (at < page->n_dues && strcmp(page->dues[at].offer, offer->slug) != 0)
                at++;
        while (at + n < page->n_dues && strcmp(page->dues[at + n].offer, offer->slug) == 0)
                n++;
        view_flag(view, "instalments", n > 0);
        view_flag(view, "subscription", strcmp(offer->plan, "subscription") == 0);
        view_text(view, "every", offer->every);
        view_flag(view, "deposit", offer->deposit);
        view_text(view, "rhythm", rhythm(offer));
        view_number(view, "parts", offer->count);
        view_flag(view, "short", offer->count <= 6);
        view_money(view, "first", offer->first_minor, offer->currency);
        view_money(view, "total", offer->amount_minor, offer->currency);
        view_money(view, "list", offer->list_minor, offer->currency);
        view_date(view, "next_on", offer->next_on);
        push_less(view, offer);
        view_text(view, "promise", offer->promise);
        view_each(view, "schedule", "portal/product.due.html", n, push_due, n > 0 ? page->dues + at : NULL);
}

static void
push_offer(struct view *view, size_t i, void *data)
{
        const struct offer_list *list = data;
        const struct offer_row *offer = &list->page->offers[i];

        view_row(view, "", &offer_row_type, offer);
        push_schedule(view, list->page, offer);
        view_flag(view, "chosen", text_is_empty(list->chosen) ? i == 0 : text_equal(offer->slug, list->chosen));
}

/* What of all schedules must be as it was when the form comes back. */
static const char *
seen(struct request *req, const struct shop_page *page)
{
        const char *all = "";

        for (size_t i = 0; i < page->n_offers; i++)
                all = pool_printf(req->pool, "%s%s%s", all, i > 0 ? " " : "", page->offers[i].seen);
        return all;
}

void
shop_ask(struct request *req, const char *slug, const struct shop_priced *priced, struct shop_page *page)
{
        const char *zone = req->config->zone;

        product_by_slug_ask(req->db, slug, &page->product);
        product_offers_ask(req->db, slug, zone, priced->offer, priced->amount_minor, priced->code, &page->offers,
                           &page->n_offers);
        product_dues_ask(req->db, slug, zone, priced->offer, priced->amount_minor, &page->dues, &page->n_dues);
        product_owned_ask(req->db, slug, &page->owned);
        countries_ask(req->db, &page->countries, &page->n_countries);
        terms_current_ask(req->db, "consent", &page->consent);
}

/* The first paragraph stands beside the box, the rest below it. */
static void
push_consent(struct view *view, struct request *req, const char *body)
{
        const char *end = strstr(body, "\n\n");
        size_t len = end != NULL ? (size_t)(end - body) : strlen(body);

        view_text(view, "consent_text", text_trim(req->pool, pool_strndup(req->pool, body, len)));
        view_html(view, "consent_rest", end != NULL ? markdown_render(req->pool, end + 2) : (struct html){ "" });
}

struct view *
shop_view(struct request *req, const struct shop_page *page, const char *nonce, const struct shop_typed *typed)
{
        struct view *view = view_new(req, "portal/product.html");
        struct offer_list offers = { page, typed->offer };
        static const struct offer_row none = { .slug = "", .title = "", .currency = "EUR", .plan = "", .every = "", .promise = "",
                                               .count = 1 };
        const struct offer_row *first = page->n_offers > 0 ? page->offers : &none;
        struct country_list countries = { page->countries, typed->country };
        const struct product_row *product = &page->product;

        if (typed->again)
                view_form(view, req);
        else
                view_form_empty(view, checkout_params);
        view_flag(view, "cancelled", typed->cancelled);
        view_flag(view, "code_shown", false);
        view_text(view, "page_title", product->title);
        view_row(view, "product", &product_row_type, product);
        view_url(view, "picture_url", shop_picture(product->kind));
        view_flag(view, "sold", product->on_sale && page->n_offers > 0);
        view_flag(view, "owned", page->owned.owned);
        view_flag(view, "one_offer", page->n_offers == 1);
        view_money(view, "price", first->list_minor, first->currency);
        view_text(view, "offer_slug", first->slug);
        push_schedule(view, page, first);
        view_flag(view, "look", typed->look);
        view_text(view, "seen", seen(req, page));
        view_each(view, "offers", "portal/product.offer.html", page->n_offers, push_offer, &offers);
        view_each(view, "countries", "portal/product.country.html", page->n_countries, push_country, &countries);
        push_consent(view, req, page->consent.body_md);
        view_text(view, "nonce", nonce);
        view_flag(view, "takes_transfer", req->config->bank_iban[0] != '\0');
        view_flag(view, "by_transfer", text_equal(typed->pay, "transfer"));
        view_flag(view, "agree_on", typed->agree);
        view_flag(view, "consent_on", typed->consent);
        return view;
}

void
shop_code(struct view *view, const struct shop_page *page, const char *offer, const struct discount_look_row *look)
{
        const char *every = "";

        for (size_t i = 0; i < page->n_offers; i++)
                if (strcmp(page->offers[i].slug, offer) == 0)
                        every = page->offers[i].every;
        view_row(view, "look", &discount_look_row_type, look);
        view_flag(view, "look_first", !look->months_null && look->months == 1);
        view_text(view, "look_every", every);
        view_flag(view, "code_shown", true);
}

static enum http_status
product_show(struct request *req)
{
        struct shop_page page;
        struct view *view;
        enum db_status rc;

        shop_ask(req, param_text(req, "slug"), &(struct shop_priced){ "", 0, "" }, &page);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = shop_view(req, &page, token_new(req->pool),
                         &(struct shop_typed){ .country = req->config->seller_country,
                                               .cancelled = param_text(req, "cancelled") != NULL });
        if (req->identity.found) {
                view_text(view, "email", req->identity.email);
                view_text(view, "name", req->identity.name);
        }
        return view_reply(view, page.product.on_sale ? HTTP_OK : HTTP_GONE);
}

static enum http_status
terms_show(struct request *req)
{
        struct terms_row terms;
        struct view *view;
        enum db_status rc;

        terms_current_ask(req->db, "terms", &terms);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/terms.html");
        view_text(view, "page_title", terms.title);
        view_row(view, "terms", &terms_row_type, &terms);
        return view_reply(view, HTTP_OK);
}

static const struct param product_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "cancelled", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        PARAM_END
};

const struct route shop_routes[] = {
        { GET, "/",               OPEN, NULL,           window_show,  0, NULL },
        { GET, "/products/:slug", OPEN, product_params, product_show, 0, NULL },
        { GET, "/terms",          OPEN, NULL,           terms_show,   0, NULL },
        ROUTE_END
};
