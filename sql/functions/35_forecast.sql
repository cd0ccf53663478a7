-- What is to be expected, and what came of it: money by week, what a request makes of it, whether promises
-- were kept under each rule, and what an edited rule would touch (S1.7).  All of it is read alone.
SET ROLE lk_definer;

-- --- money expected ------------------------------------------------------------------------------

-- What live plans bring until a day: every amount that is open, and of subscriptions the periods that are
-- not asked for yet, from the day on to which the next one was put off.  A subscription that is
-- cancelled, or behind, brings no more than is open.
CREATE OR REPLACE FUNCTION expected_money(p_until date) RETURNS TABLE (currency text, due_on date, minor bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT d.currency, d.due_on, d.amount_minor - d.paid_minor
        FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live'
        WHERE d.status = 'open' AND d.due_on <= p_until
        UNION ALL
        SELECT g.currency, s.day, CASE WHEN l.discount_minor = 0 THEN g.amount_minor ELSE agreement_month(g.id, d.seq + s.n::integer) END
        FROM agreements g
             JOIN LATERAL (SELECT seq, due_on, bool_or(status = 'open' AND due_on < (app_now() AT TIME ZONE 'UTC')::date) OVER () AS behind
                           FROM dues WHERE agreement_id = g.id AND status <> 'replaced' ORDER BY seq DESC LIMIT 1) d ON NOT d.behind
             JOIN LATERAL (SELECT discount_minor FROM order_lines WHERE order_id = g.order_id ORDER BY id LIMIT 1) l ON true
             JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = g.version
             CROSS JOIN LATERAL (SELECT x.day, row_number() OVER (ORDER BY x.day) AS n
                                 FROM (SELECT schedule_day(g.anchor_on, g.every, k) AS day
                                       FROM generate_series(schedule_place(g.anchor_on, g.every, d.due_on), schedule_place(g.anchor_on, g.every, p_until) - 1) k) x
                                 WHERE x.day >= coalesce((v.terms ->> 'next_on')::date, x.day)) s
        WHERE g.kind = 'subscription' AND g.status = 'live' AND g.cancel_asked_at IS NULL AND s.day BETWEEN (app_now() AT TIME ZONE 'UTC')::date AND p_until
$$;

-- The Monday of a day.
CREATE OR REPLACE FUNCTION week_of(p_day date) RETURNS date
LANGUAGE sql IMMUTABLE
AS $$ SELECT p_day - (extract(isodow FROM p_day)::integer - 1) $$;

-- The next weeks of every currency in which something is expected: the sum and how many payments.  What is
-- overdue stands in the week at hand.
CREATE OR REPLACE FUNCTION expected_weeks(p_weeks integer) RETURNS TABLE (currency text, week_on date, minor bigint, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        WITH m AS MATERIALIZED (SELECT e.currency, greatest(week_of(e.due_on), week_of((app_now() AT TIME ZONE 'UTC')::date)) AS week_on, sum(e.minor)::bigint AS minor, count(*) AS n
                                FROM expected_money(week_of((app_now() AT TIME ZONE 'UTC')::date) + 7 * p_weeks - 1) e GROUP BY 1, 2)
        SELECT c.currency, w.week_on, coalesce(m.minor, 0), coalesce(m.n, 0)
        FROM (SELECT m.currency, sum(m.n) AS all FROM m GROUP BY 1) c
             CROSS JOIN LATERAL (SELECT week_of((app_now() AT TIME ZONE 'UTC')::date) + 7 * k AS week_on FROM generate_series(0, p_weeks - 1) k) w
             LEFT JOIN m ON m.currency = c.currency AND m.week_on = w.week_on
        WHERE (SELECT staff_may('read')) ORDER BY c.all DESC, c.currency, w.week_on
$$;

-- What another schedule makes of the weeks from P_FROM on: of a plan (P_AGREEMENT NULL: of what would be one)
-- when P_WAS gives way to P_NEW, and, with P_ALL, of all live plans of its currency.  13 to 26 weeks; the last
-- row, without a week, is what of this plan comes later.
CREATE OR REPLACE FUNCTION weeks_effect(p_currency text, p_agreement bigint, p_was jsonb, p_new jsonb, p_from date, p_all boolean)
RETURNS TABLE (week_on date, own_before bigint, own_after bigint, all_before bigint, all_after bigint, currency text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        WITH g AS (SELECT p_currency AS currency, week_of(p_from) AS monday WHERE (SELECT staff_may('read'))),
             own AS (SELECT (r ->> 'on')::date AS day, (r ->> 'minor')::bigint AS was, 0::bigint AS new FROM jsonb_array_elements(p_was) r
                     UNION ALL SELECT (r ->> 'on')::date, 0, (r ->> 'minor')::bigint FROM jsonb_array_elements(p_new) r
                     -- What is paid in part stays as it is.
                     UNION ALL SELECT d.due_on, d.amount_minor - d.paid_minor, d.amount_minor - d.paid_minor FROM dues d
                               WHERE p_all AND d.agreement_id = p_agreement AND d.status = 'open' AND d.paid_minor > 0),
             n AS (SELECT least(26, greatest(13, (max(own.day) - g.monday) / 7 + 1)) AS weeks FROM g, own GROUP BY g.monday),
             w AS (SELECT g.currency, g.monday + 7 * k AS week_on, g.monday + 7 * n.weeks AS horizon, g.monday, k = n.weeks AS later FROM g, n, generate_series(0, n.weeks) k),
             mine AS (SELECT least(greatest(week_of(own.day), g.monday), g.monday + 7 * n.weeks) AS week_on, sum(own.was)::bigint AS was, sum(own.new)::bigint AS new FROM own, g, n GROUP BY 1),
             business AS (SELECT greatest(week_of(e.due_on), g.monday) AS week_on, sum(e.minor)::bigint AS minor
                          FROM g, n, LATERAL expected_money(g.monday + 7 * n.weeks - 1) e WHERE p_all AND e.currency = g.currency GROUP BY 1)
        SELECT CASE WHEN w.later THEN NULL ELSE w.week_on END, coalesce(m.was, 0), coalesce(m.new, 0),
               CASE WHEN w.later THEN 0 ELSE coalesce(b.minor, 0) END, CASE WHEN w.later THEN 0 ELSE coalesce(b.minor, 0) - coalesce(m.was, 0) + coalesce(m.new, 0) END, w.currency
        FROM w LEFT JOIN mine m ON m.week_on = w.week_on LEFT JOIN business b ON b.week_on = w.week_on
        ORDER BY w.week_on
$$;

-- The same of a plan.
CREATE OR REPLACE FUNCTION plan_effect(p_agreement bigint, p_was jsonb, p_new jsonb, p_from date, p_all boolean)
RETURNS TABLE (week_on date, own_before bigint, own_after bigint, all_before bigint, all_after bigint, currency text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT e.* FROM agreements x CROSS JOIN LATERAL weeks_effect(x.currency, x.id, p_was, p_new, p_from, p_all) e WHERE x.id = p_agreement $$;

-- --- what came of it -------------------------------------------------------------------------------

-- Whether what was promised under each rule was kept.  Of every agreement that was changed under it, by the
-- rule or by a person, the amounts of that change count once their day is over or they are paid:
--   kept       paid by the end of its day, where the customer lives; money that takes days to arrive
--              counts by the day of its arrival
--   late       paid after its day, or not paid yet for 30 days at most, or moved once more when its day was over
--   defaulted  not paid for more than 30 days after its day, or written off
-- What was moved before its day, and what was forgiven, counts for neither; what is paid early is kept.
CREATE OR REPLACE FUNCTION rule_rates() RETURNS TABLE (rule_id bigint, agreements bigint, kept bigint, late bigint, defaulted bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        WITH change AS (SELECT a.rule_id, a.agreement_id, a.version, lead(a.version) OVER (PARTITION BY a.agreement_id ORDER BY a.version) AS next,
                               agreement_zone(a.agreement_id) AS zone
                        FROM amendments a WHERE a.status = 'agreed' AND a.need <> 'early' AND a.terms IS NULL AND (SELECT staff_may('read'))),
             fate AS (SELECT c.rule_id, c.agreement_id,
                             CASE WHEN d.status = 'paid' AND (d.paid_at AT TIME ZONE c.zone)::date <= d.due_on THEN 'kept'
                                  WHEN d.status = 'paid' THEN 'late'
                                  WHEN d.status = 'written_off' OR (d.status = 'open' AND today_in(c.zone) - d.due_on > 30) THEN 'defaulted'
                                  WHEN d.status = 'open' AND d.due_on < today_in(c.zone) THEN 'late'
                                  WHEN d.status = 'replaced' AND (SELECT (v.made_at AT TIME ZONE c.zone)::date FROM agreement_versions v
                                                                  WHERE v.agreement_id = c.agreement_id AND v.version > d.agreement_version ORDER BY v.version LIMIT 1) > d.due_on THEN 'late' END AS fate
                      FROM change c LEFT JOIN dues d ON d.agreement_id = c.agreement_id AND d.agreement_version >= c.version AND (c.next IS NULL OR d.agreement_version < c.next))
        SELECT f.rule_id, count(DISTINCT f.agreement_id), count(*) FILTER (WHERE f.fate = 'kept'), count(*) FILTER (WHERE f.fate = 'late'), count(*) FILTER (WHERE f.fate = 'defaulted')
        FROM fate f GROUP BY f.rule_id
$$;

-- --- what an edited rule would touch ----------------------------------------------------------------

-- The live plans that another rule would hold for if the one of this product ('': any) and region were
-- edited, or, GONE, taken back: the rule now, the one then (0: the edited one), and all that the option
-- maker wants to know (domain/trial.c).  Amounts are "DAY MINOR,..." with days since 1970-01-01.
CREATE OR REPLACE FUNCTION trial_plans(p_product text, p_region text, p_gone boolean)
RETURNS TABLE (agreement_id bigint, order_number text, customer_id bigint, buyer text, title text, currency text, every text, anchor_on date, today_on date, count integer,
               changes integer, changed_on date, kept_minor bigint, was_rule bigint, will_rule bigint, open_rows text, first_rows text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        WITH place AS (SELECT (SELECT id FROM products WHERE slug = nullif(p_product, '')) AS product, p_region AS region),
             rule AS MATERIALIZED (SELECT r.id, r.region, r.product_id, true AS is_now, NOT (r.region = p.region AND r.product_id IS NOT DISTINCT FROM p.product) AS is_then
                                   FROM rule_versions r, place p WHERE r.superseded_at IS NULL
                                   UNION ALL SELECT 0, p.region, p.product, false, true FROM place p WHERE NOT p_gone),
             sold AS MATERIALIZED (SELECT g.id, g.order_id, g.customer_id, g.currency, g.every, g.anchor_on, g.count, o.number, coalesce(nullif(c.zone, ''), g.zone, 'UTC') AS zone,
                                          coalesce(nullif(c.name, ''), c.email, '') AS buyer, region_of(o.country) AS region
                                   FROM agreements g JOIN orders o ON o.id = g.order_id JOIN customers c ON c.id = g.customer_id
                                   WHERE g.status = 'live' AND g.kind = 'instalments' AND (SELECT staff_may('rules'))),
             line AS MATERIALIZED (SELECT x.order_id, (array_agg(x.title ORDER BY x.id))[1] AS title, array_agg(x.product_id ORDER BY x.id) AS products
                                   FROM order_lines x WHERE x.order_id IN (SELECT order_id FROM sold) GROUP BY 1),
             -- The same rule for all who bought the same in one region.
             kind AS MATERIALIZED (SELECT k.region, k.products, n.id AS was_rule, t.id AS will_rule
                                   FROM (SELECT DISTINCT s.region, l.products FROM sold s JOIN line l ON l.order_id = s.order_id) k
                                        JOIN LATERAL (SELECT r.id FROM rule r WHERE r.is_now AND rule_rank(r.region, r.product_id, k.region, k.products) IS NOT NULL
                                                      ORDER BY rule_rank(r.region, r.product_id, k.region, k.products) DESC, r.id LIMIT 1) n ON true
                                        JOIN LATERAL (SELECT r.id FROM rule r WHERE r.is_then AND rule_rank(r.region, r.product_id, k.region, k.products) IS NOT NULL
                                                      ORDER BY rule_rank(r.region, r.product_id, k.region, k.products) DESC, r.id LIMIT 1) t ON t.id <> n.id),
             zone AS MATERIALIZED (SELECT z.zone, today_in(z.zone) AS today_on FROM (SELECT DISTINCT zone FROM sold) z),
             ruled AS MATERIALIZED (SELECT s.*, l.title, k.was_rule, k.will_rule FROM sold s JOIN line l ON l.order_id = s.order_id JOIN kind k ON k.region = s.region AND k.products = l.products),
             due AS MATERIALIZED (SELECT x.agreement_id, sum(x.amount_minor) FILTER (WHERE NOT (x.status = 'open' AND x.paid_minor = 0)) AS kept,
                                         string_agg((x.due_on - date '1970-01-01') || ' ' || x.amount_minor, ',' ORDER BY x.due_on, x.id) FILTER (WHERE x.status = 'open' AND x.paid_minor = 0) AS open_rows
                                  FROM dues x WHERE x.status <> 'replaced' AND x.agreement_id IN (SELECT id FROM ruled) GROUP BY 1),
             begun AS MATERIALIZED (SELECT v.agreement_id, max(v.version) AS version FROM agreement_versions v
                                    WHERE v.why IN ('bought', 'begun') AND v.agreement_id IN (SELECT id FROM ruled) GROUP BY 1),
             first AS MATERIALIZED (SELECT r.agreement_id, string_agg((r.due_on - date '1970-01-01') || ' ' || r.amount_minor, ',' ORDER BY r.due_on) AS first_rows
                                    FROM begun b JOIN agreement_rows r USING (agreement_id, version) GROUP BY 1),
             changed AS MATERIALIZED (SELECT x.agreement_id, count(*) FILTER (WHERE x.decided_by IS NULL) AS n, max((x.decided_at AT TIME ZONE s.zone)::date) AS last_on
                                      FROM amendments x JOIN ruled s ON s.id = x.agreement_id WHERE x.status = 'agreed' AND x.need <> 'early' AND x.terms IS NULL GROUP BY 1)
        SELECT s.id, s.number, s.customer_id, s.buyer, s.title, s.currency, s.every, s.anchor_on, z.today_on, s.count, coalesce(a.n, 0)::integer, a.last_on,
               coalesce(d.kept, 0)::bigint, s.was_rule, s.will_rule, coalesce(d.open_rows, ''), coalesce(f.first_rows, '')
        FROM ruled s JOIN zone z ON z.zone = s.zone LEFT JOIN due d ON d.agreement_id = s.id LEFT JOIN first f ON f.agreement_id = s.id LEFT JOIN changed a ON a.agreement_id = s.id
        ORDER BY s.id
$$;

-- How many live plans each rule holds for.
CREATE OR REPLACE FUNCTION rules_live() RETURNS TABLE (rule_id bigint, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        WITH line AS MATERIALIZED (SELECT g.id, region_of(o.country) AS region, array_agg(x.product_id ORDER BY x.id) AS products
                                   FROM agreements g JOIN orders o ON o.id = g.order_id JOIN order_lines x ON x.order_id = o.id
                                   WHERE g.status = 'live' AND g.kind = 'instalments' AND (SELECT staff_may('read')) GROUP BY g.id, o.country)
        SELECT rule_in(k.region, k.products), sum(k.n)::bigint FROM (SELECT l.region, l.products, count(*) AS n FROM line l GROUP BY 1, 2) k GROUP BY 1
$$;
RESET ROLE;
