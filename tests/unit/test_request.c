/* request: what is taken from the web server and what is refused. */
#include "http_fixture.h"

static const struct program portal = { .name = "latchkey-portal", .mount = "" };
static const struct program staff = { .name = "latchkey-admin", .mount = "/admin", .staff = true };

static struct pool *pool;
static struct peer peer;

static struct request *
request(const struct program *program, const struct config *config, const char *const *params)
{
        pool_free(pool);
        pool = pool_new();
        peer = (struct peer){ .params = params };
        return peer_request(pool, program, config, &peer);
}

static const char *
path(const struct program *program, const char *uri)
{
        const char *const params[] = { "REQUEST_METHOD", "GET", "REQUEST_URI", uri, NULL };

        return request(program, &http_config, params)->path;
}

static void
test_path(void **state)
{
        (void)state;
        assert_string_equal(path(&portal, "/"), "/");
        assert_string_equal(path(&portal, "/?q=1"), "/");
        assert_string_equal(path(&portal, "/orders/A%42C?x=%00"), "/orders/ABC");
        assert_string_equal(path(&portal, "/help/%C3%A9"), "/help/\xc3\xa9");
        assert_string_equal(path(&portal, "/a+b"), "/a+b");
        assert_null(path(&portal, ""));
        assert_null(path(&portal, "*"));
        assert_null(path(&portal, "orders"));
        assert_null(path(&portal, "/a%00"));
        assert_null(path(&portal, "/a%2Fb"));
        assert_null(path(&portal, "/%ff"));
        assert_null(path(&portal, "/%c0%ae%c0%ae/"));
        assert_null(path(&portal, "/%0a"));
        assert_null(path(&portal, "/a%"));
        assert_null(path(&portal, "/a%2"));
        assert_null(path(&portal, "//"));
        assert_null(path(&portal, "/a//b"));
        assert_null(path(&portal, "/.."));
        assert_null(path(&portal, "/a/%2e%2e/b"));
        assert_null(path(&portal, "/a/./b"));
        assert_non_null(path(&portal, "/a/..b"));
}

static void
test_long_path(void **state)
{
        char uri[2102] = "/";

        (void)state;
        memset(uri + 1, 'a', 2100);
        assert_null(path(&portal, uri));
        uri[2000] = '\0';
        assert_non_null(path(&portal, uri));
}

static void
test_mount(void **state)
{
        (void)state;
        assert_string_equal(path(&staff, "/admin"), "/");
        assert_string_equal(path(&staff, "/admin/"), "/");
        assert_string_equal(path(&staff, "/admin/orders"), "/orders");
        assert_null(path(&staff, "/administrator"));
        assert_null(path(&staff, "/orders"));
}

static void
test_method(void **state)
{
        static const char *const head[] = { "REQUEST_METHOD", "HEAD", NULL };
        static const char *const post[] = { "REQUEST_METHOD", "POST", NULL };
        static const char *const put[] = { "REQUEST_METHOD", "PUT", NULL };
        struct request *req = request(&portal, &http_config, head);

        (void)state;
        assert_int_equal(req->method, GET);
        assert_true(req->head);
        assert_int_equal(request(&portal, &http_config, post)->method, POST);
        assert_int_equal(request(&portal, &http_config, put)->method, HTTP_METHOD_OTHER);
        assert_int_equal(request(&portal, &http_config, NULL)->method, HTTP_METHOD_OTHER);
}

