/* receive: one mail on standard input, from the mail server's pipe: a customer's answer becomes a
 * post of its ticket, a mail of ours that came back is marked (S0.6).
 *
 * The address says which one, and its signature that it was ours.  The exit status speaks to
 * the mail server (sysexits.h): what can never be taken is refused, what cannot be now stays in
 * its queue. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/filetype.h"
#include "base/text.h"
#include "base/token.h"
#include "ctl/ctl.h"
#include "mail/address.h"
#include "mail/incoming.h"
#include "mail/plain.h"
#include "queries/receive.h"

enum { BODY_CHARACTERS = 19000, FILES_MOST = 5, DETAIL_BYTES = 250 };

static const struct column columns[] = { { "result", NULL }, { "ticket", NULL }, { "message", NULL } };

/* What became of it, and that all is well. */
static enum ctl_exit
done(struct ctl *ctl, const char *result, const struct address *address, const char *words)
{
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_text(result), cell_text(address->ticket != NULL ? address->ticket : ""),
                                              cell_number(address->message) });
        output_say(ctl->out, "%s", words);
        return CTL_FINE;
}

/* All of standard input; NULL when it is more than a mail may be. */
static const char *
read_all(struct pool *pool, size_t *len)
{
        GByteArray *bytes = g_byte_array_new();
        const char *all = NULL;
        guint8 part[65536];
        ssize_t got;

        while ((got = read(STDIN_FILENO, part, sizeof(part))) > 0 && bytes->len <= INCOMING_BYTES_MOST)
                g_byte_array_append(bytes, part, (guint)got);
        *len = bytes->len;
        if (bytes->len <= INCOMING_BYTES_MOST && got == 0)
                all = pool_memdup(pool, bytes->len > 0 ? (const void *)bytes->data : "", bytes->len > 0 ? bytes->len : 1);
        g_byte_array_unref(bytes);
        return all;
}

/* The address that it was sent to: as the mail server says it, else the first of ours in it. */
static struct address
address_of(struct ctl *ctl, const struct incoming *mail)
{
        const char *recipient = ctl_option(ctl, "recipient");
        struct address address = { .kind = ADDRESS_FOREIGN };

        if (recipient != NULL)
                return address_read(ctl->pool, ctl->config, recipient);
        for (size_t i = 0; mail->recipients[i] != NULL && address.kind == ADDRESS_FOREIGN; i++)
                address = address_read(ctl->pool, ctl->config, mail->recipients[i]);
        return address;
}

/* --- an answer ---------------------------------------------------------------------- */

/* What was written, bounded, without card numbers. */
static const char *
body_of(struct pool *pool, const struct incoming *mail)
{
        const char *text = !text_is_empty(mail->text) ? text_trim(pool, mail->text) : "";
        const char *body;

        if (*text == '\0' && mail->html != NULL)
                text = plain_from_html(pool, mail->html);
        body = text_mask_card_numbers(pool, plain_reply(pool, text));
        if (g_utf8_strlen(body, -1) > BODY_CHARACTERS)
                body = pool_printf(pool, "%.*s\n[…]", (int)(g_utf8_offset_to_pointer(body, BODY_CHARACTERS) - body), body);
        if (*body == '\0' && mail->n_files == 0)
                body = "(The email was empty.)";
        return body;
}

/* Those that can be taken, with their types in TYPES; the rest is counted. */
static size_t
choose_files(struct pool *pool, const struct incoming *mail, const struct incoming_file **files, const char **types,
             int32_t *left_out)
{
        size_t n = 0;

        *left_out = 0;
        for (size_t i = 0; i < mail->n_files; i++) {
                const struct incoming_file *file = &mail->files[i];
                const char *type = file->len > 0 && file->len <= FILE_BYTES_MOST ? filetype_of(file->data, file->len) : NULL;

                if (type == NULL || n == FILES_MOST || filetype_has_card_number(pool, type, file->data, file->len)) {
                        (*left_out)++;
                        continue;
                }
                files[n] = file;
                types[n++] = type;
        }
        return n;
}

/* The Message-ID's hash, or the whole mail's where it has none. */
static struct db_bytes
reference(struct pool *pool, const struct incoming *mail, const char *bytes, size_t len)
{
        uint8_t *hash = pool_alloc(pool, TOKEN_HASH_SIZE);

        if (text_is_empty(mail->id))
                token_sha256(bytes, len, hash);
        else
                token_sha256(mail->id, strlen(mail->id), hash);
        return (struct db_bytes){ hash, TOKEN_HASH_SIZE };
}

