/* rule_trial: an edited rule is tried. */
#ifndef LATCHKEY_ADMIN_RULE_TRIAL_H
#define LATCHKEY_ADMIN_RULE_TRIAL_H

#include "http/route.h"

extern const struct route rule_trial_routes[];

#endif
