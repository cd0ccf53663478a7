// The sandbox's hosted pages, its mailbox and its import.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { loadDescription } from '../lib/described.mjs';
import { startSandbox } from '../lib/sandbox.mjs';
import { control, payHosted, stripeFor } from '../lib/stripe.mjs';

let sandbox, stripe;
const described = loadDescription();
const shop = 'https://shop.test';
const line = { price_data: { currency: 'eur', unit_amount: 4900, product_data: { name: 'Course <b>&amp;' } }, quantity: 1 };
const begin = (more = {}) => stripe.checkout.sessions.create({
        mode: 'payment', line_items: [line], success_url: `${shop}/welcome?session={CHECKOUT_SESSION_ID}`, cancel_url: `${shop}/cancelled`,
        customer_email: 'ada@example.com', payment_intent_data: { metadata: { attempt: '7' } }, ...more });
const beginSetup = (customer) => stripe.checkout.sessions.create({ mode: 'setup', currency: 'eur', customer, success_url: `${shop}/saved`, cancel_url: shop });
const now = (session) => stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent', 'setup_intent'] });
const eventsOf = async (id) => (await stripe.events.list({ limit: 100 })).data.filter((e) => e.data.object.id === id).map((e) => e.type).reverse();

before(async () => {
        sandbox = await startSandbox();
        stripe = stripeFor(sandbox);
});
after(() => sandbox?.stop());

