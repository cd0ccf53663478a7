// What only people can end, on the pages of the staff and by latchkeyctl: payments that do not fit,
// events that cannot be settled, refunds that failed, addresses that mail came back from; what a
// customer wrote, in their timeline.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { formOf, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { becomes, begin, buy } from './lib/purchase.mjs';
import { newStaff } from './lib/staff.mjs';

const fifty = (work) => Promise.all(Array.from({ length: 50 }, (_, i) => work(i)));
const settled = (id) => new RegExp(`/alarms/${id}/settlements$`);
const audits = (action, id) => here.sql(`SELECT count(*) FROM audit WHERE action = ${quote(action)} AND facts ->> 'alarm' = ${quote(String(id))}`);
const open = (id) => here.sql(`SELECT closed_at IS NULL FROM alarms WHERE id = ${id}`);
const alarm = (kind, object, id) => here.sql(`INSERT INTO alarms (kind, object, object_id, detail, at) VALUES (${quote(kind)}, ${quote(object)}, ${id}, 'made by a test', app_now()) RETURNING id`).split('\n')[0];
const orderId = (number) => here.sql(`SELECT id FROM orders WHERE number = ${quote(number)}`);

/** An order whose payment came with another amount, as the event says. */
async function misfit() {
        const order = await begin(here);
        const [attempt] = here.rows(`SELECT id, key, account_id, amount_minor FROM attempts WHERE order_id = ${orderId(order.number)}`);
        const ref = `pi_desk_${order.number}`;
        here.sql(`SELECT payment_apply(${attempt.account_id}, ${quote(attempt.key)}, ${quote(ref)}, NULL, NULL, ${attempt.amount_minor - 100}, 'EUR', now());
                INSERT INTO inbox (account_id, event_ref, type, source, body, made_at, acts, payment_ref, status)
                VALUES (${attempt.account_id}, ${quote(`evt_${ref}`)}, 'payment_intent.succeeded', 'hook', '{}', now(), 'pay', ${quote(ref)}, 'mismatch')`);
        return { order, ref, id: here.sql(`SELECT id FROM alarms WHERE kind = 'mismatch' AND object_id = ${orderId(order.number)} AND closed_at IS NULL`) };
}

/** An event that failed eight times. */
function poison(name) {
        const event = `evt_desk_${name}_${Date.now()}`;
        here.sql(`INSERT INTO inbox (account_id, event_ref, type, source, body, made_at, acts, status, tries, error, next_at)
                SELECT id, ${quote(event)}, 'charge.expired', 'hook', '{}', now(), 'none', 'new', 7, 'x', now() + interval '1 day' FROM accounts WHERE name = 'stripe';
                SELECT event_failed('stripe', ${quote(event)}, 'it broke')`);
        const [row] = here.rows(`SELECT id FROM inbox WHERE event_ref = ${quote(event)}`);
        return { event, id: here.sql(`SELECT id FROM alarms WHERE kind = 'poison' AND object_id = ${row.id} AND closed_at IS NULL`) };
}
const statusOf = (event) => here.sql(`SELECT status FROM inbox WHERE event_ref = ${quote(event)}`);

