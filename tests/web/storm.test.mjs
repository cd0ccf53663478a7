// A day on which the gateway does everything badly: it hangs, answers an error after it took the
// money, takes no requests, and its events are lost, late, doubled and out of order, while the
// instalments of that day are charged.  It ends with charges = attempts = payments, nothing unknown,
// nothing charged twice and nobody told twice (safety rules 4 and 5).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { quote } from './lib/house.mjs';
import { mailsTo } from './lib/mailbox.mjs';
import { startOwn } from './lib/own.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes, idle } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { control } from './lib/stripe.mjs';

const buyers = 6;
const charge = (kind, times = 1, seconds = 9) => ({ match: 'POST /v1/payment_intents', kind, times, seconds });
const lookup = (kind, times) => ({ match: 'GET /v1', kind, times });
const event = (kind, times, seconds = 1) => ({ match: 'event *', kind, times, seconds });
/** What is wrong in each of the steps of the day. */
const weather = [
        [charge('error_after_commit', 2), charge('hang'), charge('rate_limit'), event('drop_event', 2), event('duplicate_event', 4)],
        [charge('error_before', 2), lookup('error_before', 3), event('drop_event', 50)],
        [charge('error_after_commit', 3), lookup('rate_limit', 2), event('reorder_events', 5), event('delay_event', 3)],
        [lookup('error_before', 5), charge('error_after_commit', 2), event('duplicate_event', 10)],
        [charge('error_before', 1), event('delay_event', 10), event('drop_event', 3)],
        [event('reorder_events', 6), event('duplicate_event', 6)],
];

describe('a bad day of the gateway', () => {
        let own, plans;
        const calm = () => control(own.sandbox, 'faults', undefined, 'DELETE');
        const advance = (by) => until(() => own.ctl('clock', 'advance', by).status === 0, `the clock: ${by}`);
        /** Nothing that is due now is left to do, or waits for its next try. */
        const quiet = () => becomes(own, `NOT EXISTS (SELECT FROM schedules WHERE name IN ('dues_scan', 'cases_scan') AND next_at <= app_now())
                AND ${idle('dues_scan', 'cases_scan', 'charge', 'case', 'case_plan', 'mail', 'attempt_ask')}`);

        before(async () => {
                own = await startOwn();
                plans = new Plans(own, { two: 'schedule=2 monthly instalments\namount=50.00' });
        });
        after(async () => {
                plans?.end();
                await own?.stop();
        });

        test('S1.3 charges = attempts = payments, nothing unknown, nothing twice', async () => {
                const made = [];
                for (let n = 0; n < buyers; n++) made.push(await plans.buy('two'));
                // Two have no money on that day.
                const poor = made.slice(0, 2);
                for (const { number } of poor) await control(own.sandbox, 'acts', { act: 'update_card', quiet: true, becomes: 'pm_card_visa_chargeDeclinedInsufficientFunds',
                        object: own.sql(`SELECT m.ref FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(number)}`) });
                const days = own.sql("SELECT min(d.due_on - today_in(g.zone)) FROM dues d JOIN agreements g ON g.id = d.agreement_id WHERE d.status = 'open'");
                await plans.advance(`${days - 1}d`);
                for (const faults of weather) {
                        await control(own.sandbox, 'faults', faults);
                        await advance('8h');
                        await quiet();
                        await calm();
                }
                // The weather is fine again: within hours everything has its answer.
                await until(async () => {
                        await advance('2h');
                        await quiet();
                        return own.sql("SELECT count(*) FROM attempts WHERE live AND NOT (status = 'created' AND planned_at > app_now())") === '0';
                }, 'an answer to every charge', 90);
                await plans.settled();

                const numbers = new Set(made.map(({ number }) => number));
                const charged = [];
                for await (const intent of plans.stripe.paymentIntents.list({ limit: 100 })) if (intent.status === 'succeeded' && numbers.has(intent.metadata.order)) charged.push(intent.id);
                const booked = own.rows(`SELECT p.gateway_ref AS ref FROM payments p`).map(({ ref }) => ref);
                const succeeded = own.rows(`SELECT gateway_ref AS ref FROM attempts WHERE status = 'succeeded'`).map(({ ref }) => ref);
                assert.deepEqual(booked.sort(), charged.sort(), 'charges there = payments here');
                assert.deepEqual(succeeded.sort(), charged, 'charges there = attempts that succeeded');
                assert.deepEqual(own.rows("SELECT id FROM attempts WHERE status IN ('unknown', 'sent', 'processing', 'requires_action')"), []);
                assert.deepEqual(own.rows('SELECT due_id FROM allocations GROUP BY due_id HAVING count(*) > 1'), [], 'no due is paid twice');
                assert.deepEqual(own.rows("SELECT id FROM refunds"), [], 'nothing came twice');
                for (const { number } of made.slice(2)) assert.equal(plans.states(number), 'paid paid', number);
                assert.ok(poor.every(({ number }) => plans.dues(number).length === 2 && own.sql(`SELECT count(*) FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(number)}`) === '1'));

                // One mail for each thing that is told, as the mailbox has them.
                assert.deepEqual(own.rows('SELECT kind, object, object_id, period, customer_id FROM messages GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1'), []);
                assert.deepEqual(own.rows("SELECT message_id FROM sends WHERE outcome = 'sent' GROUP BY message_id HAVING count(*) > 1"), []);
                for (const { email, number } of made) {
                        const mails = mailsTo(own, email);
                        const due = Number(own.sql(`SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(number)}`));
                        assert.equal(mails.filter((mail) => /^Payment received/.test(mail.subject)).length, due, 'one for each payment');
                        assert.ok(mails.filter((mail) => /\/pay\//.test(mail.text) && !/How often we remind you/.test(mail.text)).length <= 1, 'one about the failure');
                }
                plans.sound();
        });
});
