/* cards: the well-known test payment methods.
 * Source: the gateway's documentation of its test cards and decline codes. */
#include "sandbox/cards.h"

#include <string.h>

#define DECLINED "Your card was declined."

static const struct decline generic = { "card_declined", "generic_decline", "try_again_later", "01", DECLINED };
static const struct decline no_funds = { "card_declined", "insufficient_funds", "try_again_later", "51",
                                         "Your card has insufficient funds." };
static const struct decline lost = { "card_declined", "lost_card", "do_not_try_again", "41", DECLINED };
static const struct decline stolen = { "card_declined", "stolen_card", "do_not_try_again", "43", DECLINED };
static const struct decline velocity = { "card_declined", "card_velocity_exceeded", "try_again_later", "65",
                                         "Your card was declined for making repeated attempts too frequently "
                                         "or exceeding its amount limit." };
static const struct decline do_not_honor = { "card_declined", "do_not_honor", "try_again_later", "05", DECLINED };
static const struct decline fraud = { "card_declined", "fraudulent", "do_not_try_again", "59", DECLINED };
static const struct decline expired = { "expired_card", "expired_card", "confirm_card_data", "54",
                                        "Your card has expired." };
static const struct decline cvc = { "incorrect_cvc", "incorrect_cvc", "confirm_card_data", "N7",
                                    "Your card's security code is incorrect." };
static const struct decline number = { "incorrect_number", "incorrect_number", "confirm_card_data", "14",
                                       "Your card number is incorrect." };
static const struct decline processing = { "processing_error", "processing_error", "try_again_later", "96",
                                           "An error occurred while processing your card. Try again in a little bit." };

const struct decline decline_authentication_required = {
        "authentication_required", "authentication_required", NULL, "1A",
        "Your card was declined. This transaction requires authentication."
};
const struct decline decline_authentication_failed = {
        "payment_intent_authentication_failure", NULL, NULL, NULL,
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
};
const struct decline decline_debit = {
        "insufficient_funds", NULL, NULL, NULL,
        "The customer's bank returned the debit: the account has insufficient funds."
};

#define CARD(token, number, brand, country, decline, flags) \
        { token, "card", number, brand, "credit", country, decline, flags }

static const struct card cards[] = {
        CARD("pm_card_visa", "4242424242424242", "visa", "US", NULL, CARD_HOSTED),
        CARD("pm_card_mastercard", "5555555555554444", "mastercard", "US", NULL, CARD_HOSTED),
        CARD("pm_card_amex", "378282246310005", "amex", "US", NULL, 0),
        CARD("pm_card_discover", "6011111111111117", "discover", "US", NULL, 0),
        CARD("pm_card_jcb", "3566002020360505", "jcb", "JP", NULL, 0),
        CARD("pm_card_de", "4000002760000016", "visa", "DE", NULL, 0),
        CARD("pm_card_gb", "4000008260000000", "visa", "GB", NULL, 0),
        CARD("pm_card_chargeCustomerFail", "4000000000000341", "visa", "US", &generic, CARD_HOSTED | CARD_ATTACHES),
        CARD("pm_card_visa_chargeDeclined", "4000000000000002", "visa", "US", &generic, CARD_HOSTED),
        CARD("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", "visa", "US", &no_funds, CARD_HOSTED),
        CARD("pm_card_visa_chargeDeclinedLostCard", "4000000000009987", "visa", "US", &lost, CARD_HOSTED),
        CARD("pm_card_visa_chargeDeclinedStolenCard", "4000000000009979", "visa", "US", &stolen, 0),
        CARD("pm_card_chargeDeclinedExpiredCard", "4000000000000069", "visa", "US", &expired, CARD_HOSTED),
        CARD("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", "visa", "US", &cvc, 0),
        CARD("pm_card_chargeDeclinedIncorrectNumber", "4242424242424241", "visa", "US", &number, 0),
        CARD("pm_card_chargeDeclinedProcessingError", "4000000000000119", "visa", "US", &processing, 0),
        CARD("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "visa", "US", &velocity, 0),
        CARD("pm_card_chargeDeclinedDoNotHonor", "4000000000000051", "visa", "US", &do_not_honor, 0),
        CARD("pm_card_visa_chargeDeclinedFraudulent", "4100000000000019", "visa", "US", &fraud, 0),
        CARD("pm_card_authenticationRequired", "4000002760003184", "visa", "DE", NULL, CARD_ASKS),
        CARD("pm_card_authenticationRequiredOnSetup", "4000002500003155", "visa", "FR", NULL,
             CARD_HOSTED | CARD_ASKS_ONCE),
        CARD("pm_card_createDispute", "4000000000000259", "visa", "US", NULL, CARD_DISPUTED),
        /* The sandbox's own, for what has no number. */
        { "pm_sandbox_bank_debit", "sepa_debit", "DE89370400440532013000", NULL, NULL, "DE", NULL, 0 },
        { "pm_sandbox_bank_debit_fails", "sepa_debit", "DE62370400440532013001", NULL, NULL, "DE",
          &decline_debit, CARD_ATTACHES },
        { "pm_sandbox_bank_transfer", "customer_balance", "0000", NULL, NULL, "DE", NULL, 0 },
};

static const struct { const char *spelling, *token; } spellings[] = {
        { "pm_card_chargeDeclined", "pm_card_visa_chargeDeclined" },
        { "pm_card_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedInsufficientFunds" },
        { "pm_card_chargeDeclinedLostCard", "pm_card_visa_chargeDeclinedLostCard" },
        { "pm_card_chargeDeclinedStolenCard", "pm_card_visa_chargeDeclinedStolenCard" },
        { "pm_card_chargeDeclinedFraudulent", "pm_card_visa_chargeDeclinedFraudulent" },
        { "pm_card_visa_chargeDeclinedExpiredCard", "pm_card_chargeDeclinedExpiredCard" },
        { "pm_card_visa_chargeDeclinedIncorrectCvc", "pm_card_chargeDeclinedIncorrectCvc" },
        { "pm_card_visa_chargeDeclinedProcessingError", "pm_card_chargeDeclinedProcessingError" },
        { "pm_card_threeDSecure2Required", "pm_card_authenticationRequired" },
        { "pm_card_authenticationRequiredSetupForOffSession", "pm_card_authenticationRequiredOnSetup" },
};

const struct card *
card_by_token(const char *token)
{
        for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
                if (strcmp(spellings[i].spelling, token) == 0)
                        token = spellings[i].token;
        for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
                if (strcmp(cards[i].token, token) == 0)
                        return &cards[i];
        return NULL;
}

const struct card *
card_by_number(const char *digits)
{
        for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
                if ((cards[i].flags & CARD_HOSTED) != 0 && strcmp(cards[i].number, digits) == 0)
                        return &cards[i];
        return NULL;
}

const char *
card_last4(const struct card *card)
{
        return card->number + strlen(card->number) - 4;
}
