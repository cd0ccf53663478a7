/* site: health and the accent colour: pages for machines. */
#include <string.h>

#include "portal/portal.h"
#include "queries/session.h"
#include "schema_version.h"

/* 200 "ok" when the database answers at the schema that this program was built for. */
static enum http_status
health_show(struct request *req)
{
        struct schema_version_row row;

        if (schema_version(req->db, &row) != DB_OK)
                return reply_text(req, HTTP_UNAVAILABLE, "the database does not answer\n");
        if (row.version != SCHEMA_VERSION)
                return reply_text(req, HTTP_UNAVAILABLE, "the schema is of another version: run latchkeyctl migrate\n");
        return reply_text(req, HTTP_OK, "ok\n");
}

/* The brand's colour as a stylesheet of one rule: the page's policy allows no inline style. */
static enum http_status
accent_show(struct request *req)
{
        const char *css = pool_printf(req->pool, ":root{--accent:%s}\n", req->config->accent);

        reply_header(req, "Cache-Control", "public, max-age=3600");
        return reply_body(req, HTTP_OK, "text/css", css, strlen(css));
}

const struct route site_routes[] = {
        { GET, "/healthz",    OPEN, NULL, health_show, ROUTE_MACHINE, NULL },
        { GET, "/accent.css", OPEN, NULL, accent_show, ROUTE_MACHINE, NULL },
        ROUTE_END
};
