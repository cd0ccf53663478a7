/* pay: the form of the hosted page, read, checked and shown. */
#include "sandbox/pay.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "base/text.h"
#include "http/reply.h"
#include "sandbox/checkout.h"
#include "sandbox/doc.h"
#include "sandbox/form.h"
#include "view/view.h"

static const struct { const char *code, *name; } countries[] = {
        { "AT", "Austria" }, { "AU", "Australia" }, { "BE", "Belgium" }, { "BR", "Brazil" },
        { "CA", "Canada" }, { "CH", "Switzerland" }, { "CZ", "Czechia" }, { "DE", "Germany" },
        { "DK", "Denmark" }, { "EE", "Estonia" }, { "ES", "Spain" }, { "FI", "Finland" },
        { "FR", "France" }, { "GB", "United Kingdom" }, { "GR", "Greece" }, { "HR", "Croatia" },
        { "HU", "Hungary" }, { "IE", "Ireland" }, { "IN", "India" }, { "IT", "Italy" },
        { "JP", "Japan" }, { "LT", "Lithuania" }, { "LU", "Luxembourg" }, { "LV", "Latvia" },
        { "MX", "Mexico" }, { "NL", "Netherlands" }, { "NO", "Norway" }, { "NZ", "New Zealand" },
        { "PL", "Poland" }, { "PT", "Portugal" }, { "RO", "Romania" }, { "SE", "Sweden" },
        { "SG", "Singapore" }, { "SI", "Slovenia" }, { "SK", "Slovakia" }, { "US", "United States" },
        { "ZA", "South Africa" },
};
enum { N_COUNTRIES = sizeof countries / sizeof *countries };

/* A text of the session, copied: the session changes while the form is at work. */
static const char *
text_of(struct pool *pool, const struct object *session, const char *path, const char *otherwise)
{
        const char *text = doc_text(session->body, path);

        return text != NULL ? pool_strdup(pool, text) : otherwise;
}

struct pay_form
pay_form_new(struct pool *pool, const struct object *session)
{
        return (struct pay_form){
                .email = text_of(pool, session, "customer_details.email", ""), .exp = "",
                .name = text_of(pool, session, "customer_details.name", ""),
                .country = text_of(pool, session, "customer_details.address.country", "DE"),
                .email_error = "", .card_number_error = "", .exp_error = "", .cvc_error = "",
                .name_error = "", .country_error = "", .declined = "",
                .wants_email = doc_text(session->body, "customer_email") == NULL &&
                               doc_text(session->body, "customer") == NULL,
        };
}

static char *
digits_of(struct pool *pool, const char *text)
{
        char *digits = pool_strdup(pool, text), *out = digits;

        for (; *text != '\0'; text++) {
                if (g_ascii_isdigit(*text))
                        *out++ = *text;
                else if (*text != ' ' && *text != '-')
                        *out++ = '?';
        }
        *out = '\0';
        return digits;
}

/* "04 / 30", "04/2030", "0430" */
static bool
read_exp(struct call *call, struct pay_form *form)
{
        int month = 0, year = 0, used = 0;
        time_t now = (time_t)call->now;
        struct tm date;

        if (sscanf(form->exp, " %2d / %4d %n", &month, &year, &used) < 2 || form->exp[used] != '\0') {
                used = 0;
                if (sscanf(form->exp, " %2d%2d %n", &month, &year, &used) < 2 || form->exp[used] != '\0')
                        month = 0;
        }
        if (month < 1 || month > 12 || year < 0 || (year > 99 && year < 2000)) {
                form->exp_error = "Enter the expiry date as MM/YY";
                return false;
        }
        gmtime_r(&now, &date);
        form->exp_month = month;
        form->exp_year = year < 100 ? 2000 + year : year;
        if (form->exp_year * 12 + month < (date.tm_year + 1900) * 12 + date.tm_mon + 1)
                form->exp_error = "Your card's expiry date is in the past";
        return *form->exp_error == '\0';
}

static void
read_card(struct call *call, const json_t *fields, struct pay_form *form)
{
        const char *number = doc_text(fields, "card_number"), *cvc = doc_text(fields, "cvc");
        const char *digits = digits_of(call->pool, number != NULL ? number : "");

        if (strlen(digits) < 12 || strchr(digits, '?') != NULL)
                form->card_number_error = "Enter the whole card number";
        else if ((form->card = card_by_number(digits)) == NULL)
                form->card_number_error = "This is not one of the test cards. Try 4242 4242 4242 4242";
        read_exp(call, form);
        digits = digits_of(call->pool, cvc != NULL ? cvc : "");
        if (strlen(digits) != 3 || strchr(digits, '?') != NULL)
                form->cvc_error = "Enter the 3 digits from the back of the card";
        if (text_is_empty(form->name))
                form->name_error = "Enter the name on the card";
}

static const char *
typed(struct call *call, const json_t *fields, const char *name, const char *otherwise)
{
        const char *text = doc_text(fields, name);

        return text == NULL || text_has_control(text) || strlen(text) > 200 ? otherwise
               : text_trim(call->pool, text);
}

