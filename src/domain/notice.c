/* notice: fields of texts about failed payments, see notice.h. */
#include "domain/notice.h"

#include <stddef.h>

const struct notice_help notice_help[NOTICE_FIELDS] = {
        [NOTICE_HELLO] = { "hello", "the greeting, with the name where we have it", "Hello Ann Example" },
        [NOTICE_NAME] = { "name", "the customer’s name; may be empty", "Ann Example" },
        [NOTICE_TITLE] = { "title", "what the amount is for", "Light and Lens, instalment 2 of 3" },
        [NOTICE_AMOUNT] = { "amount", "what is to be paid, with its currency", "49.00 EUR" },
        [NOTICE_METHOD] = { "method", "the card or account that was charged", "your Visa ending in 4242" },
        [NOTICE_UNTIL] = { "until", "the day until which everything stays open", "Friday 15 May 2026" },
        [NOTICE_NEXT_TRY] = { "next_try", "a sentence with the next attempt; the line goes where there is none",
                              "We try again on Friday 1 May 2026, 09:15 (CEST). If it goes through then, there is nothing you "
                              "need to do." },
        [NOTICE_PROMISED] = { "promised", "the day that the customer named", "Thursday 30 April 2026" },
        [NOTICE_SHOP] = { "shop", "your name as on every page", "Northlight Studio" },
};

void
notice_fill(struct fill_field fields[NOTICE_FIELDS], const char *const values[NOTICE_FIELDS])
{
        for (int i = 0; i < NOTICE_FIELDS; i++)
                fields[i] = (struct fill_field){ notice_help[i].name, values != NULL ? values[i] : notice_help[i].example };
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
