/* order: one order, whole: what was sold, the money, the access, the mails, its history. */
#ifndef LATCHKEY_ADMIN_ORDER_H
#define LATCHKEY_ADMIN_ORDER_H

#include "http/request.h"

extern const struct route order_routes[];

/* The page of order NUMBER with STATUS.  ANSWER is what an action did, as its redirect says
 * it ("granted"), or NULL; WITH_FORM: the request's form is shown again with its messages. */
enum http_status order_page(struct request *req, const char *number, enum http_status status,
                            const char *answer, bool with_form);

#endif
