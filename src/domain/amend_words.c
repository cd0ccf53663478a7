/* amend_words: needs, limits and schedules of plans as the database and people write them: see amend_words.h. */
#include "domain/amend_words.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

static const struct {
        const char *name, *why;
} limits[AMEND_LIMITS] = {
        [AMEND_NONE] = {"", ""},
        [AMEND_CHANGES] = {"changes",
                           "The plan was changed as often as our rules allow by themselves"},
        [AMEND_SPACING] = {"spacing", "The last change was only a short while ago"},
        [AMEND_OVERDUE] =
                {"overdue",
                 "A payment has been open for a while, so we would like to look at it together"},
        [AMEND_DEPOSIT] = {"deposit", "Only a small part of the price is paid so far"},
        [AMEND_SMALL] = {"small", "A payment would be smaller than our rules allow by themselves"},
        [AMEND_COUNT] = {"count",
                         "There would be more payments than our rules allow by themselves"},
        [AMEND_LONG] = {"long", "The plan would run longer than our rules allow by themselves"},
        [AMEND_LATE] = {"late", "A payment would come later than our rules allow by themselves"},
        [AMEND_PAST] = {"past", "That day is over. Choose a day from today on"},
        [AMEND_FAR] = {"far", "That day is too far away"},
        [AMEND_SAME] = {"same", "That is the plan as it is now"},
        [AMEND_NO_SUCH] = {"no_such", "There is no such payment in your plan any more"},
};

static const char *const needs[AMEND_NEEDS] = {
        [AMEND_MOVE] = "move", [AMEND_DAY] = "day",     [AMEND_SMALLER] = "smaller",
        [AMEND_SKIP] = "skip", [AMEND_PAUSE] = "pause", [AMEND_EARLY] = "early",
};

size_t
amend_read_rows(const char *text, struct amend_row rows[AMEND_ROWS_MAX])
{
        size_t n = 0;
        char *end;

        while (n < AMEND_ROWS_MAX && *text != '\0') {
                rows[n].on = (int32_t)strtol(text, &end, 10);
                rows[n++].minor = strtoll(end, &end, 10);
                text = *end == ',' ? end + 1 : end;
        }
        return n;
}

int
amend_step_days(const char *every)
{
        return g_strcmp0(every, "week") == 0 ? 7 : g_strcmp0(every, "fortnight") == 0 ? 14 : 0;
}

const char *
amend_limit_name(enum amend_limit limit)
{
        return limits[limit].name;
}

const char *
amend_why(enum amend_limit limit)
{
        return limits[limit].why;
}

const char *
amend_need_name(enum amend_need need)
{
        return needs[need];
}

bool
amend_need_by_name(const char *name, enum amend_need *need)
{
        for (size_t i = 0; name != NULL && i < AMEND_NEEDS; i++)
                if (strcmp(needs[i], name) == 0) {
                        *need = (enum amend_need)i;
                        return true;
                }
        return false;
}
