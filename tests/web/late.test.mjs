// Late, lost, doubled and reordered events; a gateway that hangs or fails (S0.2, S0.7, safety rules 3 and 5).

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, begin, buy, pay, welcomed } from './lib/purchase.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

const faults = (...list) => control(here.sandbox, 'faults', list);
const calm = () => control(here.sandbox, 'faults', undefined, 'DELETE');
const eventsAbout = (kind, times = 10) => faults({ match: 'event *', kind, times, seconds: 3 });
const rowOf = (number) => here.rows(`SELECT o.*, extract(epoch FROM o.granted_at - o.paid_at)::float8 AS seconds,
        (SELECT count(*) FROM payments p WHERE p.order_id = o.id) AS payments, (SELECT count(*) FROM access a WHERE a.order_id = o.id) AS rights,
        (SELECT count(*) FROM attempts a WHERE a.order_id = o.id) AS attempts FROM orders o WHERE number = ${quote(number)}`)[0];
const logSince = async (seq) => (await control(here.sandbox, `log?since=${seq}`)).items;
const numberOf = (email) => here.sql(`SELECT number FROM orders WHERE email = ${quote(email)}`);

describe('an event that is late or never comes', needs, () => {
        let lost;
        // This one takes the longest: it is begun first and looked at last.
        before(async () => {
                lost = await begin(here);
                await eventsAbout('drop_event');
                assert.equal((await pay(lost)).status, 303);
                await calm();
        });
        after(calm);
        afterEach(calm);

        test('the browser comes back first: the page says so honestly, the worker asks, access opens (S0.2)', async () => {
                let made, last, page;
                // The sweep, which comes by of its own, may be there before the browser.
                for (let tries = 0; tries < 5 && (page === undefined || heading(page.text) !== 'One moment'); tries++) {
                        made = await begin(here);
                        await eventsAbout('delay_event');
                        assert.equal((await pay(made)).status, 303);
                        await calm();
                        ({ last } = await control(here.sandbox, 'log'));
                        page = await made.browser.go(`/welcome?order=${made.number}`);
                }
                assert.equal(heading(page.text), 'One moment');
                assert.match(plain(page.text), /waiting for the confirmation of your payment/);
                assert.equal(page.headers.get('refresh'), `2; url=/welcome?order=${made.number}&look=1`);
                const shown = await welcomed(made, /You are in/, 2.5);
                assert.match(plain(shown.text), /Light & Lens is open/);
                const asked = (await logSince(last)).filter((i) => i.name === `GET /v1/checkout/sessions/${made.session}`);
                assert.ok(asked.length >= 1, 'the worker asked');
                // The event comes afterwards and does nothing.
                await until(async () => (await control(here.sandbox, 'log')).items.filter((i) => i.object === made.session && i.name === 'checkout.session.completed' && i.answered === 200).length === 1, 'the late event');
                const row = rowOf(made.number);
                assert.deepEqual([row.payments, row.rights, row.attempts], [1, 1, 1]);
        });

        test('the gateway does not answer the first questions: it is asked again at 2 and 5 s', async () => {
                let made, page, twice = false;
                // The sweep may have its answer in the moment before all questions fail, and book it.
                for (let tries = 0; tries < 5 && !twice; tries++) {
                        await calm();
                        made = await begin(here);
                        await eventsAbout('drop_event');
                        assert.equal((await pay(made)).status, 303);
                        await calm();
                        const { last } = await control(here.sandbox, 'log');
                        const question = `GET /v1/checkout/sessions/${made.session}`;
                        // All of them fail until two did, for the sweep may ask as well.
                        await faults({ match: question, kind: 'error_before', times: 50 });
                        page = await made.browser.go(`/welcome?order=${made.number}`);
                        await until(async () => {
                                twice = (await logSince(last)).filter((i) => i.name === question).length >= 2 && rowOf(made.number).status === 'open';
                                return twice || rowOf(made.number).status !== 'open';
                        }, 'two questions');
                }
                assert.equal(heading(page.text), 'One moment');
                assert.equal(rowOf(made.number).status, 'open');
                await calm();
                await welcomed(made, /You are in/);
                assert.equal(rowOf(made.number).payments, 1);
        });

        /** A page that waits for TABLE has read a part of the order; then the payment is booked.  What the page says; null when somebody was faster. */
        async function readWhile(table) {
                const made = await begin(here);
                await eventsAbout('drop_event');
                assert.equal((await pay(made)).status, 303);
                await calm();
                const { payment_intent: paid } = await stripeFor(here.sandbox).checkout.sessions.retrieve(made.session);
                const holds = `EXISTS (SELECT FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation = 'latchkey.${table}'::regclass)`;
                // Whoever else would book it waits, and gives way.
                const booked = here.sqlLater(`BEGIN; SET LOCAL deadlock_timeout = '60s'; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE;
                        DO $$ BEGIN FOR i IN 1..1000 LOOP
                                EXIT WHEN EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted
                                        AND l.relation = 'latchkey.${table}'::regclass AND a.usename = 'lk_portal');
                                PERFORM pg_stat_clear_snapshot();
                                PERFORM pg_sleep(0.02);
                        END LOOP; END $$;
                        SELECT payment_apply(a.account_id, a.key, ${quote(paid)}, NULL, NULL, a.amount_minor, a.currency, app_now())
                        FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)};
                        COMMIT;`);
                await becomes(here, holds);
                const page = await made.browser.go(`/welcome?order=${made.number}`);
                return /booked/.test(await booked) ? { made, page } : null;
        }

        for (const table of ['attempts', 'order_lines', 'payments'])
                test(`the payment lands while the page is being read (at ${table}): it never says unpaid (S0.2)`, async () => {
                        let read = null;
                        for (let tries = 0; read === null && tries < 8; tries++) read = await readWhile(table);
                        assert.ok(read, 'booked while the page was read');
                        assert.ok(['One moment', 'Thank you. You are in.'].includes(heading(read.page.text)), heading(read.page.text));
                        assert.ok(read.page.headers.get('refresh'), 'it looks again by itself');
                        await welcomed(read.made);
                });

        test('a page that looked long enough says that a mail will follow, and stops', async () => {
                const made = await begin(here);
                const page = await made.browser.go(`/welcome?order=${made.number}&look=14`);
                assert.equal(heading(page.text), 'We have no answer yet');
                assert.match(plain(page.text), /your access opens by itself as soon as the confirmation is here, and we write to/);
                assert.equal(page.headers.get('refresh'), null);
                const earlier = await made.browser.go(`/welcome?order=${made.number}&look=7`);
                assert.equal(earlier.headers.get('refresh'), `6; url=/welcome?order=${made.number}&look=8`);
        });

        test('twice and out of order: one payment, one right, each mail once (safety rule 3)', async () => {
                const made = await begin(here);
                await faults({ match: 'event *', kind: 'reorder_events', times: 4, seconds: 2 });
                assert.equal((await pay(made)).status, 303);
                await calm();
                const twice = await begin(here);
                await eventsAbout('duplicate_event');
                assert.equal((await pay(twice)).status, 303);
                await calm();
                for (const one of [made, twice]) {
                        await becomes(here, `SELECT status = 'paid' FROM orders WHERE number = ${quote(one.number)}`);
                        await mailTo(here, one.email, /You have access/);
                        await mailTo(here, one.email, /Payment received/);
                }
                await until(async () => {
                        const items = (await control(here.sandbox, 'log?limit=10000')).items.filter((i) => [made.session, twice.session].includes(i.object));
                        return items.filter((i) => i.kind === 'event').every((i) => i.delivery === 'delivered');
                }, 'every delivery');
                await sleep(500);
                for (const one of [made, twice]) {
                        const row = rowOf(one.number);
                        assert.deepEqual([row.payments, row.rights, row.attempts], [1, 1, 1]);
                        assert.deepEqual(mailsTo(here, one.email).map((m) => m.subject).sort(), ['Payment received: Light & Lens', 'You have access: Light & Lens']);
                }
        });

        test('lost, and the browser never returns: the sweep of the gateway\'s events finds it (S0.7)', async () => {
                await becomes(here, `SELECT status = 'paid' FROM orders WHERE number = ${quote(lost.number)}`);
                const row = rowOf(lost.number);
                assert.deepEqual([row.payments, row.rights], [1, 1]);
                // On a slow day the janitor, who asks about the attempt itself, is there before it.
                await becomes(here, `SELECT string_agg(DISTINCT source, ' ') = 'sweep' FROM inbox WHERE session_ref = ${quote(lost.session)} OR object_ref = ${quote(lost.session)}`);
                await mailTo(here, lost.email, /You have access/);
        });
});

