/* control: faults, acts, log and clock, for tests and drills.  All of it is JSON. */
#include "sandbox/control.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/sandbox.h"
#include "sandbox/acts.h"
#include "sandbox/call.h"
#include "sandbox/doc.h"
#include "sandbox/form.h"

enum { LOG_MOST = 10000, SECONDS_DEFAULT = 5, TIMES_MOST = 1000000 };

static enum http_status
send_doc(struct request *req, int status, json_t *doc)
{
        char *text = doc_write(req->pool, doc, false);

        return reply_body(req, (enum http_status)status, "application/json", text, strlen(text));
}

static enum http_status
send_error(struct request *req, int status, const char *message)
{
        return send_doc(req, status, doc_keep(req->pool, json_pack("{s:{s:s}}", "error", "message", message)));
}

/* Commit and send what MAKE says, or the call's error. */
static enum http_status
finish(struct request *req, struct call *call, json_t *doc)
{
        if (call->failed == DB_OK && call->error != NULL) {
                call_rollback(call);
                return send_doc(req, call->status, doc_keep(req->pool, json_pack("{s:O}", "error", call->error)));
        }
        if (call_commit(call) != DB_OK)
                return send_error(req, 503, "The sandbox's database did not answer.");
        return send_doc(req, 200, doc);
}

static json_t *
faults_doc(struct call *call)
{
        json_t *list = doc_keep(call->pool, json_array());
        struct sandbox_fault_row *rows = NULL;
        size_t n = 0;

        if (!call_ok(call, sandbox_fault_list(call->db, &rows, &n)))
                n = 0;
        for (size_t i = 0; i < n; i++)
                json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:i}", "match", rows[i].match,
                                      "kind", rows[i].kind, "times", rows[i].times,
                                      "remaining", rows[i].remaining, "seconds", rows[i].seconds));
        return doc_keep(call->pool, json_pack("{s:O}", "faults", list));
}

static enum http_status
faults_show(struct request *req)
{
        struct call call;

        call_begin(&call, req->pool, req->db);
        return finish(req, &call, faults_doc(&call));
}

static void
add_fault(struct call *call, const json_t *fault)
{
        static const char *const kinds[] = { "hang", "error_after_commit", "error_before", "rate_limit",
                                             "duplicate_event", "delay_event", "drop_event", "reorder_events", NULL };
        const char *match = doc_text(fault, "match"), *kind = doc_text(fault, "kind");
        bool known = false, event;
        int64_t times = doc_at(fault, "times") != NULL ? doc_int(fault, "times") : 1;
        int64_t seconds = doc_at(fault, "seconds") != NULL ? doc_int(fault, "seconds") : SECONDS_DEFAULT;

        for (const char *const *name = kinds; kind != NULL && *name != NULL; name++)
                known = known || strcmp(*name, kind) == 0;
        event = known && strstr(kind, "event") != NULL;
        if (match == NULL && event)
                match = "event *";
        if (!known || match == NULL || times < 1 || times > TIMES_MOST || seconds < 0 || seconds > TIMES_MOST ||
            event != (strncmp(match, "event", 5) == 0))
                call_refuse(call, "parameter_invalid", "faults", "A fault is {\"match\": \"POST /v1/refunds\" or "
                            "\"event charge.refunded\", \"kind\": one of those in the manual, \"times\": 1, "
                            "\"seconds\": 5}.");
        else
                call_ok(call, sandbox_fault_add(call->db, match, kind, (int32_t)times, (int32_t)seconds, NULL));
}

static enum http_status
faults_add(struct request *req)
{
        json_t *list = doc_read(req->pool, req->body, req->body_len);
        json_t *fault;
        struct call call;
        size_t i;

        if (!json_is_array(list))
                return send_error(req, 400, "The body must be a JSON list of faults.");
        call_begin(&call, req->pool, req->db);
        json_array_foreach(list, i, fault)
                add_fault(&call, fault);
        return finish(req, &call, faults_doc(&call));
}

static enum http_status
faults_clear(struct request *req)
{
        struct call call;

        call_begin(&call, req->pool, req->db);
        call_ok(&call, sandbox_fault_clear(call.db, NULL));
        return finish(req, &call, faults_doc(&call));
}

static enum http_status
acts_add(struct request *req)
{
        json_t *act = doc_read(req->pool, req->body, req->body_len);
        struct object *object;
        struct call call;

        if (!json_is_object(act))
                return send_error(req, 400, "The body must be a JSON object with \"act\" and \"object\".");
        call_begin(&call, req->pool, req->db);
        object = act_do(&call, act);
        return finish(req, &call, object == NULL ? NULL
                      : doc_keep(req->pool, json_pack("{s:b, s:O}", "ok", 1, "object", object->body)));
}

