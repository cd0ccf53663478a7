/* rule: one rule of what plans may become by themselves: its page, and what was typed there. */
#ifndef LATCHKEY_ADMIN_RULE_H
#define LATCHKEY_ADMIN_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/ahead.h"
#include "admin/desk.h"
#include "admin/trial.h"
#include "http/request.h"
#include "http/route.h"

/* The form's fields, and what a redirect's answer says. */
extern const struct param rule_params[];
extern const struct desk_answer rule_said[];

/* The page, with what was typed where it was.  ANSWER: what became of publishing it: breaks, stale;
 * NULL otherwise.  TRIAL: what it would touch; TRIED: what it would change for some customers. */
enum http_status rule_page(struct request *req, enum http_status status, const char *answer,
                           const struct trial *trial, const struct ahead_answer *tried);

/* Whether the fields are good; what is not is marked. */
bool rule_is_sound(struct request *req);

/* The rule as it was typed, for whatever product and region. */
struct rule_typed {
        struct request *req;
        const char *product, *region; /* as the database has them: "" for any, and for all others */
        int64_t seen;       /* in force there, as rule_find_seen() has it; 0: none */
        const char *answer; /* of the last time that it was published */
        int64_t rule;
};
struct rule_typed rule_typed(struct request *req);
enum db_status rule_find_seen(struct rule_typed *typed);

/* What it says, for the option maker. */
struct trial_rule rule_as_typed(struct request *req);

/* Put the struct rule_typed DATA in force: for good, or in a look ahead that is taken back. */
enum db_status rule_put(struct db *db, void *data);
/* It was not published: why, next to what was typed. */
bool rule_is_refused(const char *answer);
enum http_status rule_refused(struct request *req, const char *answer);

extern const struct route rule_routes[];

#endif
