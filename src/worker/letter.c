/* letter: a mail is written.
 *
 * A link that opens something is made here, just before it is sent; only its hash is kept,
 * and the copy that staff can read has it masked. */
#include "worker/letter.h"

#include <string.h>

#include "base/token.h"
#include "mail/message.h"
#include "queries/mail.h"

/* Every concept that sends mails. */
static const struct letter_kind *const tables[] = {
        letter_access_kinds,
        letter_account_kinds,
        letter_case_kinds,
        letter_payment_kinds,
        letter_plan_kinds,
        letter_reminder_kinds,
        letter_people_kinds,
        letter_staff_kinds,
        letter_ticket_kinds,
        letter_waiting_kinds,
        letter_withdraw_kinds,
};

bool
letter_begin(struct letter *letter)
{
        for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
                for (const struct letter_kind *k = tables[i]; k->kind != NULL; k++)
                        if (strcmp(k->kind, letter->row.kind) == 0) {
                                letter->kind = k;
                                return true;
                        }
        return false;
}

/* --- what is asked --- */

static size_t
facts_count(const struct letter *letter)
{
        size_t n = 0;

        while (n < LETTER_FACTS_MAX && letter->kind->tells[n] != NULL)
                n++;
        return n;
}

const char *
letter_token(struct letter *letter, struct db_bytes *hash)
{
        const char *token = token_new(letter->pool);
        uint8_t *bytes = pool_alloc(letter->pool, TOKEN_HASH_SIZE);

        token_sha256(token, strlen(token), bytes);
        *hash = (struct db_bytes){ bytes, TOKEN_HASH_SIZE };
        return token;
}

void
letter_ask(struct letter *letter)
{
        struct db *db = letter->w->db;
        const struct message_row *m = &letter->row;
        struct db_bytes hash;

        mail_order_ask(db, m->object, m->object_id, &letter->order, &letter->has_order);
        for (size_t i = 0; i < facts_count(letter); i++)
                if (letter->kind->tells[i]->ask != NULL)
                        letter->facts[i] = letter->kind->tells[i]->ask(letter);
        if (letter->kind->link != NULL) {
                letter->token = letter_token(letter, &hash);
                if (letter->kind->staff)
                        staff_link_make_ask(db, m->id, hash, NULL);
                else
                        link_make_ask(db, m->id, hash, NULL);
        }
        if (letter->kind->help != NO_HELP) {
                letter->help_token = letter_token(letter, &hash);
                ticket_link_make_ask(db, m->id, hash, NULL);
        }
}

/* --- what it says --- */

const char *
letter_help_url(const struct letter *letter, const char *way)
{
        if (letter->help_token == NULL)
                return "";
        return pool_printf(letter->pool, "%s/help/%s/%s", letter->w->config->portal_url, way,
                           letter->masked ? "(hidden)" : letter->help_token);
}

static const char *
link_url(const struct letter *letter)
{
        const struct config *config = letter->w->config;

        if (letter->token == NULL)
                return "";
        return pool_printf(letter->pool, "%s/%s/%s",
                           letter->kind->staff ? config->admin_url : config->portal_url,
                           letter->kind->link, letter->masked ? "(hidden)" : letter->token);
}

/* What every template finds: whose it is, its links, and the order that it is about. */
static void
push_common(struct view *view, const struct letter *letter, const char *subject)
{
        const struct config *config = letter->w->config;
        bool has = letter->has_order;
        bool waiting = has && letter->order.access_status != NULL &&
                       strcmp(letter->order.access_status, "waiting") == 0;

        view_text(view, "page_title", subject);
        view_text(view, "name", letter->row.customer_name);
        view_text(view, "title", letter->title);
        view_url(view, "login_url", pool_printf(letter->pool, "%s/login", config->portal_url));
        view_url(view, "link_url", link_url(letter));
        view_url(view, "help_url",
                 letter->kind->help == HELP_FORM ? letter_help_url(letter, "mail") : "");
        view_text(view, "giver", has ? letter->order.buyer_name : "");
        view_text(view, "order_number", has ? letter->order.number : "");
        view_url(view, "order_url",
                 has ? pool_printf(letter->pool, "%s/orders/%s", config->portal_url,
                                   letter->order.number)
                     : "");
        view_number(view, "refund_days", has ? letter->order.refund_days : 0);
        view_flag(view, "waiting", waiting);
}

/* ENDING is "txt" or "html".  NULL after a logged error. */
static const char *
render(struct letter *letter, const char *ending, const char *subject)
{
        const struct config *config = letter->w->config;
        struct view *view =
                view_plain(letter->w->views, letter->pool, config,
                           pool_printf(letter->pool, "mail/%s.%s", letter->kind->kind, ending));
        size_t len;

        letter->plain = strcmp(ending, "txt") == 0;
        view_locale(view, (struct view_locale){ letter->row.locale,
                    letter->row.zone[0] != '\0' ? letter->row.zone : config->zone });
        push_common(view, letter, subject);
        for (size_t i = 0; i < facts_count(letter); i++)
                if (letter->kind->tells[i]->push != NULL)
                        letter->kind->tells[i]->push(view, letter, letter->facts[i]);
        return view_render(view, &len);
}

const char *
letter_write(struct letter *letter, size_t *len, const char **error)
{
        const struct config *config = letter->w->config;
        const char *subject, *text, *html, *text_copy, *html_copy;
        struct message message;

        letter->title = letter->has_order ? letter->order.title : "";
        for (size_t i = 0; i < facts_count(letter); i++)
                if (letter->kind->tells[i]->read != NULL)
                        letter->kind->tells[i]->read(letter, letter->facts[i]);
        subject = letter->subject != NULL
                          ? letter->subject
                          : pool_printf(letter->pool, "%s%s", letter->kind->subject,
                                        letter->kind->titled ? letter->title : "");
        text = render(letter, "txt", subject);
        html = render(letter, "html", subject);
        letter->masked = true;
        text_copy = render(letter, "txt", subject);
        html_copy = render(letter, "html", subject);
        if (text == NULL || html == NULL || text_copy == NULL || html_copy == NULL) {
                *error = "a mail template could not be rendered";
                return NULL;
        }
        message_body_ask(letter->w->db, letter->row.id, subject, text_copy, html_copy, NULL);
        message = (struct message){
                .from = config->mail_from,
                .from_name = letter->from_name != NULL ? letter->from_name : config->mail_from_name,
                .to = letter->row.email,
                .to_name = letter->row.customer_name,
                .reply_to = letter->reply_to != NULL ? letter->reply_to : config->support_email,
                .subject = subject,
                .text = text,
                .html = letter->kind->plain ? NULL : html,
                .id = pool_printf(letter->pool, "m%lld.%d", (long long)letter->row.id,
                                  (int)letter->row.tries),
                .date = letter->row.now_at,
                .files = letter->has_file ? &letter->file : NULL,
                .n_files = letter->has_file ? 1 : 0,
        };
        return message_bytes(letter->pool, &message, len, error);
}
