/* log: one logfmt line per event on standard error, written in one piece. */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"

/* Longer values are cut: a log is no place for documents. */
#define VALUE_MAX 1024

static const char *const level_names[] = { "debug", "info", "warning", "error" };

static const char *program_name = "latchkey";
static enum log_level least_level = LOG_LEVEL_INFO;
static char request_id[65];

void
log_open(const char *program, enum log_level least)
{
        program_name = program;
        least_level = least;
}

void
log_request(const char *id)
{
        g_strlcpy(request_id, id == NULL ? "" : id, sizeof(request_id));
}

const char *
log_int(int64_t value)
{
        static char buffers[8][24];
        static unsigned next;
        char *buffer = buffers[next++ % 8];

        snprintf(buffer, sizeof(buffers[0]), "%" PRId64, value);
        return buffer;
}

/* Controls (C0, DEL, C1) and the line separators of Unicode. */
static bool
breaks_line(gunichar c)
{
        return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static void
append_escaped(GString *line, const char *value)
{
        const char *end = value + strnlen(value, VALUE_MAX);
        const char *at = value;

        while (at < end) {
                gunichar c = g_utf8_get_char_validated(at, end - at);
                unsigned char byte = (unsigned char)*at;

                if (c == (gunichar)-1 || c == (gunichar)-2) {
                        g_string_append_printf(line, "\\x%02x", byte);
                        at++;
                        continue;
                }
                if (c == '\n')
                        g_string_append(line, "\\n");
                else if (c == '\r')
                        g_string_append(line, "\\r");
                else if (c == '\t')
                        g_string_append(line, "\\t");
                else if (c == '"' || c == '\\')
                        g_string_append_printf(line, "\\%c", (char)c);
                else if (breaks_line(c))
                        g_string_append_printf(line, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
                else
                        g_string_append_unichar(line, c);
                at += g_utf8_skip[byte];
        }
        if (*end != '\0')
                g_string_append(line, "...");
}

/* Bare when it is one plain word, else in quotes. */
static bool
is_plain(const char *value)
{
        const char *at;

        for (at = value; *at != '\0'; at++)
                if (!g_ascii_isalnum(*at) && strchr("_-.,:/+@%$#()[]", *at) == NULL)
                        return false;
        return at - value <= VALUE_MAX;
}

static void
append_pair(GString *line, const char *key, const char *value)
{
        if (line->len > 0)
                g_string_append_c(line, ' ');
        g_string_append(line, key);
        g_string_append_c(line, '=');
        if (value == NULL)
                return;
        if (is_plain(value)) {
                g_string_append(line, value);
                return;
        }
        g_string_append_c(line, '"');
        append_escaped(line, value);
        g_string_append_c(line, '"');
}

static void
append_time(GString *line)
{
        instant now = clock_real();
        time_t seconds = (time_t)(now / CLOCK_SECOND);
        struct tm tm;

        gmtime_r(&seconds, &tm);
        g_string_append_printf(line, "time=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                               tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                               tm.tm_hour, tm.tm_min, tm.tm_sec,
                               (int)(now % CLOCK_SECOND / 1000));
}

static void
write_whole(const char *data, size_t len)
{
        while (len > 0) {
                ssize_t n = write(STDERR_FILENO, data, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return;
                data += n;
                len -= (size_t)n;
        }
}

static void
log_line(enum log_level level, const char *what, va_list pairs)
{
        GString *line;
        const char *key;
        int saved = errno;

        if (level < least_level)
                return;
        line = g_string_sized_new(256);
        append_time(line);
        append_pair(line, "level", level_names[level]);
        append_pair(line, "program", program_name);
        if (request_id[0] != '\0')
                append_pair(line, "request", request_id);
        append_pair(line, "what", what);
        while ((key = va_arg(pairs, const char *)) != NULL)
                append_pair(line, key, va_arg(pairs, const char *));
        g_string_append_c(line, '\n');
        write_whole(line->str, line->len);
        g_string_free(line, TRUE);
        errno = saved;
}

#define LOG_AT(level)                          \
        do {                                   \
                va_list pairs;                 \
                va_start(pairs, what);         \
                log_line(level, what, pairs);  \
                va_end(pairs);                 \
        } while (0)

void
log_debug(const char *what, ...)
{
        LOG_AT(LOG_LEVEL_DEBUG);
}

void
log_info(const char *what, ...)
{
        LOG_AT(LOG_LEVEL_INFO);
}

void
log_warning(const char *what, ...)
{
        LOG_AT(LOG_LEVEL_WARNING);
}

void
log_error(const char *what, ...)
{
        LOG_AT(LOG_LEVEL_ERROR);
}
