// Refunds that staff make: in full or by item, approved by two persons above the limit, sent by
// the worker once, whatever the gateway answers; those of bank transfers paid out by the bank
// (issue point 10, safety rules 4, 5, 7 and 22).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { becomes, begin, buy, order, pay, software } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { staffBrowser, tokenOf } from './lib/staff.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

const stripe = here === null ? null : stripeFor(here.sandbox);
const mentoring = 'portfolio-mentoring';
const membership = 'studio-nights';
const faults = (...list) => control(here.sandbox, 'faults', list);
const calm = () => control(here.sandbox, 'faults', undefined, 'DELETE');
const act = async (name, object, more = {}) => {
        const said = await control(here.sandbox, 'acts', { act: name, object, ...more });
        assert.equal(said.status, 200, JSON.stringify(said));
        return said.object;
};
const refundsOf = (number) => here.rows(`SELECT r.id, r.kind, r.status, r.amount_minor AS amount, r.two_persons AS two, r.fault FROM refunds r JOIN orders o ON o.id = r.order_id
        WHERE o.number = ${quote(number)} ORDER BY r.id`);
const stateOf = (number) => here.rows(`SELECT o.status, a.status AS access, a.end_reason AS why, l.refunded_minor AS back FROM orders o JOIN order_lines l ON l.order_id = o.id
        LEFT JOIN access a ON a.order_line_id = l.id WHERE o.number = ${quote(number)}`)[0];
const intentOf = (number) => here.sql(`SELECT p.gateway_ref FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(number)} ORDER BY p.id LIMIT 1`);
const atGateway = async (number) => (await stripe.refunds.list({ payment_intent: intentOf(number), limit: 100 })).data;
const settled = (number, n, status = 'succeeded') => becomes(here, `SELECT count(*) = ${n} FROM refunds r JOIN orders o ON o.id = r.order_id
        WHERE o.number = ${quote(number)} AND r.status = ${quote(status)}`);
const alarms = (number, kind) => Number(here.sql(`SELECT count(*) FROM alarms m JOIN orders o ON m.object = 'order' AND m.object_id = o.id
        WHERE o.number = ${quote(number)} AND m.kind = ${quote(kind)} AND m.closed_at IS NULL`));

function differences(number) {
        return [['check', 'money'], ['check', 'access'], ['reconcile']].flatMap((command) => {
                const said = here.ctl(...command);
                assert.ok([0, 1].includes(said.status), JSON.stringify(said));
                return said.items.filter((item) => item.order === number || item.order === null);
        });
}

const form = { how: 'all', reason: 'requested_by_customer', note: 'Asked by mail' };
const address_of = (number) => `/admin/orders/${number}/refunds`;

/** The form of the order, filled in and sent: the page that says what would happen, or why not. */
async function check(staff, number, fields = {}) {
        return staff.submit(await staff.go(address_of(number)), /\/refunds$/, { ...form, ...fields });
}

/** Checked and confirmed: where it leads to. */
async function give(staff, number, fields = {}) {
        const page = await check(staff, number, fields);
        assert.equal(page.status, 200, plain(page.text));
        return staff.submit(page, /\/refunds$/, { step: 'confirm' });
}

const idIn = (answer) => {
        assert.equal(answer.status, 303, `${answer.url}: ${plain(answer.text)}`);
        return Number(/\/admin\/refunds\/(\d+)\?/.exec(answer.to)[1]);
};

