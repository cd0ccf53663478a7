/* dispatch: session, CSRF, transaction and reply, in which order and on which failure.
 * The database is played by a few functions that note what they were asked. */
#include "http_fixture.h"

#include "base/log.h"
#include "http/csrf.h"

/* --- the database, as far as dispatch asks ------------------------------------- */

struct db {
        char calls[400];
        bool in_transaction;
        bool session;                   /* the session that the look-up finds */
        struct request *identify;       /* asked, not yet answered */
        enum db_status waits[8];        /* answers in order; DB_OK after them */
        size_t n_waits;
        enum db_status commits[4];
        size_t n_commits;
};

static struct db db;

static void
note(const char *call)
{
        g_strlcat(db.calls, call, sizeof(db.calls));
        g_strlcat(db.calls, " ", sizeof(db.calls));
}

void
db_unit(struct db *d, struct pool *pool, const char *token, const char *order_token)
{
        (void)pool, (void)token, (void)order_token;
        d->in_transaction = false;
        d->identify = NULL;
        note("unit");
}

enum db_status
db_wait(struct db *d)
{
        note("wait");
        if (d->identify != NULL) {
                d->identify->identity.found = d->session;
                d->identify->identity.role = "viewer";
                d->identify = NULL;
        }
        return d->n_waits < 8 ? d->waits[d->n_waits++] : DB_OK;
}

void
db_begin(struct db *d)
{
        assert_false(d->in_transaction);
        d->in_transaction = true;
        note("begin");
}

enum db_status
db_commit(struct db *d)
{
        d->in_transaction = false;
        note("commit");
        return d->n_commits < 4 ? d->commits[d->n_commits++] : DB_OK;
}

void
db_rollback(struct db *d)
{
        d->in_transaction = false;
        note("rollback");
}

bool
db_in_transaction(const struct db *d)
{
        return d->in_transaction;
}

enum db_status
db_notify(struct db *d, const char *channel)
{
        (void)d;
        assert_string_equal(channel, "latchkey_jobs");
        note("notify");
        return DB_OK;
}

/* --- a program -------------------------------------------------------------------- */

static enum http_status
ok(struct request *req)
{
        note("handler");
        return reply_text(req, HTTP_OK, "fine");
}

static enum http_status
waiting(struct request *req)
{
        enum db_status rc = db_wait(req->db);

        note("handler");
        return rc == DB_OK ? reply_text(req, HTTP_OK, "fine") : http_from_db(req, rc);
}

static enum http_status
waking(struct request *req)
{
        note("handler");
        req->wake_worker = true;
        return reply_redirect(req, "/done");
}

static enum http_status
unsure(struct request *req)
{
        note("handler");
        req->wake_worker = true;
        return reply_text(req, HTTP_UNPROCESSABLE, "again");
}

static enum http_status
silent(struct request *req)
{
        (void)req;
        return HTTP_OK;
}

static enum http_status
bare_status(struct request *req)
{
        (void)req;
        return HTTP_GONE;
}

/* Commits its attempt, asks the gateway, records the answer. */
static enum http_status
gateway(struct request *req)
{
        note("handler");
        assert_int_equal(db_commit(req->db), DB_OK);
        db_begin(req->db);
        return reply_redirect(req, "https://gateway.example/pay");
}

static enum http_status
gateway_retry(struct request *req)
{
        note("handler");
        return http_from_db(req, DB_RETRY);
}

static const struct route routes[] = {
        { GET, "/", OPEN, NULL, ok, 0, NULL },
        { GET, "/own", SIGNED_IN, NULL, ok, 0, NULL },
        { GET, "/own/waiting", SIGNED_IN, NULL, waiting, 0, NULL },
        { POST, "/own", SIGNED_IN, NULL, waking, 0, NULL },
        { POST, "/own/waiting", SIGNED_IN, NULL, waiting, 0, NULL },
        { POST, "/unsure", OPEN, NULL, unsure, 0, NULL },
        { POST, "/event", OPEN, NULL, waiting, ROUTE_RAW_BODY, NULL },
        { GET, "/silent", OPEN, NULL, silent, 0, NULL },
        { GET, "/gone", OPEN, NULL, bare_status, 0, NULL },
        { POST, "/pay", OPEN, NULL, gateway, ROUTE_GATEWAY, NULL },
        { POST, "/pay/retry", OPEN, NULL, gateway_retry, ROUTE_GATEWAY, NULL },
        { POST, "/mail", OPEN, NULL, waking, ROUTE_MAILS, NULL },
        { GET, "/healthz", OPEN, NULL, ok, ROUTE_MACHINE, NULL },
        { GET, "/staff", STAFF, NULL, ok, 0, "read" },
        { POST, "/staff", STAFF, NULL, ok, 0, "refund" },
        ROUTE_END
};
static const struct route *const tables[] = { routes, NULL };
static const struct db_stmt *const *const no_queries[] = { NULL };

