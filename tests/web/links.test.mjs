// Links of mails in the wrong hands: in the browser of somebody else, after the address changed,
// after what they were for has ended; and what is typed into the answers to a message.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { becomes, buy, openLink } from './lib/purchase.mjs';
import { newStaff } from './lib/staff.mjs';
import { control } from './lib/stripe.mjs';

const reader = () => new Browser(here.url);
const ticketLink = (mail) => /\/help\/link\/[A-Za-z0-9_-]{43}/.exec(mail.text)[0];
const helpLink = (mail) => /\/help\/mail\/[A-Za-z0-9_-]{43}/.exec(mail.text)[0];
const idOf = (email) => here.sql(`SELECT id FROM customers WHERE email = ${quote(email)}`);

/** A purchase, the mail about it, and a message to staff with the mail's link to it. */
async function asked(fields = {}) {
        const order = await buy(here, { email: address('asks'), ...fields });
        const mail = await mailTo(here, order.email, /You have access/);
        const page = await order.browser.go(`/help/requests/new?for=${order.number}`);
        const sent = await order.browser.submit(page, /^\/help\/requests$/, { about: 'other', text: 'My question' });
        assert.equal(sent.status, 303, plain(sent.text).slice(0, 300));
        return { ...order, mail, ticket: /[0-9A-Z]{10}/.exec(sent.to)[0], link: ticketLink(await mailTo(here, order.email, /We have your message/)) };
}

describe('3 bad input: links of mails', needs, () => {
        let support;
        before(async () => { support = await newStaff(here, 'support'); });

        test('S0.4, rule 21: a link used in the browser of somebody else logs its own reader in, and nobody twice', async () => {
                const [ann, bob] = [await buy(here, { email: address('ann') }), await buy(here, { email: address('bob') })];
                const browser = await openLink(here, (await mailTo(here, ann.email, /You have access/)).link);
                const old = browser.jar().get('lk_session');
                const { link } = await mailTo(here, bob.email, /You have access/);
                await openLink(here, link, browser);
                const orders = plain((await browser.go('/orders')).text);
                assert.ok(orders.includes(bob.number) && !orders.includes(ann.number), orders);
                const before = reader();
                before.jar().set('lk_session', old);
                assert.match((await before.go('/orders')).to, /^\/login/, 'the session that was there is over');
                for (const again of [browser, reader()]) assert.deepEqual([(await again.go(link)).status, heading((await again.go(link)).text)], [410, 'This link has been used']);
        });

        test('S2.12, S0.6: after staff corrected the address its mails\' links open no conversation, no file, no form with the order, and tell nothing of the new one', async () => {
                const one = await asked();
                const stranger = reader();
                const shown = await stranger.go(one.link);
                assert.equal(shown.status, 200);
                assert.match(plain((await reader().go(helpLink(one.mail))).text), new RegExp(`About your order ${one.number}`));
                const right = address('right');
                const page = await support.browser.go(`/admin/customers/${idOf(one.email)}`);
                assert.match((await support.browser.submit(page, /addresses$/, { email: right, reason: 'mistyped' })).to, /done=corrected$/);
                for (const path of [one.link, `${one.link}/files/1`]) {
                        const over = await stranger.go(path);
                        assert.equal(over.status, 404, path);
                        assert.doesNotMatch(over.text, /My question|@example\.org/);
                }
                assert.equal((await stranger.submit(shown, /replies$/, { text: 'I read along' })).status, 404);
                await stranger.go(`${one.link}/new`, { form: { csrf_token: formOf(shown, /replies$/).fields.csrf_token } });
                assert.equal(here.sql(`SELECT count(*) FROM messages WHERE kind = 'ticket_link' AND email = ${quote(right)}`), '0', 'nor can a new one be asked for');
                const form = await reader().go(helpLink(one.mail));
                assert.doesNotMatch(form.text, new RegExp(one.number), 'the order is not filled in any more');
                assert.equal((await reader().go(one.mail.link)).status, 404);
                // The right address has links of its own.
                await support.browser.submit(await support.browser.go(`/admin/tickets/${one.ticket}`), /answers$/, { text: 'Here it is' });
                assert.match(plain((await reader().go(ticketLink(await mailTo(here, right, /Our answer/)))).text), /My question.*Here it is/);
        });

        test('S2.12: a mail that was under way to the address before makes no link when it leaves', async () => {
                const one = await asked();
                const id = idOf(one.email);
                const message = here.sql(`INSERT INTO messages (kind, object, object_id, period, customer_id, email, queued_at, status)
                        SELECT 'ticket_link', 'ticket', id, 'late', customer_id, ${quote(one.email)}, app_now() - interval '1 minute', 'sending' FROM tickets WHERE number = ${quote(one.ticket)} RETURNING id`);
                const made = () => here.sql(`BEGIN; SELECT ticket_link_make(${message}, sha256('late ${message}')); SELECT count(*) FROM ticket_links WHERE token_hash = sha256('late ${message}'); ROLLBACK`);
                assert.match(made(), /1$/);
                const page = await support.browser.go(`/admin/customers/${id}`);
                await support.browser.submit(page, /addresses$/, { email: address('right'), reason: 'mistyped' });
                assert.match(made(), /0$/);
                here.sql(`DELETE FROM messages WHERE id = ${message}`);
        });

        test('S0.4: after the grant ended a link to the conversation still opens it, and nothing of the product', async () => {
                const one = await asked();
                await control(here.sandbox, 'acts', { act: 'refund', object: one.session });
                await becomes(here, `SELECT status = 'refunded' FROM orders WHERE number = ${quote(one.number)}`);
                const browser = reader();
                assert.equal((await browser.go(one.link)).status, 200);
                for (const path of ['/programs/light-and-lens', `/programs/light-and-lens?order=${one.number}`, '/programs/light-and-lens/workbook/file'])
                        assert.notEqual((await browser.go(path)).status, 200, path);
        });
});

