/* account: what is kept of the person who is logged in, and what they change of it. */
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "portal/portal.h"
#include "queries/calendar.h"
#include "queries/profile.h"
#include "queries/shop.h"
#include "view/country.h"
#include "view/region.h"
#include "view/words.h"

enum { PHONE_DIGITS_LEAST = 5 };

static const char *const said[] = { "profile", "notices", "password", "address", NULL };

static enum http_status
account_show(struct request *req)
{
        struct session_item_row *sessions;
        struct address_waits_row waits;
        size_t n_sessions;
        struct view *view;
        bool waiting;
        enum db_status rc;

        sessions_mine_ask(req->db, &sessions, &n_sessions);
        address_waits_ask(req->db, &waits, &waiting);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!req->identity.found)
                return reply_sign_in(req);
        view = view_new(req, "portal/account.html");
        view_text(view, "page_title", "Your account");
        view_text(view, "name", req->identity.name);
        view_text(view, "email", req->identity.email);
        view_text(view, "waiting", waiting ? waits.email : "");
        view_flag(view, "has_password", req->identity.has_password);
        view_number(view, "sessions", (int64_t)n_sessions);
        view_text(view, "notice", param_text(req, "notice"));
        return view_reply(view, HTTP_OK);
}

/* --- name, phone, language, zone, country --- */

struct choices {
        struct pool *pool;
        const char *const *codes;
        const struct country_row *countries;
        const char *chosen;
        const char *(*name)(struct pool *pool, const char *code);
};

static const char *
name_of_locale(struct pool *pool, const char *code)
{
        (void)pool;
        return region_locale_name(code);
}

static void
push_choice(struct view *view, size_t i, void *data)
{
        const struct choices *c = data;
        const char *code = c->countries != NULL ? c->countries[i].country : c->codes[i];

        view_text(view, "code", code);
        view_text(view, "name", c->countries != NULL ? country_name(code) : c->name(c->pool, code));
        view_flag(view, "chosen", text_equal(code, c->chosen));
}

static void
push_choices(struct view *view, const char *name, struct choices choices, size_t n)
{
        view_each(view, name, "portal/product.country.html", n, push_choice, &choices);
}

static size_t
length_of(const char *const *codes)
{
        return g_strv_length((gchar **)(uintptr_t)codes);
}

