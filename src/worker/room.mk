# Jobs, mail, schedule.
sbin_PROGRAMS += latchkey-worker
latchkey_worker_SOURCES = \
	src/worker/main.c src/worker/worker.h \
	src/worker/gateway.c src/worker/paper.c src/worker/post.c src/worker/repair.c src/worker/daily.c \
	src/worker/account.c
latchkey_worker_SOURCES += src/worker/waiting.c
latchkey_worker_SOURCES += src/worker/case.c src/worker/letter_case.c src/worker/letter_plan.c
latchkey_worker_SOURCES += src/worker/letter.c src/worker/letter.h
latchkey_worker_SOURCES += src/worker/letter_access.c
latchkey_worker_SOURCES += src/worker/letter_account.c
latchkey_worker_SOURCES += src/worker/letter_payment.c
latchkey_worker_SOURCES += src/worker/letter_people.c
latchkey_worker_SOURCES += src/worker/letter_reminder.c
latchkey_worker_SOURCES += src/worker/letter_staff.c
latchkey_worker_SOURCES += src/worker/letter_ticket.c
latchkey_worker_SOURCES += src/worker/letter_waiting.c
latchkey_worker_SOURCES += src/worker/refund.c
latchkey_worker_SOURCES += src/worker/withdraw.c src/worker/letter_withdraw.c
latchkey_worker_SOURCES += src/worker/charge.c src/worker/methods.c
latchkey_worker_SOURCES += src/worker/agreement.c
latchkey_worker_LDADD = $(DOMAIN_LIBS) $(JOBS_LIBS) $(VIEW_LIBS) $(HTTP_LIBS) $(QUERY_LIBS) $(DB_LIBS) \
	$(MAIL_LIBS) $(GATEWAY_LIBS) $(PAPER_ALL_LIBS) $(BASE_LIBS) $(JANSSON_LIBS)
dist_man_MANS += man/latchkey-worker.8
