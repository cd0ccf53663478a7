-- Rights and row-level security, whole: run after every migration, as often as wanted.
-- Everything is taken away first, so this file alone says who may what.

DO $$
DECLARE
        t record;
BEGIN
        IF to_regclass('latchkey.migrations') IS NOT NULL THEN
                ALTER TABLE latchkey.migrations OWNER TO lk_owner;
                COMMENT ON COLUMN latchkey.migrations.version IS 'number in the file name';
                COMMENT ON COLUMN latchkey.migrations.name IS 'the rest of the file name';
                COMMENT ON COLUMN latchkey.migrations.checksum IS 'SHA-256 of the file, in hexadecimal';
                COMMENT ON COLUMN latchkey.migrations.applied_at IS 'when it was applied';
        END IF;
        FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind IN ('r', 'p') LOOP
                EXECUTE format('ALTER TABLE latchkey.%I ENABLE ROW LEVEL SECURITY', t.relname);
                EXECUTE format('ALTER TABLE latchkey.%I FORCE ROW LEVEL SECURITY', t.relname);
        END LOOP;
        FOR t IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'latchkey' LOOP
                EXECUTE format('DROP POLICY %I ON latchkey.%I', t.policyname, t.tablename);
        END LOOP;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA latchkey FROM PUBLIC, lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl, lk_definer;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA latchkey FROM PUBLIC, lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA latchkey FROM PUBLIC, lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl;

SET ROLE lk_owner;
SET search_path = latchkey;

-- Functions that act for others: everything, row by row their own business.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA latchkey TO lk_definer;

-- Reading what is public, for every program that shows or sends pages.
CREATE FUNCTION pg_temp.may_read(p_role text, p_using text, VARIADIC p_tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        t text;
BEGIN
        FOREACH t IN ARRAY p_tables LOOP
                EXECUTE format('GRANT SELECT ON %I TO %I', t, p_role);
                EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO %I USING (%s)', p_role || '_reads', t, p_role, p_using);
        END LOOP;
END $$;

-- The customer's portal.
SELECT pg_temp.may_read('lk_portal', 'true', 'currencies', 'dev_clock', 'products', 'offers', 'tax_rates', 'terms_versions', 'migrations', 'items');
SELECT pg_temp.may_read('lk_portal', 'published_at IS NOT NULL', 'product_versions', 'offer_versions');
SELECT pg_temp.may_read('lk_portal', 'customer_id = ANY ((SELECT mine_or_link())::bigint[])', 'orders', 'order_lines', 'dues', 'payments', 'receipts');
SELECT pg_temp.may_read('lk_portal', 'person_id = ANY ((SELECT mine_or_link())::bigint[])', 'access', 'progress', 'licence_keys');
SELECT pg_temp.may_read('lk_portal', 'id = ANY ((SELECT mine())::bigint[])', 'customers');
SELECT pg_temp.may_read('lk_portal', 'receipt_id IN (SELECT id FROM receipts)', 'receipt_files');
-- Contents and files: of what is open to this person alone.
SELECT pg_temp.may_read('lk_portal', 'version_id = ANY ((SELECT open_versions())::bigint[])', 'version_items');
SELECT pg_temp.may_read('lk_portal', 'id = ANY ((SELECT open_item_versions())::bigint[])', 'item_versions');
SELECT pg_temp.may_read('lk_portal', 'id = ANY ((SELECT open_files())::bigint[])', 'files');
-- How far the payment of an order is, and the way back to its hosted page.
GRANT SELECT (id, order_id, customer_id, status, live, session_url, created_at) ON attempts TO lk_portal;
CREATE POLICY lk_portal_reads ON attempts FOR SELECT TO lk_portal USING (customer_id = ANY ((SELECT mine_or_link())::bigint[]));
CREATE POLICY one_order ON attempts AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
-- What it is to be paid by bank transfer.
SELECT pg_temp.may_read('lk_portal', 'customer_id = ANY ((SELECT mine_or_link())::bigint[])', 'transfers');
GRANT SELECT (kind) ON attempts TO lk_portal;
CREATE POLICY one_order ON transfers AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
-- The browser that began a checkout sees that one order and nothing else (safety rule 21).
CREATE POLICY one_order ON orders AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR id = (SELECT link_order()));
CREATE POLICY one_order ON order_lines AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
CREATE POLICY one_order ON dues AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
CREATE POLICY one_order ON payments AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
CREATE POLICY one_order ON receipts AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
CREATE POLICY one_order ON access AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
CREATE POLICY one_order ON progress AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR access_id = ANY ((SELECT link_access())::bigint[]));
CREATE POLICY one_order ON licence_keys AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_line_id = ANY ((SELECT link_lines())::bigint[]));
-- Messages to staff: the list of one's own; the pages of one go through functions that also take a mail's link.
GRANT SELECT (id, number, customer_id, order_id, about, status, created_at, since_at) ON tickets TO lk_portal;
CREATE POLICY lk_portal_reads ON tickets FOR SELECT TO lk_portal USING (customer_id = ANY ((SELECT mine())::bigint[]));
-- What is paid over time: saved methods, agreements, cases (without the reason, which may have to be hidden), promises.
SELECT pg_temp.may_read('lk_portal', 'customer_id = ANY ((SELECT mine())::bigint[])', 'payment_methods', 'promises');
SELECT pg_temp.may_read('lk_portal', 'customer_id = ANY ((SELECT mine_or_link())::bigint[])', 'agreements');
CREATE POLICY one_order ON agreements AS RESTRICTIVE FOR SELECT TO lk_portal USING ((SELECT link_order()) IS NULL OR order_id = (SELECT link_order()));
GRANT SELECT (id, customer_id, form_nonce, status, method_id, created_at, done_at) ON method_setups TO lk_portal;
CREATE POLICY lk_portal_reads ON method_setups FOR SELECT TO lk_portal USING (customer_id = ANY ((SELECT mine())::bigint[]));
GRANT SELECT (id, number, due_id, order_id, customer_id, currency, status, opened_at, failed_at, resolved_at) ON cases TO lk_portal;
CREATE POLICY lk_portal_reads ON cases FOR SELECT TO lk_portal USING (customer_id = ANY ((SELECT mine())::bigint[]));
GRANT SELECT (due_id, amount_minor, currency, payment_method_id, on_session, planned_at, sent_at, settled_at) ON attempts TO lk_portal;

