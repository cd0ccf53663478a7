// Bank transfers: chosen at the checkout, told by page, code and mail, matched by staff, too
// little, too much, twice, too late; and access whose day is not today (S0.8, S1.3).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { credit, lineOf, match, paste, today } from './lib/bank.mjs';
import { Browser, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { staffBrowser } from './lib/staff.mjs';
import { order } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';

const iban = 'DE89370400440532013000';
const owed = 14900;

/** The check of ISO 11649 and ISO 13616: the first four go last, letters count as 10 to 35. */
const rest97 = (text) => [...`${text.slice(4)}${text.slice(0, 4)}`]
        .reduce((rest, c) => { const n = parseInt(c, 36); return (rest * (n > 9 ? 100 : 10) + n) % 97; }, 0);

/** An order that waits for its transfer. */
async function transfer({ browser = new Browser(here.url), email = address('payer'), ...fields } = {}) {
        const answer = await order(browser, { email, pay: 'transfer', ...fields });
        assert.equal(answer.status, 303, `${answer.url}: ${heading(answer.text)}`);
        const [, number] = /^\/orders\/([0-9A-Z]{10})\/transfer\?order=/.exec(new URL(answer.to, here.url).pathname + new URL(answer.to, here.url).search) ?? [];
        assert.ok(number, answer.to);
        const [{ reference }] = here.rows(`SELECT t.reference FROM transfers t JOIN orders o ON o.id = t.order_id WHERE o.number = ${quote(number)}`);
        return { browser, email, number, reference, to: answer.to };
}

const state = (number) => here.rows(`SELECT o.status, d.status AS due, d.paid_minor AS paid,
        (SELECT string_agg(a.status, ',') FROM access a WHERE a.order_id = o.id) AS access,
        (SELECT count(*)::integer FROM payments p WHERE p.order_id = o.id) AS payments
        FROM orders o JOIN dues d ON d.order_id = o.id WHERE o.number = ${quote(number)}`)[0];

/** What an app reads from the code of the page, byte for byte. */
function scanned(page) {
        const [svg] = /<svg class="qr".*?<\/svg>/s.exec(page.text);
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-qr-'));
        try {
                fs.writeFileSync(path.join(folder, 'code.svg'), svg);
                execFileSync('rsvg-convert', ['-w', '600', '-o', path.join(folder, 'code.png'), path.join(folder, 'code.svg')]);
                return execFileSync('zbarimg', ['--raw', '--oneshot', '-Sbinary', '-q', path.join(folder, 'code.png')], { encoding: 'utf8' });
        } finally {
                fs.rmSync(folder, { recursive: true });
        }
}

describe('a bank transfer is chosen at the checkout (S1.3)', needs, () => {
        let begun, page;
        before(async () => {
                begun = await transfer({ name: 'Ann Ödegård' });
                page = await begun.browser.go(begun.to);
        });

        test('S1.3 the product page offers it beside the payment page, which is chosen first', async () => {
                const shown = await new Browser(here.url).go('/products/light-and-lens');
                assert.match(shown.text, /name="pay" value="card" checked/);
                assert.match(shown.text, /name="pay" value="transfer">/);
                const wrong = await order(new Browser(here.url), { email: address(), pay: 'gold' });
                assert.deepEqual([wrong.status, /Choose how you want to pay/.test(plain(wrong.text))], [422, true]);
                assert.match(wrong.text, /value="Ann Example"/, 'what was typed stays');
                const again = await order(new Browser(here.url), { email: 'nobody', pay: 'transfer' });
                assert.equal(again.status, 422);
                assert.match(again.text, /value="transfer" checked/, 'and so does what was chosen');
        });

        test('S1.3 the page has amount, account, reference and day', () => {
                assert.equal(heading(page.text), 'Please transfer 149.00 EUR');
                const text = plain(page.text);
                for (const part of ['DE89 3704 0044 0532 0130 00', 'Northlight Studio GmbH', 'COBADEFFXXX', '149.00 EUR', 'Please pay by',
                        begun.reference.replace(/(.{4})(?=.)/g, '$1 '), 'waiting for your bank transfer', 'expected', begun.email])
                        assert.ok(text.includes(part), `${part} in ${text}`);
                assert.match(page.text, /<button[^>]*data-copy="iban" hidden>Copy/, 'copying is an extra of the script');
        });

        test('S1.3 the reference is an RF creditor reference of the order number', () => {
                assert.equal(begun.reference.slice(4), begun.number);
                assert.equal(rest97(begun.reference), 1);
                assert.equal(here.sql("SELECT transfer_reference('539007547034')"), 'RF18539007547034', 'the standard\'s own example');
        });

        test('S1.3 the code reads back byte for byte as EPC069-12', () => {
                assert.equal(scanned(page), ['BCD', '002', '1', 'SCT', 'COBADEFFXXX', 'Northlight Studio GmbH', iban, 'EUR149.00', '', begun.reference].join('\n'));
        });

        test('S1.3 one mail has the same, once', async () => {
                const mail = await mailTo(here, begun.email, /Your bank transfer for Light & Lens/);
                for (const part of ['149.00', 'DE89 3704 0044 0532 0130 00', 'Northlight Studio GmbH', 'COBADEFFXXX', begun.number,
                        begun.reference.replace(/(.{4})(?=.)/g, '$1 '), `/orders/${begun.number}/transfer`]) {
                        assert.ok(mail.text.replaceAll('\u00a0', ' ').includes(part), `${part} in ${mail.text}`);
                        assert.ok(plain(mail.html).includes(part) || mail.html.includes(part), `${part} in the HTML`);
                }
                assert.deepEqual(mail.defects, []);
                assert.equal(mailsTo(here, begun.email).length, 1);
        });

        test('S0.8 nothing is open, and pages say why and when', async () => {
                assert.deepEqual(state(begun.number), { status: 'open', due: 'open', paid: 0, access: null, payments: 0 });
                const shown = await begun.browser.go(`/orders/${begun.number}?order=${begun.number}`);
                assert.match(plain(shown.text), /We wait for your bank transfer\. Your access opens when it is here, expected/);
                const welcome = await begun.browser.go(`/welcome?order=${begun.number}`);
                assert.deepEqual([welcome.status, new URL(welcome.to, here.url).pathname], [303, `/orders/${begun.number}/transfer`]);
                assert.equal((await begun.browser.go(`/programs/light-and-lens?order=${begun.number}`)).status, 404);
        });

        test('S1.3 nobody else sees it', async () => {
                const stranger = new Browser(here.url);
                assert.equal((await stranger.go(`/orders/${begun.number}/transfer?order=${begun.number}`)).status, 303);
                const other = await transfer();
                assert.equal((await other.browser.go(`/orders/${begun.number}/transfer?order=${begun.number}`)).status, 404);
                assert.equal((await other.browser.go(`/orders/0000000000/transfer?order=${begun.number}`)).status, 404);
        });

        test('S1.3 the same form sent twice is one order, the other way of paying another', async () => {
                const browser = new Browser(here.url);
                const email = address('twice');
                const form = await browser.go('/products/light-and-lens');
                const fields = { name: 'Ann Example', country: 'DE', agree: '1', consent: '1', email };
                const answers = await Promise.all([1, 2, 3].map(() => browser.submit(form, /\/orders$/, { ...fields, pay: 'transfer' })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.to))].length, 1, answers.map((answer) => answer.to).join(' '));
                const card = await browser.submit(form, /\/orders$/, { ...fields, pay: 'card' });
                assert.match(card.to, /\/c\/pay\/cs_/);
                assert.equal(here.sql(`SELECT count(*) FROM orders WHERE email = ${quote(email)}`), '2');
                assert.equal(here.sql(`SELECT count(*) FROM messages WHERE email = ${quote(email)} AND kind = 'transfer_instructions'`), '1');
        });

        test('S1.3 a mailbox cannot be filled by ordering', async () => {
                const email = address('victim');
                for (let i = 0; i < 5; i++) await transfer({ email });
                assert.equal(here.sql(`SELECT count(*) FROM messages WHERE email = ${quote(email)}`), '3');
        });

        test('S1.3 the gateway is not asked about it', () => {
                const [attempt] = here.rows(`SELECT a.kind, a.status, a.asked, c.kind AS account FROM attempts a JOIN accounts c ON c.id = a.account_id
                        JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(begun.number)}`);
                assert.deepEqual(attempt, { kind: 'transfer', status: 'sent', asked: 0, account: 'bank' });
        });
});

