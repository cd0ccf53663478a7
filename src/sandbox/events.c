/* events: what the gateway tells, and its list. */
#include "sandbox/events.h"

#include <string.h>

#include "queries/sandbox.h"
#include "sandbox/doc.h"
#include "sandbox/fields.h"

static void
emit(struct call *call, const char *kind, const struct object *object, json_t *previous)
{
        json_t *event = doc_shape(call->pool, "event");
        json_t *data = json_object_get(event, "data");
        json_t *request = json_object_get(event, "request");

        if (call->failed != DB_OK)
                return;
        doc_put_text(event, "id", call_new_id(call->pool, "evt", 24));
        doc_put_text(event, "type", kind);
        doc_put_text(event, "api_version", SANDBOX_API_VERSION);
        doc_put_int(event, "created", call->now);
        doc_put(data, "object", object->body);
        if (previous != NULL)
                doc_put(data, "previous_attributes", previous);
        doc_put_text(request, "id", call->request);
        doc_put_text(request, "idempotency_key", call->key);
        if (call_ok(call, sandbox_event_add(call->db, doc_write(call->pool, event, false), kind,
                                            object->id, NULL)))
                call->events++;
}

void
event_emit(struct call *call, const char *kind, struct object *object)
{
        emit(call, kind, object, NULL);
}

void
event_emit_change(struct call *call, const char *kind, struct object *object)
{
        json_t *previous = object->was != NULL ? doc_difference(call->pool, object->was, object->body) : NULL;

        emit(call, kind, object, previous != NULL ? previous : doc_keep(call->pool, json_object()));
}

static json_t *
event_body(struct call *call, const struct sandbox_event_row *row)
{
        json_t *body = doc_read(call->pool, row->body, strlen(row->body));

        doc_put_int(body, "pending_webhooks", row->pending);
        return body;
}

json_t *
event_show(struct call *call)
{
        struct sandbox_event_row row;
        bool found = false;

        if (!call_ok(call, sandbox_event(call->db, call->id[0], &row, &found)))
                return NULL;
        return found ? event_body(call, &row) : call_missing(call, "event", call->id[0], NULL);
}

/* The wanted types with commas between them; NULL: all. */
static const char *
wanted_kinds(struct call *call)
{
        const char *kinds = field_text(call, "type");
        json_t *type;
        size_t i;

        json_array_foreach(doc_at(call->fields, "types"), i, type)
                kinds = kinds == NULL ? json_string_value(type)
                                      : pool_printf(call->pool, "%s,%s", kinds, json_string_value(type));
        return kinds;
}

static bool
event_exists(struct call *call, const char *id, const char *param)
{
        struct sandbox_event_row row;
        bool found = false;

        if (!call_ok(call, sandbox_event(call->db, id, &row, &found)))
                return false;
        if (!found)
                call_missing(call, "event", id, param);
        return found;
}

json_t *
event_list(struct call *call)
{
        struct sandbox_event_row *rows = NULL;
        json_t *data = doc_keep(call->pool, json_array());
        bool delivered = field_true(call, "delivery_success");
        const bool *success = field_given(call, "delivery_success") ? &delivered : NULL;
        const char *kinds = wanted_kinds(call);
        struct page page;
        size_t n = 0;

        if (!store_page(call, &page) ||
            (page.follows != NULL && !event_exists(call, page.follows, "starting_after")) ||
            (page.precedes != NULL && !event_exists(call, page.precedes, "ending_before")))
                return NULL;
        if (!call_ok(call, page.precedes != NULL
                     ? sandbox_event_list_back(call->db, kinds, page.from, page.to, success,
                                               page.precedes, page.most + 1, &rows, &n)
                     : sandbox_event_list(call->db, kinds, page.from, page.to, success, page.follows,
                                          page.most + 1, &rows, &n)))
                return NULL;
        for (size_t i = 0; i < n && (int64_t)i < page.most; i++) {
                if (page.precedes != NULL)
                        json_array_insert(data, 0, event_body(call, &rows[i]));
                else
                        json_array_append(data, event_body(call, &rows[i]));
        }
        return store_list_object(call, data, (int64_t)n > page.most, "/v1/events");
}
