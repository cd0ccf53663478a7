/* Any bytes as an event and as an answer of the gateway: no reader may crash or leak. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "gateway/body.h"
#include "gateway/events.h"
#include "gateway/objects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(struct pool *pool, const struct json_t *object)
{
        struct gateway_charge charge;
        struct gateway_payment payment;
        struct gateway_session session;
        struct gateway_refund refund;
        struct gateway_dispute dispute;
        struct gateway_method method;
        struct gateway_setup setup;

        objects_charge(pool, object, &charge);
        objects_payment(pool, object, &payment);
        objects_session(pool, object, &session);
        objects_refund(pool, object, &refund);
        objects_dispute(pool, object, &dispute);
        objects_method(pool, object, &method);
        objects_setup(pool, object, &setup);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct pool *pool;
        struct gateway_event event;
        struct gateway_list list;
        const struct json_t *object;
        const char *error = NULL;

        if (!pool)
                pool = pool_new();
        if (events_read(pool, data, size, &event, &error)) {
                if (!event.id || !event.type || (event.paid && !event.acts_inline))
                        abort();
        } else if (!error) {
                abort();
        }
        object = body_parse(pool, data, size, BODY_ANSWER_MAX, &error);
        read_all(pool, object);
        read_all(pool, body_at(object, "data.object"));
        if (objects_list(pool, object, &list))
                for (size_t i = 0; i < list.n; i++)
                        read_all(pool, objects_item(object, i));
        pool_clear(pool);
        return 0;
}
