/* latchkey-hooks: the gateway's events in.
 *
 * Its database role may call three functions and see no table.  An event is stored and
 * committed first, then settled in a transaction of its own: what is stored survives even a
 * time-out, and the worker takes up what could not be settled. */
#include "base/clock.h"
#include "base/log.h"
#include "gateway/events.h"
#include "gateway/intake.h"
#include "gateway/signature.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "queries/event.h"

/* Settle what is stored.  The answer stays 200 whatever happens here: the event is ours. */
static void
settle(struct request *req, const struct gateway_event *event)
{
        struct verdict_row verdict;

        if (event_apply(req->db, req->config->gateway_account, event->id, &verdict) == DB_OK)
                return;
        log_warning("event_not_settled", "event", event->id, "type", event->type, "sqlstate",
                    db_error_sqlstate(req->db), NULL);
        (void)event_failed(req->db, req->config->gateway_account, event->id, db_error_message(req->db),
                           NULL);
}

static enum http_status
store(struct request *req, const struct gateway_event *event)
{
        struct intake intake = intake_of(event);
        struct verdict_row verdict;
        const char *body = pool_strndup(req->pool, req->body, req->body_len);
        enum db_status rc;

        /* Two transactions, each one round trip: leave the one that dispatch opened. */
        db_rollback(req->db);
        rc = event_store(req->db, req->config->gateway_account, event->id, event->type, "hook", body,
                         event->created * CLOCK_SECOND, intake.acts, event->attempt_key,
                         event->payment_ref, event->session_ref, event->charge_ref, event->object_id,
                         intake.pays ? &event->amount_minor : NULL, event->currency, &verdict);
        if (rc != DB_OK)
                return reply_text(req, HTTP_UNAVAILABLE, "The event could not be stored. Send it again.\n");
        settle(req, event);
        req->wake_worker = true;
        return reply_text(req, HTTP_OK, "stored\n");
}

static enum http_status
event_receive(struct request *req)
{
        const struct signature_secrets secrets = { req->config->hook_secret,
                                                   req->config->hook_secret_previous };
        struct gateway_event event;
        const char *error = NULL;
        enum signature_result result =
                signature_check(req->pool, &secrets, request_header(req, "HTTP_STRIPE_SIGNATURE"),
                                req->body, req->body_len, clock_real() / CLOCK_SECOND);

        if (result != SIGNATURE_OK) {
                log_warning("event_refused", "signature", signature_word(result), "hint",
                            "compare [gateway] hook_secret with the endpoint's signing secret", NULL);
                return reply_text(req, HTTP_BAD_REQUEST, "The signature does not fit.\n");
        }
        if (!events_read(req->pool, req->body, req->body_len, &event, &error)) {
                log_warning("event_refused", "body", error, NULL);
                return reply_text(req, HTTP_BAD_REQUEST, "This is not an event.\n");
        }
        return store(req, &event);
}

static const struct route event_routes[] = {
        { POST, "/hooks/stripe", OPEN, NULL, event_receive, ROUTE_RAW_BODY | ROUTE_MACHINE, NULL },
        ROUTE_END
};

static const struct route *const routes[] = { event_routes, NULL };
static const struct db_stmt *const *const queries[] = { event_queries, NULL };

static const struct program hooks = {
        .name = "latchkey-hooks",
        .database_user = "lk_hooks",
        .mount = "",
        .routes = routes,
        .queries = queries,
};

int
main(int argc, char **argv)
{
        return server_main(&hooks, argc, argv);
}
