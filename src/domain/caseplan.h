/* caseplan: what follows from a payment that failed: its class, the mail of that class, the next try.
 * The worker does it, and the time machine does it ahead; they differ in who keeps what was found. */
#ifndef LATCHKEY_DOMAIN_CASEPLAN_H
#define LATCHKEY_DOMAIN_CASEPLAN_H

#include <stdint.h>

#include "base/pool.h"
#include "db/db.h"
#include "queries/cases.h"

/* The two queries that keep it: the worker's, or those of a look ahead. */
struct caseplan_way {
        enum db_status (*classed)(struct db *db, int64_t attempt_id, const char *class, bool known,
                                  struct case_classed_row *row);
        enum db_status (*planned)(struct db *db, int64_t case_id, const int64_t *method_id, const int32_t *promised_on,
                                  const instant *planned_at, const char *class, const char *why,
                                  struct case_planned_row *row);
};

/* Class and plan for the attempt ATTEMPT_ID that failed; DB_OK as well when nothing is left to do. */
enum db_status caseplan_failed(struct db *db, struct pool *pool, const struct caseplan_way *way, int64_t attempt_id);

/* Plan the open case CASE_ID.  An attempt that is under way, and a case that is over, need no plan. */
enum db_status caseplan_plan(struct db *db, struct pool *pool, const struct caseplan_way *way, int64_t case_id);

#endif
