// "I can't get in": one short form, the conversation on the page, the staff's side of it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { join } from './lib/desk.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, buy, openLink } from './lib/purchase.mjs';

const link = (mail) => /\/help\/link\/[A-Za-z0-9_-]{43}/.exec(mail.text)?.[0];
const helpLink = (mail) => /\/help\/mail\/[A-Za-z0-9_-]{43}/.exec(mail.text)?.[0];
const ticket = (number) => here.rows(`SELECT t.*, o.number AS order_number, c.email FROM tickets t JOIN customers c ON c.id = t.customer_id
                                      LEFT JOIN orders o ON o.id = t.order_id WHERE t.number = ${quote(number)}`)[0];
const posts = (number) => here.rows(`SELECT p.* FROM posts p JOIN tickets t ON t.id = p.ticket_id WHERE t.number = ${quote(number)} ORDER BY p.id`);

/** Fill in and send the form of PAGE; the answer is not judged. */
const send = (browser, page, fields = {}) => browser.submit(page, /^\/help\/requests$/, { about: 'login', text: 'It does not open.', ...fields });

/** The same with FILES: [name, content, type]. */
function sendFiles(browser, page, files, fields = {}, which = /^\/help\/requests$/) {
        const form = formOf(page, which);
        const body = new FormData();
        for (const [name, value] of Object.entries({ ...form.fields, about: 'login', text: 'See the picture.', ...fields }))
                if (name !== 'files') body.append(name, value);
        for (const [name, content, type] of files) body.append('files', new Blob([content], { type: type ?? '' }), name);
        return browser.go(new URL(form.action, page.url), { method: 'POST', body });
}

/** Somebody unknown writes; their ticket's number. */
async function opened(fields = {}, browser = new Browser(here.url)) {
        const email = fields.email ?? address('lost');
        const answer = await send(browser, await browser.go('/help/requests/new'), { email, ...fields });
        assert.equal(answer.status, 303, plain(answer.text).slice(0, 300));
        const number = /[0-9A-Z]{10}/.exec(answer.to)[0];
        return { browser, email, number };
}

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

