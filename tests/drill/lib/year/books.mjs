// What must hold at the end of every day of the simulated year, and what the year came to.
//
//   const books = new Books({ house, control });
//   books.faults(day)        every day: ledger, gateway, schedules; [] when they agree
//   books.audit()            what latchkeyctl finds: check money, check access, reconcile
//   books.table()            lines: due, on time, recovered, defaulted by month and in all

import { House } from '../../../web/lib/house.mjs';

const lists = (sql) => `SELECT coalesce(string_agg(f, E'\\n'), '') FROM (SELECT f FROM (${sql}) all_of_them(f) LIMIT 20) found`;

// Of each agreement: what its dues say is paid, what payments were allocated, what the ledger took as revenue.
const ledger = lists(`
        SELECT format('order %s: dues paid %s, allocated %s, in the ledger %s', o.number, d.paid, coalesce(a.sum, 0), coalesce(l.sum, 0))
        FROM agreements g JOIN orders o ON o.id = g.order_id
             JOIN (SELECT order_id, sum(paid_minor) AS paid FROM dues GROUP BY 1) d ON d.order_id = g.order_id
             LEFT JOIN (SELECT d.order_id, sum(a.amount_minor) FROM allocations a JOIN dues d ON d.id = a.due_id GROUP BY 1) a ON a.order_id = g.order_id
             LEFT JOIN (SELECT order_id, sum(amount_minor) FROM ledger WHERE debit = 'customers' AND credit = 'revenue' GROUP BY 1) l ON l.order_id = g.order_id
        WHERE d.paid <> coalesce(a.sum, 0) OR d.paid <> coalesce(l.sum, 0)`);

// The rows of the version in force are the dues that count; what is open follows the calendar; no two on one day.
const schedules = lists(`
        SELECT format('order %s: place %s of version %s is %s of %s, the due %s of %s', o.number, x.seq, g.version, x.row_on, x.row_minor, x.due_on, x.due_minor)
        FROM (SELECT coalesce(r.agreement_id, d.agreement_id) AS agreement_id, coalesce(r.seq, d.seq) AS seq, r.due_on AS row_on, r.amount_minor AS row_minor, d.due_on, d.amount_minor AS due_minor
              FROM (SELECT r.* FROM agreement_rows r JOIN agreements g ON g.id = r.agreement_id AND g.version = r.version AND g.status <> 'agreed') r
                   FULL JOIN (SELECT d.* FROM dues d WHERE d.status <> 'replaced' AND d.agreement_id IS NOT NULL) d ON d.agreement_id = r.agreement_id AND d.seq = r.seq) x
             JOIN agreements g ON g.id = x.agreement_id JOIN orders o ON o.id = g.order_id
        WHERE (x.row_on, x.row_minor) IS DISTINCT FROM (x.due_on, x.due_minor)
          AND NOT (g.kind = 'subscription' AND x.row_on IS NULL AND x.due_minor = agreement_month(g.id, x.seq))
        UNION ALL
        SELECT format('order %s: %s is not after %s', o.number, d.due_on, d.before)
        FROM (SELECT order_id, due_on, lag(due_on) OVER (PARTITION BY agreement_id ORDER BY seq) AS before FROM dues WHERE status = 'open' AND agreement_id IS NOT NULL) d JOIN orders o ON o.id = d.order_id
        WHERE d.due_on <= d.before
        UNION ALL
        SELECT format('agreement %s version %s: %s is not after %s', r.agreement_id, r.version, r.due_on, r.before)
        FROM (SELECT *, lag(due_on) OVER (PARTITION BY agreement_id, version ORDER BY seq) AS before FROM agreement_rows WHERE NOT kept) r WHERE r.due_on <= r.before`);

// Whatever was asked for by one reminder of one date was not asked for by another.
const reminders = lists(`
        SELECT format('%s reminders of %s days for %s of agreement %s to person %s', count(*), r.days, r.due_on, d.agreement_id, r.person_id)
        FROM reminders r JOIN dues d ON d.id = r.due_id JOIN messages m ON m.id = r.message_id AND m.status <> 'skipped'
        -- A mail that left for something else told nothing of an amount that had given way.
        WHERE NOT EXISTS (SELECT FROM moves v WHERE v.machine = 'due' AND v.object_id = d.id AND v.status = 'replaced' AND v.at < m.sent_at)
        GROUP BY d.agreement_id, r.due_on, r.days, r.person_id HAVING count(*) > 1`);

