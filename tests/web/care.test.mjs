// Staff and failed payments: the list, the case, calls, letters, what is settled, the cause; the
// rating of the day after; the report of causes and what was changed (S1.1, S1.10 to S1.13); by a
// product of its own, because its clock moves.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { startFailing } from './lib/failing.mjs';
import { quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes, idle } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { staffBrowser } from './lib/staff.mjs';

let own;

const pathOf = (made) => `/admin/cases/${made.case.id}`;
const now = (made) => own.one(`SELECT c.*, d.status AS due_status FROM cases c JOIN dues d ON d.id = c.due_id WHERE c.id = ${made.case.id}`);
const tasks = (made, kind) => own.rows(`SELECT * FROM tasks WHERE kind = ${quote(kind)} AND object = 'case' AND object_id = ${made.case.id} ORDER BY id`);
const audits = (made) => own.rows(`SELECT action FROM audit WHERE object = 'case' AND object_id = ${made.case.id} ORDER BY id`).map((row) => row.action);
const attempts = (made) => own.rows(`SELECT id, status, planned_at, on_session, why, class FROM attempts WHERE due_id = ${made.case.due_id} ORDER BY id`);
const calm = () => becomes(own, idle('case', 'case_plan', 'charge', 'mail', 'gateway_fetch', 'payment_detail'));

/** A form of the case's page, sent; the page that comes of it. */
async function act(staff, made, form, fields = {}) {
        const page = await staff.go(pathOf(made));
        assert.equal(page.status, 200, heading(page.text));
        const answer = await staff.submit(page, new RegExp(`/${form}$`), fields);
        return answer.status === 303 ? staff.go(answer.headers.get('location')) : answer;
}

