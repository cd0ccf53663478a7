/* pages: what a browser sees: paying, authenticating, and a word about the rest. */
#include "sandbox/pages.h"

#include <string.h>

#include "http/reply.h"
#include "queries/sandbox.h"
#include "sandbox/call.h"
#include "sandbox/checkout.h"
#include "sandbox/doc.h"
#include "sandbox/form.h"
#include "sandbox/hosted.h"
#include "sandbox/mailbox.h"
#include "sandbox/pay.h"
#include "sandbox/settings.h"
#include "sandbox/store.h"
#include "view/view.h"

enum http_status
page_message(struct request *req, enum http_status status, const char *heading, const char *sentence,
             const char *link, const char *words)
{
        struct view *view = view_new(req, "sandbox/message.html");

        view_text(view, "page_title", heading);
        view_text(view, "sentence", sentence);
        view_url(view, "link_url", link);
        view_text(view, "words", words);
        return view_reply(view, status);
}

enum http_status
page_error(struct request *req, enum http_status status)
{
        if (status == HTTP_NOT_FOUND)
                return page_message(req, status, "There is no such page", "Please check the address.", NULL, NULL);
        return page_message(req, status, "This did not work", "Please go back and try again. Nothing was taken.",
                            NULL, NULL);
}

static enum http_status
home(struct request *req)
{
        struct view *view = view_new(req, "sandbox/home.html");

        view_text(view, "page_title", "A gateway for development");
        view_url(view, "product_url", settings_now()->portal_url);
        view_flag(view, "mailbox", *settings_now()->mailbox != '\0');
        return view_reply(view, HTTP_OK);
}

/* A line in the log, within the transaction: what was tried on a hosted page. */
static void
log_step(struct call *call, const char *name, const char *object, const char *outcome)
{
        json_t *detail = doc_keep(call->pool, json_pack("{s:s, s:s?}", "outcome", outcome, "code",
                                                        call->error != NULL ? doc_text(call->error, "code") : NULL));

        call_ok(call, sandbox_log_add(call->db, "request", name, object, doc_write(call->pool, detail, false), NULL));
}

static const char *
outcome_name(struct payment_outcome outcome)
{
        static const char *const names[] = {
                [PAYMENT_SUCCEEDED] = "succeeded", [PAYMENT_PROCESSING] = "processing",
                [PAYMENT_NEEDS_ACTION] = "needs_action", [PAYMENT_DECLINED] = "declined",
        };

        return names[outcome.result];
}

/* --- paying ---------------------------------------------------------------------- */

static struct object *
session_of(struct request *req, struct call *call)
{
        call_begin(call, req->pool, req->db);
        return store_lock(call, route_segment(req->pool, req->route, req->path, "id"), "checkout.session");
}

/* The page of a session that is over, or of one that never was. */
static enum http_status
closed(struct request *req, struct call *call, struct object *session)
{
        call_rollback(call);
        if (call->failed != DB_OK)
                return reply_error(req, HTTP_UNAVAILABLE);
        if (session == NULL)
                return reply_error(req, HTTP_NOT_FOUND);
        if (doc_is(session->body, "status", "complete"))
                return req->method == POST ? reply_redirect(req, checkout_success_url(call, session))
                       : page_message(req, HTTP_OK, "This is done", "There is nothing left to pay here.",
                                      checkout_success_url(call, session), "Go on");
        return page_message(req, HTTP_GONE, "This page has expired", "Nothing was taken. Please begin again.",
                            doc_text(session->body, "cancel_url"), "Go back");
}

static enum http_status
pay_show(struct request *req)
{
        struct call call;
        struct object *session = session_of(req, &call);
        struct pay_form form;

        if (session == NULL || !doc_is(session->body, "status", "open"))
                return closed(req, &call, session);
        call_rollback(&call);
        form = pay_form_new(req->pool, session);
        if (strstr(req->query, "failed=authentication") != NULL)
                form.declined = "You did not confirm the payment with your bank.";
        return pay_form_show(req, HTTP_OK, session, &form);
}

static enum http_status
pay_try(struct request *req, struct call *call, struct object *session, struct pay_form *form)
{
        struct payer payer = { form->email, *form->name != '\0' ? form->name : NULL, form->country };
        struct payment_outcome outcome = hosted_attempt(call, session, form->card, form->exp_month, form->exp_year,
                                                        &payer);
        bool open = doc_is(session->body, "status", "open");
        const char *intent = doc_text(session->body, doc_is(session->body, "mode", "payment") ? "payment_intent"
                                                                                             : "setup_intent");

        if (call->error != NULL) {
                call_rollback(call);
                form->declined = doc_text(call->error, "message");
                return pay_form_show(req, HTTP_UNPROCESSABLE, session, form);
        }
        log_step(call, "POST /c/pay", session->id, outcome_name(outcome));
        if (call_commit(call) != DB_OK)
                return reply_error(req, HTTP_UNAVAILABLE);
        if (outcome.result == PAYMENT_DECLINED) {
                form->declined = outcome.decline->message;
                return pay_form_show(req, HTTP_PAYMENT_REQUIRED, session, form);
        }
        if (open)
                return reply_redirect(req, pool_printf(req->pool, "/c/authenticate/%s", intent));
        return reply_redirect(req, checkout_success_url(call, session));
}

