/* Fields in texts that staff write. */
#include "domain/fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "domain/notice.h"

static struct pool *pool;

static int
set_up(void **state)
{
        (void)state;
        pool = pool_new();
        return 0;
}

static int
tear_down(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

static const struct fill_field fields[] = { { "name", "Ann" }, { "none", "" }, { "null", NULL }, { "bad", "[x](http://e.example) <b>\n# y" } };

#define FILL(text, markdown) fill_text(pool, text, fields, sizeof fields / sizeof fields[0], markdown)

static void
fields_are_replaced(void **state)
{
        (void)state;
        assert_string_equal(FILL("Hello {name}, {name}!", false), "Hello Ann, Ann!");
        assert_string_equal(FILL("{other} {Name} {} { name} {name", false), "{other} {Name} {} { name} {name");
        assert_string_equal(FILL("", false), "");
        assert_string_equal(FILL("a{none}b{null}c", false), "abc");
}

static void
an_empty_field_takes_its_line_along(void **state)
{
        (void)state;
        assert_string_equal(FILL("one\n\n{none}\n\ntwo", false), "one\n\ntwo");
        assert_string_equal(FILL("one\n{null}\ntwo\n", false), "one\ntwo\n");
        assert_string_equal(FILL("one\n\n{none} more\n\ntwo", false), "one\n\n more\n\ntwo");
        assert_string_equal(FILL("{none}", false), "");
        assert_string_equal(FILL("one\n\n\ntwo", false), "one\n\n\ntwo");
}

static void
values_are_no_markup(void **state)
{
        (void)state;
        assert_string_equal(FILL("{bad}", true), "\\[x\\]\\(http\\://e\\.example\\) \\<b\\> \\# y");
        assert_string_equal(FILL("{bad}", false), "[x](http://e.example) <b> # y");
        assert_string_equal(FILL("**{name}**", true), "**Ann**");
}

static void
unknown_fields_are_found(void **state)
{
        (void)state;
        assert_null(fill_unknown(pool, "Hello {name} {none} { x } {}", fields, 4));
        assert_string_equal(fill_unknown(pool, "Hello {name} {amount} {x}", fields, 4), "amount");
}

static void
notices_have_examples_and_a_plain_form(void **state)
{
        struct fill_field all[NOTICE_FIELDS];

        (void)state;
        notice_fill(all, NULL);
        assert_string_equal(notice_plain(pool, "{hello}, **{amount}** * x", all), "Hello Ann Example, 49.00 EUR * x");
        for (int i = 0; i < NOTICE_FIELDS; i++)
                assert_true(all[i].name != NULL && all[i].value[0] != '\0');
}

static void
each_kind_of_text_has_its_own_fields(void **state)
{
        (void)state;
        assert_null(notice_unknown(pool, "payment_failed_soft", "{hello} {next_try} {day} {promised}"));
        assert_null(notice_unknown(pool, "reminder_charge", "{name} {title} {amount} {day} {method} {until} {shop}"));
        assert_string_equal(notice_unknown(pool, "reminder_charge", "{amount} {next_try}"), "next_try");
        assert_string_equal(notice_unknown(pool, "reminder_late", "{method}"), "method");
        assert_string_equal(notice_unknown(pool, "reminder_several", "{hello} {amount}"), "amount");
        assert_string_equal(notice_unknown(pool, "plan_thanks", "{amount} {day}"), "day");
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fields_are_replaced),
                cmocka_unit_test(an_empty_field_takes_its_line_along),
                cmocka_unit_test(values_are_no_markup),
                cmocka_unit_test(unknown_fields_are_found),
                cmocka_unit_test(notices_have_examples_and_a_plain_form),
                cmocka_unit_test(each_kind_of_text_has_its_own_fields),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
