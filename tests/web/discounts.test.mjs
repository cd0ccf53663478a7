// Discount codes of our own: made by staff, typed by customers, counted, on the receipt.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Browser, formOf, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { begin, buy, order, pay, software, welcomed } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { staffBrowser } from './lib/staff.mjs';

const mark = `T${Date.now().toString(36)}${process.pid}`.toUpperCase();
let count = 0;
const name = () => `${mark}-${++count}`;

describe('3.9 discount codes', needs, () => {
        let owner, viewer;
        before(async () => {
                [owner, viewer] = [await staffBrowser(here, 'owner'), await staffBrowser(here, 'viewer')];
        });

        const make = async (fields) => owner.submit(await owner.go('/admin/discounts'), /discounts$/, { once: undefined, ...fields });
        const made = async (fields) => {
                const code = name();
                const done = await make({ code, ...fields });
                assert.equal(done.to, '/admin/discounts?done=added', plain(done.text));
                return code;
        };
        const used = (code) => here.sql(`SELECT used FROM discount_codes WHERE code = ${quote(code)}`);
        const line = (number) => here.rows(`SELECT l.amount_minor AS paid, l.discount_minor AS off, l.list_minor AS list, o.total_minor AS total,
                t.amount_minor AS asked, d.amount_minor AS due FROM order_lines l JOIN orders o ON o.id = l.order_id
                JOIN dues d ON d.order_id = o.id JOIN attempts t ON t.order_id = o.id WHERE o.number = ${quote(number)}`)[0];
        const refused = async (fields, words) => {
                const answer = await order(new Browser(here.url), { email: address('code'), ...fields });
                assert.equal(answer.status, 422);
                assert.match(plain(answer.text), words);
                assert.equal(formOf(answer, /orders$/).fields.code, fields.code);
        };

        test('3.9 a code takes per cent off; order, due, attempt, payment and receipt agree', async () => {
                const code = await made({ percent: '20', product: 'light-and-lens' });
                const bought = await buy(here, { code: code.toLowerCase() });
                assert.deepEqual(line(bought.number), { paid: 11920, off: 2980, list: 14900, total: 11920, asked: 11920, due: 11920 });
                assert.equal(used(code), '1');
                const paper = await until(() => here.rows(`SELECT r.total_minor AS total, r.paper FROM receipts r JOIN orders o ON o.id = r.order_id
                        WHERE o.number = ${quote(bought.number)}`)[0], 'a receipt');
                assert.equal(paper.total, 11920);
                assert.deepEqual(paper.paper.lines.map(({ title, amount_minor: minor }) => [title, minor]),
                        [['Light & Lens', 14900], [`Discount code ${code}`, -2980]]);
                assert.equal(here.ctl('check', 'money').status, 0);
                assert.throws(() => here.sql(`UPDATE order_lines SET discount_minor = 1, discount_id = NULL WHERE order_id =
                        (SELECT id FROM orders WHERE number = ${quote(bought.number)})`), /violates/);
                assert.throws(() => here.sql(`UPDATE order_lines SET discount_minor = discount_minor + 1 WHERE order_id =
                        (SELECT id FROM orders WHERE number = ${quote(bought.number)})`), /foreign key/);
        });

        test('3.9 an amount off, once for each customer; without a code the price is the price', async () => {
                const code = await made({ amount: '9.00', currency: 'eur', once: '1' });
                const email = address('once');
                assert.equal(line((await begin(here, { code, email })).number).paid, 14000);
                await refused({ code, email }, /You have used this code before/);
                assert.equal(line((await begin(here, { email })).number).off, 0);
        });

        test('S1.3 in three decimals the last digit stays 0: of the price, of what a code takes off, of a part that goes back', async () => {
                for (const amount of ['1.005', '0.001'])
                        assert.match(plain((await make({ code: name(), amount, currency: 'KWD' })).text), /last digit must be 0 in KWD/);
                const bought = await buy(here, { product: software, offer: 'dinar', code: await made({ percent: '7' }) });
                assert.deepEqual(line(bought.number), { paid: 11620, off: 880, list: 12500, total: 11620, asked: 11620, due: 11620 });
                const path = `/admin/orders/${bought.number}/refunds`;
                const back = async (amount) => owner.submit(await owner.go(path), /refunds$/, { how: 'part', amount_1: amount, reason: 'goodwill', note: 'A part' });
                const odd = await back('1.005');
                assert.equal(odd.status, 422);
                assert.match(plain(odd.text), /last digit must be 0 in KWD, such as 1\.000 or 1\.010/);
                assert.equal((await owner.submit(await back('1.010'), /refunds$/, { step: 'confirm' })).status, 303);
                assert.equal(here.sql(`SELECT r.amount_minor FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)}`), '1010');
        });

        test('S1.3 a code says on how many months of a subscription it counts: to staff, before it is bought, and when later months are charged', async () => {
                const membership = 'studio-nights';
                const price = Number(here.sql("SELECT v.amount_minor FROM offers o JOIN offer_versions v ON v.id = o.version_id JOIN products p ON p.id = o.product_id WHERE p.slug = 'studio-nights' AND o.slug = 'monthly'"));
                const less = Math.round(price * 0.9);
                const words = (minor) => `${(minor / 100).toFixed(2)} EUR`;
                assert.equal(formOf(await owner.go('/admin/discounts'), /discounts$/).fields.months, '1');
                assert.match((await make({ code: name(), percent: '10', months: '0' })).text, /id="months-error"/);
                for (const [months, shown, listed, charged] of [['1', `${words(less)} for the first month, then ${words(price)} a month`, 'first month', [less, price, price]],
                        ['2', `${words(less)} a month for the first 2 months, then ${words(price)} a month`, '2 months', [less, less, price]],
                        ['', `${words(less)} a month instead of ${words(price)}, for as long as you stay`, 'every month', [less, less, less]]]) {
                        const code = await made({ percent: '10', months });
                        assert.ok(plain((await owner.go('/admin/discounts')).text).includes(`${code} 10 % All products On subscriptions: ${listed}`), listed);
                        const [browser, email] = [new Browser(here.url), address('months')];
                        const told = await order(browser, { product: membership, email, code: code.toLowerCase() });
                        assert.equal(told.status, 422);
                        assert.ok(plain(told.text).includes(shown), `${shown} in ${plain(told.text)}`);
                        assert.equal(used(code), '0', 'nothing is bought by looking');
                        assert.equal(formOf(told, /orders$/).fields.email, email);
                        const go = await browser.submit(told, /orders$/, {});
                        assert.equal(go.status, 303, plain(go.text));
                        const [, session] = /\/c\/pay\/(cs_[A-Za-z0-9_]+)/.exec(go.to);
                        const number = here.sql(`SELECT o.number FROM orders o JOIN attempts a ON a.order_id = o.id WHERE a.session_ref = ${quote(session)}`);
                        assert.equal((await pay({ browser, hosted: go.to })).status, 303);
                        await welcomed({ browser, number });
                        assert.equal(line(number).due, less);
                        assert.deepEqual(here.rows(`SELECT agreement_month(g.id, n) AS minor FROM agreements g JOIN orders o ON o.id = g.order_id, generate_series(1, 3) n
                                WHERE o.number = ${quote(number)} ORDER BY n`).map(({ minor }) => minor), charged);
                        assert.equal(/With your discount code the next month/.test(plain((await browser.go(`/orders/${number}`)).text)), charged[1] === less);
                }
        });

        test('3.9 the same form again finds its order and takes the code once', async () => {
                const code = await made({ percent: '10', most: '5' });
                const browser = new Browser(here.url);
                const shown = await browser.go('/products/light-and-lens');
                const form = { email: address('twice'), name: 'Ann', country: 'DE', agree: '1', consent: '1', code };
                const both = await Promise.all([1, 2, 3].map(() => browser.submit(shown, /orders$/, form)));
                // Where the gateway is still busy with the first, the page says so (503) and the form goes again.
                assert.ok(both.every(({ status }) => [303, 503].includes(status)) && both.some(({ status }) => status === 303));
                assert.equal((await browser.submit(shown, /orders$/, form)).status, 303);
                assert.equal(used(code), '1');
                assert.equal(here.sql(`SELECT count(*) FROM orders WHERE email = ${quote(form.email)}`), '1');
        });

        test('3.9 fifty at once with a code of one use make one discounted order', async () => {
                const code = await made({ percent: '50', most: '1' });
                const buyers = Array.from({ length: 50 }, (_, i) => order(new Browser(here.url), { email: address(`race${i}`), code })
                        .catch((error) => ({ status: String(error) })));
                const answers = (await Promise.all(buyers)).map(({ status }) => status);
                assert.equal(here.sql(`SELECT count(*) FROM order_lines l JOIN discount_codes c ON c.id = l.discount_id WHERE c.code = ${quote(code)}`), '1');
                assert.equal(answers.filter((status) => status === 303).length, 1, answers.join(' '));
                assert.equal(used(code), '1');
                await refused({ code }, /This code has been used up/);
        });

        test('3.9 an order that ends unpaid gives its use back; money that comes late takes it again', async () => {
                const code = await made({ percent: '50', most: '1' });
                const { number } = await begin(here, { code });
                here.sql(`UPDATE orders SET status = 'expired' WHERE number = ${quote(number)}`);
                assert.equal(used(code), '0');
                here.sql(`UPDATE orders SET status = 'paid', paid_at = now(), granted_at = now() WHERE number = ${quote(number)};
                        SELECT 1 / (SELECT used FROM discount_codes WHERE code = ${quote(code)}); ROLLBACK`.replace(/^/, 'BEGIN; '));
        });

        test('3.9 a code that is not good for this says why and keeps what was typed', async () => {
                const [early, other, yen, small, off] = [await made({ percent: '5', from_on: '2099-01-01' }), await made({ percent: '5', product: 'darkroom-desk' }),
                        await made({ amount: '500', currency: 'JPY' }), await made({ amount: '149.00', currency: 'EUR' }), await made({ percent: '5' })];
                await owner.submit(await owner.go('/admin/discounts'), new RegExp(`/${here.sql(`SELECT id FROM discount_codes WHERE code = ${quote(off)}`)}/switch$`), { way: 'off' });
                const over = await made({ percent: '5' });
                here.sql(`UPDATE discount_codes SET until_on = '2020-01-01' WHERE code = ${quote(over)}`);
                for (const [code, words] of [[early, /not good yet/], [over, /not good any more/], [other, /not good for this/], [yen, /not good for this/],
                        [small, /worth more than the price/], [off, /do not know this code/], ['NO-SUCH', /do not know this code/]])
                        await refused({ code }, words);
        });

        test('3.9 bad codes are refused next to the field; the same form twice makes one', async () => {
                const code = name();
                for (const [fields, words] of [[{ percent: '100' }, /99 at most/], [{ percent: '0' }, /1 at least/], [{ percent: '-3' }, /1 at least/],
                        [{ percent: 'x' }, /whole per cent/], [{}, /per cent, or an amount/], [{ percent: '5', amount: '5', currency: 'EUR' }, /one of them empty/],
                        [{ amount: '5' }, /currency of the amount/], [{ amount: '5.001', currency: 'EUR' }, /2 decimals/], [{ amount: '0', currency: 'EUR' }, /more than nothing/],
                        [{ percent: '5', until_on: '2020-01-01' }, /day is over/], [{ percent: '5', from_on: '2031-02-31' }, /day that exists/],
                        [{ percent: '5', from_on: '2099-01-02', until_on: '2099-01-01' }, /before the first/], [{ percent: '5', most: '0' }, /from 1 to/],
                        [{ percent: '5', code: 'a b' }, /letters, digits/], [{ percent: '5', code: '' }, /Enter a code/]]) {
                        const bad = await make({ code, ...fields });
                        assert.equal(bad.status, 422, JSON.stringify(fields));
                        assert.match(plain(bad.text), words);
                }
                const form = await owner.go('/admin/discounts');
                const both = await Promise.all([1, 2].map(() => owner.submit(form, /discounts$/, { code, percent: '5' })));
                assert.deepEqual(both.map(({ to }) => to), [1, 2].map(() => '/admin/discounts?done=added'));
                assert.match(plain((await make({ code, percent: '6' })).text), /This code is there already/);
        });

        test('3.9 a viewer sees the codes and makes none', async () => {
                const shown = await viewer.go('/admin/discounts');
                assert.equal(shown.status, 200);
                assert.ok(!shown.text.includes('A new code'));
                const token = formOf(shown, /logout$/).fields.csrf_token;
                for (const path of ['/admin/discounts', '/admin/discounts/1/switch'])
                        assert.equal((await viewer.go(path, { form: { csrf_token: token, code: name(), percent: '5', way: 'off' } })).status, 403);
        });
});
