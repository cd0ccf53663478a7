// Two customers who have everything that one can have, the people around them, and staff of
// every role: for tests that go through all pages and all forms.
//
//   const world = await makeWorld(house);        on a house of the test's own
//   world.a  world.b        { id, email, browser (logged in), checkout (the browser that bought), ... }
//                           number: a paid order; moved: one that somebody else uses; pending: one that
//                           waits for its transfer; ticket, file, paper, person (an assistant), passkey,
//                           correction, refund, access, mail; claim, magic, ticketLink, helpLink,
//                           addressLink, undoLink: tokens of links; plan: an order in instalments of which one
//                           failed; pay: the token of the mail's link to pay it; method: what it was tried with;
//                           case: of that failure; rate: the token of a link to say how that was;
//                           calendar: that of their calendar
//   world.user  world.assistant  world.nothing   other customers, logged in
//   world.staff.owner ... .viewer                browsers
//   world.invite                                  the token of a link to become staff

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { Browser, formOf, plain } from './browser.mjs';
import { failingOn } from './failing.mjs';
import { address, quote } from './house.mjs';
import { mailTo } from './mailbox.mjs';
import { becomes, buy, course, order, software } from './purchase.mjs';
import { top, until } from './sandbox.mjs';
import { newStaff } from './staff.mjs';
import { control } from './stripe.mjs';

export const mentoring = 'portfolio-mentoring';
const hashed = (token) => `'\\x${createHash('sha256').update(token).digest('hex')}'`;
export const newToken = () => randomBytes(32).toString('base64url');

/** A session of KIND with these COLUMNS; its token. */
export function session(house, kind, columns) {
        const token = newToken();
        house.sql(`INSERT INTO sessions (token_hash, kind, created_at, expires_at, seen_at, ${Object.keys(columns)})
                VALUES (${hashed(token)}, ${quote(kind)}, app_now(), app_now() + interval '1 day', app_now(), ${Object.values(columns)})`);
        return token;
}

/** A browser in which customer ID is logged in. */
export function inside(house, id, browser = new Browser(house.url)) {
        browser.jar().set('lk_session', session(house, 'customer', { customer_id: id }));
        return browser;
}

/** A customer who has bought nothing. */
export function nobody(house, name, email = address('nothing')) {
        return Number(house.sql(`INSERT INTO customers (email, email_fold, name, created_at) VALUES (${quote(email)}, ${quote(email)}, ${quote(name)}, app_now()) RETURNING id`));
}

/** What is on the shelf of the demo, without its year of customers. */
export function loadShelf(house) {
        const said = house.ctl('product', 'load', path.join(top, 'demo/northlight'));
        assert.equal(said.status, 0, JSON.stringify(said));
}

/** An order that waits for its transfer; its number. */
export async function transfer(browser, email, product = mentoring) {
        const answer = await order(browser, { product, email, pay: 'transfer' });
        assert.equal(answer.status, 303, plain(answer.text).slice(0, 300));
        return /\/orders\/([0-9A-Z]{10})\/transfer/.exec(answer.to)[1];
}

/** Write to staff with a file; the ticket's number. */
export async function write(browser, text = 'It does not open.') {
        const form = formOf(await browser.go('/help/requests/new'), /^\/help\/requests$/);
        const body = new FormData();
        for (const [name, value] of Object.entries({ ...form.fields, about: 'other', text })) if (name !== 'files') body.append(name, value);
        body.append('files', new Blob(['what I see'], { type: 'text/plain' }), 'seen.txt');
        const answer = await browser.go('/help/requests', { method: 'POST', body });
        assert.equal(answer.status, 303, plain(answer.text).slice(0, 300));
        return /[0-9A-Z]{10}/.exec(answer.to)[0];
}

/** Two who bought in instalments of which the second failed: { number, email, link }. */
async function late(house) {
        const shop = failingOn(house);
        const both = await Promise.all([shop.bought(), shop.bought()]);
        for (const made of both) await shop.change(made, 'pm_card_chargeCustomerFail');
        await shop.advance('32d');
        return Promise.all(both.map(async (made) => ({ ...made, link: (await until(() => shop.failedMails(made)[0], 'a mail about the failure')).text.match(/\/pay\/([A-Za-z0-9_-]{43})/)[1] })));
}

