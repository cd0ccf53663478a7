/* post: mails are sent.
 *
 * Taken and committed first ("sending", with a lease), handed to the mail server, then the
 * outcome committed.  Whoever dies between leaves the mail "maybe sent": plain SMTP cannot
 * promise exactly once, and nobody gets a mail twice because of us (safety rule 24).  What
 * each mail says stands in letter.c and letter_*.c. */
#include <string.h>

#include "base/log.h"
#include "mail/address.h"
#include "queries/account_work.h"
#include "queries/mail.h"
#include "worker/letter.h"

enum { MAIL_LEASE_SECONDS = 100 };

/* What a deferred mail waits, by how often it was tried: about two days in all. */
static const int deferrals[] = { 60, 300, 900, 3600, 7200, 14400, 28800, 43200, 43200, 43200 };

static struct job_outcome
conclude(struct letter *letter, int64_t send_id, struct smtp_outcome sent)
{
        static const char *const words[] = { "sent", "deferred", "refused", "maybe_sent" };
        struct worker *w = letter->w;
        size_t n = sizeof(deferrals) / sizeof(deferrals[0]);
        size_t tries = (size_t)letter->row.tries;
        bool again = sent.result == SMTP_DEFERRED && tries <= n;
        const char *word = sent.result == SMTP_DEFERRED && !again ? "refused" : words[sent.result];

        message_done_ask(w->db, letter->row.id, send_id, word, sent.code,
                         sent.detail != NULL ? sent.detail : "", NULL);
        if (sent.result == SMTP_SENT)
                mail_evidence_ask(w->db, letter->row.id, NULL);
        if (db_wait(w->db) != DB_OK)
                return job_db_failed(w, letter->pool);
        if (sent.result != SMTP_SENT)
                log_warning("mail_not_sent", "message", log_int(letter->row.id), "outcome", word, "code",
                            log_int(sent.code), NULL);
        return again ? (struct job_outcome){ JOB_LATER, deferrals[tries - 1], "the mail server asked for patience" }
                     : job_done;
}

/* Take it, write it, commit; false with OUTCOME set when there is nothing to send. */
static bool
take(struct letter *letter, const struct job *job, int64_t *send_id, const char **bytes, size_t *len,
     struct job_outcome *outcome)
{
        struct worker *w = letter->w;
        struct send_row send;
        const char *error = NULL;
        bool found;

        db_begin(w->db);
        *outcome = (struct job_outcome){ JOB_FAILED, 0, "the database did not answer" };
        message_skip_ask(w->db, job_id_of_key(job), NULL);      /* what its reader does without */
        if (message_take(w->db, job_id_of_key(job), MAIL_LEASE_SECONDS, &letter->row, &found) != DB_OK)
                return false;
        if (!found) {
                struct message_state_row state;

                (void)db_commit(w->db);         /* it may have been skipped */
                if (message_state(w->db, job_id_of_key(job), &state, &found) != DB_OK)
                        return false;
                if (found && strcmp(state.status, "sending") == 0)
                        *outcome = (struct job_outcome){ JOB_LATER, 30, "another worker has it in hand" };
                else if (found && state.waits > 0)      /* at least a second, should the day begin right now */
                        *outcome = (struct job_outcome){ JOB_LATER, state.waits, "it waits for its reader's day" };
                else
                        *outcome = job_done;
                return false;
        }
        if (!letter_begin(letter)) {
                *outcome = (struct job_outcome){ JOB_HOPELESS, 0, "no template for this kind of mail" };
                return false;
        }
        message_begun_ask(w->db, letter->row.id, &send);
        letter_ask(letter);
        if (db_wait(w->db) != DB_OK)
                return false;
        *bytes = letter_write(letter, len, &error);
        if (*bytes == NULL) {
                *outcome = (struct job_outcome){ JOB_FAILED, 0, error };
                return false;
        }
        *send_id = send.id;
        return db_wait(w->db) == DB_OK && db_commit(w->db) == DB_OK;
}

struct job_outcome
job_mail(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct letter letter = { .w = w, .pool = pool };
        struct job_outcome outcome;
        const char *bytes, *bounce;
        int64_t send_id;
        size_t len;

        if (!take(&letter, job, &send_id, &bytes, &len, &outcome)) {
                db_rollback(w->db);
                return outcome;
        }
        bounce = address_bounce(pool, w->config, letter.row.id);
        return conclude(&letter, send_id,
                        smtp_send(w->smtp, pool, bounce != NULL ? bounce : w->config->mail_from, letter.row.email, bytes, len));
}
