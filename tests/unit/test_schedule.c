/* Schedules: what is read from words; and, for 200,000 random plans, that the database's one place that
 * counts days and splits sums does both exactly, around nights on which the clocks change too. */
#include "domain/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <libpq-fe.h>

#include "private_pg.h"

/* Sanitizers look for another kind of mistake: a tenth is enough for them. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif
enum { PLANS = SANITIZED ? 20000 : 200000 };
enum { BATCH = 4000, ROWS_MOST = 60 };

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

/* --- words --- */

static void
words_become_what_the_catalogue_keeps(void **state)
{
        static const struct { struct schedule typed; const char *json; } all[] = {
                { { "full", "3", "x", "50" }, "" },
                { { "monthly", "3", NULL, NULL }, "{\"kind\": \"instalments\", \"count\": 3, \"every\": \"month\"}" },
                { { "weekly", " 60 ", NULL, "" }, "{\"kind\": \"instalments\", \"count\": 60, \"every\": \"week\"}" },
                { { "fortnightly", "1", NULL, "50.00" }, "{\"kind\": \"instalments\", \"count\": 1, \"every\": \"fortnight\", \"deposit_minor\": 5000}" },
                { { "monthly", "2", NULL, "25%" }, "{\"kind\": \"instalments\", \"count\": 2, \"every\": \"month\", \"deposit_bp\": 2500}" },
                { { "monthly", "2", NULL, "12.5 %" }, "{\"kind\": \"instalments\", \"count\": 2, \"every\": \"month\", \"deposit_bp\": 1250}" },
                { { "monthly", "2", NULL, "0.05%" }, "{\"kind\": \"instalments\", \"count\": 2, \"every\": \"month\", \"deposit_bp\": 5}" },
                { { "dates", "9", "2028-02-29,\r\n2028-03-01", NULL }, "{\"kind\": \"instalments\", \"days\": [\"2028-02-29\", \"2028-03-01\"]}" },
                { { "sub_quarter", "9", NULL, "50.00" }, "{\"kind\": \"subscription\", \"every\": \"quarter\"}" },
        };
        struct schedule_fault fault;

        (void)state;
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
                assert_string_equal(schedule_json(pool, &all[i].typed, "EUR", &fault), all[i].json);
}

static void
what_cannot_be_names_its_field(void **state)
{
        static const struct { struct schedule typed; const char *field; } all[] = {
                { { NULL, NULL, NULL, NULL }, "way" }, { { "daily", "3", NULL, NULL }, "way" },
                { { "monthly", "", NULL, NULL }, "count" }, { { "monthly", "1", NULL, NULL }, "count" },
                { { "monthly", "61", NULL, NULL }, "count" }, { { "monthly", "60", NULL, "5.00" }, "count" },
                { { "monthly", "-3", NULL, NULL }, "count" }, { { "monthly", "3.5", NULL, NULL }, "count" },
                { { "monthly", "99999999999999999999", NULL, NULL }, "count" },
                { { "monthly", "3", NULL, "-5.00" }, "deposit" }, { { "monthly", "3", NULL, "5.001" }, "deposit" },
                { { "monthly", "3", NULL, "99999999999999999999" }, "deposit" }, { { "monthly", "3", NULL, "0" }, "deposit" },
                { { "monthly", "3", NULL, "100%" }, "deposit" }, { { "monthly", "3", NULL, "0%" }, "deposit" },
                { { "monthly", "3", NULL, "25%%" }, "deposit" }, { { "monthly", "3", NULL, "1.234%" }, "deposit" },
                { { "dates", NULL, " ", NULL }, "days" }, { { "dates", NULL, "2027-02-31", NULL }, "days" },
                { { "dates", NULL, "2027-02-29", NULL }, "days" }, { { "dates", NULL, "2027-13-01", NULL }, "days" },
                { { "dates", NULL, "1.2.2027", NULL }, "days" }, { { "dates", NULL, "2027-1-01x", NULL }, "days" },
        };

        (void)state;
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
                struct schedule_fault fault = { "", "" };

                assert_null(schedule_json(pool, &all[i].typed, "EUR", &fault));
                assert_string_equal(fault.field, all[i].field);
                assert_true(fault.words[0] != '\0');
        }
        assert_string_equal(schedule_fault_of("past").field, "days");
}

