/* stripe: one request to the gateway, its answer and what that means. */
#include "gateway/stripe.h"

#include <ctype.h>
#include <string.h>

#include <curl/curl.h>
#include <glib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway/body.h"

#define CONNECT_MS 2000L
#define TOTAL_MS 8000L
#define KEY_MAX 255 /* the gateway's bound on an Idempotency-Key */

struct stripe {
        CURL *easy;
        char *base;   /* "https://api.stripe.com/v1/" */
        char *bearer; /* the whole Authorization header */
};

/* One request under way. */
struct exchange {
        struct pool *pool;
        GString *body;
        const char *request_ref;
        bool too_large;
};

static bool
is_loopback(const char *url)
{
        static const char *const hosts[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

        for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
                size_t len = strlen(hosts[i]);

                if (strncmp(url, hosts[i], len) == 0 &&
                    (url[len] == ':' || url[len] == '/' || url[len] == '\0'))
                        return true;
        }
        return false;
}

static const char *
settings_fault(const struct config *config)
{
        const char *url = config->gateway_url;

        if (text_is_empty(url) || text_has_control(url) || strpbrk(url, " ?#@"))
                return "gateway url: not an address; give https://HOST";
        if (!text_starts(url, "https://") && !is_loopback(url))
                return "gateway url: must begin with https:// (http:// is for this machine alone)";
        if (text_is_empty(config->gateway_key) || text_has_control(config->gateway_key))
                return "gateway key: empty or not clean; copy it again from the gateway's settings";
        return NULL;
}

struct stripe *
stripe_open(const struct config *config, const char **error)
{
        struct stripe *stripe;
        size_t len;

        *error = settings_fault(config);
        if (*error)
                return NULL;
        stripe = g_new0(struct stripe, 1);
        stripe->easy = curl_easy_init();
        if (!stripe->easy) {
                *error = "libcurl does not start";
                g_free(stripe);
                return NULL;
        }
        len = strlen(config->gateway_url);
        while (len > 0 && config->gateway_url[len - 1] == '/')
                len--;
        stripe->base = g_strdup_printf("%.*s/v1/", (int)len, config->gateway_url);
        stripe->bearer = g_strdup_printf("Authorization: Bearer %s", config->gateway_key);
        return stripe;
}

void
stripe_close(struct stripe *stripe)
{
        if (!stripe)
                return;
        curl_easy_cleanup(stripe->easy);
        g_free(stripe->base);
        g_free(stripe->bearer);
        g_free(stripe);
}

/* --- the request --- */

static void
append_encoded(GString *out, const char *text, const char *kept)
{
        for (; *text; text++) {
                unsigned char c = (unsigned char)*text;

                if ((c < 128 && isalnum(c)) || strchr("-._~", c) || strchr(kept, c))
                        g_string_append_c(out, (char)c);
                else
                        g_string_append_printf(out, "%%%02X", c);
        }
}

char *
stripe_form(struct pool *pool, const struct stripe_field *fields, size_t n)
{
        GString *form = g_string_new(NULL);
        char *result;

        for (size_t i = 0; i < n; i++) {
                if (!fields[i].value)
                        continue;
                if (form->len > 0)
                        g_string_append_c(form, '&');
                append_encoded(form, fields[i].name, "[]");
                g_string_append_c(form, '=');
                append_encoded(form, fields[i].value, "");
        }
        result = pool_strndup(pool, form->str, form->len);
        g_string_free(form, TRUE);
        return result;
}

/* Letters, digits, _ - and single slashes: nothing that leaves /v1/ or adds a query. */
static bool
is_path(const char *path)
{
        if (!isalnum((unsigned char)*path) || strstr(path, "//"))
                return false;
        return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789_-/")] == '\0';
}

static bool
is_key(const char *key)
{
        size_t len;

        if (text_is_empty(key) || text_has_control(key))
                return false;
        len = strlen(key);
        return len <= KEY_MAX && strspn(key, " ") == 0;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *data)
{
        struct exchange *exchange = data;
        size_t len = size * count;

        if (exchange->body->len + len > BODY_ANSWER_MAX) {
                exchange->too_large = true;
                return 0;
        }
        g_string_append_len(exchange->body, bytes, (gssize)len);
        return len;
}

static size_t
take_header(char *line, size_t size, size_t count, void *data)
{
        static const char name[] = "request-id:";
        struct exchange *exchange = data;
        size_t len = size * count;

        if (len > sizeof name && g_ascii_strncasecmp(line, name, sizeof name - 1) == 0) {
                char *value = pool_strndup(exchange->pool, line + sizeof name - 1,
                                           len - (sizeof name - 1));

                value = text_trim(exchange->pool, value);
                if (*value && !text_has_control(value))
                        exchange->request_ref = value;
        }
        return len;
}

static void
set_options(struct stripe *stripe, struct exchange *exchange, const char *url,
            struct curl_slist *headers)
{
        CURL *easy = stripe->easy;

        curl_easy_reset(easy); /* options alone: the connection stays */
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even from the environment */
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TOTAL_MS);
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
}

static struct curl_slist *
make_headers(struct stripe *stripe, struct pool *pool, const char *key)
{
        struct curl_slist *headers = NULL;

        headers = curl_slist_append(headers, stripe->bearer);
        headers = curl_slist_append(headers, "Stripe-Version: " STRIPE_API_VERSION);
        headers = curl_slist_append(headers, "User-Agent: Latchkey");
        headers = curl_slist_append(headers, "Accept: application/json");
        headers = curl_slist_append(headers, "Expect:");
        if (key)
                headers = curl_slist_append(headers, pool_printf(pool, "Idempotency-Key: %s", key));
        return headers;
}

/* --- the answer --- */

