/* acts: what happens at a gateway without us. */
#include "sandbox/acts.h"

#include <string.h>

#include "queries/sandbox.h"
#include "sandbox/cards.h"
#include "sandbox/checkout.h"
#include "sandbox/disputes.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/hosted.h"
#include "sandbox/methods.h"
#include "sandbox/refunds.h"

/* The object of KIND that ID names itself or leads to (session, intent, charge). */
static struct object *
lead_to(struct call *call, const char *id, const char *kind)
{
        struct object *object = store_lock(call, id, NULL);

        for (int steps = 0; object != NULL && strcmp(object->kind, kind) != 0 && steps < 3; steps++) {
                bool up = strcmp(object->kind, "charge") == 0;
                const char *next = up || strcmp(object->kind, "checkout.session") == 0
                                   ? doc_text(object->body, "payment_intent")
                                   : doc_text(object->body, "latest_charge");

                object = next != NULL ? store_lock(call, next, NULL) : NULL;
        }
        if (object == NULL || strcmp(object->kind, kind) != 0) {
                call_refuse(call, "resource_missing", "object", "%s is no %s and leads to none.", id, kind);
                return NULL;
        }
        return object;
}

static struct object *
do_dispute(struct call *call, const json_t *act, const char *id)
{
        struct object *charge = lead_to(call, id, "charge");

        return charge != NULL ? dispute_open(call, charge, doc_int(act, "amount"), doc_text(act, "reason")) : NULL;
}

static struct object *
do_close_dispute(struct call *call, const json_t *act, const char *id)
{
        struct object *dispute = store_lock(call, id, "dispute");

        if (dispute == NULL)
                call_missing(call, "dispute", id, "object");
        else
                dispute_decide(call, dispute, doc_is(act, "status", "won"));
        return dispute;
}

static struct object *
do_refund(struct call *call, const json_t *act, const char *id)
{
        const char *reason = doc_text(act, "reason");
        struct object *charge = lead_to(call, id, "charge");
        struct object *refund = charge != NULL ? refund_make(call, charge, doc_int(act, "amount"), reason) : NULL;

        if (refund != NULL)
                refund_tell(call, charge, refund);
        return refund;
}

static struct object *
do_fail_refund(struct call *call, const json_t *act, const char *id)
{
        struct object *refund = store_lock(call, id, "refund");

        (void)act;
        if (refund == NULL)
                call_missing(call, "refund", id, "object");
        else
                refund_fail(call, refund, "lost_or_stolen_card");
        return refund;
}

static struct object *
settle(struct call *call, const char *id, bool paid)
{
        struct object *intent = lead_to(call, id, "payment_intent");

        if (intent != NULL && !hosted_settle(call, intent, paid))
                call_refuse(call, NULL, "object", "Nothing is on its way for %s.", intent->id);
        return intent;
}

static struct object *
do_settle(struct call *call, const json_t *act, const char *id)
{
        (void)act;
        return settle(call, id, true);
}

static struct object *
do_fail_debit(struct call *call, const json_t *act, const char *id)
{
        (void)act;
        return settle(call, id, false);
}

/* The bank sent a new card; "becomes": a test token, so that it then behaves like that one. */
static struct object *
do_update_card(struct call *call, const json_t *act, const char *id)
{
        struct object *method = store_lock(call, id, "payment_method");
        const char *token = doc_text(act, "becomes");
        const struct card *card = token != NULL ? card_by_token(token) : NULL;
        json_t *part = method != NULL ? doc_at(method->body, "card") : NULL;

        if (part == NULL || (token != NULL && (card == NULL || strcmp(card->kind, "card") != 0))) {
                call_refuse(call, "resource_missing", "object", "There is no such card or token.");
                return NULL;
        }
        if (card != NULL) {
                doc_put_text(method->inner, "card", card->token);
                doc_put_text(part, "brand", card->brand);
                doc_put_text(part, "display_brand", card->brand);
                doc_put_text(part, "last4", card_last4(card));
        }
        if (doc_text(act, "last4") != NULL)
                doc_put_text(part, "last4", doc_text(act, "last4"));
        if (doc_int(act, "exp_month") > 0)
                doc_put_int(part, "exp_month", doc_int(act, "exp_month"));
        doc_put_int(part, "exp_year", doc_int(act, "exp_year") > 0 ? doc_int(act, "exp_year")
                                      : doc_int(part, "exp_year") + (card == NULL));
        store_save(call, method);
        if (!doc_true(act, "quiet"))
                event_emit_change(call, "payment_method.automatically_updated", method);
        return method;
}

