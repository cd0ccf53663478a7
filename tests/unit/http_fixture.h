/* http_fixture: a request without a web server, for the tests of src/http. */
#ifndef TESTS_UNIT_HTTP_FIXTURE_H
#define TESTS_UNIT_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/pool.h"
#include "http/dispatch.h"
#include "http/params.h"
#include "http/reply.h"
#include "http/request.h"

#define TOKEN_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define TOKEN_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"

/* What the peer sends (name, value pairs and a body) and what it got. */
struct peer {
        const char *const *params;
        const char *body;
        size_t body_at;
        size_t step;            /* at most so many bytes a read; 0: all */
        bool broken;            /* every write fails */
        char out[65536];
        size_t out_len;
};

static inline const char *
peer_param(void *data, const char *name)
{
        const struct peer *peer = data;

        for (const char *const *p = peer->params; p != NULL && *p != NULL; p += 2) {
                if (strcmp(p[0], name) == 0)
                        return p[1];
        }
        return NULL;
}

static inline size_t
peer_read(void *data, char *out, size_t len)
{
        struct peer *peer = data;
        size_t left = peer->body != NULL ? strlen(peer->body) - peer->body_at : 0;
        size_t n = MIN(len, left);

        if (peer->step > 0)
                n = MIN(n, peer->step);
        if (n > 0)
                memcpy(out, peer->body + peer->body_at, n);
        peer->body_at += n;
        return n;
}

static inline bool
peer_write(void *data, const void *bytes, size_t len)
{
        struct peer *peer = data;

        assert_true(peer->out_len + len < sizeof(peer->out));
        memcpy(peer->out + peer->out_len, bytes, len);
        peer->out_len += len;
        peer->out[peer->out_len] = '\0';
        return !peer->broken;
}

static const struct config http_config = {.portal_url = "http://localhost:8080",
                                          .gateway_checkout_origin = "https://checkout.stripe.com"};
static const struct config https_config = {.portal_url = "https://learn.example.com",
                                           .gateway_checkout_origin =
                                                   "https://checkout.stripe.com"};

/* Called at the start of a test's use; the io lives in the pool. */
static inline struct request *
peer_request(struct pool *pool, const struct program *program, const struct config *config,
             struct peer *peer)
{
        struct request_io *io = pool_alloc(pool, sizeof(*io));

        *io = (struct request_io){ peer_param, peer_read, peer_write, peer };
        return request_new(pool, program, config, io);
}

static inline bool
peer_got(const struct peer *peer, const char *text)
{
        return strstr(peer->out, text) != NULL;
}

#endif
