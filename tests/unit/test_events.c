/* Events and objects of the gateway: usual shapes, odd shapes, hostile shapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "gateway/body.h"
#include "gateway/events.h"
#include "gateway/objects.h"

#define SESSION(type, status, mode)                                                                \
        "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"" type "\",\"api_version\":\"v\","      \
        "\"created\":1700000000,\"livemode\":false,\"data\":{\"object\":{\"id\":\"cs_1\","         \
        "\"object\":\"checkout.session\",\"mode\":\"" mode "\",\"payment_status\":\"" status       \
        "\",\"amount_total\":9007199254740993,\"currency\":\"eur\",\"payment_intent\":\"pi_1\","   \
        "\"customer\":{\"id\":\"cus_1\",\"object\":\"customer\"},"                                 \
        "\"client_reference_id\":\"LK-1001\",\"metadata\":{\"attempt\":\"key-1\"},"                \
        "\"customer_details\":{\"email\":\"ann@example.com\"}}}}"

static struct pool *pool;

static int
setup(void **state)
{
        (void)state;
        pool = pool_new();
        return 0;
}

static int
teardown(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

static struct gateway_event
event_of(const char *body)
{
        struct gateway_event event;
        const char *error = NULL;

        assert_true(events_read(pool, body, strlen(body), &event, &error));
        return event;
}

static const char *
refusal_of(const char *body, size_t len)
{
        struct gateway_event event;
        const char *error = NULL;

        assert_false(events_read(pool, body, len, &event, &error));
        assert_non_null(error);
        return error;
}

static void
a_paid_session(void **state)
{
        struct gateway_event event =
                event_of(SESSION("checkout.session.completed", "paid", "payment"));

        (void)state;
        assert_string_equal(event.id, "evt_1");
        assert_string_equal(event.type, "checkout.session.completed");
        assert_int_equal(event.created, 1700000000);
        assert_string_equal(event.object_type, "checkout.session");
        assert_true(event.acts_inline);
        assert_true(event.paid);
        assert_true(event.has_amount);
        assert_true(event.amount_minor == INT64_C(9007199254740993)); /* 2^53 + 1: exact */
        assert_string_equal(event.currency, "EUR");
        assert_string_equal(event.order_number, "LK-1001");
        assert_string_equal(event.attempt_key, "key-1");
        assert_string_equal(event.payment_ref, "pi_1");
        assert_string_equal(event.session_ref, "cs_1");
        assert_string_equal(event.customer_ref, "cus_1");
        assert_string_equal(event.email, "ann@example.com");
}

static void
only_three_types_can_be_paid(void **state)
{
        (void)state;
        assert_true(event_of(SESSION("checkout.session.async_payment_succeeded", "paid", "payment"))
                            .paid);
        assert_false(event_of(SESSION("checkout.session.completed", "unpaid", "payment")).paid);
        assert_false(
                event_of(SESSION("checkout.session.completed", "no_payment_required", "payment"))
                        .paid);
        assert_false(event_of(SESSION("checkout.session.completed", "paid", "setup")).paid);
        assert_false(event_of(SESSION("checkout.session.expired", "paid", "payment")).paid);
        /* The type and the object must speak of the same thing. */
        assert_false(event_of(SESSION("payment_intent.succeeded", "paid", "payment")).paid);
}

