// Answers for customers, playbooks and training for staff: found, read, voted for, edited,
// published, loaded from files.  Articles of the test's own have words that no other has.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { begin } from './lib/purchase.mjs';
import { staffBrowser } from './lib/staff.mjs';

const mark = `${Date.now().toString(36)}${process.pid}`.replaceAll(/[0-9]/g, (digit) => 'qwrtpsdfgh'[digit]);
const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folders = [];
const page = (slug, rest = '') => `/admin/help/${slug}${rest}`;
const anybody = () => new Browser(here.url);
let count = 0;
const newSlug = () => `t-${mark}-${'abcdefghijklmnopqrstuvwxyz'[count++]}`;
const searches = (words) => here.rows(`SELECT asked, empty, clicked FROM help_searches WHERE words = ${quote(words)}`);
const audits = (slug) => here.rows(`SELECT x.action FROM audit x JOIN articles a ON a.id = x.object_id AND x.object = 'article'
        WHERE a.slug = ${quote(slug)} ORDER BY x.id`).map(({ action }) => action);
const versions = (slug) => here.rows(`SELECT v.version, v.title, v.published_at IS NOT NULL AS published, v.copy_of FROM article_versions v
        JOIN articles a ON a.id = v.article_id WHERE a.slug = ${quote(slug)} ORDER BY v.version`);

/** FILES by name below a folder, loaded as an operator does. */
function load(files) {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'help-'));
        folders.push(dir);
        for (const [name, text] of Object.entries(files)) {
                fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
                fs.writeFileSync(path.join(dir, name), text);
        }
        return here.ctl('help', 'load', dir);
}

const file = (changes = {}, body = 'Some text.\n') => `---\n${Object.entries({ title: 'A title', summary: 'A summary.', category: `Tests ${mark}`,
        position: '900', ...changes }).map(([name, value]) => `${name}: ${value}`).join('\n')}\n---\n\n${body}`;

