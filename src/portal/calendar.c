/* calendar: payments in the customer's own calendar (S1.4): the page of the private link, and what a
 * calendar app fetches by it, without a login.
 *
 * The link's token is made of the session's secret and the form's nonce, and the database keeps its hash
 * alone: the same form sent again makes the same link, and only that session, for ten minutes, can show
 * its address. */
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/passkey.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/calendar.h"
#include "queries/profile.h"
#include "view/calendar.h"
#include "view/format.h"
#include "view/method.h"

/* --- the page ---------------------------------------------------------------------- */

static const char *
link_token(struct request *req, const char *nonce)
{
        const char *text = pool_printf(req->pool, "calendar %s", nonce);
        uint8_t digest[TOKEN_HASH_SIZE];

        token_hmac_sha256(req->token, strlen(req->token), text, strlen(text), digest);
        return token_base64url(req->pool, digest, sizeof digest);
}

/* The link as https, and in the scheme that opens the calendar of a device; neither for a TOKEN of NULL. */
static void
push_address(struct view *view, struct request *req, const char *token)
{
        const char *portal = req->config->portal_url, *path = NULL;

        if (token != NULL)
                path = pool_printf(req->pool, "/calendar/%s/payments.ics", token);
        view_url(view, "address_url", path == NULL ? NULL : pool_printf(req->pool, "%s%s", portal, path));
        view_url(view, "webcal_url", path == NULL ? NULL : pool_printf(req->pool, "webcal%s%s", strstr(portal, "://"), path));
}

/* GET /account/calendar */
static enum http_status
link_show(struct request *req)
{
        const char *nonce = param_text(req, "made");
        const char *token = nonce != NULL && req->token != NULL ? link_token(req, nonce) : NULL;
        struct calendar_mine_row row = { .shown = false };
        struct reminder_choice_row chosen;
        struct view *view;
        enum db_status rc;
        bool live, found;

        calendar_mine_ask(req->db, token != NULL ? session_hash(req->pool, token) : (struct db_bytes){ NULL, 0 }, &row, &live);
        reminder_choice_mine_ask(req->db, &chosen, &found);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found)
                return reply_sign_in(req);
        view = view_new(req, "portal/account.calendar.html");
        view_text(view, "page_title", "Payments in your calendar");
        view_text(view, "notice", param_text(req, "notice"));
        view_text(view, "nonce", token_new(req->pool));
        view_flag(view, "live", live);
        view_flag(view, "over", nonce != NULL && !(live && row.shown));
        view_flag(view, "by_calendar", text_equal(chosen.channel, "calendar"));
        push_address(view, req, live && row.shown ? token : NULL);
        view_flag(view, "fetched", live && !row.seen_at_null);
        view_time(view, "made", live ? row.made_at : 0);
        view_time(view, "seen", live && !row.seen_at_null ? row.seen_at : 0);
        return view_reply(view, HTTP_OK);
}

/* POST /account/calendar */
static enum http_status
link_make(struct request *req)
{
        const char *nonce = param_text(req, "nonce");
        struct calendar_done_row row;
        enum db_status rc;

        if (!params_valid(req))
                return reply_error(req, HTTP_NOT_FOUND);
        calendar_make_ask(req->db, session_hash(req->pool, link_token(req, nonce)), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!row.done)
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, pool_printf(req->pool, "/account/calendar?made=%s", nonce));
}

