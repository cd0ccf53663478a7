# The schema.  A program says "ok" on its health page at this version alone.
MIGRATIONS = \
	sql/migrations/0001_base.sql \
	sql/migrations/0002_people.sql \
	sql/migrations/0003_catalogue.sql \
	sql/migrations/0004_orders.sql \
	sql/migrations/0005_money.sql \
	sql/migrations/0006_work.sql \
	sql/migrations/0007_parties.sql \
	sql/migrations/0008_account.sql \
	sql/migrations/0009_transfers.sql \
	sql/migrations/0010_tickets.sql \
	sql/migrations/0011_staff.sql
MIGRATIONS += sql/migrations/0012_books.sql
MIGRATIONS += sql/migrations/0013_catalogue_edit.sql
MIGRATIONS += sql/migrations/0014_uploads.sql
MIGRATIONS += sql/migrations/0015_desk.sql
MIGRATIONS += sql/migrations/0016_refunds.sql
MIGRATIONS += sql/migrations/0017_recovery.sql
MIGRATIONS += sql/migrations/0018_cases.sql
MIGRATIONS += sql/migrations/0019_articles.sql
MIGRATIONS += sql/migrations/0020_care.sql
MIGRATIONS += sql/migrations/0021_case_plan.sql
MIGRATIONS += sql/migrations/0024_money.sql
MIGRATIONS += sql/migrations/0033_withdrawal.sql
MIGRATIONS += sql/migrations/0034_refusals.sql
MIGRATIONS += sql/migrations/0035_plans.sql
MIGRATIONS += sql/migrations/0036_hardship.sql
MIGRATIONS += sql/migrations/0037_reminders.sql
MIGRATIONS += sql/migrations/0038_machine.sql
MIGRATIONS += sql/migrations/0039_desk_offers.sql
MIGRATIONS += sql/migrations/0040_calendar.sql
MIGRATIONS += sql/migrations/0041_over_time.sql
SQL_FUNCTIONS = \
	sql/functions/01_base.sql sql/functions/02_identity.sql sql/functions/03_work.sql \
	sql/functions/04_checkout.sql sql/functions/05_payment.sql sql/functions/06_back.sql \
	sql/functions/07_access.sql sql/functions/08_account.sql sql/functions/09_check.sql \
	sql/functions/10_profile.sql sql/functions/11_tickets.sql sql/functions/12_staff.sql sql/functions/13_transfer.sql \
	sql/functions/14_parties.sql sql/functions/15_catalogue.sql
SQL_FUNCTIONS += sql/functions/16_uploads.sql
SQL_FUNCTIONS += sql/functions/18_charge.sql
SQL_FUNCTIONS += sql/functions/18_method.sql
SQL_FUNCTIONS += sql/functions/21_case.sql
SQL_FUNCTIONS += sql/functions/22_articles.sql
SQL_FUNCTIONS += sql/functions/23_refund.sql
SQL_FUNCTIONS += sql/functions/24_care.sql
SQL_FUNCTIONS += sql/functions/30_plan.sql
SQL_FUNCTIONS += sql/functions/30_rest.sql
SQL_FUNCTIONS += sql/functions/31_hardship.sql
SQL_FUNCTIONS += sql/functions/32_reminder.sql
SQL_FUNCTIONS += sql/functions/33_withdrawal.sql
SQL_FUNCTIONS += sql/functions/34_machine.sql
SQL_FUNCTIONS += sql/functions/35_forecast.sql
SQL_FUNCTIONS += sql/functions/36_calendar.sql
SQL_FUNCTIONS += sql/functions/37_overdue.sql
migrationsdir = $(pkgdatadir)/sql/migrations
dist_migrations_DATA = $(MIGRATIONS)
sqlfunctionsdir = $(pkgdatadir)/sql/functions
dist_sqlfunctions_DATA = $(SQL_FUNCTIONS)
sqldir = $(pkgdatadir)/sql
dist_sql_DATA = sql/roles.sql sql/policies.sql sql/development.sql sql/restore.sql
# For reading, and what tests/db/schema compares with; tests/db/schema --write makes it.
EXTRA_DIST += sql/schema.sql

BUILT_SOURCES += src/schema_version.h
CLEANFILES += src/schema_version.h
src/schema_version.h: sql/room.mk
	$(AM_V_GEN)$(MKDIR_P) src && n=$$(printf '%s\n' $(MIGRATIONS) | sed 's,.*/0*,,; s,_.*,,' | sort -n | tail -n 1) && \
	printf '/* The highest migration, from sql/room.mk. */\n#define SCHEMA_VERSION %d\n' $$n > $@
