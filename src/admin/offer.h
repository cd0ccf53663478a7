/* offer: staff offer another schedule for what is open of a plan: an overdue payment, or a request for
 * the money back, becomes a plan that can be kept.  How many payments, how far apart, and from when on is
 * asked as here by spread.c too. */
#ifndef LATCHKEY_ADMIN_OFFER_H
#define LATCHKEY_ADMIN_OFFER_H

#include "http/request.h"
#include "queries/forecast.h"
#include "view/view.h"

extern const struct route offer_routes[];

/* What was chosen, or is proposed; days since 1970-01-01.  count_wrong, first_wrong: sentences, or NULL. */
struct offer_shape {
        int32_t count, first, today;
        const char *every;
        const char *count_wrong, *first_wrong;
};

extern const char *const offer_everys[];

/* The parameters that name it, in the address or in a form. */
#define OFFER_SHAPE(where)                                                                               \
        {.name = "count", .type = PARAM_TEXT, .from = where, .max = 10},                           \
                {.name = "every", .type = PARAM_CHOICE, .from = where, .choices = offer_everys},         \
        {                                                                                          \
                .name = "first", .type = PARAM_TEXT, .from = where, .max = 20                      \
        }

/* What was asked for, else COUNT payments by the month from a week ahead.  LEAST: payments at least. */
void offer_read_shape(struct request *req, int32_t count, int32_t least, int32_t today, struct offer_shape *shape);
/* Nothing of it is wrong. */
bool offer_shape_fits(const struct offer_shape *shape);
/* Its fields (part/offer-shape.html). */
void offer_push_shape(struct view *view, struct request *req, struct offer_shape *shape);

/* The payments as the database takes them; in POOL. */
const char *offer_rows_text(struct pool *pool, const struct offer_row_row *rows, size_t n);
/* "payments" become them. */
void offer_push_payments(struct view *view, struct request *req, const struct offer_row_row *rows, size_t n,
                         const char *currency);

#endif
