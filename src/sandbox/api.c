/* api: /v1, from the request to the answer. */
#include "sandbox/api.h"

#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/supervisor.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/sandbox.h"
#include "sandbox/call.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/expand.h"
#include "sandbox/form.h"
#include "sandbox/operations.h"
#include "sandbox/settings.h"

enum { KEY_MOST = 255, KEY_LIFE = 24 * 3600, TRIES_MOST = 4 };

/* What is known before the work begins. */
struct asked {
        const char *name;               /* "POST /v1/refunds" */
        const struct operation *operation;
        const char *ids[2];
        const char *request, *key;
        const char *fault;              /* kind, or NULL */
        int fault_seconds;
};

/* What goes back and into the log. */
struct answer {
        int status;
        const char *body;
        const char *object;             /* id, for the log */
        const char *original;           /* the request whose answer is given again, or NULL */
        bool committed;
};

static const char *
method_name(enum http_method method)
{
        return method == GET ? "GET" : method == POST ? "POST" : "DELETE";
}

static bool
is_authorized(struct request *req)
{
        const char *header = request_header(req, "HTTP_AUTHORIZATION");
        const char *key = settings_now()->key;
        const char *given = NULL;

        if (header == NULL)
                return false;
        if (g_ascii_strncasecmp(header, "Bearer ", 7) == 0)
                given = header + 7;
        else if (g_ascii_strncasecmp(header, "Basic ", 6) == 0) {
                gsize len;
                guchar *plain = g_base64_decode(header + 6, &len);

                given = pool_strndup(req->pool, (const char *)plain, len);
                given = pool_strndup(req->pool, given, strcspn(given, ":"));
                g_free(plain);
        }
        return given != NULL && token_equal(given, strlen(given), key, strlen(key));
}

static const char *
error_body(struct call *call)
{
        json_t *body = doc_keep(call->pool, json_object());

        if (call->request != NULL)
                doc_put_text(call->error, "request_log_url",
                             pool_printf(call->pool, "%s/sandbox/log", settings_now()->public_url));
        doc_put(body, "error", call->error);
        return doc_write(call->pool, body, false);
}

static void
fail_server(struct call *call)
{
        call->error = NULL;
        call_fail(call, 500, "api_error", NULL, NULL, "An unknown error occurred");
}

/* Equal for equal requests, whatever the order of their parameters. */
static const char *
fingerprint(struct call *call, const struct asked *asked)
{
        const char *text = pool_printf(call->pool, "%s\n%s", asked->name, doc_write(call->pool, call->fields, true));
        unsigned char hash[TOKEN_HASH_SIZE];

        token_sha256(text, strlen(text), hash);
        return token_hex(call->pool, hash, sizeof hash);
}

/* The key's stored answer, if there is one; an error where the key may not be used. */
static bool
replayed(struct call *call, const struct asked *asked, const char *print, struct answer *answer)
{
        struct sandbox_flag_row lock = { 0 };
        struct sandbox_key_row row;
        bool found = false;

        sandbox_key_lock_ask(call->db, asked->key, &lock);
        sandbox_key_ask(call->db, asked->key, call->now - KEY_LIFE, &row, &found);
        if (!call_ok(call, db_wait(call->db)))
                return false;
        if (!lock.free) {
                call_fail(call, 409, "idempotency_error", "idempotency_key_in_use", NULL,
                          "There is currently another in-progress request using this Idempotent Key (that probably "
                          "means you submitted twice, and the other request is still going through).");
                return false;
        }
        if (!found)
                return false;
        if (strcmp(row.fingerprint, print) != 0) {
                call_fail(call, 400, "idempotency_error", NULL, NULL,
                          "Keys for idempotent requests can only be used with the same parameters they were first "
                          "used with. Try using a key other than the one that you meant if you meant to execute a "
                          "different request.");
                return false;
        }
        *answer = (struct answer){ .status = row.status, .body = row.body, .original = row.request };
        return true;
}

static void
hang(int seconds)
{
        for (int tenths = 0; tenths < seconds * 10 && !supervisor_stopping(); tenths++)
                g_usleep(100 * 1000);
}

