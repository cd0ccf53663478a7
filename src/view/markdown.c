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

struct html
markdown_render(struct pool *pool, const char *text)
{
        if (text == NULL || *text == '\0')
                return (struct html){.markup = ""};

        cmark_parser *parser = parser_new();

        cmark_parser_feed(parser, text, strlen(text));

        cmark_node *document = cmark_parser_finish(parser);

        tidy(document);

        char *markup = cmark_render_html(document, CMARK_OPT_DEFAULT,
                                         cmark_parser_get_syntax_extensions(parser));
        struct html html = {.markup = mark_links(pool, markup)};

        cmark_get_default_mem_allocator()->free(markup);
        cmark_node_free(document);
        cmark_parser_free(parser);
        return html;
}
