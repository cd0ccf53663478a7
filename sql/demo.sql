-- A year of a small studio: customers, orders, money, access and mails, as if the product had
-- run all along.  Run by latchkeyctl demo load, in development, on a database that has the
-- products of demo/northlight and no orders.
--
-- The same settings give the same people and purchases, placed backwards from this hour:
--   demo.customers  demo.seed                       how many, and which
--   demo.email  demo.password_hash                  the customer that everybody may log in as
--   demo.portal  demo.gateway  demo.shop  demo.zone  demo.series  demo.statement
--   demo.seller_name  demo.seller_address  demo.seller_tax_number
-- What the gateway has of it is derived from these rows by sql/queries/demo.sql.  sql/demo_plans.sql goes on.

-- --- chance, without surprise ---

-- A number from 0 to 1 for this question about this thing.
CREATE FUNCTION pg_temp.chance(p_what text, p_n bigint) RETURNS double precision LANGUAGE sql STABLE
AS $$ SELECT ('x' || substr(md5(current_setting('demo.seed') || '/' || p_what || '/' || p_n), 1, 13))::bit(52)::bigint / 4503599627370496.0::double precision $$;

-- Letters and digits that name this thing.
CREATE FUNCTION pg_temp.name_of(p_what text, p_n bigint) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT md5(current_setting('demo.seed') || '/' || p_what || '/' || p_n) $$;

CREATE FUNCTION pg_temp.pick(p_list text[], p_chance double precision) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT p_list[1 + floor(p_chance * cardinality(p_list))::integer] $$;

-- The letters of order numbers.
CREATE FUNCTION pg_temp.number_of(p_n bigint) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (get_byte(b, i) & 31), 1), '' ORDER BY i)
      FROM (SELECT decode(pg_temp.name_of('order', p_n), 'hex') AS b) r, generate_series(0, 9) i $$;

-- Figures for the planner, which would believe for the whole transaction that these are empty.
CREATE FUNCTION pg_temp.look_at(VARIADIC p_tables text[]) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_table text;
BEGIN
        FOREACH v_table IN ARRAY p_tables LOOP
                EXECUTE format('ANALYZE %I', v_table);
        END LOOP;
END $$;

DO $$
BEGIN
        IF EXISTS (SELECT FROM orders) THEN
                RAISE EXCEPTION 'this database has orders already' USING ERRCODE = 'restrict_violation';
        END IF;
        IF (SELECT count(*) FROM products WHERE slug IN ('light-and-lens', 'portfolio-mentoring', 'darkroom-desk') AND version_id IS NOT NULL) < 3
           OR NOT EXISTS (SELECT FROM terms_versions WHERE kind = 'terms') OR NOT EXISTS (SELECT FROM terms_versions WHERE kind = 'consent') THEN
                RAISE EXCEPTION 'the products of demo/northlight are not loaded' USING ERRCODE = 'restrict_violation';
        END IF;
END $$;

CREATE TEMP TABLE demo_now ON COMMIT DROP AS SELECT date_trunc('hour', app_now()) AS t;

-- --- people ---

CREATE TEMP TABLE demo_places (n integer, country text, weight integer, locale text, zone text, given text[], family text[]) ON COMMIT DROP;
INSERT INTO demo_places VALUES
        (1, 'DE', 22, 'de_DE', 'Europe/Berlin', '{Anna,Jonas,Lena,Felix,Sophie,Paul,Miriam,Tobias,Klara,Björn,Johanna,Emil}', '{Weber,Hoffmann,Schäfer,Koch,Bauer,Richter,Wolf,Neumann,Krüger,Lindner,Vogel,Brandt}'),
        (2, 'GB', 15, 'en_GB', 'Europe/London', '{Alice,Oliver,Imogen,Harry,Freya,Callum,Nadia,George,Rhiannon,Tom,Priya,Edward}', '{Ashworth,Bennett,Clarke,Doyle,Fletcher,Hughes,Iqbal,Marsh,Okafor,Palmer,Reid,Whitfield}'),
        (3, 'US', 14, 'en_US', 'America/New_York', '{Emma,Noah,Maya,Ethan,Grace,Caleb,Zoe,Marcus,Harper,Diego,Ruth,Owen}', '{Alvarez,Brooks,Carter,Dawson,Ellis,Foster,Grant,Hayes,Jenkins,Nguyen,Porter,Sullivan}'),
        (4, 'FR', 9, 'fr_FR', 'Europe/Paris', '{Camille,Hugo,Léa,Mathieu,Chloé,Antoine,Inès,Julien,Margaux,Rémi,Élise,Théo}', '{Bernard,Dubois,Faure,Girard,Lambert,Mercier,Moreau,Perrin,Rousseau,Vidal,Lefèvre,Noël}'),
        (5, 'NL', 6, 'nl_NL', 'Europe/Amsterdam', '{Sanne,Daan,Fleur,Bram,Lotte,Thijs,Maud,Ruben,Eva,Sjoerd,Noor,Joost}', '{Bakker,Dekker,Jansen,Kuiper,Meijer,Mulder,Prins,Smit,Visser,Vos,Hendriks,Postma}'),
        (6, 'SE', 6, 'sv_SE', 'Europe/Stockholm', '{Elin,Oskar,Linnea,Viktor,Astrid,Nils,Åsa,Erik,Saga,Göran,Ebba,Henrik}', '{Andersson,Berglund,Ek,Forsberg,Holm,Lindqvist,Nyström,Sandberg,Sjögren,Wallin,Åkesson,Öberg}'),
        (7, 'IT', 5, 'it_IT', 'Europe/Rome', '{Giulia,Marco,Chiara,Lorenzo,Elena,Matteo,Francesca,Davide,Sara,Niccolò,Marta,Pietro}', '{Bianchi,Conti,Ferrari,Gallo,Greco,Lombardi,Marino,Moretti,Ricci,Romano,Serra,Villa}'),
        (8, 'ES', 4, 'es_ES', 'Europe/Madrid', '{Lucía,Pablo,Carmen,Javier,Inés,Álvaro,Nuria,Sergio,Marta,Andrés,Paula,Iván}', '{Castro,Domínguez,Fernández,Gómez,Herrero,Iglesias,Navarro,Ortega,Prieto,Ruiz,Santos,Vega}'),
        (9, 'CH', 4, 'de_CH', 'Europe/Zurich', '{Nina,Luca,Ladina,Reto,Selina,Urs,Flurina,Beat,Mirjam,Andri,Corinne,Jürg}', '{Ammann,Brunner,Caduff,Egli,Frei,Gerber,Hug,Keller,Meier,Steiner,Suter,Zbinden}'),
        (10, 'JP', 5, 'ja_JP', 'Asia/Tokyo', '{Haruka,Kenji,Yui,Takumi,Aiko,Ren,Misaki,Sota,Naoko,Daiki,Emi,Hiroshi}', '{Fujimoto,Hayashi,Ishikawa,Kato,Mori,Nakamura,Ogawa,Sakai,Tanaka,Ueda,Watanabe,Yamada}'),
        (11, 'IN', 4, 'en_IN', 'Asia/Kolkata', '{Ananya,Arjun,Divya,Karan,Meera,Nikhil,Pooja,Rohan,Shreya,Vikram,Leela,Aditya}', '{Banerjee,Chopra,Desai,Iyer,Joshi,Kulkarni,Mehta,Nair,Patel,Rao,Sen,Varma}'),
        (12, 'BR', 3, 'pt_BR', 'America/Sao_Paulo', '{Beatriz,Caio,Fernanda,João,Larissa,Mateus,Rafaela,Thiago,Júlia,Vinícius,Lívia,André}', '{Almeida,Barbosa,Cardoso,Duarte,Freitas,Gonçalves,Lima,Moraes,Pinto,Ribeiro,Souza,Teixeira}'),
        (13, 'KW', 2, 'en_GB', 'Asia/Kuwait', '{Dalal,Faisal,Hessa,Khaled,Latifa,Nasser,Reem,Yousef}', '{Almutairi,Alrashid,Alsabah,Aldosari,Alenezi,Alkandari,Alshammari,Behbehani}'),
        (14, 'ZA', 1, 'en_ZA', 'Africa/Johannesburg', '{Amahle,Johan,Lerato,Sipho,Thandi,Willem}', '{Botha,Dlamini,Khumalo,Mokoena,Naidoo,Viljoen}');

