// Money that goes back: refunds and disputes made at the gateway, orders paid twice.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';

import { heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, begin, buy, course, openLink, pay, software } from './lib/purchase.mjs';
import { sleep } from './lib/sandbox.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

const stripe = here === null ? null : stripeFor(here.sandbox);

async function act(name, object, more = {}) {
        const said = await control(here.sandbox, 'acts', { act: name, object, ...more });
        assert.equal(said.status, 200, JSON.stringify(said));
        return said.object;
}

const orderOf = (number) => here.rows(`SELECT o.status, a.status AS access, a.end_reason, l.refunded_minor AS refunded
        FROM orders o JOIN order_lines l ON l.order_id = o.id LEFT JOIN access a ON a.order_line_id = l.id WHERE o.number = ${quote(number)}`)[0];
const isOpen = async (browser, product, number) => (await browser.go(`/programs/${product}${number ? `?order=${number}` : ''}`)).text.includes('<ol class="lessons">');
const pdfText = (bytes) => execFileSync('pdftotext', ['-layout', '-', '-'], { input: bytes, encoding: 'utf8' }).replace(/[\u00a0\u202f]/g, ' ');
const receiptOf = (number, kind) => here.rows(`SELECT r.number, r.total_minor FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(number)} AND r.kind = ${quote(kind)} ORDER BY r.id`);
const openAlarms = (number, kind) => Number(here.sql(`SELECT count(*) FROM alarms m JOIN orders o ON m.object = 'order' AND m.object_id = o.id WHERE o.number = ${quote(number)} AND m.kind = ${quote(kind)} AND m.closed_at IS NULL`));
const received = (number) => becomes(here, `SELECT count(*) = 1 FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(number)} AND r.kind = 'receipt'`);

/** What the operator's comparisons find about an order (S0.9). */
function differences(number) {
        return [['check', 'money'], ['check', 'access'], ['reconcile']].flatMap((command) => {
                const said = here.ctl(...command);
                assert.ok([0, 1].includes(said.status), JSON.stringify(said));
                return said.items.filter((item) => item.order === number || item.order === null);
        });
}

/** One person with two orders, logged in. */
async function family() {
        const first = await buy(here);
        const second = await buy(here, { browser: first.browser, email: first.email, product: software });
        const browser = await openLink(here, (await mailTo(here, first.email, /You have access: Light/)).link);
        await received(first.number);
        return { first, second, browser, email: first.email };
}

