/* store: the gateway's objects, kept as its API shows them. */
#include "sandbox/store.h"

#include <string.h>

#include "queries/sandbox.h"
#include "sandbox/doc.h"
#include "sandbox/fields.h"

static struct object *
known(struct call *call, const char *id)
{
        for (guint i = 0; i < call->objects->len; i++) {
                struct object *object = g_ptr_array_index(call->objects, i);

                if (strcmp(object->id, id) == 0)
                        return object;
        }
        return NULL;
}

static struct object *
load(struct call *call, const char *id, const char *kind, bool lock)
{
        struct object *object = known(call, id);
        struct sandbox_object_row row;
        bool found = false;

        if (object == NULL || (lock && !object->locked)) {
                if (call->failed != DB_OK ||
                    !call_ok(call, lock ? sandbox_object_lock(call->db, id, &row, &found)
                                        : sandbox_object(call->db, id, &row, &found)) ||
                    !found)
                        return NULL;
                if (object == NULL) {
                        object = pool_alloc(call->pool, sizeof *object);
                        object->id = pool_strdup(call->pool, id);
                        g_ptr_array_add(call->objects, object);
                }
                object->kind = row.kind;
                object->body = doc_read(call->pool, row.body, strlen(row.body));
                object->inner = doc_read(call->pool, row.inner_body, strlen(row.inner_body));
                object->due_at = row.due_at_null ? 0 : row.due_at;
                object->was = doc_copy(call->pool, object->body);
                object->locked = lock;
        }
        return kind == NULL || strcmp(object->kind, kind) == 0 ? object : NULL;
}

struct object *
store_get(struct call *call, const char *id, const char *kind)
{
        return load(call, id, kind, false);
}

struct object *
store_lock(struct call *call, const char *id, const char *kind)
{
        return load(call, id, kind, true);
}

struct object *
store_need(struct call *call, const char *id, const char *kind, const char *param)
{
        struct object *object = load(call, id, kind, true);

        if (object == NULL && call->failed == DB_OK)
                call_missing(call, strcmp(kind, "payment_method") == 0 ? "PaymentMethod" : kind, id, param);
        return object;
}

struct object *
store_new(struct call *call, const char *kind, const char *prefix)
{
        struct object *object = pool_alloc(call->pool, sizeof *object);

        object->id = call_new_id(call->pool, prefix, strcmp(kind, "checkout.session") == 0 ? 58 : 24);
        object->kind = kind;
        object->body = doc_shape(call->pool, kind);
        object->inner = doc_keep(call->pool, json_object());
        object->locked = true;
        doc_put_text(object->body, "id", object->id);
        doc_put_int(object->body, "created", call->now);
        g_ptr_array_add(call->objects, object);
        return object;
}

void
store_add(struct call *call, struct object *object)
{
        if (!call_fine(call) && !call->keep)
                return;
        call_ok(call, sandbox_object_add(call->db, doc_write(call->pool, object->body, false),
                                         doc_write(call->pool, object->inner, false),
                                         object->due_at > 0 ? &object->due_at : NULL, NULL));
        object->was = doc_copy(call->pool, object->body);
}

void
store_save(struct call *call, struct object *object)
{
        if (!call_fine(call) && !call->keep)
                return;
        call_ok(call, sandbox_object_save(call->db, object->id, doc_write(call->pool, object->body, false),
                                          doc_write(call->pool, object->inner, false),
                                          object->due_at > 0 ? &object->due_at : NULL, NULL));
}

bool
store_page(struct call *call, struct page *page)
{
        *page = (struct page){ .most = field_int(call, "limit", 10) };
        if (page->most < 1 || page->most > 100) {
                call_refuse(call, "parameter_invalid_integer", "limit",
                            "This value must be between 1 and 100.");
                return false;
        }
        page->follows = field_text(call, "starting_after");
        page->precedes = field_text(call, "ending_before");
        page->from_value = INT64_MIN;
        page->to_value = INT64_MAX;
        if (json_is_integer(doc_at(call->fields, "created")))
                page->from_value = page->to_value = doc_int(call->fields, "created");
        if (field_given(call, "created.gt"))
                page->from_value = doc_int(call->fields, "created.gt") + 1;
        if (field_given(call, "created.gte"))
                page->from_value = doc_int(call->fields, "created.gte");
        if (field_given(call, "created.lt"))
                page->to_value = doc_int(call->fields, "created.lt") - 1;
        if (field_given(call, "created.lte"))
                page->to_value = doc_int(call->fields, "created.lte");
        page->from = page->from_value > INT64_MIN ? &page->from_value : NULL;
        page->to = page->to_value < INT64_MAX ? &page->to_value : NULL;
        return true;
}

json_t *
store_list_object(struct call *call, json_t *data, bool more, const char *url)
{
        json_t *list = doc_keep(call->pool, json_object());

        doc_put_text(list, "object", "list");
        doc_put(list, "data", data);
        doc_put_bool(list, "has_more", more);
        doc_put_text(list, "url", url);
        return list;
}

/* One more row than asked for is read: it tells whether there are more. */
static json_t *
rows_to_data(struct call *call, const struct sandbox_listed_row *rows, size_t n, int64_t most, bool back)
{
        json_t *data = doc_keep(call->pool, json_array());

        for (size_t i = 0; i < n && (int64_t)i < most; i++) {
                json_t *body = doc_read(call->pool, rows[i].body, strlen(rows[i].body));

                if (back)
                        json_array_insert(data, 0, body);
                else
                        json_array_append(data, body);
        }
        return data;
}

json_t *
store_list(struct call *call, const struct wanted *wanted, const char *url)
{
        const struct wanted *w = wanted;
        struct sandbox_listed_row *rows = NULL;
        struct page page;
        const char *cursor;
        size_t n = 0;

        if (!store_page(call, &page))
                return NULL;
        cursor = page.precedes != NULL ? page.precedes : page.follows;
        if (cursor != NULL && store_get(call, cursor, w->kind) == NULL)
                return call_missing(call, w->kind, cursor,
                                    page.precedes != NULL ? "ending_before" : "starting_after");
        if (!call_ok(call, page.precedes != NULL
                     ? sandbox_object_list_back(call->db, w->kind, w->customer, w->intent, w->charge,
                                                w->source, w->email, w->subtype, page.from, page.to,
                                                page.precedes, page.most + 1, &rows, &n)
                     : sandbox_object_list(call->db, w->kind, w->customer, w->intent, w->charge,
                                           w->source, w->email, w->subtype, page.from, page.to,
                                           page.follows, page.most + 1, &rows, &n)))
                return NULL;
        return store_list_object(call, rows_to_data(call, rows, n, page.most, page.precedes != NULL),
                                 (int64_t)n > page.most, url);
}

json_t *
store_all(struct call *call, const struct wanted *wanted)
{
        const struct wanted *w = wanted;
        struct sandbox_listed_row *rows = NULL;
        size_t n = 0;

        if (!call_ok(call, sandbox_object_list(call->db, w->kind, w->customer, w->intent, w->charge,
                                               w->source, w->email, w->subtype, NULL, NULL, NULL, 100,
                                               &rows, &n)))
                n = 0;
        return rows_to_data(call, rows, n, 100, false);
}