static void
ask_identity(struct request *req)
{
        note("ask");
        req->db->identify = req;
}

static bool
may(struct request *req, const char *verb)
{
        assert_string_equal(req->identity.role, "viewer");
        return strcmp(verb, "read") == 0;
}

static enum http_status limited;        /* what the limiter answers */

static enum http_status
limit(struct request *req)
{
        (void)req;
        note("limit");
        return limited;
}

static const struct program program = {
        .name = "latchkey-test", .mount = "", .routes = tables, .queries = no_queries,
        .ask_identity = ask_identity, .may = may, .limit = limit, .login_path = "/login"
};

/* --- one request -------------------------------------------------------------------- */

static struct pool *pool;
static struct peer peer;

static void
send_with(const char *method, const char *path, bool session, const char *csrf, bool with_db)
{
        const char **params = pool_alloc(pool, 20 * sizeof(*params));
        const char *body = csrf != NULL ? pool_printf(pool, "csrf_token=%s", csrf) : "";
        struct request *req;
        size_t n = 0;

        params[n++] = "REQUEST_METHOD", params[n++] = method;
        params[n++] = "REQUEST_URI", params[n++] = path;
        params[n++] = "CONTENT_TYPE", params[n++] = "application/x-www-form-urlencoded";
        params[n++] = "CONTENT_LENGTH", params[n++] = pool_printf(pool, "%zu", strlen(body));
        params[n++] = "HTTP_COOKIE",
        params[n++] = session ? "lk_session=" TOKEN_A : "lk_form=" TOKEN_B;
        peer = (struct peer){ .params = params, .body = body };
        req = peer_request(pool, &program, &http_config, &peer);
        req->db = with_db ? &db : NULL;
        dispatch(&program, req);
}

/* The status of METHOD PATH, sent as our own pages would send it. */
static int
status_of(const char *method, const char *path, bool session)
{
        struct request like;

        pool_free(pool);
        pool = pool_new();
        like = (struct request){.pool = pool,
                                .config = &http_config,
                                .token = session ? TOKEN_A : NULL,
                                .form_token = TOKEN_B};
        send_with(method, path, session, strcmp(method, "POST") == 0 ? csrf_token(&like) : NULL,
                  true);
        return atoi(peer.out + strlen("Status: "));
}

static void
assert_calls(const char *calls)
{
        assert_string_equal(g_strchomp(db.calls), calls);
}

static int
fresh(void **state)
{
        (void)state;
        db = (struct db){ .session = true };
        limited = HTTP_OK;
        log_open("test", LOG_LEVEL_ERROR);
        return 0;
}

static int
end(void **state)
{
        (void)state;
        pool_free(pool);
        pool = NULL;
        return 0;
}

/* --- the tests ------------------------------------------------------------------------ */

static void
test_open_page(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/", false), 200);
        assert_calls("unit handler");
}

static void
test_open_page_with_session(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/", true), 200);
        assert_calls("unit ask handler");
}

static void
test_own_page_one_round_trip(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/own/waiting", true), 200);
        assert_calls("unit ask wait handler wait");     /* the second has nothing to send */
}

static void
test_own_page_without_queries(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/own", true), 200);
        assert_calls("unit ask handler wait");
}

static void
test_own_page_without_cookie(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/own", false), 303);
        assert_true(peer_got(&peer, "Location: /login?next=%2Fown\r\n"));
        assert_calls("unit");
}

static void
test_own_page_ended_session(void **state)
{
        (void)state;
        db.session = false;
        assert_int_equal(status_of("GET", "/own/waiting", true), 303);
        assert_false(peer_got(&peer, "fine"));
        fresh(NULL);
        db.session = false;
        db.waits[0] = DB_NO_ROW;
        assert_int_equal(status_of("GET", "/own/waiting", true), 303);
}

static void
test_own_page_database_down(void **state)
{
        (void)state;
        db.session = false;
        db.waits[0] = DB_DOWN;
        assert_int_equal(status_of("GET", "/own/waiting", true), 503);
        fresh(NULL);
        db.session = false;
        db.waits[0] = DB_DOWN;
        assert_int_equal(status_of("GET", "/own", true), 503);
}

/* Counted before the transaction, so that what was counted stays when that one fails. */
static void
test_limit(void **state)
{
        (void)state;
        assert_int_equal(status_of("POST", "/mail", false), 303);
        assert_calls("unit limit begin handler commit notify");
        fresh(NULL);
        limited = HTTP_TOO_MANY;
        assert_int_equal(status_of("POST", "/mail", false), 429);
        assert_calls("unit limit");
        fresh(NULL);
        limited = HTTP_TOO_MANY;
        assert_int_equal(status_of("POST", "/unsure", false), 422);
}

