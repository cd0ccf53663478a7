// Fifty submissions of one form at once have the effect of one.  Every POST of the route tables
// stands here: each is sent once with the objects of one customer and fifty times at once with
// those of another who has the same, and what the database has gained must be the same.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, heading } from './lib/browser.mjs';
import { address, needs, quote } from './lib/house.mjs';
import { startOwn } from './lib/own.mjs';
import { begin, course, pay, welcomed } from './lib/purchase.mjs';
import { routesOf } from './lib/routes.mjs';
import { top } from './lib/sandbox.mjs';
import { code, stepNow } from './lib/staff.mjs';
import { inside, makeWorld, mentoring, newToken, session, settled, transfer } from './lib/world.mjs';

const many = 50;

/** Proved by another file's test of this name. */
const elsewhere = {
        'POST /access/:token': ['account', '50 presses at once: one session (safety rule 4)'],
        'POST /account/confirm': ['profile', 'P1: a login that is not fresh changes nothing that matters'],
        'POST /account/notices': ['profile', 'P1: which mails: tips and news may be switched off'],
        'POST /account/password': ['profile', 'P1: the first one is chosen, the next one is changed'],
        'POST /account/passkeys': ['passkey', 'P1: 50 times the same form adds one'],
        'POST /account/sessions/end': ['profile', 'P1: sessions are listed with this one marked'],
        'POST /account/sessions/others': ['profile', 'P1: sessions are listed with this one marked'],
        'POST /login/passkey': ['passkey', 'P1: an answer counts once: twice, and 50 times at once'],
        'POST /admin/login': ['admin', 'a code counts once: replayed it is refused'],
        'POST /admin/corrections/:id': ['correction', 'P3: staff see what fits, need a reason, and correct it: as at once'],
};

/** Each answer carries a cookie of its own, for nobody can say which of them a browser keeps: so
 *  many sessions, each with its line about who was let in. */
const ownCookie = { 'POST /login': ['sessions', 'evidence'], 'POST /admin/customers/:id/views': ['sessions', 'audit'] };

/** Shows what was typed and keeps nothing. */
const keepsNothing = ['POST /admin/products/:slug/preview', 'POST /admin/products/:slug/item-preview'];

/** What the worker makes of it in its own time, and what counts tries. */
const later = ['alarms', 'chain_pending', 'chain_seals', 'inbox', 'jobs', 'jobs_dead', 'jobs_done', 'message_bodies', 'receipt_files', 'receipts', 'rollups', 'search_words', 'sends',
        'ticket_links', 'tries', 'search_hits'];

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

