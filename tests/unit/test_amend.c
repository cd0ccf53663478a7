/* What becomes of a plan when its customer needs something else: what is offered, what it costs,
 * which limit is in the way, and that sums and days hold whatever is asked for (S1.6, S1.7). */
#include "domain/amend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int32_t
on(int year, int month, int day)
{
        struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

        return (int32_t)(timegm(&tm) / 86400);
}

/* DAY of the month K months after that of FROM, or its last one; counted by the C library alone. */
static int32_t
month_on(int32_t from, int k, int day)
{
        time_t at = (time_t)from * 86400;
        int32_t first, last;
        struct tm tm;

        gmtime_r(&at, &tm);
        first = on(tm.tm_year + 1900, tm.tm_mon + 1 + k, 1);
        last = on(tm.tm_year + 1900, tm.tm_mon + 2 + k, 1) - 1;
        return first + day - 1 < last ? first + day - 1 : last;
}

static int
day_of_month(int32_t on)
{
        time_t at = (time_t)on * 86400;
        struct tm tm;

        gmtime_r(&at, &tm);
        return tm.tm_mday;
}

static const struct amend_rule kind_rule = {
        .deposit_percent = 10,
        .smallest_minor = 1000,
        .count_most = 12,
        .longest_months = 12,
        .later_days = 50,
        .changes_most = 2,
        .changes_days = 30,
        .grace_days = 14,
        .early_percent = 2,
};

struct house {
        struct amend_row rows[AMEND_ROWS_MAX], agreed[AMEND_ROWS_MAX];
        struct amend_facts facts;
};

/* Four payments of 100.00 on the last day of the month from 31 January 2027; one is paid. */
static struct house *
four(void)
{
        static struct house h;

        h = (struct house){.agreed = {{on(2027, 1, 31), 10000},
                                      {on(2027, 2, 28), 10000},
                                      {on(2027, 3, 31), 10000},
                                      {on(2027, 4, 30), 10000}}};
        memcpy(h.rows, h.agreed + 1, 3 * sizeof(h.rows[0]));
        h.facts = (struct amend_facts){.today = on(2027, 2, 20),
                                       .anchor_on = on(2027, 1, 31),
                                       .count = 4,
                                       .paid_minor = 10000,
                                       .step_minor = 1,
                                       .rows = h.rows,
                                       .n = 3,
                                       .agreed = h.agreed,
                                       .n_agreed = 4};
        return &h;
}

static struct amend_plan
plan(const struct house *h, struct amend_wish wish)
{
        struct amend_plan made;

        amend_make(&h->facts, &kind_rule, &wish, &made);
        return made;
}

static void
one_date_moves_and_nothing_else(void **state)
{
        struct amend_plan p =
                plan(four(),
                     (struct amend_wish){.need = AMEND_MOVE, .which = 0, .to_on = on(2027, 3, 12)});

        (void)state;
        assert_int_equal(p.verdict, AMEND_FITS);
        assert_int_equal(p.n, 3);
        assert_int_equal(p.rows[0].on, on(2027, 3, 12));
        assert_int_equal(p.rows[1].on, on(2027, 3, 31));
        p = plan(four(),
                 (struct amend_wish){.need = AMEND_MOVE, .which = 0, .to_on = on(2027, 2, 19)});
        assert_int_equal(p.verdict, AMEND_WRONG);
        assert_int_equal(p.limit, AMEND_PAST);
        p = plan(four(),
                 (struct amend_wish){.need = AMEND_MOVE, .which = 0, .to_on = on(2027, 2, 28)});
        assert_int_equal(p.limit, AMEND_SAME);
        p = plan(four(),
                 (struct amend_wish){.need = AMEND_MOVE, .which = 7, .to_on = on(2027, 3, 1)});
        assert_int_equal(p.limit, AMEND_NO_SUCH);
        p = plan(four(),
                 (struct amend_wish){.need = AMEND_MOVE, .which = 2, .to_on = INT32_MAX - 1000});
        assert_int_equal(p.limit, AMEND_FAR);
        /* Money is money: the other payments come in its place, so the last of them has 50 days. */
        p = plan(four(),
                 (struct amend_wish){.need = AMEND_MOVE, .which = 0, .to_on = on(2027, 6, 19)});
        assert_int_equal(p.verdict, AMEND_FITS);
        assert_int_equal(p.rows[0].on, on(2027, 3, 31));
        p = plan(four(),
                 (struct amend_wish){.need = AMEND_MOVE, .which = 0, .to_on = on(2027, 6, 20)});
        assert_int_equal(p.verdict, AMEND_ASKS);
        assert_int_equal(p.limit, AMEND_LATE);
        assert_int_equal(p.n, 3);
        /* Two on one day are one. */
        p = plan(four(),
                 (struct amend_wish){.need = AMEND_MOVE, .which = 0, .to_on = on(2027, 3, 31)});
        assert_int_equal(p.n, 2);
        assert_int_equal(p.rows[0].minor, 20000);
}

