// What the gateway and the mail server know, held against what the product believes.
//
//   await settled(server, 240)                 until nothing is under way any more
//   compare(server, report, since)             every comparison is one check of the report

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { sleep } from './server.mjs';

// Questions about attempts that are answered by now wait for their hour and find nothing to do.
const underWay = `
        SELECT (SELECT count(*) FROM messages WHERE status IN ('queued', 'sending', 'deferred')) AS mails,
               (SELECT count(*) FROM inbox WHERE status = 'new') AS events,
               (SELECT count(*) FROM jobs j
                WHERE NOT EXISTS (SELECT FROM schedules s WHERE s.name = j.kind)
                  AND NOT EXISTS (SELECT FROM attempts a WHERE j.kind = 'attempt_ask' AND NOT a.live
                                                           AND a.id::text = split_part(j.key, '/', 1))) AS jobs,
               (SELECT count(*) FROM chain_pending) AS unsealed`;

async function gateway(server, address) {
        const response = await fetch(server.env.LATCHKEY_SANDBOX_URL + address,
                { headers: { authorization: `Bearer ${server.env.LATCHKEY_STRIPE_KEY}` }, signal: AbortSignal.timeout(20000) });
        if (!response.ok) throw new Error(`${address}: ${response.status}`);
        return response.json();
}

/** Until no event, job or mail is on its way; seconds waited, or null when SECONDS are over. */
export async function settled(server, seconds) {
        const began = Date.now();
        let calm = 0;
        while (Date.now() - began < seconds * 1000) {
                // What a schedule looks at every minute it may look at now: the lease of a mail
                // whose sender died is waited for all the same.
                server.sqlDo(`UPDATE schedules SET next_at = app_now() WHERE name IN ('janitor', 'events_sweep', 'chain_seal')`);
                const [left] = server.sql(underWay);
                const clock = await gateway(server, '/sandbox/clock').catch(() => ({ pending_events: 1 }));
                calm = left.mails + left.events + left.jobs + left.unsealed + clock.pending_events === 0 ? calm + 1 : 0;
                if (calm === 2) return Math.round((Date.now() - began) / 1000);
                await sleep(3000);
        }
        return null;
}

/** Every object of a list of the gateway. */
export async function listAll(server, what) {
        const all = [];
        for (let after = ''; ;) {
                const page = await gateway(server, `/v1/${what}?limit=100${after}`);
                all.push(...page.data);
                if (!page.has_more) return all;
                after = `&starting_after=${page.data.at(-1).id}`;
        }
}

/** The mails that arrived at the sink. */
export function mailsOf(server) {
        const folder = path.join(server.env.LATCHKEY_MAILDIR, 'new');
        return readdirSync(folder).map((name) => {
                const text = readFileSync(path.join(folder, name), 'utf8');
                const head = text.slice(0, text.indexOf('\n\n')).replace(/\n[ \t]+/g, ' ');
                const field = (field) => head.match(new RegExp(`^${field}: *(.*)$`, 'im'))?.[1] ?? '';
                return { to: field('X-RcptTo'), subject: field('Subject'), id: field('Message-ID').replace(/^<|>$/g, '') };
        });
}

const countBy = (list, key) => {
        const counts = new Map();
        for (const item of list) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
        return counts;
};
const twice = (counts) => [...counts].filter(([, n]) => n > 1).map(([key]) => key);
const some = (list) => (list.length > 5 ? `${list.slice(0, 5).join(' ')} and ${list.length - 5} more` : list.join(' '));

async function comparePayments(server, report) {
        const paid = (await listAll(server, 'payment_intents'))
                .filter((intent) => intent.status === 'succeeded' && intent.metadata.attempt);
        const charges = (await listAll(server, 'charges')).filter((charge) => charge.paid);
        const payments = server.sql('SELECT gateway_ref, charge_ref, amount_minor, currency FROM payments');
        const booked = new Map(payments.map((p) => [p.gateway_ref, p]));
        const missing = paid.filter((i) => {
                const p = booked.get(i.id);
                return !p || p.amount_minor !== i.amount_received || p.currency !== i.currency.toUpperCase();
        });
        const taken = new Set(paid.map((i) => i.id));
        const invented = payments.filter((p) => !taken.has(p.gateway_ref));
        report.check('every paid intent is booked with its amount', missing.length === 0,
                `${paid.length} intents, ${payments.length} payments${missing.length ? `, missing ${some(missing.map((i) => i.id))}` : ''}`);
        report.check('no payment is booked that the gateway does not have', invented.length === 0 && payments.length === paid.length,
                some(invented.map((p) => p.gateway_ref)));
        const ours = charges.filter((c) => taken.has(c.payment_intent));
        report.check('one charge for each payment', ours.length === payments.length && payments.every((p) => ours.some((c) => c.id === p.charge_ref)),
                `${ours.length} charges`);
        const perOrder = countBy(paid, (i) => i.metadata.order);
        report.check('no order was charged twice', twice(perOrder).length === 0, some(twice(perOrder)));
        return new Set(perOrder.keys());
}

