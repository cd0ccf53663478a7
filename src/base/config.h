/* config: latchkey.conf (a GKeyFile), read once at start.
 *
 * The table in config.c is the single list of settings: group, key, default,
 * whether it is required and how it is checked.  An unknown group or key, a
 * missing required one and a malformed value are errors that name the file, the
 * setting and the fix.  man/latchkey.conf.5 lists the same settings (a lint test
 * compares them). */
#ifndef LATCHKEY_BASE_CONFIG_H
#define LATCHKEY_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

struct config {
        /* [site] */
        const char *site_name;            /* what the shop is called: "Northlight Studio" */
        const char *portal_url;           /* https://learn.example.com, no trailing slash */
        const char *admin_url;            /* default: portal_url "/admin" */
        bool development;                 /* allows http, the dev clock, the sandbox's words */
        const char *locale;               /* en_GB: dates and money */
        const char *zone;                 /* Europe/Berlin */
        const char *support_email;
        const char *accent;               /* #rrggbb, contrast checked at start */
        /* [database] */
        const char *database;             /* conninfo without user; each program adds its own */
        const char *database_user;        /* overrides the program's role, for tests */
        /* [paths] */
        const char *templates;
        const char *files;                /* downloads and media, read by nginx through X-Accel-Redirect */
        const char *common_passwords;     /* a list, one per line */
        /* [gateway] */
        const char *gateway_url;          /* https://api.stripe.com */
        const char *gateway_checkout_origin; /* https://checkout.stripe.com, for form-action */
        const char *gateway_key;
        const char *gateway_account;      /* our name of the account: "stripe" */
        const char *hook_secret;
        const char *hook_secret_previous; /* while it is being rotated, or "" */
        const char *statement_text;       /* statement descriptor, at most 22 characters */
        /* [mail] */
        const char *smtp_url;             /* smtp://host:port or smtps:// */
        const char *smtp_user;
        const char *smtp_password;
        const char *smtp_ca_file;         /* "" = the system's */
        bool smtp_tls;                    /* STARTTLS required */
        const char *mail_from;            /* address */
        const char *mail_from_name;
        const char *reply_domain;         /* answers and bounces come back here; "" = no such addresses */
        const char *reply_secret;         /* signs these addresses */
        /* [seller]: legal data on receipts */
        const char *seller_name;
        const char *seller_address;       /* lines separated by \n */
        const char *seller_tax_number;
        const char *seller_country;       /* ISO 3166 */
        const char *receipt_series;       /* "R", credit notes get "C" */
        /* [bank]: credit transfers; none are offered while holder and iban are "" */
        const char *bank_holder;
        const char *bank_iban;            /* plain: no blanks, capitals */
        const char *bank_bic;             /* or "" */
        int64_t promise_days, promises;   /* a customer may put a payment off: days ahead, times */
        const char *call_above;           /* "200.00 EUR, 30000 JPY": a failure of so much is a call; "any": each */
        int64_t bank_days;                /* an order waits so many days for its transfer */
        /* [limits] */
        int64_t login_failures_account;   /* 10 in 15 minutes */
        int64_t login_failures_address;   /* 100 in 15 minutes */
        int64_t asks_account;             /* 20 in 15 minutes: forms that may send a mail */
        int64_t asks_address;             /* 300 in 15 minutes */
        int64_t access_deadline_seconds;  /* 60 */
        int64_t tickets_per_hour;         /* 5 for one address */
        const char *refund_alone;         /* "200.00 EUR, 30000 JPY": more of one order needs two persons; "any": never */
};

/* Read FILE into a config that belongs to POOL.  On failure NULL, with one
 * sentence for the operator in *ERROR (file, setting, fix). */
const struct config *config_load(struct pool *pool, const char *file, const char **error);

#endif
