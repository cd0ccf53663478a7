// Reminders of what is due, and the thank-you for a whole plan, as the real worker sends them; what
// customers and staff choose.  In a product of its own, because its clock moves (S1.4).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';

import ICAL from 'ical.js';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { quote } from './lib/house.mjs';
import { mailsTo, mailTo } from './lib/mailbox.mjs';
import { startOwn } from './lib/own.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes } from './lib/purchase.mjs';
import { newStaff } from './lib/staff.mjs';
import { inside } from './lib/world.mjs';

describe('reminders', () => {
        let own, plans, owner, support;
        const customer = (made) => `(SELECT customer_id FROM orders WHERE number = ${quote(made.number)})`;
        const due = (made, seq = 2) => `(SELECT d.id FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)} AND d.seq = ${seq} AND d.status <> 'replaced')`;
        /** The clock moves to noon, DAYS after that amount is due; the scan of that moment is done, its mails are sent. */
        async function to(made, days, seq = 2, time = '12:00') {
                const seconds = Number(own.sql(`SELECT ceil(extract(epoch FROM (due_on + ${days} + time '${time}') AT TIME ZONE person_zone(customer_id, id) - app_now())) FROM dues WHERE id = ${due(made, seq)}`));
                assert.ok(seconds > 0, `${days} days is behind us`);
                await plans.advance(`${seconds}s`);
                await becomes(own, `NOT EXISTS (SELECT FROM schedules WHERE name = 'reminders_scan' AND next_at <= app_now())
                        AND NOT EXISTS (SELECT FROM jobs WHERE run_at <= app_now() + interval '1 minute' AND kind IN ('reminders_scan', 'mail', 'case', 'case_plan')
                                AND NOT (kind = 'mail' AND EXISTS (SELECT FROM messages WHERE id::text = key AND status = 'deferred')))`);
        }
        const even = (text) => text.replaceAll('\u00a0', ' ');
        const reminders = (made) => mailsTo(own, made.email).map((mail) => ({ ...mail, subject: even(mail.subject), text: even(mail.text), html: even(mail.html) })).filter((mail) => /\/pay\/[A-Za-z0-9_-]{43}/.test(mail.text) && /How often we remind you/.test(mail.text));
        const link = (mail) => /\/pay\/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/.exec(mail.text)[0];
        const fifty = (work) => Promise.all(Array.from({ length: 50 }, work));

        before(async () => {
                own = await startOwn();
                plans = new Plans(own, { two: 'schedule=2 monthly instalments\namount=50.00', three: 'schedule=3 monthly instalments\namount=90.00',
                        dinar: 'schedule=3 monthly instalments\ncurrency=BHD\namount=37.500', sub: 'schedule=monthly subscription\namount=49.00' });
                owner = await newStaff(own, 'owner', 'Olga Owner');
                support = await newStaff(own, 'support');
                own.sql("UPDATE sessions SET expires_at = '2100-01-01' WHERE kind = 'staff'");
        });
        after(async () => {
                plans?.end();
                await own?.stop();
        });

        test('S1.4 a charge is announced a week and a day before; on its day it is made, nothing more asks, and the whole plan is thanked for once', async () => {
                const made = await plans.buy('two');
                await to(made, -7);
                const [week] = reminders(made);
                assert.match(week.subject, /^Coming up: 25\.00 EUR for The two course, instalment 2 of 2$/);
                assert.match(week.text, /Hello Ann Example,[^]*we will charge 25\.00 EUR for The two course, instalment 2 of 2 to your Visa ending in 4242\. There is nothing you need to do/);
                assert.doesNotMatch(week.text + plain(week.html), /[{}]|undefined|overdue|fail/);
                const page = await new Browser(own.url).go(link(week));
                assert.equal(page.status, 200);
                assert.match(plain(page.text), /25\.00 EUR.*to pay.*The two course, instalment 2 of 2/, 'its page, without login');
                assert.ok(!own.sql(`SELECT text FROM message_bodies b JOIN messages m ON m.id = b.message_id WHERE m.kind = 'reminder' AND m.email = ${quote(made.email)}`).includes(link(week)), 'no token in the copy');
                await to(made, -1);
                await to(made, 3);
                assert.equal(reminders(made).length, 2);
                assert.equal(plans.states(made.number), 'paid paid');
                assert.equal(plans.level(made.number), 'permanent', 'the last instalment makes it permanent (S1.3)');
                const thanks = await mailTo(own, made.email, /^All paid: The two course is yours$/);
                assert.match(even(thanks.text), /the whole plan of 50\.00 EUR is paid\. Thank you/);
                assert.match((await new Browser(own.url).go(link(week))).text, /link|paid/i);
                assert.match(plain((await owner.browser.go(`/admin/orders/${made.number}`)).text), /A payment is due.*Thank you for the whole plan/s, 'staff see them with the order');
                await to(made, 9);
                assert.equal(mailsTo(own, made.email).filter((mail) => /^All paid/.test(mail.subject)).length, 1);
                plans.sound();
        });

        test('S1.4 several at a time are one mail with a link for each; paid before it leaves, one is left out; a mail server that is away for a day sends none twice', async () => {
                const one = await plans.buy('two');
                const other = await plans.buy('three', {}, { email: one.email, browser: one.browser, again: '1' });
                own.sql(`UPDATE dues SET due_on = (SELECT due_on FROM dues WHERE id = ${due(one)}) WHERE id = ${due(other)}`);
                await to(one, -7);
                const [both] = reminders(one);
                assert.equal(both.subject, 'Your next payments');
                assert.match(both.text, /25\.00 EUR {2}The two course, instalment 2 of 2\nWe charge your Visa ending in 4242 on [^\n]+ Nothing to do\.\n[^]*30\.00 EUR {2}The three course, instalment 2 of 3/);
                const links = both.text.match(/\/pay\/[A-Za-z0-9_-]{43}/g);
                assert.equal(new Set(links).size, 2);
                assert.match(plain((await new Browser(own.url).go(links[1])).text), /30\.00 EUR/);
                // The server is away as the next ones are to leave; meanwhile one is paid.
                const server = /^smtp_url=(.*)$/m.exec(fs.readFileSync(own.config, 'utf8'))[1];
                own.setting('mail', 'smtp_url', 'smtp://127.0.0.1:1');
                await own.reload('worker');
                await to(one, -1, 2, '19:30');
                await becomes(own, `EXISTS (SELECT FROM messages WHERE kind = 'reminder' AND email = ${quote(one.email)} AND status = 'deferred')`);
                assert.equal(reminders(one).length, 1);
                own.sql(`SELECT due_attempt(${due(one)}, NULL, false, NULL, NULL, 'A test asks for it.')`);
                await becomes(own, `EXISTS (SELECT FROM dues WHERE id = ${due(one)} AND status = 'paid')`);
                // The night comes: it waits for the morning, on which it is too late for what spoke of tomorrow.
                await plans.advance('45m');
                await becomes(own, `EXISTS (SELECT FROM jobs j JOIN messages m ON j.kind = 'mail' AND j.key = m.id::text WHERE m.kind = 'reminder' AND m.email = ${quote(one.email)}
                        AND j.run_at > app_now() + interval '10 hours' AND m.status = 'deferred')`);
                own.setting('mail', 'smtp_url', server);
                await own.reload('worker');
                await to(other, 0);
                await becomes(own, `EXISTS (SELECT FROM messages WHERE kind = 'reminder' AND email = ${quote(one.email)} AND status = 'skipped')`);
                assert.equal(reminders(one).length, 1);
                plans.sound();
        });

        test('S1.4 a failed charge has its own mails and none of these; a transfer that was announced and did not come is asked for', async () => {
                const [failing, waiting, hand] = [await plans.buy('two'), await plans.buy('two'), await plans.buy('two')];
                own.sql(`UPDATE agreements SET method_id = NULL WHERE customer_id = ${customer(hand)}`);
                own.sql(`UPDATE payment_methods SET is_default = false, is_backup = false, detached_at = app_now() WHERE customer_id = ${customer(hand)}`);
                own.sql(`UPDATE payment_methods SET ref = 'pm_card_visa_chargeDeclinedInsufficientFunds' WHERE customer_id = ${customer(failing)}`);
                const browser = await plans.enter(waiting);
                await to(waiting, -2);
                assert.equal((await browser.submit(await browser.go(`/payments/${waiting.number}/2`), /\/transfer$/)).status, 303);
                await to(waiting, 0);
                assert.match(reminders(hand).at(-1).subject, /^Due today: 25\.00 EUR for The two course/);
                await to(waiting, 3);
                const late = reminders(waiting).at(-1);
                assert.match(late.subject, /^Your payment for The two course, instalment 2 of 2 has not arrived yet$/);
                assert.match(late.text, /If it is on its way, thank you: there is nothing to do/);
                assert.doesNotMatch(late.text, /must|lock|legal|collect|terminat|immediately/i);
                assert.equal(own.sql(`SELECT string_agg(status, ' ') FROM cases WHERE due_id = ${due(failing)}`), 'open');
                assert.ok(mailsTo(own, failing.email).some((mail) => /when would suit you/.test(mail.subject)), 'the case speaks');
                assert.equal(reminders(failing).filter((mail) => /Coming up/.test(mail.subject)).length, reminders(failing).length);
                // The page of what is late says all that follows, day by day.
                const steps = (mail) => new Browser(own.url).go(link(mail)).then((page) => plain(page.text));
                assert.match(await steps(late), /While it is open: \w+ \d+ \w+[^:]*: what you have opened can still be read\. \w+ \d+ \w+[^:]*: only what was paid for stays open\..*opens everything again at once/s);
                // Whoever pays by hand is reminded and nothing else, though there is a case now.
                await becomes(own, `EXISTS (SELECT FROM cases WHERE due_id = ${due(hand)} AND next_step = 'ask')`);
                await to(waiting, 3, 2, '13:00');
                assert.deepEqual(reminders(hand).map((mail) => mail.subject.split(':')[0]), ['Coming up', 'Due today', 'Your payment for The two course, instalment 2 of 2 has not arrived yet']);
                assert.equal(own.sql(`SELECT count(*) FROM messages WHERE kind = 'payment_failed' AND email = ${quote(hand.email)}`), '0');
                const page = await steps(reminders(hand).at(-1));
                assert.match(page, /25\.00 EUR to pay For The two course.*Pay by card, wallet or bank debit.*Pay on another day/s);
                assert.doesNotMatch(page, /did not go through/);
                await to(waiting, 7);
                await to(waiting, 14);
                assert.match(reminders(hand).at(-1).subject, /^Can we help with your payment/);
                assert.equal(reminders(hand).length, 5);
        });

        test('S1.3 S1.8 what a card cannot pay of a payment that came in part by transfer joins the last payment by itself, and the plan says so', async () => {
                const dinar = await plans.buy('dinar');
                const browser = await plans.enter(dinar);
                const [, token] = [...owner.browser.jar(new URL(own.url).hostname)].find(([name]) => /staff|session/.test(name));
                const transfer = (line, minor) => own.sql(`SELECT set_config('latchkey.token', ${quote(token)}, false); SELECT bank_line_add('dinar', ${line}, app_now()::date, ${minor}, 'BHD', 'x', 'D', '', 'camt', NULL);
                        SELECT transfer_match((SELECT id FROM bank_lines WHERE statement = 'dinar' AND line = ${line}), ${quote(dinar.number)}, false)`).split('\n').at(-1);
                const dues = () => own.sql(`SELECT string_agg(d.amount_minor || ' ' || d.status, ', ' ORDER BY d.due_on) FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(dinar.number)} AND d.status <> 'replaced'`);
                assert.equal(transfer(1, 5005), 'short');
                const seen = await browser.go(`/payments/${dinar.number}/2`);
                assert.match(plain(seen.text), /A card can pay 7\.490 BHD of it Cards take amounts in steps of 0\.010 BHD.*The 0\.005 BHD left over then joins the last payment of your plan by itself.*Pay 7\.490 BHD now.*By bank transfer/s);
                assert.equal((await browser.submit(seen, /\/now$/)).status, 303);
                await becomes(own, `EXISTS (SELECT FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(dinar.number)} AND d.seq = 2 AND d.status = 'paid')`);
                assert.equal(dues(), '12500 paid, 12495 paid, 12505 open');
                assert.match(plain((await browser.go(`/plans/${dinar.number}`)).text), /Your last payment changed a little 0\.005 BHD of the payment of [^.]* is less than a card can pay\. It joins the last payment, of/);
                assert.match(plain((await browser.go(`/plans/${dinar.number}/agreement`)).text), /0\.005 BHD of the payment of .* joins the last payment/);
                // Of the last one it stays, and the page says how to settle it.
                assert.equal(transfer(2, 12500), 'short');
                assert.equal(dues(), '12500 paid, 12495 paid, 12505 open');
                const last = await browser.go(`/payments/${dinar.number}/3`);
                assert.match(plain(last.text), /A card cannot pay 0\.005 BHD Cards take amounts in steps of 0\.010 BHD, and this is what is left of your last payment\. Please transfer it, or ask a person.*By bank transfer/s);
                assert.doesNotMatch(last.text, /\/(now|page)"/);
                assert.equal(transfer(3, 5), 'paid');
                plans.sound();
        });

        test('S1.4 how often is the customer\'s choice; what announces a charge always comes; fifty forms are one choice', async () => {
                const made = await plans.buy('two');
                const browser = await plans.enter(made);
                const page = await browser.go('/account/notices');
                assert.match(plain(page.text), /Reminders of payments Receipts, and word of a payment that failed, always come by email.*By email Between eight in the morning and eight in the evening/);
                assert.match(page.text, /value="all" checked/);
                const form = formOf(page, /reminders$/).fields;
                const answers = await fifty(() => browser.go('/account/reminders', { form: { ...form, often: 'important' } }));
                assert.deepEqual([...new Set(answers.map((a) => a.to))], ['/account/notices?notice=notices']);
                assert.equal(own.sql(`SELECT string_agg(frequency || ' ' || channel, ',') FROM reminder_choices WHERE customer_id = ${customer(made)}`), 'important mail');
                const again = await browser.go(answers[0].to);
                assert.match(again.text, /value="important" checked/);
                assert.match(plain(again.text), /Saved/);
                assert.equal((await browser.go('/account/reminders', { form: { ...form, often: 'never' } })).status, 404);
                assert.equal((await new Browser(own.url).go('/account/reminders', { form: { often: 'all' } })).status, 403);
                await to(made, -7);
                assert.equal(reminders(made).length, 0);
                await to(made, -1);
                assert.equal(reminders(made).length, 1, 'the day before it is charged');
        });

        /** A link of one's own by the page: { page, url }; and what a calendar app reads there, without a cookie. */
        async function linked(browser, page) {
                const answer = await browser.submit(page ?? await browser.go('/account/calendar'), /calendar$/);
                assert.match(answer.to, /^\/account\/calendar\?made=/, heading(answer.text));
                const shown = await browser.go(answer.to);
                return { page: shown, to: answer.to, url: /<code id="address">([^<]+)</.exec(shown.text)[1] };
        }
        async function feed(url) {
                const page = await new Browser(own.url).go(url);
                assert.equal(page.status, 200);
                assert.equal(page.headers.get('content-type'), 'text/calendar; charset=utf-8');
                assert.ok(page.body.toString('utf8').split('\r\n').every((line) => Buffer.byteLength(line) <= 75 && !/[\r\n]/.test(line)));
                const calendar = new ICAL.Component(ICAL.parse(page.body.toString('utf8')));
                assert.equal(calendar.getFirstPropertyValue('refresh-interval').toString(), 'PT1H');
                return calendar.getAllSubcomponents('vevent').map((component) => {
                        const event = new ICAL.Event(component);
                        assert.ok(event.startDate.isDate && event.duration.toString() === 'P1D', 'the whole day, in whatever zone');
                        const alarms = component.getAllSubcomponents('valarm').map((alarm) => {
                                const at = new ICAL.Time({ ...event.startDate.toJSON(), isDate: false });
                                at.addDuration(alarm.getFirstPropertyValue('trigger'));
                                return at.toString();
                        });
                        return { uid: event.uid, sequence: event.sequence, day: event.startDate.toString(), title: even(event.summary), text: even(event.description), alarms, url: component.getFirstPropertyValue('url') };
                });
        }
        const dayOf = (date, n) => new Date(Date.parse(date) + n * 86400000).toISOString().slice(0, 10);

        test('S1.4 S2.22 in one\'s own calendar by a private link: what the page of the plan says, an alarm for each reminder; it moves, it is paid, it ends', async () => {
                const made = await plans.buy('three');
                const stranger = await plans.buy('two');
                const sub = await plans.buy('sub', {}, { email: made.email, browser: made.browser });
                const browser = await plans.enter(made);
                const { pathname } = new URL(/href="([^"]*)">Put these dates in your calendar/.exec((await browser.go(`/plans/${made.number}`)).text)[1], own.url);
                // Fifty forms are one link, and all of them lead to it.
                const page = await browser.go(pathname);
                const form = formOf(page, /calendar$/).fields;
                const answers = await fifty(() => browser.go('/account/calendar', { form }));
                assert.equal(new Set(answers.map((answer) => answer.to)).size, 1, answers[0].to);
                assert.equal(own.sql(`SELECT count(*) || ' ' || count(*) FILTER (WHERE ended_at IS NULL) FROM sessions WHERE kind = 'calendar' AND customer_id = ${customer(made)}`), '1 1');
                const shown = await browser.go(answers[0].to);
                const url = /<code id="address">([^<]+)</.exec(shown.text)[1];
                assert.ok(shown.text.includes(`href="${url.replace(/^http/, 'webcal')}"`) && shown.text.includes(`href="${url}"`), 'for the device, and as a file');
                assert.doesNotMatch(own.sql(`SELECT string_agg(s::text, ' ') FROM sessions s`), new RegExp(/calendar\/([^/]+)/.exec(url)[1]), 'its hash alone is kept');
                assert.match(shown.headers.get('cache-control'), /no-store/);
                // Only this login shows it, and only while it is the one.
                assert.match(plain((await inside(own, own.sql(`SELECT ${customer(made)}`)).go(answers[0].to)).text), /This link is not shown again.*Your calendar looked Not yet/);
                let events = await feed(url);
                const of = (number, seq) => events.find(({ uid }) => uid.startsWith(`${number}-${seq}@`));
                const rows = plans.dues(made.number);
                assert.deepEqual(events.filter(({ uid }) => uid.startsWith(made.number)).map(({ day, title }) => [day, title]),
                        rows.map(({ day, status, seq }) => [day, `${status === 'paid' ? 'Paid: ' : ''}30.00 EUR for The three course, instalment ${seq} of 3`]));
                const plan = even(plain((await browser.go(`/plans/${made.number}`)).text));
                assert.equal(plan.match(/30\.00 EUR (Paid|Next|To come)/g).length, events.filter(({ uid }) => uid.startsWith(made.number)).length, 'as the page of the plan');
                assert.deepEqual(of(made.number, 2).alarms, [-7, -1, 0].map((n) => `${dayOf(rows[1].day, n)}T09:00:00`));
                assert.deepEqual(of(made.number, 1).alarms, []);
                assert.match(of(made.number, 2).text, /^We charge your Visa ending in 4242 on .* There is nothing to do\./);
                assert.equal(of(made.number, 2).url, `${own.url}/payments/${made.number}/2`);
                assert.ok(!events.some(({ uid, text }) => (uid + text).includes(stranger.number)), 'nothing of others');
                assert.match((await new Browser(own.url).go(of(made.number, 2).url)).to, /^\/login/, 'its page asks for a login');
                // The next period of a subscription, weeks before it is asked for; the same event then.
                const ahead = of(sub.number, 2);
                assert.deepEqual([ahead.title.replace(/, month.*/, ''), ahead.day, ahead.alarms.length, ahead.url], ['49.00 EUR for The sub course', own.sql(`SELECT period_next(id) FROM agreements WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(sub.number)})`), 3, `${own.url}/plans/${sub.number}`]);
                // A payment that moves is the same event on another day.
                const later = dayOf(rows[1].day, 9);
                const moved = await browser.submit(await browser.go(`/plans/${made.number}/check?need=time&to=${later}`), /\/changes$/, {});
                assert.match(moved.to, /done=agreed/, heading(moved.text));
                const before = events;
                events = await feed(url);
                assert.deepEqual(events.map(({ uid }) => uid).sort(), before.map(({ uid }) => uid).sort());
                assert.deepEqual([of(made.number, 2).day, of(made.number, 2).alarms[1], of(made.number, 2).sequence], [later, `${dayOf(later, -1)}T09:00:00`, before.find(({ uid }) => uid.startsWith(`${made.number}-2@`)).sequence + 1]);
                // A new link ends the one before; what is ended is what never was.
                const next = await linked(browser);
                const gone = await new Browser(own.url).go(url);
                const never = await new Browser(own.url).go(url.replace(/calendar\/[^/]+/, `calendar/${'x'.repeat(43)}`));
                assert.deepEqual([gone.status, gone.text], [404, never.text]);
                assert.match(plain((await browser.go(answers[0].to)).text), /This link is not shown again/);
                // Staff who look with their eyes see that there is one, and neither make nor end it.
                const view = await owner.browser.submit(await owner.browser.go(`/admin/customers/${own.sql(`SELECT ${customer(made)}`)}`), /\/views$/);
                assert.equal(view.status, 303);
                const eyes = await owner.browser.go(next.to);
                assert.doesNotMatch(eyes.text, /payments\.ics/);
                for (const path of ['/account/calendar', '/account/calendar/end']) assert.equal((await owner.browser.go(path, { form: formOf(eyes, new RegExp(`${path}$`)).fields })).status, 403);
                await owner.browser.submit(await owner.browser.go('/programs'), /view-end$/);
                // Paid it says so, and reminds of nothing any more; the period that is asked for is the event that announced it.
                await to(made, 0);
                await becomes(own, `EXISTS (SELECT FROM dues WHERE id = ${due(made)} AND status = 'paid')`);
                events = await feed(next.url);
                assert.deepEqual([of(made.number, 2).title, of(made.number, 2).text.split('\n')[0], of(made.number, 2).alarms, of(made.number, 2).day],
                        ['Paid: 30.00 EUR for The three course, instalment 2 of 3', 'Paid. Thank you.', [], later]);
                assert.deepEqual([of(sub.number, 2).day, of(sub.number, 2).title.startsWith('Paid')], [ahead.day, true]);
                assert.equal(of(sub.number, 3).day > ahead.day, true);
                // Whoever is erased has none, nor whoever ends it.
                own.sql(`UPDATE customers SET erased_at = app_now() WHERE id = ${customer(made)}`);
                assert.equal((await new Browser(own.url).go(next.url)).status, 404);
                own.sql(`UPDATE customers SET erased_at = NULL WHERE id = ${customer(made)}`);
                const end = formOf(await browser.go('/account/calendar'), /calendar\/end$/).fields;
                const ends = await fifty(() => browser.go('/account/calendar/end', { form: end }));
                assert.deepEqual([...new Set(ends.map((answer) => answer.to))], ['/account/calendar?notice=ended']);
                assert.match(plain((await browser.go(ends[0].to)).text), /The link has ended.*Make my link/);
                assert.equal((await new Browser(own.url).go(next.url)).status, 404);
                assert.ok(!own.logs().includes(/calendar\/([^/]+)/.exec(next.url)[1]), 'no log has it');
        });

        test('S1.4 reminded by the calendar: mails are the important ones alone, from the first time that it looked until the link ends', async () => {
                const made = await plans.buy('three');
                const browser = await plans.enter(made);
                const chosen = await browser.submit(await browser.go('/account/notices'), /reminders$/, { often: 'all', by: 'calendar' });
                assert.equal(chosen.to, '/account/calendar?notice=saved');
                const page = await browser.go(chosen.to);
                assert.match(plain(page.text), /Saved\. One step is left.*Until your calendar has looked for the first time, the reminders come by email as before/);
                const { url } = await linked(browser, page);
                assert.match(plain((await browser.go('/account/notices')).text), /Your calendar has not looked yet.*because a charge must be announced.*because that can cost you access/);
                await to(made, -7);
                assert.equal(reminders(made).length, 1, 'nobody goes without');
                assert.equal((await feed(url)).find(({ uid }) => uid.startsWith(`${made.number}-3`)).alarms.length, 3);
                assert.match(plain((await browser.go('/account/calendar')).text), /Your calendar looked Today at .*You chose your calendar for the reminders: by email comes only what is important/);
                const ahead = plain((await owner.browser.go(`/admin/customers/${own.sql(`SELECT ${customer(made)}`)}/ahead`)).text);
                assert.equal(even(ahead).match(/Coming up: 30\.00 EUR for The three course/g).length, 2, 'a look ahead knows: the day before each of the two');
                await to(made, -1);
                assert.equal(reminders(made).length, 2, 'a charge is announced');
                await to(made, -7, 3);
                assert.equal(reminders(made).length, 2, 'a week before, the calendar alone tells it');
                // Only the important ones, there too.
                assert.equal((await browser.submit(await browser.go('/account/notices'), /reminders$/, { often: 'important', by: 'calendar' })).to, '/account/notices?notice=notices');
                assert.deepEqual((await feed(url)).find(({ uid }) => uid.startsWith(`${made.number}-3`)).alarms.map((at) => at.slice(0, 10)), [dayOf(plans.dues(made.number)[2].day, -1)]);
                await browser.submit(await browser.go('/account/notices'), /reminders$/, { often: 'all', by: 'calendar' });
                await browser.submit(await browser.go('/account/calendar'), /calendar\/end$/);
                await to(made, -6, 3);
                assert.equal(reminders(made).length, 3, 'without a link the mails are back');
        });

        test('S1.4 staff set the days of all products and of one, with errors beside the field; fifty forms are one change, and the log has it', async () => {
                const { browser } = owner;
                const set = async (address, form) => browser.submit(await browser.go(address), /reminders$/, form);
                let page = await browser.go('/admin/reminders');
                assert.match(plain(page.text), /In force Days before: 7, 1; on the day itself; days after: 3, 7, 14.*None so far/s);
                for (const [form, words] of [[{ before: '7, x' }, /Enter numbers of days from 1 to 60, such as 7, 1/], [{ before: '61' }, /from 1 to 60/], [{ after: '-3' }, /from 1 to 60/],
                        [{ after: '3 3' }, /Enter each day once/], [{ before: '1 2 3 4 5 6' }, /five days at most/], [{ before: '', after: '', on_day: undefined }, /at least one day/], [{ use: 'same' }, /Choose whether to remind/]]) {
                        const answer = await set('/admin/reminders', { use: 'own', before: '7, 1', after: '3', ...form });
                        assert.equal(answer.status, 422, JSON.stringify(form));
                        assert.match(plain(answer.text), words);
                }
                const form = formOf(await browser.go('/admin/products/two/reminders'), /reminders$/).fields;
                const answers = await fifty(() => browser.go('/admin/products/two/reminders', { form: { ...form, use: 'own', before: '5', on_day: '1', after: '2 10' } }));
                assert.deepEqual([...new Set(answers.map((a) => a.to.replace(/saved|same/, 'done')))], ['/admin/products/two/reminders?done=done'], heading(answers[0].text));
                assert.equal(own.sql("SELECT count(*) || ' ' || min(facts ->> 'now') FROM audit WHERE action = 'reminders.set'"), '1 on -5 0 2 10');
                page = await browser.go('/admin/products/two/reminders?done=saved');
                assert.match(plain(page.text), /Saved It holds from now on.*Days before: 5; on the day itself; days after: 2, 10 .*by Olga Owner/s);
                assert.match(plain((await browser.go('/admin/products/two')).text), /Reminders of payments Days before: 5; on the day itself; days after: 2, 10\. Days and words/);
                assert.match(plain((await browser.go('/admin/reminders')).text), /Products with days of their own Product Reminders The two course/);
                // Somebody else was faster.
                const late = await browser.go('/admin/products/two/reminders', { form: { ...form, use: 'off' } });
                assert.equal(late.status, 409);
                assert.match(plain(late.text), /Somebody changed it meanwhile/);
                assert.equal((await set('/admin/products/two/reminders', { use: 'same' })).to, '/admin/products/two/reminders?done=saved');
                assert.match(plain((await browser.go('/admin/products/two')).text), /Days before: 7, 1; on the day itself; days after: 3, 7, 14, as for every product/);
                // All of them, off and on again.
                const off = formOf(await browser.go('/admin/reminders'), /reminders$/).fields;
                await fifty(() => browser.go('/admin/reminders', { form: { ...off, use: 'off' } }));
                assert.match(plain((await browser.go('/admin/reminders')).text), /In force No reminders/);
                assert.equal(own.sql("SELECT count(*) FROM audit WHERE action = 'reminders.set' AND object = 'reminders'"), '1');
                await set('/admin/reminders', { use: 'own' });
                // Those who may not see it, without the form.
                assert.doesNotMatch((await support.browser.go('/admin/reminders')).text, /name="before"/);
                assert.equal((await support.browser.go('/admin/reminders', { form: { ...off, csrf_token: formOf(await support.browser.go('/admin/messages/reminder_ahead'), /messages/).fields.csrf_token, use: 'off' } })).status, 403);
                assert.equal((await browser.go('/admin/products/nothing/reminders')).status, 404);
        });

        test('S1.5 a product has its own words, with a preview and only the fields that there are; the mail has them; back to those of all', async () => {
                const address = '/admin/products/two/messages/reminder_charge';
                const { browser } = support;
                let page = await browser.go(address);
                assert.match(plain(page.text), /The two course has the words of every product here.*As a customer reads it Coming up: 49\.00 EUR for Light and Lens/s);
                assert.doesNotMatch(page.text, /next_try|promised/, 'fields of other mails are not offered');
                let answer = await browser.submit(page, /reminder_charge$/, { subject: 'On {day}', body: 'Until {promised}', what: 'save' });
                assert.equal(answer.status, 422);
                assert.match(plain(answer.text), /There is no field \{promised\}/);
                answer = await browser.submit(page, /reminder_charge$/, { subject: 'Soon: {amount}', body: '{hello}, **{amount}** on {day}. Yours, {shop}', what: 'preview' });
                assert.match(plain(answer.text), /What you are typing\. It is not in force yet\. Soon: 49\.00 EUR Hello Ann Example, 49\.00 EUR on Tuesday 12 May 2026/);
                const form = formOf(page, /reminder_charge$/).fields;
                const answers = await fifty(() => browser.go(address, { form: { ...form, subject: 'Soon: {amount}', body: '{hello}, **{amount}** on {day}.', what: 'save' } }));
                assert.deepEqual([...new Set(answers.map((a) => a.to))], [`${address}?done=saved`]);
                assert.equal(own.sql("SELECT count(*) FROM message_texts WHERE product_id IS NOT NULL"), '1');
                assert.match(plain((await browser.go('/admin/products/two/reminders')).text), /Before the day, we charge it Soon: \{amount\} Its own/);
                const made = await plans.buy('two');
                await to(made, -7);
                assert.equal(reminders(made)[0].subject, 'Soon: 25.00 EUR');
                page = await browser.go(address);
                assert.equal((await browser.submit(page, /reminder_charge$/, { what: 'as_all' })).to, `${address}?done=saved`);
                await to(made, -1);
                assert.match(reminders(made)[1].subject, /^Coming up: 25\.00 EUR/);
                assert.equal((await browser.go('/admin/products/two/messages/reminder_several')).status, 404);
                assert.equal((await browser.go('/admin/messages/plan_thanks')).status, 200);
        });
});
