noinst_LIBRARIES += libview.a
libview_a_SOURCES = \
	src/view/view.c src/view/view.h \
	src/view/template.c src/view/template.h \
	src/view/error_page.c src/view/error_page.h \
	src/view/html.c src/view/html.h \
	src/view/format.c src/view/format.h \
	src/view/words.c src/view/words.h \
	src/view/country.c src/view/country.h \
	src/view/region.c src/view/region.h \
	src/view/method.c src/view/method.h \
	src/view/option.c src/view/option.h \
	src/view/marked.c src/view/marked.h \
	src/view/qr.c src/view/qr.h \
	src/view/agent.c src/view/agent.h \
	src/view/calendar.c src/view/calendar.h \
	src/view/chart.c src/view/chart.h \
	src/view/follow.c src/view/follow.h \
	src/view/markdown.c src/view/markdown.h
libview_a_CFLAGS = $(AM_CFLAGS) $(CTPL_CFLAGS) $(CMARK_CFLAGS) $(QRENCODE_CFLAGS)
VIEW_LIBS = libview.a $(CTPL_LIBS) $(CMARK_LIBS) $(QRENCODE_LIBS) -lm
