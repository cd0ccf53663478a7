/* order_offer: an unpaid order that staff offered to be paid over time: what the pages of the order show
 * of it, and the page on which its customer answers. */
#ifndef LATCHKEY_PORTAL_ORDER_OFFER_H
#define LATCHKEY_PORTAL_ORDER_OFFER_H

#include "db/db.h"
#include "queries/order_offer.h"
#include "view/view.h"

struct order_offer {
        struct order_offer_row row;
        struct order_offer_part_row *parts;
        size_t n_parts;
        bool found;
};

/* Queue it: of a mail's link, or with NULL bytes of an order's number. */
void order_offer_ask(struct db *db, struct db_bytes link, const char *number, struct order_offer *offer);

/* offered: it waits for an answer; agreed: the first payment is awaited; parts, its payments; offer_url, URL, is
 * its page; first_url the page of the first payment, by login. */
void order_offer_push(struct view *view, struct request *req, const struct order_offer *offer, const char *url);

#endif
