/* error_page: the page for a request that went wrong: what happened, what to do, and a
 * reference that finds the log line. */
#ifndef LATCHKEY_VIEW_ERROR_PAGE_H
#define LATCHKEY_VIEW_ERROR_PAGE_H

#include "http/request.h"

/* Sets the reply for STATUS from templates/error/error.html and returns it; plain text when
 * the templates are not there or fail.  Made for struct program's error_page. */
enum http_status view_error_page(struct request *req, enum http_status status);

#endif