static void
add_log(struct call *call, const struct asked *asked, const struct answer *answer)
{
        json_t *detail = doc_keep(call->pool, json_object());

        doc_put_text(detail, "request", asked->request);
        doc_put_int(detail, "status", answer->status);
        doc_put_bool(detail, "committed", answer->committed);
        if (asked->key != NULL)
                doc_put_text(detail, "idempotency_key", asked->key);
        if (call->fields != NULL && json_object_size(call->fields) > 0)
                doc_put(detail, "params", call->fields);
        if (answer->original != NULL)
                doc_put_text(detail, "replays", answer->original);
        if (asked->fault != NULL)
                doc_put_text(detail, "fault", asked->fault);
        if (call->error != NULL) {
                doc_put_text(detail, "code", doc_text(call->error, "code"));
                doc_put_text(detail, "decline_code", doc_text(call->error, "decline_code"));
        }
        call_ok(call, sandbox_log_add(call->db, "request", asked->name, answer->object,
                                      doc_write(call->pool, detail, false), NULL));
}

/* Run the operation and say what comes of it; the transaction is still open. */
static void
work(struct call *call, const struct asked *asked, struct answer *answer)
{
        json_t *result;

        if (asked->fault != NULL && strcmp(asked->fault, "hang") == 0)
                hang(asked->fault_seconds);
        result = asked->operation->run(call);
        if (call->error == NULL && call->failed == DB_OK)
                result = expand_answer(call, result);
        if (call->failed != DB_OK)
                return;
        if (call->error == NULL && result == NULL)
                fail_server(call);
        answer->object = call->error == NULL ? doc_text(result, "id") : doc_text(call->error, "payment_intent.id");
        answer->committed = call->error == NULL || call->keep;
        if (answer->committed && asked->fault != NULL && strcmp(asked->fault, "error_after_commit") == 0) {
                fail_server(call);
                call->keep = true;
        }
        answer->status = call->status;
        answer->body = call->error != NULL ? error_body(call) : doc_write(call->pool, result, false);
}

/* One try of the whole: a transaction from the key to the log. */
static enum db_status
try_once(struct request *req, const struct asked *asked, json_t *fields, struct answer *answer)
{
        bool keyed = asked->key != NULL && req->method == POST;
        const char *print = NULL;
        bool again = false;
        struct call call;

        *answer = (struct answer){ 0 };
        call_begin(&call, req->pool, req->db);
        call.id[0] = asked->ids[0];
        call.id[1] = asked->ids[1];
        call.request = asked->request;
        call.key = asked->key;
        call.fields = fields;
        if (keyed) {
                print = fingerprint(&call, asked);
                again = replayed(&call, asked, print, answer);
        }
        if (!again && call_fine(&call) && fields_check(&call, asked->operation->fields))
                work(&call, asked, answer);
        if (call.error != NULL && answer->body == NULL) {
                answer->status = call.status;
                answer->body = error_body(&call);
        }
        if (call.error != NULL && !call.keep && call.failed == DB_OK) {
                call_rollback(&call);
                call.events = 0;
        } else if (keyed && !again)
                call_ok(&call, sandbox_key_store(call.db, asked->key, print, asked->request, answer->status,
                                                 answer->body != NULL ? answer->body : "", call.now, NULL));
        add_log(&call, asked, answer);
        return call_commit(&call);
}

static enum http_status
send_answer(struct request *req, const struct asked *asked, const struct answer *answer)
{
        reply_header(req, "Request-Id", asked->request);
        reply_header(req, "Stripe-Version", SANDBOX_API_VERSION);
        if (asked->key != NULL)
                reply_header(req, "Idempotency-Key", asked->key);
        if (answer->original != NULL) {
                reply_header(req, "Idempotent-Replayed", "true");
                reply_header(req, "Original-Request", answer->original);
        }
        if (answer->status == 409 || answer->status == 429)
                reply_header(req, "Stripe-Should-Retry", answer->status == 409 ? "true" : "false");
        reply_header(req, "Access-Control-Allow-Origin", "*");
        return reply_body(req, (enum http_status)answer->status, "application/json", answer->body,
                          strlen(answer->body));
}

