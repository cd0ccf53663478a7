/* article: one article of the house: read, published, retired, and what its readers say. */
#ifndef LATCHKEY_ADMIN_ARTICLE_H
#define LATCHKEY_ADMIN_ARTICLE_H

#include "http/request.h"
#include "http/route.h"
#include "view/view.h"

extern const struct route article_routes[];

/* Back to PAGE below the article of this request ("" is the article itself), with DONE. */
enum http_status article_back(struct request *req, const char *page, const char *done);

/* "83 % of 12", or "" without votes. */
const char *article_rate(struct pool *pool, int64_t yes, int64_t no);

/* What a playbook asks to note down, FIELDS one a line, as rows of symbol "fields". */
void article_push_fields(struct view *view, struct pool *pool, const char *fields);

#endif