bool
pay_form_read(struct request *req, struct call *call, const struct object *session, struct pay_form *form)
{
        static const struct { const char *method, *token; } others[] = {
                { "bank_debit", "pm_sandbox_bank_debit" }, { "bank_debit_fails", "pm_sandbox_bank_debit_fails" },
                { "bank_transfer", "pm_sandbox_bank_transfer" },
        };
        json_t *fields = form_decode(req->pool, req->body, req->body_len);
        const char *method = doc_text(fields, "method");
        bool known = false;

        form->exp = typed(call, fields, "exp", "");
        form->name = typed(call, fields, "name", form->name);
        form->country = typed(call, fields, "country", form->country);
        if (form->wants_email) {
                form->email = typed(call, fields, "email", "");
                if (!text_is_email(form->email))
                        form->email_error = "Enter your email address";
        }
        for (size_t i = 0; i < N_COUNTRIES; i++)
                known = known || strcmp(countries[i].code, form->country) == 0;
        if (!known)
                form->country_error = "Choose a country";
        for (size_t i = 0; method != NULL && i < sizeof others / sizeof *others; i++)
                if (strcmp(others[i].method, method) == 0)
                        form->card = card_by_token(others[i].token);
        if (form->card == NULL)
                read_card(call, fields, form);
        if (form->card != NULL && !checkout_takes(session, form->card->kind))
                form->declined = "This payment does not take that way to pay.";
        return form->card != NULL && *form->email_error == '\0' && *form->exp_error == '\0' &&
               *form->cvc_error == '\0' && *form->name_error == '\0' && *form->country_error == '\0' &&
               *form->declined == '\0';
}

/* http://host:port of URL for the policy; "" where it is none. */
static const char *
origin_of(struct pool *pool, const char *url)
{
        const char *host = url != NULL ? strstr(url, "://") : NULL;

        if (host == NULL || strpbrk(url, "; ,'\"") != NULL)
                return "";
        return pool_strndup(pool, url, (size_t)(host + 3 - url) + strcspn(host + 3, "/?#"));
}

static void
show_line(struct view *row, size_t i, void *data)
{
        const json_t *line = json_array_get(data, i);

        view_text(row, "line_name", doc_text(line, "description"));
        view_number(row, "line_quantity", doc_int(line, "quantity"));
        view_money(row, "line_amount", doc_int(line, "amount_total"), doc_text(line, "currency"));
}

static void
show_country(struct view *row, size_t i, void *data)
{
        view_text(row, "code", countries[i].code);
        view_text(row, "label", countries[i].name);
        view_flag(row, "chosen", strcmp(data, countries[i].code) == 0);
}

static void
push_form(struct view *view, const struct pay_form *form)
{
        bool wrong = *form->email_error != '\0' || *form->card_number_error != '\0' || *form->exp_error != '\0' ||
                     *form->cvc_error != '\0' || *form->name_error != '\0' || *form->country_error != '\0';

        view_flag(view, "wrong", wrong);
        view_flag(view, "wants_email", form->wants_email);
        view_text(view, "declined", form->declined);
        view_text(view, "email", form->email);
        view_text(view, "email_error", form->email_error);
        view_text(view, "card_number_error", form->card_number_error);
        view_text(view, "exp", form->exp);
        view_text(view, "exp_error", form->exp_error);
        view_text(view, "cvc_error", form->cvc_error);
        view_text(view, "name", form->name);
        view_text(view, "name_error", form->name_error);
        view_text(view, "country_error", form->country_error);
}

enum http_status
pay_form_show(struct request *req, enum http_status status, const struct object *session,
              const struct pay_form *form)
{
        struct view *view = view_new(req, "sandbox/pay.html");
        bool payment = doc_is(session->body, "mode", "payment");
        json_t *lines = doc_at(session->inner, "lines");
        char *country = pool_strdup(req->pool, form->country);

        view_text(view, "page_title", payment ? "Pay" : "Add a way to pay");
        view_flag(view, "payment", payment);
        view_text(view, "session_id", session->id);
        if (payment)
                view_money(view, "amount", doc_int(session->body, "amount_total"), doc_text(session->body, "currency"));
        else
                view_text(view, "amount", "");
        view_url(view, "cancel_url", doc_text(session->body, "cancel_url"));
        view_flag(view, "takes_card", checkout_takes(session, "card"));
        view_flag(view, "takes_debit", checkout_takes(session, "sepa_debit"));
        view_flag(view, "takes_transfer", payment && checkout_takes(session, "customer_balance"));
        view_text(view, "submit_message", doc_text(session->body, "custom_text.submit.message"));
        push_form(view, form);
        view_each(view, "lines", "sandbox/pay.line.html", json_array_size(lines), show_line, lines);
        view_each(view, "countries", "sandbox/pay.country.html", N_COUNTRIES, show_country, country);
        reply_header(req, "Content-Security-Policy",
                     pool_printf(req->pool, "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                                 "form-action 'self' %s %s; base-uri 'none'; frame-ancestors 'none'",
                                 origin_of(req->pool, doc_text(session->body, "success_url")),
                                 origin_of(req->pool, doc_text(session->body, "cancel_url"))));
        return view_reply(view, status);
}
