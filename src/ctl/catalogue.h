/* catalogue: a folder of products, terms and tax rates, read and checked as a whole before
 * anything is stored.  The format is described in latchkeyctl(1), "FILES OF A CATALOGUE". */
#ifndef LATCHKEY_CTL_CATALOGUE_H
#define LATCHKEY_CTL_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/token.h"

struct catalogue_file {
        const char *path;               /* where it is */
        const char *name;               /* what it is called for the customer */
        const char *content_type;
        int64_t size;
        uint8_t sha256[TOKEN_HASH_SIZE];
};

struct catalogue_item {
        const char *slug, *section, *kind, *title, *body;
        int32_t minutes;                /* 0: not told */
        const struct catalogue_file *file, *captions;   /* NULL: none */
        const char *url;                /* NULL: none */
};

struct catalogue_offer {
        const char *slug, *title, *currency, *tax_class;
        int64_t amount_minor;
        bool enabled;
        const char *schedule;           /* JSON as in offer_versions.schedule, or "": in full */
        const char *where;              /* FILE:LINE of it */
};

struct catalogue_product {
        const char *slug, *kind, *title, *tagline;
        const char *summary, *includes, *next_step, *refund;    /* Markdown */
        int32_t position, refund_days;
        bool on_sale, has_start;
        int32_t nothing_new_days, read_only_days, locked_days; /* days overdue until access is less; -1: never */
        int32_t check_days;             /* working days until somebody has looked at an order; 0: nobody looks */
        int32_t starts_on;              /* days since 1970-01-01 */
        struct catalogue_offer *offers;
        size_t n_offers;
        struct catalogue_item *items;
        size_t n_items;
        const char *keys;               /* one per line, or NULL */
        uint8_t digest[TOKEN_HASH_SIZE]; /* of all that a version consists of */
        uint8_t loaded[TOKEN_HASH_SIZE]; /* of kind, place, sale and offers */
};

struct catalogue_text {
        const char *kind;               /* terms, consent */
        const char *title, *body;
        uint8_t sha256[TOKEN_HASH_SIZE]; /* of the body */
};

struct catalogue_tax {
        const char *country, *tax_class;
        int32_t rate_bp;
        bool eu;
};

struct catalogue {
        struct catalogue_text *texts;
        size_t n_texts;
        struct catalogue_tax *taxes;
        size_t n_taxes;
        struct catalogue_product *products;
        size_t n_products;
};

/* Read DIR.  NULL with "FILE:LINE: what is wrong" in *ERROR; everything belongs to POOL. */
struct catalogue *catalogue_read(struct pool *pool, const char *dir, const char **error);

#endif
