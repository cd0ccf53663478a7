// Every URL of both sites, for everybody: followed from page to page, and taken from the route
// tables with one's own objects, somebody else's, and none.  A canary stands in every text
// column meanwhile, so what reaches whom, and how, is seen.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { Browser, unescape } from './lib/browser.mjs';
import { canariesIn, columnsOf, plant, rawIn } from './lib/canary.mjs';
import { startOwn } from './lib/own.mjs';
import { course, software } from './lib/purchase.mjs';
import { routesOf } from './lib/routes.mjs';
import { makeWorld, mentoring, newToken, seldom, settled } from './lib/world.mjs';

const portal = routesOf('portal');
const admin = routesOf('admin');
const token = newToken();
const roles = ['owner', 'finance', 'support', 'viewer'];

/** What each segment of a path stands for, of the objects OF somebody. */
function value({ path }, name, of) {
        const tokens = { '/help/link/': 'ticketLink', '/help/mail/': 'helpLink', '/access/': 'magic', '/claim/': 'claim', '/account/address/link/': 'addressLink',
                '/address-undo/': 'undoLink', '/admin/set-up/': 'invite', '/pay/': 'pay', '/calendar/': 'calendar', '/help/payment/': 'pay', '/rate/': 'rate',
                '/withdraw/link/': 'withdrawLink', '/withdraw/receipt/': 'withdrawn' };
        if (name === 'kind' && /products/.test(path)) return of.kind === 'nothing' ? of.kind : 'plan_thanks';
        if (name === 'token') return of[tokens[Object.keys(tokens).find((head) => path.startsWith(head))]];
        if (name === 'number') return /plans\/requests/.test(path) ? of.request : /payments|plans|cancel$/.test(path) ? of.plan : /help|tickets/.test(path) ? of.ticket : /transfer$/.test(path) ? of.pending : of.number;
        if (name === 'slug') return /\/help\//.test(path) ? of.article : path.startsWith('/programs') ? of.slug : of.product;
        if (name === 'paper') return of.paper.replace('.pdf', '');
        if (name === 'item') return /(file|captions|uploads?|files)$/.test(path) ? of.film : path.startsWith('/admin') ? of.lesson : of.item;
        if (name === 'file') return /reports/.test(path) ? of.month === '1999-01' ? 'no.csv' : 'receipts.csv' : /receipts/.test(path) ? of.paper : of.file;
        if (name === 'id' && !/mails/.test(path)) return of[{ customers: 'id', corrections: 'correction', discounts: 'discount', alarms: 'alarm', passkeys: 'device', staff: 'staff', tasks: 'task', refunds: 'refund', disputes: 'dispute', methods: 'method', cases: 'case', changes: 'marker', withdrawals: 'withdrawal', rules: 'rule' }[/(\w+)\/:id/.exec(path)[1]]];
        return { id: of.mail, customer: of.id }[name] ?? of[name];
}
/** What a page must be asked with. */
const queries = { 'GET /plans/:number/check': '?need=pause&months=1', 'GET /pay/:token/check': '?need=pause&months=1', 'GET /admin/help/new': '?kind=faq', 'GET /admin/help/playbook': '?class=soft_funds' };
const fill = (route, of) => (route.path + (queries[route.name] ?? '')).replace(/:(\w+)/g, (whole, name) => value(route, name, of));

/** Fields that are good in themselves, for every form there is. */
const good = { name: 'X', email: 'x@example.org', reason: 'because', why: 'because', body: 'a text', text: 'a text', nonce: token, seen: 'x', title: 'T', tagline: 'T', summary: 'T',
        includes: 'T', refund: 'T', refund_days: '1', section: 'S', kind: 'lesson', way: 'up', sale: 'off', offer: 'other', version: '1', current: '1', currency: 'EUR', amount: '1.00',
        tax_class: 'digital', role: 'viewer', act: 'disable', decision: 'refuse', number: '0000000000', expected: '2030-01-01', password: 'a long enough password', done: '1', bills: '1',
        country: 'DE', agree: '1', consent: '1', code: '123456', part: 'file', undo_why: 'because',
        day: '2030-01-05', what: 'default', helpful: 'yes', words: 'w', shown: 'off', category: 'C', position: '1', sure: '1', answer: 'an answer', outcome: 'done', subject: 'S', how: 'all', wish: 'later',
        score: '3', on: '2026-01-05', revision: '1', call_note: 'C', order: '0000000000', law_days: '14', who: 'person', letter: 'L', cause: 'card_expired', owner: '1',
        need: 'other', request: '0000000000', count: '1', schedule: '2030-01-05 1.00', region: 'all', approver: 'owner', deposit: '10',
        months: '12', later: '50', changes: '2', spacing: '14', grace: '14', early: '0', every: 'month', first: '2030-01-05', note: 'N', word: 'W', often: 'all', use: 'own', before: '7' };
