// Files that staff send for a product, and products that they begin: sizes, names, types, what
// breaks off, who may.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { memoryDuring } from '../drill/lib/memory.mjs';
import { Browser, formOf, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { buy, openLink } from './lib/purchase.mjs';
import { send, sendTo, sha256Of } from './lib/send.mjs';
import { newStaff, staffBrowser, tokenOf } from './lib/staff.mjs';

const mark = `${Date.now().toString(36)}${process.pid}`;
const MB = 1024 * 1024;
const page = (slug, rest = '') => `/admin/products/${slug}${rest}`;
const folder = here && path.join(here.dir, 'files');
const stored = () => fs.readdirSync(folder);
/** Stored files of so many bytes: other tests store theirs meanwhile. */
const ofSize = (size) => stored().filter((name) => fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.size === size);
/** How many files somebody has sent. */
const sentBy = (who) => Number(here.sql(`SELECT count(*) FROM files f JOIN staff s ON s.id = f.uploaded_by WHERE s.email = ${quote(who.email)}`));
let count = 0;

const items = (slug) => here.rows(`SELECT i.slug AS item, iv.kind, iv.title, w.section, f.id AS file, f.name, f.content_type AS type, f.size,
        encode(f.sha256, 'hex') AS sha256, c.name AS captions
        FROM products p JOIN product_versions v ON v.product_id = p.id AND v.published_at IS NULL JOIN version_items w ON w.version_id = v.id
        JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id LEFT JOIN files f ON f.id = iv.file_id
        LEFT JOIN files c ON c.id = iv.captions_id WHERE p.slug = ${quote(slug)} ORDER BY w.position`);
const pdf = (more = '') => ({ name: `Light ${mark}.pdf`, head: `%PDF-1.7 ${mark} ${more}` });
const film = (more = '') => ({ name: `Film ${mark}.mp4`, head: `\0\0\0\x18ftypmp42 ${mark} ${more}` });

describe('3.9 products that staff begin, and their files', needs, () => {
        let owner, other, viewer;
        before(async () => {
                [owner, other, viewer] = [await staffBrowser(here, 'owner'), await staffBrowser(here, 'owner'), await staffBrowser(here, 'viewer')];
        });

        const begin = async (who, changes) => who.submit(await who.go('/admin/new-product'), /products$/, changes);
        const fresh = async (kind = 'course') => {
                const slug = `u-${mark}-${++count}`;
                const done = await begin(owner, { title: `New ${slug}`, slug, kind });
                assert.equal(done.to, page(slug, '?done=added'), plain(done.text));
                return slug;
        };
        const upload = async (who, slug, file, changes = {}) => send(who, await who.go(page(slug, '/upload')), /uploads$/, changes, file);
        const replace = async (who, slug, item, file, changes = {}) =>
                send(who, await who.go(page(slug, `/contents/${item}/upload`)), /uploads$/, changes, file);
        const texts = { tagline: 'A line', summary: 'What it is', includes: '- one', refund: 'Money back' };

        test('3.9 a new product is a draft that is not on sale; it is published when all is there', async () => {
                const slug = await fresh();
                const shown = plain((await owner.go(page(slug, '?done=added'))).text);
                assert.match(shown, /Not on sale .*Begun. It is not on sale.*Nothing in it yet.*None was published yet.*It has no price yet/);
                assert.ok(!/Throw the draft away/.test(shown));
                assert.ok([404, 410].includes((await new Browser(here.url).go(`/products/${slug}`)).status));
                assert.ok(!(await new Browser(here.url).go('/')).text.includes(slug));
                const publish = async () => (await owner.submit(await owner.go(page(slug, '/publish')), /publish$/)).to;
                assert.equal(await publish(), page(slug, '?done=empty'));
                assert.equal((await upload(owner, slug, pdf())).to, page(slug, '?done=file'));
                assert.equal(await publish(), page(slug, '?done=unwritten'));
                assert.equal((await owner.submit(await owner.go(page(slug, '/texts')), /texts$/, texts)).to, page(slug, '?done=saved'));
                assert.equal(await publish(), page(slug, '?done=published'));
                const sale = async () => (await owner.submit(await owner.go(page(slug)), new RegExp(`${slug}/sale$`), { sale: 'on' })).to;
                assert.equal(await sale(), page(slug, '?done=offerless'));
                assert.deepEqual(here.rows(`SELECT a.action FROM audit a JOIN products p ON p.id = a.object_id AND a.object = 'product'
                        WHERE p.slug = ${quote(slug)} ORDER BY a.id`).map(({ action }) => action),
                ['product.added', 'product.drafted', 'product.drafted', 'product.published']);
        });

        test('3.9 the only draft of a product cannot be thrown away', async () => {
                const slug = await fresh();
                const token = await tokenOf(owner);
                const seen = here.sql(`SELECT product_seen(id) FROM products WHERE slug = ${quote(slug)}`);
                assert.equal((await owner.go(page(slug, '/discard'), { form: { csrf_token: token, seen } })).to, page(slug, '?done=only'));
                assert.equal((await owner.go(page(slug, '/texts'))).status, 200);
        });

        test('3.9 slugs: rules, taken ones, 50 at once', async () => {
                for (const [changes, words] of [[{ slug: 'Light' }, /small letters/], [{ slug: 'a--b' }, /small letters/], [{ slug: '../x' }, /small letters/],
                        [{ slug: '' }, /Enter a name/], [{ slug: 'x'.repeat(61) }, /60 characters/], [{ title: '' }, /Enter a title/], [{ kind: 'ship' }, /Choose/],
                        [{ slug: 'light-and-lens' }, /Another product has this name/]]) {
                        const bad = await begin(owner, { title: 'Kept <b>', slug: 'fine', kind: 'coaching', ...changes });
                        assert.equal(bad.status, 422, JSON.stringify(changes));
                        assert.match(plain(bad.text), words);
                        if (changes.title === undefined) assert.equal(formOf(bad, /products$/).fields.title, 'Kept <b>');
                }
                const slug = `u-${mark}-${++count}`;
                const form = await owner.go('/admin/new-product');
                const all = await Promise.all(Array.from({ length: 50 }, () => owner.submit(form, /products$/, { title: 'Once', slug })));
                assert.deepEqual([...new Set(all.map((done) => `${done.status} ${done.to}`))], [`303 ${page(slug, '?done=added')}`]);
                assert.equal(here.sql(`SELECT count(*) FROM product_versions v JOIN products p ON p.id = v.product_id WHERE p.slug = ${quote(slug)}`), '1');
                assert.equal((await begin(other, { title: 'Once', slug })).status, 422);
        });

        test('3.9 a draft keeps that somebody checks each order first', async () => {
                const slug = await fresh();
                await upload(owner, slug, pdf('check'));
                here.sql(`UPDATE product_versions SET check_days = 3 WHERE product_id = (SELECT id FROM products WHERE slug = ${quote(slug)})`);
                await owner.submit(await owner.go(page(slug, '/texts')), /texts$/, texts);
                await owner.submit(await owner.go(page(slug, '/publish')), /publish$/);
                await owner.submit(await owner.go(page(slug, '/texts')), /texts$/, { title: 'Second' });
                assert.equal(here.sql(`SELECT check_days FROM product_versions v JOIN products p ON p.id = v.product_id
                        WHERE p.slug = ${quote(slug)} AND published_at IS NULL`), '3');
        });

        test('3.9 a download from the form to the customer, byte for byte', async () => {
                const slug = await fresh();
                const file = { name: 'Workbook für alle.pdf', head: `%PDF-1.7 ${mark}`, size: 3 * MB + 17 };
                const done = await upload(owner, slug, file, { heading: 'Take with you', title: '' });
                assert.equal(done.to, page(slug, '?done=file'), plain(done.text));
                const [item] = items(slug);
                assert.deepEqual([item.kind, item.title, item.section, item.name, item.type, item.size, item.sha256],
                        ['download', 'Workbook für alle', 'Take with you', file.name, 'application/pdf', file.size, sha256Of(file)]);
                assert.equal(sha256Of({ path: path.join(folder, String(item.file)) }), item.sha256);
                assert.equal(fs.statSync(path.join(folder, String(item.file))).mode & 0o777, 0o644);
                assert.equal(here.sql(`SELECT s.name FROM files f JOIN staff s ON s.id = f.uploaded_by WHERE f.id = ${item.file}`), owner.name);
                assert.equal(here.sql(`SELECT count(*) FROM audit WHERE action = 'file.added' AND object_id = ${item.file}`), '1');
                await owner.submit(await owner.go(page(slug, '/texts')), /texts$/, texts);
                await owner.submit(await owner.go(page(slug, '/publish')), /publish$/);
                const offer = await owner.submit(await owner.go(page(slug, '/offer')), /offers$/, { offer: 'full', title: 'Pay in full', currency: 'EUR', amount: '12.00' });
                assert.equal((await owner.submit(offer, /offers$/)).to, page(slug, '?done=price'));
                assert.equal((await owner.submit(await owner.go(page(slug)), new RegExp(`${slug}/sale$`), { sale: 'on' })).to, page(slug, '?done=on'));
                const bought = await buy(here, { product: slug });
                const got = await bought.browser.go(`/programs/${slug}/${item.item}/file?order=${bought.number}`);
                assert.equal(got.status, 200, plain(got.text));
                assert.equal(got.body.length, file.size);
                assert.match(got.headers.get('content-disposition'), /^attachment; .*UTF-8''Workbook%20f%C3%BCr%20alle\.pdf$/);
                assert.equal((await new Browser(here.url).go(`/programs/${slug}/${item.item}/file`)).body.includes(mark), false);
                await owner.submit(await owner.go(page(slug)), new RegExp(`${slug}/sale$`), { sale: 'off' });
        });

        test('3.9 64 MiB keep the memory of the programs flat', async () => {
                const slug = await fresh();
                await upload(owner, slug, pdf('warm'));
                const file = { name: 'large.zip', head: `PK\x03\x04${mark}`, size: 64 * MB };
                const form = await owner.go(page(slug, '/upload'));
                const { result, before: was, peak } = await memoryDuring(here.dir, ['admin'], () => send(owner, form, /uploads$/, {}, file));
                assert.equal(result.to, page(slug, '?done=file'), plain(result.text));
                assert.equal(items(slug).at(-1).sha256, sha256Of(file));
                // Far below the file, with room for passwords that other tests have verified meanwhile.
                assert.ok(peak - was < 48, `${was.toFixed(1)} MB before, ${peak.toFixed(1)} MB at most`);
        });

        test('3.9 the same file again, and 20 times at once, is one file and one item', async () => {
                const slug = await fresh();
                const form = await owner.go(page(slug, '/upload'));
                const all = await Promise.all(Array.from({ length: 20 }, () => send(owner, form, /uploads$/, {}, pdf('once'))));
                assert.deepEqual([...new Set(all.map((done) => done.to))], [page(slug, '?done=file')]);
                assert.equal(items(slug).length, 1);
                assert.equal(here.sql(`SELECT count(*) FROM files WHERE id = ${items(slug)[0].file}`), '1');
                assert.deepEqual(stored().filter((name) => name.startsWith(`.part-${items(slug)[0].file}-`)), []);
        });

        test('3.9 a video, its captions, another film; text and place stay', async () => {
                const slug = await fresh();
                assert.equal((await upload(owner, slug, film(), { kind: 'video', title: 'A film', heading: 'One' })).to, page(slug, '?done=file'));
                assert.equal((await upload(owner, slug, pdf('second'), { heading: 'One' })).to, page(slug, '?done=file'));
                await owner.submit(await owner.go(page(slug, '/contents/a-film')), /a-film$/, { body: 'Watch *this*.' });
                const seen = (await owner.go(page(slug, '/contents/a-film'))).text;
                assert.match(plain(seen), /Its file: Film .*\.mp4\. Send another file or captions/);
                const vtt = { name: 'en.vtt', head: `WEBVTT\n\n00:00.000 --> 00:01.000\n${mark}\n` };
                assert.equal((await replace(owner, slug, 'a-film', vtt, { part: 'captions' })).to, page(slug, '?done=file'));
                assert.equal((await replace(owner, slug, 'a-film', film('two'), { part: 'file' })).to, page(slug, '?done=file'));
                const [item, second] = items(slug);
                assert.deepEqual([item.item, item.captions, item.sha256, second.kind], ['a-film', 'en.vtt', sha256Of(film('two')), 'download']);
                assert.equal(here.sql(`SELECT body_md FROM item_versions ORDER BY id DESC LIMIT 1`), 'Watch *this*.');
                assert.equal((await replace(owner, slug, 'a-film', film('two'), { part: 'file' })).to, page(slug, '?done=same'));
                const gone = await owner.submit(await owner.go(page(slug, '/contents/a-film/upload')), /files$/);
                assert.equal(gone.to, page(slug, '?done=file'));
                assert.equal(items(slug)[0].captions, null);
        });

        test('3.9 two people: the second file is kept and offered, not put over the first', async () => {
                const slug = await fresh();
                await upload(owner, slug, pdf('first'), { title: 'Both' });
                const [mine, theirs] = [await owner.go(page(slug, '/contents/both/upload')), await other.go(page(slug, '/contents/both/upload'))];
                assert.equal((await send(owner, mine, /uploads$/, {}, pdf('mine'))).to, page(slug, '?done=file'));
                const clash = await send(other, theirs, /uploads$/, {}, pdf('theirs'));
                assert.match(clash.to, /contents\/both\/upload\?sent=\d+$/);
                assert.equal(items(slug)[0].sha256, sha256Of(pdf('mine')));
                const offered = await other.go(clash.to);
                assert.match(plain(offered.text), /Somebody put another file here meanwhile Yours, Light .*\.pdf .*has arrived and is kept/);
                assert.equal((await other.submit(offered, /files$/)).to, page(slug, '?done=file'));
                assert.equal(items(slug)[0].sha256, sha256Of(pdf('theirs')));
                // Taken out meanwhile: the file is offered as a new item.
                const again = await other.go(page(slug, '/contents/both/upload'));
                await owner.submit(await owner.go(page(slug)), /both\/moves$/, { way: 'out' });
                const out = await send(other, again, /uploads$/, {}, pdf('third'));
                assert.match(out.to, /\/upload\?sent=\d+$/);
                const form = await other.go(out.to);
                assert.match(plain(form.text), /has arrived .*It need not be sent again/);
                assert.equal((await other.submit(form, /files$/, { title: 'Back again' })).to, page(slug, '?done=file'));
                assert.equal(items(slug).at(-1).sha256, sha256Of(pdf('third')));
        });

        test('3.9 a mistake beside the file does not ask for the file again', async () => {
                const slug = await fresh();
                const bad = await upload(owner, slug, pdf('kept'), { title: 'x'.repeat(200), heading: 'Kept' });
                assert.equal(bad.status, 422);
                assert.match(plain(bad.text), /at most 120 .*has arrived/);
                const fields = formOf(bad, /files$/).fields;
                assert.equal(fields.heading, 'Kept');
                assert.equal((await owner.submit(bad, /files$/, { title: 'Short' })).to, page(slug, '?done=file'));
                assert.deepEqual(items(slug).map(({ title, sha256 }) => [title, sha256]), [['Short', sha256Of(pdf('kept'))]]);
                const unfit = await owner.submit(bad, /files$/, { title: 'Film', kind: 'video' });
                assert.equal(unfit.status, 422);
                assert.match(plain(unfit.text), /cannot play in a page/);
        });

        test('3.9 names: paths, controls, 300 characters, turned writing and markup become harmless', async () => {
                const slug = await fresh();
                for (const [name, wanted] of [['../../etc/passwd.pdf', 'passwd.pdf'], ['C:\\Users\\ann\\notes.pdf', 'notes.pdf'], ['a\r\nSet-Cookie: x=1;.pdf', /^a__Set-Cookie_ x=1;\.pdf$/],
                        ['\u202Efdp.exe.pdf', '_fdp.exe.pdf'], ['<img src=x onerror=alert(1)>.pdf', '_img src=x onerror=alert(1)_.pdf'],
                        [`${'ä'.repeat(300)}.pdf`, /^ä{50,58}\.pdf$/], ['.htaccess.pdf', '_htaccess.pdf']]) {
                        const done = await upload(owner, slug, { name, head: `%PDF-${mark} ${name.length}` }, { title: 'Name' });
                        assert.equal(done.to, page(slug, '?done=file'), name);
                        const got = items(slug).at(-1).name;
                        if (wanted instanceof RegExp) assert.match(got, wanted); else assert.equal(got, wanted);
                }
                const last = await owner.go(page(slug, `/contents/${items(slug).at(-3).item}`));
                assert.ok(!/<img src=x/.test(last.text));
        });

        test('3.9 what is not allowed is refused beside the field, and nothing is stored', async () => {
                const slug = await fresh();
                const there = sentBy(owner);
                for (const [file, changes, words] of [
                        [{ name: 'page.html', head: '<html>' }, {}, /page\.html is none of what can stand here/],
                        [{ name: 'x.svg', head: '<svg xmlns=' }, {}, /x\.svg is none/], [{ name: 'x.php', head: '<?php' }, {}, /x\.php is none/],
                        [{ name: 'x.pdf', head: 'MZ\x90\0' }, {}, /x\.pdf is none .*content is not what its name says/],
                        [{ name: 'x.exe', head: 'MZ\x90\0' }, {}, /x\.exe is none/], [{ name: 'noending', head: '%PDF-' }, {}, /noending is none/],
                        [{ name: 'x.txt', head: 'a\0b' }, {}, /x\.txt is none/], [{ name: 'x.pdf', head: '%PDF-' }, { kind: 'video' }, /x\.pdf is none .*MP4 and WebM/],
                        [{ name: 'x.vtt', head: 'WEBVTT' }, {}, /x\.vtt is none/], [{ name: 'empty.pdf', head: '' }, {}, /empty\.pdf is empty/],
                        [{ name: '', head: '' }, {}, /Choose a file/], [undefined, {}, /Choose a file/], [{ name: 'x.pdf', head: '%PDF-', field: 'other' }, {}, /Choose a file/]]) {
                        const bad = await upload(owner, slug, file, { title: 'Kept', ...changes });
                        assert.equal(bad.status, 422, JSON.stringify([file, bad.to]));
                        assert.match(plain(bad.text), words);
                        assert.equal(formOf(bad, /uploads$/).fields.title, 'Kept');
                        assert.match(bad.text, /id="file"[^>]*aria-invalid="true"/);
                }
                assert.deepEqual([items(slug), sentBy(owner)], [[], there]);
                const software = await fresh('software');
                assert.equal((await upload(owner, software, { name: 'Set up.exe', head: `MZ${mark}` })).to, page(software, '?done=file'));
        });

        test('3.9 an upload that breaks off leaves nothing', async () => {
                const slug = await fresh();
                const there = sentBy(owner);
                const done = await upload(owner, slug, { name: 'cut.pdf', head: '%PDF-', size: 40 * MB, cut: 20 * MB });
                assert.equal(done.status, 0);
                // One that says it is whole but has no end.
                const token = await tokenOf(owner);
                const { headers } = owner;
                const cut = await fetch(new URL(page(slug, '/uploads'), here.url), {
                        method: 'POST', redirect: 'manual', headers: { ...headers, 'Content-Type': 'multipart/form-data; boundary=x',
                                Cookie: [...owner.jar()].map(([name, value]) => `${name}=${value}`).join('; ') },
                        body: `--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n${token}\r\n--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\ndownload\r\n`
                                + `--x\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\n\r\n%PDF-${'x'.repeat(200000)}` });
                assert.equal(cut.status, 422);
                assert.match(plain(await cut.text()), /did not arrive whole/);
                assert.deepEqual([items(slug), sentBy(owner), ofSize(40 * MB), ofSize(200005)], [[], there, [], []]);
        });

        test('3.9 who may not, or has no token, stores nothing: before the body is taken', async () => {
                const slug = await fresh();
                const there = sentBy(owner);
                const file = { name: 'x.pdf', head: `%PDF-${mark}`, size: 2 * MB + 1234 };
                const to = page(slug, '/uploads');
                const form = page(slug, '/upload');
                assert.equal((await sendTo(new Browser(here.url), to, {}, file)).to, form);
                assert.match((await new Browser(here.url).go(form)).to, /^\/admin\/login/);
                assert.equal((await sendTo(viewer, to, { csrf_token: await tokenOf(viewer) }, file)).to, form);
                assert.equal((await viewer.go(form)).status, 403);
                const token = await tokenOf(owner);
                assert.equal((await sendTo(owner, to, { kind: 'download' }, file)).status, 403);
                assert.equal((await sendTo(owner, to, { csrf_token: `${token}x`, kind: 'download' }, file)).status, 403);
                assert.equal((await sendTo(owner, to, { csrf_token: token }, file, { headers: { 'Sec-Fetch-Site': 'cross-site' } })).to, form);
                for (const gate of ['/latchkey-upload-gate', '/admin/upload-gate'])
                        assert.equal((await owner.go(gate)).status, 404, gate);
                const large = await sendTo(owner, to, { csrf_token: token }, { ...file, size: 2 * 1024 * MB + MB });
                assert.equal(large.to, `${form}?refused=large`);
                assert.match(plain((await owner.go(large.to)).text), /The file was not taken A file may have 2 GB at most/);
                assert.match(plain((await owner.go(`${form}?refused=full`)).text), /There is no room for this file/);
                assert.deepEqual([items(slug), sentBy(owner), sentBy(viewer), ofSize(file.size)], [[], there, 0, []]);
                assert.equal((await sendTo(owner, page('no-such', '/uploads'), { csrf_token: token, kind: 'download' }, file)).status, 404);
        });

        test('3.9 what a crash left between its name and the commit is swept a day later, before the next file; nothing else', async () => {
                const slug = await fresh();
                assert.equal((await upload(owner, slug, pdf('old'))).to, page(slug, '?done=file'));
                const [{ file }] = items(slug);
                const [stray, young, other] = ['900000000000000001', '900000000000000002', '9.txt'];
                const at = (name) => path.join(folder, String(name));
                for (const name of [stray, young, other]) fs.writeFileSync(at(name), 'bytes of nobody');
                for (const name of [stray, other, file]) fs.utimesSync(at(name), 1e9, 1e9);
                assert.equal((await upload(owner, await fresh(), pdf('next'))).status, 303);
                assert.deepEqual([stray, young, other, file].map((name) => fs.existsSync(at(name))), [false, true, true, true]);
                for (const name of [young, other]) fs.rmSync(at(name));
                assert.throws(() => here.sql("SET ROLE lk_admin; SELECT files_unknown('{1}')"), /looked after by staff/);
        });

        test('3.9 one that does not say how long it is gets 411 and a plain word, whoever sends it, and stores nothing', async () => {
                const slug = await fresh();
                const there = sentBy(owner);
                const file = { ...pdf('chunked'), size: 2 * MB + 777, chunked: true };
                for (const [who, fields] of [[owner, { csrf_token: await tokenOf(owner), kind: 'download', title: 'Chunked' }], [new Browser(here.url), {}]]) {
                        const refused = await sendTo(who, page(slug, '/uploads'), fields, file);
                        assert.equal(refused.status, 411);
                        assert.match(plain(refused.text), /without saying how long it is, so it was not taken/);
                }
                assert.deepEqual([items(slug), sentBy(owner), ofSize(file.size)], [[], there, []]);
        });

        test('3.9 a role taken away in the middle of an upload stores nothing', async () => {
                const slug = await fresh();
                const person = await newStaff(here, 'owner', 'Leaving soon');
                const form = await person.browser.go(page(slug, '/upload'));
                const file = { ...pdf('late'), size: 8 * MB + 4321, midway: () => here.sqlLater(`UPDATE staff SET role = 'viewer' WHERE id = ${person.id}`) };
                const done = await send(person.browser, form, /uploads$/, {}, file);
                assert.ok(done.status === 403 || done.to === page(slug, '/upload'), `${done.status} ${done.to}`);
                assert.deepEqual([items(slug), sentBy(person), ofSize(file.size)], [[], 0, []]);
        });

        test('3.9 the preview beside the text: rendered by the server, safe, for staff alone: several rights edit some text', async () => {
                const csrf_token = await tokenOf(owner);
                const shown = await owner.go('/admin/markdown', { form: { csrf_token, text: '## Hi\n\n*there* <script>alert(1)</script> [x](javascript:alert(2))' } });
                assert.equal(shown.status, 200);
                assert.match(shown.text, /<em>there<\/em>/);
                assert.ok(!/<script|javascript:|<html/.test(shown.text), shown.text);
                assert.equal((await owner.go('/admin/markdown', { form: { text: 'x' } })).status, 403);
                assert.equal((await viewer.go('/admin/markdown', { form: { csrf_token: await tokenOf(viewer), text: 'x' } })).status, 200);
                assert.notEqual((await new Browser(here.url).go('/admin/markdown', { form: { csrf_token, text: 'x' } })).status, 200);
        });
});