-- Agreements as documents.
SELECT pg_temp.may_read('lk_portal', 'customer_id = ANY ((SELECT mine())::bigint[])', 'agreement_versions', 'agreement_rows', 'agreement_papers');
SELECT pg_temp.may_read(r, CASE r WHEN 'lk_worker' THEN 'true' ELSE '(SELECT staff_may(''read''))' END, 'agreement_rows', 'agreement_papers')
FROM unnest(ARRAY['lk_admin', 'lk_worker']) r;

-- Staff.
SELECT pg_temp.may_read('lk_admin', 'true', 'currencies', 'dev_clock', 'accounts', 'migrations', 'staff_rights');
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'moves', 'customers', 'files', 'products', 'product_versions', 'items',
        'item_versions', 'version_items', 'licence_keys', 'tax_rates', 'offers', 'offer_versions', 'terms_versions', 'orders', 'order_lines',
        'order_parties', 'access', 'progress', 'dues', 'attempts', 'payments', 'allocations', 'refunds', 'refund_items', 'disputes', 'ledger',
        'receipts', 'receipt_files', 'mismatches', 'messages', 'message_bodies', 'sends', 'jobs', 'jobs_dead', 'schedules', 'alarms', 'rollups',
        'audit', 'evidence');
GRANT SELECT (id, account_id, event_ref, type, source, made_at, received_at, acts, attempt_key, payment_ref, session_ref, charge_ref,
              object_ref, amount_minor, currency, status, next_at, tries, error, done_at) ON inbox TO lk_admin;
CREATE POLICY lk_admin_reads ON inbox FOR SELECT TO lk_admin USING ((SELECT staff_may('read')));
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'notes');
GRANT SELECT ON customer_timeline TO lk_admin;
GRANT SELECT (id, email, name, role, created_at, disabled_at) ON staff TO lk_admin;
CREATE POLICY lk_admin_reads ON staff FOR SELECT TO lk_admin USING ((SELECT staff_may('read')));
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'transfers', 'bank_lines', 'matches');

SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'claims');
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'notification_choices', 'notification_topics', 'message_topics');
GRANT SELECT (id, customer_id, status, made_by, old_email, new_email, asked_at, done_at, undo_until, undone_at) ON address_changes TO lk_admin;
CREATE POLICY lk_admin_reads ON address_changes FOR SELECT TO lk_admin USING ((SELECT staff_may('read')));
GRANT SELECT (id, status, number, amount, last_four, new_email, new_fold, asked_at, order_id, customer_id, old_email, fits, why, reason, decided_by,
              decided_at) ON corrections TO lk_admin;
