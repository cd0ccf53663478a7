// Staff and a customer: found with slips, one timeline, another address, an end, their eyes.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, buy, openLink } from './lib/purchase.mjs';
import { newStaff, tokenOf } from './lib/staff.mjs';

const idOf = (email) => Number(here.sql(`SELECT id FROM customers WHERE email = ${quote(email)}`));
const found = (page) => [...page.text.matchAll(/<th scope="row"><div><a href="\/admin\/customers\/(\d+)"/g)].map((m) => Number(m[1]));
const search = async (who, typed) => {
        const page = await who.browser.go(`/admin/customers?q=${encodeURIComponent(typed)}`);
        assert.equal(page.status, 200, typed);
        return found(page);
};
const slip = (text, at = 3) => text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);

describe('customers', needs, () => {
        let owner, support, viewer, order, id, page;

        before(async () => {
                [owner, support, viewer] = [await newStaff(here, 'owner', 'Olga Owner'), await newStaff(here, 'support', 'Sven Support'),
                        await newStaff(here, 'viewer', 'Vera Viewer')];
                order = await buy(here, { name: 'Zdeňka Ångström-Quill', email: address('zdenka') });
                id = idOf(order.email);
                page = `/admin/customers/${id}`;
                await becomes(here, `SELECT EXISTS (SELECT FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(order.number)})`);
                await mailTo(here, order.email, /You have access/);
        });

        test('P8: found by name, address, order, amount, card and receipt, with slips and without accents', async () => {
                const receipt = here.sql(`SELECT r.number FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(order.number)}`);
                for (const typed of ['zdenka angstrom', 'Ångström', 'ZDEŇKA', 'zdnka angstrom', 'angstrm', 'quill', order.email, order.email.toUpperCase(),
                        slip(order.email), order.email.slice(0, 12), order.number, order.number.toLowerCase(), slip(order.number), receipt,
                        `angstrom ${order.number}`, 'zdenka 149.00', 'zdenka 149,00 EUR', 'angstrom 4242'])
                        assert.ok((await search(support, typed)).includes(id), typed);
                assert.equal((await search(support, order.email))[0], id, 'a whole address comes first');
                assert.deepEqual(await search(support, order.number), [id]);
                assert.deepEqual(await search(support, `${order.number} nobodyatall`), [], 'every word must fit');
                assert.match(plain((await support.browser.go(`/admin/customers?q=${receipt}`)).text), new RegExp(`A receipt of order ${order.number}`));
        });

        test('P8: odd searches: quotes, %, _, one letter, 10 KB, other scripts, controls', async () => {
                for (const typed of ["'", "O'Brien", '"', '%', '%%', '_', '__', '\\', "'; DROP TABLE orders; --", '..', '-', '()', '森', 'Ωμέγα', '🔑🔑', 'ｅｘａｍｐｌｅ',
                        '1e309', '99999999999999999999', '0.000', 'a b c d e f g h i j', 'x'.repeat(119)]) {
                        const answer = await support.browser.go(`/admin/customers?q=${encodeURIComponent(typed)}`);
                        assert.equal(answer.status, 200, typed);
                        assert.doesNotMatch(answer.text, /<script>/);
                }
                assert.equal((await search(support, '%')).length, 0, '% is no wildcard');
                assert.equal((await search(support, '__')).length, 0, '_ is none either');
                assert.match(plain((await support.browser.go('/admin/customers?q=a')).text), /Type a little more/);
                assert.ok([400, 414].includes((await support.browser.go(`/admin/customers?q=${'a'.repeat(10240)}`)).status));
                assert.equal((await support.browser.go('/admin/customers?q=%00')).status, 400);
                assert.equal((await support.browser.go('/admin/customers?after=x')).status, 400);
        });

        test('P8: every customer stands in the list once, newest first', async () => {
                const wanted = here.rows('SELECT id FROM customers WHERE merged_into IS NULL ORDER BY created_at DESC, id DESC').map((row) => row.id);
                const all = [];
                for (let next = '/admin/customers'; next;) {
                        const answer = await viewer.browser.go(next);
                        all.push(...found(answer));
                        next = /rel="next" href="([^"]+)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&');
                }
                assert.deepEqual(all.filter((one) => wanted.includes(one)), wanted);
                assert.equal(new Set(all).size, all.length);
        });

        test('P8: the page has who, orders, access and one timeline; mails as they were sent', async () => {
                const answer = await viewer.browser.go(page);
                const text = plain(answer.text);
                for (const part of ['Zdeňka Ångström-Quill', order.email, 'Germany', order.number, 'Light & Lens', 'Order begun, 149.00 EUR', 'Paid 149.00 EUR with Visa ending in 4242',
                        'Access to Light & Lens was granted', 'was issued', 'Agreed to the terms of sale'])
                        assert.ok(text.includes(part), part);
                assert.doesNotMatch(text, /access_open|payment_intent|\d{4}-\d\d-\d\dT/);
                const [mail] = /\/admin\/orders\/[0-9A-Z]{10}\/mails\/\d+/.exec(answer.text);
                assert.match((await viewer.browser.go(mail)).text, /<iframe/);
                assert.match((await viewer.browser.go(`/admin/orders/${order.number}`)).text, new RegExp(`href="${page}"`));
                assert.match((await viewer.browser.go(`/admin/orders?q=${order.number}`)).text, new RegExp(`href="${page}"`));
        });

        test('P8: the timeline loses no line between its pages, however many came at once', async () => {
                const person = Number(here.sql(`INSERT INTO customers (email, email_fold, name, created_at) VALUES (${quote(order.email)} || 'x', ${quote(order.email)} || 'x', 'Long Past', app_now()) RETURNING id`));
                here.sql(`SELECT evidence_add(${person}, NULL, 'logged_in', '{"by": "link"}', 'row-' || n || '.') FROM generate_series(1, 130) n`);
                const rows = [];
                let pages = 0;
                for (let next = `/admin/customers/${person}`; next; pages++) {
                        const answer = await viewer.browser.go(next);
                        assert.equal(answer.status, 200);
                        rows.push(...[...answer.text.matchAll(/row-(\d+)\./g)].map((m) => Number(m[1])));
                        next = /rel="next" href="([^"]+)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&');
                }
                assert.equal(pages, 3);
                assert.deepEqual(rows, Array.from({ length: 130 }, (_, i) => 130 - i));
        });

        test('P8: a note is kept once, with its name, and never changes', async () => {
                const shown = await support.browser.go(page);
                const twice = await Promise.all([1, 2].map(() => support.browser.submit(shown, /notes$/, { body: 'Called.\n<b>Likes trains</b>' })));
                assert.deepEqual(twice.map((answer) => answer.status), [303, 303]);
                assert.equal(here.sql(`SELECT count(*) FROM notes WHERE customer_id = ${id}`), '1');
                const text = (await viewer.browser.go(page)).text;
                assert.match(text, /Sven Support noted/);
                assert.match(text, /&lt;b&gt;Likes trains/);
                for (const change of ['UPDATE notes SET body = body', 'DELETE FROM notes', 'TRUNCATE notes'])
                        assert.throws(() => here.sql(change), /append-only/, change);
                const card = await support.browser.submit(shown, /notes$/, { body: 'card 4242 4242 4242 4242' });
                assert.equal(card.status, 422);
                assert.match(card.text, /leave card numbers out/);
                assert.equal((await support.browser.submit(shown, /notes$/, { body: '  ' })).status, 422);
                const late = await support.browser.submit(shown, /notes$/, { body: 'x', nonce: 'no token' });
                assert.equal(late.status, 422);
        });

        test('P8, rule 21: the portal with their eyes: a banner, nothing changes, the end leads back', async () => {
                const before = here.sql(`SELECT row(a.*)::text FROM access a WHERE person_id = ${id}`);
                const look = await support.send(page, `${page}/views`);
                assert.equal(look.status, 303);
                assert.equal(look.to, `${here.url}/programs`);
                const eyes = support.browser;
                const programs = await eyes.go('/programs');
                assert.match(plain(programs.text), /You see this as Zdeňka Ångström-Quill\. Nothing can be changed\./);
                assert.doesNotMatch(programs.text, /action="\/logout"/);
                const course = await eyes.go('/programs/light-and-lens');
                assert.equal(course.status, 200);
                const lesson = /href="(\/programs\/light-and-lens\/[a-z0-9-]+)"/.exec(course.text)[1];
                const item = await eyes.go(lesson);
                assert.equal(item.status, 200);
                assert.match((await eyes.go('/orders')).text, new RegExp(order.number));
                const token = /name="csrf_token" value="([^"]+)"/.exec(programs.text)[1];
                for (const post of [`${lesson}/done`, lesson, '/set-password', '/logout', '/login', '/login/link', '/products/light-and-lens/offers/standard/orders', '/orders']) {
                        const answer = await eyes.go(post, { form: { csrf_token: token, email: order.email, password: 'x', done: '1' } });
                        assert.ok([403, 404, 405].includes(answer.status), `${post}: ${answer.status}`);
                }
                const refused = await eyes.go('/login/link', { form: { csrf_token: token, email: order.email } });
                assert.equal(refused.status, 403);
                assert.equal(heading(refused.text), 'Nothing was changed');
                assert.equal(here.sql(`SELECT row(a.*)::text FROM access a WHERE person_id = ${id}`), before, 'no first open');
                assert.equal(here.sql(`SELECT count(*) FROM progress WHERE person_id = ${id}`), '0');
                assert.equal(here.sql(`SELECT count(*) FROM evidence WHERE customer_id = ${id} AND kind IN ('opened', 'downloaded', 'logged_in')`), '0');
                const over = await eyes.submit(await eyes.go('/programs'), /view-end/);
                assert.equal(over.to, `${here.adminUrl}/customers/${id}`);
                assert.equal((await eyes.go('/programs')).status, 303, 'the eyes are shut');
                assert.match((await viewer.browser.go(page)).text, /Sven Support looked with the customer(&#39;|')s eyes/);
        });

        test('S0.6, S2.12: the address is corrected: old logins and links die, both are told, the new link opens', async () => {
                const sold = await buy(here, { email: address('typo'), name: 'Tess Typo' });
                const old = await mailTo(here, sold.email, /You have access/);
                const person = idOf(sold.email);
                const where = `/admin/customers/${person}`;
                const asked = await sold.browser.go('/login');
                await sold.browser.go('/login/link', { form: { csrf_token: formOf(asked, /login$/).fields.csrf_token, email: sold.email } });
                const link = (await mailTo(here, sold.email, /link to log in/)).link;
                const customer = await openLink(here, link);
                assert.equal((await customer.go('/programs')).status, 200);
                const right = address('right');

                const shown = await support.browser.go(where);
                const bad = await support.browser.submit(shown, /addresses$/, { email: 'not an address', reason: '' });
                assert.equal(bad.status, 422);
                assert.match(bad.text, /value="not an address"/);
                assert.match(plain(bad.text), /Enter an email address in the form.*Say how you know/);
                const taken = await support.browser.submit(shown, /addresses$/, { email: order.email.toUpperCase(), reason: 'by phone' });
                assert.equal(taken.status, 422);
                assert.match(plain(taken.text), /Another customer has this address/);
                assert.match(taken.text, /value="by phone"/);

                // Two at once: one corrects, the other is told.
                const other = address('other');
                const seen = await owner.browser.go(where);
                const both = await Promise.all([support.browser.submit(shown, /addresses$/, { email: right, reason: 'by phone' }),
                        owner.browser.submit(seen, /addresses$/, { email: other, reason: 'by mail' })]);
                assert.deepEqual(both.map((answer) => answer.status).sort(), [303, 422]);
                assert.match(plain(both.find((answer) => answer.status === 422).text), /Somebody has just changed the address/);
                const now = here.sql(`SELECT email FROM customers WHERE id = ${person}`);
                assert.ok([right, other].includes(now));
                assert.equal(here.sql(`SELECT email_verified_at IS NULL FROM customers WHERE id = ${person}`), 't');

                assert.equal((await customer.go('/programs')).status, 303, 'the session is over');
                assert.match(heading((await customer.go(old.link)).text), /used|over|expired|do not know/i);
                const told = await mailTo(here, sold.email, /address was corrected/);
                assert.equal(told.link, null, 'the old address gets no link');
                const fresh = await mailTo(here, now, /address was corrected/);
                const again = await openLink(here, fresh.link);
                assert.equal((await again.go('/programs')).status, 200);
                assert.equal(here.sql(`SELECT email_verified_at IS NOT NULL FROM customers WHERE id = ${person}`), 't');
                await support.send(`/admin/orders/${sold.number}`, `/admin/orders/${sold.number}/resends`);
                await mailTo(here, now, /You have access/);
                assert.equal(mailsTo(here, sold.email).filter((mail) => /You have access/.test(mail.subject)).length, 1);
                assert.ok((await search(support, now)).includes(person), 'found by the new address');
                assert.deepEqual(here.rows(`SELECT facts FROM audit WHERE object = 'customer' AND object_id = ${person} AND action = 'customer.address'`).length, 1);
                assert.equal(here.ctl('check', 'access').status, 0);
        });

        test('P8: access ends with a reason that the customer reads, once; it can be opened again', async () => {
                const sold = await buy(here, { email: address('ended'), name: 'Eve Ended' });
                const person = idOf(sold.email);
                const where = `/admin/customers/${person}`;
                const right = here.sql(`SELECT id FROM access WHERE person_id = ${person}`);
                const shown = await support.browser.go(where);
                const bad = await support.browser.submit(shown, /rights\/\d+\/ends$/, { why: '' });
                assert.equal(bad.status, 422);
                assert.match(plain(bad.text), /Say why: the customer reads it/);
                const twice = await Promise.all([1, 2].map(() => support.browser.submit(shown, /rights\/\d+\/ends$/, { why: 'Shared with others' })));
                assert.deepEqual(twice.map((answer) => /done=([a-z-]+)/.exec(answer.to)[1]).sort(), ['ended', 'ended-has']);
                assert.equal(here.sql(`SELECT status || ' ' || end_reason || ' ' || end_note FROM access WHERE id = ${right}`), 'ended staff Shared with others');
                const mail = await mailTo(here, sold.email, /access has ended: Light & Lens/);
                assert.match(mail.text, /Shared with others/);
                assert.match(mail.html, /Shared with others/);
                const later = plain((await support.browser.go(where)).text);
                assert.match(later, /Access to Light & Lens is now: Ended/);
                assert.match(later, /Sven Support ended the access/);
                assert.match(later, /Your access has ended/);
                assert.equal(here.ctl('check', 'access').status, 0);
                await support.send(where, `/admin/orders/${sold.number}/regrants`);
                assert.equal(here.sql(`SELECT status FROM access WHERE id = ${right}`), 'full');
        });

        test('rule 11: foreign and unknown customers, rights and mails are the same 404', async () => {
                const right = here.sql(`SELECT id FROM access WHERE person_id <> ${id} LIMIT 1`);
                const mail = here.sql(`SELECT id FROM messages WHERE customer_id <> ${id} LIMIT 1`);
                for (const path of ['/admin/customers/999999999', '/admin/customers/0', '/admin/customers/x', `${page}/mails/${mail}`, `${page}/mails/999999999`])
                        assert.equal((await support.browser.go(path)).status, 404, path);
                const token = await tokenOf(support.browser);
                for (const [path, form] of [[`${page}/rights/${right}/ends`, { why: 'x' }], [`${page}/rights/999999999/ends`, { why: 'x' }],
                        ['/admin/customers/999999999/notes', { body: 'x', nonce: 'A'.repeat(43) }], ['/admin/customers/999999999/views', {}],
                        ['/admin/customers/999999999/addresses', { email: address(), reason: 'x', was: '' }]])
                        assert.equal((await support.browser.go(path, { form: { csrf_token: token, ...form } })).status, 404, path);
        });

        test('a viewer may send none of the forms: refused by the page and by the database', async () => {
                const shown = (await viewer.browser.go(page)).text;
                assert.doesNotMatch(shown, /action="\/admin\/customers/);
                const token = await tokenOf(viewer.browser);
                const right = here.sql(`SELECT id FROM access WHERE person_id = ${id}`);
                for (const [path, form] of [['notes', { body: 'x', nonce: 'A'.repeat(43) }], ['addresses', { email: address(), reason: 'x', was: order.email }],
                        [`rights/${right}/ends`, { why: 'x' }], ['views', {}]])
                        assert.equal((await viewer.browser.go(`${page}/${path}`, { form: { csrf_token: token, ...form } })).status, 403, path);
                const cookie = viewer.browser.jar().get('lk_staff');
                for (const call of [`customer_note(${id}, 'n', 'x')`, `customer_correct(${id}, ${quote(order.email)}, 'y@example.org', 'y@example.org', 'x')`,
                        `customer_revoke(${id}, ${right}, 'x')`, `customer_view(${id}, sha256('x'))`])
                        assert.throws(() => here.sql(`BEGIN; SELECT set_config('latchkey.token', ${quote(cookie)}, true); SET LOCAL ROLE lk_admin; SELECT ${call}`),
                                /this role may not/, call);
                assert.equal(here.sql("BEGIN; SET LOCAL ROLE lk_admin; SELECT count(*) FROM customer_search('zdenka', 5)"), '0', 'nobody finds anything without a session');
        });

        test('a role taken away in the middle of a session counts at the next request', async () => {
                const leaver = await newStaff(here, 'support');
                const shown = await leaver.browser.go(page);
                here.sql(`UPDATE staff SET role = 'viewer' WHERE id = ${leaver.id}`);
                assert.equal((await leaver.browser.submit(shown, /notes$/, { body: 'x' })).status, 403);
                here.sql(`UPDATE staff SET disabled_at = app_now() WHERE id = ${leaver.id}`);
                assert.equal((await leaver.browser.go(page)).status, 303);
        });
});
