# A stand-in for the gateway, for development and tests; the only room with GMime.
sbin_PROGRAMS += latchkey-sandbox
latchkey_sandbox_SOURCES = \
	src/sandbox/main.c src/sandbox/settings.c src/sandbox/settings.h \
	src/sandbox/api.c src/sandbox/api.h src/sandbox/operations.c src/sandbox/operations.h \
	src/sandbox/call.c src/sandbox/call.h src/sandbox/store.c src/sandbox/store.h \
	src/sandbox/doc.c src/sandbox/doc.h src/sandbox/embedded.h \
	src/sandbox/form.c src/sandbox/form.h src/sandbox/fields.c src/sandbox/fields.h \
	src/sandbox/expand.c src/sandbox/expand.h src/sandbox/events.c src/sandbox/events.h \
	src/sandbox/cards.c src/sandbox/cards.h src/sandbox/balance.c src/sandbox/balance.h \
	src/sandbox/customers.c src/sandbox/customers.h src/sandbox/methods.c src/sandbox/methods.h \
	src/sandbox/payments.c src/sandbox/payments.h src/sandbox/intents.c src/sandbox/intents.h \
	src/sandbox/setups.c src/sandbox/setups.h src/sandbox/refunds.c src/sandbox/refunds.h \
	src/sandbox/disputes.c src/sandbox/disputes.h src/sandbox/checkout.c src/sandbox/checkout.h \
	src/sandbox/hosted.c src/sandbox/hosted.h src/sandbox/pay.c src/sandbox/pay.h \
	src/sandbox/pages.c src/sandbox/pages.h src/sandbox/mailbox.c src/sandbox/mailbox.h \
	src/sandbox/acts.c src/sandbox/acts.h src/sandbox/control.c src/sandbox/control.h \
	src/sandbox/deliver.c src/sandbox/deliver.h src/sandbox/import.c src/sandbox/import.h
nodist_latchkey_sandbox_SOURCES = src/sandbox/embedded.c
latchkey_sandbox_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(GMIME_CFLAGS)
latchkey_sandbox_LDADD = $(VIEW_LIBS) $(HTTP_LIBS) $(QUERY_LIBS) $(DB_LIBS) $(BASE_LIBS) $(JANSSON_LIBS) \
	$(CURL_LIBS) $(GMIME_LIBS)
dist_man_MANS += man/latchkey-sandbox.8

# Shapes of the API's objects, the tables and the stylesheet are built in.
SANDBOX_FILES = \
	src/sandbox/shapes/balance_transaction.json src/sandbox/shapes/charge.json \
	src/sandbox/shapes/checkout.session.json src/sandbox/shapes/customer.json \
	src/sandbox/shapes/dispute.json src/sandbox/shapes/event.json src/sandbox/shapes/item.json \
	src/sandbox/shapes/payment_intent.json src/sandbox/shapes/payment_method.json \
	src/sandbox/shapes/refund.json src/sandbox/shapes/setup_intent.json \
	sql/sandbox/schema.sql static/css/sandbox.css
EXTRA_DIST += $(SANDBOX_FILES) build-aux/embed.awk
CLEANFILES += src/sandbox/embedded.c

src/sandbox/embedded.c: $(SANDBOX_FILES) build-aux/embed.awk
	$(AM_V_GEN)$(MKDIR_P) src/sandbox && cd $(srcdir) && \
	$(AWK) -f build-aux/embed.awk $(SANDBOX_FILES) > $(abs_builddir)/$@.tmp && \
	mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
