-- The bank's credits, brought in by the operator.

-- name: bank_line_add :one
-- param: statement text
-- param: line integer
-- param: booked_on date
-- param: amount_minor bigint
-- param: currency text
-- param: reference text
-- param: payer text
-- param: payer_iban text
-- param: source text
-- row credit_added_row: added bool
SELECT bank_line_add($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL) AS added;
