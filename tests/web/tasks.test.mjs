// Tasks, what waits for a person; and disputes: a task with the bank's deadline, the evidence
// that the log holds as a page and as a PDF, and the answer (issue point 10).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { becomes, buy, openLink } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';
import { staffBrowser, tokenOf } from './lib/staff.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

const stripe = here === null ? null : stripeFor(here.sandbox);
const faults = (...list) => control(here.sandbox, 'faults', list);
const calm = () => control(here.sandbox, 'faults', undefined, 'DELETE');
const act = async (name, object, more = {}) => {
        const said = await control(here.sandbox, 'acts', { act: name, object, ...more });
        assert.equal(said.status, 200, JSON.stringify(said));
        return said.object;
};

let count = 0;
/** A task of the test's own: its title is nobody else's. */
function open({ role = 'support', due = '2 days', kind = 'call', facts = '{"Phone": "+49 30 123456"}', period = '' } = {}) {
        const title = `Call about ${Date.now().toString(36)}-${process.pid}-${++count}`;
        const object = 1000000 + Math.floor(Math.random() * 1e9);
        const id = Number(here.sql(`SELECT task_open(${quote(kind)}, 'test', ${object}, ${quote(period)}, app_now() + interval ${quote(due)}, ${quote(role)}, ${quote(title)}, ${quote(facts)})`));
        return { id, title, object, kind };
}
const taskOf = (id) => here.rows(`SELECT t.status, t.outcome, s.email AS owner, b.email AS by FROM tasks t LEFT JOIN staff s ON s.id = t.owner_id LEFT JOIN staff b ON b.id = t.closed_by WHERE t.id = ${id}`)[0];
const openSay = async (staff, id, action, fields = {}) => staff.submit(await staff.go(`/admin/tasks/${id}`), new RegExp(`/tasks/${id}/${action}$`), fields);
/** Tests leave the lists as they were. */
const made = [];
const task = (more) => {
        const one = open(more);
        made.push(one.id);
        return one;
};