CREATE TEMP TABLE demo_people ON COMMIT DROP AS
WITH drawn AS (
        SELECT g.n, p.country, p.locale, p.zone, pg_temp.pick(p.given, pg_temp.chance('given', g.n)) AS given,
               pg_temp.pick(p.family, pg_temp.chance('family', g.n)) AS family
        FROM generate_series(1, current_setting('demo.customers')::integer) AS g(n)
             CROSS JOIN LATERAL (SELECT d.* FROM (SELECT *, sum(weight) OVER (ORDER BY demo_places.n) AS upto FROM demo_places) d
                                 WHERE d.upto > pg_temp.chance('country', g.n) * (SELECT sum(weight) FROM demo_places)
                                 ORDER BY d.n LIMIT 1) p
        WHERE g.n NOT IN (1, 5, 9)
        UNION ALL
        SELECT * FROM (VALUES (1, 'SE', 'sv_SE', 'Europe/Stockholm', 'Mara', 'Lindqvist'), (5, 'JP', 'ja_JP', 'Asia/Tokyo', 'Haruka', 'Mori'),
                              (9, 'KW', 'en_GB', 'Asia/Kuwait', 'Dalal', 'Alrashid')) AS told(n, country, locale, zone, given, family)
        WHERE n <= current_setting('demo.customers')::integer),
addressed AS (
        SELECT d.*, translate(lower(given || '.' || family), 'äöüåéèëçàáâãìíîïòóôõùúûñøæßÿ', 'aouaeeecaaaaiiiioooouuunoasy') AS local_part
        FROM drawn d)
SELECT n, country, locale, zone, given, given || ' ' || family AS name,
       CASE WHEN n = 1 THEN current_setting('demo.email')
            ELSE local_part || CASE WHEN same > 1 THEN same::text ELSE '' END || '@'
                 || pg_temp.pick('{example.com,example.org,example.net}', pg_temp.chance('domain', n)) END AS email,
       t.t - interval '1 day' * CASE n WHEN 1 THEN 96.3 WHEN 5 THEN 61.8 WHEN 7 THEN 21.4 WHEN 9 THEN 33.1 WHEN 11 THEN 52.5 WHEN 13 THEN 74.9 WHEN 17 THEN 120.6 WHEN 23 THEN 45.2 WHEN 29 THEN 80.7
                                       ELSE 0.3 + 364 * power(pg_temp.chance('joined', n), 1.25) END AS joined_at
FROM (SELECT a.*, row_number() OVER (PARTITION BY local_part ORDER BY n) AS same FROM addressed a) a, demo_now t;

-- --- what they bought ---

CREATE TEMP TABLE demo_products ON COMMIT DROP AS
SELECT CASE p.slug WHEN 'light-and-lens' THEN 1 WHEN 'portfolio-mentoring' THEN 2 ELSE 3 END AS kind,
       p.id AS product_id, p.version_id, v.title, o.slug AS offer, ov.id AS offer_version_id, ov.currency, ov.amount_minor, ov.tax_class
FROM products p JOIN product_versions v ON v.id = p.version_id
     JOIN offers o ON o.product_id = p.id JOIN offer_versions ov ON ov.id = o.version_id
WHERE p.slug IN ('light-and-lens', 'portfolio-mentoring', 'darkroom-desk');

-- One row per order.  FATE: paid, expired (nobody finished it), gift (the same, but staff
-- opened it), open (somebody is at it).  KINDS: the products of its lines.
CREATE TEMP TABLE demo_orders ON COMMIT DROP AS
WITH turns AS (
        SELECT n, joined_at, first_kind, both_at_once, CASE WHEN pg_temp.chance('turn', n) < 0.5 THEN 1 ELSE 2 END AS step,
               CASE WHEN n = 1 THEN 3 WHEN both_at_once THEN 1
                    ELSE 1 + (pg_temp.chance('more', n) < 0.28)::integer + (pg_temp.chance('more', n) < 0.05)::integer END AS n_orders
        FROM (SELECT *, n = 13 OR (n NOT IN (1, 5, 9) AND pg_temp.chance('both', n) < 0.03) AS both_at_once,
                     CASE WHEN n IN (1, 11, 13) THEN 1 WHEN n IN (5, 9) THEN 3 WHEN pg_temp.chance('first', n) < 0.54 THEN 1
                             WHEN pg_temp.chance('first', n) < 0.72 THEN 2 ELSE 3 END AS first_kind FROM demo_people) p),
