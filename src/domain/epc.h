/* epc: what the QR code of a SEPA credit transfer says (EPC069-12, version 2). */
#ifndef LATCHKEY_DOMAIN_EPC_H
#define LATCHKEY_DOMAIN_EPC_H

#include <stdint.h>

#include "base/pool.h"

enum { EPC_MAX = 331, EPC_NAME_MAX = 70 };      /* bytes of it all; characters of the name */

/* The payload for CENTS of EUR to IBAN (plain) of HOLDER, with the structured creditor
 * REFERENCE (ISO 11649); BIC may be "".  A longer holder is cut at a character.  NULL when the
 * amount is not one that a code can carry (0.01 to 999,999,999.99). */
char *epc_payload(struct pool *pool, const char *holder, const char *iban, const char *bic, int64_t cents,
                  const char *reference);

#endif