describe('a task', needs, () => {
        let sara, otto, owner;
        before(async () => {
                [sara, otto, owner] = [await staffBrowser(here, 'support'), await staffBrowser(here, 'support'), await staffBrowser(here, 'owner')];
        });
        after(() => here.sql(`UPDATE tasks SET status = 'dropped', outcome = 'The test is over', closed_at = app_now() WHERE id IN (${made.join(',')}) AND status IN ('open', 'claimed')`));

        test('is opened once for each kind, object and period', () => {
                const one = task();
                const again = here.sql(`SELECT task_open('call', 'test', ${one.object}, '', app_now(), 'support', 'Again') IS NULL`);
                assert.equal(again, 't');
                const later = Number(here.sql(`SELECT task_open('call', 'test', ${one.object}, '2', app_now(), 'support', 'Once more')`));
                made.push(later);
                assert.notEqual(later, one.id);
                assert.equal(taskOf(one.id).status, 'open');
        });

        test('stands on the list of its role with its day, the most urgent first', async () => {
                const late = task({ due: '-2 days' });
                const soon = task({ due: '2 days' });
                const now = task({ due: '1 second' });
                const money = task({ role: 'finance', due: '-3 days' });
                const list = plain((await sara.go('/admin/tasks')).text);
                for (const [one, words] of [[late, '2 days late'], [soon, 'in 2 days'], [now, '(late since )?today']])
                        assert.match(list, new RegExp(`${one.title} Call (· .*?)?${words}`), list);
                assert.ok(list.indexOf(late.title) < list.indexOf(soon.title));
                assert.ok(!list.includes(money.title), 'finance’s is not support’s');
                assert.ok(plain((await owner.go('/admin/tasks?role=finance')).text).includes(money.title));
                assert.ok(!plain((await owner.go('/admin/tasks?role=finance')).text).includes(late.title));
                assert.equal((await sara.go(`/admin/tasks/${money.id}`)).status, 404);
                assert.equal((await sara.go(`/admin/tasks/${money.id}/claims`, { form: { csrf_token: await tokenOf(sara) } })).status, 404);
                const home = plain((await sara.go('/admin/')).text);
                assert.match(home, new RegExp(`Needs you now.*${late.title}.*2 days late`));
                const viewer = await staffBrowser(here, 'viewer');
                assert.equal((await viewer.go('/admin/tasks')).status, 403);
        });

        test('is claimed by one of two who click at once; the other is told', async () => {
                const one = task();
                const pages = [await sara.go(`/admin/tasks/${one.id}`), await otto.go(`/admin/tasks/${one.id}`)];
                assert.match(plain(pages[0].text), /Phone \+49 30 123456/);
                const answers = await Promise.all([sara.submit(pages[0], /claims$/), otto.submit(pages[1], /claims$/)]);
                assert.deepEqual(answers.map((a) => /said=(\w+)/.exec(a.to)[1]).sort(), ['claimed', 'taken']);
                const [winner, loser] = /claimed/.test(answers[0].to) ? [sara, otto] : [otto, sara];
                assert.equal(taskOf(one.id).owner, winner.email);
                const shown = await loser.go(`/admin/tasks/${one.id}`);
                assert.match(plain(shown.text), /A colleague has it/);
                const rude = await loser.go(`/admin/tasks/${one.id}/outcomes`, { form: { csrf_token: await tokenOf(loser), outcome: 'mine' } });
                assert.match(rude.to, /said=taken/);
                assert.ok(plain((await winner.go('/admin/tasks?mine=1')).text).includes(one.title));
                assert.ok(!plain((await loser.go('/admin/tasks?mine=1')).text).includes(one.title));
                assert.ok(!plain((await loser.go('/admin/')).text).includes(one.title), 'what a colleague does needs nobody else');
                assert.match((await openSay(winner, one.id, 'releases')).to, /said=released/);
                assert.equal(taskOf(one.id).status, 'open');
                assert.match((await openSay(loser, one.id, 'claims')).to, /said=claimed/);
        });

        test('ends with what came of it, or dropped with a reason; once, however often it is sent', async () => {
                const [done, dropped] = [task(), task()];
                const page = await sara.go(`/admin/tasks/${done.id}`);
                const empty = await sara.submit(page, /outcomes$/, { outcome: ' ' });
                assert.deepEqual([empty.status, /Say what came of it/.test(plain(empty.text))], [422, true]);
                const answers = await Promise.all(Array.from({ length: 50 }, () => sara.submit(page, /outcomes$/, { outcome: 'She pays on Friday' })));
                assert.deepEqual(answers.map((a) => /said=(\w+)/.exec(a.to)[1]).sort().slice(0, 2), ['done', 'over']);
                assert.deepEqual(taskOf(done.id), { status: 'done', outcome: 'She pays on Friday', owner: sara.email, by: sara.email });
                assert.equal((await openSay(sara, dropped.id, 'drops', { why: '' })).status, 422);
                assert.match((await openSay(sara, dropped.id, 'drops', { why: 'It paid meanwhile' })).to, /said=dropped/);
                assert.match(plain((await sara.go('/admin/tasks?status=done')).text), new RegExp(`${done.title}.*you Done She pays on Friday`));
                assert.match(plain((await sara.go('/admin/tasks?status=dropped&mine=1')).text), new RegExp(`${dropped.title}.*It paid meanwhile`));
                assert.deepEqual(here.rows(`SELECT action, facts ->> 'reason' AS reason FROM audit WHERE (facts ->> 'task')::bigint IN (${done.id}, ${dropped.id}) ORDER BY id`),
                        [{ action: 'task.done', reason: 'She pays on Friday' }, { action: 'task.drop', reason: 'It paid meanwhile' }]);
                assert.deepEqual(here.rows(`SELECT was, status FROM moves WHERE machine = 'task' AND object_id = ${done.id} ORDER BY id`),
                        [{ was: 'open', status: 'claimed' }, { was: 'claimed', status: 'done' }]);
        });

        test('that settles by itself leaves the list', async () => {
                const one = task();
                here.sql(`SELECT task_settle('call', 'test', ${one.object}, '', 'done', 'It was paid.')`);
                assert.ok(!plain((await sara.go('/admin/tasks')).text).includes(one.title));
                assert.match(plain((await sara.go(`/admin/tasks/${one.id}`)).text), /Done.*It was paid\./);
                assert.match((await sara.go(`/admin/tasks/${one.id}/claims`, { form: { csrf_token: await tokenOf(sara) } })).to, /said=over/);
        });

        test('is on a page of 50, and none is lost between two pages', async () => {
                const ids = Array.from({ length: 55 }, (_, i) => task({ role: 'finance', due: `${1000 + i} days` }));
                const finance = await staffBrowser(here, 'finance');
                const seen = new Set();
                for (let to = '/admin/tasks', pages = 0; to !== null && pages < 100; pages++) {
                        const page = await finance.go(to);
                        for (const [, id] of page.text.matchAll(/href="\/admin\/tasks\/(\d+)"/g)) seen.add(Number(id));
                        to = /rel="next" href="([^"]+)"/.exec(page.text)?.[1].replaceAll('&amp;', '&') ?? null;
                }
                assert.deepEqual(ids.filter((one) => !seen.has(one.id)), []);
                for (const wrong of ['/admin/tasks?after=x', '/admin/tasks?role=king', '/admin/tasks?status=gone'])
                        assert.equal((await finance.go(wrong)).status, 400, wrong);
        });
});

