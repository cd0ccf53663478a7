/* config: latchkey.conf, read once at start, see config.h. */
#include "base/config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>

#include "base/iban.h"
#include "base/money.h"
#include "base/text.h"

#ifndef LATCHKEY_DATADIR
#define LATCHKEY_DATADIR "/usr/local/share/latchkey"
#endif
#ifndef LATCHKEY_STATEDIR
#define LATCHKEY_STATEDIR "/var/lib/latchkey"
#endif

enum kind {
        TEXT,           /* const char *, no control characters */
        LINES,          /* the same, but line breaks are fine */
        SECRET,         /* like TEXT, its value is never repeated */
        URL,            /* http:// or https://, no slash at the end */
        SMTP_URL,
        EMAIL,
        PATH,           /* absolute */
        LOCALE,
        ZONE,
        COLOUR,
        COUNTRY,
        SERIES,
        STATEMENT,
        IBAN,           /* blanks are dropped, check digits checked */
        BIC,
        AMOUNTS,        /* "200.00 EUR, 30000 JPY", or "any" */
        ENVIRONMENT,    /* bool: development */
        YES_NO,         /* bool */
        COUNT           /* int64_t, 1 to a million */
};

#define REQUIRED NULL
#define OF(field) offsetof(struct config, field)

/* The list of settings.  latchkey.conf(5) and etc/latchkey.conf.example have the same. */
static const struct setting {
        const char *group;
        const char *key;
        enum kind kind;
        size_t offset;
        const char *fallback;           /* REQUIRED, "", or the default */
} settings[] = {
        { "site", "name", TEXT, OF(site_name), REQUIRED },
        { "site", "portal_url", URL, OF(portal_url), REQUIRED },
        { "site", "admin_url", URL, OF(admin_url), "" },
        { "site", "environment", ENVIRONMENT, OF(development), "production" },
        { "site", "locale", LOCALE, OF(locale), "en_GB" },
        { "site", "zone", ZONE, OF(zone), "UTC" },
        { "site", "support_email", EMAIL, OF(support_email), REQUIRED },
        { "site", "accent", COLOUR, OF(accent), "#1f5f8b" },
        { "database", "conninfo", SECRET, OF(database), REQUIRED },
        { "database", "user", TEXT, OF(database_user), "" },
        { "paths", "templates", PATH, OF(templates), LATCHKEY_DATADIR "/templates" },
        { "paths", "files", PATH, OF(files), LATCHKEY_STATEDIR "/files" },
        { "paths", "common_passwords", PATH, OF(common_passwords),
          LATCHKEY_DATADIR "/common-passwords.txt" },
        { "gateway", "url", URL, OF(gateway_url), "https://api.stripe.com" },
        { "gateway", "checkout_origin", URL, OF(gateway_checkout_origin), "https://checkout.stripe.com" },
        { "gateway", "key", SECRET, OF(gateway_key), REQUIRED },
        { "gateway", "account", TEXT, OF(gateway_account), "stripe" },
        { "gateway", "hook_secret", SECRET, OF(hook_secret), REQUIRED },
        { "gateway", "hook_secret_previous", SECRET, OF(hook_secret_previous), "" },
        { "gateway", "statement_text", STATEMENT, OF(statement_text), "" },
        { "mail", "smtp_url", SMTP_URL, OF(smtp_url), REQUIRED },
        { "mail", "user", TEXT, OF(smtp_user), "" },
        { "mail", "password", SECRET, OF(smtp_password), "" },
        { "mail", "ca_file", PATH, OF(smtp_ca_file), "" },
        { "mail", "tls", YES_NO, OF(smtp_tls), "yes" },
        { "mail", "from", EMAIL, OF(mail_from), REQUIRED },
        { "mail", "from_name", TEXT, OF(mail_from_name), "" },
        { "mail", "reply_domain", TEXT, OF(reply_domain), "" },
        { "mail", "reply_secret", SECRET, OF(reply_secret), "" },
        { "seller", "name", TEXT, OF(seller_name), REQUIRED },
        { "seller", "address", LINES, OF(seller_address), REQUIRED },
        { "seller", "tax_number", TEXT, OF(seller_tax_number), "" },
        { "seller", "country", COUNTRY, OF(seller_country), REQUIRED },
        { "seller", "receipt_series", SERIES, OF(receipt_series), "R" },
        { "bank", "holder", TEXT, OF(bank_holder), "" },
        { "bank", "iban", IBAN, OF(bank_iban), "" },
        { "bank", "bic", BIC, OF(bank_bic), "" },
        { "bank", "days", COUNT, OF(bank_days), "14" },
        { "recovery", "promise_days", COUNT, OF(promise_days), "14" },
        { "recovery", "promises", COUNT, OF(promises), "2" },
        { "recovery", "call_above", AMOUNTS, OF(call_above), "500.00 EUR, 500.00 GBP, 500.00 USD" },
        { "limits", "login_failures_account", COUNT, OF(login_failures_account), "10" },
        { "limits", "login_failures_address", COUNT, OF(login_failures_address), "100" },
        { "limits", "asks_account", COUNT, OF(asks_account), "20" },
        { "limits", "asks_address", COUNT, OF(asks_address), "300" },
        { "limits", "access_deadline_seconds", COUNT, OF(access_deadline_seconds), "60" },
        { "limits", "tickets_per_hour", COUNT, OF(tickets_per_hour), "5" },
        { "limits", "refund_alone", AMOUNTS, OF(refund_alone), "500.00 EUR, 500.00 GBP, 500.00 USD" },
};
#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

