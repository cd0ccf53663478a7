// The customer's payment methods: added by the gateway's page, chosen, removed; what is overdue is
// charged at once; cards that run out (S1.3).  In a product of its own, because its clock moves.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { quote } from './lib/house.mjs';
import { mailsTo } from './lib/mailbox.mjs';
import { startOwn } from './lib/own.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { control } from './lib/stripe.mjs';

describe('payment methods', () => {
        let own, plans;
        const ref = (number, n = 0) => own.sql(`SELECT m.ref FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(number)} ORDER BY m.id OFFSET ${n} LIMIT 1`);
        const act = (object, fields) => control(own.sandbox, 'acts', { act: 'update_card', object, ...fields });
        const methods = (number) => own.rows(`SELECT m.id, m.last_four, m.exp_month, m.exp_year, m.is_default, m.is_backup, m.detached_at IS NOT NULL AS gone
                FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(number)} ORDER BY m.id`);
        const calm = () => control(own.sandbox, 'faults', undefined, 'DELETE');

        /** To the gateway's page and back; the page that says what was saved. */
        async function add(browser, fields = {}, after = /is saved/) {
                const page = await browser.go('/payment-methods');
                const answer = await browser.submit(page, /\/payment-methods$/);
                assert.equal(answer.status, 303, heading(answer.text));
                assert.match(answer.to, /\/c\/pay\/cs_/);
                const saved = await browser.go(answer.to, { form: { card_number: '5555 5555 5555 4444', exp: '12/40', cvc: '123', name: 'Ann', country: 'DE', method: 'card', ...fields } });
                assert.equal(saved.status, 303, heading(saved.text));
                return until(async () => {
                        const shown = await browser.go(saved.to);
                        return after.test(plain(shown.text)) ? shown : null;
                }, `the page: ${after}`);
        }
        const change = async (browser, number, n, what) => {
                const page = await browser.go('/payment-methods');
                const answer = await browser.go(`/payment-methods/${methods(number)[n].id}`, { form: { csrf_token: /name="csrf_token" value="([^"]+)"/.exec(page.text)[1], what } });
                return answer;
        };

        before(async () => {
                own = await startOwn();
                plans = new Plans(own, { three: 'schedule=3 monthly instalments\namount=100.00', two: 'schedule=2 monthly instalments\namount=50.00' });
        });
        afterEach(calm);
        after(async () => {
                plans?.end();
                await own?.stop();
        });

        test('the method of the checkout is there; another one is added by the gateway\'s page; chosen, named as the backup, removed (S1.3)', async () => {
                const made = await plans.buy('three');
                const browser = await plans.enter(made);
                let page = await browser.go('/payment-methods');
                assert.equal(page.status, 200);
                assert.match(plain(page.text), /Visa ending in 4242.*Charged first.*It cannot be removed yet/s);
                assert.match(plain(page.text), /What is charged next.*instalment 2 of 3.*33\.33/s);
                page = await add(browser);
                assert.deepEqual(methods(made.number).map((m) => [m.is_default, m.is_backup]).slice(0, 2), [[true, false], [false, false]], 'the first one stays the default');
                let answer = await change(browser, made.number, 1, 'backup');
                assert.equal(answer.status, 303);
                assert.deepEqual(methods(made.number).map((m) => [m.is_default, m.is_backup]), [[true, false], [false, true]]);
                answer = await change(browser, made.number, 1, 'default');
                assert.deepEqual(methods(made.number).map((m) => [m.is_default, m.is_backup]), [[false, false], [true, false]]);
                answer = await change(browser, made.number, 1, 'remove');
                assert.deepEqual(methods(made.number).map((m) => [m.is_default, m.gone]), [[true, false], [false, true]], 'somebody is always charged');
                await until(async () => (await plans.stripe.paymentMethods.retrieve(ref(made.number, 1))).customer === null, 'detached there');
                answer = await change(browser, made.number, 0, 'remove');
                assert.equal(answer.status, 409);
                assert.match(plain(answer.text), /the last one, and something is still to be paid with it/);
                assert.equal(methods(made.number)[0].gone, false);
        });

        test('somebody else\'s method, or a word that is none: not found, nothing changes; signed out: the login', async () => {
                const made = await plans.buy('two');
                const other = await plans.enter(await plans.buy('two'));
                for (const what of ['default', 'backup', 'plain', 'remove'])
                        assert.equal((await change(other, made.number, 0, what)).status, 404, what);
                const browser = await plans.enter(made);
                assert.equal((await change(browser, made.number, 0, 'explode')).status, 404);
                assert.deepEqual(methods(made.number).map((m) => [m.is_default, m.gone]), [[true, false]]);
                const answer = await new Browser(own.url).go('/payment-methods');
                assert.match(answer.to, /\/login/);
        });

        test('a new card settles at once what is overdue, and the page says so; it is charged from then on (S1.3)', async () => {
                const made = await plans.buy('three');
                const browser = await plans.enter(made);
                await act(ref(made.number), { becomes: 'pm_card_visa_chargeDeclined', quiet: true });
                await plans.advance('32d');
                assert.equal(plans.states(made.number), 'paid open open');
                await plans.advance('4d');
                assert.equal(plans.level(made.number), 'nothing_new');
                assert.match(plain((await browser.go('/payment-methods')).text), /A payment is overdue.*Overdue.*instalment 2 of 3/s);
                const page = await add(browser, {}, /is saved[^]*Charged just now[^]*33\.33[^]*Paid/);
                assert.match(plain(page.text), /Mastercard ending in 4444 is saved.*What was overdue is charged to it at once.*33\.33 EUR\s+Paid.*instalment 2 of 3, with Mastercard ending in 4444/s);
                assert.equal(plans.states(made.number), 'paid paid open');
                assert.equal(plans.level(made.number), 'full');
                assert.deepEqual(methods(made.number).map((m) => m.is_default), [false, true]);
                assert.equal(own.sql(`SELECT c.status FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(made.number)}`), 'resolved');
                assert.equal((await plans.intents(made.number)).filter((i) => i.status === 'succeeded').length, 2);
                await plans.advance('31d');
                assert.equal(plans.states(made.number), 'paid paid paid');
                plans.sound();
        });

        test('a saved card that is chosen settles at once what is overdue, and the page says so; one that was refused for good is not asked again (S1.3)', async () => {
                const made = await plans.buy('three');
                const browser = await plans.enter(made);
                await add(browser);
                await act(ref(made.number), { becomes: 'pm_card_visa_chargeDeclinedLostCard', quiet: true });
                await plans.advance('32d');
                await becomes(own, `EXISTS (SELECT FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(made.number)} AND c.class = 'never_again')`);
                assert.equal((await change(browser, made.number, 0, 'default')).status, 303);
                assert.deepEqual(plans.attempts(made.number).map((a) => a.status), ['failed'], 'chosen again');
                const answer = await change(browser, made.number, 1, 'default');
                await until(async () => /This one is charged from now on.*Charged just now.*33\.33 EUR\s+Paid.*with Mastercard ending in 4444/s.test(plain((await browser.go(answer.to)).text)), 'the page says what was charged');
                assert.equal(plans.states(made.number), 'paid paid open');
                assert.equal((await plans.intents(made.number)).filter((i) => i.status === 'succeeded').length, 2);
        });

        test('a bank debit is added by the same page; its charge is on its way for days, is not made twice, and is settled though no event tells of it (S1.3)', async () => {
                const [good, bad] = [await plans.buy('two'), await plans.buy('two')];
                const browsers = [await plans.enter(good), await plans.enter(bad)];
                assert.match(plain((await add(browsers[0], { method: 'bank_debit' })).text), /SEPA debit ending in 3000 is saved/);
                await add(browsers[1], { method: 'bank_debit_fails' });
                await Promise.all([good, bad].map((made, i) => change(browsers[i], made.number, 1, 'default')));
                await plans.advance('32d');
                for (const made of [good, bad]) await becomes(own, `EXISTS (SELECT FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND a.status = 'processing')`);
                const page = await browsers[0].go(`/payments/${good.number}/2`);
                assert.match(plain(page.text), /Your payment is on its way.*a few working days/s);
                assert.doesNotMatch(page.text, /<form[^>]*\/payments\//, 'nothing to press meanwhile');
                await plans.advance('1d');
                await control(own.sandbox, 'faults', [{ match: 'event *', kind: 'drop_event', times: 50 }]);
                await until(async () => {
                        await plans.advance('1d');
                        return plans.attempts(good.number).concat(plans.attempts(bad.number)).every((a) => a.status !== 'processing');
                }, 'the janitor asks');
                await calm();
                assert.equal(plans.states(good.number), 'paid paid');
                assert.deepEqual(plans.attempts(good.number).map((a) => a.status), ['succeeded']);
                assert.equal(plans.attempts(bad.number)[0].status, 'failed');
                assert.equal(own.sql(`SELECT count(*) FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(bad.number)}`), '1', 'a case like any other');
        });

        test('a card that attaches and is declined when it is charged: the page says so and nothing was taken', async () => {
                const made = await plans.buy('two');
                const browser = await plans.enter(made);
                await act(ref(made.number), { becomes: 'pm_card_visa_chargeDeclined', quiet: true });
                await plans.advance('32d');
                const page = await add(browser, { card_number: '4000 0000 0000 0341' }, /is saved[^]*Declined/);
                assert.match(plain(page.text), /The bank said no, and nothing was taken/);
                assert.ok(page.text.includes('<a href="/help/payment">Why this happens'), 'with the answer to it (S1.9)');
                assert.equal(plans.states(made.number), 'paid open');
                assert.equal(own.sql(`SELECT c.failures FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(made.number)}`), '2', 'a second failure joins the case');
        });

        test('the events are lost: the browser that comes back is told all the same; fifty forms at once are one visit', async () => {
                const made = await plans.buy('two');
                const browser = await plans.enter(made);
                await control(own.sandbox, 'faults', [{ match: 'event *', kind: 'drop_event', times: 30 }]);
                await add(browser);
                await calm();
                const page = await browser.go('/payment-methods');
                const form = { csrf_token: /name="csrf_token" value="([^"]+)"/.exec(page.text)[1], nonce: /name="nonce" value="([^"]+)"/.exec(page.text)[1] };
                const answers = await Promise.all(Array.from({ length: 50 }, () => browser.go('/payment-methods', { form })));
                const places = new Set(answers.filter((a) => a.status === 303).map((a) => a.to));
                assert.equal(places.size, 1);
                assert.equal(own.sql(`SELECT count(*) FROM method_setups WHERE form_nonce = ${quote(form.nonce)}`), '1');
        });

        test('what the gateway changes by itself is changed here: a renewed card, another default, one that is gone', async () => {
                const made = await plans.buy('three');
                const first = ref(made.number);
                await act(first, { exp_month: 5, exp_year: 2044, last4: '1881' });
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(first)} AND last_four = '1881' AND exp_year = 2044 AND renewed_at IS NOT NULL)`);
                const { customer } = await plans.stripe.paymentMethods.retrieve(first);
                const second = await plans.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(second.id)})`);
                await plans.stripe.customers.update(customer, { invoice_settings: { default_payment_method: second.id } });
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(second.id)} AND is_default)`);
                await plans.stripe.paymentMethods.detach(first);
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(first)} AND detached_at IS NOT NULL)`);
                await plans.advance('32d');
                assert.equal(plans.states(made.number), 'paid paid open');
                // None is left: it is asked for, and its page asks for another one (S1.8); once access goes down it is a case.
                await plans.stripe.paymentMethods.detach(second.id);
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(second.id)} AND detached_at IS NOT NULL)`);
                await plans.advance(own.untilNoon(31));
                await plans.advance('3d');
                assert.equal(own.sql(`SELECT c.reason_code FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(made.number)}`), 'no_method');
                const mail = await until(() => mailsTo(own, made.email).find((one) => /\/pay\//.test(one.text)), 'the mail about it');
                const page = await new Browser(own.url).go(/\/pay\/[\w-]{43}/.exec(mail.text)[0]);
                assert.match(plain(page.text), /33\.3\d.EUR.to pay.*Pay by card, wallet or bank debit/s);
                assert.doesNotMatch(page.text, /\/now"/, 'there is nothing to charge');
                assert.match(page.text, /\/page"/);
        });

        test('a card that runs out before the next charge is announced once; not when it lasts, nor when a new one came', async () => {
                const runs = await plans.buy('three');
                const lasts = await plans.buy('three');
                const renewed = await plans.buy('three');
                const month = own.rows(`SELECT extract(month FROM app_now())::integer AS month, extract(year FROM app_now())::integer AS year`)[0];
                for (const made of [runs, renewed]) {
                        await act(ref(made.number), { exp_month: month.month, exp_year: month.year });
                        await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(ref(made.number))} AND exp_year = ${month.year})`);
                }
                await act(ref(renewed.number), { exp_month: 12, exp_year: 2049 });
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(ref(renewed.number))} AND exp_year = 2049)`);
                await plans.advance('2d');
                await plans.advance('2d');
                const told = (made) => mailsTo(own, made.email).filter((mail) => /runs out/.test(mail.subject));
                await until(() => told(runs).length > 0, 'the mail');
                assert.equal(told(runs).length, 1);
                assert.match(told(runs)[0].text, /Visa ending in 4242 is good until \d\d\/\d{4}[^]*33\.33 EUR[^]*\/payment-methods/);
                assert.deepEqual([told(lasts).length, told(renewed).length], [0, 0]);
        });
});