static void
months_end_where_they_end(void **state)
{
        struct house *h;
        struct amend_plan p = plan(four(), (struct amend_wish){.need = AMEND_SKIP, .which = 0});

        (void)state;
        assert_int_equal(p.n, 3);
        assert_int_equal(p.rows[0].on, on(2027, 3, 31));
        assert_int_equal(p.rows[2].on, on(2027, 5, 31));
        p = plan(four(), (struct amend_wish){.need = AMEND_PAUSE, .months = 1});
        assert_int_equal(p.verdict, AMEND_FITS);
        assert_int_equal(p.rows[0].on, on(2027, 3, 31));
        assert_int_equal(p.rows[1].on, on(2027, 4, 30));
        assert_int_equal(p.rows[2].on, on(2027, 5, 31));
        p = plan(four(), (struct amend_wish){.need = AMEND_DAY, .day = 5});
        assert_int_equal(p.rows[0].on, on(2027, 3, 5));
        assert_int_equal(p.rows[2].on, on(2027, 5, 5));
        p = plan(four(), (struct amend_wish){.need = AMEND_DAY, .day = 31});
        assert_int_equal(p.limit, AMEND_SAME);
        p = plan(four(), (struct amend_wish){.need = AMEND_DAY, .day = 32});
        assert_int_equal(p.verdict, AMEND_WRONG);
        p = plan(four(), (struct amend_wish){.need = AMEND_SMALLER, .parts = 4});
        assert_int_equal(p.verdict, AMEND_FITS);
        assert_int_equal(p.rows[0].on, on(2027, 2, 28));
        assert_int_equal(p.rows[3].on, on(2027, 5, 31));
        assert_int_equal(p.rows[0].minor, 7500);
        p = plan(four(), (struct amend_wish){.need = AMEND_SMALLER, .parts = 7});
        assert_int_equal(p.limit, AMEND_LATE);
        assert_int_equal(p.rows[0].minor, 4286);
        assert_int_equal(p.rows[6].minor, 4285);
        h = four();
        h->facts.step_minor = 10;
        p = plan(h, (struct amend_wish){.need = AMEND_SMALLER, .parts = 7});
        assert_int_equal(p.rows[0].minor, 4290);
        assert_int_equal(p.rows[6].minor, 4280);
        h->rows[0].minor = 10030;
        p = plan(h, (struct amend_wish){.need = AMEND_EARLY, .chosen = 1});
        assert_int_equal(p.discount_minor, 200);
}

