// The plan's page and the hardship desk: what a customer pays over time becomes another plan, by the
// rules at once or by a person; staff decide; rules are rows with versions (S1.6, S1.7).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes } from './lib/purchase.mjs';
import { staffBrowser } from './lib/staff.mjs';
import { control } from './lib/stripe.mjs';
import { newToken } from './lib/world.mjs';

const tag = `p${Date.now().toString(36)}`;

describe('plans that customers change', needs, () => {
        let plans, rule;
        const agreement = (number) => `(SELECT g.id FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(number)})`;
        const dues = (number, status = 'open') => here.rows(`SELECT d.seq, d.amount_minor AS minor, d.due_on::text AS day, (d.due_on - (app_now() AT TIME ZONE 'UTC')::date) AS ahead
                FROM dues d WHERE d.agreement_id = ${agreement(number)} AND d.status = ${quote(status)} ORDER BY d.due_on`);
        const asked = (number) => here.rows(`SELECT a.number, a.status, a.need, a.why, a.words, a.reason, a.version, a.rule_id, a.undone_version FROM amendments a WHERE a.agreement_id = ${agreement(number)} ORDER BY a.id`);
        const faults = (number) => here.rows(`SELECT * FROM agreement_replay(${agreement(number)})`);
        const sum = (rows) => rows.reduce((n, row) => n + row.minor, 0);
        const day = (ahead) => here.sql(`SELECT ((app_now() AT TIME ZONE 'UTC')::date + ${ahead})::text`);
        const buyer = async (slug = tag) => {
                const made = await plans.buy(slug);
                return { ...made, browser: await plans.enter(made) };
        };
        const check = (who, query) => who.browser.go(`/plans/${who.number}/check?${query}`);
        const agree = async (who, query, fields = {}) => who.browser.submit(await check(who, query), /\/changes$/, fields);

        before(() => {
                plans = new Plans(here, { [tag]: 'schedule=4 monthly instalments\namount=120.00', [`${tag}s`]: 'schedule=monthly subscription\namount=49.00' });
                // A rule of this product's own: a shared one would hinder the other tests.
                rule = here.sql(`INSERT INTO rule_versions (product_id, region, version, deposit_percent, smallest, count_most, longest_months, later_days, changes_most,
                                changes_days, grace_days, early_percent, approver, published_at)
                        SELECT id, region, 1, 10, '{"EUR": 1000}', 8, 12, 50, 2, 0, 14, 2, 'support', now() FROM products CROSS JOIN unnest(ARRAY['', 'EU', 'UK', 'US']) region
                        WHERE slug IN (${quote(tag)}, ${quote(`${tag}s`)}) RETURNING id`).split('\n').at(-1);
        });
        after(() => plans?.end());

        test('S1.6 one payment moves to another day: seen before it is agreed, in force at once, told by mail', async () => {
                const who = await buyer();
                const was = dues(who.number);
                assert.deepEqual(was.map((row) => row.minor), [3000, 3000, 3000]);
                const page = await who.browser.go(`/plans/${who.number}`);
                assert.match(plain(page.text), /Paid so far 30\.00 EUR Still to pay 90\.00 EUR.*Your payments.*Paid.*Next.*To come/s);
                const to = day(was[0].ahead + 10);
                const seen = await check(who, `need=time&to=${to}`);
                assert.match(plain(seen.text), /Check your new plan.*hold as soon as you agree\. The change is free of charge\..*As it would be.*In all 90\.00 EUR.*As it is now.*In all 90\.00 EUR/s);
                const said = await who.browser.submit(seen, /\/changes$/, {});
                assert.equal(said.status, 303);
                assert.match(plain((await who.browser.go(said.to)).text), /Your plan is changed/);
                assert.deepEqual(dues(who.number).map((row) => [row.day, row.minor]), [[to, 3000], [was[1].day, 3000], [was[2].day, 3000]]);
                assert.deepEqual(asked(who.number).map((a) => [a.status, a.need, a.version]), [['agreed', 'move', 2]]);
                assert.equal(asked(who.number)[0].rule_id, Number(here.sql(`SELECT rule_id FROM agreement_versions WHERE agreement_id = ${agreement(who.number)} AND version = 2`)));
                assert.deepEqual(faults(who.number), []);
                const mail = await mailTo(here, who.email, /plan is changed/i);
                assert.match(mail.text, /30\.00 EUR/);
                // The same form again is the same change.
                assert.match((await who.browser.submit(seen, /\/changes$/, {})).to, /done=again/);
                assert.equal(asked(who.number).length, 1);
        });

        test('S1.6 smaller, skip, pause, another day: each with its exact schedule; the third change goes to a person (S1.7)', async () => {
                const [a, b] = [await buyer(), await buyer()];
                const page = await a.browser.go(`/plans/${a.number}/change?need=smaller`);
                assert.match(plain(page.text), /What is possible.*4 payments of 22\.50 EUR.*In all 90\.00 EUR.*Cost of the change None.*Holds at once/s);
                assert.match((await agree(a, 'need=smaller&parts=4')).to, /done=agreed/);
                assert.deepEqual(dues(a.number).map((row) => row.minor), [2250, 2250, 2250, 2250]);
                assert.match((await agree(a, `need=skip&row=${dues(a.number)[0].seq}`)).to, /done=(agreed|sent)/);
                assert.equal(sum(dues(a.number)), 9000);
                const was = dues(b.number);
                assert.match(plain((await b.browser.go(`/plans/${b.number}/change?need=pause`)).text), /A pause of 1 month: go on on.*Holds at once/s);
                assert.match((await agree(b, 'need=pause&months=1')).to, /done=agreed/);
                assert.deepEqual(dues(b.number).map((row) => row.day), [was[1].day, was[2].day, dues(b.number)[2].day]);
                assert.match((await agree(b, 'need=day&day=31')).to, /done=/);
                assert.equal(sum(dues(b.number)), 9000);
                const third = await check(b, `need=time&to=${day(dues(b.number)[0].ahead + 3)}`);
                assert.match(plain(third.text), /Ask for this plan.*changed as often as our rules allow.*A person decides/s);
                assert.match((await b.browser.submit(third, /\/changes$/, { words: 'My pay comes later.' })).to, /done=sent/);
                assert.deepEqual(asked(b.number).map((x) => [x.status, x.why]).at(-1), ['with_staff', 'changes']);
                for (const who of [a, b]) assert.deepEqual(faults(who.number), []);
        });

        test('what cannot be is refused kindly: past days, 31 February, numbers beyond all bounds, other people, a second request', async () => {
                const [who, other] = [await buyer(), await buyer()];
                const version = () => here.sql(`SELECT version FROM agreements WHERE id = ${agreement(who.number)}`);
                for (const [query, words] of [[`need=time&to=${day(-1)}`, /That day is over/], ['need=time&to=2027-02-31', /There is no such day/], ['need=time&to=', /Choose the day/],
                        ['need=time&to=9999-12-31', /too far away/], ['need=day&day=32', /from 1 to 31/], ['need=day&day=-1', /from 1 to 31/], ['need=day&day=99999999', /from 1 to 31/]]) {
                        const page = await check(who, query);
                        assert.equal(page.status, 422, query);
                        assert.match(plain(page.text), words, query);
                        // Beside its field, which keeps what was typed.
                        const [, field, typed] = /&(to|day)=(.*)/.exec(query);
                        assert.match(plain(new RegExp(`id="${field}-error">[^]*?</p>`).exec(page.text)[0]), words, query);
                        assert.match(page.text, new RegExp(`id="${field}"[^>]* value="${typed}"`), query);
                }
                for (const query of ['need=smaller&parts=2', 'need=smaller&parts=9999', 'need=pause&months=0', 'need=skip&row=9999', 'need=time&row=77&to=' + day(40)])
                        assert.match((await check(who, query)).to, /done=stale/, query);
                assert.equal((await who.browser.go(`/plans/${other.number}`)).status, 404);
                assert.equal((await check({ browser: who.browser, number: other.number }, 'need=pause&months=1')).status, 404);
                const foreign = await check(other, 'need=pause&months=1');
                assert.equal((await who.browser.go(`/plans/${other.number}/changes`, { form: { need: 'pause', months: 1, nonce: newToken(), version: 1, csrf_token: 'x' } })).status, 403);
                const token = (await check(who, 'need=pause&months=1')).text.match(/csrf_token" value="([^"]+)/)[1];
                assert.equal((await who.browser.go(`/plans/${other.number}/changes`, { form: { need: 'pause', months: 1, nonce: newToken(), version: 1, csrf_token: token } })).status, 404);
                assert.equal((await who.browser.go(`/plans/${who.number}/changes`, { form: { need: 'time', to: '2027-02-31', nonce: newToken(), version: version(), csrf_token: token } })).status, 422);
                assert.equal(foreign.status, 200);
                // A form that knew another version changes nothing.
                const old = await check(who, 'need=pause&months=1');
                assert.match((await agree(who, `need=time&to=${day(dues(who.number)[0].ahead + 2)}`)).to, /agreed/);
                const now = dues(who.number);
                assert.match((await who.browser.submit(old, /\/changes$/, {})).to, /done=stale/);
                assert.deepEqual(dues(who.number), now);
                // One request at a time; taken back, the next one may come.
                const words = await who.browser.go(`/plans/${who.number}/change?need=other`);
                assert.equal((await who.browser.submit(words, /\/changes$/, { words: '' })).status, 422);
                assert.match((await who.browser.submit(words, /\/changes$/, { words: 'I lost my job.' })).to, /sent/);
                assert.match((await who.browser.go(`/plans/${who.number}/change`)).to, /done=open/);
                const second = await who.browser.submit(words, /\/changes$/, { words: 'A second one.', nonce: newToken() });
                assert.equal(second.status, 409);
                assert.match(plain(/id="words-error">[^]*?<\/p>/.exec(second.text)[0]), /Your last request is still open/);
                assert.match(second.text, />A second one\.<\/textarea>/);
                // The promise of when we answer is kept: a task with that deadline; and said when it was not.
                assert.equal(here.sql(`SELECT t.due_at = a.answer_by FROM tasks t JOIN amendments a ON t.object = 'amendment' AND t.object_id = a.id WHERE a.agreement_id = ${agreement(who.number)}`), 't');
                here.sql(`UPDATE amendments SET answer_by = app_now() - interval '1 minute' WHERE agreement_id = ${agreement(who.number)} AND status = 'with_staff'`);
                assert.match(plain((await who.browser.go(`/plans/${who.number}`)).text), /We promised our answer by .*, and we are late\. We are sorry/);
                assert.match((await who.browser.submit(await who.browser.go(`/plans/${who.number}`), /\/answers$/, {})).to, /withdrawn/);
                assert.equal((await who.browser.go(`/plans/${who.number}/change`)).status, 200);
        });

        test('one form sent twenty times at once, and twenty different ones, are one change', async () => {
                const who = await buyer();
                const page = await check(who, 'need=pause&months=1');
                const same = await Promise.all(Array.from({ length: 10 }, () => who.browser.submit(page, /\/changes$/, {})));
                assert.deepEqual([...new Set(same.map((x) => x.to.split('=')[1]))].sort(), ['again', 'agreed']);
                const wish = await who.browser.go(`/plans/${who.number}/change?need=other`);
                const many = await Promise.all(Array.from({ length: 10 }, () => who.browser.submit(wish, /\/changes$/, { words: 'Help', nonce: newToken() })));
                assert.equal(many.filter((x) => /sent/.test(x.to)).length, 1);
                assert.equal(many.filter((x) => x.status === 409).length, 9);
                assert.deepEqual(asked(who.number).map((x) => x.status), ['agreed', 'with_staff']);
        });

        test('S1.7 staff read the words, offer another schedule, and the customer agrees; or hear no with its reason', async () => {
                const [who, no] = [await buyer(), await buyer()];
                const support = await staffBrowser(here, 'support');
                for (const x of [who, no])
                        await x.browser.submit(await x.browser.go(`/plans/${x.number}/change?need=other`), /\/changes$/, { words: `I am ill, ${x.number}` });
                assert.match((await mailTo(here, who.email, /request for another plan/)).text, /I am ill/);
                assert.match(plain((await who.browser.go(`/plans/${who.number}`)).text), /A person looks at your request You have our answer by/);
                const path = (x) => `/admin/plans/requests/${asked(x.number).at(-1).number}`;
                assert.match((await support.go('/admin/plans')).text, new RegExp(path(who)));
                let page = await support.go(path(who));
                assert.match(plain(page.text), /I am ill.*As it is.*In all 90\.00 EUR.*Money expected by week Nothing moves yet.*Why it is here Asked for in words/s);
                for (const [schedule, words] of [['2027-02-31 90.00', /Line 1: write the day/], [`${day(5)} 89.00`, /The payments come to 89\.00.EUR/], [`${day(-1)} 90.00`, /that day is over/],
                        [`${day(9)} 45.00\n${day(5)} 45.00`, /follow one another/], [`${day(5)} -1`, /no amount in EUR/], [`${day(5)} 99999999999999999999`, /no amount in EUR/], ['', /Write the payments/]]) {
                        const said = await support.submit(page, /\/offers$/, { schedule });
                        assert.equal(said.status, 422, schedule);
                        assert.match(plain(said.text), words);
                }
                const offer = `${day(60)} 40.00\n${day(200)} 50.00`;
                const before = dues(who.number);
                assert.match((await support.submit(page, /\/offers$/, { schedule: offer, why: 'Get well soon.' })).to, /countered/);
                assert.deepEqual(dues(who.number), before, 'nothing changes until they agree');
                assert.match((await mailTo(here, who.email, /offer you another plan/)).text, /Get well soon.*40\.00 EUR/s);
                const seen = await who.browser.go(`/plans/${who.number}`);
                assert.match(plain(seen.text), /We can offer you this Get well soon\..*40\.00 EUR.*50\.00 EUR.*Agree to these payments/s);
                assert.match((await who.browser.submit(seen, /\/answers$/, {})).to, /agreed/);
                assert.deepEqual(dues(who.number).map((row) => [row.day, row.minor]), [[day(60), 4000], [day(200), 5000]]);
                assert.deepEqual(faults(who.number), []);
                page = await support.go(path(no));
                assert.equal((await support.submit(page, /\/refusals$/, { reason: ' ' })).status, 422);
                assert.match((await support.submit(page, /\/refusals$/, { reason: 'Please ask for a pause instead.' })).to, /declined/);
                assert.match((await mailTo(here, no.email, /About your request/)).text, /ask for a pause instead/);
                assert.match(plain((await no.browser.go(`/plans/${no.number}`)).text), /could not agree.*ask for a pause instead/s);
                assert.deepEqual(here.rows(`SELECT t.status FROM tasks t JOIN amendments a ON t.object = 'amendment' AND t.object_id = a.id WHERE a.agreement_id IN (${agreement(who.number)}, ${agreement(no.number)})`).map((t) => t.status), ['done', 'done']);
        });

        test('two of the staff decide at once: one wins, the other is told; what has moved on cannot be approved; a role that may not is refused', async () => {
                const [who, later] = [await buyer(), await buyer()];
                const [one, two, viewer] = [await staffBrowser(here, 'finance'), await staffBrowser(here, 'support'), await staffBrowser(here, 'viewer')];
                for (const x of [who, later]) assert.match((await agree(x, 'need=pause&months=3', { words: 'Three months, please' })).to, /sent/);
                const path = (x) => `/admin/plans/requests/${asked(x.number).at(-1).number}`;
                const [left, right] = [await one.go(path(who)), await two.go(path(who))];
                const said = await Promise.all([one.submit(left, /\/approvals$/, {}), two.submit(right, /\/refusals$/, { reason: 'No' })]);
                assert.deepEqual(said.map((x) => /done=over/.test(x.to)).sort(), [false, true]);
                const [won, lost] = /over/.test(said[0].to) ? [two, one] : [one, two];
                const told = plain((await lost.go(said.find((x) => /over/.test(x.to)).to)).text);
                assert.match(told, new RegExp(`Somebody was faster ${won.name} ${won === one ? 'agreed to it' : 'declined it'}, today at \\d\\d:\\d\\d\\. Nothing was changed by you`));
                const page = await one.go(path(later));
                here.sql(`SELECT agreement_version_make(${agreement(later.number)}, ARRAY[CURRENT_DATE + 20], ARRAY[9000::bigint], 'moved', NULL, 'A test.', '', NULL, NULL)`);
                assert.match((await one.submit(page, /\/approvals$/, {})).to, /stale/);
                assert.equal(asked(later.number).at(-1).status, 'with_staff');
                const seen = await viewer.go(path(later));
                assert.equal(seen.status, 200);
                assert.doesNotMatch(seen.text, /\/approvals/);
                assert.equal((await viewer.go(`${path(later)}/refusals`, { form: { reason: 'No', csrf_token: seen.text.match(/csrf_token" value="([^"]+)/)[1] } })).status, 403);
        });

        test('paying early: two payments now, with the discount of the rule, and the plan ends when all is paid', async () => {
                const who = await buyer();
                const page = await who.browser.go(`/plans/${who.number}/early`);
                assert.match(plain(page.text), /2% less.*The next payment: 29\.40 EUR.*The next 2 payments: 58\.80 EUR 1\.20 EUR off.*All of it: 88\.20 EUR/s);
                assert.equal((await who.browser.submit(page, /\/early$/, { count: '9' })).status, 422);
                const last = dues(who.number).at(-1);
                assert.match((await who.browser.submit(page, /\/early$/, { count: '2' })).to, /\/payments\/\w+\/\d+\?done=now/);
                await becomes(here, `(SELECT count(*) FROM dues WHERE agreement_id = ${agreement(who.number)} AND status = 'paid') = 2`);
                assert.deepEqual(dues(who.number).map((row) => [row.day, row.minor]), [[last.day, 3000]]);
                assert.deepEqual(dues(who.number, 'paid').map((row) => row.minor).sort(), [3000, 5880]);
                const welcome = plain((await who.browser.go(`/welcome?order=${who.number}`)).text);
                assert.match(welcome, /What you paid.*Amount 30\.00 EUR In all 120\.00 EUR, payment by payment/, 'the first amount, not the price');
                assert.doesNotMatch(welcome, /paid twice/, 'the next instalment is no second payment');
                await who.browser.submit(await who.browser.go(`/plans/${who.number}/early`), /\/early$/, {});
                await becomes(here, `(SELECT status FROM agreements WHERE id = ${agreement(who.number)}) = 'completed'`);
                assert.deepEqual(faults(who.number), []);
        });

        test('paying early when something is overdue charges what was chosen, and nothing else', async () => {
                const who = await buyer();
                here.sql(`SELECT agreement_version_make(${agreement(who.number)}, ARRAY['${day(-9)}', '${day(-4)}', '${day(30)}']::date[], ARRAY[2000, 3000, 4000]::bigint[], 'moved', NULL, '', '', NULL, NULL)`);
                const said = await who.browser.submit(await who.browser.go(`/plans/${who.number}/early`), /\/early$/, { count: '1' });
                assert.match(said.to, /\?done=now/);
                await becomes(here, `(SELECT count(*) FROM dues WHERE agreement_id = ${agreement(who.number)} AND status = 'paid') = 2`);
                assert.deepEqual(dues(who.number, 'paid').map((row) => row.minor).sort(), [2000, 3000]);
                assert.deepEqual(dues(who.number).map((row) => [row.day, row.minor]), [[day(-4), 3000], [day(30), 4000]]);
                assert.match(plain((await who.browser.go(said.to)).text), /20\.00 EUR/);
                assert.deepEqual(faults(who.number), []);
        });

        test('paying early: one that comes later alone, from its line in the plan; what is no choice is refused', async () => {
                const who = await buyer();
                const was = dues(who.number);
                const link = new RegExp(`/plans/${who.number}/early\\?row=${was[2].seq}`).exec((await who.browser.go(`/plans/${who.number}`)).text)[0];
                const page = await who.browser.go(link);
                assert.match(plain(page.text), /Only the payment of [^:]+: 29\.40 EUR 0\.60 EUR off\. The others stay on their days\. The next payment: 29\.40 EUR/s);
                for (const count of ['0', '-1', 'only-1', 'only-99', '99999999999999999999', 'x']) assert.equal((await who.browser.submit(page, /\/early$/, { count })).status, 422, count);
                assert.match((await who.browser.submit(page, /\/early$/, {})).to, /done=now/);
                await becomes(here, `(SELECT count(*) FROM dues WHERE agreement_id = ${agreement(who.number)} AND status = 'paid') = 2`);
                assert.deepEqual(dues(who.number).map((row) => [row.day, row.minor]), [[was[0].day, 3000], [was[1].day, 3000]]);
                assert.deepEqual(dues(who.number, 'paid').map((row) => row.minor).sort(), [2940, 3000]);
                assert.deepEqual(faults(who.number), []);
        });

        test('an early payment that is declined makes nobody late: the schedule is what it was', async () => {
                const who = await buyer();
                const was = dues(who.number);
                await control(here.sandbox, 'acts', { act: 'update_card', quiet: true, becomes: 'pm_card_visa_chargeDeclinedInsufficientFunds',
                        object: here.sql(`SELECT m.ref FROM payment_methods m JOIN orders o ON o.customer_id = m.customer_id WHERE o.number = ${quote(who.number)} AND m.detached_at IS NULL LIMIT 1`) });
                const sent = await who.browser.submit(await who.browser.go(`/plans/${who.number}/early`), /\/early$/, { count: '3' });
                await becomes(here, `(SELECT undone_version FROM amendments WHERE agreement_id = ${agreement(who.number)}) IS NOT NULL`);
                assert.deepEqual(dues(who.number).map((row) => [row.day, row.minor]), was.map((row) => [row.day, row.minor]));
                assert.equal(here.sql(`SELECT count(*) FROM cases c JOIN orders o ON o.id = c.order_id WHERE o.number = ${quote(who.number)}`), '0');
                assert.deepEqual(faults(who.number), []);
                assert.match(plain((await who.browser.go(sent.to)).text), /This payment was not completed Nothing was taken, and your plan is as it was before/);
                assert.match(plain((await who.browser.go(`/plans/${who.number}`)).text), /Your early payment was not completed Nothing was taken.*nobody counts you as late/);
        });

        test('S1.6 an announced transfer says until when it holds things up, lets a person be asked, and is taken back once', async () => {
                const who = await buyer();
                const was = dues(who.number);
                assert.equal((await who.browser.submit(await who.browser.go(`/payments/${who.number}/${was[0].seq}`), /\/transfer$/)).status, 303);
                assert.match(plain((await who.browser.go(`/payments/${who.number}/${was[0].seq}`)).text), /If it has not come by \d[^.]*, we go back to Visa/);
                const page = await who.browser.go(`/plans/${who.number}`);
                assert.match(plain(page.text), /We wait for your bank transfer 30\.00 EUR for The \w+ course, instalment 2 of 4, announced on .* until .* at the latest/);
                assert.match((await agree(who, 'need=pause&months=1')).to, /done=busy/);
                assert.match(plain((await who.browser.go(`/plans/${who.number}/change`)).text), /We wait for your bank transfer/);
                const words = await who.browser.go(`/plans/${who.number}/change?need=other`);
                assert.match((await who.browser.submit(words, /\/changes$/, { words: 'It will take longer.' })).to, /sent/);
                const many = await Promise.all(Array.from({ length: 20 }, () => who.browser.submit(page, /\/transfer-back$/, {})));
                assert.deepEqual([...new Set(many.map((x) => x.to.split('?')[1]))], ['done=back']);
                assert.equal(here.sql(`SELECT string_agg(a.status, ' ') FROM attempts a JOIN dues d ON d.id = a.due_id WHERE d.agreement_id = ${agreement(who.number)} AND a.kind = 'transfer'`), 'cancelled');
                assert.match((await who.browser.submit(await who.browser.go(`/plans/${who.number}`), /\/answers$/, {})).to, /withdrawn/);
                assert.match((await agree(who, 'need=pause&months=1')).to, /done=agreed/);
                assert.deepEqual(faults(who.number), []);
        });

        test('S1.6 a subscription: the next one left out, a pause, another day of the month, each with its day and cost, once however often it is sent', async () => {
                const [who, other] = [await buyer(`${tag}s`), await buyer(`${tag}s`)];
                const go = (x, query = '') => x.browser.go(`/plans/${x.number}/change${query}`);
                assert.match(plain((await who.browser.go(`/plans/${who.number}`)).text), /Skip, pause or move a payment/);
                const coming = plain((await who.browser.go('/payments')).text);
                assert.match(coming, new RegExp(`${tag}s course \\w+ \\d+ \\w+ \\d{4} To come 49\\.00 EUR See it`), 'what comes next, before it is asked for');
                assert.doesNotMatch(coming, /There is nothing to pay/);
                const page = await go(who);
                assert.match(plain(page.text), /Your next payment is 49\.00 EUR on .*Leave the next one out 49\.00 EUR on .*, not on .*you can read what you have opened.*Costs nothing, and holds at once.*A pause: leave 2 out.*A person decides. A payment would come later than our rules allow/s);
                const [next, after] = here.rows(`SELECT schedule_day(anchor_on, 'month', 1)::text AS a, schedule_day(anchor_on, 'month', 2)::text AS b FROM agreements g WHERE g.id = ${agreement(who.number)}`).flatMap((row) => [row.a, row.b]);
                assert.equal((await who.browser.submit(page, /\/periods$/, { choice: 'early-1' })).status, 422);
                const many = await Promise.all(Array.from({ length: 15 }, () => who.browser.submit(page, /\/periods$/, { choice: 'skip-1' })));
                assert.deepEqual([...new Set(many.map((x) => x.to.split('=')[1]))].sort(), ['again', 'agreed']);
                assert.equal(here.sql(`SELECT (terms ->> 'paused_from') || ' ' || (terms ->> 'next_on') FROM agreement_versions WHERE agreement_id = ${agreement(who.number)} AND version = 2`), `${next} ${after}`);
                assert.match((await mailTo(here, who.email, /plan is changed/i)).text, /49\.00 EUR/);
                assert.match(plain((await who.browser.go(`/plans/${who.number}/agreement`)).text), /The next payment is on /);
                assert.match((await who.browser.submit(await go(who), /\/periods$/, { choice: 'pause-3', words: 'I am abroad until spring.' })).to, /sent/);
                assert.match(plain((await who.browser.go(`/plans/${who.number}`)).text), /A person looks at your request.*I am abroad until spring/s);
                for (const day of ['0', '29', '31', '-1', 'x', '99999999']) {
                        const bad = await go(other, `?day=${day}`);
                        assert.equal(bad.status, 422, day);
                        assert.match(plain(/id="day-error">[^]*?<\/p>/.exec(bad.text)[0]), /from 1 to 28/);
                        assert.match(bad.text, new RegExp(`name="day"[^>]* value="${day}"`));
                }
                const today = Number(here.sql(`SELECT extract(day FROM anchor_on) FROM agreements g WHERE g.id = ${agreement(other.number)}`));
                const seen = await go(other, `?day=${today % 28 + 1}`);
                assert.match(plain(seen.text), new RegExp(`From now on, day ${today % 28 + 1} of the month.*Everything stays open until then`, 's'));
                assert.match((await other.browser.submit(seen, /\/periods$/, {})).to, /agreed/);
                assert.equal(here.sql(`SELECT extract(day FROM period_next(g.id)) FROM agreements g WHERE g.id = ${agreement(other.number)}`), String(today % 28 + 1));
                assert.equal((await go(other, '?need=other')).status, 200);
                assert.equal((await who.browser.go(`/plans/${other.number}/change`)).status, 404);
                for (const x of [who, other]) assert.deepEqual(faults(x.number), []);
        });

        test('S1.8 the link of a failed payment leads to the desk without a login, changes the plan, and shows it afterwards', async () => {
                const who = await buyer();
                here.sql(`UPDATE dues SET due_on = CURRENT_DATE - 3 WHERE agreement_id = ${agreement(who.number)} AND seq = 2`);
                here.sql(`SELECT agreement_version_make(${agreement(who.number)}, array_agg(due_on ORDER BY due_on), array_agg(amount_minor ORDER BY due_on), 'moved', NULL, 'A test.', '', NULL, NULL)
                        FROM dues WHERE agreement_id = ${agreement(who.number)} AND status = 'open'`);
                const token = newToken();
                here.sql(`INSERT INTO sessions (token_hash, kind, customer_id, due_id, created_at, expires_at) SELECT token_hash(${quote(token)}), 'pay_link', d.customer_id, d.id, now(), now() + interval '9 days'
                        FROM dues d WHERE d.agreement_id = ${agreement(who.number)} AND d.status = 'open' ORDER BY d.due_on LIMIT 1`);
                const stranger = new Browser(here.url);
                assert.match((await stranger.go(`/pay/${token}`)).text, new RegExp(`/pay/${token}/change`));
                const page = await stranger.go(`/pay/${token}/check?need=smaller&parts=4`);
                assert.match(plain(page.text), /Check your new plan/);
                const said = await stranger.submit(page, /\/changes$/, {});
                assert.match(said.to, /\/plan\?done=agreed/);
                assert.match(plain((await stranger.go(said.to)).text), /Your plan is changed.*22\.50 EUR/s);
                assert.match((await stranger.submit(page, /\/changes$/, {})).to, /again/);
                assert.equal(asked(who.number).length, 1);
                assert.equal((await stranger.go(`/pay/${newToken()}/change`)).status, 410);
                assert.equal(here.sql(`SELECT count(*) FROM dues WHERE agreement_id = ${agreement(who.number)} AND status = 'open' AND due_on < CURRENT_DATE`), '0');
        });

        test('S1.7 a rule is published in versions; what the law does not exempt only with a signature; none is ever deleted', async () => {
                const owner = await staffBrowser(here, 'owner');
                const live = () => here.rows(`SELECT r.* FROM rule_versions r JOIN products p ON p.id = r.product_id WHERE p.slug = ${quote(tag)} AND r.region = 'UK' AND r.superseded_at IS NULL`)[0];
                const first = live();
                assert.match((await owner.go('/admin/plans/rules')).text, new RegExp(`/admin/plans/rules/${first.id}`));
                const page = await owner.go(`/admin/plans/rules/${first.id}`);
                assert.match(plain(page.text), /Legal limits.*exempt only with 12 instalments at most/s);
                for (const [field, value] of [['later', '731'], ['later', '-1'], ['count', '0'], ['fee', '5 pounds'], ['smallest', '10.005 EUR'], ['deposit', '91'], ['months', 'x']]) {
                        const said = await owner.submit(page, /\/rules\/\d+$/, { [field]: value });
                        assert.equal(said.status, 422, `${field} ${value}`);
                }
                const across = await owner.submit(page, /\/rules\/\d+$/, { count: '13', fee: '5.00 EUR' });
                assert.equal(across.status, 422);
                assert.match(plain(across.text), /this rule is across it.*Nothing was published/s);
                assert.equal((await owner.submit(page, /\/rules\/\d+$/, { count: '13', signed_name: 'Ada' })).status, 422);
                assert.equal(live().id, first.id);
                assert.match((await owner.submit(page, /\/rules\/\d+$/, { count: '13', signed_name: 'Ada Nordin', signed_reason: 'Counsel agreed on 3 May.' })).to, /published/);
                const second = live();
                assert.deepEqual([second.version, second.count_most, second.breaks, second.signed_name], [2, 13, ['uk_count'], 'Ada Nordin']);
                assert.equal(here.sql(`SELECT facts ->> 'reason' FROM audit WHERE action = 'rule.signed' AND object_id = ${second.id}`), 'Counsel agreed on 3 May.');
                assert.equal((await owner.submit(page, /\/rules\/\d+$/, { count: '9' })).status, 409, 'somebody published meanwhile');
                assert.match((await owner.submit(await owner.go(`/admin/plans/rules/${second.id}`), /\/rules\/\d+$/, { count: '8', signed_name: '', signed_reason: '' })).to, /published/);
                assert.deepEqual(live().breaks, []);
                assert.match(plain((await owner.go(`/admin/plans/rules/${first.id}`)).text), /Superseded/);
                assert.throws(() => here.sql(`DELETE FROM rule_versions WHERE id = ${first.id}`), /superseded, never changed or deleted/);
                const finance = await staffBrowser(here, 'finance');
                const seen = await finance.go(`/admin/plans/rules/${live().id}`);
                assert.doesNotMatch(seen.text, /Publish a new version/);
        });

        test('fifty times at once: what staff decide, what customers answer, an early payment and a rule count once', async () => {
                const [support, owner] = [await staffBrowser(here, 'support'), await staffBrowser(here, 'owner')];
                const fifty = async (browser, page, which, fields, many = 50) => {
                        const all = await Promise.all(Array.from({ length: many }, () => browser.submit(page, which, fields)));
                        assert.ok(all.every((x) => [303, 409].includes(x.status)), String([...new Set(all.map((x) => x.status))]));
                        return all;
                };
                const mails = (number, kind) => Number(here.sql(`SELECT count(*) FROM messages m JOIN amendments a ON m.object = 'amendment' AND m.object_id = a.id WHERE m.kind = ${quote(kind)} AND a.agreement_id = ${agreement(number)}`));
                const versions = (number) => Number(here.sql(`SELECT version FROM agreements WHERE id = ${agreement(number)}`));
                const who = await buyer();
                const path = () => `/admin/plans/requests/${asked(who.number).at(-1).number}`;
                const ask = async () => assert.match((await agree(who, 'need=pause&months=3', {})).to, /sent/);
                await ask();
                await fifty(support, await support.go(path()), /\/refusals$/, { reason: 'Not so long.' });
                assert.equal(mails(who.number, 'plan_declined'), 1);
                await ask();
                await fifty(support, await support.go(path()), /\/offers$/, { schedule: `${day(80)} 90.00` });
                assert.equal(mails(who.number, 'plan_offered'), 1);
                await fifty(who.browser, await who.browser.go(`/plans/${who.number}`), /\/answers$/, {}, 10);          // more would be too many requests
                assert.equal(versions(who.number), 2);
                assert.match((await agree(who, `need=time&to=${day(300)}`)).to, /sent/);
                await fifty(support, await support.go(path()), /\/approvals$/, { word: 'Gladly.' });
                assert.deepEqual([versions(who.number), mails(who.number, 'plan_changed')], [3, 2]);
                await fifty(who.browser, await who.browser.go(`/plans/${who.number}/early`), /\/early$/, {});
                await becomes(here, `(SELECT status FROM agreements WHERE id = ${agreement(who.number)}) = 'completed'`);
                assert.equal(here.sql(`SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(who.number)}`), '2');
                const live = here.sql(`SELECT r.id FROM rule_versions r JOIN products p ON p.id = r.product_id WHERE p.slug = ${quote(tag)} AND r.region = 'US' AND r.superseded_at IS NULL`);
                await fifty(owner, await owner.go(`/admin/plans/rules/${live}`), /\/rules\/\d+$/, { count: '4', early: '3' });
                assert.equal(here.sql(`SELECT count(*) FROM rule_versions r JOIN products p ON p.id = r.product_id WHERE p.slug = ${quote(tag)} AND r.region = 'US'`), '2');
        });
});

/* What staff see before they decide, what they offer by themselves, and what came of it. */
describe('staff and plans', needs, () => {
        const slug = `q${tag}`;
        let plans, support, owner;
        const of = (number, what) => here.sql(`SELECT ${what} FROM orders o JOIN agreements g ON g.order_id = o.id WHERE o.number = ${quote(number)}`);
        const agreement = (number) => of(number, 'g.id');
        const dues = (number) => here.rows(`SELECT due_on::text AS day, amount_minor AS minor FROM dues WHERE agreement_id = ${agreement(number)} AND status = 'open' ORDER BY due_on`);
        const newest = (number) => here.rows(`SELECT * FROM amendments WHERE agreement_id = ${agreement(number)} ORDER BY id DESC LIMIT 1`)[0];
        const day = (ahead) => here.sql(`SELECT ((app_now() AT TIME ZONE 'UTC')::date + ${ahead})::text`);
        const offers = (number, query = '') => `/admin/plans/${number}/offer${query}`;
        const row = (html, week) => plain(new RegExp(`<tr><th scope="row">${week}.*?</tr>`).exec(html)?.[0] ?? '');
        const live = (region = 'EU') => here.rows(`SELECT r.* FROM rule_versions r JOIN products p ON p.id = r.product_id WHERE p.slug = ${quote(slug)} AND r.region = ${quote(region)} AND r.superseded_at IS NULL`)[0];
        /** The rule of this product and the buyers' region, with other figures: the one before gives way, as by publishing. */
        const ruled = (changes = {}) => {
                const all = { deposit_percent: 0, smallest: "'{}'", count_most: 12, longest_months: 24, later_days: 50, changes_most: 9, changes_days: 0, grace_days: 30, fee: "'{}'", early_percent: 0, approver: "'support'", ...changes };
                here.sql(`UPDATE rule_versions r SET superseded_at = app_now() FROM products p WHERE p.id = r.product_id AND p.slug = ${quote(slug)} AND r.region = 'EU' AND superseded_at IS NULL`);
                return here.sql(`INSERT INTO rule_versions (product_id, region, version, published_at, ${Object.keys(all)})
                        SELECT p.id, 'EU', (SELECT coalesce(max(version), 0) + 1 FROM rule_versions WHERE product_id = p.id AND region = 'EU'), app_now(), ${Object.values(all)} FROM products p WHERE p.slug = ${quote(slug)} RETURNING id`).split('\n').at(-1);
        };
        const buyer = async (fields = {}) => {
                const made = await plans.buy(slug, {}, { country: 'DE', ...fields });
                return { ...made, browser: await plans.enter(made) };
        };
        const verdict = (who, query) => who.browser.go(`/plans/${who.number}/check?${query}`).then((page) => (/Check your new plan/.test(page.text) ? 'fits' : plain(page.text)));
        /** Its first open payment was due so many days ago. */
        const behind = (number, days) => here.sql(`SELECT agreement_version_make(${agreement(number)}, array_agg(CASE WHEN n = 1 THEN CURRENT_DATE - ${days} ELSE due_on END ORDER BY n), array_agg(amount_minor ORDER BY n), 'moved', NULL, 'A test.', '', NULL, NULL)
                FROM (SELECT due_on, amount_minor, row_number() OVER (ORDER BY due_on) AS n FROM dues WHERE agreement_id = ${agreement(number)} AND status = 'open') d`);

        before(async () => {
                plans = new Plans(here, { [slug]: 'schedule=4 monthly instalments\namount=120.00' });
                [support, owner] = [await staffBrowser(here, 'support'), await staffBrowser(here, 'owner')];
                ruled();
        });
        after(() => plans?.end());

        test('S1.7 a request shows what it makes of the weeks, of its plan and of all plans: a picture with a table of the same numbers', async () => {
                const who = await buyer();
                const was = dues(who.number);
                await who.browser.submit(await who.browser.go(`/plans/${who.number}/check?need=pause&months=2`), /\/changes$/, {});
                const path = `/admin/plans/requests/${newest(who.number).number}`;
                const page = await support.go(path);
                const charts = [...page.text.matchAll(/<svg class="chart".*?<\/svg>/gs)].map(([svg]) => svg);
                assert.deepEqual(charts.map((svg) => /<title id="[^"]+">([^<]+)/.exec(svg)[1]), ['Expected from this plan by week, before and after', 'Expected from all plans in EUR by week, before and after']);
                assert.ok(charts.every((svg) => !/style=|<script|onload/.test(svg)));
                const monday = (date) => here.sql(`SELECT to_char(week_of('${date}'), 'FMDay FMDD FMMonth YYYY')`);
                const minor = (text) => [...text.matchAll(/([+−]?)([\d,]+\.\d\d).EUR/g)].map(([, sign, n]) => Math.round(Number(n.replaceAll(',', '')) * 100) * (sign === '−' ? -1 : 1));
                for (const due of was.slice(0, 2)) {
                        const [own, would, all, then, more] = minor(row(page.text, monday(due.day)));
                        assert.deepEqual([own, would, more], [3000, 0, -3000], due.day);
                        assert.equal(all - then, 3000);
                        assert.ok(all >= 3000);
                }
                const gained = newest(who.number).wanted;
                for (const due of gained.slice(1)) assert.deepEqual(minor(row(page.text, monday(due.on))).slice(0, 2), [0, 3000], due.on);
                assert.match(plain(page.text), /This plan\. In \d+ weeks 90\.00.EUR as it is, 90\.00.EUR as it would be/);
                // What is decided shows what it did to its own plan.
                await support.submit(page, /\/refusals$/, { reason: 'Too long.' });
                const after = await support.go(path);
                assert.equal([...after.text.matchAll(/<svg class="chart"/g)].length, 1);
                // All plans on the list: the sum of what is open, and of subscriptions what is to come.
                const list = await support.go('/admin/plans');
                assert.match(plain(list.text), /Money expected in the next 13 weeks/);
                const [, table] = /aria-label="Money expected by week in EUR"(.*?)<\/table>/s.exec(list.text);
                assert.equal([...table.matchAll(/<tr>/g)].length, 14);
                const shown = Object.fromEntries([...table.matchAll(/<th scope="row">([^<]+)<\/th>.*?data-label="Expected">([^<]+)</g)].map(([, week, sum]) => [week, sum]));
                assert.ok(Object.keys(shown).includes(monday(was[0].day)));
        });

        test('the money of all plans is the sum of what is open and of the periods to come', async () => {
                assert.equal(here.sql(`SELECT count(*) FROM (SELECT currency, sum(minor) AS m FROM expected_money('2200-01-01') e
                                WHERE due_on <= (SELECT max(due_on) FROM dues) GROUP BY 1) x
                        JOIN (SELECT d.currency, sum(d.amount_minor - d.paid_minor) AS m FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live' WHERE d.status = 'open' GROUP BY 1) y USING (currency) WHERE x.m < y.m`), '0');
                // A monthly subscription comes once a month, from the period after the last one that was asked for.
                const found = here.rows(`SELECT g.id, count(*) AS n FROM agreements g, LATERAL (SELECT period_next(g.id) AS day) next,
                                LATERAL (SELECT k FROM generate_series(0, 600) k WHERE schedule_day(g.anchor_on, g.every, k) >= next.day AND schedule_day(g.anchor_on, g.every, k) BETWEEN CURRENT_DATE AND CURRENT_DATE + 90) k
                        WHERE g.kind = 'subscription' AND g.status = 'live' AND g.cancel_asked_at IS NULL AND NOT EXISTS (SELECT FROM dues WHERE agreement_id = g.id AND status = 'open' AND due_on < CURRENT_DATE) GROUP BY 1`);
                const open = Number(here.sql(`SELECT count(*) FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live' WHERE d.status = 'open' AND d.due_on <= CURRENT_DATE + 90`));
                assert.equal(Number(here.sql('SELECT count(*) FROM expected_money(CURRENT_DATE + 90)')), open + found.reduce((n, one) => n + one.n, 0));
        });

        test('an overdue payment becomes a plan: seen with every amount, offered by link, agreed by the customer', async () => {
                const who = await buyer();
                behind(who.number, 3);
                const order = await support.go(`/admin/orders/${who.number}`);
                assert.match(order.text, new RegExp(`href="${offers(who.number)}"[^>]*>Make a plan for what is overdue`));
                const page = await support.go(offers(who.number, `?count=4&every=fortnight&first=${day(10)}`));
                assert.match(plain(page.text), /90\.00.EUR open.*22\.50.EUR.*22\.50.EUR.*22\.50.EUR.*22\.50.EUR In all 90\.00.EUR.*Money expected by week.*Overdue 30\.00.EUR, since/s);
                for (const [query, words] of [['?count=0', /from 1 to 60/], ['?count=61', /from 1 to 60/], ['?count=-3', /from 1 to 60/], [`?first=${day(-1)}`, /That day is over/], ['?first=2027-02-31', /no such day/], ['?count=60&every=month&first=9999-12-31', /too far away/]]) {
                        const said = await support.go(offers(who.number, query));
                        assert.equal(said.status, 422, query);
                        assert.match(plain(said.text), words, query);
                        assert.doesNotMatch(said.text, /Offer these payments/);
                }
                assert.equal(of(who.number, 'g.version'), '2', 'looking changes nothing');
                assert.equal((await support.submit(page, /\/offers$/, { how: 'phone', note: ' ' })).status, 422);
                const all = await Promise.all(Array.from({ length: 50 }, () => support.submit(page, /\/offers$/, { how: 'link', word: 'Take your time.' })));
                assert.deepEqual([...new Set(all.map((one) => one.to.split('=')[1]))].sort(), ['again', 'offered']);
                assert.equal(here.sql(`SELECT count(*) FROM amendments WHERE agreement_id = ${agreement(who.number)}`), '1');
                assert.equal(here.sql(`SELECT count(*) FROM messages m JOIN amendments a ON m.object = 'amendment' AND m.object_id = a.id WHERE a.agreement_id = ${agreement(who.number)}`), '1');
                assert.match((await mailTo(here, who.email, /offer you another plan/)).text, /looked at what is still open.*Take your time\..*22\.50 EUR/s);
                assert.match(plain((await support.go(offers(who.number))).text), /An offer is with the customer/);
                assert.equal(of(who.number, 'g.version'), '2', 'nothing changes until they agree');
                const seen = await who.browser.go(`/plans/${who.number}`);
                assert.match((await who.browser.submit(seen, /\/answers$/, {})).to, /agreed/);
                assert.deepEqual(dues(who.number), [10, 24, 38, 52].map((ahead) => ({ day: day(ahead), minor: 2250 })));
                assert.deepEqual(here.rows(`SELECT * FROM agreement_replay(${agreement(who.number)})`), []);
                const [made] = here.rows(`SELECT a.need, a.status, a.made_by IS NOT NULL AS ours, v.rule_id = a.rule_id AS ruled, v.evidence_id IS NOT NULL AS consented FROM amendments a JOIN agreement_versions v ON v.agreement_id = a.agreement_id AND v.version = a.version WHERE a.agreement_id = ${agreement(who.number)}`);
                assert.deepEqual(made, { need: 'staff', status: 'agreed', ours: true, ruled: true, consented: true });
        });

        test('agreed on the telephone it holds at once, with the note of what was said and a mail that confirms it; not for who may not, nor for a plan that moved on', async () => {
                const [who, higher] = [await buyer(), await buyer()];
                const first = await support.go(offers(who.number, `?count=2&every=month&first=${day(20)}`));
                const viewer = await staffBrowser(here, 'viewer');
                assert.doesNotMatch((await viewer.go(offers(who.number))).text, /Offer these payments/);
                assert.equal((await viewer.go(`/admin/plans/${who.number}/offers`, { form: { ...formOf(await viewer.go('/admin/'), /logout/).fields, count: 2, every: 'month', first: day(20), seen: 1, nonce: newToken(), how: 'link' } })).status, 403);
                const all = await Promise.all(Array.from({ length: 10 }, () => support.submit(first, /\/offers$/, { how: 'phone', note: 'Called at ten; she is fine with two payments.' })));
                assert.deepEqual([...new Set(all.map((one) => one.to.split('=')[1]))].sort(), ['again', 'agreed']);
                assert.deepEqual(dues(who.number).map((due) => due.minor), [4500, 4500]);
                assert.match((await mailTo(here, who.email, /plan is changed/i)).text, /agreed on the telephone.*45\.00 EUR.*not what you agreed to/s);
                assert.equal(here.sql(`SELECT personal FROM evidence e JOIN orders o ON o.id = e.order_id WHERE o.number = ${quote(who.number)} AND e.kind = 'plan_by_phone'`), 'Called at ten; she is fine with two payments.');
                assert.match(plain((await support.go(all[0].to)).text), /Said on the telephone Called at ten/);
                assert.match(plain((await who.browser.go(`/plans/${who.number}/agreement`)).text), /Another schedule was agreed on the telephone/);
                assert.doesNotMatch((await who.browser.go(`/plans/${who.number}/agreement`)).text, /Called at ten/);
                // The plan that the form was about is another meanwhile.
                const old = await support.go(offers(who.number, `?count=3&every=week&first=${day(5)}`));
                behind(who.number, 1);
                assert.match((await support.submit(old, /\/offers$/, { how: 'phone', note: 'Yes' })).to, /offer\?done=stale/);
                // A rule that wants the owner.
                ruled({ approver: "'owner'" });
                assert.match(plain((await support.go(offers(higher.number))).text), /Its rule wants this role or a higher one to decide: Owner/i);
                const form = formOf(first, /\/offers$/).fields;
                assert.match((await support.go(`/admin/plans/${higher.number}/offers`, { form: { ...form, seen: 1, nonce: newToken(), how: 'link' } })).to, /done=denied/);
                ruled();
        });

        test('S2.2 a plan instead of the money back: to the desk where something is open; staff offer it from the request, and the yes settles the request', async () => {
                const [desk, back] = [await buyer(), await buyer()];
                const ask = (who, way, text) => who.browser.go(`/orders/${who.number}/refund`).then((page) => who.browser.submit(page, /refund$/, { way, text }));
                const sent = await ask(desk, 'plan', 'Smaller, please');
                assert.equal(sent.to, `/plans/${desk.number}?done=sent`);
                assert.deepEqual([newest(desk.number).status, newest(desk.number).words], ['with_staff', 'Smaller, please']);
                assert.equal(here.sql(`SELECT count(*) FROM tickets t JOIN orders o ON o.id = t.order_id WHERE o.number = ${quote(desk.number)}`), '0');
                assert.match(plain((await support.go(offers(desk.number))).text), /They have asked for another plan themselves/);
                // Within the days of the law the money would go back by itself.
                here.sql(`UPDATE orders SET agreed_at = agreed_at - interval '90 days', granted_at = granted_at - interval '90 days' WHERE number = ${quote(back.number)}`);
                await ask(back, 'refund', 'It is too much at once');
                const request = here.rows(`SELECT w.id, w.status FROM withdrawals w JOIN orders o ON o.id = w.order_id WHERE o.number = ${quote(back.number)}`)[0];
                assert.equal(request.status, 'with_staff');
                const page = await support.go(`/admin/withdrawals/${request.id}`);
                assert.match(page.text, new RegExp(`href="${offers(back.number)}"`));
                const offer = await support.go(offers(back.number, `?count=6&every=month&first=${day(30)}`));
                assert.match(plain(offer.text), /They asked for the money back .* When they agree to this, that request is settled/);
                await support.submit(offer, /\/offers$/, { how: 'link' });
                assert.equal(here.sql(`SELECT status FROM withdrawals WHERE id = ${request.id}`), 'with_staff', 'until they agree it stands');
                const seen = await back.browser.go(`/plans/${back.number}`);
                assert.match(plain(seen.text), /When you agree to it, your request for the money back is settled/);
                assert.match((await back.browser.submit(seen, /\/answers$/, {})).to, /agreed/);
                assert.deepEqual(here.rows(`SELECT w.status, w.decided_by IS NOT NULL AS by_staff, t.status AS task FROM withdrawals w JOIN tasks t ON t.kind = 'withdrawal' AND t.object_id = w.id WHERE w.id = ${request.id}`), [{ status: 'planned', by_staff: true, task: 'done' }]);
                assert.match(plain((await back.browser.go(`/orders/${back.number}`)).text), /Settled by a plan/);
                assert.equal(dues(back.number).length, 6);
        });

        test('S1.7 each part of a rule acts: on what the page says, and in the database', async () => {
                const who = await buyer();
                const [first] = dues(who.number);
                const later = (days) => here.sql(`SELECT '${first.day}'::date + ${days}`);
                const move = `need=time&to=${later(10)}`;
                const agree = async (query) => (await who.browser.submit(await who.browser.go(`/plans/${who.number}/check?${query}`), /\/changes$/, {})).to;
                const back = async () => { if (/take it back/i.test((await who.browser.go(`/plans/${who.number}`)).text)) await who.browser.submit(await who.browser.go(`/plans/${who.number}`), /\/answers$/, {}); };
                for (const [changes, query, words, why] of [
                        [{ deposit_percent: 30 }, move, /Only a small part of the price is paid so far/, 'deposit'],
                        [{ smallest: `'{"EUR": 2500}'` }, 'need=smaller&parts=4', /smaller than our rules allow/, 'small'],
                        [{ count_most: 4 }, 'need=smaller&parts=4', /more payments than our rules allow/, 'count'],
                        [{ longest_months: 3, later_days: 700 }, 'need=skip', /run longer than our rules allow/, 'long'],
                        [{ later_days: 9 }, move, /come later than our rules allow/, 'late'],
                        [{ changes_most: 0 }, move, /changed as often as our rules allow/, 'changes'],
                ]) {
                        ruled();
                        assert.equal(await verdict(who, query), 'fits', `${query} within the wide rule`);
                        ruled(changes);
                        assert.match(await verdict(who, query), words, query);
                        assert.match(await agree(query), /sent/);
                        assert.deepEqual([newest(who.number).why, newest(who.number).status], [why, 'with_staff']);
                        await back();
                }
                // The edge of each is within it.
                ruled({ deposit_percent: 25, smallest: `'{"EUR": 2250}'`, count_most: 5, later_days: 90, longest_months: 6 });
                assert.equal(await verdict(who, 'need=smaller&parts=4'), 'fits');
                // Fee: a part of what is agreed.
                ruled({ fee: `'{"EUR": 150}'` });
                assert.match(plain((await who.browser.go(`/plans/${who.number}/check?${move}`)).text), /1\.50.EUR.*In all 91\.50.EUR/s);
                assert.match(await agree(move), /agreed/);
                assert.deepEqual([newest(who.number).fee_minor, dues(who.number).reduce((n, due) => n + due.minor, 0)], [150, 9150]);
                // Spacing: from the last change on.
                ruled({ changes_days: 5 });
                assert.match(await verdict(who, `need=time&to=${later(12)}`), /last change was only a short while ago/);
                assert.match(await agree(`need=time&to=${later(12)}`), /sent/);
                assert.equal(newest(who.number).why, 'spacing');
                // Grace: by how long it is overdue.
                const late = await buyer();
                behind(late.number, 4);
                ruled({ grace_days: 4 });
                assert.equal(await verdict(late, `need=time&to=${day(3)}`), 'fits');
                ruled({ grace_days: 3 });
                assert.match(await verdict(late, `need=time&to=${day(3)}`), /open for a while/);
                assert.match((await late.browser.submit(await late.browser.go(`/plans/${late.number}/check?need=time&to=${day(3)}`), /\/changes$/, {})).to, /sent/);
                assert.equal(newest(late.number).why, 'overdue');
                await late.browser.submit(await late.browser.go(`/plans/${late.number}`), /\/answers$/, {});
                // Who decides.
                ruled({ changes_most: 0, approver: "'finance'" });
                assert.match((await late.browser.submit(await late.browser.go(`/plans/${late.number}/check?need=time&to=${day(3)}`), /\/changes$/, {})).to, /sent/);
                const request = await support.go(`/admin/plans/requests/${newest(late.number).number}`);
                assert.match(plain(request.text), /Its rule wants this role or a higher one to decide/);
                assert.equal(here.sql(`SELECT role FROM tasks t JOIN amendments a ON t.object = 'amendment' AND t.object_id = a.id WHERE a.number = ${quote(newest(late.number).number)}`), 'finance');
                ruled();
        });

        test('the law\'s limits stop publishing in each region until the owner signs', async () => {
                for (const [region, within, across, code] of [['EU', { later: '50' }, { later: '51' }, 'eu_days'], ['EU', {}, { fee: '0.01 EUR' }, 'eu_free'], ['UK', { count: '12', months: '12' }, { count: '13' }, 'uk_count'],
                        ['UK', {}, { months: '13' }, 'uk_months'], ['US', { count: '4' }, { count: '5' }, 'us_count'], ['US', {}, { fee: '1.00 USD' }, 'us_free']]) {
                        const general = here.sql(`SELECT id FROM rule_versions WHERE product_id IS NULL AND region = '' AND superseded_at IS NULL`);
                        const base = { product: slug, region, count: '3', months: '6', later: '10', fee: '', ...within };
                        const from = live(region)?.id ?? general;
                        const page = await owner.go(`/admin/plans/rules/${from}`);
                        const said = await owner.submit(page, /\/rules\/\d+$/, { ...base, ...across });
                        assert.equal(said.status, 422, code);
                        assert.match(plain(said.text), /The law draws a line here.*Nothing was published/s);
                        assert.equal(live(region)?.id ?? general, from);
                        assert.match((await owner.submit(page, /\/rules\/\d+$/, { ...base, ...across, signed_name: 'Ada', signed_reason: 'Counsel said so' })).to, /published/);
                        assert.deepEqual(live(region).breaks, [code]);
                        assert.match((await owner.submit(await owner.go(`/admin/plans/rules/${live(region).id}`), /\/rules\/\d+$/, { ...base, signed_name: '', signed_reason: '' })).to, /published/);
                        assert.deepEqual(live(region).breaks, []);
                }
                ruled();
        });

        test('an edited rule shows whom it would touch before it is published: the options of their own page, and requests; taking it back does too', async () => {
                ruled({ later_days: 45 });
                const [who, asks] = [await buyer({ name: 'Zora Trial' }), await buyer({ name: 'Yuri Trial' })];
                const last = dues(asks.number).at(-1);
                await asks.browser.submit(await asks.browser.go(`/plans/${asks.number}/check?need=time&row=4&to=${here.sql(`SELECT '${last.day}'::date + 49`)}`), /\/changes$/, {});
                assert.equal(newest(asks.number).why, 'late');
                const titles = async () => [...(await who.browser.go(`/plans/${who.number}/change?need=pause`)).text.matchAll(/Holds at once/g)].length;
                const rule = live();
                const page = await owner.go(`/admin/plans/rules/${rule.id}`);
                const trial = (fields) => owner.go(`/admin/plans/rules/${rule.id}/trials`, { form: { ...formOf(page, /\/rules\/\d+$/).fields, ...fields } });
                const count = Number(here.sql(`SELECT count(*) FROM agreements g JOIN orders o ON o.id = g.order_id WHERE rule_of(o.id) = ${rule.id} AND g.status = 'live' AND g.kind = 'instalments'`));
                const versions = here.sql('SELECT count(*) FROM rule_versions');
                const before = await titles();
                const none = await trial({ approver: 'finance' });
                assert.match(plain(none.text), new RegExp(`No customer of its ${count} live plans could choose more or less`));
                const less = await trial({ later: '5' });
                assert.equal(less.status, 200);
                assert.match(plain(less.text), new RegExp(`What it would touch \\d+ of ${count} live plans, of \\d+ customers`));
                assert.match(row(less.text, `<a href="/admin/customers/\\d+">Zora Trial`), /More time for one payment.*A pause \(\d+ ways\) nothing$/);
                assert.match(less.text, /name="later"[^>]*value="5"/);
                // The term ends with the last payment: that one could come no later, the others could.
                assert.match(row((await trial({ later: '45', months: '3' })).text, `<a href="/admin/customers/\\d+">Zora Trial`), /More time for one payment · [^]*A pause/);
                // The list goes on behind the last one of a page.
                const rest = await trial({ later: '5', after: agreement(who.number) });
                assert.doesNotMatch(rest.text, />Zora Trial</);
                assert.match(rest.text, />Yuri Trial</);
                const more = await trial({ later: '50' });
                assert.match(plain(more.text), /Yuri Trial asked Today [\d:]+ It would have held at once/);
                const dear = await trial({ fee: '2.00 EUR' });
                assert.match(row(dear.text, `<a href="/admin/customers/\\d+">Zora Trial`), /A change costs 2\.00.EUR instead of 0\.00.EUR/);
                assert.equal((await trial({ later: '731' })).status, 422);
                assert.equal(here.sql('SELECT count(*) FROM rule_versions'), versions, 'nothing is kept');
                // What it says is what the customer's page does afterwards.
                const lost = Number(/A pause \((\d+) way/.exec(row((await trial({ later: '20' })).text, `<a href="/admin/customers/\\d+">Zora Trial`))?.[1] ?? 0);
                assert.match((await owner.submit(page, /\/rules\/\d+$/, { later: '20' })).to, /published/);
                const after = await titles();
                assert.ok(lost > 0 && before > after, `${before} ${after} ${lost}`);
                // Taken back: the rule for any product, which gives the EU's 50 days.
                const now = live();
                const take = await owner.go(`/admin/plans/rules/${now.id}/withdraw`);
                assert.match(row(take.text, `<a href="/admin/customers/\\d+">Zora Trial`), /nothing .*A pause/);
                const taken = await Promise.all(Array.from({ length: 50 }, () => owner.submit(take, /\/withdrawals$/, {})));
                assert.deepEqual([...new Set(taken.map((one) => one.to.split('=')[1]))].sort(), ['gone', 'withdrawn']);
                assert.equal(live(), undefined);
                assert.equal(here.sql(`SELECT count(*) FROM audit WHERE action = 'rule.withdrawn' AND object_id = ${now.id}`), '1');
                assert.equal(here.sql(`SELECT r.product_id IS NULL AND r.region = 'EU' FROM rule_versions r WHERE r.id = rule_of((SELECT id FROM orders WHERE number = ${quote(who.number)}))`), 't');
                // The rule that a request names is kept, and decides about it still.
                assert.throws(() => here.sql(`DELETE FROM rule_versions WHERE id = ${newest(asks.number).rule_id}`), /superseded, never changed or deleted/);
                assert.match((await support.submit(await support.go(`/admin/plans/requests/${newest(asks.number).number}`), /\/approvals$/, {})).to, /approved/);
                // Not the general one, and not by others.
                const general = here.sql(`SELECT id FROM rule_versions WHERE product_id IS NULL AND region = 'EU' AND superseded_at IS NULL`);
                assert.equal((await owner.go(`/admin/plans/rules/${general}/withdrawals`, { form: formOf(take, /withdrawals$/).fields })).status, 404);
                assert.equal((await support.go(`/admin/plans/rules/${general}/withdraw`)).status, 403);
                ruled();
        });

        test('two owners publish at once: one wins, the other is told by whom, and loses nothing that was typed', async () => {
                const other = await staffBrowser(here, 'owner');
                const pages = [await owner.go(`/admin/plans/rules/${live().id}`), await other.go(`/admin/plans/rules/${live().id}`)];
                const said = await Promise.all([owner.submit(pages[0], /\/rules\/\d+$/, { spacing: '11' }), other.submit(pages[1], /\/rules\/\d+$/, { spacing: '12' })]);
                assert.deepEqual(said.map((one) => one.status).sort(), [303, 409]);
                const lost = said.find((one) => one.status === 409);
                assert.match(plain(lost.text), new RegExp(`Version \\d+ was published by ${lost === said[0] ? other.name : owner.name}.*Nothing of yours was published`));
                assert.match(/<input[^>]*name="spacing"[^>]*>/.exec(lost.text)[0], new RegExp(`value="${lost === said[0] ? 11 : 12}"`));
        });

        test('S1.7 whether promises were kept, by the version that they were made under; few are too few to tell', async () => {
                const rule = ruled({ count_most: 40, longest_months: 60, later_days: 730 });
                const who = await buyer();
                const agreed = await who.browser.submit(await who.browser.go(`/plans/${who.number}/check?need=smaller&parts=24`), /\/changes$/, {});
                assert.match(agreed.to, /agreed/);
                const g = agreement(who.number);
                const shown = async () => row((await owner.go('/admin/plans/rules')).text, `<a href="/admin/plans/rules/${rule}">[^<]*, version`);
                assert.match(await shown(), /1 0 – – – too few to tell/);
                // A month behind is late, a day more has defaulted, as what is written off has.
                const set = (n, what) => here.sql(`UPDATE dues SET ${what} WHERE id = (SELECT id FROM dues WHERE agreement_id = ${g} AND agreement_version = 2 ORDER BY seq LIMIT 1 OFFSET ${n})`);
                set(0, "due_on = (app_now() AT TIME ZONE 'UTC')::date - 30");
                set(1, "due_on = (app_now() AT TIME ZONE 'UTC')::date - 31");
                assert.match(await shown(), /1 2 0 of 2 1 of 2 1 of 2 too few/);
                set(2, "status = 'written_off'");
                set(3, "status = 'forgiven'");
                assert.match(await shown(), /1 3 0 of 3 1 of 3 2 of 3 too few/);
                // Moved once more: what was behind was not kept, whatever comes then; what was to come counts for neither.
                here.sql(`SELECT agreement_version_make(${g}, array_agg(CURRENT_DATE + 10 * n::integer ORDER BY n), array_agg(amount_minor ORDER BY n), 'moved', NULL, 'A test.', '', NULL, NULL)
                        FROM (SELECT amount_minor, row_number() OVER (ORDER BY due_on) AS n FROM dues WHERE agreement_id = ${g} AND status = 'open' AND paid_minor = 0) d`);
                assert.match(await shown(), /1 3 0 of 3 2 of 3 1 of 3 too few/);
                // Paid before its day is kept; paid after it is late.
                await who.browser.submit(await who.browser.go(`/plans/${who.number}/early`), /\/early$/, { count: '1' });
                await becomes(here, `(SELECT count(*) FROM dues WHERE agreement_id = ${g} AND status = 'paid') = 2`);
                assert.match(await shown(), /1 4 1 of 4 2 of 4 1 of 4 too few/);
                here.sql(`UPDATE dues SET due_on = due_on - 1 WHERE agreement_id = ${g} AND status = 'paid' AND agreement_version > 2`);
                assert.match(await shown(), /1 4 0 of 4 3 of 4 1 of 4 too few/);
                // With twenty it is a share, with how sure it is.
                here.sql(`UPDATE dues SET due_on = (app_now() AT TIME ZONE 'UTC')::date - 50 WHERE id IN (SELECT id FROM dues WHERE agreement_id = ${g} AND status = 'open' ORDER BY seq LIMIT 16)`);
                assert.match(await shown(), /1 20 0 % \(0 to 16\) 15 % \(5 to 36\) 85 % \(64 to 95\)$/);
                const page = plain((await owner.go('/admin/plans/rules')).text);
                assert.match(page, /Kept : paid by the end of its day, where the customer lives.*Late : paid after its day.*Defaulted : not paid for more than 30 days, or written off/);
                here.sql(`UPDATE dues d SET due_on = r.due_on FROM agreement_rows r WHERE r.agreement_id = d.agreement_id AND r.version = d.agreement_version AND r.seq = d.seq AND d.agreement_id = ${g}`);
                assert.equal(here.sql(`SELECT count(*) FROM agreement_replay(${g})`), '0', 'the books are as they were');
        });
});
