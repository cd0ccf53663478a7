# The customer's pages.
sbin_PROGRAMS += latchkey-portal
latchkey_portal_SOURCES = \
	src/portal/main.c src/portal/portal.h \
	src/portal/site.c src/portal/shop.c src/portal/shop.h src/portal/checkout.c src/portal/welcome.c \
	src/portal/links.c src/portal/login.c src/portal/account.c src/portal/security.c src/portal/address.c \
	src/portal/correct.c src/portal/programs.c src/portal/orders.c \
	src/portal/people.c
latchkey_portal_SOURCES += src/portal/transfer.c
latchkey_portal_SOURCES += src/portal/pay.c src/portal/pay.h src/portal/pay_act.c src/portal/payments.c
latchkey_portal_SOURCES += src/portal/tickets.c src/portal/tickets.h src/portal/ticket.c
latchkey_portal_SOURCES += src/portal/eyes.c
latchkey_portal_SOURCES += src/portal/methods.c
latchkey_portal_SOURCES += src/portal/passkey.c
latchkey_portal_SOURCES += src/portal/help.c
latchkey_portal_SOURCES += src/portal/rate.c
latchkey_portal_SOURCES += src/portal/withdraw.c src/portal/refund.c
latchkey_portal_SOURCES += src/portal/agreement.c
latchkey_portal_SOURCES += src/portal/order_offer.c src/portal/order_offer.h
latchkey_portal_SOURCES += src/portal/plan.c src/portal/plan.h src/portal/change.c src/portal/early.c src/portal/period.c
latchkey_portal_SOURCES += src/portal/calendar.c
latchkey_portal_LDADD = $(DOMAIN_LIBS) $(VIEW_LIBS) $(HTTP_LIBS) $(QUERY_LIBS) $(DB_LIBS) $(GATEWAY_LIBS) \
	$(BASE_LIBS) $(JANSSON_LIBS)
dist_man_MANS += man/latchkey-portal.8
