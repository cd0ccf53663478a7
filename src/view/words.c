/* words: what a status is called, the one table. */
#include "view/words.h"

#include <string.h>

#include <glib.h>

/* A status and its look. */
struct status_word {
        const char *machine, *status;
        struct words words;
};

static const struct status_word statuses[] = {
        { "order", "open", { "Not paid yet", "wait" } },
        { "order", "paid", { "Paid", "ok" } },
        { "order", "expired", { "Expired", "off" } },
        { "order", "cancelled", { "Cancelled", "off" } },
        { "order", "refunded", { "Refunded", "off" } },

        { "due", "open", { "To be paid", "wait" } },
        { "due", "paid", { "Paid", "ok" } },
        { "due", "replaced", { "Replaced by another date", "off" } },
        { "due", "forgiven", { "Forgiven", "off" } },
        { "due", "written_off", { "Written off", "off" } },
        { "payment_due", "ahead", { "To come", "off" } },
        { "payment_due", "today", { "Due today", "wait" } },
        { "payment_due", "late", { "Open", "warn" } },
        { "payment_due", "failing", { "Did not go through", "bad" } },

        { "agreement", "live", { "Being paid", "wait" } },
        { "agreement", "completed", { "All paid", "ok" } },
        { "agreement", "cancelled", { "Cancelled", "off" } },

        { "transfer", "sent", { "Waiting for the money", "wait" } },
        { "attempt", "created", { "Being prepared", "wait" } },
        { "attempt", "sent", { "With the payment page", "wait" } },
        { "attempt", "requires_action", { "Waits for a confirmation", "wait" } },
        { "attempt", "processing", { "On its way", "wait" } },
        { "attempt", "unknown", { "No answer yet", "warn" } },
        { "attempt", "succeeded", { "Paid", "ok" } },
        { "attempt", "failed", { "Declined", "bad" } },
        { "attempt", "cancelled", { "Not completed", "off" } },

        { "payment", "received", { "Received", "ok" } },
        { "payment", "part_refunded", { "Partly refunded", "off" } },
        { "payment", "refunded", { "Refunded", "off" } },

        { "refund", "asked", { "Asked for", "wait" } },
        { "refund", "approved", { "Approved", "wait" } },
        { "refund", "refused", { "Refused", "off" } },
        { "refund", "sent", { "On its way", "wait" } },
        { "refund", "unknown", { "No answer yet", "warn" } },
        { "refund", "succeeded", { "Paid back", "ok" } },
        { "refund", "failed", { "Failed", "bad" } },

        { "dispute", "open", { "Disputed by the bank", "bad" } },
        { "dispute", "answered", { "Answered, with the bank", "wait" } },
        { "dispute", "won", { "Decided for us", "ok" } },
        { "dispute", "lost", { "Decided for the customer", "off" } },

        { "access", "waiting", { "Not open yet", "wait" } },
        { "access", "full", { "Open", "ok" } },
        { "access", "nothing_new", { "Open, nothing new", "warn" } },
        { "access", "read_only", { "Read only", "warn" } },
        { "access", "locked", { "Locked", "bad" } },
        { "access", "permanent", { "Open for good", "ok" } },
        { "access", "ended", { "Ended", "off" } },

        { "message", "queued", { "Waiting to be sent", "wait" } },
        { "message", "sending", { "Being sent", "wait" } },
        { "message", "sent", { "Sent", "ok" } },
        { "message", "deferred", { "Will be tried again", "warn" } },
        { "message", "refused", { "Refused by their server", "bad" } },
        { "message", "maybe_sent", { "Maybe sent", "warn" } },
        { "message", "skipped", { "No longer needed", "off" } },
        { "message", "bounced", { "Came back", "bad" } },

        { "send", "sent", { "Accepted by their server", "ok" } },
        { "send", "deferred", { "Put off by their server", "warn" } },
        { "send", "refused", { "Refused by their server", "bad" } },
        { "send", "maybe_sent", { "Broke off: maybe sent", "warn" } },

        { "ticket", "open", { "Waiting for us", "wait" } },
        { "ticket", "answered", { "Answered", "ok" } },
        { "ticket", "closed", { "Closed", "off" } },

        { "inbox", "new", { "Waiting to be settled", "wait" } },
        { "inbox", "done", { "Settled", "ok" } },
        { "inbox", "ignored", { "Not ours", "off" } },
        { "inbox", "mismatch", { "Does not fit", "bad" } },
        { "inbox", "poison", { "Cannot be settled", "bad" } },

        { "job", "waiting", { "Waiting", "off" } },
        { "job", "ready", { "Ready", "wait" } },
        { "job", "failing", { "Failed, will try again", "warn" } },
        { "job", "dead", { "Given up", "bad" } },

        { "correction", "with_staff", { "To decide", "wait" } },
        { "correction", "done", { "Corrected", "ok" } },
        { "correction", "refused", { "Refused", "off" } },
        { "correction", "unproved", { "Fits no order", "off" } },
        { "correction", "repeated", { "Asked before", "off" } },
        { "bank_line", "new", { "Not matched yet", "wait" } },
        { "bank_line", "matched", { "Matched", "ok" } },
        { "bank_line", "set_aside", { "Set aside", "off" } },
        { "staff", "active", { "Works here", "ok" } },
        { "staff", "invited", { "Invited", "wait" } },
        { "staff", "expired", { "Invitation ran out", "warn" } },
        { "staff", "disabled", { "Closed", "off" } },
        { "bank_line", "payout", { "Payout", "ok" } },

        { "alarm", "open", { "Open", "bad" } },
        { "alarm", "repaired", { "Repaired by itself", "ok" } },
        { "alarm", "closed", { "Over", "off" } },
};

