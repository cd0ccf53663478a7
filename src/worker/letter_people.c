/* letter_people: mails to those who pay, use and assist one order.  What they tell is the order. */
#include "worker/letter.h"

const struct letter_kind letter_people_kinds[] = {
        { .kind = "claim", .subject = "For you: ", .titled = true, .link = "claim", .help = HELP_FORM },
        { .kind = "claim_used", .subject = "Your invitation was used: ", .titled = true },
        { .kind = "access_taken", .subject = "Your access has ended: ", .titled = true },
        { .kind = "copies", .subject = "You get copies of the mails about ", .titled = true },
        { .kind = NULL },
};
