// The time machine (issue 5, 10): what staff are shown of a customer's next 60 days is what then happens,
// day by day, with the real worker and the sandbox; looking leaves nothing behind; and what an edited text
// or other reminder days would change.  In a product of its own, because its clock moves.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, afterEach, before, describe, test } from 'node:test';

import { formOf, heading, plain } from './lib/browser.mjs';
import { quote } from './lib/house.mjs';
import { startOwn } from './lib/own.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes, idle } from './lib/purchase.mjs';
import { newStaff } from './lib/staff.mjs';
import { control } from './lib/stripe.mjs';

const scans = ['dues_scan', 'cases_scan', 'reminders_scan', 'cards_expiring'];
const kinds = [...scans, 'charge', 'case', 'case_plan', 'gateway_fetch', 'payment_detail', 'receipt', 'mail', 'agreement_method'];
const even = (text) => text.replace(/[\u00a0\u202f]/g, ' ');

/** The lines of the page: day, clock, what. */
function lines(html) {
        return [...html.matchAll(/<h2 id="day-\d+">([^<]+)<\/h2>([^]*?)<\/section>/g)].flatMap(([, day, items]) =>
                [...items.matchAll(/<li[^>]*><time>([^<]+)<\/time><span class="what">([^]*?)<\/span>/g)].map(([, clock, what]) => ({ day: plain(day), clock, what: even(plain(what)) })));
}

/** A line without what only a look ahead or only the past knows. */
const short = ({ day, what }) => `${day}: ${what.replace(/ from the .*? for .*?(?=$|, which)/, '')}`;

