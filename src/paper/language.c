/* language: one more object at the end of a PDF, see language.h. */
#include "paper/language.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The last TEXT in the file; there are zero bytes before it. */
static const char *
last(const GString *pdf, const char *text)
{
        size_t len = strlen(text);

        for (size_t at = pdf->len; at >= len; at--)
                if (memcmp(pdf->str + at - len, text, len) == 0)
                        return pdf->str + at - len;
        return NULL;
}

/* The number after the last NAME in the file. */
static bool
last_number(const GString *pdf, const char *name, long *number)
{
        const char *at = last(pdf, name);
        char *end;

        if (!at)
                return false;
        at += strlen(name);
        *number = strtol(at, &end, 10);
        return end != at && *number > 0;
}

/* What stands between << and >> of object NUMBER; cairo nests nothing in its catalogue but
 * what strings and references need. */
static char *
dictionary(const GString *pdf, long number)
{
        char *head = g_strdup_printf("\n%ld 0 obj\n<<", number);
        const char *from = last(pdf, head);
        const char *to = NULL;
        char *inside = NULL;

        if (from) {
                from += strlen(head);
                to = strstr(from, ">>\nendobj");
        }
        if (to)
                inside = g_strndup(from, (size_t)(to - from));
        g_free(head);
        return inside;
}

void
language_set(GString *pdf, const char *language)
{
        long root, info, size, previous;
        unsigned long object, table;
        char *catalogue;

        if (!last_number(pdf, "/Root ", &root) || !last_number(pdf, "/Info ", &info) ||
            !last_number(pdf, "/Size ", &size) || !last_number(pdf, "\nstartxref\n", &previous))
                return;
        catalogue = dictionary(pdf, root);
        if (!catalogue)
                return;
        if (pdf->len > 0 && pdf->str[pdf->len - 1] != '\n')
                g_string_append_c(pdf, '\n');
        object = (unsigned long)pdf->len;
        g_string_append_printf(pdf,
                               "%ld 0 obj\n<<%s   /Lang (%s)\n"
                               "   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n",
                               root, catalogue, language);
        table = (unsigned long)pdf->len;
        g_string_append_printf(pdf,
                               "xref\n%ld 1\n%010lu 00000 n \n"
                               "trailer\n<< /Size %ld /Root %ld 0 R /Info %ld 0 R /Prev %ld >>\n"
                               "startxref\n%lu\n%%%%EOF\n",
                               root, object, size, root, info, previous, table);
        g_free(catalogue);
}