struct reading {
        struct pool *pool;
        const char *file;
        const char **error;
        GKeyFile *keys;
        struct config *config;
};

static bool
fail(struct reading *in, const char *group, const char *key, const char *fix)
{
        *in->error = pool_printf(in->pool, "%s: [%s] %s %s", in->file, group, key, fix);
        return false;
}

/* --- values --- */

/* The contrast of COLOUR (#rrggbb) with white, as WCAG 2 defines it. */
static double
contrast_with_white(const char *colour)
{
        static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
        double luminance = 0;
        int i;

        for (i = 0; i < 3; i++) {
                double part = (g_ascii_xdigit_value(colour[1 + 2 * i]) * 16 +
                               g_ascii_xdigit_value(colour[2 + 2 * i])) / 255.0;

                luminance += weight[i] * (part <= 0.04045 ? part / 12.92
                                                          : pow((part + 0.055) / 1.055, 2.4));
        }
        return 1.05 / (luminance + 0.05);
}

static const char *
check_colour(const char *value)
{
        if (strlen(value) != 7 || value[0] != '#' ||
            strspn(value + 1, "0123456789abcdefABCDEF") != 6)
                return "must be a colour such as #1f5f8b";
        if (contrast_with_white(value) < 4.5)
                return "has too little contrast with white for text: choose a darker colour";
        return NULL;
}

static const char *
check_url(const char *value)
{
        size_t len = strlen(value);
        const char *host = strstr(value, "://");

        if (!text_starts(value, "https://") && !text_starts(value, "http://"))
                return "must begin with https:// (http:// in development)";
        if (host[3] == '\0' || host[3] == '/')
                return "names no host";
        if (strpbrk(value, " \"'<>\\?#@;,") != NULL)
                return "must be an address without user, query or blanks";
        if (value[len - 1] == '/')
                return "must not end in a slash";
        return NULL;
}

static const char *
check_locale(const char *value)
{
        return g_regex_match_simple("^[a-z]{2,3}(_[A-Z]{2})?$", value, G_REGEX_DOLLAR_ENDONLY, 0)
                       ? NULL : "must be a language and a country such as en_GB";
}

