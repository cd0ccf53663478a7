/* money: amounts as int64 minor units, see money.h. */
#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct currency {
        char code[4];
        int exponent;
};

/* ISO 4217: every active currency with 0 or 3 decimals, and the usual ones with 2.
 * The same rows stand in latchkey.currencies. */
static const struct currency currencies[] = {
        { "AED", 2 }, { "AUD", 2 }, { "BGN", 2 }, { "BHD", 3 }, { "BIF", 0 }, { "BRL", 2 },
        { "CAD", 2 }, { "CHF", 2 }, { "CLP", 0 }, { "CZK", 2 }, { "DJF", 0 }, { "DKK", 2 },
        { "EUR", 2 }, { "GBP", 2 }, { "GNF", 0 }, { "HKD", 2 }, { "HUF", 2 }, { "IDR", 2 },
        { "ILS", 2 }, { "INR", 2 }, { "IQD", 3 }, { "ISK", 0 }, { "JOD", 3 }, { "JPY", 0 },
        { "KMF", 0 }, { "KRW", 0 }, { "KWD", 3 }, { "LYD", 3 }, { "MXN", 2 }, { "MYR", 2 },
        { "NOK", 2 }, { "NZD", 2 }, { "OMR", 3 }, { "PHP", 2 }, { "PLN", 2 }, { "PYG", 0 },
        { "RON", 2 }, { "RWF", 0 }, { "SAR", 2 }, { "SEK", 2 }, { "SGD", 2 }, { "THB", 2 },
        { "TND", 3 }, { "TRY", 2 }, { "UGX", 0 }, { "USD", 2 }, { "VND", 0 }, { "VUV", 0 },
        { "XAF", 0 }, { "XOF", 0 }, { "XPF", 0 }, { "ZAR", 2 },
};

int
money_exponent(const char *currency)
{
        size_t i;

        if (currency == NULL || strlen(currency) != 3)
                return -1;
        for (i = 0; i < sizeof(currencies) / sizeof(currencies[0]); i++)
                if (strcasecmp(currency, currencies[i].code) == 0)
                        return currencies[i].exponent;
        return -1;
}

int
money_step(const char *currency)
{
        return money_exponent(currency) == 3 ? 10 : 1;
}

void
money_plain(int64_t minor, const char *currency, char *out, size_t size)
{
        int exponent = money_exponent(currency);
        uint64_t whole = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
        const char *sign = minor < 0 ? "-" : "";

        if (exponent == 3)
                snprintf(out, size, "%s%" PRIu64 ".%03u", sign, whole / 1000, (unsigned)(whole % 1000));
        else if (exponent == 2)
                snprintf(out, size, "%s%" PRIu64 ".%02u", sign, whole / 100, (unsigned)(whole % 100));
        else
                snprintf(out, size, "%s%" PRIu64, sign, whole);
}

/* Add one decimal digit to *SUM, which is kept negative so that INT64_MIN fits. */
static bool
add_digit(int64_t *sum, char digit)
{
        return !__builtin_mul_overflow(*sum, 10, sum) &&
               !__builtin_sub_overflow(*sum, digit - '0', sum);
}

bool
money_parse(const char *text, const char *currency, int64_t *minor)
{
        int exponent = money_exponent(currency);
        bool negative = false;
        int64_t sum = 0;
        int decimals = 0;
        const char *at = text;

        if (text == NULL || exponent < 0)
                return false;
        if (*at == '+' || *at == '-')
                negative = *at++ == '-';
        if (*at < '0' || *at > '9')
                return false;
        for (; *at >= '0' && *at <= '9'; at++)
                if (!add_digit(&sum, *at))
                        return false;
        if (*at == '.') {
                for (at++; *at >= '0' && *at <= '9'; at++)
                        if (++decimals > exponent || !add_digit(&sum, *at))
                                return false;
                if (decimals == 0)
                        return false;
        }
        if (*at != '\0')
                return false;
        for (; decimals < exponent; decimals++)
                if (!add_digit(&sum, '0'))
                        return false;
        if (!negative && sum == INT64_MIN)
                return false;
        *minor = negative ? sum : -sum;
        return true;
}

/* tax = gross * rate / (10000 + rate).  Divided first and the rest rounded after, so no
 * step overflows: with gross = q * d + r, tax = q * rate + r * rate / d. */
int64_t
money_tax_included(int64_t gross_minor, int rate_bp)
{
        int64_t divisor, rest, tax;

        if (rate_bp <= 0)
                return 0;
        divisor = (int64_t)10000 + rate_bp;
        rest = gross_minor % divisor * rate_bp;
        tax = gross_minor / divisor * rate_bp + rest / divisor;
        rest %= divisor;
        if (2 * rest >= divisor)
                tax++;
        else if (-2 * rest >= divisor)
                tax--;
        return tax;
}

int
money_listed(const char *list, const char *currency, int64_t *minor)
{
        int found = 0;

        while (*list != '\0') {
                char amount[24], code[4];
                int64_t value;
                int used = 0;

                if (sscanf(list, " %23[0-9.] %3[A-Z] %n", amount, code, &used) != 2 || used == 0 || money_exponent(code) < 0 ||
                    !money_parse(amount, code, &value) || value % money_step(code) != 0)
                        return -1;
                list += used;
                if (*list != '\0' && *list != ',')
                        return -1;
                if (*list == ',' && *++list == '\0')
                        return -1;
                if (strcmp(code, currency) == 0) {
                        *minor = value;
                        found = 1;
                }
        }
        return found;
}
