/* Sends mails by mail/smtp and prints what became of each: for tests/web/mail/smtp-test.
 *
 *   smtp_driver URL tls|plain CA_FILE USER PASSWORD
 *
 * Each line on standard input is the recipient of one more mail over the same connection
 * ("large:ADDRESS": of 200 kB); each answer is one line, "RESULT CODE DETAIL". */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/text.h"
#include "mail/message.h"
#include "mail/smtp.h"

static void
send_one(struct smtp *smtp, struct pool *pool, const char *to)
{
        static const char *const words[] = {"sent", "deferred", "refused", "unknown"};
        struct message message = {
                .from = "hello@shop.example",
                .from_name = "Northlight",
                .subject = "A test",
                .text = "Hello\n.\n..two dots\n",
                .html = "<p>Hello</p>\n",
                .id = "driver.1",
                .date = clock_real(),
        };
        struct smtp_outcome outcome;
        const char *bytes, *error;
        size_t len;

        if (text_starts(to, "large:")) {
                char *large = pool_alloc(pool, 200001);

                memset(large, 'x', 200000);
                message.text = large;
                to += strlen("large:");
        }
        message.to = to;
        bytes = message_bytes(pool, &message, &len, &error);
        if (!bytes) {
                printf("unclean 0 %s\n", error);
                return;
        }
        outcome = smtp_send(smtp, pool, message.from, to, bytes, len);
        printf("%s %d %s\n", words[outcome.result], outcome.code, outcome.detail);
}

int
main(int argc, char **argv)
{
        struct config config = {.development = true};
        struct pool *pool = pool_new();
        struct smtp *smtp;
        const char *error;
        char line[512];

        log_open("smtp_driver", LOG_LEVEL_ERROR);
        if (argc != 6) {
                fprintf(stderr, "usage: smtp_driver URL tls|plain CA_FILE USER PASSWORD\n");
                return 2;
        }
        config.smtp_url = argv[1];
        config.smtp_tls = strcmp(argv[2], "tls") == 0;
        config.smtp_ca_file = argv[3];
        config.smtp_user = argv[4];
        config.smtp_password = argv[5];
        smtp = smtp_open(&config, &error);
        if (!smtp) {
                fprintf(stderr, "%s\n", error);
                pool_free(pool);
                return 1;
        }
        while (fgets(line, sizeof line, stdin)) {
                line[strcspn(line, "\n")] = '\0';
                send_one(smtp, pool, line);
                fflush(stdout);
                pool_clear(pool);
        }
        smtp_close(smtp);
        pool_free(pool);
        return 0;
}
