// Products that are paid over time, and a clock that is waited for, in a product of the test's own.
//
//   const plans = new Plans(own, { three: 'schedule=3 monthly instalments\namount=100.00' });
//   await plans.advance('31d');      the clock moves; returns once the hour's round is done
//   const made = await plans.buy('three');   bought, its method known

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { heading } from './browser.mjs';
import { quote } from './house.mjs';
import { becomes, begin, idle, methodKept, openLink, pay, welcomed } from './purchase.mjs';
import { mailTo } from './mailbox.mjs';
import { top } from './sandbox.mjs';
import { stripeFor } from './stripe.mjs';

const waited = ['dues_scan', 'cards_expiring', 'charge', 'agreement_method', 'gateway_fetch', 'payment_detail', 'receipt', 'method_detach', 'attempt_ask'];

export class Plans {
        constructor(own, offers) {
                this.own = own;
                this.stripe = stripeFor(own.sandbox);
                this.root = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-plans-'));
                fs.cpSync(path.join(top, 'demo', 'northlight'), this.root, { recursive: true });
                for (const name of ['darkroom-desk', 'light-and-lens', 'studio-nights']) fs.rmSync(path.join(this.root, name), { recursive: true });
                for (const [slug, offer] of Object.entries(offers)) {
                        const product = path.join(this.root, slug);
                        fs.cpSync(path.join(this.root, 'portfolio-mentoring'), product, { recursive: true });
                        fs.writeFileSync(path.join(product, 'product.ini'), `[product]\nslug=${slug}\nkind=course\ntitle=The ${slug} course\ntagline=Month by month\n`
                                + 'nothing_new_days=3\nread_only_days=7\nlocked_days=14\n'
                                + `[offer plan]\ntitle=Month by month\ncurrency=EUR\ntax_class=digital\n${offer}\n`);
                }
                const said = own.ctl('product', 'load', this.root);
                assert.equal(said.status, 0, JSON.stringify(said));
        }

        /** Nothing of the present is left to be done. */
        settled = () => becomes(this.own, `NOT EXISTS (SELECT FROM schedules WHERE name IN ('dues_scan', 'cards_expiring') AND next_at <= app_now())
                AND ${idle(...waited)}
                AND NOT EXISTS (SELECT FROM inbox WHERE status = 'new')`, 90);

        async advance(by) {
                const said = this.own.ctl('clock', 'advance', by);
                assert.equal(said.status, 0, JSON.stringify(said));
                await this.settled();
        }

        async buy(product, card = {}, fields = {}) {
                const begun = await begin(this.own, { product, ...fields });
                const paid = await pay(begun, card);
                assert.equal(paid.status, 303, heading(paid.text));
                await welcomed(begun);
                await becomes(this.own, methodKept(begun.number));
                return begun;
        }

        /** A browser that is logged in as the buyer, and stays so while the months go by. */
        async enter(made) {
                const mail = await mailTo(this.own, made.email, /You have access/);
                const browser = await openLink(this.own, mail.link);
                this.own.sql(`UPDATE sessions SET expires_at = '2100-01-01' WHERE kind = 'customer' AND customer_id = (SELECT customer_id FROM orders WHERE number = ${quote(made.number)})`);
                return browser;
        }

        dues = (number) => this.own.rows(`SELECT d.seq, d.amount_minor, d.status, d.due_on::text AS day,
                d.due_on = (g.anchor_on + make_interval(months => d.seq - 1))::date AS in_step
                FROM dues d JOIN orders o ON o.id = d.order_id JOIN agreements g ON g.id = d.agreement_id WHERE o.number = ${quote(number)} ORDER BY d.seq`);

        states = (number) => this.dues(number).map((due) => due.status).join(' ');

        level = (number) => this.own.sql(`SELECT a.status FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(number)}`);

        /** Attempts by saved method of an order: status and why. */
        attempts = (number) => this.own.rows(`SELECT a.status, a.decline_code, a.error_code, a.advice_code, a.on_session, a.gateway_ref, d.seq FROM attempts a JOIN dues d ON d.id = a.due_id
                JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(number)} AND a.kind = 'off_session' ORDER BY a.id`);

        /** The intents there that name an attempt of this order. */
        intents = async (number) => {
                const found = [];
                for await (const intent of this.stripe.paymentIntents.list({ limit: 100 })) if (intent.metadata.order === number) found.push(intent);
                return found;
        };

        sound() {
                const compared = this.own.ctl('reconcile');
                assert.deepEqual([compared.status, compared.items], [0, []], 'gateway, orders and access agree');
                for (const what of ['money', 'access', 'schema']) {
                        const said = this.own.ctl('check', what);
                        assert.deepEqual([said.status, said.items], [0, []], what);
                }
        }

        end() {
                fs.rmSync(this.root, { recursive: true, force: true });
        }
}