describe('the gateway fails while the hosted page is made', needs, () => {
        after(calm);
        afterEach(calm);

        const sessionsOf = async (number) => (await stripeFor(here.sandbox).checkout.sessions.list({ limit: 100 })).data
                .filter((session) => session.client_reference_id === number);

        async function troubled(fault) {
                const browser = new Browser(here.url);
                const email = address();
                const page = await browser.go('/products/light-and-lens');
                await faults({ match: 'POST /v1/checkout/sessions$', ...fault });
                const answer = await browser.submit(page, /\/orders$/, { email, name: 'Ann Example', country: 'DE', agree: '1', consent: '1' });
                return { browser, email, answer };
        }

        /** Press the page's button until there is a hosted page, and pay there. */
        async function goOn({ browser, email, answer }) {
                assert.equal(answer.status, 503);
                assert.equal(heading(answer.text), 'Your payment page is not ready yet');
                const number = numberOf(email);
                assert.match(plain(answer.text), new RegExp(`Nothing was \\w+, and your order ${number} is kept`));
                // A gateway that still hangs on the first request says that our key is in use.
                const again = await until(async () => {
                        const tried = await browser.submit(answer, /\/orders$/);
                        assert.ok([303, 503].includes(tried.status), String(tried.status));
                        return tried.status === 303 ? tried : null;
                }, 'the hosted page');
                assert.ok(again.to.startsWith(here.sandbox.url), again.to);
                assert.equal((await pay({ browser, hosted: again.to })).status, 303);
                await welcomed({ browser, number });
                return number;
        }

        for (const [what, fault] of [
                ['an error before anything was made', { kind: 'error_before' }],
                ['too many requests', { kind: 'rate_limit' }],
                ['no answer at all: it hangs', { kind: 'hang', seconds: 9 }],
        ])
                test(`${what}: an honest 503, and the retry goes on with the same order`, async () => {
                        const number = await goOn(await troubled(fault));
                        const row = rowOf(number);
                        assert.deepEqual([row.status, row.payments, row.attempts], ['paid', 1, 1]);
                        assert.equal((await sessionsOf(number)).length, 1);
                });

        test('an error after it was made: the page is found, and there is never a second (safety rule 5)', async () => {
                const { browser, email, answer } = await troubled({ kind: 'error_after_commit' });
                assert.equal(answer.status, 303, heading(answer.text));
                const number = numberOf(email);
                const sessions = await sessionsOf(number);
                assert.deepEqual(sessions.map((session) => session.url), [answer.to]);
                assert.equal((await pay({ browser, hosted: answer.to })).status, 303);
                await welcomed({ browser, number });
        });

        test('an error after it was made, and no answer to the search: the next try finds it', async () => {
                // Of the search alone: the worker asks for single pages meanwhile.
                await faults({ match: 'GET /v1/checkout/sessions$', kind: 'error_before' });
                const number = await goOn(await troubled({ kind: 'error_after_commit' }));
                assert.equal((await sessionsOf(number)).length, 1);
                assert.equal(rowOf(number).attempts, 1);
        });

        test('the log says why in one line each, without the address', () => {
                const lines = here.logs().split('\n').filter((line) => line.includes('checkout_not_opened'));
                assert.ok(lines.length >= 3);
                assert.ok(lines.every((line) => /answer=\S+ status=\d+/.test(line)), lines[0]);
                assert.ok(lines.every((line) => !line.includes('@')));
        });
});

describe('a hook that the gateway cannot reach for a while', needs, () => {
        test('the access clock counts every paid order; nothing stays late (S0.7)', async () => {
                const bought = await buy(here);
                await becomes(here, `SELECT granted_at IS NOT NULL FROM orders WHERE number = ${quote(bought.number)}`);
                assert.equal(here.sql("SELECT count(*) FROM orders o WHERE paid_at IS NOT NULL AND granted_at IS NULL"), '0');
                const check = here.ctl('check', 'access');
                assert.deepEqual([check.status, check.ok], [0, true], JSON.stringify(check.items ?? check).slice(0, 600));
        });
});
