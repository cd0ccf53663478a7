/* pool: an arena in chunks that double up to 256 KiB; larger requests get a chunk of
 * their own.  Under AddressSanitizer every request does, so that it sees overruns. */
#include "base/pool.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#define FIRST_CHUNK ((size_t)8 * 1024)
#define LAST_CHUNK ((size_t)256 * 1024)

#if defined(__SANITIZE_ADDRESS__)
#define ONE_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_EACH 1
#endif
#endif
#ifndef ONE_EACH
#define ONE_EACH 0
#endif

struct chunk {
        struct chunk *next;
        size_t size;
        size_t used;
        max_align_t data[];
};

struct deferred {
        struct deferred *next;
        void (*end)(void *);
        void *data;
};

struct pool {
        struct chunk *chunks;           /* the one being filled comes first */
        struct deferred *deferred;      /* newest first */
        size_t next_size;
};

struct pool *
pool_new(void)
{
        struct pool *pool = g_new0(struct pool, 1);

        pool->next_size = FIRST_CHUNK;
        return pool;
}

static void
run_deferred(struct pool *pool)
{
        while (pool->deferred != NULL) {
                struct deferred *last = pool->deferred;

                pool->deferred = last->next;
                last->end(last->data);
        }
}

static void
free_chunks(struct chunk *chunk)
{
        while (chunk != NULL) {
                struct chunk *next = chunk->next;

                g_free(chunk);
                chunk = next;
        }
}

void
pool_free(struct pool *pool)
{
        if (pool == NULL)
                return;
        run_deferred(pool);
        free_chunks(pool->chunks);
        g_free(pool);
}

void
pool_clear(struct pool *pool)
{
        run_deferred(pool);
        free_chunks(pool->chunks);
        pool->chunks = NULL;
        pool->next_size = FIRST_CHUNK;
}

static struct chunk *
chunk_new(size_t size)
{
        struct chunk *chunk = g_malloc(offsetof(struct chunk, data) + size);

        chunk->size = size;
        chunk->used = 0;
        return chunk;
}

/* A chunk with room for SIZE more bytes. */
static struct chunk *
chunk_for(struct pool *pool, size_t size)
{
        struct chunk *chunk = pool->chunks;

        if (!ONE_EACH && chunk != NULL && chunk->size - chunk->used >= size)
                return chunk;
        if (!ONE_EACH && size > pool->next_size / 4 && chunk != NULL) {
                /* Large: beside the one being filled, which stays first. */
                struct chunk *own = chunk_new(size);

                own->next = chunk->next;
                chunk->next = own;
                return own;
        }
        chunk = chunk_new(ONE_EACH || size > pool->next_size ? size : pool->next_size);
        if (pool->next_size < LAST_CHUNK)
                pool->next_size *= 2;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        return chunk;
}

void *
pool_alloc(struct pool *pool, size_t size)
{
        const size_t align = sizeof(max_align_t);
        struct chunk *chunk;
        char *at;

        if (size > SIZE_MAX / 4) {
                fputs("pool: impossible size\n", stderr);
                abort();
        }
        if (size == 0)
                size = 1;
        if (!ONE_EACH)
                size = (size + align - 1) / align * align;
        chunk = chunk_for(pool, size);
        at = (char *)chunk->data + chunk->used;
        chunk->used += size;
        memset(at, 0, size);
        return at;
}

char *
pool_strdup(struct pool *pool, const char *text)
{
        return text == NULL ? NULL : pool_strndup(pool, text, strlen(text));
}

char *
pool_strndup(struct pool *pool, const char *text, size_t len)
{
        char *copy;

        if (text == NULL)
                return NULL;
        len = strnlen(text, len);
        copy = pool_alloc(pool, len + 1);
        memcpy(copy, text, len);
        return copy;
}

void *
pool_memdup(struct pool *pool, const void *data, size_t len)
{
        void *copy = pool_alloc(pool, len);

        if (len > 0)
                memcpy(copy, data, len);
        return copy;
}

char *
pool_printf(struct pool *pool, const char *format, ...)
{
        va_list args;
        char *text;

        va_start(args, format);
        text = pool_vprintf(pool, format, args);
        va_end(args);
        return text;
}

char *
pool_vprintf(struct pool *pool, const char *format, va_list args)
{
        char small[256];
        va_list again;
        char *text;
        int len;

        va_copy(again, args);
        len = vsnprintf(small, sizeof(small), format, args);
        if (len < 0) {
                fputs("pool: a format that printf refuses\n", stderr);
                abort();
        }
        text = pool_alloc(pool, (size_t)len + 1);
        if ((size_t)len < sizeof(small))
                memcpy(text, small, (size_t)len);
        else
                vsnprintf(text, (size_t)len + 1, format, again);
        va_end(again);
        return text;
}

void
pool_defer(struct pool *pool, void (*end)(void *), void *data)
{
        struct deferred *deferred = pool_alloc(pool, sizeof(*deferred));

        deferred->end = end;
        deferred->data = data;
        deferred->next = pool->deferred;
        pool->deferred = deferred;
}
