# database tests: tests/db/*, each with a PostgreSQL of its own (tests/db/lib/database.sh)
db_tests = \
	tests/db/describe tests/db/schema tests/db/currencies tests/db/policies tests/db/money tests/db/events \
	tests/db/refunds tests/db/clock tests/db/races tests/db/chain tests/db/identity
db_tests += tests/db/transfers
db_tests += tests/db/account
db_tests += tests/db/tickets
db_tests += tests/db/people
db_tests += tests/db/cases
db_tests += tests/db/care
db_tests += tests/db/reminders
db_tests += tests/db/charge
db_tests += tests/db/plans
db_tests += tests/db/help
db_tests += tests/db/withdrawals
db_tests += tests/db/hardship
db_tests += tests/db/overtime
db_tests += tests/db/sequences
EXTRA_DIST += $(db_tests) tests/db/lib/database.sh tests/db/lib/begin.sql tests/db/lib/migrations.sql tests/db/lib/nights.py
check_PROGRAMS += tests/db/describe_queries
tests_db_describe_queries_SOURCES = tests/db/describe.c
nodist_tests_db_describe_queries_SOURCES = tests/db/groups.h
tests_db_describe_queries_CPPFLAGS = $(AM_CPPFLAGS) -I$(builddir)/tests/db
tests_db_describe_queries_LDADD = $(QUERY_LIBS) $(DB_LIBS) $(BASE_LIBS)
BUILT_SOURCES += tests/db/groups.h
CLEANFILES += tests/db/groups.h
$(tests_db_describe_queries_OBJECTS): | tests/db/groups.h $(QUERY_H)

# Every file of sql/queries, so that none is left out.
tests/db/groups.h: sql/queries/room.mk
	$(AM_V_GEN)$(MKDIR_P) tests/db && { \
	printf '/* Every group of queries, from sql/queries/room.mk. */\n'; \
	for q in $(QUERY_C); do q=$${q#src/queries/}; printf '#include "queries/%s.h"\n' "$${q%.c}"; done; \
	printf '#define QUERY_GROUPS'; \
	for q in $(QUERY_C); do q=$${q#src/queries/}; printf ' GROUP(%s)' "$${q%.c}"; done; \
	printf '\n'; } > $@.tmp && mv $@.tmp $@

# A script beside describe.c: make would build the one from the other.
tests/db/describe: ;