bought AS (
        SELECT n, k, 'paid' AS fate,
               CASE WHEN both_at_once THEN ARRAY[1, 3] ELSE ARRAY[1 + (first_kind - 1 + (k - 1) * step) % 3] END AS kinds,
               CASE WHEN n = 1 THEN joined_at + (ARRAY[0, 56, 90])[k] * interval '1 day'
                    ELSE joined_at + (k - 1) * interval '1 day' * (4 + 60 * pg_temp.chance('pause', n * 10 + k)) END AS at
        FROM turns, generate_series(1, n_orders) k),
abandoned AS (
        SELECT n, 0 AS k, CASE WHEN pg_temp.chance('gift', n) < 0.08 OR n = 7 THEN 'gift' ELSE 'expired' END AS fate, ARRAY[first_kind] AS kinds,
               joined_at - interval '1 day' * (1.2 + 3 * pg_temp.chance('before', n)) AS at
        FROM turns WHERE pg_temp.chance('abandoned', n) < 0.06 OR n IN (7, 17)),
begun AS (
        SELECT n, 9, 'open', ARRAY[1 + first_kind % 3], (SELECT t FROM demo_now) - interval '1 hour' * (0.6 + 14 * pg_temp.chance('begun', n))
        FROM turns WHERE n IN (23, 29) OR (n > 40 AND pg_temp.chance('begun', n) < 0.002)),
every AS (
        SELECT * FROM bought UNION ALL SELECT * FROM abandoned UNION ALL SELECT * FROM begun)
SELECT row_number() OVER (ORDER BY e.at, e.n, e.k) AS id, e.n, e.k, e.fate, e.kinds, e.at, p.country, p.name, p.email, p.locale, p.zone
FROM every e JOIN demo_people p USING (n)
WHERE e.at < (SELECT t FROM demo_now) - interval '20 minutes';
CREATE UNIQUE INDEX ON demo_orders (id);
SELECT pg_temp.look_at('demo_orders', 'demo_people');

CREATE TEMP TABLE demo_lines ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY o.id, l.i) AS id, o.id AS order_id, l.i, l.kind, p.product_id, p.version_id, p.offer_version_id, p.title,
       p.currency, p.amount_minor, coalesce(t.rate_bp, 0) AS tax_bp, coalesce(t.eu, false) AS eu
FROM demo_orders o CROSS JOIN LATERAL unnest(o.kinds) WITH ORDINALITY AS l(kind, i)
     JOIN demo_products p ON p.kind = l.kind
          AND p.offer = CASE WHEN l.kind = 3 AND cardinality(o.kinds) = 1 AND o.country = 'JP' THEN 'yen'
                             WHEN l.kind = 3 AND cardinality(o.kinds) = 1 AND o.country = 'KW' THEN 'dinar' ELSE 'full' END
     LEFT JOIN tax_rates t ON t.country = o.country AND t.tax_class = p.tax_class;

-- Money and time of each order.  LAG: from the charge to the grant.
CREATE TEMP TABLE demo_sales ON COMMIT DROP AS
SELECT o.*, s.currency, s.total, s.eu, s.title, s.n_lines,
       date_trunc('second', o.at + interval '1 second' * (40 + 260 * pg_temp.chance('checkout', o.id))) AS charged_at,
       CASE WHEN pg_temp.chance('late', o.id) < 0.006 THEN 62 + 500 * pg_temp.chance('lag', o.id)
            ELSE 0.35 + 0.9 * pg_temp.chance('lag', o.id) + 5 * power(pg_temp.chance('slow', o.id), 8) END * interval '1 second' AS lag,
       pg_temp.pick('{visa,visa,visa,visa,visa,visa,mastercard,mastercard,mastercard,amex}', pg_temp.chance('brand', o.id)) AS brand
FROM demo_orders o
     JOIN (SELECT order_id, min(currency) AS currency, sum(amount_minor)::bigint AS total, bool_or(eu) AS eu, count(*) AS n_lines,
                  string_agg(title, ', ' ORDER BY i) AS title FROM demo_lines GROUP BY order_id) s ON s.order_id = o.id;
ALTER TABLE demo_sales ADD COLUMN granted_at timestamptz, ADD COLUMN opened_at timestamptz, ADD COLUMN refunded_at timestamptz,
        ADD COLUMN refund bigint, ADD COLUMN refund_line bigint, ADD COLUMN disputed_at timestamptz, ADD COLUMN decided_at timestamptz,
        ADD COLUMN dispute text;
UPDATE demo_sales SET granted_at = charged_at + lag WHERE fate = 'paid';
-- Most open it at once, some the next evening, a few never.
UPDATE demo_sales s SET opened_at = o.at
FROM (SELECT id, granted_at + CASE WHEN pg_temp.chance('open', id) < 0.7 THEN interval '1 second' * (8 + 280 * pg_temp.chance('soon', id))
                                   ELSE interval '1 hour' * (1 + 200 * power(pg_temp.chance('soon', id), 3)) END AS at FROM demo_sales) o
WHERE o.id = s.id AND s.fate = 'paid' AND o.at < (SELECT t FROM demo_now) AND (s.n = 1 OR pg_temp.chance('never', s.id) > 0.07);
-- About six in a hundred go back, a quarter of those in part; of two products one.
UPDATE demo_sales s SET refunded_at = r.at, refund = CASE WHEN s.n_lines > 1 THEN (SELECT amount_minor FROM demo_lines WHERE order_id = s.id AND i = 2)
                                                         WHEN s.n = 11 OR pg_temp.chance('part', s.id) < 0.25 THEN s.total / 2 / 10 * 10 ELSE s.total END,
        refund_line = CASE WHEN s.n_lines > 1 THEN (SELECT id FROM demo_lines WHERE order_id = s.id AND i = 2) END
