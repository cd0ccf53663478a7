/* staff: who may work on the staff pages. */
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"
#include "ctl/ctl.h"
#include "queries/operator.h"

static bool
is_role(const char *role)
{
        static const char *const roles[] = { "owner", "finance", "support", "viewer" };

        for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
                if (text_equal(role, roles[i]))
                        return true;
        return false;
}

/* Prints a link with which they choose a password and a second factor, once, within three
 * days.  Adding somebody again gives a new link and the new role. */
enum ctl_exit
run_staff_add(struct ctl *ctl)
{
        static const struct column columns[] = { { "email", NULL }, { "role", NULL }, { "link", NULL } };
        const char *email = ctl->args[0], *role = ctl_option(ctl, "role"), *name = ctl_option(ctl, "name");
        const char *fold = text_is_email(email) ? text_fold_email(ctl->pool, email) : NULL;
        const char *token, *link;
        uint8_t hash[TOKEN_HASH_SIZE];
        struct operator_answer_row answer;

        if (fold == NULL)
                return ctl_fail(ctl, CTL_USAGE, NULL, "%s is no mail address", email);
        if (!is_role(role))
                return ctl_fail(ctl, CTL_USAGE, "--role owner, finance, support or viewer", "name their role");
        token = token_new(ctl->pool);
        token_sha256(token, strlen(token), hash);
        if (operator_staff_add(ctl->db, email, fold, name != NULL ? name : "", role,
                               (struct db_bytes){ hash, sizeof(hash) }, &answer) != DB_OK)
                return ctl_fail_db(ctl);
        link = pool_printf(ctl->pool, "%s/set-up/%s", ctl->config->admin_url, token);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_text(email), cell_text(role), cell_text(link) });
        output_say(ctl->out, "%s is %s now. The link works once, for three days:", email, role);
        output_say(ctl->out, "  %s", link);
        return CTL_FINE;
}
