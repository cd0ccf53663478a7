/* portal: what the customer's pages share. */
#ifndef LATCHKEY_PORTAL_PORTAL_H
#define LATCHKEY_PORTAL_PORTAL_H

#include "base/pool.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/route.h"
#include "view/view.h"

extern const struct route shop_routes[], checkout_routes[], welcome_routes[], link_routes[], login_routes[],
        account_routes[], security_routes[], passkey_routes[], address_routes[], correct_routes[], program_routes[],
        order_routes[], people_routes[], transfer_routes[], site_routes[], eyes_routes[];
extern const struct route method_routes[];
extern const struct route tickets_routes[], ticket_routes[];
extern const struct route pay_routes[], pay_act_routes[], payment_routes[], agreement_routes[];
extern const struct route help_routes[];
extern const struct route rate_routes[];
extern const struct route withdraw_routes[], refund_routes[];
extern const struct route order_offer_routes[];
extern const struct route plan_routes[], change_routes[], early_routes[], period_routes[];
extern const struct route calendar_routes[];

/* The gateway's client of this process, opened when it is first needed; NULL after a
 * logged error. */
struct stripe *portal_stripe(struct request *req);

/* "?order=NUMBER" where this page is seen by the browser that began that order's checkout
 * and by nobody who logged in, "" elsewhere: for the links between such pages. */
const char *portal_via(struct request *req);

/* http_from_db() for pages that a login would open: a signed-out browser that finds no row
 * is sent to the login, a signed-in one gets 404. */
enum http_status portal_from_db(struct request *req, enum db_status rc);

/* Whether this login is fresh enough for what is sensitive (safety rule 21), and where to make
 * it so; the database asks again.  After db_wait(). */
bool portal_fresh(struct request *req);
enum http_status portal_confirm(struct request *req, const char *next);

/* A way back on our own host, or the programs. */
const char *portal_next(const char *next);
/* For a page with a form that asks for a passkey; PURPOSE is create or get. */
void portal_push_passkey(struct view *view, struct request *req, const char *purpose);

/* A page that only says something: TITLE, BODY and one link. */
enum http_status portal_message(struct request *req, enum http_status status, const char *title,
                                const char *body, const char *link, const char *link_text);

#endif
