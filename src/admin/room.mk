sbin_PROGRAMS += latchkey-admin
latchkey_admin_SOURCES = \
	src/admin/main.c \
	src/admin/desk.c src/admin/desk.h \
	src/admin/login.c src/admin/login.h \
	src/admin/set_up.c src/admin/set_up.h \
	src/admin/home.c src/admin/home.h \
	src/admin/orders.c src/admin/orders.h \
	src/admin/order.c src/admin/order.h \
	src/admin/history.c src/admin/history.h \
	src/admin/act.c src/admin/act.h \
	src/admin/mail.c src/admin/mail.h \
	src/admin/system.c src/admin/system.h
latchkey_admin_SOURCES += \
	src/admin/product.c src/admin/product.h \
	src/admin/product_text.c src/admin/product_text.h \
	src/admin/product_version.c src/admin/product_version.h \
	src/admin/product_offer.c src/admin/product_offer.h \
	src/admin/product_item.c src/admin/product_item.h \
	src/admin/discount.c src/admin/discount.h
latchkey_admin_LDADD = $(DOMAIN_LIBS) $(VIEW_LIBS) $(HTTP_LIBS) $(QUERY_LIBS) $(DB_LIBS) $(BASE_LIBS)
dist_man_MANS += man/latchkey-admin.8
