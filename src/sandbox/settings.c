/* settings: the sandbox's own file. */
#include "sandbox/settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"

#define GROUP "sandbox"

enum type { TEXT, URL, DAYS };

static const struct {
        const char *key;
        enum type type;
        size_t offset;
        const char *otherwise;  /* NULL: required */
} table[] = {
        { "conninfo", TEXT, offsetof(struct settings, conninfo), NULL },
        { "public_url", URL, offsetof(struct settings, public_url), NULL },
        { "portal_url", URL, offsetof(struct settings, portal_url), "" },
        { "hook_url", URL, offsetof(struct settings, hook_url), "" },
        { "hook_secret", TEXT, offsetof(struct settings, hook_secret), NULL },
        { "key", TEXT, offsetof(struct settings, key), NULL },
        { "mailbox", TEXT, offsetof(struct settings, mailbox), "" },
        { "templates", TEXT, offsetof(struct settings, templates), "templates" },
        { "statement", TEXT, offsetof(struct settings, statement), "SANDBOX" },
        { "debit_days", DAYS, offsetof(struct settings, debit_days), "4" },
        { "transfer_days", DAYS, offsetof(struct settings, transfer_days), "2" },
};
enum { N_SETTINGS = sizeof table / sizeof *table };

static struct settings now;

const struct settings *
settings_now(void)
{
        return &now;
}

static bool
is_known(const char *key)
{
        for (size_t i = 0; i < N_SETTINGS; i++)
                if (strcmp(table[i].key, key) == 0)
                        return true;
        return false;
}

static const char *
unknown_key(struct pool *pool, GKeyFile *file)
{
        char **keys = g_key_file_get_keys(file, GROUP, NULL, NULL);
        const char *unknown = NULL;

        for (char **key = keys; key != NULL && *key != NULL && unknown == NULL; key++)
                if (!is_known(*key))
                        unknown = pool_strdup(pool, *key);
        g_strfreev(keys);
        return unknown;
}

/* One setting into NOW; the reason why it cannot be taken, or NULL. */
static const char *
take(struct pool *pool, GKeyFile *file, size_t i)
{
        char *given = g_key_file_get_string(file, GROUP, table[i].key, NULL);
        const char *value = given != NULL ? pool_strdup(pool, given) : table[i].otherwise;
        char *field = (char *)&now + table[i].offset;

        g_free(given);
        if (value == NULL)
                return "is missing";
        if (text_has_control(value))
                return "has a control character";
        if (table[i].type == DAYS) {
                int64_t days;

                if (!g_ascii_string_to_signed(value, 10, 0, 365, &days, NULL))
                        return "is no number of days from 0 to 365";
                memcpy(field, &days, sizeof days);
                return NULL;
        }
        if (table[i].type == URL && *value != '\0' && !text_starts(value, "http://") &&
            !text_starts(value, "https://"))
                return "is no http:// or https:// address";
        memcpy(field, &value, sizeof value);
        return NULL;
}

const struct settings *
settings_load(struct pool *pool, const char *name, const char **error)
{
        GKeyFile *file = g_key_file_new();
        GError *failed = NULL;
        const char *why = NULL;

        *error = NULL;
        if (!g_key_file_load_from_file(file, name, G_KEY_FILE_NONE, &failed)) {
                *error = pool_printf(pool, "%s cannot be read: %s.", name, failed->message);
                g_clear_error(&failed);
        } else if ((why = unknown_key(pool, file)) != NULL)
                *error = pool_printf(pool, "%s: [sandbox] has no setting \"%s\".", name, why);
        for (size_t i = 0; i < N_SETTINGS && *error == NULL; i++)
                if ((why = take(pool, file, i)) != NULL)
                        *error = pool_printf(pool, "%s: \"%s\" of [sandbox] %s.", name, table[i].key, why);
        g_key_file_free(file);
        /* A list's query has many parameters that may be null: one plan does not fit all. */
        if (*error == NULL && strstr(now.conninfo, "options=") == NULL && strstr(now.conninfo, "://") == NULL)
                now.conninfo = pool_printf(pool, "%s options='-c plan_cache_mode=force_custom_plan'", now.conninfo);
        return *error == NULL ? &now : NULL;
}

/* http://host:port of a URL */
static const char *
origin_of(struct pool *pool, const char *url)
{
        const char *host = strstr(url, "://");

        return host != NULL ? pool_strndup(pool, url, (size_t)(host + 3 - url) + strcspn(host + 3, "/")) : "";
}

const struct config *
settings_config(struct pool *pool, const char *file, const char **error)
{
        struct config *config = pool_alloc(pool, sizeof *config);
        const struct settings *settings = settings_load(pool, file, error);

        if (settings == NULL)
                return NULL;
        *config = (struct config){
                .site_name = "Sandbox", .portal_url = settings->public_url, .admin_url = settings->public_url,
                .development = true, .locale = "en_GB", .zone = "Europe/Berlin", .support_email = "",
                .accent = "", .database = settings->conninfo, .database_user = "",
                .templates = settings->templates, .files = "", .common_passwords = "",
                .gateway_url = "", .gateway_checkout_origin = origin_of(pool, settings->portal_url),
                .gateway_key = "", .gateway_account = "", .hook_secret = "", .hook_secret_previous = "",
                .statement_text = "", .smtp_url = "", .smtp_user = "", .smtp_password = "",
                .smtp_ca_file = "", .mail_from = "", .mail_from_name = "", .seller_name = "",
                .seller_address = "", .seller_tax_number = "", .seller_country = "", .receipt_series = "",
        };
        return config;
}