static void
test_post_commits_and_wakes(void **state)
{
        (void)state;
        assert_int_equal(status_of("POST", "/own", true), 303);
        assert_calls("unit begin ask wait handler commit notify");
}

static void
test_post_rolls_back_from_400(void **state)
{
        (void)state;
        assert_int_equal(status_of("POST", "/unsure", false), 422);
        assert_true(peer_got(&peer, "again"));
        assert_calls("unit begin handler rollback");
}

static void
test_post_signed_out(void **state)
{
        (void)state;
        db.session = false;
        assert_int_equal(status_of("POST", "/own", true), 403);
        assert_calls("unit begin ask wait rollback");
}

static void
test_post_commit_fails(void **state)
{
        (void)state;
        db.commits[0] = DB_DOWN;
        assert_int_equal(status_of("POST", "/own", true), 503);
        assert_false(peer_got(&peer, "Location"));
        assert_calls("unit begin ask wait handler commit");
        fresh(NULL);
        db.commits[0] = DB_ERROR;
        assert_int_equal(status_of("POST", "/own", true), 500);
}

static void
test_post_retried(void **state)
{
        (void)state;
        db.waits[1] = DB_RETRY;
        assert_int_equal(status_of("POST", "/own/waiting", true), 200);
        assert_calls("unit begin ask wait wait handler rollback unit begin ask wait wait handler "
                     "commit");
        fresh(NULL);
        db.commits[0] = DB_RETRY;
        assert_int_equal(status_of("POST", "/own", true), 303);
        fresh(NULL);
        db.commits[0] = db.commits[1] = db.commits[2] = DB_RETRY;
        assert_int_equal(status_of("POST", "/own", true), 503);
        assert_int_equal(db.n_commits, 3);
}

static void
test_gateway_route(void **state)
{
        (void)state;
        assert_int_equal(status_of("POST", "/pay", false), 303);
        assert_calls("unit begin handler commit begin commit");
        fresh(NULL);
        assert_int_equal(status_of("POST", "/pay/retry", false), 503);
        assert_calls("unit begin handler rollback");
}

static void
test_csrf(void **state)
{
        (void)state;
        pool = pool_new();
        send_with("POST", "/unsure", false, "wrong", true);
        assert_true(peer_got(&peer, "Status: 403 "));
        assert_calls("unit");
        send_with("POST", "/event", false, NULL, true);
        assert_true(peer_got(&peer, "Status: 200 "));
}

static void
test_methods(void **state)
{
        (void)state;
        assert_int_equal(status_of("HEAD", "/", false), 200);
        assert_false(peer_got(&peer, "fine"));
        assert_int_equal(status_of("HEAD", "/unsure", false), 405);
        assert_true(peer_got(&peer, "Allow: POST\r\n"));
        assert_int_equal(status_of("POST", "/", false), 405);
        assert_true(peer_got(&peer, "Allow: GET, HEAD\r\n"));
        assert_int_equal(status_of("DELETE", "/own", false), 405);
        assert_true(peer_got(&peer, "Allow: GET, HEAD, POST\r\n"));
        assert_int_equal(status_of("GET", "/none", false), 404);
        assert_int_equal(status_of("GET", "/../etc", false), 404);
}

static void
test_no_database(void **state)
{
        (void)state;
        pool = pool_new();
        send_with("GET", "/", false, NULL, false);
        assert_true(peer_got(&peer, "Status: 503 "));
        send_with("GET", "/none", false, NULL, false);
        assert_true(peer_got(&peer, "Status: 404 "));
}

static void
test_no_reply(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/gone", false), 410);
        assert_true(peer_got(&peer, "This link is no longer valid."));
        log_open("test", LOG_LEVEL_ERROR);
        assert_int_equal(status_of("GET", "/silent", false), 500);
}

static void
test_machine_has_no_session(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/healthz", true), 200);
        assert_calls("unit handler");
}

static void
test_staff_rights(void **state)
{
        (void)state;
        assert_int_equal(status_of("GET", "/staff", true), 200);
        assert_int_equal(status_of("POST", "/staff", true), 403);
        assert_false(peer_got(&peer, "fine"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

int
main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_open_page),
                TEST(test_open_page_with_session),
                TEST(test_own_page_one_round_trip),
                TEST(test_own_page_without_queries),
                TEST(test_own_page_without_cookie),
                TEST(test_own_page_ended_session),
                TEST(test_own_page_database_down),
                TEST(test_limit),
                TEST(test_post_commits_and_wakes),
                TEST(test_post_rolls_back_from_400),
                TEST(test_post_signed_out),
                TEST(test_post_commit_fails),
                TEST(test_post_retried),
                TEST(test_gateway_route),
                TEST(test_csrf),
                TEST(test_methods),
                TEST(test_no_database),
                TEST(test_no_reply),
                TEST(test_machine_has_no_session),
                TEST(test_staff_rights),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
