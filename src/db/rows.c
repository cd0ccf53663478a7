/* rows: PostgreSQL's binary values to C and back; result columns to structs.
 *
 * Times count from 2000-01-01 in PostgreSQL and from 1970-01-01 here; infinity is the
 * largest (smallest) value on both sides. */
#include "db/rows.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#define EPOCH_DAYS 10957
#define EPOCH_MICROSECONDS ((int64_t)EPOCH_DAYS * 86400 * CLOCK_SECOND)

enum {
        OID_BOOL = 16, OID_BYTEA = 17, OID_CHAR = 18, OID_NAME = 19, OID_INT8 = 20,
        OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_JSON = 114, OID_UNKNOWN = 705,
        OID_BPCHAR = 1042, OID_VARCHAR = 1043, OID_DATE = 1082, OID_TIMESTAMPTZ = 1184
};

static const struct sql_type {
        const char *name;
        Oid oid;
} sql_types[] = {
        [DB_BIGINT] = { "bigint", OID_INT8 },
        [DB_INTEGER] = { "integer", OID_INT4 },
        [DB_BOOL] = { "bool", OID_BOOL },
        [DB_TEXT] = { "text", OID_TEXT },
        [DB_TIME] = { "timestamptz", OID_TIMESTAMPTZ },
        [DB_DATE] = { "date", OID_DATE },
        [DB_BYTES] = { "bytea", OID_BYTEA },
};
#define N_SQL_TYPES (sizeof(sql_types) / sizeof(sql_types[0]))

/* --- parameters --- */

static void
put_bytes(struct db_value *v, uint64_t n, int len)
{
        int i;

        for (i = len - 1; i >= 0; i--, n >>= 8)
                v->buf[i] = (char)(unsigned char)(n & 0xff);
        v->data = v->buf;
        v->len = len;
        v->format = 1;
}

void
db_value_bigint(struct db_value *v, int64_t n)
{
        put_bytes(v, (uint64_t)n, 8);
}

void
db_value_integer(struct db_value *v, int32_t n)
{
        put_bytes(v, (uint32_t)n, 4);
}

void
db_value_bool(struct db_value *v, bool b)
{
        put_bytes(v, b, 1);
}

void
db_value_text(struct db_value *v, const char *text)
{
        v->data = text;
        v->len = text == NULL ? 0 : (int)strlen(text);
        v->format = 0;
}

void
db_value_time(struct db_value *v, instant t)
{
        if (t != INT64_MAX && t != INT64_MIN && __builtin_sub_overflow(t, EPOCH_MICROSECONDS, &t))
                t = INT64_MIN;
        put_bytes(v, (uint64_t)t, 8);
}

void
db_value_date(struct db_value *v, int32_t days)
{
        if (days != INT32_MAX && days != INT32_MIN && __builtin_sub_overflow(days, EPOCH_DAYS, &days))
                days = INT32_MIN;
        put_bytes(v, (uint32_t)days, 4);
}

void
db_value_bytes(struct db_value *v, struct db_bytes bytes)
{
        if (bytes.data == NULL && bytes.len > 0) {
                db_value_null(v);
                return;
        }
        v->data = (const char *)bytes.data;
        v->len = (int)bytes.len;
        v->format = 1;
}

void
db_value_null(struct db_value *v)
{
        v->data = NULL;
        v->len = 0;
        v->format = 0;
}

Oid
rows_param_oid(const char *sql_type)
{
        size_t i;

        for (i = 0; i < N_SQL_TYPES; i++)
                if (strcmp(sql_types[i].name, sql_type) == 0)
                        return i == DB_TEXT ? 0 : sql_types[i].oid;
        return 0;
}

bool
rows_param_fits(const char *sql_type, Oid oid)
{
        size_t i;

        if (rows_param_oid(sql_type) != 0)
                return rows_param_oid(sql_type) == oid;
        for (i = 0; i < N_SQL_TYPES; i++)
                if (i != DB_TEXT && sql_types[i].oid == oid)
                        return false;
        return true;
}

/* --- columns --- */