static const char *
check_zone(const char *value)
{
        GTimeZone *zone = g_time_zone_new_identifier(value);

        if (zone == NULL)
                return "is no time zone of this machine; write one such as Europe/Berlin";
        g_time_zone_unref(zone);
        return NULL;
}

static const char *
check_series(const char *value)
{
        return g_regex_match_simple("^[A-Z][A-Z0-9]{0,7}$", value, G_REGEX_DOLLAR_ENDONLY, 0)
                       ? NULL : "must be one to eight capital letters or digits, a letter first";
}

static const char *
check_statement(const char *value)
{
        if (strlen(value) > 22 || strlen(value) < 5 || strpbrk(value, "<>\\'\"*") != NULL)
                return "must have 5 to 22 characters and none of < > \\ ' \" *";
        for (; *value != '\0'; value++)
                if ((unsigned char)*value >= 0x80)
                        return "may have ASCII characters only";
        return NULL;
}

static const char *
check_amounts(const char *value)
{
        int64_t minor;

        return strcmp(value, "any") == 0 || money_listed(value, "", &minor) >= 0
                       ? NULL : "must be amounts such as 200.00 EUR, 30000 JPY, or the word any";
}

/* NULL when VALUE fits KIND, else the fix. */
static const char *
check_text(enum kind kind, const char *value)
{
        switch (kind) {
        case URL:
                return check_url(value);
        case SMTP_URL:
                return text_starts(value, "smtp://") || text_starts(value, "smtps://")
                               ? NULL : "must begin with smtp:// or smtps://";
        case EMAIL:
                return text_is_email(value) ? NULL : "must be a mail address";
        case PATH:
                return value[0] == '/' ? NULL : "must be an absolute path";
        case LOCALE:
                return check_locale(value);
        case ZONE:
                return check_zone(value);
        case COLOUR:
                return check_colour(value);
        case COUNTRY:
                return strlen(value) == 2 && g_ascii_isupper(value[0]) && g_ascii_isupper(value[1])
                               ? NULL : "must be a country's code such as DE (ISO 3166)";
        case SERIES:
                return check_series(value);
        case STATEMENT:
                return check_statement(value);
        case IBAN:
                return iban_is_valid(value) ? NULL : "is no account number (IBAN): its check digits do not fit";
        case BIC:
                return iban_is_bic(value) ? NULL : "must be a bank code (BIC) of 8 or 11 capitals and digits";
        case AMOUNTS:
                return check_amounts(value);
        default:
                return NULL;
        }
}

static const char *
store_environment(const char *value, bool *development)
{
        *development = strcmp(value, "development") == 0;
        return *development || strcmp(value, "production") == 0
                       ? NULL : "must be production or development";
}

static const char *
store_bool(const char *value, bool *out)
{
        *out = strcmp(value, "yes") == 0 || strcmp(value, "true") == 0;
        return *out || strcmp(value, "no") == 0 || strcmp(value, "false") == 0
                       ? NULL : "must be yes or no";
}

static const char *
store_count(const char *value, int64_t *out)
{
        char *end;

        errno = 0;
        *out = g_ascii_strtoll(value, &end, 10);
        if (!g_ascii_isdigit(value[0]) || *end != '\0' || errno != 0 || *out < 1 || *out > 1000000)
                return "must be a whole number from 1 to 1000000";
        return NULL;
}

/* VALUE into its field; NULL, or the fix. */
static const char *
store(struct reading *in, const struct setting *setting, const char *value)
{
        void *field = (char *)in->config + setting->offset;

        switch (setting->kind) {
        case ENVIRONMENT:
                return store_environment(value, field);
        case YES_NO:
                return store_bool(value, field);
        case COUNT:
                return store_count(value, field);
        case IBAN:
                value = iban_plain(in->pool, value);
                /* fall through */
        default:
                *(const char **)field = pool_strdup(in->pool, value);
                return value[0] == '\0' ? NULL : check_text(setting->kind, value);
        }
}

