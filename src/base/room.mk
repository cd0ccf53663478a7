noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/pool.c src/base/pool.h \
	src/base/log.c src/base/log.h \
	src/base/clock.c src/base/clock.h \
	src/base/token.c src/base/token.h \
	src/base/money.c src/base/money.h \
	src/base/money_format.c src/base/money_format.h \
	src/base/text.c src/base/text.h \
	src/base/iban.c src/base/iban.h \
	src/base/filetype.c src/base/filetype.h \
	src/base/zone.c src/base/zone.h \
	src/base/store.c src/base/store.h \
	src/base/config.c src/base/config.h \
	src/base/supervisor.c src/base/supervisor.h
libbase_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(IDN_CFLAGS) $(SYSTEMD_CFLAGS)
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) -DLATCHKEY_DATADIR='"$(pkgdatadir)"' -DLATCHKEY_STATEDIR='"$(localstatedir)/lib/latchkey"'
BASE_LIBS = libbase.a $(GLIB_LIBS) $(CRYPTO_LIBS) $(UNISTRING_LIBS) $(IDN_LIBS) $(SYSTEMD_LIBS) -lm