describe('the time machine', () => {
        let own, plans, owner, support;
        const section = (html) => even(plain(/<h2 id="tried-title">[^]*?<\/section>\s*<\/section>/.exec(html)?.[0] ?? ''));
        const page = (made, query = '') => support.browser.go(`/admin/customers/${made.customer}/ahead${query}`);

        before(async () => {
                own = await startOwn();
                plans = new Plans(own, { three: 'schedule=3 fortnightly instalments\namount=99.00', two: 'schedule=2 monthly instalments\namount=50.00' });
                owner = await newStaff(own, 'owner', 'Olga Owner');
                support = await newStaff(own, 'support');
                own.sql("UPDATE sessions SET expires_at = '2100-01-01' WHERE kind = 'staff'");
        });
        // A connection that was kept while the clock moved is closed by now.
        afterEach(() => fetch(own.url).catch(() => {}));
        after(async () => {
                plans?.end();
                await own?.stop();
        });

        async function buy(product) {
                const made = await plans.buy(product);
                made.customer = own.sql(`SELECT customer_id FROM orders WHERE number = ${quote(made.number)}`);
                made.zone = own.sql(`SELECT g.zone FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(made.number)}`);
                // All mails of the purchase have left: what is to come is to come.
                await becomes(own, `(SELECT count(*) FROM messages WHERE customer_id = ${made.customer} AND kind IN ('paid', 'access_open') AND status = 'sent') = 2`);
                return made;
        }

        const settled = () => becomes(own, `NOT EXISTS (SELECT FROM schedules WHERE name = ANY ('{${scans}}') AND next_at <= app_now())
                AND ${idle(...kinds)} AND NOT EXISTS (SELECT FROM inbox WHERE status = 'new')`);

        /** What happened since, as the page would say it. */
        const happened = (made, since) => own.rows(`
                SELECT to_char(x.at AT TIME ZONE ${quote(made.zone)}, 'FMDay FMDD FMMonth YYYY') AS day, x.what FROM (
                        SELECT m.sent_at AS at, 5 AS rank, m.id, 'Mail to ' || m.email || ': ' || CASE m.kind WHEN 'paid' THEN 'Receipt' ELSE '“' || b.subject || '”' END AS what
                        FROM messages m JOIN message_bodies b ON b.message_id = m.id WHERE m.customer_id = ${made.customer} AND m.sent_at > ${quote(since)}
                        UNION ALL
                        SELECT a.sent_at, 1, a.id, 'Charge of ' || to_char(a.amount_minor / 100.0, 'FM990.00') || ' EUR' || CASE a.status WHEN 'failed' THEN ', which is declined' ELSE '' END
                        FROM attempts a WHERE a.customer_id = ${made.customer} AND a.sent_at > ${quote(since)}
                        UNION ALL
                        SELECT v.at, 2, v.id, 'Access to ' || l.title || ': ' || CASE v.status WHEN 'permanent' THEN 'Open for good' WHEN 'nothing_new' THEN 'Open, nothing new'
                                WHEN 'read_only' THEN 'Read only' WHEN 'locked' THEN 'Locked' ELSE 'Open' END
                        FROM moves v JOIN access x ON v.machine = 'access' AND v.object_id = x.id JOIN order_lines l ON l.id = x.order_line_id
                        WHERE x.person_id = ${made.customer} AND v.at > ${quote(since)}
                        UNION ALL
                        SELECT g.ended_at, 3, g.id, 'The plan for ' || l.title || ' is completed' FROM agreements g JOIN order_lines l ON l.order_id = g.order_id
                        WHERE g.customer_id = ${made.customer} AND g.status = 'completed'
                        UNION ALL
                        SELECT c.opened_at, 2, c.id, 'A case opens: ' || d.title FROM cases c JOIN dues d ON d.id = c.due_id WHERE c.customer_id = ${made.customer}) x
                ORDER BY x.at, x.rank, x.id`).map(({ day, what }) => `${day}: ${even(what)}`);

        test('S1.4 S1.5 what it shows of 60 days is what then happens, day by day: payments that go through, and a card that is declined', async () => {
                const [pays, fails] = [await buy('three'), await buy('two')];
                await settled();
                const since = own.sql('SELECT app_now()');
                const ahead = { pays: lines((await page(pays)).text), fails: lines((await page(fails, '?card=declined')).text) };
                assert.ok(ahead.pays.length > 10 && ahead.fails.length > 12, JSON.stringify(ahead));
                assert.match(ahead.pays.map((l) => l.what).join('\n'), /Coming up: 33\.00 EUR[^]*Charge of 33\.00 EUR[^]*Receipt[^]*Open for good[^]*is completed[^]*All paid/);
                assert.match(ahead.fails.map((l) => l.what).join('\n'), /which is declined[^]*A case opens[^]*did not go through[^]*nothing new[^]*Locked/);
                await control(own.sandbox, 'acts', { act: 'update_card', quiet: true, becomes: 'pm_card_chargeCustomerFail',
                        object: own.sql(`SELECT ref FROM payment_methods WHERE customer_id = ${fails.customer} AND detached_at IS NULL`) });

                // From one predicted moment, or real job, to the next; and every three days whatever was predicted.
                const moments = own.rows(`SELECT DISTINCT extract(epoch FROM (to_date(d, 'FMDay FMDD FMMonth YYYY') + c::time) AT TIME ZONE z)::bigint AS at
                        FROM (VALUES ${[...ahead.pays.map((l) => [l, pays.zone]), ...ahead.fails.map((l) => [l, fails.zone])]
        .map(([l, zone]) => `(${quote(l.day)}, ${quote(l.clock)}, ${quote(zone)})`).join(', ')}) w(d, c, z)`).map(({ at }) => Number(at) + 60);
                const end = Number(own.sql(`SELECT extract(epoch FROM ${quote(since)}::timestamptz + interval '60 days')::bigint`));
                for (;;) {
                        const { now, job, charge } = own.rows(`SELECT extract(epoch FROM app_now())::bigint AS now, extract(epoch FROM min(run_at))::bigint + 1 AS job,
                                min(run_at) = min(run_at) FILTER (WHERE kind = 'charge') AS charge FROM jobs WHERE kind = ANY ('{${kinds}}') AND run_at > app_now()`)[0];
                        const next = Math.min(...[...moments, ...(job === null ? [] : [Number(job)]), Number(now) + 3 * 86400].filter((at) => at > Number(now)));
                        // What follows a charge is there when the rounds come by, ten minutes later.
                        for (const seconds of [Math.min(next, end) - Number(now), ...(charge && next === Number(job) ? [660] : [])]) {
                                const said = own.ctl('clock', 'advance', `${seconds}s`);
                                assert.equal(said.status, 0, JSON.stringify(said));
                                await settled();
                        }
                        if (next >= end) break;
                }
                // By day: what of one day comes first may differ, for here the clock jumps.
                assert.deepEqual(ahead.pays.map(short).sort(), happened(pays, since).sort());
                assert.deepEqual(ahead.fails.map(short).sort(), happened(fails, since).sort());
                plans.sound();
        });

        test('looking leaves nothing behind: every table is as it was', async () => {
                const made = await buy('two');
                await settled();
                await becomes(own, "NOT EXISTS (SELECT FROM jobs WHERE kind NOT IN (SELECT name FROM schedules) AND run_at <= app_now() + interval '5 seconds')");
                const tables = own.rows(`SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'r'
                        AND c.relname NOT IN ('schedules', 'jobs', 'jobs_done', 'sessions', 'chain_pending', 'chain_seals') ORDER BY 1`).map(({ name }) => name);
                const sums = () => own.rows(tables.map((name) => `SELECT '${name}' AS name, (SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM ${name} t) AS sum`)
                        .join(' UNION ALL '));
                // The worker goes on taking what waits; nothing new is there.
                const jobs = () => own.rows('SELECT concat_ws(\'/\', id, kind, key) AS job FROM jobs WHERE kind NOT IN (SELECT name FROM schedules)').map(({ job }) => job);
                const [were, waited] = [sums(), jobs()];
                for (const query of ['', '?card=declined']) assert.ok(lines((await page(made, query)).text).length > 2, query);
                assert.deepEqual(sums(), were);
                assert.deepEqual(jobs().filter((job) => !waited.includes(job)), []);
        });

        test('who may not, nobody, an erased customer; what somebody has in hand is tried again later', async () => {
                const made = await buy('two');
                assert.equal((await support.browser.go('/admin/customers/999999999/ahead')).status, 404);
                assert.equal((await page(made, '?card=stolen')).status, 400);
                const nothing = own.sql("INSERT INTO customers (email, email_fold, name, created_at) VALUES ('quiet@example.org', 'quiet@example.org', 'Quiet', now()) RETURNING id");
                const quiet = await support.browser.go(`/admin/customers/${nothing}/ahead`);
                assert.match(plain(quiet.text), /Nothing\. This customer pays nothing over time and no mail is waiting/);
                assert.match(plain((await support.browser.go(`/admin/customers/${made.customer}`)).text), /What happens next/);
                const psql = spawn('psql', ['-qX', own.conninfo, '-c', `BEGIN; SELECT FROM latchkey.dues WHERE customer_id = ${made.customer} FOR UPDATE; SELECT pg_sleep(77)`], { stdio: 'ignore' });
                try {
                        await becomes(own, "EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(77)%' AND wait_event = 'PgSleep')");
                        const busy = await page(made);
                        assert.match(plain(busy.text), /It could not be found out right now.*Try again/);
                } finally {
                        own.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(77)%' AND wait_event = 'PgSleep'");
                        psql.kill();
                }
        });

        test('S1.4 an edited text: the mails of the next customers as they are and as they would be; nothing is published', async () => {
                const made = await buy('two');
                const to = '/admin/messages/reminder_charge';
                const form = await owner.browser.go(to);
                const versions = own.sql('SELECT count(*) FROM message_texts');
                const tried = await owner.browser.submit(form, /reminder_charge$/, { what: 'try', customer: made.email, subject: 'Soon: {amount}', body: 'On {day}, {amount}. A new sentence.' });
                assert.equal(tried.status, 200, heading(tried.text));
                assert.match(even(plain(tried.text)), /What would change.*Other words.*Soon: 25\.00 EUR.*As it is Coming up: 25\.00 EUR for The two course.*There is nothing you need to do.*As it would be Soon: 25\.00 EUR On \w+ \d+ \w+ \d+, 25\.00 EUR\. A new sentence\./);
                assert.match(tried.text, /name="subject"[^>]*value="Soon: \{amount\}"/, 'what was typed stays');
                assert.match(tried.text, /aria-label="The mail as it is"><del>Coming up:<\/del> 25/, 'what differs is marked in the words themselves');
                assert.match(tried.text, /aria-label="The mail as it would be"><ins>Soon:<\/ins> 25[^]*<ins>[^<]*A new sentence\.<\/ins>/);
                assert.equal(own.sql('SELECT count(*) FROM message_texts'), versions);
                const failed = await owner.browser.submit(await owner.browser.go('/admin/messages/payment_failed_soft_funds'), /soft_funds$/, { what: 'try', customer: '', subject: 'Not enough', body: 'x {amount}' });
                assert.match(even(plain(failed.text)), /As it would be Not enough x \d+\.00 EUR/, 'a refusal of that kind is assumed, for whoever is next');
                const nobody = await owner.browser.submit(form, /reminder_charge$/, { what: 'try', customer: 'nobody@example.org' });
                assert.equal(nobody.status, 422);
                assert.match(plain(nobody.text), /There is no customer of this address or number/);
        });

        test('S1.4 other days: which reminders a customer would no longer get, and which are new; nothing is set', async () => {
                const made = await buy('two');
                const form = await owner.browser.go('/admin/reminders');
                const was = own.sql("SELECT string_agg(days::text, ' ') FROM reminder_plans");
                const tried = await owner.browser.submit(form, /reminders$/, { what: 'try', use: 'own', before: '10, 1', customer: made.customer });
                assert.equal(tried.status, 200, heading(tried.text));
                const text = even(plain(tried.text));
                assert.match(text, /New \w+ \d+ \w+ \d+ ?: Mail to \S+ “Coming up: 25\.00 EUR[^”]*” 10 days before/);
                assert.match(text, /No longer \w+ \d+ \w+ \d+ ?: Mail to \S+ “Coming up: 25\.00 EUR[^”]*” 7 days before/);
                assert.equal(own.sql("SELECT string_agg(days::text, ' ') FROM reminder_plans"), was);
                const same = await owner.browser.submit(form, /reminders$/, { what: 'try', customer: made.customer });
                assert.match(plain(same.text), /Nothing changes for them in the next 60 days/);
        });

        test('S1.7 an edited rule: what one customer could choose now and then, while mails and charges stay; nothing is published', async () => {
                const made = await buy('two');
                const rules = () => own.sql("SELECT string_agg(concat_ws('/', id, superseded_at), ' ' ORDER BY id) FROM rule_versions");
                const rule = own.sql(`SELECT rule_of(id) FROM orders WHERE number = ${quote(made.number)}`);
                const [were, audits] = [rules(), own.sql("SELECT count(*) FROM audit WHERE action LIKE 'rule.%'")];
                const form = await owner.browser.go(`/admin/plans/rules/${rule}`);
                const trial = (fields) => owner.browser.go(`/admin/plans/rules/${rule}/trials`, { form: { ...formOf(form, /rules\/\d+$/).fields, ...fields } });

                // Nothing may change any more; and the same customer from the list of those whom it touches.
                const less = await trial({ what: 'try', customer: made.email, changes: '0' });
                assert.equal(less.status, 200, heading(less.text));
                assert.match(section(less.text), /Every mail and every charge of the next 60 days stays as it is/);
                assert.match(section(less.text), /No longer More time for one payment ?: Pay what is due on \w+ \d+ \w+ \d+ on a later day Now: At once up to \w+ \d+ \w+ \d+, free of charge Then: A person decides: It was changed as often as the rule allows/);
                assert.doesNotMatch(section(less.text), /New \w/);
                assert.match(less.text, /name="changes"[^>]*value="0"/, 'what was typed stays');
                const button = new RegExp(`<button[^>]*form="rule-form"[^>]*formaction="/admin/plans/rules/${rule}/trials"[^>]*name="one" value="${made.customer}"`);
                assert.match(less.text, button);
                const listed = await trial({ one: made.customer, changes: '0' });
                assert.equal(section(listed.text), section(less.text));

                // A fee and a discount: the options stay, and cost other than now.
                const fee = { what: 'try', customer: made.customer, fee: '5.00 EUR', early: '7' };
                const unsigned = await trial(fee);
                assert.equal(unsigned.status, 422);
                assert.match(plain(unsigned.text), /The law draws a line here/);
                const dearer = section((await trial({ ...fee, signed_name: 'Olga Owner', signed_reason: 'To try it' })).text);
                assert.match(dearer, /Changed More time for one payment ?: [^]*Now: At once up to (\w+ \d+ \w+ \d+), free of charge Then: At once up to \1, for 5\.00 EUR/);
                assert.match(dearer, /Changed Pay early ?: [^]*Now: 0% off Then: 7% off/);
                // The next customers, as the pages of texts do; and a rule under which nothing differs.
                assert.match(section((await trial({ what: 'try', customer: '', changes: '0' })).text), /No longer More time/);
                assert.match(section((await trial({ what: 'try', customer: made.customer })).text), /They could choose the same for their plans as now/);
                // What is not published is not tried either.
                assert.equal((await trial({ what: 'try', customer: 'nobody@example.org' })).status, 422);
                assert.equal((await trial({ what: 'try', customer: made.email, seen: '1000000', changes: '0' })).status, 409);
                assert.equal((await support.browser.go(`/admin/plans/rules/${rule}/trials`, { form: formOf(form, /rules\/\d+$/).fields })).status, 403);
                assert.deepEqual([rules(), own.sql("SELECT count(*) FROM audit WHERE action LIKE 'rule.%'")], [were, audits]);
        });

        test('S1.7 a rule that is taken back: which one holds instead and for whom, option by option for one customer; it is in force until it is taken back', async () => {
                const made = await buy('two');
                const general = own.sql(`SELECT rule_of(id) FROM orders WHERE number = ${quote(made.number)}`);
                const said = await owner.browser.submit(await owner.browser.go(`/admin/plans/rules/${general}`), /rules\/\d+$/, { product: 'two', later: '3', early: '9' });
                assert.match(said.to, /done=published/, heading(said.text));
                const mine = /rules\/(\d+)/.exec(said.to)[1];
                const to = `/admin/plans/rules/${mine}/withdraw`;
                const form = await owner.browser.go(to);
                const under = own.sql("SELECT count(*) FROM agreements g JOIN orders o ON o.id = g.order_id WHERE g.status = 'live' AND rule_of(o.id) = " + mine);
                assert.match(even(plain(form.text)), new RegExp(`${under} of ${under} live plans.*What holds instead Any product, [^<]* version \\d+ ${under} live plans`));
                assert.match(form.text, new RegExp(`<a href="/admin/plans/rules/${general}">Any product, `));
                const row = /<tr>(?:(?!<tr>)[^])*?customers\/\d+">(?:(?!<tr>)[^])*?<\/tr>/.exec(form.text.slice(form.text.indexOf(`/customers/${made.customer}"`) - 60))[0];
                assert.match(even(plain(row)), /0% off for paying early instead of 9%[^]*More time for one payment/);
                const trial = (fields) => owner.browser.submit(form, /withdrawals\/trials$/, fields);
                const tried = await trial({ customer: made.email });
                assert.equal(tried.status, 200, heading(tried.text));
                assert.match(section(tried.text), /The rule was taken back for a try, and is in force as before\. These are the next 60 days/);
                assert.match(section(tried.text), /Every mail and every charge of the next 60 days stays as it is/);
                assert.match(section(tried.text), /Changed More time for one payment ?: Pay what is due on \w+ \d+ \w+ \d+ on a later day Now: At once up to (\w+ \d+ \w+ \d+), free of charge Then: At once up to (?!\1)\w+ \d+ \w+ \d+, free of charge/);
                assert.match(section(tried.text), /New A pause ?: [^]*Now: A person decides: [^]*Then: At once, free of charge/);
                assert.match(section(tried.text), /Changed Pay early ?: [^]*Now: 9% off Then: 0% off/);
                assert.match(tried.text, new RegExp(`name="customer"[^>]*value="${made.email}"`), 'what was typed stays');
                assert.match(form.text, new RegExp(`<button[^>]*form="rule-form"[^>]*formaction="/admin/plans/rules/${mine}/withdrawals/trials"[^>]*name="one" value="${made.customer}"`));
                assert.equal(section((await trial({ one: made.customer, customer: '' })).text), section(tried.text));
                assert.match(section((await trial({ customer: '' })).text), /Changed More time/, 'for whoever is next');
                const nobody = await trial({ customer: 'nobody@example.org' });
                assert.equal(nobody.status, 422);
                assert.match(plain(nobody.text), /There is no customer of this address or number/);
                const { fields } = formOf(form, /withdrawals\/trials$/);
                assert.equal((await support.browser.go(`/admin/plans/rules/${mine}/withdrawals/trials`, { form: fields })).status, 403);
                assert.equal((await owner.browser.go('/admin/plans/rules/999999/withdrawals/trials', { form: fields })).status, 404);
                assert.equal((await owner.browser.go(`/admin/plans/rules/${general}/withdrawals/trials`, { form: fields })).status, 409);
                assert.equal(own.sql(`SELECT superseded_at IS NULL AND NOT EXISTS (SELECT FROM audit WHERE action = 'rule.withdrawn') FROM rule_versions WHERE id = ${mine}`), 't');
                assert.match((await owner.browser.submit(form, /withdrawals$/, {})).to, /done=withdrawn/);
                assert.equal(own.sql(`SELECT rule_of(id) FROM orders WHERE number = ${quote(made.number)}`), general);
                const late = await trial({ customer: made.email });
                assert.equal(late.status, 409);
                assert.match(plain(late.text), /It was taken back or followed by another before/);
        });
});