/* Without a whole answer.  Not one byte of the request went out: nothing happened. */
static enum stripe_result
judge_failure(struct stripe *stripe)
{
        long sent = 0;

        curl_easy_getinfo(stripe->easy, CURLINFO_REQUEST_SIZE, &sent);
        return sent == 0 ? STRIPE_AWAY : STRIPE_UNKNOWN;
}

/* A refusal counts only in the gateway's own words: a status alone may be a middleman's.
 * An idempotency error says that the key was used before, with an outcome we do not see. */
static enum stripe_result
judge_status(int status, const struct stripe_answer *answer, const char *type)
{
        if (status >= 200 && status < 300)
                return answer->object ? STRIPE_OK : STRIPE_UNKNOWN;
        if (status == 429)
                return STRIPE_LIMITED;
        if (status == 409 || status < 400 || status >= 500)
                return STRIPE_UNKNOWN;
        if (!type || strcmp(type, "idempotency_error") == 0)
                return STRIPE_UNKNOWN;
        return STRIPE_REFUSED;
}

static void
read_answer(struct stripe *stripe, struct exchange *exchange, struct stripe_answer *answer)
{
        struct pool *pool = exchange->pool;
        const char *fault = NULL;
        const char *type;
        long status = 0;

        curl_easy_getinfo(stripe->easy, CURLINFO_RESPONSE_CODE, &status);
        answer->status = (int)status;
        answer->object =
                body_parse(pool, exchange->body->str, exchange->body->len, BODY_ANSWER_MAX, &fault);
        type = body_text(pool, answer->object, "error.type");
        answer->code = body_text(pool, answer->object, "error.code");
        answer->decline_code = body_text(pool, answer->object, "error.decline_code");
        answer->advice_code = body_text(pool, answer->object, "error.advice_code");
        answer->message = body_text(pool, answer->object, "error.message");
        answer->payment_ref = body_id(pool, answer->object, "error.payment_intent");
        answer->setup_ref = body_id(pool, answer->object, "error.setup_intent");
        answer->key_in_use = status == 409 && (text_equal(answer->code, "idempotency_key_in_use") ||
                                               text_equal(type, "idempotency_error"));
        if (!answer->code)
                answer->code = type;
        if (!answer->object)
                answer->message = fault;
        answer->result = judge_status(answer->status, answer, type);
}

static void
log_answer(const char *method, const char *path, const struct stripe_answer *answer, int64_t ms)
{
        void (*line)(const char *, ...) __attribute__((sentinel)) = log_info;

        if (answer->result == STRIPE_UNKNOWN || answer->result == STRIPE_AWAY)
                line = log_warning;
        line("gateway_request", "method", method, "path", path, "result",
             stripe_word(answer->result), "status", log_int(answer->status), "code", answer->code,
             "decline", answer->decline_code, "their_request", answer->request_ref, "fault",
             answer->status == 0 ? answer->message : NULL, "ms", log_int(ms), NULL);
}

static struct stripe_answer
perform(struct stripe *stripe, struct pool *pool, const char *method, const char *path,
        const char *url, const char *key, const char *form)
{
        struct exchange exchange = {.pool = pool, .body = g_string_new(NULL)};
        struct curl_slist *headers = make_headers(stripe, pool, key);
        struct stripe_answer answer = {0};
        int64_t began = clock_monotonic_ms();
        CURLcode code;

        set_options(stripe, &exchange, url, headers);
        if (form) {
                curl_easy_setopt(stripe->easy, CURLOPT_POSTFIELDS, form);
                curl_easy_setopt(stripe->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(form));
        }
        code = curl_easy_perform(stripe->easy);
        if (code == CURLE_OK) {
                read_answer(stripe, &exchange, &answer);
        } else {
                answer.result = judge_failure(stripe);
                answer.message =
                        exchange.too_large ? "the answer is too large" : curl_easy_strerror(code);
        }
        answer.request_ref = exchange.request_ref;
        curl_easy_setopt(stripe->easy, CURLOPT_HTTPHEADER, NULL);
        curl_slist_free_all(headers);
        g_string_free(exchange.body, TRUE);
        log_answer(method, path, &answer, clock_monotonic_ms() - began);
        return answer;
}

/* Our own mistake: it is not sent. */
static struct stripe_answer
unsent(const char *what, const char *path)
{
        struct stripe_answer answer = {.result = STRIPE_REFUSED,
                                       .code = what,
                                       .message = "not sent: a fault of this program"};

        log_error("gateway_request_unsent", "why", what, "path", path, NULL);
        return answer;
}

struct stripe_answer
stripe_post(struct stripe *stripe, struct pool *pool, const char *path, const char *key,
            const struct stripe_field *fields, size_t n)
{
        if (!is_path(path))
                return unsent("unclean_path", NULL);
        if (!is_key(key))
                return unsent("unclean_key", path);
        return perform(stripe, pool, "POST", path, pool_printf(pool, "%s%s", stripe->base, path),
                       key, stripe_form(pool, fields, n));
}

struct stripe_answer
stripe_get(struct stripe *stripe, struct pool *pool, const char *path,
           const struct stripe_field *fields, size_t n)
{
        const char *query = stripe_form(pool, fields, n);

        if (!is_path(path))
                return unsent("unclean_path", NULL);
        return perform(stripe, pool, "GET", path,
                       pool_printf(pool, "%s%s%s%s", stripe->base, path, *query ? "?" : "", query),
                       NULL, NULL);
}

const char *
stripe_word(enum stripe_result result)
{
        static const char *const words[] = {
                [STRIPE_OK] = "ok",           [STRIPE_REFUSED] = "refused",
                [STRIPE_LIMITED] = "limited", [STRIPE_UNKNOWN] = "unknown",
                [STRIPE_AWAY] = "away",
        };

        return words[result];
}
