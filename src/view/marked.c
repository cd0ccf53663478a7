/* marked: see marked.h. */
#include "view/marked.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "view/html.h"

enum { WORDS_MOST = 1500 };

/* A word with the blanks behind it. */
struct word {
        const char *at;
        size_t len, whole; /* without and with the blanks */
};

static size_t
split(const char *text, struct word words[WORDS_MOST + 1])
{
        static const char blanks[] = " \n";
        size_t n = 0;

        while (*text != '\0' && n <= WORDS_MOST) {
                size_t len = strcspn(text, blanks), whole = len + strspn(text + len, blanks);

                words[n++] = (struct word){text, len, whole};
                text += whole;
        }
        return n;
}

static bool
same(const struct word *a, const struct word *b)
{
        return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* How many words the rest of both have in common, for each two places. */
static uint16_t *
common_of(const struct word *a, size_t n, const struct word *b, size_t m)
{
        uint16_t *common = g_new0(uint16_t, (n + 1) * (m + 1));

        for (size_t i = n; i-- > 0;)
                for (size_t k = m; k-- > 0;)
                        common[i * (m + 1) + k] =
                                same(&a[i], &b[k])
                                        ? (uint16_t)(common[(i + 1) * (m + 1) + k + 1] + 1)
                                        : MAX(common[(i + 1) * (m + 1) + k],
                                              common[i * (m + 1) + k + 1]);
        return common;
}

static void
append(GString *out, struct pool *pool, const char *at, size_t len)
{
        char *part = pool_alloc(pool, len + 1);

        memcpy(part, at, len);
        part[len] = '\0';
        g_string_append(out, html_escape(pool, part));
}

static void
mark(GString *out, struct pool *pool, const struct word *a, size_t n, const struct word *b,
     size_t m, const char *tag)
{
        uint16_t *common = common_of(a, n, b, m);
        size_t k = 0;

        for (size_t i = 0; i < n;) {
                size_t from = i;

                while (k < m && i < n && !same(&a[i], &b[k]) &&
                       common[i * (m + 1) + k + 1] >= common[(i + 1) * (m + 1) + k])
                        k++;
                while (i < n && (k >= m || (!same(&a[i], &b[k]) &&
                                            common[(i + 1) * (m + 1) + k] >
                                                    common[i * (m + 1) + k + 1])))
                        i++;
                if (i > from) {
                        const struct word *last = &a[i - 1];

                        g_string_append_printf(out, "<%s>", tag);
                        append(out, pool, a[from].at, (size_t)(last->at + last->len - a[from].at));
                        g_string_append_printf(out, "</%s>", tag);
                        append(out, pool, last->at + last->len, last->whole - last->len);
                } else if (i < n && k < m && same(&a[i], &b[k])) {
                        append(out, pool, a[i].at, a[i].whole);
                        i++;
                        k++;
                }
        }
        g_free(common);
}

struct html
marked_words(struct pool *pool, const char *text, const char *other, const char *tag)
{
        struct word *a = pool_alloc(pool, (WORDS_MOST + 1) * sizeof(*a)),
                    *b = pool_alloc(pool, (WORDS_MOST + 1) * sizeof(*b));
        size_t n = split(text, a), m = split(other, b);
        GString *out;
        struct html html;

        if (n > WORDS_MOST || m > WORDS_MOST)
                return (struct html){html_escape(pool, text)};
        out = g_string_new(NULL);
        mark(out, pool, a, n, b, m, tag);
        html = (struct html){pool_strdup(pool, out->str)};
        g_string_free(out, TRUE);
        return html;
}
