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
	src/admin/tickets.c src/admin/tickets.h src/admin/ticket.c src/admin/ticket.h \
	src/admin/system.c src/admin/system.h \
	src/admin/customers.c src/admin/customers.h \
	src/admin/customer.c src/admin/customer.h \
	src/admin/customer_act.c src/admin/customer_act.h \
	src/admin/staff.c src/admin/staff.h \
	src/admin/account.c src/admin/account.h \
	src/admin/passkey.c src/admin/passkey.h \
	src/admin/audit.c src/admin/audit.h \
	src/admin/needs.c src/admin/needs.h \
	src/admin/figures.c src/admin/figures.h
latchkey_admin_SOURCES += src/admin/agreement.c src/admin/agreement.h
latchkey_admin_SOURCES += src/admin/corrections.c src/admin/corrections.h
latchkey_admin_SOURCES += src/admin/transfers.c src/admin/transfers.h src/admin/waiting.c src/admin/waiting.h
latchkey_admin_SOURCES += src/admin/reports.c src/admin/reports.h
latchkey_admin_SOURCES += \
	src/admin/product.c src/admin/product.h \
	src/admin/product_text.c src/admin/product_text.h \
	src/admin/product_version.c src/admin/product_version.h \
	src/admin/product_offer.c src/admin/product_offer.h \
	src/admin/product_access.c src/admin/product_access.h \
	src/admin/product_item.c src/admin/product_item.h \
	src/admin/product_new.c src/admin/product_new.h \
	src/admin/product_file.c src/admin/product_file.h \
	src/admin/product_upload.c src/admin/product_upload.h \
	src/admin/discount.c src/admin/discount.h
latchkey_admin_SOURCES += \
	src/admin/refund_ask.c src/admin/refund_ask.h src/admin/refund.c src/admin/refund.h \
	src/admin/refunds.c src/admin/refunds.h src/admin/task.c src/admin/task.h src/admin/tasks.c src/admin/tasks.h \
	src/admin/dispute.c src/admin/dispute.h src/admin/dispute_packet.c src/admin/dispute_packet.h \
	src/admin/disputes.c src/admin/disputes.h
latchkey_admin_SOURCES += src/admin/texts.c src/admin/texts.h src/admin/reminders.c src/admin/reminders.h
latchkey_admin_SOURCES += src/admin/articles.c src/admin/articles.h src/admin/article.c src/admin/article.h src/admin/article_text.c src/admin/article_text.h
latchkey_admin_SOURCES += \
	src/admin/cases.c src/admin/cases.h src/admin/case.c src/admin/case.h \
	src/admin/case_time.c src/admin/case_book.c src/admin/case_act.c \
	src/admin/causes.c src/admin/causes.h src/admin/marker.c src/admin/marker.h
latchkey_admin_SOURCES += src/admin/withdrawals.c src/admin/withdrawals.h src/admin/withdrawal.c src/admin/withdrawal.h \
	src/admin/product_refund.c src/admin/product_refund.h
latchkey_admin_SOURCES += src/admin/forecast.c src/admin/forecast.h src/admin/offer.c src/admin/offer.h src/admin/spread.c src/admin/spread.h src/admin/trial.c src/admin/trial.h
latchkey_admin_SOURCES += src/admin/changes.c src/admin/changes.h src/admin/change.c src/admin/change.h
latchkey_admin_SOURCES += \
	src/admin/rules.c src/admin/rules.h src/admin/rule.c src/admin/rule.h \
	src/admin/rule_trial.c src/admin/rule_trial.h src/admin/rule_back.c src/admin/rule_back.h
latchkey_admin_SOURCES += src/admin/ahead.c src/admin/ahead.h src/admin/ahead_look.c src/admin/ahead_say.c src/admin/ahead_edit.c src/admin/ahead_choose.c
latchkey_admin_LDADD = $(BANK_LIBS) $(PAPER_ALL_LIBS) $(DOMAIN_LIBS) $(VIEW_LIBS) $(HTTP_LIBS) $(QUERY_LIBS) $(DB_LIBS) $(BASE_LIBS)
dist_man_MANS += man/latchkey-admin.8
