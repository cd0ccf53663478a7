-- Messages to staff: who may open, see and answer which ticket (S0.6).
SET ROLE lk_definer;

-- The order of the browser that began a checkout, whoever is logged in there.
CREATE OR REPLACE FUNCTION checkout_order() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_token text := current_setting('latchkey.order_token', true);
BEGIN
        IF coalesce(v_token, '') = '' THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT order_id FROM sessions WHERE token_hash = token_hash(v_token) AND kind = 'checkout'
                                              AND ended_at IS NULL AND expires_at > app_now());
END $$;

-- To whom the mail of this link went.  Whoever is logged in as somebody else has not got it by mail:
-- their login counts, not the link.
CREATE OR REPLACE FUNCTION ticket_link_owner(p_link bytea) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN (SELECT customer_id FROM ticket_links WHERE token_hash = p_link AND expires_at > app_now()
                AND (cardinality(v_mine) = 0 OR customer_id = ANY (v_mine)));
END $$;

-- The order that a request for help is about: the mail's link says it, or it is this person's
-- own, or this browser began it.  A number that is only typed finds nothing.
CREATE OR REPLACE FUNCTION ticket_order(p_number text, p_link bytea) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine();
        v_checkout bigint := checkout_order();
        v_order bigint;
BEGIN
        IF ticket_link_owner(p_link) IS NOT NULL THEN
                SELECT order_id INTO v_order FROM ticket_links WHERE token_hash = p_link;
                IF v_order IS NOT NULL THEN
                        RETURN v_order;
                END IF;
        END IF;
        IF coalesce(p_number, '') <> '' THEN
                RETURN (SELECT o.id FROM orders o WHERE o.number = p_number
                        AND (o.id = v_checkout OR EXISTS (SELECT FROM order_parties p WHERE p.order_id = o.id AND p.person_id = ANY (v_mine))));
        END IF;
        IF cardinality(v_mine) > 0 THEN
                SELECT min(o.order_id) INTO v_order FROM (SELECT DISTINCT order_id FROM order_parties WHERE person_id = ANY (v_mine) LIMIT 2) o
                HAVING count(*) = 1;
                RETURN v_order;
        END IF;
        RETURN v_checkout;
END $$;

