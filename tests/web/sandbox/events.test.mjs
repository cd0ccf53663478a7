// What the sandbox tells: events, their signature and delivery, faults, acts, the clock,
// and that nothing is lost when it is killed.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { loadDescription } from '../lib/described.mjs';
import { startReceiver } from '../lib/receiver.mjs';
import { sleep, startSandbox, until } from '../lib/sandbox.mjs';
import { control, refused, stripeFor } from '../lib/stripe.mjs';

let sandbox, stripe, receiver;
const described = loadDescription();
const eur = { amount: 4900, currency: 'eur' };
const pay = (method = 'pm_card_visa', more = {}) => stripe.paymentIntents.create({ ...eur, payment_method: method, confirm: true, ...more });
const act = (name, object, more = {}) => control(sandbox, 'acts', { act: name, object, ...more });
const faults = (...list) => control(sandbox, 'faults', list);
const about = (id) => receiver.events.filter((e) => e.event.data.object.id === id);

before(async () => {
        receiver = await startReceiver();
        sandbox = await startSandbox({ hookUrl: receiver.url });
        stripe = stripeFor(sandbox);
});
after(async () => {
        await sandbox?.stop();
        await receiver?.stop();
});
beforeEach(async () => {
        receiver.answer = () => 200;
        await control(sandbox, 'faults', undefined, 'DELETE');
});

describe('events', () => {
        test('come signed, in order, in the version that they name', async () => {
                const intent = await pay();
                await receiver.got((e) => e.type === 'payment_intent.succeeded' && e.data.object.id === intent.id);
                const types = receiver.events.map((e) => e.event.type);
                assert.deepEqual(types.slice(-3), ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']);
                const { body, signature } = receiver.events.at(-1);
                const event = stripe.webhooks.constructEvent(body, signature, sandbox.secret);
                assert.equal(event.api_version, stripe.getApiField('version'));
                assert.equal(event.request.id, intent.lastResponse.requestId);
                assert.ok(event.request.idempotency_key);
                assert.throws(() => stripe.webhooks.constructEvent(body.replace('4900', '4901'), signature, sandbox.secret));
                described?.check('event', JSON.parse(body));
                described?.check('payment_intent', JSON.parse(body).data.object);
        });

        test('are listed by type and time, and paged', async () => {
                const intent = await pay();
                const since = intent.created - 1;
                const list = await stripe.events.list({ types: ['payment_intent.succeeded', 'refund.created'], created: { gte: since }, limit: 100 });
                assert.ok(list.data.some((e) => e.data.object.id === intent.id));
                assert.ok(list.data.every((e) => e.type === 'payment_intent.succeeded'));
                const all = await stripe.events.list({ limit: 2 }).autoPagingToArray({ limit: 1000 });
                assert.equal(new Set(all.map((e) => e.id)).size, all.length);
                const back = await stripe.events.list({ ending_before: all[5].id, limit: 3 });
                assert.deepEqual(back.data.map((e) => e.id), all.slice(2, 5).map((e) => e.id));
                assert.equal((await stripe.events.retrieve(all[0].id)).id, all[0].id);
                assert.equal((await stripe.events.list({ created: { gt: intent.created + 1000 } })).data.length, 0);
        });

        test('say what changed', async () => {
                const customer = await stripe.customers.create({ name: 'Ada', metadata: { a: '1' } });
                await stripe.customers.update(customer.id, { name: 'Ada K', metadata: { a: '2' } });
                const event = await receiver.got((e) => e.type === 'customer.updated' && e.data.object.id === customer.id);
                assert.deepEqual(event.data.previous_attributes, { name: 'Ada', metadata: { a: '1' } });
        });

        test('are posted again until they are taken', async () => {
                let tries = 0;
                receiver.answer = (e) => (e.type === 'customer.created' && e.data.object.email === 'again@example.com' && ++tries < 3 ? 503 : 200);
                const customer = await stripe.customers.create({ email: 'again@example.com' });
                await until(() => tries === 3, 'three tries');
                const [a, b, c] = about(customer.id).map((e) => e.at);
                assert.ok(b - a >= 950 && b - a < 3000, `${b - a} ms`);
                assert.ok(c - b >= 4900 && c - b < 8000, `${c - b} ms`);
                assert.equal(new Set(about(customer.id).map((e) => e.event.id)).size, 1);
        });

        test('of refunds and disputes', async () => {
                const intent = await pay();
                const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 900 });
                const event = await receiver.got((e) => e.type === 'charge.refunded' && e.data.object.payment_intent === intent.id);
                assert.equal(event.data.previous_attributes.amount_refunded, 0);
                await receiver.got((e) => e.type === 'refund.created' && e.data.object.id === refund.id);
                await act('fail_refund', refund.id);
                await receiver.got((e) => e.type === 'refund.failed' && e.data.object.id === refund.id);
                assert.equal((await stripe.charges.retrieve(intent.latest_charge)).amount_refunded, 0);
                const { object } = await act('dispute', intent.latest_charge);
                await act('close_dispute', object.id, { status: 'won' });
                await receiver.got((e) => e.type === 'charge.dispute.closed' && e.data.object.id === object.id);
                assert.deepEqual(about(object.id).map((e) => e.event.type), ['charge.dispute.created',
                        'charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated', 'charge.dispute.closed']);
        });
});

