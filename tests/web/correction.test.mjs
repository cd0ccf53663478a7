// The address that was mistyped at the checkout: proved and corrected at once, or with staff.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { begin, buy, openLink } from './lib/purchase.mjs';
import { sleep, until } from './lib/sandbox.mjs';

const reader = () => new Browser(here.url);
const hashed = (token) => `'\\x${createHash('sha256').update(token).digest('hex')}'`;
const error = (page, name) => plain(new RegExp(`id="${name}-error">(.*?)</p>`, 's').exec(page.text)?.[1] ?? '');
const fifty = (work) => Promise.all(Array.from({ length: 50 }, (_, i) => work(i)));
const forget = () => here.sql('DELETE FROM tries');
const right = { amount: '149.00', last_four: '4242' };
const customerOf = (number) => here.rows(`SELECT c.id, c.email, c.merged_into FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.number = ${quote(number)}`)[0];
const lastOf = (number) => here.rows(`SELECT * FROM corrections WHERE number = ${quote(number)} ORDER BY id DESC LIMIT 1`)[0];

/** Fill in the page; the answer and what the worker made of it. */
async function tell(number, email, { browser = reader(), ...fields } = {}) {
        const page = await browser.go('/help-me-in');
        const answer = await browser.submit(page, /help-me-in$/, { number, email, ...right, ...fields });
        if (answer.status === 200) await until(() => !['new', undefined].includes(lastOf(number)?.status), `${number}: looked at`);
        return { answer, status: lastOf(number)?.status, row: lastOf(number) };
}

/** Details of the payment, the last four digits among them, come with the receipt. */
async function bought(fields = {}) {
        const order = await buy(here, { email: address('mistyped'), ...fields });
        await until(() => here.sql(`SELECT bool_or(p.last_four = '4242') FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(order.number)}`) === 't', 'the digits');
        await mailTo(here, order.email, /You have access/);
        return order;
}

/** A member of staff who is logged in. */
function staff(role) {
        const email = address(role);
        here.ctl('staff', 'add', email, '--role', role);
        const token = randomBytes(32).toString('base64url');
        here.sql(`UPDATE staff SET name = 'Sofia Berg' WHERE email = ${quote(email)};
                INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at)
                SELECT ${hashed(token)}, 'staff', id, app_now(), app_now() + interval '1 hour' FROM staff WHERE email = ${quote(email)}`);
        const browser = new Browser(here.adminUrl);
        browser.jar().set('lk_staff', token);
        return browser;
}

