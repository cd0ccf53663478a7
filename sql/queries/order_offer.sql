-- An unpaid order that staff offered to be paid over time, for its customer.

-- name: order_offer_look :maybe
-- param: link bytea?
-- param: number text?
-- row order_offer_row: state text, order_number text, title text, currency text, total_minor bigint, paid_minor bigint, rest_minor bigint, offer text, reason text, promise text, first_on date?, terms_version integer, by_transfer bool, anew_by timestamptz?, zone text, locale text
SELECT state, order_number, title, currency, total_minor, paid_minor, rest_minor, offer, reason, promise, first_on, terms_version, by_transfer, anew_by, zone, locale FROM order_offer_look($1, $2);

-- name: order_offer_parts :many
-- param: link bytea?
-- param: number text?
-- row order_offer_part_row: due_on date, amount_minor bigint, currency text
SELECT due_on, amount_minor, currency FROM order_offer_parts($1, $2);

-- agreed, withdrawn, same, page, busy, stale, over, unknown.
-- name: order_offer_answer :one
-- param: link bytea?
-- param: number text?
-- param: offer text
-- param: act text
-- param: personal text
-- row order_offer_answer_row: result text
SELECT order_offer_answer($1, $2, $3, $4, $5) AS result;
