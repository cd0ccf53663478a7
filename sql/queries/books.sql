-- The accountant's month: papers, movements of money, and their sums beside the ledger's.

-- Months since the first entry of the books, the newest first.
-- name: books_months :many
-- param: zone text
-- row books_month_row: month text, receipts bigint, credit_notes bigint
SELECT to_char(m, 'YYYY-MM') AS month, count(r.id) FILTER (WHERE r.kind = 'receipt') AS receipts, count(r.id) FILTER (WHERE r.kind = 'credit_note') AS credit_notes
FROM generate_series(date_trunc('month', (SELECT min(at) FROM ledger) AT TIME ZONE $1), app_now() AT TIME ZONE $1, interval '1 month') m
     LEFT JOIN receipts r ON r.issued_at >= m AT TIME ZONE $1 AND r.issued_at < (m + interval '1 month') AT TIME ZONE $1
GROUP BY m ORDER BY m DESC LIMIT 120;

-- Papers that were issued, a row for each rate of tax; a credit note's amounts are negative.
-- name: books_papers :many
-- param: since timestamptz
-- param: until timestamptz
-- row books_paper_row: kind text, number text, issued_at timestamptz, order_number text, country text, currency text, tax_bp integer, net_minor bigint, tax_minor bigint, gross_minor bigint, paid_with text
SELECT r.kind, r.number, r.issued_at, o.number AS order_number, o.country, r.currency, t.tax_bp, s.sign * t.net_minor AS net_minor,
       s.sign * t.tax_minor AS tax_minor, s.sign * t.gross_minor AS gross_minor, coalesce(r.paper ->> 'paid_with', '') AS paid_with
FROM receipts r JOIN orders o ON o.id = r.order_id
     CROSS JOIN LATERAL (SELECT CASE r.kind WHEN 'credit_note' THEN -1 ELSE 1 END::bigint AS sign) s
     CROSS JOIN LATERAL jsonb_to_recordset(
        CASE WHEN jsonb_array_length(coalesce(r.paper -> 'taxes', '[]')) > 0 THEN r.paper -> 'taxes'
             ELSE jsonb_build_array(jsonb_build_object('tax_bp', 0, 'net_minor', r.total_minor, 'tax_minor', 0, 'gross_minor', r.total_minor)) END)
        AS t(tax_bp integer, net_minor bigint, tax_minor bigint, gross_minor bigint)
WHERE r.issued_at >= $1 AND r.issued_at < $2 ORDER BY r.series, r.seq, t.tax_bp;

-- Money that moved on the gateway's account or the bank's: in is positive, out is negative.
-- name: books_moves :many
-- param: since timestamptz
-- param: until timestamptz
-- row books_move_row: what text, at timestamptz, order_number text?, account text, currency text, amount_minor bigint
SELECT split_part(l.entry, ':', 1) AS what, l.at, o.number AS order_number, a.name AS account, l.currency,
       CASE WHEN l.debit = a.name THEN l.amount_minor ELSE -l.amount_minor END AS amount_minor
FROM ledger l JOIN (VALUES ('gateway:stripe'), ('bank')) a(name) ON a.name IN (l.debit, l.credit) LEFT JOIN orders o ON o.id = l.order_id
WHERE l.at >= $1 AND l.at < $2 ORDER BY l.at, l.id, (l.debit = a.name);

-- The month in one row for each currency: what the papers say, what the ledger says.
-- name: books_sums :many
-- param: since timestamptz
-- param: until timestamptz
-- row books_sum_row: currency text, receipts bigint, receipts_minor bigint, credit_notes bigint, credit_notes_minor bigint, tax_minor bigint, revenue_minor bigint, refunds_minor bigint, disputes_minor bigint, fees_minor bigint, gateway_minor bigint, bank_minor bigint
WITH p AS MATERIALIZED (
        SELECT r.currency, count(*) FILTER (WHERE r.kind = 'receipt') AS receipts, coalesce(sum(r.total_minor) FILTER (WHERE r.kind = 'receipt'), 0)::bigint AS receipts_minor,
               count(*) FILTER (WHERE r.kind = 'credit_note') AS credit_notes, coalesce(sum(r.total_minor) FILTER (WHERE r.kind = 'credit_note'), 0)::bigint AS credit_notes_minor,
               coalesce(sum(x.tax * CASE r.kind WHEN 'credit_note' THEN -1 ELSE 1 END), 0)::bigint AS tax_minor
        FROM receipts r CROSS JOIN LATERAL (SELECT coalesce(sum((t ->> 'tax_minor')::bigint), 0) AS tax FROM jsonb_array_elements(coalesce(r.paper -> 'taxes', '[]')) t) x
        WHERE r.issued_at >= $1 AND r.issued_at < $2 GROUP BY r.currency),
     l AS MATERIALIZED (
        SELECT currency, a.name, sum(CASE WHEN l.debit = a.name THEN l.amount_minor ELSE -l.amount_minor END)::bigint AS amount
        FROM ledger l JOIN (VALUES ('revenue'), ('refunds'), ('disputes'), ('fees'), ('gateway:stripe'), ('bank')) a(name) ON a.name IN (l.debit, l.credit)
        WHERE l.at >= $1 AND l.at < $2 GROUP BY currency, a.name)
SELECT c.currency, coalesce(p.receipts, 0) AS receipts, coalesce(p.receipts_minor, 0) AS receipts_minor, coalesce(p.credit_notes, 0) AS credit_notes,
       coalesce(p.credit_notes_minor, 0) AS credit_notes_minor, coalesce(p.tax_minor, 0) AS tax_minor,
       -coalesce((SELECT amount FROM l WHERE l.currency = c.currency AND name = 'revenue'), 0) AS revenue_minor,
       coalesce((SELECT amount FROM l WHERE l.currency = c.currency AND name = 'refunds'), 0) AS refunds_minor,
       coalesce((SELECT amount FROM l WHERE l.currency = c.currency AND name = 'disputes'), 0) AS disputes_minor,
       coalesce((SELECT amount FROM l WHERE l.currency = c.currency AND name = 'fees'), 0) AS fees_minor,
       coalesce((SELECT amount FROM l WHERE l.currency = c.currency AND name = 'gateway:stripe'), 0) AS gateway_minor,
       coalesce((SELECT amount FROM l WHERE l.currency = c.currency AND name = 'bank'), 0) AS bank_minor
FROM (SELECT currency FROM p UNION SELECT currency FROM l) c LEFT JOIN p ON p.currency = c.currency ORDER BY c.currency;
