/* log: one logfmt line per event, on standard error.
 *
 *   time=2026-03-04T10:11:12.345Z level=error program=portal request=4f.. what=smtp_refused code=550
 *
 * No personal data and no secrets in any value.  Control characters and quotes
 * are escaped here (safety rule 19), so a value can never start a new line. */
#ifndef LATCHKEY_BASE_LOG_H
#define LATCHKEY_BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Say once, at start, which program this is; lines below LEAST are dropped. */
void log_open(const char *program, enum log_level least);

/* The id that nginx gave the request at hand, or NULL between requests. */
void log_request(const char *id);

/* WHAT is a short snake_case name of the event; then pairs of (key, value),
 * both const char *, ended by NULL.  A NULL value prints as nothing. */
void log_debug(const char *what, ...) __attribute__((sentinel));
void log_info(const char *what, ...) __attribute__((sentinel));
void log_warning(const char *what, ...) __attribute__((sentinel));
void log_error(const char *what, ...) __attribute__((sentinel));

/* A number as a log value; lives in one of eight rotating static buffers. */
const char *log_int(int64_t value);

#endif
