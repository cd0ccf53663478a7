// What is paid over time: instalments and subscriptions from the checkout to the last charge, in a
// product of its own, because its clock moves (S1.3).

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { address, quote } from './lib/house.mjs';
import { mailsTo } from './lib/mailbox.mjs';
import { startOwn } from './lib/own.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes, order } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { control } from './lib/stripe.mjs';

describe('paid over time', () => {
        let own, plans;
        const card = (number, becoming) => control(own.sandbox, 'acts', { act: 'update_card', quiet: true, becomes: becoming,
                object: own.sql(`SELECT m.ref FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(number)} AND m.detached_at IS NULL ORDER BY m.id LIMIT 1`) });
        const faults = (...list) => control(own.sandbox, 'faults', list);
        const calm = () => control(own.sandbox, 'faults', undefined, 'DELETE');
        const cases = (number) => own.rows(`SELECT c.status, c.class, c.reason_code, c.failures FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(number)} ORDER BY c.id`);
        const paidMails = (made) => mailsTo(own, made.email).filter((mail) => /^Payment received/.test(mail.subject));

        before(async () => {
                own = await startOwn();
                plans = new Plans(own, {
                        three: 'schedule=3 monthly instalments\namount=100.00', two: 'schedule=2 monthly instalments\namount=50.00',
                        monthly: 'schedule=monthly subscription\namount=19.00',
                });
        });
        afterEach(calm);
        after(async () => {
                plans?.end();
                await own?.stop();
        });

        test('the product page shows every payment, its day and the total before anything is bought', async () => {
                const page = await new Browser(own.url).go('/products/three');
                const text = plain(page.text);
                assert.match(text, /33\.34 .*today, then one payment a month: 3 in all/);
                assert.match(text, /Today.*33\.34.*33\.33.*33\.33.*In all.*100\.00/s);
                const monthly = plain((await new Browser(own.url).go('/products/monthly')).text);
                assert.match(monthly, /19\.00 .*today, then 19\.00 .*every month/);
        });

        test('S1.3 three instalments: the first at the checkout, the others by themselves on their day, then it is permanent', async () => {
                const made = await plans.buy('three');
                assert.deepEqual(plans.dues(made.number).map((d) => [d.amount_minor, d.status, d.in_step]), [[3334, 'paid', true], [3333, 'open', true], [3333, 'open', true]]);
                assert.equal(plans.level(made.number), 'full');
                await plans.advance('20d');
                assert.equal(plans.states(made.number), 'paid open open', 'nothing before its day');
                await plans.advance('12d');
                assert.equal(plans.states(made.number), 'paid paid open');
                assert.equal(plans.level(made.number), 'full');
                await plans.advance('31d');
                assert.equal(plans.states(made.number), 'paid paid paid');
                assert.equal(plans.level(made.number), 'permanent', 'the last instalment makes it permanent');
                assert.equal(own.sql(`SELECT g.status FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(made.number)}`), 'completed');
                await becomes(own, `(SELECT string_agg(r.total_minor::text, ' ' ORDER BY r.seq) FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(made.number)}) = '3334 3333 3333'`);
                const mails = await until(() => (paidMails(made).length === 3 ? paidMails(made) : null), 'three receipts');
                assert.match(mails[0].text, /instalment 1 of 3[^]*Next payment: +33\.33 EUR on/);
                assert.match(mails[2].text, /instalment 3 of 3[^]*That was the last instalment/);
                assert.equal(mails[2].files.length, 1);
                assert.deepEqual((await plans.intents(made.number)).map((i) => i.status), ['succeeded', 'succeeded', 'succeeded']);
                plans.sound();
        });

        test('an instalment that is declined opens a case, takes access down by its timetable, and what was paid for stays open (S1.1)', async () => {
                const made = await plans.buy('three');
                const browser = await plans.enter(made);
                await card(made.number, 'pm_card_visa_chargeDeclinedInsufficientFunds');
                await plans.advance('32d');
                assert.equal(plans.states(made.number), 'paid open open');
                assert.deepEqual(plans.attempts(made.number).filter((a) => a.status === 'failed').map((a) => [a.status, a.decline_code, a.error_code, a.advice_code]),
                        [['failed', 'insufficient_funds', 'card_declined', 'try_again_later']]);
                assert.deepEqual(cases(made.number).map((c) => [c.status, c.reason_code, c.failures]), [['open', 'insufficient_funds', 1]]);
                const titles = () => own.sql(`SELECT count(*) FROM version_items w JOIN access a ON a.product_version_id = w.version_id JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`);
                const items = Number(titles());
                const program = async () => (await browser.go('/programs/three')).text;
                const open = (page) => [...page.matchAll(/href="(\/programs\/three\/[^"?#]+)/g)].map((m) => m[1]).filter((path, i, all) => all.indexOf(path) === i);
                assert.equal(open(await program()).length, items, 'full while the timetable gives time');
                assert.match(plain(await program()), /33\.33 EUR was due .*nothing new opens.*can still be read.*only what was paid for stays open/s);
                await plans.advance('3d');
                assert.equal(plans.level(made.number), 'nothing_new');
                let page = await program();
                const share = Math.floor(items / 3);
                assert.equal(open(page).length, share, 'the paid third stays open');
                assert.match(plain(page), /Nothing new opens for now/);
                const closed = own.sql(`SELECT i.slug FROM version_items w JOIN item_versions v ON v.id = w.item_version_id JOIN items i ON i.id = v.item_id
                        JOIN access a ON a.product_version_id = w.version_id JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} ORDER BY w.position DESC LIMIT 1`);
                assert.equal((await browser.go(`/programs/three/${closed}`)).status, 404);
                await plans.advance('5d');
                assert.equal(plans.level(made.number), 'read_only');
                await plans.advance('7d');
                assert.equal(plans.level(made.number), 'locked');
                page = await program();
                assert.equal(open(page).length, share);
                assert.equal((await browser.go(open(page)[0])).status, 200);
                // The payment brings it back in the same moment.
                await card(made.number, 'pm_card_visa');
                own.sql(`SELECT due_attempt(d.id, NULL, false, NULL, 'soft', 'A test asks for it.') FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)} AND d.seq = 2`);
                await becomes(own, `EXISTS (SELECT FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)} AND d.seq = 2 AND d.status = 'paid')`);
                assert.equal(own.sql(`SELECT count(*) FROM moves m JOIN access a ON a.id = m.object_id JOIN orders o ON o.id = a.order_id
                        JOIN dues d ON d.order_id = o.id AND d.seq = 2 WHERE m.machine = 'access' AND o.number = ${quote(made.number)} AND m.status = 'full' AND m.at = d.paid_at`), '1', 'in the transaction of the payment');
                assert.equal(cases(made.number)[0].status, 'resolved');
                await plans.settled();
                plans.sound();
        });

        for (const [what, number, code] of [['lost card', 'pm_card_visa_chargeDeclinedLostCard', 'lost_card'], ['expired card', 'pm_card_chargeDeclinedExpiredCard', 'expired_card'],
                ['bank asks', 'pm_card_authenticationRequired', 'authentication_required']])
                test(`off session, ${what}: the reason is kept with the attempt`, async () => {
                        const made = await plans.buy('two');
                        await card(made.number, number);
                        await plans.advance('32d');
                        assert.deepEqual(plans.attempts(made.number).map((a) => [a.status, a.decline_code]), [['failed', code]]);
                        assert.equal(cases(made.number)[0].reason_code, code);
                });

        test('the default is gone at the gateway: the backup is charged', async () => {
                const made = await plans.buy('two');
                const ref = own.sql(`SELECT m.ref FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(made.number)}`);
                const { customer } = await plans.stripe.paymentMethods.retrieve(ref);
                const other = await plans.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(other.id)})`);
                own.sql(`UPDATE payment_methods SET is_backup = true WHERE ref = ${quote(other.id)}`);
                await plans.stripe.paymentMethods.detach(ref);
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(ref)} AND detached_at IS NOT NULL)`);
                await plans.advance('32d');
                assert.equal(plans.states(made.number), 'paid paid');
                assert.equal(own.sql(`SELECT m.ref FROM attempts a JOIN payment_methods m ON m.id = a.payment_method_id JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`), other.id);
        });

        for (const [what, fault] of [['an error after it was taken', { kind: 'error_after_commit' }], ['an error before', { kind: 'error_before' }],
                ['no answer: it hangs', { kind: 'hang', seconds: 10 }], ['too many requests', { kind: 'rate_limit' }]])
                test(`the answer to a charge is lost (${what}): it ends with one charge, and nothing unknown (safety rule 5)`, async () => {
                        const made = await plans.buy('two');
                        await faults({ match: 'POST /v1/payment_intents', times: 1, ...fault }, { match: 'event *', kind: 'drop_event', times: 20 });
                        await plans.advance('32d');
                        await calm();
                        await becomes(own, `NOT EXISTS (SELECT FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND a.live)`);
                        assert.equal(plans.states(made.number), 'paid paid');
                        const intents = await plans.intents(made.number);
                        assert.deepEqual(intents.map((i) => i.status), ['succeeded', 'succeeded']);
                        assert.deepEqual(plans.attempts(made.number).map((a) => a.status), ['succeeded']);
                        plans.sound();
                });

        test('the gateway does not answer for more than a day: the key is not posted again, the charge was never made, and a case is there', async () => {
                const made = await plans.buy('two');
                await faults({ match: 'POST /v1/payment_intents', kind: 'error_before', times: 500 });
                own.ctl('clock', 'advance', '32d');
                await becomes(own, `EXISTS (SELECT FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND a.status = 'unknown')`);
                own.ctl('clock', 'advance', '25h');
                await calm();
                const { last } = await control(own.sandbox, 'log');
                own.ctl('clock', 'advance', '7h');
                await becomes(own, `EXISTS (SELECT FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND a.decline_code = 'never_made')`);
                const posted = (await control(own.sandbox, `log?since=${last}`)).items.filter((item) => item.name === 'POST /v1/payment_intents');
                const key = own.sql(`SELECT a.key FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND a.decline_code = 'never_made'`);
                assert.deepEqual(posted.filter((item) => item.idempotency_key === key), []);
                assert.ok((await plans.intents(made.number)).every((intent) => intent.metadata.attempt !== key));
                assert.equal(cases(made.number).length, 1);
        });

        test('with the customer there, the bank asks: the page leads to it and the answer pays; without one it is called off after an hour', async () => {
                const [answers, leaves] = [await plans.buy('two'), await plans.buy('two')];
                const browser = await plans.enter(answers);
                for (const made of [answers, leaves]) await card(made.number, 'pm_card_authenticationRequired');
                await plans.advance('32d');
                for (const made of [answers, leaves]) {
                        own.sql(`SELECT due_attempt(d.id, m.id, true, NULL, 'authentication', 'The customer is there.') FROM dues d JOIN orders o ON o.id = d.order_id
                                JOIN payment_methods m ON m.customer_id = o.customer_id WHERE o.number = ${quote(made.number)} AND d.seq = 2`);
                        await becomes(own, `EXISTS (SELECT FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND a.status = 'requires_action' AND a.session_url IS NOT NULL)`);
                }
                const page = await browser.go('/payment-methods');
                assert.match(plain(page.text), /Waits for a confirmation.*Answer your bank/s);
                const [, url] = /class="button" href="([^"]+)">Answer your bank/.exec(page.text);
                const bank = await browser.go(url);
                assert.equal(bank.status, 200);
                const answer = await browser.go(url, { form: { result: 'complete' } });
                assert.equal(answer.status, 303, heading(answer.text));
                assert.match(answer.to, /\/pay-back/);
                assert.match((await browser.go(answer.to)).to, /\/payment-methods/);
                await becomes(own, `EXISTS (SELECT FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(answers.number)} AND d.seq = 2 AND d.status = 'paid')`);
                await plans.advance('26h');
                await becomes(own, `NOT EXISTS (SELECT FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(leaves.number)} AND a.live)`);
                assert.equal(plans.attempts(leaves.number).at(-1).decline_code, 'authentication_required');
                assert.equal((await plans.stripe.paymentIntents.retrieve(plans.attempts(leaves.number).at(-1).gateway_ref)).status, 'canceled');
                assert.equal(plans.states(leaves.number), 'paid open');
        });

        test('fifty at once ask for a charge: one is made', async () => {
                const made = await plans.buy('two');
                await plans.advance('20d');
                const due = own.sql(`SELECT d.id FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)} AND d.seq = 2`);
                const said = await Promise.all(Array.from({ length: 50 }, () => own.sqlLater(`SELECT due_attempt(${due}, NULL, false, NULL, NULL, 'At once.')`)));
                assert.equal(said.filter((id) => id !== '').length, 1);
                await becomes(own, `EXISTS (SELECT FROM dues WHERE id = ${due} AND status = 'paid')`);
                assert.equal((await plans.intents(made.number)).length, 2);
                assert.equal(own.sql(`SELECT due_attempt(${due}, NULL, false, NULL, NULL, 'Again.') IS NULL`), 't', 'nothing is owed');
        });

        test('a subscription: each month is charged by itself; cancelled, it stays open until its month ends and nothing more is charged', async () => {
                const made = await plans.buy('monthly');
                const browser = await plans.enter(made);
                await plans.advance('32d');
                await plans.advance('31d');
                assert.equal(plans.states(made.number), 'paid paid paid');
                assert.deepEqual(plans.dues(made.number).map((d) => [d.amount_minor, d.in_step]), [[1900, true], [1900, true], [1900, true]]);
                let page = await browser.go(`/orders/${made.number}`);
                const answer = await browser.submit(page, /\/cancel$/);
                assert.equal(answer.status, 303, heading(answer.text));
                page = await browser.go(answer.to);
                assert.match(plain(page.text), /Your subscription is cancelled.*Nothing more is charged.*it stays open until/s);
                assert.equal(plans.level(made.number), 'full');
                await plans.advance('40d');
                assert.equal(plans.level(made.number), 'ended');
                assert.equal((await plans.intents(made.number)).length, 3);
                plans.sound();
        });

        test('what is paid month by month takes no bank transfer', async () => {
                own.setting('bank', 'iban', 'DE89370400440532013000');
                await own.reload('gateway');
                const answer = await order(new Browser(own.url), { product: 'two', email: address(), pay: 'transfer' });
                assert.equal(answer.status, 422);
                assert.match(plain(answer.text), /charged to a card or account that you save/);
        });
});