CREATE POLICY lk_admin_reads ON corrections FOR SELECT TO lk_admin USING ((SELECT staff_may('read')));
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''tickets''))', 'tickets', 'posts', 'ticket_files');
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'mail_failures');
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'discount_codes');
SELECT pg_temp.may_read('lk_worker', 'true', 'discount_codes');
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'refund_wants', 'tasks');
SELECT pg_temp.may_read(r, CASE r WHEN 'lk_worker' THEN 'true' ELSE '(SELECT staff_may(''read''))' END, 'gateway_customers', 'payment_methods',
        'method_setups', 'agreements', 'agreement_versions', 'case_causes', 'cases', 'promises', 'retry_results', 'decline_codes',
        'message_texts', 'access_timetables')
FROM unnest(ARRAY['lk_admin', 'lk_worker']) r;

-- Articles: customers read the published copy alone, staff all of it.
SELECT pg_temp.may_read('lk_portal', 'true', 'faq_articles');
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'articles', 'article_versions', 'article_answers', 'article_votes', 'article_reads', 'help_searches');

-- Staff look after failed payments.
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'case_notes', 'case_answers', 'ratings', 'change_markers');

-- What customers asked for their plans, and the rules; the portal goes through functions.
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'amendments', 'rule_versions', 'legal_limits');
-- Staff see who was reminded of what, and by which plan.
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'reminder_plans', 'reminders');

-- The worker.
SELECT pg_temp.may_read('lk_worker', 'true', 'amendments');
SELECT pg_temp.may_read('lk_worker', 'true', 'refund_wants');
SELECT pg_temp.may_read('lk_worker', 'true', 'claims', 'corrections');
GRANT SELECT (id, old_email, new_email, undo_until, order_id) ON address_changes TO lk_worker;
CREATE POLICY lk_worker_reads ON address_changes FOR SELECT TO lk_worker USING (true);
SELECT pg_temp.may_read('lk_worker', 'true', 'transfers', 'bank_lines', 'matches');
SELECT pg_temp.may_read('lk_worker', 'true', 'currencies', 'dev_clock', 'accounts', 'migrations', 'moves', 'customers', 'files', 'products',
        'product_versions', 'items', 'item_versions', 'version_items', 'licence_keys', 'tax_rates', 'offers', 'offer_versions', 'terms_versions',
        'orders', 'order_lines', 'order_parties', 'access', 'dues', 'attempts', 'payments', 'allocations', 'refunds', 'refund_items', 'disputes',
        'ledger', 'receipts', 'receipt_files', 'receipt_series', 'inbox', 'mismatches', 'messages', 'message_bodies', 'sends', 'jobs', 'jobs_done',
        'jobs_dead', 'schedules', 'alarms', 'rollups');
SELECT pg_temp.may_read('lk_worker', 'true', 'tickets', 'posts');
GRANT SELECT (id, name) ON staff TO lk_worker;
CREATE POLICY lk_worker_reads ON staff FOR SELECT TO lk_worker USING (true);
CREATE FUNCTION pg_temp.may_write(p_role text, p_rights text, VARIADIC p_tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        t text;
        r text;
BEGIN
        FOREACH t IN ARRAY p_tables LOOP
                FOREACH r IN ARRAY string_to_array(p_rights, ' ') LOOP
                        EXECUTE format('GRANT %s ON %I TO %I', r, t, p_role);
                        EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %I %s', p_role || '_' || lower(r), t, r, p_role,
                                CASE r WHEN 'INSERT' THEN 'WITH CHECK (true)' ELSE 'USING (true)' END);
                END LOOP;
        END LOOP;
END $$;
SELECT pg_temp.may_write('lk_worker', 'INSERT UPDATE DELETE', 'jobs');
SELECT pg_temp.may_write('lk_worker', 'INSERT UPDATE', 'messages', 'message_bodies', 'sends', 'receipt_series');
SELECT pg_temp.may_write('lk_worker', 'INSERT DELETE', 'jobs_done');
SELECT pg_temp.may_write('lk_worker', 'INSERT', 'jobs_dead', 'receipts', 'receipt_files', 'agreement_papers', 'alarms');
SELECT pg_temp.may_write('lk_worker', 'UPDATE', 'attempts', 'refunds', 'alarms', 'schedules');

