/* params: decoding, each type's check, and what refuses a whole request. */
#include "http_fixture.h"

static const char *const colours[] = { "red", "blue", NULL };

static const struct param every[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "q", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 20 },
        { .name = "page", .type = PARAM_INT, .from = FROM_QUERY, .min = 1, .max = 50 },
        { .name = "name", .type = PARAM_TEXT, .from = FROM_FORM, .required = true },
        { .name = "note", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 60 },
        { .name = "lines", .type = PARAM_LINES, .from = FROM_FORM, .max = 60 },
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM },
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_FORM },
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_FORM },
        { .name = "id", .type = PARAM_ID, .from = FROM_FORM },
        { .name = "int", .type = PARAM_INT, .from = FROM_FORM },
        { .name = "check", .type = PARAM_CHECK, .from = FROM_FORM },
        { .name = "date", .type = PARAM_DATE, .from = FROM_FORM },
        { .name = "colour", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = colours },
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .min = 4 },
        { .name = "code", .type = PARAM_CODE, .from = FROM_FORM },
        { .name = "country", .type = PARAM_COUNTRY, .from = FROM_FORM, .invalid = "Where?" },
        PARAM_END
};
static const struct route route = { POST, "/orders/:number", OPEN, every, NULL, 0, NULL };
static const struct program program = { .name = "latchkey-test" };

/* One request at a time; the next one frees it. */
static struct pool *pool;
static struct peer peer;
static struct request *req;
static int refused;

static void
request(const char *uri, const char *query, const char *body)
{
        static const char *params[13];
        char *length;

        pool_free(pool);
        pool = pool_new();
        length = pool_printf(pool, "%zu", strlen(body));
        memcpy(params,
               (const char *[]){"REQUEST_METHOD", "POST", "REQUEST_URI", uri, "QUERY_STRING", query,
                                "CONTENT_LENGTH", length, "CONTENT_TYPE",
                                "application/x-www-form-urlencoded; charset=UTF-8", NULL},
               11 * sizeof(char *));
        peer = (struct peer){ .params = params, .body = body };
        req = peer_request(pool, &program, &http_config, &peer);
        req->route = &route;
        assert_int_equal(request_read_body(req, 65536), HTTP_OK);
        refused = params_read(req);
}

static void
form(const char *body)
{
        request("/orders/ABCDE23456", "", body);
        assert_int_equal(refused, 0);
}

/* What FIELD=VALUE is read as; NULL where it is refused. */
static const char *
read_as(const char *field, const char *value)
{
        char body[400];

        snprintf(body, sizeof(body), "%s=%s", field, value);
        form(body);
        assert_int_equal(param_text(req, field) == NULL, param_error(req, field) != NULL);
        return param_text(req, field);
}

static void
test_decode(void **state)
{
        (void)state;
        assert_string_equal(read_as("name", "a+b%20c%2Bd%C3%A9"), "a b c+d\xc3\xa9");
        assert_string_equal(read_as("name", "100%"), "100%");
        assert_string_equal(read_as("name", "100%2"), "100%2");
        assert_string_equal(read_as("name", "%zz"), "%zz");
        form("&&name=one&name=two&=x&y&");
        assert_string_equal(param_text(req, "name"), "one");
        form("na%6De=x&unknown=1");
        assert_string_equal(param_text(req, "name"), "x");
}

static void
test_refused_whole(void **state)
{
        GString *many = g_string_new("name=x");

        (void)state;
        request("/orders/ABCDE23456", "", "name=a%00b");
        assert_int_equal(refused, 400);
        request("/orders/ABCDE23456", "", "name=%ff");
        assert_int_equal(refused, 400);
        request("/orders/ABCDE23456", "", "%c3=x");
        assert_int_equal(refused, 400);
        request("/orders/ABCDE23456", "q=%c0%80", "name=x");
        assert_int_equal(refused, 400);
        for (int i = 0; i < 199; i++)
                g_string_append(many, "&a=b");
        request("/orders/ABCDE23456", "", many->str);
        assert_int_equal(refused, 0);
        g_string_append(many, "&a=b");
        request("/orders/ABCDE23456", "", many->str);
        assert_int_equal(refused, 400);
        g_string_free(many, TRUE);
}

