/* Any bytes as a signature header: never a crash, and never "ok", for the secret is unknown. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "gateway/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct signature_secrets secrets = {"whsec_fuzz_6f1d0c", "whsec_old_b3aa19"};
        static struct pool *pool;
        enum signature_result result;

        if (!pool)
                pool = pool_new();
        result = signature_check(pool, &secrets, pool_strndup(pool, (const char *)data, size), "{}",
                                 2, 1700000000);
        if (result != SIGNATURE_MISSING && result != SIGNATURE_MALFORMED &&
            result != SIGNATURE_WRONG)
                abort();
        pool_clear(pool);
        return 0;
}
