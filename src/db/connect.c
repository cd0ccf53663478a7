/* connect: the connection behind a struct db. */
#include "db/connect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/rows.h"

#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS 5000
#define COMPLAIN_EVERY_MS 60000
#define SILENCE_GRACE_MS 5000

/* What every session sets; a program changes one through "options" in its conninfo,
 * which comes after these. */
#define SESSION_OPTIONS                                                                  \
        "-c TimeZone=UTC -c statement_timeout=10000 -c jit=off -c search_path=latchkey " \
        "-c client_min_messages=warning -c bytea_output=hex -c IntervalStyle=postgres"

static const struct setting {
        const char *keyword;
        const char *value;
} defaults[] = {
        { "connect_timeout", "3" },
        { "keepalives_idle", "30" },
        { "keepalives_interval", "10" },
        { "keepalives_count", "3" },
        { "tcp_user_timeout", "20000" },
        { "target_session_attrs", "read-write" },
        { "client_encoding", "UTF8" },
};
#define N_DEFAULTS (sizeof(defaults) / sizeof(defaults[0]))

static const struct own {
        const char *name;
        const char *sql;
} own_statements[] = {
        { CONNECT_BEGIN, "BEGIN" },
        { CONNECT_COMMIT, "COMMIT" },
        { CONNECT_ROLLBACK, "ROLLBACK" },
        { CONNECT_IDENTIFY, "SELECT set_config('latchkey.token', $1, true), "
                            "set_config('latchkey.order_token', $2, true)" },
};
#define N_OWN (sizeof(own_statements) / sizeof(own_statements[0]))

void
connect_message(const char *message, char *out, size_t size)
{
        const char *colon;
        size_t len;

        if (message == NULL)
                message = "";
        while (*message == '\n' || *message == ' ')
                message++;
        len = strcspn(message, "\n");
        colon = strstr(message, ":  ");
        if (colon != NULL && colon < message + len) {
                len -= (size_t)(colon + 3 - message);
                message = colon + 3;
        }
        snprintf(out, size, "%.*s", (int)len, message);
}

void
connect_drop(struct db *db)
{
        PQfinish(db->conn);
        db->conn = NULL;
}

/* Warnings of the server are ours to see; its notices are not. */
static void
take_notice(void *data, const PGresult *result)
{
        const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

        (void)data;
        if (severity != NULL && strcmp(severity, "WARNING") == 0)
                log_warning("db_warning", "sqlstate", PQresultErrorField(result, PG_DIAG_SQLSTATE), NULL);
}

/* --- waiting --- */

/* False when the server stays silent for too long. */
static bool
wait_for_answer(struct db *db)
{
        int64_t until = clock_monotonic_ms() + db->silence_ms;

        while (PQisBusy(db->conn)) {
                struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };
                int64_t left = db->silence_ms == 0 ? -1 : until - clock_monotonic_ms();
                int n;

                if (db->silence_ms != 0 && left <= 0)
                        return false;
                n = poll(&fd, 1, (int)left);
                if (n < 0 && errno != EINTR)
                        return false;
                if (n > 0 && !PQconsumeInput(db->conn))
                        return true;    /* PQgetResult() has the reason */
        }
        return true;
}

PGresult *
connect_result(struct db *db)
{
        if (db->conn == NULL)
                return NULL;
        if (!wait_for_answer(db)) {
                connect_drop(db);
                return NULL;
        }
        return PQgetResult(db->conn);
}

void
connect_finish(struct db *db)
{
        PGresult *result;

        while ((result = connect_result(db)) != NULL)
                PQclear(result);
}

bool
connect_plain(struct db *db, bool plain)
{
        if (db->conn == NULL)
                return false;
        return (plain ? PQexitPipelineMode(db->conn) : PQenterPipelineMode(db->conn)) == 1;
}

/* --- preparing --- */