-- The operator's command.
SELECT pg_temp.may_read('lk_ctl', 'true', VARIADIC (SELECT array_agg(c.relname::text) FROM pg_class c
        WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'r'
          AND c.relname NOT IN ('credentials', 'sessions', 'staff', 'tries', 'address_changes', 'link_asks', 'corrections', 'passkeys', 'passkey_answers')));
GRANT SELECT (id, email, email_fold, name, role, created_at, disabled_at) ON staff TO lk_ctl;
CREATE POLICY lk_ctl_reads ON staff FOR SELECT TO lk_ctl USING (true);
SELECT pg_temp.may_write('lk_ctl', 'INSERT UPDATE', 'products', 'product_versions', 'offers', 'offer_versions', 'items', 'item_versions',
        'version_items', 'files', 'licence_keys', 'tax_rates', 'terms_versions', 'jobs', 'schedules');
SELECT pg_temp.may_write('lk_ctl', 'UPDATE', 'dev_clock', 'alarms');
SELECT pg_temp.may_write('lk_ctl', 'DELETE', 'jobs_dead', 'jobs');

-- Withdrawals and requests for the money back: staff read them, and what holds for a product.
SELECT pg_temp.may_read('lk_admin', '(SELECT staff_may(''read''))', 'withdrawals', 'withdrawal_law', 'refund_rules');
SELECT pg_temp.may_read('lk_worker', 'true', 'withdrawals');

RESET search_path;
RESET ROLE;

-- Who may call what.  Trigger functions need no right to run.
SET ROLE lk_owner;
SET search_path = latchkey;
GRANT EXECUTE ON FUNCTION app_now() TO lk_definer, lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl;
GRANT EXECUTE ON FUNCTION order_number() TO lk_definer;
RESET ROLE;
SET ROLE lk_definer;
SET search_path = latchkey;
GRANT EXECUTE ON FUNCTION moved(), append_only(), frozen(), allocated(), chain_wants() TO lk_owner;
GRANT EXECUTE ON FUNCTION machine_now() TO lk_owner, lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl;
GRANT EXECUTE ON FUNCTION token_hash(text) TO lk_portal, lk_admin, lk_worker, lk_ctl;
GRANT EXECUTE ON FUNCTION mine(), mine_or_link(), me_writing(), link_order(), link_access(), link_lines(), open_versions(), open_item_versions(), open_files() TO lk_portal;
GRANT EXECUTE ON FUNCTION staff_me(), staff_may(text) TO lk_admin;
GRANT EXECUTE ON FUNCTION session_who(bytea, boolean), login_look(text, text, integer, integer, boolean),
        login_failed(text, text, boolean), session_end(bytea) TO lk_portal, lk_admin;
GRANT EXECUTE ON FUNCTION schema_version() TO lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl;

GRANT EXECUTE ON FUNCTION
        order_begin(text, text, text, text, text, text, text, boolean, boolean, text, bytea, text, text, text, text),
        attempt_opened(text, text, text), attempt_refused(text, text), attempt_unknown(text), order_watch(bigint),
        program_contents(text), access_opened(bigint), access_downloaded(bigint, bigint), progress_mark(bigint, bigint, boolean),
        link_look(bytea), link_use(bytea, bytea, text), link_again(bytea), link_ask(text),
        login_done(bigint, text, bytea, text), password_set(text, bytea)
        TO lk_portal;

GRANT EXECUTE ON FUNCTION
        party_list(text), party_offer(text, text, text, text), party_take_back(text),
        party_assist(text, text, text, text, boolean, boolean), party_dismiss(text, bigint),
        claim_look(bytea), claim_use(bytea, bytea, text)
        TO lk_portal;

GRANT EXECUTE ON FUNCTION
        staff_login_done(bigint, text, bigint, bytea, text), invite_look(bytea),
        invite_use(bytea, text, text, bytea, bigint, bytea, text),
        staff_resend(text), staff_regrant(text), staff_gift(text, text)
        TO lk_admin;
