/* agreement: what a customer agreed to about paying over time, in the words and rows that they see
 * themselves (templates/part/agreement.html), every version and its paper. */
#include "admin/agreement.h"

#include "http/reply.h"
#include "http/request.h"
#include "queries/agreement.h"
#include "view/view.h"

static int32_t
version_of(struct request *req)
{
        return (int32_t)param_int(req, "version");
}

/* GET /plans/:number/agreement?version=1 */
static enum http_status
agreement_show(struct request *req)
{
        const char *number = param_text(req, "number");
        struct agreement_doc_row doc;
        struct agreement_schedule_row *rows;
        struct agreement_past_row *pasts;
        size_t n_rows, n_pasts;
        struct view *view;
        enum db_status rc;

        agreement_doc_ask(req->db, number, version_of(req), &doc);
        agreement_schedule_ask(req->db, number, version_of(req), &rows, &n_rows);
        agreement_pasts_ask(req->db, number, &pasts, &n_pasts);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/agreement.html");
        view_text(view, "page_title", pool_printf(req->pool, "Agreement of order %s", number));
        view_row(view, "doc", &agreement_doc_row_type, &doc);
        view_lines(view, "doc_shown_lines", doc.shown);
        view_flag(view, "in_force", doc.version == doc.newest);
        view_url(view, "agreement_url", pool_printf(req->pool, "/admin/plans/%s/agreement", number));
        view_list(view, "schedule", "admin/agreement.due.html", &agreement_schedule_row_type, rows, n_rows);
        view_list(view, "pasts", "admin/agreement.past.html", &agreement_past_row_type, pasts, n_pasts);
        return view_reply(view, HTTP_OK);
}

/* GET /plans/:number/agreement/paper?version=1 */
static enum http_status
agreement_paper_show(struct request *req)
{
        struct agreement_paper_file_row file;
        enum db_status rc;

        agreement_paper_file_ask(req->db, param_text(req, "number"), version_of(req), &file);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        reply_header(req, "Content-Disposition",
                     pool_printf(req->pool, "inline; filename=\"agreement-%s-%d.pdf\"", param_text(req, "number"),
                                 (int)file.version));
        return reply_body(req, HTTP_OK, "application/pdf", file.pdf.data, file.pdf.len);
}

static const struct param agreement_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "version", .type = PARAM_INT, .from = FROM_QUERY, .min = 1, .max = 10000 },
        PARAM_END
};

const struct route agreement_routes[] = {
        { GET, "/plans/:number/agreement",       STAFF, agreement_params, agreement_show,       0, "read" },
        { GET, "/plans/:number/agreement/paper", STAFF, agreement_params, agreement_paper_show, 0, "read" },
        ROUTE_END
};
