/* product_ini: the settings and offers of one product; see product_ini.h. */
#include "ctl/product_ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/money.h"
#include "base/money_format.h"
#include "base/text.h"
#include "domain/schedule.h"

struct ini {
        const char *path;
        const char *text;
        GKeyFile *keys;
};

static void
end_ini(void *keys)
{
        g_key_file_unref(keys);
}

/* The line of KEY in GROUP (of the group itself when KEY is NULL), for messages. */
static size_t
ini_line(const struct ini *ini, const char *group, const char *key)
{
        char **lines = g_strsplit(ini->text, "\n", -1);
        char *head = g_strdup_printf("[%s]", group);
        bool inside = false;
        size_t found = 0;

        for (size_t i = 0; lines[i] != NULL && found == 0; i++) {
                char *line = g_strstrip(lines[i]);
                size_t len = key != NULL ? strlen(key) : 0;

                if (line[0] == '[')
                        inside = strcmp(line, head) == 0;
                if (inside && (key == NULL ||
                               (strncmp(line, key, len) == 0 && strchr(" \t=", line[len]) != NULL)))
                        found = i + 1;
        }
        g_free(head);
        g_strfreev(lines);
        return found > 0 ? found : 1;
}

/* A value without control characters, or FALLBACK; with a NULL FALLBACK it is required. */
static const char *
ini_text(struct reading *in, const struct ini *ini, const char *group, const char *key, const char *fallback)
{
        char *value = g_key_file_get_string(ini->keys, group, key, NULL);
        const char *copy = value != NULL ? text_trim(in->pool, value) : fallback;

        g_free(value);
        if (copy == NULL || (fallback == NULL && copy[0] == '\0')) {
                source_fail(in, ini->path, ini_line(ini, group, NULL), "[%s] wants a %s", group, key);
                return NULL;
        }
        if (text_has_control(copy)) {
                source_fail(in, ini->path, ini_line(ini, group, key), "%s has a control character", key);
                return NULL;
        }
        return copy;
}

static bool
ini_number(struct reading *in, const struct ini *ini, const char *group, const char *key, int32_t fallback,
           int32_t *number)
{
        const char *text = ini_text(in, ini, group, key, "");
        char *end;
        long value;

        *number = fallback;
        if (text == NULL || text[0] == '\0')
                return text != NULL;
        value = strtol(text, &end, 10);
        if (*end != '\0' || value < 0 || value > 100000)
                return source_fail(in, ini->path, ini_line(ini, group, key),
                                   "%s is no number from 0 to 100000", text);
        *number = (int32_t)value;
        return true;
}

static bool
ini_bool(struct reading *in, const struct ini *ini, const char *group, const char *key, bool *truth)
{
        const char *text = ini_text(in, ini, group, key, "yes");

        *truth = text_equal(text, "yes");
        return text != NULL &&
               (*truth || strcmp(text, "no") == 0 ||
                source_fail(in, ini->path, ini_line(ini, group, key), "%s must be yes or no", key));
}

static bool
ini_known(struct reading *in, const struct ini *ini, const char *group, const char *const *known)
{
        char **keys = g_key_file_get_keys(ini->keys, group, NULL, NULL);
        bool ok = true;

        for (char **key = keys; ok && key != NULL && *key != NULL; key++)
                if (!source_one_of(*key, known))
                        ok = source_fail(in, ini->path, ini_line(ini, group, *key),
                                         "there is no setting %s here", *key);
        g_strfreev(keys);
        return ok;
}

static bool
read_start(struct reading *in, const struct ini *ini, struct catalogue_product *to)
{
        const char *text = ini_text(in, ini, "product", "starts_on", "");
        GDate date;
        int year, month, day, used = 0;

        if (text == NULL || text[0] == '\0')
                return text != NULL;
        if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || text[used] != '\0' ||
            used != 10 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
                return source_fail(in, ini->path, ini_line(ini, "product", "starts_on"),
                                   "%s is no day such as 2026-03-04", text);
        g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
        to->has_start = true;
        to->starts_on = (int32_t)g_date_get_julian(&date) - 719163;     /* 1970-01-01 */
        return true;
}

/* "in full", "N monthly instalments", "instalments on 2027-01-15, ..." and "monthly subscription", as
 * the catalogue keeps them. */
