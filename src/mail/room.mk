noinst_LIBRARIES += libmail.a
libmail_a_SOURCES = src/mail/message.c src/mail/message.h src/mail/smtp.c src/mail/smtp.h \
	src/mail/address.c src/mail/address.h
libmail_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
MAIL_LIBS = libmail.a $(CURL_LIBS)