describe('faults', () => {
        test('an error after the commit: the work is done, the key gives the error again', async () => {
                await faults({ match: 'POST /v1/payment_intents', kind: 'error_after_commit' });
                const idempotencyKey = `k-${Math.random()}`;
                const params = { ...eur, payment_method: 'pm_card_visa', confirm: true, metadata: { attempt: idempotencyKey } };
                for (let i = 0; i < 2; i++)
                        assert.equal((await refused(stripe.paymentIntents.create(params, { idempotencyKey }))).statusCode, 500);
                const found = (await stripe.paymentIntents.list()).data.filter((p) => p.metadata.attempt === idempotencyKey);
                assert.deepEqual(found.map((p) => p.status), ['succeeded']);
                const { items } = await control(sandbox, 'log');
                const line = items.find((i) => i.idempotency_key === idempotencyKey);
                assert.deepEqual([line.status, line.committed, line.fault, line.object], [500, true, 'error_after_commit', found[0].id]);
        });

        test('an error before, and the rate limit: nothing is done', async () => {
                await faults({ match: 'POST /v1/payment_intents', kind: 'error_before' }, { match: 'POST /v1/payment_intents', kind: 'rate_limit' });
                const idempotencyKey = `k-${Math.random()}`;
                const create = () => stripe.paymentIntents.create({ ...eur, metadata: { attempt: idempotencyKey } }, { idempotencyKey });
                assert.equal((await refused(create())).statusCode, 500);
                const limited = await refused(create());
                assert.deepEqual([limited.statusCode, limited.code], [429, 'rate_limit']);
                assert.equal((await create()).status, 'requires_payment_method');
                assert.equal((await stripe.paymentIntents.list()).data.filter((p) => p.metadata.attempt === idempotencyKey).length, 1);
        });

        test('a request that hangs is still worked off when its client is gone', async () => {
                await faults({ match: 'POST /v1/payment_intents', kind: 'hang', seconds: 2 });
                const idempotencyKey = `k-${Math.random()}`;
                const params = { ...eur, payment_method: 'pm_card_visa', confirm: true };
                const gone = await refused(stripe.paymentIntents.create(params, { idempotencyKey, timeout: 500 }));
                assert.equal(gone.type, 'StripeConnectionError');
                const answer = await until(() => stripe.paymentIntents.create(params, { idempotencyKey }).catch((e) => { assert.equal(e.statusCode, 409); }), 'the answer');
                assert.equal(answer.lastResponse.headers['idempotent-replayed'], 'true');
                assert.equal(answer.status, 'succeeded');
        });

        test('match path by path segment, and are used up', async () => {
                const { faults: list } = await faults({ match: 'POST /v1/payment', kind: 'error_before' }, { match: 'GET /v1/customers', kind: 'error_before', times: 2 });
                assert.equal(list.length, 2);
                await pay();
                const { id } = await stripe.customers.create();
                assert.equal((await refused(stripe.customers.retrieve(id))).statusCode, 500);
                assert.equal((await refused(stripe.customers.list())).statusCode, 500);
                await stripe.customers.list();
                assert.equal((await control(sandbox, 'faults', undefined, 'DELETE')).faults.length, 0);
                assert.equal((await faults({ kind: 'nonsense' })).status, 400);
        });

        test('events are doubled, dropped, delayed and come the other way round', async () => {
                const named = (email) => about2(email).length;
                const about2 = (email) => receiver.events.filter((e) => e.event.data.object.email === email);
                await faults({ match: 'event customer.created', kind: 'duplicate_event' });
                await stripe.customers.create({ email: 'double@example.com' });
                await until(() => named('double@example.com') === 2, 'two posts');
                assert.equal(new Set(about2('double@example.com').map((e) => e.event.id)).size, 1);

                await faults({ match: 'event customer.created', kind: 'drop_event' });
                const dropped = await stripe.customers.create({ email: 'dropped@example.com' });
                await faults({ match: 'event *', kind: 'delay_event', seconds: 2 });
                const at = Date.now();
                await stripe.customers.create({ email: 'late@example.com' });
                await until(() => named('late@example.com'), 'the late one');
                assert.ok(about2('late@example.com')[0].at - at >= 1900);
                assert.equal(named('dropped@example.com'), 0);
                const { items } = await control(sandbox, 'log');
                assert.equal(items.find((i) => i.kind === 'event' && i.object === dropped.id).delivery, 'dropped');
                assert.ok((await stripe.events.list()).data.some((e) => e.data.object.id === dropped.id));

                await faults({ match: 'event customer.created', kind: 'reorder_events', seconds: 2, times: 2 });
                await stripe.customers.create({ email: 'one@example.com' });
                await stripe.customers.create({ email: 'two@example.com' });
                await until(() => named('one@example.com'), 'both');
                assert.ok(about2('two@example.com')[0].at < about2('one@example.com')[0].at);
        });
});

