/* api: /v1, from the request to the answer: key, faults, parameters, idempotency,
 * transaction, log. */
#ifndef LATCHKEY_SANDBOX_API_H
#define LATCHKEY_SANDBOX_API_H

#include "http/route.h"

extern const struct route api_routes[];

#endif