describe('fifty at once', needs, () => {
        let house, world, owner, finance;

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
                ({ owner, finance } = world.staff);
                for (const [x, slug, member] of [[world.a, 'one', world.people[1]], [world.b, 'two', world.people[2]]]) {
                        const checked = await begin(house, { browser: inside(house, x.id), email: x.email, product: `checked-${slug}` });
                        await pay(checked);
                        await welcomed(checked, /Your place is booked/);
                        Object.assign(x, { slug, checked: checked.number, member, invite: undefined });
                }
                await settled(house);
        });
        after(() => house?.stop());

        function state() {
                const tables = house.rows(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'latchkey'::regnamespace AND relkind = 'r'`).map(({ name }) => name).filter((name) => !later.includes(name));
                // A session by a mail's link is made when the mail is sent; at the checkout each answer carries its own.
                const which = { sessions: "kind NOT IN ('magic', 'claim', 'invite', 'checkout')", moves: "machine <> 'message'", evidence: "kind <> 'mailed'" };
                return house.rows(tables.map((name) => `SELECT '${name}' AS name, count(*) AS n FROM ${name} WHERE ${which[name] ?? 'true'}`).join(' UNION ALL ') + ' ORDER BY 1');
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
        const line = (status = 'new', amount = 14900) => house.sql(`INSERT INTO bank_lines (account_id, statement, line, booked_on, amount_minor, currency, reference, payer, payer_iban, source, status, reason, loaded_at)
                SELECT id, 'S', (SELECT coalesce(max(line), 0) + 1 FROM bank_lines), current_date, ${amount}, 'EUR', 'x', 'Ann', '', 'csv', '${status}', 'why', app_now() FROM accounts WHERE kind = 'bank' RETURNING id`);
        const login = (x) => { const browser = new Browser(house.url); return { browser, email: x.email, password: `otters in the rain ${other(x)}` }; };

        /** How each is sent, for the objects of X; in this order, for one makes what the next needs. */
        const forms = {
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
                'POST /help/link/:token/replies': (x) => form(new Browser(house.url), `/help/link/${x.ticketLink}`, /replies$/, { text: 'And more' }),
                'POST /help/link/:token/new': (x) => { expire(x.ticketLink); return form(new Browser(house.url), `/help/link/${x.ticketLink}`, /new$/); },
                'POST /logout': (x) => form(inside(house, x.id), '/programs', /logout$/),
                'POST /view-end': async (x) => {
                        const eyes = new Browser(house.url);
                        for (const [name, text] of owner.jar()) eyes.jar().set(name, text);
                        await eyes.submit(await eyes.go(person(x)), /views$/);
                        return form(eyes, '/programs', /view-end$/);
                },

                'POST /admin/customers/:id/notes': (x) => form(owner, person(x), /notes$/, { body: 'A note' }),
                'POST /admin/customers/:id/views': (x) => form(owner, person(x), /views$/),
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
                'POST /admin/products/:slug/sale': (x) => form(owner, product(x), new RegExp(`${x.slug}/sale$`), { sale: 'off' }),
                'POST /admin/staff/invitations': (x) => form(owner, '/admin/staff', /invitations$/, { email: `new-${other(x)}@example.com`, role: 'support' }),
                'POST /admin/set-up/:token': async (x) => {
                        const token = session(house, 'invite', { staff_id: house.sql(`SELECT id FROM staff WHERE email = ${quote(`new-${other(x)}@example.com`)}`) });
                        const browser = new Browser(house.url);
                        const page = await browser.go(`/admin/set-up/${token}`);
                        const secret = /<code id="secret">([^<]+)</.exec(page.text)[1];
                        return { ...form(browser, null, /set-up/, { name: 'New One', password: 'larch quill moor heron', code: code(secret, stepNow()) }), shown: page };
                },
                'POST /admin/staff/:id/roles': (x) => form(owner, '/admin/staff', new RegExp(`staff/${x.member.id}/roles$`), { role: 'viewer' }),
                'POST /admin/account/codes': (x) => form(x.member.browser, '/admin/account', /codes$/, { proof: x.member.password, code: code(x.member.secret, stepNow()) }),
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
                const { browser, page, which, changes, shown, to } = await how(x);
                const from = shown ?? await browser.go(page);
                assert.ok([200, 410].includes(from.status), `${from.url}: ${from.status} ${heading(from.text)}`);
                const { action, fields } = formOf(from, which);
                const body = { ...fields, ...changes };
                const start = state();
                const answers = await Promise.all(Array.from({ length: times }, () => browser.go(new URL(to ?? action, from.url), { form: body })));
                return { answers, gains: gained(start, state()) };
        }

        for (const [name, how] of Object.entries(forms))
                test(name, async () => {
                        house.sql('DELETE FROM tries');
                        const one = await send(how, world.a, 1);
                        assert.ok([200, 303].includes(one.answers[0].status), `once: ${one.answers[0].status} ${heading(one.answers[0].text)}`);
                        const all = await send(how, world.b, many);
                        const statuses = all.answers.map(({ status }) => status);
                        assert.deepEqual(statuses.filter((status) => status >= 500), [], 'nobody is told of a failure');
                        assert.ok(statuses.some((status) => [200, 303].includes(status)), statuses.join(' '));
                        for (const table of ownCookie[name] ?? []) {
                                assert.ok(all.gains[table] <= many);
                                all.gains[table] = one.gains[table];
                        }
                        assert.deepEqual(all.gains, one.gains);
                });
});
