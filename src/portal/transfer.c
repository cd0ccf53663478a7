/* transfer: what is to be transferred, to which account, by when (S1.3, S0.8). */
#include <string.h>

#include "base/iban.h"
#include "domain/epc.h"
#include "portal/order_offer.h"
#include "portal/portal.h"
#include "queries/transfer.h"
#include "view/format.h"
#include "view/qr.h"

/* The account that the money goes to, and its code for a banking app: EUR only. */
static void
push_account(struct view *view, struct request *req, const struct transfer_row *row)
{
        const struct config *config = req->config;
        const char *payload = strcmp(row->currency, "EUR") == 0
                ? epc_payload(req->pool, config->bank_holder, config->bank_iban, config->bank_bic, row->owed_minor,
                              row->reference)
                : NULL;

        view_text(view, "holder", config->bank_holder);
        view_text(view, "iban", iban_grouped(req->pool, config->bank_iban));
        view_text(view, "bic", config->bank_bic);
        view_text(view, "reference", iban_grouped(req->pool, row->reference));
        view_html(view, "qr", payload != NULL
                  ? qr_svg(req->pool, payload, "The same details as a QR code for your banking app") : (struct html){ "" });
}

static enum http_status
transfer_show(struct request *req)
{
        const char *number = param_text(req, "number");
        struct transfer_row row;
        struct view *view;
        enum db_status rc;
        struct order_offer offer;
        bool found;

        transfer_page_ask(req->db, number, &row, &found);
        order_offer_ask(req->db, (struct db_bytes){ NULL, 0 }, number, &offer);
        rc = db_wait(req->db);
        if (rc == DB_OK && !found)
                rc = DB_NO_ROW;
        if (rc != DB_OK)
                return portal_from_db(req, rc);
        if (strcmp(row.status, "paid") == 0 || strcmp(row.status, "refunded") == 0)
                return reply_redirect(req, portal_via(req)[0] != '\0' ? pool_printf(req->pool, "/welcome?order=%s", number)
                                                                      : pool_printf(req->pool, "/orders/%s", number));
        view = view_new(req, "portal/transfer.html");
        view_text(view, "page_title", strcmp(row.status, "open") == 0 ? "Your bank transfer" : "This order is over");
        view_row(view, "order", &transfer_row_type, &row);
        view_flag(view, "open", strcmp(row.status, "open") == 0 && req->config->bank_iban[0] != '\0');
        view_flag(view, "part", row.paid_minor > 0);
        view_url(view, "product_url", pool_printf(req->pool, "/products/%s", row.slug));
        push_account(view, req, &row);
        order_offer_push(view, req, &offer, pool_printf(req->pool, "/orders/%s/offer", number));
        return view_reply(view, HTTP_OK);
}

static const struct param transfer_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "order", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        PARAM_END
};

const struct route transfer_routes[] = {
        { GET, "/orders/:number/transfer", OPEN, transfer_params, transfer_show, 0, NULL },
        ROUTE_END
};
