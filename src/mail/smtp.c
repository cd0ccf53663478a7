/* smtp: hands one mail after another to the mail server and says what became of each.
 *
 * libcurl gives one error for many refusals, so the talk is followed as it happens: which
 * command was sent last, what was answered, and whether the whole mail was handed over. */
#include "mail/smtp.h"

#include <string.h>

#include <curl/curl.h>
#include <glib.h>

#include "base/log.h"
#include "base/text.h"

#define CONNECT_SECONDS 10L
#define TOTAL_SECONDS 60L
#define DETAIL_MAX 300
#define ADDRESS_MAX 320

struct smtp {
        CURL *easy;
        char *url, *user, *password, *ca_file;
        bool tls;
};

enum phase { BEFORE_MAIL, AT_MAIL, AT_RCPT, AT_DATA, AFTER_DATA };

/* One mail under way. */
struct talk {
        const char *bytes;
        size_t len, given;
        enum phase phase;
        bool answered; /* the last command has its whole answer in code and words */
        bool over;     /* libcurl takes its leave: what follows tells nothing */
        int code;
        char words[DETAIL_MAX + 1];
};

/* --- opening --- */

static bool
is_loopback(const char *url)
{
        static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
        const char *host = strstr(url, "://");

        for (size_t i = 0; host && i < G_N_ELEMENTS(hosts); i++) {
                size_t len = strlen(hosts[i]);
                const char *end = host + 3 + len;

                if (strncmp(host + 3, hosts[i], len) == 0 && (*end == ':' || *end == '/' || !*end))
                        return true;
        }
        return false;
}

static const char *
settings_fault(const struct config *config)
{
        const char *url = config->smtp_url;
        bool secret = !text_is_empty(config->smtp_password) || !text_is_empty(config->smtp_user);

        if (text_is_empty(url) || text_has_control(url) || strpbrk(url, " ?#@"))
                return "mail smtp_url: not an address; give smtp://HOST:PORT or smtps://HOST:PORT";
        if (!text_starts(url, "smtp://") && !text_starts(url, "smtps://"))
                return "mail smtp_url: must begin with smtp:// or smtps://";
        if (secret && !config->smtp_tls && !text_starts(url, "smtps://") &&
            !(config->development && is_loopback(url)))
                return "mail smtp_password: is not sent without TLS; set smtp_tls = true";
        return NULL;
}

struct smtp *
smtp_open(const struct config *config, const char **error)
{
        struct smtp *smtp;

        *error = settings_fault(config);
        if (*error)
                return NULL;
        smtp = g_new0(struct smtp, 1);
        smtp->easy = curl_easy_init();
        if (!smtp->easy) {
                *error = "libcurl does not start";
                g_free(smtp);
                return NULL;
        }
        smtp->url = g_strdup(config->smtp_url);
        smtp->tls = config->smtp_tls;
        if (!text_is_empty(config->smtp_user)) {
                smtp->user = g_strdup(config->smtp_user);
                smtp->password = g_strdup(config->smtp_password ? config->smtp_password : "");
        }
        if (!text_is_empty(config->smtp_ca_file))
                smtp->ca_file = g_strdup(config->smtp_ca_file);
        return smtp;
}

void
smtp_close(struct smtp *smtp)
{
        if (!smtp)
                return;
        curl_easy_cleanup(smtp->easy);
        g_free(smtp->url);
        g_free(smtp->user);
        g_free(smtp->password);
        g_free(smtp->ca_file);
        g_free(smtp);
}

/* --- following the talk --- */

static bool
line_is(const char *line, size_t len, const char *command)
{
        return len >= strlen(command) && memcmp(line, command, strlen(command)) == 0;
}

/* Phases only go forward, so no line of a login can pass for a command. */
static void
follow_command(struct talk *talk, const char *line, size_t len)
{
        if (line_is(line, len, "QUIT") || line_is(line, len, "RSET")) {
                talk->over = true;
                return;
        }
        if (line_is(line, len, "MAIL FROM:") && talk->phase == BEFORE_MAIL)
                talk->phase = AT_MAIL;
        else if (line_is(line, len, "RCPT TO:") && talk->phase == AT_MAIL)
                talk->phase = AT_RCPT;
        else if (line_is(line, len, "DATA\r\n") && talk->phase == AT_RCPT)
                talk->phase = AT_DATA;
        talk->answered = false;
}

static void
keep_words(struct talk *talk, const char *line, size_t len)
{
        size_t n = 0;

        for (size_t i = 0; i < len && n < DETAIL_MAX; i++) {
                unsigned char c = (unsigned char)line[i];

                if (c >= 32 && c < 127)
                        talk->words[n++] = (char)c;
                else if (c >= 127)
                        talk->words[n++] = '?';
        }
        talk->words[n] = '\0';
}

/* "250-more" goes on, "250 done" and "250" end an answer. */
static void
follow_answer(struct talk *talk, const char *line, size_t len)
{
        if (len < 3 || !g_ascii_isdigit(line[0]) || !g_ascii_isdigit(line[1]) ||
            !g_ascii_isdigit(line[2]) || (len > 3 && line[3] == '-'))
                return;
        talk->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        talk->answered = true;
        keep_words(talk, line, len);
}