static bool
read_schedule(struct reading *in, const struct ini *ini, const char *group, struct catalogue_offer *to)
{
        static const struct { const char *words, *way; } all[] = {
                { "in full", "full" }, { " weekly instalments", "weekly" }, { " fortnightly instalments", "fortnightly" },
                { " monthly instalments", "monthly" }, { "weekly subscription", "sub_week" },
                { "monthly subscription", "sub_month" }, { "quarterly subscription", "sub_quarter" },
                { "yearly subscription", "sub_year" },
        };
        static const char dates[] = "instalments on ";
        const char *text = ini_text(in, ini, group, "schedule", "in full");
        const char *deposit = ini_text(in, ini, group, "deposit", "");
        struct schedule typed = { .deposit = deposit };
        struct schedule_fault fault = { "way", "" };
        size_t line = ini_line(ini, group, "schedule");

        if (text == NULL || deposit == NULL)
                return false;
        if (text_starts(text, dates))
                typed = (struct schedule){ "dates", NULL, text + strlen(dates), deposit };
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
                if (!g_str_has_suffix(text, all[i].words) || (all[i].words[0] != ' ' && strcmp(text, all[i].words) != 0))
                        continue;
                typed.way = all[i].way;
                typed.count = pool_strndup(in->pool, text, strlen(text) - strlen(all[i].words));
        }
        to->where = pool_printf(in->pool, "%s:%zu", ini->path, line);
        to->schedule = schedule_json(in->pool, &typed, to->currency, &fault);
        if (to->schedule == NULL && strcmp(fault.field, "deposit") == 0)
                return source_fail(in, ini->path, ini_line(ini, group, "deposit"), "%s", fault.words);
        if (to->schedule == NULL && strcmp(fault.field, "way") == 0)
                return source_fail(in, ini->path, line,
                                   "the schedule is in full, such as 3 monthly instalments, instalments on 2027-01-15, "
                                   "or such as monthly subscription");
        if (to->schedule == NULL)
                return source_fail(in, ini->path, line, "%s", fault.words);
        return deposit[0] == '\0' || strstr(to->schedule, "deposit") != NULL ||
               source_fail(in, ini->path, ini_line(ini, group, "deposit"), "a deposit goes with instalments");
}

/* Days overdue until access is less; each at least the one before. */
static bool
read_timetable(struct reading *in, const struct ini *ini, struct catalogue_product *to)
{
        if (!ini_number(in, ini, "product", "nothing_new_days", -1, &to->nothing_new_days) ||
            !ini_number(in, ini, "product", "read_only_days", -1, &to->read_only_days) ||
            !ini_number(in, ini, "product", "locked_days", -1, &to->locked_days))
                return false;
        if (to->nothing_new_days > 365 || to->read_only_days > 365 || to->locked_days > 365)
                return source_fail(in, ini->path, ini_line(ini, "product", "locked_days"), "at most 365 days");
        if ((to->read_only_days >= 0 && to->read_only_days < to->nothing_new_days) ||
            (to->locked_days >= 0 && to->locked_days < MAX(to->read_only_days, to->nothing_new_days)))
                return source_fail(in, ini->path, ini_line(ini, "product", "locked_days"),
                                   "nothing_new_days, read_only_days and locked_days come in this order");
        return true;
}

