/* params: read, decode and check what a route's table lists.
 *
 * Decoding follows the URL standard's urlencoded parser, but NUL bytes and invalid
 * UTF-8 refuse the whole request: PostgreSQL would refuse them later. */
#include "http/params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/filetype.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "http/multipart.h"
#include "http/request.h"

enum { FIELDS_MAX = 200, TEXT_MAX = 200, TEXT_LONG_MAX = 10000, PASSWORD_MAX = 1000, FILES_MAX = 5 };

struct param_value {
        const struct param *spec;       /* NULL: the last one, which holds csrf_token */
        const char *typed;              /* NULL: absent */
        const char *text;
        int64_t number;
        bool check;
        struct param_file *files;
        size_t n_files;
        const char *error;
};

/* --- urlencoded --------------------------------------------------------------- */

/* Decode LEN bytes; NULL for a NUL byte or invalid UTF-8. */
static const char *
decode(struct pool *pool, const char *in, size_t len)
{
        char *text = pool_alloc(pool, len + 1);
        char *out = text;

        for (size_t i = 0; i < len; i++) {
                char c = in[i];

                if (c == '+') {
                        c = ' ';
                } else if (c == '%' && i + 2 < len && g_ascii_isxdigit(in[i + 1]) &&
                           g_ascii_isxdigit(in[i + 2])) {
                        c = (char)(g_ascii_xdigit_value(in[i + 1]) * 16 +
                                   g_ascii_xdigit_value(in[i + 2]));
                        i += 2;
                }
                if (c == '\0')
                        return NULL;
                *out++ = c;
        }
        *out = '\0';
        return text_is_utf8(text, (size_t)(out - text)) ? text : NULL;
}

bool
params_decode(struct pool *pool, const char *text, size_t len, struct param_field **fields,
              size_t *n)
{
        const char *end = text + len;

        *fields = pool_alloc(pool, FIELDS_MAX * sizeof(**fields));
        *n = 0;
        while (text < end) {
                const char *stop = memchr(text, '&', (size_t)(end - text));
                const char *equals;
                struct param_field field;

                if (stop == NULL)
                        stop = end;
                if (stop == text) {
                        text++;
                        continue;
                }
                if (*n == FIELDS_MAX)
                        return false;
                equals = memchr(text, '=', (size_t)(stop - text));
                field.name = decode(pool, text, (size_t)((equals != NULL ? equals : stop) - text));
                field.value =
                        equals == NULL ? "" : decode(pool, equals + 1, (size_t)(stop - equals - 1));
                if (field.name == NULL || field.value == NULL)
                        return false;
                (*fields)[(*n)++] = field;
                text = stop < end ? stop + 1 : end;
        }
        return true;
}

/* The first field of that name counts. */
static const char *
field_of(const struct param_field *fields, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++) {
                if (strcmp(fields[i].name, name) == 0)
                        return fields[i].value;
        }
        return NULL;
}

/* --- messages ----------------------------------------------------------------- */

static const struct {
        const char *missing, *invalid;
} messages[] = {
        [PARAM_TEXT] = {"Please fill this in", "Use plain text on one line"},
        [PARAM_TEXT_LONG] = {"Please fill this in", "Use plain text"},
        [PARAM_LINES] = {"Please fill this in", "Use plain text"},
        [PARAM_EMAIL] = {"Enter your email address",
                         "Enter an email address such as name@example.com"},
        [PARAM_SLUG] = {"Enter a short name", "Use lower-case letters, digits and single hyphens"},
        [PARAM_TOKEN] = {"Please use the whole link", "This link is not complete"},
        [PARAM_ORDER_NUMBER] = {"Enter your order number",
                                "An order number has 10 letters and digits"},
        [PARAM_ID] = {"Choose one", "Choose one"},
        [PARAM_INT] = {"Enter a number", "Enter a whole number"},
        [PARAM_CHECK] = {"Please tick this box to go on", "Please tick this box to go on"},
        [PARAM_DATE] = {"Enter a date", "Enter a date such as 2026-03-31"},
        [PARAM_CHOICE] = {"Choose one", "Choose one of the list"},
        [PARAM_PASSWORD] = {"Enter your password", "Enter your password"},
        [PARAM_CODE] = {"Enter the code", "Enter the digits of the code"},
        [PARAM_COUNTRY] = {"Choose a country", "Choose a country of the list"},
        [PARAM_FILES] = {"Choose a file", "The files did not arrive whole. Please attach them again"},
};

static const char *
missing(const struct param *spec)
{
        return spec->missing != NULL ? spec->missing : messages[spec->type].missing;
}

