// A payment that failed, as it comes about: bought in three instalments, and the saved method
// declines when the second one is due.  For a product of the test's own, for its clock moves.
//
//   const shop = await startFailing();       a House with .stripe; await shop.end()
//   const made = await shop.failed('pm_card_chargeCustomerFail');
//   made.case  made.mail  made.link (/pay/TOKEN)  made.number  made.email  made.browser
//   await shop.change(made, 'pm_card_visa');     another saved method in its place
//   await shop.advance('5d');                    and wait until nothing is left to do

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { heading } from './browser.mjs';
import { quote } from './house.mjs';
import { mailsTo } from './mailbox.mjs';
import { startOwn } from './own.mjs';
import { becomes, begin, idle, methodKept, pay, welcomed } from './purchase.mjs';
import { top, until } from './sandbox.mjs';
import { stripeFor } from './stripe.mjs';

const kinds = ['dues_scan', 'charge', 'case', 'case_plan', 'cases_scan', 'gateway_fetch', 'payment_detail', 'receipt'];

function load(own, root) {
        const demo = path.join(top, 'demo', 'northlight');

        fs.cpSync(path.join(demo, 'portfolio-mentoring'), path.join(root, 'course'), { recursive: true });
        for (const name of fs.readdirSync(demo).filter((name) => /\.(md|ini)$/.test(name))) fs.cpSync(path.join(demo, name), path.join(root, name));
        fs.writeFileSync(path.join(root, 'course', 'product.ini'), '[product]\nslug=course\nkind=course\ntitle=The slow course\ntagline=x\n'
                + 'nothing_new_days=10\nread_only_days=20\nlocked_days=30\n'
                + '[offer plan]\ntitle=Month by month\ncurrency=EUR\ntax_class=digital\nschedule=3 monthly instalments\namount=147.00\n');
        const said = own.ctl('product', 'load', root);
        assert.equal(said.status, 0, JSON.stringify(said));
}

export const startFailing = async () => failingOn(await startOwn());

/** The same on a product OWN that runs already: more is loaded into it, and its clock moves. */
export function failingOn(own) {
        const root = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-failing-'));
        process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));

        own.stripe = stripeFor(own.sandbox);
        load(own, root);
        own.one = (text) => own.rows(text)[0];
        own.settled = (mails = true) => becomes(own, `NOT EXISTS (SELECT FROM schedules WHERE name IN ('dues_scan', 'cases_scan') AND next_at <= app_now())
                AND ${idle(...kinds, ...(mails ? ['mail'] : []))} AND NOT EXISTS (SELECT FROM inbox WHERE status = 'new')`);
        own.advance = async (by, mails = true) => {
                const said = own.ctl('clock', 'advance', by);
                if (mails) assert.equal(said.status, 0, JSON.stringify(said));
                await own.settled(mails);
        };
        /** On to noon of a later day: mails that wait for the day leave. */
        own.noon = (days) => own.advance(own.untilNoon(days));
        own.bought = async () => {
                const begun = await begin(own, { product: 'course' });
                const paid = await pay(begun);
                assert.equal(paid.status, 303, heading(paid.text));
                await welcomed(begun);
                await becomes(own, methodKept(begun.number));
                return begun;
        };
        own.change = async (made, token) => {
                const method = own.one(`SELECT m.id, m.gateway_customer FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(made.number)} AND m.is_default`);
                // The gateway attaches no card that it declines: those stand in the saved one's place.
                if (/Declined/.test(token)) {
                        own.sql(`UPDATE payment_methods SET ref = ref || '-before-' || id WHERE ref = ${quote(token)}`);
                        own.sql(`UPDATE payment_methods SET ref = ${quote(token)} WHERE id = ${method.id}`);
                        return;
                }
                const { id } = await own.stripe.paymentMethods.attach(token, { customer: method.gateway_customer });
                await becomes(own, `EXISTS (SELECT FROM payment_methods WHERE ref = ${quote(id)})`);
                own.sql(`UPDATE payment_methods SET is_default = false WHERE id = ${method.id}`);
                own.sql(`UPDATE payment_methods SET is_default = true WHERE ref = ${quote(id)}`);
                own.sql(`UPDATE agreements SET method_id = NULL WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(made.number)})`);
        };
        own.caseOf = (made) => own.one(`SELECT c.*, d.seq FROM cases c JOIN dues d ON d.id = c.due_id JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(made.number)} ORDER BY c.id DESC LIMIT 1`);
        own.failedMails = (made) => mailsTo(own, made.email).filter((mail) => /\/pay\//.test(mail.text));
        own.failed = async (token) => {
                const made = await own.bought();
                await own.change(made, token);
                await own.advance('32d');
                const mail = await until(() => own.failedMails(made)[0], `a mail about the failure to ${made.email}`);
                return { ...made, mail, link: /\/pay\/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/.exec(mail.text)[0], case: own.caseOf(made) };
        };
        own.end = () => own.stop();
        return own;
}
