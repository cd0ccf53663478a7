/* test_pool: an arena gives zeroed, aligned, lasting memory and ends what was deferred. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"

static char order[8];
static size_t n_order;

static void
note(void *data)
{
        order[n_order++] = *(const char *)data;
}

static void
memory_is_zeroed_aligned_and_lasting(void **state)
{
        struct pool *pool = pool_new();
        unsigned char *blocks[2000];
        size_t sizes[2000], i, k;

        (void)state;
        srand(1);
        for (i = 0; i < 2000; i++) {
                sizes[i] = (size_t)rand() % (i % 97 == 0 ? 100000 : 300);
                blocks[i] = pool_alloc(pool, sizes[i]);
                assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
                for (k = 0; k < sizes[i]; k++)
                        assert_int_equal(blocks[i][k], 0);
                memset(blocks[i], (int)(i % 251), sizes[i]);
        }
        for (i = 0; i < 2000; i++)
                for (k = 0; k < sizes[i]; k++)
                        if (blocks[i][k] != i % 251)
                                fail_msg("block %zu was overwritten", i);
        pool_free(pool);
        pool_free(NULL);
}

static void
copies(void **state)
{
        struct pool *pool = pool_new();
        char big[2000];

        (void)state;
        memset(big, 'b', sizeof(big) - 1);
        big[sizeof(big) - 1] = '\0';
        assert_null(pool_strdup(pool, NULL));
        assert_null(pool_strndup(pool, NULL, 3));
        assert_string_equal(pool_strdup(pool, ""), "");
        assert_string_equal(pool_strndup(pool, "abcdef", 3), "abc");
        assert_string_equal(pool_strndup(pool, "ab", 30), "ab");
        assert_memory_equal(pool_memdup(pool, "a\0b", 3), "a\0b", 3);
        assert_non_null(pool_memdup(pool, NULL, 0));
        assert_string_equal(pool_printf(pool, "%s-%d", "x", 7), "x-7");
        assert_int_equal(strlen(pool_printf(pool, "%s%s", big, big)), 2 * (sizeof(big) - 1));
        pool_free(pool);
}

static void
deferred_calls_run_newest_first(void **state)
{
        struct pool *pool = pool_new();
        char a = 'a', b = 'b', c = 'c';

        (void)state;
        n_order = 0;
        pool_defer(pool, note, &a);
        pool_defer(pool, note, &b);
        pool_clear(pool);
        assert_memory_equal(order, "ba", 2);
        pool_defer(pool, note, &c);
        assert_string_equal(pool_strdup(pool, "usable"), "usable");
        pool_free(pool);
        assert_int_equal(n_order, 3);
        assert_int_equal(order[2], 'c');
}

/* What a deferred call takes from the pool, and defers itself, is no leak. */
static void
take_more(void *data)
{
        struct pool *pool = data;

        pool_alloc(pool, 1000);
        pool_defer(pool, note, pool_strdup(pool, "d"));
}

static void
deferring_while_it_ends(void **state)
{
        struct pool *pool = pool_new();

        (void)state;
        n_order = 0;
        pool_defer(pool, take_more, pool);
        pool_free(pool);
        assert_int_equal(n_order, 1);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(memory_is_zeroed_aligned_and_lasting),
                cmocka_unit_test(copies),
                cmocka_unit_test(deferred_calls_run_newest_first),
                cmocka_unit_test(deferring_while_it_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
