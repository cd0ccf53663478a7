// Fifty submissions of one form at once have the effect of one.  Every POST of the route tables
// stands here: each is sent once with the objects of one customer and fifty times at once with
// those of another who has the same, and what the database has gained must be the same.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading } from './lib/browser.mjs';
import { address, quote } from './lib/house.mjs';
import { startOwn } from './lib/own.mjs';
import { Psql } from './lib/psql.mjs';
import { becomes, begin, course, pay, welcomed } from './lib/purchase.mjs';
import { routesOf } from './lib/routes.mjs';
import { top, until } from './lib/sandbox.mjs';
import { send as sendFile, sendTo } from './lib/send.mjs';
import { code, stepNow } from './lib/staff.mjs';
import { inside, makeWorld, mentoring, newToken, session, settled, transfer } from './lib/world.mjs';

const many = 50;

/** Proved by another file's test of this name. */
const elsewhere = {
        'POST /access/:token': ['account', '50 presses at once: one session (safety rule 4)'],
        'POST /account/confirm': ['profile', 'P1: a login that is not fresh changes nothing that matters'],
        'POST /account/notices': ['profile', 'P1: which mails: tips and news may be switched off'],
        'POST /account/reminders': ['reminders', 'S1.4 how often is the customer'],
        'POST /account/calendar': ['reminders', 'own calendar by a private link'],
        'POST /account/calendar/end': ['reminders', 'own calendar by a private link'],
        'POST /admin/reminders': ['reminders', 'S1.4 staff set the days of all products and of one'],
        'POST /account/password': ['profile', 'P1: the first one is chosen, the next one is changed'],
        'POST /account/passkeys': ['passkey', 'P1: 50 times the same form adds one'],
        'POST /account/sessions/end': ['profile', 'P1: sessions are listed with this one marked'],
        'POST /account/sessions/others': ['profile', 'P1: sessions are listed with this one marked'],
        'POST /login/passkey': ['passkey', 'P1: an answer counts once: twice, and 50 times at once'],
        'POST /help/:slug/votes': ['help', 'S1.9 one vote for each browser and version, fifty at once, and the last word counts'],
        'POST /pay/:token/now': ['cases', 'S1.3 fifty times "pay now" at once is one charge'],
        'POST /payments/:number/:seq/now': ['cases', 'S1.3 fifty times "pay now" at once is one charge'],
        'POST /plans/:number/changes': ['hardship', 'one form sent twenty times at once, and twenty different ones, are one change'],
        'POST /plans/:number/answers': ['hardship', 'fifty times at once'],
        'POST /plans/:number/periods': ['hardship', 'S1.6 a subscription'],
        'POST /plans/:number/transfer-back': ['hardship', 'S1.6 an announced transfer'],
        'POST /plans/:number/early': ['hardship', 'fifty times at once'],
        'POST /pay/:token/changes': ['hardship', 'one form sent twenty times at once, and twenty different ones, are one change'],
        'POST /pay/:token/periods': ['hardship', 'S1.6 a subscription'],
        'POST /pay/:token/transfer-back': ['hardship', 'S1.6 an announced transfer'],
        'POST /pay/:token/answers': ['hardship', 'fifty times at once'],
        'POST /admin/plans/requests/:number/approvals': ['hardship', 'fifty times at once'],
        'POST /admin/plans/requests/:number/offers': ['hardship', 'fifty times at once'],
        'POST /admin/plans/requests/:number/refusals': ['hardship', 'fifty times at once'],
        'POST /admin/plans/rules/:id': ['hardship', 'fifty times at once'],
        'POST /admin/plans/rules/:id/withdrawals': ['hardship', 'an edited rule shows whom it would touch before it is published'],
        'POST /admin/plans/:number/offers': ['hardship', 'an overdue payment becomes a plan'],
        'POST /orders/:number/offer': ['overtime', 'two of the staff at once, one form twenty times'],
        'POST /pay/:token/offer': ['overtime', 'S1.6 an order that waits for a transfer'],
        'POST /admin/orders/:number/offers': ['overtime', 'two of the staff at once, one form twenty times'],
        'POST /payment-methods': ['methods', 'fifty forms at once are one visit'],
        'POST /withdraw': ['withdraw', 'fifty times at once, by one form and by fifty, is one refund'],
        'POST /orders/:number/withdraw': ['withdraw', 'fifty times at once, by one form and by fifty, is one refund'],
        'POST /withdraw/link/:token': ['withdraw', 'the link of the mail about the order: filled in, one button'],
        'POST /orders/:number/refund': ['withdraw', 'a person, a plan where something is open, or the money, alike'],
        'POST /admin/withdrawals/:id/orders': ['withdraw', 'staff find the order of one that fits none'],
        'POST /admin/withdrawals/:id/refusals': ['withdraw', 'a person, a plan where something is open, or the money, alike'],
        'POST /admin/products/:slug/refund-rules': ['withdraw', 'the shop\\\'s own guarantee: a person, or by itself'],
        'POST /rate/:token': ['care', 'its link rates by a button, changes'],
        'POST /admin/cases/:id/calls': ['care', 'the next call is a task; fifty times is once'],
        'POST /admin/cases/:id/letters': ['care', 'the next call is a task; fifty times is once'],
        'POST /admin/cases/:id/retries': ['care', 'staff stop the retries, plan them again, charge now'],
        'POST /admin/cases/:id/settlements': ['care', 'finance forgives or writes off'],
        'POST /admin/reports/causes/changes': ['care', 'a change shows the share before and after'],
        'POST /admin/disputes/:id/answers': ['tasks', 'is answered once, when the gateway fails too, and its task is done'],
        'POST /admin/help/:slug/reads': ['help', 'S1.10 who has read which version of a training: noted once'],
        'POST /admin/orders/:number/refunds': ['refunds', '50 times the same form is one refund (safety rule 4)'],
        'POST /admin/refunds/:id/approvals': ['refunds', 'approved 50 times by the other it goes back once'],
        'POST /admin/tasks/:id/outcomes': ['tasks', 'ends with what came of it, or dropped with a reason; once, however often it is sent'],
        'POST /admin/login': ['admin', 'a code counts once: replayed it is refused'],
        'POST /admin/login/passkeys': ['passkey', 'P6: an answer counts once: twice, and 50 times at once'],
        'POST /admin/account/passkeys': ['passkey', 'P6: adding: bad answers, 50 at once'],
        'POST /admin/corrections/:id': ['correction', 'P3: staff see what fits, need a reason, and correct it: as at once'],
};

