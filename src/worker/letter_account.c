/* letter_account: mails about an account: a link to log in, its password and passkeys, its
 * address changed by its owner or corrected by staff. */
#include "queries/account_work.h"
#include "view/format.h"
#include "worker/letter.h"

/* A change of address, or a correction. */
struct address {
        struct mail_address_row row;
        bool found;
};

static void *
address_ask(struct letter *letter)
{
        struct address *address = pool_alloc(letter->pool, sizeof(*address));

        mail_address_ask(letter->w->db, letter->row.object, letter->row.object_id, &address->row,
                         &address->found);
        return address;
}

static void
address_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct address *address = facts;
        const struct mail_address_row *a = &address->row;
        bool has = address->found;

        view_text(view, "old_email", has ? a->old_email : "");
        view_text(view, "new_email", has ? a->new_email : "");
        view_text(view, "correction_number", has ? a->number : "");
        view_text(view, "correction_reason", has ? a->reason : "");
        view_text(view, "undo_until",
                  has && !a->undo_until_null
                          ? format_paper_day(letter->pool, a->undo_until, letter->w->config->zone)
                          : "");
}

static const struct letter_facts address_facts = { address_ask, NULL, address_push };

/* Where its owner looks after an account. */
static void
pages_push(struct view *view, const struct letter *letter, const void *facts)
{
        const char *base = letter->w->config->portal_url;

        (void)facts;
        view_url(view, "passkeys_url", pool_printf(letter->pool, "%s/account/passkeys", base));
        view_url(view, "forgotten_url", pool_printf(letter->pool, "%s/login/forgotten", base));
}

static const struct letter_facts pages_facts = { NULL, NULL, pages_push };

const struct letter_kind letter_account_kinds[] = {
        { .kind = "login_link", .subject = "Your link to log in", .link = "access", .help = HELP_FORM },
        { .kind = "password_changed", .subject = "Your password was changed", .tells = { &pages_facts } },
        { .kind = "passkey_added", .subject = "A passkey was added", .tells = { &pages_facts } },
        { .kind = "address_confirm", .subject = "Is this your new address?", .link = "account/address/link",
          .tells = { &address_facts } },
        { .kind = "address_changed", .subject = "Your email address was changed", .link = "address-undo",
          .tells = { &address_facts } },
        { .kind = "address_taken", .subject = "Somebody entered your address" },
        { .kind = "address_restored", .subject = "Your address is back", .link = "access",
          .tells = { &address_facts } },
        { .kind = "address_was", .subject = "Your email address was corrected", .tells = { &address_facts } },
        { .kind = "address_is", .subject = "Your email address was corrected", .link = "access",
          .tells = { &address_facts } },
        { .kind = "correction_refused", .subject = "We could not correct the address", .tells = { &address_facts } },
        { .kind = NULL },
};
