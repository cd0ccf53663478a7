/* letter_ticket: mails about a message to staff and their answers.  A reply to one of them comes
 * back to the ticket by its signed address. */
#include "mail/address.h"
#include "queries/mail.h"
#include "view/words.h"
#include "worker/letter.h"

struct ticket {
        struct mail_ticket_row row;
        bool found;
};

static void *
ticket_ask(struct letter *letter)
{
        struct ticket *ticket = pool_alloc(letter->pool, sizeof(*ticket));

        mail_ticket_ask(letter->w->db, letter->row.object, letter->row.object_id, &ticket->row,
                        &ticket->found);
        return ticket;
}

static void
ticket_read(struct letter *letter, const void *facts)
{
        const struct ticket *ticket = facts;

        if (ticket->found)
                letter->reply_to =
                        address_reply(letter->pool, letter->w->config, ticket->row.number);
}

static void
ticket_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct ticket *ticket = facts;
        const struct mail_ticket_row *t = &ticket->row;
        bool has = ticket->found;
        const char *body = has ? t->body : "";

        view_url(view, "ticket_url", letter_help_url(letter, "link"));
        view_text(view, "ticket_number", has ? t->number : "");
        view_text(view, "ticket_about", has ? words_of("trouble", t->about) : "");
        view_text(view, "ticket_order", has ? t->order_number : "");
        view_flag(view, "can_reply", has && letter->w->config->reply_domain[0] != '\0');
        if (letter->plain)
                view_text(view, "said", body);
        else
                view_lines(view, "said", body);
}

static const struct letter_facts ticket_facts = { ticket_ask, ticket_read, ticket_push };

/* A mail that a member of staff wrote: under their name, about what they say it is. */
static void
personal_read(struct letter *letter, const void *facts)
{
        const struct ticket *ticket = facts;

        ticket_read(letter, facts);
        if (!ticket->found)
                return;
        if (ticket->row.subject[0] != '\0')
                letter->subject = ticket->row.subject;
        if (ticket->row.staff_name != NULL)
                letter->from_name = pool_printf(letter->pool, "%s, %s", ticket->row.staff_name, letter->w->config->site_name);
}

static void
personal_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct ticket *ticket = facts;

        ticket_push(view, letter, facts);
        view_text(view, "staff_name", ticket->found ? ticket->row.staff_name : "");
}

static const struct letter_facts personal_facts = { ticket_ask, personal_read, personal_push };

const struct letter_kind letter_ticket_kinds[] = {
        { .kind = "ticket_opened", .subject = "We have your message", .help = HELP_TICKET, .tells = { &ticket_facts } },
        { .kind = "ticket_answer", .subject = "Our answer to your message", .help = HELP_TICKET,
          .tells = { &ticket_facts } },
        { .kind = "ticket_link", .subject = "Your link to your message", .help = HELP_TICKET,
          .tells = { &ticket_facts } },
        { .kind = "personal", .subject = "A word about your payment", .plain = true, .help = HELP_TICKET,
          .tells = { &personal_facts } },
        { .kind = NULL },
};