FROM (SELECT id, date_trunc('second', granted_at + interval '1 day' * (0.5 + 24 * pg_temp.chance('refund at', id))) AS at FROM demo_sales) r
WHERE r.id = s.id AND s.fate = 'paid' AND s.n > 1 AND s.n NOT IN (17, 29) AND r.at < (SELECT t FROM demo_now) - interval '1 hour'
  AND (pg_temp.chance('refund', s.id) < 0.066 OR (s.n = 11 AND s.k = 1));
-- One in a hundred is disputed at the bank: won, lost, or still open.
UPDATE demo_sales s SET disputed_at = d.at,
        decided_at = CASE WHEN d.at + interval '13 days' < (SELECT t FROM demo_now) THEN d.at + interval '13 days' END,
        dispute = CASE WHEN d.at + interval '13 days' >= (SELECT t FROM demo_now) THEN 'open'
                       WHEN s.n = 17 OR (s.n <> 29 AND pg_temp.chance('won', s.id) < 0.5) THEN 'won' ELSE 'lost' END
FROM (SELECT id, date_trunc('second', granted_at + interval '1 day' * (9 + 30 * pg_temp.chance('dispute at', id))) AS at FROM demo_sales) d
WHERE d.id = s.id AND s.fate = 'paid' AND s.refund IS NULL AND s.n > 1 AND s.n_lines = 1 AND d.at < (SELECT t FROM demo_now) - interval '1 hour'
  AND (pg_temp.chance('dispute', s.id) < 0.011 OR (s.n IN (17, 29) AND s.k = 1));
CREATE UNIQUE INDEX ON demo_sales (id);
SELECT pg_temp.look_at('demo_sales', 'demo_lines');

-- Where the numbers of each table begin: somebody may have tried the empty shop before.
CREATE TEMP TABLE demo_base ON COMMIT DROP AS
SELECT (SELECT coalesce(max(id), 0) FROM customers) AS customer, (SELECT coalesce(max(id), 0) FROM access) AS access,
       (SELECT coalesce(max(id), 0) FROM payments) AS payment, (SELECT coalesce(max(id), 0) FROM receipts) AS receipt,
       (SELECT coalesce(max(id), 0) FROM messages) AS message;

-- --- into the tables ---

INSERT INTO customers (id, email, email_fold, email_verified_at, name, locale, zone, country, created_at, first_open_at) OVERRIDING SYSTEM VALUE
SELECT b.customer + p.n, p.email, p.email, s.opened_at, p.name, p.locale, p.zone, p.country, s.at, s.opened_at
FROM demo_people p JOIN (SELECT n, min(at) AS at, min(opened_at) AS opened_at FROM demo_sales GROUP BY n) s USING (n), demo_base b;

INSERT INTO credentials (customer_id, password_hash, set_at)
SELECT b.customer + 1, current_setting('demo.password_hash'), s.opened_at FROM demo_base b, demo_sales s WHERE s.n = 1 AND s.k = 1;

INSERT INTO orders (id, number, customer_id, status, currency, total_minor, form_nonce, email, buyer_name, country, terms_id, agreed_at,
                    consent_id, created_at, expires_at, paid_at, granted_at, first_open_at) OVERRIDING SYSTEM VALUE
SELECT s.id, pg_temp.number_of(s.id), b.customer + s.n,
       CASE WHEN s.fate = 'paid' THEN CASE WHEN s.refund = s.total THEN 'refunded' ELSE 'paid' END
            WHEN s.fate = 'open' THEN 'open' ELSE 'expired' END,
       s.currency, s.total, 'demo-' || s.id, s.email, s.name, s.country, t.id, s.at, CASE WHEN s.eu THEN c.id END, s.at, s.at + interval '23 hours',
       CASE WHEN s.fate = 'paid' THEN s.charged_at END, s.granted_at, s.opened_at
FROM demo_sales s, demo_base b,
     (SELECT max(id) AS id FROM terms_versions WHERE kind = 'terms') t, (SELECT max(id) AS id FROM terms_versions WHERE kind = 'consent') c;

INSERT INTO order_lines (id, order_id, customer_id, currency, product_id, product_version_id, offer_version_id, title, amount_minor, tax_bp,
                         refunded_minor, paid) OVERRIDING SYSTEM VALUE
SELECT l.id, l.order_id, b.customer + s.n, l.currency, l.product_id, l.version_id, l.offer_version_id, l.title, l.amount_minor, l.tax_bp,
       CASE WHEN s.refund IS NULL THEN 0 WHEN s.refund_line IS NULL THEN s.refund WHEN s.refund_line = l.id THEN s.refund ELSE 0 END, s.fate = 'paid'
FROM demo_lines l JOIN demo_sales s ON s.id = l.order_id, demo_base b;

INSERT INTO order_parties (order_id, person_id, role, topics, since_at)
SELECT s.id, b.customer + s.n, r.role, r.topics, s.at
FROM demo_sales s, demo_base b, (VALUES ('payer', '{bills}'::text[]), ('user', '{access,calls}')) r(role, topics);

SELECT pg_temp.look_at('customers', 'orders', 'order_lines', 'order_parties');

-- Money.  The trigger on allocations would book what stands in these rows already.
INSERT INTO dues (id, order_id, customer_id, currency, seq, kind, title, amount_minor, paid_minor, status, due_on, created_at) OVERRIDING SYSTEM VALUE
SELECT s.id, s.id, b.customer + s.n, s.currency, 1, 'order', s.title, s.total, CASE WHEN s.fate = 'paid' THEN s.total ELSE 0 END,
       CASE WHEN s.fate = 'paid' THEN 'paid' ELSE 'open' END, (s.at AT TIME ZONE 'UTC')::date, s.at
FROM demo_sales s, demo_base b;

INSERT INTO attempts (id, due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind, status, gateway_ref, session_ref,
                      session_url, created_at, sent_at) OVERRIDING SYSTEM VALUE
