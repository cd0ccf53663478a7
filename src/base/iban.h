/* iban: account numbers (ISO 13616), bank codes (ISO 9362) and what is made of four characters. */
#ifndef LATCHKEY_BASE_IBAN_H
#define LATCHKEY_BASE_IBAN_H

#include <stdbool.h>

#include "base/pool.h"

/* TEXT without blanks, its letters as capitals. */
char *iban_plain(struct pool *pool, const char *text);

/* 15 to 34 characters, two letters and two check digits first, right by mod 97.  PLAIN only. */
bool iban_is_valid(const char *plain);

/* 8 or 11 characters: six letters, then letters and digits.  Capitals only. */
bool iban_is_bic(const char *text);

/* In groups of four, as people read and type it: "DE89 3704 0044 0532 0130 00". */
char *iban_grouped(struct pool *pool, const char *plain);

#endif
