/* rows: PostgreSQL's binary values to C and back; result columns to structs.
 * Internal to src/db. */
#ifndef LATCHKEY_DB_ROWS_H
#define LATCHKEY_DB_ROWS_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "db/db.h"

/* The object id to declare a parameter with; 0 where PostgreSQL shall infer it (text). */
Oid rows_param_oid(const char *sql_type);

/* True when OID, as PostgreSQL sees a parameter, may take a value of SQL_TYPE. */
bool rows_param_fits(const char *sql_type, Oid oid);

/* True when the columns of RESULT (answer or description) have TYPE's count and types,
 * and with NAMES its names.  Otherwise one sentence in WHY of SIZE bytes. */
bool rows_fit(const PGresult *result, const struct db_row_type *type, bool names,
              char *why, size_t size);

/* Row I of RESULT into ROW; text and bytes are copied into POOL.  False with a sentence
 * in WHY when a column that may not be null is. */
bool rows_map(const PGresult *result, int i, const struct db_row_type *type,
              struct pool *pool, void *row, char *why, size_t size);

#endif