// --- staff -----------------------------------------------------------------------------

const transfers = '/admin/transfers';

const panel = (page, line) => plain(new RegExp(`<article class="panel" aria-labelledby="line-${line}">.*?</article>`, 's').exec(page.text)?.[0] ?? '');

/** Books, access and gateway have nothing to complain of. */
function allIsWell() {
        for (const words of [['check', 'money'], ['check', 'access'], ['check', 'schema'], ['reconcile']]) {
                const said = here.ctl(...words);
                assert.deepEqual([said.status, said.items ?? []], [0, []], `${words.join(' ')}: ${JSON.stringify(said)}`);
        }
}

describe('staff match credits with orders (S1.3)', needs, () => {
        let finance, second;
        before(async () => {
                finance = await staffBrowser(here, 'finance');
                second = await staffBrowser(here, 'owner');
        });

        test('S1.3 a credit with reference and amount is suggested, confirmed, and opens access at once', async () => {
                const begun = await transfer({ name: 'Bo Exact' });
                const line = await credit(finance, { reference: ` ${begun.reference.toLowerCase().replace(/(.{4})/g, '$1 ')}`, account: 'GB82WEST12345698765432' });
                const page = await finance.go(transfers);
                assert.match(panel(page, line), /149\.00 EUR · .* Fits .*Reference and amount are this order’s/);
                assert.ok(panel(page, line).includes(begun.number));
                assert.equal(await match(finance, line, begun.number), 'paid');
                assert.deepEqual(state(begun.number), { status: 'paid', due: 'paid', paid: owed, access: 'full', payments: 1 });
                const welcome = await begun.browser.follow(`/orders/${begun.number}/transfer?order=${begun.number}`);
                assert.equal(heading(welcome.text), 'Thank you. You are in.');
                assert.match(plain(welcome.text), /Bank transfer ending in 5432/);
                assert.equal((await begun.browser.go(`/programs/light-and-lens?order=${begun.number}`)).status, 200);
                const paid = await mailTo(here, begun.email, /^Payment received/);
                assert.match(paid.files[0].name, /^R-\d{4}-\d{6}\.pdf$/);
                assert.ok((await mailTo(here, begun.email, /^You have access/)).link);
                assert.equal(here.sql(`SELECT debit || ' ' || amount_minor FROM ledger l JOIN orders o ON o.id = l.order_id WHERE o.number = ${quote(begun.number)} AND leg = 1`), 'bank 14900');
                assert.equal(here.sql(`SELECT m.confidence FROM matches m WHERE bank_line_id = ${line}`), 'sure');
                assert.equal(here.sql(`SELECT extract(epoch FROM granted_at - paid_at) < 60 FROM orders WHERE number = ${quote(begun.number)}`), 't',
                        'a transfer that took days is no late access (S0.7)');
                const staffPage = await finance.go(`/admin/orders/${begun.number}`);
                assert.match(plain(staffPage.text), /Bank transfer .* matched a bank transfer/);
        });

        test('S1.3 a second click, a second person, the same moment: matched once', async () => {
                const [a, b] = [await transfer(), await transfer()];
                const line = await credit(finance, { reference: a.reference });
                const pages = await Promise.all([finance.go(transfers), second.go(transfers)]);
                const send = (browser, page, number) => browser.submit(page, new RegExp(`/lines/${line}/matches$`), { number });
                const answers = await Promise.all([send(finance, pages[0], a.number), send(second, pages[1], a.number),
                        send(finance, pages[0], a.number), send(second, pages[1], b.number)]);
                const words = answers.map((answer) => new URL(answer.to, here.url).searchParams.get('done')).sort();
                assert.deepEqual(words, ['paid', 'taken', 'taken', 'taken']);
                assert.equal(here.sql(`SELECT count(*) FROM payments WHERE bank_line_id = ${line}`), '1');
                assert.equal([state(a.number), state(b.number)].filter((order) => order.status === 'paid').length, 1);
        });

        test('S1.3 too little: the order stays open, the customer is told, a second credit completes it', async () => {
                const begun = await transfer();
                const line = await credit(finance, { reference: begun.reference, amount: '100,00' });
                assert.match(panel(await finance.go(transfers), line), /Please look .*too little/);
                assert.equal(await match(finance, line, begun.number), 'short');
                assert.deepEqual(state(begun.number), { status: 'open', due: 'open', paid: 10000, access: null, payments: 1 });
                const mail = await mailTo(here, begun.email, /A part of your bank transfer is missing/);
                assert.match(mail.text.replaceAll('\u00a0', ' '), /Please transfer the other 49\.00 EUR\.[^]*100\.00 EUR arrived[^]*DE89 3704/);
                const page = await begun.browser.go(begun.to);
                assert.equal(heading(page.text), 'Please transfer the rest');
                assert.match(scanned(page), /\nEUR49\.00\n/);
                assert.equal(here.sql(`SELECT count(*) FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(begun.number)}`), '0');
                allIsWell();
                assert.equal(await match(finance, await credit(finance, { reference: begun.number, amount: '49.00' }), begun.number), 'paid');
                assert.deepEqual(state(begun.number), { status: 'paid', due: 'paid', paid: owed, access: 'full', payments: 2 });
                await mailTo(here, begun.email, /^Payment received/);
                assert.equal(here.sql(`SELECT string_agg(r.total_minor::text, ',') FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(begun.number)}`), '14900',
                        'one receipt, for all of it');
        });

        test('S1.3 too much: access opens, the rest is offered back and paid out by the bank', async () => {
                const begun = await transfer();
                const line = await credit(finance, { reference: begun.reference, amount: '1.149,00', account: 'GB82WEST12345698765432' });
                assert.equal(await match(finance, line, begun.number), 'over');
                assert.deepEqual(state(begun.number), { status: 'paid', due: 'paid', paid: owed, access: 'full', payments: 1 });
                const mail = await mailTo(here, begun.email, /You paid more than needed/);
                assert.match(mail.text.replaceAll('\u00a0', ' '), /1,000\.00 EUR more than it costs/);
                allIsWell();
                const page = await finance.go(transfers);
                assert.match(plain(page.text), new RegExp(`${begun.number} .*GB82 WEST 1234 5698 7654 32 More came than was owed`));
                const [{ id }] = here.rows(`SELECT r.id FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(begun.number)}`);
                const payout = new RegExp(`/refunds/${id}/payouts$`);
                const done = await Promise.all([finance.submit(page, payout), finance.submit(page, payout)]);
                assert.deepEqual(done.map((answer) => new URL(answer.to, here.url).searchParams.get('done')).sort(), ['back', 'gone']);
                await mailTo(here, begun.email, /^Your refund/);
                assert.equal(state(begun.number).status, 'paid', 'what was bought stays');
                allIsWell();
        });

        test('S1.3 twice: staff are asked, the second one is booked and offered back', async () => {
                const begun = await transfer();
                assert.equal(await match(finance, await credit(finance, { reference: begun.reference }), begun.number), 'paid');
                const line = await credit(finance, { reference: begun.reference });
                assert.match(panel(await finance.go(transfers), line), /nothing is owed for it any more/);
                const asked = await match(finance, line, begun.number);
                assert.equal(asked.status, 409);
                assert.match(panel(asked, line), /Book it all the same and pay it back\?.*Yes, book it and pay it back/);
                assert.equal(await match(finance, line, begun.number, { anyway: '1' }), 'twice');
                await mailTo(here, begun.email, /^You paid twice/);
                assert.equal(state(begun.number).payments, 2);
                allIsWell();
        });

        test('S1.3 after the order ended: staff are asked, then it opens', async () => {
                for (const over of ['expired', 'cancelled']) {
                        const begun = await transfer();
                        here.sql(`UPDATE attempts SET status = 'cancelled' WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(begun.number)});
                                UPDATE orders SET status = '${over}' WHERE number = ${quote(begun.number)}`);
                        assert.equal(heading((await begun.browser.go(begun.to)).text), 'This order is over');
                        const line = await credit(finance, { reference: begun.reference });
                        assert.match(panel(await finance.go(transfers), line), /the order is over/);
                        const asked = await match(finance, line, begun.number);
                        assert.deepEqual([asked.status, state(begun.number).status], [409, over]);
                        assert.match(panel(asked, line), /This order is over\. Match it all the same\?/);
                        assert.equal(await match(finance, line, begun.number, { anyway: '1' }), 'paid');
                        assert.equal(state(begun.number).access, 'full');
                }
                allIsWell();
        });

        test('S1.3 another currency, an unknown order, a number that is none', async () => {
                const begun = await transfer();
                const line = await credit(finance, { reference: begun.reference, currency: 'USD' });
                const page = await match(finance, line, begun.number);
                assert.deepEqual([page.status, /This order is in another currency/.test(panel(page, line))], [409, true]);
                assert.ok(page.text.includes(`value="${begun.number}"`), 'what was typed stays');
                assert.match(panel(await match(finance, line, '0000000000'), line), /There is no order of this number/);
                const none = await match(finance, line, 'x');
                assert.deepEqual([none.status, /An order number has 10 letters and digits/.test(panel(none, line))], [422, true]);
                assert.equal(state(begun.number).payments, 0);
                assert.equal((await finance.submit(await finance.go(transfers), new RegExp(`/lines/${line}/matches$`), { number: begun.number },
                        { headers: {} })).status, 409);
                assert.equal((await match(finance, line, begun.number, { anyway: '1' })).status, 409, 'not even anyway');
        });

        test('S1.3 a credit without a reference is found by amount and name; another order may be chosen by hand', async () => {
                const name = `Una Matched ${process.pid}-${Date.now()}`;
                const [begun, other] = [await transfer({ name }), await transfer()];
                const line = await credit(finance, { reference: 'thank you', payer: name.toUpperCase() });
                assert.match(panel(await finance.go(transfers), line), new RegExp(`${begun.number}.*No reference\\. The amount is this order’s alone`));
                assert.equal(await match(finance, line, other.number.toLowerCase()), 'paid');
                assert.deepEqual([state(begun.number).status, state(other.number).status], ['open', 'paid']);
                assert.equal(here.sql(`SELECT confidence FROM matches WHERE bank_line_id = ${line}`), 'hand');
                assert.equal(here.sql(`SELECT count(*) FROM audit WHERE action = 'transfer.match' AND object_id = (SELECT id FROM orders WHERE number = ${quote(other.number)})`), '1');
        });

        test('S1.3 what pays no order is set aside with a reason, and can be taken up again', async () => {
                const line = await credit(finance, { reference: 'rent', payer: 'Landlord' });
                const aside = async (why) => finance.submit(await finance.go(transfers), new RegExp(`/lines/${line}/asides$`), { why });
                const refused = await aside('');
                assert.deepEqual([refused.status, /Say why this credit pays no order/.test(panel(refused, line))], [422, true]);
                assert.match((await aside('<b>Rent</b>')).to, /done=aside/);
                const page = await finance.go(transfers);
                assert.equal(panel(page, line), '');
                assert.ok(page.text.includes('&lt;b&gt;Rent&lt;/b&gt;'));
                assert.match((await finance.submit(page, new RegExp(`/lines/${line}/returns$`))).to, /done=up/);
                assert.notEqual(panel(await finance.go(transfers), line), '');
        });

        test('S1.3 a credit by hand, once however often it is sent; amounts that are none', async () => {
                const page = await finance.go(transfers);
                const form = { booked_on: today(), amount: '12,50', currency: 'eur', reference: `by hand ${process.pid} ${Date.now()}`, payer: 'Ann' };
                const answers = await Promise.all([1, 2].map(() => finance.submit(page, /\/credits$/, form)));
                assert.deepEqual(answers.map((answer) => /done=(\w+)/.exec(answer.to)[1]).sort(), ['credit', 'known']);
                assert.equal(here.sql(`SELECT amount_minor || currency || count(*) FROM bank_lines WHERE reference = ${quote(form.reference)} GROUP BY amount_minor, currency`), '1250EUR1');
                for (const amount of ['-5', '0', '0.00', '92233720368547758.08', '99999999999999999999', '1.2345', 'abc', '1e3', '']) {
                        const refused = await finance.submit(await finance.go(transfers), /\/credits$/, { ...form, amount });
                        assert.equal(refused.status, 422, amount);
                        assert.match(plain(refused.text), /Enter (an amount above nothing|the amount)/, amount);
                        assert.ok(refused.text.includes(form.reference), 'what was typed stays');
                }
                for (const [field, value, words] of [['currency', 'QQQ', /currency that we know/], ['booked_on', '2026-02-30', /Enter a day/],
                        ['booked_on', '2999-01-01', /still to come/]])
                        assert.match(plain((await finance.submit(await finance.go(transfers), /\/credits$/, { ...form, [field]: value })).text), words);
        });

        test('S1.3 a wrong match is taken back, once: the line is free, access ends, the customer and the papers say so; then both are paid', async () => {
                const [wrong, right] = [await transfer(), await transfer()];
                const line = await credit(finance, { reference: 'for somebody' });
                assert.equal(await match(finance, line, wrong.number), 'paid');
                const receipt = await mailTo(here, wrong.email, /^Payment received/);
                assert.equal(receipt.files.length, 1);
                assert.equal((await wrong.browser.go(`/programs/light-and-lens?order=${wrong.number}`)).status, 200);
                const payment = here.sql(`SELECT id FROM payments WHERE bank_line_id = ${line}`);
                const undo = new RegExp(`/payments/${payment}/undoings$`);
                const page = await finance.go(transfers);
                const bare = await finance.submit(page, undo, { undo_why: '' });
                assert.deepEqual([bare.status, /Say why this match is wrong/.test(plain(bare.text))], [422, true]);
                const pages = [page, await second.go(transfers)];
                const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => [finance, second][i % 2].submit(pages[i % 2], undo, { undo_why: 'the payer was another' })));
                assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([303]));
                assert.equal(answers.filter((answer) => /done=undone$/.test(answer.to)).length, 1);
                assert.deepEqual(state(wrong.number), { status: 'open', due: 'open', paid: 0, access: 'ended', payments: 1 });
                assert.match(plain((await wrong.browser.go(`/programs/light-and-lens?order=${wrong.number}`)).text), /Your access has ended A bank transfer was booked for it by mistake/);
                const told = await mailTo(here, wrong.email, /^A bank transfer was not yours/);
                assert.match(told.text.replaceAll('\u00a0', ' '), /149\.00 EUR are still owed.*DE89 3704/s);
                assert.equal(told.text.includes(right.number), false);
                await until(() => here.sql(`SELECT count(*) FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(wrong.number)} AND r.kind = 'credit_note'
                        AND r.total_minor = ${owed}`) === '1', 'the credit note');
                assert.equal(here.sql(`SELECT count(*) FROM audit a JOIN orders o ON o.id = a.object_id WHERE action = 'transfer.undone' AND o.number = ${quote(wrong.number)}
                        AND facts ->> 'reason' = 'the payer was another'`), '1');
                assert.equal(here.sql(`SELECT status FROM bank_lines WHERE id = ${line}`), 'new');
                const customer = plain((await finance.go(`/admin/orders/${wrong.number}`)).text);
                assert.match(customer, /took a match back/);
                allIsWell();
                assert.equal(await match(finance, line, right.number), 'paid');
                assert.match((await finance.submit(page, undo, { undo_why: 'an old form' })).to, /done=undone-gone$/);
                assert.equal(state(right.number).status, 'paid');
                const own = await credit(finance, { reference: wrong.reference });
                assert.equal(await match(finance, own, wrong.number), 'paid');
                assert.deepEqual(state(wrong.number), { status: 'paid', due: 'paid', paid: owed, access: 'full', payments: 2 });
                assert.equal((await wrong.browser.go(`/programs/light-and-lens?order=${wrong.number}`)).status, 200);
                await until(() => mailsTo(here, wrong.email).filter((mail) => /^You have access/.test(mail.subject)).length === 2, 'told again');
                await until(() => here.sql(`SELECT count(*) FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(wrong.number)}`) === '3', 'a new receipt');
                allIsWell();
        });

        test('S1.3 what went back to the customer already is not taken back; what was one too many is, and nothing ends', async () => {
                const begun = await transfer();
                const [first, extra, gone] = [await credit(finance, { reference: begun.reference }), await credit(finance, { reference: begun.reference }),
                        await credit(finance, { reference: begun.reference })];
                assert.equal(await match(finance, first, begun.number), 'paid');
                for (const line of [extra, gone]) {
                        const page = await finance.go(transfers);
                        assert.match((await finance.submit(page, new RegExp(`/lines/${line}/matches$`), { number: begun.number, anyway: '1' })).to, /done=twice$/);
                }
                const paymentOf = (line) => here.sql(`SELECT id FROM payments WHERE bank_line_id = ${line}`);
                const refund = here.sql(`SELECT id FROM refunds WHERE payment_id = ${paymentOf(gone)}`);
                await finance.submit(await finance.go(transfers), new RegExp(`/refunds/${refund}/payouts$`));
                const undo = async (line) => (await finance.submit(await finance.go(transfers), new RegExp(`/payments/${paymentOf(line)}/undoings$`), { undo_why: 'wrong' })).to;
                assert.match(await undo(gone), /done=undone-paid-back$/);
                assert.match(await undo(extra), /done=undone$/);
                assert.deepEqual([state(begun.number).status, state(begun.number).access], ['paid', 'full']);
                assert.match((await mailTo(here, begun.email, /^A bank transfer was not yours/)).text, /nothing changes for your access/);
                allIsWell();
        });

        test('S1.3 more than a hundred credits: page by page, each once, in their order', async () => {
                const mark = `many-${process.pid}-${Date.now()}`;
                here.sql(`INSERT INTO bank_lines (account_id, statement, line, booked_on, amount_minor, currency, reference, source, loaded_at, status, reason, settled_at)
                        SELECT a.id, ${quote(mark)}, n, '2020-01-01'::date + n % 3, 100, 'EUR', ${quote(mark)} || '-' || n, 'csv', now(), CASE WHEN n > 210 THEN 'set_aside' ELSE 'new' END,
                        CASE WHEN n > 210 THEN 'a test' ELSE '' END, CASE WHEN n > 210 THEN now() + interval '1 day' END FROM accounts a, generate_series(1, 420) n WHERE a.name = 'bank'`);
                try {
                        for (const [list, wanted] of [['lines', 210], ['over', 210]]) {
                                const seen = [];
                                let to = transfers, pages = 0;
                                for (; to && pages < 20; pages++) {
                                        const page = await finance.go(to);
                                        assert.equal(page.status, 200);
                                        const part = new RegExp(`<h2 id="${list}">.*?</section>`, 's').exec(page.text)[0];
                                        seen.push(...[...part.matchAll(new RegExp(`${mark}-(\\d+)`, 'g'))].map(([, n]) => Number(n)));
                                        to = new RegExp(`href="([^"]*${list}_after=[^"]*)"`).exec(part)?.[1];
                                }
                                assert.ok(pages > 2, list);
                                assert.deepEqual([seen.length, new Set(seen).size], [wanted, wanted], list);
                        }
                        assert.equal((await finance.go(`${transfers}?lines_after=x`)).status, 400);
                } finally {
                        here.sql(`DELETE FROM bank_lines WHERE statement = ${quote(mark)}`);
                }
        });

        test('S1.3 who may: support and viewers look, and change nothing', async () => {
                const line = await credit(finance, { reference: 'nobody' });
                const begun = await transfer();
                for (const role of ['support', 'viewer']) {
                        const browser = await staffBrowser(here, role);
                        const page = await browser.go(transfers);
                        assert.deepEqual([page.status, /\/matches"/.test(page.text), /\/statements"/.test(page.text)], [200, false, false]);
                        const [, token] = /name="csrf_token" value="([^"]+)"/.exec(page.text);
                        for (const [to, form] of [[`${transfers}/lines/${line}/matches`, { number: begun.number }], [`${transfers}/lines/${line}/asides`, { why: 'no' }],
                                [`${transfers}/statements`, { statement: `${today()};1;EUR;x;y` }], [`${transfers}/refunds/1/payouts`, {}],
                                [`${transfers}/payments/1/undoings`, { undo_why: 'no' }]])
                                assert.equal((await browser.go(to, { form: { ...form, csrf_token: token } })).status, 403, to);
                }
                assert.deepEqual([state(begun.number).status, here.sql(`SELECT status FROM bank_lines WHERE id = ${line}`)], ['open', 'new']);
                assert.equal((await new Browser(here.adminUrl).go(transfers)).status, 303);
        });
});

