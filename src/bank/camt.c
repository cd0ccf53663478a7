/* camt: credits out of a bank's statement, see camt.h. */
#include "bank/camt.h"

#include <string.h>

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/iban.h"
#include "base/text.h"

struct camt {
        struct pool *pool;
        struct statement *out;
        const char *iban;
        const char *id;         /* of the statement at hand */
        int32_t line;           /* counts everything in it, so that names stay */
        const char **error;
};

static bool
fail(struct camt *in, const char *what)
{
        *in->error = in->id != NULL && in->line > 0
                ? pool_printf(in->pool, "Statement %s, entry %d: %s.", in->id, (int)in->line, what)
                : pool_printf(in->pool, "%c%s.", g_ascii_toupper(what[0]), what + 1);
        return false;
}

static bool
is_named(const xmlNode *node, const char *name)
{
        return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

/* The next element of NAME at or behind NODE. */
static const xmlNode *
find(const xmlNode *node, const char *name)
{
        while (node != NULL && !is_named(node, name))
                node = node->next;
        return node;
}

/* "RltdPties/Dbtr/Nm" below NODE, the first of each; NULL. */
static const xmlNode *
at_path(const xmlNode *node, const char *path)
{
        char **steps = g_strsplit(path, "/", -1);

        for (size_t i = 0; node != NULL && steps[i] != NULL; i++)
                node = find(node->children, steps[i]);
        g_strfreev(steps);
        return node;
}

static void
free_xml(void *text)
{
        xmlFree(text);
}

/* What stands in NODE, on one line; "". */
static const char *
text_of(struct camt *in, const xmlNode *node, size_t max)
{
        xmlChar *text = node != NULL ? xmlNodeGetContent(node) : NULL;

        if (text == NULL)
                return "";
        pool_defer(in->pool, free_xml, text);
        return statement_clean(in->pool, (const char *)text, max);
}

static const char *
text_at(struct camt *in, const xmlNode *node, const char *path, size_t max)
{
        return text_of(in, at_path(node, path), max);
}

/* The structured reference, and every unstructured line behind it. */
static const char *
reference_of(struct camt *in, const xmlNode *details)
{
        const xmlNode *info = at_path(details, "RmtInf");
        GString *all = g_string_new(text_at(in, info, "Strd/CdtrRefInf/Ref", 140));
        const xmlNode *free_text = info != NULL ? find(info->children, "Ustrd") : NULL;
        const char *text;

        for (; free_text != NULL && all->len < 500; free_text = find(free_text->next, "Ustrd"))
                g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", text_of(in, free_text, 140));
        if (all->len == 0) {
                const char *id = text_at(in, details, "Refs/EndToEndId", 35);

                g_string_append(all, strcmp(id, "NOTPROVIDED") != 0 ? id : "");
        }
        text = statement_clean(in->pool, all->str, 500);
        g_string_free(all, TRUE);
        return text;
}

/* An <Amt Ccy="EUR">149.00</Amt> above nothing. */
static bool
read_amount(struct camt *in, const xmlNode *amount, struct statement_credit *credit)
{
        xmlChar *currency = amount != NULL ? xmlGetNoNsProp(amount, (const xmlChar *)"Ccy") : NULL;

        credit->currency = currency != NULL ? statement_clean(in->pool, (const char *)currency, 3) : "";
        if (currency != NULL)
                xmlFree(currency);
        if (amount == NULL || strlen(credit->currency) != 3 || !g_ascii_isupper(credit->currency[0]) ||
            !statement_amount(in->pool, text_of(in, amount, 40), credit->currency, &credit->amount_minor))
                return fail(in, "there is no amount in a currency that we know");
        return credit->amount_minor > 0 || fail(in, "the amount is not above nothing");
}

/* One payment: DETAILS of ENTRY, or the entry alone (DETAILS NULL). */
static bool
read_credit(struct camt *in, const xmlNode *entry, const xmlNode *details, bool alone)
{
        const xmlNode *amount = alone ? NULL : at_path(details, "Amt");
        struct statement_credit *credit = statement_add(in->pool, in->out);
        const char *day = text_at(in, entry, "BookgDt/Dt", 10);

        if (credit == NULL)
                return fail(in, "a file has at most 50000 payments");
        if (amount == NULL && !alone)
                amount = at_path(details, "AmtDtls/TxAmt/Amt");
        credit->statement = in->id;
        credit->line = in->line;
        if (day[0] == '\0')
                day = text_at(in, entry, "BookgDt/DtTm", 30);
        if (!statement_day(day, &credit->booked_on))
                return fail(in, "there is no booking day");
        if (!read_amount(in, amount != NULL ? amount : at_path(entry, "Amt"), credit))
                return false;
        credit->reference = details != NULL ? reference_of(in, details) : "";
        if (credit->reference[0] == '\0')
                credit->reference = text_at(in, entry, "AddtlNtryInf", 500);
        credit->payer = text_at(in, details, "RltdPties/Dbtr/Nm", 140);
        if (credit->payer[0] == '\0')
                credit->payer = text_at(in, details, "RltdPties/Dbtr/Pty/Nm", 140);
        credit->payer_iban = iban_plain(in->pool, text_at(in, details, "RltdPties/DbtrAcct/Id/IBAN", 40));
        if (!iban_is_valid(credit->payer_iban))
                credit->payer_iban = "";
        return true;
}

/* Is every one of the entry's payments told with its own amount? */
static size_t
count_details(const xmlNode *entry, bool *whole)
{
        const xmlNode *list = at_path(entry, "NtryDtls");
        size_t n = 0;

        *whole = true;
        for (; list != NULL; list = find(list->next, "NtryDtls"))
                for (const xmlNode *one = find(list->children, "TxDtls"); one != NULL; one = find(one->next, "TxDtls")) {
                        n++;
                        *whole = *whole && (at_path(one, "Amt") != NULL || at_path(one, "AmtDtls/TxAmt/Amt") != NULL);
                }
        return n;
}

static bool
read_entry(struct camt *in, const xmlNode *entry)
{
        const char *status = text_at(in, entry, "Sts/Cd", 10);
        const xmlNode *list = at_path(entry, "NtryDtls");
        bool whole, ok = true;
        size_t n = count_details(entry, &whole);

        in->line++;
        if (status[0] == '\0')
                status = text_at(in, entry, "Sts", 10);
        if (strcmp(text_at(in, entry, "CdtDbtInd", 10), "CRDT") != 0 || strcmp(status, "BOOK") != 0 ||
            strcmp(text_at(in, entry, "RvslInd", 10), "true") == 0) {
                in->out->others++;
                return true;
        }
        if (n < 2 || !whole)
                return read_credit(in, entry, at_path(entry, "NtryDtls/TxDtls"), true);
        for (; ok && list != NULL; list = find(list->next, "NtryDtls"))
                for (const xmlNode *one = find(list->children, "TxDtls"); ok && one != NULL;
                     one = find(one->next, "TxDtls"), in->line++)
                        ok = read_credit(in, entry, one, false);
        return ok;
}

static bool
read_statement(struct camt *in, const xmlNode *statement)
{
        const char *account = iban_plain(in->pool, text_at(in, statement, "Acct/Id/IBAN", 40));
        bool ok = true;

        in->line = 0;
        in->id = text_at(in, statement, "Id", 70);
        if (in->id[0] == '\0')
                return fail(in, "a statement has no name (Id)");
        if (account[0] != '\0' && in->iban[0] != '\0' && strcmp(account, in->iban) != 0)
                return fail(in, "this is the statement of another account than the one in the settings");
        for (const xmlNode *entry = find(statement->children, "Ntry"); ok && entry != NULL;
             entry = find(entry->next, "Ntry"))
                ok = read_entry(in, entry);
        return ok;
}

static bool
read_document(struct camt *in, const xmlDoc *doc)
{
        const xmlNode *root = xmlDocGetRootElement(doc);
        const xmlNode *statement;
        bool ok = true;

        if (doc->intSubset != NULL || doc->extSubset != NULL)
                return fail(in, "the file has a document type, which no bank's statement has");
        statement = root != NULL && is_named(root, "Document") ? at_path(root, "BkToCstmrStmt/Stmt") : NULL;
        if (statement == NULL)
                return fail(in, "the file is XML, but no statement of the kind camt.053");
        for (; ok && statement != NULL; statement = find(statement->next, "Stmt"))
                ok = read_statement(in, statement);
        return ok;
}

bool
camt_read(struct pool *pool, const char *text, size_t len, const char *iban, struct statement *out,
          const char **error)
{
        struct camt in = { .pool = pool, .out = out, .iban = iban, .error = error };
        xmlDoc *doc;
        bool ok;

        out->source = "camt";
        /* Before anything is parsed: what declares entities is not looked at. */
        if (g_strstr_len(text, (gssize)len, "<!DOCTYPE") != NULL || g_strstr_len(text, (gssize)len, "<!ENTITY") != NULL)
                return fail(&in, "the file has a document type, which no bank's statement has");
        xmlResetLastError();
        doc = xmlReadMemory(text, (int)len, NULL, "UTF-8",
                            XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
        if (doc == NULL) {
                const xmlError *last = xmlGetLastError();

                return fail(&in, pool_printf(pool, "the file is no whole XML: it breaks in line %d",
                                             last != NULL ? last->line : 1));
        }
        ok = read_document(&in, doc);
        xmlFreeDoc(doc);
        return ok;
}