GRANT EXECUTE ON FUNCTION
        customer_search(text, integer), customer_note(bigint, text, text), customer_correct(bigint, text, text, text, text),
        customer_revoke(bigint, bigint, text), customer_view(bigint, bytea), customer_mail_works(bigint), staff_alarm_settle(bigint, boolean, text),
        staff_list(), staff_invite(text, text, text), staff_change(bigint, text, text), staff_codes_first(bytea, text, bytea),
        staff_codes_again(text, bigint, text, bytea), staff_codes_mine(), staff_recover(bigint, text, bytea, bytea, text),
        staff_password(text, text), staff_sessions(), staff_session_end(text), audit_sealed(),
        staff_passkeys(), staff_passkey_add(bytea, bytea, bytea, integer, bigint, text), staff_passkey_name(bigint, text),
        staff_passkey_remove(bigint), staff_passkey_done(bytea, bytea, bytea, bigint, bytea, text), passkey_look(bytea, boolean)
        TO lk_admin;
GRANT EXECUTE ON FUNCTION staff_link_make(bigint, bytea) TO lk_worker;
GRANT EXECUTE ON FUNCTION view_end(bytea) TO lk_portal;

-- The catalogue, edited by staff.
GRANT EXECUTE ON FUNCTION arranged(), discount_count(), priced() TO lk_owner;
GRANT EXECUTE ON FUNCTION
        discount_add(text, text, integer, bigint, text, date, date, integer, boolean, integer), discount_switch(bigint, boolean)
        TO lk_admin;
GRANT EXECUTE ON FUNCTION
        product_seen(bigint), draft_save(text, text, text, text, text, text, text, integer, text, date), draft_discard(text, text),
        draft_publish(text, text, boolean), product_restore(text, integer, integer), product_sale(text, boolean),
        offer_publish(text, text, integer, text, text, bigint, text, jsonb), offer_sale(text, text, boolean),
        timetable_seen(bigint), timetable_set(text, text, integer, integer, integer),
        product_add(text, text, text), file_add(text, text, bigint, bytea), files_unknown(bigint[]), item_files_seen(bigint, bigint),
        draft_file_add(text, text, text, text, bigint), draft_file_set(text, text, text, text, bigint),
        item_seen(bigint, text), draft_item_save(text, text, text, text, text, text, text, integer, text), draft_item_move(text, text, text, text)
        TO lk_admin;

GRANT EXECUTE ON FUNCTION
        event_store(text, text, text, text, text, timestamptz, text, text, text, text, text, text, bigint, text),
        event_apply(text, text), event_failed(text, text, text)
        TO lk_hooks, lk_worker, lk_ctl;

GRANT EXECUTE ON FUNCTION
        job_add(integer, text, text, jsonb, timestamptz), message_add(text, text, bigint, text, bigint, text, boolean),
        alarm_raise(text, text, bigint, text), evidence_add(bigint, bigint, text, jsonb, text),
        schedules_run(), chain_seal(), access_clock(integer), access_start_due(bigint), orders_expire(),
        attempt_closed(bigint, text, text), link_make(bigint, bytea), payment_apply(bigint, text, text, text, text, bigint, text, timestamptz),
        payment_detail(bigint, text, timestamptz, text, text, text, text, bigint, text),
        refund_apply(bigint, text, text, text, bigint, text, text, text, bigint),
        dispute_apply(bigint, text, text, bigint, text, text, text, timestamptz), tries_forget()
        TO lk_worker, lk_ctl;

GRANT EXECUTE ON FUNCTION
        check_access(), check_money(), check_schema(boolean), chain_check(), audit_add(text, bigint, text, text, bigint, jsonb),
        access_gift(text, text, text, bigint), access_regrant(text, text, bigint), order_resend(text, text, bigint), alarm_settle(bigint, boolean, text, text, bigint),
        staff_add(text, text, text, text, bytea)
        TO lk_ctl;

-- The account, and addresses that were mistyped.
GRANT EXECUTE ON FUNCTION merged_once() TO lk_owner;
GRANT EXECUTE ON FUNCTION
        limit_take(text, text, bytea, integer, integer), session_fresh(), session_renew(text, bytea, text), profile_set(text, text, text, text, text), choices_mine(),
        choice_set(text, boolean), sessions_mine(), session_revoke(text), sessions_revoke(), address_ask(text, text), address_cancel(), address_waits(),
        passkeys_mine(), passkey_add(bytea, bytea, bytea, integer, bigint, text), passkey_remove(bigint), passkey_look(bytea, boolean),
        passkey_done(bytea, bytea, bytea, bigint, bytea, text), address_look(bytea), address_use(bytea), address_undo_look(bytea), address_undo(bytea),
        correction_ask(text, text, text, text, text, text, bytea)
        TO lk_portal;
