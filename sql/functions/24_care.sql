-- Staff and a failed payment: who looks after the case, notes, calls, letters, what is forgiven, the
-- retries, the cause; the rating the day after; what was changed.  Each function of staff asks for
-- its right and writes who did what.  Lock order: attempt, dues, case.
SET ROLE lk_definer;

-- --- by itself ------------------------------------------------------------------------------

-- The setting [recovery] call_above as the programs read it: "200.00 EUR, 30000 JPY"; "any" is
-- every failure, '' none.
CREATE OR REPLACE FUNCTION call_limits_set(p_list text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_told jsonb := (
                SELECT coalesce(jsonb_object_agg(c.code, CASE WHEN p_list = 'any' THEN 0 ELSE (split_part(w.said, ' ', 1)::numeric * 10 ^ c.exponent)::bigint END), '{}')
                FROM currencies c LEFT JOIN (SELECT btrim(s) AS said FROM regexp_split_to_table(p_list, ',') s) w ON split_part(w.said, ' ', 2) = c.code
                WHERE p_list = 'any' OR w.said IS NOT NULL);
BEGIN
        IF v_told IS DISTINCT FROM (SELECT coalesce(jsonb_object_agg(currency, amount_minor), '{}') FROM call_limits) THEN
                PERFORM pg_advisory_xact_lock(hashtext('latchkey.call_limits'));
                DELETE FROM call_limits;
                INSERT INTO call_limits SELECT key, value::bigint FROM jsonb_each_text(v_told);
        END IF;
END $$;

-- A call is due about this case; once for each PERIOD.
CREATE OR REPLACE FUNCTION case_call_task(p_case cases, p_period text, p_due_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_d dues;
        v_zone text := due_zone(p_case.due_id);
BEGIN
        SELECT * INTO v_d FROM dues WHERE id = p_case.due_id;
        PERFORM task_open('call', 'case', p_case.id, p_period, p_due_at, 'support',
                          format('Call about a payment of %s %s that did not go through', search_amount(v_d.amount_minor - v_d.paid_minor, v_d.currency), v_d.currency),
                          jsonb_build_object('What for', v_d.title, 'Their time zone', v_zone), p_case.customer_id, p_case.order_id);
END $$;

-- BEFORE INSERT on cases: what is at stake.
CREATE OR REPLACE FUNCTION case_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        NEW.amount_minor := coalesce((SELECT amount_minor - paid_minor FROM dues WHERE id = NEW.due_id), 0);
        RETURN NEW;
END $$;

-- AFTER INSERT OR UPDATE OF status on cases.  A failure above the set amount is a call at once
-- (S1.1), in the transaction that books it; what is resolved needs no call, and is followed by a
-- thank-you the next morning (S1.11), which a new failure takes back.
CREATE OR REPLACE FUNCTION case_moving() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_message bigint;
        v_zone text;
BEGIN
        IF NEW.status = 'open' AND (TG_OP = 'INSERT' OR OLD.status = 'resolved') THEN
                UPDATE messages SET status = 'skipped', detail = 'failed again'
                WHERE kind = 'case_thanks' AND object = 'case' AND object_id = NEW.id AND status IN ('queued', 'deferred');
                IF NEW.amount_minor >= (SELECT amount_minor FROM call_limits WHERE currency = NEW.currency) THEN
                        PERFORM case_call_task(NEW, CASE TG_OP WHEN 'INSERT' THEN '' ELSE to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') END,
                                               local_daytime(due_zone(NEW.due_id)) + interval '4 hours');
                END IF;
        ELSIF NEW.status = 'resolved' AND TG_OP = 'UPDATE' AND OLD.status IN ('open', 'waiting') THEN
                UPDATE tasks SET status = 'dropped', outcome = 'Settled meanwhile', closed_at = app_now()
                WHERE kind = 'call' AND object = 'case' AND object_id = NEW.id AND status IN ('open', 'claimed');
                IF NEW.resolved_by <> 'staff' AND NOT EXISTS (SELECT FROM messages WHERE kind = 'case_thanks' AND object = 'case' AND object_id = NEW.id
                                                                 AND status <> 'skipped') THEN
                        v_zone := due_zone(NEW.due_id);
                        SELECT message_add('case_thanks', 'case', NEW.id, CASE WHEN s.n > 0 THEN 'again ' || s.n ELSE '' END, NEW.customer_id, o.email, true)
                        INTO v_message
                        FROM orders o CROSS JOIN (SELECT count(*) AS n FROM messages WHERE kind = 'case_thanks' AND object = 'case' AND object_id = NEW.id) s
                        WHERE o.id = NEW.order_id AND o.email <> '';
                        PERFORM job_add(3, 'mail', v_message::text, '{}', (today_in(v_zone) + 1 + time '10:00') AT TIME ZONE v_zone) WHERE v_message IS NOT NULL;
                END IF;
        END IF;
        RETURN NULL;
END $$;

-- The cause that a refusal speaks for, until somebody knows better.
CREATE OR REPLACE FUNCTION case_cause_guess(p_class text, p_code text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN p_code IN ('no_method', 'method_removed') THEN 'method_missing'
                    WHEN p_code IN ('lost_card', 'stolen_card', 'pickup_card', 'new_account_information_available', 'account_closed') THEN 'card_replaced'
                    WHEN p_code IN ('withdrawal_count_limit_exceeded', 'card_velocity_exceeded', 'amount_exceeds_limit') THEN 'limit'
                    WHEN p_code IN ('incorrect_number', 'invalid_number', 'incorrect_cvc', 'invalid_cvc', 'invalid_expiry_month', 'invalid_expiry_year') THEN 'details_wrong'
                    WHEN p_code IN ('debit_not_authorized', 'debit_disputed', 'refer_to_customer') THEN 'debit_returned'
                    WHEN p_code IN ('processing_error', 'issuer_not_available', 'reenter_transaction') THEN 'gateway'
                    WHEN p_code = 'expired_card' THEN 'card_expired'
                    WHEN p_class = 'soft_funds' THEN 'no_funds'
                    WHEN p_class = 'on_session' THEN 'authentication'
                    WHEN p_class = 'fix_card' THEN 'details_wrong'
                    WHEN p_class IN ('bank', 'soft') THEN 'bank_refused' ELSE 'other' END
$$;

-- Cases that were resolved two weeks ago and that nobody closed get the cause that their refusal
-- speaks for, so that the figures are whole.
CREATE OR REPLACE FUNCTION cases_close() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_n integer;
BEGIN
        UPDATE cases SET status = 'closed', closed_at = app_now(), cause = case_cause_guess(class, reason_code)
        WHERE id IN (SELECT id FROM cases WHERE status = 'resolved' AND resolved_at < app_now() - interval '14 days' ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED);
        GET DIAGNOSTICS v_n = ROW_COUNT;
        RETURN v_n;
END $$;

-- Links to the payment page of this due that open it now.
CREATE OR REPLACE FUNCTION case_links_live(p_due bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN CASE WHEN staff_may('read') THEN (SELECT count(*) FROM sessions WHERE due_id = p_due AND kind = 'pay_link' AND ended_at IS NULL
                                                                                    AND expires_at > app_now()) END;
END $$;

-- --- staff ----------------------------------------------------------------------------------

-- The case, locked after its attempts and its due, for somebody who may VERB; NULL: there is none.
CREATE OR REPLACE FUNCTION case_take(p_case bigint, p_verb text) RETURNS cases
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases;
        v_due bigint := (SELECT due_id FROM cases WHERE id = p_case);
BEGIN
        PERFORM staff_must(p_verb);
        PERFORM FROM attempts WHERE due_id = v_due AND live FOR UPDATE;
        PERFORM FROM dues WHERE id = v_due FOR UPDATE;
        SELECT * INTO v_c FROM cases WHERE id = p_case FOR UPDATE;
        RETURN v_c;
END $$;

-- Look after it; P_STAFF NULL: nobody in particular.  done; same; nobody (not somebody who may);
-- unknown.
CREATE OR REPLACE FUNCTION case_own(p_case bigint, p_staff bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_c.owner_id IS NOT DISTINCT FROM p_staff THEN
                RETURN 'same';
        ELSIF p_staff IS NOT NULL AND NOT EXISTS (SELECT FROM staff s JOIN staff_rights r ON r.role = s.role AND r.verb = 'cases'
                                                  WHERE s.id = p_staff AND s.disabled_at IS NULL) THEN
                RETURN 'nobody';
        END IF;
        UPDATE cases SET owner_id = p_staff WHERE id = p_case;
        PERFORM audit_add('staff', staff_me(), CASE WHEN p_staff IS NULL THEN 'case.freed' WHEN p_staff = staff_me() THEN 'case.taken' ELSE 'case.handed' END,
                          'case', p_case, jsonb_build_object('owner', p_staff));
        RETURN 'done';
END $$;

-- A note, or a call and what came of it; NEXT: call again then, which is a task.  Open calls about
-- the case are done by it.  noted; again (the same form); early (NEXT is over); unknown.
CREATE OR REPLACE FUNCTION case_note(p_case bigint, p_nonce text, p_kind text, p_outcome text, p_body text, p_next_at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF EXISTS (SELECT FROM case_notes WHERE case_id = p_case AND form_nonce = p_nonce) THEN
                RETURN 'again';
        ELSIF p_next_at < app_now() THEN
                RETURN 'early';
        END IF;
        INSERT INTO case_notes (case_id, customer_id, kind, outcome, body, next_at, staff_id, form_nonce, at)
        VALUES (p_case, v_c.customer_id, p_kind, p_outcome, p_body, p_next_at, staff_me(), p_nonce, app_now());
        IF p_kind = 'call' THEN
                UPDATE tasks SET status = 'done', closed_at = app_now(), closed_by = staff_me(),
                                 outcome = CASE p_outcome WHEN 'reached' THEN 'Reached' WHEN 'no_answer' THEN 'Nobody answered' ELSE 'The number is wrong' END
                WHERE kind = 'call' AND object = 'case' AND object_id = p_case AND status IN ('open', 'claimed');
                IF p_next_at IS NOT NULL AND v_c.status IN ('open', 'waiting') THEN
                        PERFORM case_call_task(v_c, p_nonce, p_next_at);
                END IF;
                UPDATE cases SET owner_id = staff_me() WHERE id = p_case AND owner_id IS NULL;
        END IF;
        PERFORM audit_add('staff', staff_me(), CASE p_kind WHEN 'call' THEN 'case.called' ELSE 'case.noted' END, 'case', p_case,
                          CASE p_kind WHEN 'call' THEN jsonb_build_object('outcome', p_outcome) ELSE '{}' END);
        RETURN 'noted';
END $$;

-- What was noted in the fields of the playbook's version.  saved; changed (that version is not one
-- of a playbook); unknown.
CREATE OR REPLACE FUNCTION case_answer(p_case bigint, p_version bigint, p_labels text[], p_answers text[]) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF NOT EXISTS (SELECT FROM article_versions v JOIN articles a ON a.id = v.article_id
                          WHERE v.id = p_version AND a.kind = 'playbook' AND v.published_at IS NOT NULL) THEN
                RETURN 'changed';
        END IF;
        INSERT INTO case_answers AS o (case_id, version_id, position, label, answer, staff_id, at)
        SELECT p_case, p_version, a.n, p_labels[a.n], a.answer, staff_me(), app_now()
        FROM unnest(p_answers) WITH ORDINALITY a(answer, n) WHERE a.n <= cardinality(p_labels)
        ON CONFLICT (case_id, version_id, position) DO UPDATE
        SET answer = excluded.answer, label = excluded.label, staff_id = excluded.staff_id, at = excluded.at WHERE o.answer <> excluded.answer;
        IF FOUND THEN
                PERFORM audit_add('staff', staff_me(), 'case.answered', 'case', p_case, jsonb_build_object('version', p_version));
        END IF;
        RETURN 'saved';
END $$;

-- A personal mail from this member of staff: a post of the case's conversation, so that a reply
-- comes back there.  sent; again (the same form); unreachable (no address); unknown.
CREATE OR REPLACE FUNCTION case_letter(p_case bigint, p_nonce text, p_subject text, p_body text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
        v_ticket bigint;
        v_post bigint;
        v_email text := (SELECT email FROM customers WHERE id = v_c.customer_id);
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_email IS NULL THEN
                RETURN 'unreachable';
        ELSIF EXISTS (SELECT FROM posts p JOIN tickets t ON t.id = p.ticket_id WHERE t.case_id = p_case AND p.form_nonce = p_nonce) THEN
                RETURN 'again';
        END IF;
        SELECT max(id) INTO v_ticket FROM tickets WHERE case_id = p_case AND status <> 'closed';
        IF v_ticket IS NULL THEN
                INSERT INTO tickets (customer_id, order_id, about, status, proved, staff_id, form_nonce, created_at, since_at, case_id)
                VALUES (v_c.customer_id, v_c.order_id, 'payment', 'answered', true, staff_me(), p_nonce, app_now(), app_now(), p_case)
                RETURNING id INTO v_ticket;
        END IF;
        INSERT INTO posts (ticket_id, customer_id, author, staff_id, via, subject, body, form_nonce, at)
        VALUES (v_ticket, v_c.customer_id, 'staff', staff_me(), 'page', p_subject, p_body, p_nonce, app_now()) RETURNING id INTO v_post;
        UPDATE tickets SET status = 'answered', staff_id = coalesce(staff_id, staff_me()), since_at = app_now() WHERE id = v_ticket AND status <> 'answered';
        PERFORM message_add('personal', 'post', v_post, '', v_c.customer_id, v_email);
        PERFORM audit_add('staff', staff_me(), 'case.written', 'case', p_case, jsonb_build_object('post', v_post));
        RETURN 'sent';
END $$;

-- The amount is not asked for any more: forgiven (it counts as settled), or written off (it does
-- not: access stays as its timetable says).  done; busy (a payment is under way); over; unknown.
CREATE OR REPLACE FUNCTION case_settle(p_case bigint, p_how text, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'settle');
        v_d dues;
BEGIN
        IF v_c.id IS NULL OR p_how NOT IN ('forgiven', 'written_off') THEN
                RETURN 'unknown';
        END IF;
        SELECT * INTO v_d FROM dues WHERE id = v_c.due_id;
        IF v_d.status <> 'open' THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM attempts WHERE due_id = v_d.id AND live AND NOT (status = 'created' AND planned_at > greatest(app_now(), created_at)) AND kind <> 'transfer') THEN
                RETURN 'busy';
        END IF;
        UPDATE attempts SET status = 'cancelled' WHERE due_id = v_d.id AND live;
        UPDATE dues SET status = p_how WHERE id = v_d.id;
        IF p_how = 'written_off' THEN
                UPDATE agreements SET cancel_asked_at = coalesce(cancel_asked_at, app_now()) WHERE id = v_d.agreement_id AND kind = 'subscription';
        END IF;
        PERFORM case_paid(v_d.id);
        PERFORM audit_add('staff', staff_me(), 'case.' || p_how, 'case', p_case,
                          jsonb_build_object('amount_minor', v_d.amount_minor - v_d.paid_minor, 'currency', v_d.currency, 'reason', p_reason));
        PERFORM evidence_add(v_d.customer_id, v_d.order_id, p_how, jsonb_build_object('due', v_d.id, 'amount_minor', v_d.amount_minor - v_d.paid_minor,
                             'currency', v_d.currency));
        RETURN 'done';
END $$;

-- The link to the payment page: send it anew, or let no link open it any more.  sent, revoked,
-- again (the same form), none (there was none), over, unknown.
CREATE OR REPLACE FUNCTION case_link(p_case bigint, p_act text, p_nonce text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
        v_period text := v_c.number || '/' || v_c.class || '/' || p_nonce;
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF p_act = 'revoke' THEN
                IF pay_links_end(v_c.due_id) = 0 THEN
                        RETURN 'none';
                END IF;
                PERFORM audit_add('staff', staff_me(), 'case.links_ended', 'case', p_case);
                RETURN 'revoked';
        ELSIF NOT EXISTS (SELECT FROM dues WHERE id = v_c.due_id AND status = 'open') THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM messages WHERE kind = 'payment_failed' AND object = 'due' AND object_id = v_c.due_id AND period = v_period) THEN
                RETURN 'again';
        END IF;
        PERFORM message_parties('payment_failed', 'due', v_c.due_id, v_period, v_c.order_id, 'bills');
        PERFORM audit_add('staff', staff_me(), 'case.link_sent', 'case', p_case);
        RETURN 'sent';
END $$;

-- The retries: now (charge the saved method at once), plan (let the planner think again), stop.
--   done; over (nothing to pay, or closed); method (none is saved); never (this method is not to be
--   tried again by us); limit (too often already); promised (a promise runs); busy (one is under
--   way); same (stopped already); unknown
CREATE OR REPLACE FUNCTION case_retry(p_case bigint, p_act text, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
        v_method bigint := due_method(v_c.due_id);
        v_name text := (SELECT coalesce(nullif(name, ''), email) FROM staff WHERE id = staff_me());
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_c.status NOT IN ('open', 'waiting') OR NOT EXISTS (SELECT FROM dues WHERE id = v_c.due_id AND status = 'open') THEN
                RETURN 'over';
        ELSIF p_act = 'stop' AND v_c.stopped_at IS NOT NULL THEN
                RETURN 'same';
        ELSIF EXISTS (SELECT FROM attempts WHERE due_id = v_c.due_id AND live AND NOT (status = 'created' AND planned_at > greatest(app_now(), created_at))) THEN
                RETURN 'busy';
        ELSIF p_act = 'stop' THEN
                UPDATE attempts SET status = 'cancelled' WHERE due_id = v_c.due_id AND live;
                UPDATE cases SET stopped_at = app_now(), stopped_by = staff_me(), stop_reason = p_reason, next_step = 'none', next_at = NULL,
                                 next_why = format('%s stopped the retries: %s', v_name, p_reason) WHERE id = p_case;
        ELSIF p_act = 'plan' THEN
                UPDATE attempts SET status = 'cancelled' WHERE due_id = v_c.due_id AND live;
                UPDATE cases SET stopped_at = NULL, stopped_by = NULL, stop_reason = '', next_step = '', next_at = NULL, next_why = '' WHERE id = p_case;
                PERFORM job_add(1, 'case_plan', p_case || '/staff ' || clock_timestamp());
        ELSIF EXISTS (SELECT FROM promises WHERE due_id = v_c.due_id AND status = 'open') THEN
                RETURN 'promised';
        ELSIF v_method IS NULL THEN
                RETURN 'method';
        ELSIF v_c.class = 'on_session' AND v_method = (SELECT payment_method_id FROM attempts WHERE id = v_c.attempt_id) THEN
                RETURN 'never';
        ELSIF charge_refused(v_c.due_id, v_method) IS NOT NULL THEN
                RETURN charge_refused(v_c.due_id, v_method);
        ELSIF due_attempt(v_c.due_id, v_method, false, NULL, NULL, format('%s tried it now: %s', v_name, p_reason)) IS NULL THEN
                RETURN 'busy';
        ELSE
                UPDATE cases SET stopped_at = NULL, stopped_by = NULL, stop_reason = '', next_step = 'retry', next_at = app_now(),
                                 next_why = format('%s tried it now: %s', v_name, p_reason) WHERE id = p_case;
        END IF;
        PERFORM audit_add('staff', staff_me(), CASE p_act WHEN 'stop' THEN 'case.stopped' WHEN 'plan' THEN 'case.planned' ELSE 'case.tried' END, 'case', p_case,
                          CASE WHEN p_act = 'plan' THEN '{}' ELSE jsonb_build_object('reason', p_reason) END);
        RETURN 'done';
END $$;

-- Put it away with its cause.  done; owed (it is not settled yet); same (closed before); unknown.
CREATE OR REPLACE FUNCTION case_close(p_case bigint, p_cause text, p_note text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL OR NOT EXISTS (SELECT FROM case_causes WHERE cause = p_cause) THEN
                RETURN 'unknown';
        ELSIF v_c.status = 'closed' THEN
                RETURN 'same';
        ELSIF v_c.status <> 'resolved' THEN
                RETURN 'owed';
        END IF;
        UPDATE cases SET status = 'closed', closed_at = app_now(), closed_by = staff_me(), cause = p_cause, note = p_note WHERE id = p_case;
        PERFORM audit_add('staff', staff_me(), 'case.closed', 'case', p_case, jsonb_build_object('cause', p_cause));
        RETURN 'done';
END $$;

-- --- how it was ------------------------------------------------------------------------------

-- The link of the thank-you mail, made when the mail leaves.
CREATE OR REPLACE FUNCTION rating_link_make(p_message bigint, p_hash bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO rating_links (token_hash, kind, object_id, customer_id, created_at, expires_at)
        SELECT p_hash, 'case', object_id, customer_id, app_now(), app_now() + interval '30 days' FROM messages WHERE id = p_message AND object = 'case'
$$;

-- What the link's page shows.  state: ready, over; no row: there is no such link.
CREATE OR REPLACE FUNCTION rating_look(p_hash bytea)
RETURNS TABLE (state text, title text, amount_minor bigint, currency text, score integer, words text, locale text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN l.expires_at > app_now() AND u.erased_at IS NULL THEN 'ready' ELSE 'over' END, d.title, c.amount_minor, c.currency, r.score, r.words, u.locale
        FROM rating_links l JOIN cases c ON c.id = l.object_id JOIN dues d ON d.id = c.due_id JOIN customers u ON u.id = l.customer_id
             LEFT JOIN ratings r ON r.kind = l.kind AND r.object_id = l.object_id AND r.customer_id = l.customer_id
        WHERE l.token_hash = p_hash
$$;

-- SCORE, or WORDS to the score that was given; the other one NULL.  A low score is a task.  rated;
-- first (words before a score); over; unknown.
CREATE OR REPLACE FUNCTION rating_give(p_hash bytea, p_score integer, p_words text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_l rating_links;
        v_c cases;
BEGIN
        SELECT * INTO v_l FROM rating_links WHERE token_hash = p_hash;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_l.expires_at <= app_now() THEN
                RETURN 'over';
        ELSIF p_score IS NULL THEN
                UPDATE ratings SET words = p_words, changed_at = app_now()
                WHERE kind = v_l.kind AND object_id = v_l.object_id AND customer_id = v_l.customer_id;
                RETURN CASE WHEN FOUND THEN 'rated' ELSE 'first' END;
        END IF;
        INSERT INTO ratings AS r (kind, object_id, customer_id, score, rated_at, changed_at)
        VALUES (v_l.kind, v_l.object_id, v_l.customer_id, p_score, app_now(), app_now())
        ON CONFLICT (kind, object_id, customer_id) DO UPDATE SET score = excluded.score, changed_at = excluded.changed_at WHERE r.score <> excluded.score;
        IF p_score <= 2 THEN
                SELECT * INTO v_c FROM cases WHERE id = v_l.object_id;
                PERFORM task_open('rating', 'case', v_c.id, '', app_now() + interval '1 day', 'support',
                                  format('Somebody was not happy with how a failed payment went: %s of 5', p_score),
                                  jsonb_build_object('Rating', p_score || ' of 5'), v_c.customer_id, v_c.order_id);
        END IF;
        RETURN 'rated';
END $$;

-- --- what was changed ---------------------------------------------------------------------------

-- A new marker (P_ID NULL), or an edited one.  saved (also the same form again); changed (somebody
-- was faster); unknown.
CREATE OR REPLACE FUNCTION marker_save(p_id bigint, p_revision integer, p_nonce text, p_on date, p_what text, p_cause text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('report');
        v_m change_markers;
        v_id bigint;
BEGIN
        IF p_cause <> '' AND NOT EXISTS (SELECT FROM case_causes WHERE cause = p_cause) THEN
                RETURN 'unknown';
        ELSIF p_id IS NULL THEN
                INSERT INTO change_markers (changed_on, what, cause, form_nonce, made_by, made_at)
                VALUES (p_on, p_what, nullif(p_cause, ''), p_nonce, v_me, app_now()) ON CONFLICT (made_by, form_nonce) DO NOTHING RETURNING id INTO v_id;
                IF v_id IS NOT NULL THEN
                        PERFORM audit_add('staff', v_me, 'marker.added', 'marker', v_id, jsonb_build_object('on', p_on, 'what', p_what));
                END IF;
                RETURN 'saved';
        END IF;
        SELECT * INTO v_m FROM change_markers WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF (v_m.changed_on, v_m.what, coalesce(v_m.cause, '')) = (p_on, p_what, p_cause) THEN
                RETURN 'saved';
        ELSIF v_m.revision <> p_revision THEN
                RETURN 'changed';
        END IF;
        UPDATE change_markers SET changed_on = p_on, what = p_what, cause = nullif(p_cause, ''), revision = revision + 1, edited_by = v_me, edited_at = app_now()
        WHERE id = p_id;
        PERFORM audit_add('staff', v_me, 'marker.edited', 'marker', p_id,
                          jsonb_build_object('on', p_on, 'what', p_what, 'was_on', v_m.changed_on, 'was', v_m.what));
        RETURN 'saved';
END $$;

GRANT EXECUTE ON FUNCTION case_begins(), case_moving() TO lk_owner;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER case_begins BEFORE INSERT ON cases FOR EACH ROW EXECUTE FUNCTION case_begins();
CREATE OR REPLACE TRIGGER case_moving AFTER INSERT OR UPDATE OF status ON cases FOR EACH ROW EXECUTE FUNCTION case_moving();
RESET ROLE;
