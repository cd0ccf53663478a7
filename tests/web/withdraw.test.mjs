// Out of a contract: the withdrawal that needs no login and one confirmation, its receipt, what
// follows from it, and the three ways of an order's page (S2.2).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, begin, buy, openLink } from './lib/purchase.mjs';
import { top, until } from './lib/sandbox.mjs';
import { staffBrowser } from './lib/staff.mjs';
import { stripeFor } from './lib/stripe.mjs';
import { inside, transfer } from './lib/world.mjs';

const stripe = here === null ? null : stripeFor(here.sandbox);
const idOf = (number) => here.sql(`SELECT id FROM orders WHERE number = ${quote(number)}`);
const withdrawals = (number) => here.rows(`SELECT w.id, w.kind, w.status, w.why, w.amount_minor AS amount, w.proved FROM withdrawals w JOIN orders o ON o.id = w.order_id
        WHERE o.number = ${quote(number)} ORDER BY w.id`);
const refunds = (number) => here.rows(`SELECT r.kind, r.status, r.amount_minor AS amount, r.two_persons AS two, r.approved_by IS NULL AS alone FROM refunds r JOIN orders o ON o.id = r.order_id
        WHERE o.number = ${quote(number)} ORDER BY r.id`);
const paidBack = (number) => becomes(here, `EXISTS (SELECT FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(number)} AND r.status = 'succeeded')`);
const access = (number) => here.sql(`SELECT a.status || ' ' || coalesce(a.end_reason, '') FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(number)}`);
const tasks = (id, kind = 'withdrawal') => here.rows(`SELECT status, title, due_at::date::text AS due FROM tasks WHERE kind = '${kind}' AND object = 'withdrawal' AND object_id = ${id}`);
/** The contract was made so many days ago. */
const ago = (number, days, granted = days) => here.sql(`UPDATE orders SET agreed_at = agreed_at - interval '${days} days', granted_at = granted_at - interval '${granted} days',
        paid_at = paid_at - interval '${granted} days' WHERE number = ${quote(number)}`);
const opened = (number) => here.sql(`UPDATE orders SET first_open_at = app_now() - interval '1 minute' WHERE number = ${quote(number)}`);
const buyer = (number) => inside(here, here.sql(`SELECT customer_id FROM orders WHERE number = ${quote(number)}`));

/** The form at the foot of every page, to the page that wants the confirmation. */
async function check(fields, browser = new Browser(here.url)) {
        const page = await browser.go('/withdraw');
        return { browser, page: await browser.submit(page, /check$/, { name: 'Ann Example', ...fields }) };
}
/** Confirmed: where the receipt stands. */
async function withdraw(fields) {
        const { browser, page } = await check(fields);
        assert.equal(heading(page.text), 'Confirm withdrawal', plain(page.text));
        const sent = await browser.submit(page, /\/withdraw$/);
        assert.equal(sent.status, 303, plain(sent.text));
        return { browser, receipt: sent.to, page: await browser.go(sent.to) };
}
const received = (fold, n = 1) => becomes(here, `SELECT count(*) = ${n} AND bool_and(status <> 'received') FROM withdrawals WHERE said_email = ${quote(fold)}`);

