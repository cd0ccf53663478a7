// The sandbox's API, driven by the gateway's own SDK; each answer is held against the
// published description.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { loadDescription, specDir } from '../lib/described.mjs';
import { startSandbox } from '../lib/sandbox.mjs';
import { control, refused, stripeFor } from '../lib/stripe.mjs';

let sandbox, stripe;
const described = loadDescription();
const eur = { amount: 4900, currency: 'eur' };
const url = 'https://shop.test';
const line = { price_data: { currency: 'eur', unit_amount: 4900, tax_behavior: 'inclusive', product_data: { name: 'Course' } }, quantity: 1 };

/** Check OBJECT against the description of KIND and hand it on. */
async function fits(kind, object) {
        const plain = JSON.parse(JSON.stringify(await object));
        described?.check(kind, plain);
        return plain;
}

const charge = (method, more = {}) =>
        stripe.paymentIntents.create({ ...eur, payment_method: method, confirm: true, ...more });
const customerWith = async (method) => {
        const customer = await stripe.customers.create({ email: 'ada@example.com' });
        const saved = await stripe.paymentMethods.attach(method, { customer: customer.id });
        return { customer: customer.id, payment_method: saved.id };
};

before(async () => {
        sandbox = await startSandbox();
        stripe = stripeFor(sandbox);
});
after(() => sandbox?.stop());

test('the description is at hand', { skip: described ? false : `no description in ${specDir}: shapes are not checked` }, () => {
        assert.ok(described);
});

describe('customers', () => {
        test('are made, read, changed, listed and deleted', async () => {
                const made = await fits('customer', stripe.customers.create({
                        email: 'ada@example.com', name: 'Ada', metadata: { order: 'K3', dropped: 'x' }, address: { country: 'DE' } }));
                assert.match(made.id, /^cus_/);
                assert.equal(made.metadata.order, 'K3');
                assert.equal(made.address.line1, null);
                const changed = await fits('customer', stripe.customers.update(made.id, { name: 'Ada K', metadata: { dropped: '' } }));
                assert.deepEqual(changed.metadata, { order: 'K3' });
                assert.equal((await stripe.customers.retrieve(made.id)).name, 'Ada K');
                assert.equal((await stripe.customers.list({ email: 'ada@example.com' })).data[0].id, made.id);
                await fits('deleted_customer', stripe.customers.del(made.id));
                assert.equal((await stripe.customers.retrieve(made.id)).deleted, true);
                assert.equal((await refused(stripe.customers.update(made.id, { name: 'x' }))).statusCode, 404);
        });

        test('are paged through, both ways', async () => {
                const email = 'paged@example.com';
                for (let i = 0; i < 7; i++) await stripe.customers.create({ email, name: `n${i}` });
                const all = await stripe.customers.list({ email, limit: 3 }).autoPagingToArray({ limit: 100 });
                assert.deepEqual(all.map((c) => c.name), ['n6', 'n5', 'n4', 'n3', 'n2', 'n1', 'n0']);
                const page = await stripe.customers.list({ email, limit: 2, ending_before: all[5].id });
                assert.deepEqual(page.data.map((c) => c.name), ['n3', 'n2']);
                assert.equal(page.has_more, true);
                assert.equal(page.url, '/v1/customers');
        });
});

