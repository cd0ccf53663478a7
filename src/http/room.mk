noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	src/http/server.c src/http/server.h \
	src/http/request.c src/http/request.h \
	src/http/params.c src/http/params.h \
	src/http/multipart.c src/http/multipart.h \
	src/http/upload.c src/http/upload.h \
	src/http/route.c src/http/route.h \
	src/http/dispatch.c src/http/dispatch.h \
	src/http/csrf.c src/http/csrf.h \
	src/http/session.c src/http/session.h \
	src/http/reply.c src/http/reply.h
libhttp_a_CFLAGS = $(AM_CFLAGS) $(FCGI_CFLAGS) $(SYSTEMD_CFLAGS)
HTTP_LIBS = libhttp.a $(FCGI_LIBS) $(SYSTEMD_LIBS)
