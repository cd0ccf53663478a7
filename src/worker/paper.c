/* paper: receipts and credit notes.
 *
 * Numbered after the commit that booked the money, so that the series' counter is no hot
 * row there; number, record, PDF and the mail's job are one transaction, so the series has
 * no gap whatever crashes. */
#include <string.h>

#include "paper/receipt.h"
#include "paper/record.h"
#include "queries/receipt.h"
#include "view/format.h"
#include "view/method.h"
#include "worker/worker.h"

/* Everything that the two kinds of paper share. */
struct source {
        const char *order_number, *currency, *locale;
        const char *buyer_name, *buyer_address, *buyer_email, *buyer_tax_number;
        const char *brand, *method_kind, *last_four, *statement_text;
        instant paid_at, now_at;
        const struct receipt_source_line_row *lines;
        size_t n_lines;
};

static struct receipt_paper
paper_of(const struct worker *w, struct pool *pool, const struct source *source)
{
        const struct config *config = w->config;
        struct receipt_line *lines = pool_alloc(pool, (source->n_lines + 1) * sizeof(*lines));
        struct receipt_paper paper = {
                .issued_at = format_rfc3339(pool, source->now_at),
                .issued_on = format_paper_day(pool, source->now_at, config->zone),
                .paid_on = format_paper_day(pool, source->paid_at, config->zone),
                .order_number = source->order_number,
                .currency = source->currency,
                .locale = source->locale,
                .seller_name = config->seller_name,
                .seller_address = config->seller_address,
                .seller_tax_number = config->seller_tax_number,
                .buyer_name = source->buyer_name,
                .buyer_address = source->buyer_address,
                .buyer_email = source->buyer_email,
                .buyer_tax_number = source->buyer_tax_number,
                .paid_with = method_words(pool, source->method_kind, source->brand, source->last_four),
                .statement_text = source->statement_text,
                .lines = lines,
                .n_lines = source->n_lines,
        };

        for (size_t i = 0; i < source->n_lines; i++)
                lines[i] = (struct receipt_line){ source->lines[i].title, 1, source->lines[i].amount_minor,
                                                  source->lines[i].tax_bp };
        record_sum(pool, &paper);
        return paper;
}

/* "R-2026" from the settings' series and the year in the shop's zone. */
static const char *
series_of(const struct worker *w, struct pool *pool, bool credit_note, instant at)
{
        const char *day = format_paper_day(pool, at, w->config->zone);

        return pool_printf(pool, "%s%s-%s", w->config->receipt_series, credit_note ? "C" : "",
                           day + strlen(day) - 4);
}

struct filing {
        const char *kind;               /* receipts.kind */
        int64_t order_id, customer_id;
        const int64_t *payment_id, *refund_id, *refers_to;
};

/* Number PAPER, store it with its PDF.  False: see db_error_message(). */
static bool
file_paper(struct worker *w, struct pool *pool, struct receipt_paper *paper, const struct filing *filing,
           instant at)
{
        const char *series = series_of(w, pool, paper->credit_note, at);
        struct receipt_number_row number;
        struct receipt_id_row id;
        struct db_bytes pdf;

        receipt_series_open_ask(w->db, series, NULL);
        receipt_number_next_ask(w->db, series, &number);
        if (db_wait(w->db) != DB_OK)
                return false;
        paper->number = pool_printf(pool, "%s-%06d", series, (int)number.seq);
        if (receipt_add(w->db, series, number.seq, paper->number, filing->kind, filing->order_id,
                        filing->customer_id, filing->payment_id, filing->refund_id, filing->refers_to,
                        paper->currency, paper->total_minor, record_write(pool, paper), &id) != DB_OK)
                return false;
        pdf.data = receipt_pdf(pool, paper, &pdf.len);
        if (pdf.data == NULL)
                return false;
        receipt_file_add_ask(w->db, id.id, pdf, NULL);
        return db_wait(w->db) == DB_OK;
}

struct job_outcome
job_receipt(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct receipt_source_row row;
        struct receipt_source_line_row *lines;
        struct receipt_paper paper;
        size_t n;
        bool found;

        if (receipt_source(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found || row.done)
                return job_done;
        if (receipt_source_lines(w->db, row.order_id, row.payment_id, &lines, &n) != DB_OK)
                return job_db_failed(w, pool);
        paper = paper_of(w, pool, &(struct source){
                row.number, row.currency, row.locale, row.buyer_name, row.buyer_address, row.email,
                row.buyer_tax_number, row.brand, row.method_kind, row.last_four, row.statement_text,
                row.received_at, row.now_at, lines, n });
        if (!file_paper(w, pool, &paper, &(struct filing){ "receipt", row.order_id, row.customer_id,
                                                           &row.payment_id, NULL, NULL }, row.now_at))
                return job_db_failed(w, pool);
        receipt_mail_ask(w->db, "paid", "payment", row.payment_id, NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

struct job_outcome
job_credit_note(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct credit_note_source_row row;
        struct receipt_source_line_row *lines;
        struct receipt_paper paper;
        size_t n;
        bool found;

        if (credit_note_source(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found || row.done)
                return job_done;
        if (row.receipt_id_null)        /* the receipt that it corrects comes first */
                return (struct job_outcome){ JOB_LATER, 5, "the receipt is not numbered yet" };
        if (credit_note_source_lines(w->db, row.refund_id, &lines, &n) != DB_OK)
                return job_db_failed(w, pool);
        if (n == 0)
                return (struct job_outcome){ JOB_LATER, 3600, "staff must say which product was refunded" };
        paper = paper_of(w, pool, &(struct source){
                row.number, row.currency, row.locale, row.buyer_name, row.buyer_address, row.email,
                row.buyer_tax_number, row.brand, row.method_kind, row.last_four, row.statement_text,
                row.settled_at, row.now_at, lines, n });
        paper.credit_note = true;
        paper.refers_to = row.receipt_number;
        if (!file_paper(w, pool, &paper, &(struct filing){ "credit_note", row.order_id, row.customer_id, NULL,
                                                           &row.refund_id, &row.receipt_id }, row.now_at))
                return job_db_failed(w, pool);
        receipt_mail_ask(w->db, "refunded", "refund", row.refund_id, NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

/* A numbered paper that has no PDF yet: history that was brought in. */
struct job_outcome
job_receipt_print(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct receipt_paper_row row;
        struct receipt_paper paper;
        struct db_bytes pdf;
        bool found;

        if (receipt_unprinted(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found)
                return job_done;
        if (!record_read(pool, row.paper, &paper))
                return (struct job_outcome){ JOB_HOPELESS, 0, "the record of the paper cannot be read" };
        pdf.data = receipt_pdf(pool, &paper, &pdf.len);
        if (pdf.data == NULL)
                return (struct job_outcome){ JOB_FAILED, 0, "the paper could not be drawn" };
        receipt_file_add_ask(w->db, row.id, pdf, NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}