describe('payment methods', () => {
        test('are attached, listed, made the default and detached', async () => {
                const { customer, payment_method } = await customerWith('pm_card_mastercard');
                const saved = await fits('payment_method', stripe.paymentMethods.retrieve(payment_method));
                assert.equal(saved.card.brand, 'mastercard');
                assert.equal(saved.card.last4, '4444');
                assert.equal(saved.customer, customer);
                assert.equal((await stripe.paymentMethods.list({ customer, type: 'card' })).data.length, 1);
                assert.equal((await stripe.customers.listPaymentMethods(customer)).data[0].id, payment_method);
                await stripe.customers.update(customer, { invoice_settings: { default_payment_method: payment_method } });
                const expanded = await stripe.customers.retrieve(customer, { expand: ['invoice_settings.default_payment_method'] });
                assert.equal(expanded.invoice_settings.default_payment_method.id, payment_method);
                await fits('payment_method', stripe.paymentMethods.detach(payment_method));
                assert.equal((await stripe.paymentMethods.list({ customer })).data.length, 0);
                const again = await refused(stripe.paymentMethods.attach(payment_method, { customer }));
                assert.equal(again.type, 'StripeInvalidRequestError');
        });

        test('a card that is declined cannot be saved, save the one made for it', async () => {
                const customer = (await stripe.customers.create()).id;
                const error = await refused(stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer }));
                assert.equal(error.code, 'card_declined');
                assert.equal((await stripe.paymentMethods.list({ customer })).data.length, 0);
                await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
        });

        test('pays for its own customer alone', async () => {
                const { payment_method } = await customerWith('pm_card_visa');
                const other = (await stripe.customers.create()).id;
                assert.equal((await refused(charge(payment_method, { customer: other }))).statusCode, 400);
                assert.equal((await refused(charge(payment_method))).statusCode, 400);
        });
});