/* --- days and amounts --- */

struct plan {
        const char *every;      /* NULL: fixed days */
        bool period;            /* a subscription: its days alone */
        int count;              /* of all amounts */
        int64_t amount, deposit_minor, step;
        int deposit_bp;
        GDate anchor, days[ROWS_MOST];
};

static const char *const zones[] = { "Europe/Berlin", "America/New_York", "America/Santiago", "Africa/Cairo", "Asia/Beirut",
                                     "Australia/Lord_Howe", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "America/Havana" };

/* TO has room for 16. */
static char *
day_text(char *to, const GDate *day)
{
        g_date_strftime(to, 16, "%Y-%m-%d", day);
        return to;
}

/* A plan that holds; ends of months are frequent. */
static void
make(struct plan *plan, GRand *rand)
{
        static const char *const every[] = { "week", "fortnight", "month" }, *const periods[] = { "week", "month", "quarter", "year" };
        int n = g_rand_int_range(rand, 2, 13);
        GDateYear year = (GDateYear)g_rand_int_range(rand, 2024, 2037);
        GDateMonth month = (GDateMonth)g_rand_int_range(rand, 1, 13);
        int last = g_date_get_days_in_month(month, year);

        if (g_rand_int_range(rand, 0, 20) == 0)
                n = g_rand_int_range(rand, 2, 61);
        memset(plan, 0, sizeof *plan);
        plan->count = n;
        plan->period = g_rand_int_range(rand, 0, 8) == 0;
        plan->every = plan->period ? periods[g_rand_int_range(rand, 0, 4)] : every[g_rand_int_range(rand, 0, 3)];
        g_date_set_dmy(&plan->anchor, (GDateDay)(g_rand_boolean(rand) ? last - g_rand_int_range(rand, 0, 3) : g_rand_int_range(rand, 1, last + 1)), month, year);
        plan->amount = n + g_rand_int_range(rand, 0, 1 << g_rand_int_range(rand, 1, 31));
        if (!plan->period && g_rand_int_range(rand, 0, 3) == 0) {
                if (g_rand_boolean(rand))
                        plan->deposit_minor = g_rand_int_range(rand, 1, (gint32)MIN(plan->amount - n + 2, INT32_MAX));
                else
                        plan->deposit_bp = g_rand_int_range(rand, 1, 10000);
        }
        if (!plan->period && g_rand_int_range(rand, 0, 5) == 0) {
                plan->every = NULL;
                plan->days[0] = plan->anchor;
                for (int i = 1; i < n; i++) {
                        plan->days[i] = plan->days[i - 1];
                        g_date_add_days(&plan->days[i], (guint)g_rand_int_range(rand, 1, 30));
                }
        }
        plan->step = g_rand_int_range(rand, 0, 4) == 0 ? 10 : 1;
        plan->amount = plan->amount * plan->step + g_rand_int_range(rand, 0, (gint32)plan->step);
        plan->deposit_minor *= plan->step;
}

static void
describe(GString *json, const struct plan *plan)
{
        char day[16];

        g_string_append(json, "{\"kind\": \"instalments\"");
        if (plan->every != NULL)
                g_string_append_printf(json, ", \"every\": \"%s\", \"count\": %d", plan->every, plan->count - (plan->deposit_minor + plan->deposit_bp > 0));
        for (int i = 1; plan->every == NULL && i < plan->count; i++)
                g_string_append_printf(json, "%s\"%s\"%s", i == 1 ? ", \"days\": [" : ", ", day_text(day, &plan->days[i]), i == plan->count - 1 ? "]" : "");
        if (plan->deposit_minor > 0)
                g_string_append_printf(json, ", \"deposit_minor\": %lld", (long long)plan->deposit_minor);
        if (plan->deposit_bp > 0)
                g_string_append_printf(json, ", \"deposit_bp\": %d", plan->deposit_bp);
        g_string_append_c(json, '}');
}

