/* account: who is logged in here. */
#include "portal/portal.h"

static enum http_status
account_show(struct request *req)
{
        struct view *view;
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!req->identity.found)
                return reply_sign_in(req);
        view = view_new(req, "portal/account.html");
        view_text(view, "page_title", "Your account");
        view_text(view, "name", req->identity.name);
        view_text(view, "email", req->identity.email);
        view_time(view, "since", req->identity.started_at);
        return view_reply(view, HTTP_OK);
}

const struct route account_routes[] = {
        { GET, "/account", SIGNED_IN, NULL, account_show, 0, NULL },
        ROUTE_END
};