// --- statements ------------------------------------------------------------------------

const own = { iban };
let serial = 0;

/** A CAMT.053 statement of ENTRIES: { amount, reference, payer, mark, status, currency, batch }. */
function camt(entries, { id = `STMT-${process.pid}-${Date.now()}-${++serial}`, account = own.iban, version = '02' } = {}) {
        const details = (e) => `<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
${e.whole ? '' : `<AmtDtls><TxAmt><Amt Ccy="${e.currency ?? 'EUR'}">${e.amount}</Amt></TxAmt></AmtDtls>`}
<RltdPties><Dbtr>${version === '02' ? `<Nm>${e.payer ?? 'Ann &amp; Bo'}</Nm>` : `<Pty><Nm>${e.payer ?? 'Ann &amp; Bo'}</Nm></Pty>`}</Dbtr><DbtrAcct><Id><IBAN>GB82WEST12345698765432</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf>${e.structured ? `<Strd><CdtrRefInf><Ref>${e.reference}</Ref></CdtrRefInf></Strd>` : `<Ustrd>${e.reference ?? ''}</Ustrd>`}</RmtInf></TxDtls>`;
        const entry = (e) => `<Ntry><Amt Ccy="${e.currency ?? 'EUR'}">${e.amount}</Amt><CdtDbtInd>${e.mark ?? 'CRDT'}</CdtDbtInd>
${version === '02' ? `<Sts>${e.status ?? 'BOOK'}</Sts>` : `<Sts><Cd>${e.status ?? 'BOOK'}</Cd></Sts>`}<BookgDt><Dt>${today()}</Dt></BookgDt>
<NtryDtls>${e.batch ? e.batch.map(details).join('\n') : details({ ...e, whole: true })}</NtryDtls></Ntry>`;
        return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.${version}"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>${id}</Id>
<Acct><Id><IBAN>${account}</IBAN></Id></Acct>
${entries.map(entry).join('\n')}
</Stmt></BkToCstmrStmt></Document>`;
}

describe('the bank\'s statements (S1.3)', needs, () => {
        const work = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-camt-'));
        let finance;
        before(async () => { finance = await staffBrowser(here, 'finance'); });
        after(() => fs.rmSync(work, { recursive: true }));

        const lines = () => Number(here.sql('SELECT count(*) FROM bank_lines'));
        const load = (text, name = 'statement') => {
                const file = path.join(work, name);
                fs.writeFileSync(file, text);
                return here.ctl('transfer', 'load', file);
        };
        const result = (said) => { const [row] = said.items ?? [{}]; return [said.status, row.new, row.known, row.left_out]; };
        /** Refused by the command and on the page, with these words; nothing comes in. */
        const refused = async (text, words, name) => {
                const count = lines();
                const said = load(text, name);
                assert.deepEqual([said.status, words.test(said.error?.message ?? '')], [2, true], JSON.stringify(said));
                if (text.length < 40000) {
                        const page = await paste(finance, text);
                        assert.equal(page.status, 422);
                        assert.match(plain(page.text), words);
                        assert.match(plain(page.text), /Nothing was taken from it/);
                }
                assert.equal(lines(), count);
        };

        test('S1.3 CAMT.053: credits come in, debits and what is not booked stay out, each line once', async () => {
                const begun = await transfer();
                const tag = `${process.pid}-${Date.now()}`;
                const text = camt([{ amount: '149.00', reference: begun.reference, structured: true }, { amount: '12.00', mark: 'DBIT' },
                        { amount: '7.00', status: 'PDNG' }, { amount: '30.00', batch: [{ amount: '10.00', reference: `batch one ${tag}` }, { amount: '20.00', reference: `batch two ${tag}` }] }]);
                assert.deepEqual(result(load(text)), [0, 3, 0, 2]);
                assert.deepEqual(result(load(text)), [0, 0, 3, 2], 'the same file again');
                assert.match((await paste(finance, text)).to, /done=known/, 'and by hand');
                const line = lineOf(begun.reference);
                assert.deepEqual(here.rows(`SELECT amount_minor AS amount, payer, payer_iban AS iban, source, booked_on::text AS day FROM bank_lines WHERE id = ${line}`),
                        [{ amount: owed, payer: 'Ann & Bo', iban: 'GB82WEST12345698765432', source: 'camt', day: today() }]);
                assert.equal(here.sql(`SELECT string_agg(amount_minor::text, ' ' ORDER BY id) FROM bank_lines WHERE reference IN ('batch one ${tag}', 'batch two ${tag}')`), '1000 2000');
                assert.equal(await match(finance, line, begun.number), 'paid');
                const later = camt([{ amount: '5.5000', reference: 'version eight' }], { version: '08' });
                assert.deepEqual(result(load(later)), [0, 1, 0, 0]);
                assert.equal(here.sql(`SELECT amount_minor FROM bank_lines WHERE id = ${lineOf('version eight')}`), '550');
        });

        test('S1.3 a list: its lines once, though lists overlap; two equal lines are two', async () => {
                const tag = `${process.pid} ${Date.now()}`;
                const row = (amount, reference) => `${today()};${amount};EUR;"${reference} ""${tag}""; and more";Ann;`;
                const list = ['date;amount;currency;reference;payer', row('10,00', 'a'), row('10,00', 'a'), row('-3,00', 'out'), row('1.234,56', 'b')].join('\r\n');
                assert.deepEqual(result(load(list)), [0, 3, 0, 1]);
                assert.deepEqual(result(load([row('10.00', 'a'), row('7', 'c')].join('\n'))), [0, 1, 1, 0]);
                assert.equal(here.sql(`SELECT amount_minor FROM bank_lines WHERE reference = ${quote(`b "${tag}"; and more`)}`), '123456');
        });

        test('S1.3 a file with entities, cut short, of another account, of another kind', async () => {
                const bomb = `<?xml version="1.0"?>\n<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">${[...'bcdefghi'].map((c, i) => `<!ENTITY ${c} "${`&${'abcdefgh'[i]};`.repeat(10)}">`).join('')}]>\n<Document>&i;</Document>`;
                await refused(bomb, /document type/);
                await refused(`<?xml version="1.0"?><!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><BkToCstmrStmt><Stmt><Id>&x;</Id></Stmt></BkToCstmrStmt></Document>`, /document type/);
                const whole = camt([{ amount: '149.00', reference: 'cut' }, { amount: '2.00', reference: 'cut too' }]);
                await refused(whole.slice(0, whole.length / 2), /no whole XML/);
                await refused(camt([{ amount: '1.00' }], { account: 'GB82WEST12345698765432' }), /another account/);
                await refused('<Document><Other/></Document>', /no statement of the kind camt\.053/);
                await refused('<html><body>Log in</body></html>', /no statement/);
                assert.match(load('').error.message, /empty/);
                assert.match(load(Buffer.from([0x3c, 0xff, 0xfe])).error.message, /not UTF-8/);
        });

        test('S1.3 amounts that are none: negative, nothing, too large, another currency\'s', async () => {
                for (const amount of ['-149.00', '0.00', '92233720368547758.08', '1e9', '149.005', ''])
                        await refused(camt([{ amount: '1.00', reference: 'good' }, { amount, reference: 'bad' }]), /entry 2: (there is no amount|the amount is not above nothing)/);
                await refused(camt([{ amount: '1.00', currency: 'ABC' }]), /no amount in a currency/);
                for (const amount of ['0', '99999999999999999999', '1.5.5', 'ten'])
                        await refused(`${today()};${amount};EUR;x;y`, /Line 1: (this is no amount|an amount of nothing)/);
                await refused(`${today()};1;ABC;x;y`, /Line 1: this is no amount in a currency/);
                await refused('2026-02-30;1;EUR;x;y', /Line 1: there is no such day/);
                await refused(`${today()};1;EUR`, /Line 1: it wants/);
        });

        test('S1.3 three megabytes: the page says too large, the command takes it, each line once', async () => {
                const text = camt(Array.from({ length: 6500 }, (_, i) => ({ amount: `${i + 1}.00`, reference: `large ${i} ${'x'.repeat(100)}` })));
                assert.ok(text.length > 3e6, `${text.length}`);
                assert.equal((await paste(finance, text)).status, 413);
                assert.deepEqual(result(load(text)), [0, 6500, 0, 0]);
                assert.deepEqual(result(load(text)), [0, 0, 6500, 0]);
                assert.equal((await finance.go(transfers)).status, 200, 'and the page still shows');
                here.sql("DELETE FROM bank_lines WHERE reference LIKE 'large %'");
                const cut = text.slice(0, -100000);
                assert.match(load(cut).error.message, /no whole XML/);
                assert.equal(here.ctl('transfer', 'load', '/nowhere/at/all').status, 2);
        });
});