describe('S1.9 the FAQ, and S1.10 playbooks and training', needs, () => {
        let owner, other, support, viewer, began;
        before(async () => {
                began = here.sql('SELECT app_now()');
                [owner, other, support, viewer] = await Promise.all(['owner', 'owner', 'support', 'viewer'].map((role) => staffBrowser(here, role)));
        });
        after(async () => {
                const mine = here.rows(`SELECT slug FROM articles WHERE slug LIKE 't-${mark}-%' AND retired_at IS NULL`);
                for (const { slug } of mine) {
                        const shown = await owner.go(page(slug));
                        if (shown.text.includes('/shown"')) await owner.submit(shown, /shown$/, { shown: 'off' });
                }
                here.sql(`DELETE FROM help_searches WHERE last_at >= ${quote(began)}`);
                for (const dir of folders) fs.rmSync(dir, { recursive: true });
        });

        /** An article through the form, as a draft. */
        const draft = async (who, slug, fields = {}, kind = 'faq') => who.submit(await who.go(`/admin/help/new?kind=${kind}`), /\/admin\/help$/, {
                slug, title: `Title ${slug}`, summary: 'What it says.', category: `Tests ${mark}`, position: '900', body: 'A text.', ...fields });
        const edit = async (who, slug, fields) => who.submit(await who.go(page(slug, '/texts')), /texts$/, fields);
        const publish = async (who, slug) => who.submit(await who.go(page(slug)), /publish$/);
        const published = async (fields = {}, kind = 'faq') => {
                const slug = newSlug();
                const made = await draft(owner, slug, fields, kind);
                assert.equal(made.status, 303, plain(made.text));
                assert.equal((await publish(owner, slug)).status, 303);
                return slug;
        };

        /* --- what customers read --- */

        test('S1.9 it is open to everyone, with a link on every page, and ships with at least 25 answers', async () => {
                const start = await anybody().go('/');
                assert.match(start.text, /<nav class="site-nav".*?href="\/help".*?<\/nav>/s);
                assert.match(start.text, /<footer.*?href="\/help".*?<\/footer>/s);
                const help = await anybody().go('/help');
                assert.equal(help.status, 200);
                assert.equal(heading(help.text), 'How can we help?');
                const slugs = [...help.text.matchAll(/href="\/help\/([a-z0-9-]+)"/g)].map(([, slug]) => slug).filter((slug) => !slug.startsWith('t-'));
                assert.ok(slugs.length >= 25, `${slugs.length} answers`);
                for (const category of ['When a payment fails', 'Ways to pay', 'Receipts and statements', 'Security'])
                        assert.equal(help.text.split(`<h2>${category}</h2>`).length, 2, category);
        });

        test('S1.9 every shipped answer, playbook and training can be read, and its links lead somewhere', async () => {
                const browser = anybody();
                const links = new Set();
                for (const kind of ['faq', 'playbook', 'training']) {
                        const names = fs.readdirSync(path.join(top, 'help', kind)).map((name) => name.replace(/\.md$/, ''));
                        assert.ok(names.length >= { faq: 25, playbook: 6, training: 6 }[kind], `${kind}: ${names.length}`);
                        for (const slug of names) {
                                const shown = kind === 'faq' ? await browser.go(`/help/${slug}`) : await viewer.go(page(slug));
                                assert.equal(shown.status, 200, slug);
                                assert.ok(plain(/<div class="prose">(.*?)<\/div>/s.exec(shown.text)[1]).length > 300, `${slug} is short`);
                                for (const [, link] of shown.text.matchAll(/href="(\/[^"#]*)/g)) links.add(link);
                                for (const [, anchor] of shown.text.matchAll(/href="#([^"]+)"/g))
                                        assert.equal(shown.text.split(`id="${anchor}"`).length, 2, `${slug}#${anchor}`);
                        }
                }
                for (const link of links) {
                        const status = (await (link.startsWith('/admin') ? viewer : browser).go(link.replaceAll('&amp;', '&'))).status;
                        assert.ok(status < 400, `${link}: ${status}`);
                }
                assert.equal((await browser.go('/help/no-such-answer')).status, 404);
                assert.equal((await browser.go('/help/playbook-soft')).status, 404, 'a playbook is for staff');
                assert.equal((await browser.go('/help/first-day')).status, 404, 'so is training');
        });

        test('S1.9 headings are anchors, listed on top, and other answers follow', async () => {
                const slug = await published({ body: '# What & how\n\nA.\n\n# Then\n\nB.\n\n# Then\n\nC.', related: 'card-declined' });
                const { text } = await anybody().go(`/help/${slug}`);
                for (const id of ['s-what-how', 's-then', 's-then-3'])
                        assert.ok(text.includes(`<h2 id="${id}">`) && text.includes(`<a href="#${id}">`), id);
                assert.ok(text.includes('What &amp; how</a>'));
                assert.match(plain(text), /Read next My card was declined/);
        });

        /* --- the search --- */

        test('S1.9 words are found by their stem, in the title first, and marked', async () => {
                const word = `zorb${mark}`;
                const inTitle = await published({ title: `About ${word}ing`, body: 'Nothing more.' });
                const inText = await published({ body: `R&D speaks of ${word}ed things, 3 < 4, and <more>.` });
                const { text, status } = await anybody().go(`/help?q=${word}s`);
                assert.equal(status, 200);
                const found = [...text.matchAll(/href="\/help\/(t-[a-z-]+)\?q=/g)].map(([, slug]) => slug);
                assert.deepEqual(found, [inTitle, inText]);
                assert.ok(text.includes(`R&amp;D speaks of <mark>${word}ed</mark> things, 3 &lt; 4`), text);
                assert.ok(!text.includes('<more>'));
        });

        test('S1.9 slips of the pen are put right', async () => {
                for (const [typed, slug, meant] of [['inssufficient fnds', 'insufficient-funds', 'insufficient funds'], ['refnud', 'refunds', 'refund'],
                        ['dobule chagre', 'double-charge', 'double charge'], ['recipt', 'receipts', 'receipt'], ['expierd crad', 'expired-card', 'expired card'],
                        ['instalmnet', 'instalment-plans', 'instalment']]) {
                        const { text } = await anybody().go(`/help?q=${encodeURIComponent(typed)}`);
                        assert.match(text, new RegExp(`href="/help/${slug}\\?q=`), typed);
                        assert.match(plain(text), new RegExp(`for “${meant}”`), typed);
                }
        });

        test('S1.9 whatever is typed is no error, and is shown harmlessly', async () => {
                const odd = ['a'.repeat(10000), 'card '.repeat(2000), '"', "'; DROP TABLE faq_articles; --", 'a & | ! ( ) :* <-> b', '%', '\\', '\t\n\r', '::', '-card', '"a',
                        '<script>alert(1)</script>', '{if x}', 'ä'.repeat(400), '\u{1F600}', 'or and not', 'card:*', '$1', '%00%'];
                for (const typed of odd) {
                        const { status, text } = await anybody().go(`/help?q=${encodeURIComponent(typed)}`);
                        assert.equal(status, 200, typed.slice(0, 30));
                        assert.ok(text.trimEnd().endsWith('</html>') && !text.includes('<script>alert'), typed.slice(0, 30));
                }
                const tooLong = await anybody().go(`/help?q=${'a'.repeat(60000)}`);
                assert.equal(tooLong.status, 414);
                assert.equal(heading(tooLong.text), 'That is too much at once');
                for (const raw of ['%ff%fe', '%00', '%07'])
                        assert.notEqual(heading((await anybody().go(`/help?q=${raw}`)).text), '', raw);
        });

        test('S1.9 a search is fast, with slips and of any length', () => {
                for (const typed of ['card declined', 'inssufficient fnds', 'where is my recipt', 'a'.repeat(9000)]) {
                        const plans = here.sql(`EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM help_search(${quote(typed)});`.repeat(8));
                        const times = [...plans.matchAll(/Execution Time: ([0-9.]+)/g)].map(([, ms]) => Number(ms));
                        // Some milliseconds; the bound is for a machine with much else to do.
                        assert.ok(times.length === 8 && Math.min(...times) < 40, `${typed.slice(0, 20)}: ${times.join(', ')} ms`);
                }
        });

        test('S1.9 what was found for nobody becomes the list of articles to write, without personal data', async () => {
                const odd = [...randomBytes(9)].map((byte) => 'bcdfghjklm'[byte % 10]).join('');
                const words = `x${odd} ${[...odd].reverse().join('')}x`;
                for (let i = 0; i < 3; i++)
                        await anybody().go(`/help?q=${encodeURIComponent(`${words.toUpperCase()} ann@example.org 4242424242424242 +49 170 1234567 https://x.example/a?b=c`)}`);
                await anybody().go(`/help?q=once${odd}`);
                const kept = here.rows(`SELECT words, asked, empty FROM help_searches WHERE words LIKE ${quote(`x${odd}%`)}`);
                assert.equal(kept.length, 1);
                assert.match(kept[0].words, new RegExp(`^${words}( 49)?$`));
                assert.deepEqual([kept[0].asked, kept[0].empty], [3, 3]);
                const list = await support.go('/admin/help/searches');
                assert.match(plain(list.text), new RegExp(`${kept[0].words} 3 3 3`));
                const often = [...list.text.matchAll(/<td class="num" data-label="In vain">(\d+)/g)].map(([, n]) => Number(n));
                assert.deepEqual(often, [...often].sort((a, b) => b - a), 'by frequency');
                assert.ok(often.length >= 2 && often[0] > often.at(-1), 'of several');
                const row = list.text.split('<tr>').find((part) => part.includes(kept[0].words));
                assert.ok(row.includes('/admin/help/new?kind=faq&amp;title='));
                const done = await support.go('/admin/help/searches', { form: { csrf_token: formOf(list, /searches$/).fields.csrf_token, words: kept[0].words } });
                assert.equal(done.status, 303);
                assert.ok(!(await support.go('/admin/help/searches')).text.includes(kept[0].words));
        });

        test('S1.9 a search that led to an answer is not on that list; one that led nowhere is', async () => {
                const word = `wexl${mark.slice(0, 8)}`;
                await published({ title: `All about ${word}` });
                const browser = anybody();
                const results = await browser.go(`/help?q=${word}`);
                assert.deepEqual(searches(word), [{ asked: 1, empty: 0, clicked: 0 }]);
                const open = () => here.sql(`SELECT count(*) FROM help_searches WHERE words = ${quote(word)} AND asked > clicked`);
                const listed = async () => (await support.go('/admin/help/searches')).text.includes(`>${word}<`);
                assert.deepEqual([open(), await listed()], ['1', true]);
                const link = /href="(\/help\/t-[^"]*\?q=[^"]*)"/.exec(results.text)[1];
                for (let i = 0; i < 3; i++) await browser.go(link.replaceAll('&amp;', '&'));
                assert.deepEqual(searches(word), [{ asked: 1, empty: 0, clicked: 1 }]);
                assert.deepEqual([open(), await listed()], ['0', false]);
        });

        test('S1.9 the searches are bounded, and forgotten after half a year', () => {
                here.sql(`BEGIN; INSERT INTO help_searches (words, asked, empty, clicked, last_at) SELECT 'flood${mark.slice(0, 8)} ' || translate(n::text, '0123456789', 'abcdefghij'), 1, 1, 0, app_now()
                        FROM generate_series(1, 6000) n; UPDATE help_searches SET last_at = app_now() - interval '200 days' WHERE words LIKE 'flood%a';
                        SELECT help_asked('after the flood', false); SELECT help_asked('after the flood', false);
                        DO $$ BEGIN IF (SELECT count(*) FROM help_searches) > 5800 OR EXISTS (SELECT FROM help_searches WHERE last_at < app_now() - interval '180 days')
                        THEN RAISE 'not bounded'; END IF; END $$; ROLLBACK;`);
        });

        /* --- did this help? --- */

        test('S1.9 one vote for each browser and version, fifty at once, and the last word counts', async () => {
                const slug = await published();
                const browser = anybody();
                const form = { ...formOf(await browser.go(`/help/${slug}`), /votes$/).fields, helpful: 'yes' };
                const votes = () => here.rows(`SELECT w.helpful, w.words FROM article_votes w JOIN articles a ON a.id = w.article_id WHERE a.slug = ${quote(slug)} ORDER BY w.id`);
                const all = await Promise.all(Array.from({ length: 50 }, () => browser.go(`/help/${slug}/votes`, { form })));
                assert.ok(all.every(({ status }) => status === 303 || status === 429), all.map(({ status }) => status).join(' '));
                assert.deepEqual(votes(), [{ helpful: true, words: '' }]);
                const thanks = await browser.go(`/help/${slug}?voted=yes`);
                assert.match(plain(thanks.text), /Thank you Good to know/);
                await browser.go(`/help/${slug}/votes`, { form: { ...form, helpful: 'no', words: 'Too <b>short</b>' } });
                assert.deepEqual(votes(), [{ helpful: false, words: 'Too <b>short</b>' }]);
                const second = anybody();
                await second.submit(await second.go(`/help/${slug}`), /votes$/, { helpful: 'yes' });
                assert.equal(votes().length, 2);
                const shown = await viewer.go(page(slug));
                assert.match(plain(shown.text), /Did not help .* Too <b>short<\/b>/);
                assert.ok(!shown.text.includes('<b>short'));
                assert.match(plain(shown.text), /yes, for 50 % of 2/);
                assert.equal((await anybody().go(`/help/${slug}/votes`, { form })).status, 403, 'without the form');
                assert.equal((await browser.go('/help/no-such-answer/votes', { form })).status, 404);
                assert.equal((await browser.go(`/help/${slug}/votes`, { form: { ...form, version: '99' } })).status, 404);
        });

        test('S1.9 a vote without an answer, or with a card number, is asked for again and keeps what was typed', async () => {
                const slug = await published();
                const browser = anybody();
                const first = await browser.go(`/help/${slug}`);
                const none = await browser.submit(first, /votes$/, { helpful: undefined, words: 'Hm, well' });
                assert.equal(none.status, 422);
                assert.match(plain(none.text), /Choose yes or no/);
                assert.ok(none.text.includes('Hm, well</textarea>'));
                const card = await browser.submit(first, /votes$/, { helpful: 'no', words: 'My card 4242 4242 4242 4242' });
                assert.equal(card.status, 422);
                assert.match(card.text, /id="words-error"/);
        });

        /* --- one's own case --- */

        /** An open order whose amount could not be collected, its customer's browser and its link. */
        async function failing(cls, code) {
                const made = await begin(here);
                const [session, link] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
                here.sql(`INSERT INTO cases (due_id, order_id, customer_id, currency, class, reason_code, opened_at, failed_at, next_step, next_at)
                                SELECT d.id, d.order_id, d.customer_id, d.currency, ${quote(cls)}, ${quote(code)}, app_now(), app_now(), 'retry', app_now() + interval '3 days'
                                FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)};
                        INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at)
                                SELECT token_hash(${quote(session)}), 'customer', customer_id, app_now(), app_now() + interval '1 hour' FROM orders WHERE number = ${quote(made.number)};
                        INSERT INTO sessions (token_hash, kind, customer_id, due_id, created_at, expires_at)
                                SELECT token_hash(${quote(link)}), 'pay_link', d.customer_id, d.id, app_now(), app_now() + interval '1 hour'
                                FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)};
                        UPDATE attempts SET status = 'cancelled' WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(made.number)});`);
                cases.push(made.number);
                const browser = anybody();
                browser.jar().set('lk_session', session);
                return { ...made, browser, link };
        }
        const cases = [];
        after(() => cases.forEach((number) => here.sql(`DELETE FROM promises WHERE case_id IN (SELECT c.id FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(number)});
                DELETE FROM cases WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(number)})`)));

        test('S1.9 the answer of one\'s own case stands on top: what, when next, and the button; never what would alarm', async () => {
                const made = await failing('never_again', 'stolen_card');
                for (const address of ['/help', '/help?q=receipt', '/help?q=zzqqxx', '/help/other-ways-to-pay']) {
                        const { text, status } = await made.browser.go(address);
                        assert.equal(status, 200, address);
                        assert.match(plain(text), /Your payment of 149\.00 EUR for .* This way to pay cannot be used for this payment\. Nothing was taken\. We try again by ourselves: /, address);
                        assert.ok(text.includes(`href="/payments/${made.number}/1"`), address);
                        assert.ok(!/stolen|lost card|fraud(?!.*never)/i.test(/<div class="notice warning own-case">.*?<\/div><\/div>/s.exec(text)[0]), address);
                        assert.ok(!text.includes('stolen_card'), address);
                }
                assert.ok((await made.browser.go('/help')).text.includes('href="/help/other-ways-to-pay">Which other ways'));
                assert.ok(!(await made.browser.go('/help/card-declined')).text.includes('own-case'), 'an answer to something else');
                assert.equal((await made.browser.go('/help/payment')).to, '/help/other-ways-to-pay');
                assert.match((await made.browser.go(`/payments/${made.number}/1`)).text, /href="\/help\/payment">Why this happens/);
        });

        test('S1.9 nobody else sees that case, and the link of the amount shows it without a login', async () => {
                const made = await failing('soft_funds', 'insufficient_funds');
                const another = await failing('fix_card', 'expired_card');
                assert.ok(!(await anybody().go('/help')).text.includes('own-case'));
                const theirs = (await another.browser.go('/help')).text;
                assert.equal(theirs.split('own-case').length, 2);
                assert.ok(theirs.includes('href="/help/expired-card">My card has expired') && !theirs.includes(made.number));
                const shown = await anybody().go(`/help/payment/${made.link}`);
                assert.equal(shown.status, 200);
                assert.match(shown.headers.get('cache-control'), /no-store/);
                assert.match(plain(shown.text), /Your payment of 149\.00 EUR/);
                assert.ok(shown.text.includes(`href="/pay/${made.link}"`) && shown.text.includes('href="/help/insufficient-funds"'));
                assert.ok((await anybody().go(`/pay/${made.link}`)).text.includes(`href="/help/payment/${made.link}">Why this happens`));
                for (const link of [randomBytes(32).toString('base64url'), made.browser.jar().get('lk_session')]) {
                        const none = await anybody().go(`/help/payment/${link}`);
                        assert.ok(none.status === 200 && !none.text.includes('own-case'));
                }
                assert.match((await anybody().go('/help/payment')).to, /\/login/);
                assert.ok(!here.logs().includes(made.link), 'the link stands in a log');
        });

        test('S1.9 a promise is told there, instead of the next attempt', async () => {
                const made = await failing('soft', 'generic_decline');
                here.sql(`INSERT INTO promises (due_id, case_id, customer_id, currency, promised_on, made_at) SELECT due_id, c.id, c.customer_id, c.currency, (app_now() + interval '2 days')::date, app_now()
                        FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(made.number)}`);
                const { text } = await made.browser.go('/help');
                assert.match(plain(text), /You told us that you pay on .*; until then we try nothing/);
                assert.ok(!plain(text).includes('We try again by ourselves'));
        });

        /* --- declines --- */

        test('S1.9 every class of decline has its answer and its playbook; what would alarm has none of its own', () => {
                const of = (kind, code, cls) => here.sql(`SELECT article_for('${kind}', ${code === null ? 'NULL' : quote(code)}, '${cls}')`);
                for (const [cls, slug] of Object.entries({ soft: 'card-declined', soft_funds: 'insufficient-funds', bank: 'bank-declined', fix_card: 'card-details',
                        on_session: 'confirm-with-your-bank', never_again: 'other-ways-to-pay' })) {
                        assert.equal(of('faq', null, cls), slug);
                        assert.equal(of('playbook', null, cls), `playbook-${cls.replace('_', '-')}`);
                }
                assert.equal(of('faq', 'expired_card', 'fix_card'), 'expired-card');
                for (const code of ['lost_card', 'stolen_card', 'pickup_card', 'fraudulent'])
                        assert.equal(of('faq', code, 'never_again'), 'other-ways-to-pay');
                assert.equal(of('faq', 'something_new', 'soft'), 'card-declined');
                assert.equal(of('faq', 'something_new', 'a_class_of_tomorrow'), 'card-declined');
        });

        test('S1.9 staff cannot tell customers what would alarm, nor name codes that are none', async () => {
                const slug = newSlug();
                const alarm = await draft(owner, slug, { answers: 'soft_test lost_card' });
                assert.equal(alarm.status, 422);
                assert.match(plain(alarm.text), /“lost_card” is what customers are never told/);
                assert.match(plain((await draft(owner, slug, { answers: 'Not/A/Code' })).text), /is no code/);
                assert.equal(here.sql(`SELECT count(*) FROM articles WHERE slug = ${quote(slug)}`), '0');
        });

        /* --- staff --- */

        test('S1.9 a draft is seen by nobody, a preview stores nothing, publishing shows it, retiring hides it', async () => {
                const slug = newSlug();
                const form = formOf(await owner.go('/admin/help/new?kind=faq'), /\/admin\/help$/).fields;
                const preview = await owner.go('/admin/help/preview', { form: { ...form, title: 'Only <i>typed</i>', body: '**bold** <script>alert(1)</script>' } });
                assert.ok(preview.text.includes('<strong>bold</strong>') && preview.text.includes('Only &lt;i&gt;') && !preview.text.includes('<script>alert'));
                assert.equal((await draft(owner, slug)).to, `${page(slug)}?done=added`);
                assert.equal((await anybody().go(`/help/${slug}`)).status, 404);
                assert.match(plain((await owner.go(page(slug))).text), /Not published yet/);
                assert.equal((await publish(owner, slug)).to, `${page(slug)}?done=published`);
                assert.equal(heading((await anybody().go(`/help/${slug}`)).text), `Title ${slug}`);
                await edit(owner, slug, { title: `Better ${slug}` });
                assert.equal(heading((await anybody().go(`/help/${slug}`)).text), `Title ${slug}`);
                await publish(owner, slug);
                assert.equal(heading((await anybody().go(`/help/${slug}`)).text), `Better ${slug}`);
                const old = await owner.go(page(slug, '/versions/1'));
                assert.equal((await owner.submit(old, /restores$/)).to, `${page(slug)}?done=restored`);
                assert.equal((await owner.submit(old, /restores$/)).to, `${page(slug)}?done=restored-same`);
                assert.deepEqual(versions(slug).map(({ version, title, copy_of: of }) => [version, title, of]),
                        [[1, `Title ${slug}`, null], [2, `Better ${slug}`, null], [3, `Title ${slug}`, 1]]);
                await owner.submit(await owner.go(page(slug)), /shown$/, { shown: 'off' });
                assert.equal((await anybody().go(`/help/${slug}`)).status, 404);
                assert.match((await owner.go('/admin/help?state=retired')).text, new RegExp(`href="${page(slug)}"`));
                await owner.submit(await owner.go(page(slug)), /shown$/, { shown: 'on' });
                assert.equal((await anybody().go(`/help/${slug}`)).status, 200);
                assert.deepEqual(audits(slug), ['article.added', 'article.published', 'article.drafted', 'article.published', 'article.restored',
                        'article.retired', 'article.shown']);
        });

        test('S1.9 the live preview renders what is typed, safely, for whoever may read', async () => {
                const shown = await support.go(page('card-declined', '/texts'));
                assert.match(shown.text, /<section class="live" data-preview="body"/);
                const { csrf_token: token } = formOf(shown, /texts$/).fields;
                const live = await support.go('/admin/markdown', { form: { csrf_token: token, text: '*x* <script>alert(1)</script>' } });
                assert.equal(live.status, 200);
                assert.ok(live.text.includes('<em>x</em>') && !live.text.includes('<script>'));
        });

        test('S1.9 two people: the second save shows both texts and loses nothing; forms sent twice are one', async () => {
                const slug = await published();
                const [mine, theirs] = [await owner.go(page(slug, '/texts')), await other.go(page(slug, '/texts'))];
                assert.equal((await other.submit(theirs, /texts$/, { body: 'Theirs.' })).status, 303);
                const conflict = await owner.submit(mine, /texts$/, { body: 'Mine.' });
                assert.equal(conflict.status, 409);
                assert.match(plain(conflict.text), /Somebody saved another text while you wrote/);
                assert.ok(conflict.text.includes('Mine.</textarea>') && conflict.text.includes('>Theirs.</pre>'));
                assert.equal((await owner.submit(conflict, /texts$/, { body: 'Both.' })).status, 303);
                const stale = await other.go(page(slug));
                await edit(owner, slug, { body: 'Newer.' });
                assert.equal((await other.submit(stale, /publish$/)).to, `${page(slug)}?done=changed`);
                const fields = formOf(await owner.go(page(slug)), /publish$/).fields;
                const all = await Promise.all(Array.from({ length: 50 }, () => owner.go(page(slug, '/publish'), { form: fields })));
                assert.ok(all.every(({ to }) => to === `${page(slug)}?done=published`), all.map(({ status, to }) => `${status} ${to}`).join('\n'));
                assert.equal(versions(slug).filter(({ published: yes }) => yes).length, 2);
                assert.equal((await owner.submit(await owner.go(page(slug, '/texts')), /texts$/)).to, `${page(slug)}?done=same`);
        });

        test('S1.9 roles: support and owner edit, everybody of the staff reads, nobody else comes in', async () => {
                const slug = await published();
                assert.equal((await edit(support, slug, { body: 'By support.' })).status, 303);
                const shown = await viewer.go(page(slug));
                assert.equal(shown.status, 200);
                assert.ok(!/\/texts"|publish"|shown"/.test(shown.text));
                for (const address of ['/admin/help/new?kind=faq', page(slug, '/texts')]) assert.equal((await viewer.go(address)).status, 403, address);
                const { csrf_token: token } = formOf(await viewer.go('/admin/account'), /./).fields;
                for (const address of ['/admin/help', '/admin/help/preview', '/admin/help/searches', ...['/texts', '/publish', '/discard', '/shown', '/restores'].map((rest) => page(slug, rest))])
                        assert.equal((await viewer.go(address, { form: { csrf_token: token, seen: 'x', words: 'x', shown: 'off', version: '1', current: '1' } })).status, 403, address);
                assert.match((await anybody().go(page(slug))).to, /\/admin\/login/);
                for (const address of ['no-such-article', 'no-such-article/texts', `${slug}/versions/99`]) assert.equal((await owner.go(page(address))).status, 404);
        });

        test('S1.9 names that are taken or pages of their own, and what is missing, are said at the field', async () => {
                const slug = await published();
                for (const [changes, message] of [[{ slug }, /There is an article by that name/], [{ slug: 'requests' }, /a page of its own/], [{ slug: 'Not A Name' }, /Use lower-case letters/],
                        [{ title: '' }, /Enter a title/], [{ body: '' }, /Write the text/], [{ position: 'x' }, /as a whole number/], [{ related: 'No/Name' }, /is no name of an answer/]]) {
                        const refused = await draft(owner, newSlug(), { body: 'Kept text', ...changes });
                        assert.equal(refused.status, 422, JSON.stringify(changes));
                        assert.match(plain(refused.text), message);
                        if (changes.body === undefined) assert.ok(refused.text.includes('Kept text</textarea>'));
                        count--;
                }
        });

        test('S1.9 Markdown with scripts and raw HTML reaches no page', async () => {
                const evil = 'Hi <script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) <a href="javascript:alert(4)">y</a>\n\n# <b onclick=alert(5)>H</b>\n\n<iframe src="//evil"></iframe>';
                const slug = await published({ title: '<i>T</i>', summary: '<u>S</u>', category: `<s>C</s> ${mark}`, body: evil, keywords: 'vrontz<b>' });
                for (const text of [(await anybody().go(`/help/${slug}`)).text, (await anybody().go('/help')).text, (await anybody().go('/help?q=vrontz')).text,
                        (await owner.go(page(slug))).text, (await owner.go(page(slug, '/versions/1'))).text, (await owner.go(page(slug, '/texts'))).text, (await owner.go('/admin/help')).text])
                        assert.ok(!/<script>alert|<img src=x|href="javascript:|<b onclick|<iframe|<i>T|<u>S|<s>C/.test(text));
        });

        test('S1.9 the list is filtered by what stands in its address', async () => {
                const slug = await published();
                const rows = (text) => [...text.matchAll(/<th scope="row"[^>]*><div><a href="\/admin\/help\/([a-z0-9-]+)"/g)].map(([, found]) => found);
                assert.ok(rows((await viewer.go(`/admin/help?kind=faq&category=${encodeURIComponent(`Tests ${mark}`)}`)).text).includes(slug));
                const books = rows((await viewer.go('/admin/help?kind=playbook')).text);
                assert.ok(books.includes('playbook-bank') && !books.includes('card-declined'));
                assert.equal((await viewer.go('/admin/help?kind=other')).status, 400);
                await edit(owner, slug, { body: 'A draft.' });
                assert.ok(rows((await viewer.go('/admin/help?state=draft')).text).includes(slug));
        });

        /* --- training and playbooks --- */

        test('S1.10 who has read which version of a training: noted once, asked anew after a change', async () => {
                const slug = await published({ body: 'Learn this.' }, 'training');
                const reads = () => here.sql(`SELECT count(*) FROM article_reads r JOIN articles a ON a.id = r.article_id WHERE a.slug = ${quote(slug)}`);
                const form = formOf(await viewer.go(page(slug)), /reads$/).fields;
                const all = await Promise.all(Array.from({ length: 50 }, () => viewer.go(page(slug, '/reads'), { form })));
                assert.ok(all.every(({ status }) => status === 303));
                assert.equal(reads(), '1');
                assert.match(plain((await viewer.go(page(slug))).text), /You read version 1/);
                assert.match(plain((await owner.go(page(slug))).text), new RegExp(`${viewer.name} Viewer Read`));
                assert.match(plain((await owner.go('/admin/help?kind=training')).text), new RegExp(`Title ${slug} .*?1 of \\d+ read it`));
                await edit(owner, slug, { body: 'Learn that.' });
                await publish(owner, slug);
                assert.match(plain((await owner.go(page(slug))).text), new RegExp(`${viewer.name} Viewer Version 1 only`));
                assert.ok((await viewer.go(page(slug))).text.includes('I have read this'));
                assert.equal(audits(slug).filter((action) => action === 'article.read').length, 1);
        });

        test('S1.10 from a class of decline to its playbook', async () => {
                for (const [query, slug] of [['class=soft_funds', 'playbook-soft-funds'], ['class=fix_card&code=expired_card', 'playbook-fix-card'],
                        ['class=never_again&code=stolen_card', 'playbook-never-again'], ['class=a_new_one', 'playbook-soft']])
                        assert.equal((await viewer.go(`/admin/help/playbook?${query}`)).to, page(slug));
                assert.match((await anybody().go('/admin/help/playbook?class=soft')).to, /\/admin\/login/);
        });

        test('S1.10 a playbook has what to note down', async () => {
                const slug = await published({ fields: 'Reached: yes / no\nIn their words', answers: `test_${mark}` }, 'playbook');
                assert.match(plain((await viewer.go(page(slug))).text), /Note down Reached yes \/ no In their words/);
                assert.equal(here.sql(`SELECT article_for('playbook', 'test_${mark}', 'soft')`), slug);
        });

        /* --- from files --- */

        test('S1.9 files are loaded once, a changed one is a new version, and what staff edited stays', async () => {
                const [slug, mine] = [newSlug(), newSlug()];
                const results = (said) => Object.fromEntries(said.items.map(({ name, result }) => [name, result]));
                const files = { [`faq/${slug}.md`]: file({ title: 'First' }), [`faq/${mine}.md`]: file({ title: 'Ours' }) };
                assert.deepEqual(results(load(files)), { [slug]: 'added', [mine]: 'added' });
                assert.deepEqual(results(load(files)), { [slug]: 'unchanged', [mine]: 'unchanged' });
                await edit(owner, mine, { title: 'Edited by staff' });
                const changed = { [`faq/${slug}.md`]: file({ title: 'Second' }), [`faq/${mine}.md`]: file({ title: 'Overwritten' }) };
                assert.deepEqual(results(load(changed)), { [slug]: 'updated', [mine]: 'kept as staff left it' });
                await publish(owner, mine);
                assert.equal(results(load(changed))[mine], 'kept as staff left it');
                assert.equal(heading((await anybody().go(`/help/${slug}`)).text), 'Second');
                assert.equal(heading((await anybody().go(`/help/${mine}`)).text), 'Edited by staff');
                await owner.submit(await owner.go(page(slug)), /shown$/, { shown: 'off' });
                assert.equal(results(load({ [`faq/${slug}.md`]: file({ title: 'Third' }) }))[slug], 'kept as staff left it');
        });

        test('S1.9 files that are wrong are refused whole, with the place', () => {
                for (const [files, message] of [[{ 'faq/a.md': 'no head' }, /a\.md:1: must begin with a head/], [{ 'faq/a.md': file({ colour: 'red' }) }, /there is no colour here/],
                        [{ 'faq/a.md': file({ title: 'x'.repeat(121) }) }, /the title has more than 120/], [{ 'faq/Not a name.md': file() }, /must be named like/],
                        [{ 'faq/a.md': file({ position: '-1' }) }, /is no place/], [{ 'other/a.md': file() }, /has no articles/]]) {
                        const said = load(files);
                        assert.equal(said.status, 2, JSON.stringify(said));
                        assert.match(JSON.stringify(said), message);
                }
        });
});