// Nothing is charged by itself before its day; who pays early pays what they chose; what is late is in somebody's hands.
const promises = lists(`
        SELECT format('order %s: place %s of %s was charged on %s', o.number, d.seq, d.due_on, a.sent_at)
        FROM attempts a JOIN dues d ON d.id = a.due_id JOIN agreements g ON g.id = d.agreement_id JOIN customers c ON c.id = g.customer_id JOIN orders o ON o.id = g.order_id
        -- Of the two zones that count, the customer's may have changed since.
        WHERE a.kind = 'off_session' AND NOT a.on_session AND a.sent_at > app_now() - interval '25 hours' AND (a.sent_at AT TIME ZONE g.zone)::date < d.due_on
          AND (a.sent_at AT TIME ZONE coalesce(nullif(c.zone, ''), g.zone))::date < d.due_on
        UNION ALL
        SELECT format('order %s: %s of %s was charged instead of what was chosen to be paid early on %s', o.number, d.amount_minor, d.due_on, x.decided_at)
        FROM amendments x JOIN dues d ON d.agreement_id = x.agreement_id AND d.agreement_version = x.version JOIN attempts a ON a.due_id = d.id AND a.on_session
             JOIN orders o ON o.id = x.order_id
        WHERE x.need = 'early' AND x.decided_at > app_now() - interval '25 hours' AND a.created_at BETWEEN x.decided_at AND x.decided_at + interval '10 seconds'
          AND d.due_on <> (x.decided_at AT TIME ZONE agreement_zone(x.agreement_id))::date
        UNION ALL
        SELECT format('order %s: nobody asks for what was due on %s', o.number, d.due_on)
        FROM dues d JOIN agreements g ON g.id = d.agreement_id JOIN orders o ON o.id = g.order_id
        WHERE d.status = 'open' AND g.status = 'live' AND d.due_on < today_in(g.zone) - 1 AND d.created_at < app_now() - interval '13 hours'
          AND NOT EXISTS (SELECT FROM cases c WHERE c.due_id = d.id AND c.status IN ('open', 'waiting'))
          -- A transfer that did not come was given up a moment ago: the hour's round asks.
          AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = d.id AND (a.live OR (a.kind = 'transfer' AND a.settled_at > app_now() - interval '1 hour')))
          AND NOT EXISTS (SELECT FROM disputes x WHERE x.order_id = d.order_id AND x.status NOT IN ('won', 'lost'))`);

const replayed = (day) => lists(`
        SELECT format('order %s version %s: %s', o.number, y.version, y.fault) FROM agreements g JOIN orders o ON o.id = g.order_id CROSS JOIN LATERAL agreement_replay(g.id) y
        WHERE g.id % 7 = ${day % 7} OR EXISTS (SELECT FROM agreement_versions v WHERE v.agreement_id = g.id AND v.made_at > app_now() - interval '25 hours')`);

// The gateway's side and ours, each one line a payment, as one fingerprint and whole.
const theirPayments = `SELECT id || ' ' || (body ->> 'amount_received') || ' ' || upper(body ->> 'currency') AS line FROM public.objects
        WHERE kind = 'payment_intent' AND body ->> 'status' = 'succeeded' AND body #>> '{metadata,attempt}' IS NOT NULL`;
const ourPayments = "SELECT gateway_ref || ' ' || amount_minor || ' ' || currency AS line FROM payments WHERE gateway_ref IS NOT NULL";
const fingerprint = (lines) => `SELECT count(*) || ' ' || coalesce(md5(string_agg(line, ',' ORDER BY line COLLATE "C")), '') FROM (${lines}) l`;
// What the gateway charges for a dispute is not in the books (sql/queries/reconcile.sql).
const theirBalance = `SELECT coalesce(string_agg(currency || ' ' || net, ', ' ORDER BY currency), '') FROM (
        SELECT upper(body ->> 'currency') AS currency, sum((body ->> 'net')::bigint + CASE body ->> 'type' WHEN 'adjustment' THEN (body ->> 'fee')::bigint ELSE 0 END) AS net FROM public.objects WHERE kind = 'balance_transaction' GROUP BY 1) b WHERE net <> 0`;
const ourBalance = `SELECT coalesce(string_agg(currency || ' ' || net, ', ' ORDER BY currency), '') FROM (
        SELECT currency, sum(CASE WHEN debit = 'gateway:stripe' THEN amount_minor ELSE -amount_minor END) AS net FROM ledger WHERE 'gateway:stripe' IN (debit, credit) GROUP BY 1) b WHERE net <> 0`;

// What became of each amount: due by its day, in hundredths of a euro at fixed rates, for one column of a table.
const rates = "(CASE d.currency WHEN 'EUR' THEN 1 WHEN 'USD' THEN 0.9 WHEN 'GBP' THEN 1.15 WHEN 'JPY' THEN 0.625 WHEN 'BHD' THEN 0.25 END)";
const amounts = `
        SELECT to_char(d.due_on, 'YYYY-MM') AS month, d.currency, d.amount_minor, d.amount_minor * ${rates} AS cents,
               CASE WHEN d.status = 'paid' AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = d.id AND a.status = 'failed') THEN 'on_time'
                    WHEN d.status = 'paid' THEN 'recovered' WHEN d.status = 'forgiven' THEN 'forgiven'
                    WHEN d.status = 'written_off' OR d.due_on < today_in('UTC') - 30 THEN 'defaulted' ELSE 'open' END AS came
        FROM dues d JOIN agreements g ON g.id = d.agreement_id WHERE d.status <> 'replaced' AND d.due_on <= today_in('UTC')`;

