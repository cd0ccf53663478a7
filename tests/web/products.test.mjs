// Products edited by staff: drafts, preview, publishing, versions, sale.  A product of the
// test's own is loaded from files, so that the demo's stay as they are.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { buy } from './lib/purchase.mjs';
import { newStaff } from './lib/staff.mjs';

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
                [owner, other, viewer] = [await newStaff(here, 'owner'), await newStaff(here, 'owner'), await newStaff(here, 'viewer')];
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
                const off = await owner.submit(await owner.go(page(slug)), /sale$/, { sale: 'off' });
                assert.equal(off.to, `${page(slug)}?done=off`);
                assert.equal((await new Browser(here.url).go(`/products/${slug}`)).status, 410);
                assert.equal((await owner.submit(await owner.go(page(slug)), /sale$/, { sale: 'on' })).to, `${page(slug)}?done=on`);
                assert.equal((await new Browser(here.url).go(`/products/${slug}`)).status, 200);
                here.sql(`UPDATE offers SET enabled = false WHERE product_id = (SELECT id FROM products WHERE slug = ${quote(slug)})`);
                await owner.submit(await owner.go(page(slug)), /sale$/, { sale: 'off' });
                assert.equal((await owner.submit(await owner.go(page(slug)), /sale$/, { sale: 'on' })).to, `${page(slug)}?done=offerless`);
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

        test('3.9 an unknown product or version is a 404; a viewer may read and change nothing', async () => {
                for (const rest of ['', '/texts', '/preview', '/publish', '/versions/1'])
                        assert.equal((await owner.go(page('no-such', rest))).status, 404, rest);
                const slug = fresh();
                assert.equal((await owner.go(page(slug, '/versions/77'))).status, 404);
                const token = formOf(await viewer.go('/admin/'), /logout$/).fields.csrf_token;
                const form = { csrf_token: token, seen: 'v1', sale: 'off', version: '1', current: '1', title: 'x' };
                for (const rest of ['/texts', '/preview', '/publish', '/discard', '/restores', '/sale'])
                        assert.equal((await viewer.go(page(slug, rest), { form })).status, 403, rest);
                assert.equal((await viewer.go(page(slug, '/texts'))).status, 403);
                for (const rest of ['/texts', '/publish', '/discard', '/restores', '/sale'])
                        assert.ok([404, 303].includes((await owner.go(page('no-such', rest),
                                { form: { ...form, csrf_token: formOf(await owner.go('/admin/'), /logout$/).fields.csrf_token } })).status), rest);
        });
});
