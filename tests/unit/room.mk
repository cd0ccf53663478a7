# unit tests (cmocka): each adds itself to check_PROGRAMS and TESTS

# view
VIEW_TESTS = tests/unit/test_html tests/unit/test_format tests/unit/test_markdown tests/unit/test_view tests/unit/test_chart tests/unit/test_calendar
if HAVE_CMOCKA
check_PROGRAMS += $(VIEW_TESTS)
TESTS += $(VIEW_TESTS)
endif
tests_unit_test_html_SOURCES = tests/unit/test_html.c
tests_unit_test_html_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_html_LDADD = $(VIEW_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_format_SOURCES = tests/unit/test_format.c
tests_unit_test_format_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_format_LDADD = $(VIEW_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_chart_SOURCES = tests/unit/test_chart.c
tests_unit_test_chart_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_chart_LDADD = $(VIEW_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_calendar_SOURCES = tests/unit/test_calendar.c
tests_unit_test_calendar_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_calendar_LDADD = $(VIEW_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_markdown_SOURCES = tests/unit/test_markdown.c
tests_unit_test_markdown_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_markdown_LDADD = $(VIEW_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_view_SOURCES = tests/unit/test_view.c
tests_unit_test_view_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_view_LDADD = $(VIEW_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
# every template in every branch: tests/templates/run
check_PROGRAMS += tests/templates/render_all
tests_templates_render_all_SOURCES = tests/templates/render_all.c
tests_templates_render_all_LDADD = $(VIEW_LIBS) $(BASE_LIBS)

# base and db
BASE_TESTS = tests/unit/test_pool tests/unit/test_text tests/unit/test_money \
	tests/unit/test_token tests/unit/test_config tests/unit/test_log
DB_TESTS = tests/unit/test_db
if HAVE_CMOCKA
check_PROGRAMS += $(BASE_TESTS) $(DB_TESTS)
TESTS += $(BASE_TESTS) $(DB_TESTS)
endif
TESTS += tests/unit/queries-awk-test
EXTRA_DIST += tests/unit/queries-awk-test tests/unit/sample.sql etc/latchkey.conf.example
EXTRA_DIST += tests/fuzz/run-base tests/fuzz/fuzz_email.c tests/fuzz/fuzz_money.c tests/fuzz/fuzz_config.c
dist_man_MANS += man/latchkey.conf.5
tests_unit_test_pool_SOURCES = tests/unit/test_pool.c
tests_unit_test_pool_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pool_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_text_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_money_SOURCES = tests/unit/test_money.c
tests_unit_test_money_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_money_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_token_SOURCES = tests/unit/test_token.c
tests_unit_test_token_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_token_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_SOURCES = tests/unit/test_config.c
tests_unit_test_config_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_config_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_log_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_db_SOURCES = tests/unit/test_db.c tests/unit/private_pg.c tests/unit/private_pg.h
nodist_tests_unit_test_db_SOURCES = tests/unit/queries/sample.c
tests_unit_test_db_CPPFLAGS = $(AM_CPPFLAGS) -I$(builddir)/tests/unit
tests_unit_test_db_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_db_LDADD = $(DB_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
BUILT_SOURCES += tests/unit/queries/sample.h
$(tests_unit_test_db_OBJECTS): | tests/unit/queries/sample.h
CLEANFILES += tests/unit/queries/sample.h tests/unit/queries/sample.c
tests/unit/queries/sample.h: tests/unit/sample.sql build-aux/queries.awk
	$(AM_V_GEN)$(MKDIR_P) tests/unit/queries && \
	$(AWK) -v out=h -f $(top_srcdir)/build-aux/queries.awk $(top_srcdir)/tests/unit/sample.sql > $@.tmp && mv $@.tmp $@
tests/unit/queries/sample.c: tests/unit/sample.sql build-aux/queries.awk
	$(AM_V_GEN)$(MKDIR_P) tests/unit/queries && \
	$(AWK) -v out=c -f $(top_srcdir)/build-aux/queries.awk $(top_srcdir)/tests/unit/sample.sql > $@.tmp && mv $@.tmp $@

# mail, paper, gateway
DOOR_TESTS = \
	tests/unit/test_signature tests/unit/test_events tests/unit/test_stripe_form \
	tests/unit/test_message tests/unit/test_receipt
DOOR_LIBS = $(GATEWAY_LIBS) $(MAIL_LIBS) $(PAPER_ALL_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
if HAVE_CMOCKA
check_PROGRAMS += $(DOOR_TESTS)
TESTS += $(DOOR_TESTS)
endif
tests_unit_test_signature_SOURCES = tests/unit/test_signature.c tests/unit/signature_vectors.h
tests_unit_test_signature_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_signature_LDADD = $(DOOR_LIBS)
tests_unit_test_events_SOURCES = tests/unit/test_events.c
tests_unit_test_events_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_events_LDADD = $(DOOR_LIBS)
tests_unit_test_stripe_form_SOURCES = tests/unit/test_stripe_form.c
tests_unit_test_stripe_form_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_stripe_form_LDADD = $(DOOR_LIBS)
tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_message_LDADD = $(DOOR_LIBS)
tests_unit_test_receipt_SOURCES = tests/unit/test_receipt.c
tests_unit_test_receipt_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_receipt_LDADD = $(DOOR_LIBS)

# what tests/web/mail and tests/web/gateway drive
check_PROGRAMS += tests/unit/smtp_driver tests/unit/stripe_driver
tests_unit_smtp_driver_SOURCES = tests/unit/smtp_driver.c
tests_unit_smtp_driver_LDADD = $(MAIL_LIBS) $(BASE_LIBS)
tests_unit_stripe_driver_SOURCES = tests/unit/stripe_driver.c
tests_unit_stripe_driver_LDADD = $(GATEWAY_LIBS) $(BASE_LIBS)

# http, supervisor
HTTP_TESTS = \
	tests/unit/test_route tests/unit/test_params tests/unit/test_csrf tests/unit/test_request \
	tests/unit/test_reply tests/unit/test_dispatch tests/unit/test_supervisor
HTTP_TEST_LIBS = $(HTTP_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
if HAVE_CMOCKA
check_PROGRAMS += $(HTTP_TESTS)
TESTS += $(HTTP_TESTS)
endif
tests_unit_test_route_SOURCES = tests/unit/test_route.c tests/unit/http_fixture.h
tests_unit_test_route_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_route_LDADD = $(HTTP_TEST_LIBS)
tests_unit_test_params_SOURCES = tests/unit/test_params.c tests/unit/http_fixture.h
tests_unit_test_params_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_params_LDADD = $(HTTP_TEST_LIBS)
tests_unit_test_csrf_SOURCES = tests/unit/test_csrf.c tests/unit/http_fixture.h
tests_unit_test_csrf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_csrf_LDADD = $(HTTP_TEST_LIBS)
tests_unit_test_request_SOURCES = tests/unit/test_request.c tests/unit/http_fixture.h
tests_unit_test_request_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_request_LDADD = $(HTTP_TEST_LIBS)
tests_unit_test_reply_SOURCES = tests/unit/test_reply.c tests/unit/http_fixture.h
tests_unit_test_reply_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_reply_LDADD = $(HTTP_TEST_LIBS)
tests_unit_test_dispatch_SOURCES = tests/unit/test_dispatch.c tests/unit/http_fixture.h
tests_unit_test_dispatch_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dispatch_LDADD = $(HTTP_TEST_LIBS)
tests_unit_test_supervisor_SOURCES = tests/unit/test_supervisor.c
tests_unit_test_supervisor_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_supervisor_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

# the whole server behind nginx
check_PROGRAMS += tests/unit/tiny_program
tests_unit_tiny_program_SOURCES = tests/unit/tiny_program.c
tests_unit_tiny_program_LDADD = $(HTTP_LIBS) $(DB_LIBS) $(BASE_LIBS)
TESTS += tests/unit/server-test
EXTRA_DIST += tests/unit/server-test

# domain: password and second factor
ACCOUNT_TESTS = tests/unit/test_password tests/unit/test_totp tests/unit/test_recovery
if HAVE_CMOCKA
check_PROGRAMS += $(ACCOUNT_TESTS)
TESTS += $(ACCOUNT_TESTS)
endif
tests_unit_test_password_SOURCES = tests/unit/test_password.c
tests_unit_test_password_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_password_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_totp_SOURCES = tests/unit/test_totp.c
tests_unit_test_totp_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_totp_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)

# domain: the QR code of a credit transfer
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_epc
TESTS += tests/unit/test_epc
endif
tests_unit_test_epc_SOURCES = tests/unit/test_epc.c
tests_unit_test_epc_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_epc_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
# domain: declines and when to try again
RETRY_TESTS = tests/unit/test_decline tests/unit/test_retry tests/unit/test_fill tests/unit/test_interval tests/unit/test_amend
if HAVE_CMOCKA
check_PROGRAMS += $(RETRY_TESTS)
TESTS += $(RETRY_TESTS)
endif
tests_unit_test_amend_SOURCES = tests/unit/test_amend.c
tests_unit_test_amend_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_amend_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_interval_SOURCES = tests/unit/test_interval.c
tests_unit_test_interval_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_interval_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_decline_SOURCES = tests/unit/test_decline.c
tests_unit_test_decline_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_decline_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_retry_SOURCES = tests/unit/test_retry.c
tests_unit_test_retry_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_retry_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_fill_SOURCES = tests/unit/test_fill.c
tests_unit_test_fill_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fill_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
# forms with files, mails from outside
TICKET_TESTS = tests/unit/test_multipart tests/unit/test_incoming tests/unit/test_upload
if HAVE_CMOCKA
check_PROGRAMS += $(TICKET_TESTS)
TESTS += $(TICKET_TESTS)
endif
tests_unit_test_multipart_SOURCES = tests/unit/test_multipart.c
tests_unit_test_multipart_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_multipart_LDADD = $(HTTP_TEST_LIBS)
tests_unit_test_incoming_SOURCES = tests/unit/test_incoming.c
tests_unit_test_incoming_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_incoming_LDADD = $(MAIL_LIBS) $(BASE_LIBS) $(GMIME_LIBS) $(CMOCKA_LIBS)
tests_unit_test_recovery_SOURCES = tests/unit/test_recovery.c
tests_unit_test_recovery_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_recovery_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_upload_SOURCES = tests/unit/test_upload.c tests/unit/http_fixture.h
tests_unit_test_upload_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_upload_LDADD = $(HTTP_TEST_LIBS)
# schedules: what is read, and the database's days and amounts
SCHEDULE_TESTS = tests/unit/test_schedule
if HAVE_CMOCKA
check_PROGRAMS += $(SCHEDULE_TESTS)
TESTS += $(SCHEDULE_TESTS)
endif
tests_unit_test_schedule_SOURCES = tests/unit/test_schedule.c tests/unit/private_pg.c tests/unit/private_pg.h
tests_unit_test_schedule_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/unit
tests_unit_test_schedule_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(PQ_CFLAGS)
tests_unit_test_schedule_LDADD = $(DOMAIN_LIBS) $(DB_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
