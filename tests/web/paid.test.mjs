// Paid means in: the welcome page, what it opens and for whom.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, begin, buy, course, openLink, order, pay, software, welcomed } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { control } from './lib/stripe.mjs';

const reader = () => new Browser(here.url);
const act = (name, object, more = {}) => control(here.sandbox, 'acts', { act: name, object, ...more });

/** The page of a missing order, without what differs from one request to the next. */
const bare = (page, number) => page.text.replaceAll(number, 'NUMBER').replace(/<code>[0-9a-f]+<\/code>/g, '')
        .replace(/value="[A-Za-z0-9_-]{43}"/g, '');

function pdfText(bytes) {
        const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lk-pdf-')), 'paper.pdf');
        fs.writeFileSync(file, bytes);
        try {
                execFileSync('qpdf', ['--check', file], { stdio: 'ignore' });
                return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }).replace(/[\u00a0\u202f]/g, ' ');
        } finally {
                fs.rmSync(path.dirname(file), { recursive: true });
        }
}

describe('the welcome page (S0.1, S0.3)', needs, () => {
        let bought;
        before(async () => { bought = await buy(here, { name: 'Ann Ödegård' }); });

        /** The page with everything on it: it looks again by itself until the receipt is there. */
        const whole = () => until(async () => {
                const page = await bought.browser.go(`/welcome?order=${bought.number}`);
                return /R-\d{4}-\d{6}/.test(page.text) ? page : null;
        }, 'the receipt on the welcome page');

        test('says paid, access open, amount, last four digits, statement text and receipt', async () => {
                assert.equal(bought.back, `${here.url}/welcome?order=${bought.number}`);
                const page = await whole();
                assert.equal(heading(page.text), 'Thank you. You are in.');
                const text = plain(page.text);
                for (const part of [`Order ${bought.number}`, 'Product Light & Lens', 'Amount 149.00 EUR', 'Paid with Visa ending in 4242',
                        'On your statement', bought.email, 'within 30 days'])
                        assert.ok(text.includes(part), `${part} in ${text}`);
                const [{ statement }] = here.rows(`SELECT statement_text AS statement FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(bought.number)}`);
                assert.ok(statement.length > 4 && text.includes(statement));
                assert.match(text, /Paid Today at \d\d:\d\d Access open Today at \d\d:\d\d First opened waiting for you/);
                assert.equal(page.headers.get('cache-control'), 'private, no-store');
                assert.equal(page.headers.get('refresh'), null, 'nothing is left to wait for');
        });

        test('its receipt is a PDF with number, seller, buyer, tax and total', async () => {
                const page = await whole();
                const paper = await bought.browser.go(/href="(\/orders\/[^"]*papers[^"]*)"/.exec(page.text)[1]);
                assert.deepEqual([paper.status, paper.headers.get('content-type')], [200, 'application/pdf']);
                assert.equal(paper.body.toString('latin1', 0, 5), '%PDF-');
                const [{ number }] = here.rows(`SELECT r.number FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)}`);
                const text = pdfText(paper.body);
                for (const part of [number, bought.number, 'Northlight Studio GmbH', 'DE123456789', 'Ann Ödegård', 'Light & Lens', '149.00', '19'])
                        assert.ok(text.includes(part), `${part} in\n${text}`);
                assert.match(text, /23\.79/, 'EUR 149.00 holds 19 % tax');
                assert.equal((await reader().go(`/orders/${bought.number}/papers/${number}?order=${bought.number}`)).status, 303);
                assert.equal((await reader().go(`/orders/${bought.number}/papers/${number}`)).status, 303);
        });

        test('one click opens the product in this browser, without any password', async () => {
                const link = /href="(\/programs\/[^"]*)"/.exec((await whole()).text)[1].replaceAll('&amp;', '&');
                const page = await bought.browser.go(link);
                assert.deepEqual([page.status, heading(page.text)], [200, 'Light & Lens']);
                const lesson = /href="(\/programs\/light-and-lens\/[^"]*)"/.exec(page.text)[1].replaceAll('&amp;', '&');
                assert.equal((await bought.browser.go(lesson)).status, 200);
                assert.match(plain((await bought.browser.go(`/welcome?order=${bought.number}`)).text), /First opened Today at/);
        });

        test('progress is kept from this browser as well', async () => {
                const url = `/programs/${course}/direction?order=${bought.number}`;
                const marked = await bought.browser.submit(await bought.browser.go(url), /\/progress/);
                assert.deepEqual([marked.status, marked.to], [303, url]);
                assert.match(plain((await bought.browser.go(url)).text), /1 of 12 done/);
        });

        test('to every other browser it is not there, the same as an order that never was (safety rule 11)', async () => {
                const another = await begin(here);
                for (const browser of [reader(), another.browser]) {
                        const foreign = await browser.go(`/welcome?order=${bought.number}`);
                        const absent = await browser.go('/welcome?order=0000000000');
                        assert.deepEqual([foreign.status, absent.status], [404, 404]);
                        assert.equal(bare(foreign, bought.number), bare(absent, '0000000000'));
                        assert.doesNotMatch(foreign.text, new RegExp(bought.email));
                        assert.notEqual((await browser.go(`/programs/${course}?order=${bought.number}`)).status, 200);
                        assert.notEqual((await browser.go(`/orders/${bought.number}?order=${bought.number}`)).status, 200);
                }
        });

        test('a malformed or missing number is a page, not an error of ours', async () => {
                for (const query of ['', '?order=', '?order=short', '?order=ILOU', "?order='%20OR%201=1", '?order=%00', `?order=${'0'.repeat(5000)}`, '?look=x']) {
                        const page = await bought.browser.go(`/welcome${query}`);
                        assert.ok([400, 404].includes(page.status), `${query}: ${page.status}`);
                        assert.match(page.text, /<h1/);
                }
        });

        test('is shown for an order in another currency', async () => {
                const yen = await buy(here, { product: software, offer: 'yen', country: 'JP', consent: undefined });
                assert.match(plain(yen.page.text), /Amount 6,000 JPY/);
        });
});

