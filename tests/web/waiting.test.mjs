// Access whose day is not today (S0.8): a cohort, somebody who looks first, a transfer that
// does not come; the mails when the day moves.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { staffBrowser } from './lib/staff.mjs';
import { Browser, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { begin, becomes, order, pay, welcomed } from './lib/purchase.mjs';
import { top } from './lib/sandbox.mjs';

const inDays = (days) => new Date(Date.now() + days * 86400e3).toISOString().slice(0, 10);
const spoken = (day) => new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' }).format(new Date(`${day}T12:00:00Z`));
const tag = `${process.pid.toString(36)}${Date.now().toString(36)}`.toLowerCase();

/** A product of its own, published with these settings; again to publish another version. */
class Product {
        constructor(slug) {
                this.slug = `${slug}-${tag}`;
                this.root = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-product-'));
                process.on('exit', () => fs.rmSync(this.root, { recursive: true, force: true }));
                fs.cpSync(path.join(top, 'demo', 'northlight'), this.root, { recursive: true });
                for (const name of ['darkroom-desk', 'light-and-lens']) fs.rmSync(path.join(this.root, name), { recursive: true });
                fs.renameSync(path.join(this.root, 'portfolio-mentoring'), path.join(this.root, this.slug));
                this.ini = path.join(this.root, this.slug, 'product.ini');
                this.text = fs.readFileSync(this.ini, 'utf8').replace(/^slug=.*$/m, `slug=${this.slug}`).replace(/^on_sale=.*\n/m, '');
        }

        publish(settings) {
                const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`).join('\n');
                fs.writeFileSync(this.ini, this.text.replace('[product]', `[product]\n${lines}`));
                const said = here.ctl('product', 'load', this.root);
                assert.equal(said.status, 0, JSON.stringify(said));
        }
}

const buyIt = async (product) => {
        const begun = await begin(here, { product: product.slug });
        const paid = await pay(begun);
        assert.equal(paid.status, 303, heading(paid.text));
        return begun;
};
const access = (number) => here.rows(`SELECT a.status, a.waiting_for, a.expected_on::text AS day FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(number)}`)[0];
const moved = (bought) => mailsTo(here, bought.email).filter((mail) => /^A new date for/.test(mail.subject));

describe('a cohort that starts on a day (S0.8)', needs, () => {
        const product = new Product('cohort');
        let bought, staff;
        before(async () => {
                product.publish({ starts_on: inDays(40) });
                bought = await buyIt(product);
                staff = await staffBrowser(here, 'support');
        });
        after(() => product.publish({ starts_on: inDays(40), on_sale: 'no' }));

        test('S0.8 paid at once, and the pages say why it waits and until when', async () => {
                const page = await welcomed(bought, /Your place is booked/);
                assert.match(plain(page.text), new RegExp(`starts on .*${spoken(inDays(40))}`));
                assert.deepEqual(access(bought.number), { status: 'waiting', waiting_for: 'start', day: inDays(40) });
                assert.match((await mailTo(here, bought.email, /^You have access/)).text, /Your place is booked/);
                assert.match(plain((await bought.browser.go(`/orders/${bought.number}?order=${bought.number}`)).text), /Not open yet It starts on a day to come, expected/);
        });

        test('S0.8 the day moves in the product: those who wait follow, told once for each move', async () => {
                product.publish({ starts_on: inDays(47) });
                here.sql('SELECT access_start_due(); SELECT access_start_due()');
                await becomes(here, `EXISTS (SELECT FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(bought.number)} AND a.expected_on = '${inDays(47)}')`);
                assert.match((await mailTo(here, bought.email, /^A new date for/)).text.replace(/\s+/g, ' '), new RegExp(`expect it on \\w+ ${spoken(inDays(47))} \\d{4} now`));
                product.publish({ starts_on: inDays(40) });
                here.sql('SELECT access_start_due()');
                await becomes(here, `(SELECT count(*) FROM messages m WHERE m.kind = 'access_moved' AND m.email = ${quote(bought.email)} AND m.status = 'sent') = 2`);
                assert.equal(moved(bought).length, 2, 'back again is a move of its own');
                here.sql('SELECT access_start_due()');
                assert.equal(here.sql(`SELECT count(*) FROM messages WHERE kind = 'access_moved' AND email = ${quote(bought.email)}`), '2');
        });

        test('S0.8 staff move one order\'s day; it stays where they put it', async () => {
                const to = `/admin/orders/${bought.number}`;
                for (const [expected, words] of [['', /Enter the day/], ['2026-02-31', /Enter a day such as/], [inDays(-2), /This day is over/]]) {
                        const refused = await staff.submit(await staff.go(to), /\/days$/, { expected });
                        assert.deepEqual([refused.status, words.test(plain(refused.text))], [422, true], expected);
                }
                const page = await staff.go(to);
                const answers = await Promise.all([1, 2].map(() => staff.submit(page, /\/days$/, { expected: inDays(60) })));
                assert.deepEqual(answers.map((answer) => /done=([\w-]+)/.exec(answer.to)[1]).sort(), ['moved', 'moved-same']);
                here.sql('SELECT access_start_due()');
                assert.equal(access(bought.number).day, inDays(60));
                await becomes(here, `(SELECT count(*) FROM messages WHERE kind = 'access_moved' AND email = ${quote(bought.email)} AND status = 'sent') = 3`);
        });

        test('S0.8 on its day it opens, and the customer is told', async () => {
                here.sql(`UPDATE access SET expected_on = current_date WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(bought.number)}); SELECT access_start_due()`);
                assert.equal(access(bought.number).status, 'full');
                await becomes(here, `(SELECT count(*) FROM messages WHERE kind = 'access_open' AND email = ${quote(bought.email)} AND status = 'sent') = 2`);
        });
});

describe('somebody looks at an order first (S0.8)', needs, () => {
        const product = new Product('checked');
        let bought, staff;
        before(async () => {
                product.publish({ check_days: 3 });
                bought = await buyIt(product);
                staff = await staffBrowser(here, 'support');
        });
        after(() => product.publish({ check_days: 3, on_sale: 'no' }));

        test('S0.8 the pages and the mail say so, with the day', async () => {
                const page = await welcomed(bought, /Your place is booked/);
                assert.match(plain(page.text), /Somebody looks at your order first; .* opens for you by/);
                const { status, waiting_for: reason, day } = access(bought.number);
                assert.deepEqual([status, reason], ['waiting', 'check']);
                assert.ok(day >= inDays(3) && day <= inDays(6), day);
                assert.match((await mailTo(here, bought.email, /^You have access/)).text, /somebody looks at your order/);
                assert.equal((await bought.browser.go(`/programs/${product.slug}?order=${bought.number}`)).status, 200);
                assert.equal(here.ctl('check', 'access').status, 0);
        });

        test('S0.8 no day opens it by itself', () => {
                here.sql(`UPDATE access SET expected_on = current_date - 1 WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(bought.number)}); SELECT access_start_due()`);
                assert.equal(access(bought.number).status, 'waiting');
        });

        test('S0.8 staff open it, once; finance may not', async () => {
                const to = `/admin/orders/${bought.number}`;
                const page = await staff.go(to);
                assert.match(plain(page.text), /Somebody checks it first/);
                const finance = await staffBrowser(here, 'finance');
                const seen = await finance.go(to);
                assert.doesNotMatch(seen.text, /releases"/);
                const [, token] = /name="csrf_token" value="([^"]+)"/.exec(seen.text);
                assert.equal((await finance.go(`${to}/releases`, { form: { csrf_token: token } })).status, 403);
                const answers = await Promise.all([1, 2].map(() => staff.submit(page, /\/releases$/)));
                assert.deepEqual(answers.map((answer) => /done=([\w-]+)/.exec(answer.to)[1]).sort(), ['released', 'released-has']);
                assert.equal(access(bought.number).status, 'full');
                assert.equal(heading((await bought.browser.go(`/welcome?order=${bought.number}`)).text), 'Thank you. You are in.');
                assert.equal((await staff.submit(page, /\/releases$/, {}, {})).status, 303);
        });
});

describe('a transfer in another currency (S1.3)', needs, () => {
        const product = new Product('dollars');
        before(() => {
                product.text = product.text.replace(/^currency=.*$/m, 'currency=USD');
                product.publish({});
        });
        after(() => product.publish({ on_sale: 'no' }));

        test('S1.3 it has its instructions, and no code that only euros have', async () => {
                const browser = new Browser(here.url);
                const answer = await order(browser, { email: address('dollars'), pay: 'transfer', product: product.slug });
                const page = await browser.go(answer.to);
                assert.match(heading(page.text), /^Please transfer 690\.00 USD$/);
                assert.match(plain(page.text), /DE89 3704 0044 0532 0130 00/);
                assert.doesNotMatch(page.text, /class="qr"/);
        });
});

describe('a transfer that does not come (S1.3)', needs, () => {
        /** An order that waits, whose last moment is HOURS from now. */
        const waiting = async (hours, fields = {}) => {
                const email = fields.email ?? address('late');
                const browser = new Browser(here.url);
                const answer = await order(browser, { email, pay: 'transfer', anyway: '1', ...fields });
                const [, number] = /\/orders\/(\w+)\/transfer/.exec(answer.to);
                here.sql(`UPDATE orders SET expires_at = now() + interval '${hours} hours' WHERE number = ${quote(number)}`);
                return { email, number, browser };
        };
        const status = (number) => here.sql(`SELECT o.status || ' ' || a.status FROM orders o JOIN attempts a ON a.order_id = o.id WHERE o.number = ${quote(number)}`);

        test('S1.3 one reminder before the end, then the order ends', async () => {
                const late = await waiting(47);
                const early = await waiting(24 * 9);
                here.sql('SELECT transfers_due(); SELECT transfers_due()');
                const mail = await mailTo(here, late.email, /has not arrived yet/);
                assert.match(mail.text.replaceAll('\u00a0', ' '), /149\.00 EUR[^]*DE89 3704 0044 0532 0130 00[^]*RF\d\d/);
                assert.equal(status(late.number), 'open sent');
                here.sql(`UPDATE orders SET expires_at = now() - interval '1 minute' WHERE number = ${quote(late.number)}; SELECT transfers_due(); SELECT orders_expire()`);
                assert.equal(status(late.number), 'expired cancelled');
                assert.equal(status(early.number), 'open sent');
                assert.equal(mailsTo(here, late.email).length, 2, 'instructions and one reminder');
                const again = here.ctl('resend', late.number);
                assert.deepEqual([again.status, again.items[0].mails], [0, 0], 'neither is sent again for an order that is over');
                assert.equal(here.ctl('resend', early.number).items[0].mails, 1);
                assert.equal(here.sql(`SELECT string_agg(DISTINCT kind, ' ') FROM messages WHERE email = ${quote(early.email)}`), 'transfer_instructions');
        });

        test('S1.3 an order that waits is left alone by the janitor of checkouts', async () => {
                const one = await waiting(24 * 9);
                here.sql(`UPDATE attempts SET sent_at = sent_at - interval '2 hours' WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(one.number)}); SELECT orders_expire()`);
                assert.equal(status(one.number), 'open sent');
                assert.equal(here.sql(`SELECT count(*) FROM jobs WHERE kind = 'attempt_ask' AND key LIKE (SELECT a.id || '/%' FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(one.number)})`), '0');
        });

        test('S1.3 whoever bought it by card meanwhile is not reminded', async () => {
                const one = await waiting(47);
                const begun = await begin(here, { email: one.email });
                await pay(begun);
                await welcomed(begun);
                here.sql('SELECT transfers_due()');
                assert.equal(status(one.number), 'cancelled cancelled');
                assert.equal(here.sql(`SELECT count(*) FROM messages WHERE email = ${quote(one.email)} AND kind = 'transfer_reminder'`), '0');
        });

        test('S1.3 a part that came keeps the order, and staff are told', async () => {
                const one = await waiting(24 * 9);
                const finance = await staffBrowser(here, 'finance');
                const words = `part ${tag}`;
                await finance.submit(await finance.go('/admin/transfers'), /\/statements$/, { statement: `${inDays(0)};9.00;EUR;${words};Ann` });
                const line = here.sql(`SELECT id FROM bank_lines WHERE reference = ${quote(words)}`);
                assert.match((await finance.submit(await finance.go('/admin/transfers'), new RegExp(`/lines/${line}/matches$`), { number: one.number })).to, /done=short/);
                here.sql(`UPDATE orders SET expires_at = now() - interval '1 minute' WHERE number = ${quote(one.number)}; SELECT transfers_due()`);
                assert.equal(status(one.number), 'open sent');
                assert.equal(here.sql(`SELECT count(*) FROM alarms m JOIN orders o ON o.id = m.object_id WHERE m.kind = 'transfer_short' AND m.closed_at IS NULL AND o.number = ${quote(one.number)}`), '1');
                here.sql(`UPDATE alarms SET closed_at = now() WHERE kind = 'transfer_short'`);
                assert.equal(here.ctl('check', 'money').status, 0);
        });
});
