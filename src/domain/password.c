/* password: argon2id hashes, and which passwords are refused. */
#include "domain/password.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <argon2.h>
#include <glib.h>

#include "base/log.h"
#include "base/text.h"
#include "base/token.h"

enum { COST_KIB = 19 * 1024, COST_TIMES = 2, LANES = 1, SALT_SIZE = 16, HASH_SIZE = 32 };

static GHashTable *common;      /* folded words; lives as long as the process */

/* --- hashes ---------------------------------------------------------------- */

/* The same letters are the same bytes on every keyboard. */
static char *
normal(const char *text)
{
        char *out = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);

        return out != NULL ? out : g_strdup(text);
}

static void
no_memory(int rc)
{
        log_error("argon2_failed", "reason", argon2_error_message(rc), NULL);
        abort();
}

const char *
password_hash(struct pool *pool, const char *text)
{
        uint8_t salt[SALT_SIZE];
        char encoded[160], *plain = normal(text);
        int rc;

        token_random(salt, sizeof salt);
        rc = argon2id_hash_encoded(COST_TIMES, COST_KIB, LANES, plain, strlen(plain), salt,
                                   sizeof salt, HASH_SIZE, encoded, sizeof encoded);
        g_free(plain);
        if (rc != ARGON2_OK)
                no_memory(rc);
        return pool_strdup(pool, encoded);
}

bool
password_verify(const char *hash, const char *text)
{
        char *plain = normal(text);
        int rc = argon2id_verify(hash, plain, strlen(plain));

        g_free(plain);
        if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
                no_memory(rc);
        if (rc != ARGON2_OK && rc != ARGON2_VERIFY_MISMATCH)
                log_error("password_hash_malformed", "reason", argon2_error_message(rc), NULL);
        return rc == ARGON2_OK;
}

bool
password_dummy(const char *text)
{
        static const uint8_t salt[SALT_SIZE];
        uint8_t out[HASH_SIZE];
        char *plain = normal(text);
        int rc = argon2id_hash_raw(COST_TIMES, COST_KIB, LANES, plain, strlen(plain), salt,
                                   sizeof salt, out, sizeof out);

        g_free(plain);
        if (rc != ARGON2_OK)
                no_memory(rc);
        return false;
}

/* --- the list ---------------------------------------------------------------- */

bool
password_load(const struct config *config, const char **error)
{
        static char sentence[512];
        GError *why = NULL;
        char *text, **lines;

        /* A verify takes 19 MiB: mapped apart and given back at once, for malloc would keep
         * them for the process's life after the first one. */
        mallopt(M_MMAP_THRESHOLD, 1024 * 1024);

        if (common != NULL)
                return true;
        if (!g_file_get_contents(config->common_passwords, &text, NULL, &why)) {
                g_snprintf(sentence, sizeof sentence,
                           "[paths] common_passwords: %s: give the path of etc/common-passwords.txt",
                           why->message);
                g_error_free(why);
                *error = sentence;
                return false;
        }
        common = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
                g_strstrip(*line);
                if (**line != '\0' && **line != '#')
                        g_hash_table_add(common, g_utf8_casefold(*line, -1));
        }
        g_strfreev(lines);
        g_free(text);
        return true;
}

static bool
is_common(const char *word, size_t len)
{
        char copy[64];

        if (common == NULL || len == 0 || len >= sizeof copy)
                return false;
        memcpy(copy, word, len);
        copy[len] = '\0';
        return g_hash_table_contains(common, copy);
}

/* --- what is refused ----------------------------------------------------------- */

/* How TEXT is read: as it is; p@ssw0rd as password; passw!rd as passwird, too. */
enum reading { AS_TYPED, UNMASKED, UNMASKED_MORE, READINGS };

/* Folded letters and digits alone, with the usual disguises taken off. */
static char *
bare(struct pool *pool, const char *text, enum reading reading)
{
        static const char *const disguises[READINGS] = { "", "@a0o1i3e4a5s$s7t", "@a0o1i3e4a5s$s7t!i" };
        const char *disguise = disguises[reading];
        char *normalised = normal(text), *folded = g_utf8_casefold(normalised, -1);
        char *out = pool_alloc(pool, strlen(folded) + 1), *to = out;

        for (const char *p = folded; *p != '\0'; p++) {
                char c = *p;

                for (const char *d = disguise; *d != '\0'; d += 2) {
                        if (c == d[0])
                                c = d[1];
                }
                if (g_ascii_isalnum(c) || (c & 0x80) != 0)
                        *to++ = c;
        }
        *to = '\0';
        g_free(folded);
        g_free(normalised);
        return out;
}