SELECT s.id, s.id, s.id, b.customer + s.n, a.id, s.total, s.currency, 'demo-' || pg_temp.name_of('attempt', s.id), 'checkout',
       CASE s.fate WHEN 'paid' THEN 'succeeded' WHEN 'open' THEN 'sent' ELSE 'cancelled' END,
       CASE WHEN s.fate = 'paid' THEN 'pi_demo' || substr(pg_temp.name_of('intent', s.id), 1, 20) END,
       'cs_test_demo' || pg_temp.name_of('session', s.id),
       CASE WHEN s.fate = 'open' THEN current_setting('demo.gateway') || '/c/pay/cs_test_demo' || pg_temp.name_of('session', s.id) END, s.at, s.at
FROM demo_sales s, demo_base b, accounts a WHERE a.name = 'stripe';

SELECT pg_temp.look_at('dues', 'attempts');

INSERT INTO payments (id, attempt_id, order_id, customer_id, account_id, gateway_ref, charge_ref, amount_minor, currency, allocated_minor,
                      refunded_minor, received_at, booked_at, method_kind, brand, last_four, statement_text, fee_minor, fee_currency, detail_at)
OVERRIDING SYSTEM VALUE
SELECT b.payment + row_number() OVER (ORDER BY s.granted_at, s.id), s.id, s.id, b.customer + s.n, a.account_id, a.gateway_ref,
       'ch_demo' || substr(pg_temp.name_of('charge', s.id), 1, 20), s.total, s.currency, s.total, coalesce(s.refund, 0), s.charged_at, s.granted_at,
       'card', s.brand, CASE s.brand WHEN 'visa' THEN '4242' WHEN 'mastercard' THEN '4444' ELSE '0005' END, current_setting('demo.statement'),
       s.total * 14 / 1000 + CASE c.exponent WHEN 3 THEN 250 ELSE 25 END, s.currency, s.granted_at + interval '2 seconds'
FROM demo_sales s JOIN attempts a ON a.id = s.id JOIN currencies c ON c.code = s.currency, demo_base b WHERE s.fate = 'paid';

SELECT pg_temp.look_at('payments');

ALTER TABLE allocations DISABLE TRIGGER allocated;
INSERT INTO allocations (payment_id, due_id, customer_id, currency, amount_minor, at)
SELECT p.id, p.order_id, p.customer_id, p.currency, p.amount_minor, p.booked_at FROM payments p ORDER BY p.id;
ALTER TABLE allocations ENABLE TRIGGER allocated;

INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, gateway_ref, kind, amount_minor, status, reason, created_at, settled_at)
SELECT p.id, s.id, p.customer_id, s.currency, p.account_id, 're_demo' || substr(pg_temp.name_of('refund', s.id), 1, 20), 'gateway', s.refund,
       'succeeded', 'requested_by_customer', s.refunded_at, s.refunded_at + interval '2 seconds'
FROM demo_sales s JOIN payments p ON p.order_id = s.id WHERE s.refund IS NOT NULL ORDER BY s.refunded_at, s.id;

INSERT INTO refund_items (refund_id, order_line_id, amount_minor, ends_access)
SELECT r.id, l.id, r.amount_minor, l.refunded_minor = l.amount_minor
FROM refunds r JOIN order_lines l ON l.order_id = r.order_id WHERE l.refunded_minor > 0;

INSERT INTO disputes (payment_id, order_id, customer_id, currency, account_id, gateway_ref, amount_minor, reason, status, due_by, created_at, closed_at)
SELECT p.id, s.id, p.customer_id, s.currency, p.account_id, 'du_demo' || substr(pg_temp.name_of('dispute', s.id), 1, 20), s.total,
       pg_temp.pick('{fraudulent,fraudulent,product_not_received,unrecognized}', pg_temp.chance('reason', s.id)), s.dispute,
       s.disputed_at + interval '9 days', s.disputed_at, s.decided_at
FROM demo_sales s JOIN payments p ON p.order_id = s.id WHERE s.dispute IS NOT NULL ORDER BY s.disputed_at, s.id;

SELECT pg_temp.look_at('allocations', 'refunds', 'refund_items', 'disputes');

INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
SELECT entry, leg, debit, credit, currency, amount, order_id, at FROM (
        SELECT 'payment:' || id AS entry, 1 AS leg, 'gateway:stripe' AS debit, 'customers' AS credit, currency, amount_minor AS amount, order_id, booked_at AS at FROM payments
        UNION ALL SELECT 'payment:' || id, 2, 'customers', 'revenue', currency, amount_minor, order_id, booked_at FROM payments
        UNION ALL SELECT 'fee:' || id, 1, 'fees', 'gateway:stripe', fee_currency, fee_minor, order_id, detail_at FROM payments
        UNION ALL SELECT 'refund:' || id, 2, 'refunds', 'gateway:stripe', currency, amount_minor, order_id, settled_at FROM refunds
        UNION ALL SELECT 'dispute:' || id, 1, 'disputes', 'gateway:stripe', currency, amount_minor, order_id, created_at FROM disputes
        UNION ALL SELECT 'dispute-won:' || id, 1, 'gateway:stripe', 'disputes', currency, amount_minor, order_id, closed_at FROM disputes WHERE status = 'won') l
ORDER BY at, entry, leg;

-- Access, licence keys, progress.
INSERT INTO access (id, order_line_id, order_id, person_id, product_id, product_version_id, status, reason, payment_id, note, end_reason, granted_at,
                    since_at, first_open_at, last_open_at) OVERRIDING SYSTEM VALUE
SELECT b.access + l.id, l.id, s.id, b.customer + s.n, l.product_id, l.version_id, CASE WHEN e.end_reason IS NULL THEN 'full' ELSE 'ended' END,
       CASE WHEN s.fate = 'gift' THEN 'gift' ELSE 'payment' END, p.id, CASE WHEN s.fate = 'gift' THEN 'Won it at the open studio day' ELSE '' END,
       e.end_reason, g.granted_at, coalesce(CASE e.end_reason WHEN 'refund' THEN s.refunded_at WHEN 'dispute' THEN s.disputed_at END,
                                            CASE s.dispute WHEN 'won' THEN s.decided_at END, g.granted_at),
       s.opened_at, s.opened_at + (coalesce(s.refunded_at, s.disputed_at, n.t) - s.opened_at) * pg_temp.chance('last open', l.id)