static const char *
invalid(const struct param *spec)
{
        return spec->invalid != NULL ? spec->invalid : messages[spec->type].invalid;
}

/* --- one check per type: NULL, or the message ---------------------------------- */

static const char *
check_length(struct pool *pool, const struct param *spec, const char *text, size_t default_max)
{
        size_t max = spec->max > 0 ? spec->max : default_max;
        size_t len = (size_t)g_utf8_strlen(text, -1);

        if (len > max)
                return pool_printf(pool, "Use at most %zu characters", max);
        if (len < spec->min)
                return pool_printf(pool, "Use at least %zu characters", spec->min);
        return NULL;
}

static const char *
check_text(struct pool *pool, struct param_value *v)
{
        if (text_has_control(v->text))
                return invalid(v->spec);
        return check_length(pool, v->spec, v->text, TEXT_MAX);
}

/* Line ends become LF; tabs stay. */
static const char *
check_text_long(struct pool *pool, struct param_value *v)
{
        char *text = pool_strdup(pool, v->text);
        char *plain = pool_strdup(pool, v->text);
        char *out = text;
        const char *wrong;

        for (const char *in = v->text; *in != '\0'; in++) {
                if (*in == '\r' && in[1] == '\n')
                        continue;
                *out++ = *in == '\r' ? '\n' : *in;
        }
        *out = '\0';
        v->text = text;
        for (char *p = plain; *p != '\0'; p++) {
                if (*p == '\n' || *p == '\r' || *p == '\t')
                        *p = ' ';
        }
        wrong = text_has_control(plain) ? invalid(v->spec)
                                        : check_length(pool, v->spec, text, TEXT_LONG_MAX);
        if (wrong == NULL && v->spec->type == PARAM_TEXT_LONG && text_has_card_number(text))
                wrong = "Please leave card numbers out: they are never needed here";
        return wrong;
}

