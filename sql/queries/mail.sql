-- Mails: taken, sent, and what became of them.

-- Take a mail that is due; nobody else can until the lease is over.
-- name: message_take :maybe
-- param: id bigint
-- param: lease_seconds integer
-- row message_row: id bigint, kind text, object text, object_id bigint, period text, customer_id bigint, email text, tries integer, queued_at timestamptz, now_at timestamptz, customer_name text, locale text, zone text
UPDATE messages m SET status = 'sending', tries = m.tries + 1, lease_until = clock_timestamp() + make_interval(secs => $2)
FROM messages t LEFT JOIN customers c ON c.id = t.customer_id LEFT JOIN staff s ON s.id = t.staff_id
WHERE m.id = $1 AND m.status IN ('queued', 'deferred') AND t.id = m.id AND message_waits(m.id) = 0
RETURNING m.id, m.kind, m.object, m.object_id, m.period, coalesce(m.customer_id, 0) AS customer_id, m.email, m.tries, m.queued_at, app_now() AS now_at,
          coalesce(c.name, s.name, '') AS customer_name, coalesce(c.locale, '') AS locale, coalesce(c.zone, '') AS zone;

-- name: message_state :maybe
-- param: id bigint
-- row message_state_row: status text, held bool, waits integer
SELECT status, coalesce(lease_until > clock_timestamp(), false) AS held, CASE WHEN status IN ('queued', 'deferred') THEN greatest(message_waits(id), 1) ELSE 0 END AS waits
FROM messages WHERE id = $1;

-- name: message_begun :one
-- param: id bigint
-- row send_row: id bigint
INSERT INTO sends (message_id, at) VALUES ($1, app_now()) RETURNING id;

-- name: message_body :exec
-- param: id bigint
-- param: subject text
-- param: body text
-- param: html text
INSERT INTO message_bodies (message_id, subject, text, html) VALUES ($1, $2, $3, $4)
ON CONFLICT (message_id) DO UPDATE SET subject = excluded.subject, text = excluded.text, html = excluded.html;

-- name: link_make :exec
-- param: message_id bigint
-- param: hash bytea
SELECT link_make($1, $2);

-- name: message_done :exec
-- param: id bigint
-- param: send_id bigint
-- param: outcome text
-- param: code integer
-- param: detail text
WITH s AS (UPDATE sends SET outcome = $3, code = $4, detail = left($5, 300) WHERE id = $2)
UPDATE messages SET status = $3, code = $4, detail = left($5, 300), lease_until = NULL,
                    sent_at = CASE WHEN $3 = 'sent' THEN app_now() ELSE sent_at END
WHERE id = $1 AND status = 'sending';

-- What a mail about an order tells (S0.3).
-- name: mail_order :maybe
-- param: object text
-- param: object_id bigint
-- row mail_order_row: id bigint, number text, title text, slug text, currency text, total_minor bigint, paid_at timestamptz?, granted_at timestamptz?, refund_days integer, access_status text?, expected_on date?, buyer_name text
SELECT o.id, o.number, l.title, p.slug, o.currency, o.total_minor, o.paid_at, o.granted_at, v.refund_days, a.status AS access_status, a.expected_on,
       o.buyer_name
FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id
     JOIN product_versions v ON v.id = l.product_version_id LEFT JOIN access a ON a.order_line_id = l.id
WHERE o.id = CASE $1 WHEN 'order' THEN $2
                     WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = $2)
                     WHEN 'refund' THEN (SELECT order_id FROM refunds WHERE id = $2)
                     WHEN 'claim' THEN (SELECT order_id FROM claims WHERE id = $2)
                     WHEN 'access' THEN (SELECT order_id FROM access WHERE id = $2)
                     WHEN 'withdrawal' THEN (SELECT order_id FROM withdrawals WHERE id = $2)
                     WHEN 'due' THEN (SELECT order_id FROM dues WHERE id = $2)
                     WHEN 'amendment' THEN (SELECT order_id FROM amendments WHERE id = $2)
                     WHEN 'agreement' THEN (SELECT order_id FROM agreements WHERE id = $2) END
ORDER BY l.id LIMIT 1;

