/* case_act: what staff do to a failed payment.  The database checks the right again, does it on
 * locked rows, once for each form, and writes who did what into the audit. */
#include <string.h>

#include <glib.h>

#include "admin/case.h"
#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"

#define ID_PARAM                                                                                   \
        {                                                                                          \
                .name = "id", .type = PARAM_ID, .from = FROM_PATH                                  \
        }
#define NONCE_PARAM                                                                                \
        {                                                                                          \
                .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,         \
                .missing = "Please open this page anew", .invalid = "Please open this page anew"   \
        }

static const char *const outcomes[] = {"reached", "no_answer", "wrong_number", NULL};
static const char *const tries[] = {"now", "plan", "stop", NULL};
static const char *const link_acts[] = {"send", "revoke", NULL};
static const char *const ways[] = {"forgiven", "written_off", NULL};

static const struct param take_params[] = {ID_PARAM, PARAM_END};
static const struct param own_params[] = {ID_PARAM,
                                          {.name = "owner",
                                           .type = PARAM_ID,
                                           .from = FROM_FORM,
                                           .invalid = "Choose somebody of the list"},
                                          PARAM_END};
static const struct param call_params[] = {
        ID_PARAM,
        NONCE_PARAM,
        {.name = "outcome",
         .type = PARAM_CHOICE,
         .from = FROM_FORM,
         .required = true,
         .choices = outcomes,
         .missing = "Say what came of the call",
         .invalid = "Say what came of the call"},
        {.name = "call_note", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 4000},
        {.name = "next_on",
         .type = PARAM_DATE,
         .from = FROM_FORM,
         .invalid = "Enter a day such as 2026-11-23"},
        {.name = "next_time",
         .type = PARAM_TEXT,
         .from = FROM_FORM,
         .max = 5,
         .invalid = "Enter a time such as 14:30"},
        PARAM_END};
static const struct param note_params[] = {ID_PARAM,
                                           NONCE_PARAM,
                                           {.name = "note",
                                            .type = PARAM_TEXT_LONG,
                                            .from = FROM_FORM,
                                            .required = true,
                                            .max = 4000,
                                            .missing = "Write the note"},
                                           PARAM_END};
static const struct param letter_params[] = {ID_PARAM,
                                             NONCE_PARAM,
                                             {.name = "subject",
                                              .type = PARAM_TEXT,
                                              .from = FROM_FORM,
                                              .required = true,
                                              .max = 150,
                                              .missing = "Say what it is about",
                                              .invalid = "Write the subject in one line"},
                                             {.name = "letter",
                                              .type = PARAM_TEXT_LONG,
                                              .from = FROM_FORM,
                                              .required = true,
                                              .max = 8000,
                                              .missing = "Write the mail"},
                                             PARAM_END};
static const struct param try_params[] = {ID_PARAM,
                                          {.name = "act",
                                           .type = PARAM_CHOICE,
                                           .from = FROM_FORM,
                                           .required = true,
                                           .choices = tries},
                                          {.name = "why",
                                           .type = PARAM_TEXT,
                                           .from = FROM_FORM,
                                           .max = 300,
                                           .invalid = "Write the reason in one line"},
                                          PARAM_END};
static const struct param link_params[] = {ID_PARAM,
                                           NONCE_PARAM,
                                           {.name = "act",
                                            .type = PARAM_CHOICE,
                                            .from = FROM_FORM,
                                            .required = true,
                                            .choices = link_acts},
                                           PARAM_END};
static const struct param settle_params[] = {ID_PARAM,
                                             {.name = "how",
                                              .type = PARAM_CHOICE,
                                              .from = FROM_FORM,
                                              .required = true,
                                              .choices = ways,
                                              .missing = "Choose one of the two",
                                              .invalid = "Choose one of the two"},
                                             {.name = "reason",
                                              .type = PARAM_TEXT,
                                              .from = FROM_FORM,
                                              .required = true,
                                              .max = 300,
                                              .missing = "Say why: the reason stands in the audit",
                                              .invalid = "Write the reason in one line"},
                                             PARAM_END};
static const struct param close_params[] = {ID_PARAM,
                                            {.name = "cause",
                                             .type = PARAM_TEXT,
                                             .from = FROM_FORM,
                                             .required = true,
                                             .max = 40,
                                             .missing = "Choose the cause"},
                                            {.name = "cause_note",
                                             .type = PARAM_TEXT,
                                             .from = FROM_FORM,
                                             .max = 300,
                                             .invalid = "Write it in one line"},
                                            PARAM_END};
#define ANSWER(NAME)                                                                               \
        {                                                                                          \
                .name = NAME, .type = PARAM_TEXT, .from = FROM_FORM, .max = 500,                   \
                .invalid = "Write it in one line, of 500 characters at most"                       \
        }
static const struct param answer_params[] = {
        ID_PARAM,      {.name = "version", .type = PARAM_ID, .from = FROM_FORM, .required = true},
        ANSWER("a1"),  ANSWER("a2"),
        ANSWER("a3"),  ANSWER("a4"),
        ANSWER("a5"),  ANSWER("a6"),
        ANSWER("a7"),  ANSWER("a8"),
        ANSWER("a9"),  ANSWER("a10"),
        ANSWER("a11"), ANSWER("a12"),
        PARAM_END};