/** Each answer that lets somebody in carries a cookie of its own, for nobody can say which of them the
 *  browser keeps, and a token is stored as its hash alone: it cannot be given out twice.  So there are as
 *  many sessions as answers, each with its line about who was let in, and no more; the login's limits
 *  and the end of each session bound them. */
const ownCookie = { 'POST /login': ['sessions', 'evidence'], 'POST /admin/customers/:id/views': ['sessions', 'audit'] };

/** Shows what was typed and keeps nothing. */
const keepsNothing = ['POST /withdraw/check', 'POST /admin/products/:slug/preview', 'POST /admin/products/:slug/item-preview', 'POST /admin/plans/rules/:id/trials', 'POST /admin/plans/rules/:id/withdrawals/trials', 'POST /admin/markdown', 'POST /admin/help/preview'];

/** What the worker makes of it in its own time, and what counts tries. */
const later = ['alarms', 'chain_pending', 'chain_seals', 'inbox', 'jobs', 'jobs_dead', 'jobs_done', 'message_bodies', 'receipt_files', 'receipts', 'rollups', 'search_words', 'sends',
        'ticket_links', 'withdraw_links', 'tries', 'search_hits'];

/** Jobs that make only such rows, or ask the gateway. */
const paperwork = '{mail,receipt,credit_note,receipt_print,payment_detail,attempt_ask,gateway_fetch}';

function shelf(dir, slug, more = '') {
        const files = {
                'product.ini': `[product]\nslug=${slug}\nkind=course\ntitle=Course ${slug}\ntagline=A line\n${more}\n[offer full]\ntitle=In full\ncurrency=EUR\namount=49.00\ntax_class=digital\n`,
                'summary.md': 'What.\n', 'includes.md': 'This.\n', 'refund.md': 'Back.\n', 'next.md': 'Begin.\n', 'contents/01-start/title.txt': 'Start\n',
                'contents/01-start/01-first.md': '---\ntitle: The first\nkind: lesson\n---\nHello.\n', 'contents/01-start/02-second.md': '---\ntitle: The second\nkind: lesson\n---\nAgain.\n',
        };
        for (const [name, text] of Object.entries(files)) {
                fs.mkdirSync(path.dirname(path.join(dir, slug, name)), { recursive: true });
                fs.writeFileSync(path.join(dir, slug, name), text);
        }
}

