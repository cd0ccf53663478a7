/* ahead: what happens next for one customer, and what an edit changes of it (the time machine). */
#ifndef LATCHKEY_ADMIN_AHEAD_H
#define LATCHKEY_ADMIN_AHEAD_H

#include <stddef.h>

#include "domain/ahead.h"
#include "domain/choice.h"
#include "http/route.h"
#include "view/view.h"

extern const struct route ahead_routes[];

/* A mail of a look ahead as its reader would have it; SUBJECT "" for kinds whose words no staff
 * edit. */
struct ahead_letter {
        int64_t id;
        const char *subject, *body;
};

/* One run with the words of its mails. */
struct ahead_look {
        enum ahead_result result;
        struct machine_seen_row *rows;
        size_t n;
        struct ahead_letter *letters; /* of the rows that are mails, by id */
        size_t n_letters;
};

/* An edit that is tried: as in struct ahead. */
struct ahead_edit {
        enum db_status (*make)(struct db *db, void *data);
        void *data;
};

/* Look ahead for CUSTOMER; DECLINE as in struct ahead, EDIT may be NULL. */
struct ahead_look ahead_look(struct request *req, int64_t customer, const char *decline,
                             const struct ahead_edit *edit);
/* The letter of a row that is a mail, NULL for none. */
const struct ahead_letter *ahead_letter_of(const struct ahead_look *look,
                                           const struct machine_seen_row *row);

/* A row as a person reads it. */
struct ahead_said {
        const char *what, *why, *kind; /* KIND: class of the line in a timeline, or "" */
};
struct ahead_said ahead_say(struct request *req, const struct ahead_look *look,
                            const struct machine_seen_row *row);

/* What is tried, and for whom. */
struct ahead_trial {
        struct ahead_edit edit;
        const char *decline;  /* as in struct ahead */
        const char *slug;     /* of the product that the edit is about, or NULL for all */
        bool choices;         /* show what they could choose, too */
        const char *customer; /* as somebody typed it: an address or a number; empty: those who are
                                 reached next */
        const char *said;     /* what was tried and is not so, as a sentence; NULL: what was typed */
};

/* What it came to, for each customer. */
struct ahead_change;
struct ahead_answer {
        struct ahead_change *changes;
        size_t n;
        bool found; /* there is such a customer */
        const char *said;
};

/* What the edit changes of the next 60 days of that customer, or of the next few that it can reach.
 * The transaction of the request is rolled back: nothing of it stays. */
enum db_status ahead_try(struct request *req, const struct ahead_trial *trial,
                         struct ahead_answer *answer);
/* For part/tried.html: {was_tried}, and {tried} with a section for each of them.  ANSWER NULL:
 * nothing was. */
void ahead_push(struct view *view, struct request *req, const struct ahead_answer *answer);

/* What one customer could choose for their plans, in one run. */
struct ahead_choices {
        struct choice_plan *plans;
        size_t n;
};
/* For admin/ahead.change.html: {choices}, the options that differ. */
void ahead_choices_push(struct view *view, struct request *req, const struct ahead_choices *before,
                        const struct ahead_choices *after);

/* The field of part/try-for.html among the parameters of a form, and what it says of nobody. */
#define AHEAD_CUSTOMER_PARAM                                                                       \
        {                                                                                          \
                .name = "customer", .type = PARAM_TEXT, .from = FROM_FORM, .max = 254              \
        }
#define AHEAD_NOBODY "There is no customer of this address or number"

#endif
