/* task: one task: what to do, by when, and what came of it. */
#ifndef LATCHKEY_ADMIN_TASK_H
#define LATCHKEY_ADMIN_TASK_H

#include "http/route.h"

extern const struct route task_routes[];

#endif