describe('fifty at once', () => {
        let house, world, owner, finance, support, psql, counted;

        before(async () => {
                house = await startOwn();
                for (const limit of ['asks_account', 'asks_address', 'tickets_per_hour', 'login_failures_account', 'login_failures_address']) house.setting('limits', limit, 1000000);
                for (const service of ['portal', 'login', 'gateway', 'admin']) await house.reload(service);
                const dir = fs.mkdtempSync(path.join(house.home, 'shelf-'));
                for (const name of ['terms.md', 'consent.md', 'tax.csv']) fs.copyFileSync(path.join(top, 'demo/northlight', name), path.join(dir, name));
                for (const slug of ['one', 'two']) shelf(dir, slug);
                for (const slug of ['checked-one', 'checked-two']) shelf(dir, slug, 'check_days=3\n');
                assert.equal(house.ctl('product', 'load', dir).status, 0);
                world = await makeWorld(house);
                ({ owner, finance, support } = world.staff);
                for (const [x, slug, member] of [[world.a, 'one', world.people[1]], [world.b, 'two', world.people[2]]]) {
                        const checked = await begin(house, { browser: inside(house, x.id), email: x.email, product: `checked-${slug}` });
                        await pay(checked);
                        await welcomed(checked, /Your place is booked/);
                        Object.assign(x, { slug, checked: checked.number, member, invite: undefined });
                }
                await settled(house);
                psql = new Psql(house);
                counted = counting();
        });
        after(async () => {
                psql?.close();
                await house?.stop();
        });

        /** How many rows each table has, as one statement: it is asked four times for each form. */
        function counting() {
                const tables = house.rows(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'latchkey'::regnamespace AND relkind = 'r'`).map(({ name }) => name).filter((name) => !later.includes(name));
                // A session by a mail's link is made when the mail is sent; at the checkout each answer carries its own.
                const which = { sessions: "kind NOT IN ('magic', 'claim', 'invite', 'pay_link', 'checkout')", moves: "machine NOT IN ('message', 'inbox')", evidence: "kind <> 'mailed'" };
                return tables.map((name) => `SELECT '${name}' AS name, count(*) AS n FROM ${name} WHERE ${which[name] ?? 'true'}`).join(' UNION ALL ') + ' ORDER BY 1';
        }
        /** The same, once the worker is through with what it does at once (a job that it holds is leased for a while); its mails and papers are not counted. */
        async function state() {
                await until(async () => await psql.run(`SELECT NOT EXISTS (SELECT FROM jobs WHERE run_at < app_now() + interval '1 hour' AND kind NOT IN (SELECT name FROM schedules) AND kind <> ALL ('${paperwork}'))`) === 't', 'the worker is through');
                return psql.rows(counted);
        }
        const gained = (before, after) => Object.fromEntries(after.map(({ name, n }, i) => [name, n - before[i].n]).filter(([, n]) => n !== 0));

        const form = (browser, page, which, changes = {}) => ({ browser, page, which, changes });
        const order = (x, rest = '') => `/admin/orders/${x.number}${rest}`;
        const product = (x, rest = '') => `/admin/products/${x.slug}${rest}`;
        const person = (x) => `/admin/customers/${x.id}`;
        const other = (x) => (x === world.a ? 'a' : 'b');
        const expire = (token) => house.sql(`UPDATE sessions SET expires_at = app_now() WHERE token_hash = sha256(${quote(token)}); UPDATE ticket_links SET expires_at = app_now() WHERE token_hash = sha256(${quote(token)})`);
        const day = new Date().toISOString().slice(0, 10);
        /** A credit of the bank; its id. */
        const line = (status = 'new', amount = 14900) => house.sql(`INSERT INTO bank_lines (account_id, statement, line, booked_on, amount_minor, currency, reference, payer, payer_iban, source, status, reason, loaded_at, settled_at)
                SELECT id, 'S', (SELECT coalesce(max(line), 0) + 1 FROM bank_lines), current_date, ${amount}, 'EUR', 'x', 'Ann', '', 'csv', '${status}', 'why', app_now(), ${status === 'new' ? 'NULL' : 'app_now()'} FROM accounts WHERE kind = 'bank' RETURNING id`);
        const article = (x) => `answer-${other(x)}`;
        const alarm = (kind, object, id) => house.sql(`INSERT INTO alarms (kind, object, object_id, detail, at) VALUES ('${kind}', '${object}', ${id}, 'made by a test', app_now()) RETURNING id`);
        const pdf = (x, name) => ({ name: `${name}.pdf`, head: `%PDF-1.7 ${name} of ${other(x)}` });
        const login = (x) => { const browser = new Browser(house.url); return { browser, email: x.email, password: `otters in the rain ${other(x)}` }; };

        /** How each is sent, for the objects of X; in this order, for one makes what the next needs, and links
         *  of mails end when the address changes. */
        const forms = {
                // One handler serves both addresses: what the first has done, the second finds.
                ...Object.fromEntries(Object.entries({ question: { question: 'What is this?' }, promise: {}, transfer: {}, page: {}, other: {} }).flatMap(([act, changes]) =>
                        [['/pay/:token', (x) => [new Browser(house.url), `/pay/${x.pay}`]], ['/payments/:number/:seq', (x) => [x.browser, `/payments/${x.plan}/2`]]].map(([path, where]) =>
                                [`POST ${path}/${act}`, async (x) => {
                                        const [browser, page] = where(x);
                                        if (act === 'promise') house.sql(`UPDATE promises SET status = 'withdrawn', settled_at = app_now() WHERE customer_id = ${x.id} AND status = 'open'`);
                                        let shown = await browser.go(page);
                                        if (act === 'other' && !shown.text.includes('/other"')) {       // the gateway's page is to be open
                                                await browser.submit(shown, /page$/);
                                                shown = await browser.go(page);
                                        }
                                        const day = act === 'promise' ? { day: /name="day" type="date" min="([^"]+)"/.exec(shown.text)[1] } : {};
                                        if (shown.text.includes(`/${act}"`)) return { ...form(browser, null, new RegExp(`${act}$`), { ...changes, ...day }), shown };
                                        return { ...form(browser, null, /(page|other)$/), shown, to: `${page}/${act}` };
                                }]))),
                'POST /help/link/:token/replies': (x) => form(new Browser(house.url), `/help/link/${x.ticketLink}`, /replies$/, { text: 'And more' }),
                'POST /help/link/:token/new': (x) => { expire(x.ticketLink); return form(new Browser(house.url), `/help/link/${x.ticketLink}`, /new$/); },
                'POST /admin/cases/:id/takings': (x) => form(support, `/admin/cases/${x.case}`, /takings$/),
                'POST /admin/cases/:id/owners': (x) => form(owner, `/admin/cases/${x.case}`, /owners$/, { owner: String(world.people[0].id) }),
                'POST /admin/cases/:id/notes': (x) => form(support, `/admin/cases/${x.case}`, /notes$/, { note: 'They will pay' }),
                'POST /admin/cases/:id/answers': (x) => form(support, `/admin/cases/${x.case}`, /answers$/, { a1: 'Yes' }),
                'POST /admin/cases/:id/links': (x) => form(support, `/admin/cases/${x.case}`, /links$/, { act: 'send' }),
                'POST /access/:token/new': (x) => { expire(x.magic); return form(new Browser(house.url), `/access/${x.magic}`, /new$/); },
                'POST /account/passkeys/remove': (x) => form(x.browser, '/account/passkeys', /remove$/),
                'POST /account/profile': (x) => form(x.browser, '/account/profile', /profile$/, { name: 'Another Name' }),
                'POST /account/address/cancel': (x) => form(x.browser, '/account/address', /cancel$/),
                'POST /account/address': (x) => form(x.browser, '/account/address', /address$/, { email: `next-${other(x)}@example.org` }),
                'POST /account/address/link/:token': (x) => {
                        const token = newToken();
                        house.sql(`UPDATE address_changes SET link_hash = sha256(${quote(token)}), link_until = app_now() + interval '1 hour' WHERE customer_id = ${x.id} AND status = 'asked'`);
                        return form(x.browser, `/account/address/link/${token}`, /address\/link/);
                },
                'POST /address-undo/:token': (x) => form(new Browser(house.url), `/address-undo/${x.undoLink}`, /address-undo/),
                'POST /set-password': (x) => {
                        x.browser = inside(house, x.id);
                        x.email = house.sql(`SELECT email FROM customers WHERE id = ${x.id}`);
                        return form(x.browser, '/set-password', /set-password$/, { password: login(x).password });
                },
                'POST /login': (x) => form(login(x).browser, '/login', /login$/, { email: x.email, password: login(x).password }),
                'POST /login/link': (x) => ({ ...form(new Browser(house.url), '/login', /login$/, { email: x.email }), to: '/login/link' }),
                'POST /login/forgotten': (x) => form(new Browser(house.url), '/login/forgotten', /forgotten$/, { email: x.email }),
                'POST /account/confirm/link': (x) => {
                        house.sql(`UPDATE sessions SET created_at = created_at - interval '1 hour' WHERE customer_id = ${x.id} AND kind = 'customer'`);
                        return form(x.browser, '/account/confirm', /confirm\/link$/);
                },
                'POST /products/:slug/orders': (x) => form(new Browser(house.url), '/products/one', /orders$/,
                        { email: `new-${other(x)}@example.org`, name: 'New', country: 'DE', agree: '1', consent: '1', pay: 'card' }),
                'POST /products/:slug/orders by transfer': (x) => form(new Browser(house.url), `/products/${mentoring}`, /orders$/,
                        { email: `by-${other(x)}@example.org`, name: 'New', country: 'DE', agree: '1', consent: '1', pay: 'transfer' }),
                'POST /help-me-in': (x) => form(new Browser(house.url), '/help-me-in', /help-me-in$/, { number: x.moved, amount: '1', last_four: '0000', email: `r-${other(x)}@example.org` }),
                'POST /orders/:number/people': (x) => form(x.browser, `/orders/${x.number}/people`, /people$/, { name: 'Uma', email: `uma-${other(x)}@example.org` }),
                'POST /orders/:number/people/end': (x) => form(x.browser, `/orders/${x.number}/people`, /people\/end$/),
                'POST /claim/:token': async (x) => {
                        const email = `claim-${other(x)}@example.org`;
                        await x.browser.submit(await x.browser.go(`/orders/${x.number}/people`), /people$/, { name: 'Uma', email });
                        const customer = house.sql(`SELECT id FROM customers WHERE email = ${quote(email)}`);
                        const token = session(house, 'claim', { customer_id: customer, order_id: `(SELECT id FROM orders WHERE number = ${quote(x.number)})` });
                        return form(new Browser(house.url), `/claim/${token}`, /claim/);
                },
                'POST /orders/:number/people/end, taken back': (x) => form(x.browser, `/orders/${x.number}/people`, /people\/end$/),
                'POST /orders/:number/copies': (x) => form(x.browser, `/orders/${x.number}/copies`, /copies$/, { name: 'Bo', email: `bo-${other(x)}@example.org`, bills: '1' }),
                'POST /orders/:number/copies/:person/end': (x) => form(x.browser, `/orders/${x.number}/people`, new RegExp(`copies/${x.person}/end$`)),
                'POST /programs/:slug/:item/progress': async (x) => {
                        const [lesson] = (await x.browser.go(`/programs/${course}`)).text.match(new RegExp(`/programs/${course}/[a-z0-9-]+`));
                        return form(x.browser, lesson, /progress$/);
                },
                'POST /help/requests': (x) => form(x.browser, '/help/requests/new', /requests$/, { about: 'other', text: 'once' }),
                'POST /help/requests/:number/replies': (x) => form(x.browser, `/help/requests/${x.ticket}`, /replies$/, { text: 'More' }),
                'POST /logout': (x) => form(inside(house, x.id), '/programs', /logout$/),
                'POST /view-end': async (x) => {
                        const eyes = new Browser(house.url);
                        for (const [name, text] of owner.jar()) eyes.jar().set(name, text);
                        await eyes.submit(await eyes.go(person(x)), /views$/);
                        return form(eyes, '/programs', /view-end$/);
                },

                'POST /payment-methods/:id': (x) => form(x.browser, '/payment-methods', /payment-methods\/\d+$/),
                'POST /orders/:number/cancel': (x) => {
                        house.sql(`UPDATE agreements SET kind = 'subscription', count = NULL WHERE order_id = (SELECT id FROM orders WHERE number = ${quote(x.plan)})`);
                        return form(x.browser, `/orders/${x.plan}`, /cancel$/);
                },

                'POST /admin/help': (x) => form(owner, '/admin/help/new?kind=faq', /\/admin\/help$/, { slug: article(x), title: 'An answer', summary: 'What it says', category: 'Tests', position: '900', body: 'A text' }),
                'POST /admin/help/:slug/publish': (x) => form(owner, `/admin/help/${article(x)}`, /publish$/),
                'POST /admin/help/:slug/texts': (x) => form(owner, `/admin/help/${article(x)}/texts`, /texts$/, { title: 'A better answer' }),
                'POST /admin/help/:slug/discard': (x) => form(owner, `/admin/help/${article(x)}`, /discard$/),
                'POST /admin/help/:slug/restores': async (x) => {
                        await owner.submit(await owner.go(`/admin/help/${article(x)}/texts`), /texts$/, { title: 'A new answer' });
                        await owner.submit(await owner.go(`/admin/help/${article(x)}`), /publish$/);
                        return form(owner, `/admin/help/${article(x)}/versions/1`, /restores$/);
                },
                'POST /admin/help/:slug/shown': (x) => form(owner, `/admin/help/${article(x)}`, /shown$/),
                'POST /admin/help/searches': (x) => {
                        house.sql(`INSERT INTO help_searches (words, asked, empty, clicked, last_at) VALUES ('nothing ${other(x)}', 9, 9, 0, app_now())`);
                        return form(owner, '/admin/help/searches', /searches$/, { words: `nothing ${other(x)}` });
                },
                'POST /admin/messages/:kind': (x) => form(owner, `/admin/messages/${house.sql(`SELECT DISTINCT kind FROM message_texts ORDER BY 1 OFFSET ${other(x) === 'a' ? 0 : 1} LIMIT 1`)}`, /messages/, { subject: 'New words', what: 'save' }),
                'POST /admin/refunds/:id/refusals': (x) => {
                        const refund = house.sql(`INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, key, kind, amount_minor, status, reason, two_persons, asked_by, created_at)
                                SELECT p.id, p.order_id, p.customer_id, p.currency, p.account_id, 'asked ${other(x)}', 'staff', 100, 'asked', 'requested_by_customer', true, ${world.people[0].id}, app_now()
                                FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(x.moved)} RETURNING id`);
                        return form(finance, `/admin/refunds/${refund}`, /refusals$/, { why: 'Too late' });
                },
                'POST /rate/:token/words': async (x) => {
                        const browser = new Browser(house.url);
                        await browser.submit(await browser.go(`/rate/${x.rate}`), new RegExp(`${x.rate}$`), { score: '4' });
                        return form(browser, `/rate/${x.rate}`, /words$/, { words: 'So so' });
                },
                'POST /admin/cases/:id/closings': (x) => {
                        house.sql(`UPDATE cases SET status = 'resolved', resolved_at = app_now(), resolved_by = 'paid' WHERE id = ${x.case}`);
                        return form(support, `/admin/cases/${x.case}`, /closings$/, { cause: house.sql('SELECT min(cause) FROM case_causes') });
                },
                'POST /admin/reports/causes/changes/:id': (x) => {
                        const marker = house.sql(`INSERT INTO change_markers (changed_on, what, form_nonce, made_by, made_at) VALUES (current_date, 'Words', 'marker ${other(x)}', ${world.people[0].id}, app_now()) RETURNING id`);
                        return form(owner, `/admin/reports/causes/changes/${marker}`, new RegExp(`changes/${marker}$`), { what: 'Better words' });
                },
                'POST /admin/tasks/:id/claims': (x) => {
                        x.task = house.sql(`SELECT task_open('call', 'test', ${x.id}, '', app_now() + interval '1 day', 'support', 'Call', '{}')`);
                        return form(support, `/admin/tasks/${x.task}`, /claims$/);
                },
                'POST /admin/tasks/:id/releases': (x) => form(support, `/admin/tasks/${x.task}`, /releases$/),
                'POST /admin/tasks/:id/drops': (x) => form(support, `/admin/tasks/${x.task}`, /drops$/, { why: 'Nobody needs it' }),

                'POST /admin/customers/:id/notes': (x) => form(owner, person(x), /notes$/, { body: 'A note' }),
                'POST /admin/customers/:id/views': (x) => form(owner, person(x), /views$/),
                'POST /admin/customers/:id/mail-works': (x) => {
                        house.sql(`INSERT INTO messages (kind, object, object_id, period, customer_id, email, queued_at, status) SELECT 'login_link', 'customer', id, 'back', id, email, app_now(), 'sent' FROM customers WHERE id = ${x.id};
                                SELECT message_bounced(id, true, '5.1.1', 'no such mailbox') FROM messages WHERE customer_id = ${x.id} AND period = 'back'`);
                        return form(owner, person(x), /mail-works$/);
                },
                'POST /admin/customers/:id/addresses': (x) => form(owner, person(x), /addresses$/, { email: `staff-${other(x)}@example.org`, reason: 'said so' }),
                'POST /admin/customers/:id/rights/:access/ends': (x) => form(owner, person(x), new RegExp(`rights/${x.access}/ends$`), { why: 'because' }),
                'POST /admin/orders/:number/regrants': (x) => form(owner, order(x), /regrants$/),
                'POST /admin/orders/:number/resends': (x) => form(owner, order(x), /resends$/),
                'POST /admin/orders/:number/gifts': (x) => form(owner, `/admin/orders/${x.pending}`, /gifts$/, { reason: 'a prize' }),
                'POST /admin/orders/:number/days': (x) => form(owner, `/admin/orders/${x.checked}`, /days$/, { expected: '2030-05-05' }),
                'POST /admin/orders/:number/releases': (x) => form(owner, `/admin/orders/${x.checked}`, /releases$/),
                'POST /admin/tickets/:number/takings': (x) => form(owner, `/admin/tickets/${x.ticket}`, /takings$/),
                'POST /admin/tickets/:number/givings': (x) => form(owner, `/admin/tickets/${x.ticket}`, /givings$/),
                'POST /admin/tickets/:number/answers': (x) => form(owner, `/admin/tickets/${x.ticket}`, /answers$/, { text: 'Done' }),
                'POST /admin/tickets/:number/closings': (x) => form(owner, `/admin/tickets/${x.ticket}`, /closings$/),
                'POST /admin/tickets/:number/openings': (x) => form(owner, `/admin/tickets/${x.ticket}`, /openings$/),
                'POST /admin/transfers/statements': (x) => form(finance, '/admin/transfers', /statements$/, { statement: `${day};10.00;EUR;list of ${other(x)};Ann;` }),
                'POST /admin/transfers/credits': (x) => form(finance, '/admin/transfers', /credits$/, { booked_on: day, amount: '9.00', currency: 'EUR', reference: `by hand ${other(x)}`, payer: 'Ann' }),
                'POST /admin/transfers/lines/:line/asides': () => form(finance, '/admin/transfers', new RegExp(`lines/${line()}/asides$`), { why: 'rent' }),
                'POST /admin/transfers/lines/:line/returns': () => form(finance, '/admin/transfers', new RegExp(`lines/${line('set_aside')}/returns$`)),
                'POST /admin/transfers/lines/:line/payouts': () => form(finance, '/admin/transfers', new RegExp(`lines/${line()}/payouts$`)),
                'POST /admin/transfers/lines/:line/matches': async (x) => {
                        const browser = new Browser(house.url);
                        x.late = await transfer(browser, `late-${other(x)}@example.org`);
                        const [{ owed }] = house.rows(`SELECT amount_minor AS owed FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(x.late)}`);
                        return form(finance, '/admin/transfers', new RegExp(`lines/${line('new', owed + 500)}/matches$`), { number: x.late });
                },
                'POST /admin/transfers/payments/:payment/undoings': async (x) => {
                        const number = await transfer(new Browser(house.url), `wrong-${other(x)}@example.org`);
                        const [{ owed }] = house.rows(`SELECT amount_minor AS owed FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(number)}`);
                        const id = line('new', owed);
                        await finance.submit(await finance.go('/admin/transfers'), new RegExp(`lines/${id}/matches$`), { number });
                        // A receipt that was made is taken back by a credit note.
                        await becomes(house, `EXISTS (SELECT FROM receipts r JOIN payments p ON p.id = r.payment_id WHERE p.bank_line_id = ${id})`);
                        return form(finance, '/admin/transfers', new RegExp(`payments/${house.sql(`SELECT id FROM payments WHERE bank_line_id = ${id}`)}/undoings$`), { undo_why: 'another paid' });
                },
                'POST /admin/transfers/refunds/:refund/payouts': (x) => {
                        const refund = house.sql(`SELECT r.id FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(x.late)}`);
                        return form(finance, '/admin/transfers', new RegExp(`refunds/${refund}/payouts$`));
                },
                'POST /admin/discounts': (x) => form(owner, '/admin/discounts', /discounts$/, { code: `CODE-${other(x).toUpperCase()}`, percent: '10' }),
                'POST /admin/discounts/:id/switch': (x) => form(owner, '/admin/discounts', new RegExp(`${house.sql(`SELECT id FROM discount_codes WHERE code = 'CODE-${other(x).toUpperCase()}'`)}/switch$`)),
                'POST /admin/products/:slug/texts': (x) => form(owner, product(x, '/texts'), /texts$/, { tagline: 'Another line' }),
                'POST /admin/products/:slug/discard': (x) => form(owner, product(x), /discard$/),
                'POST /admin/products/:slug/contents': (x) => form(owner, product(x, '/content'), /contents$/, { title: 'Third', kind: 'lesson', body: 'Text' }),
                'POST /admin/products/:slug/contents/:item': (x) => form(owner, product(x, '/contents/first'), /first$/, { title: 'The very first' }),
                'POST /admin/products/:slug/contents/:item/moves': (x) => form(owner, product(x), /second\/moves$/, { way: 'up' }),
                'POST /admin/products/:slug/uploads': (x) => ({ ...form(owner, product(x, '/upload'), /uploads$/, { title: 'Paper' }), file: pdf(x, 'paper') }),
                'POST /admin/products/:slug/files': async (x) => {
                        const asked = await sendFile(owner, await owner.go(product(x, '/upload')), /uploads$/, { title: 'x'.repeat(200) }, pdf(x, 'kept'));
                        return { ...form(owner, null, /files$/, { title: 'Kept' }), shown: asked };
                },
                'POST /admin/products/:slug/contents/:item/uploads': (x) => ({ ...form(owner, product(x, '/contents/paper/upload'), /uploads$/), file: pdf(x, 'better paper') }),
                'POST /admin/products/:slug/contents/:item/files': (x) => {
                        const sent = house.sql(`SELECT iv.file_id FROM version_items w JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id JOIN products p ON p.id = i.product_id
                                WHERE p.slug = ${quote(x.slug)} AND iv.title = 'Kept'`);
                        return form(owner, product(x, `/contents/paper/upload?sent=${sent}`), /files$/);
                },
                'POST /admin/products/:slug/publish': (x) => form(owner, product(x, '/publish'), /publish$/),
                'POST /admin/products/:slug/restores': (x) => form(owner, product(x, '/versions/1'), /restores$/),
                'POST /admin/products/:slug/offers': async (x) => {
                        const asked = await owner.submit(await owner.go(product(x, '/offer')), /offers$/, { offer: 'half', title: 'Half', amount: '20', currency: 'EUR' });
                        return { ...form(owner, null, /offers$/), shown: asked };
                },
                'POST /admin/products/:slug/offers/:offer': async (x) => {
                        const asked = await owner.submit(await owner.go(product(x, '/offers/full')), /offers\/full$/, { amount: '59' });
                        return { ...form(owner, null, /offers\/full$/), shown: asked };
                },
                'POST /admin/products/:slug/offers/:offer/sale': (x) => form(owner, product(x), /half\/sale$/, { sale: 'off' }),
                'POST /admin/products/:slug/access': (x) => form(owner, product(x, '/access'), /access$/, { nothing_new: '3', read_only: '7', locked: '14' }),
                'POST /admin/products/:slug/reminders': (x) => form(owner, product(x, '/reminders'), /reminders$/, { use: 'own', before: '3', after: '5' }),
                'POST /admin/products/:slug/messages/:kind': (x) => form(owner, product(x, '/messages/plan_thanks'), /plan_thanks$/, { subject: 'Thank you', what: 'save' }),
                'POST /admin/products/:slug/sale': (x) => form(owner, product(x), new RegExp(`${x.slug}/sale$`), { sale: 'off' }),
                'POST /admin/products': (x) => form(owner, '/admin/new-product', /products$/, { title: 'Begun', slug: `begun-${other(x)}` }),
                'POST /admin/system/alarms/:id/settlements': (x) => form(finance, '/admin/system', new RegExp(`alarms/${alarm('refund_failed', 'order', `(SELECT id FROM orders WHERE number = ${quote(x.number)})`)}/settlements$`), { reason: 'paid in cash' }),
                'POST /admin/system/alarms/:id/tries': (x) => {
                        const event = house.sql(`INSERT INTO inbox (account_id, event_ref, type, source, body, made_at, acts, status, tries, error, next_at)
                                SELECT id, 'evt_poison_${other(x)}', 'charge.expired', 'hook', '{}', now(), 'none', 'poison', 8, 'x', now() FROM accounts WHERE name = 'stripe' RETURNING id`);
                        return form(owner, '/admin/system', new RegExp(`alarms/${alarm('poison', 'event', event)}/tries$`));
                },
                'POST /admin/account/passkeys/:id/names': (x) => {
                        const id = house.sql(`INSERT INTO passkeys (staff_id, credential, public_key, algorithm, count, name, created_at)
                                VALUES (${x.member.id}, 'key ${other(x)}', '\\x01', -7, 0, 'A phone', app_now()) RETURNING id`);
                        return form(x.member.browser, '/admin/account/passkeys', new RegExp(`passkeys/${id}/names$`), { name: 'The attic' });
                },
                'POST /admin/account/passkeys/:id/removals': (x) => form(x.member.browser, '/admin/account/passkeys', /removals$/),
                'POST /admin/staff/invitations': (x) => form(owner, '/admin/staff', /invitations$/, { email: `new-${other(x)}@example.com`, role: 'support' }),
                'POST /admin/set-up/:token': async (x) => {
                        const token = session(house, 'invite', { staff_id: house.sql(`SELECT id FROM staff WHERE email = ${quote(`new-${other(x)}@example.com`)}`) });
                        const browser = new Browser(house.url);
                        const page = await browser.go(`/admin/set-up/${token}`);
                        const secret = /<code id="secret">([^<]+)</.exec(page.text)[1];
                        return { ...form(browser, null, /set-up/, { name: 'New One', password: 'larch quill moor heron', code: code(secret, stepNow()) }), shown: page };
                },
                'POST /admin/staff/:id/roles': (x) => form(owner, '/admin/staff', new RegExp(`staff/${x.member.id}/roles$`), { role: 'viewer' }),
                'POST /admin/account/codes': async (x) => {
                        await psql.run(`UPDATE staff SET totp_last = 0 WHERE id = ${x.member.id}`);       // they may have logged in with this half minute's code
                        return form(x.member.browser, '/admin/account', /codes$/, { proof: x.member.password, code: code(x.member.secret, stepNow()) });
                },
                'POST /admin/account/sessions/:ref/ends': async (x) => { session(house, 'staff', { staff_id: x.member.id }); return form(x.member.browser, '/admin/account', /ends$/); },
                'POST /admin/account/passwords': (x) => form(x.member.browser, '/admin/account', /passwords$/, { current: x.member.password, password: 'heron over the quiet weir' }),
                'POST /admin/logout': (x) => form(x.member.browser, '/admin/', /logout$/),
                'POST /admin/staff/:id/logins': (x) => form(owner, '/admin/staff', new RegExp(`staff/${x.member.id}/logins$`)),
        };

        test('every form of both sites stands in this table, or its proof elsewhere', () => {
                const named = [...Object.keys(forms), ...Object.keys(elsewhere), ...keepsNothing].map((name) => name.replace(/(,| by) .*/, ''));
                const routes = [...routesOf('portal'), ...routesOf('admin')].filter(({ method }) => method === 'POST').map(({ name }) => name);
                assert.deepEqual(routes.filter((name) => !named.includes(name)), []);
                assert.deepEqual(named.filter((name) => !routes.includes(name)), []);
                for (const [file, title] of Object.values(elsewhere))
                        assert.ok(fs.readFileSync(path.join(top, 'tests/web', `${file}.test.mjs`), 'utf8').includes(title), `${file}: ${title}`);
        });

        async function send(how, x, times) {
                const { browser, page, which, changes, shown, to, file } = await how(x);
                const from = shown ?? await browser.go(page);
                assert.ok(shown || [200, 410].includes(from.status), `${from.url}: ${from.status} ${heading(from.text)}`);
                const { action, fields } = formOf(from, which);
                const body = { ...fields, ...changes };
                const start = await state();
                const press = () => (file ? sendTo(browser, new URL(action, from.url), { ...body, file: undefined }, file) : browser.go(new URL(to ?? action, from.url), { form: body }));
                const answers = await Promise.all(Array.from({ length: times }, press));
                return { answers, gains: gained(start, await state()) };
        }

        for (const [name, how] of Object.entries(forms))
                test(name, async () => {
                        await psql.run('DELETE FROM tries');
                        const one = await send(how, world.a, 1);
                        assert.ok([200, 303].includes(one.answers[0].status), `once: ${one.answers[0].status} ${heading(one.answers[0].text)}`);
                        const all = await send(how, world.b, many);
                        const statuses = all.answers.map(({ status }) => status);
                        assert.deepEqual(statuses.filter((status) => status >= 500), [], 'nobody is told of a failure');
                        assert.ok(statuses.some((status) => [200, 303].includes(status)), statuses.join(' '));
                        for (const table of ownCookie[name] ?? []) {
                                assert.equal(all.gains[table], all.answers.filter(({ headers }) => headers.getSetCookie().some((cookie) => /^\S*lk_(session|view)=./.test(cookie))).length, table);
                                all.gains[table] = one.gains[table];
                        }
                        assert.deepEqual(all.gains, one.gains);
                });
});