GRANT EXECUTE ON FUNCTION correction_decide(bigint, boolean, text) TO lk_admin;
GRANT EXECUTE ON FUNCTION link_ask_settle(bigint), correction_settle(bigint), message_skip(bigint) TO lk_worker;
-- Bank transfers, and access that waits.
GRANT EXECUTE ON FUNCTION transfer_begin(text, integer) TO lk_portal;
GRANT EXECUTE ON FUNCTION transfer_suggest(bigint), transfer_match(bigint, text, boolean), transfer_undo(bigint, text), transfer_paid_back(bigint),
        bank_line_set_aside(bigint, text), bank_line_take_up(bigint), bank_line_payout(bigint), staff_release(text), staff_expect(text, date),
        staff_bank_line(text, integer, date, bigint, text, text, text, text, text)
        TO lk_admin;
GRANT EXECUTE ON FUNCTION transfers_due(bigint), access_follow_start(bigint) TO lk_worker, lk_ctl;
GRANT EXECUTE ON FUNCTION bank_line_add(text, integer, date, bigint, text, text, text, text, text, bigint) TO lk_ctl;
-- Refunds by staff, tasks, disputes.
GRANT EXECUTE ON FUNCTION
        refund_ask(text, text, jsonb, text, text, bigint, boolean), refund_decide(bigint, boolean, text), refund_left_line(bigint), refund_left_payment(bigint),
        task_move(bigint, text, text), dispute_answer(bigint, text, text, text)
        TO lk_admin;
GRANT EXECUTE ON FUNCTION
        refund_not_made(bigint, text), dispute_answer_sent(bigint), dispute_answer_refused(bigint, text),
        task_open(text, text, bigint, text, timestamptz, text, text, jsonb, bigint, bigint), task_settle(text, text, bigint, text, text, text)
        TO lk_worker;
-- Messages to staff.
GRANT EXECUTE ON FUNCTION
        ticket_form(text, bytea), ticket_open(text, text, text, text, bytea, text, text, integer),
        ticket_page(text, bytea), ticket_posts(text, bytea), ticket_files_of(text, bytea), ticket_file(text, bytea, bigint),
        ticket_reply(text, bytea, text, text), ticket_link_look(bytea), ticket_link_again(bytea)
        TO lk_portal;
GRANT EXECUTE ON FUNCTION
        staff_ticket_answer(text, text, text), staff_ticket_move(text, text), staff_ticket_take(text, boolean)
        TO lk_admin;
GRANT EXECUTE ON FUNCTION ticket_file_add(bigint, text, text, bytea) TO lk_portal, lk_admin, lk_ctl;
GRANT EXECUTE ON FUNCTION ticket_link_make(bigint, bytea) TO lk_worker;
-- Articles.
GRANT EXECUTE ON FUNCTION help_mine(bytea), help_search(text), help_clicked(text, text), help_vote(text, integer, bytea, boolean, text)
        TO lk_portal;
GRANT EXECUTE ON FUNCTION
        article_seen(bigint), article_add(text, text, text, text, text, integer, text, text, text, text, text),
        article_save(text, text, text, text, text, integer, text, text, text, text, text), article_discard(text, text), article_publish(text, text),
        article_restore(text, integer, integer), article_shown(text, boolean), article_read(text, integer), help_search_done(text),
        article_for(text, text, text) TO lk_admin;