static struct object *
do_expire_session(struct call *call, const json_t *act, const char *id)
{
        struct object *session = store_lock(call, id, "checkout.session");

        (void)act;
        if (session == NULL || !doc_is(session->body, "status", "open"))
                call_refuse(call, "resource_missing", "object", "There is no such open session.");
        else
                checkout_expire_now(call, session);
        return session;
}

static const struct {
        const char *name;
        struct object *(*run)(struct call *call, const json_t *act, const char *id);
} acts[] = {
        { "dispute", do_dispute },
        { "close_dispute", do_close_dispute },
        { "refund", do_refund },
        { "fail_refund", do_fail_refund },
        { "settle_debit", do_settle },
        { "fail_debit", do_fail_debit },
        { "transfer_arrives", do_settle },
        { "update_card", do_update_card },
        { "expire_session", do_expire_session },
};

struct object *
act_do(struct call *call, const json_t *act)
{
        const char *name = doc_text(act, "act"), *id = doc_text(act, "object");
        struct object *object = NULL;

        for (size_t i = 0; name != NULL && id != NULL && i < sizeof acts / sizeof *acts; i++) {
                if (strcmp(acts[i].name, name) != 0)
                        continue;
                object = acts[i].run(call, act, id);
                if (!call_fine(call) || object == NULL)
                        return NULL;
                call_ok(call, sandbox_log_add(call->db, "act", name, id, doc_write(call->pool, act, false), NULL));
                return object;
        }
        call_refuse(call, "parameter_invalid", "act", "An act is {\"act\": one of those in the manual, \"object\": id}.");
        return NULL;
}

/* One thing that fell due, at the time when it did. */
static bool
due_one(struct db *db, struct pool *pool, const char *id, int64_t due_at)
{
        struct object *object;
        struct call call;

        call_begin(&call, pool, db);
        object = store_lock(&call, id, NULL);
        if (object == NULL || object->due_at == 0 || object->due_at > call.now) {
                call_rollback(&call);
                return false;
        }
        call.now = due_at;
        if (strcmp(object->kind, "checkout.session") == 0)
                checkout_expire_now(&call, object);
        else {
                const char *method_id = doc_text(object->body, "payment_method");
                struct object *method = method_id != NULL ? store_lock(&call, method_id, "payment_method") : NULL;

                if (method == NULL || !hosted_settle(&call, object, method_card(method)->decline == NULL)) {
                        object->due_at = 0;
                        store_save(&call, object);
                }
        }
        return call_commit(&call) == DB_OK;
}

int
act_due(struct db *db, struct pool *pool)
{
        struct sandbox_due_row *rows = NULL;
        struct call call;
        size_t n = 0;
        int happened = 0, before;

        do {
                struct pool *inner = pool_new();

                before = happened;
                call_begin(&call, pool, db);
                if (!call_ok(&call, sandbox_object_due(db, call.now, 100, &rows, &n)))
                        n = 0;
                call_rollback(&call);
                for (size_t i = 0; i < n; i++) {
                        happened += due_one(db, inner, rows[i].id, rows[i].due_at);
                        pool_clear(inner);
                }
                pool_free(inner);
        } while (n == 100 && happened > before);
        return happened;
}
