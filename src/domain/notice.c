/* notice: fields of texts that staff edit, see notice.h. */
#include "domain/notice.h"

#include <stddef.h>
#include <string.h>

enum { FAILED = 1, BEFORE = 2, AFTER = 4, SEVERAL = 8, THANKS = 16, ONE = 23, ANY = 31 };

const struct notice_help notice_help[NOTICE_FIELDS] = {
        [NOTICE_HELLO] = { "hello", "the greeting, with the name where we have it", "Hello Ann Example", ANY },
        [NOTICE_NAME] = { "name", "the customer’s name; may be empty", "Ann Example", ANY },
        [NOTICE_TITLE] = { "title", "what the amount is for", "Light and Lens, instalment 2 of 3", ONE },
        [NOTICE_AMOUNT] = { "amount", "what is to be paid or was paid, with its currency", "49.00 EUR", ONE },
        [NOTICE_DAY] = { "day", "the day on which it is due", "Tuesday 12 May 2026", FAILED | BEFORE | AFTER },
        [NOTICE_METHOD] = { "method", "the card or account that is charged", "your Visa ending in 4242", FAILED | BEFORE },
        [NOTICE_UNTIL] = { "until", "the day until which everything stays open", "Friday 15 May 2026", FAILED | BEFORE | AFTER },
        [NOTICE_NEXT_TRY] = { "next_try", "a sentence with the next attempt; the line goes where there is none",
                              "We try again on Friday 1 May 2026, 09:15 (CEST). If it goes through then, there is nothing you "
                              "need to do.", FAILED },
        [NOTICE_PROMISED] = { "promised", "the day that the customer named", "Thursday 30 April 2026", FAILED },
        [NOTICE_SHOP] = { "shop", "your name as on every page", "Northlight Studio", ANY },
};

bool
notice_has(const char *kind, enum notice_field field)
{
        static const struct { const char *kind; unsigned texts; } kinds[] = {
                { "reminder_charge", BEFORE }, { "reminder_ahead", BEFORE }, { "reminder_today", AFTER },
                { "reminder_late", AFTER }, { "reminder_last", AFTER }, { "reminder_several", SEVERAL },
                { "plan_thanks", THANKS },
        };

        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                if (strcmp(kind, kinds[i].kind) == 0)
                        return (notice_help[field].texts & kinds[i].texts) != 0;
        return (notice_help[field].texts & FAILED) != 0;
}

const char *
notice_unknown(struct pool *pool, const char *kind, const char *text)
{
        struct fill_field fields[NOTICE_FIELDS];
        size_t n = 0;

        for (int i = 0; i < NOTICE_FIELDS; i++)
                if (notice_has(kind, (enum notice_field)i))
                        fields[n++] = (struct fill_field){ notice_help[i].name, "" };
        return fill_unknown(pool, text, fields, n);
}

void
notice_fill(struct fill_field fields[NOTICE_FIELDS], const char *const values[NOTICE_FIELDS])
{
        for (int i = 0; i < NOTICE_FIELDS; i++)
                fields[i] = (struct fill_field){ notice_help[i].name, values != NULL ? values[i] : notice_help[i].example };
}

void
notice_tell(struct pool *pool, const struct notice_told *told, struct fill_field fields[NOTICE_FIELDS])
{
        const char *name = told->name != NULL ? told->name : "", *method = told->method;
        const char *values[NOTICE_FIELDS] = {
                [NOTICE_HELLO] = name[0] != '\0' ? pool_printf(pool, "Hello %s", name) : "Hello",
                [NOTICE_NAME] = name,
                [NOTICE_TITLE] = told->title,
                [NOTICE_AMOUNT] = told->amount,
                [NOTICE_DAY] = told->day,
                [NOTICE_UNTIL] = told->until,
                [NOTICE_PROMISED] = told->promised != NULL ? told->promised : "then",
                [NOTICE_SHOP] = told->shop,
        };

        if (method != NULL)
                values[NOTICE_METHOD] = method[0] != '\0' ? pool_printf(pool, "your %s", method) : "the saved way to pay";
        if (told->next_try != NULL)
                values[NOTICE_NEXT_TRY] =
                        pool_printf(pool, "We try again on %s. If it goes through then, there is nothing you need to do.",
                                    told->next_try);
        notice_fill(fields, values);
}

char *
notice_plain(struct pool *pool, const char *body, const struct fill_field fields[NOTICE_FIELDS])
{
        char *text = fill_text(pool, body, fields, NOTICE_FIELDS, false), *to = text;

        for (const char *from = text; *from != '\0'; from++) {
                if (from[0] == '*' && from[1] == '*')
                        from++;
                else
                        *to++ = *from;
        }
        *to = '\0';
        return text;
}
