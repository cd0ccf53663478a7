noinst_LIBRARIES += libgateway.a
libgateway_a_SOURCES = src/gateway/intake.c src/gateway/intake.h \
	src/gateway/stripe.c src/gateway/stripe.h \
	src/gateway/signature.c src/gateway/signature.h \
	src/gateway/body.c src/gateway/body.h \
	src/gateway/events.c src/gateway/events.h \
	src/gateway/objects.c src/gateway/objects.h \
	src/gateway/listing.c src/gateway/listing.h \
	src/gateway/devclock.c src/gateway/devclock.h
libgateway_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
GATEWAY_LIBS = libgateway.a $(CURL_LIBS) $(JANSSON_LIBS)
