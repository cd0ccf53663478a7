// What is paid over time: instalments and subscriptions from the checkout to the last charge, by a
// product of its own, because its clock moves (S1.3).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { address, needs, quote } from './lib/house.mjs';
import { mailsTo } from './lib/mailbox.mjs';
import { startOwn } from './lib/own.mjs';
import { becomes, begin, order, pay, welcomed } from './lib/purchase.mjs';
import { top, until } from './lib/sandbox.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

let own, stripe;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-instalments-'));

/** Products whose one offer is paid over time. */
const offers = {
        three: 'schedule=3 monthly instalments\namount=100.00', monthly: 'schedule=monthly subscription\namount=19.00',
        strict: 'schedule=3 monthly instalments\namount=90.00',
};
function load() {
        fs.cpSync(path.join(top, 'demo', 'northlight'), root, { recursive: true });
        for (const name of ['darkroom-desk', 'light-and-lens']) fs.rmSync(path.join(root, name), { recursive: true });
        for (const [slug, offer] of Object.entries(offers)) {
                fs.cpSync(path.join(root, 'portfolio-mentoring'), path.join(root, slug), { recursive: true });
                fs.writeFileSync(path.join(root, slug, 'product.ini'), `[product]\nslug=${slug}\nkind=course\ntitle=The ${slug} course\ntagline=x\n`
                        + 'nothing_new_days=3\nread_only_days=7\nlocked_days=14\n'
                        + `[offer plan]\ntitle=Month by month\ncurrency=EUR\ntax_class=digital\n${offer}\n`);
        }
        const said = own.ctl('product', 'load', root);
        assert.equal(said.status, 0, JSON.stringify(said));
}

/** Move the product's clock, and wait until the round of that time has ended and nothing is left to do. */
async function advance(by) {
        const said = own.ctl('clock', 'advance', by);
        assert.equal(said.status, 0, JSON.stringify(said));
        await settled();
}
const settled = () => becomes(own, `NOT EXISTS (SELECT FROM schedules WHERE name IN ('dues_scan', 'cards_expiring') AND next_at <= app_now())
        AND NOT EXISTS (SELECT FROM jobs WHERE run_at <= app_now() AND kind IN ('dues_scan', 'cards_expiring', 'charge', 'agreement_method', 'gateway_fetch', 'payment_detail', 'receipt'))
        AND NOT EXISTS (SELECT FROM inbox WHERE status = 'new')`, 60);

const dues = (number) => own.rows(`SELECT d.seq, d.amount_minor, d.status, d.due_on - g.anchor_on AS day, d.due_on = (g.anchor_on + make_interval(months => d.seq - 1))::date AS in_step
        FROM dues d JOIN orders o ON o.id = d.order_id JOIN agreements g ON g.id = d.agreement_id WHERE o.number = ${quote(number)} ORDER BY d.seq`);
const one = (text) => own.rows(text)[0];
const level = (number) => own.sql(`SELECT a.status FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(number)}`);

/** Bought and paid for the first time; its method is known. */
async function bought(product, card = {}) {
        const begun = await begin(own, { product });
        const paid = await pay(begun, card);
        assert.equal(paid.status, 303, heading(paid.text));
        await welcomed(begun);
        await becomes(own, `EXISTS (SELECT FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(begun.number)} AND m.is_default)`);
        return begun;
}
const sound = () => {
        for (const what of ['money', 'access', 'schema']) {
                const said = own.ctl('check', what);
                assert.deepEqual([said.status, said.items], [0, []], what);
        }
};
const intents = async () => (await stripe.paymentIntents.list({ limit: 100 })).data;

describe('paid over time', needs, () => {
        before(async () => {
                own = await startOwn();
                stripe = stripeFor(own.sandbox);
                load();
        });
        after(async () => {
                fs.rmSync(root, { recursive: true, force: true });
                await own?.stop();
        });

        test('S1.3 three instalments: the first at the checkout, the others by themselves on their day, then it is permanent', async () => {
                const made = await bought('three');
                assert.deepEqual(dues(made.number).map((d) => [d.amount_minor, d.status, d.in_step]), [[3334, 'paid', true], [3333, 'open', true], [3333, 'open', true]]);
                assert.equal(level(made.number), 'full');
                assert.deepEqual(one(`SELECT m.brand, m.last_four, m.is_default FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(made.number)}`),
                        { brand: 'visa', last_four: '4242', is_default: true });
                await advance('20d');
                assert.deepEqual(dues(made.number).map((d) => d.status), ['paid', 'open', 'open'], 'nothing before its day');
                await advance('12d');
                assert.deepEqual(dues(made.number).map((d) => d.status), ['paid', 'paid', 'open']);
                assert.equal(level(made.number), 'full');
                await advance('31d');
                assert.deepEqual(dues(made.number).map((d) => d.status), ['paid', 'paid', 'paid']);
                assert.equal(level(made.number), 'permanent');
                assert.deepEqual(one(`SELECT g.status, g.count FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(made.number)}`), { status: 'completed', count: 3 });
                await becomes(own, `(SELECT count(*) FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(made.number)}) = 3`);
                assert.deepEqual(own.rows(`SELECT r.total_minor FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(made.number)} ORDER BY r.seq`).map((r) => r.total_minor), [3334, 3333, 3333]);
                const mails = await until(() => {
                        const found = mailsTo(own, made.email).filter((mail) => /receipt|paid/i.test(mail.subject));
                        return found.length >= 3 ? found : null;
                }, 'three mails that say paid');
                assert.equal(mails.length, 3);
                sound();
        });
});