static void
test_not_a_form(void **state)
{
        (void)state;
        form("name=x");
        peer.params = (const char *[]){ "CONTENT_TYPE", "text/plain", NULL };
        assert_int_equal(params_read(req), 400);
        peer.params = (const char *[]){"CONTENT_TYPE", "application/x-www-form-urlencodedx", NULL};
        assert_int_equal(params_read(req), 400);
        peer.params = (const char *[]){ "CONTENT_TYPE", "APPLICATION/X-WWW-FORM-URLENCODED", NULL };
        assert_int_equal(params_read(req), 0);
        peer.params = NULL;
        assert_int_equal(params_read(req), 400);
        req->body_len = 0;
        assert_int_equal(params_read(req), 0);
}

static void
test_path_and_query(void **state)
{
        (void)state;
        request("/orders/abcde23456", "q=+two+words+&page=3", "name=x");
        assert_int_equal(refused, 0);
        assert_string_equal(param_text(req, "number"), "ABCDE23456");
        assert_string_equal(param_text(req, "q"), "two words");
        assert_int_equal(param_int(req, "page"), 3);
        request("/orders/0oOiIlL1zZ", "", "name=x");
        assert_string_equal(param_text(req, "number"), "00011111ZZ");
        request("/orders/ABCDE2345U", "", "name=x");
        assert_int_equal(refused, 404);
        request("/orders/abcde2345", "", "name=x");
        assert_int_equal(refused, 404);
        request("/orders/abcde-3456", "", "name=x");
        assert_int_equal(refused, 404);
        request("/orders/ABCDE23456", "page=51", "name=x");
        assert_int_equal(refused, 400);
        request("/orders/ABCDE23456", "page=0", "name=x");
        assert_int_equal(refused, 400);
        request("/orders/ABCDE23456", "page=x", "name=x");
        assert_int_equal(refused, 400);
        request("/orders/ABCDE23456", "page=", "name=x");
        assert_int_equal(refused, 0);
        request("/orders/ABCDE23456", "q=123456789012345678901", "name=x");
        assert_int_equal(refused, 400);
}

static void
test_text(void **state)
{
        char text[202];

        (void)state;
        memset(text, 'x', 201);
        text[201] = '\0';
        assert_null(read_as("name", text));
        assert_string_equal(param_error(req, "name"), "Use at most 200 characters");
        assert_string_equal(param_typed(req, "name"), text);
        text[200] = '\0';
        assert_string_equal(read_as("name", text), text);
        assert_string_equal(read_as("name", "++x++"), "x");
        assert_null(read_as("name", "a%0D%0Ab"));
        assert_null(read_as("name", "a%1Bb"));
        assert_null(read_as("name", "++"));
        assert_string_equal(param_error(req, "name"), "Please fill this in");
        form("");
        assert_false(params_valid(req));
        assert_string_equal(param_typed(req, "name"), "");
}

static void
test_text_long(void **state)
{
        (void)state;
        form("name=x&note=a%0D%0Ab%0Dc%0Ad%09e");
        assert_string_equal(param_text(req, "note"), "a\nb\nc\nd\te");
        assert_true(params_valid(req));
        form("name=x&note=a%07");
        assert_string_equal(param_error(req, "note"), "Use plain text");
        form("name=x&note=my+card+is+4242+4242+4242+4242");
        assert_non_null(strstr(param_error(req, "note"), "card numbers"));
        form("name=x&note=my+order+is+4242+4242+4242+4241");
        assert_null(param_error(req, "note"));
        /* A bank's file has whatever digits it has. */
        form("name=x&lines=4242+4242+4242+4242%0D%0Ab");
        assert_string_equal(param_text(req, "lines"), "4242 4242 4242 4242\nb");
        assert_true(params_valid(req));
        form("name=x&lines=a%07");
        assert_string_equal(param_error(req, "lines"), "Use plain text");
}

