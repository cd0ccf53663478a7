/* plain: the words that somebody wrote, out of a mail's text or HTML. */
#ifndef LATCHKEY_MAIL_PLAIN_H
#define LATCHKEY_MAIL_PLAIN_H

#include "base/pool.h"

/* HTML as text: blocks become lines, scripts, styles and quoted mails are dropped, entities are
 * what they stand for.  Valid UTF-8 in, valid UTF-8 out. */
const char *plain_from_html(struct pool *pool, const char *html);

/* TEXT (UTF-8, LF) without the mail that it answers, as the common programs quote it, and without
 * the signature below "-- ".  Whole where nothing else would be left. */
const char *plain_reply(struct pool *pool, const char *text);

#endif
