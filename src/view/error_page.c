/* error_page: the page for a request that went wrong. */
#include "view/error_page.h"

#include <stddef.h>

#include <glib.h>

#include "http/dispatch.h"
#include "http/reply.h"
#include "view/view.h"

struct words {
        enum http_status status;
        const char *title;
        const char *text;
        const char *next;
        const char *desk; /* what comes next for staff; NULL: NEXT */
        const char *desk_text;
};

/* The first line is for every status that is not named. */
static const struct words table[] = {
        {HTTP_INTERNAL, "Something went wrong on our side",
         "We could not show this page. The fault is ours and it has been recorded.",
         "Please try again in a minute. If you were paying, look at your orders first: a "
         "payment that went through is listed there.",
         "Nothing was changed. Please try again in a minute. If it happens again, tell whoever runs "
         "the server the reference below.", NULL},
        {HTTP_BAD_REQUEST, "We could not read that request",
         "The address or the form that reached us was incomplete.",
         "Go back, check what you entered and send it again.", NULL, NULL},
        {HTTP_FORBIDDEN, "This page is not open to you",
         "Your login does not cover it, or the form was open for too long to be accepted.",
         "Go back, reload the page and try once more.",
         "Go back and reload the page. If it stays closed, ask an owner: they see under Staff who "
         "may do what.", NULL},
        {HTTP_NOT_FOUND, "We could not find that page",
         "The link may be mistyped or out of date, or it belongs to another account.",
         "Check the address, or begin again from the first page.",
         "Check the address, or look for the order or the customer from the overview.",
         "The address may be mistyped, or what it named is not there any more."},
        {HTTP_METHOD_NOT_ALLOWED, "That is not possible here",
         "This address does not accept what was sent to it.", "Begin again from the first page.",
         "Begin again from the overview.", NULL},
        {HTTP_CONFLICT, "Something changed in the meantime",
         "This was altered by someone else, or by you in another window. Nothing was saved "
         "twice.",
         "Go back, reload the page to see how it stands, and try again if it is still needed.", NULL, NULL},
        {HTTP_GONE, "This link has been used or has run out",
         "For your safety a link like this works once, and only for a while.",
         "Ask for a new one from the login page.", "Ask an owner for a new one.", NULL},
        {HTTP_TOO_LARGE, "That is too large for us",
         "What you sent is larger than this page accepts.",
         "Shorten the text or choose a smaller file, then send it again.", NULL, NULL},
        {HTTP_UNPROCESSABLE, "Something in the form needs another look",
         "We could not accept it as it was filled in. Nothing was saved.",
         "Go back, correct what is marked and send it again.", NULL, NULL},
        {HTTP_TOO_MANY, "Too many tries in a short time",
         "We pause here for a while to keep accounts safe.",
         "Please wait 15 minutes and try again.", NULL, NULL},
        {HTTP_UNAVAILABLE, "We will be right back",
         "The service is restarting or very busy. Nothing that you paid for is lost.",
         "Please try again in a minute.", NULL, NULL},
};

static const struct words *
words_for(enum http_status status)
{
        for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
                if (table[i].status == status)
                        return &table[i];
        }
        return &table[0];
}

enum http_status
view_error_page(struct request *req, enum http_status status)
{
        const struct words *words = words_for(status);
        bool desk = req->program != NULL && req->program->staff;
        struct view *view;
        const char *page = NULL;
        size_t len;

        if (req->views != NULL) {
                view = view_new(req, desk ? "admin/error.html" : "error/error.html");
                view_text(view, "page_title", words->title);
                view_number(view, "status", status);
                view_text(view, "text", desk && words->desk_text != NULL ? words->desk_text : words->text);
                view_text(view, "next", desk && words->desk != NULL ? words->desk : words->next);
                view_flag(view, "login", status == HTTP_GONE);
                page = view_render(view, &len);
        }
        if (page == NULL)
                return reply_text(req, status, words->title);
        return reply_body(req, status, "text/html; charset=utf-8", page, len);
}
