# Statements of the bank: the only room with libxml2.
noinst_LIBRARIES += libbank.a
libbank_a_SOURCES = \
	src/bank/statement.c src/bank/statement.h \
	src/bank/camt.c src/bank/camt.h \
	src/bank/list.c src/bank/list.h
libbank_a_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
BANK_LIBS = libbank.a $(XML_LIBS)
