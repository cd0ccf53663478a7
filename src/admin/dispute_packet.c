/* dispute_packet: what the log holds about a dispute (the evidence vault), as lines for the
 * gateway, as a draft of the answer, and as a PDF. */
#include "admin/dispute_packet.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "paper/table.h"
#include "view/format.h"
#include "view/method.h"
#include "view/words.h"

enum { LOG_MOST = 500, SENT_MOST = 18000 };

enum db_status
dispute_look(struct dispute_page *page)
{
        struct request *req = page->req;
        int64_t id = param_int(req, "id");

        dispute_one_ask(req->db, id, &page->one);
        dispute_uses_ask(req->db, id, &page->uses, &page->n_uses);
        dispute_log_ask(req->db, id, LOG_MOST, &page->log, &page->n_log);
        return db_wait(req->db);
}

/* --- as text: for the PDF and for the bank ------------------------------------------ */

static const char *
or_none(const char *text)
{
        return text_is_empty(text) ? "–" : text;
}

static const char *
when(const struct dispute_page *page, instant at, bool null_at)
{
        return null_at ? "not yet" : format_exact(page->req->pool, at, page->req->config->zone);
}

const char *
dispute_said(struct pool *pool, const struct dispute_log_row *row)
{
        const char *word = words_of(row->topic, row->code);

        if (text_equal(row->topic, "message_kind"))
                word = pool_printf(pool, "Mail: %s", text_is_empty(row->said) ? word : row->said);
        else if (!text_is_empty(row->said))
                word = pool_printf(pool, "%s: %s", word, row->said);
        return pool_strdup(pool, word);
}

const char *
dispute_log_text(const struct dispute_page *page)
{
        struct pool *pool = page->req->pool;
        GString *text = g_string_new(NULL);
        const char *end;
        char *kept;

        for (size_t i = 0; i < page->n_log && text->len < SENT_MOST; i++) {
                const struct dispute_log_row *row = &page->log[i];

                g_string_append_printf(text, "%s  %s%s%s\n", format_rfc3339(pool, row->at), dispute_said(pool, row),
                                       row->detail != NULL ? "  " : "", row->detail != NULL ? row->detail : "");
        }
        /* Not in the middle of a letter. */
        (void)g_utf8_validate(text->str, (gssize)MIN(text->len, (size_t)SENT_MOST), &end);
        kept = pool_strndup(pool, text->str, (size_t)(end - text->str));
        g_string_free(text, TRUE);
        return kept;
}

const char *
dispute_draft(const struct dispute_page *page)
{
        struct pool *pool = page->req->pool;
        const struct dispute_one_row *one = &page->one;
        const char *text =
                pool_printf(pool, "%s bought from us on %s (order %s) and agreed to our terms of sale, version %d%s.\n\n",
                            one->buyer, format_paper_day(pool, one->agreed_at, page->req->config->zone), one->number,
                            (int)one->terms_version, one->consent_version_null ? "" : ", and to it beginning at once");

        for (size_t i = 0; i < page->n_uses; i++) {
                const struct dispute_use_row *use = &page->uses[i];

                if (use->granted_at_null)
                        continue;
                text = pool_printf(pool, "%s%s has been open to them since %s.", text, use->title,
                                   when(page, use->granted_at, false));
                if (!use->first_open_at_null)
                        text = pool_printf(pool, "%s They first opened it on %s; %d of %d parts were opened, %d finished.",
                                           text, when(page, use->first_open_at, false), (int)use->opened, (int)use->items,
                                           (int)use->done);
                text = pool_printf(pool, "%s\n\n", text);
        }
        return pool_printf(pool, "%sThe log of access, logins, downloads and mails is attached.\n", text);
}

/* --- the PDF ------------------------------------------------------------------------- */

static const struct table_column fact_columns[] = { { "", 0.28, false }, { "", 0.72, false } };
static const struct table_column use_columns[] = {
        { "Sold", 0.22, false }, { "Price", 0.12, true }, { "Used by", 0.20, false }, { "Open since", 0.14, false },
        { "First opened", 0.14, false }, { "Opened", 0.09, true }, { "Finished", 0.09, true },
};
static const struct table_column log_columns[] = {
        { "When", 0.31, false }, { "What", 0.38, false }, { "Address, browser", 0.31, false },
};
static const struct table_column text_columns[] = { { "What we say", 1.0, false } };

