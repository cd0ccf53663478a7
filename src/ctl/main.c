/* latchkeyctl: the operator's commands.  This file is their table of contents; each of them
 * stands in the file that is named after its topic. */
#include <config.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "queries/catalogue.h"
#include "queries/clock.h"
#include "queries/credit.h"
#include "queries/demo.h"
#include "queries/operator.h"
#include "queries/receive.h"
#include "queries/reconcile.h"
#include "queries/schedule.h"

#ifndef LATCHKEY_CONFIG
#define LATCHKEY_CONFIG "/etc/latchkey/latchkey.conf"
#endif

/* As whom a command works in the database. */
enum login {
        OPERATOR,       /* lk_ctl: the rights that sql/policies.sql lists */
        SCHEMA,         /* whoever runs the command: makes roles, tables, functions */
        DEMO            /* the same, and only in development */
};

static const struct command {
        const char *words;
        const char *arguments;  /* for the help */
        const char *about;
        size_t n_args;
        const char *options;    /* "role= since=": with a value; "status": without */
        enum login login;
        ctl_run *run;
} commands[] = {
        { "migrate", "[--status]", "bring the schema up to date, or show its migrations",
          0, "status sql=", SCHEMA, run_migrate },
        { "staff add", "EMAIL --role owner|finance|support|viewer",
          "add somebody to the staff; prints a set-up link",
          1, "role= name=", OPERATOR, run_staff_add },
        { "product load", "DIR", "publish products, offers and contents from files",
          1, "", OPERATOR, run_product_load },
        { "help load", "DIR", "publish answers, playbooks and training from files",
          1, "", OPERATOR, run_help_load },
        { "grant", "ORDER --reason TEXT", "open an order without a payment, as a gift",
          1, "reason=", OPERATOR, run_grant },
        { "regrant", "ORDER", "open again what had ended",
          1, "", OPERATOR, run_regrant },
        { "resend", "ORDER", "send an order's mails once more",
          1, "", OPERATOR, run_resend },
        { "transfer load", "FILE", "bring in the bank's credits, from CAMT.053 or a list",
          1, "", OPERATOR, run_transfer_load },
        { "receive", "[--recipient ADDRESS] < MAIL", "take an answer or a report from the mail server's pipe",
          0, "recipient=", OPERATOR, run_receive },
        { "jobs", "[--state waiting|due|failing|dead|done]", "what is to be done, or was given up",
          0, "state=", OPERATOR, run_jobs },
        { "jobs retry", "ID", "try a job again now",
          1, "", OPERATOR, run_jobs_retry },
        { "alarms", "[--all]", "what somebody must look at",
          0, "all", OPERATOR, run_alarms },
        { "alarms settle", "ID --reason TEXT", "a payment that did not fit, an event or a failed refund is dealt with",
          1, "reason=", OPERATOR, run_alarms_settle },
        { "alarms again", "ID", "try an event again that could not be settled",
          1, "", OPERATOR, run_alarms_again },
        { "reconcile", "[--since DATE]", "compare gateway, payments and access, both ways",
          0, "since=", OPERATOR, run_reconcile },
        { "check money", "[--since DATE]", "books and papers, and the gateway's account against them",
          0, "since=", OPERATOR, run_check_money },
        { "check access", "", "paid without access, access without payment",
          0, "", OPERATOR, run_check_access },
        { "check schema", "", "row-level security, owners, rights, the sealed logs",
          0, "", OPERATOR, run_check_schema },
        { "clock show", "", "the product's time",
          0, "", OPERATOR, run_clock_show },
        { "clock advance", "7d|36h|90m|30s", "move product and sandbox ahead (development)",
          1, "", OPERATOR, run_clock_advance },
        { "backup", "DIR", "everything into a new folder, while the product runs",
          1, "", SCHEMA, run_backup },
        { "restore", "DIR", "a backup into an empty database",
          1, "sql=", SCHEMA, run_restore },
        { "demo load", "--customers N [--seed S]", "make a year of customers (development)",
          0, "customers= seed= sql=", DEMO, run_demo_load },
        { "demo staff", "", "make the demo's owner; prints the demo's logins (development)",
          0, "", DEMO, run_demo_staff },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct db_stmt *const *const operator_groups[] = {
        catalogue_queries, schedule_queries, clock_queries, operator_queries, reconcile_queries,
        credit_queries, receive_queries, NULL
};
static const struct db_stmt *const *const demo_groups[] = { clock_queries, demo_queries, NULL };
static const struct db_stmt *const *const no_groups[] = { NULL };

static const struct db_stmt *const *const *const groups_of[] = {
        [OPERATOR] = operator_groups, [SCHEMA] = no_groups, [DEMO] = demo_groups,
};

struct line {
        const char *config_file;
        bool json, help, version;
        GPtrArray *words;
        GArray *options;        /* struct ctl_option */
};

static void
print_help(void)
{
        printf("Usage: latchkeyctl [--config FILE] [--json] COMMAND\n\n");
        for (size_t i = 0; i < N_COMMANDS; i++)
                printf("  %s %s\n      %s\n", commands[i].words, commands[i].arguments, commands[i].about);
        printf("\nExit status: 0 fine, 1 differences found, 2 usage, 3 database or gateway away.\n"
               "See latchkeyctl(1).\n");
}

/* The command whose words WORDS begins with; the longest wins ("jobs retry" before "jobs"). */
static const struct command *
find_command(const GPtrArray *words, size_t *n_words)
{
        const struct command *best = NULL;

        *n_words = 0;
        for (size_t i = 0; i < N_COMMANDS; i++) {
                char **parts = g_strsplit(commands[i].words, " ", -1);
                size_t n = g_strv_length(parts), k;

                for (k = 0; k < n && k < words->len && strcmp(parts[k], g_ptr_array_index(words, k)) == 0; k++)
                        ;
                if (k == n && n > *n_words) {
                        best = &commands[i];
                        *n_words = n;
                }
                g_strfreev(parts);
        }
        return best;
}

/* Does COMMAND take --NAME, and does it want a value? */
static bool
takes_option(const char *options, const char *name, bool *value)
{
        char **list = g_strsplit(options, " ", -1);
        bool found = false;

        for (char **item = list; *item != NULL && !found; item++) {
                size_t len = strcspn(*item, "=");

                found = len > 0 && strlen(name) == len && strncmp(*item, name, len) == 0;
                *value = (*item)[len] == '=';
        }
        g_strfreev(list);
        return found;
}

/* Whether any command has --NAME with a value: then the next word is it, wherever it stands. */
static bool
option_has_value(const char *name)
{
        bool value = false;

        if (strcmp(name, "config") == 0)
                return true;
        for (size_t i = 0; i < N_COMMANDS; i++)
                if (takes_option(commands[i].options, name, &value))
                        return value;
        return false;
}

/* False with a sentence in *ERROR. */
static bool
read_line(struct pool *pool, struct line *line, int argc, char **argv, const char **error)
{
        for (int i = 1; i < argc; i++) {
                struct ctl_option option = { NULL, "" };
                const char *equals;

                if (strncmp(argv[i], "--", 2) != 0 || argv[i][2] == '\0') {
                        g_ptr_array_add(line->words, argv[i]);
                        continue;
                }
                equals = strchr(argv[i], '=');
                option.name = equals != NULL ? pool_strndup(pool, argv[i] + 2, (size_t)(equals - argv[i] - 2))
                                             : argv[i] + 2;
                if (equals != NULL) {
                        option.value = equals + 1;
                } else if (option_has_value(option.name)) {
                        if (i + 1 == argc) {
                                *error = pool_printf(pool, "--%s wants a value", option.name);
                                return false;
                        }
                        option.value = argv[++i];
                }
                if (strcmp(option.name, "config") == 0)
                        line->config_file = option.value;
                else if (strcmp(option.name, "json") == 0)
                        line->json = true;
                else if (strcmp(option.name, "help") == 0)
                        line->help = true;
                else if (strcmp(option.name, "version") == 0)
                        line->version = true;
                else
                        g_array_append_val(line->options, option);
        }
        return true;
}

/* Words and options fit COMMAND. */
static bool
check_line(struct ctl *ctl, const struct command *command)
{
        bool value;

        for (size_t i = 0; i < ctl->n_options; i++)
                if (!takes_option(command->options, ctl->options[i].name, &value)) {
                        ctl_fail(ctl, CTL_USAGE, "See latchkeyctl --help.", "%s takes no --%s", command->words,
                                 ctl->options[i].name);
                        return false;
                }
        if (ctl->n_args != command->n_args) {
                ctl_fail(ctl, CTL_USAGE,
                         pool_printf(ctl->pool, "latchkeyctl %s %s", command->words,
                                     command->arguments),
                         ctl->n_args < command->n_args ? "%s wants more"
                                                       : "%s does not want that much",
                         command->words);
                return false;
        }
        return true;
}

/* The settings' conninfo with session options of ours: comparisons read everything, and a
 * command does not keep more rights than lk_ctl has. */
static const char *
conninfo_with(struct pool *pool, const char *conninfo, const char *options)
{
        if (strstr(conninfo, "://") == NULL)
                return pool_printf(pool, "%s options='%s'", conninfo, options);
        return pool_printf(pool, "%s%coptions=%s", conninfo, strchr(conninfo, '?') != NULL ? '&' : '?',
                           text_url_encode(pool, options));
}

static enum ctl_exit
connect_database(struct ctl *ctl, const struct command *command)
{
        const struct config *config = ctl->config;
        bool as_operator = command->login == OPERATOR;
        const char *user = as_operator ? "lk_ctl" : "";
        const char *error = "";

        if (config->database_user[0] != '\0')
                user = config->database_user;
        ctl->conninfo = conninfo_with(ctl->pool, config->database,
                                      as_operator ? "-c statement_timeout=0 -c role=lk_ctl"
                                                  : "-c statement_timeout=0");
        ctl->db = db_open(ctl->conninfo, user, groups_of[command->login], &error);
        if (ctl->db == NULL)
                return ctl_fail(ctl, CTL_UNREACHABLE, command->login == SCHEMA
                                ? NULL : "If the schema is missing or old: latchkeyctl migrate", "%s", error);
        db_unit(ctl->db, ctl->pool, NULL, NULL);
        return CTL_FINE;
}

/* To the mail server whatever is away or wrong here means: keep it and try again. */
static enum ctl_exit
told(const struct command *command, enum ctl_exit status)
{
        return command->run == run_receive && (status == CTL_UNREACHABLE || status == CTL_USAGE) ? CTL_AGAIN : status;
}

static enum ctl_exit
run(struct ctl *ctl, const struct line *line)
{
        const char *error;
        size_t n_words;
        const struct command *command = find_command(line->words, &n_words);
        enum ctl_exit status;

        if (command == NULL)
                return ctl_fail(ctl, CTL_USAGE, "See latchkeyctl --help.", line->words->len == 0
                                ? "name a command" : "there is no such command");
        ctl->args = (const char *const *)(line->words->pdata + n_words);
        ctl->n_args = line->words->len - n_words;
        if (!check_line(ctl, command))
                return told(command, CTL_USAGE);
        ctl->config = config_load(ctl->pool, line->config_file, &error);
        ctl->config_file = line->config_file;
        if (ctl->config == NULL)
                return told(command, ctl_fail(ctl, CTL_USAGE, "Name the settings with --config FILE.", "%s", error));
        if (command->login == DEMO && !ctl->config->development)
                return ctl_fail(ctl, CTL_USAGE, "[site] environment is production.",
                                "%s is for development alone", command->words);
        status = connect_database(ctl, command);
        return told(command, status == CTL_FINE ? command->run(ctl) : status);
}

int
main(int argc, char **argv)
{
        struct pool *pool = pool_new();
        struct line line = { .config_file = LATCHKEY_CONFIG, .words = g_ptr_array_new(),
                             .options = g_array_new(FALSE, FALSE, sizeof(struct ctl_option)) };
        struct ctl ctl = { .pool = pool };
        const char *error;
        enum ctl_exit status = CTL_FINE;
        bool understood;

        setlocale(LC_CTYPE, "C.UTF-8");
        log_open("ctl", LOG_LEVEL_WARNING);
        understood = read_line(pool, &line, argc, argv, &error);
        ctl.out = output_new(pool, line.json);
        ctl.options = (const struct ctl_option *)(void *)line.options->data;
        ctl.n_options = line.options->len;
        if (line.help) {
                print_help();
        } else if (line.version) {
                printf("latchkeyctl %s\n", PACKAGE_VERSION);
        } else {
                status = understood ? run(&ctl, &line)
                                    : ctl_fail(&ctl, CTL_USAGE, "See latchkeyctl --help.", "%s", error);
                if (!output_print(ctl.out) && status == CTL_FINE)
                        status = CTL_UNREACHABLE;
        }
        if (ctl.db != NULL)
                db_close(ctl.db);
        g_ptr_array_free(line.words, TRUE);
        g_array_free(line.options, TRUE);
        pool_free(pool);
        return (int)status;
}
