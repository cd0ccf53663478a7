// What needs a server of its own: settings that change, a database out of reach, time that passes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { startOwn } from './lib/own.mjs';
import { becomes, begin, buy, login, openLink, pay, welcomed } from './lib/purchase.mjs';
import { build, top, until } from './lib/sandbox.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

const day = (ahead) => new Date(Date.now() + ahead * 86400000).toISOString().slice(0, 10);

/** Three small products in a folder, for latchkeyctl product load. */
function writeShelf(dir, keys) {
        const write = (name, text) => {
                fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
                fs.writeFileSync(path.join(dir, name), text);
        };
        for (const name of ['terms.md', 'consent.md', 'tax.csv']) fs.copyFileSync(path.join(top, 'demo/northlight', name), path.join(dir, name));
        for (const [slug, kind, more] of [['plain-course', 'course', ''], ['evening-class', 'course', `starts_on=${day(5)}\n`], ['small-tool', 'software', '']]) {
                write(`${slug}/product.ini`, `[product]\nslug=${slug}\nkind=${kind}\ntitle=The ${slug.replace('-', ' ')}\ntagline=A thing\n${more}\n[offer full]\ntitle=In full\ncurrency=EUR\namount=20.00\ntax_class=digital\n`);
                for (const part of ['summary', 'includes', 'refund', 'next']) write(`${slug}/${part}.md`, `The ${part}.\n`);
                write(`${slug}/contents/01-begin/title.txt`, 'Begin\n');
                write(`${slug}/contents/01-begin/01-first.md`, '---\ntitle: The first\nkind: lesson\nminutes: 3\n---\nIt begins.\n');
        }
        write('small-tool/keys.txt', `${keys.join('\n')}\n`);
}

