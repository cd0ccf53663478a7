/* listing: the gateway's lists, page by page; see listing.h. */
#include "gateway/listing.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "gateway/body.h"
#include "gateway/objects.h"

struct listing {
        json_t *payments, *refunds, *disputes, *moves;
};

/* What one of the gateway's objects is in our lists; NULL when it is none. */
typedef json_t *reader(struct pool *pool, const json_t *object);

static void
end_json(void *json)
{
        json_decref(json);
}

static json_t *
new_array(struct pool *pool)
{
        json_t *array = json_array();

        pool_defer(pool, end_json, array);
        return array;
}

struct listing *
listing_new(struct pool *pool)
{
        struct listing *listing = pool_alloc(pool, sizeof(*listing));

        listing->payments = new_array(pool);
        listing->refunds = new_array(pool);
        listing->disputes = new_array(pool);
        listing->moves = new_array(pool);
        return listing;
}

static json_t *
read_payment(struct pool *pool, const json_t *object)
{
        struct gateway_payment p;

        if (!objects_payment(pool, object, &p))
                return NULL;
        return json_pack("{s:s, s:s?, s:I, s:s?, s:s?}", "ref", p.id, "attempt", p.attempt_key,
                         "amount", (json_int_t)p.received_minor, "currency", p.currency, "status", p.status);
}

static json_t *
read_refund(struct pool *pool, const json_t *object)
{
        struct gateway_refund r;

        if (!objects_refund(pool, object, &r))
                return NULL;
        return json_pack("{s:s, s:s?, s:I, s:s?, s:s?}", "ref", r.id, "payment", r.payment_ref,
                         "amount", (json_int_t)r.amount_minor, "currency", r.currency, "status", r.status);
}

static json_t *
read_dispute(struct pool *pool, const json_t *object)
{
        struct gateway_dispute d;

        if (!objects_dispute(pool, object, &d))
                return NULL;
        return json_pack("{s:s, s:s?, s:I, s:s?, s:s?}", "ref", d.id, "payment", d.payment_ref,
                         "amount", (json_int_t)d.amount_minor, "currency", d.currency, "status", d.status);
}

static json_t *
read_move(struct pool *pool, const json_t *object)
{
        const char *ref = body_id(pool, object, "id");
        int64_t amount = 0, fee = 0;

        if (ref == NULL || !body_int(object, "amount", &amount))
                return NULL;
        (void)body_int(object, "fee", &fee);
        return json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:s?}", "ref", ref, "source",
                         body_id(pool, object, "source"), "type", body_text(pool, object, "type"),
                         "amount", (json_int_t)amount, "fee", (json_int_t)fee, "currency",
                         body_currency(pool, object, "currency"));
}

/* --- pages --- */

static bool
no_answer(struct pool *pool, const struct stripe_answer *answer, const char **error)
{
        *error = pool_printf(pool, "the gateway did not answer as it should (%s, HTTP %d)",
                             stripe_word(answer->result), answer->status);
        return false;
}

/* One page after AFTER (may be NULL) into TO; *AFTER becomes the place to go on, or NULL. */
static bool
fetch_page(struct stripe *stripe, struct pool *pool, const char *path, int64_t since, reader *read, json_t *to,
           char *after, size_t size, const char **error)
{
        const struct stripe_field fields[] = {
                { "limit", "100" },
                { "created[gte]", pool_printf(pool, "%lld", (long long)(since > 0 ? since : 0)) },
                { "starting_after", after[0] != '\0' ? after : NULL },
        };
        struct stripe_answer answer = stripe_get(stripe, pool, path, fields, 3);
        struct gateway_list list;

        if (answer.result != STRIPE_OK || !objects_list(pool, answer.object, &list))
                return no_answer(pool, &answer, error);
        for (size_t i = 0; i < list.n; i++) {
                json_t *item = read(pool, objects_item(answer.object, i));

                if (item != NULL)
                        json_array_append_new(to, item);
        }
        after[0] = '\0';
        if (list.more && list.last_ref != NULL && strlen(list.last_ref) < size)
                strcpy(after, list.last_ref);
        return true;
}

static bool
fetch_all(struct stripe *stripe, struct pool *pool, const char *path, int64_t since, reader *read, json_t *to,
          const char **error)
{
        struct pool *page = pool_new();
        char after[256] = "";
        bool ok;

        do {
                pool_clear(page);
                ok = fetch_page(stripe, page, path, since, read, to, after, sizeof(after), error);
        } while (ok && after[0] != '\0');
        if (!ok)
                *error = pool_strdup(pool, *error);
        pool_free(page);
        return ok;
}

bool
listing_fetch(struct stripe *stripe, struct pool *pool, struct listing *listing, int64_t since,
              const char **error)
{
        return fetch_all(stripe, pool, "payment_intents", since, read_payment, listing->payments, error) &&
               fetch_all(stripe, pool, "refunds", since, read_refund, listing->refunds, error) &&
               fetch_all(stripe, pool, "disputes", since, read_dispute, listing->disputes, error);
}

bool
listing_fetch_moves(struct stripe *stripe, struct pool *pool, struct listing *listing, int64_t since,
                    const char **error)
{
        return fetch_all(stripe, pool, "balance_transactions", since, read_move, listing->moves, error);
}

bool
listing_fetch_one(struct stripe *stripe, struct pool *pool, struct listing *listing, const char *kind,
                  const char *ref, const char **error)
{
        const struct { const char *kind, *path; reader *read; json_t *to; } kinds[] = {
                { "payment", "payment_intents", read_payment, listing->payments },
                { "refund", "refunds", read_refund, listing->refunds },
                { "dispute", "disputes", read_dispute, listing->disputes },
        };

        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                struct stripe_answer answer;
                json_t *item;

                if (strcmp(kinds[i].kind, kind) != 0)
                        continue;
                answer = stripe_get(stripe, pool, pool_printf(pool, "%s/%s", kinds[i].path, ref), NULL, 0);
                if (answer.result == STRIPE_REFUSED && answer.status == 404)
                        return true;
                if (answer.result != STRIPE_OK || (item = kinds[i].read(pool, answer.object)) == NULL)
                        return no_answer(pool, &answer, error);
                json_array_append_new(kinds[i].to, item);
        }
        return true;
}

/* --- the lists as text --- */

static const char *
text_of(struct pool *pool, const json_t *array)
{
        char *text = json_dumps(array, JSON_COMPACT);

        pool_defer(pool, free, text);
        return text;
}

const char *
listing_payments(struct pool *pool, const struct listing *listing)
{
        return text_of(pool, listing->payments);
}

const char *
listing_refunds(struct pool *pool, const struct listing *listing)
{
        return text_of(pool, listing->refunds);
}

const char *
listing_disputes(struct pool *pool, const struct listing *listing)
{
        return text_of(pool, listing->disputes);
}

const char *
listing_moves(struct pool *pool, const struct listing *listing)
{
        return text_of(pool, listing->moves);
}