describe('a refund by staff', needs, () => {
        let finance, bought;
        before(async () => {
                finance = await staffBrowser(here, 'finance');
                bought = await buy(here);
        });

        test('has its place on the order, and says what is left (point 10)', async () => {
                const page = await finance.go(`/admin/orders/${bought.number}`);
                assert.match(page.text, new RegExp(`href="${address_of(bought.number)}"`));
                const asked = await finance.go(address_of(bought.number));
                assert.equal(heading(asked.text), `Refund of order ${bought.number}`);
                for (const part of ['All that is left: 149.00 EUR', 'Sold for 149.00 EUR · up to 149.00 EUR', 'Above 500.00 EUR for one order'])
                        assert.ok(plain(asked.text).includes(part), `${part} in ${plain(asked.text)}`);
        });

        test('tells next to the field what is wrong, and keeps what was typed (point 10)', async () => {
                for (const [typed, words] of [['0', 'above nothing'], ['0.00', 'above nothing'], ['-5', 'without a sign'], ['12.345', 'EUR has 2 decimals'],
                        ['149.01', 'At most 149.00 EUR is left'], ['abc', 'such as 149.00'], ['1e3', 'such as 149.00'], ['99999999999999999999', 'such as 149.00'],
                        ['', 'at least one item']]) {
                        const page = await check(finance, bought.number, { how: 'part', amount_1: typed });
                        assert.equal(page.status, 422, typed);
                        const [, said] = /id="amount_1-error">.*?<span>(.*?)<\/span>/s.exec(page.text) ?? [];
                        assert.ok(said?.includes(words), `${typed}: ${said}`);
                        assert.match(page.text, new RegExp(`name="amount_1"[^>]*value="${typed}"`));
                        assert.match(page.text, /href="#amount_1"/);
                }
                const nothing = await check(finance, bought.number, { how: undefined, reason: '', note: '' });
                assert.equal(nothing.status, 422);
                for (const words of ['Choose whether all of it', 'Choose why', 'Say in your own words'])
                        assert.ok(plain(nothing.text).includes(words), words);
                assert.deepEqual(refundsOf(bought.number), []);
        });

        test('of a part: checked first, keeps the access, with a mail and a credit note (point 10)', async () => {
                const page = await check(finance, bought.number, { how: 'part', amount_1: '49,00', reason: 'goodwill', note: 'A lesson was broken' });
                assert.equal(heading(page.text), 'Check before it goes back');
                for (const part of ['The access to it stays', '49.00 EUR', 'Five to ten working days', 'To make something good: A lesson was broken'])
                        assert.ok(plain(page.text).includes(part), `${part} in ${plain(page.text)}`);
                assert.deepEqual(refundsOf(bought.number), [], 'looking changes nothing');
                const changed = await finance.submit(page, /\/refunds$/, { step: 'change' });
                assert.match(changed.text, /name="amount_1"[^>]*value="49,00"/);
                const id = idIn(await finance.submit(page, /\/refunds$/, { step: 'confirm' }));
                await settled(bought.number, 1);
                assert.deepEqual(stateOf(bought.number), { status: 'paid', access: 'full', why: null, back: 4900 });
                const [made] = await atGateway(bought.number);
                assert.deepEqual([made.amount, made.metadata.order, made.metadata.refund.startsWith('refund/')], [4900, bought.number, true]);
                const mail = await mailTo(here, bought.email, /^Your refund: Light & Lens$/);
                for (const part of ['49.00 EUR', 'five to ten working days', 'Your access stays as it is']) assert.ok(plain(mail.text).includes(part), part);
                assert.equal(mail.files.length, 1);
                const shown = plain((await finance.go(`/admin/refunds/${id}`)).text);
                for (const part of ['Paid back', 'Its access stays', 'A lesson was broken', `by ${finance.name}`]) assert.ok(shown.includes(part), `${part} in ${shown}`);
        });

        test('of the rest ends the access; then nothing is left (point 10)', async () => {
                const page = await check(finance, bought.number);
                for (const part of ['The access to it ends', '100.00 EUR']) assert.ok(plain(page.text).includes(part), part);
                idIn(await finance.submit(page, /\/refunds$/, { step: 'confirm' }));
                await settled(bought.number, 2);
                assert.deepEqual(stateOf(bought.number), { status: 'refunded', access: 'ended', why: 'refund', back: 14900 });
                assert.deepEqual((await atGateway(bought.number)).map((r) => r.amount).sort(), [10000, 4900]);
                assert.match(plain((await finance.go(address_of(bought.number))).text), /Nothing is left to refund/);
                await becomes(here, `SELECT count(*) = 2 FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)} AND r.kind = 'credit_note'`);
                assert.deepEqual(differences(bought.number), []);
        });

        test('is in the audit', () => {
                assert.deepEqual(here.rows(`SELECT u.action, u.facts ->> 'reason' AS reason FROM audit u JOIN orders o ON u.object = 'order' AND u.object_id = o.id
                        WHERE o.number = ${quote(bought.number)} AND u.action LIKE 'refund.%' ORDER BY u.id`),
                [{ action: 'refund.asked', reason: 'A lesson was broken' }, { action: 'refund.asked', reason: 'Asked by mail' }]);
        });

        test('is for those who may, with their form’s token, of orders that there are', async () => {
                const support = await staffBrowser(here, 'support');
                assert.equal((await support.go(address_of(bought.number))).status, 403);
                const token = await tokenOf(support);
                assert.equal((await support.go(address_of(bought.number), { form: { ...form, csrf_token: token, nonce: 'x'.repeat(43), step: 'confirm' } })).status, 403);
                assert.doesNotMatch((await support.go(`/admin/orders/${bought.number}`)).text, /\/refunds">Refund</);
                assert.equal((await finance.go(address_of('0000000000'))).status, 404);
                assert.equal((await finance.go('/admin/refunds/999999999')).status, 404);
                assert.equal((await finance.go(address_of(bought.number), { form })).status, 403, 'no token');
                assert.equal((await new Browser(here.url).go(address_of(bought.number))).status, 303);
        });

        test('of a month of a subscription leaves it as it is, unless staff end it; the page says which (S2.2)', async () => {
                const plan = (number) => here.rows(`SELECT g.status, a.status AS access, o.status AS order, agreement_charges(g.id) AS charged FROM orders o
                        JOIN agreements g ON g.order_id = o.id JOIN access a ON a.order_id = o.id WHERE o.number = ${quote(number)}`)[0];
                const [kept, ended] = [await buy(here, { product: membership }), await buy(here, { product: membership })];
                const form = plain((await finance.go(address_of(kept.number))).text);
                for (const part of ['And the subscription?', 'It stays as it is Access stays, and the next month is charged', 'Nothing more is charged', 'The last month that was paid'])
                        assert.ok(form.includes(part), `${part} in ${form}`);
                assert.ok(!plain((await finance.go(address_of(bought.number))).text).includes('And the subscription?'));
                const stays = await check(finance, kept.number);
                for (const part of ['The access to it stays', 'It stays as it is: the next month is charged on its day'])
                        assert.ok(plain(stays.text).includes(part), `${part} in ${plain(stays.text)}`);
                const first = idIn(await finance.submit(stays, /\/refunds$/, { step: 'confirm' }));
                await settled(kept.number, 1);
                assert.deepEqual(plan(kept.number), { status: 'live', access: 'full', order: 'paid', charged: true });
                assert.match(plain((await finance.go(`/admin/refunds/${first}`)).text), /The subscription Stays as it is/);
                const ends = await check(finance, ended.number, { plan: 'end' });
                for (const part of ['The access to it ends', 'It ends when the money goes back. Nothing more is charged'])
                        assert.ok(plain(ends.text).includes(part), `${part} in ${plain(ends.text)}`);
                const changed = await finance.submit(ends, /\/refunds$/, { step: 'change' });
                assert.match(changed.text, /name="plan" value="end" checked/);
                const last = idIn(await finance.submit(ends, /\/refunds$/, { step: 'confirm' }));
                await settled(ended.number, 1);
                assert.deepEqual(plan(ended.number), { status: 'cancelled', access: 'ended', order: 'refunded', charged: false });
                assert.match(plain((await finance.go(`/admin/refunds/${last}`)).text), /The subscription Ends with this refund/);
                assert.deepEqual([...differences(kept.number), ...differences(ended.number)], []);
        });
});

describe('one refund, however often it is asked for', needs, () => {
        test('50 times the same form is one refund (safety rule 4)', async () => {
                const finance = await staffBrowser(here, 'finance');
                const bought = await buy(here);
                const page = await check(finance, bought.number);
                const answers = await Promise.all(Array.from({ length: 50 }, () => finance.submit(page, /\/refunds$/, { step: 'confirm' })));
                const ids = new Set(answers.map(idIn));
                assert.equal(ids.size, 1);
                await settled(bought.number, 1);
                assert.equal(refundsOf(bought.number).length, 1);
                assert.equal((await atGateway(bought.number)).length, 1);
        });

        test('two people at once get no more than was paid (safety rule 7)', async () => {
                const staff = [await staffBrowser(here, 'finance'), await staffBrowser(here, 'owner')];
                const bought = await buy(here);
                const pages = [];
                for (const one of staff) pages.push(await check(one, bought.number, { how: 'part', amount_1: '100.00' }));
                const answers = await Promise.all(staff.map((one, i) => one.submit(pages[i], /\/refunds$/, { step: 'confirm' })));
                assert.equal(answers.filter((a) => a.status === 303).length, 1, answers.map((a) => a.status).join());
                const late = answers.find((a) => a.status !== 303);
                assert.ok([409, 422].includes(late.status), `${late.status}`);
                assert.match(plain(late.text), /Less is left than a moment ago|At most 49\.00 EUR is left/);
                await settled(bought.number, 1);
                assert.equal((await atGateway(bought.number)).reduce((sum, r) => sum + r.amount, 0), 10000);
                assert.deepEqual(stateOf(bought.number), { status: 'paid', access: 'full', why: null, back: 10000 });
        });

        for (const kind of ['error_after_commit', 'error_before', 'hang']) {
                test(`when the gateway fails (${kind}) it is made once and found (safety rule 5)`, async () => {
                        const finance = await staffBrowser(here, 'finance');
                        const bought = await buy(here);
                        await faults({ match: 'event *', kind: 'drop_event', times: 20 }, { match: 'POST /v1/refunds', kind, times: 1, seconds: 9 });
                        try {
                                const id = idIn(await give(finance, bought.number));
                                if (kind !== 'hang') await becomes(here, `SELECT EXISTS (SELECT FROM moves WHERE machine = 'refund' AND object_id = ${id} AND status = 'unknown')
                                        OR EXISTS (SELECT FROM refunds WHERE id = ${id} AND status = 'succeeded')`);
                                await until(() => refundsOf(bought.number)[0].status === 'succeeded', 'it is known in the end');
                        } finally {
                                await calm();
                        }
                        assert.equal((await atGateway(bought.number)).length, 1);
                        assert.deepEqual(stateOf(bought.number), { status: 'refunded', access: 'ended', why: 'refund', back: 14900 });
                        assert.deepEqual(here.rows(`SELECT was, status FROM moves WHERE machine = 'refund' AND object_id = ${refundsOf(bought.number)[0].id} AND status = 'unknown'`).length, 1,
                                'it said so meanwhile');
                });
        }

        test('whose answer was lost a day ago is found in the gateway’s list (safety rule 5)', async () => {
                const finance = await staffBrowser(here, 'finance');
                const bought = await buy(here);
                await faults({ match: 'event *', kind: 'drop_event', times: 20 }, { match: 'POST /v1/refunds', kind: 'error_after_commit', times: 1 },
                        { match: 'GET /v1/refunds', kind: 'error_before', times: 50 });
                try {
                        const id = idIn(await give(finance, bought.number));
                        await settled(bought.number, 1, 'unknown');
                        here.sql(`UPDATE refunds SET sent_at = sent_at - interval '2 days' WHERE id = ${id}`);
                } finally {
                        await calm();
                }
                await until(() => refundsOf(bought.number)[0].status === 'succeeded', 'it is found');
                assert.equal((await atGateway(bought.number)).length, 1);
        });

        test('that never reached the gateway in a day is not sent with its old key; it can be asked for again (safety rule 5)', async () => {
                const finance = await staffBrowser(here, 'finance');
                const bought = await buy(here);
                await faults({ match: 'POST /v1/refunds', kind: 'error_before', times: 50 });
                let id;
                try {
                        id = idIn(await give(finance, bought.number));
                        await settled(bought.number, 1, 'unknown');
                        assert.match(plain((await finance.go(`/admin/refunds/${id}`)).text), /The gateway’s answer was lost We look for the refund in its list/);
                        assert.match(plain((await finance.go(address_of(bought.number))).text), /149\.00 EUR is on its way already/);
                        here.sql(`UPDATE refunds SET sent_at = sent_at - interval '2 days' WHERE id = ${id}`);
                        await until(() => refundsOf(bought.number)[0].status === 'failed', 'it is given up');
                } finally {
                        await calm();
                }
                assert.equal(refundsOf(bought.number)[0].fault, 'never_arrived');
                assert.match(plain((await finance.go(`/admin/refunds/${id}`)).text), /Nothing went back It never reached the gateway/);
                assert.equal((await atGateway(bought.number)).length, 0);
                idIn(await give(finance, bought.number));
                await settled(bought.number, 1);
                assert.equal((await atGateway(bought.number)).length, 1);
        });
        after(calm);
});

describe('above what one person may decide', needs, () => {
        let anna, bella, bought, id;
        before(async () => {
                anna = await staffBrowser(here, 'finance');
                bella = await staffBrowser(here, 'finance');
                bought = await buy(here, { product: mentoring });
        });

        test('it waits for somebody else, who is told (safety rule 22)', async () => {
                const page = await check(anna, bought.number);
                assert.match(plain(page.text), /Somebody else must approve it/);
                const answer = await anna.submit(page, /\/refunds$/, { step: 'confirm' });
                id = idIn(answer);
                assert.match(answer.to, /done=asked/);
                assert.deepEqual(refundsOf(bought.number).map(({ status, two }) => ({ status, two })), [{ status: 'asked', two: true }]);
                const mail = await mailTo(here, bella.email, /^A refund waits for your yes$/);
                for (const part of ['690.00 EUR', bought.number, 'Asked by mail', `/admin/refunds/${id}`]) assert.ok(plain(mail.text).includes(part), part);
                assert.match(plain((await bella.go('/admin/')).text), /refunds? waits? for a yes/);
                assert.match(plain((await bella.go('/admin/refunds')).text), new RegExp(`${bought.number}.*Asked for.*690\\.00 EUR`));
                assert.equal((await atGateway(bought.number)).length, 0);
        });

        test('whoever asked cannot approve it, neither here nor in the database (safety rule 22)', async () => {
                const page = await anna.go(`/admin/refunds/${id}`);
                assert.match(plain(page.text), /somebody else must approve it/);
                assert.doesNotMatch(page.text, /\/approvals/);
                const answer = await anna.go(`/admin/refunds/${id}/approvals`, { form: { csrf_token: await tokenOf(anna) } });
                assert.match(answer.to, /done=own/);
                assert.throws(() => here.sql(`UPDATE refunds SET status = 'approved', approved_by = asked_by WHERE id = ${id}`), /check/);
                assert.throws(() => here.sql(`UPDATE refunds SET status = 'approved' WHERE id = ${id}`), /check/);
                assert.equal(refundsOf(bought.number)[0].status, 'asked');
        });

        test('nor does support; a refusal has a reason, and whoever asked reads it', async () => {
                const support = await staffBrowser(here, 'support');
                assert.equal((await support.go(`/admin/refunds/${id}/approvals`, { form: { csrf_token: await tokenOf(support) } })).status, 403);
                assert.doesNotMatch((await support.go(`/admin/refunds/${id}`)).text, /\/approvals|\/refusals/);
                const page = await bella.go(`/admin/refunds/${id}`);
                const empty = await bella.submit(page, /\/refusals$/);
                assert.deepEqual([empty.status, /Say why it does not go back/.test(plain(empty.text))], [422, true]);
                assert.match((await bella.submit(page, /\/refusals$/, { why: 'The course was finished' })).to, /done=refused/);
                assert.match(plain((await anna.go(`/admin/refunds/${id}`)).text), /Refused.*The course was finished/);
                assert.match(plain((await mailTo(here, anna.email, /^A refund was refused$/)).text), /The course was finished/);
                assert.match((await bella.go(`/admin/refunds/${id}/approvals`, { form: { csrf_token: await tokenOf(bella) } })).to, /done=over/);
                assert.deepEqual(stateOf(bought.number).access === 'ended', false);
        });

        test('two small ones are one large one (safety rule 22)', async () => {
                assert.match((await give(anna, bought.number, { how: 'part', amount_1: '400.00' })).to, /done=approved/);
                await settled(bought.number, 1);
                const second = await give(anna, bought.number, { how: 'part', amount_1: '150.00' });
                assert.match(second.to, /done=asked/);
                id = idIn(second);
        });

        test('approved 50 times by the other it goes back once (safety rules 4 and 22)', async () => {
                const page = await bella.go(`/admin/refunds/${id}`);
                const answers = await Promise.all(Array.from({ length: 50 }, () => bella.submit(page, /\/approvals$/)));
                assert.deepEqual(answers.map((a) => /done=(\w+)/.exec(a.to)[1]).sort().slice(0, 2), ['approved', 'over']);
                await settled(bought.number, 2);
                assert.deepEqual((await atGateway(bought.number)).map((r) => r.amount).sort(), [15000, 40000]);
                assert.deepEqual(differences(bought.number), []);
        });

        test('a currency without a limit always needs two; it has no decimals or three', async () => {
                const { number } = await buy(here, { product: software, offer: 'yen' });
                const wrong = await check(anna, number, { how: 'part', amount_1: '10.5' });
                assert.match(plain(wrong.text), /JPY has no decimals/);
                assert.match((await give(anna, number, { how: 'part', amount_1: '10' })).to, /done=asked/);
                assert.equal(refundsOf(number)[0].amount, 10);
        });
});

describe('a refund and a dispute', needs, () => {
        test('nothing goes back while the bank disputes; what was asked before fails with a word', async () => {
                const anna = await staffBrowser(here, 'finance');
                const bella = await staffBrowser(here, 'owner');
                const bought = await buy(here, { product: mentoring });
                const id = idIn(await give(anna, bought.number));
                const dispute = await act('dispute', bought.session);
                await becomes(here, `SELECT EXISTS (SELECT FROM disputes d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(bought.number)})`);
                assert.match(plain((await anna.go(address_of(bought.number))).text), /The bank disputes this payment/);
                await bella.submit(await bella.go(`/admin/refunds/${id}`), /\/approvals$/);
                await settled(bought.number, 1, 'failed');
                assert.equal(alarms(bought.number, 'refund_failed'), 1);
                assert.match(plain((await anna.go(`/admin/refunds/${id}`)).text), /Nothing went back The bank disputes the payment/);
                assert.equal((await atGateway(bought.number)).length, 0);
                await act('close_dispute', dispute.id, { status: 'lost' });
                await becomes(here, `SELECT d.status = 'lost' FROM disputes d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(bought.number)}`);
                assert.match(plain((await anna.go(address_of(bought.number))).text), /The bank disputes this payment/);
                here.sql(`UPDATE alarms SET closed_at = app_now() WHERE kind = 'refund_failed' AND closed_at IS NULL`);
        });

        test('a refund that fails at the bank gives the access back', async () => {
                const finance = await staffBrowser(here, 'finance');
                const bought = await buy(here);
                idIn(await give(finance, bought.number));
                await settled(bought.number, 1);
                await act('fail_refund', (await atGateway(bought.number))[0].id);
                await settled(bought.number, 1, 'failed');
                assert.equal(stateOf(bought.number).access, 'full');
                idIn(await give(finance, bought.number));
                await settled(bought.number, 1);
                assert.equal(alarms(bought.number, 'refund_failed'), 0, 'paid out after all');
                assert.equal(stateOf(bought.number).access, 'ended');
        });
});

describe('what came by bank transfer goes back by the bank', needs, () => {
        test('staff see where to, say when it was transferred, and the customer is told', async () => {
                const finance = await staffBrowser(here, 'finance');
                const browser = new Browser(here.url);
                const email = address('transfer');
                const begun = await order(browser, { email, pay: 'transfer', name: 'Tea Berg' });
                const [, number] = /\/orders\/([0-9A-Z]{10})\/transfer/.exec(begun.to);
                const reference = here.sql(`SELECT t.reference FROM transfers t JOIN orders o ON o.id = t.order_id WHERE o.number = ${quote(number)}`);
                await finance.submit(await finance.go('/admin/transfers'), /statements$/, {
                        statement: `${new Date().toISOString().slice(0, 10)};149.00;EUR;${reference};Tea Berg;GB82WEST12345698765432` });
                const line = here.sql(`SELECT id FROM bank_lines WHERE reference = ${quote(reference)}`);
                await finance.submit(await finance.go('/admin/transfers'), new RegExp(`lines/${line}/matches$`), { number });
                assert.equal(stateOf(number).access, 'full');
                const page = await check(finance, number);
                assert.match(plain(page.text), /The account that it was paid from; you transfer it by your bank/);
                const id = idIn(await finance.submit(page, /\/refunds$/, { step: 'confirm' }));
                const shown = await finance.go(`/admin/refunds/${id}`);
                for (const part of ['Transfer it by your bank', 'Tea Berg', 'GB82 WEST 1234 5698 7654 32', '149.00 EUR', `Refund ${number}`])
                        assert.ok(plain(shown.text).includes(part), `${part} in ${plain(shown.text)}`);
                assert.equal(stateOf(number).access, 'full', 'nothing has left');
                assert.match(plain((await finance.go('/admin/')).text), /to be paid out by the bank/);
                const answers = await Promise.all(Array.from({ length: 20 }, () => finance.submit(shown, /payouts$/)));
                assert.equal(answers.filter((a) => /done=back/.test(a.to)).length, 1);
                assert.deepEqual(stateOf(number), { status: 'refunded', access: 'ended', why: 'refund', back: 14900 });
                assert.match(plain((await mailTo(here, email, /^Your refund/)).text), /the account that you paid from and is there within one or two working days/);
                assert.deepEqual(differences(number), []);
        });

        test('above the limit it waits for the second person before it can be paid out', async () => {
                const anna = await staffBrowser(here, 'finance');
                const browser = new Browser(here.url);
                const begun = await order(browser, { email: address('transfer'), pay: 'transfer', product: mentoring });
                const [, number] = /\/orders\/([0-9A-Z]{10})\/transfer/.exec(begun.to);
                const reference = here.sql(`SELECT t.reference FROM transfers t JOIN orders o ON o.id = t.order_id WHERE o.number = ${quote(number)}`);
                await anna.submit(await anna.go('/admin/transfers'), /statements$/, { statement: `${new Date().toISOString().slice(0, 10)};690.00;EUR;${reference};Big Payer;` });
                const line = here.sql(`SELECT id FROM bank_lines WHERE reference = ${quote(reference)}`);
                await anna.submit(await anna.go('/admin/transfers'), new RegExp(`lines/${line}/matches$`), { number });
                const id = idIn(await give(anna, number));
                const early = await anna.go(`/admin/transfers/refunds/${id}/payouts`, { form: { csrf_token: await tokenOf(anna) } });
                assert.match(early.to, /done=gone/);
                assert.equal(refundsOf(number)[0].status, 'asked');
        });
});

describe('what was paid twice', needs, () => {
        test('stands there to be approved, and goes back by itself', async () => {
                const finance = await staffBrowser(here, 'finance');
                const made = await begin(here);
                const [{ key }] = here.rows(`SELECT a.key FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`);
                const metadata = { order: made.number, attempt: key };
                const second = await stripe.checkout.sessions.create({ mode: 'payment', client_reference_id: made.number, customer_email: made.email,
                        success_url: `${here.url}/welcome?order=${made.number}`, cancel_url: here.url, metadata, payment_intent_data: { metadata },
                        line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 14900, product_data: { name: 'Light & Lens' } } }] });
                await pay(made);
                await pay({ browser: made.browser, hosted: second.url });
                await becomes(here, `SELECT count(*) = 1 FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(made.number)} AND r.kind = 'second'`);
                const [{ id }] = refundsOf(made.number);
                assert.match(plain((await finance.go(address_of(made.number))).text), /All that is left: 149\.00 EUR/, 'what bought the access can still go back');
                const answer = await finance.submit(await finance.go(`/admin/refunds/${id}`), /\/approvals$/);
                assert.match(answer.to, /done=approved/);
                await settled(made.number, 1);
                assert.equal(stateOf(made.number).access, 'full');
                assert.equal(alarms(made.number, 'paid_twice'), 0);
                assert.deepEqual(differences(made.number), []);
        });
});
