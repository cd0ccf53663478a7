// The two mails, the link in one of them, the password, logging in and out.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, buy, login, openLink } from './lib/purchase.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { control } from './lib/stripe.mjs';

const reader = () => new Browser(here.url);
const cookieOf = (answer, name) => answer.headers.getSetCookie().find((line) => line.startsWith(`${name}=`));
const hashOf = (link) => `'\\x${createHash('sha256').update(link.split('/').at(-1)).digest('hex')}'`;
const stateOf = (link) => here.sql(`SELECT ended_at IS NOT NULL FROM sessions WHERE token_hash = ${hashOf(link)}`);
const sessionsOf = (email) => Number(here.sql(`SELECT count(*) FROM sessions s JOIN customers c ON c.id = s.customer_id WHERE c.email = ${quote(email)} AND s.kind = 'customer'`));

describe('the mails after a payment (S0.5)', needs, () => {
        let bought, access, paid;
        before(async () => {
                bought = await buy(here, { name: 'Åsa "the" Example' });
                access = await mailTo(here, bought.email, /^You have access: Light & Lens$/);
                paid = await mailTo(here, bought.email, /^Payment received: Light & Lens$/);
        });

        test('are two, each once, well formed, with a date, an id and both kinds of text', async () => {
                await sleep(1500);
                assert.equal(mailsTo(here, bought.email).length, 2);
                for (const mail of [access, paid]) {
                        assert.deepEqual(mail.defects, [], mail.subject);
                        const at = Date.parse(mail.headers.date);
                        assert.ok(Math.abs(at - Date.now()) < 40 * 60000, mail.headers.date);
                        assert.match(mail.headers['message-id'], /^<[^<>@\s]+@northlight\.example>$/);
                        assert.equal(mail.headers['mime-version'], '1.0');
                        assert.equal(mail.headers['auto-submitted'], 'auto-generated');
                        assert.match(mail.headers.to, new RegExp(`<${bought.email}>`));
                        assert.match(mail.headers.from, /studio@northlight\.example/);
                        assert.match(mail.headers['x-mailfrom'], /^bounce\+\d+\.[0-9a-f]{20}@replies\.northlight\.example$/);
                        assert.ok(mail.types.includes('multipart/alternative') && mail.types.includes('text/plain') && mail.types.includes('text/html'));
                        assert.doesNotMatch(mail.html, /<(img|script|link)\b|src=/, 'nothing is fetched when it is opened');
                        assert.match(mail.text, /help@northlight\.example/);
                        for (const line of mail.text.split('\n')) assert.ok(line.length < 998);
                }
                assert.notEqual(access.headers['message-id'], paid.headers['message-id']);
        });

        test('the one about the payment says amount, digits, statement text, and has the receipt (S0.3)', () => {
                const [{ number, statement }] = here.rows(`SELECT r.number, p.statement_text AS statement FROM receipts r JOIN payments p ON p.id = r.payment_id
                        JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)}`);
                for (const text of [paid.text, plain(paid.html)])
                        for (const part of [bought.number, 'Light & Lens', '149.00 EUR', 'Visa ending in 4242', statement, number, '30 days'])
                                assert.ok(text.includes(part), `${part} in ${text}`);
                assert.deepEqual(paid.files.map((f) => [f.name, f.type]), [[`${number}.pdf`, 'application/pdf']]);
                assert.equal(paid.files[0].bytes.toString('latin1', 0, 5), '%PDF-');
                const stored = here.sql(`SELECT encode(sha256(f.pdf), 'hex') FROM receipt_files f JOIN receipts r ON r.id = f.receipt_id WHERE r.number = ${quote(number)}`);
                assert.equal(createHash('sha256').update(paid.files[0].bytes).digest('hex'), stored);
                assert.equal(paid.link, null, 'only the other one opens anything');
        });

        test('the one about the access has one link, the same in both texts; only its hash is kept', () => {
                assert.match(access.link, /^\/access\/[A-Za-z0-9_-]{43}$/);
                assert.equal(access.html.split(access.link).length, 2);
                assert.equal(access.files.length, 0);
                const token = access.link.split('/').at(-1);
                assert.equal(here.sql(`SELECT count(*) FROM sessions WHERE token_hash = ${hashOf(access.link)} AND kind = 'magic'`), '1');
                assert.equal(here.sql(`SELECT count(*) FROM message_bodies b WHERE to_jsonb(b)::text LIKE '%${token}%'`), '0');
        });

        test('looking at the link changes nothing, however often: GET, HEAD, a scanner\'s browser (S0.4)', async () => {
                for (const method of ['GET', 'HEAD', 'GET', 'GET']) {
                        const browser = reader();
                        const page = await browser.go(access.link, { method, headers: { 'user-agent': 'MailScanner/1.0' } });
                        assert.equal(page.status, 200, method);
                        assert.equal(page.headers.get('cache-control'), 'private, no-store');
                        assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
                        assert.equal(browser.jar().has('lk_session'), false);
                        if (method === 'GET') assert.equal(heading(page.text), 'Open your access');
                }
                assert.equal(stateOf(access.link), 'f');
                assert.equal(sessionsOf(bought.email), 0);
        });

        test('a POST without the page\'s token consumes nothing: 403', async () => {
                const page = await reader().go(access.link, { form: {} });
                assert.equal(page.status, 403);
                assert.equal(stateOf(access.link), 'f');
        });

        test('the page masks the address of whoever holds the link', async () => {
                const page = await reader().go(access.link);
                assert.doesNotMatch(page.text, new RegExp(bought.email));
                assert.match(plain(page.text), /logs you in as b…@example\.org/);
        });

        test('the button consumes it, opens the account and offers to set a password', async () => {
                const browser = reader();
                const page = await browser.go(access.link);
                const answer = await browser.submit(page, /^\/access\//);
                assert.deepEqual([answer.status, answer.to], [303, '/set-password']);
                const cookie = cookieOf(answer, 'lk_session');
                for (const flag of ['HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age=2592000']) assert.ok(cookie.includes(flag), cookie);
                assert.doesNotMatch(cookie, /Domain=/i);
                assert.equal(heading((await browser.go('/set-password')).text), 'Choose a password');
                assert.match(plain((await browser.go('/programs')).text), /Light & Lens/);
                assert.equal((await browser.go(`/orders/${bought.number}`)).status, 200);
                assert.equal(here.sql(`SELECT email_verified_at IS NOT NULL FROM customers WHERE email = ${quote(bought.email)}`), 't');
                assert.equal(stateOf(access.link), 't');
        });

        test('a second time it says that it was used, and a button sends a new one', async () => {
                const browser = reader();
                const page = await browser.go(access.link);
                assert.deepEqual([page.status, heading(page.text)], [410, 'This link has been used']);
                assert.equal(browser.jar().has('lk_session'), false);
                const { fields } = formOf(page, /^\/access\/[^/]+\/new$/);
                const posted = await browser.go(access.link, { form: fields });
                assert.deepEqual([posted.status, heading(posted.text)], [410, 'This link has been used']);
                assert.equal(cookieOf(posted, 'lk_session'), undefined);
                const sent = await browser.submit(page, /\/new$/);
                assert.deepEqual([sent.status, heading(sent.text)], [200, 'A new link is on its way']);
                const mail = await mailTo(here, bought.email, /^Your link to log in$/);
                assert.notEqual(mail.link, access.link);
                const opened = await openLink(here, mail.link, browser);
                assert.match(plain((await opened.go('/programs')).text), /Light & Lens/);
        });

        test('50 presses at once: one session (safety rule 4)', async () => {
                const browser = reader();
                const page = await browser.go('/login');
                here.sql("UPDATE tries SET at = at - interval '10 seconds' WHERE scope = 'mail'");
                await browser.go('/login/link', { form: { ...formOf(page, /\/login$/).fields, email: bought.email } });
                const mail = await until(() => mailsTo(here, bought.email).filter((m) => m.subject === 'Your link to log in')[1], 'a second link');
                const link = await browser.go(mail.link);
                const before = sessionsOf(bought.email);
                const answers = await Promise.all(Array.from({ length: 50 }, () => browser.submit(link, /^\/access\//)));
                assert.deepEqual(answers.map((a) => a.status).filter((s) => s === 303).length, 1);
                assert.equal(answers.filter((a) => a.status === 410).length, 49);
                assert.equal(sessionsOf(bought.email) - before, 1);
        });

        test('an expired one says so, and has the button too', async () => {
                const other = await buy(here);
                const mail = await mailTo(here, other.email, /You have access/);
                here.sql(`UPDATE sessions SET expires_at = created_at WHERE token_hash = ${hashOf(mail.link)}`);
                const browser = reader();
                const page = await browser.go(mail.link);
                assert.deepEqual([page.status, heading(page.text)], [410, 'This link has expired']);
                const sent = await browser.submit(page, /\/new$/);
                assert.equal(sent.status, 200);
                await mailTo(here, other.email, /Your link to log in/);
        });

        test('after the grant ended it opens the account, with its receipts, and not the product', async () => {
                const gone = await buy(here);
                const { link } = await mailTo(here, gone.email, /You have access/);
                await becomes(here, `SELECT EXISTS (SELECT FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(gone.number)})`);
                await control(here.sandbox, 'acts', { act: 'refund', object: gone.session });
                await becomes(here, `SELECT status = 'refunded' FROM orders WHERE number = ${quote(gone.number)}`);
                const browser = await openLink(here, link);
                assert.equal((await browser.go('/programs/light-and-lens')).text.includes('<ol class="lessons">'), false);
                assert.equal((await browser.go(`/orders/${gone.number}`)).status, 200);
        });

        test('one that never was: 404, with the way to a new one; a cut one too', async () => {
                for (const token of ['A'.repeat(43), access.link.slice(8, -1), 'x', `${'A'.repeat(43)}/new`]) {
                        const page = await reader().go(`/access/${token}`);
                        assert.ok([404, 405, 400].includes(page.status), `${token}: ${page.status}`);
                        assert.match(page.text, /<h1/);
                }
                assert.match(plain((await reader().go(`/access/${'A'.repeat(43)}`)).text), /We do not know this link.*Send me a new link/);
        });
});

describe('a password', needs, () => {
        const password = 'seven slow otters in the rain';
        let email, browser, page;
        before(async () => {
                const bought = await buy(here);
                email = bought.email;
                browser = await openLink(here, (await mailTo(here, email, /You have access/)).link);
                page = await browser.go('/set-password');
        });
        after(() => here.sql("DELETE FROM tries WHERE scope IN ('account', 'address')"));

        const choose = (text) => browser.submit(page, /\/set-password$/, { password: text });
        const errorOf = (answer) => plain(/id="password-error">(.*?)<\/p>/s.exec(answer.text)?.[1] ?? '');

        test('too short, common, or made of the address: refused with the reason, and nothing is set', async () => {
                for (const [text, why] of [
                        ['', /./], ['short', /15/], ['x'.repeat(14), /15/], ['password1234567', /would try/],
                        ['aaaaaaaaaaaaaaaaaaaa', /./], [email, /address|would try/i],
                ]) {
                        const answer = await choose(text);
                        assert.equal(answer.status, 422, text);
                        assert.match(errorOf(answer), why, text);
                        assert.doesNotMatch(answer.text, /value="(short|password1234567)"/);
                }
                assert.equal(here.sql(`SELECT count(*) FROM credentials k JOIN customers c ON c.id = k.customer_id WHERE c.email = ${quote(email)}`), '0');
        });

        test('a good one is set; nothing but its hash is kept; other sessions end', async () => {
                const other = reader();
                const { fields } = formOf(await other.go('/login'), /\/login$/);
                await other.go('/login/link', { form: { ...fields, email } });
                await openLink(here, (await mailTo(here, email, /Your link to log in/)).link, other);
                assert.equal((await other.go('/programs')).status, 200);
                const answer = await choose(password);
                assert.equal(answer.status, 303, errorOf(answer));
                const shown = await browser.follow(answer.to);
                assert.match(plain(shown.text), /Your password is saved/);
                assert.match(here.sql(`SELECT password_hash FROM credentials k JOIN customers c ON c.id = k.customer_id WHERE c.email = ${quote(email)}`), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
                assert.equal((await other.go('/programs')).status, 303);
                assert.equal((await browser.go('/programs')).status, 200);
        });

        test('it logs in, in another browser, with a new session each time (safety rule 21)', async () => {
                const other = reader();
                other.jar().set('lk_session', 'A'.repeat(43));
                const answer = await login(other, email, password);
                assert.deepEqual([answer.status, answer.to], [303, '/programs']);
                const first = other.jar().get('lk_session');
                assert.notEqual(first, 'A'.repeat(43));
                assert.match(plain((await other.go('/programs')).text), /Light & Lens/);
                assert.deepEqual([(await other.go('/login')).status, (await other.go('/login')).to], [303, '/programs']);
        });

        test('a new login ends the session that the browser had (safety rule 21)', async () => {
                const other = reader();
                await login(other, email, password);
                const old = other.jar().get('lk_session');
                const { fields } = formOf(await other.go('/programs'), /\/logout$/);
                const answer = await other.go('/login', { form: { csrf_token: fields.csrf_token, email, password } });
                assert.equal(answer.status, 303);
                assert.notEqual(other.jar().get('lk_session'), old);
                assert.equal((await other.go('/programs')).status, 200);
                other.jar().set('lk_session', old);
                assert.equal((await other.go('/programs')).status, 303);
        });

        test('leads back to where one wanted to go, on this host alone', async () => {
                const wanted = await reader().go('/programs/light-and-lens');
                assert.deepEqual([wanted.status, wanted.to], [303, '/login?next=%2Fprograms%2Flight-and-lens']);
                for (const [next, to] of [
                        ['/orders', '/orders'], ['/programs/light-and-lens', '/programs/light-and-lens'], ['https://evil.example/', '/programs'],
                        ['//evil.example/', '/programs'], ['/\\evil.example', '/programs'], ['/orders\\evil', '/programs'], ['javascript:alert(1)', '/programs'],
                ]) {
                        const answer = await login(reader(), email, password, next);
                        assert.deepEqual([answer.status, answer.to], [303, to], next);
                }
        });

        test('a wrong one and an unknown account get the same words, the same status, about the same time (safety rule 20)', async () => {
                const times = { known: [], unknown: [] };
                const pages = {};
                for (let i = 0; i < 4; i++)
                        for (const [who, name] of [['known', email], ['unknown', 'nobody-at-all@example.org']]) {
                                const browser = reader();
                                const shown = await browser.go('/login');
                                const began = performance.now();
                                const answer = await browser.submit(shown, /\/login$/, { email: name, password: `wrong ${'x'.repeat(20)}` });
                                times[who].push(performance.now() - began);
                                assert.equal(answer.status, 422);
                                pages[who] = plain(answer.text);
                                assert.equal(answer.headers.getSetCookie().filter((c) => c.startsWith('lk_session')).length, 0);
                        }
                assert.equal(pages.known, pages.unknown);
                assert.match(pages.known, /do not belong together/);
                const best = (list) => Math.min(...list);
                assert.ok(best(times.unknown) > best(times.known) / 3 && best(times.known) > best(times.unknown) / 3, JSON.stringify(times));
        });

        test('"send me a link" has one answer, known or not', async () => {
                const said = {};
                const stranger = 'nobody-at-all@example.org';
                for (const who of [email, stranger]) {
                        const browser = reader();
                        const { fields } = formOf(await browser.go('/login'), /\/login$/);
                        const answer = await browser.go('/login/link', { form: { ...fields, email: who } });
                        assert.equal(answer.status, 200);
                        said[who] = plain(answer.text).replaceAll(who, 'ADDRESS');
                }
                assert.equal(said[email], said[stranger]);
                await mailTo(here, email, /Your link to log in/);
                assert.equal(mailsTo(here, stranger).length, 0);
        });

        test('a link can be asked for five times an hour, not more (safety rule 20)', async () => {
                const buyer = await buy(here);
                const browser = reader();
                const { fields } = formOf(await browser.go('/login'), /\/login$/);
                for (let i = 0; i < 8; i++) {
                        assert.equal((await browser.go('/login/link', { form: { ...fields, email: buyer.email } })).status, 200);
                        await until(() => here.sql('SELECT count(*) FROM link_asks') === '0', 'looked at');
                        // the same form within ten seconds would be no second mail
                        here.sql("UPDATE tries SET at = at - interval '10 seconds' WHERE scope = 'mail'");
                }
                await until(() => mailsTo(here, buyer.email).filter((m) => /link to log in/.test(m.subject)).length === 5, 'five links');
                await sleep(1000);
                assert.equal(mailsTo(here, buyer.email).filter((m) => /link to log in/.test(m.subject)).length, 5);
        });

        test('logging out ends the session itself: the old cookie opens nothing', async () => {
                const other = reader();
                await login(other, email, password);
                const old = other.jar().get('lk_session');
                const answer = await other.submit(await other.go('/programs'), /\/logout$/);
                assert.deepEqual([answer.status, answer.to], [303, '/login?notice=out']);
                assert.equal(other.jar().has('lk_session'), false);
                other.jar().set('lk_session', old);
                assert.equal((await other.go('/programs')).status, 303);
                assert.equal((await other.go('/logout', { form: {} })).status, 403, 'and logging out needs the page\'s token');
        });

        test('a session that is not fresh may not choose a password (safety rule 21)', async () => {
                const other = reader();
                await login(other, email, password);
                const stale = await other.go('/set-password');
                here.sql(`UPDATE sessions SET created_at = created_at - interval '16 minutes' WHERE token_hash = ${hashOf(other.jar().get('lk_session'))}`);
                const answer = await other.submit(stale, /\/set-password$/, { password: 'another slow otter in the rain' });
                assert.notEqual(answer.status, 200);
                assert.equal((await login(reader(), email, 'another slow otter in the rain')).status, 422);
                assert.equal((await login(reader(), email, password)).status, 303);
        });

        test('after ten failures the account waits: 429, the right password too, other accounts not (safety rule 20)', async () => {
                here.sql("DELETE FROM tries WHERE scope IN ('account', 'address')");
                for (let i = 0; i < 10; i++) assert.equal((await login(reader(), email, `wrong ${i} ${'x'.repeat(20)}`)).status, 422, `try ${i}`);
                for (const text of [`wrong ${'x'.repeat(20)}`, password]) {
                        const answer = await login(reader(), email, text);
                        assert.equal(answer.status, 429);
                        assert.match(plain(answer.text), /too many tries/i);
                }
                assert.equal((await login(reader(), here.customer, here.password)).status, 303);
                const unknown = address('unknown');
                for (let i = 0; i < 10; i++) assert.equal((await login(reader(), unknown, `wrong ${i} ${'x'.repeat(20)}`)).status, 422);
                assert.equal((await login(reader(), unknown, 'x'.repeat(20))).status, 429, 'an unknown one as well');
        });

        test('the form is shown only to who is logged in', async () => {
                assert.equal((await reader().go('/set-password')).status, 303);
                const browser = reader();
                const { fields } = formOf(await browser.go('/login'), /\/login$/);
                assert.equal((await browser.go('/set-password', { form: { csrf_token: fields.csrf_token, password } })).status, 403);
        });
});