describe('what only people can end', needs, () => {
        let owner, finance, support, viewer;
        before(async () => {
                owner = await newStaff(here, 'owner');
                finance = await newStaff(here, 'finance');
                support = await newStaff(here, 'support');
                viewer = await newStaff(here, 'viewer');
        });
        after(() => here.sql("UPDATE alarms SET closed_at = app_now() WHERE detail = 'made by a test' AND closed_at IS NULL"));

        test('S0.9: finance settles a payment that did not fit, with a reason, once', async () => {
                const { order, ref, id } = await misfit();
                assert.match(JSON.stringify(here.ctl('check', 'money')), new RegExp(order.number));
                const page = await finance.browser.go('/admin/system');
                const bare = await finance.browser.submit(page, settled(id), { reason: '' });
                assert.equal(bare.status, 422);
                assert.match(plain(bare.text), /Say what was done/);
                const answers = await fifty(() => finance.browser.submit(page, settled(id), { reason: 'refunded at the gateway' }));
                assert.deepEqual(new Set(answers.map((a) => a.status)), new Set([303]));
                assert.equal(answers.filter((a) => /done=settled$/.test(a.to)).length, 1);
                assert.equal(open(id), 'f');
                assert.equal(audits('alarm.settled', id), '1');
                assert.equal(here.sql(`SELECT facts ->> 'reason' FROM audit WHERE action = 'alarm.settled' AND facts ->> 'alarm' = '${id}'`), 'refunded at the gateway');
                assert.equal(here.sql(`SELECT settled_at IS NOT NULL FROM mismatches WHERE payment_ref = ${quote(ref)}`), 't');
                assert.equal(statusOf(`evt_${ref}`), 'done');
                assert.doesNotMatch(JSON.stringify(here.ctl('check', 'money')), new RegExp(order.number));
                assert.match(plain((await finance.browser.go(answers.find((a) => /settled$/.test(a.to)).to)).text), /The alarm is settled/);
        });

        test('S0.9: an event that cannot be settled: an owner has it tried again, finance sets one aside', async () => {
                const again = poison('again'), aside = poison('aside');
                const page = await owner.browser.go('/admin/system');
                assert.match((await owner.browser.submit(page, new RegExp(`/alarms/${again.id}/tries$`))).to, /done=again$/);
                assert.match((await owner.browser.submit(page, new RegExp(`/alarms/${again.id}/tries$`))).to, /done=over$/);
                await becomes(here, `SELECT status <> 'poison' AND tries = 0 FROM inbox WHERE event_ref = ${quote(again.event)}`);
                assert.equal(audits('alarm.again', again.id), '1');
                const theirs = await finance.browser.go('/admin/system');
                assert.throws(() => formOf(theirs, new RegExp(`/alarms/${aside.id}/tries$`)), /no form/);
                assert.match((await finance.browser.submit(theirs, settled(aside.id), { reason: 'an old test event' })).to, /done=settled$/);
                assert.equal(statusOf(aside.event), 'ignored');
        });

        test('S0.9: a refund that failed is settled once the money was paid another way; by latchkeyctl as well', async () => {
                const order = await buy(here);
                const id = alarm('refund_failed', 'order', orderId(order.number));
                const page = await finance.browser.go('/admin/system');
                assert.match((await finance.browser.submit(page, settled(id), { reason: 'by bank transfer' })).to, /settled$/);
                const other = alarm('refund_failed', 'order', orderId(order.number));
                assert.equal(here.ctl('alarms', 'settle', other).status, 2, 'a reason is needed');
                assert.equal(here.ctl('alarms', 'again', other).status, 2, 'it is no event');
                assert.equal(here.ctl('alarms', 'settle', '999999999', '--reason', 'x').status, 2);
                assert.match(JSON.stringify(here.ctl('alarms')), new RegExp(order.number));
                assert.equal(here.ctl('alarms', 'settle', other, '--reason', 'paid in cash').status, 0);
                assert.equal(open(other), 'f');
                assert.equal(here.sql(`SELECT actor || ' ' || (facts ->> 'reason') FROM audit WHERE action = 'alarm.settled' AND facts ->> 'alarm' = '${other}'`), 'operator paid in cash');
                const broken = poison('ctl');
                assert.equal(here.ctl('alarms', 'again', broken.id).status, 0);
                await becomes(here, `SELECT status <> 'poison' FROM inbox WHERE event_ref = ${quote(broken.event)}`);
        });

        test('S0.9: who may not, does not: no form and 403; other alarms end by themselves: 404', async () => {
                const order = await buy(here);
                const id = alarm('refund_failed', 'order', orderId(order.number)), other = alarm('keys_out', 'order', orderId(order.number));
                for (const person of [support, viewer]) {
                        const page = await person.browser.go('/admin/system');
                        assert.throws(() => formOf(page, settled(id)), /no form/);
                        const { csrf_token } = formOf(page, /logout$/).fields;
                        for (const what of ['settlements', 'tries'])
                                assert.equal((await person.browser.go(`/admin/system/alarms/${id}/${what}`, { form: { csrf_token, reason: 'x' } })).status, 403);
                }
                const { csrf_token } = formOf(await owner.browser.go('/admin/system'), /logout$/).fields;
                for (const which of [other, '999999999'])
                        assert.equal((await owner.browser.go(`/admin/system/alarms/${which}/settlements`, { form: { csrf_token, reason: 'x' } })).status, 404);
                assert.equal((await finance.browser.go(`/admin/system/alarms/${id}/tries`, { form: { csrf_token: formOf(await finance.browser.go('/admin/'), /logout$/).fields.csrf_token } })).status, 403);
                assert.equal(open(id), 't');
        });
});

