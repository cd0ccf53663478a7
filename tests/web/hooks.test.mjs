// Events posted at the hook, signed by the gateway's own SDK (safety rules 1, 2, 3 and 25).

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from './lib/house.mjs';
import { mailsTo } from './lib/mailbox.mjs';
import { becomes, begin, buy, idle, pay, welcomed } from './lib/purchase.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

const stripe = here === null ? null : stripeFor(here.sandbox);
const now = () => Math.floor(Date.now() / 1000);
const newId = (kind) => `${kind}_${randomBytes(12).toString('hex')}`;

const sign = (payload, { secret = here.secret, timestamp = now(), ...more } = {}) =>
        stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp, ...more });

async function post(payload, { signature = sign(payload), method = 'POST', headers = {} } = {}) {
        const answer = await fetch(here.hookUrl, {
                method, body: method === 'GET' ? undefined : payload,
                headers: { 'content-type': 'application/json', ...(signature ? { 'stripe-signature': signature } : {}), ...headers },
        });
        return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** An event as the gateway makes them, about nothing of ours. */
const event = (type, object = {}, more = {}) => ({
        id: newId('evt'), object: 'event', api_version: '2026-10-28.endive', created: now(), livemode: false, pending_webhooks: 1,
        request: { id: null, idempotency_key: null }, type, data: { object: { id: newId('cus'), object: 'customer', ...object } }, ...more,
});
const inboxOf = (id) => here.rows(`SELECT type, status, source, acts, tries FROM inbox WHERE event_ref = ${quote(id)}`);
const booksOf = (number) => here.rows(`SELECT o.status, (SELECT count(*) FROM payments p WHERE p.order_id = o.id) AS payments,
        (SELECT count(*) FROM access a WHERE a.order_id = o.id AND a.status <> 'ended') AS rights,
        (SELECT count(*) FROM messages m JOIN payments p ON m.object = 'payment' AND m.object_id = p.id WHERE p.order_id = o.id) AS mails
        FROM orders o WHERE number = ${quote(number)}`)[0];

/** A paid order whose events the gateway kept to itself: { ..., events }, oldest first. */
async function silent(fields = {}) {
        const made = await begin(here, fields);
        await control(here.sandbox, 'faults', [{ match: 'event *', kind: 'drop_event', times: 20 }]);
        assert.equal((await pay(made)).status, 303);
        await control(here.sandbox, 'faults', undefined, 'DELETE');
        const session = await stripe.checkout.sessions.retrieve(made.session);
        const all = (await stripe.events.list({ limit: 100 })).data;
        const events = all.filter((e) => [e.data.object.id, e.data.object.payment_intent].some((id) => [made.session, session.payment_intent].includes(id))).reverse();
        return { ...made, intent: session.payment_intent, events: events.map((e) => JSON.parse(JSON.stringify(e))) };
}

describe('a signature', needs, () => {
        const type = 'customer.created';

        test('that fits: 200, and the event is stored', async () => {
                const made = event(type);
                const answer = await post(JSON.stringify(made));
                assert.deepEqual([answer.status, answer.text], [200, 'stored\n']);
                assert.deepEqual(inboxOf(made.id).map((r) => [r.type, r.source]), [[type, 'hook']]);
        });

        test('of a wrong secret, of another body, none, or no v1: 400, and nothing is stored', async () => {
                const made = event(type);
                const body = JSON.stringify(made);
                for (const [what, signature, sent] of [
                        ['wrong secret', sign(body, { secret: 'whsec_wrong' })],
                        ['no header', null],
                        ['empty header', ' '],
                        ['body changed by a blank', sign(body), `${body} `],
                        ['body changed within', sign(body), body.replace('"livemode":false', '"livemode":true ')],
                        ['only v0', sign(body).replace(',v1=', ',v0=')],
                        ['no time', sign(body).replace(/t=\d+,/, '')],
                        ['two times', `t=${now()},${sign(body)}`],
                        ['a time that is none', sign(body).replace(/t=\d+/, 't=soon')],
                        ['another time than the signed one', sign(body).replace(/t=\d+/, `t=${now() - 1}`)],
                        ['half a v1', sign(body).slice(0, -2)],
                        ['v1 in capitals', sign(body).replace(/v1=(\w+)/, (_, hex) => `v1=${hex.toUpperCase()}0`)],
                        ['rubbish', 'x'.repeat(7000)],
                ]) {
                        const answer = await post(sent ?? body, { signature });
                        assert.equal(answer.status, 400, what);
                }
                assert.deepEqual(inboxOf(made.id), []);
        });

        test('from 301 seconds ago or ahead: 400; from 290 seconds on either side: 200', async () => {
                for (const [seconds, status] of [[-302, 400], [302, 400], [-86400, 400], [86400, 400], [-290, 200], [290, 200]]) {
                        const made = event(type);
                        const body = JSON.stringify(made);
                        const answer = await post(body, { signature: sign(body, { timestamp: now() + seconds }) });
                        assert.equal(answer.status, status, `${seconds} s`);
                        assert.equal(inboxOf(made.id).length, status === 200 ? 1 : 0);
                }
        });

        test('two v1 of which one fits: 200, in either order; both wrong: 400', async () => {
                const right = (body) => /v1=\w+/.exec(sign(body))[0];
                const wrong = `v1=${'0'.repeat(64)}`;
                for (const [marks, status] of [[[0, 1], 200], [[1, 0], 200], [[1, 1], 400]]) {
                        const body = JSON.stringify(event(type));
                        const list = marks.map((m) => (m === 0 ? right(body) : wrong));
                        const answer = await post(body, { signature: `t=${now()},${list.join(',')},v0=${'1'.repeat(64)}` });
                        assert.equal(answer.status, status, marks.join());
                }
        });

        test('each refusal is one line of the log that says why, without the body', () => {
                const lines = here.logs().split('\n').filter((line) => line.includes('event_refused'));
                for (const word of ['missing', 'malformed', 'stale', 'future', 'wrong'])
                        assert.ok(lines.some((line) => line.includes(`signature=${word}`)), word);
        });
});

describe('a body', needs, () => {
        test('that is no event, signed all the same: 400', async () => {
                const whole = JSON.stringify(event('customer.created'));
                for (const body of ['', 'not json', '{}', '[]', 'null', '"x"', '{"id":"evt_1"', whole.slice(0, -1), `${whole}x`,
                        whole.replace('"type":', '"type":"a.b","type":'), whole.replace('customer.created', 'Bad Type!'),
                        whole.replace(/"id":"evt_\w+"/, '"id":7'), whole.replace(/"id":"evt_\w+"/, '"id":"evt_\\u0000x"'),
                        `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
                        whole.replace('"livemode":false', `"deep":${'['.repeat(40)}${']'.repeat(40)}`)])
                        assert.equal((await post(body)).status, 400, body.slice(0, 60));
        });

        test('above 256 KiB: 413; right up to it: 200', async () => {
                const padded = (length) => {
                        const made = event('customer.created', { description: '' });
                        const short = JSON.stringify(made).length;
                        made.data.object.description = 'x'.repeat(length - short);
                        return made;
                };
                const fits = padded(256 * 1024);
                assert.equal((await post(JSON.stringify(fits))).status, 200);
                assert.equal(inboxOf(fits.id).length, 1);
                const over = padded(256 * 1024 + 1);
                assert.equal((await post(JSON.stringify(over))).status, 413);
                assert.equal((await post('x'.repeat(3000000)).catch(() => ({ status: 413 }))).status, 413);
                assert.equal(inboxOf(over.id).length, 0);
        });

        test('by another method: 405', async () => {
                for (const method of ['GET', 'PUT', 'DELETE']) {
                        const answer = await post('{}', { method });
                        assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'], method);
                }
        });
});

describe('types that are not ours', needs, () => {
        test('unknown ones and those of subscriptions are stored and left alone: 200', async () => {
                for (const type of ['invoice.paid', 'customer.subscription.updated', 'radar.early_fraud_warning.created', 'a.type.of.tomorrow']) {
                        const made = event(type);
                        assert.equal((await post(JSON.stringify(made))).status, 200, type);
                        assert.deepEqual(inboxOf(made.id).map((r) => [r.status, r.acts]), [['ignored', 'none']], type);
                }
        });

        test('a payment that is not ours is stored, and changes nothing: 200', async () => {
                const before = here.sql('SELECT count(*) FROM payments');
                const intent = await stripe.paymentIntents.create({ amount: 4900, currency: 'eur', payment_method: 'pm_card_visa', confirm: true,
                        return_url: 'https://elsewhere.example/', metadata: { order: 'NOTOURS', attempt: 'nobody-knows-this-key' } });
                assert.equal(intent.status, 'succeeded');
                await becomes(here, `SELECT count(*) = 1 FROM inbox WHERE payment_ref = ${quote(intent.id)} AND type = 'payment_intent.succeeded' AND status = 'ignored'`);
                assert.equal(here.sql('SELECT count(*) FROM payments'), before);
                assert.equal(here.sql(`SELECT count(*) FROM mismatches WHERE payment_ref = ${quote(intent.id)}`), '0');
        });
});

describe('the same event again, and in any order (safety rule 3)', needs, () => {
        test('one event pays; replayed 20 times at once it answers 200 and does nothing more', async () => {
                const made = await silent();
                const succeeded = made.events.find((e) => e.type === 'payment_intent.succeeded');
                const body = JSON.stringify(succeeded);
                assert.equal(booksOf(made.number).status, 'open');
                assert.equal((await post(body)).status, 200);
                assert.deepEqual(booksOf(made.number), { status: 'paid', payments: 1, rights: 1, mails: 1 }, 'settled before the answer');
                const again = await Promise.all(Array.from({ length: 20 }, () => post(body)));
                assert.deepEqual([...new Set(again.map((a) => a.status))], [200]);
                for (const e of [...made.events, ...made.events.toReversed()]) assert.equal((await post(JSON.stringify(e))).status, 200);
                await sleep(1500);
                assert.deepEqual(booksOf(made.number), { status: 'paid', payments: 1, rights: 1, mails: 1 });
                assert.equal(inboxOf(succeeded.id).length, 1);
                assert.equal(mailsTo(here, made.email).length, 2);
        });

        test('20 first deliveries at once of both events that pay: one payment', async () => {
                const made = await silent();
                const pays = made.events.filter((e) => ['payment_intent.succeeded', 'checkout.session.completed'].includes(e.type));
                assert.equal(pays.length, 2);
                const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => post(JSON.stringify(pays[i % 2]))));
                assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
                await becomes(here, `SELECT count(*) = 2 FROM inbox WHERE event_ref IN (${pays.map((e) => quote(e.id))}) AND status = 'done'`);
                assert.deepEqual(booksOf(made.number), { status: 'paid', payments: 1, rights: 1, mails: 1 });
        });

        test('a refund\'s event before the payment\'s: booked both, and the access is closed', async () => {
                const made = await silent();
                await control(here.sandbox, 'faults', [{ match: 'event *', kind: 'drop_event', times: 20 }]);
                await control(here.sandbox, 'acts', { act: 'refund', object: made.session });
                await control(here.sandbox, 'faults', undefined, 'DELETE');
                const refunded = (await stripe.events.list({ type: 'charge.refunded', limit: 10 })).data.find((e) => e.data.object.payment_intent === made.intent);
                assert.equal((await post(JSON.stringify(refunded))).status, 200);
                await becomes(here, `SELECT status = 'refunded' FROM orders WHERE number = ${quote(made.number)}`);
                for (const e of made.events) assert.equal((await post(JSON.stringify(e))).status, 200);
                await sleep(1500);
                assert.deepEqual([booksOf(made.number).status, booksOf(made.number).payments, booksOf(made.number).rights], ['refunded', 1, 0]);
        });

        test('what an event says of failure is not believed: the gateway is asked', async () => {
                const bought = await buy(here);
                const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(bought.session);
                for (const [type, status] of [['payment_intent.payment_failed', 'requires_payment_method'], ['payment_intent.canceled', 'canceled']]) {
                        const [{ key }] = here.rows(`SELECT a.key FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(bought.number)}`);
                        const made = event(type, { id: intent, object: 'payment_intent', status, metadata: { attempt: key } });
                        assert.equal((await post(JSON.stringify(made))).status, 200);
                }
                const refund = event('charge.refunded', { id: newId('ch'), object: 'charge', payment_intent: intent, amount: 14900, amount_refunded: 14900, refunded: true });
                assert.equal((await post(JSON.stringify(refund))).status, 200);
                await becomes(here, idle('gateway_fetch'));
                await sleep(500);
                assert.deepEqual([booksOf(bought.number).status, booksOf(bought.number).rights], ['paid', 1]);
        });
});

describe('a genuine small payment for a large order (safety rule 2)', needs, () => {
        let large;
        before(async () => {
                large = await begin(here, { product: 'portfolio-mentoring' });
                [large.row] = here.rows(`SELECT a.key, o.id FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(large.number)}`);
        });
        // As staff do who have dealt with it, so that the books agree for whatever comes after.
        after(() => here.sql(`UPDATE alarms SET closed_at = app_now() WHERE kind = 'mismatch' AND object_id = ${large.row.id};
                UPDATE mismatches SET settled_at = app_now() WHERE attempt_id IN (SELECT id FROM attempts WHERE order_id = ${large.row.id})`));

        for (const [what, amount, currency] of [['less money', 100, 'eur'], ['the same number of another currency', 69000, 'jpy'], ['more money', 69001, 'eur']])
                test(`${what}: recorded with an alarm, nothing is granted`, async () => {
                        const intent = await stripe.paymentIntents.create({ amount, currency, payment_method: 'pm_card_visa', confirm: true,
                                return_url: 'https://elsewhere.example/', metadata: { order: large.number, attempt: large.row.key } });
                        assert.equal(intent.status, 'succeeded');
                        await becomes(here, `SELECT count(*) = 1 FROM mismatches WHERE payment_ref = ${quote(intent.id)}`);
                        const [found] = here.rows(`SELECT expected_minor, expected_currency, found_minor, found_currency FROM mismatches WHERE payment_ref = ${quote(intent.id)}`);
                        assert.deepEqual(found, { expected_minor: 69000, expected_currency: 'EUR', found_minor: amount, found_currency: currency.toUpperCase() });
                        assert.deepEqual(booksOf(large.number), { status: 'open', payments: 0, rights: 0, mails: 0 });
                        assert.equal(here.sql(`SELECT count(*) FROM inbox WHERE payment_ref = ${quote(intent.id)} AND status = 'mismatch'`), '1');
                        assert.equal(here.sql(`SELECT count(*) FROM alarms WHERE kind = 'mismatch' AND object = 'order' AND object_id = ${large.row.id} AND closed_at IS NULL`), '1');
                        assert.equal(mailsTo(here, large.email).length, 0);
                });

        test('the operator\'s comparisons name the order and both amounts (S0.9)', () => {
                for (const command of [['check', 'money'], ['reconcile']]) {
                        const said = here.ctl(...command);
                        assert.deepEqual([said.status, said.ok], [1, false], command.join(' '));
                        const items = said.items.filter((item) => item.order === large.number);
                        assert.equal(items.length, 3, JSON.stringify(said.items));
                }
        });

        test('the order itself can still be paid, by its own page', async () => {
                assert.equal((await pay(large)).status, 303);
                await welcomed(large);
                assert.equal(booksOf(large.number).payments, 1);
                await until(() => mailsTo(here, large.email).length === 2, 'two mails');
        });
});