describe('paying under an existing customer\'s address opens this order alone (safety rule 21)', needs, () => {
        let owner, stranger;
        before(async () => {
                owner = await buy(here, { name: 'Olga Owner' });
                await mailTo(here, owner.email, /You have access/);
                stranger = { browser: reader() };
                stranger.answer = await order(stranger.browser, { product: software, email: owner.email, name: 'Sam Stranger' });
                assert.equal(stranger.answer.status, 303);
                const [{ number }] = here.rows(`SELECT number FROM orders WHERE email = ${quote(owner.email)} ORDER BY id DESC LIMIT 1`);
                stranger.number = number;
                await pay({ browser: stranger.browser, hosted: stranger.answer.to });
                await welcomed(stranger);
        });

        test('the stranger sees what was bought', async () => {
                const page = await stranger.browser.go(`/programs/${software}?order=${stranger.number}`);
                assert.equal(page.status, 200);
                assert.match(plain(page.text), /Your licence key/);
                assert.equal((await stranger.browser.go(`/orders/${stranger.number}?order=${stranger.number}`)).status, 200);
        });

        test('and nothing else of hers: account, orders, programs, papers stay closed', async () => {
                for (const path of ['/programs', '/orders', '/account', '/set-password', `/programs/${course}`, `/orders/${owner.number}`]) {
                        for (const query of ['', `?order=${stranger.number}`, `?order=${owner.number}`]) {
                                const page = await stranger.browser.go(path + query);
                                assert.ok([303, 404].includes(page.status), `${path}${query}: ${page.status}`);
                                if (page.status === 303) assert.match(page.to, /^\/login/, path);
                                assert.doesNotMatch(page.text, /Light &amp; Lens|Olga/, path + query);
                        }
                }
                assert.equal((await stranger.browser.go(`/welcome?order=${owner.number}`)).status, 404);
                const shown = await stranger.browser.go(`/welcome?order=${stranger.number}`);
                assert.doesNotMatch(shown.text, /Olga/);
        });

        test('nor may the cookie of the order be used as a login', async () => {
                const thief = reader();
                thief.jar().set('lk_session', stranger.browser.jar().get('lk_order'));
                const page = await thief.go('/programs');
                assert.deepEqual([page.status, page.to], [303, '/login?next=%2Fprograms']);
        });

        test('she finds it in her account once she opens the mailed link', async () => {
                const mail = await mailTo(here, owner.email, /You have access: Darkroom Desk/);
                const browser = await openLink(here, mail.link);
                const page = plain((await browser.go('/programs')).text);
                assert.match(page, /Light & Lens/);
                assert.match(page, /Darkroom Desk/);
        });

        test('the name that the stranger typed changes nothing about her account', () => {
                assert.equal(here.sql(`SELECT name FROM customers WHERE email = ${quote(owner.email)}`), 'Olga Owner');
        });
});