FROM demo_lines l JOIN demo_sales s ON s.id = l.order_id LEFT JOIN payments p ON p.order_id = s.id
     CROSS JOIN LATERAL (SELECT CASE WHEN s.refund IS NOT NULL AND coalesce(s.refund_line, l.id) = l.id AND s.refund >= l.amount_minor THEN 'refund'
                                     WHEN s.dispute IN ('lost', 'open') THEN 'dispute' END AS end_reason) e
     CROSS JOIN LATERAL (SELECT coalesce(s.granted_at, s.at + interval '30 hours') AS granted_at) g, demo_base b, demo_now n
WHERE s.fate IN ('paid', 'gift') AND g.granted_at < n.t;
SELECT pg_temp.look_at('access', 'ledger');
UPDATE access SET first_open_at = NULL, last_open_at = NULL WHERE last_open_at < first_open_at;

UPDATE licence_keys k SET order_line_id = a.order_line_id, person_id = a.person_id, assigned_at = a.granted_at
FROM (SELECT order_line_id, person_id, product_id, granted_at, row_number() OVER (PARTITION BY product_id ORDER BY granted_at, id) AS i FROM access) a
     JOIN (SELECT id, product_id, row_number() OVER (PARTITION BY product_id ORDER BY id) AS i FROM licence_keys WHERE order_line_id IS NULL) f
          ON f.product_id = a.product_id AND f.i = a.i
WHERE k.id = f.id;

-- How far they came: the first items done, the next one opened.
INSERT INTO progress (access_id, person_id, item_id, opened_at, done_at)
SELECT a.id, a.person_id, i.item_id, at.at, CASE WHEN i.position <= p.far THEN least(at.at + interval '11 minutes', n.t) END
FROM access a
     CROSS JOIN LATERAL (SELECT floor((SELECT count(*) + 1 FROM version_items v WHERE v.version_id = a.product_version_id)
                                      * power(pg_temp.chance('far', a.id), 0.8))::integer AS far) p
     JOIN LATERAL (SELECT v.position, w.item_id FROM version_items v JOIN item_versions w ON w.id = v.item_version_id
                   WHERE v.version_id = a.product_version_id AND v.position <= p.far + 1) i ON true
     CROSS JOIN LATERAL (SELECT a.first_open_at + (a.last_open_at - a.first_open_at) * ((i.position - 1.0) / (p.far + 1)) AS at) at, demo_now n
WHERE a.first_open_at IS NOT NULL AND at.at <= n.t;

-- Receipts and credit notes, numbered as the worker would have done.
CREATE TEMP TABLE demo_papers ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY d.at, d.payment_id, d.refund_id) AS id, d.*, d.series_name || '-' || lpad(d.seq::text, 6, '0') AS number
FROM (SELECT c.*, row_number() OVER (PARTITION BY series_name ORDER BY at, payment_id, refund_id) AS seq FROM (
        SELECT 'receipt' AS kind, p.id AS payment_id, NULL::bigint AS refund_id, p.order_id, p.customer_id, p.currency, p.amount_minor AS total,
               p.received_at AS paid_at, p.detail_at + interval '1 second' AS at,
               current_setting('demo.series') || '-' || to_char((p.detail_at + interval '1 second') AT TIME ZONE current_setting('demo.zone'), 'YYYY') AS series_name
        FROM payments p
        UNION ALL
        SELECT 'credit_note', NULL, r.id, r.order_id, r.customer_id, r.currency, r.amount_minor, r.settled_at, r.settled_at + interval '2 seconds',
               current_setting('demo.series') || 'C-' || to_char((r.settled_at + interval '2 seconds') AT TIME ZONE current_setting('demo.zone'), 'YYYY')
        FROM refunds r) c) d;

SELECT pg_temp.look_at('demo_papers');

INSERT INTO receipt_series (series, last)
SELECT series_name, max(seq) FROM demo_papers GROUP BY series_name;

WITH parts AS (
        SELECT d.id, l.title, CASE d.kind WHEN 'receipt' THEN l.amount_minor ELSE i.amount_minor END AS amount, l.tax_bp, l.id AS line_id
        FROM demo_papers d JOIN order_lines l ON l.order_id = d.order_id
             LEFT JOIN refund_items i ON i.refund_id = d.refund_id AND i.order_line_id = l.id
        WHERE d.kind = 'receipt' OR i.refund_id IS NOT NULL),
lines AS (
        SELECT id, jsonb_agg(jsonb_build_object('title', title, 'quantity', 1, 'amount_minor', amount, 'tax_bp', tax_bp) ORDER BY line_id) AS list
        FROM parts GROUP BY id),
taxes AS (
        SELECT id, jsonb_agg(jsonb_build_object('tax_bp', tax_bp, 'net_minor', gross - tax, 'tax_minor', tax, 'gross_minor', gross) ORDER BY tax_bp) AS list
        FROM (SELECT id, tax_bp, sum(amount)::bigint AS gross, round(sum(amount) * tax_bp / (10000 + tax_bp))::bigint AS tax
              FROM parts GROUP BY id, tax_bp) t GROUP BY id)
INSERT INTO receipts (id, series, seq, number, kind, order_id, customer_id, payment_id, refund_id, refers_to, currency, total_minor, paper,
                      issued_at) OVERRIDING SYSTEM VALUE
