// Payer, user, assistant: what one buys for somebody else (S2.12, S2.13).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, buy, course, openLink, software } from './lib/purchase.mjs';
import { control } from './lib/stripe.mjs';

const lessons = (page) => page.text.includes('<ol class="lessons">');
const people = (number, via = '') => `/orders/${number}/people${via}`;
const claims = (number) => Number(here.sql(`SELECT count(*) FROM claims c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(number)}`));

/** Invite EMAIL from the page of the order; the answer is not judged. */
async function invite(browser, number, email, via = '') {
        return browser.submit(await browser.go(people(number, via)), /\/people(\?|$)/, { name: 'Uma User', email });
}

/** Something bought, and the payer logged in in another browser. */
async function bought(fields = {}) {
        const made = await buy(here, fields);
        made.payer = await openLink(here, (await mailTo(here, made.email, /You have access/)).link);
        return made;
}

async function accept(link, browser = new Browser(here.url)) {
        const page = await browser.go(link);
        const answer = await browser.submit(page, /^\/claim\//);
        return { browser, page, answer };
}

describe('someone else will use it', needs, () => {
        const email = address('user');
        let made, user, link;
        before(async () => { made = await bought(); });

        test('S2.12: the welcome page leads there; the invitation goes by mail and moves nothing', async () => {
                const via = `?order=${made.number}`;
                const welcome = await made.browser.go(`/welcome${via}`);
                assert.ok(welcome.text.includes(`/orders/${made.number}/people${via}`));
                const answer = await invite(made.browser, made.number, email, via);
                assert.equal(answer.status, 303);
                const page = plain((await made.browser.go(answer.to)).text);
                for (const part of ['The invitation is on its way', 'Is invited Uma User', email, 'Pays, and keeps the receipts Ann Example', made.email])
                        assert.ok(page.includes(part), `${part} in ${page}`);
                const mail = await mailTo(here, email, /^For you: Light & Lens$/);
                assert.match(mail.text, /Ann Example bought Light & Lens/);
                assert.doesNotMatch(mail.text + mail.html, /149\.00|EUR|\b4242\b/, 'no amount');
                link = mail.link;
                assert.ok(lessons(await made.payer.go(`/programs/${course}`)), 'it is still open to the payer');
        });

        test('S0.4: looking at the link changes nothing, its button opens it once', async () => {
                const scanner = new Browser(here.url);
                for (let i = 0; i < 3; i++) {
                        const page = await scanner.go(link);
                        assert.deepEqual([page.status, heading(page.text)], [200, 'Light & Lens is for you']);
                        assert.match(page.headers.get('cache-control'), /no-store/);
                }
                const used = await accept(link);
                assert.deepEqual([used.answer.status, used.answer.to], [303, '/set-password']);
                user = used.browser;
                assert.ok(lessons(await user.go(`/programs/${course}`)));
                for (const browser of [new Browser(here.url), user]) {
                        const again = await browser.go(link);
                        assert.deepEqual([again.status, heading(again.text)], [410, 'This invitation has been used']);
                }
                const replay = await new Browser(here.url).submit(used.page, /^\/claim\//);
                assert.notEqual(replay.status, 303);
                await mailTo(here, made.email, /^Your invitation was used/);
        });

        test('S2.13: the user has the access and sees no amount, the payer has the bills', async () => {
                for (const path of ['/programs', `/programs/${course}`, '/orders', '/account']) {
                        const page = await user.go(path);
                        assert.equal(page.status, 200, path);
                        assert.doesNotMatch(plain(page.text), /149\.00|EUR/, path);
                        assert.ok(!page.text.includes(made.number), path);
                }
                const foreign = await user.go(`/orders/${made.number}`);
                const absent = await user.go('/orders/0000000000');
                const words = (page) => plain(page.text).replace(/[0-9a-f]{32}/, '');
                assert.deepEqual([foreign.status, words(foreign)], [404, words(absent)]);
                assert.equal((await user.go(people(made.number))).status, 404);
                const order = plain((await made.payer.go(`/orders/${made.number}`)).text);
                assert.match(order, /149\.00 EUR/);
                assert.ok(!lessons(await made.payer.go(`/programs/${course}`)), 'it is no longer the payer\'s');
                assert.ok(!lessons(await made.browser.go(`/programs/${course}?order=${made.number}`)), 'nor of the browser that paid');
                assert.match(plain((await made.payer.go(people(made.number))).text), /Uses it Uma User/);
        });

        test('S2.12: the payer takes it back; the other is told and it closes', async () => {
                const lesson = (await user.go(`/programs/${course}`)).text.match(new RegExp(`/programs/${course}/[a-z0-9-]+`))[0];
                await user.go(lesson);
                const page = await made.payer.go(people(made.number));
                const answer = await made.payer.submit(page, /\/people\/end$/);
                assert.deepEqual([answer.status, answer.to], [303, `${people(made.number)}?notice=taken`]);
                assert.ok(lessons(await made.payer.go(`/programs/${course}`)));
                assert.equal((await user.go(`/programs/${course}`)).status, 404);
                const mail = await mailTo(here, email, /^Your access has ended/);
                assert.match(mail.text, /Ann Example/);
                assert.equal(here.sql(`SELECT count(*) FROM progress g JOIN access a ON a.id = g.access_id JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} AND g.person_id <> a.person_id`), '0');
                // A second time does nothing.
                assert.equal((await made.payer.submit(page, /\/people\/end$/)).to, `${people(made.number)}?notice=none`);
        });

        test('licence keys go along, and come back', async () => {
                const one = await bought({ product: software });
                const key = here.sql(`SELECT k.key FROM licence_keys k JOIN order_lines l ON l.id = k.order_line_id JOIN orders o ON o.id = l.order_id WHERE o.number = ${quote(one.number)}`);
                const other = address('user');
                assert.equal((await invite(one.payer, one.number, other)).status, 303);
                const { browser } = await accept((await mailTo(here, other, /^For you/)).link);
                assert.ok((await browser.go(`/programs/${software}`)).text.includes(key));
                assert.ok(!(await one.payer.go(`/programs/${software}`)).text.includes(key));
        });
});

describe('an invitation that is not used', needs, () => {
        test('withdrawn: its link opens nothing', async () => {
                const made = await bought();
                const email = address('user');
                await invite(made.payer, made.number, email);
                const { link } = await mailTo(here, email, /^For you/);
                const page = await new Browser(here.url).go(link);
                assert.equal((await made.payer.submit(await made.payer.go(people(made.number)), /\/people\/end$/)).to, `${people(made.number)}?notice=withdrawn`);
                const late = new Browser(here.url);
                const answer = await late.go(link);
                assert.deepEqual([answer.status, heading(answer.text)], [410, 'This invitation is over']);
                assert.notEqual((await new Browser(here.url).submit(page, /^\/claim\//)).status, 303);
                assert.ok(lessons(await made.payer.go(`/programs/${course}`)));
        });

        test('somebody else instead: the first link ends', async () => {
                const made = await bought();
                const [first, second] = [address('first'), address('second')];
                await invite(made.payer, made.number, first);
                const old = await mailTo(here, first, /^For you/);
                await invite(made.payer, made.number, second);
                assert.equal((await new Browser(here.url).go(old.link)).status, 410);
                const { browser } = await accept((await mailTo(here, second, /^For you/)).link);
                assert.ok(lessons(await browser.go(`/programs/${course}`)));
        });

        test('the order was refunded meanwhile: the link opens nothing', async () => {
                const made = await bought();
                const email = address('user');
                await invite(made.payer, made.number, email);
                const { link } = await mailTo(here, email, /^For you/);
                await control(here.sandbox, 'acts', { act: 'refund', object: made.session });
                await becomes(here, `SELECT status = 'refunded' FROM orders WHERE number = ${quote(made.number)}`);
                const browser = new Browser(here.url);
                assert.notEqual((await browser.submit(await browser.go(link), /^\/claim\//)).status, 303);
                assert.equal((await browser.go('/programs')).status, 303);
        });
});

describe('what is typed wrong', needs, () => {
        let made;
        before(async () => { made = await bought(); });

        test('an empty or broken address, one\'s own: a message at the field, and what was typed stays', async () => {
                for (const [email, words] of [['', /Enter their email address/], ['uma@', /Enter an email address like/], [made.email.toUpperCase(), /your own address/]]) {
                        const answer = await invite(made.payer, made.number, email);
                        assert.equal(answer.status, 422, email);
                        assert.match(plain(answer.text), words);
                        assert.ok(answer.text.includes('value="Uma User"'));
                        assert.ok(answer.text.includes('id="email-error"'));
                }
                assert.equal(claims(made.number), 0);
        });

        test('fifty at once are one invitation and one mail', async () => {
                const email = address('user');
                const page = await made.payer.go(people(made.number));
                const answers = await Promise.all(Array.from({ length: 50 }, () => made.payer.submit(page, /\/people$/, { name: 'Uma', email })));
                assert.ok(answers.every((answer) => answer.status === 303), answers.map((answer) => answer.status).join(' '));
                assert.equal(claims(made.number), 1);
                await mailTo(here, email, /^For you/);
                assert.equal(mailsTo(here, email).length, 1);
        });

        test('the sixth of a day is put off; another customer\'s order is not there', async () => {
                for (let i = 0; i < 4; i++) assert.equal((await invite(made.payer, made.number, address('more'))).status, 303);
                const sixth = await invite(made.payer, made.number, address('more'));
                assert.deepEqual([sixth.status, /five invitations today/.test(plain(sixth.text))], [422, true]);
                const stranger = await bought();
                const { fields } = formOf(await stranger.payer.go(people(stranger.number)), /\/people$/);
                for (const number of [made.number, '0000000000'])
                        for (const path of [people(number), `/orders/${number}/people/end`, `/orders/${number}/copies`]) {
                                const answer = await stranger.payer.go(path, { form: { csrf_token: fields.csrf_token, name: 'X', email: address('x'), bills: '1' } });
                                assert.equal(answer.status, 404, path);
                        }
                assert.equal(claims(made.number), 5);
                assert.equal((await new Browser(here.url).go(people(made.number))).status, 303, 'a stranger is sent to the login');
        });
});

describe('copies for an assistant', needs, () => {
        test('S2.13: by topic; they open nothing, and end', async () => {
                const made = await bought();
                const helper = address('assistant');
                const page = await made.payer.go(`/orders/${made.number}/copies`);
                const none = await made.payer.submit(page, /\/copies$/, { name: 'Bo Books', email: helper, bills: undefined });
                assert.equal(none.status, 422);
                assert.match(plain(none.text), /at least one kind of mail/);
                assert.equal((await made.payer.submit(page, /\/copies$/, { name: 'Bo Books', email: helper, bills: '1' })).status, 303);
                await mailTo(here, helper, /^You get copies/);
                await control(here.sandbox, 'acts', { act: 'refund', object: made.session, amount: 900 });
                const copy = await mailTo(here, helper, /^Your refund: Light & Lens$/);
                await mailTo(here, made.email, /^Your refund: Light & Lens$/);
                assert.equal(copy.files.length, 1, 'the credit note is with it');
                assert.equal(here.sql(`SELECT count(*) FROM access a JOIN customers c ON c.id = a.person_id WHERE c.email = ${quote(helper)}`), '0');
                const list = await made.payer.go(people(made.number));
                assert.match(plain(list.text), /Gets copies of receipts Bo Books/);
                assert.equal((await made.payer.submit(list, /\/end$/)).to, `${people(made.number)}?notice=ended`);
                await control(here.sandbox, 'acts', { act: 'refund', object: made.session, amount: 800 });
                await becomes(here, `SELECT count(*) = 2 FROM messages m JOIN customers c ON c.id = m.customer_id WHERE m.kind = 'refunded' AND m.status = 'sent' AND c.email = ${quote(made.email)}`);
                assert.equal(mailsTo(here, helper).filter((mail) => /refund/.test(mail.subject)).length, 1);
        });
});

test('the books and rights agree after all of it', needs, () => {
        for (const command of [['check', 'money'], ['check', 'access'], ['check', 'schema']]) {
                const said = here.ctl(...command);
                assert.deepEqual([said.status, said.items], [0, []], JSON.stringify(said));
        }
});
