/* reply: headers, cookies, redirects, files and error pages as they go out. */
#include "http_fixture.h"

#include "base/log.h"

static const struct program plain = { .name = "latchkey-test", .login_path = "/login" };
static const struct route open_route = { GET, "/", OPEN, NULL, NULL, 0, NULL };
static const struct route own_route = { GET, "/orders", SIGNED_IN, NULL, NULL, 0, NULL };
static const struct route secret_route = {GET,  "/pay/:token",  OPEN, NULL,
                                          NULL, ROUTE_NO_STORE, NULL};

static struct pool *pool;
static struct peer peer;

static struct request *
request_of(const struct program *program, const struct config *config, const char *method,
           const char *uri)
{
        static const char *params[5];

        pool_free(pool);
        pool = pool_new();
        memcpy(params, (const char *[]){"REQUEST_METHOD", method, "REQUEST_URI", uri, NULL},
               sizeof(params));
        peer = (struct peer){ .params = params };
        return peer_request(pool, program, config, &peer);
}

static struct request *
request(void)
{
        struct request *req = request_of(&plain, &http_config, "GET", "/");

        req->route = &open_route;
        return req;
}

static void
test_text(void **state)
{
        struct request *req = request();

        (void)state;
        assert_int_equal(reply_text(req, HTTP_OK, "hello"), HTTP_OK);
        assert_true(reply_send(req, HTTP_OK));
        assert_string_equal(peer.out, "Status: 200 OK\r\n"
                                      "Content-Type: text/plain; charset=utf-8\r\n"
                                      "Content-Length: 5\r\n"
                                      "X-Content-Type-Options: nosniff\r\n"
                                      "Cache-Control: no-cache\r\n"
                                      "\r\n"
                                      "hello");
}

static void
test_html(void **state)
{
        struct request *req = request();
        struct config odd = http_config;

        (void)state;
        reply_body(req, HTTP_OK, "text/html; charset=utf-8", "<p>", 3);
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer,
                             "form-action 'self' https://checkout.stripe.com; base-uri 'none'; "
                             "frame-ancestors 'none'\r\n"));
        assert_true(
                peer_got(&peer, "Content-Security-Policy: default-src 'none'; style-src 'self'; "));
        assert_true(peer_got(&peer, "Cross-Origin-Opener-Policy: same-origin\r\n"));
        odd.gateway_checkout_origin = "https://x; script-src *";
        req = request_of(&plain, &odd, "GET", "/");
        reply_body(req, HTTP_OK, "text/html", "<p>", 3);
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "form-action 'self'; base-uri"));
}

static void
test_policy(void **state)
{
        struct request *req = request();

        (void)state;
        reply_policy(req, POLICY_FRAMES);
        reply_body(req, HTTP_OK, "text/html", "<p>", 3);
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "connect-src 'self'; frame-src 'self'; form-action 'self'"));
        req = request();
        reply_policy(req, POLICY_FRAMED);
        reply_body(req, HTTP_OK, "text/html", "<p>", 3);
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "Content-Security-Policy: sandbox; default-src 'none'; "));
        assert_false(peer_got(&peer, "script-src"));
        assert_true(peer_got(&peer, "frame-ancestors 'self'\r\n"));
}

static void
test_head(void **state)
{
        struct request *req = request_of(&plain, &http_config, "HEAD", "/");

        (void)state;
        reply_text(req, HTTP_OK, "hello");
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "Content-Length: 5\r\n"));
        assert_false(peer_got(&peer, "hello"));
}

static void
test_cache(void **state)
{
        struct request *req = request();

        (void)state;
        req->token = TOKEN_A;
        reply_text(req, HTTP_OK, "x");
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "Cache-Control: private, no-store\r\n"));
        assert_false(peer_got(&peer, "Referrer-Policy"));
        req = request();
        req->route = &secret_route;
        reply_text(req, HTTP_OK, "x");
        reply_send(req, HTTP_OK);
        assert_true(peer_got(
                &peer, "Cache-Control: private, no-store\r\nReferrer-Policy: no-referrer\r\n"));
        req = request();
        reply_header(req, "cache-control", "public, max-age=60");
        reply_text(req, HTTP_OK, "x");
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "cache-control: public, max-age=60\r\n"));
        assert_false(peer_got(&peer, "no-cache"));
}

