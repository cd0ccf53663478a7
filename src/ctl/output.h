/* output: what a command prints: a table and a few sentences, or with --json one object
 * {"ok", "items", "error": {"message", "hint"}?}.
 *
 * A command names its columns, adds rows and sentences; main prints all of it at the end,
 * so that a failure half-way never leaves half an object. */
#ifndef LATCHKEY_CTL_OUTPUT_H
#define LATCHKEY_CTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"

struct output;

/* A column: its key in JSON and its heading in text.  TITLE NULL: in JSON alone. */
struct column {
        const char *name;
        const char *title;
};

enum cell_kind {
        CELL_TEXT,      /* NULL is null */
        CELL_NUMBER,
        CELL_MONEY,     /* {"minor", "currency"}; "49.00 EUR" */
        CELL_TIME,      /* RFC 3339 in UTC */
        CELL_BOOL,
        CELL_FACT       /* text of the database: money as JSON, or words */
};

struct cell {
        enum cell_kind kind;
        bool null;
        const char *text;       /* the text; of money: its currency */
        int64_t number;
};

struct cell cell_text(const char *text);
struct cell cell_number(int64_t number);
struct cell cell_money(int64_t minor, const char *currency);
struct cell cell_time(instant at, bool null);
struct cell cell_bool(bool truth);
struct cell cell_fact(const char *text);

/* Belongs to POOL. */
struct output *output_new(struct pool *pool, bool json);

bool output_is_json(const struct output *out);

/* COLUMNS must stay where they are. */
void output_columns(struct output *out, const struct column *columns, size_t n);

/* One cell per column, in their order. */
void output_row(struct output *out, const struct cell *cells);

/* A sentence for people, below the table; JSON has none. */
void output_say(struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What went wrong, and the way out (may be NULL).  The first one stays. */
void output_fail(struct output *out, const char *message, const char *hint);

/* Print: the table and sentences on standard output, an error on standard error; JSON as a
 * whole on standard output.  False when that failed. */
bool output_print(const struct output *out);

#endif