static void
paying_early_is_cheaper_by_the_rule(void **state)
{
        struct amend_plan p = plan(four(), (struct amend_wish){.need = AMEND_EARLY, .chosen = 7});

        (void)state;
        assert_int_equal(p.verdict, AMEND_FITS);
        assert_int_equal(p.n, 1);
        assert_int_equal(p.rows[0].on, on(2027, 2, 20));
        assert_int_equal(p.rows[0].minor, 29400);
        assert_int_equal(p.discount_minor, 600);
        p = plan(four(), (struct amend_wish){.need = AMEND_EARLY, .chosen = 4});
        assert_int_equal(p.n, 3);
        assert_int_equal(p.rows[0].minor, 9800);
        assert_int_equal(p.rows[2].on, on(2027, 3, 31));
        assert_int_equal(
                plan(four(), (struct amend_wish){.need = AMEND_EARLY, .chosen = 8}).verdict,
                AMEND_WRONG);
}

static void
each_limit_sends_it_to_a_person(void **state)
{
        struct house *h = four();
        struct amend_wish pause = {.need = AMEND_PAUSE, .months = 1};
        struct amend_rule rule = kind_rule;
        struct amend_plan p;

        (void)state;
        h->facts.changes = 2;
        assert_int_equal(plan(h, pause).limit, AMEND_CHANGES);
        h = four();
        h->facts.changed_on = h->facts.today - 29;
        assert_int_equal(plan(h, pause).limit, AMEND_SPACING);
        h->facts.changed_on--;
        assert_int_equal(plan(h, pause).verdict, AMEND_FITS);
        h = four();
        h->facts.today = on(2027, 3, 15);
        assert_int_equal(plan(h, pause).limit, AMEND_OVERDUE);
        h = four();
        rule.deposit_percent = 26;
        amend_make(&h->facts, &rule, &pause, &p);
        assert_int_equal(p.limit, AMEND_DEPOSIT);
        rule = kind_rule;
        rule.smallest_minor = 7501;
        amend_make(&h->facts, &rule, &(struct amend_wish){.need = AMEND_SMALLER, .parts = 4}, &p);
        assert_int_equal(p.limit, AMEND_SMALL);
        rule = kind_rule;
        rule.count_most = 4;
        amend_make(&h->facts, &rule, &(struct amend_wish){.need = AMEND_SMALLER, .parts = 4}, &p);
        assert_int_equal(p.limit, AMEND_COUNT);
        rule = kind_rule;
        rule.longest_months = 3;
        amend_make(&h->facts, &rule, &pause, &p);
        assert_int_equal(p.limit, AMEND_LONG);
        rule = kind_rule;
        rule.fee_minor = 500;
        amend_make(&h->facts, &rule, &pause, &p);
        assert_int_equal(p.verdict, AMEND_FITS);
        assert_int_equal(p.rows[2].minor, 10500);
        assert_int_equal(p.fee_minor, 500);
}

/* A plan by the month that was not changed so far: each day is where the calendar has it. */
static void
check_months(const struct house *h, const struct amend_wish *wish, const struct amend_plan *p)
{
        int day = day_of_month(h->facts.anchor_on);
        size_t n = h->facts.n;

        if (wish->need == AMEND_PAUSE)
                for (size_t i = 0; i < n; i++)
                        assert_int_equal(p->rows[i].on, month_on(h->rows[i].on, wish->months, day));
        if (wish->need == AMEND_SKIP)
                assert_int_equal(p->rows[n - 1].on, month_on(h->rows[n - 1].on, 1, day));
        if (wish->need == AMEND_SMALLER && h->rows[0].on >= h->facts.today)
                for (size_t i = 0; i < p->n; i++)
                        assert_int_equal(p->rows[i].on, month_on(h->rows[0].on, (int)i, day));
        if (wish->need == AMEND_DAY)
                for (size_t i = 0; i < p->n; i++)
                        assert_int_equal(p->rows[i].on, month_on(p->rows[0].on, (int)i, wish->day));
}

static uint64_t seed = 20261122;

static int
dice(int n)
{
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return (int)((seed >> 33) % (uint64_t)n);
}