/* The N-th day, counted by another library than the database's. */
static GDate
day_of(const struct plan *plan, int n)
{
        GDate day = plan->anchor;
        const char *every = plan->every;

        if (every == NULL)
                return plan->days[n];
        if (strcmp(every, "week") == 0 || strcmp(every, "fortnight") == 0)
                g_date_add_days(&day, (guint)(n * (every[0] == 'w' ? 7 : 14)));
        else
                g_date_add_months(&day, (guint)(n * (every[0] == 'm' ? 1 : every[0] == 'q' ? 3 : 12)));
        return day;
}

/* "2026-01-31:3334 2026-02-28:3333": every property of a schedule. */
static void
check(const struct plan *plan, const char *rows)
{
        int64_t sum = 0, deposit = 0, least = INT64_MAX, most = 0, before = INT64_MAX;
        bool has_deposit = plan->deposit_minor + plan->deposit_bp > 0;
        char **all = g_strsplit(rows, " ", -1), was[16] = "", day[16];

        assert_int_equal(g_strv_length(all), plan->count);
        for (int i = 0; i < plan->count; i++) {
                GDate expected = day_of(plan, i);
                int64_t amount = g_ascii_strtoll(all[i] + 11, NULL, 10);

                all[i][10] = '\0';
                assert_string_equal(all[i], day_text(day, &expected));
                assert_true(strcmp(all[i], was) > 0);
                g_strlcpy(was, all[i], sizeof was);
                sum += amount;
                /* What is less than a step comes with the last one. */
                if (i == plan->count - 1)
                        amount -= plan->amount % plan->step;
                assert_true(plan->period || amount % plan->step == 0);
                if (i == 0 && has_deposit) {
                        deposit = amount;
                        continue;
                }
                assert_true(amount <= before);
                before = amount;
                least = MIN(least, amount);
                most = MAX(most, amount);
        }
        g_strfreev(all);
        if (plan->period)
                return;
        assert_true(sum == plan->amount);
        assert_true(least >= plan->step && most - least <= plan->step);
        if (plan->deposit_minor > 0)
                assert_true(deposit == plan->deposit_minor);
        if (plan->deposit_bp > 0)
                assert_true(ABS(deposit * 10000 - plan->amount * plan->deposit_bp) <= 5000 * plan->step);
}

static PGconn *
connect_with_functions(void)
{
        const char *why = NULL, *info = private_pg_start(&why);
        char *path = g_build_filename(getenv("srcdir") != NULL ? getenv("srcdir") : ".", "sql/functions/30_plan.sql", NULL), *text, *end;
        char *target;
        PGconn *conn;
        PGresult *result;

        if (info == NULL) {
                print_message("skipped: %s\n", why);
                skip();
        }
        target = g_strconcat(info, " user=postgres", NULL);
        conn = PQconnectdb(target);
        g_free(target);
        assert_int_equal(PQstatus(conn), CONNECTION_OK);
        PQclear(PQexec(conn, "CREATE ROLE lk_owner; CREATE ROLE lk_definer; GRANT CREATE ON DATABASE postgres TO lk_definer; "
                             "CREATE SCHEMA latchkey AUTHORIZATION lk_definer; SET search_path = latchkey; SET timezone = 'UTC'; SET jit = off"));
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        end = strstr(text, "-- --- words ---");
        assert_non_null(end);
        *end = '\0';
        result = PQexec(conn, text);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
                fail_msg("%s", PQresultErrorMessage(result));
        PQclear(result);
        PQclear(PQexec(conn, "RESET ROLE"));
        g_free(text);
        g_free(path);
        return conn;
}

/* Rows of each plan, what is wrong with it, and, for a fourth of them, whether the hourly round finds the
 * due on its own day: the first round that finds it due there is on that day.  The rounds begin two hours
 * before midnight, which may come twice or not at all. */
