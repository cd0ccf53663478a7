/* demo: a year of customers for the shop of demo/northlight, and the logins to look at it
 * with.  In development alone: everybody knows these passwords. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/token.h"
#include "ctl/ctl.h"
#include "ctl/sqldir.h"
#include "db/migrate.h"
#include "domain/password.h"
#include "domain/totp.h"
#include "queries/demo.h"

#define DEMO_CUSTOMER "mara.lindqvist@example.com"
#define DEMO_OWNER "ada.nordin@northlight.example"
#define DEMO_OWNER_NAME "Ada Nordin"
#define DEMO_PASSWORD "evening-light-on-a-white-wall"

/* Twenty bytes; in base32 it is what server.env gives away. */
static const uint8_t demo_totp[TOTP_SECRET_SIZE + 1] = "northlight-demo-totp";

enum { LEAST = 1, MOST = 200000, ORDERS_AT_A_TIME = 500 };

/* What sql/demo.sql, sql/demo_plans.sql and sql/queries/demo.sql read by current_setting(). */
static bool
set_all(struct ctl *ctl, const char *customers, const char *seed)
{
        const struct config *config = ctl->config;
        const struct { const char *name, *value; } settings[] = {
                { "demo.customers", customers },
                { "demo.seed", seed },
                { "demo.email", DEMO_CUSTOMER },
                { "demo.password_hash", password_hash(ctl->pool, DEMO_PASSWORD) },
                { "demo.portal", config->portal_url },
                { "demo.gateway", config->gateway_url },
                { "demo.shop", config->site_name },
                { "demo.zone", config->zone },
                { "demo.series", config->receipt_series },
                { "demo.statement", config->statement_text },
                { "demo.seller_name", config->seller_name },
                { "demo.seller_address", config->seller_address },
                { "demo.seller_tax_number", config->seller_tax_number },
                { "demo.owner", DEMO_OWNER },
                { "demo.owner_name", DEMO_OWNER_NAME },
                { "demo.totp", token_hex(ctl->pool, demo_totp, TOTP_SECRET_SIZE) },
                { "demo.secret", token_new(ctl->pool) },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
                if (demo_set(ctl->db, settings[i].name, settings[i].value, NULL) != DB_OK)
                        return false;
        return true;
}

/* The gateway's side, one JSON object a line, for latchkey-sandbox --import. */
static enum ctl_exit
print_objects(struct ctl *ctl)
{
        struct pool *page = pool_new();
        struct demo_object_row *rows;
        int64_t after = 0;
        size_t n;
        enum ctl_exit status = CTL_FINE;

        do {
                pool_clear(page);
                db_unit(ctl->db, page, NULL, NULL);
                if (demo_objects(ctl->db, after, ORDERS_AT_A_TIME, &rows, &n) != DB_OK) {
                        status = ctl_fail_db(ctl);
                        break;
                }
                for (size_t i = 0; i < n; i++)
                        if (puts(rows[i].line) < 0)
                                status = ctl_fail(ctl, CTL_UNREACHABLE, NULL,
                                                  "the objects could not be written: %s",
                                                  g_strerror(errno));
                if (n > 0)
                        after = rows[n - 1].order_id;
        } while (n > 0 && status == CTL_FINE);
        db_unit(ctl->db, ctl->pool, NULL, NULL);
        pool_free(page);
        return status;
}

static enum ctl_exit
tell(struct ctl *ctl, bool json, int64_t n)
{
        static const struct column columns[] = { { "customers", NULL }, { "orders", NULL } };
        struct demo_state_row state;

        if (demo_state(ctl->db, &state) != DB_OK)
                return ctl_fail_db(ctl);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_number(state.customers), cell_number(state.orders) });
        if (!json)
                fprintf(stderr, "%lld customers with %lld orders%s\n", (long long)state.customers,
                        (long long)state.orders, n == 0 ? " were there already." : ".");
        return CTL_FINE;
}

/* Loaded once.  When it is there already nothing is made, but the objects are printed again,
 * so that an import that was cut off can be repeated. */
enum ctl_exit
run_demo_load(struct ctl *ctl)
{
        static const char *const files[] = { "demo.sql", "demo_plans.sql" };
        const char *customers = ctl_option(ctl, "customers"), *seed = ctl_option(ctl, "seed"), *error;
        bool json = output_is_json(ctl->out);
        struct demo_state_row state;
        char *end;
        long n = customers != NULL ? strtol(customers, &end, 10) : 0;
        enum ctl_exit status;

        if (customers == NULL || *end != '\0' || n < LEAST || n > MOST)
                return ctl_fail(ctl, CTL_USAGE, "--customers 40",
                                "say how many customers, from %d to %d", LEAST, MOST);
        if (!set_all(ctl, pool_printf(ctl->pool, "%ld", n), seed != NULL ? seed : "1") ||
            demo_state(ctl->db, &state) != DB_OK)
                return ctl_fail_db(ctl);
        if (state.orders > 0 && !state.loaded)
                return ctl_fail(ctl, CTL_USAGE, "script/server --fresh begins with a new one.",
                                "this database has orders already; nothing was loaded");
        for (size_t i = 0; !state.loaded && i < G_N_ELEMENTS(files); i++)
                if (!migrate_file(ctl->db, ctl->pool,
                                  pool_printf(ctl->pool, "%s/%s", sqldir(ctl), files[i]), &error))
                        return ctl_fail(ctl, CTL_UNREACHABLE,
                                        "It needs the rights of a superuser, and latchkeyctl product "
                                        "load demo/northlight before it.",
                                        "%s", error);
        status = json ? CTL_FINE : print_objects(ctl);
        if (status == CTL_FINE && db_notify(ctl->db, "latchkey_jobs") != DB_OK)
                status = ctl_fail_db(ctl);
        return status == CTL_FINE ? tell(ctl, json, state.loaded ? 0 : n) : status;
}

/* The demo's owner, and all logins as lines for server.env. */
enum ctl_exit
run_demo_staff(struct ctl *ctl)
{
        static const struct column columns[] = {
                {"customer", NULL}, {"owner", NULL}, {"password", NULL}, {"totp", NULL}};
        const char *totp = totp_base32(ctl->pool, demo_totp, TOTP_SECRET_SIZE, false);
        struct demo_customer_row customer = { "" };
        bool found;

        if (demo_customer(ctl->db, &customer, &found) != DB_OK ||
            demo_owner(ctl->db, DEMO_OWNER, DEMO_OWNER_NAME, password_hash(ctl->pool, DEMO_PASSWORD),
                       (struct db_bytes){ demo_totp, TOTP_SECRET_SIZE }, NULL) != DB_OK)
                return ctl_fail_db(ctl);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_text(found ? customer.email : NULL), cell_text(DEMO_OWNER),
                                              cell_text(DEMO_PASSWORD), cell_text(totp) });
        output_say(ctl->out, "LATCHKEY_DEMO_CUSTOMER=%s", found ? customer.email : "");
        output_say(ctl->out, "LATCHKEY_DEMO_OWNER=%s", DEMO_OWNER);
        output_say(ctl->out, "LATCHKEY_DEMO_PASSWORD=%s", DEMO_PASSWORD);
        output_say(ctl->out, "LATCHKEY_DEMO_TOTP=%s", totp);
        return CTL_FINE;
}