describe('payment intents', () => {
        test('are paid, with charge and balance transaction', async () => {
                const { customer, payment_method } = await customerWith('pm_card_visa');
                const intent = await fits('payment_intent', charge(payment_method, {
                        customer, off_session: true, description: 'Course', metadata: { attempt: '7' },
                        statement_descriptor_suffix: 'COURSE', expand: ['latest_charge.balance_transaction', 'payment_method'] }));
                assert.equal(intent.status, 'succeeded');
                assert.equal(intent.amount_received, 4900);
                assert.ok(!('invoice' in intent));
                const paid = intent.latest_charge;
                await fits('charge', paid);
                assert.equal(paid.payment_method_details.card.last4, '4242');
                assert.deepEqual(paid.metadata, { attempt: '7' });
                assert.match(paid.calculated_statement_descriptor, /COURSE/);
                assert.ok(!('invoice' in paid));
                const move = await fits('balance_transaction', paid.balance_transaction);
                assert.deepEqual([move.amount, move.fee, move.net], [4900, 93, 4807]);
                assert.equal((await stripe.balanceTransactions.list({ source: paid.id })).data[0].id, move.id);
                const charges = await stripe.charges.list({ payment_intent: intent.id, expand: ['data.payment_intent'] });
                assert.equal(charges.data[0].payment_intent.id, intent.id);
                await fits('charge', stripe.charges.retrieve(paid.id));
        });

        for (const [token, code, decline, advice] of [
                ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline', 'try_again_later'],
                ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds', 'try_again_later'],
                ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card', 'do_not_try_again'],
                ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card', 'confirm_card_data'],
                ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error', 'try_again_later'],
        ])
                test(`${token} is declined`, async () => {
                        const error = await refused(charge(token));
                        assert.equal(error.type, 'StripeCardError');
                        assert.equal(error.statusCode, 402);
                        assert.deepEqual([error.code, error.decline_code, error.raw.advice_code], [code, decline, advice]);
                        await fits('api_errors', error.raw);
                        assert.equal(error.payment_intent.status, 'requires_payment_method');
                        const intent = await fits('payment_intent', stripe.paymentIntents.retrieve(error.payment_intent.id));
                        assert.equal(intent.last_payment_error.decline_code, decline);
                        const failed = await fits('charge', stripe.charges.retrieve(error.raw.charge));
                        assert.equal(failed.failure_code, code);
                        assert.equal(failed.paid, false);
                        const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
                        assert.equal(paid.status, 'succeeded');
                        assert.equal(paid.last_payment_error, null);
                });

        test('pm_card_chargeCustomerFail is saved and then declined', async () => {
                const saved = await customerWith('pm_card_chargeCustomerFail');
                const error = await refused(stripe.paymentIntents.create({ ...eur, ...saved, confirm: true, off_session: true }));
                assert.equal(error.code, 'card_declined');
        });

        test('ask for authentication on session, and are declined off session', async () => {
                const error = await refused(charge('pm_card_authenticationRequired', { off_session: true }));
                assert.equal(error.code, 'authentication_required');
                const intent = await fits('payment_intent', charge('pm_card_authenticationRequired', { return_url: `${url}/back` }));
                assert.equal(intent.status, 'requires_action');
                assert.equal(intent.next_action.type, 'redirect_to_url');
                const answer = await fetch(intent.next_action.redirect_to_url.url, {
                        method: 'POST', body: new URLSearchParams({ result: 'complete' }), redirect: 'manual' });
                assert.equal(answer.status, 303);
                assert.match(answer.headers.get('location'), new RegExp(`^${url}/back\\?payment_intent=${intent.id}&.*redirect_status=succeeded$`));
                assert.equal((await stripe.paymentIntents.retrieve(intent.id)).status, 'succeeded');
        });

        test('are updated and cancelled while they are open', async () => {
                const intent = await fits('payment_intent', stripe.paymentIntents.create(eur));
                assert.equal(intent.status, 'requires_payment_method');
                assert.equal((await stripe.paymentIntents.update(intent.id, { amount: 5000 })).amount, 5000);
                const cancelled = await fits('payment_intent', stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' }));
                assert.equal(cancelled.status, 'canceled');
                const error = await refused(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }));
                assert.equal(error.code, 'payment_intent_unexpected_state');
                assert.equal(error.payment_intent.id, intent.id);
                const paid = await charge('pm_card_visa');
                assert.equal((await refused(stripe.paymentIntents.cancel(paid.id))).code, 'payment_intent_unexpected_state');
        });

        test('by bank debit are settled later', async () => {
                const intent = await fits('payment_intent', charge('pm_sandbox_bank_debit', { expand: ['latest_charge'] }));
                assert.equal(intent.status, 'processing');
                assert.equal(intent.latest_charge.status, 'pending');
                assert.equal((await control(sandbox, 'acts', { act: 'settle_debit', object: intent.id })).status, 200);
                const paid = await fits('payment_intent', stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] }));
                assert.equal(paid.status, 'succeeded');
                assert.equal(paid.latest_charge.id, intent.latest_charge.id);
                await fits('charge', paid.latest_charge);
        });

        test('in other currencies count in their own minor units', async () => {
                const yen = await stripe.paymentIntents.create({ amount: 5000, currency: 'jpy', payment_method: 'pm_card_visa', confirm: true, expand: ['latest_charge.balance_transaction'] });
                assert.equal(yen.latest_charge.balance_transaction.fee, 95);
                const dinar = await stripe.paymentIntents.create({ amount: 12500, currency: 'KWD', payment_method: 'pm_card_visa', confirm: true, expand: ['latest_charge.balance_transaction'] });
                assert.equal(dinar.currency, 'kwd');
                assert.equal(dinar.latest_charge.balance_transaction.fee, 425);
                // S1.3 The last digit of three decimals is 0, whatever is asked for.
                const odd = /last digit of an amount in kwd must be 0/i;
                assert.match((await refused(stripe.paymentIntents.create({ amount: 12505, currency: 'kwd' }))).message, odd);
                assert.match((await refused(stripe.refunds.create({ payment_intent: dinar.id, amount: 2505 }))).message, odd);
                assert.equal((await stripe.refunds.create({ payment_intent: dinar.id, amount: 2510 })).status, 'succeeded');
                const page = (unit) => stripe.checkout.sessions.create({ mode: 'payment', success_url: 'https://shop.example/', line_items: [{ quantity: 1,
                        price_data: { currency: 'kwd', unit_amount: unit, product_data: { name: 'Dinar' } } }] });
                assert.match((await refused(page(12505))).message, odd);
                assert.equal((await page(12510)).amount_total, 12510);
                assert.equal((await refused(stripe.paymentIntents.create({ amount: 4900, currency: 'xxx' }))).param, 'currency');
                assert.equal((await refused(stripe.paymentIntents.create({ amount: 49, currency: 'eur' }))).code, 'amount_too_small');
        });
});