-- name: mail_payment :maybe
-- param: object text
-- param: object_id bigint
-- row mail_payment_row: amount_minor bigint, currency text, received_at timestamptz, brand text, method_kind text, last_four text, statement_text text, receipt_number text?, pdf bytea?
SELECT p.amount_minor, p.currency, p.received_at, p.brand, p.method_kind, p.last_four, p.statement_text, r.number AS receipt_number, f.pdf
FROM payments p LEFT JOIN receipts r ON r.payment_id = p.id LEFT JOIN receipt_files f ON f.receipt_id = r.id
WHERE p.id = CASE $1 WHEN 'payment' THEN $2 WHEN 'refund' THEN (SELECT payment_id FROM refunds WHERE id = $2) END;

-- name: mail_refund :maybe
-- param: refund_id bigint
-- row mail_refund_row: amount_minor bigint, currency text, full_amount bool, ended bool, receipt_number text?, pdf bytea?, titles text?,
--     ended_titles text?, by_bank bool, whole_minor bigint, asked_by text?, decided_by text?, note text, refusal text
SELECT f.amount_minor, f.currency, f.amount_minor = p.amount_minor AS full_amount, i.ended_titles IS NOT NULL AS ended, r.number AS receipt_number, x.pdf,
       i.titles, i.ended_titles, p.bank_line_id IS NOT NULL AS by_bank,
       (SELECT sum(w.amount_minor)::bigint FROM refunds w WHERE w.id = f.id OR w.part_of = f.id) AS whole_minor, a.name AS asked_by,
       b.name AS decided_by, f.note, f.refusal
FROM refunds f JOIN payments p ON p.id = f.payment_id LEFT JOIN receipts r ON r.refund_id = f.id
     LEFT JOIN receipt_files x ON x.receipt_id = r.id LEFT JOIN staff a ON a.id = f.asked_by LEFT JOIN staff b ON b.id = f.approved_by
     LEFT JOIN LATERAL (SELECT string_agg(l.title, ', ' ORDER BY l.id) AS titles,
                               string_agg(l.title, ', ' ORDER BY l.id) FILTER (WHERE i.ends_access) AS ended_titles
                        FROM refund_items i JOIN order_lines l ON l.id = i.order_line_id WHERE i.refund_id = f.id) i ON true
WHERE f.id = $1;

-- name: mail_product :maybe
-- param: product_id bigint
-- row mail_product_row: title text, slug text
SELECT v.title, p.slug FROM products p JOIN product_versions v ON v.id = p.version_id WHERE p.id = $1;

-- name: mail_evidence :exec
-- param: message_id bigint
SELECT evidence_add(m.customer_id, CASE m.object WHEN 'order' THEN m.object_id WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = m.object_id) END,
                    'mailed', jsonb_build_object('kind', m.kind, 'message', m.id), m.email)
FROM messages m WHERE m.id = $1 AND m.customer_id IS NOT NULL;

-- What a mail about a ticket tells: OBJECT is the ticket, or the post that it brings.
-- name: mail_ticket :maybe
-- param: object text
-- param: object_id bigint
-- row mail_ticket_row: number text, about text, subject text, body text, order_number text?, staff_name text?
SELECT t.number, t.about, p.subject, p.body, o.number AS order_number, nullif(s.name, '') AS staff_name
FROM posts p JOIN tickets t ON t.id = p.ticket_id LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN staff s ON s.id = p.staff_id
WHERE p.id = CASE $1 WHEN 'post' THEN $2 WHEN 'ticket' THEN (SELECT min(id) FROM posts WHERE ticket_id = $2) END;

-- name: ticket_link_make :exec
-- param: message_id bigint
-- param: hash bytea
SELECT ticket_link_make($1, $2);

-- The right that a mail is about, as it was sold.
-- name: mail_access :maybe
-- param: access_id bigint
-- row mail_access_row: title text, end_note text
SELECT l.title, a.end_note FROM access a JOIN order_lines l ON l.id = a.order_line_id WHERE a.id = $1;

-- The link of an invitation to staff.
-- name: staff_link_make :exec
-- param: message_id bigint
-- param: hash bytea
SELECT staff_link_make($1, $2);

