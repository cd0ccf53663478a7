/* corrections: addresses that buyers say are wrong, for staff to decide.  What was sure was done
 * by itself; here is what somebody has to look at, and what became of the rest. */
#include "admin/corrections.h"

#include <string.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/correction.h"
#include "view/view.h"
#include "view/words.h"

enum { WAITING_MOST = 200, PAST_MOST = 50 };

static const char *const dones[] = { "done", "refused", "over", NULL };

static void
row_push(struct view *view, size_t i, void *data)
{
        const struct correction_item_row *row = &((const struct correction_item_row *)data)[i];

        view_number(view, "id", row->id);
        view_flag(view, "told", strcmp(row->status, "unproved") != 0 && strcmp(row->status, "repeated") != 0);
        view_text(view, "number", row->number);
        view_text(view, "title", row->title);
        view_text(view, "old_email", row->old_email);
        view_text(view, "new_email", row->new_email);
        desk_status(view, "status", "correction", row->status);
        desk_time(view, "asked", row->asked_at, false);
}

/* GET /corrections */
static enum http_status
list_show(struct request *req)
{
        struct correction_item_row *waiting, *past;
        size_t n_waiting, n_past;
        struct view *view;
        enum db_status rc;

        corrections_list_ask(req->db, true, WAITING_MOST, &waiting, &n_waiting);
        corrections_list_ask(req->db, false, PAST_MOST, &past, &n_past);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/corrections.html");
        view_text(view, "page_title", "Mistyped addresses");
        view_text(view, "done", param_text(req, "done"));
        view_each(view, "waiting", "admin/corrections.row.html", n_waiting, row_push, waiting);
        view_each(view, "past", "admin/corrections.row.html", n_past, row_push, past);
        return view_reply(view, HTTP_OK);
}

/* --- one of them --- */

struct doubts {
        const char *codes[8];
};

/* The words of a list of codes, separated by blanks. */
static size_t
doubts_read(struct request *req, const char *text, struct doubts *doubts)
{
        size_t n = 0;

        while (*text != '\0' && n < sizeof doubts->codes / sizeof doubts->codes[0]) {
                size_t len = strcspn(text, " ");

                doubts->codes[n++] = pool_strndup(req->pool, text, len);
                text += len + strspn(text + len, " ");
        }
        return n;
}

static void
doubt_push(struct view *view, size_t i, void *data)
{
        view_text(view, "text", words_of("doubt", ((const struct doubts *)data)->codes[i]));
}

static bool
has(const char *codes, const char *code)
{
        return strstr(codes, code) != NULL;     /* none is a part of another */
}

static void
push_one(struct view *view, struct request *req, const struct correction_row *row)
{
        struct doubts doubts;
        size_t n = doubts_read(req, row->why, &doubts);

        view_row(view, "c", &correction_row_type, row);
        desk_status(view, "status", "correction", row->status);
        view_flag(view, "waits", strcmp(row->status, "with_staff") == 0);
        view_flag(view, "may", desk_may(req, "access"));
        view_flag(view, "amount_fits", has(row->fits, "amount"));
        view_flag(view, "digits_fit", has(row->fits, "last_four"));
        view_flag(view, "browser_fits", has(row->fits, "browser"));
        view_flag(view, "merges", row->owner_name != NULL);
        view_flag(view, "opened", !row->first_open_at_null);
        desk_time(view, "asked", row->asked_at, false);
        desk_time(view, "decided", row->decided_at, row->decided_at_null);
        desk_time(view, "paid", row->paid_at, row->paid_at_null);
        view_each(view, "doubts", "admin/correction.doubt.html", n, doubt_push, &doubts);
}

/* GET /corrections/:id, and again after a refused form. */
static enum http_status
page(struct request *req, enum http_status status)
{
        struct correction_row row;
        struct view *view;
        enum db_status rc;

        correction_one_ask(req->db, param_int(req, "id"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/correction.html");
        view_text(view, "page_title", pool_printf(req->pool, "Address of %s", row.number));
        if (status == HTTP_OK)
                view_form_empty(view, req->route->params);
        else
                view_form(view, req);
        push_one(view, req, &row);
        return view_reply(view, status);
}

static enum http_status
one_show(struct request *req)
{
        return page(req, HTTP_OK);
}

/* POST /corrections/:id */
static enum http_status
decide(struct request *req)
{
        struct correction_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return page(req, HTTP_UNPROCESSABLE);
        correction_decide_ask(req->db, param_int(req, "id"), text_equal(param_text(req, "decision"), "correct"),
                              param_text(req, "reason"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.answer, "unknown") == 0)
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/corrections?done=%s", row.answer));
}

static const char *const decisions[] = { "correct", "refuse", NULL };

static const struct param list_params[] = {
        { .name = "done", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = dones },
        PARAM_END
};

static const struct param one_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "decision", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = decisions,
          .missing = "Press one of the two buttons", .invalid = "Press one of the two buttons" },
        { .name = "reason", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say why: when it is refused, the customer reads it", .invalid = "Write the reason in one line" },
        PARAM_END
};

const struct route corrections_routes[] = {
        { GET, "/corrections", STAFF, list_params, list_show, 0, "read" },
        { GET, "/corrections/:id", STAFF, one_params, one_show, 0, "read" },
        { POST, "/corrections/:id", STAFF, one_params, decide, 0, "access" },
        ROUTE_END
};