bool
connect_fits(const PGresult *result, const struct db_stmt *stmt, char *why, size_t size)
{
        size_t i;

        if ((size_t)PQnparams(result) != stmt->n_params) {
                snprintf(why, size, "it declares %zu parameter(s), PostgreSQL sees %d",
                         stmt->n_params, PQnparams(result));
                return false;
        }
        for (i = 0; i < stmt->n_params; i++) {
                if (rows_param_fits(stmt->params[i].sql_type, PQparamtype(result, (int)i)))
                        continue;
                snprintf(why, size, "parameter %s is declared %s, PostgreSQL takes it for the "
                         "type with oid %u", stmt->params[i].name, stmt->params[i].sql_type,
                         PQparamtype(result, (int)i));
                return false;
        }
        return stmt->row == NULL || rows_fit(result, stmt->row, true, why, size);
}

static bool
send_prepare(struct db *db, const struct db_stmt *stmt)
{
        Oid oids[64];
        size_t i;

        if (stmt->n_params > sizeof(oids) / sizeof(oids[0]))
                return false;
        for (i = 0; i < stmt->n_params; i++)
                oids[i] = rows_param_oid(stmt->params[i].sql_type);
        return PQsendPrepare(db->conn, stmt->name, stmt->sql, (int)stmt->n_params, oids) &&
               PQsendDescribePrepared(db->conn, stmt->name);
}

/* Everything a session needs, in one round trip. */
static bool
send_all(struct db *db)
{
        static const char timeout[] =
                "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'";
        const struct db_stmt *const *const *group;
        const struct db_stmt *const *stmt;
        bool ok = PQsendQueryParams(db->conn, timeout, 0, NULL, NULL, NULL, NULL, 0);
        size_t i;

        for (i = 0; i < N_OWN; i++)
                ok = ok && PQsendPrepare(db->conn, own_statements[i].name, own_statements[i].sql, 0, NULL);
        for (i = 0; i < db->channels->len; i++) {
                char *name = PQescapeIdentifier(db->conn, g_ptr_array_index(db->channels, i),
                                                strlen(g_ptr_array_index(db->channels, i)));
                char *sql = g_strdup_printf("LISTEN %s", name == NULL ? "" : name);

                ok = ok && PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
                g_free(sql);
                PQfreemem(name);
        }
        for (group = db->groups; group != NULL && *group != NULL; group++)
                for (stmt = *group; *stmt != NULL; stmt++)
                        ok = ok && send_prepare(db, *stmt);
        return ok && PQpipelineSync(db->conn);
}

/* One result that must be a success; WHAT is for the sentence. */
static PGresult *
read_good(struct db *db, const char *what, char *why, size_t size)
{
        PGresult *result = connect_result(db);
        ExecStatusType status = PQresultStatus(result);
        char message[400];

        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
                connect_finish(db);
                return result;
        }
        connect_message(result == NULL ? "no answer" : PQresultErrorMessage(result),
                        message, sizeof(message));
        snprintf(why, size, "%s does not fit this database: %s (does latchkeyctl migrate need to run?)",
                 what, message);
        PQclear(result);
        return NULL;
}

static bool
read_stmt(struct db *db, const struct db_stmt *stmt, char *why, size_t size)
{
        char what[128], reason[320];
        PGresult *result;
        bool fits;

        snprintf(what, sizeof(what), "query %s", stmt->name);
        result = read_good(db, what, why, size);
        PQclear(result);
        if (result == NULL || (result = read_good(db, what, why, size)) == NULL)
                return false;
        fits = connect_fits(result, stmt, reason, sizeof(reason));
        if (!fits)
                snprintf(why, size, "query %s does not fit this database: %s", stmt->name, reason);
        PQclear(result);
        return fits;
}

static bool
read_all(struct db *db, char *why, size_t size)
{
        const struct db_stmt *const *const *group;
        const struct db_stmt *const *stmt;
        PGresult *result = read_good(db, "statement_timeout", why, size);
        int64_t timeout;
        size_t i;

        if (result == NULL)
                return false;
        timeout = g_ascii_strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        for (i = 0; i < N_OWN + db->channels->len; i++) {
                result = read_good(db, i < N_OWN ? own_statements[i].name : "listen", why, size);
                PQclear(result);
                if (result == NULL)
                        return false;
        }
        for (group = db->groups; group != NULL && *group != NULL; group++)
                for (stmt = *group; *stmt != NULL; stmt++)
                        if (!read_stmt(db, *stmt, why, size))
                                return false;
        result = connect_result(db);
        PQclear(result);                /* the Sync */
        db->silence_ms = timeout == 0 ? 0 : timeout + SILENCE_GRACE_MS;
        return result != NULL;
}

