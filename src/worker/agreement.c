/* agreement: the paper of a version of an agreement, made once and kept: what both sides read on their
 * pages, as a PDF. */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/money_format.h"
#include "paper/table.h"
#include "queries/agreement.h"
#include "queries/agreement_work.h"
#include "view/format.h"
#include "worker/worker.h"

enum { FACTS_MOST = 12 };

static const struct table_column fact_columns[] = { { "", 0.28, false }, { "", 0.72, false } };
static const struct table_column due_columns[] = { { "Day", 0.32, false }, { "What", 0.4, false }, { "Amount", 0.28, true } };
static const struct table_column text_columns[] = { { "", 1.0, false } };

struct paper {
        struct worker *w;
        struct pool *pool;
        struct agreement_doc_row doc;
        struct agreement_schedule_row *rows;
        size_t n_rows;
};

static const char *
money(const struct paper *paper, int64_t minor)
{
        return format_money(paper->pool, minor, paper->doc.currency, paper->w->config->locale);
}

/* Two cells for each fact. */
static const char *const *
fact_cells(const struct paper *paper, size_t *n)
{
        const struct agreement_doc_row *doc = &paper->doc;
        struct pool *pool = paper->pool;
        const char **cells = pool_alloc(pool, 2 * FACTS_MOST * sizeof *cells);
        const char *const facts[][2] = {
                { "Seller", paper->w->config->seller_name },
                { "Customer", doc->buyer_name },
                { "For", pool_printf(pool, "%s, order %s", doc->title, doc->number) },
                { "Agreed", !doc->agreed_at_null ? format_exact(pool, doc->agreed_at, doc->zone) : "" },
                { "From the address", doc->agreed_from },
                { "Terms of sale", !doc->terms_version_null ? pool_printf(pool, "version %d", (int)doc->terms_version) : "" },
                { pool_printf(pool, "Each %s", doc->every), !doc->period_minor_null ? money(paper, doc->period_minor) : "" },
                { "What changed", doc->note },
                { "Fingerprint (SHA-256)", doc->fingerprint },
        };

        *n = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(facts); i++) {
                if (facts[i][1] == NULL || facts[i][1][0] == '\0')
                        continue;
                cells[2 * *n] = facts[i][0];
                cells[2 * (*n)++ + 1] = facts[i][1];
        }
        return cells;
}

static const char *
what(const struct paper *paper, const struct agreement_schedule_row *row)
{
        if (strcmp(row->part, "deposit") == 0)
                return "Deposit";
        return strcmp(row->part, "period") == 0 ? "The period from that day"
                                                : pool_printf(paper->pool, "Instalment %d of %d", (int)row->n, (int)row->of);
}

static const char *const *
due_cells(const struct paper *paper, size_t *n)
{
        const char **cells = pool_alloc(paper->pool, 3 * (paper->n_rows + 1) * sizeof *cells), **to = cells;

        for (size_t i = 0; i < paper->n_rows; i++) {
                *to++ = paper->rows[i].day;
                *to++ = what(paper, &paper->rows[i]);
                *to++ = money(paper, paper->rows[i].amount_minor);
        }
        *n = paper->n_rows + 1;
        *to++ = paper->doc.period_minor_null ? "In all" : "After that";
        *to++ = paper->doc.period_minor_null ? "" : pool_printf(paper->pool, "every %s, until it is cancelled", paper->doc.every);
        *to = money(paper, paper->doc.period_minor_null ? paper->doc.total_minor : paper->doc.period_minor);
        return cells;
}

static const char *const *
shown_cells(const struct paper *paper, size_t *n)
{
        char **lines = g_strsplit(paper->doc.shown, "\n", -1);
        const char **cells = pool_alloc(paper->pool, (g_strv_length(lines) + 1) * sizeof *cells);

        *n = 0;
        for (char **line = lines; *line != NULL && paper->doc.shown[0] != '\0'; line++)
                cells[(*n)++] = pool_strdup(paper->pool, **line != '\0' ? *line : " ");
        g_strfreev(lines);
        return cells;
}

static struct db_bytes
write_paper(const struct paper *paper, instant at)
{
        struct pool *pool = paper->pool;
        size_t n_facts, n_dues, n_shown;
        const char *const *facts = fact_cells(paper, &n_facts), *const *dues = due_cells(paper, &n_dues);
        const char *const *shown = shown_cells(paper, &n_shown);
        const struct table tables[] = {
                { "Who and what", "", fact_columns, G_N_ELEMENTS(fact_columns), facts, n_facts },
                { "Every amount and its day", "", due_columns, G_N_ELEMENTS(due_columns), dues, n_dues },
                { "The text that was agreed to", "It was agreed before such texts were kept.", text_columns, 1, shown, n_shown },
        };
        const struct table_report report = {
                .title = "Payment agreement",
                .about = pool_printf(pool, "Order %s, version %d of %s", paper->doc.number, (int)paper->doc.version,
                                     format_exact(pool, paper->doc.made_at, paper->doc.zone)),
                .author = paper->w->config->seller_name,
                .made_at = format_rfc3339(pool, at),
                .wrap = true,
                .tables = tables,
                .n_tables = G_N_ELEMENTS(tables),
        };
        struct db_bytes pdf = { 0 };

        pdf.data = table_pdf(pool, &report, &pdf.len);
        return pdf;
}

/* Key: agreement, "/", version. */
struct job_outcome
job_agreement_paper(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct paper paper = { .w = w, .pool = pool };
        const char *slash = strchr(job->key, '/');
        int32_t version = slash != NULL ? (int32_t)strtol(slash + 1, NULL, 10) : 0;
        struct agreement_paper_of_row of;
        struct db_bytes pdf;
        bool found;

        if (agreement_paper_of(w->db, job_id_of_key(job), version, &of, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found || of.done)
                return job_done;
        agreement_doc_ask(w->db, of.number, version, &paper.doc);
        agreement_schedule_ask(w->db, of.number, version, &paper.rows, &paper.n_rows);
        if (db_wait(w->db) != DB_OK)
                return job_db_failed(w, pool);
        pdf = write_paper(&paper, of.now_at);
        if (pdf.data == NULL)
                return (struct job_outcome){ JOB_LATER, 3600, "the paper could not be drawn" };
        return agreement_paper_add(w->db, job_id_of_key(job), version, pdf, NULL) == DB_OK ? job_done : job_db_failed(w, pool);
}