const fields = (route) => (route.path.includes('/switch') ? { ...good, way: 'off' } : good);

/** WORK on each of LIST, eight at a time. */
async function each(list, work) {
        const waiting = [...list];
        await Promise.all(Array.from({ length: 8 }, async () => {
                while (waiting.length > 0) await work(waiting.shift());
        }));
}

const statusOf = ({ status, to }) => (status === 303 && /^(https?:\/\/[^/]+)?(\/admin)?\/login/.test(to) ? 'login' : status);

describe('a crawl of both sites', () => {
        let house, world, of, planted, people;
        const seen = [];        // every answer: { who, what, page }

        async function ask(who, what, options) {
                const page = await people[who].go(what, { ...options, headers: { 'user-agent': 'crawl' } });
                seen.push({ who, what: `${options?.form || options?.body ? 'POST' : 'GET'} ${what}`, page });
                return page;
        }

        before(async () => {
                house = await startOwn();
                for (const limit of ['asks_account', 'asks_address', 'tickets_per_hour', 'login_failures_account', 'login_failures_address']) house.setting('limits', limit, 1000000);
                for (const service of ['portal', 'login', 'admin']) await house.reload(service);
                world = await makeWorld(house);
                const eyes = new Browser(house.url);
                for (const [name, text] of world.staff.owner.jar()) eyes.jar().set(name, text);
                seldom(world);
                await settled(house);
                const slugs = (product, which) => house.sql(`SELECT i.slug FROM items i JOIN item_versions v ON v.item_id = i.id JOIN version_items w ON w.item_version_id = v.id
                        JOIN products p ON p.version_id = w.version_id WHERE p.slug = '${product}' AND ${which} LIMIT 1`);
                const shared = { product: course, film: slugs(course, 'v.captions_id IS NOT NULL'), lesson: slugs(course, "v.kind = 'lesson'"), month: house.sql("SELECT to_char(app_now(), 'YYYY-MM')"),
                        invite: world.invite, offer: 'full', version: 1, discount: house.sql('SELECT id FROM discount_codes'), staff: world.people[3].id,
                        line: house.sql("SELECT id FROM bank_lines WHERE status = 'new'"), refund: house.sql('SELECT min(id) FROM refunds'), payment: house.sql('SELECT min(id) FROM payments'), seq: 2, kind: house.sql('SELECT min(kind) FROM message_texts'), article: house.sql('SELECT min(slug) FROM faq_articles'),
                        task: house.sql('SELECT min(id) FROM tasks'), dispute: house.sql('SELECT min(id) FROM disputes'), marker: house.sql('SELECT min(id) FROM change_markers'), rule: house.sql('SELECT min(id) FROM rule_versions'), alarm: house.sql('SELECT min(id) FROM alarms'),
                        device: house.sql(`SELECT id FROM passkeys WHERE staff_id = ${world.people[3].id}`), ref: '0123456789abcdef' };
                const bought = (product, film) => ({ slug: product, item: slugs(product, 'true'), film: slugs(product, film) });
                of = {
                        a: { ...shared, ...world.a, ...bought(course, 'v.captions_id IS NOT NULL') },
                        b: { ...shared, ...world.b, ...bought(software, "v.kind = 'download'") },
                        // what neither has, of A's and B's kind; what is not there at all
                        other: { ...shared, ...world.a, ...bought(mentoring, 'true') },
                        none: Object.fromEntries([...Object.keys(shared), ...Object.keys(world.a), 'slug', 'item'].map((name) => [name, 999999999])),
                };
                Object.assign(of.none, { number: '0000000000', pending: '0000000000', ticket: '0000000000', paper: 'R-1999-000001.pdf', month: '1999-01', ref: 'fedcba9876543210',
                        offer: 'nothing', slug: 'nothing', product: 'nothing', item: 'nothing', film: 'nothing', lesson: 'nothing', article: 'nothing', kind: 'nothing', plan: '0000000000', request: '0000000000' });
                for (const name of ['withdrawLink', 'withdrawn', 'pay', 'rate', 'claim', 'magic', 'ticketLink', 'helpLink', 'addressLink', 'undoLink', 'invite', 'calendar']) of.none[name] = newToken();
                for (const one of [of.a, of.b]) one.session = /name="session" value="([^"]+)"/.exec((await one.browser.go('/account/sessions')).text)[1];
                of.none.session = 'f'.repeat(of.a.session.length);
                planted = plant(house, { a: [world.a.id], b: [world.b.id] });
                const view = await eyes.submit(await eyes.go(`/admin/customers/${world.a.id}`), /\/views$/);
                assert.equal(view.status, 303);
                people = { nobody: new Browser(house.url), a: world.a.browser, b: world.b.browser, nothing: world.nothing.browser, user: world.user.browser, assistant: world.assistant.browser,
                        checkout: world.a.checkout, links: new Browser(house.url), eyes, ...world.staff };
        });
        after(() => house?.stop());

        test('a canary stands in every column of text that is not excepted, with rows of both', () => {
                const empty = [...planted].filter(([, rows]) => rows === 0).map(([name]) => name);
                assert.deepEqual(empty, [], 'the world has no row for these');
                assert.ok(planted.size > 60 && planted.size === columnsOf(house).length, String(planted.size));
        });

        /** From START as far as links lead; the addresses that were found. */
        async function follow(who, start) {
                const known = new Set(start);
                const waiting = [...start];
                const next = async () => {
                        for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
                                const page = await ask(who, path);
                                const found = page.status === 303 ? [page.to] : /\/mails\/\d+\/html/.test(path) ? [] : /html/.test(page.headers.get('content-type') ?? '')
                                        ? [...page.text.matchAll(/\s(?:href|src|action)="([^"]*)"/g)].map(([, to]) => unescape(to)) : [];
                                for (const to of found) {
                                        const url = new URL(to, page.url);
                                        const address = url.pathname + url.search;
                                        if (url.origin !== new URL(house.url).origin || known.has(address) || /^\/(static|healthz)/.test(url.pathname)) continue;
                                        known.add(address);
                                        waiting.push(address);
                                }
                        }
                };
                while (waiting.length > 0) await Promise.all(Array.from({ length: 8 }, next));
                return known;
        }

        test('links lead nowhere that fails, whoever follows them', async () => {
                const begin = ['/', '/programs', '/account', '/orders', '/help/requests', '/login', '/admin/'];
                const bearer = portal.filter((route) => route.method === 'GET' && route.path.includes(':token') && !route.path.includes('files')).map((route) => fill(route, of.a));
                const counts = {};
                for (const who of Object.keys(people)) {
                        const extra = who === 'checkout' ? [`/welcome?order=${of.a.number}`, `/orders/${of.a.number}?order=${of.a.number}`] : who === 'links' ? bearer : [];
                        counts[who] = (await follow(who, [...begin, ...extra])).size;
                }
                const failed = seen.filter(({ page }) => page.status >= 400 && page.status !== 405).map(({ who, what, page }) => `${who} ${what} ${page.status}`)
                        .filter((line) => !/ (GET \/admin\S*) 403$/.test(line) || /^(owner|eyes) /.test(line))
                        .filter((line) => !line.endsWith(' /admin/reports/causes/changes 404'));        // a form's address; GET takes it for a month's file
                const headless = seen.filter(({ who, what, page }) => who === 'owner' && /^GET \/admin/.test(what) && !/(set-up\/|\/html$|\/login)/.test(what) && page.status === 200
                        && /html/.test(page.headers.get('content-type')) && !/action="\/admin\/logout"/.test(page.text)).map(({ what }) => what);
                assert.deepEqual(headless, [], 'every page of the staff has its navigation');
                assert.ok(counts.owner > 200 && counts.a > 60 && counts.checkout > 60 && counts.nobody > 20, JSON.stringify(counts));
                assert.deepEqual(failed, []);
        });

        const signedIn = ['a', 'b', 'nothing', 'user', 'assistant', 'eyes'];
        const isStaff = (who) => roles.includes(who) || who === 'eyes';
        const rights = () => Object.fromEntries(house.rows("SELECT role, array_to_json(array_agg(verb)) AS verbs FROM staff_rights GROUP BY role").map(({ role, verbs }) => [role, verbs]));

        /** Pages that answer otherwise than by being shown, to whom they are open. */
        const special = {
                'GET /welcome': () => 404,                                                      // of no order
                'GET /login': (who) => (signedIn.includes(who) ? 303 : 200),
                'GET /admin/login': (who) => (isStaff(who) ? 303 : 200),
                'GET /admin/products/:slug/publish': () => 303,                                 // there is no draft
                'GET /account/confirm': (who) => (who === 'eyes' ? 200 : 303),                  // the login is fresh: on to where one wanted
        };
        special['GET /help/payment'] = () => 303;                                               // to the answer that fits
        special['GET /pay-back'] = (who) => (signedIn.includes(who) ? 303 : 200);
        special['GET /admin/help/playbook'] = () => 303;
        special['GET /admin/tasks/:id'] = (who) => (who === 'finance' ? 404 : 200);             // it waits for support
        special['GET /admin/upload-gate'] = () => 404;                                          // nginx alone asks there
        // Staff who look with a customer's eyes have not logged in as them: what is sensitive asks for that.
        for (const path of ['address', 'passkeys', 'password']) special[`GET /account/${path}`] = (who) => (who === 'eyes' ? 303 : 200);

        /** What ROUTE answers to WHO with one's own objects. */
        function expected(route, who, verbs) {
                if (route.path.startsWith('/admin')) {
                        if (route.guard === 'OPEN') return special[route.name]?.(who) ?? 200;
                        if (!isStaff(who)) return 'login';
                        return verbs[who === 'eyes' ? 'owner' : who].includes(route.verb) ? special[route.name]?.(who) ?? 200 : 403;
                }
                if (route.guard === 'SIGNED_IN' && !signedIn.includes(who)) return 'login';
                return special[route.name]?.(who) ?? 200;
        }

        test('every page of the route tables is open to whom its guard says, with one\'s own objects', async () => {
                const verbs = rights();
                const wrong = [];
                await each([...portal, ...admin].filter(({ method }) => method === 'GET'), async (route) => {
                        for (const who of Object.keys(people)) {
                                if (!route.path.startsWith('/admin') && route.params.length > 0 && !/:token|products/.test(route.path) && !['a', 'b'].includes(who)) continue;
                                if (route.path.startsWith('/account/address/link') && !['a', 'b'].includes(who)) continue;
                                if (route.path.endsWith('/captions') && who !== 'a') continue;
                                const page = await ask(who, fill(route, of[who === 'b' ? 'b' : 'a']));
                                const want = expected(route, who, verbs);
                                if (statusOf(page) !== want) wrong.push(`${who} ${route.name} ${statusOf(page)}, not ${want}`);
                        }
                });
                assert.deepEqual(wrong, []);
        });

        /** A page without what changes from one request to the next, and without the objects' names. */
        function bare(page, objects) {
                let text = page.text.replace(/\b[0-9a-f]{32}\b/g, 'ID').replace(/(name="(?:csrf_token|nonce)" value=")[^"]*/g, '$1');
                let to = page.to ?? '';
                for (const one of objects) for (const form of [String(one), encodeURIComponent(one)]) [text, to] = [text.replaceAll(form, 'OBJECT'), to.replaceAll(form, 'OBJECT')];
                return [page.status, to, page.headers.get('content-type'), page.headers.get('cache-control'), text].join('\n');
        }

        test('foreign objects answer like absent ones, byte for byte', async () => {
                const wrong = [];
                const pairs = [['a', 'b'], ['b', 'a'], ['a', 'other'], ['b', 'other'], ['nothing', 'a'], ['user', 'a'], ['assistant', 'a'], ['nobody', 'a'], ['checkout', 'b'], ['owner', 'a'], ['eyes', 'b']];
                const routes = portal.filter((route) => route.method === 'GET' && route.params.length > 0 && !/^\/(products|help\/:slug)/.test(route.path)
                        && (!route.path.includes(':token') || /address\/link|file/.test(route.path)));
                await each(routes, async (route) => {
                        for (const [who, whose] of pairs) {
                                if ((whose === 'other') !== (route.path.startsWith('/programs') && ['a', 'b'].includes(who))) continue;
                                // A link opens for whoever holds it; its files are looked for under one's own link.
                                const half = route.path.includes('/help/link/') ? { ticketLink: of[who === 'b' ? 'b' : 'a'].ticketLink } : {};
                                const foreign = { ...of[whose], ...half };
                                if (half.ticketLink && ['a', 'nothing', 'user', 'assistant', 'nobody', 'checkout', 'owner'].includes(who) && whose === 'a') foreign.file = of.b.file;
                                const paths = [fill(route, foreign), fill(route, { ...of.none, ...half })];
                                const pages = await Promise.all(paths.map((path) => ask(who, path)));
                                const names = [foreign, { ...of.none, ...half }].flatMap((objects) => route.params.map((name) => value(route, name, objects)));
                                const [one, two] = pages.map((page) => bare(page, names));
                                const status = statusOf(pages[0]);
                                if (one !== two) wrong.push(`${who} ${route.name} of ${whose}: ${pages[0].status} and ${pages[1].status}`);
                                else if (status !== 404 && !(status === 'login' && !signedIn.includes(who))) wrong.push(`${who} ${route.name} of ${whose}: ${status}`);
                        }
                });
                assert.deepEqual(wrong, []);
        });

        test('staff: what is not there is 404, whatever it is', async () => {
                const wrong = [];
                for (const route of admin.filter(({ params }) => params.length > 0)) {
                        const path = fill(route, of.none);
                        const page = route.method === 'GET' ? await ask('owner', path) : await ask('owner', path, { form: { ...fields(route), csrf_token: await csrf('owner', '/admin/') } });
                        if (page.status !== (route.path.endsWith('/:token') ? 410 : 404)) wrong.push(`${route.name} ${page.status}`);
                }
                assert.deepEqual(wrong, []);
        });

        /** PAGE refuses the form of ROUTE.  Where nginx asks the gate first, it leads back to the form, which says why. */
        const refuses = (route, path, page) => page.status === 403 || (route.flags.includes('ROUTE_STREAM') && page.status === 303 && page.to === path.replace(/s$/, ''));

        const kept = new Map();
        /** A token that forms of WHO carry. */
        async function csrf(who, page) {
                if (!kept.has(who + page)) kept.set(who + page, /name="csrf_token" value="([^"]+)"/.exec((await people[who].follow(page)).text)[1]);
                return kept.get(who + page);
        }

        test('every form is refused without its token, and with another\'s', async () => {
                const wrong = [];
                const theirs = await csrf('b', '/account');
                await each([...portal, ...admin].filter(({ method }) => method === 'POST'), async (route) => {
                        for (const who of route.path.startsWith('/admin') ? ['owner', 'nobody'] : ['a', 'nobody', 'checkout'])
                                for (const form of [fields(route), { ...fields(route), csrf_token: '' }, { ...fields(route), csrf_token: theirs }]) {
                                        const page = await ask(who, fill(route, of.a), { form });
                                        if (!refuses(route, fill(route, of.a), page)) wrong.push(`${who} ${route.name} ${page.status}`);
                                }
                });
                assert.deepEqual(wrong, []);
        });

        test('with the token: a stranger and staff without the verb are refused, a foreign object is an absent one', async () => {
                const verbs = rights();
                const audits = () => house.sql('SELECT count(*) FROM audit');
                const before = audits();
                const wrong = [];
                for (const who of [...roles, 'nobody', 'a']) await csrf(who, roles.includes(who) ? '/admin/' : '/login');
                await each(admin.filter(({ method, guard }) => method === 'POST' && guard === 'STAFF'), async (route) => {
                        for (const who of roles.filter((role) => !verbs[role].includes(route.verb))) {
                                const page = await ask(who, fill(route, of.a), { form: { ...fields(route), csrf_token: await csrf(who, '/admin/') } });
                                if (!refuses(route, fill(route, of.a), page)) wrong.push(`${who} ${route.name} ${page.status}`);
                        }
                        for (const who of ['nobody', 'a']) {
                                const page = await ask(who, fill(route, of.a), { form: { ...fields(route), csrf_token: await csrf(who, '/login') } });
                                if (!refuses(route, fill(route, of.a), page)) wrong.push(`${who} ${route.name} ${page.status}`);
                        }
                });
                assert.equal(audits(), before, 'nothing was changed');
                for (const who of signedIn) await csrf(who, who === 'eyes' ? '/programs' : '/account');
                await csrf('checkout', '/login');
                await each(portal.filter(({ method }) => method === 'POST'), async (route) => {
                        if (route.guard === 'SIGNED_IN') {
                                const page = await ask('nobody', fill(route, of.a), { form: { ...fields(route), csrf_token: await csrf('nobody', '/login') } });
                                if (page.status !== 403) wrong.push(`nobody ${route.name} ${page.status}`);
                        }
                        if (route.path !== '/view-end') {
                                const eyes = await ask('eyes', fill(route, of.a), { form: { ...fields(route), csrf_token: await csrf('eyes', '/programs') } });
                                if (eyes.status !== 403) wrong.push(`eyes ${route.name} ${eyes.status}`);
                        }
                        const formed = { '/account/passkeys/remove': (o) => ({ passkey: o.passkey }), '/account/sessions/end': (o) => ({ session: o.session }) }[route.path];
                        if (route.params.length === 0 && formed === undefined) return;
                        if (route.path.includes(':token') && !/address\/link/.test(route.path)) return;
                        // The same address serves everybody who is in a program: A's and B's are one.
                        for (const [who, whose] of /^\/(products|help\/:slug)/.test(route.path) ? [] : [['a', 'b'], ['b', 'a'], ['nothing', 'a'], ['user', 'a'], ['assistant', 'a'], ['checkout', 'b']]) {
                                if (who === 'checkout' && route.guard === 'SIGNED_IN') continue;
                                const form = { ...fields(route), csrf_token: await csrf(who, who === 'checkout' ? '/login' : '/account') };
                                const pages = [];
                                for (const objects of [whose === 'a' && who === 'b' && route.path.startsWith('/programs') ? of.other : of[whose], of.none])
                                        pages.push(await ask(who, fill(route, objects), { form: { ...form, ...formed?.(objects) } }));
                                if (pages[0].status !== 404 || pages[1].status !== 404) wrong.push(`${who} ${route.name} of ${whose}: ${pages[0].status} and ${pages[1].status}`);
                        }
                });
                assert.deepEqual(wrong, []);
        });

        /** Whose canaries WHO may meet. */
        function allowed(who, path, { mark, column }) {
                const own = { a: 'a', eyes: 'a', checkout: 'a', links: 'a', b: 'b', nothing: `c${world.nothing.id}`, user: `c${world.user.id}`, assistant: `c${world.assistant.id}` }[who];
                if (mark === 'shop') return true;
                if (path.startsWith('/admin')) return isStaff(who) || (path.startsWith('/admin/set-up/') && column === 'staff.email');
                if (mark === 'staff') return false;
                if (mark === 'a' && /\/[\w-]{43}/.test(path)) return true;              // a link of A's, whoever holds it
                // The people of an order, as its payer named them; what is in other hands, by its title.
                if (/\/orders\/\w+\/people/.test(path) && ['a', 'b', 'checkout', 'eyes'].includes(who) && ['customers.name', 'customers.email'].includes(column)) return mark === own || /^c/.test(mark);
                if (mark === 'a' && column === 'order_lines.title' && ['user', 'assistant'].includes(who)) return true;
                return mark === own;
        }

        test('nobody meets a canary of somebody else', () => {
                const met = new Map(), columns = new Set();
                const read = new Map();         // a PDF is asked for many times
                for (const { who, what, page } of seen) {
                        const pdf = page.headers.get('content-type') === 'application/pdf';
                        const key = pdf ? page.body.toString('latin1') : '';
                        if (pdf && !read.has(key)) read.set(key, execFileSync('pdftotext', ['-', '-'], { input: page.body, encoding: 'utf8' }));
                        const text = (pdf ? read.get(key) : page.text) + JSON.stringify([...page.headers]);
                        for (const canary of canariesIn(text)) {
                                columns.add(canary.column);
                                if (!allowed(who, what.split(' ')[1], canary)) met.set(`${who} ${canary.mark} ${canary.column} in ${what.replace(/[\w-]{43}/, ':token')}`, true);
                        }
                }
                assert.deepEqual([...met.keys()], []);
                assert.ok(columns.size > 50, `the pages show ${columns.size} of ${planted.size} columns: ${[...planted.keys()].filter((name) => !columns.has(name))}`);
        });

        test('no canary is markup anywhere, nor breaks a header', () => {
                const wrong = new Map();
                for (const { who, what, page } of seen) {
                        const type = page.headers.get('content-type') ?? '';
                        const raw = /html|svg|xml/.test(type) ? rawIn(page.text) : null;
                        if (raw !== null) wrong.set(`${what}: ${raw}`, who);
                        const disposition = page.headers.get('content-disposition');
                        if (disposition !== null && !/^(inline|attachment)(; filename="[^"\\]*")?(; filename\*=UTF-8''[\w%.~-]*)?$/.test(disposition)) wrong.set(`${what}: ${disposition}`, who);
                }
                assert.deepEqual([...wrong], []);
        });

        test('no answer is a failure, and no log knows a canary', () => {
                assert.deepEqual(seen.filter(({ page }) => page.status >= 500).map(({ who, what, page }) => `${who} ${what} ${page.status}`), []);
                const line = house.logs().split('\n').find((text) => text.includes('canary'));
                assert.equal(line, undefined);
        });
});