describe('I can’t get in', needs, () => {
        let ann;
        before(async () => {
                const order = await buy(here);
                const mail = await mailTo(here, order.email, /You have access/);
                const inside = await openLink(here, mail.link);
                ann = { ...order, inside, mail };
        });

        test('S0.6: every access page has it, with its order', async () => {
                const pages = [
                        [ann.browser, `/welcome?order=${ann.number}`, ann.number],
                        [ann.browser, `/programs/light-and-lens?order=${ann.number}`, ann.number],
                        [ann.browser, `/orders/${ann.number}?order=${ann.number}`, ann.number],
                        [ann.inside, '/programs/light-and-lens', ann.number],
                        [ann.inside, `/orders/${ann.number}`, ann.number],
                        [ann.inside, '/programs', ''], [ann.inside, '/orders', ''], [new Browser(here.url), '/login', ''],
                ];
                for (const [browser, path, number] of pages) {
                        const page = await browser.go(path);
                        assert.equal(page.status, 200, path);
                        const [, to] = /<a href="(\/help\/requests\/new[^"]*)">I can’t get in/.exec(page.text) ?? [];
                        assert.equal(to, `/help/requests/new${number ? `?for=${number}` : ''}`, path);
                }
        });

        test('whoever wants to write about anything is asked that, and not why they cannot get in', async () => {
                for (const path of ['/help', '/help/requests']) assert.match((await ann.inside.go(path)).text, /href="\/help\/requests\/new\?about=other"/, path);
                const page = await ann.inside.go('/help/requests/new?about=other');
                assert.equal(heading(page.text), 'Write to us');
                assert.equal(formOf(page, /requests$/).fields.about, 'other');
                assert.equal(heading((await ann.inside.go('/help/requests/new')).text), 'I can’t get in');
                assert.equal((await ann.inside.go('/help/requests/new?about=x')).status, 400);
        });

        test('S0.6: from the checkout’s browser the order is attached and the address prefilled', async () => {
                const page = await ann.browser.go(`/help/requests/new?for=${ann.number}`);
                assert.match(plain(page.text), new RegExp(`About your order ${ann.number}`));
                assert.equal(formOf(page, /requests$/).fields.email, ann.email);
                const answer = await send(ann.browser, page, { about: 'no_mail', text: '' });
                assert.match(answer.to, /^\/help\/requests\/sent\?number=/);
                const said = await ann.browser.go(answer.to);
                assert.equal(heading(said.text), 'We have your message');
                const row = ticket(/[0-9A-Z]{10}/.exec(answer.to)[0]);
                assert.equal(row.order_number, ann.number);
                assert.equal(row.email, ann.email);
                assert.equal(row.about, 'no_mail');
                assert.equal(row.proved, false);
        });

        test('S0.6: logged in, it is listed and read in the portal; a foreign number is an absent one', async () => {
                const page = await ann.inside.go(`/help/requests/new?for=${ann.number}`);
                assert.match(plain(page.text), new RegExp(`We answer to ${ann.email}`));
                const answer = await send(ann.inside, page, { text: 'The <script>alert(1)</script> film\nstops.' });
                const number = /requests\/([0-9A-Z]{10})\?done=sent/.exec(answer.to)[1];
                const shown = await ann.inside.go(answer.to);
                assert.match(shown.text, /We have your message/);
                assert.match(shown.text, /The &lt;script&gt;alert\(1\)&lt;\/script&gt; film\nstops\./);
                assert.doesNotMatch(shown.text, /<script>alert/);
                assert.match((await ann.inside.go('/help/requests')).text, new RegExp(number));
                assert.equal(ticket(number).proved, true);

                const other = await buy(here);
                const inside = await openLink(here, (await mailTo(here, other.email, /You have access/)).link);
                const foreign = await inside.go(`/help/requests/${number}`);
                const absent = await inside.go('/help/requests/0000000000');
                assert.equal(foreign.status, 404);
                assert.equal(absent.status, 404);
                assert.equal(plain(foreign.text).replace(/[0-9a-f]{32}/, ''), plain(absent.text).replace(/[0-9a-f]{32}/, ''));
                assert.match(plain((await inside.go('/help/requests')).text), /You have not written to us yet/);
                assert.match((await new Browser(here.url).go(`/help/requests/${number}`)).to, /^\/login/);
        });

        test('S0.6: the mail’s link fills in the order and masks the address', async () => {
                const browser = new Browser(here.url);
                const page = await browser.go(helpLink(ann.mail));
                assert.match(plain(page.text), new RegExp(`About your order ${ann.number}`));
                assert.doesNotMatch(page.text, new RegExp(ann.email));
                const answer = await send(browser, page, { text: 'by link' });
                const row = ticket(/[0-9A-Z]{10}/.exec(answer.to)[0]);
                assert.equal(row.order_number, ann.number);
                assert.equal(row.email, ann.email);
                assert.equal(row.proved, true);
                assert.equal(helpLink(await mailTo(here, ann.email, /Payment received/)) !== undefined, true);
        });

        test('S0.6: an order number that a stranger types stays a text', async () => {
                const browser = new Browser(here.url);
                const page = await browser.go(`/help/requests/new?for=${ann.number}`);
                assert.doesNotMatch(plain(page.text), /About your order/);
                assert.equal(formOf(page, /requests$/).fields.email, '');
                const { number } = await opened({ number: ann.number });
                assert.equal(ticket(number).order_number, null);
                assert.equal(ticket(number).order_said, ann.number);
                const forged = await opened({ attached: ann.number });
                assert.equal(ticket(forged.number).order_number, null);
        });

        test('S0.6: what is missing or wrong stands next to its field, what was typed stays', async () => {
                const browser = new Browser(here.url);
                const page = await browser.go('/help/requests/new');
                const empty = await browser.submit(page, /requests$/, { text: 'hello there', email: 'nobody' });
                assert.equal(empty.status, 422);
                assert.match(plain(empty.text), /Choose what happens/);
                assert.match(empty.text, /id="email-error"/);
                assert.match(empty.text, />hello there<\/textarea>/);
                const other = await send(browser, page, { about: 'other', text: '', email: address() });
                assert.equal(other.status, 422);
                assert.match(plain(other.text), /Tell us what happens/);
                const without = await send(browser, page, { email: '' });
                assert.match(plain(without.text), /Enter your email address: we answer there/);
                const huge = await send(browser, page, { email: address(), text: 'x'.repeat(100 * 1024) });
                assert.equal(huge.status, 422);
                assert.match(plain(huge.text), /Use at most 5000 characters/);
                const letters = await send(browser, page, { email: address(), text: 'ü'.repeat(5000) });
                assert.equal(letters.status, 303);
                const nonce = await send(browser, page, { email: address(), nonce: 'x' });
                assert.equal(nonce.status, 422);
        });

        test('S0.6: a card number is refused next to the field and not stored', async () => {
                const email = address('card');
                const browser = new Browser(here.url);
                const page = await browser.go('/help/requests/new');
                const answer = await send(browser, page, { email, text: 'I paid with 4242 4242 4242 4242.' });
                assert.equal(answer.status, 422);
                assert.match(answer.text, /id="text-error"/);
                assert.match(plain(answer.text), /leave card numbers out/);
                const number = await send(browser, page, { email, number: '4242424242424242' });
                assert.equal(number.status, 422);
                assert.equal(here.sql(`SELECT count(*) FROM customers WHERE email = ${quote(email)}`), '0');
                assert.equal(here.sql("SELECT count(*) FROM posts WHERE body LIKE '%4242 4242%'"), '0');
        });

        test('S0.6: fifty submissions of one form at once make one ticket; the sixth form of an hour is told to wait', async () => {
                const email = address('eager');
                const browser = new Browser(here.url);
                const page = await browser.go('/help/requests/new');
                const answers = await Promise.all(Array.from({ length: 50 }, () => send(browser, page, { email })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                assert.equal(new Set(answers.map((answer) => answer.to)).size, 1);
                const count = () => here.sql(`SELECT count(*) FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE c.email = ${quote(email)}`);
                assert.equal(count(), '1');
                for (let i = 2; i <= 5; i++) await opened({ email });
                const sixth = await send(browser, await browser.go('/help/requests/new'), { email, text: 'the sixth' });
                assert.equal(sixth.status, 429);
                assert.match(plain(sixth.text), /try again in an hour/);
                assert.match(sixth.text, />the sixth<\/textarea>/);
                assert.equal(count(), '5');
        });
});