export class Books {
        constructor({ house, control }) {
                this.house = house;
                this.control = control;
                this.gateway = new House({ LATCHKEY_CTL: house.command, LATCHKEY_DATABASE: house.conninfo.replace('dbname=latchkey', 'dbname=sandbox') });
        }

        payments() {
                const [theirs, ours] = [this.gateway.sql(fingerprint(theirPayments)), this.house.sql(fingerprint(ourPayments))];
                if (theirs === ours) return [];
                const [a, b] = [this.gateway.sql(theirPayments), this.house.sql(ourPayments)].map((text) => new Set(text.split('\n')));
                return [...[...a].filter((line) => !b.has(line)).map((line) => `the gateway alone has ${line}`), ...[...b].filter((line) => !a.has(line)).map((line) => `we alone have ${line}`)];
        }

        /** Every difference of today, a line each. */
        faults(day) {
                const found = [['ledger', ledger], ['schedule', schedules], ['reminders', reminders], ['promise', promises], ['replay', replayed(day)]]
                        .flatMap(([what, sql]) => this.house.sql(sql).split('\n').filter(Boolean).map((line) => `${what}: ${line}`));
                const balances = [this.gateway.sql(theirBalance), this.house.sql(ourBalance)];
                if (balances[0] !== balances[1]) found.push(`balance: there ${balances[0]}; in the ledger ${balances[1]}`);
                return [...found, ...this.payments().map((line) => `payments: ${line}`)];
        }

        audit() {
                return [['check', 'money'], ['check', 'access'], ['reconcile']].flatMap((words) => {
                        const said = this.house.ctl(...words);
                        return said.status === 0 ? [] : [`latchkeyctl ${words.join(' ')}: ${said.status} ${JSON.stringify(said.items ?? said).slice(0, 1500)}`];
                });
        }

        /** Jobs that were given up, and alarms that the year did not ask for. */
        alarms() {
                return this.house.rows("SELECT kind || ' ' || detail AS f FROM alarms WHERE closed_at IS NULL AND kind NOT IN ('dispute', 'dispute_opened', 'decline_unknown') UNION ALL SELECT 'dead ' || kind || ' ' || error FROM jobs_dead").map(({ f }) => f);
        }

        table() {
                const columns = ['due', 'on_time', 'recovered', 'defaulted', 'forgiven', 'open'];
                const sums = columns.slice(1).map((came) => `coalesce(sum(cents) FILTER (WHERE came = '${came}'), 0)`).join(', ');
                const months = this.house.rows(`SELECT coalesce(x.month, 'in all') AS month, round(due / 100) AS due, round(a / 100) AS on_time, round(b / 100) AS recovered, round(c / 100) AS defaulted, round(e / 100) AS forgiven, round(f / 100) AS open,
                                coalesce(r.reminders, 0) AS reminders, coalesce(k.opened, 0) AS opened, coalesce(k.settled, 0) AS settled
                        FROM (SELECT month, sum(cents), ${sums} FROM (${amounts}) d GROUP BY ROLLUP (month)) x(month, due, a, b, c, e, f)
                             LEFT JOIN (SELECT to_char(sent_at, 'YYYY-MM') AS month, count(*) AS reminders FROM messages WHERE kind = 'reminder' AND status = 'sent' GROUP BY ROLLUP (1)) r ON r.month IS NOT DISTINCT FROM x.month
                             LEFT JOIN (SELECT month, sum(opened) AS opened, sum(settled) AS settled FROM (
                                        SELECT to_char(opened_at, 'YYYY-MM') AS month, 1 AS opened, 0 AS settled FROM cases UNION ALL SELECT to_char(resolved_at, 'YYYY-MM'), 0, 1 FROM cases WHERE resolved_at IS NOT NULL) c
                                        GROUP BY ROLLUP (month)) k ON k.month IS NOT DISTINCT FROM x.month
                        ORDER BY x.month NULLS LAST`);
                const exact = this.house.rows(`SELECT currency, ${['due', ...columns.slice(1)].map((came) => `money_text(coalesce(sum(amount_minor)${came === 'due' ? '' : ` FILTER (WHERE came = '${came}')`}, 0)::bigint, currency) AS ${came}`).join(', ')}
                        FROM (${amounts}) d GROUP BY currency ORDER BY currency`);
                return [...print(['month', ...columns, 'reminders', 'opened', 'settled'], months), '', ...print(['currency', ...columns], exact)];
        }
}

const named = { month: 'due in', due: 'due', on_time: 'on time', reminders: 'reminders', opened: 'cases opened', settled: 'settled' };

/** A table in Markdown, the first column to the left. */
function print(columns, rows) {
        const lines = [columns.map((name) => named[name] ?? name), ...rows.map((row) => columns.map((name) => (typeof row[name] === 'number' ? row[name].toLocaleString('en') : String(row[name]))))];
        const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
        const text = (line) => `| ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
        return [text(lines[0]), `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`, ...lines.slice(1).map(text)];
}
