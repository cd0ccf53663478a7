/* schedule: how an offer is paid, from what somebody typed to what the catalogue keeps. */
#include "domain/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/money.h"
#include "base/text.h"

enum { COUNT_MOST = 60, SHARE_WHOLE = 10000 };

const char *const schedule_ways[] = { "full", "weekly", "fortnightly", "monthly", "dates", "sub_week",
                                      "sub_month", "sub_quarter", "sub_year", NULL };

static const char *
fail(struct schedule_fault *fault, const char *field, const char *words)
{
        *fault = (struct schedule_fault){ field, words };
        return NULL;
}

/* "2027-01-15": such a day, in four, two and two digits. */
static bool
is_day(const char *text)
{
        int year, month, day, used = 0;

        return strlen(text) == 10 && sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && used == 10 &&
               strspn(text, "0123456789-") == 10 && year >= 1970 && month > 0 && day > 0 &&
               g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

static const char *
read_days(struct pool *pool, const char *typed, struct schedule_fault *fault)
{
        char **words = g_strsplit_set(typed, " ,;\t\r\n", -1);
        const char *list = "", *bad = NULL;
        int n = 0;

        for (char **word = words; *word != NULL && bad == NULL; word++) {
                if (**word == '\0')
                        continue;
                if (!is_day(*word) || n == COUNT_MOST)
                        bad = pool_strdup(pool, *word);
                list = pool_printf(pool, "%s%s\"%s\"", list, n++ > 0 ? ", " : "", *word);
        }
        g_strfreev(words);
        if (n == 0)
                return fail(fault, "days", "Enter the dates, such as 2027-01-15");
        if (n > COUNT_MOST - 1)
                return fail(fault, "days", "That is too many dates: 59 at most");
        if (bad != NULL)
                return fail(fault, "days", pool_printf(pool, "There is no day %.40s. Write dates such as 2027-01-15", bad));
        return list;
}

/* A share in hundredths of a per cent, of "25%" or "12.5%"; 0 where it is none. */
static int
share(const char *typed)
{
        int whole = 0, used = 0;
        char part[3] = "";

        if (strspn(typed, "0123456789.% ") != strlen(typed))
                return 0;
        if (sscanf(typed, "%3d.%2[0-9] %%%n", &whole, part, &used) < 2 || used == 0)
                if (sscanf(typed, "%3d %%%n", &whole, &used) != 1 || used == 0)
                        return 0;
        if (typed[used] != '\0')
                return 0;
        if (part[0] == '\0')
                return whole * 100;
        return whole * 100 + (part[0] - '0') * 10 + (part[1] != '\0' ? part[1] - '0' : 0);
}

/* ", "deposit_minor": 5000", or "" for none. */
static const char *
read_deposit(struct pool *pool, const char *typed, const char *currency, struct schedule_fault *fault)
{
        int64_t minor;
        int bp;

        if (typed[0] == '\0')
                return "";
        if (strchr(typed, '%') != NULL) {
                bp = share(typed);
                return bp > 0 && bp < SHARE_WHOLE
                       ? pool_printf(pool, ", \"deposit_bp\": %d", bp)
                       : fail(fault, "deposit", "A share is more than nothing and less than all, such as 25%");
        }
        if (typed[0] == '-' || !money_parse(typed, currency, &minor) || minor <= 0 || minor > 999999999999999)
                return fail(fault, "deposit", "Enter an amount such as 50.00, or a share such as 25%");
        return pool_printf(pool, ", \"deposit_minor\": %lld", (long long)minor);
}

static const char *
read_count(struct pool *pool, const char *typed, bool deposit, struct schedule_fault *fault)
{
        size_t len = strlen(typed);
        int count = len > 0 && len <= 2 && strspn(typed, "0123456789") == len ? atoi(typed) : 0;

        if (len == 0)
                return fail(fault, "count", "Enter how many instalments there are");
        if (count < (deposit ? 1 : 2) || count > COUNT_MOST - (deposit ? 1 : 0))
                return fail(fault, "count", deposit ? "After a deposit there are 1 to 59 instalments"
                                                    : "Enter a number from 2 to 60");
        return pool_printf(pool, "%d", count);
}

const char *
schedule_json(struct pool *pool, const struct schedule *typed, const char *currency, struct schedule_fault *fault)
{
        static const char *const every[] = { "week", "fortnight", "month" };
        const char *way = typed->way != NULL ? typed->way : "", *deposit, *what;
        size_t i = 0;

        while (schedule_ways[i] != NULL && strcmp(schedule_ways[i], way) != 0)
                i++;
        if (schedule_ways[i] == NULL)
                return fail(fault, "way", "Choose how it is paid");
        if (i == 0)
                return "";
        if (text_starts(way, "sub_"))
                return pool_printf(pool, "{\"kind\": \"subscription\", \"every\": \"%s\"}", way + 4);
        deposit = read_deposit(pool, text_trim(pool, typed->deposit != NULL ? typed->deposit : ""), currency, fault);
        if (deposit == NULL)
                return NULL;
        if (strcmp(way, "dates") == 0) {
                what = read_days(pool, typed->days != NULL ? typed->days : "", fault);
                return what == NULL ? NULL : pool_printf(pool, "{\"kind\": \"instalments\", \"days\": [%s]%s}", what,
                                                         deposit);
        }
        what = read_count(pool, text_trim(pool, typed->count != NULL ? typed->count : ""), deposit[0] != '\0', fault);
        return what == NULL ? NULL
                            : pool_printf(pool, "{\"kind\": \"instalments\", \"count\": %s, \"every\": \"%s\"%s}", what,
                                          every[i - 1], deposit);
}

struct schedule_fault
schedule_fault_of(const char *code)
{
        static const struct { const char *code; struct schedule_fault fault; } all[] = {
                { "count", { "count", "There are 2 to 60 payments in all" } },
                { "deposit", { "deposit", "The deposit is less than the price" } },
                { "days", { "days", "The dates follow one another, within five years, each of them once" } },
                { "past", { "days", "The first date is today or has gone by: nobody could buy this" } },
                { "small", { "count", "The price is too small for so many payments" } },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
                if (strcmp(all[i].code, code) == 0)
                        return all[i].fault;
        return (struct schedule_fault){ "way", "It cannot be paid like this" };
}
