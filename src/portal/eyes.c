/* eyes: the end of seeing the portal as a customer does. */
#include <inttypes.h>

#include "http/session.h"
#include "portal/portal.h"
#include "queries/account.h"

/* POST /view-end: back to the staff's page of that customer. */
static enum http_status
view_end_create(struct request *req)
{
        struct view_end_row row = { .customer_null = true };
        enum db_status rc;

        if (req->token != NULL)
                view_end_ask(req->db, session_hash(req->pool, req->token), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (row.customer_null)
                return reply_redirect(req, "/login");
        reply_cookie(req, COOKIE_SESSION, "", -1);
        return reply_redirect(req, pool_printf(req->pool, "%s/customers/%" PRId64, req->config->admin_url, row.customer));
}

const struct route eyes_routes[] = {
        { POST, "/view-end", OPEN, NULL, view_end_create, 0, NULL },
        ROUTE_END
};