static bool
is_clean(const char *value, bool lines)
{
        char *copy = g_strdup(value), *at;
        bool clean;

        if (lines)
                for (at = copy; *at != '\0'; at++)
                        if (*at == '\n')
                                *at = ' ';
        clean = text_is_utf8(copy, strlen(copy)) && !text_has_control(copy);
        g_free(copy);
        return clean;
}

static bool
read_setting(struct reading *in, const struct setting *setting)
{
        GError *error = NULL;
        char *given, *value;
        const char *fix;

        if (!g_key_file_has_key(in->keys, setting->group, setting->key, NULL)) {
                if (setting->fallback == REQUIRED)
                        return fail(in, setting->group, setting->key, "is missing: it has no default");
                store(in, setting, setting->fallback);
                return true;
        }
        given = g_key_file_get_string(in->keys, setting->group, setting->key, &error);
        if (error != NULL) {
                g_free(given);
                g_error_free(error);
                return fail(in, setting->group, setting->key, "is not readable: UTF-8 and the escapes \\n \\\\ only");
        }
        value = g_strstrip(given);
        if (value[0] == '\0' && (setting->fallback == REQUIRED || setting->fallback[0] != '\0'))
                fix = "is empty: give it a value or remove the line";
        else if (!is_clean(value, setting->kind == LINES))
                fix = "holds a control character";
        else
                fix = store(in, setting, value);
        g_free(given);
        return fix == NULL || fail(in, setting->group, setting->key, fix);
}

/* --- unknown names --- */

static size_t
distance(const char *a, const char *b)
{
        size_t row[64], n = strlen(b), i, k;

        if (n >= 64)
                return SIZE_MAX;
        for (k = 0; k <= n; k++)
                row[k] = k;
        for (i = 0; a[i] != '\0'; i++) {
                size_t left_up = row[0]++;

                for (k = 1; k <= n; k++) {
                        size_t up = row[k];
                        size_t change = left_up + (a[i] != b[k - 1]);

                        row[k] = MIN(MIN(up, row[k - 1]) + 1, change);
                        left_up = up;
                }
        }
        return row[n];
}

/* "is unknown; did you mean NAME?" */
static const char *
suggest(struct reading *in, const char *group, const char *name)
{
        size_t best = 4, i;
        const struct setting *nearest = NULL;

        for (i = 0; i < N_SETTINGS; i++) {
                const char *other = group == NULL ? settings[i].group : settings[i].key;
                size_t far = distance(name, other);

                if (group != NULL && strcmp(settings[i].group, group) != 0) {
                        if (far == 0)
                                return pool_printf(in->pool, "is unknown here; it belongs in [%s]",
                                                   settings[i].group);
                        continue;
                }
                if (far < best) {
                        best = far;
                        nearest = &settings[i];
                }
        }
        if (nearest == NULL)
                return "is unknown: remove it, latchkey.conf(5) lists the settings";
        return pool_printf(in->pool, "is unknown; did you mean %s?",
                           group == NULL ? nearest->group : nearest->key);
}

static bool
is_known(const char *group, const char *key)
{
        size_t i;

        for (i = 0; i < N_SETTINGS; i++)
                if (strcmp(settings[i].group, group) == 0 &&
                    (key == NULL || strcmp(settings[i].key, key) == 0))
                        return true;
        return false;
}

static bool
check_names(struct reading *in)
{
        char **groups = g_key_file_get_groups(in->keys, NULL);
        char **group, **key;
        bool ok = true;

        for (group = groups; ok && *group != NULL; group++) {
                char **keys = g_key_file_get_keys(in->keys, *group, NULL, NULL);

                if (!is_known(*group, NULL)) {
                        *in->error = pool_printf(in->pool, "%s: group [%s] %s", in->file, *group,
                                                 suggest(in, NULL, *group));
                        ok = false;
                }
                for (key = keys; ok && keys != NULL && *key != NULL; key++)
                        if (!is_known(*group, *key))
                                ok = fail(in, *group, *key, suggest(in, *group, *key));
                g_strfreev(keys);
        }
        g_strfreev(groups);
        return ok;
}