static void
test_cookies(void **state)
{
        static const char *const plain[] = {"HTTP_COOKIE",
                                            "x=1; lk_session=" TOKEN_A "; lk_session=" TOKEN_B
                                            "; lk_order=short; lk_staff=" TOKEN_B,
                                            NULL};
        static const char *const host[] = {
                "HTTP_COOKIE", "lk_session=" TOKEN_A "; __Host-lk_form=" TOKEN_B, NULL
        };
        struct request *req = request(&portal, &http_config, plain);

        (void)state;
        assert_string_equal(request_cookie(req, "x"), "1");
        assert_null(request_cookie(req, "lk"));
        assert_string_equal(req->token, TOKEN_A);
        assert_null(req->order_token);
        assert_null(req->form_token);
        assert_string_equal(request(&staff, &http_config, plain)->token, TOKEN_B);
        req = request(&portal, &https_config, host);
        assert_null(req->token);        /* without the prefix it may come from anywhere */
        assert_string_equal(req->form_token, TOKEN_B);
}

static void
test_cleaning(void **state)
{
        static const char *const good[] = {"REQUEST_ID",
                                           "0123456789abcdef0123456789abcdef",
                                           "REMOTE_ADDR",
                                           "2001:db8::1",
                                           "HTTP_USER_AGENT",
                                           "A\tB\"\xc3\xa9",
                                           "QUERY_STRING",
                                           "a=b",
                                           NULL};
        static const char *const bad[] = { "REQUEST_ID", "x y=z", "REMOTE_ADDR", "unix:", NULL };
        struct request *req = request(&portal, &http_config, good);

        (void)state;
        assert_string_equal(req->id, "0123456789abcdef0123456789abcdef");
        assert_string_equal(req->remote_addr, "2001:db8::1");
        assert_string_equal(req->user_agent, "A?B\"??");
        assert_string_equal(req->query, "a=b");
        req = request(&portal, &http_config, bad);
        assert_int_equal(strlen(req->id), 32);
        assert_string_equal(req->remote_addr, "0.0.0.0");
        assert_string_equal(req->user_agent, "");
        assert_string_equal(req->query, "");
}

static void
test_headers(void **state)
{
        static const char *const params[] = {"HTTP_STRIPE_SIGNATURE", "t=1", "HTTP_PROXY", "evil",
                                             NULL};
        struct request *req = request(&portal, &http_config, params);

        (void)state;
        assert_string_equal(request_header(req, "HTTP_STRIPE_SIGNATURE"), "t=1");
        assert_null(request_header(req, "HTTP_PROXY"));
}

static enum http_status
body(const char *length, const char *text, size_t bound, struct request **out)
{
        const char **params;
        struct request *req = request(&portal, &http_config, NULL);

        params = pool_alloc(pool, 4 * sizeof(*params));
        params[0] = "CONTENT_LENGTH", params[1] = length;
        peer = (struct peer){ .params = params, .body = text, .step = 3 };
        *out = req;
        return request_read_body(req, bound);
}

static void
test_body(void **state)
{
        struct request *req;

        (void)state;
        assert_int_equal(body("10", "0123456789", 10, &req), HTTP_OK);
        assert_int_equal(req->body_len, 10);
        assert_string_equal(req->body, "0123456789");
        assert_int_equal(body("11", "01234567890", 10, &req), HTTP_TOO_LARGE);
        assert_int_equal(peer.body_at, 0);
        assert_int_equal(body("99999999999999999999999", "x", 10, &req), HTTP_BAD_REQUEST);
        assert_int_equal(body("-1", "x", 10, &req), HTTP_BAD_REQUEST);
        assert_int_equal(body("1x", "x", 10, &req), HTTP_BAD_REQUEST);
        assert_int_equal(body("5", "cut", 10, &req), HTTP_BAD_REQUEST);
        assert_int_equal(body("", "", 10, &req), HTTP_OK);
        assert_int_equal(body("0", "", 10, &req), HTTP_OK);
        assert_string_equal(req->body, "");
}

static int
end(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_path),    cmocka_unit_test(test_long_path),
                cmocka_unit_test(test_mount),   cmocka_unit_test(test_method),
                cmocka_unit_test(test_cookies), cmocka_unit_test(test_cleaning),
                cmocka_unit_test(test_headers), cmocka_unit_test(test_body),
        };

        return cmocka_run_group_tests(tests, NULL, end);
}