describe('acts', () => {
        test('a refund, a dispute: by intent, session or charge', async () => {
                const intent = await pay();
                assert.equal((await act('refund', intent.id, { amount: 100 })).object.amount, 100);
                assert.equal((await act('refund', intent.latest_charge)).object.amount, 4800);
                assert.equal((await act('refund', 'pi_none')).status, 400);
                assert.equal((await act('nonsense', intent.id)).status, 400);
        });

        test('a bank debit that fails', async () => {
                const intent = await pay('pm_sandbox_bank_debit');
                await act('fail_debit', intent.id);
                const event = await receiver.got((e) => e.type === 'payment_intent.payment_failed' && e.data.object.id === intent.id);
                assert.equal(event.data.object.last_payment_error.code, 'insufficient_funds');
                assert.equal((await act('settle_debit', intent.id)).status, 400);
        });

        test('a transfer that arrives', async () => {
                const intent = await pay('pm_sandbox_bank_transfer');
                assert.equal(intent.next_action.type, 'display_bank_transfer_instructions');
                await act('transfer_arrives', intent.id);
                assert.equal((await stripe.paymentIntents.retrieve(intent.id)).status, 'succeeded');
        });

        test('the bank sends a new card, which may behave otherwise', async () => {
                const customer = (await stripe.customers.create()).id;
                const method = await stripe.paymentMethods.attach('pm_card_visa', { customer });
                await act('update_card', method.id, { exp_month: 7, exp_year: 2044, last4: '1111' });
                const event = await receiver.got((e) => e.type === 'payment_method.automatically_updated' && e.data.object.id === method.id);
                assert.equal(event.data.object.card.last4, '1111');
                assert.equal(event.data.previous_attributes.card.last4, '4242');
                await act('update_card', method.id, { becomes: 'pm_card_visa_chargeDeclinedInsufficientFunds', quiet: true });
                const error = await refused(pay(method.id, { customer, off_session: true }));
                assert.equal(error.decline_code, 'insufficient_funds');
        });
});