describe('a conversation with staff', needs, () => {
        let sofia;
        before(async () => { sofia = await join(here, 'support'); });

        test('S0.6: staff find who waits, answer, close, open again; the customer reads it by the mail’s link', async () => {
                const { browser, email, number } = await opened({ text: 'No link works.' });
                const told = await mailTo(here, email, /We have your message/);
                assert.match(told.text, new RegExp(number));
                assert.match(told.text, /No link works/);
                assert.match(told.headers['reply-to'], /reply\+/);
                const home = await sofia.browser.go('/admin/');
                assert.match(plain(home.text), /waits? for an answer/);
                const list = await sofia.browser.go('/admin/tickets');
                assert.equal(list.status, 200);
                const page = await sofia.browser.go(`/admin/tickets/${number}`);
                assert.match(plain(page.text), /Written without a login/);
                const taken = await sofia.browser.submit(page, /takings$/);
                assert.match((await sofia.browser.go(taken.to)).text, /It is yours now/);
                assert.match((await sofia.browser.go('/admin/tickets?mine=1')).text, new RegExp(number));
                const same = await sofia.browser.submit(page, /takings$/);
                assert.match(same.to, /done=same/);

                const answer = await sofia.browser.submit(page, /answers$/, { text: 'Try this <b>now</b>.\nYours, S.' });
                assert.equal(answer.status, 303);
                await sofia.browser.submit(page, /answers$/, { text: 'Try this <b>now</b>.\nYours, S.' });
                assert.equal(posts(number).length, 2, 'a double click answers once');
                assert.equal(ticket(number).status, 'answered');
                const mail = await mailTo(here, email, /Our answer/);
                assert.match(mail.text, /Try this <b>now<\/b>/);
                assert.match(mail.html, /Try this &lt;b&gt;now&lt;\/b&gt;\.<br>/);
                assert.equal(mailsTo(here, email).filter(({ subject }) => /Our answer/.test(subject)).length, 1);

                const read = await browser.go(link(mail));
                assert.equal(read.status, 200);
                assert.match(read.headers.get('referrer-policy'), /no-referrer/);
                assert.match(plain(read.text), /Try this <b>now<\/b>/);
                assert.match(plain(read.text), /Sofia Berg/);
                const empty = await browser.submit(read, /replies$/, { text: ' ' });
                assert.equal(empty.status, 422);
                assert.match(plain(empty.text), /Write your message/);
                const reply = await browser.submit(read, /replies$/, { text: 'It works, thank you' });
                assert.equal(reply.status, 303);
                await browser.submit(read, /replies$/, { text: 'It works, thank you' });
                assert.equal(posts(number).length, 3);
                assert.equal(ticket(number).status, 'open');

                const closed = await sofia.browser.submit(page, /closings$/);
                const shut = await sofia.browser.go(closed.to);
                assert.match(plain(shut.text), /This conversation is closed/);
                const late = await sofia.browser.go(`/admin/tickets/${number}/answers`, { form: { ...formOf(page, /answers$/).fields, nonce: 'A'.repeat(43), text: 'late' } });
                assert.equal(late.status, 409);
                await sofia.browser.submit(shut, /openings$/);
                assert.equal(ticket(number).status, 'open');
                assert.equal(here.sql(`SELECT string_agg(was || '>' || status, ' ' ORDER BY id) FROM moves WHERE machine = 'ticket' AND object_id = ${ticket(number).id}`),
                        'open>answered answered>open open>closed closed>open');
                assert.match(here.sql(`SELECT string_agg(action, ' ' ORDER BY id) FROM audit WHERE object = 'ticket' AND object_id = ${ticket(number).id}`),
                        /ticket\.taken ticket\.answered ticket\.closed ticket\.reopened/);
        });

        test('S0.6: beside the conversation stand the orders, what is open, and what can be done', async () => {
                const order = await buy(here);
                const page = await order.browser.go(`/help/requests/new?for=${order.number}`);
                const number = /[0-9A-Z]{10}/.exec((await send(order.browser, page)).to)[0];
                const desk = await sofia.browser.go(`/admin/tickets/${number}`);
                assert.match(plain(desk.text), new RegExp(`${order.number} Paid Open`));
                const resent = await sofia.browser.submit(desk, new RegExp(`${order.number}/resends$`));
                assert.match(resent.to, /done=resent/);
        });

        test('S0.6: the link opens one ticket alone, for 30 days; then a button sends a new one', async () => {
                const { browser, email, number } = await opened();
                const path = link(await mailTo(here, email, /We have your message/));
                assert.equal((await browser.go(path)).status, 200);
                assert.match((await browser.go(`/help/requests/${number}`)).to, /^\/login/);
                here.sql(`UPDATE ticket_links SET expires_at = app_now() WHERE ticket_id = ${ticket(number).id}`);
                const over = await browser.go(path);
                assert.equal(over.status, 410);
                assert.equal(heading(over.text), 'This link has expired');
                assert.doesNotMatch(over.text, new RegExp(email));
                const reply = await browser.go(`${path}/replies`, { form: { ...formOf(over, /new$/).fields, nonce: 'B'.repeat(43), text: 'late' } });
                assert.equal(reply.status, 410);
                const again = await browser.submit(over, /new$/);
                assert.equal(again.status, 200);
                const fresh = link(await mailTo(here, email, /Your link to your message/));
                assert.equal((await browser.go(fresh)).status, 200);
                const unknown = await browser.go(`/help/link/${'A'.repeat(43)}`);
                assert.equal(unknown.status, 404);
                assert.equal(heading(unknown.text), 'We do not know this link');
                assert.equal(here.logs().includes(path.slice(-43)), false, 'no token in a log');
        });

        test('S0.6: whoever has no right to tickets sees none', async () => {
                const { number } = await opened();
                for (const role of ['viewer', 'finance']) {
                        const { browser } = await join(here, role);
                        assert.equal((await browser.go('/admin/tickets')).status, 403);
                        assert.equal((await browser.go(`/admin/tickets/${number}`)).status, 403);
                        const home = await browser.go('/admin/');
                        assert.equal(home.status, 200);
                        assert.doesNotMatch(home.text, /admin\/tickets/);
                }
                assert.equal((await sofia.browser.go('/admin/tickets/0000000000')).status, 404);
                assert.equal((await sofia.browser.go('/admin/tickets?status=odd')).status, 400);
        });

        test('S0.6: the list goes on from page to page', async () => {
                here.sql(`INSERT INTO tickets (customer_id, about, proved, form_nonce, created_at, since_at, status)
                          SELECT (SELECT min(id) FROM customers), 'other', true, 'page ' || n || clock_timestamp(), app_now(), app_now() - n * interval '1 day', 'closed' FROM generate_series(1, 60) n`);
                let page = await sofia.browser.go('/admin/tickets?status=closed');
                const seen = new Set();
                for (let i = 0; i < 20; i++) {
                        for (const [, number] of page.text.matchAll(/<th scope="row"><a href="\/admin\/tickets\/([0-9A-Z]{10})"/g)) {
                                assert.equal(seen.has(number), false, number);
                                seen.add(number);
                        }
                        const [, next] = /rel="next" href="([^"]+)"/.exec(page.text) ?? [];
                        if (!next) break;
                        page = await sofia.browser.go(next.replaceAll('&amp;', '&'));
                }
                assert.equal(String(seen.size), here.sql("SELECT count(*) FROM tickets WHERE status = 'closed'"));
                here.sql("DELETE FROM tickets WHERE form_nonce LIKE 'page %'");
        });
});