struct code_word {
        const char *topic, *code, *text;
};

static const struct code_word codes[] = {
        { "waiting_for", "start", "It starts on a day to come" },
        { "waiting_for", "transfer", "A bank transfer is on its way" },
        { "waiting_for", "check", "Somebody checks it first" },

        { "end_reason", "refund", "The money was paid back" },
        { "end_reason", "dispute", "The bank took the payment back" },
        { "end_reason", "staff", "Ended by staff" },
        { "end_reason", "cancelled", "The subscription was cancelled" },
        { "end_reason", "unmatched", "A bank transfer was booked for it by mistake" },

        { "message_kind", "paid", "Receipt" },
        { "message_kind", "access_open", "Your access is open" },
        { "message_kind", "refunded", "Refund and credit note" },
        { "message_kind", "paid_twice", "You paid twice" },
        { "message_kind", "already_yours", "You have it already" },
        { "message_kind", "login_link", "Login link" },
        { "message_kind", "claim", "Invitation to use it" },
        { "message_kind", "claim_used", "The invitation was used" },
        { "message_kind", "access_taken", "The access was taken back" },
        { "message_kind", "copies", "Copies of mails" },

        { "message_kind", "password_changed", "Password changed" },
        { "message_kind", "passkey_added", "Passkey added" },
        { "message_kind", "address_confirm", "Link to a new address" },
        { "message_kind", "address_changed", "Address changed" },
        { "message_kind", "address_taken", "Address entered by somebody" },
        { "message_kind", "address_restored", "Address taken back" },
        { "message_kind", "correction_refused", "Address not corrected" },

        { "topic", "access", "Your access" },
        { "topic", "bills", "Bills and receipts" },
        { "topic", "security", "Security" },
        { "topic", "tips", "Tips for what you bought" },
        { "topic", "news", "News from us" },
        { "topic_text", "access", "What you bought is open, or when it opens." },
        { "topic_text", "bills", "What was paid, what is due, and refunds." },
        { "topic_text", "security", "Links to log in, and changes to your account." },
        { "topic_text", "tips", "Short mails of the first weeks that help you to begin." },
        { "topic_text", "news", "Now and then, what is new." },

        { "doubt", "proof", "Not everything they told us is right" },
        { "doubt", "taken", "The new address belongs to another customer" },
        { "doubt", "other_orders", "The account has other orders as well" },
        { "doubt", "logged_in", "Somebody has logged in with the old address" },
        { "doubt", "opened", "It was opened already, in another browser" },
        { "message_kind", "transfer_instructions", "Where to transfer it" },
        { "message_kind", "transfer_reminder", "The transfer has not arrived" },
        { "message_kind", "transfer_short", "A part of the transfer is missing" },
        { "message_kind", "paid_too_much", "You paid more than needed" },
        { "message_kind", "access_moved", "A new date" },
        { "message_kind", "ticket_opened", "We have your message" },
        { "message_kind", "ticket_answer", "Our answer" },
        { "message_kind", "ticket_link", "Link to a message" },

        { "trouble", "no_mail", "No email has come" },
        { "trouble", "link", "A link does not work" },
        { "trouble", "login", "I cannot log in" },
        { "trouble", "not_open", "I paid, but it is not open" },
        { "trouble", "payment", "A payment that did not go through" },
        { "trouble", "plan", "Paying in another way or at another time" },
        { "trouble", "other", "Something else" },

        { "message_kind", "card_expiring", "A card runs out" },
        { "wallet", "apple_pay", "Apple Pay" },
        { "wallet", "google_pay", "Google Pay" },
        { "wallet", "link", "Link" },
        { "message_kind", "address_was", "Your address was corrected, to the old one" },
        { "message_kind", "address_is", "Your address was corrected, with a link" },
        { "message_kind", "staff_invite", "Invitation to the staff pages" },
        { "message_kind", "staff_recovered", "A recovery code was used" },
        { "message_kind", "transfer_undone", "Transfer booked by mistake" },
        { "message_kind", "staff_passkey", "Passkey added (staff)" },
        { "message_kind", "staff_password", "Staff password changed" },
        { "message_kind", "access_ended", "Your access has ended" },
        { "text_kind", "payment_failed_soft", "It may go through later" },
        { "text_kind", "payment_failed_soft_funds", "There was not enough money" },
        { "text_kind", "payment_failed_bank", "The bank gave no reason" },
        { "text_kind", "payment_failed_fix_card", "The card has to be corrected" },
        { "text_kind", "payment_failed_on_session", "The bank wants a confirmation" },
        { "text_kind", "payment_failed_never_again", "Another way to pay is needed" },
        { "text_kind", "promise_broken", "The day that was named is over" },
        { "message_kind", "payment_failed", "A payment did not go through" },
        { "message_kind", "promise_broken", "The day for a payment is over" },

        { "method", "card", "Card" },
        { "method", "sepa_debit", "Bank debit" },
        { "method", "customer_balance", "Bank transfer" },
        { "method", "bank_transfer", "Bank transfer" },
        { "method", "link", "Link" },
        { "method", "paypal", "PayPal" },
        { "method", "visa", "Visa" },
        { "method", "mastercard", "Mastercard" },
        { "method", "amex", "American Express" },
        { "method", "discover", "Discover" },
        { "method", "diners", "Diners Club" },
        { "method", "jcb", "JCB" },
        { "method", "unionpay", "UnionPay" },

        { "decline", "insufficient_funds", "Not enough money on the account" },
        { "decline", "generic_decline", "Declined by the bank without a reason" },
        { "decline", "card_declined", "Declined by the bank without a reason" },
        { "decline", "do_not_honor", "Declined by the bank without a reason" },
        { "decline", "expired_card", "The card has expired" },
        { "decline", "incorrect_cvc", "The security code was wrong" },
        { "decline", "incorrect_number", "The card number was wrong" },
        { "decline", "invalid_expiry_month", "The expiry date was wrong" },
        { "decline", "invalid_expiry_year", "The expiry date was wrong" },
        { "decline", "authentication_required", "The bank wants the customer to confirm" },
        { "decline", "processing_error", "The bank could not be reached" },
        { "decline", "issuer_not_available", "The bank could not be reached" },
        { "decline", "try_again_later", "The bank asks to try again later" },
        { "decline", "lost_card", "The card was reported lost" },
        { "decline", "stolen_card", "The card was reported stolen" },
        { "decline", "pickup_card", "The bank keeps this card" },
        { "decline", "transaction_not_allowed", "The card does not allow such payments" },

        { "dispute_reason", "fraudulent", "The cardholder says it was not them" },
        { "dispute_reason", "duplicate", "The cardholder says they were charged twice" },
        { "dispute_reason", "product_not_received", "The cardholder says nothing came" },
        { "dispute_reason", "product_unacceptable", "The cardholder is not content with it" },
        { "dispute_reason", "subscription_canceled", "The cardholder says it was cancelled" },
        { "dispute_reason", "credit_not_processed", "The cardholder waits for a refund" },
        { "dispute_reason", "unrecognized", "The cardholder does not recognise it" },
        { "dispute_reason", "general", "No reason given" },

        { "refund_kind", "gateway", "Made at the gateway" },
        { "refund_kind", "second", "Offered, because it was paid twice" },
        { "refund_kind", "staff", "Made by staff" },
        { "refund_kind", "unmatched", "The bank credit was another order's" },

        { "refund_reason", "requested_by_customer", "The customer asked for it" },
        { "refund_reason", "unmatched", "It was matched by mistake" },
        { "refund_reason", "duplicate", "It was paid twice" },
        { "refund_reason", "too_much", "More came than was owed" },
        { "refund_reason", "fraudulent", "The payment was fraudulent" },

        { "attempt_kind", "checkout", "Payment page" },
        { "attempt_kind", "off_session", "Saved method" },
        { "attempt_kind", "second", "A second payment" },
        { "attempt_kind", "transfer", "Bank transfer" },

        { "role", "owner", "Owner" },
        { "role", "finance", "Finance" },
        { "role", "support", "Support" },
        { "role", "viewer", "Viewer" },

        { "audit_area", "order", "Orders" },
        { "audit_area", "access", "Access" },
        { "audit_area", "customer", "Customers" },
        { "audit_area", "staff", "Staff" },

        { "evidence", "agreed", "Agreed to the terms of sale" },
        { "evidence", "consented", "Agreed that it begins at once" },
        { "evidence", "paid", "Paid" },
        { "evidence", "mailed", "A mail was handed over" },
        { "evidence", "logged_in", "Logged in" },
        { "evidence", "password_set", "Chose a password" },
        { "evidence", "passkey_added", "Added a passkey" },
        { "evidence", "passkey_removed", "Removed a passkey" },
        { "evidence", "unmatched", "A bank transfer was booked for it by mistake" },
        { "evidence", "logged_out", "Logged out other devices" },
        { "evidence", "address_changed", "Changed the email address" },
        { "evidence", "address_restored", "Took the email address back" },
        { "evidence", "address_corrected", "Had the mistyped email address corrected" },
        { "evidence", "opened", "Opened what they bought" },
        { "evidence", "downloaded", "Downloaded a file" },
        { "evidence", "offered", "Offered the access to somebody else" },
        { "evidence", "claimed", "Took over the access" },
        { "evidence", "taken_back", "Took the access back" },
        { "evidence", "refunded", "Was paid back" },
        { "evidence", "address_corrected", "Had their address corrected" },
        { "evidence", "disputed", "Had the bank dispute the payment" },

        { "audit", "access.gift", "gave access as a gift" },
        { "audit", "access.regrant", "opened the access again" },
        { "audit", "access.end", "ended the access" },
        { "audit", "customer.note", "left a note" },
        { "audit", "customer.address", "corrected the address" },
        { "audit", "customer.mail-works", "said that mail arrives again" },
        { "audit", "alarm.settled", "settled an alarm" },
        { "audit", "alarm.again", "had an event tried again" },
        { "audit", "customer.view", "looked with the customer's eyes" },
        { "audit", "order.resend", "sent the mails again" },
        { "audit", "correction.asked", "said that the address of the order is wrong" },
        { "audit", "correction.done", "corrected the address of the order" },
        { "audit", "correction.refused", "did not correct the address of the order" },
        { "audit", "transfer.match", "matched a bank transfer" },
        { "audit", "transfer.undone", "took a match back" },
        { "audit", "transfer.paid_back", "paid money back by bank transfer" },
        { "audit", "transfer.set_aside", "set a credit aside" },
        { "audit", "transfer.payout", "booked a payout of the payment provider" },
        { "audit", "transfer.take_up", "took a credit up again" },
        { "audit", "access.release", "opened what was waiting" },
        { "audit", "access.expected", "moved the expected day" },
        { "audit", "staff.invited", "invited somebody" },
        { "audit", "staff.role", "changed a role" },
        { "audit", "staff.disable", "closed a login" },
        { "audit", "staff.enable", "opened a login again" },
        { "audit", "staff.revoked", "took an invitation back" },
        { "audit", "staff.codes", "made recovery codes" },
        { "audit", "staff.recovered", "logged in with a recovery code" },
        { "audit", "staff.password", "chose another password" },
        { "audit", "staff.passkey", "added a passkey" },
        { "audit", "staff.passkey-named", "named a passkey" },
        { "audit", "staff.passkey-removed", "removed a passkey" },
        { "audit", "staff.passkey-login", "logged in with a passkey" },
        { "audit", "staff.session", "ended a session" },
        { "audit", "demo.loaded", "loaded the demo" },
        { "audit", "staff.login", "logged in" },
        { "audit", "article.added", "began an article" },
        { "audit", "article.drafted", "edited the draft of an article" },
        { "audit", "article.draft_discarded", "threw the draft of an article away" },
        { "audit", "article.published", "published an article" },
        { "audit", "article.restored", "restored an older version of an article" },
        { "audit", "article.retired", "retired an article" },
        { "audit", "article.shown", "took an article into use again" },
        { "audit", "article.read", "read an article" },
        { "audit", "help.search_done", "dealt with a search that found nothing" },
        { "audit", "staff.added", "added a member of staff" },
        { "audit", "text.published", "changed the text of a mail" },
        { "audit", "staff.set_up", "set up their login" },

        { "actor", "staff", "Staff" },
        { "actor", "customer", "The customer" },
        { "actor", "operator", "The operator" },
        { "actor", "product", "Latchkey" },

        { "alarm", "access_late", "Access came late" },
        { "alarm", "mismatch", "A payment does not fit its order" },
        { "alarm", "poison", "An event of the gateway cannot be settled" },
        { "alarm", "paid_twice", "An order was paid twice" },
        { "alarm", "keys_out", "No licence key is left" },
        { "alarm", "job_dead", "A job was given up" },
        { "alarm", "dispute", "A bank disputes a payment" },
        { "alarm", "refund_failed", "A refund failed" },
        { "alarm", "refund_unassigned", "A refund needs its product" },
        { "alarm", "correction", "An address may be mistyped" },
        { "alarm", "transfer_short", "A part of a bank transfer is missing" },
        { "alarm", "reconcile", "Gateway and books differ" },
        { "alarm", "decline_unknown", "The gateway gave an unknown reason" },
        { "alarm", "mail_bounced", "Mail to a customer came back" },

        { "job", "mail", "Send a mail" },
        { "job", "payment_detail", "Fetch a payment's details" },
        { "job", "receipt", "Issue a receipt" },
        { "job", "credit_note", "Issue a credit note" },
        { "job", "gateway_fetch", "Fetch an object from the gateway" },
        { "job", "order_watch", "Ask whether an order was paid" },
        { "job", "access_clock", "Watch the time from payment to access" },
        { "job", "events_sweep", "Look for events that never reached us" },
        { "job", "inbox_retry", "Settle waiting events" },
        { "job", "janitor", "Finish what was left open" },
        { "job", "chain_seal", "Seal the records" },
        { "job", "access_start", "Open what starts today" },
        { "job", "orders_expire", "Close unfinished checkouts" },
        { "job", "reconcile", "Compare gateway, orders and access" },
        { "job", "link_ask", "Look up who wants a login link" },
        { "job", "correction", "Look at an address that may be mistyped" },
        { "job", "transfers_due", "Remind of bank transfers" },
        { "job", "case", "See to a payment that failed" },
        { "job", "case_plan", "Plan the next attempt of a payment" },
        { "job", "cases_scan", "Look after payments that failed" },
        { "job", "charge", "Charge a saved method" },
        { "job", "dues_scan", "Charge what is due today" },
        { "job", "cards_expiring", "Tell of cards that run out" },
        { "job", "agreement_method", "Learn which method was saved" },
        { "job", "setup_ask", "Ask whether a method was saved" },
        { "job", "method_detach", "Remove a method at the gateway" },
        { "job", "tidy", "Clear away what is old" },

        { "article_kind", "faq", "Answer" },
        { "article_kind", "playbook", "Playbook" },
        { "article_kind", "training", "Training" },
        { "article_new", "faq", "answer" },
        { "article_new", "playbook", "playbook" },
        { "article_new", "training", "training" },
        { "article_state", "draft", "With a draft" },
        { "article_state", "retired", "Retired" },
        { "product_kind", "course", "Course" },
        { "product_kind", "coaching", "Coaching" },
        { "product_kind", "software", "Software" },
        { "product_kind", "membership", "Membership" },
        { "item_kind", "lesson", "Lesson" },
        { "item_kind", "video", "Video" },
        { "item_kind", "download", "Download" },
        { "item_kind", "link", "Link" },
        { "item_kind", "licence", "Licence key" },
        { "item_kind", "call", "Call" },
        { "item_kind", "group", "Group" },
        { "item_change", "new", "New" },
        { "item_change", "gone", "Taken out" },
        { "item_change", "text", "Changed" },
        { "item_change", "place", "Another place" },

        { "lane", "1", "Somebody waits" },
        { "lane", "2", "Soon" },
        { "lane", "3", "In its time" },
        { "lane", "4", "Whenever" },

        { "event", "checkout.session.completed", "the payment page was completed" },
        { "event", "checkout.session.expired", "the payment page expired" },
        { "event", "checkout.session.async_payment_succeeded", "the delayed payment arrived" },
        { "event", "checkout.session.async_payment_failed", "the delayed payment failed" },
        { "event", "payment_intent.created", "a payment was begun" },
        { "event", "payment_intent.processing", "the payment is on its way" },
        { "event", "payment_intent.requires_action", "the payment waits for a confirmation" },
        { "event", "payment_intent.succeeded", "the payment succeeded" },
        { "event", "payment_intent.payment_failed", "the payment was declined" },
        { "event", "payment_intent.canceled", "the payment was cancelled" },
        { "event", "charge.succeeded", "the charge succeeded" },
        { "event", "charge.failed", "the charge failed" },
        { "event", "charge.updated", "details of the charge are known" },
        { "event", "charge.refunded", "the charge was refunded" },
        { "event", "refund.created", "a refund was made" },
        { "event", "refund.updated", "a refund changed" },
        { "event", "refund.failed", "a refund failed" },
        { "event", "charge.refund.updated", "a refund changed" },
        { "event", "charge.dispute.created", "the bank disputes the payment" },
        { "event", "charge.dispute.updated", "the dispute changed" },
        { "event", "charge.dispute.closed", "the dispute was decided" },
        { "event", "charge.dispute.funds_withdrawn", "the disputed money was taken" },
        { "event", "charge.dispute.funds_reinstated", "the disputed money came back" },
};

struct words
words_status(const char *machine, const char *status)
{
        if (status == NULL)
                return (struct words){ "", "off" };
        for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
                if (strcmp(statuses[i].machine, machine) == 0 && strcmp(statuses[i].status, status) == 0)
                        return statuses[i].words;
        }
        return (struct words){ status, "off" };
}

/* "grown_mouldy" to "Grown mouldy", in one of eight rotating buffers. */
static const char *
spelt_out(const char *code)
{
        static char buffers[8][64];
        static unsigned next;
        char *text = buffers[next++ % G_N_ELEMENTS(buffers)];

        g_strlcpy(text, code, sizeof buffers[0]);
        for (char *p = text; *p != '\0'; p++) {
                if (*p == '_')
                        *p = ' ';
        }
        text[0] = g_ascii_toupper(text[0]);
        return text;
}

const char *
words_of(const char *topic, const char *code)
{
        if (code == NULL || code[0] == '\0')
                return "";
        for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
                if (strcmp(codes[i].topic, topic) == 0 && strcmp(codes[i].code, code) == 0)
                        return codes[i].text;
        }
        return spelt_out(code);
}
