/* ahead: what happens next for one customer, and what an edit changes of it (the time machine). */
#ifndef LATCHKEY_ADMIN_AHEAD_H
#define LATCHKEY_ADMIN_AHEAD_H

#include <stddef.h>

#include "domain/ahead.h"
#include "http/route.h"
#include "view/view.h"

extern const struct route ahead_routes[];

/* A mail of a look ahead as its reader would have it; SUBJECT "" for kinds whose words no staff edit. */
struct ahead_letter {
        int64_t id;
        const char *subject, *body;
};

/* One run with the words of its mails. */
struct ahead_look {
        enum ahead_result result;
        struct machine_seen_row *rows;
        size_t n;
        struct ahead_letter *letters;   /* of the rows that are mails, by id */
        size_t n_letters;
};

/* An edit that is tried: as in struct ahead. */
struct ahead_edit {
        enum db_status (*make)(struct db *db, void *data);
        void *data;
};

/* Look ahead for CUSTOMER; DECLINE as in struct ahead, EDIT may be NULL. */
struct ahead_look ahead_look(struct request *req, int64_t customer, const char *decline, const struct ahead_edit *edit);
/* The letter of a row that is a mail, NULL for none. */
const struct ahead_letter *ahead_letter_of(const struct ahead_look *look, const struct machine_seen_row *row);

/* A row as a person reads it. */
struct ahead_said {
        const char *what, *why, *kind;  /* KIND: class of the line in a timeline, or "" */
};
struct ahead_said ahead_say(struct request *req, const struct ahead_look *look, const struct machine_seen_row *row);

#endif