static int
follow(CURL *easy, curl_infotype type, char *line, size_t len, void *data)
{
        struct talk *talk = data;

        (void)easy;
        if (talk->over)
                return 0;
        if (type == CURLINFO_HEADER_OUT)
                follow_command(talk, line, len);
        else if (type == CURLINFO_HEADER_IN)
                follow_answer(talk, line, len);
        return 0;
}

/* libcurl asks until it gets 0, and only then ends the mail with a dot of its own: before
 * that no server may take it (RFC 5321, 4.1.1.4). */
static size_t
give(char *out, size_t size, size_t count, void *data)
{
        struct talk *talk = data;
        size_t len = talk->len - talk->given;

        if (len > size * count)
                len = size * count;
        memcpy(out, talk->bytes + talk->given, len);
        talk->given += len;
        if (len == 0) {
                talk->phase = AFTER_DATA;
                talk->answered = false;
        }
        return len;
}

/* --- one mail --- */

static void
set_options(struct smtp *smtp, struct talk *talk, const char *from, struct curl_slist *to,
            bool fresh)
{
        CURL *easy = smtp->easy;

        curl_easy_reset(easy); /* options alone: the connection stays */
        curl_easy_setopt(easy, CURLOPT_URL, smtp->url);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, TOTAL_SECONDS);
        curl_easy_setopt(easy, CURLOPT_USE_SSL,
                         (long)(smtp->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
        if (smtp->ca_file)
                curl_easy_setopt(easy, CURLOPT_CAINFO, smtp->ca_file);
        if (smtp->user) {
                curl_easy_setopt(easy, CURLOPT_USERNAME, smtp->user);
                curl_easy_setopt(easy, CURLOPT_PASSWORD, smtp->password);
        }
        curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from);
        curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(easy, CURLOPT_READDATA, talk);
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, follow);
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, talk);
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
}

/* A refusal is final only where it speaks of this address or this mail.  Before that, and
 * for "log in first" (530), it speaks of our settings, and a later try may succeed. */
static enum smtp_result
judge(const struct talk *talk)
{
        if (talk->phase == AFTER_DATA) {
                if (!talk->answered)
                        return SMTP_UNKNOWN;
                if (talk->code >= 200 && talk->code < 300)
                        return SMTP_SENT;
        }
        if (talk->answered && talk->code >= 500 && talk->code != 530 && talk->phase >= AT_RCPT)
                return SMTP_REFUSED;
        if (talk->answered && talk->code == 552 && talk->phase == AT_MAIL)
                return SMTP_REFUSED; /* too large */
        return SMTP_DEFERRED;
}

/* A kept connection that the server has given up: silence, or 421, to our MAIL. */
static bool
was_stale(CURL *easy, const struct talk *talk)
{
        long connects = 1;

        curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
        return connects == 0 && talk->phase < AT_DATA && (!talk->answered || talk->code == 421);
}

static CURLcode
deliver(struct smtp *smtp, struct talk *talk, const char *from, const char *to, bool fresh)
{
        struct curl_slist *list = curl_slist_append(NULL, to);
        const char *bytes = talk->bytes;
        size_t len = talk->len;
        CURLcode code;

        memset(talk, 0, sizeof *talk);
        talk->bytes = bytes;
        talk->len = len;
        set_options(smtp, talk, from, list, fresh);
        code = curl_easy_perform(smtp->easy);
        curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, NULL);
        curl_easy_setopt(smtp->easy, CURLOPT_VERBOSE, 0L);
        curl_slist_free_all(list);
        return code;
}

static bool
is_address(const char *address)
{
        return !text_is_empty(address) && strlen(address) <= ADDRESS_MAX && strchr(address, '@') &&
               !text_has_control(address) && !strpbrk(address, " <>,;\"\\");
}

static const char *
result_word(enum smtp_result result)
{
        static const char *const words[] = {
                [SMTP_SENT] = "sent",
                [SMTP_DEFERRED] = "deferred",
                [SMTP_REFUSED] = "refused",
                [SMTP_UNKNOWN] = "unknown",
        };

        return words[result];
}

struct smtp_outcome
smtp_send(struct smtp *smtp, struct pool *pool, const char *from, const char *to, const char *bytes,
          size_t len)
{
        struct talk talk = {.bytes = bytes, .len = len};
        struct smtp_outcome outcome = {.result = SMTP_REFUSED};
        CURLcode code;

        if (!is_address(from) || !is_address(to)) {
                outcome.detail = "the address is not clean";
                return outcome;
        }
        code = deliver(smtp, &talk, from, to, false);
        if (code != CURLE_OK && was_stale(smtp->easy, &talk))
                code = deliver(smtp, &talk, from, to, true);
        outcome.result = judge(&talk);
        outcome.code = talk.answered ? talk.code : 0;
        outcome.detail = talk.answered ? pool_strdup(pool, talk.words)
                                       : pool_strdup(pool, curl_easy_strerror(code));
        if (outcome.result != SMTP_SENT) /* the words may name a person: the code alone */
                log_warning("mail_not_sent", "result", result_word(outcome.result), "code",
                            log_int(outcome.code), "curl", log_int(code), NULL);
        return outcome;
}