describe('setup intents', () => {
        test('save a method', async () => {
                const customer = (await stripe.customers.create()).id;
                const setup = await fits('setup_intent', stripe.setupIntents.create({ customer, payment_method: 'pm_card_visa', confirm: true, metadata: { a: 'b' } }));
                assert.equal(setup.status, 'succeeded');
                assert.equal((await stripe.paymentMethods.retrieve(setup.payment_method)).customer, customer);
        });

        test('are declined, confirmed in two steps, and cancelled', async () => {
                const setup = await fits('setup_intent', stripe.setupIntents.create({ usage: 'off_session' }));
                const error = await refused(stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
                assert.equal(error.code, 'card_declined');
                assert.equal(error.setup_intent.id, setup.id);
                await fits('setup_intent', error.setup_intent);
                assert.equal((await stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa' })).status, 'succeeded');
                const other = await stripe.setupIntents.create({});
                assert.equal((await fits('setup_intent', stripe.setupIntents.cancel(other.id))).status, 'canceled');
        });

        test('authenticate once, so that later payments need nobody', async () => {
                const customer = (await stripe.customers.create()).id;
                const setup = await stripe.setupIntents.create({ customer, payment_method: 'pm_card_authenticationRequiredOnSetup', confirm: true, return_url: url });
                assert.equal(setup.status, 'requires_action');
                await fetch(setup.next_action.redirect_to_url.url, { method: 'POST', body: 'result=complete', redirect: 'manual' });
                const done = await stripe.setupIntents.retrieve(setup.id);
                assert.equal(done.status, 'succeeded');
                const paid = await stripe.paymentIntents.create({ ...eur, customer, payment_method: done.payment_method, confirm: true, off_session: true });
                assert.equal(paid.status, 'succeeded');
        });
});

describe('refunds', () => {
        test('in parts, and never more than was paid', async () => {
                const intent = await charge('pm_card_visa');
                const part = await fits('refund', stripe.refunds.create({ payment_intent: intent.id, amount: 900, reason: 'requested_by_customer', metadata: { r: '1' } }));
                assert.equal(part.status, 'succeeded');
                assert.equal((await stripe.balanceTransactions.retrieve(part.balance_transaction)).amount, -900);
                assert.match((await refused(stripe.refunds.create({ charge: intent.latest_charge, amount: 4001 }))).message, /greater than/);
                const rest = await stripe.refunds.create({ charge: intent.latest_charge });
                assert.equal(rest.amount, 4000);
                const paid = await stripe.charges.retrieve(intent.latest_charge, { expand: ['refunds'] });
                assert.equal(paid.refunded, true);
                assert.equal(paid.amount_refunded, 4900);
                assert.deepEqual(paid.refunds.data.map((r) => r.id).sort(), [part.id, rest.id].sort());
                assert.equal((await refused(stripe.refunds.create({ charge: intent.latest_charge }))).code, 'charge_already_refunded');
                assert.equal((await stripe.refunds.list({ payment_intent: intent.id })).data.length, 2);
        });

        test('that race take what is left once', async () => {
                const intent = await charge('pm_card_visa');
                const all = await Promise.allSettled(Array.from({ length: 6 }, () => stripe.refunds.create({ payment_intent: intent.id, amount: 2000 })));
                assert.equal(all.filter((r) => r.status === 'fulfilled').length, 2);
                assert.equal((await stripe.charges.retrieve(intent.latest_charge)).amount_refunded, 4000);
        });
});

describe('disputes', () => {
        test('are opened, answered and decided', async () => {
                const intent = await charge('pm_card_visa');
                const { object } = await control(sandbox, 'acts', { act: 'dispute', object: intent.id, reason: 'product_not_received' });
                const dispute = await fits('dispute', stripe.disputes.retrieve(object.id));
                assert.equal(dispute.status, 'needs_response');
                assert.equal(dispute.reason, 'product_not_received');
                assert.equal(dispute.balance_transactions[0].amount, -4900);
                assert.equal((await refused(stripe.refunds.create({ payment_intent: intent.id }))).code, 'charge_disputed');
                const answered = await fits('dispute', stripe.disputes.update(dispute.id, { evidence: { product_description: 'A course' }, submit: true }));
                assert.equal(answered.status, 'under_review');
                assert.equal(answered.evidence_details.submission_count, 1);
                await control(sandbox, 'acts', { act: 'close_dispute', object: dispute.id, status: 'won' });
                const won = await fits('dispute', stripe.disputes.list({ payment_intent: intent.id }).then((l) => l.data[0]));
                assert.equal(won.status, 'won');
                assert.equal(won.balance_transactions.length, 2);
        });

        test('can be given up; a card that is always disputed', async () => {
                const intent = await charge('pm_card_createDispute');
                const dispute = (await stripe.disputes.list({ payment_intent: intent.id })).data[0];
                assert.equal((await fits('dispute', stripe.disputes.close(dispute.id))).status, 'lost');
        });
});

describe('checkout sessions', () => {
        test('in payment mode', async () => {
                const session = await fits('checkout.session', stripe.checkout.sessions.create({
                        mode: 'payment', line_items: [line, { ...line, quantity: 2 }], success_url: `${url}/welcome?s={CHECKOUT_SESSION_ID}`,
                        cancel_url: `${url}/cancel`, client_reference_id: 'K3', customer_email: 'ada@example.com', customer_creation: 'always',
                        metadata: { order: 'K3' }, adaptive_pricing: { enabled: false }, consent_collection: { terms_of_service: 'required' },
                        payment_intent_data: { metadata: { attempt: '7' }, setup_future_usage: 'off_session', statement_descriptor_suffix: 'COURSE' },
                        expires_at: Math.floor(Date.now() / 1000) + 3600 }));
                assert.equal(session.status, 'open');
                assert.equal(session.amount_total, 14700);
                assert.equal(session.adaptive_pricing.enabled, false);
                assert.ok(session.url.startsWith(`${sandbox.url}/c/pay/cs_`));
                const lines = await stripe.checkout.sessions.listLineItems(session.id);
                assert.deepEqual(lines.data.map((l) => l.amount_total), [4900, 9800]);
                for (const item of lines.data) await fits('item', item);
                const expanded = await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items', 'payment_intent', 'customer'] });
                assert.equal(expanded.line_items.data.length, 2);
                const expired = await fits('checkout.session', stripe.checkout.sessions.expire(session.id));
                assert.equal(expired.status, 'expired');
                assert.equal(expired.url, null);
                assert.equal((await refused(stripe.checkout.sessions.expire(session.id))).statusCode, 400);
        });

        test('in setup mode', async () => {
                const customer = (await stripe.customers.create({ email: 'ada@example.com' })).id;
                const session = await fits('checkout.session', stripe.checkout.sessions.create({
                        mode: 'setup', currency: 'eur', customer, success_url: url, setup_intent_data: { metadata: { k: 'v' } } }));
                assert.equal(session.payment_status, 'no_payment_required');
                assert.equal((await stripe.setupIntents.retrieve(session.setup_intent)).metadata.k, 'v');
        });

        test('say what is wrong', async () => {
                const create = (more) => refused(stripe.checkout.sessions.create({ mode: 'payment', success_url: url, line_items: [line], ...more }));
                assert.equal((await create({ line_items: [] })).param, 'line_items');
                assert.equal((await create({ mode: 'subscription' })).param, 'mode');
                assert.equal((await create({ success_url: undefined })).code, 'parameter_missing');
                assert.equal((await create({ customer: 'cus_none' })).code, 'resource_missing');
                assert.equal((await create({ expires_at: 1 })).param, 'expires_at');
                assert.equal((await create({ line_items: [{ ...line, colour: 'red' }] })).param, 'line_items[0][colour]');
        });
});

describe('errors', () => {
        test('no key, a wrong key', async () => {
                const none = await fetch(`${sandbox.url}/v1/customers`);
                assert.equal(none.status, 401);
                assert.equal((await none.json()).error.type, 'invalid_request_error');
                const wrong = await refused(stripeFor({ ...sandbox, key: 'sk_test_other' }).customers.list());
                assert.equal(wrong.type, 'StripeAuthenticationError');
                const basic = await fetch(`${sandbox.url}/v1/customers`, { headers: { authorization: `Basic ${btoa(`${sandbox.key}:`)}` } });
                assert.equal(basic.status, 200);
        });

        test('absent things, unknown and malformed parameters', async () => {
                const absent = await refused(stripe.paymentIntents.retrieve('pi_none'));
                assert.deepEqual([absent.statusCode, absent.code, absent.type], [404, 'resource_missing', 'StripeInvalidRequestError']);
                await fits('api_errors', absent.raw);
                const unknown = await refused(stripe.customers.create({ colour: 'red' }));
                assert.deepEqual([unknown.statusCode, unknown.code, unknown.param], [400, 'parameter_unknown', 'colour']);
                assert.equal((await refused(stripe.paymentIntents.create({ amount: 'many', currency: 'eur' }))).code, 'parameter_invalid_integer');
                assert.equal((await refused(stripe.paymentIntents.create({ currency: 'eur' }))).code, 'parameter_missing');
                assert.equal((await refused(stripe.customers.list({ limit: 101 }))).param, 'limit');
                assert.equal((await refused(stripe.customers.retrieve('cus_x', { expand: ['nothing'] }))).statusCode, 404);
                assert.equal((await refused(charge('pm_card_visa', { expand: ['nothing'] }))).param, 'expand');
                assert.equal((await fetch(`${sandbox.url}/v1/nothing`, { headers: { authorization: `Bearer ${sandbox.key}` } })).status, 404);
                const broken = await fetch(`${sandbox.url}/v1/customers`, { method: 'POST', body: 'a[b=%zz', headers: { authorization: `Bearer ${sandbox.key}`, 'content-type': 'application/x-www-form-urlencoded' } });
                assert.equal(broken.status, 400);
        });

        test('headers', async () => {
                const answer = await fetch(`${sandbox.url}/v1/customers?limit=1`, { headers: { authorization: `Bearer ${sandbox.key}` } });
                assert.match(answer.headers.get('request-id'), /^req_/);
                assert.equal(answer.headers.get('stripe-version'), stripe.getApiField('version'));
        });
});

describe('idempotency', () => {
        const key = () => `test-${Math.random()}`;

        test('the same key gives the same answer', async () => {
                const idempotencyKey = key();
                const first = await stripe.paymentIntents.create(eur, { idempotencyKey });
                const again = await stripe.paymentIntents.create(eur, { idempotencyKey });
                assert.equal(again.id, first.id);
                assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
                assert.equal(again.lastResponse.headers['original-request'], first.lastResponse.requestId);
                const other = await refused(stripe.paymentIntents.create({ ...eur, amount: 5000 }, { idempotencyKey }));
                assert.equal(other.type, 'StripeIdempotencyError');
        });

        test('a decline is kept, a malformed request is not', async () => {
                const idempotencyKey = key();
                assert.equal((await refused(stripe.paymentIntents.create({ ...eur, amount: 1 }, { idempotencyKey }))).statusCode, 400);
                const params = { ...eur, payment_method: 'pm_card_visa_chargeDeclined', confirm: true };
                const first = await refused(stripe.paymentIntents.create(params, { idempotencyKey }));
                const again = await refused(stripe.paymentIntents.create(params, { idempotencyKey }));
                assert.equal(again.payment_intent.id, first.payment_intent.id);
        });

        test('of many at once, one works and the others wait or get its answer', async () => {
                const idempotencyKey = key();
                await control(sandbox, 'faults', [{ match: 'POST /v1/payment_intents', kind: 'hang', seconds: 1, times: 5 }]);
                const all = await Promise.allSettled(Array.from({ length: 5 }, () => stripe.paymentIntents.create(eur, { idempotencyKey })));
                const made = all.filter((r) => r.status === 'fulfilled');
                assert.equal(new Set(made.map((r) => r.value.id)).size, 1);
                for (const { reason } of all.filter((r) => r.status === 'rejected'))
                        assert.deepEqual([reason.statusCode, reason.code], [409, 'idempotency_key_in_use']);
                const listed = await control(sandbox, 'log');
                const mine = listed.items.filter((i) => i.idempotency_key === idempotencyKey && i.committed && !i.replays);
                assert.equal(mine.length, 1);
        });

        test('the SDK with its own retries gets through', async () => {
                await control(sandbox, 'faults', [{ match: 'POST /v1/refunds', kind: 'error_before', times: 1 }]);
                const intent = await charge('pm_card_visa');
                const refund = await stripeFor(sandbox, { maxNetworkRetries: 2 }).refunds.create({ payment_intent: intent.id });
                assert.equal(refund.amount, 4900);
        });
});