describe('a refund made at the gateway', needs, () => {
        let both;
        before(async () => { both = await family(); });

        test('of a part keeps the access, and has a credit note and a mail', async () => {
                await act('refund', both.first.session, { amount: 4900 });
                await becomes(here, `SELECT count(*) = 1 FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(both.first.number)} AND r.kind = 'credit_note'`);
                assert.deepEqual(orderOf(both.first.number), { status: 'paid', access: 'full', end_reason: null, refunded: 4900 });
                assert.ok(await isOpen(both.browser, course));
                const mail = await mailTo(here, both.email, /^Your refund: Light & Lens$/);
                const [note] = receiptOf(both.first.number, 'credit_note');
                for (const part of ['49.00 EUR', 'Your access stays as it is', note.number]) assert.ok(plain(mail.text).includes(part), `${part} in ${mail.text}`);
                assert.equal(note.total_minor, 4900);
                assert.deepEqual(mail.files.map((f) => f.name), [`${note.number}.pdf`]);
                const text = pdfText(mail.files[0].bytes);
                for (const part of [note.number, receiptOf(both.first.number, 'receipt')[0].number, both.first.number, '49.00', '7.82'])
                        assert.ok(text.includes(part), `${part} in\n${text}`);
                const page = plain((await both.browser.go(`/orders/${both.first.number}`)).text);
                for (const part of ['49.00 EUR refunded', note.number]) assert.ok(page.includes(part), `${part} in ${page}`);
        });

        test('of the rest ends the access of that order and of no other', async () => {
                await act('refund', both.first.session);
                await becomes(here, `SELECT status = 'refunded' FROM orders WHERE number = ${quote(both.first.number)}`);
                assert.deepEqual(orderOf(both.first.number), { status: 'refunded', access: 'ended', end_reason: 'refund', refunded: 14900 });
                assert.deepEqual(orderOf(both.second.number), { status: 'paid', access: 'full', end_reason: null, refunded: 0 });
                assert.equal(await isOpen(both.browser, course), false);
                assert.ok(await isOpen(both.browser, software));
                await becomes(here, `SELECT count(*) = 2 FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(both.first.number)} AND r.kind = 'credit_note'`);
                assert.deepEqual(receiptOf(both.first.number, 'credit_note').map((r) => r.total_minor), [4900, 10000]);
                await becomes(here, `SELECT count(*) = 2 FROM messages m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(both.first.number)} AND m.kind = 'refunded' AND m.status = 'sent'`);
                const mails = mailsTo(here, both.email).filter((m) => /^Your refund/.test(m.subject));
                assert.equal(mails.length, 2);
                assert.match(mails[1].text, /Your access to Light & Lens has ended/);
                const list = plain((await both.browser.go('/orders')).text);
                assert.match(list, new RegExp(`${both.first.number} Light & Lens .*Refunded`, 'i'));
        });

        test('told three times over does nothing more, and the books agree (safety rules 3 and 7)', async () => {
                const events = (await stripe.events.list({ limit: 100 })).data.filter((e) => /^(charge\.refunded|refund\.)/.test(e.type)).slice(0, 6);
                for (const e of events) {
                        const payload = JSON.stringify(e);
                        const signature = stripe.webhooks.generateTestHeaderString({ payload, secret: here.secret });
                        assert.equal((await fetch(here.hookUrl, { method: 'POST', body: payload, headers: { 'stripe-signature': signature } })).status, 200);
                }
                await sleep(1000);
                assert.equal(receiptOf(both.first.number, 'credit_note').length, 2);
                assert.equal(here.sql(`SELECT sum(refunded_minor) FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(both.first.number)}`), '14900');
                assert.deepEqual(differences(both.first.number), []);
        });

        test('bought again afterwards, it opens again', async () => {
                const again = await buy(here, { email: both.email });
                assert.ok(await isOpen(both.browser, course));
                assert.deepEqual([orderOf(again.number).access, orderOf(both.first.number).access], ['full', 'ended']);
        });

        test('that fails at the bank: the access is back, and staff are told', async () => {
                const bought = await buy(here);
                const refund = await act('refund', bought.session);
                await becomes(here, `SELECT status = 'refunded' FROM orders WHERE number = ${quote(bought.number)}`);
                await act('fail_refund', refund.id);
                await becomes(here, `SELECT a.status = 'full' FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(bought.number)}`);
                assert.equal(openAlarms(bought.number, 'refund_failed'), 1);
                assert.equal(orderOf(bought.number).refunded, 0);
                assert.ok(await isOpen(bought.browser, course, bought.number));
                here.sql(`UPDATE alarms SET closed_at = app_now() WHERE kind = 'refund_failed' AND closed_at IS NULL`);
        });
});

describe('a dispute', needs, () => {
        test('ends the access of its order alone; won, it comes back', async () => {
                const both = await family();
                const dispute = await act('dispute', both.first.session, { reason: 'fraudulent' });
                await becomes(here, `SELECT a.status = 'ended' FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(both.first.number)}`);
                assert.equal(orderOf(both.first.number).end_reason, 'dispute');
                assert.equal(await isOpen(both.browser, course), false);
                assert.ok(await isOpen(both.browser, software));
                assert.match(plain((await both.browser.go(`/programs/${course}`)).text), /Your access has ended/);
                assert.equal(openAlarms(both.first.number, 'dispute'), 1);
                await act('close_dispute', dispute.id, { status: 'won' });
                await becomes(here, `SELECT a.status = 'full' FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(both.first.number)}`);
                assert.ok(await isOpen(both.browser, course));
                assert.equal(openAlarms(both.first.number, 'dispute'), 0);
                assert.equal(orderOf(both.first.number).status, 'paid');
        });

        test('lost, it stays closed', async () => {
                const bought = await buy(here);
                const dispute = await act('dispute', bought.session);
                await becomes(here, `SELECT a.status = 'ended' FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(bought.number)}`);
                await act('close_dispute', dispute.id, { status: 'lost' });
                await becomes(here, `SELECT d.status = 'lost' FROM disputes d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(bought.number)}`);
                assert.equal(await isOpen(bought.browser, course, bought.number), false);
                assert.equal(openAlarms(bought.number, 'dispute'), 0);
                assert.deepEqual(differences(bought.number), []);
        });
});

