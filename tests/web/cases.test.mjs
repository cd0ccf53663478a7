// A failed payment is a conversation: its case, its mail, the one page without login and every way
// to resolve it (S1.1, S1.2, S1.3, S1.8); by a product of its own, because its clock moves.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { startFailing } from './lib/failing.mjs';
import { quote } from './lib/house.mjs';
import { mailsTo } from './lib/mailbox.mjs';
import { becomes, pay } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';

let own, stripe;
let bought, change, failed, advance, settled, caseOf, failedMails, one;
const words = (mail) => mail.text.replace(/\s+/g, ' ');

/** Go on until the page says so; it looks again by itself meanwhile. */
const says = (browser, to, words) => until(async () => {
        const page = await browser.follow(to);
        return words.test(heading(page.text)) ? page : null;
}, `${to}: ${words}`);
const attempts = (made) => own.rows(`SELECT a.id, a.kind, a.status, a.on_session, a.planned_at, a.why FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)} ORDER BY a.id`);
const sound = () => {
        for (const what of ['money', 'access', 'schema']) {
                const said = own.ctl('check', what);
                assert.deepEqual([said.status, said.items], [0, []], what);
        }
};

describe('failed payments', () => {
        before(async () => {
                own = await startFailing();
                ({ stripe, bought, change, failed, advance, settled, caseOf, failedMails, one } = own);
        });
        after(() => own?.end());

        test('S1.1 S1.2 S1.8 a failure is told at once, its page opens without login, and paying there resolves it', async () => {
                const made = await failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                assert.equal(made.case.class, 'soft_funds');
                assert.equal(made.case.failures, 1);
                assert.match(made.mail.subject, /The slow course/);
                assert.match(words(made.mail), /of 49\.00 EUR for/);
                assert.match(made.mail.text, /We try again on/);
                assert.ok(one(`SELECT m.sent_at - c.failed_at < interval '1 minute' AS soon FROM messages m JOIN cases c ON c.due_id = m.object_id AND m.object = 'due' WHERE c.id = ${made.case.id}`).soon);
                const planned = attempts(made).find((a) => a.status === 'created');
                assert.ok(planned, 'a retry is planned');
                assert.match(planned.why, /there was not enough on the account/);
                assert.equal(made.case.next_why, planned.why);

                const stranger = new Browser(own.url);
                const page = await stranger.go(made.link);
                assert.equal(page.status, 200);
                assert.match(heading(page.text), /Your payment of 49\.00 EUR did not go through/);
                assert.match(page.headers.get('referrer-policy'), /no-referrer/);
                assert.match(page.headers.get('cache-control'), /no-store/);
                assert.doesNotMatch(plain(page.text), /insufficient|decline_code|lost|stolen|fraud/i);
                assert.equal(stranger.jar().get('lk_session'), undefined);
                assert.equal((await stranger.go('/payments')).status, 303, 'the link opens this one page alone');

                await change(made, 'pm_card_visa');
                const sent = await stranger.submit(page, /\/now$/);
                assert.equal(sent.status, 303);
                const paid = await says(stranger, made.link, /Paid, thank you/);
                assert.match(plain(paid.text), /49\.00 EUR/);
                assert.match(plain(paid.text), /Visa ending in 4242/);
                assert.match(plain(paid.text), /Everything is open/);
                assert.match(plain(paid.text), /receipt follows/);
                const after = caseOf(made);
                assert.deepEqual([after.status, after.resolved_by], ['resolved', 'customer']);
                assert.equal(attempts(made).find((a) => a.id === planned.id).status, 'cancelled', 'the planned one is not made');
                sound();
        });

        test('S1.3 fifty times "pay now" at once is one charge', async () => {
                const made = await failed('pm_card_chargeCustomerFail');
                await change(made, 'pm_card_visa');
                const browser = new Browser(own.url);
                const page = await browser.go(made.link);
                const before = (await stripe.paymentIntents.list({ limit: 100 })).data.length;
                const answers = await Promise.all(Array.from({ length: 50 }, () => browser.submit(page, /\/now$/)));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                await says(browser, made.link, /Paid, thank you/);
                await settled();
                assert.equal((await stripe.paymentIntents.list({ limit: 100 })).data.length - before, 1);
                assert.equal(one(`SELECT count(*)::int AS n FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(made.number)}`).n, 2);
                sound();
        });

        test('S1.8 links: altered, of a paid amount, run out and taken back open nothing', async () => {
                const made = await failed('pm_card_visa_chargeDeclinedLostCard');
                assert.equal(made.case.class, 'never_again');
                assert.equal(made.case.next_step, 'ask');
                assert.match(made.case.next_why, /Not tried again/);
                assert.doesNotMatch(made.mail.text + made.mail.html + made.mail.subject, /lost|stolen|fraud/i);
                const browser = new Browser(own.url);
                const altered = made.link.slice(0, -2) + (made.link.endsWith('AA') ? 'BB' : 'AA');
                assert.equal((await browser.go(altered)).status, 404);
                const page = await browser.go(made.link);
                assert.doesNotMatch(plain(page.text), /Pay 49\.00 EUR now/, 'this method is not tried again');
                assert.match(plain(page.text), /Use another card/);
                const hash = `sha256(convert_to(${quote(made.link.slice(5))}, 'UTF8'))`;
                assert.equal(own.sql(`SELECT kind FROM sessions WHERE token_hash = ${hash}`), 'pay_link');
                assert.equal(own.sql(`SELECT count(*) FROM message_bodies b WHERE b.text LIKE '%' || ${quote(made.link.slice(5))} || '%'`), '0');
                own.sql(`UPDATE sessions SET expires_at = app_now() WHERE token_hash = ${hash}`);
                assert.equal((await browser.go(made.link)).status, 410);
                assert.equal((await browser.submit(page, /\/page$/)).status, 303, 'and its buttons do nothing');
                assert.ok(attempts(made).every((a) => a.kind !== 'checkout' || a.status === 'succeeded'));
                own.sql(`UPDATE sessions SET expires_at = app_now() + interval '1 day', ended_at = app_now() WHERE token_hash = ${hash}`);
                assert.equal((await browser.go(made.link)).status, 410);
                // Somebody else's amount, by number.
                const other = await bought();
                assert.equal((await other.browser.go(`/payments/${made.number}/2`)).status, 303);
        });

        test('S1.3 another card on the gateway\'s page settles it on the spot, and the way back needs no link there', async () => {
                const made = await failed('pm_card_chargeDeclinedExpiredCard');
                assert.equal(made.case.class, 'fix_card');
                const browser = new Browser(own.url);
                const page = await browser.go(made.link);
                const sent = await browser.submit(page, /\/page$/);
                assert.match(sent.to, /\/c\/pay\/cs_/);
                const session = /cs_[A-Za-z0-9_]+/.exec(sent.to)[0];
                assert.doesNotMatch(JSON.stringify(await stripe.checkout.sessions.retrieve(session)), new RegExp(made.link.slice(5)));
                const again = await browser.submit(page, /\/page$/);
                assert.equal(again.to, sent.to, 'the same page, not a second one');
                const paid = await pay({ browser, hosted: sent.to });
                assert.match(paid.to, /\/pay-back/);
                await says(browser, paid.to, /Paid, thank you/);
                assert.deepEqual([caseOf(made).status, caseOf(made).resolved_by], ['resolved', 'customer']);
                await becomes(own, `(SELECT m.ref <> 'pm_card_chargeDeclinedExpiredCard' FROM dues d JOIN orders o ON o.id = d.order_id JOIN payment_methods m ON m.id = due_method(d.id)
                        WHERE o.number = ${quote(made.number)} AND d.seq = 3)`);
                await advance('31d');
                assert.equal(one(`SELECT d.status FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)} AND d.seq = 3`).status, 'paid', 'the next one by that card');
                sound();
        });

        test('S1.2 a bank that wants to be asked: the customer confirms and comes back', async () => {
                const made = await failed('pm_card_authenticationRequired');
                assert.equal(made.case.class, 'on_session');
                assert.equal(made.case.next_step, 'ask');
                assert.match(made.mail.text, /confirm/);
                const browser = new Browser(own.url);
                const page = await browser.go(made.link);
                await browser.submit(page, /\/now$/);
                const asked = await says(browser, made.link, /Your bank wants you to confirm/);
                const [, to] = /<a class="button" href="([^"]+)"/.exec(asked.text);
                const bank = await browser.go(to.replaceAll('&amp;', '&'));
                const done = await browser.submit(bank, /./, { result: 'complete' });
                assert.ok([302, 303].includes(done.status), heading(done.text));
                await says(browser, made.link, /Paid, thank you/);
        });

        test('S1.8 a promise: within the rules it mutes, twice at most; broken it is asked about by day; kept it is recorded', async () => {
                const made = await failed('pm_card_chargeCustomerFail');
                const browser = new Browser(own.url);
                const day = (n) => own.sql(`SELECT (app_now() AT TIME ZONE due_zone(${made.case.due_id}))::date + ${n}`);
                const promise = async (n) => browser.submit(await browser.go(made.link), /\/promise$/, { day: day(n) });
                assert.equal((await promise(-1)).status, 422);
                const late = await promise(15);
                assert.equal(late.status, 422);
                assert.match(plain(late.text), /too far ahead/);
                assert.equal((await browser.submit(await browser.go(made.link), /\/promise$/, { day: '' })).status, 422);
                assert.equal((await promise(3)).status, 303);
                await settled();
                assert.equal(caseOf(made).status, 'waiting');
                assert.match(caseOf(made).next_why, /the customer promised to pay by/);
                assert.ok(one(`SELECT (next_at AT TIME ZONE due_zone(due_id))::date = ${quote(day(4))} AS day_after FROM cases WHERE id = ${made.case.id}`).day_after);
                assert.equal((await promise(3)).status, 303, 'the same day again is the same promise');
                assert.equal(one(`SELECT count(*)::int AS n FROM promises WHERE due_id = ${made.case.due_id}`).n, 1);
                await own.noon(5);
                assert.equal(one(`SELECT status FROM promises WHERE due_id = ${made.case.due_id} ORDER BY id`).status, 'broken');
                await until(() => mailsTo(own, made.email).find((mail) => /another day/.test(mail.subject)), 'the mail about the day');
                assert.ok(one(`SELECT extract(hour FROM sent_at AT TIME ZONE due_zone(object_id)) BETWEEN 8 AND 19 AS by_day FROM messages WHERE kind = 'promise_broken' AND object_id = ${made.case.due_id}`).by_day);
                assert.equal((await promise(6)).status, 303);
                const third = await browser.go(made.link);
                assert.doesNotMatch(third.text, /\/promise"/, 'not offered a third time');
                await change(made, 'pm_card_visa');
                await browser.submit(await browser.go(made.link), /\/now$/);
                await says(browser, made.link, /Paid, thank you/);
                assert.deepEqual(own.rows(`SELECT status FROM promises WHERE due_id = ${made.case.due_id} ORDER BY id`).map((row) => row.status), ['broken', 'kept']);
        });

        test('S1.8 bank transfer, a plan and a question from the same page', async () => {
                const made = await failed('pm_card_chargeCustomerFail');
                const browser = new Browser(own.url);
                let page = await browser.go(made.link);
                assert.match(page.text, /<svg class="qr"/);
                const [, reference] = /id="reference"[^>]*>([^<]+)</.exec(page.text);
                assert.equal(reference.replaceAll(' ', ''), own.sql(`SELECT transfer_reference(${quote(made.number)})`));
                assert.equal((await browser.submit(page, /\/transfer$/)).status, 303);
                page = await browser.go(made.link);
                assert.match(heading(page.text), /We wait for your bank transfer/);
                assert.deepEqual(attempts(made).filter((a) => ['created', 'sent'].includes(a.status)).map((a) => a.kind), ['transfer'], 'nothing is charged meanwhile');
                const [, desk] = /href="([^"]+\/change)"/.exec(page.text);
                const wish = await browser.go(`${desk}?need=other`);
                assert.equal((await browser.submit(wish, /\/changes$/, { words: '' })).status, 422);
                for (let i = 0; i < 2; i++) assert.equal((await browser.submit(wish, /\/changes$/, { words: 'Half of it until May, please.' })).status, 303);
                assert.deepEqual(own.rows(`SELECT a.status, a.words FROM amendments a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`).map((a) => [a.status, a.words]),
                        [['with_staff', 'Half of it until May, please.']]);
                assert.equal((await browser.submit(await browser.go(made.link), /\/question$/, { question: 'Why?' })).status, 303);
                assert.deepEqual(own.rows(`SELECT t.about, p.body, t.case_id FROM tickets t JOIN posts p ON p.ticket_id = t.id JOIN orders o ON o.id = t.order_id WHERE o.number = ${quote(made.number)} ORDER BY t.id`)
                        .map((t) => [t.about, t.body, String(t.case_id)]), [['payment', 'Why?', String(made.case.id)]]);
        });

        test('a second failure joins the case; one mail for each class; a hard decline ends the retries', async () => {
                const made = await failed('pm_card_chargeCustomerFail');
                await advance('1d');
                const second = caseOf(made);
                assert.equal(second.id, made.case.id);
                assert.ok(second.failures >= 2);
                assert.equal(failedMails(made).length, 1, 'not told again of the same');
                await change(made, 'pm_card_visa_chargeDeclinedLostCard');
                await until(async () => {
                        await advance('2d');
                        return caseOf(made).class === 'never_again';
                }, 'another class', 60);
                await until(() => failedMails(made).length === 2, 'a mail for the other class');
                assert.equal(caseOf(made).next_step, 'ask');
                const before = attempts(made).length;
                await advance('10d');
                assert.equal(attempts(made).length, before, 'never tried again');
                assert.deepEqual(own.rows('SELECT kind, object_id, period, customer_id FROM messages WHERE object = \'due\' GROUP BY 1, 2, 3, 4 HAVING count(*) > 1'), []);
        });

        test('no mail leaves twice, with the mail server away for a day', async () => {
                const made = await bought();
                await change(made, 'pm_card_chargeCustomerFail');
                const [, server] = /^smtp_url=(.*)$/m.exec(fs.readFileSync(own.config, 'utf8'));
                own.setting('mail', 'smtp_url', 'smtp://127.0.0.1:1');
                await own.reload('worker');
                await advance('32d', false);
                await until(() => caseOf(made), 'a case');
                for (let hour = 0; hour < 26; hour += 2) await advance('2h', false);
                assert.equal(failedMails(made).length, 0);
                assert.ok(one(`SELECT count(*)::int AS n FROM sends s JOIN messages m ON m.id = s.message_id WHERE m.kind = 'payment_failed' AND m.object_id = ${caseOf(made).due_id}`).n > 2, 'it was tried');
                own.setting('mail', 'smtp_url', server);
                await own.reload('worker');
                await until(async () => {
                        await advance('6h', false);
                        return failedMails(made).length > 0;
                }, 'the mail, late', 60);
                for (let day = 0; day < 3; day++) await advance('12h', false);
                assert.equal(failedMails(made).length, 1);
                assert.deepEqual(own.rows("SELECT kind, object_id, period, customer_id FROM messages WHERE object = 'due' GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"), []);
                // What is not needed any more does not leave: paid while the server was away.
                own.setting('mail', 'smtp_url', 'smtp://127.0.0.1:1');
                await own.reload('worker');
                const other = await bought();
                await change(other, 'pm_card_chargeCustomerFail');
                await advance('32d', false);
                await until(() => caseOf(other), 'a case');
                await change(other, 'pm_card_visa');
                await until(async () => {
                        await advance('1d', false);
                        return caseOf(other).status === 'resolved';
                }, 'paid by a retry', 60);
                assert.equal(caseOf(other).resolved_by, 'retry');
                own.setting('mail', 'smtp_url', server);
                await own.reload('worker');
                await advance('2d', false);
                assert.equal(failedMails(other).length, 0);
        });
});
