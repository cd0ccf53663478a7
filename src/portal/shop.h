/* shop: a product's page, which the checkout shows again when something must be mended. */
#ifndef LATCHKEY_PORTAL_SHOP_H
#define LATCHKEY_PORTAL_SHOP_H

#include "portal/portal.h"
#include "queries/shop.h"

struct shop_page {
        struct product_row product;
        struct offer_row *offers;
        size_t n_offers;
        struct offer_due_row *dues;     /* of every offer, one after the other */
        size_t n_dues;
        struct product_owned_row owned;
        struct country_row *countries;
        size_t n_countries;
        struct terms_row consent;
};

/* What was chosen so far. */
struct shop_typed {
        const char *offer, *country;
        const char *pay;        /* "transfer", or anything else for the payment page */
        bool agree, consent;
        bool again;             /* the form was sent and refused: its fields stay as typed */
        bool cancelled;         /* back from the hosted page without paying */
        bool look;              /* what would be agreed to is not what the form showed */
};

/* What OFFER costs with a code; an amount of 0: as published. */
struct shop_priced {
        const char *offer;
        int64_t amount_minor;
        const char *code;
};

/* Queue what the page needs. */
void shop_ask(struct request *req, const char *slug, const struct shop_priced *priced, struct shop_page *page);

/* The page.  NONCE names this form: a second submission finds the same order. */
struct view *shop_view(struct request *req, const struct shop_page *page, const char *nonce,
                       const struct shop_typed *typed);

/* On the page: what a code takes off the subscription OFFER, and for how long. */
void shop_code(struct view *view, const struct shop_page *page, const char *offer, const struct discount_look_row *look);

/* The picture of a kind of product, as a path. */
const char *shop_picture(const char *kind);

/* The fields of the form, by which the checkout reads them (checkout.c). */
extern const struct param checkout_params[];

#endif