SELECT b.receipt + d.id, d.series_name, d.seq, d.number, d.kind, d.order_id, d.customer_id, d.payment_id, d.refund_id, b.receipt + first.id, d.currency, d.total,
       jsonb_build_object(
               'credit_note', d.kind = 'credit_note', 'number', d.number, 'total_minor', d.total, 'currency', d.currency, 'locale', c.locale,
               'issued_at', to_char(d.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'issued_on', to_char(d.at AT TIME ZONE current_setting('demo.zone'), 'FMDD FMMonth YYYY'),
               'paid_on', to_char(d.paid_at AT TIME ZONE current_setting('demo.zone'), 'FMDD FMMonth YYYY'),
               'order_number', o.number, 'seller_name', current_setting('demo.seller_name'), 'seller_address', current_setting('demo.seller_address'),
               'seller_tax_number', current_setting('demo.seller_tax_number'), 'buyer_name', o.buyer_name, 'buyer_address', o.buyer_address,
               'buyer_email', o.email, 'buyer_tax_number', o.buyer_tax_number,
               'paid_with', CASE p.brand WHEN 'visa' THEN 'Visa' WHEN 'mastercard' THEN 'Mastercard' ELSE 'American Express' END || ' ending in ' || p.last_four,
               'statement_text', p.statement_text, 'lines', l.list, 'taxes', t.list)
       || CASE WHEN d.kind = 'credit_note' THEN jsonb_build_object('refers_to', first.number) ELSE '{}' END,
       d.at
FROM demo_papers d JOIN orders o ON o.id = d.order_id JOIN customers c ON c.id = d.customer_id JOIN payments p ON p.order_id = d.order_id
     JOIN lines l ON l.id = d.id JOIN taxes t ON t.id = d.id
     LEFT JOIN demo_papers first ON d.kind = 'credit_note' AND first.payment_id = p.id, demo_base b
ORDER BY d.id;

SELECT pg_temp.look_at('receipts');

-- Their PDFs are drawn by the worker: the newest, and those of the customer to look at.
INSERT INTO jobs (lane, kind, key, run_at, created_at)
SELECT 4, 'receipt_print', id::text, app_now(), app_now()
FROM (SELECT r.id, r.customer_id = b.customer + 1 AS shown, row_number() OVER (ORDER BY r.id DESC) AS age FROM receipts r, demo_base b) r
WHERE shown OR age <= 60
ON CONFLICT DO NOTHING;

-- Mails, as they were sent.
CREATE TEMP TABLE demo_mails ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY m.at, m.kind, m.object_id) AS id, m.*, s.email, s.name, s.title, pg_temp.number_of(s.id) AS order_number
FROM (SELECT 'paid' AS kind, 'payment' AS object, p.id AS object_id, p.order_id, '' AS period, p.customer_id, p.detail_at + interval '2 seconds' AS at,
             'Payment received: ' AS subject,
             'thank you. We received your payment. The receipt is attached, and it stands in your orders as well.' AS text FROM payments p
      UNION ALL
      SELECT 'access_open', 'order', s.id, s.id, CASE WHEN s.fate = 'gift' THEN 'gift' ELSE '' END, o.customer_id, a.granted_at + interval '1 second',
             'You have access: ', 'your access is open. Open it by the link in this mail, once; afterwards log in as usual.'
      FROM demo_sales s JOIN orders o ON o.id = s.id JOIN LATERAL (SELECT min(granted_at) AS granted_at FROM access WHERE order_id = s.id HAVING count(*) > 0) a ON true
      UNION ALL
      SELECT 'refunded', 'refund', r.id, r.order_id, '', r.customer_id, r.settled_at + interval '3 seconds', 'Your refund: ',
             'your money is on its way back, to the card that you paid with. The credit note is attached.' FROM refunds r) m
     JOIN demo_sales s ON s.id = m.order_id;

SELECT pg_temp.look_at('demo_mails');

INSERT INTO messages (id, kind, object, object_id, period, customer_id, email, status, queued_at, sent_at, tries, code, detail) OVERRIDING SYSTEM VALUE
SELECT b.message + m.id, kind, object, object_id, period, customer_id, email, 'sent', at - interval '1 second', at, 1, 250, 'OK'
FROM demo_mails m, demo_base b;

SELECT pg_temp.look_at('messages');

INSERT INTO message_bodies (message_id, subject, text, html)
SELECT b.message + m.id, m.subject || m.title,
       format(E'Hello %s,\n\n%s\n\nOrder %s: %s\n%s/orders/%s\n\n%s\n', split_part(m.name, ' ', 1), m.text, m.order_number, m.title,
              current_setting('demo.portal'), m.order_number, current_setting('demo.shop')),
       format('<p>Hello %s,</p><p>%s</p><p>Order <a href="%s/orders/%s">%s</a>: %s</p><p>%s</p>', split_part(m.name, ' ', 1), m.text,
              current_setting('demo.portal'), m.order_number, m.order_number, replace(m.title, '&', '&amp;'), replace(current_setting('demo.shop'), '&', '&amp;'))
FROM demo_mails m, demo_base b;

INSERT INTO sends (message_id, at, outcome, code, detail)
SELECT b.message + m.id, m.at, 'sent', 250, 'OK' FROM demo_mails m, demo_base b ORDER BY m.id;

-- --- what is told about it ---

INSERT INTO moves (machine, object_id, customer_id, was, status, at)
SELECT machine, object_id, customer_id, was, status, at FROM (
        SELECT 'order' AS machine, s.id AS object_id, o.customer_id, 'open' AS was, 'paid' AS status, s.granted_at AS at FROM demo_sales s JOIN orders o ON o.id = s.id WHERE s.fate = 'paid'
        UNION ALL SELECT 'due', s.id, o.customer_id, 'open', 'paid', s.granted_at FROM demo_sales s JOIN orders o ON o.id = s.id WHERE s.fate = 'paid'
        UNION ALL SELECT 'attempt', s.id, o.customer_id, 'sent', 'succeeded', s.granted_at FROM demo_sales s JOIN orders o ON o.id = s.id WHERE s.fate = 'paid'
        UNION ALL SELECT 'attempt', s.id, o.customer_id, 'sent', 'cancelled', s.at + interval '23 hours' FROM demo_sales s JOIN orders o ON o.id = s.id WHERE s.fate IN ('expired', 'gift')
        UNION ALL SELECT 'order', s.id, o.customer_id, 'open', 'expired', s.at + interval '24 hours' FROM demo_sales s JOIN orders o ON o.id = s.id WHERE s.fate IN ('expired', 'gift')
        UNION ALL SELECT 'refund', r.id, r.customer_id, 'sent', 'succeeded', r.settled_at FROM refunds r
        UNION ALL SELECT 'order', s.id, o.customer_id, 'paid', 'refunded', s.refunded_at + interval '2 seconds' FROM demo_sales s JOIN orders o ON o.id = s.id WHERE s.refund = s.total
        UNION ALL SELECT 'access', a.id, a.person_id, 'full', 'ended', a.since_at FROM access a WHERE a.end_reason = 'refund'
        UNION ALL SELECT 'access', a.id, a.person_id, 'full', 'ended', s.disputed_at FROM access a JOIN demo_sales s ON s.id = a.order_id WHERE s.dispute IS NOT NULL
        UNION ALL SELECT 'access', a.id, a.person_id, 'ended', 'full', s.decided_at FROM access a JOIN demo_sales s ON s.id = a.order_id WHERE s.dispute = 'won'
        UNION ALL SELECT 'dispute', d.id, d.customer_id, 'open', d.status, d.closed_at FROM disputes d WHERE d.status IN ('won', 'lost')) m