/* Crockford's base32 has no I, L, O and U; the first three are taken for 1, 1 and 0. */
static const char *
check_order_number(struct pool *pool, struct param_value *v)
{
        char *number = pool_strdup(pool, v->text);

        for (char *p = number; *p != '\0'; p++) {
                *p = g_ascii_toupper(*p);
                if (*p == 'O')
                        *p = '0';
                else if (*p == 'I' || *p == 'L')
                        *p = '1';
        }
        v->text = number;
        if (strlen(number) != 10 || strspn(number, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != 10)
                return invalid(v->spec);
        return NULL;
}

static const char *
check_number(struct pool *pool, struct param_value *v)
{
        const struct param *spec = v->spec;
        const char *digits = v->text + (spec->type == PARAM_INT && v->text[0] == '-');
        int64_t max = spec->max > 0 && spec->max < INT64_MAX ? (int64_t)spec->max : INT64_MAX;
        char *end;

        if (!g_ascii_isdigit(digits[0]))
                return invalid(spec);
        errno = 0;
        v->number = g_ascii_strtoll(v->text, &end, 10);
        if (errno != 0 || *end != '\0' || (spec->type == PARAM_ID && v->number < 1))
                return invalid(spec);
        if ((spec->max > 0 || spec->min > 0) && (v->number < (int64_t)spec->min || v->number > max))
                return spec->max > 0 ? pool_printf(pool, "Enter a number from %zu to %zu",
                                                   spec->min, spec->max)
                                     : pool_printf(pool, "Enter a number from %zu", spec->min);
        return NULL;
}

/* NUMBER is the day. */
static const char *
check_date(struct param_value *v)
{
        int32_t day;

        if (!text_is_date(v->text, &day))
                return invalid(v->spec);
        v->number = day;
        return NULL;
}

/* Authenticators show "123 456". */
static const char *
check_code(struct pool *pool, struct param_value *v)
{
        size_t min = v->spec->min > 0 ? v->spec->min : 6;
        size_t max = v->spec->max > 0 ? v->spec->max : 8;
        char *digits = pool_strdup(pool, v->text);
        char *out = digits;

        for (const char *in = v->text; *in != '\0'; in++) {
                if (*in == ' ')
                        continue;
                if (!g_ascii_isdigit(*in))
                        return invalid(v->spec);
                *out++ = *in;
        }
        *out = '\0';
        v->text = digits;
        return strlen(digits) < min || strlen(digits) > max ? invalid(v->spec) : NULL;
}

/* ISO 3166-1 alpha-2, officially assigned codes. */
static const char countries[] =
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
        "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
        "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
        "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
        "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
        "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
        "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
        "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

static const char *
check_country(struct pool *pool, struct param_value *v)
{
        char *upper = pool_strdup(pool, v->text);

        if (strlen(upper) != 2 || !g_ascii_isalpha(upper[0]) || !g_ascii_isalpha(upper[1]))
                return invalid(v->spec);
        upper[0] = g_ascii_toupper(upper[0]);
        upper[1] = g_ascii_toupper(upper[1]);
        v->text = upper;
        return strstr(countries, upper) == NULL ? invalid(v->spec) : NULL;
}

static const char *
check_typed(struct pool *pool, struct param_value *v)
{
        switch (v->spec->type) {
        case PARAM_TEXT:
                return check_text(pool, v);
        case PARAM_TEXT_LONG:
        case PARAM_LINES:
                return check_text_long(pool, v);
        case PARAM_EMAIL:
                return text_is_email(v->text) ? NULL : invalid(v->spec);
        case PARAM_SLUG:
                return text_is_slug(v->text) ? NULL : invalid(v->spec);
        case PARAM_TOKEN:
                return token_is(v->text) ? NULL : invalid(v->spec);
        case PARAM_ORDER_NUMBER:
                return check_order_number(pool, v);
        case PARAM_ID:
        case PARAM_INT:
                return check_number(pool, v);
        case PARAM_DATE:
                return check_date(v);
        case PARAM_CHOICE:
                return g_strv_contains(v->spec->choices, v->text) ? NULL : invalid(v->spec);
        case PARAM_PASSWORD:
                return check_length(pool, v->spec, v->text, PASSWORD_MAX);
        case PARAM_CODE:
                return check_code(pool, v);
        case PARAM_COUNTRY:
                return check_country(pool, v);
        case PARAM_CHECK:
        case PARAM_FILES:
        case PARAM_STREAM:
                break;
        }
        return NULL;
}

static void
check_value(struct pool *pool, struct param_value *v)
{
        const struct param *spec = v->spec;

        if (v->typed != NULL)
                v->text = spec->type == PARAM_PASSWORD ? v->typed : text_trim(pool, v->typed);
        if (text_is_empty(v->text)) {
                v->text = NULL;
                if (spec->required || spec->from == FROM_PATH)
                        v->error = missing(spec);
                return;
        }
        if (spec->type == PARAM_CHECK) {
                v->check = strcmp(v->text, "0") != 0;
                if (spec->required && !v->check)
                        v->error = missing(spec);
                return;
        }
        v->error = check_typed(pool, v);
        if (v->error != NULL) {
                v->text = NULL;
                v->number = 0;
        }
}

/* --- files ---------------------------------------------------------------------- */

/* Finds the type; NULL, or what is wrong with FILE. */
static const char *
check_file(struct pool *pool, struct param_file *file)
{
        if (!filetype_name_is_clean(file->name))
                return "A file's name is too long or has characters that no name needs. Rename it and attach it again";
        if (file->len == 0)
                return pool_printf(pool, "%s is empty. Choose another file", file->name);
        if (file->len > FILE_BYTES_MOST)
                return pool_printf(pool, "%s is too large: a file may have 5 MB", file->name);
        file->type = filetype_of(file->data, file->len);
        if (file->type == NULL)
                return pool_printf(pool, "%s is none of what we can take: PNG and JPEG pictures, PDF, plain text", file->name);
        if (text_has_card_number(file->name) || filetype_has_card_number(pool, file->type, file->data, file->len))
                return "A file has a card number in it. Please leave card numbers out: they are never needed here";
        return NULL;
}

/* Those of FORM that belong to V; CUT: the last one broke off. */
static void
take_files(struct pool *pool, struct param_value *v, const struct multipart *form, bool cut)
{
        size_t most = v->spec->max > 0 ? v->spec->max : FILES_MAX;

        v->files = pool_alloc(pool, (form->n_files + 1) * sizeof(*v->files));
        v->n_files = 0;
        v->error = cut ? invalid(v->spec) : NULL;
        for (size_t i = 0; i < form->n_files; i++) {
                if (strcmp(form->files[i].field, v->spec->name) != 0)
                        continue;
                v->files[v->n_files] = form->files[i];
                if (v->error == NULL)
                        v->error = check_file(pool, &v->files[v->n_files]);
                v->n_files++;
        }
        if (v->error == NULL && v->n_files > most)
                v->error = pool_printf(pool, "Attach at most %zu files", most);
        if (v->error == NULL && v->spec->required && v->n_files == 0)
                v->error = missing(v->spec);
        if (v->error != NULL)
                v->n_files = 0;
}

/* --- for dispatch --------------------------------------------------------------- */

static bool
is_form(struct request *req)
{
        const char *type = request_header(req, "CONTENT_TYPE");

        return type != NULL &&
               g_ascii_strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0 &&
               (type[33] == '\0' || type[33] == ';' || type[33] == ' ');
}

static bool
has_from(const struct param *specs, enum param_from from)
{
        for (; specs != NULL && specs->name != NULL; specs++) {
                if (specs->from == from)
                        return true;
        }
        return false;
}

/* Path and query are addresses: a wrong one is no page.  A form is a conversation. */
static int
refusal(const struct param_value *v)
{
        if (v->error == NULL || v->spec->from == FROM_FORM)
                return 0;
        return v->spec->from == FROM_PATH ? HTTP_NOT_FOUND : HTTP_BAD_REQUEST;
}

/* The form of the body, of either kind; 0, or the status that refuses it. */
static int
read_form(struct request *req, struct multipart *form, bool *cut)
{
        const char *type = request_header(req, "CONTENT_TYPE");

        if (req->body_len == 0 || (req->route->flags & ROUTE_RAW_BODY) != 0)
                return 0;
        if ((req->route->flags & (ROUTE_UPLOAD | ROUTE_STREAM)) != 0 && multipart_is(type)) {
                enum multipart_result result = multipart_read(req->pool, type, req->body, req->body_len, form);

                *cut = result == MULTIPART_CUT;
                return result == MULTIPART_BAD ? HTTP_BAD_REQUEST : 0;
        }
        return is_form(req) && params_decode(req->pool, req->body, req->body_len, &form->fields, &form->n_fields)
                       ? 0 : HTTP_BAD_REQUEST;
}

int
params_read(struct request *req)
{
        const struct param *specs = req->route->params;
        struct param_field *query = NULL;
        struct multipart form = { .n_fields = 0 };
        size_t n_query = 0, n = 0;
        bool cut = false;

        if (has_from(specs, FROM_QUERY) &&
            !params_decode(req->pool, req->query, strlen(req->query), &query, &n_query))
                return HTTP_BAD_REQUEST;
        if (read_form(req, &form, &cut) != 0)
                return HTTP_BAD_REQUEST;
        while (specs != NULL && specs[n].name != NULL)
                n++;
        req->values = pool_alloc(req->pool, (n + 1) * sizeof(*req->values));
        req->values[n].typed = field_of(form.fields, form.n_fields, "csrf_token");
        for (size_t i = 0; i < n; i++) {
                struct param_value *v = &req->values[i];

                v->spec = &specs[i];
                if (v->spec->from == FROM_PATH)
                        v->typed = route_segment(req->pool, req->route, req->path, v->spec->name);
                else if (v->spec->from == FROM_QUERY)
                        v->typed = field_of(query, n_query, v->spec->name);
                else
                        v->typed = field_of(form.fields, form.n_fields, v->spec->name);
                if (v->spec->type == PARAM_FILES)
                        take_files(req->pool, v, &form, cut);
                else if (v->spec->type != PARAM_STREAM)
                        check_value(req->pool, v);
                if (refusal(v) != 0)
                        return refusal(v);
        }
        return 0;
}

const char *
params_csrf(const struct request *req)
{
        const struct param_value *v = req->values;

        while (v != NULL && v->spec != NULL)
                v++;
        return v != NULL ? v->typed : NULL;
}

/* --- for handlers ----------------------------------------------------------------- */

static struct param_value *
value_of(struct request *req, const char *name)
{
        for (struct param_value *v = req->values; v != NULL && v->spec != NULL; v++) {
                if (strcmp(v->spec->name, name) == 0)
                        return v;
        }
        log_error("param_not_listed", "param", name, "route",
                  req->route != NULL ? req->route->path : NULL, NULL);
        abort();
}

const char *
param_text(struct request *req, const char *name)
{
        return value_of(req, name)->text;
}

int64_t
param_int(struct request *req, const char *name)
{
        return value_of(req, name)->number;
}

bool
param_check(struct request *req, const char *name)
{
        return value_of(req, name)->check;
}

const struct param_file *
param_files(struct request *req, const char *name, size_t *n)
{
        const struct param_value *v = value_of(req, name);

        *n = v->n_files;
        return v->files;
}

const char *
param_typed(struct request *req, const char *name)
{
        const struct param_value *v = value_of(req, name);

        return v->typed == NULL || v->spec->type == PARAM_PASSWORD ? "" : v->typed;
}

const char *
param_error(struct request *req, const char *name)
{
        return value_of(req, name)->error;
}

void
param_refuse(struct request *req, const char *name, const char *message)
{
        value_of(req, name)->error = pool_strdup(req->pool, message);
}

bool
params_valid(struct request *req)
{
        for (const struct param_value *v = req->values; v != NULL && v->spec != NULL; v++) {
                if (v->error != NULL)
                        return false;
        }
        return true;
}
