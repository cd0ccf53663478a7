/* epc: the payload of a credit transfer's QR code, see epc.h. */
#include "domain/epc.h"

#include <string.h>

#include <glib.h>

char *
epc_payload(struct pool *pool, const char *holder, const char *iban, const char *bic, int64_t cents,
            const char *reference)
{
        size_t len = strlen(holder);
        char *payload;

        if (cents < 1 || cents > INT64_C(99999999999))
                return NULL;
        if (g_utf8_strlen(holder, -1) > EPC_NAME_MAX)
                len = (size_t)(g_utf8_offset_to_pointer(holder, EPC_NAME_MAX) - holder);
        /* Service tag, version, UTF-8, SEPA credit transfer, BIC, name, IBAN, amount, no
         * purpose, the structured reference; what would follow is empty and left out. */
        payload = pool_printf(pool, "BCD\n002\n1\nSCT\n%s\n%.*s\n%s\nEUR%lld.%02d\n\n%s", bic, (int)len, holder,
                              iban, (long long)(cents / 100), (int)(cents % 100), reference);
        return strlen(payload) <= EPC_MAX ? payload : NULL;
}
