/* letter_access: mails about access: it is open, it has ended, its day has moved. */
#include "queries/mail.h"
#include "worker/letter.h"

/* The right that the mail is about, as it was sold. */
struct right {
        struct mail_access_row row;
        bool found;
};

static void *
right_ask(struct letter *letter)
{
        struct right *right = pool_alloc(letter->pool, sizeof(*right));

        mail_access_ask(letter->w->db, letter->row.object_id, &right->row, &right->found);
        return right;
}

static void
right_read(struct letter *letter, const void *facts)
{
        const struct right *right = facts;

        if (right->found)
                letter->title = right->row.title;
}

static void
right_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct right *right = facts;

        (void)letter;
        view_text(view, "end_note", right->found ? right->row.end_note : "");
}

static const struct letter_facts right_facts = { right_ask, right_read, right_push };

/* The product, for a mail that belongs to no order. */
struct product {
        struct mail_product_row row;
        bool found;
};

static void *
product_ask(struct letter *letter)
{
        struct product *product = pool_alloc(letter->pool, sizeof(*product));

        mail_product_ask(letter->w->db, letter->row.object_id, &product->row, &product->found);
        return product;
}

static void
product_read(struct letter *letter, const void *facts)
{
        const struct product *product = facts;

        if (product->found)
                letter->title = product->row.title;
}

static const struct letter_facts product_facts = { product_ask, product_read, NULL };

const struct letter_kind letter_access_kinds[] = {
        { .kind = "access_open", .subject = "You have access: ", .titled = true, .link = "access", .help = HELP_FORM,
          .tells = { &letter_waiting_facts } },
        { .kind = "access_moved", .subject = "A new date for ", .titled = true, .help = HELP_FORM,
          .tells = { &letter_waiting_facts } },
        { .kind = "access_ended", .subject = "Your access has ended: ", .titled = true, .tells = { &right_facts } },
        { .kind = "already_yours", .subject = "You already have ", .titled = true, .link = "access", .help = HELP_FORM,
          .tells = { &product_facts } },
        { .kind = NULL },
};
