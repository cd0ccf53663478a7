noinst_LIBRARIES += libdb.a
libdb_a_SOURCES = \
	src/db/db.c src/db/db.h \
	src/db/connect.c src/db/connect.h \
	src/db/rows.c src/db/rows.h \
	src/db/migrate.c src/db/migrate.h
libdb_a_CFLAGS = $(AM_CFLAGS) $(PQ_CFLAGS)
DB_LIBS = libdb.a $(PQ_LIBS)

# The queries of sql/queries/NAME.sql as C: QUERY_C (sql/queries/room.mk) names each
# generated file; libqueries.a stands before libdb.a in a program's libraries.
noinst_LIBRARIES += libqueries.a
nodist_libqueries_a_SOURCES = $(QUERY_C)
libqueries_a_CFLAGS = $(AM_CFLAGS)
QUERY_LIBS = libqueries.a
QUERY_H = $(QUERY_C:.c=.h)
BUILT_SOURCES += $(QUERY_H)
CLEANFILES += $(QUERY_C) $(QUERY_H)
EXTRA_DIST += build-aux/queries.awk $(QUERY_C:src/queries/%.c=sql/queries/%.sql)

# So that "make libqueries.a" alone works: BUILT_SOURCES count for all and check only.
$(libqueries_a_OBJECTS): | $(QUERY_H)

src/queries/%.h: sql/queries/%.sql build-aux/queries.awk
	$(AM_V_GEN)$(MKDIR_P) src/queries && \
	$(AWK) -v out=h -f $(top_srcdir)/build-aux/queries.awk $< > $@.tmp && mv $@.tmp $@
src/queries/%.c: sql/queries/%.sql build-aux/queries.awk
	$(AM_V_GEN)$(MKDIR_P) src/queries && \
	$(AWK) -v out=c -f $(top_srcdir)/build-aux/queries.awk $< > $@.tmp && mv $@.tmp $@
