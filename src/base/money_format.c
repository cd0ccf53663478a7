/* money_format: how numbers are written where, see money_format.h. */
#include "base/money_format.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/money.h"

#define NBSP "\xc2\xa0"
#define NARROW_NBSP "\xe2\x80\xaf"
#define QUOTE "\xe2\x80\x99"
#define MINUS "\xe2\x88\x92"

/* A locale is looked up whole, then by its language.  Source: CLDR. */
struct number_style {
        const char *locale;
        const char *decimal, *group;
        size_t least_grouped; /* digits before the point from which groups are set */
};

static const struct number_style styles[] = {
        {"en", ".", ",", 4},     {"en_ZA", ",", NBSP, 4},  {"de", ",", ".", 4},
        {"de_AT", ",", NBSP, 4}, {"de_CH", ".", QUOTE, 4}, {"fr", ",", NARROW_NBSP, 4},
        {"it", ",", ".", 4},     {"it_CH", ".", QUOTE, 4}, {"es", ",", ".", 5},
        {"es_MX", ".", ",", 4},  {"es_US", ".", ",", 4},   {"pt", ",", ".", 4},
        {"pt_PT", ",", NBSP, 5}, {"nl", ",", ".", 4},      {"da", ",", ".", 4},
        {"nb", ",", NBSP, 4},    {"nn", ",", NBSP, 4},     {"sv", ",", NBSP, 4},
        {"fi", ",", NBSP, 4},    {"pl", ",", NBSP, 5},     {"cs", ",", NBSP, 4},
        {"sk", ",", NBSP, 4},    {"hu", ",", NBSP, 5},     {"ro", ",", ".", 4},
        {"tr", ",", ".", 4},     {"el", ",", ".", 4},      {"ja", ".", ",", 4},
        {"zh", ".", ",", 4},     {"ko", ".", ",", 4},
};

static const struct number_style *
style_for(const char *locale)
{
        const struct number_style *by_language = &styles[0];
        char name[6]; /* "de_AT" of "de-AT.UTF-8" */

        g_strlcpy(name, locale ? locale : "", sizeof name);
        g_strdelimit(name, "-", '_');
        for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
                if (strcmp(styles[i].locale, name) == 0)
                        return &styles[i];
                if (strlen(styles[i].locale) == 2 && strncmp(styles[i].locale, name, 2) == 0)
                        by_language = &styles[i];
        }
        return by_language;
}

char *
money_number(struct pool *pool, int64_t minor, const char *currency, const char *locale)
{
        const struct number_style *style = style_for(locale);
        GString *out = g_string_sized_new(32);
        char plain[32], *text;
        const char *digit = plain;
        size_t whole;

        if (money_exponent(currency) < 0)
                snprintf(plain, sizeof plain, "%" PRId64, minor);
        else
                money_plain(minor, currency, plain, sizeof plain);
        if (*digit == '-') {
                g_string_append(out, MINUS);
                digit++;
        }
        whole = strcspn(digit, ".");
        for (size_t i = 0; i < whole; i++) {
                if (i > 0 && whole >= style->least_grouped && (whole - i) % 3 == 0)
                        g_string_append(out, style->group);
                g_string_append_c(out, digit[i]);
        }
        if (digit[whole] == '.')
                g_string_append_printf(out, "%s%s", style->decimal, digit + whole + 1);
        text = pool_strndup(pool, out->str, out->len);
        g_string_free(out, TRUE);
        return text;
}

char *
money_format(struct pool *pool, int64_t minor, const char *currency, const char *locale)
{
        char code[4] = {0};

        for (int i = 0; i < 3 && currency && currency[i]; i++)
                code[i] = g_ascii_toupper(currency[i]);
        return pool_printf(pool, "%s" NBSP "%s", money_number(pool, minor, currency, locale), code);
}

const char *
money_step_fault(struct pool *pool, int64_t minor, const char *currency)
{
        int64_t step = money_step(currency), below = minor - minor % step;
        char lower[32], upper[32];

        if (minor % step == 0)
                return NULL;
        money_plain(below, currency, lower, sizeof lower);
        money_plain(below + step, currency, upper, sizeof upper);
        return below == 0 ? pool_printf(pool, "The last digit must be 0 in %s, such as %s", currency, upper)
                          : pool_printf(pool, "The last digit must be 0 in %s, such as %s or %s", currency, lower, upper);
}

char *
money_rate(struct pool *pool, int rate_bp, const char *locale)
{
        const char *decimal = style_for(locale)->decimal;
        int whole = rate_bp / 100, part = rate_bp % 100;

        if (part == 0)
                return pool_printf(pool, "%d%%", whole);
        if (part % 10 == 0)
                return pool_printf(pool, "%d%s%d%%", whole, decimal, part / 10);
        return pool_printf(pool, "%d%s%02d%%", whole, decimal, part);
}
