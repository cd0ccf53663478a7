/* reports: the accountant's month: receipts, credit notes, fees and what moved, as CSV and PDF. */
#ifndef LATCHKEY_ADMIN_REPORTS_H
#define LATCHKEY_ADMIN_REPORTS_H

#include "http/route.h"

extern const struct route reports_routes[];

#endif