describe('paying', () => {
        test('shows what is paid, and says that it is a sandbox', async () => {
                const answer = await fetch((await begin()).url);
                const page = await answer.text();
                assert.equal(answer.status, 200);
                assert.match(page, /no real money/);
                assert.match(page, /49\.00/);
                assert.match(page, /Course &lt;b&gt;&amp;amp;/);
                assert.match(page, /href="https:\/\/shop\.test\/cancelled"/);
                assert.doesNotMatch(page, /<script/);
                assert.match(answer.headers.get('content-security-policy'), /form-action 'self' https:\/\/shop\.test /);
                assert.match((await fetch(`${sandbox.url}/sandbox.css`)).headers.get('content-type'), /text\/css/);
        });

        test('with the card that always works', async () => {
                const session = await begin();
                const answer = await payHosted(session);
                assert.equal(answer.status, 303);
                assert.equal(answer.headers.get('location'), `${shop}/welcome?session=${session.id}`);
                const done = await now(session);
                assert.deepEqual([done.status, done.payment_status, done.url], ['complete', 'paid', null]);
                assert.deepEqual([done.customer_details.email, done.customer_details.name, done.customer_details.address.country],
                        ['ada@example.com', 'Ada Kowalski', 'DE']);
                assert.equal(done.payment_intent.metadata.attempt, '7');
                described?.check('checkout.session', JSON.parse(JSON.stringify(done)));
                assert.deepEqual(await eventsOf(session.id), ['checkout.session.completed']);
                assert.equal((await stripe.checkout.sessions.list({ payment_intent: done.payment_intent.id })).data[0].id, session.id);
                const again = await payHosted({ url: `${sandbox.url}/c/pay/${session.id}` });
                assert.equal(again.status, 303);
                assert.equal((await stripe.charges.list({ payment_intent: done.payment_intent.id })).data.length, 1);
        });

        test('and pressing twice at once, once', async () => {
                const session = await begin();
                await Promise.all([payHosted(session), payHosted(session), payHosted(session)]);
                const done = await now(session);
                assert.equal((await stripe.charges.list({ payment_intent: done.payment_intent.id })).data.length, 1);
        });

        test('a declined card leaves another try', async () => {
                const session = await begin();
                for (const [card, words] of [['4000000000000002', 'was declined'], ['4000000000009995', 'insufficient funds'],
                        ['4000000000009987', 'was declined'], ['4000000000000069', 'has expired'], ['4000 0000 0000 0341', 'was declined']]) {
                        const answer = await payHosted(session, { card_number: card });
                        assert.equal(answer.status, 402);
                        const page = await answer.text();
                        assert.match(page, new RegExp(words));
                        assert.match(page, /value="Ada Kowalski"/);
                        assert.doesNotMatch(page, new RegExp(card));
                }
                assert.equal((await payHosted(session)).status, 303);
                const { payment_intent } = await now(session);
                assert.equal((await stripe.charges.list({ payment_intent: payment_intent.id })).data.length, 6);
                assert.equal(payment_intent.status, 'succeeded');
        });

        test('refuses what is no test card, and marks each field', async () => {
                const session = await begin({ customer_email: undefined });
                for (const [fields, words] of [
                        [{ card_number: '4111 1111 1111 1111' }, /not one of the test cards/], [{ card_number: '4242' }, /whole card number/],
                        [{ exp: '12/20' }, /in the past/], [{ exp: 'soon' }, /as MM\/YY/], [{ cvc: '1' }, /3 digits/], [{ name: '' }, /name on the card/],
                        [{ country: 'XX' }, /Choose a country/], [{ email: 'nobody' }, /Enter your email/],
                ]) {
                        const answer = await payHosted(session, { email: 'ada@example.com', ...fields });
                        assert.equal(answer.status, 422);
                        assert.match(await answer.text(), words);
                }
                assert.equal((await now(session)).payment_intent, null);
                assert.equal((await payHosted(session, { email: 'new@example.com' })).status, 303);
                assert.equal((await now(session)).customer_details.email, 'new@example.com');
        });

        test('with authentication, failed and then passed', async () => {
                const session = await begin();
                const asked = await payHosted(session, { card_number: '4000 0025 0000 3155' });
                const page = new URL(asked.headers.get('location'), sandbox.url);
                assert.match(page.pathname, /^\/c\/authenticate\/pi_/);
                assert.match(await (await fetch(page)).text(), /value="complete"[^]*value="fail"/);
                const answer = (result) => fetch(page, { method: 'POST', body: new URLSearchParams({ result }), redirect: 'manual' });
                const failed = (await answer('fail')).headers.get('location');
                assert.equal(failed, `${session.url}?failed=authentication`);
                assert.match(await (await fetch(failed)).text(), /did not confirm/);
                assert.equal((await now(session)).payment_intent.last_payment_error.code, 'payment_intent_authentication_failure');
                await payHosted(session, { card_number: '4000 0025 0000 3155' });
                assert.equal((await answer('complete')).headers.get('location'), `${shop}/welcome?session=${session.id}`);
                assert.equal((await now(session)).payment_status, 'paid');
                assert.equal((await answer('complete')).status, 410);
        });

        for (const [method, what, paid] of [['bank_debit', 'settle_debit', true], ['bank_debit', 'fail_debit', false], ['bank_transfer', 'transfer_arrives', true]])
                test(`by ${method}, then ${what}`, async () => {
                        const session = await begin();
                        assert.equal((await payHosted(session, { method, card_number: '', exp: '', cvc: '' })).status, 303);
                        const waiting = await now(session);
                        assert.deepEqual([waiting.status, waiting.payment_status], ['complete', 'unpaid']);
                        assert.equal((await control(sandbox, 'acts', { act: what, object: session.id })).status, 200);
                        assert.equal((await now(session)).payment_status, paid ? 'paid' : 'unpaid');
                        assert.deepEqual(await eventsOf(session.id), ['checkout.session.completed',
                                `checkout.session.async_payment_${paid ? 'succeeded' : 'failed'}`]);
                });

        test('keeps the card for later when the session asks for it', async () => {
                const session = await begin({ customer_creation: 'always', payment_intent_data: { setup_future_usage: 'off_session' } });
                await payHosted(session);
                const { customer, payment_intent } = await now(session);
                const [saved] = (await stripe.paymentMethods.list({ customer })).data;
                assert.equal(saved.id, payment_intent.payment_method);
                assert.equal(saved.billing_details.name, 'Ada Kowalski');
                const later = await stripe.paymentIntents.create({ amount: 900, currency: 'eur', customer, payment_method: saved.id, confirm: true, off_session: true });
                assert.equal(later.status, 'succeeded');
        });

        test('an expired or unknown session', async () => {
                const session = await begin();
                await control(sandbox, 'acts', { act: 'expire_session', object: session.id });
                const answer = await fetch(session.url);
                assert.equal(answer.status, 410);
                assert.match(await answer.text(), /has expired/);
                assert.equal((await payHosted(session)).status, 410);
                assert.equal((await fetch(`${sandbox.url}/c/pay/cs_test_none`)).status, 404);
        });
});

describe('saving a method', () => {
        test('for a customer', async () => {
                const customer = (await stripe.customers.create({ email: 'ada@example.com', name: 'Ada' })).id;
                const session = await beginSetup(customer);
                assert.match(await (await fetch(session.url)).text(), /Save this card/);
                assert.equal((await payHosted(session, { card_number: '4000 0000 0000 0002' })).status, 402);
                assert.equal((await payHosted(session)).headers.get('location'), `${shop}/saved`);
                const done = await now(session);
                assert.equal(done.setup_intent.status, 'succeeded');
                assert.equal((await stripe.paymentMethods.list({ customer })).data[0].id, done.setup_intent.payment_method);
                assert.ok((await eventsOf(session.id)).includes('checkout.session.completed'));
        });

        test('one that is declined later, one that authenticates, a bank debit', async () => {
                const customer = (await stripe.customers.create({ email: 'ada@example.com' })).id;
                assert.equal((await payHosted(await beginSetup(customer), { card_number: '4000000000000341' })).status, 303);
                const asked = await payHosted(await beginSetup(customer), { card_number: '4000002500003155' });
                const done = await fetch(new URL(asked.headers.get('location'), sandbox.url), { method: 'POST', body: 'result=complete', redirect: 'manual' });
                assert.equal(done.headers.get('location'), `${shop}/saved`);
                assert.equal((await payHosted(await beginSetup(customer), { method: 'bank_debit' })).status, 303);
                assert.equal((await stripe.paymentMethods.list({ customer })).data.length, 3);
                const [debit] = (await stripe.paymentMethods.list({ customer, type: 'sepa_debit' })).data;
                const paid = await stripe.paymentIntents.create({ amount: 900, currency: 'eur', customer, payment_method: debit.id, confirm: true, off_session: true });
                assert.equal(paid.status, 'processing');
        });
});