describe('logged in as one person and buying for another (safety rule 21)', needs, () => {
        test('opens that order in this browser, and mixes the two accounts nowhere', async () => {
                const me = await buy(here, { name: 'Mira Me' });
                const browser = await openLink(here, (await mailTo(here, me.email, /You have access/)).link);
                const friend = await buy(here, { browser, product: software, name: 'Fran Friend' });
                assert.match(plain(friend.page.text), /Darkroom Desk is open/);
                const link = /href="(\/programs\/[^"]*)"/.exec(friend.page.text)[1].replaceAll('&amp;', '&');
                assert.match(plain((await browser.go(link)).text), /Your licence key/);
                assert.doesNotMatch(plain((await browser.go('/programs')).text), /Darkroom Desk/);
                assert.doesNotMatch((await browser.go('/orders')).text, new RegExp(friend.number));
                assert.equal((await browser.go(`/programs/${software}`)).status, 404);
                assert.equal((await browser.go(`/orders/${friend.number}`)).status, 404);
                const theirs = await openLink(here, (await mailTo(here, friend.email, /You have access/)).link);
                assert.doesNotMatch((await theirs.go('/orders')).text, new RegExp(me.number));
        });
});

describe('a bank debit that settles later', needs, () => {
        test('the page says that it is on its way; once settled, access and mails come (S0.8)', async () => {
                const made = await begin(here);
                const back = await pay(made, { method: 'bank_debit' });
                assert.equal(back.status, 303, heading(back.text));
                const page = await welcomed(made, /Your payment is on its way/);
                assert.match(plain(page.text), /Banks take a few working days/);
                assert.equal(page.headers.get('refresh'), null);
                assert.equal(here.sql(`SELECT status FROM orders WHERE number = ${quote(made.number)}`), 'open');
                assert.equal(mailsTo(here, made.email).length, 0);
                assert.notEqual((await made.browser.go(`/programs/${course}?order=${made.number}`)).status, 200);
                assert.equal((await act('settle_debit', made.session)).status, 200);
                await welcomed(made);
                await mailTo(here, made.email, /You have access/);
                await mailTo(here, made.email, /Payment received/);
                assert.match(plain((await made.browser.go(`/orders/${made.number}?order=${made.number}`)).text), /Paid with SEPA debit ending in 3000/);
        });

        test('one that fails: nothing is open, the page says so, and another way pays the same product', async () => {
                const made = await begin(here);
                await pay(made, { method: 'bank_debit_fails' });
                await welcomed(made, /Your payment is on its way/);
                assert.equal((await act('fail_debit', made.session)).status, 200);
                const page = await welcomed(made, /not paid/);
                assert.match(plain(page.text), /Nothing was \w+/);
                assert.equal(here.sql(`SELECT count(*) FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`), '0');
                const again = await buy(here, { browser: made.browser, email: made.email });
                assert.notEqual(again.number, made.number);
        });
});

describe('what stands in the books', needs, () => {
        test('a purchase counts its seconds: paid, granted, in this order (S0.7)', async () => {
                const bought = await buy(here);
                const [row] = here.rows(`SELECT paid_at <= granted_at AS "right", extract(epoch FROM granted_at - paid_at)::float8 AS seconds,
                        first_open_at FROM orders WHERE number = ${quote(bought.number)}`);
                assert.deepEqual([row.right, row.first_open_at], [true, null]);
                assert.ok(row.seconds < 10, String(row.seconds));
                await becomes(here, `SELECT detail_at IS NOT NULL FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(bought.number)}`);
        });

        test('an address with a plus and capitals is one person', async () => {
                const email = address('Plus+Tag');
                const first = await buy(here, { email });
                await buy(here, { email: email.toUpperCase(), product: software, browser: first.browser });
                assert.equal(here.sql(`SELECT count(DISTINCT customer_id) FROM orders WHERE lower(email) = lower(${quote(email)})`), '1');
        });
});
