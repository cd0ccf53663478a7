/* decline: codes, classes and words, see decline.h.
 *
 * Source of the codes: the gateway's documentation of decline codes, error codes and advice
 * codes, and the documentation of its bank debits for what a bank returns. */
#include "domain/decline.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

static const struct { const char *code; enum decline_class class; } codes[] = {
        /* never again without another method */
        { "incorrect_number", DECLINE_NEVER_AGAIN },
        { "invalid_number", DECLINE_NEVER_AGAIN },
        { "invalid_account", DECLINE_NEVER_AGAIN },
        { "new_account_information_available", DECLINE_NEVER_AGAIN },
        { "lost_card", DECLINE_NEVER_AGAIN },
        { "stolen_card", DECLINE_NEVER_AGAIN },
        { "pickup_card", DECLINE_NEVER_AGAIN },
        { "restricted_card", DECLINE_NEVER_AGAIN },
        { "fraudulent", DECLINE_NEVER_AGAIN },
        { "merchant_blacklist", DECLINE_NEVER_AGAIN },
        { "security_violation", DECLINE_NEVER_AGAIN },
        { "highest_risk_level", DECLINE_NEVER_AGAIN },
        { "revocation_of_authorization", DECLINE_NEVER_AGAIN },
        { "revocation_of_all_authorizations", DECLINE_NEVER_AGAIN },
        { "stop_payment_order", DECLINE_NEVER_AGAIN },
        { "transaction_not_allowed", DECLINE_NEVER_AGAIN },
        { "card_not_supported", DECLINE_NEVER_AGAIN },
        { "currency_not_supported", DECLINE_NEVER_AGAIN },
        { "not_permitted", DECLINE_NEVER_AGAIN },
        { "service_not_allowed", DECLINE_NEVER_AGAIN },
        { "testmode_decline", DECLINE_NEVER_AGAIN },
        { "live_mode_test_card", DECLINE_NEVER_AGAIN },
        { "account_closed", DECLINE_NEVER_AGAIN },
        { "bank_account_restricted", DECLINE_NEVER_AGAIN },
        { "debit_not_authorized", DECLINE_NEVER_AGAIN },
        { "debit_disputed", DECLINE_NEVER_AGAIN },
        { "no_account", DECLINE_NEVER_AGAIN },
        { "recipient_deceased", DECLINE_NEVER_AGAIN },
        { "refer_to_customer", DECLINE_NEVER_AGAIN },
        /* our own: nothing was asked, for there is nothing to charge */
        { "no_method", DECLINE_NEVER_AGAIN },
        { "method_removed", DECLINE_NEVER_AGAIN },
        { "method_refused", DECLINE_NEVER_AGAIN },
        /* the customer corrects something */
        { "expired_card", DECLINE_FIX_CARD },
        { "incorrect_cvc", DECLINE_FIX_CARD },
        { "invalid_cvc", DECLINE_FIX_CARD },
        { "incorrect_address", DECLINE_FIX_CARD },
        { "incorrect_zip", DECLINE_FIX_CARD },
        { "invalid_expiry_month", DECLINE_FIX_CARD },
        { "invalid_expiry_year", DECLINE_FIX_CARD },
        { "incorrect_pin", DECLINE_FIX_CARD },
        { "invalid_pin", DECLINE_FIX_CARD },
        { "pin_try_exceeded", DECLINE_FIX_CARD },
        /* the customer confirms */
        { "authentication_required", DECLINE_ON_SESSION },
        { "authentication_not_handled", DECLINE_ON_SESSION },
        { "mobile_device_authentication_required", DECLINE_ON_SESSION },
        { "offline_pin_required", DECLINE_ON_SESSION },
        { "online_or_offline_pin_required", DECLINE_ON_SESSION },
        { "payment_intent_authentication_failure", DECLINE_ON_SESSION },
        { "setup_intent_authentication_failure", DECLINE_ON_SESSION },
        /* money or a limit */
        { "insufficient_funds", DECLINE_SOFT_FUNDS },
        { "withdrawal_count_limit_exceeded", DECLINE_SOFT_FUNDS },
        { "card_velocity_exceeded", DECLINE_SOFT_FUNDS },
        { "invalid_amount", DECLINE_SOFT_FUNDS },
        { "amount_exceeds_limit", DECLINE_SOFT_FUNDS },
        /* the bank knows, and tells its customer alone */
        { "do_not_honor", DECLINE_BANK },
        { "call_issuer", DECLINE_BANK },
        { "no_action_taken", DECLINE_BANK },
        { "previously_declined_do_not_retry", DECLINE_NEVER_AGAIN },
        /* may pass */
        { "never_made", DECLINE_SOFT },         /* our own: the gateway did not answer for a day */
        { "generic_decline", DECLINE_SOFT },
        { "card_declined", DECLINE_SOFT },
        { "processing_error", DECLINE_SOFT },
        { "try_again_later", DECLINE_SOFT },
        { "reenter_transaction", DECLINE_SOFT },
        { "approve_with_id", DECLINE_SOFT },
        { "issuer_not_available", DECLINE_SOFT },
        { "duplicate_transaction", DECLINE_SOFT },
        { "payment_intent_payment_attempt_failed", DECLINE_SOFT },
        { "generic_could_not_process", DECLINE_SOFT },
};

