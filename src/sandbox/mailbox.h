/* mailbox: the demo's mail, read from a Maildir.  The only file with GMime. */
#ifndef LATCHKEY_SANDBOX_MAILBOX_H
#define LATCHKEY_SANDBOX_MAILBOX_H

#include "http/request.h"
#include "http/route.h"

/* Once in each process, before any other. */
void mailbox_start(void);

enum http_status mailbox_list(struct request *req);
enum http_status mailbox_show(struct request *req);
enum http_status mailbox_html(struct request *req);
enum http_status mailbox_file(struct request *req);

#endif
