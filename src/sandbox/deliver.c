/* deliver: post what happened to the hook URL until it is taken.
 *
 * An event is claimed, posted and marked in one transaction: one that is cut off is
 * posted again, so the receiver may see it twice but never misses it, as in life. */
#include "sandbox/deliver.h"

#include <string.h>

#include <curl/curl.h>
#include <glib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/supervisor.h"
#include "base/token.h"
#include "db/db.h"
#include "queries/sandbox.h"
#include "sandbox/acts.h"
#include "sandbox/doc.h"

enum { CONNECT_MS = 2000, TOTAL_MS = 10000, IDLE_MS = 1000, BUSY_MS = 20, DOWN_MS = 500 };

/* Seconds until the next try, after 1, 2, 3 ... that failed. */
static const int waits[] = { 1, 5, 15, 60, 300, 900, 3600 };
enum { N_WAITS = sizeof waits / sizeof *waits, GIVE_UP_AFTER = 80 };

struct deliverer {
        const struct settings *settings;
        struct db *db;
        struct pool *pool;
        CURL *curl;
        int64_t due_at_ms;      /* when to look for what falls due */
};

static size_t
swallow(char *data, size_t size, size_t n, void *unused)
{
        (void)data;
        (void)unused;
        return size * n;
}

static const char *
signature(struct deliverer *d, const char *body)
{
        long long now = (long long)(clock_real() / CLOCK_SECOND);
        const char *signed_text = pool_printf(d->pool, "%lld.%s", now, body);
        const char *secret = d->settings->hook_secret;
        uint8_t hash[TOKEN_HASH_SIZE];

        token_hmac_sha256(secret, strlen(secret), signed_text, strlen(signed_text), hash);
        return pool_printf(d->pool, "Stripe-Signature: t=%lld,v1=%s", now,
                           token_hex(d->pool, hash, sizeof hash));
}

/* The HTTP status of the answer, 0 without one. */
static int
post(struct deliverer *d, const char *body)
{
        struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8");
        long status = 0;
        CURLcode rc;

        headers = curl_slist_append(headers, signature(d, body));
        headers = curl_slist_append(headers, "Expect:");
        curl_easy_reset(d->curl);
        curl_easy_setopt(d->curl, CURLOPT_URL, d->settings->hook_url);
        curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(d->curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(d->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
        curl_easy_setopt(d->curl, CURLOPT_USERAGENT, "Latchkey-Sandbox/1.0");
        curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, swallow);
        curl_easy_setopt(d->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
        curl_easy_setopt(d->curl, CURLOPT_TIMEOUT_MS, (long)TOTAL_MS);
        curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(d->curl, CURLOPT_PROXY, "");
        curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, "http,https");
        rc = curl_easy_perform(d->curl);
        if (rc == CURLE_OK)
                curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &status);
        else
                log_info("hook_unreachable", "error", curl_easy_strerror(rc), NULL);
        curl_slist_free_all(headers);
        return (int)status;
}

static const char *
hook_body(struct deliverer *d, const struct sandbox_delivery_row *row)
{
        json_t *event = doc_read(d->pool, row->body, strlen(row->body));

        doc_put_int(event, "pending_webhooks", 1);
        return doc_write(d->pool, event, false);
}

/* Mark the outcome of one post. */
static enum db_status
record(struct deliverer *d, const struct sandbox_delivery_row *row, int status)
{
        bool taken = status >= 200 && status < 300;
        int left = row->copies - taken;
        int wait = taken ? 0 : waits[row->attempts < N_WAITS ? row->attempts : N_WAITS - 1];
        const char *state = left == 0 ? "delivered" : !taken && row->attempts >= GIVE_UP_AFTER ? "given_up" : "pending";
        json_t *detail = doc_keep(d->pool, json_pack("{s:i, s:i, s:s}", "status", status,
                                                     "attempt", row->attempts + 1, "state", state));

        sandbox_delivery_done_ask(d->db, row->event, state, left, status, wait, NULL);
        sandbox_log_add_ask(d->db, "delivery", row->kind, row->event, doc_write(d->pool, detail, false), NULL);
        return db_commit(d->db);
}

/* Post the next event.  False when there is none now, or the database is away. */
static bool
deliver_one(struct deliverer *d)
{
        struct sandbox_delivery_row row;
        bool found = false;

        db_unit(d->db, d->pool, NULL, NULL);
        db_begin(d->db);
        if (sandbox_delivery_claim(d->db, &row, &found) != DB_OK || !found) {
                db_rollback(d->db);
                return false;
        }
        return record(d, &row, post(d, hook_body(d, &row))) == DB_OK;
}

/* Until an event comes, one is due again, or it is time to look at what falls due. */
static void
rest(struct deliverer *d)
{
        struct sandbox_delivery_state_row state = { 0 };
        int64_t wait = IDLE_MS;

        db_unit(d->db, d->pool, NULL, NULL);
        if (sandbox_delivery_state(d->db, &state) != DB_OK) {
                db_wait_notify(d->db, DOWN_MS);
                return;
        }
        if (*d->settings->hook_url != '\0' && !state.wait_ms_null && state.wait_ms < wait)
                wait = state.wait_ms;
        /* What is due and not ours is in another worker's hands: do not spin on it. */
        db_wait_notify(d->db, wait > BUSY_MS ? (int)wait : BUSY_MS);
}

static void
look_at_due(struct deliverer *d)
{
        int64_t now = clock_monotonic_ms();

        if (now < d->due_at_ms)
                return;
        act_due(d->db, d->pool);
        d->due_at_ms = now + IDLE_MS;
}

/* Connect; a database that is not there yet is waited for, and said once. */
static struct db *
connect_to(const struct settings *settings)
{
        static const struct db_stmt *const *const groups[] = { sandbox_queries, NULL };
        const char *error = NULL;
        struct db *db = NULL;

        for (bool said = false; !supervisor_stopping(); said = true) {
                db = db_open(settings->conninfo, "", groups, &error);
                if (db != NULL)
                        break;
                if (!said)
                        log_error("database_not_open", "hint", error, NULL);
                g_usleep(DOWN_MS * 1000);
        }
        return db;
}

static int
worker(void *data)
{
        struct deliverer d = { .settings = data, .pool = pool_new(), .curl = curl_easy_init() };

        d.db = connect_to(d.settings);
        if (d.db == NULL)
                return 0;
        db_unit(d.db, d.pool, NULL, NULL);
        db_listen(d.db, "sandbox_events");
        supervisor_ready();
        while (!supervisor_stopping()) {
                look_at_due(&d);
                if (*d.settings->hook_url == '\0' || !deliver_one(&d))
                        rest(&d);
                pool_clear(d.pool);
        }
        db_close(d.db);
        curl_easy_cleanup(d.curl);
        pool_free(d.pool);
        return 0;
}

int
deliver_main(const struct settings *settings, int workers)
{
        union { const struct settings *in; void *out; } data = { .in = settings };
        struct supervised supervised = { .workers = workers, .run = worker, .data = data.out, .grace_seconds = 10 };

        log_open("sandbox-deliver", LOG_LEVEL_INFO);
        curl_global_init(CURL_GLOBAL_DEFAULT);
        return supervisor_run(&supervised);
}
