/* csrf: the token follows the browser's cookie and nothing else. */
#include "http_fixture.h"

#include "http/csrf.h"

static const struct program program = { .name = "latchkey-test" };
static const struct route route = { POST, "/", OPEN, NULL, NULL, 0, NULL };

static struct request *
request(struct pool *pool, struct peer *peer, const char *cookie, const char *site,
        const char *body)
{
        const char **params = pool_alloc(pool, 16 * sizeof(*params));
        struct request *req;
        size_t n = 0;

        params[n++] = "REQUEST_METHOD", params[n++] = "POST";
        params[n++] = "REQUEST_URI", params[n++] = "/";
        params[n++] = "HTTP_COOKIE", params[n++] = cookie;
        params[n++] = "CONTENT_TYPE", params[n++] = "application/x-www-form-urlencoded";
        params[n++] = "CONTENT_LENGTH", params[n++] = pool_printf(pool, "%zu", strlen(body));
        if (site != NULL)
                params[n++] = "HTTP_SEC_FETCH_SITE", params[n++] = site;
        *peer = (struct peer){ .params = params, .body = body };
        req = peer_request(pool, &program, &http_config, peer);
        req->route = &route;
        assert_int_equal(request_read_body(req, 1000), HTTP_OK);
        assert_int_equal(params_read(req), 0);
        return req;
}

static void
test_session_key(void **state)
{
        struct pool *pool = pool_new();
        static struct peer peer;
        const char *token = csrf_token(request(pool, &peer, "lk_session=" TOKEN_A, NULL, ""));
        const char *body = pool_printf(pool, "csrf_token=%s", token);

        (void)state;
        assert_int_equal(strlen(token), 43);
        assert_string_not_equal(token, TOKEN_A);
        assert_true(csrf_valid(request(pool, &peer, "lk_session=" TOKEN_A, NULL, body)));
        assert_true(csrf_valid(request(pool, &peer, "lk_session=" TOKEN_A, "same-origin", body)));
        assert_true(csrf_valid(
                request(pool, &peer, "lk_session=" TOKEN_A "; lk_form=" TOKEN_B, NULL, body)));
        assert_false(csrf_valid(request(pool, &peer, "lk_session=" TOKEN_A, "cross-site", body)));
        assert_false(csrf_valid(request(pool, &peer, "lk_session=" TOKEN_B, NULL, body)));
        assert_false(csrf_valid(request(pool, &peer, "lk_session=" TOKEN_A, NULL, "")));
        assert_false(csrf_valid(request(pool, &peer, "lk_session=" TOKEN_A, NULL, "csrf_token=")));
        assert_false(csrf_valid(
                request(pool, &peer, "lk_session=" TOKEN_A, NULL, "csrf_token=" TOKEN_A)));
        assert_false(csrf_valid(request(pool, &peer, "other=1", NULL, body)));
        pool_free(pool);
}

static void
test_anonymous_key(void **state)
{
        struct pool *pool = pool_new();
        static struct peer peer;
        struct request *req = request(pool, &peer, "", NULL, "");
        const char *token = csrf_token(req);
        const char *cookie, *body;

        (void)state;
        assert_string_equal(csrf_token(req), token);    /* both forms of a page carry the same */
        reply_text(req, HTTP_OK, "x");
        assert_true(reply_send(req, HTTP_OK));
        assert_true(peer_got(&peer, "Set-Cookie: lk_form="));
        cookie = pool_printf(pool, "lk_form=%s", req->form_token);
        body = pool_printf(pool, "csrf_token=%s", token);
        assert_true(csrf_valid(request(pool, &peer, cookie, NULL, body)));
        assert_false(csrf_valid(request(pool, &peer, "lk_form=" TOKEN_A, NULL, body)));
        req = request(pool, &peer, cookie, NULL, "");
        assert_string_equal(csrf_token(req), token);
        reply_text(req, HTTP_OK, "x");
        assert_true(reply_send(req, HTTP_OK));
        assert_false(peer_got(&peer, "Set-Cookie"));
        pool_free(pool);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_session_key),
                cmocka_unit_test(test_anonymous_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
