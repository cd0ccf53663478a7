// An order that nobody can pay at once is offered over time: staff choose the payments, the customer agrees
// by the mail's link, and the first payment begins the plan (S1.6, S1.7).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { credit, match } from './lib/bank.mjs';
import { Browser, formOf, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes, begin, pay } from './lib/purchase.mjs';
import { staffBrowser } from './lib/staff.mjs';
import { stripeFor } from './lib/stripe.mjs';
import { inside, transfer } from './lib/world.mjs';

const tag = `t${Date.now().toString(36)}`;

describe('an order that is not paid becomes a plan', needs, () => {
        let plans, support, finance;
        const one = (sql) => here.rows(sql)[0];
        const order = (number) => one(`SELECT o.status, o.customer_id, (SELECT count(*)::integer FROM access a WHERE a.order_id = o.id AND a.status <> 'ended') AS rights, g.status AS plan, g.version, g.amount_minor AS sum
                FROM orders o LEFT JOIN agreements g ON g.order_id = o.id WHERE o.number = ${quote(number)}`);
        const dues = (number) => here.rows(`SELECT d.amount_minor AS minor, d.paid_minor AS paid, d.status, d.due_on::text AS day FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(number)} ORDER BY d.seq`);
        const offers = (number) => here.rows(`SELECT a.number, a.status, a.why, a.version, a.agreement_id IS NOT NULL AS made FROM amendments a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(number)} ORDER BY a.id`);
        const day = (ahead) => here.sql(`SELECT ((app_now() AT TIME ZONE 'UTC')::date + ${ahead})::text`);
        const month = (from, n) => here.sql(`SELECT ('${from}'::date + make_interval(months => ${n}))::date::text`);
        const path = (number, query = '') => `/admin/orders/${number}/offer${query}`;
        const waiting = async (product = tag, email = address('spread')) => ({ email, number: await transfer(new Browser(here.url), email, product) });
        /** Offer it, and the page that the mail's link opens. */
        async function offered(who, query, fields = {}) {
                const said = await support.submit(await support.go(path(who.number, query)), /\/offers$/, fields);
                assert.match(said.to ?? plain(said.text), /\/admin\/plans\/requests\/\w+\?done=offered/);
                const mail = await mailTo(here, who.email, /You can pay over time/);
                who.link = new URL(/https?:\/\/\S+\/offer/.exec(mail.text)[0]).pathname;
                who.browser = new Browser(here.url);
                who.mail = mail;
                return who.browser.go(who.link);
        }
        const agree = async (who, page) => who.browser.submit(page, /\/offer$/, { act: 'agree' });
        const sound = (number) => {
                assert.deepEqual(here.rows(`SELECT r.* FROM agreements g JOIN orders o ON o.id = g.order_id, agreement_replay(g.id) r WHERE o.number = ${quote(number)}`), []);
                for (const check of ['check_money()', 'check_access()'])
                        assert.deepEqual(here.rows(`SELECT * FROM ${check} WHERE order_number = ${quote(number)} AND kind NOT IN ('mails_missing')`), [], check);
        };

        before(async () => {
                plans = new Plans(here, { [tag]: 'amount=600.00', [`${tag}y`]: 'amount=10000\ncurrency=JPY' });
                // A rule of these products' own: a shared one would hinder the other tests.
                here.sql(`INSERT INTO rule_versions (product_id, region, version, deposit_percent, smallest, count_most, longest_months, later_days, changes_most, changes_days, grace_days, early_percent, approver, published_at)
                        SELECT id, region, 1, 10, '{"EUR": 2000}', 6, 12, 50, 2, 14, 14, 0, 'finance', now() FROM products CROSS JOIN unnest(ARRAY['', 'EU', 'UK', 'US']) region WHERE slug LIKE ${quote(`${tag}%`)}`);
                [support, finance] = [await staffBrowser(here, 'support'), await staffBrowser(here, 'finance')];
        });
        after(() => plans?.end());

        test('S1.6 an order that waits for a transfer: offered, agreed by the link, the first payment by card opens it once, and the rest is charged', async () => {
                const who = await waiting();
                const shown = await support.go(`/admin/orders/${who.number}`);
                assert.match(plain(shown.text), /Offer to pay over time/);
                assert.ok(shown.text.includes(`href="${path(who.number)}"`));
                const first = day(3);
                const page = await support.go(path(who.number, `?count=4&every=month&first=${first}&deposit=`));
                assert.match(plain(page.text), /600\.00.EUR open.*150\.00.EUR.*150\.00.EUR.*150\.00.EUR.*150\.00.EUR.*In all 600\.00.EUR.*Money expected by week.*This plan\. In \d+ weeks 0\.00.EUR as it is, 600\.00.EUR as it would be/s);
                assert.match(plain(page.text), /The law draws a line here In the EU a seller's own deferral.*50 days/s);
                assert.doesNotMatch(plain(page.text), /Outside of the rule/);
                const seen = await offered(who, `?count=4&every=month&first=${first}`, { word: 'As we said on the telephone.' });
                // Until they agree everything stays as it is.
                assert.deepEqual(dues(who.number).map((due) => [due.minor, due.status]), [[60000, 'open']]);
                assert.deepEqual(order(who.number), { ...order(who.number), status: 'open', plan: null, rights: 0 });
                const own = inside(here, order(who.number).customer_id);
                assert.match(plain((await own.go(`/orders/${who.number}/transfer`)).text), /You need not pay it all at once.*Please transfer 600\.00.EUR/s);
                assert.match(plain((await own.go(`/orders/${who.number}`)).text), /We have offered you payments over time/);
                assert.match(who.mail.text, /As we said on the telephone\..*150\.00 EUR/s);
                assert.match(plain(seen.text), /Your order asks for 600\.00.EUR at once.*As we said on the telephone\..*150\.00.EUR.*In all 600\.00.EUR.*The first payment opens your access.*terms.*Agree to these payments/s);
                const [said] = (await Promise.all(Array.from({ length: 20 }, () => agree(who, seen)))).map((answer) => answer.to);
                assert.match(said, /^\/pay\/[\w-]{43}\?done=agreed$/);
                assert.deepEqual(offers(who.number).map((offer) => [offer.status, offer.version, offer.made, offer.why]), [['agreed', 1, true, '']]);
                assert.deepEqual(dues(who.number).map((due) => [due.minor, due.status, due.day]), [[15000, 'open', first]]);
                // Consent: when, from where, to what; and the paper.
                const [kept] = here.rows(`SELECT e.kind, e.personal <> '' AS known, v.shown, v.version, v.why FROM agreement_versions v JOIN agreements g ON g.id = v.agreement_id JOIN orders o ON o.id = g.order_id JOIN evidence e ON e.id = v.evidence_id WHERE o.number = ${quote(who.number)}`);
                assert.deepEqual([kept.kind, kept.known, kept.version, kept.why], ['amended', true, 1, 'bought']);
                assert.match(kept.shown, /150\.00 EUR\n.*In all: 600\.00 EUR\nThe first payment opens your access/s);
                await becomes(here, `EXISTS (SELECT FROM agreement_papers p JOIN agreements g ON g.id = p.agreement_id JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(who.number)})`);
                assert.match((await mailTo(here, who.email, /You pay over time/)).text, /150\.00 EUR.*first payment of 150\.00 EUR/s);
                const paying = await who.browser.go(said);
                assert.match(plain(paying.text), /Thank you, it is agreed.*150\.00.EUR to pay.*All payments that you agreed to.*used for the payments to come/s);
                assert.doesNotMatch(paying.text, /See what is possible/);
                assert.match(plain((await own.go('/payments')).text), /150\.00.EUR/);
                assert.match(plain((await own.go(`/orders/${who.number}`)).text), /You pay it over time.*Make the first payment.*It begins with your first payment/s);
                assert.match(plain((await own.go(`/orders/${who.number}/transfer`)).text), /Please transfer 150\.00.EUR That is the first payment/);
                assert.equal((await own.go(`/plans/${who.number}/agreement`)).status, 200);
                // The first payment begins it.
                const hosted = await who.browser.submit(paying, /\/page$/);
                assert.equal((await pay({ browser: who.browser, hosted: hosted.to })).status, 303);
                await becomes(here, `(SELECT status = 'paid' FROM orders WHERE number = ${quote(who.number)})`);
                assert.deepEqual(order(who.number), { ...order(who.number), rights: 1, plan: 'live', version: 1, sum: 60000 });
                assert.deepEqual(dues(who.number).map((due) => [due.minor, due.status, due.day]),
                        [[15000, 'paid', first], ...[1, 2, 3].map((n) => [15000, 'open', month(first, n)])]);
                await becomes(here, `EXISTS (SELECT FROM payment_methods WHERE customer_id = ${order(who.number).customer_id} AND is_default)`);
                assert.equal(here.sql(`SELECT due_method(d.id) IS NOT NULL FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(who.number)} AND d.seq = 2`), 't');
                // The others are charged on their days, by whoever charges every plan.
                const due = `(SELECT d.id FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(who.number)} AND d.seq = 2)`;
                here.sql(`UPDATE dues SET due_on = (app_now() AT TIME ZONE 'UTC')::date - 1 WHERE id = ${due}`);
                assert.equal(here.sql(`SELECT dues_charge(${order(who.number).customer_id})`), '1');
                await becomes(here, `(SELECT status = 'paid' FROM dues WHERE id = ${due})`);
                here.sql(`UPDATE dues SET due_on = '${month(first, 1)}' WHERE id = ${due}`);
                assert.deepEqual(here.rows(`SELECT kind, status FROM attempts WHERE due_id = ${due}`), [{ kind: 'off_session', status: 'succeeded' }]);
                assert.match(plain((await own.go(`/plans/${who.number}`)).text), /Paid so far 300\.00.EUR Still to pay 300\.00.EUR.*Change the plan/s);
                assert.match(plain((await own.go(`/orders/${who.number}/offer`)).text), /is paid for/);
                assert.match(plain((await support.go(path(who.number))).text), /Nothing of this order is open/);
                await becomes(here, `EXISTS (SELECT FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(who.number)} AND r.total_minor = 15000)`);
                sound(who.number);
        });

        test('S1.6 a part that came counts towards the first payment; the rest of it by transfer begins the plan', async () => {
                const who = await waiting();
                assert.equal(await match(finance, await credit(finance, { reference: who.number, amount: '200.00' }), who.number), 'short');
                assert.match(plain((await support.go(path(who.number))).text), /400\.00.EUR open.*Here already, part of the first 200\.00.EUR In all 600\.00.EUR/s);
                const seen = await offered(who, `?count=3&every=fortnight&first=${day(2)}&deposit=100.01`);
                assert.match(plain(seen.text), /Here already 200\.00.EUR.*100\.01.EUR.*150\.00.EUR.*149\.99.EUR.*In all 600\.00.EUR/s);
                assert.match((await agree(who, seen)).to, /done=agreed/);
                assert.deepEqual(dues(who.number).map((due) => [due.minor, due.paid, due.status]), [[30001, 20000, 'open']]);
                assert.equal(await match(finance, await credit(finance, { reference: who.number, amount: '100.01' }), who.number), 'paid');
                assert.deepEqual(dues(who.number).map((due) => [due.minor, due.paid, due.status]), [[30001, 30001, 'paid'], [15000, 0, 'open'], [14999, 0, 'open']]);
                assert.deepEqual(order(who.number), { ...order(who.number), status: 'paid', rights: 1, plan: 'live' });
                // Each transfer has its receipt.
                await becomes(here, `(SELECT array_agg(r.total_minor ORDER BY r.total_minor) = ARRAY[10001, 20000]::bigint[] FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(who.number)})`);
                sound(who.number);
        });

        test('the whole transfer before they agree ends the offer; after it, it pays everything, and what is too much goes back', async () => {
                const [before, after, more] = [await waiting(), await waiting(), await waiting()];
                const seen = await offered(before, `?count=3&every=month&first=${day(4)}`);
                assert.equal(await match(finance, await credit(finance, { reference: before.number, amount: '600.00' }), before.number), 'paid');
                assert.deepEqual(offers(before.number).map((offer) => offer.status), ['withdrawn']);
                assert.match((await agree(before, seen)).to ?? '', /done=over|\/pay\//);
                assert.deepEqual(order(before.number), { ...order(before.number), status: 'paid', plan: null, rights: 1 });
                assert.match(plain((await before.browser.go(before.link)).text), /is paid for|This link is over/);
                for (const [who, amount, answer] of [[after, '600.00', 'paid'], [more, '650.00', 'over']]) {
                        await agree(who, await offered(who, `?count=3&every=month&first=${day(4)}`));
                        assert.deepEqual(dues(who.number).map((due) => due.minor), [20000]);
                        assert.equal(await match(finance, await credit(finance, { reference: who.number, amount }), who.number), answer);
                        assert.deepEqual(dues(who.number).map((due) => [due.minor, due.paid, due.status]), [1, 2, 3].map(() => [20000, 20000, 'paid']));
                        assert.deepEqual(order(who.number), { ...order(who.number), status: 'paid', plan: 'completed', rights: 1 });
                        assert.equal(here.sql(`SELECT a.status FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(who.number)}`), 'permanent');
                        await becomes(here, `EXISTS (SELECT FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(who.number)} AND r.total_minor = 60000)`);
                        sound(who.number);
                }
                assert.equal(here.sql(`SELECT sum(r.amount_minor) FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(more.number)}`), '5000');
                // What paid several amounts is paid back, not taken apart.
                const payment = here.sql(`SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(after.number)}`);
                const token = formOf(await finance.go('/admin/transfers'), /logout/).fields.csrf_token;
                assert.match((await finance.go(`/admin/transfers/payments/${payment}/undoings`, { form: { csrf_token: token, undo_why: 'a test' } })).to, /done=undone-several/);
        });

        test('a payment page that was left open is called off before the yes counts, and the first payment is made on a new one', async () => {
                const begun = await begin(here, { product: tag, email: address('left') });
                const { browser } = begun;
                const seen = await offered(begun, `?count=2&every=week&first=${day(1)}`);
                assert.match((await agree(begun, seen)).to, /done=agreed/);
                assert.equal((await stripeFor(here.sandbox).checkout.sessions.retrieve(begun.session)).status, 'expired');
                assert.deepEqual(here.rows(`SELECT a.status, a.amount_minor AS minor FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(begun.number)}`), [{ status: 'cancelled', minor: 60000 }]);
                assert.match(plain((await browser.go(`/welcome?order=${begun.number}`)).text), /You pay this order over time.*300\.00.EUR.*300\.00.EUR.*Make the first payment/s);
                const hosted = await begun.browser.submit(await begun.browser.go(begun.link.replace('/offer', '')), /\/page$/);
                assert.match(hosted.to, /\/c\/pay\//);
                assert.equal((await pay({ browser: begun.browser, hosted: hosted.to })).status, 303);
                await becomes(here, `(SELECT status = 'paid' FROM orders WHERE number = ${quote(begun.number)})`);
                assert.deepEqual(dues(begun.number).map((due) => [due.minor, due.status]), [[30000, 'paid'], [30000, 'open']]);
                sound(begun.number);
        });

        test('S1.7 outside of the rule a higher role decides; what cannot be is refused beside its field', async () => {
                const who = await waiting();
                for (const [query, words] of [['count=7', /more payments than the rule allows/], ['count=6&every=month&deposit=50', /Less of the price is paid/], ['count=2&deposit=595', /smaller than the rule/]]) {
                        const page = await support.go(path(who.number, `?every=month&first=${day(2)}&${query}`));
                        assert.match(plain(page.text), /Outside of the rule.*wants this role or a higher one to decide: Finance/is, query);
                        assert.match(plain(page.text), words, query);
                        assert.doesNotMatch(page.text, /Offer these payments/);
                        assert.match(plain((await finance.go(path(who.number, `?every=month&first=${day(2)}&${query}`))).text), /You may decide it.*Offer these payments/s);
                }
                const form = formOf(await finance.go(path(who.number, `?count=7&every=month&first=${day(2)}`)), /\/offers$/).fields;
                const token = formOf(await support.go('/admin/'), /logout/).fields.csrf_token;
                const denied = await support.go(`/admin/orders/${who.number}/offers`, { form: { ...form, csrf_token: token, word: 'Kept words' } });
                assert.deepEqual([denied.status, /Kept words/.test(denied.text), offers(who.number).length], [409, true, 0]);
                for (const [query, field] of [['count=1', 'count'], ['count=61', 'count'], ['count=x', 'count'], ['first=2027-02-31', 'first'], [`first=${day(-1)}`, 'first'], [`first=${day(400)}`, 'first'],
                        ['deposit=600', 'deposit'], ['deposit=-1', 'deposit'], ['deposit=abc', 'deposit'], ['deposit=1.001', 'deposit']]) {
                        const page = await support.go(path(who.number, `?${query}`));
                        assert.equal(page.status, 422, query);
                        assert.match(page.text, new RegExp(`id="${field}-error"`), query);
                }
                const viewer = await staffBrowser(here, 'viewer');
                assert.doesNotMatch((await viewer.go(path(who.number))).text, /Offer these payments/);
                assert.doesNotMatch((await viewer.go(`/admin/orders/${who.number}`)).text, /Offer to pay over time/);
        });

        test('two of the staff at once, one form twenty times: one offer; the other is told and keeps the words', async () => {
                const who = await waiting();
                const [left, right] = [await support.go(path(who.number, `?count=3&every=month&first=${day(5)}`)), await finance.go(path(who.number, `?count=2&every=week&first=${day(5)}`))];
                const all = await Promise.all([...Array.from({ length: 20 }, () => support.submit(left, /\/offers$/, { word: 'From the left' })), finance.submit(right, /\/offers$/, { word: 'From the right' })]);
                assert.equal(offers(who.number).length, 1);
                const lost = all.filter((answer) => answer.status === 409);
                assert.ok([1, 20].includes(lost.length), String(lost.length));
                assert.match(plain(lost[0].text), /Somebody was faster.*An offer is with the customer.*What you wrote From the (left|right)/s);
                assert.deepEqual([...new Set(all.filter((answer) => answer.status === 303).map((answer) => answer.to.split('=')[1]))].sort().at(-1), 'offered');
                assert.equal(mailsTo(here, who.email).filter((mail) => /pay over time/.test(mail.subject)).length <= 1, true);
                // Said no, it can be offered anew; twenty times is once.
                await mailTo(here, who.email, /You can pay over time/);
                const own = inside(here, order(who.number).customer_id);
                const seen = await own.go(`/orders/${who.number}/offer`);
                const said = await Promise.all(Array.from({ length: 20 }, () => own.submit(seen, /\/offer$/, { act: 'withdraw' })));
                assert.deepEqual([...new Set(said.map((answer) => answer.to.split('=')[1]))], ['withdrawn']);
                assert.match(plain((await own.go(`/orders/${who.number}/offer?done=withdrawn`)).text), /We have noted it.*This offer is over/s);
                assert.match(plain((await support.go(path(who.number))).text), /Offer these payments/);
                assert.deepEqual(dues(who.number).map((due) => [due.minor, due.status]), [[60000, 'open']]);
                const other = inside(here, order((await waiting()).number).customer_id);
                assert.equal((await other.go(`/orders/${who.number}/offer`)).status, 404);
        });

        test('not for an order whose time is over, nor a yes after the first day or after a part came', async () => {
                const [over, late, part] = [await waiting(), await waiting(), await waiting()];
                here.sql(`UPDATE orders SET expires_at = app_now() - interval '1 minute' WHERE number = ${quote(over.number)}`);
                assert.match(plain((await support.go(path(over.number))).text), /The time of this order is over.*can order again/s);
                assert.doesNotMatch((await support.go(`/admin/orders/${over.number}`)).text, /Offer to pay over time/);
                const lateSeen = await offered(late, `?count=2&every=month&first=${day(1)}`);
                here.sql(`UPDATE amendments SET offered = jsonb_set(offered, '{0,on}', to_jsonb('${day(-1)}'::text)) WHERE number = ${quote(offers(late.number)[0].number)}`);
                assert.match((await agree(late, lateSeen)).to, /offer\?done=over/);
                const partSeen = await offered(part, `?count=2&every=month&first=${day(1)}`);
                assert.equal(await match(finance, await credit(finance, { reference: part.number, amount: '10.00' }), part.number), 'short');
                const wanted = await agree(part, partSeen);
                assert.match(wanted.to, /offer\?done=stale/);
                // Whoever wants it is not sent away: it is somebody's work, with a promise.
                assert.match(plain((await part.browser.go(new URL(wanted.to, here.url).pathname)).text), /You get a new offer.*A part of your order was paid meanwhile.*You have our new offer by \w+day \d+ \w+/s);
                const task = (who) => one(`SELECT t.id, t.status, t.role, t.title, t.facts, t.due_at <= app_now() + interval '4 days' AS soon FROM tasks t JOIN orders o ON o.id = t.order_id WHERE o.number = ${quote(who.number)}`);
                const { id, ...opened } = task(part);
                assert.deepEqual(opened, { status: 'open', role: 'finance', title: `Offer order ${part.number} anew to be paid over time`, soon: true,
                        facts: { 'Owed now': '590.00 EUR', 'When it was offered': '600.00 EUR' } });
                assert.ok((await finance.go(`/admin/tasks/${id}`)).text.includes(`href="${path(part.number)}"`));
                for (const who of [late, part]) assert.deepEqual([offers(who.number)[0].status, order(who.number).plan, order(who.number).status], ['withdrawn', null, 'open']);
                // The page knew what was open before.
                const old = await support.go(path(part.number, `?count=2&every=month&first=${day(1)}`));
                assert.equal(await match(finance, await credit(finance, { reference: part.number, amount: '10.00' }), part.number), 'short');
                const stale = await support.submit(old, /\/offers$/, { word: 'Words' });
                assert.deepEqual([stale.status, /A part of it came meanwhile/.test(stale.text), /Words/.test(stale.text)], [409, true, true]);
                const anew = await offered(part, `?count=2&every=month&first=${day(1)}`);
                assert.equal(task(part).status, 'done');
                assert.match((await agree(part, anew)).to, /done=agreed/);
                // Nobody has to offer anew what is paid.
                const whole = await waiting();
                const wholeSeen = await offered(whole, `?count=2&every=month&first=${day(1)}`);
                assert.equal(await match(finance, await credit(finance, { reference: whole.number, amount: '10.00' }), whole.number), 'short');
                assert.match((await agree(whole, wholeSeen)).to, /done=stale/);
                assert.equal(await match(finance, await credit(finance, { reference: whole.number, amount: '590.00' }), whole.number), 'paid');
                assert.equal(task(whole).status, 'dropped');
        });

        test('S1.6 sums are exact in a currency without cents', async () => {
                const who = await waiting(`${tag}y`);
                await agree(who, await offered(who, `?count=3&every=week&first=${day(1)}`));
                assert.equal(await match(finance, await credit(finance, { reference: who.number, amount: dues(who.number)[0].minor, currency: 'JPY' }), who.number), 'paid');
                const minors = dues(who.number).map((due) => due.minor);
                assert.deepEqual([minors.reduce((n, minor) => n + minor, 0), minors.length, Math.max(...minors) - Math.min(...minors) <= 1], [10000, 3, true]);
                sound(who.number);
        });
});
