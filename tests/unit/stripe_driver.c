/* Asks a gateway by gateway/stripe and prints what it means: for tests/web/gateway/stripe-test.
 *
 *   stripe_driver URL KEY
 *
 * Lines on standard input: "get PATH" or "post PATH IDEMPOTENCY_KEY", then NAME=VALUE
 * words.  Each answer is one line: "RESULT STATUS CODE DECLINE PAYMENT IN_USE ID", - for none. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/pool.h"
#include "gateway/body.h"
#include "gateway/stripe.h"

#define FIELDS_MAX 32

static const char *
or_dash(const char *text)
{
        return text ? text : "-";
}

static size_t
read_fields(struct stripe_field *fields)
{
        size_t n = 0;
        char *word;

        while ((word = strtok(NULL, " ")) != NULL && n < FIELDS_MAX) {
                char *equals = strchr(word, '=');

                if (!equals)
                        continue;
                *equals = '\0';
                fields[n++] = (struct stripe_field){word, equals + 1};
        }
        return n;
}

static void
ask(struct stripe *stripe, struct pool *pool, char *line)
{
        struct stripe_field fields[FIELDS_MAX];
        struct stripe_answer answer;
        const char *method = strtok(line, " "), *path = strtok(NULL, " ");

        if (!method || !path)
                return;
        if (strcmp(method, "post") == 0) {
                const char *key = strtok(NULL, " ");

                answer = stripe_post(stripe, pool, path, key, fields, read_fields(fields));
        } else {
                answer = stripe_get(stripe, pool, path, fields, read_fields(fields));
        }
        printf("%s %d %s %s %s %s %s\n", stripe_word(answer.result), answer.status,
               or_dash(answer.code), or_dash(answer.decline_code), or_dash(answer.payment_ref),
               answer.key_in_use ? "in_use" : "-", or_dash(body_id(pool, answer.object, "id")));
}

int
main(int argc, char **argv)
{
        struct config config = {0};
        struct pool *pool = pool_new();
        struct stripe *stripe;
        const char *error;
        char line[4096];

        log_open("stripe_driver", LOG_LEVEL_ERROR);
        if (argc != 3) {
                fprintf(stderr, "usage: stripe_driver URL KEY\n");
                return 2;
        }
        config.gateway_url = argv[1];
        config.gateway_key = argv[2];
        stripe = stripe_open(&config, &error);
        if (!stripe) {
                fprintf(stderr, "%s\n", error);
                pool_free(pool);
                return 1;
        }
        while (fgets(line, sizeof line, stdin)) {
                line[strcspn(line, "\n")] = '\0';
                ask(stripe, pool, line);
                fflush(stdout);
                pool_clear(pool);
        }
        stripe_close(stripe);
        pool_free(pool);
        return 0;
}
