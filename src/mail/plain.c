/* plain: the words that somebody wrote, out of a mail's text or HTML. */
#include "mail/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"

/* --- HTML --------------------------------------------------------------------------- */

static const struct { const char *name; gunichar c; } entities[] = {
        { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }, { "nbsp", ' ' },
        { "euro", 0x20ac }, { "ndash", 0x2013 }, { "mdash", 0x2014 }, { "hellip", 0x2026 }, { "rsquo", 0x2019 },
        { "lsquo", 0x2018 }, { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bdquo", 0x201e }, { "copy", 0xa9 },
        { "auml", 0xe4 }, { "ouml", 0xf6 }, { "uuml", 0xfc }, { "Auml", 0xc4 }, { "Ouml", 0xd6 }, { "Uuml", 0xdc },
        { "szlig", 0xdf }, { "eacute", 0xe9 }, { "egrave", 0xe8 }, { "agrave", 0xe0 }, { "ccedil", 0xe7 },
};

/* The character of the entity at *AT ("&...;"), which moves behind it; 0 where there is none. */
static gunichar
entity_at(const char **at)
{
        const char *name = *at + 1;
        size_t len = strcspn(name, "; \n<&");
        gunichar c = 0;

        if (name[len] != ';' || len == 0 || len > 10)
                return 0;
        if (name[0] == '#') {
                bool hex = name[1] == 'x' || name[1] == 'X';
                guint64 n = g_ascii_strtoull(name + 1 + hex, NULL, hex ? 16 : 10);

                c = n >= 0xa0 || (n >= 0x20 && n < 0x7f) ? (gunichar)MIN(n, 0x110000) : 0;
                if (!g_unichar_validate(c))
                        c = 0;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(entities) && c == 0; i++)
                if (strlen(entities[i].name) == len && strncmp(entities[i].name, name, len) == 0)
                        c = entities[i].c;
        if (c != 0)
                *at = name + len + 1;
        return c;
}

static bool
is_tag(const char *tag, const char *name)
{
        size_t len = strlen(name);

        return g_ascii_strncasecmp(tag, name, len) == 0 && !g_ascii_isalnum(tag[len]);
}

static bool
is_one_of(const char *tag, const char *const *names)
{
        for (; *names != NULL; names++)
                if (is_tag(tag, *names))
                        return true;
        return false;
}

static void
new_line(GString *out)
{
        while (out->len > 0 && out->str[out->len - 1] == ' ')
                g_string_truncate(out, out->len - 1);
        if (out->len > 0 && !(out->len > 1 && g_str_has_suffix(out->str, "\n\n")))
                g_string_append_c(out, '\n');
}

/* Behind the end of the element TAG, whose contents are no words. */
static const char *
behind(const char *at, const char *tag)
{
        size_t len = strcspn(tag, " \t\n/>");

        while ((at = strstr(at, "</")) != NULL) {
                if (g_ascii_strncasecmp(at + 2, tag, len) == 0)
                        return at + strcspn(at, ">") + (at[strcspn(at, ">")] == '>');
                at += 2;
        }
        return "";
}

/* The tag at AT ("<..."); where the text goes on. */
static const char *
tag_at(const char *at, GString *out)
{
        static const char *const silent[] = { "script", "style", "head", "title", "template", NULL };
        static const char *const blocks[] = { "br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table",
                                              "pre", "hr", "section", NULL };
        const char *tag = at + 1, *end;

        if (g_str_has_prefix(at, "<!--")) {
                end = strstr(at, "-->");
                return end != NULL ? end + 3 : "";
        }
        if (*tag != '/' && *tag != '!' && !g_ascii_isalpha(*tag)) {
                g_string_append_c(out, '<');
                return tag;
        }
        end = tag + strcspn(tag, ">");
        end += *end == '>';
        if (is_one_of(tag, silent))
                return behind(end, tag);
        /* What follows is the mail that is answered. */
        if (is_tag(tag, "blockquote") || (is_tag(tag, "div") && (g_strstr_len(tag, end - tag, "gmail_quote") != NULL ||
                                                                 g_strstr_len(tag, end - tag, "divRplyFwdMsg") != NULL)))
                return is_tag(tag, "blockquote") ? behind(end, tag) : "";
        if (is_one_of(tag + (*tag == '/'), blocks))
                new_line(out);
        return end;
}

const char *
plain_from_html(struct pool *pool, const char *html)
{
        GString *out = g_string_sized_new(strlen(html));
        const char *text;

        for (const char *at = html; *at != '\0';) {
                gunichar c;

                if (*at == '<') {
                        at = tag_at(at, out);
                        continue;
                }
                c = *at == '&' ? entity_at(&at) : 0;
                if (c == 0) {
                        c = g_utf8_get_char(at);
                        at += g_utf8_skip[(unsigned char)*at];
                }
                if (c == 0xa0 || g_unichar_isspace(c)) {
                        if (out->len > 0 && strchr(" \n", out->str[out->len - 1]) == NULL)
                                g_string_append_c(out, ' ');
                } else {
                        g_string_append_unichar(out, c);
                }
        }
        text = text_trim(pool, out->str);
        g_string_free(out, TRUE);
        return text;
}

/* --- what is quoted ------------------------------------------------------------------- */

static bool
fits(const char *pattern, const char *line)
{
        return g_regex_match_simple(pattern, line, G_REGEX_CASELESS, 0);
}

/* Whether the answered mail begins at LINES[I]: an attribution, a separator, a block of headers. */
static bool
begins_quote(char **lines, size_t i)
{
        const char *line = lines[i], *next = lines[i + 1] != NULL ? lines[i + 1] : "";
        bool attributes = fits("(wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|skrev) ?.{0,60}:\\s*$", line) ||
                          (fits("^(on|am|le|el|il|op) .{6,}", line) &&
                           fits("(wrote|schrieb|a écrit|escribió|ha scritto|schreef):\\s*$", next));

        if (attributes)
                return true;
        if (fits("^-{2,} ?(original message|ursprüngliche nachricht|forwarded message|message d.origine)", line))
                return true;
        if (fits("^_{20,}$", line))
                return true;
        return fits("^(from|von|de): .*@", line) && fits("^(sent|date|gesendet|datum|to|an|envoyé|subject|betreff): ", next);
}

/* The end of what was written: LINES up to there. */
static size_t
written(char **lines, size_t n)
{
        size_t end = n;

        for (size_t i = 0; i < n; i++) {
                if (begins_quote(lines, i) || strcmp(lines[i], "-- ") == 0) {
                        end = i;
                        break;
                }
        }
        while (end > 0 && (lines[end - 1][0] == '>' || *g_strchug(lines[end - 1]) == '\0'))
                end--;
        return end;
}

const char *
plain_reply(struct pool *pool, const char *text)
{
        char **lines = g_strsplit(text, "\n", -1);
        size_t n = g_strv_length(lines), end = written(lines, n);
        GString *out = g_string_new(NULL);
        const char *kept;

        for (size_t i = 0; i < end; i++)
                g_string_append_printf(out, "%s\n", lines[i]);
        kept = text_trim(pool, out->str);
        g_string_free(out, TRUE);
        g_strfreev(lines);
        return *kept != '\0' ? kept : text_trim(pool, text);
}
