/* reports: the accountant's month.  A month is the shop's, by its zone: papers by the day on
 * their face, money by the day on which it was booked. */
#include "admin/reports.h"

#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/money.h"
#include "base/money_format.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "paper/table.h"
#include "queries/books.h"
#include "view/format.h"
#include "view/view.h"

static const char *const files[] = { "receipts.csv", "money.csv", "report.pdf", NULL };

static const struct param month_params[] = {
        { .name = "month", .type = PARAM_TEXT, .from = FROM_PATH, .max = 7 },
        PARAM_END
};

static const struct param file_params[] = {
        { .name = "month", .type = PARAM_TEXT, .from = FROM_PATH, .max = 7 },
        { .name = "file", .type = PARAM_CHOICE, .from = FROM_PATH, .choices = files },
        PARAM_END
};

struct books {
        struct request *req;
        const char *name;               /* "November 2026" */
        instant since, until;
        struct books_paper_row *papers;
        struct books_move_row *moves;
        struct books_sum_row *sums;
        size_t n_papers, n_moves, n_sums;
};

/* The days since 1970-01-01 of the first of a month. */
static int64_t
first_day(int year, int month)
{
        GDate date;

        g_date_clear(&date, 1);
        g_date_set_dmy(&date, 1, (GDateMonth)month, (GDateYear)year);
        return (int64_t)g_date_get_julian(&date) - 719163;
}

/* "2026-11" into the shop's month; false when there is no such month. */
static bool
read_month(struct request *req, struct books *books)
{
        const char *text = param_text(req, "month"), *zone = req->config->zone;
        int year, month;

        if (!g_regex_match_simple("^[0-9]{4}-[0-9]{2}$", text, G_REGEX_DOLLAR_ENDONLY, 0))
                return false;
        year = (int)g_ascii_strtoll(text, NULL, 10);
        month = (int)g_ascii_strtoll(text + 5, NULL, 10);
        if (year < 2000 || year > 9998 || month < 1 || month > 12)
                return false;
        books->req = req;
        books->since = desk_midnight(zone, first_day(year, month));
        books->until = desk_midnight(zone, month < 12 ? first_day(year, month + 1) : first_day(year + 1, 1));
        books->name = format_paper_day(req->pool, books->since, zone) + strlen("1 ");
        return true;
}

/* Known after the first db_wait(), as who is here. */
static bool
is_to_come(const struct books *books)
{
        return books->since > books->req->identity.now_at;
}

/* --- pages --------------------------------------------------------------------- */

struct months {
        struct request *req;
        struct books_month_row *rows;
        size_t n;
};

static void
month_row(struct view *view, size_t i, void *data)
{
        const struct months *months = data;
        const struct books_month_row *row = &months->rows[i];
        int64_t day = first_day((int)g_ascii_strtoll(row->month, NULL, 10), (int)g_ascii_strtoll(row->month + 5, NULL, 10));

        view_row(view, "", &books_month_row_type, row);
        view_text(view, "name", format_paper_day(months->req->pool, day * 86400 * CLOCK_SECOND, "UTC") + strlen("1 "));
}