async function customer(house, name, plan) {
        const first = await buy(house, { name, email: plan.email });
        const id = Number(house.sql(`SELECT customer_id FROM orders WHERE number = ${quote(first.number)}`));
        const one = { id, name, email: first.email, checkout: first.browser, number: first.number, browser: inside(house, id) };
        const [second, pending, ticket] = await Promise.all([
                buy(house, { name, email: one.email, product: software, browser: inside(house, id) }),
                transfer(inside(house, id), one.email), write(one.browser)]);
        Object.assign(one, { moved: second.number, pending, ticket });
        for (const [email, where, fields] of [[address('claim'), 'people', {}], [address('copies'), 'copies', { bills: '1' }]]) {
                const answer = await one.browser.submit(await one.browser.go(`/orders/${one.number}/${where}`), new RegExp(`/${where}$`), { name: `${name} ${where}`, email, ...fields });
                assert.equal(answer.status, 303, plain(answer.text).slice(0, 300));
                if (where === 'people') one.claim = email;
        }
        await control(house.sandbox, 'acts', { act: 'refund', object: first.session, amount: 1000 });
        one.claim = (await mailTo(house, one.claim, /^For you/)).link.split('/').at(-1);
        one.helpLink = await until(async () => /\/help\/mail\/([A-Za-z0-9_-]{43})/.exec((await mailTo(house, one.email, /Payment received/)).text)?.[1], 'a link for help');
        one.ticketLink = /\/help\/link\/([A-Za-z0-9_-]{43})/.exec((await mailTo(house, one.email, /We have your message/)).text)?.[1] ?? null;
        await becomes(house, `SELECT count(*) = 1 FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(one.number)} AND r.kind = 'credit_note'`);
        const known = (sql) => house.sql(sql.replaceAll('$order', `(SELECT id FROM orders WHERE number = ${quote(one.number)})`).replaceAll('$id', String(id)));
        one.paper = `${known("SELECT number FROM receipts WHERE order_id = $order AND kind = 'receipt'")}.pdf`;
        one.file = known(`SELECT f.id FROM ticket_files f JOIN tickets t ON t.id = f.ticket_id WHERE t.number = ${quote(ticket)}`);
        one.person = known("SELECT person_id FROM order_parties WHERE order_id = $order AND role = 'assistant'");
        one.access = known('SELECT id FROM access WHERE order_id = $order');
        one.mail = known("SELECT id FROM messages WHERE kind = 'paid' AND object = 'payment' AND object_id IN (SELECT id FROM payments WHERE order_id = $order) AND customer_id = $id LIMIT 1");
        Object.assign(one, { plan: plan.number, pay: plan.link, method: known('SELECT id FROM payment_methods WHERE customer_id = $id AND is_default'),
                case: known('SELECT id FROM cases WHERE customer_id = $id'), rate: newToken(),
                request: known(`INSERT INTO amendments (agreement_id, order_id, customer_id, currency, status, need, words, why, rule_id, from_version, was, made_at, answer_by, form_nonce)
                        SELECT g.id, g.order_id, g.customer_id, g.currency, 'withdrawn', 'other', 'Help', 'words', rule_of(g.order_id), g.version, plan_open(g.id), app_now(), app_now(), '${newToken()}'
                        FROM agreements g WHERE g.customer_id = $id RETURNING number`) });
        known(`INSERT INTO rating_links (token_hash, kind, object_id, customer_id, created_at, expires_at) VALUES (${hashed(one.rate)}, 'case', ${one.case}, $id, app_now(), app_now() + interval '30 days')`);
        Object.assign(one, { withdrawLink: newToken(), withdrawn: newToken() });
        known(`INSERT INTO withdraw_links VALUES (${hashed(one.withdrawLink)}, $id, $order, app_now(), app_now() + interval '14 days')`);
        one.withdrawal = known(`INSERT INTO withdrawals (kind, form_hash, customer_id, order_id, proved, said_name, said_order, said_email, said_fold, reason, status, why, received_at, answer_on, pay_on)
                VALUES ('request', ${hashed(one.withdrawn)}, $id, $order, true, 'Ann', '${one.number}', '${one.email}', '', 'why', 'with_staff', 'asked', app_now(), current_date, current_date) RETURNING id`);
        one.passkey = known(`INSERT INTO passkeys (customer_id, credential, public_key, algorithm, count, name, created_at)
                VALUES ($id, decode('${randomBytes(16).toString('hex')}', 'hex'), '\\x01', -7, 0, 'A phone', app_now()) RETURNING id`);
        one.correction = known(`INSERT INTO corrections (nonce, status, number, amount, last_four, new_email, new_fold, asked_at, order_id, customer_id, old_email, fits, why)
                VALUES ('${newToken()}', 'with_staff', '${one.number}', '149.00', '4242', 'right-$id@example.org', 'right-$id@example.org', app_now(), $order, $id, '${one.email}', '{amount}', '{proof}') RETURNING id`);
        Object.assign(one, { addressLink: newToken(), undoLink: newToken(), magic: session(house, 'magic', { customer_id: id }), calendar: session(house, 'calendar', { customer_id: id }) });
        known(`INSERT INTO address_changes (customer_id, status, made_by, old_email, old_fold, new_email, new_fold, asked_at, link_hash, link_until, done_at, undo_hash, undo_until) VALUES
                ($id, 'done', 'customer', 'was-$id@example.org', 'was-$id@example.org', '${one.email}', '${one.email}', app_now(), NULL, app_now(), app_now(), ${hashed(one.undoLink)}, app_now() + interval '7 days'),
                ($id, 'asked', 'customer', '${one.email}', '${one.email}', 'next-$id@example.org', 'next-$id@example.org', app_now(), ${hashed(one.addressLink)}, app_now() + interval '1 hour', NULL, NULL, NULL)`);
        return one;
}

