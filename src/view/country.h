/* country: names of the countries that we sell to (latchkey.tax_rates). */
#ifndef LATCHKEY_VIEW_COUNTRY_H
#define LATCHKEY_VIEW_COUNTRY_H

/* The English name of an ISO 3166-1 alpha-2 code; the code itself when it is not listed. */
const char *country_name(const char *code);

#endif