/* May a column that PostgreSQL reports as OID be read as TYPE? */
static bool
column_fits(enum db_type type, Oid oid)
{
        switch (type) {
        case DB_TEXT:
                return oid == OID_TEXT || oid == OID_VARCHAR || oid == OID_BPCHAR ||
                       oid == OID_NAME || oid == OID_CHAR || oid == OID_JSON || oid == OID_UNKNOWN;
        case DB_INTEGER:
                return oid == OID_INT4 || oid == OID_INT2;
        default:
                return oid == sql_types[type].oid;
        }
}

bool
rows_fit(const PGresult *result, const struct db_row_type *type, bool names, char *why, size_t size)
{
        int n = PQnfields(result);
        int i;

        if ((size_t)n != type->n_columns) {
                snprintf(why, size, "%s has %zu column(s), the SELECT gives %d", type->name,
                         type->n_columns, n);
                return false;
        }
        for (i = 0; i < n; i++) {
                const struct db_column *column = &type->columns[i];

                if (names && strcmp(PQfname(result, i), column->name) != 0) {
                        snprintf(why, size, "column %d of %s is \"%s\", the SELECT calls it \"%s\"",
                                 i + 1, type->name, column->name, PQfname(result, i));
                        return false;
                }
                if (!column_fits(column->type, PQftype(result, i))) {
                        snprintf(why, size, "%s.%s is declared %s, the SELECT gives the type with oid %u: "
                                 "cast it or correct the -- row line", type->name, column->name,
                                 sql_types[column->type].name, PQftype(result, i));
                        return false;
                }
        }
        return true;
}

static uint64_t
get_bytes(const char *data, int len)
{
        uint64_t n = 0;
        int i;

        for (i = 0; i < len; i++)
                n = n << 8 | (unsigned char)data[i];
        return n;
}

static instant
read_time(const char *data)
{
        instant t = (int64_t)get_bytes(data, 8);

        if (t == INT64_MAX || t == INT64_MIN)
                return t;
        return __builtin_add_overflow(t, EPOCH_MICROSECONDS, &t) ? INT64_MAX : t;
}

static int32_t
read_date(const char *data)
{
        int32_t days = (int32_t)get_bytes(data, 4);

        if (days == INT32_MAX || days == INT32_MIN)
                return days;
        return __builtin_add_overflow(days, EPOCH_DAYS, &days) ? INT32_MAX : days;
}

static void
read_value(enum db_type type, const char *data, int len, struct pool *pool, void *out)
{
        switch (type) {
        case DB_BIGINT:
                *(int64_t *)out = (int64_t)get_bytes(data, 8);
                break;
        case DB_INTEGER:
                *(int32_t *)out = len == 2 ? (int16_t)get_bytes(data, 2)
                                           : (int32_t)get_bytes(data, 4);
                break;
        case DB_BOOL:
                *(bool *)out = data[0] != 0;
                break;
        case DB_TEXT:
                *(const char **)out = pool_strndup(pool, data, (size_t)len);
                break;
        case DB_TIME:
                *(instant *)out = read_time(data);
                break;
        case DB_DATE:
                *(int32_t *)out = read_date(data);
                break;
        case DB_BYTES:
                ((struct db_bytes *)out)->data = pool_memdup(pool, data, (size_t)len);
                ((struct db_bytes *)out)->len = (size_t)len;
                break;
        }
}

bool
rows_map(const PGresult *result, int i, const struct db_row_type *type, struct pool *pool,
         void *row, char *why, size_t size)
{
        char *base = row;
        size_t k;

        for (k = 0; k < type->n_columns; k++) {
                const struct db_column *column = &type->columns[k];

                if (!PQgetisnull(result, i, (int)k)) {
                        read_value(column->type, PQgetvalue(result, i, (int)k),
                                   PQgetlength(result, i, (int)k), pool, base + column->offset);
                        continue;
                }
                if (!column->nullable) {
                        snprintf(why, size, "%s.%s is null, its -- row line says it cannot be",
                                 type->name, column->name);
                        return false;
                }
                if (column->null_offset != SIZE_MAX)
                        *(bool *)(base + column->null_offset) = true;
        }
        return true;
}