const struct param *const case_forms[] = {own_params,    call_params,   note_params,
                                          letter_params, try_params,    settle_params,
                                          close_params,  answer_params, NULL};

static const struct desk_answer said[] = {
        {"taken", "success", "It is yours now."},
        {"handed", "success", "Handed over."},
        {"freed", "success", "Anybody can take it now."},
        {"same", "info", "It was so already. Nothing was changed."},
        {"nobody", "warning", "They may not look after cases. Nothing was changed."},
        {"called", "success", "The call is noted."},
        {"noted", "success", "The note is saved."},
        {"saved", "success", "The answers are saved."},
        {"changed", "warning",
         "The playbook was changed meanwhile. Nothing was saved; look at it again."},
        {"written", "success", "Your mail is on its way, under your name."},
        {"unreachable", "warning", "This customer has no address any more. Nothing was sent."},
        {"sent", "success", "A new link to the payment page is on its way."},
        {"revoked", "success", "No link that was sent opens the payment page any more."},
        {"none", "info", "No link was open. Nothing was changed."},
        {"tried", "success",
         "The saved method is charged now. What comes of it stands here in a moment."},
        {"planned", "success", "The next attempt is being planned. It stands here in a moment."},
        {"stopped", "success", "Nothing is tried by itself any more."},
        {"over", "warning", "Nothing is owed here any more. Nothing was changed."},
        {"method", "warning",
         "No method is saved that could be charged. Send the customer the link to the payment page "
         "instead."},
        {"never", "warning",
         "The bank refused this method for good, or wants the customer there. It is not tried "
         "again; send them the link instead."},
        {"limit", "warning",
         "It was tried as often as the card networks allow. Send the customer the link instead."},
        {"promised", "warning", "The customer promised a day. Nothing is charged before it."},
        {"busy", "warning", "A payment is under way right now. Wait for what comes of it."},
        {"settled", "success", "Settled. The customer is asked for nothing more."},
        {"closed", "success", "Closed, with its cause."},
        {"owed", "warning", "It is not settled yet, so it cannot be closed."},
        DESK_ANSWER_END,
};

void
case_said(struct view *view, const char *answer)
{
        desk_answer(view, "answer", said, answer);
}

/* --- answers ------------------------------------------------------------------- */