-- What the form shows before it is filled in: the order, the address where it is known (masked
-- where only a mail's link says it).  link: 'none', 'ready' or 'over'.
CREATE OR REPLACE FUNCTION ticket_form(p_number text, p_link bytea)
RETURNS TABLE (order_number text, product_title text, email text, signed_in boolean, link text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint := ticket_order(p_number, p_link);
        v_mine bigint[] := mine();
        v_customer bigint;
BEGIN
        link := 'none'; signed_in := cardinality(v_mine) > 0;
        IF p_link IS NOT NULL THEN
                v_customer := ticket_link_owner(p_link);
                link := CASE WHEN v_customer IS NOT NULL THEN 'ready' WHEN signed_in THEN 'none' ELSE 'over' END;
        END IF;
        SELECT o.number, l.title, CASE WHEN o.id = checkout_order() THEN o.email END INTO order_number, product_title, email
        FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = v_order ORDER BY l.id LIMIT 1;
        IF v_customer IS NOT NULL THEN
                SELECT regexp_replace(c.email, '^(.).*@', '\1…@') INTO email FROM customers c WHERE c.id = v_customer;
        ELSIF signed_in THEN
                SELECT c.email INTO email FROM customers c WHERE c.id = v_mine[1];
        END IF;
        RETURN NEXT;
END $$;

-- A ticket of PERSON, once for each form: opened, again, limited (P_MOST in an hour).  SAID is the
-- order's number as typed, kept where ORDER is not known.
CREATE OR REPLACE FUNCTION ticket_make(p_person bigint, p_order bigint, p_said text, p_about text, p_proved boolean, p_nonce text,
                                       p_body text, p_most integer)
RETURNS TABLE (result text, ticket_number text, post_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_ticket tickets;
BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.ticket ' || p_person, 0));
        SELECT * INTO v_ticket FROM tickets t WHERE t.customer_id = p_person AND t.form_nonce = p_nonce;
        IF FOUND THEN
                result := 'again'; ticket_number := v_ticket.number; RETURN NEXT; RETURN;
        END IF;
        IF (SELECT count(*) FROM tickets t WHERE t.customer_id = p_person AND t.received_at > clock_timestamp() - interval '1 hour') >= p_most THEN
                result := 'limited'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO tickets (customer_id, order_id, order_said, about, proved, form_nonce, created_at, since_at)
        VALUES (p_person, p_order, CASE WHEN p_order IS NULL THEN p_said ELSE '' END, p_about, p_proved, p_nonce, app_now(), app_now())
        RETURNING * INTO v_ticket;
        INSERT INTO posts AS p (ticket_id, customer_id, author, via, body, form_nonce, at)
        VALUES (v_ticket.id, p_person, 'customer', 'page', p_body, p_nonce, app_now()) RETURNING p.id INTO post_id;
        PERFORM message_add('ticket_opened', 'ticket', v_ticket.id, '', p_person, (SELECT c.email FROM customers c WHERE c.id = p_person));
        result := 'opened'; ticket_number := v_ticket.number;
        RETURN NEXT;
END $$;

-- Open a ticket.  Whoever is logged in or comes by a mail's link is known; everybody else is who
-- the typed address says, found or made as at the checkout, with the same answer either way.
-- result: opened, again (the same form), limited, refused (staff who only look).
CREATE OR REPLACE FUNCTION ticket_open(p_nonce text, p_email text, p_fold text, p_number text, p_link bytea,
                                       p_about text, p_body text, p_most integer)
RETURNS TABLE (result text, ticket_number text, post_id bigint, known boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_person bigint := me_writing();
        v_order bigint := ticket_order(p_number, p_link);
BEGIN
        known := v_person IS NOT NULL;
        IF v_person IS NULL AND cardinality(mine()) > 0 THEN
                result := 'refused'; RETURN NEXT; RETURN;
        END IF;
        v_person := coalesce(v_person, ticket_link_owner(p_link));
        IF v_person IS NULL AND p_fold IS NULL THEN
                result := 'nobody'; RETURN NEXT; RETURN;
        END IF;
        IF v_person IS NULL THEN
                INSERT INTO customers AS c (email, email_fold, created_at) VALUES (p_email, p_fold, app_now())
                ON CONFLICT (email_fold) WHERE merged_into IS NULL AND erased_at IS NULL
                DO UPDATE SET email_fold = excluded.email_fold
                RETURNING c.id INTO v_person;
        END IF;
        SELECT m.result, m.ticket_number, m.post_id INTO result, ticket_number, post_id
        FROM ticket_make(v_person, v_order, coalesce(p_number, ''), p_about, known OR ticket_link_owner(p_link) IS NOT NULL, p_nonce, p_body,
                         p_most) m;
        RETURN NEXT;
END $$;

-- The ticket that this person, or this mail's link, may see; NULL for any other, absent or not.
CREATE OR REPLACE FUNCTION ticket_seen(p_number text, p_link bytea) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF p_link IS NOT NULL THEN
                RETURN (SELECT ticket_id FROM ticket_links WHERE token_hash = p_link AND expires_at > app_now());
        END IF;
        RETURN (SELECT id FROM tickets WHERE number = p_number AND customer_id = ANY (mine()));
END $$;

CREATE OR REPLACE FUNCTION ticket_page(p_number text, p_link bytea)
RETURNS TABLE (number text, about text, status text, order_number text, product_title text, order_said text, created_at timestamptz, since_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT t.number, t.about, t.status, o.number, (SELECT title FROM order_lines l WHERE l.order_id = o.id ORDER BY l.id LIMIT 1),
               t.order_said, t.created_at, t.since_at
        FROM tickets t LEFT JOIN orders o ON o.id = t.order_id WHERE t.id = ticket_seen(p_number, p_link);
END $$;

CREATE OR REPLACE FUNCTION ticket_posts(p_number text, p_link bytea)
RETURNS TABLE (id bigint, author text, staff_name text, via text, body text, left_out integer, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT p.id, p.author, s.name, p.via, p.body, p.left_out, p.at
        FROM posts p LEFT JOIN staff s ON s.id = p.staff_id WHERE p.ticket_id = ticket_seen(p_number, p_link) ORDER BY p.id;
END $$;

CREATE OR REPLACE FUNCTION ticket_files_of(p_number text, p_link bytea)
RETURNS TABLE (id bigint, post_id bigint, name text, type text, size bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT f.id, f.post_id, f.name, f.type, length(f.content)::bigint
        FROM ticket_files f WHERE f.ticket_id = ticket_seen(p_number, p_link) ORDER BY f.id;
END $$;

CREATE OR REPLACE FUNCTION ticket_file(p_number text, p_link bytea, p_file bigint)
RETURNS TABLE (name text, type text, content bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT f.name, f.type, f.content FROM ticket_files f
        WHERE f.id = p_file AND f.ticket_id = ticket_seen(p_number, p_link);
END $$;

-- The customer writes again, which opens the ticket again.  result: posted, again, limited, unknown.
CREATE OR REPLACE FUNCTION ticket_reply(p_number text, p_link bytea, p_nonce text, p_body text)
RETURNS TABLE (result text, post_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_ticket tickets;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE id = ticket_seen(p_number, p_link)
           AND (p_link IS NOT NULL OR me_writing() IS NOT NULL) FOR UPDATE;
        IF NOT FOUND THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        IF EXISTS (SELECT FROM posts p WHERE p.ticket_id = v_ticket.id AND p.form_nonce = p_nonce) THEN
                result := 'again'; RETURN NEXT; RETURN;
        END IF;
        IF ticket_busy(v_ticket.id) THEN
                result := 'limited'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO posts AS p (ticket_id, customer_id, author, via, body, form_nonce, at)
        VALUES (v_ticket.id, v_ticket.customer_id, 'customer', 'page', p_body, p_nonce, app_now()) RETURNING p.id INTO post_id;
        UPDATE tickets SET status = 'open', since_at = app_now() WHERE id = v_ticket.id AND status <> 'open';
        result := 'posted';
        RETURN NEXT;
END $$;

-- More than anybody writes by hand: thirty posts of one ticket within an hour.
CREATE OR REPLACE FUNCTION ticket_busy(p_ticket bigint) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (SELECT count(*) FROM posts WHERE ticket_id = p_ticket AND author = 'customer'
                AND received_at > clock_timestamp() - interval '1 hour') >= 30;
END $$;

-- A file of a post, by the transaction that writes that post and by no other.
CREATE OR REPLACE FUNCTION ticket_file_add(p_post bigint, p_name text, p_type text, p_content bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        INSERT INTO ticket_files (post_id, ticket_id, customer_id, name, type, content)
        SELECT p.id, p.ticket_id, p.customer_id, p_name, p_type, p_content FROM posts p
        WHERE p.id = p_post AND p.xmin = pg_current_xact_id()::xid
          AND (SELECT count(*) FROM ticket_files f WHERE f.post_id = p_post) < 5;
        RETURN FOUND;
END $$;

-- The worker makes the secret of a mail's link just before it sends it: to the ticket, or to the
-- form with the order filled in.  A mail to an address that was given up since it was queued opens
-- nothing (link_make); address_put ends the links that went there before.
CREATE OR REPLACE FUNCTION ticket_link_make(p_message bigint, p_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        INSERT INTO ticket_links (token_hash, customer_id, order_id, ticket_id, created_at, expires_at)
        SELECT p_hash, m.customer_id,
               CASE m.object WHEN 'order' THEN m.object_id
                             WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = m.object_id) END,
               CASE m.object WHEN 'ticket' THEN m.object_id
                             WHEN 'post' THEN (SELECT ticket_id FROM posts WHERE id = m.object_id) END,
               app_now(), app_now() + interval '30 days'
        FROM messages m
        WHERE m.id = p_message
          AND NOT EXISTS (SELECT FROM address_changes a JOIN customers c ON a.customer_id IN (c.id, c.merged_into)
                          WHERE c.id = m.customer_id AND greatest(a.done_at, a.undone_at) > m.queued_at);
END $$;

-- What a link to a ticket is worth now: ready, expired, unknown; and, masked, where a new one goes.
CREATE OR REPLACE FUNCTION ticket_link_look(p_hash bytea) RETURNS TABLE (state text, email text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        SELECT CASE WHEN l.expires_at > app_now() THEN 'ready' ELSE 'expired' END, regexp_replace(c.email, '^(.).*@', '\1…@') INTO state, email
        FROM ticket_links l JOIN customers c ON c.id = l.customer_id WHERE l.token_hash = p_hash AND l.ticket_id IS NOT NULL;
        state := coalesce(state, 'unknown');
        RETURN NEXT;
END $$;

-- An expired link asks for a new one: to the same person, at most five an hour.
CREATE OR REPLACE FUNCTION ticket_link_again(p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_l ticket_links;
        v_key bytea;
BEGIN
        SELECT * INTO v_l FROM ticket_links WHERE token_hash = p_hash AND ticket_id IS NOT NULL;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        v_key := sha256(convert_to('ticket ' || v_l.ticket_id, 'UTF8'));
        -- One at a time, and the same form sent again is no second mail.
        PERFORM FROM tickets WHERE id = v_l.ticket_id FOR NO KEY UPDATE;
        IF NOT EXISTS (SELECT FROM tries WHERE scope = 'mail' AND key = v_key AND at > clock_timestamp() - interval '10 seconds')
           AND (SELECT count(*) FROM tries WHERE scope = 'mail' AND key = v_key AND at > clock_timestamp() - interval '1 hour') < 5 THEN
                INSERT INTO tries (scope, key, at) VALUES ('mail', v_key, clock_timestamp());
                PERFORM message_add('ticket_link', 'ticket', v_l.ticket_id, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                                    v_l.customer_id, (SELECT email FROM customers WHERE id = v_l.customer_id));
        END IF;
        RETURN true;
END $$;

-- A mail to a ticket's reply address, whose signature was checked.  result: posted, again
-- (the same mail), limited, unknown.
CREATE OR REPLACE FUNCTION ticket_mail(p_number text, p_ref bytea, p_from text, p_body text, p_left_out integer)
RETURNS TABLE (result text, post_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_ticket tickets;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = upper(p_number) FOR UPDATE;
        IF NOT FOUND THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        IF EXISTS (SELECT FROM posts p WHERE p.ticket_id = v_ticket.id AND p.message_ref = p_ref) THEN
                result := 'again'; RETURN NEXT; RETURN;
        END IF;
        IF ticket_busy(v_ticket.id) THEN
                result := 'limited'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO posts AS p (ticket_id, customer_id, author, via, body, from_email, left_out, message_ref, at)
        VALUES (v_ticket.id, v_ticket.customer_id, 'customer', 'mail', p_body, p_from, p_left_out, p_ref, app_now())
        RETURNING p.id INTO post_id;
        UPDATE tickets SET status = 'open', since_at = app_now() WHERE id = v_ticket.id AND status <> 'open';
        result := 'posted';
        RETURN NEXT;
END $$;

-- A mail of ours came back.  Given up (FAILED), it is marked and staff are told; the address only
-- where the failure is for good (RFC 3463, class 5).
-- result: bounced, again, soft, early (the sending is not booked yet), unknown.
CREATE OR REPLACE FUNCTION message_bounced(p_message bigint, p_failed boolean, p_code text, p_detail text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_m messages;
        v_order bigint;
BEGIN
        SELECT * INTO v_m FROM messages WHERE id = p_message FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF NOT p_failed THEN
                RETURN 'soft';
        ELSIF v_m.status = 'bounced' THEN
                RETURN 'again';
        ELSIF v_m.status NOT IN ('sent', 'maybe_sent') THEN
                RETURN 'early';
        END IF;
        UPDATE messages SET status = 'bounced', detail = left(p_code || ' ' || p_detail, 300) WHERE id = p_message;
        INSERT INTO mail_failures (address, message_id, code, at)
        SELECT lower(v_m.email), p_message, p_code, app_now() WHERE p_code LIKE '5.%'
        ON CONFLICT (address) DO UPDATE SET message_id = excluded.message_id, code = excluded.code, at = excluded.at;
        v_order := CASE v_m.object WHEN 'order' THEN v_m.object_id
                                   WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = v_m.object_id)
                                   WHEN 'refund' THEN (SELECT order_id FROM refunds WHERE id = v_m.object_id)
                                   WHEN 'ticket' THEN (SELECT order_id FROM tickets WHERE id = v_m.object_id)
                                   WHEN 'post' THEN (SELECT t.order_id FROM posts p JOIN tickets t ON t.id = p.ticket_id WHERE p.id = v_m.object_id) END;
        PERFORM alarm_raise('mail_bounced', CASE WHEN v_order IS NULL THEN 'customer' ELSE 'order' END, coalesce(v_order, v_m.customer_id),
                            format('A mail to the customer could not be delivered (%s).', coalesce(nullif(p_code, ''), 'without a reason')));
        RETURN 'bounced';
END $$;

-- --- staff ---

-- Answer: the customer gets it by mail; whoever answers first has taken the ticket.
-- result: answered, again, closed (open it first), unknown.
CREATE OR REPLACE FUNCTION staff_ticket_answer(p_number text, p_nonce text, p_body text)
RETURNS TABLE (result text, post_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_ticket tickets;
        v_staff bigint := staff_me();
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = p_number AND staff_may('tickets') FOR UPDATE;
        IF NOT FOUND THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        IF EXISTS (SELECT FROM posts p WHERE p.ticket_id = v_ticket.id AND p.form_nonce = p_nonce) THEN
                result := 'again'; RETURN NEXT; RETURN;
        END IF;
        IF v_ticket.status = 'closed' THEN
                result := 'closed'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO posts AS p (ticket_id, customer_id, author, staff_id, via, body, form_nonce, at)
        VALUES (v_ticket.id, v_ticket.customer_id, 'staff', v_staff, 'page', p_body, p_nonce, app_now()) RETURNING p.id INTO post_id;
        UPDATE tickets SET status = 'answered', staff_id = coalesce(staff_id, v_staff), since_at = app_now() WHERE id = v_ticket.id;
        PERFORM message_add('ticket_answer', 'post', post_id, '', v_ticket.customer_id,
                            (SELECT email FROM customers WHERE id = v_ticket.customer_id));
        PERFORM audit_add('staff', v_staff, 'ticket.answered', 'ticket', v_ticket.id);
        result := 'answered';
        RETURN NEXT;
END $$;

-- Close or open again.  Returns done, same, unknown.
CREATE OR REPLACE FUNCTION staff_ticket_move(p_number text, p_status text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_ticket tickets;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = p_number AND staff_may('tickets') FOR UPDATE;
        IF NOT FOUND OR p_status NOT IN ('open', 'closed') THEN
                RETURN 'unknown';
        ELSIF v_ticket.status = p_status THEN
                RETURN 'same';
        END IF;
        UPDATE tickets SET status = p_status, since_at = app_now() WHERE id = v_ticket.id;
        PERFORM audit_add('staff', staff_me(), CASE p_status WHEN 'closed' THEN 'ticket.closed' ELSE 'ticket.reopened' END, 'ticket', v_ticket.id);
        RETURN 'done';
END $$;

-- Take it, or give it back.  Returns done, same, unknown.
CREATE OR REPLACE FUNCTION staff_ticket_take(p_number text, p_take boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_ticket tickets;
        v_staff bigint := CASE WHEN p_take THEN staff_me() END;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = p_number AND staff_may('tickets') FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_ticket.staff_id IS NOT DISTINCT FROM v_staff THEN
                RETURN 'same';
        END IF;
        UPDATE tickets SET staff_id = v_staff WHERE id = v_ticket.id;
        PERFORM audit_add('staff', staff_me(), CASE WHEN p_take THEN 'ticket.taken' ELSE 'ticket.given_back' END, 'ticket', v_ticket.id);
        RETURN 'done';
END $$;

GRANT EXECUTE ON FUNCTION moved() TO lk_owner;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON tickets FOR EACH ROW EXECUTE FUNCTION moved('ticket');
RESET ROLE;
