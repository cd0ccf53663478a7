/* agent: what a browser calls itself, in words. */
#ifndef LATCHKEY_VIEW_AGENT_H
#define LATCHKEY_VIEW_AGENT_H

#include "base/pool.h"

/* "Firefox on Windows" for a User-Agent, in POOL; "A browser" when it says nothing known. */
const char *agent_words(struct pool *pool, const char *user_agent);

#endif
