noinst_LIBRARIES += libmail.a
libmail_a_SOURCES = src/mail/message.c src/mail/message.h src/mail/smtp.c src/mail/smtp.h \
	src/mail/address.c src/mail/address.h \
	src/mail/incoming.c src/mail/incoming.h src/mail/plain.c src/mail/plain.h
libmail_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(GMIME_CFLAGS)
MAIL_LIBS = libmail.a $(CURL_LIBS)
