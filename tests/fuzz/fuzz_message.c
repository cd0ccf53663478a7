/* Any bytes as the parts of a mail: either refused, or clean lines with no header but ours. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "mail/message.h"

#define PARTS 8
#define LINE_LIMIT 998

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is cut at zero bytes; parts that are not there are empty. */
static void
cut(struct pool *pool, const uint8_t *data, size_t size, const char *parts[PARTS])
{
        char *text = pool_strndup(pool, (const char *)data, 0);
        char *copy = pool_alloc(pool, size + 1);

        for (int i = 0; i < PARTS; i++)
                parts[i] = text;
        if (size > 0)
                memcpy(copy, data, size);
        for (size_t at = 0, n = 0; at < size && n < PARTS; n++) {
                parts[n] = copy + at;
                at += strlen(copy + at) + 1;
        }
}

static void
check_headers(const char *bytes)
{
        static const char *const known[] = {
                "Date: ",         "From: ",
                "To: ",           "Reply-To: ",
                "Subject: ",      "Message-ID: ",
                "MIME-Version: ", "Auto-Submitted: ",
                "Content-",       " ",
        };

        while (strncmp(bytes, "\r\n", 2) != 0) {
                size_t i = 0;

                while (i < sizeof known / sizeof *known &&
                       strncmp(bytes, known[i], strlen(known[i])) != 0)
                        i++;
                if (i == sizeof known / sizeof *known)
                        abort();
                bytes = strstr(bytes, "\r\n") + 2;
        }
}

static void
check_lines(const char *bytes, size_t len)
{
        const char *end = bytes + len;

        while (bytes < end) {
                const char *stop = strstr(bytes, "\r\n");

                if (!stop || stop - bytes > LINE_LIMIT)
                        abort();
                for (const char *c = bytes; c < stop; c++)
                        if ((unsigned char)*c < 32 && *c != '\t')
                                abort();
                bytes = stop + 2;
        }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct pool *pool;
        const char *parts[PARTS], *bytes, *error = NULL;
        struct message_file file = {.type = "application/pdf", .data = data, .len = size};
        struct message message = {.from = "a@b.example", .id = "fuzz.1", .n_files = 1};
        size_t len;

        if (!pool)
                pool = pool_new();
        cut(pool, data, size, parts);
        message.to = parts[0];
        message.to_name = parts[1];
        message.from_name = parts[2];
        message.subject = parts[3];
        message.text = parts[4];
        message.html = parts[5];
        message.reply_to = *parts[6] ? parts[6] : NULL;
        file.name = *parts[7] ? parts[7] : "a.pdf";
        message.files = &file;
        bytes = message_bytes(pool, &message, &len, &error);
        if (bytes) {
                check_headers(bytes);
                check_lines(bytes, len);
        } else if (!error) {
                abort();
        }
        pool_clear(pool);
        return 0;
}
