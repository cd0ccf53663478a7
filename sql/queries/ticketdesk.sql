-- Messages to staff, as staff work through them (S0.6).

-- Of one status, the longest there first; from the place that the last page ended at.
-- name: desk_tickets :many
-- param: status text
-- param: mine bool
-- param: after_at timestamptz
-- param: after_id bigint
-- param: most integer
-- row desk_ticket_row: id bigint, number text, about text, status text, since_at timestamptz, created_at timestamptz, name text, email text?,
--     order_number text?, assignee text?, n_posts bigint, proved bool
SELECT t.id, t.number, t.about, t.status, t.since_at, t.created_at, c.name, c.email, o.number AS order_number,
       nullif(s.name, '') AS assignee, (SELECT count(*) FROM posts p WHERE p.ticket_id = t.id) AS n_posts, t.proved
FROM (SELECT * FROM tickets t WHERE t.status = $1 AND (NOT $2 OR t.staff_id = staff_me()) AND (t.since_at, t.id) > ($3, $4)
      ORDER BY t.since_at, t.id LIMIT $5) t
     JOIN customers c ON c.id = t.customer_id LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN staff s ON s.id = t.staff_id
ORDER BY t.since_at, t.id;

-- Newest first: what is answered or closed.
-- name: desk_tickets_past :many
-- param: status text
-- param: mine bool
-- param: after_at timestamptz
-- param: after_id bigint
-- param: most integer
-- row desk_ticket_row
SELECT t.id, t.number, t.about, t.status, t.since_at, t.created_at, c.name, c.email, o.number AS order_number,
       nullif(s.name, '') AS assignee, (SELECT count(*) FROM posts p WHERE p.ticket_id = t.id) AS n_posts, t.proved
FROM (SELECT * FROM tickets t WHERE t.status = $1 AND (NOT $2 OR t.staff_id = staff_me()) AND (t.since_at, t.id) < ($3, $4)
      ORDER BY t.since_at DESC, t.id DESC LIMIT $5) t
     JOIN customers c ON c.id = t.customer_id LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN staff s ON s.id = t.staff_id
ORDER BY t.since_at DESC, t.id DESC;

-- name: desk_ticket :one
-- param: number text
-- row desk_ticket_head_row: id bigint, number text, about text, status text, proved bool, order_number text?, order_said text, created_at timestamptz,
--     since_at timestamptz, assignee text?, is_mine bool, name text, email text?, verified_at timestamptz?, customer_since_at timestamptz,
--     returned_at timestamptz?, returned_code text?
SELECT t.id, t.number, t.about, t.status, t.proved, o.number AS order_number, t.order_said, t.created_at, t.since_at,
       coalesce(nullif(s.name, ''), s.email) AS assignee, coalesce(t.staff_id = staff_me(), false) AS is_mine, c.name, c.email,
       c.email_verified_at AS verified_at, c.created_at AS customer_since_at, f.at AS returned_at, f.code AS returned_code
FROM tickets t JOIN customers c ON c.id = t.customer_id LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN staff s ON s.id = t.staff_id
     LEFT JOIN mail_failures f ON f.address = lower(c.email)
WHERE t.number = $1;

-- name: desk_ticket_posts :many
-- param: number text
-- row desk_post_row: id bigint, author text, staff_name text?, via text, body text, from_email text?, left_out integer, written_at timestamptz
SELECT p.id, p.author, s.name AS staff_name, p.via, p.body, p.from_email, p.left_out, p.at AS written_at
FROM tickets t JOIN posts p ON p.ticket_id = t.id LEFT JOIN staff s ON s.id = p.staff_id WHERE t.number = $1 ORDER BY p.id;

-- name: desk_ticket_files :many
-- param: number text
-- row desk_file_row: id bigint, post_id bigint, name text, type text, size bigint
SELECT f.id, f.post_id, f.name, f.type, length(f.content)::bigint AS size
FROM tickets t JOIN ticket_files f ON f.ticket_id = t.id WHERE t.number = $1 ORDER BY f.id;

-- name: desk_ticket_file :one
-- param: number text
-- param: file bigint
-- row desk_content_row: name text, type text, content bytea
SELECT f.name, f.type, f.content FROM tickets t JOIN ticket_files f ON f.ticket_id = t.id WHERE t.number = $1 AND f.id = $2;

-- The customer's orders and what is open, newest first; the ticket's own among them.
-- name: desk_ticket_orders :many
-- param: number text
-- row desk_order_row: number text, title text, status text, access text?, currency text, total_minor bigint, created_at timestamptz,
--     first_open_at timestamptz?, n_mails bigint, is_this bool, splits bool
SELECT o.number, l.title, o.status, a.status AS access, o.currency, o.total_minor, o.created_at, o.first_open_at,
       (SELECT count(*) FROM messages m WHERE m.object = 'order' AND m.object_id = o.id) AS n_mails,
       coalesce(o.id = t.order_id, false) AS is_this, order_splits(o.id) AS splits
FROM tickets t JOIN orders o ON o.customer_id = t.customer_id OR o.id = t.order_id
     OR o.id IN (SELECT p.order_id FROM order_parties p WHERE p.person_id = t.customer_id)
     JOIN LATERAL (SELECT * FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
     LEFT JOIN access a ON a.order_line_id = l.id
WHERE t.number = $1 ORDER BY coalesce(o.id = t.order_id, false) DESC, o.created_at DESC, o.id DESC LIMIT 20;

-- name: desk_ticket_answer :one
-- param: number text
-- param: nonce text
-- param: body text
-- row desk_answered_row: result text, post_id bigint?
SELECT result, post_id FROM staff_ticket_answer($1, $2, $3);

-- name: desk_file_add :one
-- param: post_id bigint
-- param: name text
-- param: type text
-- param: content bytea
-- row desk_file_added_row: done bool
SELECT ticket_file_add($1, $2, $3, $4) AS done;

-- name: desk_ticket_move :one
-- param: number text
-- param: status text
-- row desk_done_row: answer text
SELECT staff_ticket_move($1, $2) AS answer;

-- name: desk_ticket_take :one
-- param: number text
-- param: take bool
-- row desk_done_row
SELECT staff_ticket_take($1, $2) AS answer;

-- Whether mail to the addresses of an order comes back.
-- name: desk_mail_failure :maybe
-- param: number text
-- row desk_failure_row: address text, code text, at timestamptz
SELECT f.address, f.code, f.at FROM orders o JOIN customers c ON c.id = o.customer_id
     JOIN mail_failures f ON f.address IN (lower(o.email), lower(c.email)) WHERE o.number = $1 ORDER BY f.at DESC LIMIT 1;