/* --- opening --- */

#define N_SETTINGS 64

struct settings {
        const char *keywords[N_SETTINGS + 1];
        const char *values[N_SETTINGS + 1];
        size_t n;
};

static void
settings_add(struct settings *settings, const char *keyword, const char *value)
{
        if (settings->n == N_SETTINGS)
                return;
        settings->keywords[settings->n] = keyword;
        settings->values[settings->n++] = value;
}

/* The conninfo with our defaults, our user and the session's options. */
static PGconn *
start_connection(struct db *db, PQconninfoOption *given)
{
        struct settings settings = { .n = 0 };
        GString *options = g_string_new(SESSION_OPTIONS);
        const PQconninfoOption *option;
        bool has_user = !g_str_equal(db->user, "");
        PGconn *conn;
        size_t i;

        for (i = 0; i < N_DEFAULTS; i++)
                settings_add(&settings, defaults[i].keyword, defaults[i].value);
        if (has_user)
                settings_add(&settings, "application_name", db->user);
        for (option = given; option->keyword != NULL; option++) {
                if (option->val == NULL || option->val[0] == '\0')
                        continue;
                if (strcmp(option->keyword, "options") == 0)
                        g_string_append_printf(options, " %s", option->val);
                else
                        settings_add(&settings, option->keyword, option->val);
        }
        if (has_user)
                settings_add(&settings, "user", db->user);
        settings_add(&settings, "options", options->str);
        conn = PQconnectdbParams(settings.keywords, settings.values, 0);
        g_string_free(options, TRUE);
        return conn;
}

bool
connect_open(struct db *db, char *why, size_t size)
{
        char *parse_error = NULL;
        PQconninfoOption *given = PQconninfoParse(db->conninfo, &parse_error);
        char message[400];

        if (given == NULL) {
                connect_message(parse_error, message, sizeof(message));
                snprintf(why, size, "setting [database] conninfo is not understood: %s", message);
                PQfreemem(parse_error);
                return false;
        }
        db->conn = start_connection(db, given);
        PQconninfoFree(given);
        if (PQstatus(db->conn) != CONNECTION_OK) {
                connect_message(PQerrorMessage(db->conn), message, sizeof(message));
                snprintf(why, size, "no connection to the database (setting [database] conninfo): %s", message);
                connect_drop(db);
                return false;
        }
        PQsetNoticeReceiver(db->conn, take_notice, NULL);
        db->silence_ms = 30000;
        if (!PQenterPipelineMode(db->conn) || !send_all(db)) {
                connect_message(PQerrorMessage(db->conn), message, sizeof(message));
                snprintf(why, size, "the database took no statements: %s", message);
                connect_drop(db);
                return false;
        }
        if (!read_all(db, why, size)) {
                connect_drop(db);
                return false;
        }
        return true;
}

/* What arrived while we were idle: notifications, or the end of the connection. */
static bool
is_alive(struct db *db)
{
        int tries;

        for (tries = 0; tries < 8; tries++) {
                struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };

                if (poll(&fd, 1, 0) <= 0)
                        break;
                if (!PQconsumeInput(db->conn))
                        return false;
        }
        return PQstatus(db->conn) == CONNECTION_OK;
}

void
connect_renew(struct db *db)
{
        char why[640];
        int64_t now;

        if (db->conn != NULL && is_alive(db))
                return;
        connect_drop(db);
        now = clock_monotonic_ms();
        if (now < db->retry_at_ms)
                return;
        if (connect_open(db, why, sizeof(why))) {
                log_info("db_connected", "user", db->user, NULL);
                db->retry_delay_ms = 0;
                db->complain_at_ms = 0;
                return;
        }
        now = clock_monotonic_ms();
        db->retry_delay_ms = CLAMP(2 * db->retry_delay_ms, RETRY_FIRST_MS, RETRY_LAST_MS);
        db->retry_at_ms = now + db->retry_delay_ms / 2 +
                          g_random_int_range(0, (int)db->retry_delay_ms / 2 + 1);
        if (now >= db->complain_at_ms) {
                log_error("db_unreachable", "reason", why, NULL);
                db->complain_at_ms = now + COMPLAIN_EVERY_MS;
        }
}