static void
a_succeeded_intent(void **state)
{
        struct gateway_event event = event_of(
                "{\"id\":\"evt_2\",\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":{"
                "\"id\":\"pi_2\",\"object\":\"payment_intent\",\"status\":\"succeeded\",\"amount\":"
                "5000,"
                "\"amount_received\":4900,\"currency\":\"jpy\",\"latest_charge\":{\"id\":\"ch_2\"},"
                "\"metadata\":{\"attempt\":\"key-2\",\"order\":\"LK-1002\"},"
                "\"receipt_email\":\"b@example.com\"}}}");

        (void)state;
        assert_true(event.paid);
        assert_int_equal(event.amount_minor, 4900);
        assert_string_equal(event.currency, "JPY");
        assert_string_equal(event.payment_ref, "pi_2");
        assert_string_equal(event.charge_ref, "ch_2");
        assert_string_equal(event.order_number, "LK-1002");
        assert_string_equal(event.email, "b@example.com");
        assert_null(event.session_ref);
}

static void
other_types_give_ids_alone(void **state)
{
        struct gateway_event dispute = event_of(
                "{\"id\":\"evt_3\",\"type\":\"charge.dispute.created\",\"data\":{\"object\":{"
                "\"id\":\"dp_1\",\"object\":\"dispute\",\"charge\":\"ch_3\",\"payment_intent\":"
                "\"pi_3\"}}}");
        struct gateway_event charge =
                event_of("{\"id\":\"evt_4\",\"type\":\"charge.refunded\",\"data\":{\"object\":{"
                         "\"id\":\"ch_4\",\"object\":\"charge\",\"payment_intent\":null,"
                         "\"customer\":\"cus_4\"}}}");

        (void)state;
        assert_false(dispute.acts_inline || dispute.paid);
        assert_string_equal(dispute.object_id, "dp_1");
        assert_string_equal(dispute.charge_ref, "ch_3");
        assert_string_equal(dispute.payment_ref, "pi_3");
        assert_string_equal(charge.charge_ref, "ch_4");
        assert_string_equal(charge.customer_ref, "cus_4");
        assert_null(charge.payment_ref);
}

static void
odd_shapes_read_as_missing(void **state)
{
        static const char *const bodies[] = {
                "{\"id\":\"evt_5\",\"type\":\"payment_intent.succeeded\"}",
                "{\"id\":\"evt_5\",\"type\":\"payment_intent.succeeded\",\"data\":null}",
                "{\"id\":\"evt_5\",\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":[1,2]"
                "}}",
                "{\"id\":\"evt_5\",\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":\"pi_"
                "1\"}}",
                "{\"id\":\"evt_5\",\"type\":\"payment_intent.succeeded\",\"created\":\"1\","
                "\"livemode\":1,"
                "\"data\":{\"object\":{\"object\":7,\"id\":{},\"status\":[],\"amount_received\":49."
                "0,"
                "\"currency\":\"euro\",\"metadata\":[],\"latest_charge\":5,\"customer\":\"../x\","
                "\"receipt_email\":\"a\\r\\nBcc: b@example.com\"}}}",
        };

        (void)state;
        for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
                struct gateway_event event = event_of(bodies[i]);

                assert_true(event.acts_inline);
                assert_false(event.paid || event.has_amount || event.livemode);
                assert_int_equal(event.created, 0);
                assert_null(event.currency);
                assert_null(event.charge_ref);
                assert_null(event.customer_ref);
                assert_null(event.email);
                assert_null(event.attempt_key);
        }
}

static void
hostile_bodies_are_refused(void **state)
{
        static const char *const bad[] = {
                "",
                "{",
                "[]",
                "\"x\"",
                "null",
                "{\"id\":1,\"type\":\"a\"}",
                "{\"id\":\"evt_1\"}",
                "{\"type\":\"a\"}",
                "{\"id\":\"evt 1\",\"type\":\"a\"}",
                "{\"id\":\"evt_1\",\"type\":\"A B\"}",
                "{\"id\":\"evt_1\",\"type\":\"a\"} x",
                "{\"id\":\"\xff\",\"type\":\"a\"}",
                "{\"id\":\"evt_1\\u0000\",\"type\":\"a\"}",
                "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":99999999999999999999}",
        };
        char *deep = pool_alloc(pool, 200);
        char *large = pool_alloc(pool, BODY_EVENT_MAX + 2);

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                refusal_of(bad[i], strlen(bad[i]));
        assert_string_equal(refusal_of("{\"id\":\"evt_1\",\"id\":\"evt_2\",\"type\":\"a\"}", 39),
                            "a key stands twice");
        strcpy(deep, "{\"id\":\"evt_1\",\"type\":\"a\",\"x\":");
        memset(deep + strlen(deep), '[', 32);
        memset(deep + strlen(deep), ']', 32);
        strcat(deep, "}");
        assert_string_equal(refusal_of(deep, strlen(deep)), "nested too deeply");
        memset(large, ' ', BODY_EVENT_MAX + 1);
        assert_string_equal(refusal_of(large, BODY_EVENT_MAX + 1), "too large");
}

static void
depth_counts_brackets_outside_strings(void **state)
{
        const char *text = "{\"id\":\"evt_1\",\"type\":\"a\",\"x\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[["
                           "[[[[[[[[[[\"}";

        (void)state;
        event_of(text);
}

