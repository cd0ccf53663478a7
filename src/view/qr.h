/* qr: a QR code as inline SVG.  The only file with libqrencode. */
#ifndef LATCHKEY_VIEW_QR_H
#define LATCHKEY_VIEW_QR_H

#include "base/pool.h"
#include "view/view.h"

/* TEXT (at most about 2,000 bytes) as an <svg class="qr"> of black on white with its quiet
 * zone; LABEL is what a screen reader says instead.  Level M.  Markup is "" when TEXT does
 * not fit. */
struct html qr_svg(struct pool *pool, const char *text, const char *label);

#endif