static void
test_header_injection(void **state)
{
        struct request *req = request();

        (void)state;
        reply_header(req, "X-A", "one\r\nSet-Cookie: x=y");
        reply_header(req, "X-B", "two");
        reply_header(req, "x-b", "three");
        reply_text(req, HTTP_OK, "x");
        reply_send(req, HTTP_OK);
        assert_false(peer_got(&peer, "Set-Cookie"));
        assert_false(peer_got(&peer, "two"));
        assert_true(peer_got(&peer, "x-b: three\r\n"));
}

static bool
redirects(const char *location)
{
        struct request *req = request();

        return reply_redirect(req, location) == HTTP_SEE_OTHER;
}

static void
test_redirect(void **state)
{
        struct request *req = request();

        (void)state;
        assert_int_equal(reply_redirect(req, "/orders/X?a=b#c"), HTTP_SEE_OTHER);
        reply_send(req, HTTP_SEE_OTHER);
        assert_true(peer_got(&peer, "Status: 303 See Other\r\n"));
        assert_true(peer_got(&peer, "Location: /orders/X?a=b#c\r\n"));
        assert_true(peer_got(&peer, "Content-Length: 0\r\n"));
        assert_true(redirects("https://checkout.stripe.com/c/pay/cs_1#fid=a%2Fb"));
        assert_true(redirects("http://127.0.0.1:8081/x"));
        assert_false(redirects("//evil.example"));
        assert_false(redirects("/\\evil.example"));
        assert_false(redirects("javascript:alert(1)"));
        assert_false(redirects("/a\r\nX: y"));
        assert_false(redirects("/a b"));
        assert_false(redirects(""));
        assert_false(redirects(NULL));
}

static void
test_file(void **state)
{
        struct request *req = request();

        (void)state;
        assert_int_equal(reply_file(req, 42, "application/pdf", "R\xc3\xa9sum\xc3\xa9 \"1\".pdf"),
                         HTTP_OK);
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "X-Accel-Redirect: /protected/42\r\n"));
        assert_true(peer_got(&peer,
                             "Content-Disposition: attachment; filename=\"R__sum__ _1_.pdf\"; "
                             "filename*=UTF-8''R%C3%A9sum%C3%A9%20%221%22.pdf\r\n"));
        assert_true(peer_got(&peer, "Content-Type: application/pdf\r\n"));
        assert_false(peer_got(&peer, "Content-Length"));
        assert_int_equal(reply_file(request(), -1, "image/png", NULL), HTTP_NOT_FOUND);
        assert_int_equal(reply_file(request(), 1, "image/png\r\nX: y", NULL), HTTP_NOT_FOUND);
}

static void
test_cookie(void **state)
{
        struct request *req = request();

        (void)state;
        reply_cookie(req, COOKIE_SESSION, TOKEN_A, 3600);
        reply_cookie(req, COOKIE_SESSION, TOKEN_B, 7200);
        reply_cookie(req, COOKIE_ORDER, NULL, -1);
        reply_cookie(req, COOKIE_STAFF, "a; Domain=x", 0);
        reply_text(req, HTTP_OK, "x");
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "Set-Cookie: lk_session=" TOKEN_B
                                    "; Path=/; HttpOnly; SameSite=Lax; Max-Age=7200\r\n"));
        assert_true(peer_got(
                &peer, "Set-Cookie: lk_order=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0\r\n"));
        assert_false(peer_got(&peer, TOKEN_A));
        assert_false(peer_got(&peer, "lk_staff"));
        req = request_of(&plain, &https_config, "GET", "/");
        reply_cookie(req, COOKIE_FORM, TOKEN_A, 0);
        reply_text(req, HTTP_OK, "x");
        reply_send(req, HTTP_OK);
        assert_true(peer_got(&peer, "Set-Cookie: __Host-lk_form=" TOKEN_A
                                    "; Path=/; HttpOnly; SameSite=Lax; Secure\r\n"));
}

