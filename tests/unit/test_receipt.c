/* Receipts: whole files with the right words, judged by qpdf and pdftotext where they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/money_format.h"
#include "base/pool.h"
#include "paper/receipt.h"

#define LINES 60

/* fontconfig keeps its cache until the program ends. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
        return "leak:libfontconfig";
}

static struct pool *pool;
static struct receipt_line lines[LINES];

static const struct receipt_tax taxes[] = {
        {1900, 104622, 19878, 124500},
        {550, 4720, 260, 4980},
};

static int
setup(void **state)
{
        (void)state;
        pool = pool_new();
        for (size_t i = 0; i < LINES; i++)
                lines[i] = (struct receipt_line){"The Art of Window Light", 5, 124500, 1900};
        lines[1] = (struct receipt_line){"Workbook “Seeing in grey”", 1, 4980, 550};
        return 0;
}

static int
teardown(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

static struct receipt_paper
usual(void)
{
        struct receipt_paper paper = {
                .number = "R-2026-000042",
                .issued_on = "4 March 2026",
                .issued_at = "2026-03-04T10:11:12Z",
                .paid_on = "3 March 2026",
                .order_number = "LK-10027",
                .currency = "EUR",
                .locale = "en_GB",
                .seller_name = "Northlight Studio GmbH",
                .seller_address = "Torstraße 12\n10119 Berlin",
                .seller_tax_number = "DE 123 456 789",
                .buyer_name = "Zoë Grün",
                .buyer_address = "Rue de la Paix 7\n75002 Paris",
                .buyer_email = "zoe@example.com",
                .buyer_tax_number = "",
                .paid_with = "Visa ending in 4242",
                .statement_text = "NORTHLIGHT",
                .lines = lines,
                .n_lines = 2,
                .taxes = taxes,
                .n_taxes = 2,
                .total_minor = 129480,
        };

        return paper;
}

/* What TOOL says of the paper, or NULL when it is not installed. */
static char *
judged(const struct receipt_paper *paper, const char *tool, const char *before, const char *after)
{
        char name[] = "/tmp/latchkey-receipt-XXXXXX";
        char *said = pool_alloc(pool, 65536);
        const void *bytes;
        size_t len;
        FILE *pipe;
        int file;

        if (system(pool_printf(pool, "command -v %s >/dev/null", tool)) != 0)
                return NULL;
        bytes = receipt_pdf(pool, paper, &len);
        assert_non_null(bytes);
        file = mkstemp(name);
        assert_true(file >= 0);
        assert_int_equal(write(file, bytes, len), (ssize_t)len);
        close(file);
        pipe = popen(pool_printf(pool, "%s %s %s %s 2>&1", tool, before, name, after), "r");
        assert_non_null(pipe);
        said[fread(said, 1, 65535, pipe)] = '\0';
        assert_int_equal(pclose(pipe), 0);
        unlink(name);
        return said;
}

static void
assert_says(const char *said, const char *words)
{
        if (!strstr(said, words))
                fail_msg("no \"%s\" in:\n%s", words, said);
}

static void
the_same_paper_gives_the_same_bytes(void **state)
{
        struct receipt_paper paper = usual();
        size_t one_len, two_len;
        const void *one = receipt_pdf(pool, &paper, &one_len);
        const void *two = receipt_pdf(pool, &paper, &two_len);

        (void)state;
        assert_non_null(one);
        assert_int_equal(one_len, two_len);
        assert_memory_equal(one, two, one_len);
        assert_memory_equal(one, "%PDF-", 5);
        assert_non_null(memmem(one, one_len, "/Lang (en-GB)", 13));
}

static void
the_file_is_sound(void **state)
{
        struct receipt_paper paper = usual();
        char *said = judged(&paper, "qpdf", "--check", "");

        (void)state;
        if (!said)
                skip();
        assert_says(said, "No syntax or stream encoding errors found");
        said = judged(&paper, "pdfinfo", "", "");
        if (!said)
                skip();
        assert_says(said, "Title:           Receipt R-2026-000042");
        assert_says(said, "Author:          Northlight Studio GmbH");
        assert_says(said, "(A4)");
        assert_says(said, "Pages:           1\n");
}

