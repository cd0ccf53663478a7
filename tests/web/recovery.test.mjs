// What somebody may do while a payment is open: swap the way on the spot, come while the gateway is
// away, promise and be left in peace, bring a new card; and what a whole refund ends (S1.3, S1.8,
// S1.10).  In a product of its own, because its clock moves.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { startFailing } from './lib/failing.mjs';
import { quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { becomes, openLink, pay } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { control } from './lib/stripe.mjs';

describe('while a payment is open', () => {
        let own, stripe, failed, bought, change, advance, caseOf, one;
        const faults = (...list) => control(own.sandbox, 'faults', list);
        const calm = () => control(own.sandbox, 'faults', undefined, 'DELETE');
        const attempts = (made) => own.rows(`SELECT a.id, a.kind, a.status, a.key, a.gateway_ref, a.session_ref, d.seq FROM attempts a JOIN dues d ON d.id = a.due_id
                JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND d.seq = 2 ORDER BY a.id`);
        const says = (browser, to, words) => until(async () => {
                const page = await browser.follow(to);
                return words.test(plain(page.text)) ? page : null;
        }, `${to}: ${words}`);
        const sound = () => {
                const compared = own.ctl('reconcile');
                assert.deepEqual([compared.status, compared.items], [0, []], 'gateway, orders and access agree');
                for (const what of ['money', 'access', 'schema']) {
                        const said = own.ctl('check', what);
                        assert.deepEqual([said.status, said.items], [0, []], what);
                }
        };
        const other = async (browser, made) => {
                const answer = await browser.submit(await browser.go(made.link), /\/other$/);
                assert.equal(answer.status, 303, heading(answer.text));
                return browser.go(answer.to);
        };

        before(async () => {
                own = await startFailing();
                ({ stripe, failed, bought, change, advance, caseOf, one } = own);
        });
        afterEach(calm);
        after(() => own?.end());

        test('S1.3 the page at the gateway is open and another way is chosen: it is called off there first, then everything is free', async () => {
                const made = await failed('pm_card_chargeCustomerFail');
                const browser = new Browser(own.url);
                const hosted = (await browser.submit(await browser.go(made.link), /\/page$/)).to;
                const session = /cs_[A-Za-z0-9_]+/.exec(hosted)[0];
                assert.match(heading((await browser.go(made.link)).text), /Your payment page is open/);

                // The gateway does not answer: nothing is lost, and nothing is free that could still be paid there.
                await faults({ match: 'POST /v1/checkout/sessions', kind: 'error_before', times: 1 });
                assert.match(plain((await other(browser, made)).text), /does not answer right now.*Nothing was charged.*Your payment page is open/s);
                assert.equal((await stripe.checkout.sessions.retrieve(session)).status, 'open');

                const page = await browser.go(made.link);
                const said = await Promise.all(Array.from({ length: 50 }, () => browser.submit(page, /\/other$/)));
                assert.ok(said.every((answer) => answer.status === 303), said.map((answer) => answer.status).join(' '));
                assert.equal((await stripe.checkout.sessions.retrieve(session)).status, 'expired', 'it cannot be paid any more');
                assert.match(heading((await browser.go(made.link)).text), /did not go through/);
                assert.equal((await browser.submit(await browser.go(made.link), /\/transfer$/)).status, 303);
                assert.match(heading((await browser.go(made.link)).text), /We wait for your bank transfer/);
                await change(made, 'pm_card_visa');
                await browser.submit(await browser.go(made.link), /\/now$/);
                await says(browser, made.link, /Paid, thank you/);
                assert.equal(attempts(made).filter((a) => a.status === 'succeeded').length, 1);
                await own.settled();
                sound();
        });

        test('S1.3 it was paid there meanwhile: that counts, and nothing is called off', async () => {
                const made = await failed('pm_card_chargeCustomerFail');
                const browser = new Browser(own.url);
                const hosted = (await browser.submit(await browser.go(made.link), /\/page$/)).to;
                const before = await browser.go(made.link);
                await faults({ match: 'event *', kind: 'drop_event', times: 50 });
                assert.equal((await pay({ browser: new Browser(own.url), hosted })).status, 303);
                const answer = await browser.submit(before, /\/other$/);
                assert.match(answer.to, /done=now/);
                await says(browser, answer.to, /Paid, thank you/);
                await calm();
                sound();
        });

        test('S1.3 the bank\'s question is not answered: the charge is called off there, and another card pays', async () => {
                const made = await failed('pm_card_authenticationRequired');
                const browser = new Browser(own.url);
                await browser.submit(await browser.go(made.link), /\/now$/);
                await says(browser, made.link, /Your bank wants you to confirm/);
                const asked = attempts(made).find((a) => a.status === 'requires_action');
                assert.match(plain((await other(browser, made)).text), /What you began is called off/);
                assert.equal((await stripe.paymentIntents.retrieve(asked.gateway_ref)).status, 'canceled');
                assert.equal(attempts(made).find((a) => a.id === asked.id).status, 'cancelled');
                await change(made, 'pm_card_visa');
                await browser.submit(await browser.go(made.link), /\/now$/);
                await says(browser, made.link, /Paid, thank you/);
                assert.equal(attempts(made).filter((a) => a.status === 'succeeded').length, 1);
        });

        test('S1.3 the same by login; somebody else\'s amount is not found and stays as it is', async () => {
                const made = await bought(), another = await bought();
                const [browser, stranger] = await Promise.all([made, another].map(async ({ email }) => openLink(own, (await mailTo(own, email, /You have access/)).link)));
                const page = `/payments/${made.number}/2`;
                await browser.submit(await browser.go(page), /\/page$/);
                const open = await browser.go(page);
                assert.match(heading(open.text), /Your payment page is open/);
                assert.equal((await stranger.go(page)).status, 404);
                const [, token] = /name="csrf_token" value="([^"]+)"/.exec((await stranger.go(`/payments/${another.number}/2`)).text);
                assert.equal((await stranger.go(`${page}/other`, { form: { csrf_token: token } })).status, 404);
                assert.equal(attempts(made).at(-1).status, 'sent', 'it stays open');
                const answer = await browser.submit(open, /\/other$/);
                assert.match(plain((await browser.go(answer.to)).text), /What you began is called off.*49\.00 EUR to pay/s);
                assert.equal(attempts(made).at(-1).status, 'cancelled');
                // Whoever clicks twice, or again once it is paid, finds the page of the amount and not nothing.
                assert.equal((await browser.submit(open, /\/other$/)).to, page);
                await browser.submit(await browser.go(page), /\/now$/);
                await says(browser, page, /Paid, thank you/);
                for (const button of ['now', 'page', 'other']) assert.equal((await browser.go(`${page}/${button}`, { form: { csrf_token: /name="csrf_token" value="([^"]+)"/.exec(open.text)[1] } })).to, page, button);
        });

        for (const [what, kind] of [['answers an error', 'error_before'], ['made the page and answered an error', 'error_after_commit'], ['takes no more requests', 'rate_limit']])
                test(`S1.8 the gateway ${what} when its page is asked for: a sentence, every way stays, nothing is charged`, async () => {
                        const made = await failed('pm_card_chargeCustomerFail');
                        const browser = new Browser(own.url);
                        await faults({ match: 'POST /v1/checkout/sessions', kind, times: 1 });
                        const answer = await browser.submit(await browser.go(made.link), /\/page$/);
                        const page = await browser.go(answer.to);
                        assert.equal(page.status, 200);
                        assert.match(plain(page.text), /payment page could not be opened.*Nothing was charged.*choose another way/s);
                        assert.match(heading(page.text), /did not go through/);
                        assert.equal((await browser.submit(page, /\/promise$/, { day: own.sql(`SELECT (app_now() AT TIME ZONE due_zone(${made.case.due_id}))::date + 2`) })).status, 303, 'another way is free');
                        const again = await browser.submit(await browser.go(made.link), /\/page$/);
                        assert.match(again.to, /\/c\/pay\/cs_/, 'and the page once more');
                        assert.equal((await pay({ browser, hosted: again.to })).status, 303);
                        await says(browser, made.link, /Paid, thank you/);
                        await own.settled();
                        sound();
                });

        test('S1.8 while a promise stands nothing is charged; the day after it goes on', async () => {
                const made = await failed('pm_card_chargeCustomerFail');
                assert.ok(attempts(made).some((a) => a.status === 'created'), 'a retry was planned');
                const browser = new Browser(own.url);
                const day = own.sql(`SELECT (app_now() AT TIME ZONE due_zone(${made.case.due_id}))::date + 6`);
                assert.equal((await browser.submit(await browser.go(made.link), /\/promise$/, { day })).status, 303);
                await own.settled();
                const tried = attempts(made).filter((a) => a.status === 'failed').length;
                for (let days = 0; days < 6; days++) {
                        await advance('1d');
                        assert.equal(attempts(made).filter((a) => a.status === 'failed').length, tried, `day ${days + 1}`);
                }
                assert.equal(one(`SELECT count(*)::int AS n FROM attempts WHERE due_id = ${made.case.due_id} AND status = 'created'
                        AND (planned_at AT TIME ZONE due_zone(due_id))::date <= ${quote(day)}`).n, 0, 'nor planned');
                await until(async () => {
                        await advance('1d');
                        return attempts(made).filter((a) => a.status === 'failed').length > tried;
                }, 'it is tried again', 90);
        });

        test('S1.3 a new card settles what is overdue once, though fifty tell of it at once', async () => {
                const made = await failed('pm_card_visa_chargeDeclinedLostCard');
                assert.equal(caseOf(made).class, 'never_again');
                const customer = own.sql(`SELECT m.gateway_customer FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(made.number)} LIMIT 1`);
                await faults({ match: 'event payment_method.*', kind: 'drop_event', times: 5 });
                const card = await stripe.paymentMethods.attach('pm_card_mastercard', { customer });
                own.sql(`INSERT INTO method_setups (customer_id, account_id, key, form_nonce, status, created_at) SELECT customer_id, 1, 'key-' || number, 'nonce-' || number, 'open', app_now() FROM orders WHERE number = ${quote(made.number)}`);
                await Promise.all(Array.from({ length: 50 }, () => own.sqlLater(
                        `SELECT setup_done('key-' || ${quote(made.number)}, 1, ${quote(card.id)}, ${quote(customer)}, 'card', 'mastercard', '4444', NULL, 12, 2040)`)));
                await becomes(own, `EXISTS (SELECT FROM dues WHERE id = ${made.case.due_id} AND status = 'paid')`);
                assert.equal(attempts(made).filter((a) => a.status !== 'failed' && a.status !== 'cancelled').length, 1);
                const charged = [];
                for await (const intent of stripe.paymentIntents.list({ limit: 100, customer })) if (intent.status === 'succeeded') charged.push(intent.amount);
                assert.deepEqual(charged, [4900, 4900], 'the first, and what was overdue');
                assert.equal(caseOf(made).status, 'resolved');
                await own.settled();
                sound();
        });

        test('S1.10 everything that was paid goes back: access, agreement and what was open end; it stays so', async () => {
                const made = await bought();
                const [{ ref }] = own.rows(`SELECT p.gateway_ref AS ref FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(made.number)}`);
                const state = () => one(`SELECT o.status AS order, g.status AS agreement, a.status AS access, a.end_reason AS why,
                        (SELECT string_agg(d.status, ' ' ORDER BY d.seq) FROM dues d WHERE d.order_id = o.id) AS dues
                        FROM orders o JOIN agreements g ON g.order_id = o.id JOIN access a ON a.order_id = o.id WHERE o.number = ${quote(made.number)}`);
                await stripe.refunds.create({ payment_intent: ref, amount: 1000 });
                await becomes(own, `EXISTS (SELECT FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(made.number)} AND r.status = 'succeeded')`);
                assert.deepEqual(state(), { order: 'paid', agreement: 'live', access: 'full', why: null, dues: 'paid open open' }, 'a part of it ends nothing');
                await stripe.refunds.create({ payment_intent: ref });
                await becomes(own, `EXISTS (SELECT FROM orders WHERE number = ${quote(made.number)} AND status = 'refunded')`);
                const over = { order: 'refunded', agreement: 'cancelled', access: 'ended', why: 'refund', dues: 'paid forgiven forgiven' };
                assert.deepEqual(state(), over);
                await advance('40d');
                assert.deepEqual(state(), over);
                assert.equal(one(`SELECT count(*)::int AS n FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`).n, 1, 'nothing more is charged');
                await own.settled();
                sound();
        });
});