static enum http_status
pay_post(struct request *req)
{
        struct call call;
        struct object *session = session_of(req, &call);
        struct pay_form form;

        if (session == NULL || !doc_is(session->body, "status", "open"))
                return closed(req, &call, session);
        form = pay_form_new(req->pool, session);
        if (pay_form_read(req, &call, session, &form))
                return pay_try(req, &call, session, &form);
        call_rollback(&call);
        return pay_form_show(req, HTTP_UNPROCESSABLE, session, &form);
}

/* --- authenticating ---------------------------------------------------------------- */

static struct object *
waiting_intent(struct request *req, struct call *call)
{
        const char *id = route_segment(req->pool, req->route, req->path, "id");
        struct object *intent;

        call_begin(call, req->pool, req->db);
        intent = store_lock(call, id, strncmp(id, "seti_", 5) == 0 ? "setup_intent" : "payment_intent");
        return intent != NULL && doc_is(intent->body, "status", "requires_action") ? intent : NULL;
}

static enum http_status
authenticate_show(struct request *req)
{
        struct call call;
        struct object *intent = waiting_intent(req, &call);
        struct view *view;

        call_rollback(&call);
        if (intent == NULL)
                return page_message(req, HTTP_GONE, "There is nothing to confirm", "This was confirmed already, "
                                    "or it is over.", NULL, NULL);
        view = view_new(req, "sandbox/authenticate.html");
        view_text(view, "page_title", "Confirm it is you");
        view_text(view, "intent_id", intent->id);
        view_flag(view, "payment", strcmp(intent->kind, "payment_intent") == 0);
        if (doc_at(intent->body, "amount") != NULL)
                view_money(view, "amount", doc_int(intent->body, "amount"), doc_text(intent->body, "currency"));
        else
                view_text(view, "amount", "");
        /* What follows the answer is on the shop's host, and any host is the shop's here. */
        reply_header(req, "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                     "base-uri 'none'; frame-ancestors 'none'");
        return view_reply(view, HTTP_OK);
}

static enum http_status
authenticate_post(struct request *req)
{
        json_t *fields = form_decode(req->pool, req->body, req->body_len);
        struct call call;
        struct object *intent = waiting_intent(req, &call);
        const char *next;

        if (intent == NULL) {
                call_rollback(&call);
                return reply_error(req, HTTP_GONE);
        }
        next = hosted_authenticated(&call, intent, doc_is(fields, "result", "complete"));
        log_step(&call, "POST /c/authenticate", intent->id, doc_text(intent->body, "status"));
        if (call_commit(&call) != DB_OK)
                return reply_error(req, HTTP_UNAVAILABLE);
        if (next != NULL)
                return reply_redirect(req, next);
        return page_message(req, HTTP_OK, "Thank you", "You can close this page.", NULL, NULL);
}

static enum http_status
transfer_show(struct request *req)
{
        const char *id = route_segment(req->pool, req->route, req->path, "id");
        struct call call;
        struct object *intent;
        const char *reference;

        call_begin(&call, req->pool, req->db);
        intent = store_get(&call, id, "payment_intent");
        call_rollback(&call);
        reference = intent != NULL ? doc_text(intent->body, "next_action.display_bank_transfer_instructions.reference")
                                   : NULL;
        if (reference == NULL)
                return reply_error(req, HTTP_NOT_FOUND);
        return page_message(req, HTTP_OK, "How to send the money",
                            pool_printf(req->pool, "To: Sandbox, IBAN DE89 3704 0044 0532 0130 00, "
                                        "BIC COBADEFFXXX. Reference: %s.", reference), NULL, NULL);
}

#define PAGE ROUTE_NO_STORE
#define FORM (ROUTE_RAW_BODY | ROUTE_NO_STORE)

const struct route page_routes[] = {
        { GET,  "/",                         OPEN, NULL, home,              0,    NULL },
        { GET,  "/c/pay/:id",                OPEN, NULL, pay_show,          PAGE, NULL },
        { POST, "/c/pay/:id",                OPEN, NULL, pay_post,          FORM, NULL },
        { GET,  "/c/authenticate/:id",       OPEN, NULL, authenticate_show, PAGE, NULL },
        { POST, "/c/authenticate/:id",       OPEN, NULL, authenticate_post, FORM, NULL },
        { GET,  "/c/transfer/:id",           OPEN, NULL, transfer_show,     PAGE, NULL },
        { GET,  "/mailbox",                  OPEN, NULL, mailbox_list,      0,    NULL },
        { GET,  "/mailbox/:mail",            OPEN, NULL, mailbox_show,      0,    NULL },
        { GET,  "/mailbox/:mail/html",       OPEN, NULL, mailbox_html,      0,    NULL },
        { GET,  "/mailbox/:mail/files/:n",   OPEN, NULL, mailbox_file,      0,    NULL },
        ROUTE_END
};