static const char intent[] =
        "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"status\":\"succeeded\",\"amount\":4900,"
        "\"amount_received\":4900,\"currency\":\"eur\",\"customer\":null,\"payment_method\":\"pm_"
        "1\","
        "\"metadata\":{\"attempt\":\"k\",\"order\":\"LK-1\"},\"latest_charge\":{\"id\":\"ch_1\","
        "\"object\":\"charge\",\"status\":\"succeeded\",\"created\":1700000001,\"paid\":true,"
        "\"amount\":4900,\"amount_refunded\":900,\"currency\":\"eur\",\"payment_intent\":\"pi_1\","
        "\"calculated_statement_descriptor\":\"NORTHLIGHT\",\"statement_descriptor\":null,"
        "\"billing_details\":{\"email\":\"ann@example.com\",\"name\":\"Ann\"},"
        "\"payment_method_details\":{\"type\":\"card\",\"card\":{\"brand\":\"visa\","
        "\"last4\":\"4242\",\"wallet\":{\"type\":\"apple_pay\"}}},"
        "\"balance_transaction\":{\"id\":\"txn_1\",\"object\":\"balance_transaction\",\"fee\":172,"
        "\"net\":4728,\"currency\":\"eur\",\"status\":\"available\",\"available_on\":1700600000}},"
        "\"last_payment_error\":null}";

static void
an_expanded_intent(void **state)
{
        const char *error;
        const struct json_t *object =
                body_parse(pool, intent, strlen(intent), BODY_ANSWER_MAX, &error);
        struct gateway_payment payment;

        (void)state;
        assert_true(objects_payment(pool, object, &payment));
        assert_int_equal(payment.received_minor, 4900);
        assert_string_equal(payment.charge_ref, "ch_1");
        assert_true(payment.has_charge && payment.charge.paid);
        assert_int_equal(payment.charge.refunded_minor, 900);
        assert_string_equal(payment.charge.last4, "4242");
        assert_string_equal(payment.charge.brand, "visa");
        assert_string_equal(payment.charge.kind, "card");
        assert_string_equal(payment.charge.wallet, "apple_pay");
        assert_string_equal(payment.charge.statement_text, "NORTHLIGHT");
        assert_true(payment.charge.has_fee && payment.charge.available);
        assert_int_equal(payment.charge.fee_minor, 172);
        assert_int_equal(payment.charge.net_minor, 4728);
        assert_null(payment.customer_ref);
        assert_null(payment.error_code);
        assert_false(objects_charge(pool, object, &payment.charge)); /* not a charge */
        assert_false(objects_payment(pool, NULL, &payment));
}

static void
a_page_of_a_list(void **state)
{
        const char *text = "{\"object\":\"list\",\"has_more\":true,\"data\":[{\"id\":\"re_1\","
                           "\"object\":\"refund\",\"amount\":100,\"currency\":\"eur\","
                           "\"status\":\"pending\"},{\"id\":\"dp_1\",\"object\":\"dispute\","
                           "\"amount\":1000,\"evidence_details\":{\"due_by\":1723679999}}]}";
        const char *error;
        const struct json_t *object = body_parse(pool, text, strlen(text), BODY_ANSWER_MAX, &error);
        struct gateway_dispute dispute;
        struct gateway_refund refund;
        struct gateway_list list;

        (void)state;
        assert_true(objects_list(pool, object, &list));
        assert_int_equal(list.n, 2);
        assert_true(list.more);
        assert_string_equal(list.last_ref, "dp_1");
        assert_true(objects_refund(pool, objects_item(object, 0), &refund));
        assert_string_equal(refund.status, "pending");
        assert_true(objects_dispute(pool, objects_item(object, 1), &dispute));
        assert_int_equal(dispute.due_by, 1723679999);
        assert_null(objects_item(object, 2));
        assert_false(objects_list(pool, objects_item(object, 0), &list));
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_paid_session),
                cmocka_unit_test(only_three_types_can_be_paid),
                cmocka_unit_test(a_succeeded_intent),
                cmocka_unit_test(other_types_give_ids_alone),
                cmocka_unit_test(odd_shapes_read_as_missing),
                cmocka_unit_test(hostile_bodies_are_refused),
                cmocka_unit_test(depth_counts_brackets_outside_strings),
                cmocka_unit_test(an_expanded_intent),
                cmocka_unit_test(a_page_of_a_list),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