describe('settings that are wrong (bad input)', () => {
        const program = (name) => path.join(build, `latchkey-${name}`);
        let dir;
        before(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-conf-')); });
        after(() => fs.rmSync(dir, { recursive: true }));

        const sample = (change = '') => `[site]\nname=Shop\nportal_url=http://localhost:1\nsupport_email=help@example.org\nenvironment=development\n${change}
[database]\nconninfo=host=/nowhere dbname=none\n[paths]\ntemplates=${top}/templates\nfiles=/tmp\ncommon_passwords=${top}/etc/common-passwords.txt
[gateway]\nkey=sk_test_x\nhook_secret=whsec_x\nurl=http://127.0.0.1:1\ncheckout_origin=http://127.0.0.1:1\n[mail]\nsmtp_url=smtp://127.0.0.1:1\ntls=false\nfrom=shop@example.org
[seller]\nname=Shop\naddress=Street\ncountry=DE\n`;

        for (const name of ['portal', 'admin', 'hooks', 'worker'])
                test(`latchkey-${name} says which and where, and ends`, () => {
                        for (const [what, text, words] of [
                                ['an unknown key', sample('colour=red'), /latchkey\.conf.*colour/],
                                ['an unknown group', `${sample()}[extras]\nx=1\n`, /latchkey\.conf.*extras/],
                                ['a value that cannot be', sample().replace('http://localhost:1', 'localhost'), /\[site\] portal_url must begin with/],
                                ['a missing one', sample().replace('key=sk_test_x\n', ''), /\[gateway\] key/],
                                ['no file at all', null, /latchkey\.conf/],
                        ]) {
                                const file = path.join(dir, 'latchkey.conf');
                                fs.rmSync(file, { force: true });
                                if (text !== null) fs.writeFileSync(file, text, { mode: 0o600 });
                                const args = ['--config', file, ...(name === 'worker' ? [] : ['--socket', path.join(dir, `${name}.sock`)]), '--workers', '1'];
                                const said = spawnSync(program(name), args, { encoding: 'utf8', timeout: 20000 });
                                assert.equal(said.signal, null, `${what}: it goes on running`);
                                assert.notEqual(said.status, 0, what);
                                const lines = (said.stderr + said.stdout).split('\n').filter((line) => words.test(line));
                                assert.equal(lines.length, 1, `${what}:\n${said.stderr}`);
                                assert.doesNotMatch(said.stderr, /sk_test_x|whsec_x/, what);
                        }
                });
});

describe('a server of its own', () => {
        let own, stripe, shelf;
        before(async () => {
                own = await startOwn();
                stripe = stripeFor(own.sandbox);
                shelf = path.join(own.home, 'shelf');
                fs.mkdirSync(shelf);
                writeShelf(shelf, ['AAAA-1111']);
                const said = own.ctl('product', 'load', shelf);
                assert.equal(said.status, 0, JSON.stringify(said));
        });
        after(() => own?.stop());

        const purchase = { product: 'plain-course', consent: '1' };

        test('an empty shop has no demo data, and sells what was loaded', async () => {
                assert.equal(own.sql('SELECT count(*) FROM customers'), '0');
                const page = await new Browser(own.url).go('/');
                assert.match(plain(page.text), /The plain course A thing 20\.00 EUR/);
                const bought = await buy(own, purchase);
                assert.match(plain(bought.page.text), /You are in/);
        });

        test('a secret is rotated: old and new both sign for a while, then the new one alone (safety rule 1)', async () => {
                const post = async (secret) => {
                        const payload = JSON.stringify({ id: `evt_${Math.random().toString(36).slice(2)}`, object: 'event', type: 'customer.created',
                                created: Math.floor(Date.now() / 1000), data: { object: { id: 'cus_1', object: 'customer' } } });
                        const signature = stripe.webhooks.generateTestHeaderString({ payload, secret });
                        return (await fetch(own.hookUrl, { method: 'POST', body: payload, headers: { 'stripe-signature': signature } })).status;
                };
                assert.deepEqual([await post(own.secret), await post('whsec_of_tomorrow')], [200, 400]);
                try {
                        own.setting('gateway', 'hook_secret', 'whsec_of_tomorrow');
                        own.setting('gateway', 'hook_secret_previous', own.secret);
                        await own.reload('hooks');
                        const both = async () => `${[await post(own.secret), await post('whsec_of_tomorrow'), await post('whsec_else')]}`;
                        await until(async () => await both() === '200,200,400', 'the last worker that knows the old one alone');
                        own.setting('gateway', 'hook_secret_previous', undefined);
                        await own.reload('hooks');
                        await until(async () => await post(own.secret) === 400, 'the last worker that knows the old one');
                        assert.equal(await post('whsec_of_tomorrow'), 200);
                } finally {
                        own.setting('gateway', 'hook_secret_previous', undefined);
                        own.setting('gateway', 'hook_secret', own.secret);
                        await own.reload('hooks');
                }
                await until(async () => await post('whsec_of_tomorrow') === 400, 'the last worker that knows the new one');
                assert.equal(await post(own.secret), 200);
        });

        test('a reload with a wrong setting changes nothing: the old workers go on, the log says why', async () => {
                own.setting('site', 'colour', 'red');
                const said = await own.reload('portal', 'what=reload_failed');
                assert.match(said, /colour/);
                assert.equal((await new Browser(own.url).go('/')).status, 200);
                own.setting('site', 'colour', undefined);
                await own.reload('portal');
                assert.equal((await new Browser(own.url).go('/')).status, 200);
        });

        test('a database out of reach: 503 everywhere, one line that says why, and the event comes again', async () => {
                const made = await begin(own, purchase);
                const conninfo = /^conninfo=(.*)$/m.exec(fs.readFileSync(own.config, 'utf8'))[1];
                own.setting('database', 'conninfo', 'host=/nowhere dbname=latchkey connect_timeout=2');
                const said = {};
                for (const service of ['portal', 'hooks', 'login', 'gateway']) said[service] = await own.reload(service);
                const browser = new Browser(own.url);
                const page = await browser.go('/');
                assert.equal(page.status, 503);
                assert.equal(heading(page.text), 'We will be right back');
                assert.doesNotMatch(page.text, /nowhere|libpq|socket|connection/i);
                for (const path of ['/products/plain-course', '/login', `/welcome?order=${made.number}`, '/programs'])
                        assert.equal((await made.browser.go(path)).status === 503 || path === '/programs', true, path);
                assert.equal((await browser.go('/healthz')).status, 503);
                assert.equal((await pay(made)).status, 303);
                await until(() => own.log('hooks').includes('status=503'), 'the hook\'s 503');
                const why = own.log('portal').split('\n').filter((line) => /level=(error|warning)/.test(line) && /nowhere/.test(line));
                assert.ok(why.length >= 1, 'a line names the place that was tried');
                assert.equal(own.sql(`SELECT status FROM orders WHERE number = ${quote(made.number)}`), 'open');
                own.setting('database', 'conninfo', conninfo);
                for (const service of ['portal', 'hooks', 'login', 'gateway']) await own.reload(service);
                await welcomed(made, /You are in/);
                assert.equal(own.sql(`SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(made.number)}`), '1');
                assert.equal((await browser.go('/healthz')).text, 'ok\n');
        });

        test('no licence key left: access is given, staff are told, and the key comes with the next list', async () => {
                const first = await buy(own, { ...purchase, product: 'small-tool' });
                const second = await buy(own, { ...purchase, product: 'small-tool' });
                const see = async (order) => plain((await order.browser.go(`/programs/small-tool?order=${order.number}`)).text);
                assert.match(await see(first), /AAAA-1111/);
                assert.match(await see(second), /Your licence key follows/);
                assert.equal(own.sql("SELECT count(*) FROM alarms WHERE kind = 'keys_out' AND closed_at IS NULL"), '1');
                writeShelf(shelf, ['AAAA-1111', 'BBBB-2222']);
                assert.equal(own.ctl('product', 'load', shelf).status, 0);
                await until(async () => /BBBB-2222/.test(await see(second)), 'the second key');
                assert.doesNotMatch(await see(second), /AAAA-1111/);
                assert.equal(own.sql("SELECT count(*) FROM alarms WHERE kind = 'keys_out' AND closed_at IS NULL"), '0');
        });

        test('a cohort that starts later: the page says when, and it opens on its day with a mail (S0.8)', async () => {
                const browser = new Browser(own.url);
                const made = await begin(own, { ...purchase, product: 'evening-class', browser });
                await pay(made);
                const page = await welcomed(made, /Your place is booked/);
                assert.match(plain(page.text), /starts on/);
                const program = await browser.go(`/programs/evening-class?order=${made.number}`);
                assert.equal(program.status, 200);
                assert.match(plain(program.text), /Your place is booked; it opens here on that day/);
                assert.doesNotMatch(program.text, /<ol class="lessons">/);
                assert.notEqual((await browser.go(`/programs/evening-class/first?order=${made.number}`)).status, 200);
                const mail = await mailTo(own, made.email, /The evening class/);
                assert.match((await mailTo(own, made.email, /access|place/i)).text, /Your place is booked/);
                assert.ok(mail);
                await until(() => mailsTo(own, made.email).length === 2, 'the receipt and the place that is booked');
                const before = mailsTo(own, made.email).length;
                const said = own.ctl('clock', 'advance', '6d');
                assert.equal(said.status, 0, JSON.stringify(said));
                await until(async () => /<ol class="lessons">/.test((await browser.go(`/programs/evening-class?order=${made.number}`)).text), 'its lessons');
                await until(() => mailsTo(own, made.email).length === before + 1, 'a mail that it is open');
                const opened = mailsTo(own, made.email).at(-1);
                assert.match(opened.text, /You have access/);
                assert.ok(Date.parse(opened.headers.date) > Date.now() + 5 * 86400000, 'dated by the product\'s clock');
                const person = await openLink(own, opened.link);
                assert.equal((await person.go('/programs/evening-class/first')).status, 200);
        });

        test('a link is good for seven days, a new one for an hour; a login for thirty days (S0.4)', async () => {
                const bought = await buy(own, purchase);
                const mail = await mailTo(own, bought.email, /You have access/);
                const owner = new Browser(own.url);
                assert.equal(own.ctl('clock', 'advance', '8d').status, 0);
                const expired = await owner.go(mail.link);
                assert.deepEqual([expired.status, heading(expired.text)], [410, 'This link has expired']);
                await owner.submit(expired, /\/new$/);
                const fresh = await mailTo(own, bought.email, /Your link to log in/);
                assert.equal(own.ctl('clock', 'advance', '59m').status, 0);
                await openLink(own, fresh.link, owner);
                assert.equal((await owner.go('/programs')).status, 200);
                await owner.submit(await owner.go('/set-password'), /\/set-password$/, { password: 'four patient herons at dusk' });
                assert.equal(own.ctl('clock', 'advance', '29d').status, 0);
                assert.equal((await owner.go('/programs')).status, 200);
                assert.equal(own.ctl('clock', 'advance', '2d').status, 0);
                assert.equal((await owner.go('/programs')).status, 303);
                assert.equal((await login(owner, bought.email, 'four patient herons at dusk')).status, 303);
                assert.equal((await bought.browser.go(`/welcome?order=${bought.number}`)).status, 404, 'the order\'s own cookie is over as well');
        });

        test('a checkout that nobody finished ends by itself and can be begun anew', async () => {
                const made = await begin(own, purchase);
                assert.equal(own.ctl('clock', 'advance', '2d').status, 0);
                await becomes(own, `SELECT status = 'expired' FROM orders WHERE number = ${quote(made.number)}`);
                const page = await made.browser.go(`/welcome?order=${made.number}`);
                assert.match(plain(page.text), /This order is not paid Nothing was/);
                const again = await buy(own, { ...purchase, email: made.email, browser: made.browser });
                assert.notEqual(again.number, made.number);
        });

        test('what no event, sweep or question found, the daily comparison finds, tells and books (S0.9)', async () => {
                const faults = (...list) => control(own.sandbox, 'faults', list);
                const made = await begin(own, purchase);
                await faults({ match: 'event *', kind: 'drop_event', times: 20 });
                assert.equal((await pay(made)).status, 303);
                await control(own.sandbox, 'faults', undefined, 'DELETE');
                await faults({ match: 'GET /v1/events', kind: 'error_before', times: 100000 },
                        { match: `GET /v1/checkout/sessions/${made.session}`, kind: 'error_before', times: 100000 });
                assert.equal(own.ctl('clock', 'advance', '1d').status, 0);
                await becomes(own, `SELECT status = 'paid' FROM orders WHERE number = ${quote(made.number)}`);
                await control(own.sandbox, 'faults', undefined, 'DELETE');
                assert.match(own.sql(`SELECT string_agg(a.detail, ' ') FROM alarms a JOIN orders o ON a.object = 'order' AND a.object_id = o.id
                        WHERE o.number = ${quote(made.number)}`), /The gateway and the books differ: paid_without_payment/);
                assert.match(own.log('worker'), /what=reconcile_differs/);
                await mailTo(own, made.email, /You have access/);
        });

        test('after all of that every check is clean (S0.9), and no sanitizer complained', async () => {
                assert.deepEqual(own.logs().split('\n').filter((line) => /Sanitizer|runtime error:|^ +#\d/.test(line)).slice(0, 30), []);
                for (const command of [['check', 'access'], ['check', 'money'], ['check', 'schema'], ['reconcile']]) {
                        const said = own.ctl(...command);
                        assert.deepEqual([said.status, said.items], [0, []], `${command.join(' ')}: ${JSON.stringify(said)}`);
                }
        });
});
