// Products edited by staff: drafts, preview, publishing, versions, sale.  A product of the
// test's own is loaded from files, so that the demo's stay as they are.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { begin, buy, pay, welcomed } from './lib/purchase.mjs';
import { staffBrowser } from './lib/staff.mjs';

const mark = `${Date.now().toString(36)}${process.pid}`;
const folders = [];

/** A product from files; CHANGES by file name. */
function load(slug, changes = {}) {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'products-'));
        folders.push(dir);
        const files = {
                'product.ini': `[product]\nslug = ${slug}\nkind = course\ntitle = Course ${slug}\ntagline = A line\nposition = 900\n`
                        + 'refund_days = 14\n\n[offer full]\ntitle = Pay in full\ncurrency = EUR\namount = 49.00\ntax_class = digital\n',
                'summary.md': 'What it is.\n', 'includes.md': '- one\n- two\n', 'refund.md': 'Money back.\n', 'next.md': 'Begin.\n',
                'contents/01-start/title.txt': 'Start\n',
                'contents/01-start/01-first.md': '---\ntitle: The first\nkind: lesson\n---\nHello.\n',
                'contents/01-start/02-second.md': '---\ntitle: The second\nkind: lesson\n---\nHello again.\n',
                ...changes,
        };
        for (const [name, text] of Object.entries(files)) {
                fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
                fs.writeFileSync(path.join(dir, name), text);
        }
        const said = here.ctl('product', 'load', dir);
        assert.equal(said.status, 0, JSON.stringify(said));
        return said;
}

let count = 0;
const fresh = () => {
        const slug = `t-${mark}-${++count}`;
        load(slug);
        return slug;
};

const page = (slug, rest = '') => `/admin/products/${slug}${rest}`;
const versions = (slug) => here.rows(`SELECT v.id, v.version, v.title, v.published_at IS NOT NULL AS published, v.copy_of, s.name AS by
        FROM product_versions v JOIN products p ON p.id = v.product_id LEFT JOIN staff s ON s.id = v.published_by
        WHERE p.slug = ${quote(slug)} ORDER BY v.version`);
const live = (slug) => here.rows(`SELECT v.version, v.title FROM products p JOIN product_versions v ON v.id = p.version_id
        WHERE p.slug = ${quote(slug)}`)[0];
const audits = (slug) => here.rows(`SELECT a.action, a.facts FROM audit a JOIN products p ON p.id = a.object_id AND a.object = 'product'
        WHERE p.slug = ${quote(slug)} AND a.actor = 'staff' ORDER BY a.id`);

