-- Receipts and credit notes: numbered without gaps, after the commit, by the worker.

-- name: receipt_source :maybe
-- param: payment_id bigint
-- row receipt_source_row: payment_id bigint, order_id bigint, customer_id bigint, number text, currency text, amount_minor bigint, received_at timestamptz, brand text, method_kind text, last_four text, statement_text text, buyer_name text, buyer_address text, buyer_tax_number text, email text, country text, locale text, now_at timestamptz, done bool
SELECT p.id AS payment_id, o.id AS order_id, p.customer_id, o.number, p.currency, p.amount_minor, p.received_at, p.brand, p.method_kind,
       p.last_four, p.statement_text, o.buyer_name, o.buyer_address, o.buyer_tax_number, o.email, o.country, c.locale, app_now() AS now_at,
       p.undone_at IS NOT NULL OR EXISTS (SELECT FROM receipts r WHERE r.payment_id = p.id) AS done
FROM payments p JOIN orders o ON o.id = p.order_id JOIN customers c ON c.id = p.customer_id
WHERE p.id = $1;

-- What is paid over time has a receipt for each payment: the due that it paid.
-- name: receipt_source_lines :many
-- param: order_id bigint
-- param: payment_id bigint
-- row receipt_source_line_row: id bigint, title text, amount_minor bigint, tax_bp integer
SELECT l.id, x.title, x.amount_minor, l.tax_bp
FROM order_lines l LEFT JOIN discount_codes c ON c.id = l.discount_id
     CROSS JOIN LATERAL (VALUES (1, l.title, l.list_minor), (2, 'Discount code ' || c.code, -l.discount_minor)) x(n, title, amount_minor)
WHERE l.order_id = $1 AND (x.n = 1 OR l.discount_minor > 0) AND NOT EXISTS (SELECT FROM agreements WHERE order_id = $1)
UNION ALL
SELECT l.id, d.title, a.amount_minor, l.tax_bp
FROM allocations a JOIN dues d ON d.id = a.due_id JOIN LATERAL (SELECT id, tax_bp FROM order_lines WHERE order_id = d.order_id ORDER BY id LIMIT 1) l ON true
WHERE a.payment_id = $2 AND a.amount_minor > 0 AND d.agreement_id IS NOT NULL
ORDER BY 1, amount_minor DESC;

-- name: credit_note_source :maybe
-- param: refund_id bigint
-- row credit_note_source_row: refund_id bigint, payment_id bigint, order_id bigint, customer_id bigint, number text, currency text, amount_minor bigint, settled_at timestamptz, brand text, method_kind text, last_four text, statement_text text, buyer_name text, buyer_address text, buyer_tax_number text, email text, country text, locale text, receipt_id bigint?, receipt_number text?, now_at timestamptz, done bool
SELECT f.id AS refund_id, f.payment_id, o.id AS order_id, f.customer_id, o.number, f.currency, f.amount_minor - f.credit_minor AS amount_minor,
       f.settled_at, p.brand, p.method_kind, p.last_four, p.statement_text, o.buyer_name, o.buyer_address, o.buyer_tax_number, o.email,
       o.country, c.locale, r.id AS receipt_id, r.number AS receipt_number, app_now() AS now_at,
       EXISTS (SELECT FROM receipts x WHERE x.refund_id = f.id) AS done
FROM refunds f JOIN payments p ON p.id = f.payment_id JOIN orders o ON o.id = f.order_id JOIN customers c ON c.id = f.customer_id
     LEFT JOIN receipts r ON r.payment_id = p.id
WHERE f.id = $1 AND f.status = 'succeeded';

-- name: credit_note_source_lines :many
-- param: refund_id bigint
-- row receipt_source_line_row: id bigint, title text, amount_minor bigint, tax_bp integer
SELECT l.id, l.title, i.amount_minor, l.tax_bp FROM refund_items i JOIN order_lines l ON l.id = i.order_line_id
WHERE i.refund_id = $1 ORDER BY l.id;

-- name: receipt_series_open :exec
-- param: series text
INSERT INTO receipt_series (series, last) VALUES ($1, 0) ON CONFLICT DO NOTHING;

-- The series' row stays locked until the commit: no gap, no double.
-- name: receipt_number_next :one
-- param: series text
-- row receipt_number_row: seq integer
UPDATE receipt_series SET last = last + 1 WHERE series = $1 RETURNING last AS seq;

-- name: receipt_add :one
-- param: series text
-- param: seq integer
-- param: number text
-- param: kind text
-- param: order_id bigint
-- param: customer_id bigint
-- param: payment_id bigint?
-- param: refund_id bigint?
-- param: refers_to bigint?
-- param: currency text
-- param: total_minor bigint
-- param: paper text
-- row receipt_id_row: id bigint
INSERT INTO receipts (series, seq, number, kind, order_id, customer_id, payment_id, refund_id, refers_to, currency, total_minor, paper, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, app_now())
RETURNING id;

-- name: receipt_file_add :exec
-- param: receipt_id bigint
-- param: pdf bytea
INSERT INTO receipt_files (receipt_id, pdf) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- The mail that was waiting for this paper.
-- name: receipt_mail :exec
-- param: kind text
-- param: object text
-- param: object_id bigint
INSERT INTO jobs (lane, kind, key, run_at, created_at)
SELECT 1, 'mail', m.id::text, app_now(), app_now() FROM messages m
WHERE m.kind = $1 AND m.object = $2 AND m.object_id = $3 AND m.status = 'queued'
ON CONFLICT (kind, key) DO NOTHING;

-- Papers without their PDF: history that was brought in from elsewhere.
-- name: receipt_unprinted :maybe
-- param: receipt_id bigint
-- row receipt_paper_row: id bigint, paper text
SELECT r.id, r.paper::text AS paper FROM receipts r
WHERE r.id = $1 AND NOT EXISTS (SELECT FROM receipt_files f WHERE f.receipt_id = r.id);