static const char ask[] =
        "SELECT x.rows, CASE WHEN NOT p.period AND p.i % 8 = 0 THEN schedule_fault(p.s, p.a, p.t) END, coalesce(x.found, true) "
        "FROM unnest($1::jsonb[], $2::bigint[], $3::date[], $4::text[], $5::boolean[], $6::bigint[]) WITH ORDINALITY p(s, a, d, z, period, t, i)"
        "     CROSS JOIN LATERAL (SELECT string_agg(r.due_on || ':' || r.amount_minor, ' ' ORDER BY r.seq) AS rows,"
        "                         bool_and((h.at AT TIME ZONE p.z)::date < r.due_on"
        "                         AND (SELECT day FROM (SELECT k, ((h.at + k * interval '1 hour') AT TIME ZONE p.z)::date AS day FROM generate_series(1, 4) k) t"
        "                              WHERE day >= r.due_on ORDER BY k LIMIT 1) = r.due_on) FILTER (WHERE (r.seq + p.i) % 4 = 0) AS found"
        "                         FROM (SELECT seq, due_on, amount_minor FROM schedule_rows(p.s, p.a, p.d, p.t) WHERE NOT p.period"
        "                               UNION ALL SELECT k, schedule_day(p.d, p.s ->> 'every', k - 1), 1"
        "                               FROM generate_series(1, CASE WHEN p.period THEN (p.s ->> 'count')::integer END) k) r"
        "                         CROSS JOIN LATERAL (SELECT date_trunc('hour', r.due_on::timestamp AT TIME ZONE p.z) - interval '2 hours' AS at) h) x "
        "ORDER BY p.i";

static void
plans_of_every_kind_are_exact(void **state)
{
        PGconn *conn = connect_with_functions();
        GRand *rand = g_rand_new_with_seed(20261122);
        struct plan *plans = g_new(struct plan, BATCH);

        (void)state;
        for (int done = 0; done < PLANS; done += BATCH) {
                GString *lists[6], *json = g_string_new("");
                const char *values[6];
                PGresult *result;

                for (int i = 0; i < 6; i++)
                        lists[i] = g_string_new("{");
                for (int i = 0; i < BATCH; i++) {
                        char day[16], *quoted;
                        const char *comma = i > 0 ? "," : "";

                        do      /* a share may leave less than a unit for each */
                                make(&plans[i], rand);
                        while (plans[i].deposit_bp > 0 && plans[i].amount < 20000 * plans[i].count * plans[i].step);
                        g_string_truncate(json, 0);
                        describe(json, &plans[i]);
                        quoted = g_strescape(json->str, NULL);
                        g_string_append_printf(lists[0], "%s\"%s\"", comma, quoted);
                        g_free(quoted);
                        g_string_append_printf(lists[1], "%s%lld", comma, (long long)plans[i].amount);
                        g_string_append_printf(lists[2], "%s%s", comma, day_text(day, &plans[i].anchor));
                        g_string_append_printf(lists[3], "%s%s", comma, zones[g_rand_int_range(rand, 0, (gint32)G_N_ELEMENTS(zones))]);
                        g_string_append_printf(lists[4], "%s%s", comma, plans[i].period ? "t" : "f");
                        g_string_append_printf(lists[5], "%s%lld", comma, (long long)plans[i].step);
                }
                for (int i = 0; i < 6; i++)
                        values[i] = g_string_append_c(lists[i], '}')->str;
                result = PQexecParams(conn, ask, 6, NULL, values, NULL, NULL, 0);
                if (PQresultStatus(result) != PGRES_TUPLES_OK)
                        fail_msg("%s", PQresultErrorMessage(result));
                assert_int_equal(PQntuples(result), BATCH);
                for (int i = 0; i < BATCH; i++) {
                        assert_string_equal(PQgetvalue(result, i, 1), "");
                        assert_string_equal(PQgetvalue(result, i, 2), "t");
                        check(&plans[i], PQgetvalue(result, i, 0));
                }
                PQclear(result);
                for (int i = 0; i < 6; i++)
                        g_string_free(lists[i], TRUE);
                g_string_free(json, TRUE);
        }
        g_free(plans);
        g_rand_free(rand);
        PQfinish(conn);
        private_pg_stop();
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(words_become_what_the_catalogue_keeps, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_cannot_be_names_its_field, set_up, tear_down),
                cmocka_unit_test(plans_of_every_kind_are_exact),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