static void
begin(struct house *h)
{
        int n = 1 + dice(12), paid = dice(n), day = on(2024, 1, 1) + dice(1500);
        int64_t each = 1 + dice(dice(4) == 0 ? 2000000000 : 20000);

        *h = (struct house){.facts = {.anchor_on = day,
                                      .step_days = dice(3) == 0 ? 7 * (1 + dice(2)) : 0,
                                      .step_minor = dice(4) == 0 ? 10 : 1,
                                      .count = n}};
        /* Ends of months are frequent. */
        if (dice(2) == 0)
                h->facts.anchor_on = day = month_on(day, 0, 31 - dice(4));
        for (int i = 0; i < n; i++) {
                h->agreed[i].on = h->facts.step_days > 0 ? day + i * h->facts.step_days
                                                         : month_on(day, i, day_of_month(day));
                h->agreed[i].minor = (each + (i == 0 ? dice(3) : 0)) * h->facts.step_minor;
        }
        for (int i = 0; i < paid; i++)
                h->facts.paid_minor += h->agreed[i].minor;
        h->facts.rows = h->rows;
        h->facts.agreed = h->agreed;
        h->facts.n_agreed = (size_t)n;
        h->facts.n = (size_t)(n - paid);
        memcpy(h->rows, h->agreed + paid, h->facts.n * sizeof(h->rows[0]));
        h->facts.today = h->rows[0].on - 40 + dice(60);
}

static void
check(const struct house *h, const struct amend_rule *rule, const struct amend_wish *wish,
      const struct amend_plan *p)
{
        int64_t before = 0, after = 0;

        for (size_t i = 0; i < h->facts.n; i++)
                before += h->rows[i].minor;
        for (size_t i = 0; i < p->n; i++) {
                after += p->rows[i].minor;
                assert_true(p->rows[i].minor > 0);
                assert_true(i == 0 || p->rows[i].on > p->rows[i - 1].on);
        }
        assert_int_equal(after, before + p->fee_minor - p->discount_minor);
        assert_true(p->n >= 1 && p->n <= AMEND_ROWS_MAX);
        assert_true(wish->need == AMEND_EARLY ? p->fee_minor == 0 : p->discount_minor == 0);
        if (p->verdict == AMEND_FITS && wish->need != AMEND_EARLY)
                assert_int_equal(amend_limit(&h->facts, rule, p->rows, p->n), AMEND_NONE);
}

static void
sums_and_days_hold_in_any_sequence(void **state)
{
        int made = 0, fitted = 0, asked = 0;

        (void)state;
        for (int round = 0; round < 200000; round++) {
                struct house h;

                begin(&h);
                for (int change = 0; change < 4; change++) {
                        struct amend_rule rule = {.deposit_percent = dice(40),
                                                  .smallest_minor = dice(5000),
                                                  .count_most = dice(24),
                                                  .longest_months = 1 + dice(36),
                                                  .later_days = dice(120),
                                                  .changes_most = dice(6),
                                                  .changes_days = dice(40),
                                                  .grace_days = dice(30),
                                                  .fee_minor = dice(2) * dice(900),
                                                  .early_percent = dice(30)};
                        struct amend_wish wish = {.need = (enum amend_need)dice(AMEND_NEEDS),
                                                  .which = (size_t)dice(13),
                                                  .to_on = h.facts.today - 5 + dice(200),
                                                  .day = dice(33),
                                                  .parts = dice(64) - 1,
                                                  .months = dice(8) - 1,
                                                  .chosen = (uint64_t)dice(1 << 13)};
                        struct amend_plan p;

                        amend_make(&h.facts, &rule, &wish, &p);
                        if (p.verdict == AMEND_WRONG) {
                                assert_int_equal(p.n, 0);
                                continue;
                        }
                        check(&h, &rule, &wish, &p);
                        if (change == 0 && h.facts.step_days == 0)
                                check_months(&h, &wish, &p);
                        made++;
                        fitted += p.verdict == AMEND_FITS;
                        asked += p.verdict == AMEND_ASKS;
                        h.facts.count += (int)p.n - (int)h.facts.n;
                        h.facts.n = p.n;
                        memcpy(h.rows, p.rows, p.n * sizeof(p.rows[0]));
                        h.facts.changes++;
                        h.facts.changed_on = h.facts.today;
                        h.facts.today += dice(30);
                }
        }
        assert_true(made > 200000 && fitted > 50000 && asked > 50000);
}