/* Back to the page.  WORD stands there for ANSWER, which otherwise speaks for itself. */
static enum http_status
back(struct request *req, enum db_status rc, const char *given, const char *answer,
     const char *word)
{
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(given, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(
                req,
                pool_printf(req->pool, "/admin/cases/%lld?done=%s", (long long)param_int(req, "id"),
                            text_equal(given, answer) || text_equal(given, "again") ? word
                                                                                    : given));
}

/* The page once more, with what is wrong in its form. */
static enum http_status
refuse(struct request *req)
{
        struct case_all all = {.req = req};
        enum db_status rc = case_ask(&all);

        return rc == DB_OK ? case_page(&all, HTTP_UNPROCESSABLE, true) : http_from_db(req, rc);
}

static const char *
or_empty(const char *text)
{
        return text != NULL ? text : "";
}

/* POST /cases/:id/takings */
static enum http_status
take_create(struct request *req)
{
        struct care_answer_of_row row;
        enum db_status rc = care_own_me(req->db, param_int(req, "id"), &row);

        return back(req, rc, row.answer, "done", "taken");
}

/* POST /cases/:id/owners; without somebody it is nobody's. */
static enum http_status
own_create(struct request *req)
{
        int64_t owner = param_int(req, "owner");
        struct care_answer_of_row row;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = care_own(req->db, param_int(req, "id"), owner > 0 ? &owner : NULL, &row);
        return back(req, rc, row.answer, "done", owner > 0 ? "handed" : "freed");
}

/* "2026-11-23 14:30" of the form, or NULL; what does not fit is refused. */
static const char *
next_call(struct request *req)
{
        const char *day = param_text(req, "next_on"), *hour = param_text(req, "next_time");

        if (day == NULL && hour != NULL)
                param_refuse(req, "next_on", "Say on which day");
        if (hour != NULL && !g_regex_match_simple("^([01][0-9]|2[0-3]):[0-5][0-9]$", hour,
                                                  G_REGEX_DOLLAR_ENDONLY, 0))
                param_refuse(req, "next_time", "Enter a time such as 14:30");
        return day == NULL ? NULL
                           : pool_printf(req->pool, "%s %s", day, hour != NULL ? hour : "10:00");
}

/* POST /cases/:id/calls */
static enum http_status
call_create(struct request *req)
{
        const char *next = next_call(req);
        struct care_answer_of_row row;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = care_note(req->db, param_int(req, "id"), param_text(req, "nonce"), "call",
                       param_text(req, "outcome"), or_empty(param_text(req, "call_note")), next,
                       req->config->zone, &row);
        if (rc == DB_OK && text_equal(row.answer, "early")) {
                param_refuse(req, "next_on", "This time is over. Choose one that is to come");
                return refuse(req);
        }
        return back(req, rc, row.answer, "noted", "called");
}

/* POST /cases/:id/notes */
static enum http_status
note_create(struct request *req)
{
        struct care_answer_of_row row;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = care_note(req->db, param_int(req, "id"), param_text(req, "nonce"), "note", "",
                       param_text(req, "note"), NULL, req->config->zone, &row);
        return back(req, rc, row.answer, "noted", "noted");
}

/* POST /cases/:id/letters */
static enum http_status
letter_create(struct request *req)
{
        struct care_answer_of_row row;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = care_letter(req->db, param_int(req, "id"), param_text(req, "nonce"),
                         param_text(req, "subject"), param_text(req, "letter"), &row);
        return back(req, rc, row.answer, "sent", "written");
}

/* POST /cases/:id/retries */
static enum http_status
retry_create(struct request *req)
{
        const char *act = param_text(req, "act"), *why = or_empty(param_text(req, "why"));
        struct care_answer_of_row row;
        enum db_status rc;

        if (params_valid(req) && why[0] == '\0' && !text_equal(act, "plan"))
                param_refuse(req, "why", "Say why: it stands in the case");
        if (!params_valid(req))
                return refuse(req);
        rc = care_retry(req->db, param_int(req, "id"), act, why, &row);
        return back(req, rc, row.answer, "done",
                    text_equal(act, "now")    ? "tried"
                    : text_equal(act, "stop") ? "stopped"
                                              : "planned");
}

/* POST /cases/:id/links */
static enum http_status
link_create(struct request *req)
{
        struct care_answer_of_row row;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = care_link(req->db, param_int(req, "id"), param_text(req, "act"),
                       param_text(req, "nonce"), &row);
        return back(req, rc, row.answer, "sent", "sent");
}

/* POST /cases/:id/settlements */
static enum http_status
settle_create(struct request *req)
{
        struct care_answer_of_row row;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = care_settle(req->db, param_int(req, "id"), param_text(req, "how"),
                         param_text(req, "reason"), &row);
        return back(req, rc, row.answer, "done", "settled");
}

/* POST /cases/:id/closings */
static enum http_status
close_create(struct request *req)
{
        struct care_answer_of_row row;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = care_close(req->db, param_int(req, "id"), param_text(req, "cause"),
                        or_empty(param_text(req, "cause_note")), &row);
        return back(req, rc, row.answer, "done", "closed");
}

/* --- the playbook's fields --- */

static void
add_text(GString *json, const char *text)
{
        g_string_append(json, json->len > 1 ? ",\"" : "\"");
        for (const char *at = text; *at != '\0'; at++) {
                if (*at == '"' || *at == '\\')
                        g_string_append_c(json, '\\');
                g_string_append_c(json, *at);
        }
        g_string_append_c(json, '"');
}

/* POST /cases/:id/answers: of the version that the page showed. */
static enum http_status
answer_create(struct request *req)
{
        struct case_all all = {.req = req};
        struct care_answer_of_row row = {"changed"};
        GString *labels = g_string_new("["), *answers = g_string_new("[");
        const char *label, *const *choices, *labels_json, *answers_json;
        enum db_status rc;

        if (!params_valid(req))
                return refuse(req);
        rc = case_ask(&all);
        for (size_t i = 0; rc == DB_OK && all.has_book && i < CASE_FIELDS &&
                           case_book_field(req->pool, all.book.fields, i, &label, &choices);
             i++) {
                add_text(labels, label);
                add_text(answers, or_empty(param_text(req, case_book_names[i])));
        }
        labels_json = pool_printf(req->pool, "%s]", labels->str);
        answers_json = pool_printf(req->pool, "%s]", answers->str);
        g_string_free(labels, TRUE);
        g_string_free(answers, TRUE);
        if (rc == DB_OK && all.has_book && all.book.version_id == param_int(req, "version"))
                rc = care_answer(req->db, param_int(req, "id"), all.book.version_id, labels_json,
                                 answers_json, &row);
        return back(req, rc, row.answer, "saved", "saved");
}

const struct route case_act_routes[] = {
        {POST, "/cases/:id/takings", STAFF, take_params, take_create, 0, "cases"},
        {POST, "/cases/:id/owners", STAFF, own_params, own_create, 0, "cases"},
        {POST, "/cases/:id/calls", STAFF, call_params, call_create, 0, "cases"},
        {POST, "/cases/:id/notes", STAFF, note_params, note_create, 0, "cases"},
        {POST, "/cases/:id/letters", STAFF, letter_params, letter_create, 0, "cases"},
        {POST, "/cases/:id/retries", STAFF, try_params, retry_create, 0, "cases"},
        {POST, "/cases/:id/links", STAFF, link_params, link_create, 0, "cases"},
        {POST, "/cases/:id/settlements", STAFF, settle_params, settle_create, 0, "settle"},
        {POST, "/cases/:id/closings", STAFF, close_params, close_create, 0, "cases"},
        {POST, "/cases/:id/answers", STAFF, answer_params, answer_create, 0, "cases"},
        ROUTE_END};
