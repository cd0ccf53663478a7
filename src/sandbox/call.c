/* call: one unit of work of the sandbox. */
#include "sandbox/call.h"

#include <string.h>

#include "base/clock.h"
#include "base/token.h"
#include "queries/sandbox.h"
#include "sandbox/doc.h"

static void
free_list(void *list)
{
        g_ptr_array_free(list, TRUE);
}

void
call_begin(struct call *call, struct pool *pool, struct db *db)
{
        struct sandbox_clock_row clock = { 0 };

        *call = (struct call){ .pool = pool, .db = db, .status = 200 };
        call->objects = g_ptr_array_new();
        pool_defer(pool, free_list, call->objects);
        call->fields = doc_keep(pool, json_object());
        db_unit(db, pool, NULL, NULL);
        db_begin(db);
        call_ok(call, sandbox_clock(db, &clock));
        clock_set_ahead(clock.ahead * CLOCK_SECOND);
        call->now = clock_product() / CLOCK_SECOND;
}

enum db_status
call_commit(struct call *call)
{
        enum db_status status = call->failed;

        if (status == DB_OK && db_in_transaction(call->db))
                status = db_commit(call->db);
        if (status != DB_OK) {
                call_rollback(call);
                call->failed = status;
        } else if (call->events > 0)
                db_notify(call->db, "sandbox_events");
        return status;
}

void
call_rollback(struct call *call)
{
        if (db_in_transaction(call->db))
                db_rollback(call->db);
}

json_t *
call_fail(struct call *call, int status, const char *type, const char *code, const char *param,
          const char *message)
{
        if (call->error != NULL)
                return NULL;
        call->status = status;
        call->error = doc_keep(call->pool, json_object());
        if (code != NULL) {
                doc_put_text(call->error, "code", code);
                doc_put_text(call->error, "doc_url",
                             pool_printf(call->pool, "https://stripe.com/docs/error-codes/%s", code));
        }
        doc_put_text(call->error, "message", message);
        if (param != NULL)
                doc_put_text(call->error, "param", param);
        doc_put_text(call->error, "type", type);
        return NULL;
}

json_t *
call_refuse(struct call *call, const char *code, const char *param, const char *format, ...)
{
        va_list args;
        const char *message;

        va_start(args, format);
        message = pool_vprintf(call->pool, format, args);
        va_end(args);
        return call_fail(call, 400, "invalid_request_error", code, param, message);
}

json_t *
call_missing(struct call *call, const char *what, const char *id, const char *param)
{
        const char *message = pool_printf(call->pool, "No such %s: '%s'", what, id);
        bool path = param == NULL;

        return call_fail(call, path ? 404 : 400, "invalid_request_error", "resource_missing",
                         path ? "id" : param, message);
}

bool
call_fine(const struct call *call)
{
        return call->error == NULL && call->failed == DB_OK;
}

bool
call_ok(struct call *call, enum db_status status)
{
        if (status != DB_OK && call->failed == DB_OK)
                call->failed = status;
        return call->failed == DB_OK;
}

char *
call_new_id(struct pool *pool, const char *prefix, int length)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        unsigned char random[64];
        char text[65];

        token_random(random, sizeof random);
        for (int i = 0; i < length && i < 64; i++)
                text[i] = letters[random[i] % 62];
        text[length < 64 ? length : 64] = '\0';
        return pool_printf(pool, "%s_%s", prefix, text);
}