describe('3.9 products and offers', needs, () => {
        let owner, other, viewer;
        before(async () => {
                [owner, other, viewer] = [await staffBrowser(here, 'owner'), await staffBrowser(here, 'owner'), await staffBrowser(here, 'viewer')];
        });
        after(() => {
                here.sql(`UPDATE products SET on_sale = false WHERE slug LIKE 't-${mark}-%'`);
                for (const dir of folders) fs.rmSync(dir, { recursive: true });
        });

        const draft = async (who, slug, changes) => who.submit(await who.go(page(slug, '/texts')), /texts$/, changes);
        const publish = async (who, slug, changes = {}) => who.submit(await who.go(page(slug, '/publish')), /publish$/, changes);

        test('3.9 the list has each product with its price, its sale and its link', async () => {
                const slug = fresh();
                const list = await viewer.go('/admin/products');
                assert.equal(list.status, 200);
                const card = list.text.split('<li class="card">').find((part) => part.includes(`/admin/products/${slug}"`));
                assert.match(plain(card), /Course, 0 sold so far On sale 49\.00 EUR/);
                const shown = await viewer.go(page(slug));
                assert.match(plain(shown.text), /Published version 1,.*Sold so far 0/);
                assert.ok(shown.text.includes(`href="${here.url}/products/${slug}"`));
                assert.ok(!shown.text.includes('<form method="post" action="/admin/products'));
        });

        test('3.9 texts become a draft that customers do not see, then a version', async () => {
                const slug = fresh();
                const saved = await draft(owner, slug, { title: `Better ${slug}`, summary: '**New** text.' });
                assert.equal(saved.status, 303, plain(saved.text));
                assert.equal(live(slug).title, `Course ${slug}`);
                assert.equal(heading((await new Browser(here.url).go(`/products/${slug}`)).text), `Course ${slug}`);
                const shown = await owner.go(saved.to);
                assert.match(plain(shown.text), new RegExp(`Saved in the draft.*${owner.name} saved it last`));
                const confirm = await owner.go(page(slug, '/publish'));
                assert.match(plain(confirm.text), new RegExp(`Title : Course ${slug} → Better ${slug}.*What it is : a new text.*Nobody has it yet`));
                const done = await owner.submit(confirm, /publish$/);
                assert.equal(done.to, `${page(slug)}?done=published`);
                assert.deepEqual([live(slug).version, live(slug).title], [2, `Better ${slug}`]);
                const customer = await new Browser(here.url).go(`/products/${slug}`);
                assert.equal(heading(customer.text), `Better ${slug}`);
                assert.ok(customer.text.includes('<strong>New</strong>'));
                assert.match(plain((await owner.go(page(slug))).text), new RegExp(`Version 2 Published now Better ${slug} ${owner.name}`));
                assert.deepEqual(audits(slug).map(({ action }) => action), ['product.drafted', 'product.published']);
        });

        test('3.9 a preview shows what is typed, as the customer will see it, and stores nothing', async () => {
                const slug = fresh();
                const form = formOf(await owner.go(page(slug, '/texts')), /texts$/).fields;
                const shown = await owner.go(page(slug, '/preview'), { form: {
                        ...form, title: 'Only <b>typed</b>', summary: 'A *text* <script>alert(1)</script> [x](javascript:alert(2))' } });
                assert.equal(shown.status, 200);
                assert.ok(shown.text.includes('Only &lt;b&gt;typed&lt;/b&gt;') && shown.text.includes('<em>text</em>'));
                assert.ok(!/<script>alert|javascript:/.test(shown.text));
                assert.equal(versions(slug).length, 1);
        });

        test('3.9 scripts in Markdown reach no page', async () => {
                const slug = fresh();
                await draft(owner, slug, { summary: 'Hi <script>alert(1)</script> <img src=x onerror=alert(2)>', title: '<i>T</i>' });
                await publish(owner, slug);
                for (const text of [(await owner.go(page(slug))).text, (await owner.go(page(slug, '/versions/2'))).text,
                        (await new Browser(here.url).go(`/products/${slug}`)).text])
                        assert.ok(!/<script>alert|<img src=x|<i>T/.test(text));
        });

        test('3.9 two people: the second save notices, shows both texts and loses nothing', async () => {
                const slug = fresh();
                const first = await owner.go(page(slug, '/texts'));
                const second = await other.go(page(slug, '/texts'));
                assert.equal((await owner.submit(first, /texts$/, { title: 'By the first', tagline: 'First line' })).status, 303);
                const clash = await other.submit(second, /texts$/, { title: 'By the second', summary: 'Second summary' });
                assert.equal(clash.status, 409);
                assert.match(plain(clash.text), new RegExp(`Somebody saved other texts while you wrote ${owner.name}`));
                const fields = formOf(clash, /texts$/).fields;
                assert.deepEqual([fields.title, fields.summary], ['By the second', 'Second summary']);
                for (const theirs of ['By the first', 'First line', 'What it is.']) assert.ok(plain(clash.text).includes(theirs), theirs);
                assert.equal(versions(slug)[1].title, 'By the first');
                assert.equal((await other.submit(clash, /texts$/, { tagline: 'First line' })).status, 303);
                assert.equal(versions(slug)[1].title, 'By the second');
        });

        test('S1.5 what stays open while a payment is late: set by staff, logged, for purchases from now on', async () => {
                const slug = fresh();
                const days = () => here.rows(`SELECT t.nothing_new_days, t.read_only_days, t.locked_days, s.name AS by FROM access_timetables t JOIN products p ON p.id = t.product_id
                        LEFT JOIN staff s ON s.id = t.changed_by WHERE p.slug = ${quote(slug)}`);
                assert.match(plain((await owner.go(page(slug))).text), /Everything stays open, however late a payment is/);
                const form = await owner.go(page(slug, '/access'));
                const theirs = await other.go(page(slug, '/access'));
                for (const wrong of [{ nothing_new: '-1' }, { nothing_new: '366' }, { read_only: 'soon' }, { nothing_new: '9', locked: '8' }, { nothing_new: '9', read_only: '8' }]) {
                        const refused = await owner.submit(form, /access$/, wrong);
                        assert.equal(refused.status, 422, JSON.stringify(wrong));
                        for (const [name, typed] of Object.entries(wrong)) assert.ok(refused.text.includes(`name="${name}"`) && refused.text.includes(`value="${typed}"`), 'what was typed stays');
                }
                assert.deepEqual(days(), []);
                const done = await owner.submit(form, /access$/, { nothing_new: '3', read_only: '7', locked: '' });
                assert.equal(done.status, 303);
                assert.match(plain((await owner.go(done.to)).text), new RegExp(`It holds for whoever buys from now on.*Nothing new opens after 3 days Read only after 7 days Only what was paid for never ${owner.name} set it`));
                assert.deepEqual(days(), [{ nothing_new_days: 3, read_only_days: 7, locked_days: null, by: owner.name }]);
                assert.deepEqual(audits(slug).filter((row) => row.action === 'timetable.set').map((row) => row.facts), [{ was: '- - -', now: '3 7 -' }]);
                assert.equal((await owner.submit(form, /access$/, { nothing_new: '3', read_only: '7' })).to, `${page(slug)}?done=same`, 'the same again');
                const clash = await other.submit(theirs, /access$/, { nothing_new: '5' });
                assert.equal(clash.status, 409);
                assert.match(plain(clash.text), /Somebody changed it meanwhile/);
                assert.equal((await other.submit(clash, /access$/, {})).status, 303, 'once more, seen');
                const never = await owner.submit(await owner.go(page(slug, '/access')), /access$/, { nothing_new: '', read_only: '', locked: '' });
                assert.equal(never.status, 303);
                assert.deepEqual(days(), []);
                assert.equal((await viewer.go(page(slug, '/access'))).status, 403);
                assert.equal((await owner.go(page('no-such-product', '/access'))).status, 404);
        });

        test('3.9 a double click saves once', async () => {
                const slug = fresh();
                const form = await owner.go(page(slug, '/texts'));
                const both = await Promise.all([1, 2].map(() => owner.submit(form, /texts$/, { title: 'Twice' })));
                assert.deepEqual(both.map((reply) => reply.status), [303, 303]);
                assert.equal(here.sql(`SELECT revision FROM product_versions WHERE title = 'Twice' AND product_id =
                        (SELECT id FROM products WHERE slug = ${quote(slug)})`), '2');
        });

        test('3.9 a version that was published does not change, whoever asks', () => {
                const slug = fresh();
                assert.throws(() => here.sql(`UPDATE product_versions SET title = 'x' WHERE id = ${versions(slug)[0].id}`), /does not change/);
                assert.throws(() => here.sql(`DELETE FROM version_items WHERE version_id = ${versions(slug)[0].id}`), /do not change/);
        });

        test('3.9 what was sold stays as it was sold, unless staff give the new version to everybody', async () => {
                const slug = fresh();
                const bought = await buy(here, { product: slug });
                const holds = () => here.sql(`SELECT v.version FROM access a JOIN orders o ON o.id = a.order_id
                        JOIN product_versions v ON v.id = a.product_version_id WHERE o.number = ${quote(bought.number)}`);
                const sold = () => here.sql(`SELECT v.version FROM order_lines l JOIN orders o ON o.id = l.order_id
                        JOIN product_versions v ON v.id = l.product_version_id WHERE o.number = ${quote(bought.number)}`);
                await draft(owner, slug, { title: 'Second' });
                assert.match(plain((await owner.go(page(slug, '/publish'))).text), /1 person has an earlier version and keep/);
                await publish(owner, slug);
                assert.deepEqual([holds(), sold()], ['1', '1']);
                await draft(owner, slug, { title: 'Third' });
                await publish(owner, slug, { everybody: '1' });
                assert.deepEqual([holds(), sold()], ['3', '1']);
                assert.equal(audits(slug).at(-1).facts.given, 1);
        });

        test('3.9 two publish at once: one version, both are told that it is published', async () => {
                const slug = fresh();
                await draft(owner, slug, { title: 'At once' });
                const forms = [await owner.go(page(slug, '/publish')), await other.go(page(slug, '/publish'))];
                const done = await Promise.all([owner.submit(forms[0], /publish$/), other.submit(forms[1], /publish$/)]);
                assert.deepEqual(done.map((reply) => reply.to), [1, 2].map(() => `${page(slug)}?done=published`));
                assert.equal(versions(slug).length, 2);
                assert.equal((await owner.go(page(slug, '/publish'))).to, `${page(slug)}?done=no-draft`);
        });

        test('3.9 publishing what somebody changed since is noticed', async () => {
                const slug = fresh();
                await draft(owner, slug, { title: 'One' });
                const confirm = await owner.go(page(slug, '/publish'));
                await draft(other, slug, { title: 'Two' });
                assert.equal((await owner.submit(confirm, /publish$/)).to, `${page(slug)}?done=changed`);
                assert.equal(live(slug).version, 1);
        });

        test('3.9 a draft is thrown away; twice is once', async () => {
                const slug = fresh();
                await draft(owner, slug, { title: 'Gone' });
                const shown = await owner.go(page(slug));
                for (const done of [await owner.submit(shown, /discard$/), await owner.submit(shown, /discard$/)])
                        assert.equal(done.to, `${page(slug)}?done=discarded`);
                assert.equal(versions(slug).length, 1);
        });

        test('3.9 an older version is restored as a copy; twice is once', async () => {
                const slug = fresh();
                await draft(owner, slug, { title: 'Newer' });
                await publish(owner, slug);
                const old = await owner.go(page(slug, '/versions/1'));
                assert.equal((await owner.submit(old, /restores$/)).to, `${page(slug)}?done=restored`);
                assert.equal((await owner.submit(old, /restores$/)).to, `${page(slug)}?done=restored-same`);
                assert.deepEqual(versions(slug).map(({ version, copy_of: from }) => [version, from]), [[1, null], [2, null], [3, 1]]);
                assert.equal(live(slug).title, `Course ${slug}`);
                assert.match(plain((await owner.go(page(slug))).text), /Version 3 Published now .* restored from version 1/);
        });

        test('3.9 off sale and on again', async () => {
                const slug = fresh();
                const off = await owner.submit(await owner.go(page(slug)), new RegExp(`${slug}/sale$`), { sale: 'off' });
                assert.equal(off.to, `${page(slug)}?done=off`);
                assert.equal((await new Browser(here.url).go(`/products/${slug}`)).status, 410);
                assert.equal((await owner.submit(await owner.go(page(slug)), new RegExp(`${slug}/sale$`), { sale: 'on' })).to, `${page(slug)}?done=on`);
                assert.equal((await new Browser(here.url).go(`/products/${slug}`)).status, 200);
                here.sql(`UPDATE offers SET enabled = false WHERE product_id = (SELECT id FROM products WHERE slug = ${quote(slug)})`);
                await owner.submit(await owner.go(page(slug)), new RegExp(`${slug}/sale$`), { sale: 'off' });
                assert.equal((await owner.submit(await owner.go(page(slug)), new RegExp(`${slug}/sale$`), { sale: 'on' })).to, `${page(slug)}?done=offerless`);
        });

        test('3.9 files and staff live together: the same files again leave what staff published', async () => {
                const slug = fresh();
                await draft(owner, slug, { title: 'By staff' });
                await publish(owner, slug);
                await draft(owner, slug, { title: 'Still a draft' });
                load(slug);
                assert.equal(live(slug).title, 'By staff');
                const said = load(slug, { 'summary.md': 'Changed in the files.\n' });
                assert.ok(said.items.some((item) => item.object === 'draft' && item.name === slug), JSON.stringify(said.items));
                assert.equal(live(slug).title, `Course ${slug}`);
                assert.match(plain((await owner.go(page(slug))).text), /Version 4 was published after this draft was begun/);
                await publish(owner, slug);
                assert.deepEqual([live(slug).version, live(slug).title], [5, 'Still a draft']);
        });

        test('3.9 bad input is told next to its field and keeps what was typed', async () => {
                const slug = fresh();
                const long = 'a'.repeat(100 * 1024);
                const bad = await draft(owner, slug, { title: ' ', summary: long, refund_days: '-1', starts_on: '2031-02-31', tagline: 'Kept' });
                assert.equal(bad.status, 422);
                const text = plain(bad.text);
                for (const wanted of [/Enter a title/, /Use at most 20000 characters/, /Enter a number from 0 to 3650/, /Enter a day that exists/])
                        assert.match(text, wanted);
                const fields = formOf(bad, /texts$/).fields;
                assert.deepEqual([fields.tagline, fields.summary.length], ['Kept', long.length]);
                assert.match(plain((await draft(owner, slug, { starts_on: '2020-01-01' })).text), /That day is over/);
                assert.equal(versions(slug).length, 1);
                assert.equal((await draft(owner, slug, { starts_on: '2031-03-31' })).status, 303);
        });

        const price = (slug, offer = 'full') => here.rows(`SELECT v.version, v.title, v.currency, v.amount_minor AS minor, o.enabled FROM offers o
                JOIN offer_versions v ON v.id = o.version_id JOIN products p ON p.id = o.product_id
                WHERE p.slug = ${quote(slug)} AND o.slug = ${quote(offer)}`)[0];

        test('3.9 a price is published after a confirmation; a checkout that has begun keeps its own', async () => {
                const slug = fresh();
                const begun = await begin(here, { product: slug });
                const asked = await owner.submit(await owner.go(page(slug, '/offers/full')), /offers\/full$/, { amount: '59' });
                assert.equal(asked.status, 200);
                assert.match(plain(asked.text), /49\.00 EUR → 59\.00 EUR.*Checkouts that have begun 1, they keep/);
                assert.equal(price(slug).minor, 4900);
                const both = await Promise.all([1, 2].map(() => owner.submit(asked, /offers\/full$/)));
                assert.deepEqual(both.map(({ to }) => to.replace(/.*done=/, '')).sort(), ['price', 'price-same']);
                assert.deepEqual([price(slug).version, price(slug).minor], [2, 5900]);
                assert.match(plain((await new Browser(here.url).go(`/products/${slug}`)).text), /59\.00 EUR/);
                assert.equal(here.sql(`SELECT amount_minor FROM order_lines l JOIN orders o ON o.id = l.order_id
                        WHERE o.number = ${quote(begun.number)}`), '4900');
                assert.equal((await pay(begun)).status, 303);
                await welcomed(begun);
                assert.equal(here.sql("SELECT count(*) FROM audit WHERE action = 'offer.published' AND actor = 'staff' AND facts->'was'->>'minor' = '4900'"
                        + ` AND object_id = (SELECT o.id FROM offers o JOIN products p ON p.id = o.product_id WHERE p.slug = ${quote(slug)})`), '1');
        });

        test('3.9 two change one price: the second sees the first', async () => {
                const slug = fresh();
                const forms = [];
                for (const [who, amount] of [[owner, '51.00'], [other, '52.00']])
                        forms.push(await who.submit(await who.go(page(slug, '/offers/full')), /offers\/full$/, { amount }));
                assert.equal((await owner.submit(forms[0], /offers\/full$/)).status, 303);
                const clash = await other.submit(forms[1], /offers\/full$/);
                assert.equal(clash.status, 409);
                assert.match(plain(clash.text), /it is 51\.00 EUR now/);
                assert.equal(formOf(clash, /offers\/full$/).fields.amount, '52.00');
                const again = await other.submit(clash, /offers\/full$/);
                assert.equal((await other.submit(again, /offers\/full$/)).status, 303);
                assert.equal(price(slug).minor, 5200);
        });

        test('3.9 a price that is none is told next to its field', async () => {
                const slug = fresh();
                const form = await owner.go(page(slug, '/offers/full'));
                for (const [amount, currency, words] of [['0', 'EUR', /more than nothing/], ['-5', 'EUR', /more than nothing/],
                        ['49.999', 'EUR', /EUR has 2 decimals at most/], ['1.5', 'JPY', /JPY has no decimals/], ['49,00', 'EUR', /such as 49\.00/],
                        ['99999999999999999999', 'EUR', /more than the gateway takes/], ['1000000.00', 'EUR', /more than the gateway takes/],
                        ['49', 'QQQ', /currency that we know/], ['49', 'isk', /ISK and UGX/], ['49', 'UGX', /ISK and UGX/], ['12.345', 'KWD', /last digit must be 0 in KWD, such as 12\.340 or 12\.350/], ['0.005', 'TND', /such as 0\.010/],
                        ['', 'EUR', /Enter a price/]]) {
                        const bad = await owner.submit(form, /offers\/full$/, { amount, currency, confirmed: '1' });
                        assert.equal(bad.status, 422, `${amount} ${currency}`);
                        assert.match(plain(bad.text), words);
                        const fields = formOf(bad, /offers\/full$/).fields;
                        assert.deepEqual([fields.amount, fields.currency], [amount, currency]);
                }
                assert.equal(price(slug).version, 1);
        });

        test('3.9 a new offer, off and on; its name is taken once', async () => {
                const slug = fresh();
                const filled = { offer: 'yen', title: 'In yen', amount: '8000', currency: 'jpy' };
                const asked = await owner.submit(await owner.go(page(slug, '/offer')), /offers$/, filled);
                assert.match(plain(asked.text), /Publish this offer\?.*8,000 JPY/);
                assert.equal((await owner.submit(asked, /offers$/)).to, `${page(slug)}?done=price`);
                assert.equal((await owner.submit(asked, /offers$/)).to, `${page(slug)}?done=price-same`);
                assert.equal(price(slug, 'yen').minor, 8000);
                const taken = await owner.submit(await owner.go(page(slug, '/offer')), /offers$/, { ...filled, amount: '9000', confirmed: '1' });
                assert.match(plain(taken.text), /Another offer has this name/);
                assert.equal((await owner.submit(await owner.go(page(slug)), /yen\/sale$/, { sale: 'off' })).to, `${page(slug)}?done=offer-off`);
                assert.equal(price(slug, 'yen').enabled, false);
                assert.ok(!(await new Browser(here.url).go(`/products/${slug}`)).text.includes('In yen'));
                load(slug);
                assert.equal(price(slug, 'yen').minor, 8000);
        });

        const contents = (slug) => here.rows(`SELECT i.slug AS item, w.section, iv.title, iv.kind FROM products p
                JOIN product_versions v ON v.product_id = p.id AND v.published_at IS NULL JOIN version_items w ON w.version_id = v.id
                JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id WHERE p.slug = ${quote(slug)} ORDER BY w.position`);
        const add = async (who, slug, changes) => who.submit(await who.go(page(slug, '/content')), /contents$/, changes);
        const move = async (who, slug, item, way) => who.submit(await who.go(page(slug)), new RegExp(`${item}/moves$`), { way });

        test('3.9 contents: add, edit, move, take out, in the draft alone', async () => {
                const slug = fresh();
                assert.equal((await add(owner, slug, { kind: 'lesson', title: 'Third & last', body: '# Hi', minutes: '5' })).status, 303);
                assert.equal((await add(owner, slug, { kind: 'link', title: 'Notes', heading: 'More', url: 'https://example.com/notes' })).status, 303);
                assert.deepEqual(contents(slug).map(({ item, section }) => [item, section]),
                        [['first', 'Start'], ['second', 'Start'], ['third-last', 'Start'], ['notes', 'More']]);
                assert.equal((await move(owner, slug, 'third-last', 'up')).to, `${page(slug)}?done=moved`);
                assert.equal((await move(owner, slug, 'notes', 'up')).to, `${page(slug)}?done=moved`);
                assert.equal((await move(owner, slug, 'first', 'up')).to, `${page(slug)}?done=edge`);
                assert.deepEqual(contents(slug).map(({ item, section }) => [item, section]),
                        [['first', 'Start'], ['third-last', 'Start'], ['second', 'Start'], ['notes', 'Start']]);
                const edit = await owner.submit(await owner.go(page(slug, '/contents/first')), /first$/, { title: 'Renamed', heading: 'Begin' });
                assert.equal(edit.status, 303);
                assert.equal((await move(owner, slug, 'second', 'out')).to, `${page(slug)}?done=out`);
                assert.deepEqual(contents(slug).map(({ title, section }) => [title, section]),
                        [['Third & last', 'Start'], ['Notes', 'Start'], ['Renamed', 'Begin']]);
                const confirm = plain((await owner.go(page(slug, '/publish'))).text);
                for (const words of [/New : Third & last/, /New : Notes/, /Taken out : The second/, /Changed : Renamed/]) assert.match(confirm, words);
                assert.match(plain((await owner.go(page(slug, '/versions/1'))).text), /The first .*The second/);
                await publish(owner, slug);
                assert.equal(live(slug).version, 2);
        });

        test('3.9 contents: a preview of what is typed stores nothing and runs nothing', async () => {
                const slug = fresh();
                const form = { ...formOf(await owner.go(page(slug, '/contents/first')), /first$/).fields, title: 'T<i>', body: '*A* <script>alert(1)</script>',
                        url: 'javascript:alert(2)' };
                const shown = await owner.go(page(slug, '/item-preview'), { form });
                assert.equal(shown.status, 200);
                assert.ok(shown.text.includes('<em>A</em>') && shown.text.includes('T&lt;i&gt;'));
                assert.ok(!/<script>alert|javascript:/.test(shown.text));
                assert.equal(versions(slug).length, 1);
        });

        test('3.9 contents: an item keeps its name over versions, so that progress stays', async () => {
                const slug = fresh();
                await owner.submit(await owner.go(page(slug, '/contents/first')), /first$/, { title: 'Another title' });
                await publish(owner, slug);
                assert.equal(here.sql(`SELECT count(DISTINCT i.id) FROM items i JOIN products p ON p.id = i.product_id WHERE p.slug = ${quote(slug)}`), '2');
        });

        test('3.9 contents: two edit one item; the second save shows both; two items do not meet', async () => {
                const slug = fresh();
                const [mine, theirs, second] = [await owner.go(page(slug, '/contents/first')), await other.go(page(slug, '/contents/first')),
                        await other.go(page(slug, '/contents/second'))];
                assert.equal((await owner.submit(mine, /first$/, { body: 'Mine' })).status, 303);
                assert.equal((await owner.submit(mine, /first$/, { body: 'Mine' })).to, `${page(slug)}?done=same`);
                assert.equal((await other.submit(second, /second$/, { body: 'Theirs, the second' })).status, 303);
                const clash = await other.submit(theirs, /first$/, { body: 'Theirs' });
                assert.equal(clash.status, 409);
                assert.equal(formOf(clash, /first$/).fields.body, 'Theirs');
                assert.match(plain(clash.text), /Saved meanwhile by somebody else Mine/);
                assert.equal((await other.submit(clash, /first$/)).status, 303);
        });

        test('3.9 contents: what somebody took out meanwhile is offered as new, with its text', async () => {
                const slug = fresh();
                const form = await other.go(page(slug, '/contents/second'));
                await move(owner, slug, 'second', 'out');
                const clash = await other.submit(form, /second$/, { body: 'Long work' });
                assert.equal(clash.status, 409);
                assert.equal(formOf(clash, /contents$/).fields.body, 'Long work');
                assert.equal((await other.submit(clash, /contents$/)).status, 303);
                assert.equal(contents(slug).length, 2);
        });

        test('3.9 contents: a double click adds once and moves once; an old page moves nothing', async () => {
                const slug = fresh();
                const form = await owner.go(page(slug, '/content'));
                await Promise.all([1, 2].map(() => owner.submit(form, /contents$/, { title: 'Once', body: 'x' })));
                assert.equal(contents(slug).filter(({ title }) => title === 'Once').length, 1);
                const shown = await owner.go(page(slug));
                const moved = await Promise.all([1, 2].map(() => owner.submit(shown, /once\/moves$/, { way: 'up' })));
                assert.deepEqual(moved.map(({ to }) => to.replace(/.*done=/, '')).sort(), ['changed', 'moved']);
                assert.deepEqual(contents(slug).map(({ item }) => item), ['first', 'once', 'second']);
        });

        test('3.9 contents: bad input; an empty product is not published', async () => {
                const slug = fresh();
                for (const [fields, words] of [[{ kind: 'link', title: 'x' }, /Enter the address/], [{ kind: 'link', title: 'x', url: 'javascript:1' }, /whole address/],
                        [{ kind: 'lesson', title: 'x', url: 'https://a.example' }, /Only links/], [{ kind: 'video', title: 'x' }, /Choose one/],
                        [{ title: '' }, /Enter a title/], [{ title: 'x', minutes: '0' }, /from 1 to 6000/], [{ title: 'x', body: 'b'.repeat(100 * 1024) }, /at most 60000/]]) {
                        const bad = await add(owner, slug, fields);
                        assert.equal(bad.status, 422, JSON.stringify(fields).slice(0, 80));
                        assert.match(plain(bad.text), words);
                        if (fields.body) assert.equal(formOf(bad, /contents$/).fields.body.length, fields.body.length);
                }
                assert.equal((await owner.go(page(slug, '/contents/no-such'))).status, 404);
                assert.equal(versions(slug).length, 1);
                await move(owner, slug, 'first', 'out');
                await move(owner, slug, 'second', 'out');
                assert.equal((await publish(owner, slug)).to, `${page(slug)}?done=empty`);
        });

        test('3.9 an unknown product or version is a 404; a viewer may read and change nothing', async () => {
                for (const rest of ['', '/texts', '/preview', '/publish', '/versions/1', '/offer', '/offers/full', '/content', '/contents/first'])
                        assert.equal((await owner.go(page('no-such', rest))).status, 404, rest);
                const slug = fresh();
                assert.equal((await owner.go(page(slug, '/versions/77'))).status, 404);
                const token = formOf(await viewer.go('/admin/'), /logout$/).fields.csrf_token;
                const form = { csrf_token: token, seen: 'v1', sale: 'off', version: '1', current: '1', title: 'x', way: 'up', kind: 'lesson',
                        offer: 'full', currency: 'EUR', amount: '1.00', tax_class: 'digital', confirmed: '1' };
                const offers = ['/offers', '/offers/full', '/offers/full/sale', '/contents', '/contents/first', '/contents/first/moves'];
                const previews = ['/item-preview'];
                for (const rest of ['/texts', '/preview', '/publish', '/discard', '/restores', '/sale', ...offers, ...previews])
                        assert.equal((await viewer.go(page(slug, rest), { form })).status, 403, rest);
                assert.equal((await viewer.go(page(slug, '/texts'))).status, 403);
                const valid = { ...form, tagline: 't', summary: 's', includes: 'i', refund: 'r', refund_days: '1' };
                for (const rest of ['/texts', '/publish', '/discard', '/restores', '/sale', ...offers])
                        assert.equal((await owner.go(page('no-such', rest),
                                { form: { ...valid, csrf_token: formOf(await owner.go('/admin/'), /logout$/).fields.csrf_token } })).status, 404, rest);
        });
});