describe('an address that mail came back from', needs, () => {
        let support, viewer;
        before(async () => {
                support = await newStaff(here, 'support');
                viewer = await newStaff(here, 'viewer');
        });

        /** Somebody whose mail came back for good. */
        async function lost() {
                const order = await buy(here, { email: address('lost') });
                await mailTo(here, order.email, /You have access/);
                await becomes(here, `SELECT count(*) = count(*) FILTER (WHERE status = 'sent') FROM messages WHERE email = ${quote(order.email)}`);
                here.sql(`SELECT message_bounced(id, true, '5.1.1', 'no such mailbox') FROM messages WHERE email = ${quote(order.email)}`);
                const id = here.sql(`SELECT id FROM customers WHERE email = ${quote(order.email)}`);
                return { order, id, page: `/admin/customers/${id}`, alarms: () => here.sql(`SELECT count(*) FROM alarms WHERE kind = 'mail_bounced' AND object = 'order'
                        AND object_id = ${orderId(order.number)} AND closed_at IS NULL`) };
        }

        test('S0.6: staff say that it works again: the mark and the alarm are over, once, audited', async () => {
                const { order, id, page, alarms } = await lost();
                assert.equal(alarms(), '1');
                const shown = await support.browser.go(page);
                assert.match(plain(shown.text), /comes back/);
                const looked = await viewer.browser.go(page);
                assert.throws(() => formOf(looked, /mail-works$/), /no form/);
                assert.equal((await viewer.browser.go(`${page}/mail-works`, { form: { csrf_token: formOf(looked, /logout$/).fields.csrf_token } })).status, 403);
                const answers = await fifty(() => support.browser.submit(shown, /mail-works$/));
                assert.equal(answers.filter((a) => /done=works$/.test(a.to)).length, 1);
                assert.equal(alarms(), '0');
                assert.equal(here.sql(`SELECT count(*) FROM mail_failures WHERE address = ${quote(order.email)}`), '0');
                assert.doesNotMatch(plain((await support.browser.go(page)).text), /comes back/);
                assert.match(plain((await support.browser.go(page)).text), /said that mail arrives again/);
                assert.equal(here.sql(`SELECT count(*) FROM audit WHERE action = 'customer.mail-works' AND object_id = ${id}`), '1');
                const foreign = formOf(shown, /mail-works$/).fields.csrf_token;
                assert.equal((await support.browser.go('/admin/customers/999999999/mail-works', { form: { csrf_token: foreign } })).status, 404);
                // Mail that comes back once more is told once more.
                here.sql(`INSERT INTO messages (kind, object, object_id, period, customer_id, email, queued_at, status) VALUES ('login_link', 'customer', ${id}, 'desk', ${id}, ${quote(order.email)}, app_now(), 'sent');
                        SELECT message_bounced(id, true, '5.1.1', 'again') FROM messages WHERE customer_id = ${id} AND period = 'desk'`);
                assert.match(plain((await support.browser.go(page)).text), /comes back/);
                await support.browser.submit(await support.browser.go(page), /mail-works$/);
        });

        test('S0.6: a corrected address ends the alarm as well; the password of the wrong one is over', async () => {
                const { order, id, page, alarms } = await lost();
                here.sql(`INSERT INTO credentials (customer_id, password_hash, set_at) VALUES (${id}, 'x', now()) ON CONFLICT DO NOTHING`);
                const right = address('right');
                assert.match((await support.browser.submit(await support.browser.go(page), /addresses$/, { email: right, reason: 'by phone' })).to, /done=corrected$/);
                assert.equal(alarms(), '0');
                assert.equal(here.sql(`SELECT count(*) FROM credentials WHERE customer_id = ${id}`), '0');
                const told = await mailTo(here, right, /^Your email address was corrected$/);
                assert.ok(told.link);
                assert.doesNotMatch(told.text, /about order/);
                const old = await mailTo(here, order.email, /^Your email address was corrected$/);
                assert.match(old.text, /we have changed the address of your account/);
                assert.equal(here.sql(`SELECT made_by || ' ' || status FROM address_changes WHERE customer_id = ${id}`), 'correction done');
        });
});

describe('the timeline of a customer', needs, () => {
        test('P8: what they wrote to us and what was answered, for those who answer', async () => {
                const order = await buy(here, { email: address('writes') });
                const support = await newStaff(here, 'support', 'Sofia Answers'), finance = await newStaff(here, 'finance');
                const id = here.sql(`SELECT id FROM customers WHERE email = ${quote(order.email)}`);
                const number = here.sql(`INSERT INTO tickets (customer_id, order_id, about, proved, form_nonce, created_at, since_at)
                        VALUES (${id}, ${orderId(order.number)}, 'not_open', true, ${quote(`desk-${id}`)}, app_now(), app_now()) RETURNING number`).split('\n')[0];
                here.sql(`INSERT INTO posts (ticket_id, customer_id, author, via, body, form_nonce, at) SELECT id, ${id}, 'customer', 'page', 'The film does not begin', 'd1', app_now() FROM tickets WHERE number = ${quote(number)};
                        INSERT INTO posts (ticket_id, customer_id, author, staff_id, via, body, form_nonce, at) SELECT id, ${id}, 'staff', ${support.id}, 'page', 'Please try again', 'd2', app_now() FROM tickets WHERE number = ${quote(number)}`);
                const page = await support.browser.go(`/admin/customers/${id}`);
                assert.match(plain(page.text), new RegExp(`Wrote to us on the page, message ${number}.*The film does not begin`));
                assert.match(plain(page.text), new RegExp(`Sofia Answers answered message ${number}.*Please try again`));
                assert.match(page.text, new RegExp(`/admin/tickets/${number}`));
                assert.doesNotMatch((await finance.browser.go(`/admin/customers/${id}`)).text, /The film does not begin/);
        });
});
