# Events of the gateway in.
sbin_PROGRAMS += latchkey-hooks
latchkey_hooks_SOURCES = src/hooks/main.c
latchkey_hooks_LDADD = $(HTTP_LIBS) $(QUERY_LIBS) $(DB_LIBS) $(GATEWAY_LIBS) $(BASE_LIBS) $(JANSSON_LIBS)
dist_man_MANS += man/latchkey-hooks.8
