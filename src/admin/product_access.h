/* product_access: what stays open of a product while an amount is overdue. */
#ifndef LATCHKEY_ADMIN_PRODUCT_ACCESS_H
#define LATCHKEY_ADMIN_PRODUCT_ACCESS_H

#include "http/route.h"
#include "queries/product.h"

struct view;

/* Pushes the timetable for the product's page. */
void product_access_push(struct view *view, const struct product_timetable_row *row);

extern const struct route product_access_routes[];

#endif
