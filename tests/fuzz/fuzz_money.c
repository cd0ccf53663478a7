/* fuzz_money: what parses prints and parses back to the same amount. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const currencies[] = {"JPY", "EUR", "KWD", "???"};
        char text[64] = "", out[32];
        int64_t minor, again;
        const char *currency;

        if (size < 1 || size > sizeof(text))
                return 0;
        currency = currencies[data[0] % 4];
        memcpy(text, data + 1, size - 1);
        if (!money_parse(text, currency, &minor))
                return 0;
        money_plain(minor, currency, out, sizeof(out));
        if (!money_parse(out, currency, &again) || again != minor)
                abort();
        money_tax_included(minor, data[0] * 40);
        return 0;
}
