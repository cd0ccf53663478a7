/* pool: one arena per request, job or test.
 *
 * Everything a unit of work makes belongs to its pool and ends with it, so a
 * handler needs no free and may return early at any point.  Out of memory
 * aborts: the supervisor starts the program again (crash-only). */
#ifndef LATCHKEY_BASE_POOL_H
#define LATCHKEY_BASE_POOL_H

#include <stdarg.h>
#include <stddef.h>

struct pool;

/* A new, empty pool; the caller ends it with pool_free(). */
struct pool *pool_new(void);

/* Run the deferred calls, newest first, and give all memory back.  NULL is fine. */
void pool_free(struct pool *pool);

/* The same, but the pool itself stays usable: for loops. */
void pool_clear(struct pool *pool);

/* SIZE zeroed bytes, aligned for any type.  Never NULL. */
void *pool_alloc(struct pool *pool, size_t size);

/* Copies that belong to the pool.  TEXT may be NULL, then the result is NULL. */
char *pool_strdup(struct pool *pool, const char *text);
char *pool_strndup(struct pool *pool, const char *text, size_t len);
void *pool_memdup(struct pool *pool, const void *data, size_t len);
char *pool_printf(struct pool *pool, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
char *pool_vprintf(struct pool *pool, const char *format, va_list args)
        __attribute__((format(printf, 2, 0)));

/* Call END(DATA) when the pool is cleared or freed: closes what memory alone cannot. */
void pool_defer(struct pool *pool, void (*end)(void *), void *data);

#endif
