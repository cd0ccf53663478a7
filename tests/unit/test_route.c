/* route: which route of the tables a method and a path find. */
#include "http_fixture.h"

static enum http_status
nothing(struct request *req)
{
        (void)req;
        return HTTP_OK;
}

static const struct route first[] = {
        { GET, "/", OPEN, NULL, nothing, 0, NULL },
        { GET, "/orders", SIGNED_IN, NULL, nothing, 0, NULL },
        { GET, "/orders/:number", SIGNED_IN, NULL, nothing, 0, NULL },
        { GET, "/orders/new", SIGNED_IN, NULL, nothing, 0, NULL },
        ROUTE_END
};
static const struct route second[] = {
        { POST, "/orders/:number/refund-requests", SIGNED_IN, NULL, nothing, 0, NULL },
        { GET, "/a/:b/:c", OPEN, NULL, nothing, 0, NULL },
        ROUTE_END
};
static const struct route *const tables[] = { first, second, NULL };

static const char *
found(enum http_method method, const char *path)
{
        bool known;
        const struct route *route = route_find(tables, method, path, &known);

        return route != NULL ? route->path : known ? "known" : "unknown";
}

static void
test_exact(void **state)
{
        (void)state;
        assert_string_equal(found(GET, "/"), "/");
        assert_string_equal(found(GET, "/orders"), "/orders");
        assert_string_equal(found(GET, "/orders/"), "unknown");
        assert_string_equal(found(GET, "/order"), "unknown");
        assert_string_equal(found(GET, "/orderss"), "unknown");
        assert_string_equal(found(GET, ""), "unknown");
        assert_string_equal(found(GET, "orders"), "unknown");
}

static void
test_parameters(void **state)
{
        (void)state;
        assert_string_equal(found(GET, "/orders/ABC"), "/orders/:number");
        assert_string_equal(found(GET, "/orders/new"), "/orders/new");
        assert_string_equal(found(GET, "/orders/news"), "/orders/:number");
        assert_string_equal(found(POST, "/orders/X/refund-requests"),
                            "/orders/:number/refund-requests");
        assert_string_equal(found(POST, "/orders//refund-requests"), "unknown");
        assert_string_equal(found(GET, "/orders/X/refund"), "unknown");
        assert_string_equal(found(GET, "/a/1/2"), "/a/:b/:c");
        assert_string_equal(found(GET, "/a/1"), "unknown");
        assert_string_equal(found(GET, "/a/1/2/3"), "unknown");
}

static void
test_other_method(void **state)
{
        (void)state;
        assert_string_equal(found(POST, "/orders"), "known");
        assert_string_equal(found(GET, "/orders/X/refund-requests"), "known");
        assert_string_equal(found(HTTP_METHOD_OTHER, "/"), "known");
        assert_string_equal(found(HTTP_METHOD_OTHER, "/none"), "unknown");
}

static void
test_segment(void **state)
{
        struct pool *pool = pool_new();

        (void)state;
        assert_string_equal(route_segment(pool, &first[2], "/orders/ABC", "number"), "ABC");
        assert_string_equal(route_segment(pool, &second[1], "/a/1/2", "b"), "1");
        assert_string_equal(route_segment(pool, &second[1], "/a/1/2", "c"), "2");
        assert_null(route_segment(pool, &second[1], "/a/1/2", "a"));
        assert_null(route_segment(pool, &second[1], "/a/1/2", ""));
        pool_free(pool);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_exact),
                cmocka_unit_test(test_parameters),
                cmocka_unit_test(test_other_method),
                cmocka_unit_test(test_segment),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
