// latchkeyctl: exit statuses, answers, the loader, what an operator does to an order, and
// planted faults that the checks must find.  All that changes anything happens in copies of
// the database.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from './lib/house.mjs';
import { top } from './lib/sandbox.mjs';

const catalogue = path.join(top, 'demo', 'northlight');
const long_ago = new Date(Date.now() - 500 * 86400e3).toISOString().slice(0, 10);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-ctl-'));
const made = [];
const conninfo_of = (name) => here.conninfo.replace(/dbname=\S+/, `dbname=${name}`);

function run(command, args, options = {}) {
        return execFileSync(command, args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28, ...options });
}

/** One database of the running server's PostgreSQL, with settings of its own. */
class Copy {
        constructor(name, settings = {}) {
                this.name = name;
                this.dir = path.join(work, name);
                fs.mkdirSync(path.join(this.dir, 'files'), { recursive: true });
                this.config = path.join(this.dir, 'ctl.conf');
                let text = fs.readFileSync(path.join(here.dir, 'ctl.conf'), 'utf8')
                        .replace(/dbname=\S+/, `dbname=${name}`).replace(/^files=.*$/m, `files=${this.dir}/files`);
                for (const [key, value] of Object.entries(settings))
                        text = text.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${value}`);
                fs.writeFileSync(this.config, text, { mode: 0o600 });
        }

        sql(text) {
                return run('psql', [conninfo_of(this.name), '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', text],
                        { env: { ...process.env, PGOPTIONS: '-c search_path=latchkey' } }).trim();
        }

        /** As nobody may: without triggers and foreign keys. */
        damage(text) {
                this.sql(`SET session_replication_role = replica; ${text}`);
        }

        ctl(...args) {
                return here.ctl('--config', this.config, ...args);
        }

        drop() {
                run('psql', [conninfo_of('postgres'), '-Xq', '-c', `DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`]);
        }
}

function create(settings = {}, template = 'template0') {
        const name = `lk_ctl_${process.pid}_${made.length}`;
        run('psql', [conninfo_of('postgres'), '-Xq', '-c', `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`]);
        const copy = new Copy(name, settings);
        made.push(copy);
        return copy;
}

/** A copy of what runs; templates need a source without connections, so the first is a dump. */
let original;
function copy(settings) {
        if (original === undefined) {
                original = create();
                const dump = run('pg_dump', ['--no-sync', here.conninfo]);
                run('psql', [conninfo_of(original.name), '-Xq', '-v', 'ON_ERROR_STOP=1'], { input: dump });
        }
        return create(settings, original.name);
}

after(() => {
        for (const one of made.reverse()) one.drop();
        fs.rmSync(work, { recursive: true, force: true });
});

const raw = (...args) => spawnSync(here.command, args, { encoding: 'utf8', timeout: 60000 });

describe('latchkeyctl as a command', needs, () => {
        test('0 fine: every check of the running product', () => {
                for (const words of [['check', 'access'], ['check', 'schema'], ['check', 'money'], ['reconcile'], ['reconcile', '--since', long_ago], ['migrate', '--status']]) {
                        const said = here.ctl(...words);
                        assert.equal(said.status, 0, `${words.join(' ')}: ${JSON.stringify(said)}`);
                        assert.equal(said.ok, true);
                        assert.ok(Array.isArray(said.items));
                        assert.equal(said.error, undefined);
                }
        });

        test('2 usage, with one object that names the way out', () => {
                for (const words of [[], ['bogus'], ['check'], ['grant', 'X'], ['grant', 'X', '--reason', ' '], ['resend', 'NOSUCHORDR'], ['regrant', 'NOSUCHORDR'],
                        ['staff', 'add', 'nobody', '--role', 'owner'], ['staff', 'add', 'a@example.org', '--role', 'king'], ['jobs', '--state', 'x'], ['jobs', 'retry', 'x'],
                        ['jobs', 'retry', '999999999'], ['clock', 'advance', '7w'], ['clock', 'advance', '0s'], ['reconcile', '--since', 'ever'], ['check', 'access', 'now'],
                        ['check', 'access', '--since', '2026-01-01'], ['product', 'load', '/nowhere'], ['demo', 'load', '--customers', 'many'], ['migrate', '--sql']]) {
                        const said = here.ctl(...words);
                        assert.equal(said.status, 2, `${words.join(' ')}: ${JSON.stringify(said)}`);
                        assert.equal(said.ok, false);
                        assert.deepEqual(said.items, []);
                        assert.match(said.error.message, /\S/);
                        assert.equal(typeof said.error.hint, 'string');
                }
        });

        test('3 unreachable: database, gateway', () => {
                const away = new Copy('lk_not_there');
                assert.equal(away.ctl('check', 'access').status, 3);
                const lonely = copy({ url: 'http://127.0.0.1:9' });
                for (const words of [['reconcile'], ['check', 'money'], ['clock', 'advance', '1s']]) {
                        const said = lonely.ctl(...words);
                        assert.equal(said.status, 3, JSON.stringify(said));
                        assert.match(said.error.message, /gateway/);
                }
                assert.equal(lonely.ctl('clock', 'show').items[0].ahead_seconds, here.ctl('clock', 'show').items[0].ahead_seconds, 'nothing was moved');
        });

        test('text: aligned, errors apart', () => {
                const fine = raw('check', 'access');
                assert.equal(fine.stdout, 'Whoever paid has access, and nobody else.\n');
                assert.equal(fine.stderr, '');
                const status = raw('migrate', '--status').stdout.trimEnd().split('\n');
                assert.match(status[0], /^migration {2}name +state +applied$/);
                assert.equal(new Set(status.map((line) => line.search(/(name|[a-z_]+) +(state|applied)/))).size, 1);
                const bad = raw('resend', 'NOSUCHORDR');
                assert.equal(bad.stdout, '');
                assert.match(bad.stderr, /^latchkeyctl: there is no order NOSUCHORDR\n {2}\S/);
                assert.match(raw('--help').stdout, /product load DIR/);
        });

        test('the clock: times are RFC 3339, the product and the sandbox move together', async () => {
                const was = here.ctl('clock', 'show').items[0];
                assert.match(was.now, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
                const moved = here.ctl('clock', 'advance', '30s');
                assert.equal(moved.status, 0, JSON.stringify(moved));
                assert.equal(moved.items[0].ahead_seconds, was.ahead_seconds + 30);
                const sandbox = await (await fetch(`${here.sandbox.url}/sandbox/clock`)).json();
                assert.equal(sandbox.ahead_seconds, was.ahead_seconds + 30);
        });

        test('production refuses what is for development', () => {
                const live = copy({
                        environment: 'production', portal_url: 'https://learn.example.com', admin_url: 'https://learn.example.com/admin',
                        url: 'https://gateway.example.com', checkout_origin: 'https://gateway.example.com', key: 'sk_live_for_a_test',
                });
                for (const words of [['clock', 'advance', '1d'], ['demo', 'load', '--customers', '1'], ['demo', 'staff']]) {
                        const said = live.ctl(...words);
                        assert.equal(said.status, 2, JSON.stringify(said));
                        assert.match(said.error.message, /for development alone|in development alone/);
                }
                // The clock that may run ahead is a finding there, and migrate takes it out.
                const before_it = live.ctl('check', 'schema');
                assert.equal(before_it.items[0]?.kind, 'clock', JSON.stringify(before_it));
                assert.equal(live.ctl('migrate').status, 0);
                assert.equal(live.ctl('check', 'schema').status, 0);
        });
});

describe('migrate and the demo', needs, () => {
        test('two at once are harmless; the same seed makes the same year; another a different one', async () => {
                const shops = [create(), create(), create()];
                const { command } = here;
                const both = await Promise.all([0, 1].map(() => new Promise((done) => {
                        import('node:child_process').then(({ spawn }) => spawn(command, ['--config', shops[0].config, 'migrate'], { stdio: 'ignore' }).on('exit', done));
                })));
                assert.deepEqual(both, [0, 0]);
                const years = shops.map((shop, i) => {
                        assert.equal(shop.ctl('migrate').status, 0);
                        assert.equal(shop.ctl('demo', 'load', '--customers', '3').status, 3, 'without products');
                        assert.equal(shop.ctl('product', 'load', catalogue).status, 0);
                        const said = shop.ctl('demo', 'load', '--customers', '30', '--seed', i < 2 ? 'one' : 'two');
                        assert.equal(said.status, 0, JSON.stringify(said));
                        assert.equal(said.items[0].customers, 30);
                        assert.equal(shop.ctl('check', 'access').status, 0);
                        assert.equal(shop.ctl('check', 'schema').status, 0);
                        assert.equal(shop.sql('SELECT ahead FROM dev_clock'), '00:00:00', 'the clock is put back, and forward again');
                        return shop.sql("SELECT string_agg(number || email || status || total_minor || currency, ' ' ORDER BY id) FROM orders");
                });
                const failed = shops.slice(0, 2).map((shop) => shop.sql("SELECT string_agg(status || ' ' || class || ' ' || failures, ', ' ORDER BY id) FROM cases"));
                assert.equal(failed[0], failed[1]);
                assert.match(failed[0], /closed .*resolved soft 1/, 'some were settled');
                assert.match(failed[0], /waiting soft_funds 2, .*open never_again 1, open bank 1/, 'some wait');
                const asked = shops.slice(0, 2).map((shop) => shop.sql("SELECT string_agg(concat_ws(' ', number, status, need, why), ', ' ORDER BY id) FROM amendments"));
                assert.equal(asked[0], asked[1]);
                assert.equal(shops[0].sql("SELECT string_agg(status || ' ' || need, ', ' ORDER BY status) FROM amendments"), 'agreed move, countered move, refused other, with_staff other',
                        'what was asked for on the hardship desk, in each state');
                assert.equal(shops[0].sql(`SELECT count(*) FROM dues d JOIN credentials k USING (customer_id) WHERE d.status = 'open' AND d.due_on > current_date`), '1',
                        'the customer to look at has a payment to come');
                assert.equal(shops[0].sql("SELECT count(*) FROM messages m WHERE status = 'queued' AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'mail' AND j.key = m.id::text)"), '0',
                        'no mail is left behind');
                assert.equal(years[0], years[1]);
                assert.notEqual(years[0], years[2]);
                assert.equal(shops[0].sql("SELECT string_agg(DISTINCT currency, ' ' ORDER BY currency) FROM orders"), 'EUR JPY KWD', 'no, two and three decimals');
                assert.equal(shops[0].sql('SELECT count(*) FROM orders o WHERE 1 > (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id)'), '0');
        });

        test('an update writes where the policies bind everybody, and they bind again afterwards', () => {
                const shop = copy();
                const sql = path.join(shop.dir, 'sql');
                fs.cpSync(path.join(top, 'sql'), sql, { recursive: true });
                fs.writeFileSync(path.join(sql, 'migrations', '9999_more.sql'), "SET ROLE lk_owner;\nINSERT INTO transitions VALUES ('test', 'one', 'two');\nRESET ROLE;\n");
                const said = shop.ctl('migrate', '--sql', sql);
                assert.equal(said.status, 0, JSON.stringify(said));
                assert.equal(shop.sql("SELECT was FROM transitions WHERE machine = 'test'"), 'one');
                assert.equal(shop.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'latchkey'::regnamespace AND relkind IN ('r', 'p') AND NOT relforcerowsecurity"), '0');
        });

        test('loaded again it makes nothing and prints the same objects', () => {
                const shop = copy();
                const counts = () => shop.sql('SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM customers), (SELECT count(*) FROM ledger)');
                const was = counts();
                const lines = raw('--config', shop.config, 'demo', 'load', '--customers', '40');
                assert.equal(lines.status, 0, lines.stderr);
                assert.equal(counts(), was);
                const objects = lines.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
                assert.ok(objects.length > 200);
                for (const object of objects) assert.deepEqual(Object.keys(object).sort().filter((k) => !['customer', 'inner'].includes(k)), ['body', 'created', 'id', 'type']);
                shop.damage("DELETE FROM audit WHERE action = 'demo.loaded'");
                assert.equal(shop.ctl('demo', 'load', '--customers', '5').status, 2, 'orders of somebody else');
        });

        test('the logins fit', () => {
                const { items: [login] } = here.ctl('demo', 'staff');
                assert.equal(login.customer, process.env.LATCHKEY_DEMO_CUSTOMER);
                assert.equal(login.owner, process.env.LATCHKEY_DEMO_OWNER);
                assert.equal(login.password, process.env.LATCHKEY_DEMO_PASSWORD);
                assert.equal(login.totp, process.env.LATCHKEY_DEMO_TOTP);
        });

        test('the demo in the gateway has the shape that its API describes', async (t) => {
                const { loadDescription } = await import('./lib/described.mjs').catch(() => ({ loadDescription: () => null }));
                const described = loadDescription();
                if (described === null) return t.skip('STRIPE_SPEC_DIR has no spec3.yaml.gz');
                const paths = { payment_intent: 'payment_intents', charge: 'charges', refund: 'refunds', dispute: 'disputes', balance_transaction: 'balance_transactions',
                        'checkout.session': 'checkout/sessions', customer: 'customers' };
                const objects = raw('demo', 'load', '--customers', '40').stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
                for (const [kind, where] of Object.entries(paths))
                        for (const { id } of objects.filter((object) => object.type === kind).slice(0, 8)) {
                                const answer = await fetch(`${here.sandbox.url}/v1/${where}/${id}`, { headers: { authorization: `Bearer ${here.sandbox.key}` } });
                                assert.equal(answer.status, 200, id);
                                described.check(kind, await answer.json());
                        }
        });
});

describe('product load', needs, () => {
        let shop, files;
        const state = () => shop.sql(`SELECT (SELECT count(*) FROM products), (SELECT count(*) FROM product_versions), (SELECT count(*) FROM item_versions),
                (SELECT count(*) FROM offer_versions), (SELECT count(*) FROM terms_versions), (SELECT count(*) FROM licence_keys), (SELECT count(*) FROM files),
                (SELECT md5(string_agg(p::text, '' ORDER BY id)) FROM products p)`);
        const changed = (said) => said.items.filter((item) => item.changed).map((item) => `${item.object} ${item.name}: ${item.result}`);
        const edit = (name, was, now) => {
                const file = path.join(files, name);
                const text = fs.readFileSync(file, 'utf8');
                assert.ok(text.includes(was), `${name} has ${was}`);
                fs.writeFileSync(file, text.replace(was, now));
                return () => fs.writeFileSync(file, text);
        };

        before(() => {
                shop = copy();
                files = path.join(work, 'catalogue');
                fs.cpSync(catalogue, files, { recursive: true });
        });

        test('the same again changes nothing, but puts missing bytes back', () => {
                const was = state();
                const said = shop.ctl('product', 'load', files);
                assert.equal(said.status, 0, JSON.stringify(said));
                assert.deepEqual(changed(said), []);
                assert.equal(state(), was);
                const stored = fs.readdirSync(path.join(shop.dir, 'files'));
                assert.equal(stored.length, Number(shop.sql('SELECT count(*) FROM files WHERE uploaded_by IS NULL')));
                assert.equal(run('sha256sum', [path.join(shop.dir, 'files', stored[0])]).slice(0, 64),
                        shop.sql(`SELECT encode(sha256, 'hex') FROM files WHERE id = ${stored[0]}`));
        });

        test('a changed lesson is a new version; whoever bought keeps the old one', () => {
                const sold = () => shop.sql("SELECT string_agg(DISTINCT product_version_id::text, ',') FROM access a JOIN products p ON p.id = a.product_id WHERE p.slug = 'light-and-lens'");
                const was = sold();
                edit('light-and-lens/contents/01-start-here/01-welcome.md', 'So this course is in three parts.', 'So this course has three parts.');
                assert.deepEqual(changed(shop.ctl('product', 'load', files)), ['product light-and-lens: version 2']);
                assert.deepEqual(changed(shop.ctl('product', 'load', files)), []);
                assert.equal(sold(), was);
                const same = "SELECT count(DISTINCT w.item_version_id) FROM version_items w JOIN product_versions v ON v.id = w.version_id JOIN products p ON p.id = v.product_id WHERE p.slug = 'light-and-lens'";
                const one = "SELECT count(*) FROM version_items w JOIN products p ON p.version_id = w.version_id WHERE p.slug = 'light-and-lens'";
                assert.equal(Number(shop.sql(same)), Number(shop.sql(one)) + 1, 'what did not change is shared');
        });

        test('price, terms, tax and keys have versions and additions of their own', () => {
                edit('darkroom-desk/product.ini', 'amount=39.00', 'amount=45.00');
                edit('darkroom-desk/product.ini', 'amount=6000\n', 'amount=6500\nenabled=no\n');
                edit('terms.md', 'These terms apply', 'These terms of ours apply');
                edit('tax.csv', 'DE,digital,19,yes', 'DE,digital,16,yes');
                fs.appendFileSync(path.join(files, 'darkroom-desk/keys.txt'), 'DESK-NEWER-NEWER-NEWER\n');
                assert.deepEqual(changed(shop.ctl('product', 'load', files)).sort(), ['keys darkroom-desk: 1 added', 'offer darkroom-desk/full: version 2',
                        'offer darkroom-desk/yen: version 2', 'tax 78 rates: 1 set', 'terms Terms of sale: version 2']);
                assert.equal(shop.sql("SELECT string_agg(amount_minor::text, ',' ORDER BY version) FROM offer_versions v JOIN offers o ON o.id = v.offer_id JOIN products p ON p.id = o.product_id WHERE p.slug = 'darkroom-desk' AND o.slug = 'full'"), '3900,4500');
                assert.equal(shop.sql("SELECT amount_minor FROM offer_versions WHERE currency = 'KWD'"), '12500', 'three decimals');
                edit('darkroom-desk/product.ini', '[offer dinar]\ntitle=One licence, in Kuwaiti dinar\ncurrency=KWD\namount=12.500\ntax_class=digital\n', '');
                assert.deepEqual(changed(shop.ctl('product', 'load', files)), ['offers darkroom-desk: 1 not on sale any more']);
                assert.equal(shop.ctl('check', 'schema').status, 0);
        });

        test('S1.7 a timetable of access that staff set stays, whatever else the files change; one that they did not follows the files', () => {
                const plan = 'portfolio-mentoring/product.ini';
                const days = () => shop.sql("SELECT timetable_seen(id) FROM products WHERE slug = 'portfolio-mentoring'");
                const load = () => changed(shop.ctl('product', 'load', files));
                assert.equal(days(), '7 14 30');
                const back = edit(plan, 'locked_days=30', 'locked_days=40');
                assert.deepEqual([load(), days()], [['timetable portfolio-mentoring: set'], '7 14 40']);
                shop.sql("UPDATE access_timetables SET nothing_new_days = 10, read_only_days = NULL, changed_by = (SELECT min(id) FROM staff) WHERE product_id = (SELECT id FROM products WHERE slug = 'portfolio-mentoring')");
                back();
                edit(plan, 'position=2', 'position=9');
                assert.deepEqual([load(), days()], [['timetable portfolio-mentoring: kept: staff set another one'], '10 - 40']);
                edit(plan, 'locked_days=30', 'locked_days=40');
                edit(plan, 'position=9', 'position=2');
                assert.deepEqual([load(), days()], [[], '10 - 40'], 'as the files said it before: nothing to tell');
                shop.sql("DELETE FROM access_timetables WHERE product_id = (SELECT id FROM products WHERE slug = 'portfolio-mentoring')");
                edit(plan, 'position=2', 'position=9');
                assert.deepEqual([load(), days()], [[], '- - -'], 'nor does one come back that they took away');
                assert.equal(shop.ctl('check', 'schema').status, 0);
        });

        const lesson = 'light-and-lens/contents/02-seeing-light/02-direction.md';
        const ini = 'light-and-lens/product.ini';
        const faults = [
                [ini, 'kind=course', 'kind=circus', `${ini}:3: the kind is`],
                [ini, 'amount=149.00', 'amount=149.005', `${ini}:12: 149.005 is no price in EUR`],
                [ini, 'amount=149.00', 'amount=-1', `${ini}:12: -1 is no price`],
                [ini, 'currency=EUR', 'currency=ZZZ', `${ini}:11: ZZZ is no currency`],
                [ini, 'tax_class=digital', 'tax_class=none', `${ini}:13: the tax class`],
                [ini, 'position=1', 'positon=1', `${ini}:4: there is no setting positon`],
                [ini, 'tagline=', 'x tagline=', `${ini}:`],
                [ini, 'slug=light-and-lens', 'slug=Light', `${ini}:2: a slug`],
                [ini, 'refund_days=30', 'refund_days=soon', `${ini}:7: soon is no number`],
                [ini, 'refund_days=30', 'starts_on=2026-02-30', `${ini}:7: 2026-02-30 is no day`],
                ['light-and-lens/summary.md', 'Most courses', 'Most \xffcourses', 'summary.md:1: is not UTF-8', 'latin1'],
                [lesson, 'title: Where it comes from\n', '', `${lesson}:1: its head wants a title`],
                [lesson, 'minutes: 6', 'minutes: six', `${lesson}:4: six is no number`],
                [lesson, 'minutes: 6', 'minutes: 6\nfile: gone.pdf', `${lesson}:5: there is no file files/gone.pdf`],
                [lesson, 'minutes: 6', 'minutes: 6\nfile: ../product.ini', `${lesson}:5: there is no file`],
                [lesson, '---\nThe second', 'The second', `${lesson}:`],
                ['tax.csv', 'FR,digital,20,yes', 'FR,digital,200,yes', 'tax.csv:'],
                ['tax.csv', 'country,class', 'land,class', 'tax.csv:1: the first line'],
                ['terms.md', '# Terms', 'Terms', 'terms.md:1: must begin with a heading'],
                ['portfolio-mentoring/contents/02-your-calls/01-first-call.md', 'url: https:', 'url: ftp:', '01-first-call.md:5: an address'],
                ['portfolio-mentoring/product.ini', 'schedule=3 monthly', 'schedule=1 monthly', 'portfolio-mentoring/product.ini:20: Enter a number from 2 to 60'],
                ['portfolio-mentoring/product.ini', 'schedule=3 monthly instalments', 'schedule=now and then', 'portfolio-mentoring/product.ini:20: the schedule is'],
                ['portfolio-mentoring/product.ini', 'locked_days=30', 'locked_days=3', 'portfolio-mentoring/product.ini:10: nothing_new_days'],
                ['darkroom-desk/product.ini', 'amount=12.500', 'amount=12.505', 'darkroom-desk/product.ini:24: The last digit must be 0 in KWD, such as 12.500 or 12.510'],
                ['darkroom-desk/keys.txt', 'DESK-', 'DESK\t-', 'keys.txt:1: is no licence key'],
        ];
        for (const [name, was, now, message, encoding] of faults)
                test(`a bad file is told by its line and nothing is loaded: ${message}`, () => {
                        fs.rmSync(files, { recursive: true });
                        fs.cpSync(catalogue, files, { recursive: true });
                        // Something good comes first: it must not be loaded either.
                        edit('darkroom-desk/product.ini', 'title=Darkroom Desk\n', `title=Darkroom Desk, ${message.length}\n`);
                        const before_it = state();
                        if (encoding === undefined) edit(name, was, now);
                        else fs.writeFileSync(path.join(files, name), fs.readFileSync(path.join(files, name), encoding).replace(was, now), encoding);
                        const said = shop.ctl('product', 'load', files);
                        assert.equal(said.status, 2, JSON.stringify(said));
                        assert.ok(said.error.message.includes(message), said.error.message);
                        assert.equal(state(), before_it);
                });
});

describe('what an operator does to an order', needs, () => {
        let shop;
        const order = (where) => shop.sql(`SELECT o.number FROM orders o WHERE ${where} ORDER BY o.id LIMIT 1`);
        const access = (number) => shop.sql(`SELECT string_agg(a.status || ' ' || a.reason, ',') FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(number)}`);
        before(() => { shop = copy(); });

        test('grant: a gift, with its reason, told to the customer and to the audit log', () => {
                const number = order("o.status = 'expired' AND NOT EXISTS (SELECT FROM access a WHERE a.order_id = o.id)");
                assert.equal(shop.ctl('regrant', number).status, 2, 'never granted');
                const said = shop.ctl('grant', number, '--reason', 'Won the raffle');
                assert.deepEqual([said.status, said.items], [0, [{ order: number, result: 'granted', mails: 1 }]]);
                assert.match(access(number), /^full gift/);
                assert.equal(shop.sql("SELECT facts->>'reason' FROM audit WHERE action = 'access.gift' AND actor = 'operator' ORDER BY id DESC LIMIT 1"), 'Won the raffle');
                assert.equal(shop.ctl('grant', number, '--reason', 'again').items[0].result, 'has');
                assert.equal(shop.ctl('check', 'access').status, 0);
        });

        test('regrant: what had ended opens again', () => {
                const number = order("EXISTS (SELECT FROM access a WHERE a.order_id = o.id AND a.end_reason = 'refund') AND o.status = 'refunded'");
                assert.equal(shop.ctl('grant', number, '--reason', 'x').status, 2, 'grant is not for these');
                const said = shop.ctl('regrant', number);
                assert.deepEqual([said.status, said.items[0].result], [0, 'granted']);
                assert.match(access(number), /^full gift/);
                assert.equal(shop.ctl('regrant', number.toLowerCase()).items[0].result, 'has');
                assert.equal(shop.ctl('check', 'access').status, 0);
        });

        test('resend: each mail of the order once more', () => {
                const number = order("o.status = 'paid'");
                const said = shop.ctl('resend', number);
                assert.deepEqual([said.status, said.items], [0, [{ order: number, result: 'sent', mails: 2 }]]);
                assert.equal(shop.sql("SELECT count(*) FROM messages WHERE period LIKE 'resend %' AND status = 'queued'"), '2');
        });

        test('jobs: the dead are shown and come to life', () => {
                shop.sql("INSERT INTO jobs_dead (id, lane, kind, key, args, tries, error, created_at, died_at) VALUES (987654321, 2, 'mail', '987654321', '{}', 8, 'refused', now(), now())");
                const { items } = shop.ctl('jobs', '--state', 'dead');
                assert.equal(items.length, 1);
                assert.deepEqual([items[0].id, items[0].kind, items[0].tries, items[0].error], [987654321, 'mail', 8, 'refused']);
                assert.equal(shop.ctl('jobs', 'retry', '987654321').status, 0);
                assert.equal(shop.ctl('jobs', '--state', 'dead').items.length, 0);
                assert.equal(shop.sql("SELECT tries FROM jobs WHERE kind = 'mail' AND key = '987654321'"), '0');
        });

        test('staff add: a link that works once; a second one takes the place of the first', () => {
                const first = shop.ctl('staff', 'add', 'New.Person@Example.org', '--role', 'support', '--name', 'New Person');
                assert.equal(first.status, 0);
                assert.match(first.items[0].link, /\/admin\/set-up\/[A-Za-z0-9_-]{43}$/);
                const second = shop.ctl('staff', 'add', 'new.person@example.org', '--role', 'finance');
                assert.equal(shop.sql("SELECT role || ' ' || count(*) OVER () FROM staff WHERE email_fold = 'new.person@example.org'"), 'finance 1');
                assert.equal(shop.sql("SELECT count(*) FROM sessions WHERE kind = 'invite' AND ended_at IS NULL AND token_hash = sha256(convert_to(" + quote(second.items[0].link.split('/').pop()) + ", 'UTF8'))"), '1');
                assert.equal(shop.sql("SELECT count(*) FROM sessions WHERE kind = 'invite' AND ended_at IS NULL AND token_hash = sha256(convert_to(" + quote(first.items[0].link.split('/').pop()) + ", 'UTF8'))"), '0');
        });

        test('it works with the rights of lk_ctl, even when a superuser runs it', () => {
                assert.equal(shop.sql("SET ROLE lk_ctl; SELECT has_table_privilege('orders', 'UPDATE') OR has_table_privilege('ledger', 'INSERT') OR has_table_privilege('credentials', 'SELECT')"), 'f');
        });
});

// Each fault is planted in a copy of its own, past triggers and foreign keys.
const paid = "(SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.status = 'paid' AND p.gateway_ref LIKE 'pi_demo%' AND p.refunded_minor = 0 AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id) ORDER BY o.id LIMIT 1)";
const refunded = "(SELECT o.id FROM orders o JOIN refunds r ON r.order_id = o.id WHERE o.status = 'refunded' AND r.gateway_ref LIKE 're_demo%' AND EXISTS (SELECT FROM access a WHERE a.order_id = o.id AND a.end_reason = 'refund') ORDER BY o.id LIMIT 1)";
const disputed = "(SELECT o.id FROM orders o JOIN disputes d ON d.order_id = o.id WHERE d.status = 'lost' AND d.gateway_ref LIKE 'du_demo%' ORDER BY o.id LIMIT 1)";
const payment = `(SELECT id FROM payments WHERE order_id = ${paid})`;

const planted = [
        ['reconcile', 'paid_without_payment', paid, `DELETE FROM payments WHERE order_id = ${paid}`],
        ['reconcile', 'paid_without_grant', paid, `DELETE FROM access WHERE order_id = ${paid}`],
        ['reconcile', 'amount_differs', paid, `UPDATE payments SET amount_minor = amount_minor + 1 WHERE order_id = ${paid}`],
        ['reconcile', 'payment_without_charge', paid, `UPDATE payments SET gateway_ref = 'pi_invented' WHERE order_id = ${paid}`],
        ['reconcile', 'grant_without_payment', paid, `UPDATE payments SET gateway_ref = 'pi_invented' WHERE order_id = ${paid}`],
        ['reconcile', 'refund_missing', refunded, `DELETE FROM refunds WHERE order_id = ${refunded}`],
        ['reconcile', 'refund_not_at_gateway', refunded, `UPDATE refunds SET gateway_ref = 're_invented' WHERE order_id = ${refunded}`],
        ['reconcile', 'dispute_missing', disputed, `DELETE FROM disputes WHERE order_id = ${disputed}`],
        ['reconcile', 'dispute_differs', disputed, `UPDATE disputes SET status = 'won' WHERE order_id = ${disputed}`],
        ['check money', 'payment_not_in_ledger', paid, `DELETE FROM ledger WHERE entry = 'payment:' || ${payment}`],
        ['check money', 'charge_not_as_in_ledger', paid, `UPDATE ledger SET amount_minor = amount_minor - 100 WHERE entry = 'payment:' || ${payment}`],
        ['check money', 'sum_not_as_in_ledger', null, `UPDATE ledger SET amount_minor = amount_minor - 100 WHERE entry = 'payment:' || ${payment}`],
        ['check money', 'fee_not_as_in_ledger', paid, `DELETE FROM ledger WHERE entry = 'fee:' || ${payment}`],
        ['check money', 'charge_not_at_gateway', paid, `UPDATE payments SET charge_ref = 'ch_invented' WHERE order_id = ${paid}`],
        ['check money', 'refunded_differs', refunded, `UPDATE payments SET refunded_minor = refunded_minor - 1 WHERE order_id = ${refunded}`],
        ['check money', 'receipt_number_gap', null, `DELETE FROM receipts WHERE order_id = ${paid}`],
        ['check money', 'due_paid_differs', paid, `UPDATE dues SET paid_minor = 0, status = 'open' WHERE order_id = ${paid}`],
        ['check access', 'paid_without_access', paid, `DELETE FROM access WHERE order_id = ${paid}`],
        ['check access', 'access_without_payment', paid, `DELETE FROM payments WHERE order_id = ${paid}`],
        ['check access', 'access_after_refund', refunded, `UPDATE access SET status = 'full', end_reason = NULL WHERE order_id = ${refunded}`],
        ['check access', 'access_ended_without_cause', paid, `UPDATE access SET status = 'ended', end_reason = 'refund' WHERE order_id = ${paid}`],
        ['check access', 'paid_order_not_granted', paid, `UPDATE orders SET status = 'open', paid_at = NULL, granted_at = NULL WHERE id = ${paid}`],
        ['check schema', 'row_security', null, 'ALTER TABLE orders NO FORCE ROW LEVEL SECURITY'],
        ['check schema', 'trigger', null, 'ALTER TABLE ledger DISABLE TRIGGER append_only'],
        ['check schema', 'owner', null, 'ALTER TABLE payments OWNER TO lk_definer'],
        ['check schema', 'function_public', null, 'GRANT EXECUTE ON FUNCTION check_money() TO PUBLIC'],
        ['check schema', 'hooks_table_right', null, 'GRANT SELECT ON orders TO lk_hooks'],
        ['check schema', 'paid_means_in', null, 'ALTER TABLE order_lines DROP CONSTRAINT paid_means_in'],
        ['check schema', 'evidence_chain', null, "UPDATE evidence SET facts = '{}' WHERE id = (SELECT row_id FROM chain_seals WHERE source = 'evidence' AND seal = 7)"],
        ['check schema', 'audit_chain', null, "DELETE FROM audit WHERE id = (SELECT row_id FROM chain_seals WHERE source = 'audit' AND seal = 1)"],
];

describe('planted faults are found (S0.9)', needs, () => {
        for (const [command, kind, order, fault] of planted)
                test(`${command}: ${kind}`, () => {
                        const shop = copy();
                        const number = order === null ? null : shop.sql(`SELECT number FROM orders WHERE id = ${order}`);
                        shop.damage(fault);
                        const said = shop.ctl(...command.split(' '), ...(command === 'reconcile' ? ['--since', long_ago] : []));
                        assert.equal(said.status, 1, JSON.stringify(said).slice(0, 500));
                        assert.equal(said.ok, false);
                        const found = said.items.find((item) => item.kind === kind && (number === null || item.order === number));
                        assert.ok(found, JSON.stringify(said.items));
                        assert.deepEqual(Object.keys(found), ['kind', 'order', 'expected', 'found']);
                        for (const money of [found.expected, found.found].filter((value) => value !== null && typeof value === 'object')) {
                                assert.ok(Number.isInteger(money.minor));
                                assert.match(money.currency, /^[A-Z]{3}$/);
                        }
                        shop.drop();
                });
});