describe('what the payment provider pays out (the accountant\'s month)', needs, () => {
        test('a credit that is a payout: booked once from one account to the other, and in the report', async () => {
                const finance = await staffBrowser(here, 'finance');
                const line = await credit(finance, { amount: '77.10', reference: 'STRIPE PAYOUT', payer: 'Stripe' });
                const page = await finance.go(transfers);
                const answers = await Promise.all([1, 2].map(() => finance.submit(page, new RegExp(`/lines/${line}/payouts$`))));
                assert.deepEqual(answers.map((answer) => /done=(\w+)/.exec(answer.to)[1]).sort(), ['payout', 'taken']);
                assert.equal(here.sql(`SELECT debit || ' ' || credit || ' ' || amount_minor FROM ledger WHERE entry = 'payout:${line}'`), 'bank gateway:stripe 7710');
                assert.match(plain((await finance.go(transfers)).text), /77\.10 EUR Payout of the payment provider/);
                const month = here.sql("SELECT to_char(app_now() AT TIME ZONE 'Europe/Berlin', 'YYYY-MM')");
                const money = (await finance.go(`/admin/reports/${month}/money.csv`)).text;
                for (const words of ['Payment provider,-77.10,EUR', 'Bank,77.10,EUR'])
                        assert.match(money, new RegExp(`Payout of the provider,[\\d-]+,,${words.replace('.', '\\.')}`));
                allIsWell();
        });
});
