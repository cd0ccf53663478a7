/* What a gateway's codes mean, and what a customer is told of them (S1.2). */
#include "domain/decline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void
codes_have_their_class(void **state)
{
        static const struct { const char *decline, *code, *advice; enum decline_class class; bool known; } table[] = {
                { "lost_card", "card_declined", "do_not_try_again", DECLINE_NEVER_AGAIN, true },
                { "stolen_card", "card_declined", NULL, DECLINE_NEVER_AGAIN, true },
                { "pickup_card", "card_declined", NULL, DECLINE_NEVER_AGAIN, true },
                { NULL, "incorrect_number", NULL, DECLINE_NEVER_AGAIN, true },
                { "revocation_of_authorization", "card_declined", NULL, DECLINE_NEVER_AGAIN, true },
                { "revocation_of_all_authorizations", "card_declined", NULL, DECLINE_NEVER_AGAIN, true },
                { "highest_risk_level", "card_declined", NULL, DECLINE_NEVER_AGAIN, true },
                { "transaction_not_allowed", "card_declined", NULL, DECLINE_NEVER_AGAIN, true },
                { "fraudulent", "card_declined", NULL, DECLINE_NEVER_AGAIN, true },
                { "method_refused", NULL, NULL, DECLINE_NEVER_AGAIN, true },
                { "expired_card", "expired_card", "confirm_card_data", DECLINE_FIX_CARD, true },
                { NULL, "incorrect_cvc", NULL, DECLINE_FIX_CARD, true },
                { "invalid_expiry_month", "invalid_expiry_month", NULL, DECLINE_FIX_CARD, true },
                { "invalid_expiry_year", "invalid_expiry_year", NULL, DECLINE_FIX_CARD, true },
                { "authentication_required", "authentication_required", NULL, DECLINE_ON_SESSION, true },
                { "", "payment_intent_authentication_failure", "", DECLINE_ON_SESSION, true },
                { "insufficient_funds", "card_declined", "try_again_later", DECLINE_SOFT_FUNDS, true },
                { NULL, "insufficient_funds", NULL, DECLINE_SOFT_FUNDS, true },
                { "generic_decline", "card_declined", "try_again_later", DECLINE_SOFT, true },
                { "processing_error", "processing_error", NULL, DECLINE_SOFT, true },
                { "try_again_later", "card_declined", NULL, DECLINE_SOFT, true },
                { "issuer_not_available", "card_declined", NULL, DECLINE_SOFT, true },
                { "do_not_honor", "card_declined", NULL, DECLINE_BANK, true },
                /* advice makes it harder, never softer */
                { "generic_decline", "card_declined", "do_not_try_again", DECLINE_NEVER_AGAIN, true },
                { "do_not_honor", "card_declined", "confirm_card_data", DECLINE_FIX_CARD, true },
                { "lost_card", "card_declined", "try_again_later", DECLINE_NEVER_AGAIN, true },
                { "authentication_required", "card_declined", "try_again_later", DECLINE_ON_SESSION, true },
                /* what nobody knows is soft, and reported */
                { "moon_in_the_wrong_phase", "card_declined", NULL, DECLINE_SOFT, false },
                { "moon_in_the_wrong_phase", "card_declined", "do_not_try_again", DECLINE_NEVER_AGAIN, false },
                { NULL, NULL, NULL, DECLINE_SOFT, false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct decline decline = decline_of(table[i].decline, table[i].code, table[i].advice);

                if (decline.class != table[i].class || decline.known != table[i].known)
                        fail_msg("row %zu: %s", i, decline_name(decline.class));
        }
}

static void
names_go_both_ways(void **state)
{
        enum decline_class class;

        (void)state;
        for (int i = 0; i < DECLINE_CLASSES; i++) {
                assert_true(decline_by_name(decline_name((enum decline_class)i), &class));
                assert_int_equal(class, i);
        }
        assert_false(decline_by_name("", &class));
        assert_false(decline_by_name(NULL, &class));
        assert_false(decline_by_name("lost_card", &class));
}

static void
words_alarm_nobody_and_help_no_thief(void **state)
{
        static const char *const never[] = { "lost", "stolen", "fraud", "risk", "suspicious", "blocked", "police", "failed", "error" };

        (void)state;
        for (int i = 0; i < DECLINE_CLASSES; i++) {
                const char *happened = decline_happened((enum decline_class)i), *action = decline_action((enum decline_class)i);

                assert_true(strlen(happened) > 20 && strlen(action) > 10);
                assert_non_null(strstr(happened, "Nothing was taken."));
                for (size_t k = 0; k < sizeof never / sizeof never[0]; k++)
                        assert_true(strstr(happened, never[k]) == NULL && strstr(action, never[k]) == NULL);
        }
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(codes_have_their_class),
                cmocka_unit_test(names_go_both_ways),
                cmocka_unit_test(words_alarm_nobody_and_help_no_thief),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
