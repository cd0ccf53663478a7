noinst_LIBRARIES += libdomain.a
libdomain_a_SOURCES = \
	src/domain/password.c src/domain/password.h \
	src/domain/totp.c src/domain/totp.h \
	src/domain/recovery.c src/domain/recovery.h
libdomain_a_SOURCES += src/domain/epc.c src/domain/epc.h
libdomain_a_SOURCES += src/domain/passkey.c src/domain/passkey.h
libdomain_a_SOURCES += src/domain/decline.c src/domain/decline.h src/domain/retry.c src/domain/retry.h
libdomain_a_SOURCES += src/domain/fill.c src/domain/fill.h src/domain/notice.c src/domain/notice.h
libdomain_a_SOURCES += src/domain/interval.c src/domain/interval.h
libdomain_a_SOURCES += src/domain/schedule.c src/domain/schedule.h
libdomain_a_SOURCES += src/domain/amend.c src/domain/amend.h src/domain/amend_words.c src/domain/amend_words.h src/domain/trial.c src/domain/trial.h
libdomain_a_SOURCES += src/domain/caseplan.c src/domain/caseplan.h src/domain/ahead.c src/domain/ahead.h src/domain/choice.c src/domain/choice.h
libdomain_a_CFLAGS = $(AM_CFLAGS) $(ARGON2_CFLAGS) $(OATH_CFLAGS) $(FIDO2_CFLAGS)
DOMAIN_LIBS = libdomain.a $(ARGON2_LIBS) $(OATH_LIBS) $(FIDO2_LIBS)

# The passwords that are refused: where [paths] common_passwords looks by default.
dist_pkgdata_DATA = etc/common-passwords.txt
