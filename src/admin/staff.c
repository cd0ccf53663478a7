/* staff: who works here, invitations, roles; for owners.  The database checks the right again,
 * writes the audit, and keeps the last owner. */
#include "admin/staff.h"

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/people.h"
#include "view/view.h"
#include "view/words.h"

static const char *const roles[] = { "owner", "finance", "support", "viewer", NULL };
static const char *const acts[] = { "disable", "enable", NULL };
static const char *const dones[] = { "invited", "role", "disable", "enable", "same", "last", NULL };

static const struct param page_params[] = {
        { .name = "done", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = dones },
        PARAM_END
};

static const struct param invite_params[] = {
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true,
          .missing = "Enter their email address", .invalid = "Enter an email address in the form name@example.com" },
        { .name = "role", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = roles,
          .missing = "Choose a role", .invalid = "Choose one of the roles" },
        PARAM_END
};

static const struct param role_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "role", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = roles,
          .missing = "Choose a role", .invalid = "Choose one of the roles" },
        PARAM_END
};

static const struct param act_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "act", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = acts },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "invited", "success", "The invitation is on its way. Its link works once, for three days." },
        { "role", "success", "The role is changed. It counts from the next click on." },
        { "disable", "success", "The login is closed. Sessions and links have ended." },
        { "enable", "success", "The login is open again, with the password and the app as before." },
        { "same", "warning", "It was so already. Nothing was changed." },
        { "last", "problem", "The last owner stays. Make somebody else an owner first." },
        DESK_ANSWER_END,
};

struct people {
        struct request *req;
        struct people_row *rows;
};

struct choice {
        const char *role;
};

static void
role_row(struct view *view, size_t i, void *data)
{
        view_text(view, "value", roles[i]);
        view_text(view, "title", words_of("role", roles[i]));
        view_flag(view, "chosen", text_equal(roles[i], ((const struct choice *)data)->role));
}

static void
person_row(struct view *view, size_t i, void *data)
{
        const struct people *people = data;
        const struct people_row *row = &people->rows[i];
        bool active = text_equal(row->state, "active");
        struct choice choice = { row->role };

        view_number(view, "id", row->id);
        view_text(view, "who", text_is_empty(row->name) ? row->email : row->name);
        view_text(view, "address", row->email);
        view_text(view, "role_name", words_of("role", row->role));
        desk_status(view, "status", "staff", row->state);
        desk_time(view, "seen", row->seen_at, row->seen_at_null);
        desk_time(view, "until", row->invited_until, row->invited_until_null);
        view_number(view, "open", row->sessions);
        view_number(view, "codes", row->codes);
        view_flag(view, "active", active);
        view_flag(view, "closed", text_equal(row->state, "disabled"));
        view_flag(view, "never_came", !active && row->seen_at_null);
        view_flag(view, "me", row->me);
        view_each(view, "choices", "admin/orders.choice.html", G_N_ELEMENTS(roles) - 1, role_row, &choice);
}

/* With the fields of the request's form and their messages where it was refused. */
static enum http_status
page(struct request *req, enum http_status status, const char *done)
{
        struct people people = { .req = req };
        bool again = req->route->params == invite_params;
        struct choice choice = { again && param_text(req, "role") != NULL ? param_text(req, "role") : "support" };
        struct view *view;
        enum db_status rc;
        size_t n;

        people_list_ask(req->db, &people.rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/staff.html");
        view_text(view, "page_title", "Staff");
        desk_answer(view, "answer", said, done);
        if (again)
                view_form(view, req);
        else
                view_form_empty(view, invite_params);
        view_each(view, "roles", "admin/orders.choice.html", G_N_ELEMENTS(roles) - 1, role_row, &choice);
        view_each(view, "people", "admin/staff.row.html", n, person_row, &people);
        return view_reply(view, status);
}

/* GET /staff */
static enum http_status
staff_show(struct request *req)
{
        return page(req, HTTP_OK, param_text(req, "done"));
}

/* POST /staff/invitations */
static enum http_status
invite_create(struct request *req)
{
        const char *email = param_text(req, "email");
        struct people_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return page(req, HTTP_UNPROCESSABLE, NULL);
        people_invite_ask(req->db, email, text_fold_email(req->pool, email), param_text(req, "role"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "known")) {
                param_refuse(req, "email", "This address has a login here. Change its role in the list, or open it again");
                return page(req, HTTP_UNPROCESSABLE, NULL);
        }
        req->wake_worker = true;
        return reply_redirect(req, "/admin/staff?done=invited");
}

static enum http_status
change(struct request *req, const char *act, const char *role)
{
        struct people_answer_row row;
        enum db_status rc;

        people_change_ask(req->db, param_int(req, "id"), act, role, &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, pool_printf(req->pool, "/admin/staff?done=%s",
                                               text_equal(row.answer, "done") ? act : row.answer));
}

/* POST /staff/:id/roles */
static enum http_status
role_create(struct request *req)
{
        return params_valid(req) ? change(req, "role", param_text(req, "role")) : reply_error(req, HTTP_BAD_REQUEST);
}

/* POST /staff/:id/logins: closed, or open again. */
static enum http_status
login_change(struct request *req)
{
        return params_valid(req) ? change(req, param_text(req, "act"), "") : reply_error(req, HTTP_BAD_REQUEST);
}

const struct route staff_routes[] = {
        { GET, "/staff", STAFF, page_params, staff_show, 0, "staff" },
        { POST, "/staff/invitations", STAFF, invite_params, invite_create, 0, "staff" },
        { POST, "/staff/:id/roles", STAFF, role_params, role_create, 0, "staff" },
        { POST, "/staff/:id/logins", STAFF, act_params, login_change, 0, "staff" },
        ROUTE_END
};