describe('S2.2 withdrawing from a contract', needs, () => {
        let finance, support, root;
        const slug = `out-${process.pid}-${Date.now().toString(36)}`;

        before(async () => {
                finance = await staffBrowser(here, 'finance');
                support = await staffBrowser(here, 'support');
                // A product of this file's own, without a guarantee: what the law gives, and nothing else.
                root = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-out-'));
                fs.cpSync(path.join(top, 'demo', 'northlight'), root, { recursive: true });
                for (const name of ['darkroom-desk', 'portfolio-mentoring', 'studio-nights']) fs.rmSync(path.join(root, name), { recursive: true });
                fs.renameSync(path.join(root, 'light-and-lens'), path.join(root, slug));
                const ini = path.join(root, slug, 'product.ini');
                fs.writeFileSync(ini, `[product]\nslug=${slug}\nkind=course\ntitle=Out of ${slug}\nrefund_days=0\ntagline=A line\n[offer full]\ntitle=In full\ncurrency=EUR\namount=49.00\ntax_class=digital\n`
                        + '[offer three]\ntitle=Three parts\nschedule=3 monthly instalments\ncurrency=EUR\namount=99.00\ntax_class=service\n');
                const said = here.ctl('product', 'load', root);
                assert.equal(said.status, 0, JSON.stringify(said));
        });
        after(() => fs.rmSync(root, { recursive: true, force: true }));

        test('the way out stands at the foot of every page, two steps from its end', async () => {
                const browser = new Browser(here.url);
                for (const page of ['/', '/help', '/login', '/terms']) assert.match((await browser.go(page)).text, /<a href="\/withdraw">Withdraw from contract here<\/a>/, page);
                const { page } = await check({ order: 'K3PQ7XW2MD', email: 'ann@example.org' });
                assert.match(page.text, /<button>Confirm withdrawal<\/button>/);
                for (const words of ['Ann Example', 'K3PQ7XW2MD', 'ann@example.org', 'I withdraw from the contract']) assert.ok(plain(page.text).includes(words), words);
        });

        test('bad input is told next to the field, kept, and can be changed before it is confirmed', async () => {
                for (const [fields, words] of [[{ name: '' }, 'Enter your name'], [{ order: '' }, 'Enter the order number'], [{ email: 'ann' }, 'Enter an email address'],
                        [{ order: '4242 4242 4242 4242' }, 'leave card numbers out'], [{ name: '4242424242424242' }, 'leave card numbers out'],
                        [{ name: 'You won: HTTPS://example.net/prize' }, 'leave addresses of web pages out'], [{ order: 'look at WWW.example.net' }, 'leave addresses of web pages out']]) {
                        const { page } = await check({ order: 'K3PQ7XW2MD', email: 'ann@example.org', ...fields });
                        assert.equal(page.status, 422);
                        assert.ok(plain(page.text).includes(words), words);
                        assert.match(page.text, /There is a problem|error-summary/);
                }
                const { browser, page } = await check({ order: 'a course in May', email: 'ann@example.org' });
                const again = await browser.submit({ ...page, text: page.text.slice(page.text.indexOf('</form>')) }, /check$/);
                assert.equal(heading(again.text), 'Withdraw from a contract');
                assert.match(again.text, /value="a course in May"/);
                const bare = await new Browser(here.url).go('/withdraw', { form: { name: 'Ann', order: 'x', email: 'ann@example.org' } });
                assert.equal(bare.status, 403, 'nothing without the form\'s own token');
        });

        test('in time: a receipt with day and time, all of the money back by the same way, access over, nobody asked', async () => {
                const bought = await buy(here, { product: slug, offer: 'full' });
                const typed = bought.email.replace('buyer', 'Buyer');
                const { page, receipt } = await withdraw({ order: bought.number.toLowerCase(), email: typed });
                assert.equal(heading(page.text), 'We have your withdrawal');
                assert.match(plain(page.text), /Received \w+ \d+ \w+ \d{4}, \d\d:\d\d/);
                const mail = await mailTo(here, typed, /We have your withdrawal/);
                for (const words of [bought.number.toLowerCase(), 'Ann Example', 'I withdraw from the contract', '49.00']) assert.ok(mail.text.includes(words), `${words} in ${mail.text}`);
                assert.match(mail.text, /Received:\s+\w+ \d+ \w+ \d{4}, \d\d:\d\d/);
                assert.match(mail.text, /The contract has ended/);
                await paidBack(bought.number);
                assert.deepEqual(refunds(bought.number), [{ kind: 'withdrawal', status: 'succeeded', amount: 4900, two: false, alone: true }]);
                assert.equal(access(bought.number), 'ended refund');
                const [row] = withdrawals(bought.number);
                assert.deepEqual([row.status, row.why, row.amount, row.proved], ['accepted', 'law', 4900, false]);
                const intent = here.sql(`SELECT gateway_ref FROM payments WHERE order_id = ${idOf(bought.number)}`);
                const there = (await stripe.refunds.list({ payment_intent: intent, limit: 10 })).data;
                assert.deepEqual(there.map((one) => [one.amount, one.status]), [[4900, 'succeeded']], 'to the payment that it came from');
                assert.match((await mailTo(here, bought.email, /Your refund/)).text, /credit note/);
                assert.equal(tasks(row.id).length, 0, 'a right needs nobody\'s yes');
                assert.equal((await new Browser(here.url).go(receipt)).status, 200, 'the receipt stays under its address');
                for (const what of ['money', 'access']) assert.deepEqual(here.ctl('check', what).items.filter((item) => item.order === bought.number), []);
        });

        test('nobody learns whether an order exists: the same words, the same receipt, a person looks', async () => {
                const bought = await buy(here, { product: slug, offer: 'full' });
                const [wrong, none] = [address('stranger'), address('nobody')];
                const shown = [];
                for (const [order, email] of [[bought.number, wrong], ['0000000000', none], [bought.number, bought.email]]) {
                        const { page, browser, receipt } = await withdraw({ order, email });
                        await received(email);
                        const later = await browser.go(receipt);
                        for (const one of [page, later])
                                shown.push(plain(one.text).replaceAll(order, 'ORDER').replaceAll(email, 'EMAIL').replace(/Withdrawal [0-9A-Z]{10}/, 'N').replace(/\d\d:\d\d/g, 'T'));
                }
                assert.equal(new Set(shown).size, 1, shown.join('\n'));
                for (const email of [wrong, none]) {
                        const mail = await mailTo(here, email, /We have your withdrawal/);
                        assert.match(mail.text, /A person looks for your order and answers by/);
                        assert.ok(!mail.text.includes('Out of '), 'nothing of the order');
                        const [row] = here.rows(`SELECT id, status, why, order_id FROM withdrawals WHERE said_email = ${quote(email)}`);
                        assert.deepEqual([row.status, row.why, row.order_id], ['with_staff', 'unmatched', null]);
                        assert.equal(tasks(row.id)[0].status, 'open');
                }
                await paidBack(bought.number);
        });

        test('staff find the order of one that fits none: what held when it was received holds', async () => {
                const bought = await buy(here, { product: slug, offer: 'full' });
                const other = address('typo');
                await withdraw({ order: 'the course of Monday', email: other });
                await received(other);
                const id = here.sql(`SELECT id FROM withdrawals WHERE said_email = ${quote(other)}`);
                here.sql(`UPDATE withdrawals SET received_at = received_at - interval '2 days' WHERE id = ${id}`);
                ago(bought.number, 17);         // over today; it was not when it was declared
                here.sql(`UPDATE orders SET agreed_at = app_now() - interval '14 days' WHERE number = ${quote(bought.number)}`);
                opened(bought.number);          // and only since then
                const page = await finance.go(`/admin/withdrawals/${id}`);
                assert.match(plain(page.text), /the course of Monday/);
                for (const [number, words] of [['', 'Enter the number'], ['0000000000', 'There is no order']]) {
                        const refused = await finance.submit(page, /orders$/, { number });
                        assert.equal(refused.status, 422);
                        assert.ok(plain(refused.text).includes(words));
                }
                assert.equal((await support.go(`/admin/withdrawals/${id}`)).status, 200);
                const { fields } = formOf(await support.go('/admin/'), /logout/);
                assert.equal((await support.go(`/admin/withdrawals/${id}/orders`, { form: { csrf_token: fields.csrf_token, number: bought.number } })).status, 403);
                const answers = await Promise.all(Array.from({ length: 50 }, () => finance.submit(page, /orders$/, { number: bought.number })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                await paidBack(bought.number);
                assert.equal(refunds(bought.number).length, 1);
                assert.match((await mailTo(here, bought.email, /Our answer to your withdrawal/)).text, /49\.00/);
                assert.equal(mailsTo(here, other).filter((mail) => /answer/.test(mail.subject)).length, 0, 'the order\'s words go to its buyer');
                assert.equal(tasks(id)[0].status, 'done');
                assert.equal(here.sql(`SELECT count(*) FROM audit WHERE action = 'withdrawal.bound' AND object_id = ${idOf(bought.number)}`), '1');
        });

        test('fifty times at once, by one form and by fifty, is one refund', async () => {
                const bought = await buy(here, { product: slug, offer: 'full' });
                const { browser, page } = await check({ order: bought.number, email: bought.email });
                const sent = await Promise.all(Array.from({ length: 50 }, () => browser.submit(page, /\/withdraw$/)));
                const kept = sent.filter((one) => one.status !== 429);          // the limiter lets twenty of one address through
                assert.deepEqual([...new Set(kept.map((one) => one.status))], [303]);
                assert.equal(new Set(kept.map((one) => one.to)).size, 1, 'one receipt');
                await received(bought.email);
                const own = buyer(bought.number);
                const forms = [];
                for (let i = 0; i < 50; i++) forms.push(await own.go(`/orders/${bought.number}/withdraw`));
                const more = await Promise.all(forms.map((form) => own.submit(form, /withdraw$/)));
                assert.deepEqual([...new Set(more.map((one) => one.status).filter((status) => status !== 429))], [303]);
                await paidBack(bought.number);
                assert.deepEqual(refunds(bought.number).map((one) => one.amount), [4900]);
                assert.equal(mailsTo(here, bought.email).filter((mail) => /Your refund/.test(mail.subject)).length <= 1, true);
        });

        test('what is digital and was opened after the consent: the right has ended, a person answers, and it says why', async () => {
                const bought = await buy(here, { product: slug, offer: 'full' });
                opened(bought.number);
                const own = buyer(bought.number);
                const page = await own.go(`/orders/${bought.number}/withdraw`);
                assert.match(plain(page.text), /you asked us to begin at once and agreed/);
                const sent = await own.submit(page, /withdraw$/);
                const receipt = plain((await own.go(sent.to)).text);
                assert.match(receipt, /the law gives that right no more. A person looks at it all the same and answers by \w+ \d+ \w+ \d{4}/);
                const [row] = withdrawals(bought.number);
                assert.deepEqual([row.status, row.why, row.proved], ['with_staff', 'lapsed', true]);
                assert.deepEqual(refunds(bought.number), []);
                assert.match(plain((await finance.go(`/admin/withdrawals/${row.id}`)).text), /Ended with the first opening.*art. 16\(m\)/);
                assert.match(plain((await own.go(`/orders/${bought.number}`)).text), /Your withdrawal A person looks at it/);
                assert.match((await mailTo(here, bought.email, /We have your withdrawal/)).text, /begin at once/);
        });

        test('a service that was begun can still be withdrawn from; a plan is over with it, and its money back', async () => {
                const bought = await buy(here, { product: slug, offer: 'three' });
                opened(bought.number);
                const own = buyer(bought.number);
                const page = await own.go(`/orders/${bought.number}/withdraw`);
                assert.match(plain(page.text), /You get 33\.00 EUR back.*Nothing more is charged/);
                await own.submit(page, /withdraw$/);
                assert.equal(here.sql(`SELECT status FROM agreements WHERE order_id = ${idOf(bought.number)}`), 'cancelled');
                assert.equal(here.sql(`SELECT string_agg(status, ' ' ORDER BY seq) FROM dues WHERE order_id = ${idOf(bought.number)}`), 'paid forgiven forgiven');
                await paidBack(bought.number);
                assert.deepEqual(refunds(bought.number).map((one) => one.amount), [3300]);
                assert.equal(access(bought.number), 'ended refund');
        });

        test('the fourteenth day counts, what is after it and a weekend does not; outside those countries there is no such right', async () => {
                const [last, late, far] = [await buy(here, { product: slug, offer: 'full' }), await buy(here, { product: slug, offer: 'full' }),
                        await buy(here, { product: slug, offer: 'full', country: 'AU', consent: undefined })];
                ago(last.number, 14);
                ago(late.number, 17);           // with a Saturday and a Sunday at its end
                for (const [one, why] of [[last, 'law'], [late, 'over'], [far, 'over']]) {
                        const own = buyer(one.number);
                        await own.submit(await own.go(`/orders/${one.number}/withdraw`), /withdraw$/);
                        assert.equal(withdrawals(one.number)[0].why, why, one.number);
                }
                await paidBack(last.number);
        });

        test('the link of the mail about the order: filled in, one button, for that order alone; altered and expired', async () => {
                const [bought, other] = [await buy(here, { product: slug, offer: 'full' }), await buy(here, { product: slug, offer: 'full' })];
                const mail = await mailTo(here, bought.email, /Payment received/);
                const [link] = /\/withdraw\/link\/[A-Za-z0-9_-]{43}/.exec(mail.text);
                assert.match(mail.html, new RegExp(link));
                assert.equal(here.sql(`SELECT count(*) FROM message_bodies WHERE text LIKE '%${link.slice(-43)}%'`), '0', 'staff see it masked');
                const browser = new Browser(here.url);
                const page = await browser.go(link);
                assert.equal(heading(page.text), 'Confirm withdrawal');
                assert.ok(plain(page.text).includes(bought.number) && !plain(page.text).includes(bought.email), 'the address is masked');
                assert.equal(withdrawals(bought.number).length, 0, 'looking at it withdraws nothing');
                const [altered, foreign] = [await browser.go(link.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A'))), await browser.go(`/orders/${other.number}/withdraw`)];
                assert.deepEqual([altered.status, foreign.status], [404, 303]);
                const sent = await Promise.all(Array.from({ length: 50 }, () => browser.submit(page, /link/)));
                const kept = sent.filter((one) => one.status !== 429);
                assert.deepEqual([...new Set(kept.map((one) => `${one.status} ${one.to}`))].length, 1);
                assert.match(plain((await browser.go(kept[0].to)).text), /The contract has ended. 49\.00 EUR goes back/);
                await paidBack(bought.number);
                assert.equal(withdrawals(bought.number).length, 1);
                assert.equal(withdrawals(other.number).length, 0);
                here.sql(`UPDATE withdraw_links SET expires_at = app_now() WHERE order_id = ${idOf(bought.number)}`);
                assert.equal((await browser.go(link)).status, 410);
                assert.ok([410, 429].includes((await browser.submit(page, /link/)).status));
        });

        test('somebody else\'s order is not there', async () => {
                const [mine, theirs] = [await buy(here, { product: slug, offer: 'full' }), await buy(here, { product: slug, offer: 'full' })];
                const own = buyer(mine.number);
                const form = await own.go(`/orders/${mine.number}/withdraw`);
                for (const number of [theirs.number, '0000000000']) for (const rest of ['withdraw', 'refund']) {
                        assert.equal((await own.go(`/orders/${number}/${rest}`)).status, 404);
                        const { fields } = formOf(form, /withdraw$/);
                        assert.equal((await own.go(`/orders/${number}/${rest}`, { form: { ...fields, way: 'refund' } })).status, 404);
                }
                assert.equal((await own.go(`/withdraw/receipt/${'A'.repeat(43)}`)).status, 404);
                assert.equal(here.sql(`SELECT count(*) FROM withdrawals WHERE order_id IN (${idOf(mine.number)}, ${idOf(theirs.number)})`), '0');
        });

        test('the order\'s page: a person, a plan where something is open, or the money, alike; none has to come first', async () => {
                const bought = await buy(here, { product: slug, offer: 'full' });
                ago(bought.number, 60);
                const own = buyer(bought.number);
                assert.match((await own.go(`/orders/${bought.number}`)).text, new RegExp(`href="/orders/${bought.number}/refund"`));
                const page = await own.go(`/orders/${bought.number}/refund`);
                assert.deepEqual([...page.text.matchAll(/type="radio" name="way" value="(\w+)" required>/g)].map(([, way]) => way), ['person', 'refund'], 'none is chosen for one');
                assert.match(plain(page.text), /Everything is paid, so there is nothing left to pay later/);
                assert.equal((await own.submit(page, /refund$/, { way: 'plan' })).status, 422, 'of what is paid there is no plan');
                const refused = await own.submit(page, /refund$/, { text: 'It is not for me' });
                assert.equal(refused.status, 422);
                assert.match(refused.text, />It is not for me<\/textarea>/);
                for (const [way, about] of [['person', 'refund']]) {
                        const form = await own.go(`/orders/${bought.number}/refund`);
                        const sent = await Promise.all(Array.from({ length: 50 }, () => own.submit(form, /refund$/, { way, text: `I want a ${way}` })));
                        assert.deepEqual([...new Set(sent.map((one) => one.to.replace(/[0-9A-Z]{10}/, 'N')))], ['/help/requests/N?done=sent']);
                        assert.equal(here.sql(`SELECT count(*) FROM tickets WHERE order_id = ${idOf(bought.number)} AND about = '${about}'`), '1');
                }
                const form = await own.go(`/orders/${bought.number}/refund`);
                const sent = await own.submit(form, /refund$/, { way: 'refund', text: 'It is not for me' });
                assert.match(plain((await own.go(sent.to)).text), /We have your request A person reads it and answers by/);
                const [row] = withdrawals(bought.number);
                assert.deepEqual([row.kind, row.status, row.why], ['request', 'with_staff', 'asked']);
                const again = await own.submit(await own.go(`/orders/${bought.number}/refund`), /refund$/, { way: 'refund' });
                assert.equal(again.to, `/orders/${bought.number}?notice=asked`);
                assert.equal(withdrawals(bought.number).length, 1);
                assert.match(plain((await own.follow(again.to)).text), /You have asked for it before.*Your request for the money A person looks at it/);

                // Staff see it, and say no with a reason that reaches the customer; then it can be asked for again.
                assert.equal(tasks(row.id)[0].title, `Answer the request for the money of order ${bought.number}`);
                const task = here.sql(`SELECT id FROM tasks WHERE kind = 'withdrawal' AND object_id = ${row.id}`);
                assert.match((await finance.go(`/admin/tasks/${task}`)).text, new RegExp(`href="/admin/withdrawals/${row.id}"`));
                assert.match(plain((await finance.go('/admin/withdrawals')).text), new RegExp(bought.number));
                const desk = await finance.go(`/admin/withdrawals/${row.id}`);
                assert.match(plain(desk.text), /It is not for me.*Answer promised for/);
                assert.equal((await finance.submit(desk, /refusals$/, { words: '' })).status, 422);
                const said = await Promise.all(Array.from({ length: 50 }, () => finance.submit(desk, /refusals$/, { words: 'The course was finished in May.' })));
                assert.deepEqual([...new Set(said.map((one) => one.to))].map((to) => to.replace(/\d+/, 'N')).sort().at(0), '/admin/withdrawals/N?done=declined');
                assert.match((await mailTo(here, bought.email, /Our answer to your request/)).text, /The course was finished in May/);
                assert.equal(mailsTo(here, bought.email).filter((mail) => /Our answer/.test(mail.subject)).length, 1);
                assert.match(plain((await own.go(`/orders/${bought.number}`)).text), /Declined The course was finished in May/);
                assert.equal(tasks(row.id)[0].status, 'done');
        });

        test('a request that staff grant goes the way of every refund, and is answered by it', async () => {
                const bought = await buy(here, { product: slug, offer: 'full' });
                ago(bought.number, 60);
                const own = buyer(bought.number);
                await own.submit(await own.go(`/orders/${bought.number}/refund`), /refund$/, { way: 'refund' });
                const [row] = withdrawals(bought.number);
                const desk = await finance.go(`/admin/withdrawals/${row.id}`);
                const [, refund] = /href="(\/admin\/orders\/[^"]+\/refunds)"/.exec(desk.text);
                const checked = await finance.submit(await finance.go(refund), /\/refunds$/, { how: 'all', reason: 'requested_by_customer', note: 'Asked for' });
                await finance.submit(checked, /\/refunds$/, { step: 'confirm' });
                assert.deepEqual([withdrawals(bought.number)[0].status, tasks(row.id)[0].status], ['granted', 'done']);
                await paidBack(bought.number);
                assert.match(plain((await own.go(`/orders/${bought.number}`)).text), /Paid back The money went back/);
        });

        test('the shop\'s own guarantee: a person, or by itself where the product says so', async () => {
                const guaranteed = async () => {
                        const bought = await buy(here, { product: slug, offer: 'full' });
                        here.sql(`UPDATE orders SET agreed_at = agreed_at - interval '20 days' WHERE number = ${quote(bought.number)}`);
                        const own = buyer(bought.number);
                        const page = await own.go(`/orders/${bought.number}/withdraw`);
                        await own.submit(page, /withdraw$/);
                        return [bought.number, plain(page.text)];
                };
                const ini = path.join(root, slug, 'product.ini');
                fs.writeFileSync(ini, fs.readFileSync(ini, 'utf8').replace('refund_days=0', 'refund_days=30'));
                assert.equal(here.ctl('product', 'load', root).status, 0);
                const [first, said] = await guaranteed();
                assert.equal(withdrawals(first)[0].why, 'guarantee');
                assert.match(said, /within our own refund period/);
                const owner = await staffBrowser(here, 'owner');
                const at = `/admin/products/${slug}/refund-rules`;
                for (const [days, words] of [['13', '14 to 365'], ['', '14 or more'], ['x', '14 to 365']]) {
                        const refused = await owner.submit(await owner.go(at), /refund-rules$/, { law_days: days, who: 'itself' });
                        assert.equal(refused.status, 422);
                        assert.ok(plain(refused.text).includes(words), words);
                }
                const form = await owner.go(at);
                const saved = await Promise.all(Array.from({ length: 50 }, () => owner.submit(form, /refund-rules$/, { law_days: '14', who: 'itself' })));
                assert.deepEqual([...new Set(saved.map((one) => one.status))], [303]);
                assert.equal((await owner.submit(form, /refund-rules$/, { law_days: '30', who: 'person' })).status, 409, 'somebody changed it meanwhile');
                assert.equal((await finance.go(at)).status, 403);
                const [second] = await guaranteed();
                assert.equal(withdrawals(second)[0].why, 'promise');
                await paidBack(second);
        });

        test('by bank transfer: the task to transfer it back has the day of the law; money that comes late goes back too', async () => {
                const email = address();
                const browser = new Browser(here.url);
                await transfer(browser, email, slug);
                const number = here.sql(`SELECT number FROM orders WHERE email = ${quote(email)}`);
                const own = buyer(number);
                await own.submit(await own.go(`/orders/${number}/withdraw`), /withdraw$/);
                const [row] = withdrawals(number);
                assert.deepEqual([row.status, row.amount, here.sql(`SELECT status FROM orders WHERE number = ${quote(number)}`)], ['accepted', 0, 'cancelled']);
                const shown = plain((await own.go(`/orders/${number}`)).text);
                assert.ok(/Your withdrawal Accepted The contract has ended/.test(shown) && !/Withdraw from contract here Help/.test(shown), shown);
                const line = here.sql(`INSERT INTO bank_lines (account_id, statement, line, booked_on, amount_minor, currency, reference, payer, payer_iban, source, status, reason, loaded_at)
                        SELECT id, ${quote(number)}, 1, current_date, 4900, 'EUR', ${quote(number)}, 'Ann', 'DE89370400440532013000', 'csv', 'new', '', app_now() FROM accounts WHERE kind = 'bank' RETURNING id`);
                const page = await finance.go(`/admin/transfers`);
                const { fields } = formOf(page, /logout/);
                const matched = await finance.go(`/admin/transfers/lines/${line}/matches`, { form: { csrf_token: fields.csrf_token, number, anyway: '1' } });
                assert.equal(matched.status, 303, plain(matched.text));
                await becomes(here, `SELECT amount_minor = 4900 FROM withdrawals WHERE id = ${row.id}`);
                const [task] = tasks(row.id, 'withdrawal_pay');
                assert.deepEqual([task.status, task.due], ['open', here.sql(`SELECT pay_on::text FROM withdrawals WHERE id = ${row.id}`)]);
        });
});