static const char *const *
fact_cells(const struct dispute_page *page, size_t *n)
{
        const struct dispute_one_row *one = &page->one;
        struct pool *pool = page->req->pool;
        const char *locale = page->req->config->locale;
        const char *facts[][2] = {
                { "Dispute", one->gateway_ref },
                { "Disputed", format_money(pool, one->amount_minor, one->currency, locale) },
                { "Reason", words_of("dispute_reason", one->reason) },
                { "Since", when(page, one->created_at, false) },
                { "Answer by", when(page, one->due_by, one->due_by_null) },
                { "Order", one->number },
                { "Customer", one->buyer },
                { "Email", one->email },
                { "Country", one->country },
                { "Payment", one->payment_ref },
                { "Paid", format_money(pool, one->paid_minor, one->currency, locale) },
                { "Paid on", when(page, one->received_at, false) },
                { "Paid with", or_none(method_words(pool, one->method_kind, one->brand, one->last_four)) },
                { "On the statement", or_none(one->statement_text) },
                { "Terms of sale",
                  pool_printf(pool, "version %d, agreed to %s", (int)one->terms_version, when(page, one->agreed_at, false)) },
                { "Beginning at once", one->consent_version_null
                                               ? "not asked for"
                                               : pool_printf(pool, "version %d, agreed to %s", (int)one->consent_version,
                                                             when(page, one->agreed_at, false)) },
                { "Access granted", when(page, one->granted_at, one->granted_at_null) },
                { "Paid back", format_money(pool, one->refunded_minor, one->currency, locale) },
        };

        *n = G_N_ELEMENTS(facts);
        return memcpy(pool_alloc(pool, sizeof facts), facts, sizeof facts);
}

static const char *const *
use_cells(const struct dispute_page *page)
{
        struct pool *pool = page->req->pool;
        const char **cells = pool_alloc(pool, (page->n_uses * G_N_ELEMENTS(use_columns) + 1) * sizeof *cells), **at = cells;

        for (size_t i = 0; i < page->n_uses; i++) {
                const struct dispute_use_row *use = &page->uses[i];

                *at++ = pool_printf(pool, "%s, version %d", use->title, (int)use->version);
                *at++ = format_money(pool, use->amount_minor, use->currency, page->req->config->locale);
                *at++ = or_none(use->person);
                *at++ = when(page, use->granted_at, use->granted_at_null);
                *at++ = when(page, use->first_open_at, use->first_open_at_null);
                *at++ = pool_printf(pool, "%d of %d", (int)use->opened, (int)use->items);
                *at++ = pool_printf(pool, "%d", (int)use->done);
        }
        return cells;
}

static const char *const *
log_cells(const struct dispute_page *page)
{
        struct pool *pool = page->req->pool;
        const char **cells = pool_alloc(pool, (page->n_log * G_N_ELEMENTS(log_columns) + 1) * sizeof *cells), **at = cells;

        for (size_t i = 0; i < page->n_log; i++) {
                *at++ = when(page, page->log[i].at, false);
                *at++ = dispute_said(pool, &page->log[i]);
                *at++ = page->log[i].detail;
        }
        return cells;
}

/* One row for each paragraph. */
static const char *const *
text_cells(const struct dispute_page *page, size_t *n)
{
        char **lines = g_strsplit(page->one.answer, "\n", -1);
        const char **cells = pool_alloc(page->req->pool, (g_strv_length(lines) + 1) * sizeof *cells);

        *n = 0;
        for (char **line = lines; *line != NULL && page->one.answer[0] != '\0'; line++)
                cells[(*n)++] = pool_strdup(page->req->pool, **line != '\0' ? *line : " ");
        g_strfreev(lines);
        return cells;
}

const void *
dispute_pdf(const struct dispute_page *page, size_t *len)
{
        struct request *req = page->req;
        size_t n_facts, n_texts;
        const char *const *facts = fact_cells(page, &n_facts), *const *texts = text_cells(page, &n_texts);
        const struct table tables[] = {
                { "What it is about", "", fact_columns, G_N_ELEMENTS(fact_columns), facts, n_facts },
                { "Our answer", "Not written yet.", text_columns, G_N_ELEMENTS(text_columns), texts, n_texts },
                { "What was sold, and used", "Nothing.", use_columns, G_N_ELEMENTS(use_columns), use_cells(page),
                  page->n_uses },
                { "Everything that happened", "Nothing is in the log.", log_columns, G_N_ELEMENTS(log_columns),
                  log_cells(page), page->n_log },
        };
        const struct table_report report = {
                .title = pool_printf(req->pool, "Dispute of order %s", page->one.number),
                .about = "What the log holds: agreement, payment, access, use and mails",
                .author = req->config->seller_name,
                .made_at = format_rfc3339(req->pool, req->identity.now_at),
                .wrap = true,
                .tables = tables,
                .n_tables = G_N_ELEMENTS(tables),
        };

        return table_pdf(req->pool, &report, len);
}
