// The program page: lessons, films, downloads, keys, progress, the line of the purchase (S0.10).

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { same, startPeer } from '../bench/lib/peer.mjs';
import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { becomes, buy, course, openLink, software } from './lib/purchase.mjs';
import { top, until } from './lib/sandbox.mjs';
import { control } from './lib/stripe.mjs';

const shelf = path.join(top, 'demo/northlight');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const program = `/programs/${course}`;
const itemsOf = (page) => [...page.text.matchAll(/<li[^>]*><a href="(\/programs\/[^"]+)">(.*?)<\/a>/gs)].map(([, url, title]) => ({ url: url.replaceAll('&amp;', '&'), title: plain(title) }));

describe('a program', needs, () => {
        let bought, owner, stranger;
        before(async () => {
                bought = await buy(here);
                owner = await openLink(here, (await mailTo(here, bought.email, /You have access/)).link);
                const other = await buy(here, { product: software });
                stranger = await openLink(here, (await mailTo(here, other.email, /You have access/)).link);
        });

        test('the line: paid, access open, first opened, with times; the first opening is recorded once (S0.7, S0.10)', async () => {
                const opened = () => here.rows(`SELECT o.first_open_at, a.first_open_at AS access, c.first_open_at AS person,
                        (SELECT count(*) FROM evidence e WHERE e.order_id = o.id AND e.kind = 'opened') AS noted
                        FROM orders o JOIN access a ON a.order_id = o.id JOIN customers c ON c.id = o.customer_id WHERE o.number = ${quote(bought.number)}`)[0];
                assert.deepEqual(Object.values(opened()), [null, null, null, 0]);
                const page = await owner.go(program);
                assert.equal(page.status, 200);
                assert.match(plain(page.text), /Paid Today at \d\d:\d\d Access open Today at \d\d:\d\d First opened Today at \d\d:\d\d/);
                const first = opened();
                assert.ok(first.first_open_at && first.access && first.person);
                assert.equal(first.noted, 1);
                await owner.go(program);
                await owner.go(itemsOf(page)[0].url);
                assert.deepEqual(opened(), first);
                assert.match(plain((await owner.go(`/orders/${bought.number}`)).text), /Access open Today at \d\d:\d\d ?,? [\d.]+ s later First opened Today at/);
        });

        test('HEAD and a browser that may not see it record no opening', async () => {
                const unopened = await buy(here);
                const reader = await openLink(here, (await mailTo(here, unopened.email, /You have access/)).link);
                await reader.go('/programs');
                await stranger.go(program);
                assert.equal(here.sql(`SELECT first_open_at IS NULL FROM orders WHERE number = ${quote(unopened.number)}`), 't');
                await reader.go(program);
                assert.equal(here.sql(`SELECT first_open_at IS NULL FROM orders WHERE number = ${quote(unopened.number)}`), 'f');
        });

        test('lists its contents, and every one of them opens', async () => {
                const items = itemsOf(await owner.go(program));
                assert.equal(items.length, 12);
                for (const { url, title } of items) {
                        const page = await owner.go(url);
                        assert.deepEqual([page.status, heading(page.text)], [200, title], url);
                }
        });

        test('a lesson is Markdown made into HTML, without raw markup', async () => {
                const page = await owner.go(`${program}/hard-and-soft`);
                const prose = /<div class="prose">(.*?)<\/div>/s.exec(page.text)[1];
                assert.match(prose, /<p>/);
                assert.doesNotMatch(prose, /<script|onerror|\*\*|^#/m);
        });

        test('a film plays with its captions: types, ranges, through nginx (safety rule 18)', async () => {
                const page = await owner.go(`${program}/the-edge-of-a-shadow`);
                const [, source, type] = /<source src="([^"]+)" type="([^"]+)"/.exec(page.text);
                const track = /<track kind="captions" src="([^"]+)" srclang="en"/.exec(page.text)[1];
                assert.equal(type, 'video/mp4');
                const film = fs.readFileSync(path.join(shelf, course, 'files/the-edge-of-a-shadow.mp4'));
                const whole = await owner.go(source);
                assert.deepEqual([whole.status, whole.headers.get('content-type')], [200, 'video/mp4']);
                assert.equal(sha256(whole.body), sha256(film));
                assert.equal(whole.headers.get('accept-ranges'), 'bytes');
                assert.equal(whole.headers.get('content-disposition'), null);
                assert.equal(whole.headers.get('x-accel-redirect'), null);
                const part = await owner.go(source, { headers: { range: 'bytes=100-199' } });
                assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 100-199/${film.length}`]);
                assert.deepEqual(part.body, film.subarray(100, 200));
                assert.equal((await owner.go(source, { headers: { range: `bytes=${film.length + 5}-` } })).status, 416);
                const captions = await owner.go(track);
                assert.match(captions.headers.get('content-type'), /^text\/vtt/);
                assert.match(captions.text, /^WEBVTT/);
                assert.match((await owner.go(`${program}/a-first-look`)).text, /type="video\/webm"/);
        });

        test('a download has its name and is noted as evidence once an hour', async () => {
                const page = await owner.go(`${program}/workbook`);
                const url = /href="([^"]+\/file[^"]*)"/.exec(page.text)[1];
                const bytes = fs.readFileSync(path.join(shelf, course, 'files/light-and-lens-workbook.pdf'));
                for (let i = 0; i < 2; i++) {
                        const file = await owner.go(url);
                        assert.equal(file.status, 200);
                        assert.equal(sha256(file.body), sha256(bytes));
                        assert.equal(file.headers.get('content-type'), 'application/pdf');
                        assert.equal(file.headers.get('content-disposition'),
                                'attachment; filename="light-and-lens-workbook.pdf"; filename*=UTF-8\'\'light-and-lens-workbook.pdf');
                        assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
                        assert.match(file.headers.get('cache-control') ?? '', /private|no-store|no-cache/);
                }
                assert.equal(here.sql(`SELECT count(*) FROM evidence e JOIN orders o ON o.id = e.order_id WHERE o.number = ${quote(bought.number)} AND e.kind = 'downloaded'`), '1');
        });

        test('nobody else gets any of it: logged out to the login, logged in 404 (safety rules 9 and 11)', async () => {
                const paths = ['', '/hard-and-soft', '/workbook', '/workbook/file', '/the-edge-of-a-shadow/file', '/the-edge-of-a-shadow/captions'];
                for (const part of paths) {
                        const away = await new Browser(here.url).go(program + part);
                        assert.deepEqual([away.status, away.to], [303, `/login?next=${encodeURIComponent(program + part)}`]);
                        const foreign = await stranger.go(program + part);
                        assert.equal(foreign.status, 404, part);
                        const absent = await stranger.go(`/programs/no-such-thing${part}`);
                        const bare = (page) => page.text.replace(/<code>.*?<\/code>/g, '').replace(/value="[^"]*"/g, '');
                        assert.equal(bare(foreign), bare(absent), part);
                }
                assert.equal((await owner.go(`${program}/no-such-lesson`)).status, 404);
                assert.equal((await owner.go(`${program}/no-such-lesson/file`)).status, 404);
                assert.equal((await owner.go(`${program}/hard-and-soft/file`)).status, 404, 'a lesson has no file');
        });

        test('progress: marked, counted, taken back', async () => {
                const url = `${program}/direction`;
                const page = await owner.go(url);
                assert.match(plain(page.text), /0 of 12 done/);
                const done = await owner.submit(page, /\/progress$/);
                assert.deepEqual([done.status, done.to], [303, url]);
                const marked = await owner.go(url);
                assert.match(plain(marked.text), /1 of 12 done/);
                assert.match(plain((await owner.go(program)).text), /1 of 12 done/);
                assert.match(plain((await owner.go('/programs')).text), /1 of 12 done/);
                assert.equal(formOf(marked, /\/progress$/).fields.done, undefined);
                await owner.submit(marked, /\/progress$/);
                assert.match(plain((await owner.go(url)).text), /0 of 12 done/);
        });

        test('progress of another\'s lesson, or without the token, is refused', async () => {
                const { fields } = formOf(await stranger.go('/programs'), /\/logout$/);
                const foreign = await stranger.go(`${program}/direction/progress`, { form: { csrf_token: fields.csrf_token, done: '1' } });
                assert.equal(foreign.status, 404);
                assert.equal((await owner.go(`${program}/direction/progress`, { form: { done: '1' } })).status, 403);
                assert.match(plain((await owner.go(program)).text), /0 of 12 done/);
        });

        test('a refund at the gateway closes page, lessons and files, and the page says why', async () => {
                const refunded = await buy(here);
                const reader = await openLink(here, (await mailTo(here, refunded.email, /You have access/)).link);
                assert.equal((await reader.go(`${program}/hard-and-soft`)).status, 200);
                await control(here.sandbox, 'acts', { act: 'refund', object: refunded.session });
                await becomes(here, `SELECT status = 'refunded' FROM orders WHERE number = ${quote(refunded.number)}`);
                const page = await reader.go(program);
                assert.equal(page.status, 200);
                assert.match(plain(page.text), new RegExp(`Your access has ended .*(refund|paid back).* Your order ${refunded.number} and its \\w+ stay with you`, 'i'));
                assert.equal(itemsOf(page).length, 0);
                for (const part of ['/hard-and-soft', '/workbook', '/workbook/file', '/the-edge-of-a-shadow/captions'])
                        assert.equal((await reader.go(program + part)).status, 404, part);
                assert.equal((await refunded.browser.go(`${program}/workbook/file?order=${refunded.number}`)).status, 404);
                assert.match(plain((await reader.go('/programs')).text), /Ended|ended/);
        });

        test('the page that the benchmark compares with is this page', async () => {
                const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-peer-'));
                const cookie = `lk_session=${owner.jar().get('lk_session')}`;
                await owner.go(program);                // from now on it is opened
                const ours = await owner.go(program);
                const peer = startPeer({ env: process.env, dir: here.dir }, folder, ours.text, ours.headers.get('content-security-policy'), 1);
                try {
                        const theirs = await until(() => new Promise((done) => {
                                const asked = http.get({ socketPath: path.join(folder, 'express.sock'), path: program, headers: { cookie } }, (answer) => {
                                        const parts = [];
                                        answer.on('data', (part) => parts.push(part));
                                        answer.on('end', () => done({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
                                });
                                asked.on('error', () => done(null));
                        }), 'the peer answers');
                        assert.equal(theirs.status, 200);
                        assert.equal(same(theirs.text), same(ours.text));
                } finally {
                        peer.stop();
                        fs.rmSync(folder, { recursive: true });
                }
        });
});

describe('a licence', needs, () => {
        test('has one key from the list, shown on its page, its own for each buyer', async () => {
                const keys = new Set();
                const buyers = await Promise.all([1, 2, 3, 4].map(() => buy(here, { product: software })));
                for (const bought of buyers) {
                        const page = await bought.browser.go(`/programs/${software}?order=${bought.number}`);
                        const shown = [...page.text.matchAll(/<code id="key-\d">([^<]+)<\/code>/g)].map(([, key]) => key);
                        assert.equal(shown.length, 1);
                        keys.add(shown[0]);
                        assert.ok(fs.readFileSync(path.join(shelf, software, 'keys.txt'), 'utf8').split('\n').includes(shown[0]), shown[0]);
                }
                assert.equal(keys.size, 4);
        });

        test('bought twice under one address: each browser sees its own order\'s key, the account both (safety rule 21)', async () => {
                const first = await buy(here, { product: software });
                const second = new Browser(here.url);
                const owned = await second.submit(await second.go(`/products/${software}`), /\/orders$/, { email: first.email, name: 'S', country: 'DE', agree: '1', consent: '1' });
                const again = await second.submit(owned, /\/orders$/);
                await second.go(again.to, { form: { card_number: '4242424242424242', exp: '12/40', cvc: '123', name: 'S', country: 'DE', method: 'card' } });
                const number = here.sql(`SELECT number FROM orders WHERE email = ${quote(first.email)} ORDER BY id DESC LIMIT 1`);
                await becomes(here, `SELECT status = 'paid' FROM orders WHERE number = ${quote(number)}`);
                const keysOf = async (browser, query) => [...(await browser.go(`/programs/${software}${query}`)).text.matchAll(/<code id="key-[^"]+">([^<]+)/g)].map(([, key]) => key);
                const one = await keysOf(first.browser, `?order=${first.number}`);
                const two = await keysOf(second, `?order=${number}`);
                assert.deepEqual([one.length, two.length], [1, 1]);
                assert.notEqual(one[0], two[0]);
                const account = await openLink(here, (await mailTo(here, first.email, /You have access/)).link);
                assert.deepEqual((await keysOf(account, '')).sort(), [one[0], two[0]].sort());
        });
});
