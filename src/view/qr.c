/* qr: a QR code as inline SVG. */
#include "view/qr.h"

#include <string.h>

#include <glib.h>
#include <qrencode.h>

#include "view/html.h"

enum { QUIET = 4 };     /* modules of white on each side */

/* A path of one rectangle for each run of dark modules. */
static void
put_path(GString *out, const QRcode *code)
{
        for (int y = 0; y < code->width; y++) {
                const unsigned char *row = code->data + y * code->width;

                for (int x = 0; x < code->width;) {
                        int begin = x;

                        while (x < code->width && (row[x] & 1) != 0)
                                x++;
                        if (x > begin)
                                g_string_append_printf(out, "M%d %dh%dv1h-%dz", begin + QUIET,
                                                       y + QUIET, x - begin, x - begin);
                        else
                                x++;
                }
        }
}

struct html
qr_svg(struct pool *pool, const char *text, const char *label)
{
        QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
        struct html html = { "" };
        GString *out;

        if (code == NULL)
                return html;
        out = g_string_sized_new(8192);
        g_string_append_printf(out,
                               "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                               "role=\"img\" aria-label=\"%s\" shape-rendering=\"crispEdges\">"
                               "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
                               code->width + 2 * QUIET, code->width + 2 * QUIET,
                               html_escape(pool, label));
        put_path(out, code);
        g_string_append(out, "\"/></svg>");
        html.markup = pool_strndup(pool, out->str, out->len);
        g_string_free(out, TRUE);
        QRcode_free(code);
        return html;
}