describe('files of a message', needs, () => {
        let sofia;
        before(async () => { sofia = await join(here, 'support'); });

        test('S0.6: they are kept, and given to the ticket’s own customer and staff alone, never as a page', async () => {
                const email = address('files');
                const browser = new Browser(here.url);
                const page = await browser.go('/help/requests/new');
                const answer = await sendFiles(browser, page, [['shot “1”.png', png, 'image/png'], ['evil.html', 'just <b>text</b>', 'text/html']], { email });
                assert.equal(answer.status, 303, plain(answer.text).slice(0, 400));
                const number = /[0-9A-Z]{10}/.exec(answer.to)[0];
                const mail = await mailTo(here, email, /We have your message/);
                const shown = await browser.go(link(mail));
                const files = [...shown.text.matchAll(/href="(\/help\/link\/[^"]+\/files\/\d+)">([^<]+)/g)];
                assert.deepEqual(files.map(([, , name]) => name), ['shot “1”.png', 'evil.html.txt']);
                for (const [, path] of files) {
                        const file = await browser.go(path);
                        assert.equal(file.status, 200);
                        assert.match(file.headers.get('content-disposition'), /^attachment; filename="[\x20-\x7e]+"/);
                        assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
                        assert.match(file.headers.get('content-security-policy'), /sandbox/);
                        assert.match(file.headers.get('cache-control'), /no-store/);
                }
                const picture = await browser.go(files[0][1]);
                assert.deepEqual(picture.body, png);
                assert.equal(picture.headers.get('content-type'), 'image/png');
                assert.match((await browser.go(files[1][1])).headers.get('content-type'), /^text\/plain/);

                const desk = await sofia.browser.go(`/admin/tickets/${number}`);
                const [, path] = /href="(\/admin\/tickets\/[^"]+\/files\/\d+)"/.exec(desk.text);
                assert.deepEqual((await sofia.browser.go(path)).body, png);
                const id = /\d+$/.exec(path)[0];
                const other = await opened();
                const foreign = link(await mailTo(here, other.email, /We have your message/));
                assert.equal((await other.browser.go(`${foreign}/files/${id}`)).status, 404);
                assert.match((await new Browser(here.url).go(`/help/requests/${number}/files/${id}`)).to, /^\/login/);
        });

        const wrong = [
                ['six files', Array.from({ length: 6 }, (_, i) => [`${i}.png`, png]), /at most 5 files/],
                ['too large', [['big.txt', 'x'.repeat(5 * 1024 * 1024 + 1)]], /big\.txt is too large: a file may have 5 MB/],
                ['another type', [['song.png', Buffer.from('GIF89a\x01\x00\x01\x00', 'latin1')]], /song\.png is none of what we can take/],
                ['a program that is called text', [['a.txt', Buffer.from('\x7fELF\x00\x01', 'latin1')]], /a\.txt is none/],
                ['an empty one', [['nothing.txt', '']], /nothing\.txt is empty/],
                ['a card number in a text', [['paid.txt', 'I paid with\n4242 4242 4242 4242, thank you.']], /A file has a card number in it/],
                ['a card number in a name', [['4242424242424242.png', png]], /A file has a card number in it/],
                ['a path for a name', [['../../etc/passwd', 'x']], /Rename it/],
                ['a name that turns round', [['gpj.\u202eexe.png', png]], /Rename it/],
                ['a name with a line end', [['a\r\nX-Evil: 1.png', png]], /Rename it/],
                ['a name without an end', [[`${'n'.repeat(200)}.png`, png]], /Rename it/],
        ];
        for (const [what, files, message] of wrong) {
                test(`S0.6: ${what}: a clear word, nothing kept, what was typed stays`, async () => {
                        const email = address('wrong');
                        const browser = new Browser(here.url);
                        const answer = await sendFiles(browser, await browser.go('/help/requests/new'), files, { email });
                        assert.equal(answer.status, 422, plain(answer.text).slice(0, 300));
                        assert.match(answer.text, /id="files-error"/);
                        assert.match(plain(answer.text), message);
                        assert.match(answer.text, />See the picture\.<\/textarea>/);
                        assert.equal(here.sql(`SELECT count(*) FROM customers WHERE email = ${quote(email)}`), '0');
                });
        }

        test('S0.6: an upload that was cut off says so; one above the bound is refused', async () => {
                const browser = new Browser(here.url);
                const form = formOf(await browser.go('/help/requests/new'), /requests$/);
                const fields = { ...form.fields, about: 'login', email: address('cut'), text: 'cut' };
                delete fields.files;
                const head = Object.entries(fields).map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('');
                const go = (body) => browser.go('/help/requests', { method: 'POST', body, headers: { 'content-type': 'multipart/form-data; boundary=b' } });
                const cut = await go(`${head}--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhalf of i`);
                assert.equal(cut.status, 422);
                assert.match(plain(cut.text), /did not arrive whole/);
                assert.equal((await go('--b\r\nnonsense')).status >= 400, true);
                const large = await browser.go('/help/requests', { method: 'POST', body: Buffer.alloc(28 * 1024 * 1024), headers: { 'content-type': 'multipart/form-data; boundary=b' } }).catch(() => ({ status: 413 }));
                assert.equal(large.status, 413);
        });

        test('S0.6: five files of 5 MB go through, with an answer of staff as well', async () => {
                const { browser, email, number } = await opened();
                const page = await browser.go(link(await mailTo(here, email, /We have your message/)));
                const files = Array.from({ length: 5 }, (_, i) => [`${i}.txt`, 'y'.repeat(5 * 1024 * 1024)]);
                const answer = await sendFiles(browser, page, files, { text: 'five' }, /replies$/);
                assert.equal(answer.status, 303, plain(answer.text).slice(0, 300));
                assert.equal(here.sql(`SELECT count(*) || ' ' || sum(length(content)) FROM ticket_files WHERE ticket_id = ${ticket(number).id}`), `5 ${25 * 1024 * 1024}`);
                const desk = await sofia.browser.go(`/admin/tickets/${number}`);
                const reply = await sendFiles(sofia.browser, desk, [['how.png', png]], { text: 'Like this' }, /answers$/);
                assert.equal(reply.status, 303);
                assert.match((await browser.go(link(await mailTo(here, email, /Our answer/)))).text, />how\.png</);
                here.sql(`DELETE FROM ticket_files WHERE ticket_id = ${ticket(number).id}`);
                await becomes(here, `NOT EXISTS (SELECT FROM ticket_files WHERE ticket_id = ${ticket(number).id})`);
        });
});