export async function makeWorld(house) {
        loadShelf(house);
        const roles = ['owner', 'finance', 'support', 'viewer'];
        const plans = await late(house);
        const [a, b, ...staff] = await Promise.all([customer(house, 'Anna', plans[0]), customer(house, 'Bruno', plans[1]), ...roles.map((role) => newStaff(house, role))]);
        const world = { house, a, b, staff: Object.fromEntries(roles.map((role, i) => [role, staff[i].browser])), people: staff };
        // A's second order is used by somebody else.
        const user = address('user');
        await a.browser.submit(await a.browser.go(`/orders/${a.moved}/people`), /\/people$/, { name: 'Uma User', email: user });
        const browser = new Browser(house.url);
        const used = await browser.submit(await browser.go((await mailTo(house, user, /^For you/)).link), /^\/claim\//);
        assert.equal(used.status, 303);
        const who = (sql) => Number(house.sql(sql));
        world.user = { id: who(`SELECT id FROM customers WHERE email = ${quote(user)}`), browser };
        world.assistant = { id: Number(a.person), browser: inside(house, a.person) };
        const nothing = nobody(house, 'Nils Nothing');
        world.nothing = { id: nothing, browser: inside(house, nothing) };
        world.invite = session(house, 'invite', { staff_id: house.sql(`INSERT INTO staff (email, email_fold, name, role, created_at) VALUES ('new@example.com', 'new@example.com', '', 'viewer', app_now()) RETURNING id`) });
        return world;
}

/** What happens seldom, once for each of the two: credits of a bank, a dispute, a note, a job that died. */
export function seldom({ house, a, b, people }) {
        house.sql(`BEGIN; SET session_replication_role = replica;
                INSERT INTO bank_lines (account_id, statement, line, booked_on, amount_minor, currency, reference, payer, payer_iban, source, status, reason, loaded_at, settled_at)
                SELECT (SELECT id FROM accounts WHERE kind = 'bank'), 'list', n, current_date, 14900, 'EUR', 'what for', 'Ann', '', 'csv', (ARRAY['new', 'set_aside', 'matched', 'payout'])[n], 'why', app_now(),
                       CASE WHEN n > 1 THEN app_now() END FROM generate_series(1, 4) n;
                INSERT INTO passkeys (staff_id, credential, public_key, algorithm, count, name, created_at) SELECT id, convert_to('of staff ' || id, 'UTF8'), '\\x01', -7, 0, 'The attic', app_now() FROM staff WHERE name <> '';
                INSERT INTO jobs_dead (id, lane, kind, key, args, tries, error, created_at, died_at) VALUES (900000, 4, 'retention', 'x', '{}', 9, 'what went wrong', app_now(), app_now());
                INSERT INTO discount_codes (code, percent, once, used, created_at, created_by) VALUES ('TENTH', 10, false, 0, app_now(), ${people[0].id});
                INSERT INTO change_markers (changed_on, what, form_nonce, made_by, made_at) VALUES (current_date, 'Other words', 'marker', ${people[0].id}, app_now());
                INSERT INTO help_searches (words, asked, empty, clicked, last_at) VALUES ('nothing there', 1, 1, 0, app_now());
                INSERT INTO alarms (kind, object, object_id, detail, at) VALUES ('access_late', 'order', (SELECT min(id) FROM orders), 'late', app_now());
                ${[a, b].map(({ id, number }) => `
                INSERT INTO notes (customer_id, staff_id, nonce, body, at) VALUES (${id}, ${people[0].id}, 'note-${id}', 'A note', app_now());
                INSERT INTO disputes (payment_id, order_id, customer_id, currency, account_id, gateway_ref, amount_minor, reason, status, created_at)
                SELECT p.id, p.order_id, ${id}, p.currency, p.account_id, 'dp_${id}', 100, 'fraudulent', 'open', app_now() FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = '${number}';
                INSERT INTO case_notes (case_id, customer_id, kind, body, staff_id, form_nonce, at) SELECT id, customer_id, 'note', 'What was said', ${people[0].id}, 'note', app_now() FROM cases WHERE customer_id = ${id};
                INSERT INTO case_answers (case_id, version_id, position, label, answer, staff_id, at) SELECT c.id, (SELECT max(version_id) FROM articles WHERE kind = 'playbook'), 1, 'Asked', 'Said', ${people[0].id}, app_now() FROM cases c WHERE c.customer_id = ${id};
                INSERT INTO ratings (kind, object_id, customer_id, score, words, rated_at, changed_at) SELECT 'case', id, customer_id, 3, 'So so', app_now(), app_now() FROM cases WHERE customer_id = ${id};
                INSERT INTO tasks (kind, object, object_id, role, title, facts, customer_id, status, due_at, created_at)
                VALUES ('call', 'customer', ${id}, 'support', 'Call', '{"Phone": "1"}', ${id}, 'open', app_now(), app_now());
                INSERT INTO article_votes (article_id, version_id, voter, helpful, words, at) SELECT article_id, version_id, sha256('${id}'), false, 'too short', app_now() FROM faq_articles ORDER BY 1 LIMIT 1;
                INSERT INTO mismatches (account_id, payment_ref, attempt_id, expected_minor, expected_currency, found_minor, found_currency, at)
                SELECT t.account_id, 'pi_${id}', t.id, 1, 'EUR', 2, 'EUR', app_now() FROM attempts t JOIN orders o ON o.id = t.order_id WHERE o.number = '${number}';
                INSERT INTO corrections (nonce, status, number, amount, last_four, new_email, new_fold, asked_at, order_id, customer_id, old_email, reason, decided_by, decided_at)
                SELECT 'refused-${id}', 'refused', '${number}', '1', '0000', 'no-${id}@example.org', 'no-${id}@example.org', app_now(), id, ${id}, email, 'why', ${people[0].id}, app_now() FROM orders WHERE number = '${number}';
                INSERT INTO mail_failures (address, message_id, code, at) SELECT email, id, '550', app_now() FROM messages WHERE customer_id = ${id} ORDER BY id LIMIT 1;
                INSERT INTO matches (bank_line_id, order_id, payment_id, confidence, reason, staff_id, at, undone_at, undone_by, undone_reason)
                SELECT l.id, p.order_id, p.id, 'hand', 'why', ${people[0].id}, app_now(), ${id === b.id ? `app_now(), ${people[0].id}, 'why'` : "NULL, NULL, ''"} FROM bank_lines l, payments p JOIN orders o ON o.id = p.order_id
                WHERE l.status = 'matched' AND o.number = '${number}' ON CONFLICT DO NOTHING;`).join('')} COMMIT`);
}

/** Until the worker has nothing more to do at once. */
export const settled = (house) => becomes(house, `SELECT NOT EXISTS (SELECT FROM jobs j WHERE j.run_at < app_now() + interval '2 s' AND j.kind NOT IN (SELECT name FROM schedules))
        AND NOT EXISTS (SELECT FROM messages WHERE status IN ('queued', 'sending'))`, 30);