static bool
read_offer(struct reading *in, const struct ini *ini, const char *group, struct catalogue_offer *to)
{
        static const char *const known[] = { "title", "currency", "amount", "tax_class", "enabled", "schedule", "deposit", NULL };
        const char *amount;

        to->slug = pool_strdup(in->pool, group + strlen("offer "));
        if (!text_is_slug(to->slug))
                return source_fail(in, ini->path, ini_line(ini, group, NULL),
                                   "an offer is named in lower case: [offer full]");
        to->title = ini_text(in, ini, group, "title", NULL);
        to->currency = ini_text(in, ini, group, "currency", NULL);
        to->tax_class = ini_text(in, ini, group, "tax_class", NULL);
        amount = ini_text(in, ini, group, "amount", NULL);
        if (!ini_known(in, ini, group, known) || to->title == NULL || to->currency == NULL ||
            to->tax_class == NULL || amount == NULL ||
            !ini_bool(in, ini, group, "enabled", &to->enabled))
                return false;
        if (money_exponent(to->currency) < 0 || !g_ascii_isupper(to->currency[0]) ||
            !g_ascii_isupper(to->currency[1]) || !g_ascii_isupper(to->currency[2]))
                return source_fail(in, ini->path, ini_line(ini, group, "currency"),
                                   "%s is no currency that we know", to->currency);
        if (!money_parse(amount, to->currency, &to->amount_minor) || to->amount_minor <= 0)
                return source_fail(in, ini->path, ini_line(ini, group, "amount"),
                                   "%s is no price in %s", amount, to->currency);
        if (money_step_fault(in->pool, to->amount_minor, to->currency) != NULL)
                return source_fail(in, ini->path, ini_line(ini, group, "amount"), "%s",
                                   money_step_fault(in->pool, to->amount_minor, to->currency));
        if (!read_schedule(in, ini, group, to))
                return false;
        return source_tax_class(to->tax_class) ||
               source_fail(in, ini->path, ini_line(ini, group, "tax_class"),
                           "the tax class is digital or service");
}

static bool
read_offers(struct reading *in, const struct ini *ini, struct catalogue_product *to)
{
        char **groups = g_key_file_get_groups(ini->keys, NULL);
        bool ok = true;

        to->offers = pool_alloc(in->pool, (g_strv_length(groups) + 1) * sizeof(*to->offers));
        for (char **group = groups; ok && *group != NULL; group++) {
                if (strcmp(*group, "product") == 0)
                        continue;
                if (!text_starts(*group, "offer "))
                        ok = source_fail(in, ini->path, ini_line(ini, *group, NULL),
                                         "there is no group [%s] here", *group);
                else
                        ok = read_offer(in, ini, *group, &to->offers[to->n_offers++]);
        }
        g_strfreev(groups);
        return ok;
}

bool
product_ini_read(struct reading *in, const char *dir, struct catalogue_product *to)
{
        static const char *const known[] = { "slug", "kind", "position", "title", "tagline", "refund_days",
                                             "starts_on", "check_days", "on_sale", "nothing_new_days",
                                             "read_only_days", "locked_days", NULL };
        static const char *const kinds[] = { "course", "coaching", "software", "membership", NULL };
        struct ini ini = { .path = source_path(in, dir, "product.ini"), .keys = g_key_file_new() };
        GError *problem = NULL;

        pool_defer(in->pool, end_ini, ini.keys);
        ini.text = source_text(in, ini.path);
        if (ini.text == NULL)
                return false;
        if (!g_key_file_load_from_data(ini.keys, ini.text, strlen(ini.text), G_KEY_FILE_NONE, &problem)) {
                source_fail(in, ini.path, 0, "%s", problem->message);
                g_error_free(problem);
                return false;
        }
        if (!g_key_file_has_group(ini.keys, "product"))
                return source_fail(in, ini.path, 1, "wants a group [product]");
        to->slug = ini_text(in, &ini, "product", "slug", NULL);
        to->kind = ini_text(in, &ini, "product", "kind", NULL);
        to->title = ini_text(in, &ini, "product", "title", NULL);
        to->tagline = ini_text(in, &ini, "product", "tagline", NULL);
        if (!ini_known(in, &ini, "product", known) || to->slug == NULL || to->kind == NULL ||
            to->title == NULL || to->tagline == NULL ||
            !ini_number(in, &ini, "product", "position", 0, &to->position) ||
            !ini_number(in, &ini, "product", "refund_days", 14, &to->refund_days) ||
            !ini_number(in, &ini, "product", "check_days", 0, &to->check_days) ||
            !ini_bool(in, &ini, "product", "on_sale", &to->on_sale) || !read_start(in, &ini, to) || !read_timetable(in, &ini, to))
                return false;
        if (to->check_days > 365)
                return source_fail(in, ini.path, ini_line(&ini, "product", "check_days"), "check_days is at most 365");
        if (!text_is_slug(to->slug))
                return source_fail(in, ini.path, ini_line(&ini, "product", "slug"),
                                   "a slug has lower-case letters, digits and hyphens");
        if (!source_one_of(to->kind, kinds))
                return source_fail(in, ini.path, ini_line(&ini, "product", "kind"),
                                   "the kind is course, coaching, software or membership");
        return read_offers(in, &ini, to);
}