static json_t *
log_item(struct pool *pool, const struct sandbox_log_row *row)
{
        json_t *item = doc_keep(pool, json_object());

        doc_put_int(item, "seq", row->seq);
        doc_put_text(item, "at", row->at);
        doc_put_text(item, "kind", row->kind);
        doc_put_text(item, "name", row->name);
        doc_put_text(item, "object", row->object);
        json_object_update(item, doc_read(pool, row->detail, strlen(row->detail)));
        if (row->state != NULL) {
                doc_put_text(item, "delivery", row->state);
                doc_put_int(item, "attempts", row->attempts);
                if (!row->status_null)
                        doc_put_int(item, "answered", row->status);
        }
        return item;
}

static enum http_status
log_show(struct request *req)
{
        json_t *query = form_decode(req->pool, req->query, strlen(req->query));
        const char *since = query != NULL ? doc_text(query, "since") : NULL;
        const char *limit = query != NULL ? doc_text(query, "limit") : NULL;
        int64_t most = limit != NULL ? strtoll(limit, NULL, 10) : LOG_MOST;
        json_t *items = doc_keep(req->pool, json_array());
        struct sandbox_log_row *rows = NULL;
        struct call call;
        size_t n = 0;

        if (most < 1 || most > LOG_MOST)
                most = LOG_MOST;
        call_begin(&call, req->pool, req->db);
        if (!call_ok(&call, sandbox_log(call.db, since != NULL ? strtoll(since, NULL, 10) : 0, most, &rows, &n)))
                n = 0;
        for (size_t i = 0; i < n; i++)
                json_array_append(items, log_item(req->pool, &rows[i]));
        return finish(req, &call, doc_keep(req->pool, json_pack("{s:O, s:I, s:b}", "items", items, "last",
                      (json_int_t)(n > 0 ? rows[n - 1].seq : 0), "more", (int64_t)n == most)));
}

static json_t *
clock_doc(struct call *call)
{
        struct sandbox_delivery_state_row state = { 0 };

        call_ok(call, sandbox_delivery_state(call->db, &state));
        return doc_keep(call->pool, json_pack("{s:I, s:I, s:I}", "ahead_seconds",
                        (json_int_t)(call->now - clock_real() / CLOCK_SECOND), "now", (json_int_t)call->now,
                        "pending_events", (json_int_t)state.pending));
}

static enum http_status
clock_show(struct request *req)
{
        struct call call;

        call_begin(&call, req->pool, req->db);
        return finish(req, &call, clock_doc(&call));
}

/* Set the sandbox's time ahead; what falls due by that happens before the answer. */
static enum http_status
clock_set(struct request *req)
{
        json_t *doc = doc_read(req->pool, req->body, req->body_len);
        json_t *ahead = doc_at(doc, "ahead_seconds");
        struct call call;

        if (doc == NULL || !json_is_integer(ahead) || json_integer_value(ahead) < 0)
                return send_error(req, 400, "The body must be {\"ahead_seconds\": N}.");
        call_begin(&call, req->pool, req->db);
        call_ok(&call, sandbox_clock_set(call.db, json_integer_value(ahead), NULL));
        if (call_commit(&call) != DB_OK)
                return send_error(req, 503, "The sandbox's database did not answer.");
        act_due(req->db, req->pool);
        return clock_show(req);
}

static enum http_status
healthz(struct request *req)
{
        struct call call;

        call_begin(&call, req->pool, req->db);
        if (call_commit(&call) != DB_OK)
                return reply_text(req, HTTP_UNAVAILABLE, "no database\n");
        return reply_text(req, HTTP_OK, "ok\n");
}

static enum http_status
stylesheet(struct request *req)
{
        const char *css = doc_embedded("sandbox.css");

        return reply_body(req, HTTP_OK, "text/css; charset=utf-8", css, strlen(css));
}

#define MACHINE (ROUTE_RAW_BODY | ROUTE_MACHINE)

const struct route control_routes[] = {
        { GET,    "/sandbox/faults", OPEN, NULL, faults_show,  MACHINE, NULL },
        { POST,   "/sandbox/faults", OPEN, NULL, faults_add,   MACHINE, NULL },
        { DELETE, "/sandbox/faults", OPEN, NULL, faults_clear, MACHINE, NULL },
        { POST,   "/sandbox/acts",   OPEN, NULL, acts_add,     MACHINE, NULL },
        { GET,    "/sandbox/log",    OPEN, NULL, log_show,     MACHINE, NULL },
        { GET,    "/sandbox/clock",  OPEN, NULL, clock_show,   MACHINE, NULL },
        { POST,   "/sandbox/clock",  OPEN, NULL, clock_set,    MACHINE, NULL },
        { GET,    "/healthz",        OPEN, NULL, healthz,      MACHINE, NULL },
        { GET,    "/sandbox.css",    OPEN, NULL, stylesheet,   ROUTE_MACHINE, NULL },
        ROUTE_END
};
