sbin_PROGRAMS += latchkeyctl
latchkeyctl_SOURCES = \
	src/ctl/main.c \
	src/ctl/ctl.c src/ctl/ctl.h \
	src/ctl/output.c src/ctl/output.h \
	src/ctl/sqldir.c src/ctl/sqldir.h \
	src/ctl/migrate.c \
	src/ctl/archive.c src/ctl/archive.h \
	src/ctl/backup.c \
	src/ctl/staff.c \
	src/ctl/catalogue.c src/ctl/catalogue.h \
	src/ctl/product_ini.c src/ctl/product_ini.h \
	src/ctl/contents.c src/ctl/contents.h \
	src/ctl/source.c src/ctl/source.h \
	src/ctl/product.c \
	src/ctl/help.c \
	src/ctl/order.c \
	src/ctl/receive.c \
	src/ctl/jobs.c \
	src/ctl/alarms.c \
	src/ctl/compare.c src/ctl/compare.h \
	src/ctl/reconcile.c \
	src/ctl/check.c \
	src/ctl/clock.c \
	src/ctl/demo.c
latchkeyctl_CPPFLAGS = $(AM_CPPFLAGS) -DLATCHKEY_SQLDIR='"$(sqldir)"'
latchkeyctl_SOURCES += src/ctl/transfer.c
latchkeyctl_LDADD = $(BANK_LIBS) $(MAIL_LIBS) $(GMIME_LIBS) $(QUERY_LIBS) $(DOMAIN_LIBS) $(GATEWAY_LIBS) $(DB_LIBS) $(BASE_LIBS) \
	$(CRYPTO_LIBS)
dist_man_MANS += man/latchkeyctl.1
dist_sql_DATA += sql/demo.sql sql/demo_plans.sql
EXTRA_DIST += help
EXTRA_DIST += demo/README.md demo/make-media demo/northlight