describe('a dispute', needs, () => {
        let bought, dispute, id, finance, taskId;
        const row = () => here.rows(`SELECT d.status, d.answer_sent_at IS NOT NULL AS sent, d.answer_fault AS fault FROM disputes d WHERE d.id = ${id}`)[0];
        before(async () => {
                finance = await staffBrowser(here, 'finance');
                bought = await buy(here);
                const browser = await openLink(here, (await mailTo(here, bought.email, /You have access: Light/)).link);
                await browser.go('/programs/light-and-lens');
                await mailTo(here, bought.email, /Payment received/);
                dispute = await act('dispute', bought.session, { reason: 'fraudulent' });
                await becomes(here, `SELECT EXISTS (SELECT FROM disputes WHERE gateway_ref = ${quote(dispute.id)})`);
                id = Number(here.sql(`SELECT id FROM disputes WHERE gateway_ref = ${quote(dispute.id)}`));
                taskId = Number(here.sql(`SELECT id FROM tasks WHERE kind = 'dispute' AND object = 'dispute' AND object_id = ${id}`));
        });
        after(calm);

        test('opens a task for finance with the bank’s deadline (point 10)', async () => {
                const [task] = here.rows(`SELECT t.role, t.status, t.title, t.due_at = d.due_by AS same FROM tasks t JOIN disputes d ON d.id = t.object_id WHERE t.id = ${taskId}`);
                assert.deepEqual(task, { role: 'finance', status: 'open', title: `Answer the dispute of order ${bought.number}`, same: true });
                const page = await finance.go(`/admin/tasks/${taskId}`);
                assert.match(plain(page.text), /in [89] days/);
                assert.match(page.text, new RegExp(`href="/admin/disputes/${id}"`));
                const list = plain((await finance.go('/admin/disputes?status=open')).text);
                assert.match(list, new RegExp(`${bought.number}.*The cardholder says it was not them.*in [89] days.*149\\.00 EUR`));
                assert.match(plain((await finance.go('/admin/')).text), new RegExp(`Answer the dispute of order ${bought.number}|All tasks`));
                assert.match((await finance.go(`/admin/orders/${bought.number}`)).text, new RegExp(`href="/admin/disputes/${id}"`));
        });

        test('shows what the log holds, and what to do (point 10)', async () => {
                const text = plain((await finance.go(`/admin/disputes/${id}`)).text);
                for (const part of ['Agreed to the terms of sale', 'Agreed that it begins at once', 'Logged in: by link', 'Opened what they bought', 'Mail: You have access: Light & Lens',
                        'Mail: Payment received: Light & Lens', 'Receipt issued', 'Show that it was them', 'node', bought.email, '149.00 EUR', 'in 9 days', 'parts opened'])
                        assert.ok(text.includes(part), `${part} in ${text}`);
                assert.match(text, /has been open to them since/, 'a draft of the answer');
        });

        test('all of it is a PDF as well (point 10)', async () => {
                const answer = await finance.go(`/admin/disputes/${id}/packet.pdf`);
                assert.equal(answer.headers.get('content-type'), 'application/pdf');
                assert.match(answer.headers.get('content-disposition'), new RegExp(`dispute-${bought.number}\\.pdf`));
                const text = execFileSync('pdftotext', ['-layout', '-', '-'], { input: answer.body, encoding: 'utf8' }).replace(/[\s\u00a0\u202f]+/g, ' ');
                for (const part of [bought.number, dispute.id, 'Agreed to the terms', 'Opened what they bought', 'Mail: You have access', '149.00 EUR', 'Page 1 of'])
                        assert.ok(text.includes(part), `${part} in ${text}`);
        });

        test('is for staff alone', async () => {
                const support = await staffBrowser(here, 'support');
                const page = await support.go(`/admin/disputes/${id}`);
                assert.equal(page.status, 200);
                assert.doesNotMatch(page.text, /\/answers"/, 'support reads it');
                assert.equal((await support.go(`/admin/disputes/${id}/answers`, { form: { csrf_token: await tokenOf(support), answer: 'x', sure: '1', nonce: 'x'.repeat(43) } })).status, 403);
                assert.equal((await finance.go('/admin/disputes/999999999')).status, 404);
                assert.equal((await finance.go('/admin/disputes/999999999/packet.pdf')).status, 404);
        });

        test('is answered once, when the gateway fails too, and its task is done (point 10, safety rules 4 and 5)', async () => {
                const page = await finance.go(`/admin/disputes/${id}`);
                const unsure = await finance.submit(page, /answers$/, { answer: 'It was them.' });
                assert.deepEqual([unsure.status, /an answer can be given once/.test(plain(unsure.text)), /It was them\./.test(unsure.text)], [422, true, true]);
                const empty = await finance.submit(page, /answers$/, { answer: '', sure: '1' });
                assert.match(plain(empty.text), /Write what the bank is to read/);
                await faults({ match: `POST /v1/disputes/${dispute.id}`, kind: 'error_after_commit', times: 1 });
                const answers = await Promise.all(Array.from({ length: 20 }, () => finance.submit(page, /answers$/, { answer: 'It was them: see the log.', sure: '1' })));
                assert.deepEqual([...new Set(answers.map((a) => /done=(\w+)/.exec(a.to)[1]))].sort(), ['asked', 'known']);
                await until(() => row().status === 'answered' && row().sent, 'the bank has it');
                await calm();
                assert.deepEqual(row(), { status: 'answered', sent: true, fault: '' });
                const there = await stripe.disputes.retrieve(dispute.id);
                assert.deepEqual([there.status, there.evidence_details.submission_count, there.evidence.uncategorized_text], ['under_review', 1, 'It was them: see the log.']);
                for (const part of ['Agreed to the terms of sale', 'Logged in: by link']) assert.ok(there.evidence.access_activity_log.includes(part), part);
                assert.equal(there.evidence.customer_email_address, bought.email);
                assert.deepEqual([taskOf(taskId).status, taskOf(taskId).outcome], ['done', 'The answer is with the bank.']);
                const shown = plain((await finance.go(`/admin/disputes/${id}`)).text);
                assert.match(shown, /The bank has our answer and decides.*It was them: see the log\./);
                await act('close_dispute', dispute.id, { status: 'won' });
                await until(() => row().status === 'won', 'it is won');
                assert.match(plain((await finance.go(`/admin/disputes/${id}`)).text), /How it ended.*Decided for us/);
        });

        test('that the gateway takes no answer for says so and keeps the text', async () => {
                const other = await buy(here);
                const made = await act('dispute', other.session, { reason: 'general' });
                await becomes(here, `SELECT EXISTS (SELECT FROM disputes WHERE gateway_ref = ${quote(made.id)})`);
                const its = Number(here.sql(`SELECT id FROM disputes WHERE gateway_ref = ${quote(made.id)}`));
                await faults({ match: 'event *', kind: 'drop_event', times: 20 });
                await act('close_dispute', made.id, { status: 'lost' });
                await finance.submit(await finance.go(`/admin/disputes/${its}`), /answers$/, { answer: 'Too late.', sure: '1' });
                await calm();
                await until(() => here.sql(`SELECT status FROM disputes WHERE id = ${its}`) === 'lost', 'what the gateway says is booked');
                const [task] = here.rows(`SELECT status, outcome FROM tasks WHERE kind = 'dispute' AND object_id = ${its}`);
                assert.deepEqual(task, { status: 'dropped', outcome: 'The bank decided for the customer.' });
                assert.equal(heading((await finance.go(`/admin/disputes/${its}`)).text), `Dispute of order ${other.number} Decided for the customer`);
        });
});
