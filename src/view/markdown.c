/* markdown: the texts that staff write, as safe markup (safety rule 25).
 *
 * Raw HTML is never let through.  Links and images keep their address only when
 * html_url_is_safe() says so or when they point into the same page.  Headings are
 * one level lower, for the page has its own first heading. */
#include "view/markdown.h"

#include <string.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <glib.h>

#include "view/html.h"

static const char *const extensions[] = {"table", "strikethrough", "autolink", "tagfilter"};

static cmark_parser *
parser_new(void)
{
        cmark_gfm_core_extensions_ensure_registered();

        cmark_parser *parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8);

        for (size_t i = 0; i < G_N_ELEMENTS(extensions); i++) {
                cmark_syntax_extension *extension = cmark_find_syntax_extension(extensions[i]);

                if (extension != NULL)
                        cmark_parser_attach_syntax_extension(parser, extension);
        }
        return parser;
}

static void
tidy_node(cmark_node *node)
{
        cmark_node_type type = cmark_node_get_type(node);

        if (type == CMARK_NODE_HEADING) {
                cmark_node_set_heading_level(node, MIN(cmark_node_get_heading_level(node) + 1, 6));
        } else if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE) {
                const char *url = cmark_node_get_url(node);

                if (url == NULL || (url[0] != '#' && !html_url_is_safe(url)))
                        cmark_node_set_url(node, "");
        }
}

static void
tidy(cmark_node *document)
{
        cmark_iter *iter = cmark_iter_new(document);
        cmark_event_type event;

        while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
                if (event == CMARK_EVENT_ENTER)
                        tidy_node(cmark_iter_get_node(iter));
        }
        cmark_iter_free(iter);
}

/* Text never contains a bare '<', so each of these is a link that cmark wrote. */
static char *
mark_links(struct pool *pool, const char *markup)
{
        static const char plain[] = "<a href=";
        static const char marked[] = "<a rel=\"noopener\" href=";
        GString *out = g_string_sized_new(strlen(markup) + 64);

        for (const char *link; (link = strstr(markup, plain)) != NULL;) {
                g_string_append_len(out, markup, link - markup);
                g_string_append(out, marked);
                markup = link + strlen(plain);
        }
        g_string_append(out, markup);

        char *result = pool_strndup(pool, out->str, out->len);

        g_string_free(out, TRUE);
        return result;
}

/* --- anchors --- */

/* "What you can do" as "s-what-you-can-do"; another one of the same name gets a number. */
static const char *
anchor_of(struct pool *pool, const char *text, const GArray *before)
{
        GString *id = g_string_new("s");
        const char *result;
        bool gap = true;

        for (; *text != '\0' && id->len < 60; text++) {
                if (!g_ascii_isalnum(*text)) {
                        gap = true;
                        continue;
                }
                if (gap)
                        g_string_append_c(id, '-');
                g_string_append_c(id, g_ascii_tolower(*text));
                gap = false;
        }
        result = pool_strdup(pool, id->str);
        g_string_free(id, TRUE);
        for (guint i = 0; i < before->len; i++)
                if (strcmp(g_array_index(before, struct markdown_heading, i).id, result) == 0)
                        return pool_printf(pool, "%s-%u", result, before->len + 1);
        return result;
}

static const char *
words_in(struct pool *pool, cmark_node *heading)
{
        cmark_iter *iter = cmark_iter_new(heading);
        GString *words = g_string_new(NULL);
        cmark_event_type event;
        const char *result;

        while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
                cmark_node_type type = cmark_node_get_type(cmark_iter_get_node(iter));

                if (event == CMARK_EVENT_ENTER && (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE))
                        g_string_append(words, cmark_node_get_literal(cmark_iter_get_node(iter)));
        }
        cmark_iter_free(iter);
        result = pool_strdup(pool, words->str);
        g_string_free(words, TRUE);
        return result;
}

static void
list_headings(struct pool *pool, cmark_node *document, GArray *headings)
{
        cmark_iter *iter = cmark_iter_new(document);
        cmark_event_type event;

        while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
                cmark_node *node = cmark_iter_get_node(iter);
                struct markdown_heading heading;

                if (event != CMARK_EVENT_ENTER || cmark_node_get_type(node) != CMARK_NODE_HEADING)
                        continue;
                heading.text = words_in(pool, node);
                heading.id = anchor_of(pool, heading.text, headings);
                g_array_append_val(headings, heading);
        }
        cmark_iter_free(iter);
}

/* As with links: each "<h" and a digit is a heading that cmark wrote, in the order of the list. */
static char *
mark_headings(struct pool *pool, const char *markup, const GArray *headings)
{
        GString *out = g_string_sized_new(strlen(markup) + 64);
        guint n = 0;
        char *result;

        for (const char *tag; n < headings->len && (tag = strstr(markup, "<h")) != NULL;) {
                g_string_append_len(out, markup, tag - markup + 2);
                markup = tag + 2;
                if (g_ascii_isdigit(markup[0]) && markup[1] == '>') {
                        g_string_append_printf(out, "%c id=\"%s\"", markup[0],
                                               g_array_index(headings, struct markdown_heading, n++).id);
                        markup++;
                }
        }
        g_string_append(out, markup);
        result = pool_strndup(pool, out->str, out->len);
        g_string_free(out, TRUE);
        return result;
}

static struct html
render(struct pool *pool, const char *text, GArray *headings)
{
        if (text == NULL || *text == '\0')
                return (struct html){.markup = ""};

        cmark_parser *parser = parser_new();

        cmark_parser_feed(parser, text, strlen(text));

        cmark_node *document = cmark_parser_finish(parser);

        tidy(document);
        if (headings != NULL)
                list_headings(pool, document, headings);

        char *markup = cmark_render_html(document, CMARK_OPT_DEFAULT,
                                         cmark_parser_get_syntax_extensions(parser));
        struct html html = {.markup = mark_links(pool, markup)};

        if (headings != NULL)
                html.markup = mark_headings(pool, html.markup, headings);
        cmark_get_default_mem_allocator()->free(markup);
        cmark_node_free(document);
        cmark_parser_free(parser);
        return html;
}

struct html
markdown_render(struct pool *pool, const char *text)
{
        return render(pool, text, NULL);
}

struct html
markdown_render_anchored(struct pool *pool, const char *text, struct markdown_heading **headings, size_t *n)
{
        GArray *list = g_array_new(FALSE, FALSE, sizeof(struct markdown_heading));
        struct html html = render(pool, text, list);

        *n = list->len;
        *headings = list->len > 0 ? pool_memdup(pool, list->data, list->len * sizeof(struct markdown_heading)) : NULL;
        g_array_free(list, TRUE);
        return html;
}

struct html
markdown_marked(struct pool *pool, const char *text)
{
        GString *out = g_string_new(NULL);
        bool open = false;
        struct html html;

        while (*text != '\0') {
                size_t len = strcspn(text, "\x02\x03");

                g_string_append(out, html_escape(pool, pool_strndup(pool, text, len)));
                text += len;
                if (*text == '\0')
                        break;
                if (open != (*text == '\x02')) {        /* a mark too many says nothing */
                        g_string_append(out, open ? "</mark>" : "<mark>");
                        open = !open;
                }
                text++;
        }
        if (open)
                g_string_append(out, "</mark>");
        html.markup = pool_strndup(pool, out->str, out->len);
        g_string_free(out, TRUE);
        return html;
}
