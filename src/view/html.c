/* html: the one place where text becomes markup. */
#include "view/html.h"

#include <string.h>

#include <glib.h>

static const char *
entity(unsigned char c)
{
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default:
                return NULL;
        }
}

static bool
is_dropped(unsigned char c)
{
        return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

char *
html_escape(struct pool *pool, const char *text)
{
        size_t size = 1;
        const char *p;

        for (p = text; *p != '\0'; p++) {
                const char *name = entity((unsigned char)*p);

                size += name != NULL ? strlen(name) : 1;
        }

        char *out = pool_alloc(pool, size);
        char *o = out;

        for (p = text; *p != '\0'; p++) {
                unsigned char c = (unsigned char)*p;
                const char *name = entity(c);

                if (name != NULL)
                        o = g_stpcpy(o, name);
                else if (!is_dropped(c))
                        *o++ = *p;
        }
        *o = '\0';
        return out;
}

bool
html_url_is_safe(const char *url)
{
        if (url == NULL)
                return false;
        for (const char *p = url; *p != '\0'; p++) {
                unsigned char c = (unsigned char)*p;

                if (c <= 0x20 || c == 0x7f || c == '\\')
                        return false;
        }
        if (url[0] == '/')
                return url[1] != '/';
        if (g_ascii_strncasecmp(url, "http://", 7) == 0)
                return url[7] != '\0' && url[7] != '/';
        if (g_ascii_strncasecmp(url, "https://", 8) == 0)
                return url[8] != '\0' && url[8] != '/';
        if (g_ascii_strncasecmp(url, "webcal://", 9) == 0)
                return url[9] != '\0' && url[9] != '/';
        if (g_ascii_strncasecmp(url, "mailto:", 7) == 0)
                return strchr(url, '@') != NULL;
        return false;
}