describe('a mistyped address (S2.12)', needs, () => {
        before(forget);

        test('P3: the page is found where it is missed: login, "a link is on its way", the welcome page', async () => {
                const browser = reader();
                const login = await browser.go('/login');
                assert.match(login.text, /href="\/help-me-in"/);
                const sent = await browser.submit(login, /login$/, { email: address(), password: undefined }, {});
                assert.match(sent.text, /href="\/help-me-in"/);
                const link = await browser.go('/login/link', { form: { csrf_token: formOf(login, /login$/).fields.csrf_token, email: address() } });
                assert.match(link.text, /href="\/help-me-in"/);
                const order = await bought();
                assert.match(order.page.text, new RegExp(`href="/help-me-in\\?order=${order.number}"`));
                const page = await order.browser.go(`/help-me-in?order=${order.number}`);
                assert.equal(formOf(page, /help-me-in/).fields.number, order.number);
        });

        test('P3: what is missing or wrong is said beside its field, and what was typed stays', async () => {
                const browser = reader();
                const page = await browser.go('/help-me-in');
                const good = { number: 'K3PQ7XW2MD', email: 'a@example.org', ...right };
                for (const [field, value, words] of [
                        ['number', '', /Enter the order number/], ['number', 'K3PQ', /ten letters/], ['amount', '', /amount/], ['amount', 'a lot', /figures/],
                        ['amount', '9'.repeat(10240), /./], ['last_four', '42', /4242/], ['last_four', '4242 4242 4242 4242', /4242/], ['last_four', 'abcd', /4242/],
                        ['email', '', /right email/], ['email', 'nobody', /name@example/], ['email', `${'x'.repeat(10240)}@example.org`, /./],
                ]) {
                        const answer = await browser.submit(page, /help-me-in$/, { ...good, [field]: value });
                        assert.deepEqual([answer.status, words.test(error(answer, field))], [422, true], `${field} ${value.slice(0, 30)}: ${error(answer, field)}`);
                        if (field !== 'number') assert.match(answer.text, /value="K3PQ7XW2MD"/);
                        forget();
                }
        });

        test('P3: all three fit and nobody was in: corrected at once, both told, old links and the other browser dead', async () => {
                const order = await bought();
                const old = await mailTo(here, order.email, /You have access/);
                const email = address('right');
                const typed = `${order.number.slice(0, 5)}${order.number.slice(5).toLowerCase()}`;
                const { answer, status } = await tell(order.number, email, { number: typed, amount: '149,00 EUR', last_four: '4 2 4 2' });
                assert.deepEqual([answer.status, heading(answer.text), status], [200, 'Thank you', 'done']);
                assert.equal(customerOf(order.number).email, email);
                const told = await mailTo(here, order.email, /^Your email address was corrected$/);
                assert.match(told.text, new RegExp(order.number));
                assert.doesNotMatch(told.text, new RegExp(email), 'the old address does not learn the new one');
                assert.match(told.text, /If this order is yours and you did not ask for that/);
                await mailTo(here, email, /^Your email address was corrected$/);
                await mailTo(here, email, /^Payment received/);
                const access = await mailTo(here, email, /^You have access/);
                assert.equal((await reader().go(old.link)).status, 404);
                assert.notEqual((await order.browser.go(`/programs/light-and-lens?order=${order.number}`)).status, 200);
                const browser = await openLink(here, access.link);
                assert.match(plain((await browser.go('/programs')).text), /Light & Lens/);
                assert.equal(here.sql(`SELECT count(*) FROM audit a JOIN orders o ON o.id = a.object_id WHERE a.action = 'correction.asked' AND o.number = ${quote(order.number)}`), '1');
                assert.equal(here.ctl('check', 'access').status, 0);
        });

        test('P3: from the checkout\'s own browser: corrected at once although it was opened there, and that browser goes on', async () => {
                const order = await bought();
                assert.equal((await order.browser.go(`/programs/light-and-lens?order=${order.number}`)).status, 200);
                await until(() => here.sql(`SELECT first_open_at IS NOT NULL FROM orders WHERE number = ${quote(order.number)}`) === 't', 'opened');
                const email = address('right');
                const { status, row } = await tell(order.number, email, { browser: order.browser });
                assert.deepEqual([status, row.fits], ['done', ['amount', 'last_four', 'browser']]);
                assert.equal((await order.browser.go(`/programs/light-and-lens?order=${order.number}`)).status, 200);
                assert.match(plain((await order.browser.go(`/welcome?order=${order.number}`)).text), new RegExp(email));
        });

        test('P3: the same words for a wrong, an unpaid and an absent order; nothing is changed or sent', async () => {
                const order = await bought();
                const open = await begin(here);
                const pages = [];
                for (const [number, fields] of [
                        [order.number, { amount: '148.00', last_four: '4243' }], [order.number, { amount: '1.49', last_four: '0000' }],
                        ['ZZZZZZZZZZ', {}], [open.number, {}],
                ]) {
                        const email = address('thief');
                        const { answer, status } = await tell(number, email, fields);
                        assert.equal(status, 'unproved', number);
                        pages.push(plain(answer.text).replaceAll(email, 'X'));
                        await sleep(300);
                        assert.deepEqual(mailsTo(here, email), []);
                }
                assert.equal(new Set(pages).size, 1);
                assert.equal(customerOf(order.number).email, order.email);
        });

        test('P3: 50 times the same form is one request; 50 forms are held at twenty and have one effect', async () => {
                forget();
                const order = await bought();
                const email = address('right');
                const browser = reader();
                const page = await browser.go('/help-me-in');
                const answers = await fifty(() => browser.submit(page, /help-me-in$/, { number: order.number, email, ...right }));
                assert.ok(answers.every((a) => [200, 429].includes(a.status)));
                await mailTo(here, email, /^Your email address was corrected$/);
                assert.equal(here.sql(`SELECT count(*) FROM corrections WHERE number = ${quote(order.number)}`), '1');
                forget();
                const other = await bought();
                const next = address('right');
                const forms = await Promise.all(Array.from({ length: 50 }, () => browser.go('/help-me-in')));
                const many = await fifty((i) => browser.submit(forms[i], /help-me-in$/, { number: other.number, email: next, ...right }));
                assert.equal(many.filter((a) => a.status === 429).length, 30);
                await until(() => here.sql(`SELECT count(*) FROM corrections WHERE number = ${quote(other.number)} AND status = 'new'`) === '0', 'all looked at');
                await mailTo(here, next, /^Your email address was corrected$/);
                await mailTo(here, next, /^You have access/);
                await sleep(1500);
                const sent = mailsTo(here, next).map((m) => m.subject).sort();
                assert.deepEqual(sent, ['Payment received: Light & Lens', 'You have access: Light & Lens', 'Your email address was corrected']);
                assert.equal(mailsTo(here, other.email).filter((m) => /was corrected/.test(m.subject)).length, 1);
                forget();
        });

        test('P3: the address was right and the mail lost: the mails come once more, within reason', async () => {
                forget();
                const order = await bought();
                const { status } = await tell(order.number, order.email);
                assert.equal(status, 'repeated');
                await until(() => mailsTo(here, order.email).filter((m) => /You have access/.test(m.subject)).length === 2, 'again');
                await tell(order.number, order.email);
                await sleep(1000);
                assert.equal(mailsTo(here, order.email).filter((m) => /You have access/.test(m.subject)).length, 2);
        });
});