describe('staff and failed payments', () => {
        before(async () => {
                own = await startFailing();
                own.advance('1h');
        });
        after(async () => {
                await own?.end();
        });

        test('S1.10 a case stands on the list with its money, its reason, its next step and whoever looks after it', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                const sara = await staffBrowser(own, 'support'), otto = await staffBrowser(own, 'support');
                const home = await sara.go('/admin/');
                assert.match(home.text, /<a href="\/admin\/cases"><strong>1<\/strong> failed payment<\/a>/);
                const list = await sara.go('/admin/cases');
                const words = plain(list.text);
                assert.match(words, /At risk in EUR 49\.00 EUR in 1 case/);
                assert.match(words, /Not enough money/);
                assert.match(words, /49\.00 EUR [\d.]+ \w+ since Today \d/);
                assert.match(words, /We try again/);
                assert.ok(words.includes(made.case.next_why), 'why then stands beside it');
                assert.match(words, /nobody/);

                assert.match(plain((await act(sara, made, 'takings')).text), /It is yours now/);
                assert.match(plain((await sara.go('/admin/cases?owner=me')).text), /The slow course/);
                assert.match(plain((await otto.go('/admin/cases?owner=me')).text), /No case fits/);
                assert.match(plain((await otto.go('/admin/cases?owner=none')).text), /No case fits/);
                const id = own.sql(`SELECT id FROM staff WHERE email = ${quote(otto.email)}`);
                assert.match(plain((await act(sara, made, 'owners', { owner: id })).text), /Handed over/);
                assert.match(plain((await otto.go('/admin/cases?owner=me')).text), /The slow course/);
                for (const [query, fits] of [['state=waiting', false], ['state=open', true], ['class=bank', false], ['class=soft_funds', true], ['least=49', true],
                        ['least=50', false], ['state=all', true], ['state=all&recovered=yes', false], ['state=all&recovered=no', true], ['state=closed', false]])
                        assert.equal(plain((await sara.go(`/admin/cases?${query}`)).text).includes('The slow course'), fits, query);
                assert.equal((await sara.go('/admin/cases?after=x')).status, 400);
                assert.deepEqual(audits(made), ['case.taken', 'case.handed']);

                const page = await sara.go(pathOf(made));
                const said = plain(page.text);
                assert.match(said, /49\.00 EUR at risk/);
                assert.match(said, /Not enough money on the account/);
                assert.match(said, /Mail “[^”]*The slow course[^”]*”: Sent/);
                assert.match(said, /To come: an attempt of 49\.00 EUR/);
                assert.match(said, /Nothing new opens from/);
                assert.doesNotMatch(said, /soft_funds|insufficient_funds|\d{4}-\d\d-\d\dT/);

                const viewer = await staffBrowser(own, 'viewer');
                const seen = await viewer.go(pathOf(made));
                assert.equal(seen.status, 200);
                assert.doesNotMatch(seen.text, /action="\/admin\/cases/);
                assert.equal((await viewer.go(`${pathOf(made)}/takings`, { form: {} })).status, 403);
                // From the case to a plan that can be kept (S1.6); not for who only looks.
                const way = `/admin/plans/${made.number}/offer`;
                assert.ok(page.text.includes(`href="${way}"`));
                assert.match(plain((await sara.go(way)).text), /Another schedule for .* 98\.00 EUR open/);
                assert.ok(!seen.text.includes(way));
                assert.equal((await sara.go('/admin/cases/999999999')).status, 404);
        });

        test('S1.1 above the set amount a failure is a call at once, and once; settled, it is off the list', async () => {
                own.setting('recovery', 'call_above', '49.00 EUR, 10000 JPY');
                await own.reload('worker');
                await becomes(own, "(SELECT amount_minor FROM call_limits WHERE currency = 'EUR') = 4900");
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                const [task, ...more] = tasks(made, 'call');
                assert.equal(more.length, 0);
                assert.deepEqual([task.status, task.role], ['open', 'support']);
                assert.match(task.title, /49\.00 EUR/);
                assert.equal(own.sql(`SELECT t.created_at = c.opened_at FROM tasks t JOIN cases c ON c.id = t.object_id WHERE t.id = ${task.id}`), 't', 'in the transaction that booked it');
                const sara = await staffBrowser(own, 'support');
                const page = await sara.go(`/admin/tasks/${task.id}`);
                assert.match(page.text, new RegExp(`href="${pathOf(made)}"`));
                await own.change(made, 'pm_card_visa');
                await act(sara, made, 'retries', { act: 'now', why: 'They said that it works again' });
                await becomes(own, `(SELECT status FROM cases WHERE id = ${made.case.id}) = 'resolved'`);
                assert.equal(tasks(made, 'call')[0].status, 'dropped');
                own.setting('recovery', 'call_above', undefined);
                await own.reload('worker');
                await becomes(own, "(SELECT amount_minor FROM call_limits WHERE currency = 'EUR') = 50000");
                const small = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                assert.deepEqual(tasks(small, 'call'), []);
        });

        test('S1.10 calls, notes and a personal mail stand in the case; the next call is a task; fifty times is once', async () => {
                const made = await own.failed('pm_card_chargeCustomerFail');
                const sara = await staffBrowser(own, 'support');
                const wrong = await act(sara, made, 'calls', { outcome: '', next_time: '25:00' });
                assert.equal(wrong.status, 422);
                assert.match(plain(wrong.text), /Say what came of the call/);
                assert.match(plain(wrong.text), /Say on which day/);
                const past = await act(sara, made, 'calls', { outcome: 'no_answer', next_on: '2020-01-01', call_note: 'rang for long' });
                assert.match(plain(past.text), /This time is over/);
                assert.match(past.text, />rang for long<\/textarea>/);

                const page = await sara.go(pathOf(made));
                const day = own.sql("SELECT ((app_now() + interval '2 days') AT TIME ZONE 'UTC')::date");
                const answers = await Promise.all(Array.from({ length: 50 }, () => sara.submit(page, /\/calls$/,
                        { outcome: 'no_answer', call_note: 'Nobody there, the machine answered', next_on: day, next_time: '14:30' })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                assert.equal(own.sql(`SELECT count(*) FROM case_notes WHERE case_id = ${made.case.id}`), '1');
                const [task, ...more] = tasks(made, 'call');
                assert.equal(more.length, 0);
                assert.equal(task.status, 'open');
                await act(sara, made, 'calls', { outcome: 'reached', call_note: 'Will pay on Friday' });
                assert.deepEqual([tasks(made, 'call')[0].status, tasks(made, 'call')[0].outcome], ['done', 'Reached']);
                await act(sara, made, 'notes', { note: 'Speaks German <b>too</b>' });
                const said = plain((await sara.go(pathOf(made))).text);
                assert.match(said, new RegExp(`${sara.name} called: Nobody answered\\. Again .*14:30`));
                assert.match(said, /Will pay on Friday/);
                assert.match(said, /Speaks German <b>too<\/b>/);

                const write = await sara.go(pathOf(made));
                const letters = await Promise.all(Array.from({ length: 50 }, () => sara.submit(write, /\/letters$/, { subject: 'Your instalment', letter: 'Dear Ann,\n\nshall we find a day?' })));
                assert.deepEqual([...new Set(letters.map((answer) => answer.status))], [303]);
                const mail = await mailTo(own, made.email, /^Your instalment$/);
                await calm();
                assert.equal(mailsTo(own, made.email).filter((one) => one.subject === 'Your instalment').length, 1);
                assert.match(mail.text, /shall we find a day\?/);
                assert.match(mail.text, new RegExp(sara.name));
                assert.match(mail.headers.from, new RegExp(sara.name));
                assert.match(mail.headers['content-type'], /^text\/plain/);
                assert.match(mail.headers['reply-to'] ?? '', /@/);
                const link = /\/help\/link\/[\w-]{43}/.exec(mail.text)[0];
                const customer = new Browser(own.url);
                const talk = await customer.go(link);
                assert.match(plain(talk.text), /shall we find a day/);
                await customer.submit(talk, /replies$/, { text: 'Friday suits me' });
                assert.match(plain((await sara.go(pathOf(made))).text), /The customer wrote Friday suits me/);
                assert.match(plain((await sara.go('/admin/tickets')).text), /A payment that did not go through/);
        });

        test('S1.10 the playbook of its class stands beside it, and what is noted by it is kept', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                const sara = await staffBrowser(own, 'support');
                own.sql(`INSERT INTO articles (slug, kind, created_at) VALUES ('test-playbook', 'playbook', app_now());
                        INSERT INTO article_versions (article_id, version, title, summary, category, position, fields, body_md, published_at)
                        SELECT id, 1, 'When money is short', 's', 'c', 1, E'Payday\\nWhat suits: wait / plan / another card', 'Ask **kindly**.', app_now() FROM articles WHERE slug = 'test-playbook';
                        UPDATE articles SET version_id = (SELECT max(id) FROM article_versions) WHERE slug = 'test-playbook';
                        DELETE FROM article_answers WHERE kind = 'playbook' AND code IN ('insufficient_funds', 'soft_funds');
                        INSERT INTO article_answers SELECT 'playbook', 'soft_funds', id FROM articles WHERE slug = 'test-playbook'`);
                const page = await sara.go(pathOf(made));
                assert.match(page.text, /When money is short/);
                assert.match(page.text, /Ask <strong>kindly<\/strong>/);
                const kept = await act(sara, made, 'answers', { a1: 'The 25th, "as always"', a2: 'plan' });
                assert.match(plain(kept.text), /The answers are saved/);
                assert.match(kept.text, /value="The 25th, &quot;as always&quot;"/);
                assert.match(kept.text, /<option value="plan" selected>/);
                assert.deepEqual(own.rows(`SELECT label, answer FROM case_answers WHERE case_id = ${made.case.id} ORDER BY position`),
                        [{ label: 'Payday', answer: 'The 25th, "as always"' }, { label: 'What suits', answer: 'plan' }]);
                own.sql(`INSERT INTO article_versions (article_id, version, title, summary, category, position, fields, body_md, published_at)
                        SELECT id, 2, 'When money is short', 's', 'c', 1, 'Something else', 'Anew.', app_now() FROM articles WHERE slug = 'test-playbook';
                        UPDATE articles SET version_id = (SELECT max(id) FROM article_versions) WHERE slug = 'test-playbook'`);
                assert.match(plain((await sara.submit(page, /answers$/, { a1: 'late' })).headers.get('location')), /done=changed/);
                assert.match(plain((await sara.go(pathOf(made))).text), /Noted by earlier versions Payday The 25th/);
        });

        test('S1.10 staff stop the retries, plan them again, charge now, but never a card that is refused for good', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                const sara = await staffBrowser(own, 'support');
                assert.equal((await act(sara, made, 'retries', { act: 'stop' })).status, 422, 'why is asked for');
                assert.match(plain((await act(sara, made, 'retries', { act: 'stop', why: 'They asked us to wait' })).text), /Nothing is tried by itself any more/);
                assert.deepEqual(attempts(made).filter((a) => a.status === 'created'), []);
                own.sql("UPDATE schedules SET next_at = app_now() WHERE name = 'cases_scan'");
                await own.advance('2h');
                assert.equal(now(made).next_step, 'none', 'the janitor leaves it alone');
                assert.match(plain((await sara.go(pathOf(made))).text), /stopped the retries: They asked us to wait/);
                const lena = await staffBrowser(own, 'support');
                // What came of retries here counts once there are fifty of them, and staff read how many.
                own.sql("DELETE FROM retry_results WHERE class = 'soft_funds'");          // those of this hour
                own.sql("INSERT INTO retry_results (class, weekday, hour, tried, succeeded) SELECT 'soft_funds', d, 10, 10, d FROM generate_series(1, 7) d");
                await act(lena, made, 'retries', { act: 'plan' });
                await becomes(own, `(SELECT next_step FROM cases WHERE id = ${made.case.id}) = 'retry'`);
                assert.match(plain((await lena.go(pathOf(made))).text), /Learned from 7\d attempts of this kind here: \d of 10 on a \w+day and \d+ of \d+ at this hour went through/);
                assert.equal(attempts(made).filter((a) => a.status === 'created').length, 1);

                await own.change(made, 'pm_card_visa');
                const page = await lena.go(pathOf(made));
                const answers = await Promise.all(Array.from({ length: 50 }, () => lena.submit(page, /\/retries$/, { act: 'now', why: 'They said so on the phone' })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                await becomes(own, `(SELECT status FROM cases WHERE id = ${made.case.id}) = 'resolved'`);
                assert.equal(attempts(made).filter((a) => a.status === 'succeeded').length, 1);
                assert.match(attempts(made).find((a) => a.status === 'succeeded').why, /tried it now: They said so on the phone/);

                const lost = await own.failed('pm_card_visa_chargeDeclinedLostCard');
                const nina = await staffBrowser(own, 'support');
                assert.equal(lost.case.class, 'never_again');
                assert.match(plain((await act(nina, lost, 'retries', { act: 'now', why: 'Let us see' })).text), /It is not tried again/);
                assert.equal(attempts(lost).filter((a) => a.status !== 'failed').length, 0);
        });

        test('S1.5 a text with raw HTML and scripts is harmless', async () => {
                const sara = await staffBrowser(own, 'support');
                const page = await sara.go('/admin/messages/payment_failed_soft');
                const body = '<script>alert(1)</script>\n\n[here](javascript:alert(1)) <img src=x onerror=alert(1)> **kindly** {amount}';
                const shown = await sara.submit(page, /payment_failed_soft$/, { what: 'preview', subject: 'Hello <b>you</b>', body });
                assert.equal(shown.status, 200);
                assert.match(shown.text, /<strong>kindly<\/strong> 49\.00 EUR/);
                assert.doesNotMatch(shown.text, /<script>alert|href="javascript:|<img src=x|<b>you/);
        });

        test('S1.8 the payment link is sent again, and revoked', async () => {
                const made = await own.failed('pm_card_chargeCustomerFail');
                const sara = await staffBrowser(own, 'support');
                assert.match(plain((await act(sara, made, 'links', { act: 'send' })).text), /A new link to the payment page is on its way/);
                await until(() => own.failedMails(made).length === 2, 'a second mail');
                const link = /\/pay\/[\w-]{43}/.exec(own.failedMails(made)[1].text)[0];
                const stranger = new Browser(own.url);
                assert.match(heading((await stranger.go(link)).text), /did not go through/);
                assert.match(plain((await act(sara, made, 'links', { act: 'revoke' })).text), /No link that was sent opens/);
                assert.doesNotMatch(heading((await stranger.go(link)).text), /did not go through/);
                assert.match(plain((await act(sara, made, 'links', { act: 'send' })).text), /on its way/);
        });

        test('S1.10 finance forgives or writes off, support may not; forgiven is settled, written off is not paid for', async () => {
                const made = await own.failed('pm_card_chargeCustomerFail');
                const sara = await staffBrowser(own, 'support'), fred = await staffBrowser(own, 'finance');
                assert.doesNotMatch((await sara.go(pathOf(made))).text, /settlements/);
                const form = { csrf_token: 'x', how: 'forgiven', reason: 'no' };
                assert.equal((await sara.go(`${pathOf(made)}/settlements`, { form })).status, 403);
                const wrong = await act(fred, made, 'settlements', {});
                assert.equal(wrong.status, 422);
                assert.match(plain(wrong.text), /Choose one of the two/);
                const page = await fred.go(pathOf(made));
                const answers = await Promise.all(Array.from({ length: 50 }, () => fred.submit(page, /\/settlements$/, { how: 'forgiven', reason: 'Long ill' })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                assert.deepEqual([now(made).status, now(made).resolved_by, now(made).due_status], ['resolved', 'staff', 'forgiven']);
                assert.equal(audits(made).filter((action) => action === 'case.forgiven').length, 1);
                assert.doesNotMatch(heading((await new Browser(own.url).go(made.link)).text), /did not go through/);
                assert.match(plain((await fred.go(pathOf(made))).text), /forgave an amount: 49\.00 EUR Long ill/);
                assert.equal(own.sql(`SELECT count(*) FROM messages WHERE kind = 'case_thanks' AND object_id = ${made.case.id}`), '0', 'no thanks for a payment that was none');

                const bad = await own.failed('pm_card_chargeCustomerFail');
                const finn = await staffBrowser(own, 'finance');
                await act(finn, bad, 'settlements', { how: 'written_off', reason: 'Cannot be found' });
                assert.equal(now(bad).due_status, 'written_off');
                own.sql(`UPDATE dues SET status = 'forgiven' WHERE order_id = ${bad.case.order_id} AND status = 'open'`);
                assert.equal(own.sql(`SELECT count(*) FROM access WHERE order_id = ${bad.case.order_id} AND status = 'permanent'`), '0', 'nothing becomes permanent by it');
        });

        test('S1.13 a resolved case closes with a cause; what is owed does not; two weeks later it closes by itself', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                let sara = await staffBrowser(own, 'support');
                assert.doesNotMatch((await sara.go(pathOf(made))).text, /closings/);
                assert.equal(own.sql(`SELECT status FROM cases WHERE id = ${made.case.id}`), 'open');
                await own.change(made, 'pm_card_visa');
                await act(sara, made, 'retries', { act: 'now', why: 'Asked for' });
                await becomes(own, `(SELECT status FROM cases WHERE id = ${made.case.id}) = 'resolved'`);
                const page = await sara.go(pathOf(made));
                assert.match(page.text, /<option value="no_funds" selected>/, 'what the refusal speaks for');
                const done = await act(sara, made, 'closings', { cause: 'price', cause_note: 'Two courses at once' });
                assert.match(plain(done.text), /Closed, with its cause/);
                assert.match(plain(done.text), /Cause: Too much at once Two courses at once/);
                assert.deepEqual([now(made).status, now(made).cause], ['closed', 'price']);
                assert.equal((await sara.submit(page, /closings$/, { cause: 'nonsense' })).status, 404);

                const left = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                sara = await staffBrowser(own, 'support');
                await own.change(left, 'pm_card_visa');
                await act(sara, left, 'retries', { act: 'now', why: 'Asked for' });
                await becomes(own, `(SELECT status FROM cases WHERE id = ${left.case.id}) = 'resolved'`);
                await own.advance('16d');
                await becomes(own, `(SELECT status FROM cases WHERE id = ${left.case.id}) = 'closed'`);
                assert.deepEqual([now(left).cause, now(left).closed_by], ['no_funds', null]);
        });

        test('S1.11 S1.12 the day after comes a thank-you; its link rates by a button, changes, and a low rating is a task', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                const sara = await staffBrowser(own, 'support');
                await own.change(made, 'pm_card_visa');
                await act(sara, made, 'retries', { act: 'now', why: 'Asked for' });
                await becomes(own, `(SELECT status FROM cases WHERE id = ${made.case.id}) = 'resolved'`);
                const due = own.one(`SELECT j.run_at AT TIME ZONE due_zone(c.due_id) AS local, (c.resolved_at AT TIME ZONE due_zone(c.due_id))::date AS day
                        FROM messages m JOIN jobs j ON j.kind = 'mail' AND j.key = m.id::text JOIN cases c ON c.id = m.object_id WHERE m.kind = 'case_thanks' AND m.object_id = ${made.case.id}`);
                assert.match(due.local, /T10:00:00/);
                assert.equal(Date.parse(due.local.slice(0, 10)) - Date.parse(due.day), 86400000, 'on the next day');
                await own.noon(2);
                const mail = await mailTo(own, made.email, /How did we do/);
                assert.match(mail.text.replace(/\s+/g, ' '), /49\.00 EUR for The slow course/);
                const link = /\/rate\/[\w-]{43}/.exec(mail.text)[0];
                const customer = new Browser(own.url);
                const rating = () => own.rows(`SELECT score, words FROM ratings WHERE object_id = ${made.case.id}`);
                const page = await customer.go(link);
                assert.equal(page.status, 200);
                assert.match(page.headers.get('referrer-policy'), /no-referrer/);
                await Promise.all(Array.from({ length: 5 }, () => new Browser(own.url).go(link)));
                assert.deepEqual(rating(), [], 'opening the link rates nothing');
                const answers = await Promise.all(Array.from({ length: 50 }, () => customer.submit(page, new RegExp(`${link}$`), { score: '2' })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                assert.deepEqual(rating(), [{ score: 2, words: '' }]);
                assert.equal(tasks(made, 'rating').length, 1);
                assert.equal(tasks(made, 'rating')[0].role, 'support');
                const rated = await customer.go(link);
                assert.match(plain(rated.text), /Noted: Not good/);
                assert.equal((await customer.submit(rated, /words$/, { words: 'The bank never told me <why>' })).status, 303);
                assert.equal((await customer.submit(rated, /words$/, { words: 'x'.repeat(4001) })).status, 422);
                assert.equal((await customer.submit(rated, new RegExp(`${link}$`), { score: '9' })).status, 303);
                await customer.submit(rated, new RegExp(`${link}$`), { score: '5' });
                assert.deepEqual(rating(), [{ score: 5, words: 'The bank never told me <why>' }]);
                assert.match(plain((await (await staffBrowser(own, 'support')).go(pathOf(made))).text), /rated it 5 of 5 ?\. “The bank never told me <why>”/);
                assert.equal((await customer.go(`/rate/${'A'.repeat(43)}`)).status, 404);
                await own.advance('31d');
                assert.equal((await customer.go(link)).status, 410);
        });

        test('S1.13 causes by frequency and money, each figure with its rows; a change shows the share before and after', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                own.sql(`INSERT INTO cases (due_id, order_id, customer_id, currency, class, reason_code, status, opened_at, failed_at, resolved_at, resolved_by, closed_at, cause)
                        SELECT due_id, order_id, customer_id, currency, 'soft', '', 'closed', at, at, at + CASE WHEN paid THEN interval '3 days' ELSE interval '20 days' END, 'customer', at + interval '21 days', 'card_expired'
                        FROM cases c, (SELECT app_now() - interval '60 days' + n * interval '12 hours' AS at, n % 4 = 0 AS paid FROM generate_series(1, 40) n
                                       UNION ALL SELECT app_now() - interval '39 days' + n * interval '12 hours', n % 4 > 0 FROM generate_series(1, 40) n) s
                        WHERE c.id = ${made.case.id}`);
                const fred = await staffBrowser(own, 'finance');
                let page = await fred.go('/admin/reports/causes');
                assert.equal(page.status, 200);
                const row = /<tr><th scope="row">The card had expired<\/th>.*?<\/tr>/s.exec(page.text)[0];
                assert.match(plain(row), /The card had expired 80 \d+ % 3,920\.00 EUR 50 % \(39 to 61\)/);
                const link = /href="([^"]+)"/.exec(row)[1].replaceAll('&amp;', '&');
                assert.match(plain((await fred.go(link)).text), /50 cases on this page/);
                assert.match(plain((await fred.go('/admin/reports/causes?by=money')).text), /By money/);
                assert.match(page.text, /<svg[^>]*role="img"/);
                assert.match(page.text, /The weeks as a table/);

                const day = own.sql("SELECT ((app_now() - interval '39 days') AT TIME ZONE 'UTC')::date");
                const wrong = await fred.submit(page, /changes$/, { on: '', what: '' });
                assert.equal(wrong.status, 422);
                assert.match(plain(wrong.text), /Say what was changed/);
                const answers = await Promise.all(Array.from({ length: 50 }, () => fred.submit(page, /changes$/, { on: day, what: 'A friendlier text', against: 'card_expired' })));
                assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
                assert.equal(own.sql("SELECT count(*) FROM change_markers WHERE what = 'A friendlier text'"), '1');
                page = await fred.go('/admin/reports/causes');
                const marker = plain(/<tr><th scope="row" class="text"><div>A friendlier text.*?<\/tr>/s.exec(page.text)[0]);
                assert.match(marker, /25 % \(1\d to 4\d\)/);
                assert.match(marker, /75 % \([56]\d to 8\d\)/);
                assert.match(marker, /\+50 points \(\+2\d to \+6\d\) more is paid/);
                assert.match(page.text, /<g class="mark"><title>[^<]*: A friendlier text<\/title>/, 'it stands in the picture of the weeks');
                assert.match(page.text, /<desc id="shares-weeks-d">[^<]* Changes: 1, [^<]*: A friendlier text\.<\/desc>/, 'and in its words');
                assert.match(plain(/<ol class="small" aria-label="Changes in this picture.*?<\/ol>/s.exec(page.text)[0]), /A friendlier text 25 % \(1\d to 4\d\) before, 75 % \([56]\d to 8\d\) after/);
                assert.doesNotMatch((await fred.go('/admin/reports/causes?cause=no_funds')).text, /<g class="mark">/, 'not where another cause is looked at');
                const edit = await fred.go(/href="(\/admin\/reports\/causes\/changes\/\d+)"/.exec(page.text)[1]);
                assert.equal((await fred.submit(edit, /changes\/\d+$/, { what: 'A friendlier mail' })).status, 303);
                assert.equal((await fred.submit(edit, /changes\/\d+$/, { what: 'Another word' })).status, 409, 'somebody was faster');
                assert.match(plain((await fred.go('/admin/reports/causes')).text), /A friendlier mail/);
                const sara = await staffBrowser(own, 'support');
                assert.equal((await sara.go('/admin/reports/causes')).status, 403);
                for (const what of ['money', 'access', 'schema']) assert.deepEqual(own.ctl('check', what).items, [], what);
        });
});
