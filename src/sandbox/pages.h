/* pages: what a browser sees: paying, authenticating, and a word about the rest. */
#ifndef LATCHKEY_SANDBOX_PAGES_H
#define LATCHKEY_SANDBOX_PAGES_H

#include "http/request.h"
#include "http/route.h"

extern const struct route page_routes[];

/* A page with a heading and a sentence; LINK and WORDS may be NULL. */
enum http_status page_message(struct request *req, enum http_status status, const char *heading,
                              const char *sentence, const char *link, const char *words);
/* For struct program: the page of an error. */
enum http_status page_error(struct request *req, enum http_status status);

#endif