describe('two paid sessions for one order', needs, () => {
        let made, second;
        before(async () => {
                made = await begin(here);
                const [{ key }] = here.rows(`SELECT a.key FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`);
                const metadata = { order: made.number, attempt: key };
                second = await stripe.checkout.sessions.create({ mode: 'payment', client_reference_id: made.number, customer_email: made.email,
                        success_url: `${here.url}/welcome?order=${made.number}`, cancel_url: here.url, metadata, payment_intent_data: { metadata },
                        line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 14900, product_data: { name: 'Light & Lens' } } }] });
        });

        test('are both booked, one right is given, and the second is offered back', async () => {
                const answers = await Promise.all([pay(made), pay({ browser: made.browser, hosted: second.url })]);
                assert.deepEqual(answers.map((a) => a.status), [303, 303]);
                await becomes(here, `SELECT count(*) = 2 FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(made.number)}`);
                assert.deepEqual(here.rows(`SELECT p.amount_minor, p.allocated_minor FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(made.number)} ORDER BY p.id`),
                        [{ amount_minor: 14900, allocated_minor: 14900 }, { amount_minor: 14900, allocated_minor: 0 }]);
                assert.deepEqual(here.rows(`SELECT r.kind, r.status, r.amount_minor FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(made.number)}`),
                        [{ kind: 'second', status: 'asked', amount_minor: 14900 }]);
                assert.deepEqual(orderOf(made.number), { status: 'paid', access: 'full', end_reason: null, refunded: 0 });
                assert.equal(openAlarms(made.number, 'paid_twice'), 1);
                const page = await made.browser.go(`/welcome?order=${made.number}`);
                assert.equal(heading(page.text), 'Thank you. You are in.');
                assert.match(plain(page.text), /This order was paid twice/);
        });

        test('three mails: paid once, access once, and that it was paid twice', async () => {
                const mail = await mailTo(here, made.email, /^You paid twice for Light & Lens$/);
                assert.match(plain(mail.text), new RegExp(`149\\.00 EUR.*/orders/${made.number}`));
                await mailTo(here, made.email, /You have access/);
                await mailTo(here, made.email, /Payment received/);
                await sleep(1000);
                assert.equal(mailsTo(here, made.email).length, 3);
                assert.equal(receiptOf(made.number, 'receipt').length, 1, 'the second payment bought nothing');
        });

        test('giving the second back closes the matter; the access stays', async () => {
                const [{ intent }] = here.rows(`SELECT p.gateway_ref AS intent FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(made.number)} AND p.allocated_minor = 0`);
                await act('refund', intent);
                await becomes(here, `SELECT r.status = 'succeeded' FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(made.number)}`);
                assert.equal(openAlarms(made.number, 'paid_twice'), 0);
                assert.deepEqual(orderOf(made.number), { status: 'paid', access: 'full', end_reason: null, refunded: 0 });
                const mail = await mailTo(here, made.email, /^Your refund/);
                assert.match(mail.text, /Your access stays as it is/);
                assert.deepEqual(differences(made.number), []);
        });
});

describe('receipts', needs, () => {
        test('are numbered without gaps and without doubles, however many come at once', async () => {
                const bought = await Promise.all([1, 2, 3, 4, 5, 6].map(() => buy(here)));
                for (const { number } of bought) await received(number);
                for (const { series, n, least, most } of here.rows('SELECT series, count(*) AS n, min(seq) AS least, max(seq) AS most FROM receipts GROUP BY series'))
                        assert.deepEqual([least, most - least + 1], [1, n], series);
        });
});
