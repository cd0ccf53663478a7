-- Refunds and answers to disputes on their way to the gateway.

-- One that staff approved.  TOO_OLD: its key is no longer posted again (safety rule 5).
-- name: refund_to_send :maybe
-- param: id bigint
-- row refund_to_send_row: id bigint, status text, amount_minor bigint, currency text, reason text, key text, gateway_ref text?, payment_ref text,
--     number text, line_id bigint?, by_bank bool, too_old bool
SELECT r.id, r.status, r.amount_minor, r.currency, r.reason, r.key, r.gateway_ref, p.gateway_ref AS payment_ref, o.number,
       (SELECT min(order_line_id) FROM refund_wants w WHERE w.refund_id = r.id HAVING count(*) = 1) AS line_id, p.bank_line_id IS NOT NULL AS by_bank,
       coalesce(r.sent_at < app_now() - interval '23 hours', false) AS too_old
FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = r.order_id WHERE r.id = $1 AND r.key IS NOT NULL;

-- The key is committed before anything leaves.
-- name: refund_started :exec
-- param: id bigint
UPDATE refunds SET status = CASE status WHEN 'approved' THEN 'sent' ELSE status END, sent_at = coalesce(sent_at, app_now()), asked_at = app_now()
WHERE id = $1 AND status IN ('approved', 'sent', 'unknown');

-- name: refund_unknown :exec
-- param: id bigint
UPDATE refunds SET status = 'unknown' WHERE id = $1 AND status = 'sent' AND gateway_ref IS NULL;

-- name: refund_not_made :exec
-- param: id bigint
-- param: code text
SELECT refund_not_made($1, $2);

-- Refunds whose end we do not know: asked about after 5 min, 1 h, then every day.
-- name: refunds_to_ask :many
-- row refund_due_row: id bigint
SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id
WHERE r.status IN ('approved', 'sent', 'unknown') AND r.key IS NOT NULL AND p.bank_line_id IS NULL
  AND CASE WHEN r.sent_at IS NULL THEN r.decided_at < app_now() - interval '5 minutes'
           WHEN r.sent_at > app_now() - interval '1 hour' THEN r.asked_at < app_now() - interval '5 minutes'
           WHEN r.sent_at > app_now() - interval '1 day' THEN r.asked_at < app_now() - interval '1 hour'
           ELSE r.asked_at < app_now() - interval '1 day' END
ORDER BY r.id LIMIT 100;

-- name: dispute_to_answer :maybe
-- param: id bigint
-- row dispute_to_answer_row: id bigint, gateway_ref text, key text?, answer text, log text, name text, email text, titles text,
--     refund_text text, granted_at timestamptz?, sent bool, too_old bool
SELECT d.id, d.gateway_ref, d.answer_key AS key, d.answer, d.answer_log AS log, coalesce(nullif(o.buyer_name, ''), c.name) AS name, o.email,
       l.titles, left(l.refund_text, 10000) AS refund_text, o.granted_at, d.answer_sent_at IS NOT NULL AS sent,
       coalesce(d.answer_at < app_now() - interval '23 hours', false) AS too_old
FROM disputes d JOIN orders o ON o.id = d.order_id JOIN customers c ON c.id = o.customer_id
     JOIN LATERAL (SELECT string_agg(x.title, ', ' ORDER BY x.id) AS titles, coalesce(string_agg(DISTINCT nullif(v.refund_md, ''), E'\n\n'), '') AS refund_text
                   FROM order_lines x JOIN product_versions v ON v.id = x.product_version_id WHERE x.order_id = o.id) l ON true
WHERE d.id = $1;

-- name: dispute_answer_sent :exec
-- param: id bigint
SELECT dispute_answer_sent($1);

-- name: dispute_answer_refused :exec
-- param: id bigint
-- param: code text
SELECT dispute_answer_refused($1, $2);
