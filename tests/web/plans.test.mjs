// Offers that are paid over time, of every kind: read from files and from the form of staff, shown whole
// before anything is bought, and what was agreed as a document that both sides see (S1.6).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes, begin, order } from './lib/purchase.mjs';
import { staffBrowser } from './lib/staff.mjs';

const mark = `p${Date.now().toString(36)}${process.pid}`;
const slug = (name) => `${name}-${mark}`;
const spaces = (text) => text.replace(/[\u00a0\u202f]/g, ' ');
const words = (page) => spaces(plain(page.text));

describe('S1.6 plans', needs, () => {
        let plans, owner, viewer;
        const day = (n) => here.sql(`SELECT (today_in('UTC') + ${n})::text`);

        before(async () => {
                plans = new Plans(here, {
                        [slug('weekly')]: 'schedule=4 weekly instalments\namount=100.01',
                        [slug('fortnightly')]: 'schedule=3 fortnightly instalments\ncurrency=JPY\namount=1000',
                        [slug('deposit')]: 'schedule=2 monthly instalments\ndeposit=25%\ncurrency=BHD\namount=100.000',
                        [slug('days')]: `schedule=instalments on ${day(20)}, ${day(50)}\ndeposit=40.00\namount=100.00`,
                        [slug('quarterly')]: 'schedule=quarterly subscription\namount=50.00',
                });
                [owner, viewer] = [await staffBrowser(here, 'owner'), await staffBrowser(here, 'viewer')];
        });
        after(() => {
                plans?.end();
                here.sql(`UPDATE products SET on_sale = false WHERE slug LIKE '%-${mark}'`);
        });

        const page = async (name) => words(await new Browser(here.url).go(`/products/${slug(name)}`));
        const dues = (number) => here.rows(`SELECT d.amount_minor AS minor, d.due_on - today_in('UTC') AS days, d.status, d.title FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(number)} ORDER BY d.seq`);

        test('S1.6 the product page shows every amount with its day and the total, in the customer\'s words', async () => {
                assert.match(await page('weekly'), /25\.01 EUR today, then one payment a week: 4 in all.*nothing to pay on top.*Today 25\.01 EUR.*25\.00 EUR.*25\.00 EUR.*25\.00 EUR.*In all 100\.01 EUR/s);
                assert.match(await page('fortnightly'), /334 JPY today, then one payment every two weeks: 3 in all.*Today 334 JPY.*333 JPY.*333 JPY.*In all 1,000 JPY/s);
                assert.match(await page('deposit'), /25\.000 BHD today as a deposit, then one payment a month: 3 in all.*Today, the deposit 25\.000 BHD.*37\.500 BHD.*37\.500 BHD.*In all 100\.000 BHD/s);
                assert.match(await page('days'), /40\.00 EUR today as a deposit, then a payment on each of these days: 3 in all.*The days are fixed.*30\.00 EUR.*30\.00 EUR.*In all 100\.00 EUR/s);
                assert.match(await page('quarterly'), /50\.00 EUR a quarter.*50\.00 EUR today, then 50\.00 EUR every quarter, next.*until its quarter ends/s);
        });

        test('S1.6 each kind is bought as it was shown', async () => {
                const expected = {
                        weekly: [[2501, 0], [2500, 7], [2500, 14], [2500, 21]], fortnightly: [[334, 0], [333, 14], [333, 28]],
                        days: [[4000, 0], [3000, 20], [3000, 50]], quarterly: [[5000, 0]],
                };
                for (const [name, rows] of Object.entries(expected)) {
                        const made = await plans.buy(slug(name));
                        assert.deepEqual(dues(made.number).map((d) => [d.minor, d.days]), rows, name);
                        assert.equal(dues(made.number)[0].status, 'paid');
                }
                const made = await plans.buy(slug('deposit'));
                assert.deepEqual(dues(made.number).map((d) => [d.minor, d.title.replace(/.*, /, '')]), [[25000, 'deposit'], [37500, 'instalment 1 of 2'], [37500, 'instalment 2 of 2']]);
                const [bad] = here.rows(`SELECT count(*) AS n FROM agreements g JOIN orders o ON o.id = g.order_id CROSS JOIN LATERAL agreement_replay(g.id) WHERE o.number = ${quote(made.number)}`);
                assert.equal(Number(bad.n), 0);
        });

        test('S1.6 a code changes every amount: they are shown anew before anything is ordered', async () => {
                const code = `${mark}C`.toUpperCase();
                await owner.submit(await owner.go('/admin/discounts'), /discounts$/, { once: undefined, code, amount: '10.01', currency: 'eur' });
                const email = address('code'), browser = new Browser(here.url);
                const look = await order(browser, { product: slug('weekly'), email, code });
                assert.equal(look.status, 422);
                assert.match(words(look), /Look at this once more With your code you pay what stands below.*22\.50 EUR today.*In all 90\.00 EUR/s);
                assert.equal(here.sql(`SELECT (SELECT count(*) FROM orders WHERE email = ${quote(email)}) + (SELECT used FROM discount_codes WHERE code = ${quote(code)})`), '0');
                const fields = formOf(look, /orders$/).fields;
                assert.deepEqual([fields.email, fields.code], [email, code]);
                const sent = await browser.submit(look, /orders$/, { agree: '1', consent: '1' });
                assert.equal(sent.status, 303, words(sent));
                assert.deepEqual(here.rows(`SELECT r.amount_minor AS minor FROM agreement_rows r JOIN agreements g ON g.id = r.agreement_id JOIN orders o ON o.id = g.order_id WHERE o.email = ${quote(email)} ORDER BY seq`).map((r) => r.minor), [2250, 2250, 2250, 2250]);
                assert.match(here.sql(`SELECT v.shown FROM agreement_versions v JOIN agreements g ON g.id = v.agreement_id JOIN orders o ON o.id = g.order_id WHERE o.email = ${quote(email)}`), /22\.50 EUR[^]*In all: 90\.00 EUR/);
        });

        test('S1.6 a form that did not show the schedule of today is shown again, and orders nothing', async () => {
                const browser = new Browser(here.url), email = address('day');
                const form = await browser.go(`/products/${slug('weekly')}`);
                const again = await browser.submit(form, /orders$/, { email, name: 'Ann', country: 'DE', agree: '1', consent: '1', seen: '0123456789abcdef' });
                assert.equal(again.status, 422);
                assert.match(words(again), /The days or the price changed since you opened this page/);
                assert.equal(here.sql(`SELECT count(*) FROM orders WHERE email = ${quote(email)}`), '0');
        });

        test('S1.6 the agreement is a page and a PDF, the same for both sides, with its earlier versions; nobody else sees it', async () => {
                const made = await plans.buy(slug('deposit'));
                const browser = await plans.enter(made);
                const g = here.sql(`SELECT g.id FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(made.number)}`);
                const at = `/plans/${made.number}/agreement`;
                assert.match((await browser.go(`/orders/${made.number}`)).text, new RegExp(`href="${at}"`));
                assert.match((await owner.go(`/admin/orders/${made.number}`)).text, new RegExp(`href="/admin${at}"`));
                here.sql(`SELECT agreement_version_make(${g}, ARRAY[today_in('UTC') + 70, today_in('UTC') + 99, today_in('UTC') + 130], ARRAY[25000, 25000, 25000]::bigint[], 'split', NULL,
                        'Three smaller payments instead of two.', 'Three times 25.000 BHD.', '203.0.113.77 Browser', NULL)`);
                await becomes(here, `(SELECT count(*) FROM agreement_papers WHERE agreement_id = ${g}) = 2`);
                const theirs = await browser.go(at), ours = await viewer.go(`/admin${at}`);
                for (const text of [words(theirs), words(ours)]) {
                        assert.match(text, /from the address 203\.0\.113\.77.*Three smaller payments instead of two.*The deposit 25\.000 BHD Paid.*Instalment 3 of 3 25\.000 BHD To come.*In all 100\.000 BHD.*Three times 25\.000 BHD/s);
                        assert.match(text, /Version 2 , in force: Three smaller.*Version 1: as it was bought/s);
                }
                const part = (html) => plain(/<dl class="facts">[^]*<h2>Versions/.exec(html)[0]);
                assert.equal(part(theirs.text), part(ours.text), 'both see the same');
                const first = await browser.go(`${at}?version=1`);
                assert.match(words(first), /This is version 1, an earlier one.*What holds now is version 2.*37\.500 BHD/s);
                assert.match(words(first), /Today, .*25\.000 BHD deposit.*In all: 100\.000 BHD.*There is nothing to pay on top/s);
                const read = (answer) => spaces(execFileSync('pdftotext', ['-layout', '-', '-'], { input: answer.body, encoding: 'utf8' }));
                const [paper, same, old] = [await browser.go(`${at}/paper`), await viewer.go(`/admin${at}/paper?version=2`), await browser.go(`${at}/paper?version=1`)];
                assert.equal(paper.headers.get('content-type'), 'application/pdf');
                assert.ok(paper.body.equals(same.body), 'the same bytes');
                assert.match(read(paper), /Payment agreement[^]*version 2[^]*Ann Example[^]*203\.0\.113\.77[^]*Deposit +25\.000 BHD[^]*Instalment 3 of 3 +25\.000 BHD[^]*In all +100\.000 BHD[^]*Three times 25\.000 BHD/);
                assert.match(read(old), /version 1[^]*Instalment 2 of 2 +37\.500 BHD[^]*Today, [^]*25\.000 BHD deposit/);
                const other = await plans.enter(await plans.buy(slug('weekly')));
                for (const end of ['', '/paper', '?version=1']) assert.equal((await other.go(`${at}${end}`)).status, 404);
                for (const end of ['?version=3', '/paper?version=9']) assert.equal((await browser.go(`${at}${end}`)).status, 404);
                assert.equal((await new Browser(here.url).go(at)).status, 303, 'strangers log in first');
                assert.deepEqual(dues(made.number).map((d) => d.status).sort(), ['open', 'open', 'open', 'paid', 'replaced', 'replaced']);
        });

        test('S1.6 files say what is wrong with a schedule, and where', () => {
                const name = slug('weekly'), file = path.join(plans.root, name, 'product.ini'), good = fs.readFileSync(file, 'utf8');
                const load = (offer) => {
                        fs.writeFileSync(file, good.replace('schedule=4 weekly instalments\namount=100.01', offer));
                        const said = here.ctl('product', 'load', plans.root);
                        fs.writeFileSync(file, good);
                        return said;
                };
                for (const [offer, fault] of [
                        ['schedule=1 weekly instalments\namount=9.00', /product\.ini:\d+: Enter a number from 2 to 60/],
                        ['schedule=61 monthly instalments\namount=99.00', /2 to 60/], ['schedule=-3 monthly instalments\namount=9.00', /2 to 60/],
                        ['schedule=3 daily instalments\namount=9.00', /the schedule is in full/], ['schedule=instalments on 2027-02-31\namount=9.00', /no day 2027-02-31/],
                        ['schedule=instalments on 2020-01-01, 2099-01-01\namount=9.00', /product\.ini:\d+: The dates follow one another, within five years/],
                        ['schedule=instalments on 2020-01-01\namount=9.00', /The first date is today or has gone by/],
                        ['schedule=instalments on 2031-01-02, 2031-01-01\namount=9.00', /follow one another/],
                        ['schedule=3 monthly instalments\namount=0.02', /too small for so many/], ['schedule=3 monthly instalments\ndeposit=9.00\namount=9.00', /deposit is less than the price/],
                        ['schedule=3 monthly instalments\ndeposit=-1\namount=9.00', /an amount such as 50\.00, or a share/], ['schedule=3 monthly instalments\ndeposit=100%\namount=9.00', /less than all/],
                        ['deposit=1.00\namount=9.00', /a deposit goes with instalments/], ['schedule=monthly subscription\ndeposit=1.00\namount=9.00', /a deposit goes with instalments/],
                ]) {
                        const said = load(offer);
                        assert.notEqual(said.status, 0, offer);
                        assert.match(said.error.message, fault, offer);
                }
                const same = here.ctl('product', 'load', plans.root);
                assert.deepEqual(same.items.filter((item) => item.changed), [], 'the same again changes nothing');
        });

        test('S1.6 staff write a schedule in the form, see every amount before they publish, and each fault beside its field', async () => {
                const at = `/admin/products/${slug('weekly')}/offers/plan`;
                const send = async (fields, who = owner) => who.submit(await who.go(at), /offers\/plan$/, fields);
                for (const [fields, field, fault] of [
                        [{ instalments: '1' }, 'instalments', /Enter a number from 2 to 60/], [{ instalments: '61' }, 'instalments', /from 2 to 60/],
                        [{ instalments: '-4' }, 'instalments', /from 2 to 60/], [{ instalments: '99999999999999999999' }, 'instalments', /from 2 to 60/],
                        [{ instalments: '' }, 'instalments', /how many/], [{ amount: '0.03' }, 'instalments', /too small for so many/],
                        [{ deposit: '100.01' }, 'deposit', /less than the price/], [{ deposit: '200' }, 'deposit', /less than the price/], [{ deposit: '-5' }, 'deposit', /an amount such as 50\.00/],
                        [{ deposit: '99999999999999999999' }, 'deposit', /an amount such as/], [{ deposit: '0%' }, 'deposit', /more than nothing/],
                        [{ way: 'dates', days: '2027-02-31' }, 'days', /no day 2027-02-31/], [{ way: 'dates', days: '2020-01-01' }, 'days', /today or has gone by/],
                        [{ way: 'dates', days: '' }, 'days', /Enter the dates/], [{ way: 'daily' }, 'way', /Choose how it is paid/],
                ]) {
                        const bad = await send(fields);
                        assert.equal(bad.status, 422, JSON.stringify(fields));
                        assert.match(plain(new RegExp(`id="${field}-error">[^]*?</p>`).exec(bad.text)?.[0] ?? ''), fault, JSON.stringify(fields));
                        const kept = formOf(bad, /offers\/plan$/).fields;
                        for (const [key, value] of Object.entries(fields)) if (key !== 'way') assert.equal(kept[key].trim(), value, 'what was typed stays');
                }
                const asked = await send({ way: 'monthly', instalments: '3', deposit: '12.5%', amount: '120.01' });
                assert.equal(asked.status, 200, words(asked));
                assert.match(words(asked), /In 4 weekly instalments → A deposit of 12\.5%, then 3 monthly instalments.*At the checkout, the deposit 15\.00 EUR.*35\.01 EUR.*35\.00 EUR.*35\.00 EUR.*In all 120\.01 EUR/s);
                assert.equal((await owner.submit(asked, /offers\/plan$/)).status, 303);
                assert.match(words(await owner.go(`/admin/products/${slug('weekly')}`)), /120\.01 EUR A deposit of 12\.5%, then 3 monthly instalments, charged to the saved card/);
                assert.match(await page('weekly'), /15\.00 EUR today as a deposit, then one payment a month: 4 in all/);
                const form = formOf(await owner.go(at), /offers\/plan$/).fields;
                assert.deepEqual([form.way, form.instalments, form.deposit], ['monthly', '3', '12.5%'], 'the form brings it back');
                const dated = await send({ way: 'dates', instalments: '', days: `${day(9)}\n${day(40)}`, deposit: '' });
                assert.match(words(dated), /In 3 payments, the first at the checkout, the others on .*At the checkout 40\.01 EUR.*40\.00 EUR.*40\.00 EUR/s);
                assert.equal((await owner.submit(dated, /offers\/plan$/)).status, 303);
                assert.equal((await viewer.go(at)).status, 403);
        });

        test('S1.6 an offer is closed once its first date has come', async () => {
                const name = slug('days');
                here.sql(`INSERT INTO offer_versions (offer_id, version, title, currency, amount_minor, tax_class, schedule, published_at)
                        SELECT v.offer_id, 99, v.title, v.currency, v.amount_minor, v.tax_class, jsonb_set(v.schedule, '{days,0}', to_jsonb(today_in('UTC')::text)), app_now()
                        FROM offer_versions v JOIN offers o ON o.version_id = v.id JOIN products p ON p.id = o.product_id WHERE p.slug = ${quote(name)}`);
                const form = await new Browser(here.url).go(`/products/${name}`);
                const waiting = new Browser(here.url), open = await waiting.go(`/products/${name}`);
                here.sql(`UPDATE offers SET version_id = (SELECT id FROM offer_versions v WHERE v.offer_id = offers.id AND version = 99) WHERE product_id = (SELECT id FROM products WHERE slug = ${quote(name)})`);
                const late = await waiting.submit(open, /orders$/, { email: address('late'), name: 'Ann', country: 'DE', agree: '1', consent: '1' });
                assert.equal(late.status, 410, heading(late.text));
                assert.match(words(form), /40\.00 EUR/);
                assert.match(await page('days'), /not on sale at the moment/);
                assert.match(words(await owner.go(`/admin/products/${name}`)), /Its first date has come/);
        });

        test('S1.6 what was begun and not paid is agreed, and begins with the first payment', async () => {
                const begun = await begin(here, { product: slug('deposit') });
                assert.equal(here.sql(`SELECT g.status FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(begun.number)}`), 'agreed');
                const ours = words(await owner.go(`/admin/plans/${begun.number}/agreement`));
                assert.match(ours, /It begins with the first payment.*25\.000 BHD.*37\.500 BHD/s);
                assert.equal(dues(begun.number).length, 1);
        });
});