/* --- rules between settings --- */

static bool
check_production(struct reading *in)
{
        const struct config *config = in->config;
        size_t i;

        if (config->development)
                return true;
        for (i = 0; i < N_SETTINGS; i++) {
                const char *value = settings[i].kind == URL
                        ? *(const char *const *)((const char *)config + settings[i].offset) : NULL;

                if (value != NULL && text_starts(value, "http://"))
                        return fail(in, settings[i].group, settings[i].key,
                                    "must begin with https:// in production");
        }
        if (strstr(config->gateway_key, "_test_") != NULL)
                return fail(in, "gateway", "key", "is a test key: production needs a live one "
                            "(or say environment=development)");
        return true;
}

/* Signed addresses want a domain to stand in and a secret that cannot be guessed. */
static bool
check_replies(struct reading *in)
{
        const struct config *config = in->config;

        if (config->reply_domain[0] == '\0')
                return true;
        if (!text_is_email(pool_printf(in->pool, "reply@%s", config->reply_domain)))
                return fail(in, "mail", "reply_domain", "must be a domain such as replies.example.com");
        if (strlen(config->reply_secret) < 32)
                return fail(in, "mail", "reply_secret", "must have at least 32 characters: openssl rand -hex 32 makes some");
        return true;
}

static bool
complete(struct reading *in)
{
        struct config *config = in->config;

        if (config->admin_url[0] == '\0')
                config->admin_url = pool_printf(in->pool, "%s/admin", config->portal_url);
        if (config->mail_from_name[0] == '\0')
                config->mail_from_name = config->site_name;
        if (config->smtp_user[0] != '\0' && config->smtp_password[0] == '\0')
                return fail(in, "mail", "password", "is missing: user is set");
        if ((config->bank_holder[0] == '\0') != (config->bank_iban[0] == '\0'))
                return fail(in, "bank", config->bank_iban[0] == '\0' ? "iban" : "holder",
                            "is missing: a transfer needs the account and its holder");
        if (config->bank_days > 365)
                return fail(in, "bank", "days", "must be at most 365");
        if (config->promise_days > 365)
                return fail(in, "recovery", "promise_days", "must be at most 365");
        return check_replies(in) && check_production(in);
}

/* --- the file --- */

static bool
check_mode(struct reading *in)
{
        struct stat st;

        if (stat(in->file, &st) != 0) {
                *in->error = pool_printf(in->pool, "%s: %s: etc/latchkey.conf.example is a start",
                                         in->file, g_strerror(errno));
                return false;
        }
        if (S_ISREG(st.st_mode) && (st.st_mode & (S_IROTH | S_IWOTH)) != 0) {
                *in->error = pool_printf(in->pool, "%s: everybody may read or change it, and it holds "
                                         "secrets: chmod 640 %s", in->file, in->file);
                return false;
        }
        return true;
}

static bool
read_file(struct reading *in)
{
        GError *error = NULL;
        bool ok = g_key_file_load_from_file(in->keys, in->file, G_KEY_FILE_NONE, &error);
        size_t i;

        if (!ok) {
                *in->error = pool_printf(in->pool, "%s: %s", in->file, error->message);
                g_error_free(error);
                return false;
        }
        if (!check_names(in))
                return false;
        for (i = 0; i < N_SETTINGS; i++)
                if (!read_setting(in, &settings[i]))
                        return false;
        return complete(in);
}

const struct config *
config_load(struct pool *pool, const char *file, const char **error)
{
        struct reading in = {
                .pool = pool, .file = file, .error = error,
                .config = pool_alloc(pool, sizeof(struct config)),
        };
        bool ok;

        if (!check_mode(&in))
                return NULL;
        in.keys = g_key_file_new();
        ok = read_file(&in);
        g_key_file_free(in.keys);
        return ok ? in.config : NULL;
}
