/* fuzz_config: any bytes as latchkey.conf; a config, or one line that says why not. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/config.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char path[] = "/tmp/lk-fuzz-XXXXXX";
        struct pool *pool = pool_new();
        const char *error = NULL;
        int file = mkstemp(path);

        if (file < 0 || write(file, data, size) != (ssize_t)size)
                abort();
        close(file);
        if (config_load(pool, path, &error) == NULL && text_is_empty(error))
                abort();
        unlink(path);
        pool_free(pool);
        return 0;
}