static const struct {
        const char *name;
        bool retry;
        const char *happened, *action;
} classes[] = {
        [DECLINE_SOFT] = { "soft", true, "Your bank did not let the payment through this time. Nothing was taken.",
                           "Try again, or choose another way to pay" },
        [DECLINE_SOFT_FUNDS] = { "soft_funds", true,
                                 "Your bank says that there was not enough room on the account or card. Nothing was taken.",
                                 "Pay now, on another day, or another way" },
        [DECLINE_BANK] = { "bank", true, "Your bank declined the payment and told us no reason. Nothing was taken.",
                           "Ask your bank to allow it, or choose another way to pay" },
        [DECLINE_FIX_CARD] = { "fix_card", false, "A detail of your card is out of date or was not accepted. Nothing was taken.",
                               "Enter the details of your card again" },
        [DECLINE_ON_SESSION] = { "on_session", false, "Your bank wants you to confirm this payment yourself. Nothing was taken.",
                                 "Pay now and confirm with your bank" },
        [DECLINE_NEVER_AGAIN] = { "never_again", false, "This way to pay cannot be used for this payment. Nothing was taken.",
                                  "Choose another card or another way to pay" },
};

static bool
look_up(const char *code, enum decline_class *class)
{
        for (size_t i = 0; !text_is_empty(code) && i < sizeof codes / sizeof codes[0]; i++)
                if (strcmp(codes[i].code, code) == 0) {
                        *class = codes[i].class;
                        return true;
                }
        return false;
}

struct decline
decline_of(const char *decline_code, const char *code, const char *advice_code)
{
        struct decline decline = { DECLINE_SOFT, true };

        /* The bank's word says more than the gateway's "card_declined". */
        if (!text_is_empty(decline_code))
                decline.known = look_up(decline_code, &decline.class);
        else
                decline.known = look_up(code, &decline.class);
        if (text_equal(advice_code, "do_not_try_again") && decline_may_retry(decline.class))
                decline.class = DECLINE_NEVER_AGAIN;
        else if (text_equal(advice_code, "confirm_card_data") && decline_may_retry(decline.class))
                decline.class = DECLINE_FIX_CARD;
        return decline;
}

const char *
decline_name(enum decline_class class)
{
        return classes[class].name;
}

bool
decline_by_name(const char *name, enum decline_class *class)
{
        for (int i = 0; i < DECLINE_CLASSES; i++)
                if (text_equal(classes[i].name, name)) {
                        *class = (enum decline_class)i;
                        return true;
                }
        return false;
}

bool
decline_may_retry(enum decline_class class)
{
        return classes[class].retry;
}

const char *
decline_happened(enum decline_class class)
{
        return classes[class].happened;
}

const char *
decline_action(enum decline_class class)
{
        return classes[class].action;
}