/* Every day until the last one is allowed, and none after it, whatever was changed before. */
static void
a_payment_moves_until_its_last_day(void **state)
{
        int some = 0, none = 0, later = 0;

        (void)state;
        for (int round = 0; round < 3000; round++) {
                struct house h;

                begin(&h);
                for (int change = 0; change < 3; change++) {
                        struct amend_rule rule = {.longest_months = 1 + dice(18),
                                                  .later_days = dice(90),
                                                  .count_most = dice(24),
                                                  .changes_most = 6 - dice(2) * 6 * dice(2),
                                                  .grace_days = 10 + dice(40),
                                                  .fee_minor = dice(2) * dice(900)};
                        size_t which = (size_t)dice((int)h.facts.n);
                        int32_t latest = amend_latest(&h.facts, &rule, which);
                        struct amend_wish wish = {.need = AMEND_MOVE, .which = which};
                        struct amend_plan p;

                        for (int32_t day = h.facts.today; day < h.facts.today + 200; day++) {
                                wish.to_on = day == h.facts.today + 198 ? latest : day == h.facts.today + 199 ? latest + 1 : day;
                                if (wish.to_on < h.facts.today || wish.to_on == h.rows[which].on)
                                        continue;
                                amend_make(&h.facts, &rule, &wish, &p);
                                assert_int_equal(p.verdict == AMEND_FITS, wish.to_on <= latest);
                        }
                        some += latest != 0;
                        none += latest == 0;
                        later += latest > h.rows[which].on;
                        /* It moves, by a person perhaps, and the next change meets what that left. */
                        wish.to_on = h.facts.today + dice(150);
                        amend_make(&h.facts, &rule, &wish, &p);
                        if (p.verdict == AMEND_WRONG)
                                continue;
                        h.facts.count += (int)p.n - (int)h.facts.n;
                        h.facts.n = p.n;
                        memcpy(h.rows, p.rows, p.n * sizeof(p.rows[0]));
                        h.facts.today += dice(20);
                }
        }
        assert_true(some > 1000 && none > 1000 && later > 1000);
        assert_int_equal(amend_latest(&four()->facts, &kind_rule, 3), 0);
        assert_int_equal(amend_latest(&four()->facts, &kind_rule, 0), on(2027, 6, 19));
}

/* An earlier change has used up the days of one payment and not of another: what holds for the next
 * one says nothing of the later ones. */
static void
later_payments_have_days_of_their_own(void **state)
{
        struct house *h = four();
        struct amend_rule tighter = kind_rule;

        (void)state;
        tighter.later_days = 20;
        h->rows[1].on = on(2027, 4, 20);
        assert_true(amend_latest(&h->facts, &kind_rule, 1) > h->rows[1].on);
        assert_int_equal(amend_latest(&h->facts, &tighter, 1), on(2027, 4, 20));
        assert_true(amend_latest(&h->facts, &tighter, 0) > h->rows[0].on);
        assert_true(amend_latest(&h->facts, &tighter, 2) > h->rows[2].on);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_date_moves_and_nothing_else),
                cmocka_unit_test(months_end_where_they_end),
                cmocka_unit_test(paying_early_is_cheaper_by_the_rule),
                cmocka_unit_test(each_limit_sends_it_to_a_person),
                cmocka_unit_test(sums_and_days_hold_in_any_sequence),
                cmocka_unit_test(a_payment_moves_until_its_last_day),
                cmocka_unit_test(later_payments_have_days_of_their_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