describe('what is not sure is decided by staff', needs, () => {
        let support;
        before(() => {
                forget();
                support = staff('support');
        });
        const decide = async (id, decision, reason = 'They named the statement text', browser = support) =>
                browser.submit(await browser.go(`/admin/corrections/${id}`), /corrections\/\d+$/, { decision, reason });

        test('P3: one of two fits, or somebody logged in, or it was opened elsewhere: with staff, told why', async () => {
                for (const [why, prepare, fields] of [
                        ['proof', () => {}, { last_four: '0000' }],
                        ['proof', () => {}, { amount: '1' }],
                        ['logged_in', async (order) => openLink(here, (await mailTo(here, order.email, /You have access/)).link), {}],
                        ['opened', (order) => order.browser.go(`/programs/light-and-lens?order=${order.number}`), {}],
                ]) {
                        forget();
                        const order = await bought();
                        await prepare(order);
                        const { status, row } = await tell(order.number, address('right'), fields);
                        assert.deepEqual([status, row.why.includes(why)], ['with_staff', true], why);
                        assert.equal(customerOf(order.number).email, order.email);
                        assert.match(plain((await support.go('/admin/corrections')).text), new RegExp(order.number));
                }
                const home = plain((await support.go('/admin/')).text);
                assert.match(home, /An address may be mistyped/);
        });

        test('P3: staff see what fits, need a reason, and correct it: as at once', async () => {
                const order = await bought();
                const was = await openLink(here, (await mailTo(here, order.email, /You have access/)).link);
                const email = address('right');
                const { row } = await tell(order.number, email);
                const page = plain((await support.go(`/admin/corrections/${row.id}`)).text);
                for (const part of [order.number, email, order.email, '149.00 EUR', 'Somebody has logged in', 'Logins so far 1']) assert.ok(page.includes(part), `${part} in ${page}`);
                const none = await decide(row.id, 'correct', '');
                assert.deepEqual([none.status, /Say why/.test(error(none, 'reason'))], [422, true]);
                assert.equal((await decide(row.id, 'maybe')).status, 422);
                const answers = await fifty(() => decide(row.id, 'correct').catch(() => ({ status: 0 })));
                assert.equal(answers.filter((a) => a.to === '/admin/corrections?done=done').length, 1);
                assert.equal(customerOf(order.number).email, email);
                assert.equal((await was.go('/programs')).status, 303, 'the old session');
                await mailTo(here, order.email, /was corrected/);
                const browser = await openLink(here, (await mailTo(here, email, /^You have access/)).link);
                assert.match(plain((await browser.go('/programs')).text), /Light & Lens/);
                assert.match(plain((await support.go(`/admin/corrections/${row.id}`)).text), /Corrected.*Sofia Berg.*They named the statement text/);
                assert.equal(here.sql(`SELECT count(*) FROM alarms m JOIN orders o ON o.id = m.object_id WHERE m.kind = 'correction' AND o.number = ${quote(order.number)} AND m.closed_at IS NULL`), '0');
                assert.match(plain((await support.go(`/admin/orders/${order.number}`)).text), /corrected the address of the order/);
        });

        test('P3: refused: nothing changes, the reason is told', async () => {
                forget();
                const order = await bought();
                const email = address('thief');
                const { row } = await tell(order.number, email, { amount: '5.00' });
                assert.equal((await decide(row.id, 'refuse', 'The amount is another one')).to, '/admin/corrections?done=refused');
                const mail = await mailTo(here, email, /^We could not correct the address$/);
                assert.match(mail.text, /The amount is another one/);
                assert.equal(customerOf(order.number).email, order.email);
                assert.equal(mailsTo(here, order.email).some((m) => /corrected/.test(m.subject)), false);
        });

        test('P3: the new address is another customer\'s: staff join them, both see everything, once', async () => {
                forget();
                const anna = await bought({ product: 'darkroom-desk' });
                const hers = await openLink(here, (await mailTo(here, anna.email, /You have access/)).link);
                const order = await bought();
                const { status, row } = await tell(order.number, anna.email, { browser: order.browser });
                assert.deepEqual([status, row.why], ['with_staff', ['taken']]);
                assert.match(plain((await support.go(`/admin/corrections/${row.id}`)).text), /belongs to Ann Example with 1 paid order/);
                assert.equal((await decide(row.id, 'correct')).to, '/admin/corrections?done=done');
                const programs = plain((await hers.go('/programs')).text);
                assert.match(programs, /Light & Lens/);
                assert.match(programs, /Darkroom/);
                assert.equal((await hers.go(`/orders/${order.number}`)).status, 200);
                const link = await until(() => mailsTo(here, anna.email).find((m) => /You have access: Light/.test(m.subject)), 'her link');
                const browser = await openLink(here, link.link);
                assert.match(plain((await browser.go('/programs')).text), /Darkroom/, 'the link logs in as the one that is left');
                assert.equal(here.sql(`SELECT merged_into IS NOT NULL FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.number = ${quote(order.number)}`), 't');
                assert.equal(here.ctl('check', 'access').status, 0);
        });

        test('P3: who may not decide only reads; unknown and unproved ones are 404', async () => {
                forget();
                const order = await bought();
                const { row } = await tell(order.number, address('right'), { last_four: '0000' });
                const viewer = staff('viewer');
                const page = await viewer.go(`/admin/corrections/${row.id}`);
                assert.equal(page.status, 200);
                assert.doesNotMatch(page.text, /name="decision"/);
                const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.text)[1];
                assert.equal((await viewer.go(`/admin/corrections/${row.id}`, { form: { csrf_token, decision: 'correct', reason: 'x' } })).status, 403);
                assert.equal((await new Browser(here.adminUrl).go('/admin/corrections')).status, 303);
                const { row: unproved } = await tell('ZZZZZZZZZZ', address('x'));
                for (const id of [unproved.id, 999999999]) assert.equal((await support.go(`/admin/corrections/${id}`)).status, 404);
                assert.equal(lastOf(order.number).status, 'with_staff');
        });
});
