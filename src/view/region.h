/* region: the time zones and the ways of writing numbers that people may choose. */
#ifndef LATCHKEY_VIEW_REGION_H
#define LATCHKEY_VIEW_REGION_H

#include "base/pool.h"

/* IANA names, NULL-terminated, in the order in which a list shows them. */
extern const char *const region_zones[];
/* Locales that format.c writes numbers for, NULL-terminated. */
extern const char *const region_locales[];

/* "New York (America)" for America/New_York, in POOL. */
const char *region_zone_name(struct pool *pool, const char *zone);
/* "Deutsch (Österreich)" for de_AT; the code itself when it is not listed. */
const char *region_locale_name(const char *locale);

#endif
