-- Refunds as staff ask for them, approve them and see what became of them (issue point 10).

-- The order that something is to go back of.
-- name: refund_order :one
-- param: number text
-- row refund_order_row: number text, status text, currency text, buyer text, left_minor bigint, paid_minor bigint, back_minor bigint,
--     staff_minor bigint, waiting_minor bigint, approvers bigint, disputed bool, planned bool, subscribed bool, cancelling bool, month_minor bigint, by_bank bool, method_kind text, brand text, last_four text
SELECT o.number, o.status, o.currency, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer,
       coalesce(sum(refund_left_payment(p.id)), 0)::bigint AS left_minor, coalesce(sum(p.amount_minor), 0)::bigint AS paid_minor,
       coalesce(sum(p.refunded_minor), 0)::bigint AS back_minor,
       (SELECT coalesce(sum(amount_minor), 0)::bigint FROM refunds r WHERE r.order_id = o.id AND r.kind = 'staff' AND r.status NOT IN ('refused', 'failed')) AS staff_minor,
       (SELECT coalesce(sum(amount_minor), 0)::bigint FROM refunds r WHERE r.order_id = o.id AND r.status IN ('asked', 'approved', 'sent', 'unknown')) AS waiting_minor,
       (SELECT count(*) FROM staff s JOIN staff_rights g ON g.role = s.role AND g.verb = 'refund'
        WHERE s.disabled_at IS NULL AND s.id <> staff_me()) AS approvers,
       EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id AND d.status <> 'won') AS disputed,
       EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id) AS planned,
       g.id IS NOT NULL AS subscribed, g.cancel_asked_at IS NOT NULL AS cancelling, coalesce((SELECT amount_minor FROM dues d WHERE d.agreement_id = g.id AND d.status = 'paid' ORDER BY seq DESC LIMIT 1), 0) AS month_minor,
       coalesce(bool_or(p.bank_line_id IS NOT NULL), false) AS by_bank,
       coalesce((array_agg(p.method_kind ORDER BY p.id DESC))[1], '') AS method_kind, coalesce((array_agg(p.brand ORDER BY p.id DESC))[1], '') AS brand,
       coalesce((array_agg(p.last_four ORDER BY p.id DESC))[1], '') AS last_four
FROM orders o LEFT JOIN payments p ON p.order_id = o.id
     LEFT JOIN agreements g ON g.order_id = o.id AND g.kind = 'subscription' AND g.status = 'live' WHERE o.number = $1 GROUP BY o.id, g.id;

-- name: refund_lines :many
-- param: number text
-- row refund_line_row: id bigint, title text, currency text, amount_minor bigint, refunded_minor bigint, left_minor bigint, access text?
SELECT l.id, l.title, l.currency, l.cost_minor AS amount_minor, l.refunded_minor, refund_left_line(l.id) AS left_minor, a.status AS access
FROM orders o JOIN order_lines l ON l.order_id = o.id LEFT JOIN access a ON a.order_line_id = l.id WHERE o.number = $1 ORDER BY l.id;

-- name: refund_ask :one
-- param: number text
-- param: nonce text
-- param: wants text
-- param: reason text
-- param: note text
-- param: alone_minor bigint?
-- param: ends bool
-- row refund_asked_row: answer text, refund_id bigint?, line_id bigint?
SELECT answer, refund_id, line_id FROM refund_ask($1, $2, $3::jsonb, $4, $5, $6, $7);

-- name: refund_decide :one
-- param: id bigint
-- param: yes bool
-- param: reason text
-- row refund_decided_row: answer text
SELECT refund_decide($1, $2, $3) AS answer;

-- One refund, with all that was asked for at once.
-- name: refund_one :one
-- param: id bigint
-- row refund_one_row: id bigint, number text, buyer text, kind text, status text, currency text, amount_minor bigint, reason text, note text,
--     two_persons bool, asked_by text?, approved_by text?, mine bool, refusal text, fault text, created_at timestamptz, decided_at timestamptz?,
--     sent_at timestamptz?, settled_at timestamptz?, part_of bigint?, subscribed bool, ends bool
SELECT r.id, o.number, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer, r.kind, r.status, r.currency, w.amount_minor, r.reason, r.note,
       r.two_persons, coalesce(nullif(a.name, ''), a.email) AS asked_by, coalesce(nullif(b.name, ''), b.email) AS approved_by,
       coalesce(r.asked_by = staff_me(), false) AS mine, r.refusal, r.fault, r.created_at, r.decided_at, r.sent_at, r.settled_at, r.part_of,
       r.ends_agreement IS NOT NULL AS subscribed, coalesce(r.ends_agreement, false) AS ends