static void
a_receipt_says_what_was_paid(void **state)
{
        static const char *const words[] = {
                "Receipt",
                "R-2026-000042",
                "4 March 2026",
                "LK-10027",
                "Northlight Studio GmbH",
                "Torstraße 12",
                "Tax number DE 123 456 789",
                "Zoë Grün",
                "75002 Paris",
                "The Art of Window Light",
                "Workbook “Seeing in grey”",
                "19%",
                "5.5%",
                "1,245.00",
                "198.78",
                "1,294.80 EUR",
                "Paid with Visa ending in 4242 on 3 March 2026.",
                "It reads “NORTHLIGHT” on your statement.",
                "Page 1 of 1",
        };
        struct receipt_paper paper = usual();
        char *said = judged(&paper, "pdftotext", "-layout", "-");

        (void)state;
        if (!said)
                skip();
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                assert_says(said, words[i]);
}

static void
a_credit_note_names_its_receipt(void **state)
{
        struct receipt_paper paper = usual();
        char *said;

        (void)state;
        paper.credit_note = true;
        paper.number = "C-2026-000007";
        paper.refers_to = "R-2026-000042";
        paper.locale = "de_DE";
        paper.buyer_name = paper.buyer_address = paper.statement_text = "";
        said = judged(&paper, "pdftotext", "-layout", "-");
        if (!said)
                skip();
        assert_says(said, "Credit note");
        assert_says(said, "C-2026-000007");
        assert_says(said, "For receipt");
        assert_says(said, "Total credited");
        assert_says(said, "1.294,80 EUR");
        assert_says(said, "Refunded to Visa ending in 4242 on 3 March 2026.");
        assert_null(strstr(said, "on your statement"));
}

static void
many_lines_take_more_pages(void **state)
{
        struct receipt_paper paper = usual();
        char *said, *at;
        int rows = 0;

        (void)state;
        lines[2].title = pool_printf(pool, "%01000d", 7); /* nowhere to break */
        paper.n_lines = LINES;
        said = judged(&paper, "pdftotext", "", "-");
        if (!said)
                skip();
        assert_says(said, "Page 1 of ");
        assert_says(said, "Page 3 of ");
        for (at = said; (at = strstr(at, "The Art of Window Light")) != NULL; at++)
                rows++;
        assert_int_equal(rows, LINES - 2);
        said = judged(&paper, "qpdf", "--check", "");
        if (said)
                assert_says(said, "No syntax or stream encoding errors found");
}

static void
missing_parts_leave_no_trace(void **state)
{
        struct receipt_paper paper = {
                .number = "R-1",
                .issued_on = "4 March 2026",
                .currency = "JPY",
                .locale = "xx",
                .seller_name = "Shop",
                .total_minor = 0,
        };
        char *said = judged(&paper, "pdftotext", "-layout", "-");

        (void)state;
        if (!said)
                skip();
        assert_null(strstr(said, "Paid"));
        assert_null(strstr(said, "Tax number"));
        assert_says(said, "0 JPY");
}

static void
amounts_follow_the_locale(void **state)
{
        (void)state;
        assert_string_equal(money_format(pool, 123456789, "eur", "en_GB"), "1,234,567.89\u00a0EUR");
        assert_string_equal(money_format(pool, 123456789, "EUR", "de_DE.UTF-8"),
                            "1.234.567,89\u00a0EUR");
        assert_string_equal(money_format(pool, 123456, "EUR", "de-CH"), "1’234.56\u00a0EUR");
        assert_string_equal(money_format(pool, 123456, "EUR", "es"), "1234,56\u00a0EUR");
        assert_string_equal(money_format(pool, -5, "EUR", NULL), "−0.05\u00a0EUR");
        assert_string_equal(money_number(pool, 1234, "JPY", "ja"), "1,234");
        assert_string_equal(money_number(pool, 1234, "KWD", "en"), "1.234");
        assert_string_equal(money_number(pool, INT64_MIN, "EUR", "en"),
                            "−92,233,720,368,547,758.08");
        assert_string_equal(money_rate(pool, 1900, "en"), "19%");
        assert_string_equal(money_rate(pool, 550, "de"), "5,5%");
        assert_string_equal(money_rate(pool, 1025, "en"), "10.25%");
        assert_string_equal(money_rate(pool, 0, "en"), "0%");
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_same_paper_gives_the_same_bytes),
                cmocka_unit_test(the_file_is_sound),
                cmocka_unit_test(a_receipt_says_what_was_paid),
                cmocka_unit_test(a_credit_note_names_its_receipt),
                cmocka_unit_test(many_lines_take_more_pages),
                cmocka_unit_test(missing_parts_leave_no_trace),
                cmocka_unit_test(amounts_follow_the_locale),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