-- What is paid over time: the due that a payment paid and the one after it; a card that runs out
-- and the charge that it is too old for.
-- name: mail_plan :maybe
-- param: object text
-- param: object_id bigint
-- row mail_plan_row: due_title text, first bool, last bool, next_on date?, next_minor bigint?, currency text, kind text, brand text, last_four text, exp_month integer?, exp_year integer?
SELECT d.title AS due_title, d.seq = 1 AS first, n.id IS NULL AND g.kind = 'instalments' AS last, coalesce(n.due_on, CASE WHEN g.kind = 'subscription' AND g.cancel_asked_at IS NULL
               THEN schedule_day(g.anchor_on, g.every, schedule_place(g.anchor_on, g.every, d.due_on)) END) AS next_on,
       coalesce(n.amount_minor, CASE WHEN g.kind = 'subscription' AND g.cancel_asked_at IS NULL THEN agreement_month(g.id, d.seq + 1) END) AS next_minor, d.currency,
       '' AS kind, '' AS brand, '' AS last_four, NULL::integer AS exp_month, NULL::integer AS exp_year
FROM allocations a JOIN dues d ON d.id = a.due_id JOIN agreements g ON g.id = d.agreement_id
     LEFT JOIN LATERAL (SELECT id, due_on, amount_minor FROM dues WHERE agreement_id = g.id AND status = 'open' AND seq > d.seq ORDER BY seq LIMIT 1) n ON true
WHERE $1 = 'payment' AND a.payment_id = $2 AND a.amount_minor > 0
UNION ALL
(SELECT d.title, false, false, d.due_on, d.amount_minor, d.currency, m.kind, m.brand, m.last_four, m.exp_month, m.exp_year
 FROM payment_methods m JOIN agreements g ON g.customer_id = m.customer_id AND g.status = 'live'
      JOIN dues d ON d.agreement_id = g.id AND d.status = 'open'
 WHERE $1 = 'method' AND m.id = $2 ORDER BY d.due_on LIMIT 1)
LIMIT 1;

-- What a mail about a change of a plan tells; PAYMENTS: a line for each, of what holds now, what was
-- asked for, or what is offered.
-- name: mail_change :maybe
-- param: object text
-- param: object_id bigint
-- row mail_change_row: order_number text, reason text, words text, answer_by timestamptz?, zone text, payments text, by_staff bool, by_phone bool, here_minor bigint, currency text, first text
SELECT o.number AS order_number, a.reason, a.words, a.answer_by, coalesce(agreement_zone(a.agreement_id), o.zone) AS zone,
       coalesce((SELECT string_agg(day_text(r.day) || ': ' || money_text(r.minor, a.currency), E'\n' ORDER BY r.day)
                 FROM (SELECT due_on AS day, amount_minor - paid_minor AS minor FROM dues WHERE agreement_id = a.agreement_id AND status = 'open' AND a.status = 'agreed' AND a.terms IS NULL
                       UNION ALL
                       SELECT (w ->> 'on')::date, (w ->> 'minor')::bigint
                       FROM jsonb_array_elements(CASE CASE WHEN a.terms IS NULL THEN a.status ELSE 'countered' END WHEN 'countered' THEN a.offered WHEN 'with_staff' THEN coalesce(a.wanted, '[]')
                                WHEN 'agreed' THEN CASE g.kind WHEN 'subscription' THEN coalesce(a.offered, a.wanted) ELSE '[]' END ELSE '[]' END) w) r), '') AS payments,
       a.made_by IS NOT NULL AS by_staff, a.by_phone <> '' AS by_phone,
       (SELECT coalesce(sum(paid_minor), 0)::bigint FROM dues WHERE order_id = o.id AND status = 'open' AND a.terms IS NOT NULL) AS here_minor, a.currency,
       coalesce(money_text((a.offered -> 0 ->> 'minor')::bigint, a.currency), '') AS first
FROM amendments a JOIN orders o ON o.id = a.order_id LEFT JOIN agreements g ON g.id = a.agreement_id WHERE $1 = 'amendment' AND a.id = $2;
