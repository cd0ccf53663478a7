/* expand: ids in an answer replaced by the objects that they name. */
#include "sandbox/expand.h"

#include <string.h>

#include "sandbox/doc.h"
#include "sandbox/store.h"

enum { DEPTH_MOST = 4 };

static const char *const expandable[] = {
        "balance_transaction", "charge", "customer", "default_payment_method", "failure_balance_transaction",
        "latest_charge", "payment_intent", "payment_method", "setup_intent", "source", NULL
};

static bool
is_expandable(const char *name)
{
        for (const char *const *known = expandable; *known != NULL; known++)
                if (strcmp(*known, name) == 0)
                        return true;
        return false;
}

/* Lists that an object leaves out until they are asked for. */
static json_t *
left_out(struct call *call, const json_t *object, const char *name)
{
        const char *id = doc_text(object, "id");

        if (strcmp(name, "refunds") == 0 && doc_is(object, "object", "charge")) {
                struct wanted wanted = { .kind = "refund", .charge = id };

                return store_list_object(call, store_all(call, &wanted), false,
                                         pool_printf(call->pool, "/v1/charges/%s/refunds", id));
        }
        if (strcmp(name, "line_items") == 0 && doc_is(object, "object", "checkout.session")) {
                struct object *session = store_get(call, id, "checkout.session");
                json_t *lines = session != NULL ? doc_at(session->inner, "lines") : NULL;

                return store_list_object(call, lines != NULL ? lines : doc_keep(call->pool, json_array()), false,
                                         pool_printf(call->pool, "/v1/checkout/sessions/%s/line_items", id));
        }
        return NULL;
}

static bool
refuse(struct call *call, const char *path)
{
        call_refuse(call, NULL, "expand", "This property cannot be expanded (%s).", path);
        return false;
}

/* Fill PATH below OBJECT in; WHOLE is the path as it was asked for. */
static bool
fill(struct call *call, json_t *object, const char *path, const char *whole)
{
        size_t len = strcspn(path, ".");
        const char *name = pool_strndup(call->pool, path, len);
        const char *rest = path[len] == '.' ? path + len + 1 : NULL;
        json_t *value = json_object_get(object, name);
        size_t i;
        json_t *item;

        if (json_is_array(value) && strcmp(name, "data") == 0) {
                if (rest == NULL)
                        return refuse(call, whole);
                json_array_foreach(value, i, item)
                        if (!fill(call, item, rest, whole))
                                return false;
                return true;
        }
        if (json_is_string(value) && is_expandable(name)) {
                struct object *named = store_get(call, json_string_value(value), NULL);

                if (named != NULL)
                        json_object_set_new(object, name, json_deep_copy(named->body));
                value = json_object_get(object, name);
        } else if (value == NULL) {
                json_t *list = left_out(call, object, name);

                if (list == NULL)
                        return refuse(call, whole);
                json_object_set_new(object, name, json_deep_copy(list));
                value = json_object_get(object, name);
        } else if (!json_is_object(value) && !(json_is_null(value) && is_expandable(name)))
                return refuse(call, whole);
        if (rest == NULL || !json_is_object(value))
                return call->failed == DB_OK;
        return fill(call, value, rest, whole);
}

json_t *
expand_answer(struct call *call, json_t *answer)
{
        json_t *paths = doc_at(call->fields, "expand");
        json_t *path;
        size_t i;

        if (json_array_size(paths) == 0 || answer == NULL)
                return answer;
        answer = doc_copy(call->pool, answer);
        json_array_foreach(paths, i, path) {
                const char *text = json_string_value(path);
                int depth = 1;

                for (const char *p = text; text != NULL && *p != '\0'; p++)
                        depth += *p == '.';
                if (text == NULL || depth > DEPTH_MOST + (strncmp(text, "data.", 5) == 0)) {
                        refuse(call, text != NULL ? text : "");
                        return NULL;
                }
                if (!fill(call, answer, text, text))
                        return NULL;
        }
        return answer;
}
