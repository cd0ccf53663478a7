/* method: names of payment methods, see method.h. */
#include "view/method.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

static const struct { const char *word, *name; } names[] = {
        { "visa", "Visa" },
        { "mastercard", "Mastercard" },
        { "amex", "American Express" },
        { "discover", "Discover" },
        { "diners", "Diners Club" },
        { "jcb", "JCB" },
        { "unionpay", "UnionPay" },
        { "sepa_debit", "SEPA debit" },
        { "bacs_debit", "Bacs debit" },
        { "us_bank_account", "Bank account" },
        { "customer_balance", "Bank transfer" },
        { "bank_transfer", "Bank transfer" },
        { "paypal", "PayPal" },
        { "link", "Link" },
        { "card", "Card" },
};

static const char *
name_of(const char *word)
{
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(names[i].word, word) == 0)
                        return names[i].name;
        return NULL;
}

char *
method_words(struct pool *pool, const char *kind, const char *brand, const char *last_four)
{
        const char *name = text_is_empty(brand) ? NULL : name_of(brand);

        if (name == NULL && !text_is_empty(kind))
                name = name_of(kind);
        if (name == NULL)
                name = text_is_empty(kind) ? "" : "Payment method";
        if (text_is_empty(last_four))
                return pool_strdup(pool, name);
        return pool_printf(pool, "%s ending in %s", name[0] != '\0' ? name : "Card", last_four);
}
