# One line for each sql/queries/NAME.sql: src/queries/NAME.c (and .h) is made from it.
QUERY_C = \
	src/queries/access.c \
	src/queries/account.c \
	src/queries/event.c \
	src/queries/inbox.c \
	src/queries/job.c \
	src/queries/mail.c \
	src/queries/order.c \
	src/queries/party.c \
	src/queries/payment.c \
	src/queries/receipt.c \
	src/queries/repair.c \
	src/queries/report.c \
	src/queries/sandbox.c \
	src/queries/session.c \
	src/queries/shop.c \
	src/queries/staff.c
QUERY_C += src/queries/clock.c
QUERY_C += src/queries/order_offer.c src/queries/spread.c
QUERY_C += src/queries/reminder.c
QUERY_C += src/queries/reminderdesk.c
QUERY_C += src/queries/machine.c
QUERY_C += src/queries/catalogue.c
QUERY_C += src/queries/schedule.c src/queries/agreement.c src/queries/agreement_work.c
QUERY_C += src/queries/demo.c
QUERY_C += src/queries/operator.c
QUERY_C += src/queries/reconcile.c
QUERY_C += src/queries/migrate.c
QUERY_C += src/queries/backup.c
QUERY_C += src/queries/profile.c
QUERY_C += src/queries/account_work.c
QUERY_C += src/queries/correction.c
QUERY_C += src/queries/transfer.c
QUERY_C += src/queries/waiting.c
QUERY_C += src/queries/credit.c
QUERY_C += src/queries/banking.c
QUERY_C += src/queries/ticket.c
QUERY_C += src/queries/ticketdesk.c
QUERY_C += src/queries/receive.c
QUERY_C += src/queries/customer.c
QUERY_C += src/queries/people.c
QUERY_C += src/queries/home.c
QUERY_C += src/queries/books.c
QUERY_C += src/queries/product.c
QUERY_C += src/queries/refunddesk.c
QUERY_C += src/queries/refundwork.c
QUERY_C += src/queries/task.c
QUERY_C += src/queries/dispute.c
QUERY_C += src/queries/cases.c src/queries/pay.c src/queries/texts.c
QUERY_C += src/queries/charge.c
QUERY_C += src/queries/method.c
QUERY_C += src/queries/care.c src/queries/causes.c src/queries/rating.c
QUERY_C += src/queries/help.c
QUERY_C += src/queries/article.c
QUERY_C += src/queries/withdraw.c src/queries/withdrawwork.c src/queries/withdrawdesk.c
QUERY_C += src/queries/plan.c src/queries/plandesk.c
QUERY_C += src/queries/forecast.c
QUERY_C += src/queries/calendar.c