function compareAccess(server, report, paid) {
        const orders = server.sql('SELECT o.number, o.status, count(a.id) AS granted FROM orders o LEFT JOIN access a ON a.order_id = o.id GROUP BY o.id');
        const wrong = orders.filter((o) => o.granted !== (paid.has(o.number) ? 1 : 0));
        const granted = orders.filter((o) => o.granted > 0).length;
        report.check('granted = paid, each once', wrong.length === 0 && granted === paid.size,
                `${paid.size} paid, ${granted} granted${wrong.length ? `, wrong ${some(wrong.map((o) => o.number))}` : ''}`);
        const status = orders.filter((o) => (o.status === 'paid') !== paid.has(o.number));
        report.check('exactly the paid orders are paid', status.length === 0, some(status.map((o) => `${o.number} ${o.status}`)));
        const parts = server.sql(`SELECT (SELECT count(*) FROM allocations) AS allocations, (SELECT count(*) FROM dues WHERE status = 'paid') AS dues,
                (SELECT count(*) FROM attempts WHERE status = 'succeeded') AS attempts`)[0];
        report.check('dues, allocations and attempts agree', [parts.dues, parts.allocations, parts.attempts].every((n) => n === paid.size),
                `${parts.dues}, ${parts.allocations}, ${parts.attempts}`);
}

function compareMails(server, report, paid) {
        const rows = server.sql(`SELECT m.id, m.kind, m.status, m.email FROM messages m`);
        const due = rows.filter((m) => m.kind === 'paid' || m.kind === 'access_open');
        const sent = due.filter((m) => m.status === 'sent');
        const maybe = due.filter((m) => m.status === 'maybe_sent');
        report.check('mails due: two for each paid order', due.length === 2 * paid.size, `${due.length}`);
        report.check('sent + maybe sent = due', sent.length + maybe.length === due.length,
                `${sent.length} + ${maybe.length} of ${due.length}`);
        const mails = mailsOf(server);
        const again = twice(countBy(mails, (m) => `${m.to}, ${m.subject}`));
        report.check('no mail twice at the sink', again.length === 0, `${mails.length} there${again.length ? `, twice ${some(again)}` : ''}`);
        // m12.1@host: the message's number and try.
        const arrived = countBy(mails, (m) => Number(m.id.match(/^m(\d+)\./)?.[1]));
        report.check('each mail at the sink is one of ours, once', mails.length === arrived.size && !arrived.has(NaN) &&
                [...arrived.keys()].every((id) => rows.some((m) => m.id === id)));
        const absent = rows.filter((m) => m.status === 'sent' && !arrived.has(m.id));
        report.check('what counts as sent is there', absent.length === 0, some(absent.map((m) => m.id)));
        report.note(`of ${maybe.length} maybe sent, ${maybe.filter((m) => arrived.has(m.id)).length} had arrived`);
}

function compareReceipts(server, report, paid) {
        const receipts = server.sql(`SELECT series, min(seq) AS first, max(seq) AS last, count(*) AS n, count(DISTINCT payment_id) AS payments FROM receipts GROUP BY series`);
        const gaps = receipts.filter((r) => r.first !== 1 || r.last !== r.n);
        const n = receipts.reduce((sum, r) => sum + r.n, 0);
        report.check('receipts without gaps, one for each payment', gaps.length === 0 && n === paid.size, `${n}`);
        const files = server.sql('SELECT count(*) AS n FROM receipt_files')[0].n;
        report.check('each receipt has its paper', files === n, `${files}`);
}

/** Everything; the set of paid orders' numbers. */
export async function compare(server, report) {
        const paid = await comparePayments(server, report);
        compareAccess(server, report, paid);
        compareMails(server, report, paid);
        compareReceipts(server, report, paid);
        for (const words of [['reconcile'], ['check', 'money'], ['check', 'access'], ['check', 'schema']]) {
                const answer = server.ctl(...words);
                report.check(`latchkeyctl ${words.join(' ')}`, answer.status === 0,
                        answer.status === 0 ? '' : `exit ${answer.status}, ${some(answer.items.map((i) => `${i.kind} ${i.order} ${i.found}`))} ${answer.error}`);
        }
        const dead = server.sql('SELECT kind, error FROM jobs_dead');
        const alarms = server.sql('SELECT kind, detail FROM alarms WHERE closed_at IS NULL');
        report.check('no job was given up', dead.length === 0, some(dead.map((d) => `${d.kind}: ${d.error}`)));
        report.check('no alarm is open', alarms.length === 0, some(alarms.map((a) => `${a.kind}: ${a.detail}`)));
        return paid;
}