static void
test_from_db(void **state)
{
        struct request *req = request();

        (void)state;
        assert_int_equal(http_from_db(req, DB_NO_ROW), HTTP_NOT_FOUND);
        assert_int_equal(http_from_db(req, DB_CONFLICT), HTTP_CONFLICT);
        assert_int_equal(http_from_db(req, DB_DENIED), HTTP_FORBIDDEN);
        assert_int_equal(http_from_db(req, DB_INVALID), HTTP_INTERNAL);
        assert_int_equal(http_from_db(req, DB_ERROR), HTTP_INTERNAL);
        assert_int_equal(http_from_db(req, DB_DOWN), HTTP_UNAVAILABLE);
        assert_false(reply_wants_retry(req));
        assert_int_equal(http_from_db(req, DB_RETRY), HTTP_UNAVAILABLE);
        assert_true(reply_wants_retry(req));
        reply_reset(req);
        assert_false(reply_wants_retry(req));
        req->route = &own_route;
        assert_int_equal(http_from_db(req, DB_DOWN), HTTP_UNAVAILABLE);
        assert_int_equal(http_from_db(req, DB_NO_ROW), HTTP_SEE_OTHER);
        req->identity.found = true;
        assert_int_equal(http_from_db(req, DB_NO_ROW), HTTP_NOT_FOUND);
}

static void
test_sign_in(void **state)
{
        struct request *req = request_of(&plain, &http_config, "GET", "/orders?page=2&x=%20");

        (void)state;
        req->route = &own_route;
        reply_cookie(req, COOKIE_FORM, TOKEN_A, 0);
        assert_int_equal(reply_sign_in(req), HTTP_SEE_OTHER);
        reply_send(req, HTTP_SEE_OTHER);
        assert_true(peer_got(&peer, "Location: /login?next=%2Forders%3Fpage%3D2%26x%3D%2520\r\n"));
        assert_false(peer_got(&peer, "Set-Cookie"));
        req = request_of(&plain, &http_config, "POST", "/orders");
        req->route = &own_route;
        assert_int_equal(reply_sign_in(req), HTTP_FORBIDDEN);
}

static enum http_status
page(struct request *req, enum http_status status)
{
        return reply_body(req, status, "text/html", "page", 4);
}

/* An error page that fails itself ends in plain text, not in a loop. */
static enum http_status
failing_page(struct request *req, enum http_status status)
{
        (void)status;
        return http_from_db(req, DB_ERROR);
}

static enum http_status
empty_page(struct request *req, enum http_status status)
{
        (void)req;
        return status;
}

static void
error_with(enum http_status (*error_page)(struct request *, enum http_status),
           enum http_status expected, const char *text)
{
        struct program program = { .name = "latchkey-test", .error_page = error_page };
        struct request *req = request_of(&program, &http_config, "GET", "/");
        enum http_status status = reply_error(req, HTTP_NOT_FOUND);

        assert_int_equal(status, expected);
        reply_send(req, status);
        assert_true(peer_got(&peer, text));
}

static void
test_error_page(void **state)
{
        (void)state;
        error_with(page, HTTP_NOT_FOUND, "\r\n\r\npage");
        error_with(failing_page, HTTP_INTERNAL, "Something went wrong on our side");
        error_with(empty_page, HTTP_NOT_FOUND, "There is no such page.");
        error_with(NULL, HTTP_NOT_FOUND, "There is no such page.");
}

static int
start(void **state)
{
        (void)state;
        log_open("test", LOG_LEVEL_ERROR);
        return 0;
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
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_html),
                cmocka_unit_test(test_policy),
                cmocka_unit_test(test_head),
                cmocka_unit_test(test_cache),
                cmocka_unit_test(test_redirect),
                cmocka_unit_test(test_header_injection),
                cmocka_unit_test(test_file),
                cmocka_unit_test(test_cookie),
                cmocka_unit_test(test_from_db),
                cmocka_unit_test(test_sign_in),
                cmocka_unit_test(test_error_page),
        };

        return cmocka_run_group_tests(tests, start, end);
}