/* The form: as it is kept, or AGAIN as it was typed. */
static enum http_status
profile_page(struct request *req, bool again)
{
        struct country_row *countries;
        struct profile_row row;
        struct view *view;
        size_t n;
        enum db_status rc;
        const char *zone, *locale, *country;

        profile_mine_ask(req->db, &row);
        countries_ask(req->db, &countries, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return portal_from_db(req, rc);
        view = view_new(req, "portal/account.profile.html");
        view_text(view, "page_title", "About you");
        zone = again ? param_typed(req, "zone") : row.zone;
        locale = again ? param_typed(req, "locale") : row.locale;
        country = again ? param_typed(req, "country") : row.country;
        if (again) {
                view_form(view, req);
        } else {
                view_form_empty(view, req->route->params);
                view_text(view, "name", row.name);
                view_text(view, "phone", row.phone);
        }
        view_text(view, "shop_zone", region_zone_name(req->pool, req->config->zone));
        /* Kept before this list was made: it stays a choice. */
        view_text(view, "own_zone", zone[0] != '\0' && !g_strv_contains(region_zones, zone) ? zone : "");
        push_choices(view, "zones", (struct choices){ req->pool, region_zones, NULL, zone, region_zone_name },
                length_of(region_zones));
        push_choices(view, "locales", (struct choices){ req->pool, region_locales, NULL, locale, name_of_locale },
                     length_of(region_locales));
        push_choices(view, "countries", (struct choices){ req->pool, NULL, countries, country, NULL }, n);
        return view_reply(view, again ? HTTP_UNPROCESSABLE : HTTP_OK);
}

static enum http_status
profile_show(struct request *req)
{
        return profile_page(req, false);
}

/* Digits with what people set between them. */
static bool
is_phone(const char *text)
{
        size_t digits = 0;

        for (const char *p = text; *p != '\0'; p++) {
                if (g_ascii_isdigit(*p))
                        digits++;
                else if (strchr(" +()-./", *p) == NULL)
                        return false;
        }
        return digits >= PHONE_DIGITS_LEAST;
}

static enum http_status
profile_save(struct request *req)
{
        const char *phone = param_text(req, "phone"), *zone = param_text(req, "zone");
        const char *country = param_text(req, "country");
        struct profile_row row;
        struct profile_done_row done;
        enum db_status rc;

        if (phone != NULL && !is_phone(phone))
                param_refuse(req, "phone", "Enter a phone number like +49 30 901820");
        rc = profile_mine(req->db, &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (zone != NULL && !g_strv_contains(region_zones, zone) && strcmp(zone, row.zone) != 0)
                param_refuse(req, "zone", "Choose a time zone from the list");
        if (!params_valid(req))
                return profile_page(req, true);
        profile_set_ask(req->db, param_text(req, "name"), phone != NULL ? phone : "", param_text(req, "locale"),
                        zone != NULL ? zone : "", country != NULL ? country : "", &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return done.done ? reply_redirect(req, "/account?notice=profile") : reply_error(req, HTTP_FORBIDDEN);
}

/* --- which mails --- */

static void
push_topic(struct view *view, size_t i, void *data)
{
        const struct choice_row *row = &((const struct choice_row *)data)[i];

        view_text(view, "topic", row->topic);
        view_text(view, "title", words_of("topic", row->topic));
        view_text(view, "text", words_of("topic_text", row->topic));
        view_flag(view, "may_stop", row->may_stop);
        view_flag(view, "wanted", row->wanted);
}

static enum http_status
notices_show(struct request *req)
{
        struct choice_row *rows;
        struct reminder_choice_row reminders;
        struct calendar_mine_row link;
        struct view *view;
        size_t n;
        enum db_status rc;
        bool found, live;

        choices_mine_ask(req->db, &rows, &n);
        reminder_choice_mine_ask(req->db, &reminders, &found);
        calendar_mine_ask(req->db, (struct db_bytes){ NULL, 0 }, &link, &live);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found)
                return reply_sign_in(req);
        view = view_new(req, "portal/account.notices.html");
        view_text(view, "page_title", "Mails you get");
        view_text(view, "email", req->identity.email);
        view_flag(view, "saved", param_text(req, "notice") != NULL);
        view_each(view, "topics", "portal/account.topic.html", n, push_topic, rows);
        view_text(view, "often", reminders.frequency);
        view_text(view, "by", reminders.channel);
        view_flag(view, "link", live);
        view_flag(view, "fetched", live && !link.seen_at_null);
        view_flag(view, "plans", reminders.plans > 0);
        return view_reply(view, HTTP_OK);
}

static enum http_status
notices_save(struct request *req)
{
        struct profile_done_row done;
        enum db_status rc;

        if (!params_valid(req))
                return reply_error(req, HTTP_NOT_FOUND);
        choice_set_ask(req->db, param_text(req, "topic"), param_check(req, "wanted"), &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return done.done ? reply_redirect(req, "/account/notices?notice=notices") : reply_error(req, HTTP_NOT_FOUND);
}

/* How often to be reminded of payments, and where.  What the law or their access needs leaves by mail
 * anyway; a calendar needs its link first. */
static enum http_status
reminders_save(struct request *req)
{
        const char *by = param_text(req, "by");
        struct profile_done_row done;
        struct calendar_mine_row link;
        enum db_status rc;
        bool live;

        if (!params_valid(req))
                return reply_error(req, HTTP_NOT_FOUND);
        reminder_choice_set_ask(req->db, param_text(req, "often"), by, &done);
        calendar_mine_ask(req->db, (struct db_bytes){ NULL, 0 }, &link, &live);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!done.done)
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, text_equal(by, "calendar") && !live ? "/account/calendar?notice=saved"
                                                                       : "/account/notices?notice=notices");
}

static const struct param account_params[] = {
        { .name = "notice", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = said },
        PARAM_END
};

static const struct param profile_params[] = {
        { .name = "name", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 120, .missing = "Enter your name" },
        { .name = "phone", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40,
                .invalid = "Enter a phone number like +49 30 901820" },
        { .name = "locale", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = region_locales,
          .missing = "Choose a language", .invalid = "Choose a language from the list" },
        { .name = "zone", .type = PARAM_TEXT, .from = FROM_FORM, .max = 60, .invalid = "Choose a time zone from the list" },
        { .name = "country", .type = PARAM_COUNTRY, .from = FROM_FORM, .invalid = "Choose a country from the list" },
        PARAM_END
};

static const struct param topic_params[] = {
        { .name = "topic", .type = PARAM_SLUG, .from = FROM_FORM, .required = true },
        { .name = "wanted", .type = PARAM_CHECK, .from = FROM_FORM },
        PARAM_END
};

static const char *const frequencies[] = { "all", "important", NULL };
static const char *const channels[] = { "mail", "calendar", NULL };

static const struct param reminder_params[] = {
        { .name = "often", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = frequencies },
        { .name = "by", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = channels },
        PARAM_END
};

const struct route account_routes[] = {
        { GET,  "/account",         SIGNED_IN, account_params, account_show, 0, NULL },
        { GET,  "/account/profile", SIGNED_IN, profile_params, profile_show, 0, NULL },
        { POST, "/account/profile", SIGNED_IN, profile_params, profile_save, 0, NULL },
        { GET,  "/account/notices", SIGNED_IN, account_params, notices_show, 0, NULL },
        { POST, "/account/notices", SIGNED_IN, topic_params,   notices_save, 0, NULL },
        { POST, "/account/reminders", SIGNED_IN, reminder_params, reminders_save, 0, NULL },
        ROUTE_END
};
