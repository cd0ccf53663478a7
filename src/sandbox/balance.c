/* balance: what moved on the account at the gateway. */
#include "sandbox/balance.h"

#include "base/money.h"
#include "sandbox/doc.h"
#include "sandbox/fields.h"

int64_t
balance_fee(int64_t amount, const char *currency)
{
        return amount * 14 / 1000 + (money_exponent(currency) == 3 ? 250 : 25);
}

const char *
balance_move(struct call *call, const struct object *source, const char *type, const char *category,
             int64_t amount, int64_t fee, const char *description)
{
        struct object *move = store_new(call, "balance_transaction", "txn");
        const char *currency = doc_text(source->body, "currency");

        doc_put_int(move->body, "amount", amount);
        doc_put_int(move->body, "available_on", call->now);
        doc_put_text(move->body, "currency", currency);
        doc_put_text(move->body, "description", description);
        doc_put_int(move->body, "fee", fee);
        doc_put_int(move->body, "net", amount - fee);
        doc_put_text(move->body, "reporting_category", category);
        doc_put_text(move->body, "source", source->id);
        doc_put_text(move->body, "type", type);
        if (fee != 0)
                json_object_set_new(move->body, "fee_details",
                        json_pack("[{s:I, s:n, s:s, s:s, s:s}]", "amount", (json_int_t)fee, "application",
                                  "currency", currency, "description", "Processing fees",
                                  "type", "stripe_fee"));
        store_add(call, move);
        return move->id;
}

json_t *
balance_show(struct call *call)
{
        struct object *move = store_need(call, call->id[0], "balance_transaction", NULL);

        return move != NULL ? move->body : NULL;
}

json_t *
balance_list(struct call *call)
{
        struct wanted wanted = { .kind = "balance_transaction", .source = field_text(call, "source"),
                                 .subtype = field_text(call, "type") };

        return store_list(call, &wanted, "/v1/balance_transactions");
}