GRANT EXECUTE ON FUNCTION timetable_load(bigint, integer, integer, integer) TO lk_ctl;
GRANT EXECUTE ON FUNCTION article_load(text, text, bytea, text, text, text, integer, text, text, text, text, text) TO lk_ctl;
GRANT EXECUTE ON FUNCTION ticket_mail(text, bytea, text, text, integer), message_bounced(bigint, boolean, text, text) TO lk_ctl;
-- What is paid over time.
GRANT EXECUTE ON FUNCTION attempt_ended(), attempt_failing(), due_moving() TO lk_owner;
GRANT EXECUTE ON FUNCTION discount_look(text, text, text) TO lk_portal;
GRANT EXECUTE ON FUNCTION agreement_next(text) TO lk_portal;
GRANT EXECUTE ON FUNCTION agreement_month(bigint, integer), schedule_place(date, text, date) TO lk_worker;
GRANT EXECUTE ON FUNCTION today_in(text), money_step(text), instalment_part(bigint, integer, integer, bigint), schedule_day(date, text, integer),
        schedule_deposit(jsonb, bigint, bigint), schedule_count(jsonb), schedule_rows(jsonb, bigint, date, bigint), schedule_first(jsonb, bigint, bigint),
        schedule_fault(jsonb, bigint, bigint), schedule_open(jsonb, date), schedule_text(text, jsonb, bigint, text, bigint, date, integer),
        schedule_promise(jsonb), schedule_seen(text), schedule_words(jsonb, text), schedule_share(jsonb), money_text(bigint, text), day_text(date)
        TO lk_portal, lk_admin, lk_worker, lk_ctl;
GRANT EXECUTE ON FUNCTION agreement_consent(bigint, integer) TO lk_portal, lk_admin, lk_worker;
GRANT EXECUTE ON FUNCTION agreement_replay(bigint) TO lk_admin, lk_worker, lk_ctl;
GRANT EXECUTE ON FUNCTION agreement_seal(), agreement_whole() TO lk_owner;
GRANT EXECUTE ON FUNCTION due_method(bigint), due_attempt(bigint, bigint, boolean, timestamptz, text, text), charge_take(bigint),
        charge_result(bigint, text, text, text, text, text, text), dues_scan(bigint), cards_expiring(bigint),
        method_apply(bigint, bigint, text, text, text, text, text, text, integer, integer, boolean), method_gone(bigint, text),
        method_prefer(bigint, text, text), agreement_method(bigint, bigint, text, text, text, text, text, text, integer, integer),
        setup_done(text, bigint, text, text, text, text, text, text, integer, integer)
        TO lk_worker, lk_ctl;
-- A failed payment: the one page without login, promises, the planner's word, texts that staff edit.
GRANT EXECUTE ON FUNCTION pay_page(bytea, text, integer), pay_watch(bytea, text, integer), pay_now(bytea, text, integer), pay_hosted(bytea, text, integer),
        pay_open(bytea, text, integer), pay_called_off(bytea, text, integer, text),
        pay_transfer(bytea, text, integer, integer), pay_promise(bytea, text, integer, date, integer, integer),
        pay_ask(bytea, text, integer, text, text, text, integer) TO lk_portal;
GRANT EXECUTE ON FUNCTION text_publish(text, text, integer, text, text, boolean) TO lk_admin;
GRANT EXECUTE ON FUNCTION case_classed(bigint, text, boolean), charge_refused(bigint, bigint), case_planned(bigint, bigint, date, timestamptz, text, text), cases_scan(integer, bigint), due_zone(bigint),
        due_same(bigint) TO lk_worker;
GRANT EXECUTE ON FUNCTION setup_begin(text, text), setup_opened(text, text, text), setup_watch(bigint), method_change(bigint, text), method_needed(bigint), agreement_cancel(text), agreement_until(bigint)
        TO lk_portal;
-- Staff and failed payments; ratings by the link of a mail.
GRANT EXECUTE ON FUNCTION case_begins(), case_moving() TO lk_owner;
GRANT EXECUTE ON FUNCTION case_own(bigint, bigint), case_note(bigint, text, text, text, text, timestamptz), case_answer(bigint, bigint, text[], text[]),
        case_letter(bigint, text, text, text), case_settle(bigint, text, text), case_link(bigint, text, text), case_retry(bigint, text, text),
        case_close(bigint, text, text), case_links_live(bigint), case_cause_guess(text, text), due_method(bigint), due_zone(bigint),
        marker_save(bigint, integer, text, date, text, text) TO lk_admin;
GRANT EXECUTE ON FUNCTION rating_look(bytea), rating_give(bytea, integer, text) TO lk_portal;
GRANT EXECUTE ON FUNCTION call_limits_set(text), cases_close() TO lk_worker;
-- Reminders.
GRANT EXECUTE ON FUNCTION due_thanks() TO lk_owner;
GRANT EXECUTE ON FUNCTION reminders_scan(bigint), message_waits(bigint), reminder_lines(bigint), reminder_text(bigint), reminder_link_make(bigint, bigint, bytea),
        text_of(text, bigint), order_product(bigint) TO lk_worker;
