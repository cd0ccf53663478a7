/* ctl: what the commands of latchkeyctl share.  main.c is the table of contents. */
#ifndef LATCHKEY_CTL_CTL_H
#define LATCHKEY_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"
#include "base/pool.h"
#include "ctl/output.h"
#include "db/db.h"

/* The exit status of the program. */
enum ctl_exit {
        CTL_FINE = 0,
        CTL_DIFFERENCES = 1,    /* a check or comparison found something */
        CTL_USAGE = 2,          /* the command cannot be carried out as it was given */
        CTL_UNREACHABLE = 3,    /* database or gateway away, or it refused */
        /* receive alone, for the mail server (sysexits.h) */
        CTL_DATA = 65,          /* no mail, or none that can be taken */
        CTL_NO_USER = 67,       /* no address of ours */
        CTL_AGAIN = 75          /* not now: keep it and try again */
};

struct ctl_option {
        const char *name;       /* without the dashes */
        const char *value;      /* "" for one that takes none */
};

struct ctl {
        struct pool *pool;
        const struct config *config;
        const char *config_file;        /* where it was read */
        struct db *db;          /* NULL until connected */
        const char *conninfo;   /* how it was reached */
        struct output *out;
        const char *const *args;        /* what follows the command's words */
        size_t n_args;
        const struct ctl_option *options;
        size_t n_options;
        enum ctl_exit failed;   /* what the last ctl_fail() returned */
};

/* The value of --NAME, or NULL when it was not given. */
const char *ctl_option(const struct ctl *ctl, const char *name);

/* Say why not and what to do (HINT may be NULL), and be the exit status. */
enum ctl_exit ctl_fail(struct ctl *ctl, enum ctl_exit status, const char *hint, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* The last failure of the database as such. */
enum ctl_exit ctl_fail_db(struct ctl *ctl);

/* "2026-03-04" or a whole RFC 3339 time; false when it is neither. */
bool ctl_parse_time(const char *text, instant *at);

/* The number of a row, from a command's word; false when it is none. */
bool ctl_parse_id(const char *text, int64_t *id);

/* The product's time, from the database; clock_product() agrees with it afterwards. */
bool ctl_clock(struct ctl *ctl, instant *now, int64_t *ahead_seconds);

/* --- the commands, by file --- */

typedef enum ctl_exit ctl_run(struct ctl *ctl);

/* migrate.c */
ctl_run run_migrate;
/* staff.c */
ctl_run run_staff_add;
/* product.c */
ctl_run run_product_load;
/* help.c */
ctl_run run_help_load;
/* order.c */
ctl_run run_grant, run_regrant, run_resend;
/* transfer.c */
ctl_run run_transfer_load;
/* receive.c */
ctl_run run_receive;
/* jobs.c */
ctl_run run_jobs, run_jobs_retry;
/* alarms.c */
ctl_run run_alarms, run_alarms_settle, run_alarms_again;
/* reconcile.c */
ctl_run run_reconcile;
/* check.c */
ctl_run run_check_money, run_check_access, run_check_schema;
/* clock.c */
ctl_run run_clock_show, run_clock_advance;
/* backup.c */
ctl_run run_backup, run_restore;
/* demo.c */
ctl_run run_demo_load, run_demo_staff;

#endif