describe('3 bad input: an answer to a message', needs, () => {
        test('S0.6: 100 KB, a card number: refused beside the field and not stored, of the customer and of staff; scripts are text', async () => {
                const support = await newStaff(here, 'support');
                const one = await asked();
                const posts = () => here.sql(`SELECT count(*) FROM posts p JOIN tickets t ON t.id = p.ticket_id WHERE t.number = ${quote(one.ticket)}`);
                const card = '4242 4242 4242 4242';
                for (const [browser, where, which] of [[one.browser, one.link, /replies$/], [support.browser, `/admin/tickets/${one.ticket}`, /answers$/]]) {
                        const page = await browser.go(where);
                        for (const [text, words] of [['x'.repeat(100 * 1024), /Use at most (5000|10000) characters/], [`it is ${card} here`, /card numbers/]]) {
                                const refused = await browser.submit(page, which, { text });
                                assert.equal(refused.status, 422, `${where} ${text.length}`);
                                assert.match(refused.text, /id="text-error"/);
                                assert.ok(words.test(plain(refused.text)), String(words));
                        }
                }
                assert.equal(posts(), '1');
                assert.equal(here.sql(`SELECT count(*) FROM posts WHERE body LIKE '%${card}%'`), '0');
                assert.ok(!here.logs().includes(card), 'nor in a log');
                const script = '<script>alert(1)</script><img src=x onerror=alert(2)>';
                assert.equal((await one.browser.submit(await one.browser.go(one.link), /replies$/, { text: script })).status, 303);
                for (const page of [await one.browser.go(one.link), await support.browser.go(`/admin/tickets/${one.ticket}`), await support.browser.go(`/admin/customers/${idOf(one.email)}`)]) {
                        assert.match(page.text, /&lt;script&gt;alert\(1\)/);
                        assert.doesNotMatch(page.text, /<script>alert|<img src=x/);
                }
        });
});