describe('the clock', () => {
        test('moves what is due: a debit settles, another comes back, a session expires', async () => {
                const good = await pay('pm_sandbox_bank_debit');
                const bad = await pay('pm_sandbox_bank_debit_fails');
                const session = await stripe.checkout.sessions.create({ mode: 'payment', success_url: 'https://shop.test',
                        line_items: [{ price_data: { currency: 'eur', unit_amount: 900, product_data: { name: 'x' } }, quantity: 1 }] });
                const day = 86400;
                const { ahead_seconds } = await control(sandbox, 'clock', { ahead_seconds: 2 * day });
                assert.equal(ahead_seconds, 2 * day);
                assert.equal((await stripe.checkout.sessions.retrieve(session.id)).status, 'expired');
                assert.equal((await stripe.paymentIntents.retrieve(good.id)).status, 'processing');
                await control(sandbox, 'clock', { ahead_seconds: 5 * day });
                assert.equal((await stripe.paymentIntents.retrieve(good.id)).status, 'succeeded');
                assert.equal((await stripe.paymentIntents.retrieve(bad.id)).status, 'requires_payment_method');
                const event = await receiver.got((e) => e.type === 'payment_intent.succeeded' && e.data.object.id === good.id);
                assert.ok(event.created - good.created <= 4 * day + 5);
                const later = await stripe.customers.create();
                assert.ok(later.created - good.created >= 5 * day);
                await until(async () => (await control(sandbox, 'clock')).pending_events === 0, 'all told');
                const { body, signature } = receiver.events.at(-1);
                stripe.webhooks.constructEvent(body, signature, sandbox.secret);        // real time, whatever the clock says
        });
});

describe('kill -9', () => {
        test('at any moment: what was answered stands, and every event is posted', { timeout: 300000 }, async () => {
                const answered = [], from = receiver.events.length;
                let killing = true;
                const killer = (async () => {
                        for (let i = 0; killing; i++) {
                                await sleep(250);
                                await sandbox.kill(i % 2 ? 'serve' : 'deliver');
                        }
                })();
                const buyer = async (n) => {
                        for (let i = 0; i < 15; i++) {
                                const idempotencyKey = `kill-${n}-${i}-${Math.random()}`;
                                const params = { ...eur, payment_method: 'pm_card_visa', confirm: true, metadata: { k: idempotencyKey } };
                                for (;;) {
                                        try {
                                                answered.push(await stripe.paymentIntents.create(params, { idempotencyKey, timeout: 3000 }));
                                                break;
                                        } catch {
                                                await sleep(50);
                                        }
                                }
                        }
                };
                await Promise.all([1, 2, 3].map(buyer));
                killing = false;
                await killer;
                await until(() => fetch(`${sandbox.url}/healthz`).then((r) => r.ok, () => false), 'the sandbox');
                const intents = await stripe.paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: 10000 });
                for (const { id, metadata, status } of answered) {
                        assert.equal(status, 'succeeded');
                        assert.deepEqual(intents.filter((p) => p.metadata.k === metadata.k).map((p) => p.id), [id]);
                }
                await until(async () => (await control(sandbox, 'clock')).pending_events === 0, 'all told');
                const told = new Set(receiver.events.slice(from).filter((e) => e.event.type === 'payment_intent.succeeded').map((e) => e.event.data.object.id));
                for (const { id } of answered) assert.ok(told.has(id));
        });
});