/* An answer that needs no work; it stands in the log alone. */
static enum http_status
refuse(struct request *req, const struct asked *asked, int status, const char *type, const char *code,
       const char *message)
{
        struct answer answer = { .status = status };
        struct call call;

        call_begin(&call, req->pool, req->db);
        call.request = asked->request;
        call_fail(&call, status, type, code, NULL, message);
        answer.body = error_body(&call);
        add_log(&call, asked, &answer);
        call_commit(&call);
        return send_answer(req, asked, &answer);
}

static void
take_fault(struct request *req, struct asked *asked)
{
        struct sandbox_taken_row row;
        bool found = false;

        /* On its own, before the work: it is used up whatever becomes of that. */
        db_unit(req->db, req->pool, NULL, NULL);
        if (sandbox_fault_take(req->db, asked->name, &row, &found) == DB_OK && found) {
                asked->fault = row.kind;
                asked->fault_seconds = row.seconds;
        }
}

/* Faults that come before the work. */
static bool
is_stopped(struct request *req, const struct asked *asked, enum http_status *status)
{
        if (asked->fault == NULL)
                return false;
        if (strcmp(asked->fault, "rate_limit") == 0)
                *status = refuse(req, asked, 429, "invalid_request_error", "rate_limit",
                                 "Request rate limit exceeded. You can learn more about rate limits here "
                                 "https://stripe.com/docs/rate-limits.");
        else if (strcmp(asked->fault, "error_before") == 0)
                *status = refuse(req, asked, 500, "api_error", NULL, "An unknown error occurred");
        else
                return false;
        return true;
}

static enum http_status
run(struct request *req, const struct asked *asked)
{
        const char *text = req->method == POST ? req->body : req->query;
        size_t len = req->method == POST ? req->body_len : strlen(req->query);
        json_t *fields = form_decode(req->pool, text, len);
        struct answer answer;
        enum db_status status = DB_RETRY;

        if (fields == NULL)
                return refuse(req, asked, 400, "invalid_request_error", NULL, "The request could not be read.");
        for (int tries = 0; tries < TRIES_MOST && status == DB_RETRY; tries++)
                status = try_once(req, asked, fields, &answer);
        if (status != DB_OK) {
                log_error("request_failed", "request", asked->request, NULL);
                return refuse(req, asked, 500, "api_error", NULL, "An unknown error occurred");
        }
        return send_answer(req, asked, &answer);
}

static enum http_status
api_handle(struct request *req)
{
        struct asked asked = {
                .name = pool_printf(req->pool, "%s %s", method_name(req->method), req->path),
                .request = call_new_id(req->pool, "req", 14),
        };
        enum http_status status;

        asked.key = request_header(req, "HTTP_IDEMPOTENCY_KEY");
        if (text_is_empty(asked.key) || req->method != POST)
                asked.key = NULL;
        if (!is_authorized(req))
                return refuse(req, &asked, 401, "invalid_request_error", NULL,
                              request_header(req, "HTTP_AUTHORIZATION") == NULL
                              ? "You did not provide an API key."
                              : "Invalid API Key provided: sk_test_****");
        if (asked.key != NULL && (strlen(asked.key) > KEY_MOST || text_has_control(asked.key)))
                return refuse(req, &asked, 400, "invalid_request_error", NULL,
                              "Idempotency keys may have at most 255 characters.");
        take_fault(req, &asked);
        if (is_stopped(req, &asked, &status))
                return status;
        asked.operation = operation_find(req->pool, req->method, req->path, asked.ids);
        if (asked.operation == NULL)
                return refuse(req, &asked, 404, "invalid_request_error", NULL,
                              pool_printf(req->pool, "Unrecognized request URL (%s: %s).",
                                          method_name(req->method), req->path));
        return run(req, &asked);
}

#define ANY(path) \
        { GET, path, OPEN, NULL, api_handle, ROUTE_RAW_BODY | ROUTE_MACHINE, NULL },    \
        { POST, path, OPEN, NULL, api_handle, ROUTE_RAW_BODY | ROUTE_MACHINE, NULL },   \
        { DELETE, path, OPEN, NULL, api_handle, ROUTE_RAW_BODY | ROUTE_MACHINE, NULL }

/* What stands behind is the table of operations.c. */
const struct route api_routes[] = {
        ANY("/v1/:a"),
        ANY("/v1/:a/:b"),
        ANY("/v1/:a/:b/:c"),
        ANY("/v1/:a/:b/:c/:d"),
        ROUTE_END
};
