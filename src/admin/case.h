/* case: one payment that failed: what happened, what is next, what to say, what to do. */
#ifndef LATCHKEY_ADMIN_CASE_H
#define LATCHKEY_ADMIN_CASE_H

#include "http/request.h"
#include "http/route.h"
#include "queries/care.h"
#include "view/view.h"

extern const struct route case_routes[], case_act_routes[];

enum { CASE_FIELDS = 12 };      /* of a playbook: so many of them can be noted down */

struct case_all {
        struct request *req;
        struct care_case_row row;
        struct care_event_row *events;
        struct care_playbook_row book;
        struct care_answer_row *answers;
        struct care_cause_row *causes;
        struct care_staff_row *staff;
        size_t n_events, n_answers, n_causes, n_staff;
        bool has_book;
};

/* Ask for all that the page shows, and wait for it. */
enum db_status case_ask(struct case_all *all);
/* The page; AGAIN: with what was typed into the route's form, and its errors. */
enum http_status case_page(struct case_all *all, enum http_status status, bool again);

/* case_time.c: the events into VIEW as "events". */
void case_push_events(struct view *view, struct case_all *all);

/* case_book.c: the playbook, its fields with what was noted, and what was noted by older versions. */
void case_push_book(struct view *view, struct case_all *all, bool again);
/* The I-th field of TEXT (lines "Label" or "Label: choice / choice"), from 0, in POOL; false without.
 * CHOICES is NULL-terminated, empty where the answer is free. */
bool case_book_field(struct pool *pool, const char *text, size_t i, const char **label, const char *const **choices);
/* a1 to a12, for the routes. */
extern const char *const case_book_names[CASE_FIELDS];

/* case_act.c: the forms, for the page that shows them first; and {answer}: what the ANSWER of
 * a redirect means, NULL for none. */
extern const struct param *const case_forms[];
void case_said(struct view *view, const char *answer);

#endif
