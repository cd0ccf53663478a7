// Bank transfers: chosen at the checkout, told by page, code and mail, matched by staff, too
// little, too much, twice, too late; and access whose day is not today (S0.8, S1.3).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { order } from './lib/purchase.mjs';

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
