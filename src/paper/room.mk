noinst_LIBRARIES += libpaper.a
libpaper_a_SOURCES = \
	src/paper/receipt.c src/paper/receipt.h \
	src/paper/record.c src/paper/record.h \
	src/paper/document.c src/paper/document.h \
	src/paper/language.c src/paper/language.h
libpaper_a_SOURCES += src/paper/table.c src/paper/table.h
libpaper_a_CFLAGS = $(AM_CFLAGS) $(PAPER_CFLAGS)
PAPER_ALL_LIBS = libpaper.a $(PAPER_LIBS) $(JANSSON_LIBS)