FROM refunds r JOIN orders o ON o.id = r.order_id LEFT JOIN staff a ON a.id = r.asked_by LEFT JOIN staff b ON b.id = r.approved_by
     JOIN LATERAL (SELECT sum(amount_minor)::bigint AS amount_minor FROM refunds x WHERE x.id = r.id OR x.part_of = r.id) w ON true
WHERE r.id = $1;

-- Its parts: one for each payment that it comes from.
-- name: refund_parts :many
-- param: id bigint
-- row refund_part_row: id bigint, status text, currency text, amount_minor bigint, gateway_ref text?, settled_at timestamptz?, method_kind text, brand text,
--     last_four text, by_bank bool, payer text, payer_iban text, reference text
SELECT r.id, r.status, r.currency, r.amount_minor, r.gateway_ref, r.settled_at, p.method_kind, p.brand, p.last_four, b.id IS NOT NULL AS by_bank,
       coalesce(nullif(b.payer, ''), o.buyer_name, '') AS payer, coalesce(b.payer_iban, '') AS payer_iban, 'Refund ' || o.number AS reference
FROM refunds r JOIN orders o ON o.id = r.order_id JOIN payments p ON p.id = r.payment_id LEFT JOIN bank_lines b ON b.id = p.bank_line_id
WHERE r.id = $1 OR r.part_of = $1 ORDER BY r.id;

-- What it is for, by line: what went back once it did, what was asked for before.
-- name: refund_items_of :many
-- param: id bigint
-- row refund_item_row: title text, currency text, amount_minor bigint, ends bool, ended bool
SELECT l.title, l.currency, i.amount_minor, CASE WHEN i.settled THEN i.ends
            WHEN f.ends_agreement IS NOT NULL THEN f.ends_agreement ELSE (refund_left_line(l.id) = 0 AND l.refunded_minor < l.cost_minor)
            OR (EXISTS (SELECT FROM agreements g WHERE g.order_id = l.order_id)
                AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = l.order_id AND refund_left_payment(p.id) > 0)) END AS ends,
       i.settled AS ended
FROM (SELECT order_line_id, sum(amount_minor)::bigint AS amount_minor, bool_or(ends_access) AS ends, true AS settled FROM refund_items
      WHERE refund_id IN (SELECT id FROM refunds WHERE id = $1 OR part_of = $1) GROUP BY order_line_id
      UNION ALL
      SELECT order_line_id, sum(amount_minor)::bigint, false, false FROM refund_wants w
      WHERE refund_id IN (SELECT id FROM refunds WHERE (id = $1 OR part_of = $1) AND status IN ('asked', 'approved', 'sent', 'unknown', 'refused', 'failed'))
      GROUP BY order_line_id) i
     JOIN order_lines l ON l.id = i.order_line_id JOIN refunds f ON f.id = $1 ORDER BY l.id, i.settled DESC;

-- A page of refunds, newest first.  WHICH: asked, going, done, failed, refused, all.
-- name: refunds_list :many
-- param: which text
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row refund_list_row: id bigint, number text, buyer text, kind text, status text, currency text, amount_minor bigint, reason text, note text,
--     asked_by text?, two_persons bool, by_bank bool, created_at timestamptz
SELECT r.id, o.number, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer, r.kind, r.status, r.currency, w.amount_minor, r.reason, r.note,
       coalesce(nullif(a.name, ''), a.email) AS asked_by, r.two_persons, p.bank_line_id IS NOT NULL AS by_bank, r.created_at
FROM (SELECT * FROM refunds r WHERE r.part_of IS NULL AND (r.created_at, r.id) < ($2, $3)
             AND CASE $1 WHEN 'asked' THEN r.status = 'asked' WHEN 'going' THEN r.status IN ('approved', 'sent', 'unknown')
                         WHEN 'done' THEN r.status = 'succeeded' WHEN 'failed' THEN r.status = 'failed' WHEN 'refused' THEN r.status = 'refused' ELSE true END
      ORDER BY r.created_at DESC, r.id DESC LIMIT $4) r
     JOIN orders o ON o.id = r.order_id JOIN payments p ON p.id = r.payment_id LEFT JOIN staff a ON a.id = r.asked_by
     JOIN LATERAL (SELECT sum(amount_minor)::bigint AS amount_minor FROM refunds x WHERE x.id = r.id OR x.part_of = r.id) w ON true
ORDER BY r.created_at DESC, r.id DESC;

-- What a form of this person made already.
-- name: refund_made :maybe
-- param: nonce text
-- row refund_made_row: id bigint
SELECT id FROM refunds WHERE asked_by = staff_me() AND form_nonce = $1 AND part_of IS NULL;
