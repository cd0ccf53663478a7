/* letter_staff: mails to members of staff about their own account. */
#include "worker/letter.h"

static void
account_push(struct view *view, const struct letter *letter, const void *facts)
{
        (void)facts;
        view_url(view, "account_url",
                 pool_printf(letter->pool, "%s/account", letter->w->config->admin_url));
}

static const struct letter_facts account_facts = { NULL, NULL, account_push };

const struct letter_kind letter_staff_kinds[] = {
        { .kind = "staff_invite", .subject = "Your invitation to the staff pages", .staff = true, .link = "set-up" },
        { .kind = "staff_recovered", .subject = "Somebody logged in with a recovery code", .staff = true,
          .tells = { &account_facts } },
        { .kind = "staff_passkey", .subject = "A passkey for the staff pages was added", .staff = true,
          .tells = { &account_facts } },
        { .kind = "staff_password", .subject = "Your staff password was changed", .staff = true,
          .tells = { &account_facts } },
        { .kind = "staff_refund_asked", .subject = "A refund waits for your yes", .staff = true,
          .tells = { &letter_payment_facts } },
        { .kind = "staff_refund_refused", .subject = "A refund was refused", .staff = true,
          .tells = { &letter_payment_facts } },
        { .kind = NULL },
};