describe('the mailbox', () => {
        const mail = ['Date: Tue, 04 Mar 2025 10:00:00 +0000', 'From: Northlight <shop@example.com>', 'To: ada@example.com',
                'X-RcptTo: ada@example.com', 'Subject: =?utf-8?B?w5ZmZm5lbiA8Yj4=?=', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=m', '',
                '--m', 'Content-Type: multipart/alternative; boundary=a', '', '--a', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '',
                'Gr=C3=BC=C3=9Fe <i>', '--a', 'Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: base64', '',
                Buffer.from('<p style="color:red">Grüße</p><script>1</script>').toString('base64'), '--a--',
                '--m', 'Content-Type: application/pdf; name="r.pdf"', 'Content-Disposition: attachment; filename="r.pdf"', 'Content-Transfer-Encoding: base64', '',
                Buffer.from('%PDF-x').toString('base64'), '--m--', ''].join('\r\n');

        test('lists, shows and hands out what is in the Maildir', async () => {
                assert.match(await (await fetch(`${sandbox.url}/mailbox`)).text(), /No mail yet/);
                fs.writeFileSync(path.join(sandbox.mailbox, 'new', '1.a:b.host'), mail);
                const list = await (await fetch(`${sandbox.url}/mailbox`)).text();
                assert.match(list, /Öffnen &lt;b&gt;/);
                const [, link] = list.match(/href="(\/mailbox\/[^"]+)"/);
                const page = await (await fetch(sandbox.url + link)).text();
                assert.match(page, /Grüße &lt;i&gt;/);
                const html = await fetch(`${sandbox.url}${link}/html`);
                assert.match(await html.text(), /<p style="color:red">Grüße/);
                assert.match(html.headers.get('content-security-policy'), /default-src 'none'.*sandbox/);
                const file = await fetch(`${sandbox.url}${link}/files/0`);
                assert.equal(await file.text(), '%PDF-x');
                assert.match(file.headers.get('content-disposition'), /attachment; filename="r\.pdf"/);
                assert.match(await (await fetch(`${sandbox.url}/mailbox?to=nobody`)).text(), /No mail yet/);
                for (const bad of ['/mailbox/none', '/mailbox/sandbox.conf', `${link}/files/9`, `${link}/files/x`])
                        assert.equal((await fetch(sandbox.url + bad)).status, 404, bad);
        });
});

describe('import', () => {
        const lines = (n) => Array.from({ length: n }, (_, i) => [
                { id: `cus_old${i}`, type: 'customer', created: 1700000000 + i, body: { email: `old${i}@example.com`, name: `Old ${i}` } },
                { id: `pm_old${i}`, type: 'payment_method', created: 1700000000 + i, customer: `cus_old${i}`,
                        body: { type: 'card', card: { brand: 'visa', last4: '4242', exp_month: 1, exp_year: 2040, funding: 'credit' } }, inner: { card: 'pm_card_visa' } },
        ]).flat().map((o) => JSON.stringify(o)).join('\n') + '\n';
        const run = (input) => execFileSync(sandbox.program, ['--config', sandbox.config, '--import', '-'], { input, stdio: ['pipe', 'pipe', 'pipe'] }).toString();

        test('takes 10,000 customers in seconds, and they can be worked with', async () => {
                const at = Date.now();
                const events = (await control(sandbox, 'log')).items.filter((i) => i.kind === 'event').length;
                assert.match(run(lines(10000)), /20000 objects/);
                assert.ok(Date.now() - at < 120000, `${Date.now() - at} ms`);
                const customer = await stripe.customers.retrieve('cus_old77');
                assert.equal(customer.email, 'old77@example.com');
                described?.check('customer', JSON.parse(JSON.stringify(customer)));
                const paid = await stripe.paymentIntents.create({ amount: 900, currency: 'eur', customer: 'cus_old77', payment_method: 'pm_old77', confirm: true, off_session: true });
                assert.equal(paid.status, 'succeeded');
                assert.equal((await stripe.customers.list({ created: { lte: 1700000001 } })).data.length, 2);
                assert.equal((await control(sandbox, 'log')).items.filter((i) => i.kind === 'event').length, events + 3);
        });

        test('all or nothing, and again', async () => {
                assert.throws(() => run(`${lines(1)}{"id":"x"}\n`));
                assert.match(run(lines(2)), /4 objects/);
                assert.equal((await stripe.customers.list({ email: 'old1@example.com' })).data.length, 1);
        });
});