/* The months; COME: of one that is still to come. */
static enum http_status
show_months(struct request *req, bool come)
{
        struct months months = { .req = req };
        struct view *view;
        enum db_status rc;

        books_months_ask(req->db, req->config->zone, &months.rows, &months.n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/reports.html");
        view_text(view, "page_title", "Reports");
        view_flag(view, "come", come);
        view_each(view, "months", "admin/reports.month.html", months.n, month_row, &months);
        return view_reply(view, come ? HTTP_NOT_FOUND : HTTP_OK);
}

/* GET /reports */
static enum http_status
reports_show(struct request *req)
{
        return show_months(req, false);
}

static void
sum_row(struct view *view, size_t i, void *data)
{
        const struct books_sum_row *row = &((const struct books *)data)->sums[i];

        view_row(view, "", &books_sum_row_type, row);
        view_number(view, "n_receipts", row->receipts);
        view_number(view, "n_credit_notes", row->credit_notes);
        view_money(view, "papers", row->receipts_minor - row->credit_notes_minor, row->currency);
        view_money(view, "books", row->revenue_minor - row->refunds_minor, row->currency);
        view_flag(view, "agrees", row->receipts_minor == row->revenue_minor && row->credit_notes_minor == row->refunds_minor);
}

/* GET /reports/:month */
static enum http_status
month_show(struct request *req)
{
        struct books books;
        struct view *view;
        enum db_status rc;

        if (!read_month(req, &books))
                return reply_error(req, HTTP_NOT_FOUND);
        books_sums_ask(req->db, books.since, books.until, &books.sums, &books.n_sums);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (is_to_come(&books))
                return show_months(req, true);
        view = view_new(req, "admin/report.html");
        view_text(view, "page_title", books.name);
        view_text(view, "month", param_text(req, "month"));
        view_flag(view, "running", books.until > req->identity.now_at);
        view_each(view, "sums", "admin/report.sum.html", books.n_sums, sum_row, &books);
        return view_reply(view, HTTP_OK);
}

/* --- files ----------------------------------------------------------------------- */

static const char *
what_words(const char *what)
{
        static const struct { const char *what, *words; } words[] = {
                { "payment", "Payment" }, { "fee", "Fee" }, { "refund", "Refund" }, { "refund-failed", "Refund that came back" },
                { "payout", "Payout of the provider" }, { "dispute", "Dispute" }, { "dispute-won", "Dispute won" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
                if (strcmp(words[i].what, what) == 0)
                        return words[i].words;
        return what;
}

static const char *
plain_money(struct pool *pool, int64_t minor, const char *currency)
{
        char *text = pool_alloc(pool, 32);

        money_plain(minor, currency, text, 32);
        return text;
}

static const char *
account_words(const char *account)
{
        return strcmp(account, "bank") == 0 ? "Bank" : "Payment provider";
}

/* The day in the shop's zone, 2026-11-04. */
static const char *
day_of(const struct books *books, instant at)
{
        GTimeZone *zone = g_time_zone_new_identifier(books->req->config->zone);
        GDateTime *utc = g_date_time_new_from_unix_utc(at / CLOCK_SECOND);
        GDateTime *local = g_date_time_to_timezone(utc, zone);
        char *text = g_date_time_format(local, "%Y-%m-%d");
        const char *copy = pool_strdup(books->req->pool, text);

        g_free(text);
        g_date_time_unref(local);
        g_date_time_unref(utc);
        g_time_zone_unref(zone);
        return copy;
}

/* One field of RFC 4180.  A text that a spreadsheet would calculate begins with an apostrophe. */
static void
put_field(GString *out, const char *text, bool figure, char after)
{
        bool quote = strpbrk(text, ",\"\r\n") != NULL;
        bool formula = !figure && text[0] != '\0' && strchr("=+-@\t", text[0]) != NULL;

        if (quote)
                g_string_append_c(out, '"');
        if (formula)
                g_string_append_c(out, '\'');
        for (; *text != '\0'; text++) {
                if (*text == '"')
                        g_string_append_c(out, '"');
                g_string_append_c(out, *text);
        }
        if (quote)
                g_string_append_c(out, '"');
        g_string_append(out, after == '\n' ? "\r\n" : ",");
}

static void
put_papers(GString *out, const struct books *books)
{
        struct pool *pool = books->req->pool;

        g_string_append(out, "kind,number,issued,order,country,tax rate,net,tax,gross,currency,paid with\r\n");
        for (size_t i = 0; i < books->n_papers; i++) {
                const struct books_paper_row *row = &books->papers[i];

                put_field(out, strcmp(row->kind, "receipt") == 0 ? "receipt" : "credit note", false, ',');
                put_field(out, row->number, false, ',');
                put_field(out, day_of(books, row->issued_at), false, ',');
                put_field(out, row->order_number, false, ',');
                put_field(out, row->country, false, ',');
                put_field(out, pool_printf(pool, "%d.%02d", row->tax_bp / 100, row->tax_bp % 100), true, ',');
                put_field(out, plain_money(pool, row->net_minor, row->currency), true, ',');
                put_field(out, plain_money(pool, row->tax_minor, row->currency), true, ',');
                put_field(out, plain_money(pool, row->gross_minor, row->currency), true, ',');
                put_field(out, row->currency, false, ',');
                put_field(out, row->paid_with, false, '\n');
        }
}

static void
put_moves(GString *out, const struct books *books)
{
        g_string_append(out, "what,booked,order,account,amount,currency\r\n");
        for (size_t i = 0; i < books->n_moves; i++) {
                const struct books_move_row *row = &books->moves[i];

                put_field(out, what_words(row->what), false, ',');
                put_field(out, day_of(books, row->at), false, ',');
                put_field(out, row->order_number != NULL ? row->order_number : "", false, ',');
                put_field(out, account_words(row->account), false, ',');
                put_field(out, plain_money(books->req->pool, row->amount_minor, row->currency), true, ',');
                put_field(out, row->currency, false, '\n');
        }
}

static enum http_status
reply_csv(struct request *req, const struct books *books, const char *file)
{
        GString *out = g_string_new("");
        const char *text;
        size_t len;

        if (strcmp(file, "receipts.csv") == 0)
                put_papers(out, books);
        else
                put_moves(out, books);
        len = out->len;
        text = pool_strndup(req->pool, out->str, out->len);
        g_string_free(out, TRUE);
        return reply_body(req, HTTP_OK, "text/csv; charset=utf-8", text, len);
}

static const struct table_column sum_columns[] = {
        { "Currency", 0.12, false }, { "Receipts", 0.16, true }, { "Credit notes", 0.16, true }, { "Tax", 0.12, true },
        { "Fees", 0.12, true }, { "Disputes", 0.12, true }, { "Provider", 0.1, true }, { "Bank", 0.1, true },
};
static const struct table_column paper_columns[] = {
        { "Number", 0.16, false }, { "Issued", 0.12, false }, { "Order", 0.14, false }, { "Country", 0.09, false },
        { "Tax rate", 0.1, true }, { "Net", 0.13, true }, { "Tax", 0.11, true }, { "Gross", 0.15, true },
};
static const struct table_column move_columns[] = {
        { "What", 0.22, false }, { "Booked", 0.16, false }, { "Order", 0.2, false }, { "Account", 0.22, false },
        { "Amount", 0.2, true },
};

static const char **
sum_cells(const struct books *books)
{
        struct pool *pool = books->req->pool;
        const char **cells = pool_alloc(pool, (books->n_sums * 8 + 1) * sizeof(*cells));

        for (size_t i = 0; i < books->n_sums; i++) {
                const struct books_sum_row *row = &books->sums[i];
                const int64_t figures[] = { row->receipts_minor, -row->credit_notes_minor, row->tax_minor, -row->fees_minor,
                                            -row->disputes_minor, row->gateway_minor, row->bank_minor };

                cells[i * 8] = row->currency;
                for (size_t k = 0; k < 7; k++)
                        cells[i * 8 + 1 + k] = money_number(pool, figures[k], row->currency, books->req->config->locale);
        }
        return cells;
}

static const char **
paper_cells(const struct books *books)
{
        struct pool *pool = books->req->pool;
        const char *locale = books->req->config->locale;
        const char **cells = pool_alloc(pool, (books->n_papers * 8 + 1) * sizeof(*cells));

        for (size_t i = 0; i < books->n_papers; i++) {
                const struct books_paper_row *row = &books->papers[i];
                const char *all[] = { row->number, day_of(books, row->issued_at), row->order_number, row->country,
                                      money_rate(pool, row->tax_bp, locale),
                                      money_number(pool, row->net_minor, row->currency, locale),
                                      money_number(pool, row->tax_minor, row->currency, locale),
                                      money_format(pool, row->gross_minor, row->currency, locale) };

                memcpy(cells + i * 8, all, sizeof all);
        }
        return cells;
}

static const char **
move_cells(const struct books *books)
{
        struct pool *pool = books->req->pool;
        const char **cells = pool_alloc(pool, (books->n_moves * 5 + 1) * sizeof(*cells));

        for (size_t i = 0; i < books->n_moves; i++) {
                const struct books_move_row *row = &books->moves[i];
                const char *all[] = { what_words(row->what), day_of(books, row->at),
                                      row->order_number != NULL ? row->order_number : "", account_words(row->account),
                                      money_format(pool, row->amount_minor, row->currency, books->req->config->locale) };

                memcpy(cells + i * 5, all, sizeof all);
        }
        return cells;
}

static enum http_status
reply_pdf(struct request *req, const struct books *books)
{
        const struct table tables[] = {
                { "Sums", "Nothing was sold and no money moved.", sum_columns, G_N_ELEMENTS(sum_columns), sum_cells(books),
                  books->n_sums },
                { "Receipts and credit notes", "None were issued.", paper_columns, G_N_ELEMENTS(paper_columns),
                  paper_cells(books), books->n_papers },
                { "Money in and out", "None moved.", move_columns, G_N_ELEMENTS(move_columns), move_cells(books),
                  books->n_moves },
        };
        const struct table_report report = {
                .title = books->name,
                .about = books->until > req->identity.now_at
                         ? "Receipts, credit notes, fees and money in and out. This month is not over."
                         : "Receipts, credit notes, fees and money in and out",
                .author = req->config->seller_name,
                .made_at = format_rfc3339(req->pool, req->identity.now_at),
                .tables = tables, .n_tables = G_N_ELEMENTS(tables),
        };
        size_t len;
        const void *pdf = table_pdf(req->pool, &report, &len);

        return pdf != NULL ? reply_body(req, HTTP_OK, "application/pdf", pdf, len) : reply_error(req, HTTP_INTERNAL);
}

/* GET /reports/:month/:file */
static enum http_status
file_show(struct request *req)
{
        const char *file = param_text(req, "file");
        struct books books;
        enum db_status rc;

        if (!read_month(req, &books))
                return reply_error(req, HTTP_NOT_FOUND);
        books_papers_ask(req->db, books.since, books.until, &books.papers, &books.n_papers);
        books_moves_ask(req->db, books.since, books.until, &books.moves, &books.n_moves);
        books_sums_ask(req->db, books.since, books.until, &books.sums, &books.n_sums);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (is_to_come(&books))
                return reply_error(req, HTTP_NOT_FOUND);
        reply_header(req, "Content-Disposition",
                     pool_printf(req->pool, "attachment; filename=\"%s-%s\"", param_text(req, "month"), file));
        return strcmp(file, "report.pdf") == 0 ? reply_pdf(req, &books) : reply_csv(req, &books, file);
}

const struct route reports_routes[] = {
        { GET, "/reports", STAFF, NULL, reports_show, 0, "report" },
        { GET, "/reports/:month", STAFF, month_params, month_show, 0, "report" },
        { GET, "/reports/:month/:file", STAFF, file_params, file_show, 0, "report" },
        ROUTE_END
};
