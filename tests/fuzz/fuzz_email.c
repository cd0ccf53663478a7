/* fuzz_email: any bytes as an address; what folds is clean, and folding again changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pool *pool = pool_new();
        char *text = pool_strndup(pool, (const char *)data, size);
        char *folded = text_fold_email(pool, text);

        text_has_card_number(text);
        text_url_encode(pool, text);
        text_is_slug(text);
        if (folded != NULL &&
            (text_has_control(folded) || strchr(folded, '@') != strrchr(folded, '@') ||
             !text_is_utf8(folded, strlen(folded))))
                abort();
        if (folded != NULL && text_is_email(folded) &&
            !text_equal(text_fold_email(pool, folded), folded))
                abort();
        pool_free(pool);
        return 0;
}