static enum db_status
store(struct ctl *ctl, const struct incoming *mail, const struct address *address, struct db_bytes ref,
      struct received_row *received)
{
        const struct incoming_file *files[FILES_MOST];
        const char *types[FILES_MOST];
        struct received_file_row added;
        int32_t left_out;
        size_t n = choose_files(ctl->pool, mail, files, types, &left_out);
        enum db_status rc;

        db_begin(ctl->db);
        rc = receive_post(ctl->db, address->ticket, ref, mail->from, body_of(ctl->pool, mail), left_out, received);
        for (size_t i = 0; i < n && rc == DB_OK && !received->post_id_null; i++)
                rc = receive_file(ctl->db, received->post_id, filetype_name(ctl->pool, files[i]->name, types[i]), types[i],
                                  (struct db_bytes){ files[i]->data, files[i]->len }, &added);
        if (rc == DB_OK)
                return db_commit(ctl->db);
        db_rollback(ctl->db);
        return rc;
}

static enum ctl_exit
take_answer(struct ctl *ctl, const struct incoming *mail, const struct address *address, struct db_bytes ref)
{
        struct received_row received;

        if (mail->automatic)
                return done(ctl, "dropped", address, "An automatic answer: nothing was stored.");
        if (store(ctl, mail, address, ref, &received) != DB_OK)
                return ctl_fail_db(ctl);
        if (text_equal(received.result, "unknown"))
                return ctl_fail(ctl, CTL_NO_USER, NULL, "there is no such conversation");
        if (text_equal(received.result, "limited"))
                return ctl_fail(ctl, CTL_AGAIN, NULL, "too many mails within an hour; try again later");
        return done(ctl, received.result, address, text_equal(received.result, "again") ? "This mail was taken before."
                                                                                        : "The mail is a post of its ticket.");
}

/* --- one of ours that came back --------------------------------------------------------- */

static enum ctl_exit
take_bounce(struct ctl *ctl, const struct incoming *mail, const struct address *address)
{
        const char *detail = text_mask_card_numbers(ctl->pool, mail->detail);
        struct bounced_row row;

        if (!mail->report)
                return done(ctl, "dropped", address, "No delivery report: nothing was changed.");
        if (strlen(detail) > DETAIL_BYTES)
                detail = pool_strndup(ctl->pool, detail, (size_t)(g_utf8_find_prev_char(detail, detail + DETAIL_BYTES) - detail));
        if (receive_bounce(ctl->db, address->message, mail->failed, mail->code, detail, &row) != DB_OK)
                return ctl_fail_db(ctl);
        if (text_equal(row.result, "unknown"))
                return ctl_fail(ctl, CTL_NO_USER, NULL, "there is no such mail");
        if (text_equal(row.result, "early"))
                return ctl_fail(ctl, CTL_AGAIN, NULL, "the sending of this mail is not booked yet; try again later");
        return done(ctl, row.result, address, text_equal(row.result, "soft") ? "A report of a delay: nothing was changed."
                                                                             : "The mail came back.");
}

enum ctl_exit
run_receive(struct ctl *ctl)
{
        const struct incoming *mail;
        const char *bytes, *error;
        struct address address;
        size_t len;

        bytes = read_all(ctl->pool, &len);
        if (bytes == NULL)
                return ctl_fail(ctl, CTL_DATA, NULL, "a mail may have at most %d MB", INCOMING_BYTES_MOST >> 20);
        mail = incoming_read(ctl->pool, bytes, len, &error);
        if (mail == NULL)
                return ctl_fail(ctl, CTL_DATA, NULL, "%s", error);
        address = address_of(ctl, mail);
        if (address.kind == ADDRESS_REPLY)
                return take_answer(ctl, mail, &address, reference(ctl->pool, mail, bytes, len));
        if (address.kind == ADDRESS_BOUNCE)
                return take_bounce(ctl, mail, &address);
        return ctl_fail(ctl, CTL_NO_USER, NULL, address.kind == ADDRESS_FORGED
                        ? "this address is not one that we have given" : "no address of ours is among its recipients");
}