static void
test_words(void **state)
{
        (void)state;
        assert_string_equal(read_as("email", "+Ann@Example.com"), "Ann@Example.com");
        assert_null(read_as("email", "ann"));
        assert_string_equal(param_error(req, "email"),
                            "Enter an email address such as name@example.com");
        assert_string_equal(read_as("slug", "good-name-1"), "good-name-1");
        assert_null(read_as("slug", "Bad"));
        assert_string_equal(read_as("token", TOKEN_A), TOKEN_A);
        assert_null(read_as("token", "short"));
        assert_string_equal(read_as("colour", "blue"), "blue");
        assert_null(read_as("colour", "green"));
        assert_string_equal(read_as("country", "de"), "DE");
        assert_null(read_as("country", "D+"));
        assert_null(read_as("country", "XX"));
        assert_string_equal(param_error(req, "country"), "Where?");
        assert_string_equal(read_as("code", "123+456"), "123456");
        assert_null(read_as("code", "12345"));
        assert_null(read_as("code", "123456789"));
        assert_null(read_as("code", "12345a"));
}

static void
test_numbers(void **state)
{
        (void)state;
        read_as("id", "9223372036854775807");
        assert_true(param_int(req, "id") == INT64_MAX);
        assert_null(read_as("id", "9223372036854775808"));
        assert_null(read_as("id", "0"));
        assert_null(read_as("id", "-1"));
        assert_null(read_as("id", "%2B1"));
        assert_null(read_as("id", "1x"));
        read_as("int", "-12");
        assert_int_equal(param_int(req, "int"), -12);
        assert_null(read_as("int", "1.5"));
        assert_int_equal(param_int(req, "int"), 0);
        assert_null(read_as("int", "0x10"));
}

static void
test_date(void **state)
{
        (void)state;
        assert_string_equal(read_as("date", "1970-01-02"), "1970-01-02");
        assert_int_equal(param_int(req, "date"), 1);
        read_as("date", "1969-12-31");
        assert_int_equal(param_int(req, "date"), -1);
        read_as("date", "2024-02-29");
        assert_int_equal(param_int(req, "date"), 19782);
        assert_null(read_as("date", "2023-02-29"));
        assert_null(read_as("date", "2024-13-01"));
        assert_null(read_as("date", "2024-1-011"));
        assert_null(read_as("date", "24-01-01"));
        assert_null(read_as("date", "2024-01--1"));
}

static void
test_check(void **state)
{
        (void)state;
        form("name=x");
        assert_false(param_check(req, "check"));
        form("name=x&check=on");
        assert_true(param_check(req, "check"));
        form("name=x&check=0");
        assert_false(param_check(req, "check"));
}

static void
test_password(void **state)
{
        (void)state;
        assert_string_equal(read_as("password", "+a+b+"), " a b ");
        assert_string_equal(param_typed(req, "password"), "");
        assert_null(read_as("password", "abc"));
        assert_string_equal(param_error(req, "password"), "Use at least 4 characters");
        form("name=x&password=");
        assert_null(param_text(req, "password"));
        assert_true(params_valid(req));
}

static void
test_refuse(void **state)
{
        (void)state;
        form("name=x&csrf_token=abc");
        assert_string_equal(params_csrf(req), "abc");
        assert_true(params_valid(req));
        param_refuse(req, "name", "Taken");
        assert_string_equal(param_error(req, "name"), "Taken");
        assert_false(params_valid(req));
        form("name=x");
        assert_null(params_csrf(req));
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
                cmocka_unit_test(test_decode), cmocka_unit_test(test_refused_whole),
                cmocka_unit_test(test_not_a_form), cmocka_unit_test(test_path_and_query),
                cmocka_unit_test(test_text), cmocka_unit_test(test_text_long),
                cmocka_unit_test(test_words), cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_date), cmocka_unit_test(test_check),
                cmocka_unit_test(test_password), cmocka_unit_test(test_refuse),
        };

        return cmocka_run_group_tests(tests, NULL, end);
}