ORDER BY at, machine, object_id;

INSERT INTO evidence (at, customer_id, order_id, kind, facts, salt, personal, personal_hash)
SELECT e.at, o.customer_id, e.order_id, e.kind, e.facts, e.salt, e.personal, sha256(e.salt || convert_to(e.personal, 'UTF8'))
FROM (SELECT s.at, s.id AS order_id, 'agreed' AS kind, jsonb_build_object('terms', t.version, 'sha256', encode(t.sha256, 'hex')) AS facts, h.salt, h.personal
      FROM demo_sales s JOIN orders o ON o.id = s.id JOIN terms_versions t ON t.id = o.terms_id
           CROSS JOIN LATERAL (SELECT decode(pg_temp.name_of('salt', s.id), 'hex') AS salt, '203.0.113.' || (1 + floor(250 * pg_temp.chance('address', s.n)))::integer || ' Mozilla/5.0' AS personal) h
      UNION ALL
      SELECT s.at, s.id, 'consented', jsonb_build_object('consent', t.version, 'sha256', encode(t.sha256, 'hex'), 'text', t.body_md), h.salt, h.personal
      FROM demo_sales s JOIN orders o ON o.id = s.id JOIN terms_versions t ON t.id = o.consent_id
           CROSS JOIN LATERAL (SELECT decode(pg_temp.name_of('salt too', s.id), 'hex') AS salt, '203.0.113.' || (1 + floor(250 * pg_temp.chance('address', s.n)))::integer || ' Mozilla/5.0' AS personal) h
      UNION ALL
      SELECT p.booked_at, p.order_id, 'paid', jsonb_build_object('payment', p.gateway_ref, 'amount_minor', p.amount_minor, 'currency', p.currency), NULL, NULL FROM payments p
      UNION ALL
      SELECT m.at, m.order_id, 'mailed', jsonb_build_object('kind', m.kind, 'message', b.message + m.id), decode(pg_temp.name_of('salt mail', m.id), 'hex'), m.email FROM demo_mails m, demo_base b
      UNION ALL
      SELECT a.first_open_at, a.order_id, 'opened', jsonb_build_object('product', a.product_id), NULL, NULL FROM access a WHERE a.first_open_at IS NOT NULL
      UNION ALL
      SELECT r.settled_at, r.order_id, 'refunded', jsonb_build_object('refund', r.gateway_ref, 'amount_minor', r.amount_minor, 'currency', r.currency), NULL, NULL FROM refunds r
      UNION ALL
      SELECT d.created_at, d.order_id, 'disputed', jsonb_build_object('dispute', d.gateway_ref, 'reason', d.reason), NULL, NULL FROM disputes d) e
     JOIN orders o ON o.id = e.order_id
ORDER BY e.at, e.order_id, e.kind;

INSERT INTO audit (at, actor, action, object, object_id, facts)
SELECT granted_at, 'operator', 'access.gift', 'order', order_id, jsonb_build_object('reason', note) FROM access WHERE reason = 'gift'
ORDER BY 1;

INSERT INTO alarms (kind, object, object_id, detail, at, repaired_at, closed_at)
SELECT 'access_late', 'order', id, format('Access came %s seconds after the payment.', extract(epoch FROM lag)::integer), granted_at, granted_at, granted_at
FROM demo_sales WHERE fate = 'paid' AND lag > interval '60 seconds'
UNION ALL
SELECT 'dispute', 'order', order_id, 'The bank disputes this payment. Answer it at the gateway before its deadline.', created_at, NULL, closed_at FROM disputes
ORDER BY 5;

INSERT INTO rollups AS r (day, metric, product_id, currency, shard, n, amount)
SELECT (s.granted_at AT TIME ZONE 'UTC')::date, 'paid', l.product_id, l.currency, 0, count(*), sum(l.amount_minor)
FROM demo_sales s JOIN demo_lines l ON l.order_id = s.id WHERE s.fate = 'paid' GROUP BY 1, 3, 4
UNION ALL
SELECT (granted_at AT TIME ZONE 'UTC')::date, 'granted_ms', 0, '', 0, count(*), sum(extract(epoch FROM lag) * 1000)::bigint
FROM demo_sales WHERE fate = 'paid' GROUP BY 1
UNION ALL
SELECT (settled_at AT TIME ZONE 'UTC')::date, 'refunded', 0, currency, 0, count(*), sum(amount_minor) FROM refunds GROUP BY 1, 4
ON CONFLICT (day, metric, product_id, currency, shard) DO UPDATE SET n = r.n + excluded.n, amount = r.amount + excluded.amount;

-- Rows that were given their numbers: the next ones go on from there.
SELECT setval(pg_get_serial_sequence('latchkey.' || t, 'id'), greatest(m, 1))
FROM (SELECT 'customers' AS t, max(id) AS m FROM customers UNION ALL SELECT 'orders', max(id) FROM orders
      UNION ALL SELECT 'order_lines', max(id) FROM order_lines UNION ALL SELECT 'dues', max(id) FROM dues
      UNION ALL SELECT 'attempts', max(id) FROM attempts UNION ALL SELECT 'payments', max(id) FROM payments
      UNION ALL SELECT 'access', max(id) FROM access UNION ALL SELECT 'messages', max(id) FROM messages
      UNION ALL SELECT 'receipts', max(id) FROM receipts) n;
