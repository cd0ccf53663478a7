-- A customer's orders: the welcome page, the list, one order.

-- name: orders_mine :many
-- row order_item_row: number text, title text, status text, currency text, total_minor bigint, created_at timestamptz, access_status text?
SELECT o.number, l.title, o.status, o.currency, o.total_minor, o.created_at, a.status AS access_status
FROM orders o JOIN LATERAL (SELECT id, title FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
     LEFT JOIN access a ON a.order_line_id = l.id
WHERE o.status <> 'expired' ORDER BY o.created_at DESC, o.id DESC LIMIT 200;

-- name: order_by_number :one
-- param: number text
-- row order_row: id bigint, number text, status text, currency text, total_minor bigint, email text, created_at timestamptz, expires_at timestamptz, paid_at timestamptz?, granted_at timestamptz?, first_open_at timestamptz?, terms_version integer, agreed_at timestamptz, consented bool
SELECT o.id, o.number, o.status, o.currency, o.total_minor, o.email, o.created_at, o.expires_at, o.paid_at, o.granted_at, o.first_open_at,
       t.version AS terms_version, o.agreed_at, o.consent_id IS NOT NULL AS consented
FROM orders o JOIN terms_versions t ON t.id = o.terms_id WHERE o.number = $1;

-- name: order_lines :many
-- param: number text
-- row order_line_row: title text, slug text, kind text, currency text, amount_minor bigint, tax_bp integer, refunded_minor bigint, refund_days integer, refund_md text, includes_md text, next_step_md text, access_id bigint?, access_status text?, waiting_for text?, expected_on date?, end_reason text?
SELECT l.title, p.slug, p.kind, l.currency, l.amount_minor, l.tax_bp, l.refunded_minor, v.refund_days, v.refund_md, v.includes_md, v.next_step_md,
       a.id AS access_id, a.status AS access_status, a.waiting_for, a.expected_on, a.end_reason
FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id
     JOIN product_versions v ON v.id = l.product_version_id LEFT JOIN access a ON a.order_line_id = l.id
WHERE o.number = $1 ORDER BY l.id;

-- name: order_payments :many
-- param: number text
-- row order_payment_row: id bigint, amount_minor bigint, currency text, received_at timestamptz, brand text, method_kind text, last_four text, statement_text text, detailed bool, refunded_minor bigint, receipt_number text?
SELECT p.id, p.amount_minor, p.currency, p.received_at, p.brand, p.method_kind, p.last_four, p.statement_text, p.detail_at IS NOT NULL AS detailed,
       p.refunded_minor, r.number AS receipt_number
FROM orders o JOIN payments p ON p.order_id = o.id LEFT JOIN receipts r ON r.payment_id = p.id
WHERE o.number = $1 ORDER BY p.id;

-- What is paid over time: its dues, in their order.
-- name: order_plan_dues :many
-- param: number text
-- row plan_due_row: title text, amount_minor bigint, currency text, status text, due_on date, overdue bool, seq integer
SELECT d.title, d.amount_minor, d.currency, d.status, d.due_on, d.status = 'open' AND d.due_on < today_in(o.zone) AS overdue, d.seq
FROM orders o JOIN dues d ON d.order_id = o.id
WHERE o.number = $1 AND d.agreement_id IS NOT NULL AND d.status <> 'replaced' ORDER BY d.due_on, d.id LIMIT 500;

-- name: order_agreement :maybe
-- param: number text
-- row order_agreement_row: kind text, every text, status text, amount_minor bigint, next_minor bigint, currency text, cancelled bool, until_on date?
SELECT g.kind, coalesce(g.every, '') AS every, g.status, g.amount_minor, coalesce(agreement_next(o.number), g.amount_minor) AS next_minor, g.currency,
       g.cancel_asked_at IS NOT NULL AS cancelled,
       CASE WHEN g.kind = 'subscription' THEN agreement_until(g.id) END AS until_on
FROM orders o JOIN agreements g ON g.order_id = o.id WHERE o.number = $1;

-- name: agreement_cancel :one
-- param: number text
-- row agreement_cancel_row: answer text
SELECT answer FROM agreement_cancel($1);

-- name: order_papers :many
-- param: number text
-- row order_paper_row: number text, kind text, currency text, total_minor bigint, issued_at timestamptz
SELECT r.number, r.kind, r.currency, r.total_minor, r.issued_at
FROM orders o JOIN receipts r ON r.order_id = o.id WHERE o.number = $1 ORDER BY r.id;

-- name: order_paper_file :one
-- param: number text
-- param: paper text
-- row order_paper_file_row: pdf bytea
SELECT f.pdf FROM orders o JOIN receipts r ON r.order_id = o.id JOIN receipt_files f ON f.receipt_id = r.id
WHERE o.number = $1 AND r.number = $2;

-- The browser is back and the payment is not known yet: have the gateway asked (S0.2).
-- name: order_watch :one
-- param: order_id bigint
-- row order_watch_row: watching bool
SELECT order_watch($1) AS watching;

-- How far the newest attempt to pay it is.
-- name: order_attempt :maybe
-- param: number text
-- row order_attempt_row: status text, live bool, session_url text?, kind text, amount_minor bigint
SELECT a.status, a.live, a.session_url, a.kind, a.amount_minor FROM orders o JOIN attempts a ON a.order_id = o.id
WHERE o.number = $1 ORDER BY a.id DESC LIMIT 1;