GRANT EXECUTE ON FUNCTION reminder_choice_mine(), reminder_choice_set(text, text),
        calendar_open(bytea), calendar_dues(bytea), calendar_mine(bytea), calendar_make(bytea), calendar_end() TO lk_portal;
GRANT EXECUTE ON FUNCTION reminder_plan_seen(bigint), reminder_plan_set(text, text, boolean, integer[]), reminder_plan(bigint), text_by_product(text),
        text_of(text, bigint) TO lk_admin;
-- The time machine: what the worker reads of a case and of a mail, and what writes in a look ahead alone.
GRANT EXECUTE ON FUNCTION machine_never() TO lk_owner;
GRANT EXECUTE ON FUNCTION machine_begin(bigint, integer, text, integer), machine_step(), machine_classed(bigint, text, boolean),
        machine_planned(bigint, bigint, date, timestamptz, text, text), machine_seen(), machine_next(text, integer), machine_plans(bigint),
        charge_refused(bigint, bigint), due_same(bigint), reminder_lines(bigint), reminder_text(bigint) TO lk_admin;
-- Withdrawals.
GRANT EXECUTE ON FUNCTION withdrawal_late(), withdrawal_refunded() TO lk_owner;
GRANT EXECUTE ON FUNCTION withdraw_typed(bytea, text, text, text, text, text, integer), withdraw_own(bytea, text, text, bytea, text, text),
        withdrawal_page(text, bytea), withdrawal_receipt(bytea), withdrawals_mine(text), withdrawal_help(text, text, text, text, integer) TO lk_portal;
GRANT EXECUTE ON FUNCTION withdrawal_settle(bigint), withdraw_link_make(bigint, bytea) TO lk_worker;
GRANT EXECUTE ON FUNCTION staff_withdrawal_bind(bigint, text), staff_withdrawal_decline(bigint, text), refund_rules_seen(bigint),
        refund_rules_set(text, text, integer, boolean), withdrawal_days(bigint) TO lk_admin;
-- The hardship desk.
GRANT EXECUTE ON FUNCTION agreement_zone(bigint) TO lk_worker;
GRANT EXECUTE ON FUNCTION rule_stays(), version_ruled() TO lk_owner;
GRANT EXECUTE ON FUNCTION plan_look(bytea, text), plan_rows(bytea, text), plan_first(bytea, text), plan_asked(bytea, text),
        plan_under_way(bytea, text, integer), plan_transfer_back(bytea, text), plan_periods(bytea, text, integer), pay_steps(bytea, text, integer), plans_next(),
        change_ask(bytea, text, integer, text, text, jsonb, bigint, bigint, text, text, text), change_answer(bytea, text, text, text, text, text)
        TO lk_portal;
GRANT EXECUTE ON FUNCTION order_splits(bigint), change_offer(text, text, integer, jsonb, text, text, text), offer_rows(bigint, integer, text, date), rule_withdraw(bigint),
        expected_weeks(integer), plan_effect(bigint, jsonb, jsonb, date, boolean), rule_rates(), rules_live(), trial_plans(text, text, boolean),
        rule_rank(text, bigint, text, bigint[]), rows_sum(jsonb) TO lk_admin;
GRANT EXECUTE ON FUNCTION order_offer_look(bytea, text), order_offer_parts(bytea, text), order_offer_answer(bytea, text, text, text, text) TO lk_portal;
GRANT EXECUTE ON FUNCTION order_offer_state(bigint), order_offer_rows(bigint, integer, text, date, bigint), order_offer_limit(bigint, bigint, jsonb), order_offer_breaks(bigint, jsonb),
        order_offer_make(text, text, bigint, integer, text, date, bigint, text), weeks_effect(text, bigint, jsonb, jsonb, date, boolean) TO lk_admin;
GRANT EXECUTE ON FUNCTION order_offer_ends() TO lk_owner;
GRANT EXECUTE ON FUNCTION change_decide(text, text, jsonb, text), plan_may_decide(bigint), plan_open(bigint), agreement_zone(bigint), region_of(text), rule_of(bigint),
        rule_minor(jsonb, text), rule_amounts(text), rule_breaks(text, integer, integer, integer, jsonb),
        rule_publish(text, text, bigint, integer, jsonb, integer, integer, integer, integer, integer, integer, jsonb, integer, text, text, text)
        TO lk_admin;
RESET search_path;
RESET ROLE;