/* POST /account/calendar/end */
static enum http_status
link_end(struct request *req)
{
        struct calendar_done_row row;
        enum db_status rc;

        calendar_end_ask(req->db, &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return row.done ? reply_redirect(req, "/account/calendar?notice=ended") : reply_error(req, HTTP_NOT_FOUND);
}

/* --- what an app fetches ------------------------------------------------------------ */

static bool
is(const char *text, const char *other)
{
        return text_equal(text, other);
}

/* What there is to do about it, as the mails say it; nothing of why a payment failed. */
static const char *
note_of(struct pool *pool, const struct calendar_due_row *row)
{
        const char *method = method_words(pool, row->method_kind, row->brand, row->last_four);
        const char *day = format_exact_date(pool, row->due_on);

        if (is(row->state, "paid"))
                return "Paid. Thank you.";
        if (is(row->state, "late"))
                return pool_printf(pool, "It was due on %s and has not arrived yet. If it is on its way, thank you: "
                                         "there is nothing to do.", day);
        if (is(row->state, "charge"))
                return pool_printf(pool, "We charge %s%s on %s. There is nothing to do.",
                                   method[0] != '\0' ? "your " : "the saved way to pay", method, day);
        if (is(row->state, "hand"))
                return pool_printf(pool, "Due on %s. No card or account is saved for it, so it is not paid by itself.", day);
        return pool_printf(pool, "Due on %s.", day);
}

/* The page of the amount, or of its plan; both ask for a login.  NULL for what somebody else pays. */
static const char *
page_of(struct request *req, const struct calendar_due_row *row)
{
        const char *portal = req->config->portal_url;

        if (!row->own)
                return NULL;
        if (row->asked && !is(row->state, "paid"))
                return pool_printf(req->pool, "%s/payments/%s/%d", portal, row->order_number, row->seq);
        return pool_printf(req->pool, "%s/plans/%s", portal, row->order_number);
}

static struct calendar_event
event_of(struct request *req, const char *locale, const struct calendar_due_row *row)
{
        const char *amount = format_money(req->pool, row->amount_minor, row->currency, locale);
        const char *page = page_of(req, row), *note = note_of(req->pool, row);
        const char *site = passkey_site(req->pool, req->config->portal_url);

        return (struct calendar_event){
                .uid = pool_printf(req->pool, "%s-%d@%s", row->order_number, row->seq, site),
                .sequence = row->version - 1,
                .changed_at = row->changed_at,
                .on = row->due_on,
                .summary = pool_printf(req->pool, "%s%s for %s", is(row->state, "paid") ? "Paid: " : "", amount, row->title),
                .description = page != NULL ? pool_printf(req->pool, "%s\n\n%s", note, page) : note,
                .url = page,
                .alarms = row->alarms,
        };
}

/* GET /calendar/TOKEN/payments.ics */
static enum http_status
feed_show(struct request *req)
{
        struct db_bytes link = session_hash(req->pool, param_text(req, "token"));
        struct calendar_open_row row;
        struct calendar_due_row *dues;
        struct calendar_event *events;
        const char *text, *locale;
        enum db_status rc;
        size_t n, len;
        bool found;

        calendar_open_ask(req->db, link, &row, &found);
        calendar_dues_ask(req->db, link, &dues, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found)
                return reply_error(req, HTTP_NOT_FOUND);
        locale = row.locale[0] != '\0' ? row.locale : req->config->locale;
        events = pool_alloc(req->pool, (n + 1) * sizeof *events);
        for (size_t i = 0; i < n; i++)
                events[i] = event_of(req, locale, &dues[i]);
        text = calendar_text(req->pool, pool_printf(req->pool, "Payments: %s", req->config->site_name), events, n, &len);
        return reply_download(req, "text/calendar; charset=utf-8", "payments.ics", text, len);
}

static const char *const notices[] = { "ended", "saved", NULL };

static const struct param page_params[] = {
        { .name = "made", .type = PARAM_TOKEN, .from = FROM_QUERY },
        { .name = "notice", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = notices },
        PARAM_END
};
static const struct param make_params[] = {
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true },
        PARAM_END
};
static const struct param feed_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        PARAM_END
};

const struct route calendar_routes[] = {
        { GET,  "/account/calendar",             SIGNED_IN, page_params, link_show, ROUTE_NO_STORE, NULL },
        { POST, "/account/calendar",             SIGNED_IN, make_params, link_make, ROUTE_NO_STORE, NULL },
        { POST, "/account/calendar/end",         SIGNED_IN, NULL,        link_end,  0, NULL },
        { GET,  "/calendar/:token/payments.ics", OPEN,      feed_params, feed_show, ROUTE_NO_STORE | ROUTE_MACHINE, NULL },
        ROUTE_END
};
