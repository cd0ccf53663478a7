/* devclock: GET and POST /sandbox/clock of the development gateway. */
#include "gateway/devclock.h"

#include <string.h>

#include <curl/curl.h>
#include <glib.h>

#include "gateway/body.h"

enum { ANSWER_MAX = 64 * 1024, TIMEOUT_SECONDS = 60 };

static size_t
take_body(char *bytes, size_t size, size_t count, void *data)
{
        GString *body = data;

        if (body->len + size * count > ANSWER_MAX)
                return 0;
        g_string_append_len(body, bytes, (gssize)(size * count));
        return size * count;
}

/* GET when POST is NULL.  The answer's text; NULL with a sentence in *ERROR. */
static const char *
ask(const struct config *config, struct pool *pool, const char *post, const char **error)
{
        CURL *easy = curl_easy_init();
        struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
        GString *body = g_string_new(NULL);
        long status = 0;
        CURLcode code;
        const char *text = NULL;

        curl_easy_setopt(easy, CURLOPT_URL, pool_printf(pool, "%s/sandbox/clock", config->gateway_url));
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 2L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)TIMEOUT_SECONDS);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
        if (post != NULL) {
                curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
                curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post);
        }
        code = curl_easy_perform(easy);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (code != CURLE_OK)
                *error = pool_printf(pool, "the sandbox gateway does not answer: %s", curl_easy_strerror(code));
        else if (status != 200)
                *error = pool_printf(pool, "the gateway is no sandbox, or refused: HTTP %ld", status);
        else
                text = pool_strdup(pool, body->str);
        g_string_free(body, TRUE);
        curl_slist_free_all(headers);
        curl_easy_cleanup(easy);
        return text;
}

static bool
read_clock(struct pool *pool, const char *text, struct devclock *clock, const char **error)
{
        const struct json_t *object;

        if (text == NULL)
                return false;
        object = body_parse(pool, text, strlen(text), ANSWER_MAX, error);
        if (object == NULL || !body_int(object, "ahead_seconds", &clock->ahead_seconds) ||
            !body_int(object, "pending_events", &clock->pending_events)) {
                *error = "the sandbox gateway's answer cannot be read";
                return false;
        }
        return true;
}

bool
devclock_set(const struct config *config, struct pool *pool, int64_t ahead_seconds, struct devclock *clock,
                  const char **error)
{
        return read_clock(
                pool,
                ask(config, pool,
                    pool_printf(pool, "{\"ahead_seconds\": %lld}", (long long)ahead_seconds),
                    error),
                clock, error);
}

bool
devclock_get(const struct config *config, struct pool *pool, struct devclock *clock, const char **error)
{
        return read_clock(pool, ask(config, pool, NULL, error), clock, error);
}