/* One piece, over and over: its length, else the whole length. */
static size_t
period_of(const char *text, size_t len)
{
        for (size_t period = 1; period <= len / 2; period++) {
                size_t i = period;

                while (i < len && text[i] == text[i - period])
                        i++;
                if (i == len)
                        return period;
        }
        return len;
}

static bool
are_neighbours(char a, char b)
{
        static const char *const rows[] = { "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl",
                                            "zxcvbnm", "yxcvbnm", "1234567890" };

        if (a == b || b - a == 1 || a - b == 1)
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const char *at = strchr(rows[i], a);

                if (at != NULL && (at[1] == b || (at > rows[i] && at[-1] == b)))
                        return true;
        }
        return false;
}

/* Runs such as abcdef, 987654, qwertz: hardly anything else in it. */
static bool
is_run(const char *text, size_t len)
{
        size_t steps = 0;

        for (size_t i = 1; i < len; i++)
                steps += are_neighbours(text[i - 1], text[i]);
        return len > 1 && steps * 4 >= (len - 1) * 3;
}

/* Words that a guesser knows: of the list, or the person's own. */
static bool
is_known(const char *word, size_t len, const char *const *own)
{
        for (; *own != NULL; own++) {
                if (strlen(*own) == len && len >= 3 && strncmp(*own, word, len) == 0)
                        return true;
        }
        return len >= 3 && is_common(word, len);
}

/* Nothing but known words, at most WORDS of them, with digits before, between and after. */
static bool
is_made_of(const char *text, size_t len, const char *const *own, int words)
{
        if (len > 0 && g_ascii_isdigit(text[0]) && is_made_of(text + 1, len - 1, own, words))
                return true;
        if (len == 0)
                return true;
        for (size_t n = len; words > 0 && n >= 3; n--) {
                if (is_known(text, n, own) && is_made_of(text + n, len - n, own, words - 1))
                        return true;
        }
        return false;
}

/* Takes every own word out; what is left is the password's own part. */
static size_t
left_without(const char *text, const char *const *own)
{
        size_t left = strlen(text);

        for (; *own != NULL; own++) {
                size_t len = strlen(*own);

                for (const char *at = text; len >= 4 && (at = strstr(at, *own)) != NULL; at += len)
                        left -= MIN(left, len);
        }
        return left;
}

/* The pieces of TEXT between MARKS, bare, added to OWN up to MOST. */
static size_t
add_parts(struct pool *pool, const char **own, size_t n, size_t most, const char *text, const char *marks)
{
        char **parts = g_strsplit_set(text, marks, 8);

        for (char **part = parts; *part != NULL && n < most; part++)
                own[n++] = bare(pool, *part, AS_TYPED);
        g_strfreev(parts);
        return n;
}

/* The shop's name and the address, whole and in parts, bare. */
static const char *const *
own_words(struct pool *pool, const struct config *config, const char *email)
{
        enum { MOST = 18 };
        const char **own = pool_alloc(pool, (MOST + 1) * sizeof *own);
        size_t n = 0;

        own[n++] = bare(pool, config->site_name, AS_TYPED);
        own[n++] = "latchkey";
        n = add_parts(pool, own, n, MOST / 2, config->site_name, " .-_&'");
        if (email == NULL)
                return own;
        own[n++] = bare(pool, pool_strndup(pool, email, strcspn(email, "@")), AS_TYPED);
        (void)add_parts(pool, own, n, MOST, email, "@.+-_");
        return own;
}

const char *
password_problem(struct pool *pool, const struct config *config, const char *text, size_t min,
                 const char *email)
{
        const char *const *own = own_words(pool, config, email);
        size_t period;

        if ((size_t)g_utf8_strlen(text, -1) < min)
                return pool_printf(pool, "Use at least %zu characters", min);
        if (strlen(text) > PASSWORD_MAX)
                return "Use at most 200 characters";
        for (enum reading reading = AS_TYPED; reading < READINGS; reading++) {
                const char *word = bare(pool, text, reading);
                size_t len = strlen(word);

                period = period_of(word, len);
                if (len < min / 2 || period < 6)
                        return "Choose something with more variety: this repeats itself";
                if (is_run(word, len))
                        return "Choose something else: neighbouring letters or digits are easy to guess";
                if (is_common(word, len) || is_made_of(word, period, own, 2))
                        return "Choose something else: this is one of the first that a stranger would try";
                if (left_without(word, own) < min / 2)
                        return "Choose something else: this is close to your address or the name of this site";
        }
        return NULL;
}
