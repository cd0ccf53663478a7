// Orders and who may see them; requests that make no sense; what the logs keep to themselves.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { buy, course, login, openLink, software } from './lib/purchase.mjs';

const reader = () => new Browser(here.url);
const bare = (page, number) => page.text.replaceAll(number, 'NUMBER').replaceAll(number.toLowerCase(), 'NUMBER')
        .replace(/<code>[0-9a-f]+<\/code>/g, '').replace(/value="[A-Za-z0-9_-]{43}"/g, '');

describe('orders', needs, () => {
        let mine, hers;
        before(async () => {
                for (const name of ['mine', 'hers']) {
                        const bought = await buy(here, { name: name === 'mine' ? 'Mina Mine' : 'Hera Hers', product: name === 'mine' ? course : software });
                        const browser = await openLink(here, (await mailTo(here, bought.email, /You have access/)).link);
                        await mailTo(here, bought.email, /Payment received/);
                        const [{ paper }] = here.rows(`SELECT r.number AS paper FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)}`);
                        if (name === 'mine') mine = { ...bought, browser, paper };
                        else hers = { ...bought, browser, paper };
                }
        });

        test('one\'s own are listed, and each shows what was bought, paid, agreed, with its receipt (S0.3, S2.1)', async () => {
                const list = await mine.browser.go('/orders');
                assert.match(plain(list.text), new RegExp(`${mine.number} Light & Lens Today at \\d\\d:\\d\\d Paid 149\\.00 EUR`));
                assert.doesNotMatch(list.text, new RegExp(hers.number));
                const page = await mine.browser.go(/href="(\/orders\/[0-9A-Z]{10})"/.exec(list.text)[1]);
                for (const part of [`Order ${mine.number}`, 'Eight lessons', 'within 30 days', '149.00 EUR', 'Visa ending in 4242', mine.paper, mine.email, 'Version 1', 'you asked us to begin at once'])
                        assert.ok(plain(page.text).includes(part), part);
                const paper = await mine.browser.go(`/orders/${mine.number}/papers/${mine.paper}`);
                assert.deepEqual([paper.status, paper.headers.get('content-type')], [200, 'application/pdf']);
                assert.match(paper.headers.get('content-disposition'), new RegExp(`^inline; filename="${mine.paper}\\.pdf"$`));
                assert.match(paper.headers.get('cache-control'), /no-store/);
        });

        test('a number is read as people write it', async () => {
                assert.equal((await mine.browser.go(`/orders/${mine.number.toLowerCase()}`)).status, 200);
        });

        test('another customer\'s: 404, word for word as one that never was (safety rule 11)', async () => {
                for (const rest of ['', `/papers/${hers.paper}`]) {
                        const foreign = await mine.browser.go(`/orders/${hers.number}${rest}`);
                        const absent = await mine.browser.go(`/orders/0000000000${rest}`);
                        assert.deepEqual([foreign.status, absent.status], [404, 404], rest);
                        assert.equal(bare(foreign, hers.number), bare(absent, '0000000000'), rest);
                        const headers = (page) => [...page.headers.keys()].filter((name) => name !== 'date').sort().join();
                        assert.equal(headers(foreign), headers(absent));
                }
                assert.equal((await mine.browser.go(`/orders/${mine.number}/papers/${hers.paper}`)).status, 404, 'her paper under my number');
                for (const rest of ['', `/papers/${hers.paper}`]) {
                        const away = await reader().go(`/orders/${hers.number}${rest}`);
                        const nowhere = await reader().go(`/orders/0000000000${rest}`);
                        assert.deepEqual([away.status, nowhere.status], [303, 303]);
                        assert.equal(away.to.replace(hers.number, ''), nowhere.to.replace('0000000000', ''));
                }
        });

        test('another customer\'s by the welcome page or with her number in the query: the same', async () => {
                for (const way of [`/welcome?order=${hers.number}`, `/orders/${hers.number}?order=${hers.number}`, `/programs/${software}?order=${hers.number}`]) {
                        const page = await mine.browser.follow(way);
                        assert.equal(page.status, 404, way);
                        assert.doesNotMatch(page.text, /Hera|hers-/, way);
                }
        });

        test('numbers that are none: 404 or 400, never an error of ours', async () => {
                for (const number of ['1', 'ILOU', 'x'.repeat(11), 'x'.repeat(5000), "1' OR '1'='1", '%00', '%ff%fe', '%2e%2e%2f', '0000000000%0d%0aX:y', '\u202e', '-1', 'null']) {
                        const page = await mine.browser.go(`/orders/${encodeURI(number)}`).catch((error) => ({ status: error }));
                        assert.ok([400, 404, 414].includes(page.status), `${number}: ${page.status}`);
                        assert.equal((await mine.browser.go(`/orders/${mine.number}/papers/${encodeURIComponent(number)}`)).status >= 500, false, number);
                }
        });
});

describe('requests that make no sense', needs, () => {
        const post = (browser, to, body, type = 'application/x-www-form-urlencoded') => browser.go(to, { method: 'POST', body, headers: { 'content-type': type } });
        const leaks = /SQLSTATE|ERROR:|psql|libpq|\.c:\d|0x[0-9a-f]{6}|core dumped|nginx|Traceback|SELECT |\/tmp\/|\/dev\/shm\//;

        test('unknown addresses: 404 with a page of the house', async () => {
                for (const to of ['/nothing', '/programs/a/b/c/d', '/orders/', '/.env', '/.git/config', '/admin/../orders/x', '/static/css/none.css', '/protected/1',
                        '/wp-login.php', `/${'a'.repeat(3000)}`, '/%3Cscript%3Ealert(1)%3C/script%3E']) {
                        const page = await reader().go(to);
                        assert.ok([404, 403, 303].includes(page.status), `${to}: ${page.status}`);
                        if (page.status === 303) continue;
                        assert.equal(page.status, 404, to);
                        assert.doesNotMatch(page.text, leaks, to);
                        assert.doesNotMatch(page.text, /<script>alert/);
                        assert.ok(heading(page.text).length > 5, to);
                }
        });

        test('a form that is too large: 413, whichever form', async () => {
                const browser = reader();
                const { csrf_token } = formOf(await browser.go(`/products/${course}`), /\/orders$/).fields;
                for (const to of [`/products/${course}/orders`, '/login', `/access/${'A'.repeat(43)}`, '/logout'])
                        for (const size of [65 * 1024, 200 * 1024, 300 * 1024]) {
                                const page = await post(browser, to, `csrf_token=${csrf_token}&name=${'x'.repeat(size)}`);
                                assert.equal(page.status, 413, `${to} ${size}`);
                                if (size < 256 * 1024) assert.ok(heading(page.text).length > 5);
                        }
        });

        test('a form that cannot be read: 400 or 403, and nothing happens', async () => {
                const before = here.sql('SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM customers)');
                for (const to of [`/products/${course}/orders`, '/login', '/login/link']) {
                        const browser = reader();
                        const { csrf_token } = formOf(await browser.go('/login'), /\/login$/).fields;
                        for (const [body, type, statuses] of [
                                ['email=%00x', undefined, [400]], ['email=%ff%fe', undefined, [400]], ['email=\xff', undefined, [400, 422]],
                                [Array.from({ length: 300 }, (_, i) => `a${i}=1`).join('&'), undefined, [400]],
                                ['{"email":"a@example.org"}', 'application/json', [400, 403, 415]],
                                ['--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na\r\n--x--', 'multipart/form-data; boundary=x', [400, 403, 415]],
                                ['%', undefined, [400, 403, 422]], ['&&&===&', undefined, [400, 403, 422]], ['', undefined, [400, 403]],
                        ]) {
                                const whole = type === undefined && body !== '' ? `csrf_token=${csrf_token}&${body}` : body;
                                const page = await post(browser, to, whole, type);
                                assert.ok(statuses.includes(page.status), `${to} ${body.slice(0, 40)}: ${page.status}`);
                                assert.doesNotMatch(page.text, leaks);
                        }
                }
                assert.equal(here.sql('SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM customers)'), before);
        });

        test('queries that cannot be read: a page, not an error of ours', async () => {
                for (const query of ['?%00', '?order=%ff', '?a=1&a=2', `?${'x=1&'.repeat(500)}`, `?order=${'9'.repeat(4000)}`, '?look=99999999999999999999', '?look=-1'])
                        for (const to of ['/', '/welcome', '/login', `/products/${course}`]) {
                                const page = await reader().go(to + query);
                                assert.ok(page.status < 500, `${to}${query.slice(0, 30)}: ${page.status}`);
                        }
        });

        test('cookies that are none of ours are no login', async () => {
                for (const value of ['x', 'A'.repeat(43), 'A'.repeat(5000), "' OR 1=1 --", '%00', '../../etc/passwd', '"quoted"']) {
                        for (const name of ['lk_session', 'lk_order', 'lk_form']) {
                                const page = await reader().go('/programs', { headers: { cookie: `${name}=${value}` } }).catch(() => null);
                                if (page !== null) assert.ok([303, 400].includes(page.status), `${name}=${value.slice(0, 20)}: ${page.status}`);
                        }
                }
        });
});

describe('what the logs keep to themselves (canary)', needs, () => {
        test('no address, name, token, link, password or secret that was used stands in any of them', async () => {
                const password = 'canary sings over the quarry';
                const bought = await buy(here, { name: 'Canary Quillfeather', email: `canary.quillfeather.${Date.now()}@example.org` });
                const access = await mailTo(here, bought.email, /You have access/);
                const link = access.link;
                const browser = await openLink(here, link, bought.browser);
                const form = formOf(await browser.go('/set-password'), /\/set-password$/).fields;
                await browser.submit(await browser.go('/set-password'), /\/set-password$/, { password });
                await browser.go(`/orders/${bought.number}?order=${bought.number}&email=${encodeURIComponent(bought.email)}`);
                await login(reader(), bought.email, 'canary wrong password here');
                const other = reader();
                await login(other, bought.email, password);
                await browser.go('/programs', { headers: { referer: `${here.url}${link}`, 'user-agent': 'Agent CanaryAgent' } });
                const canaries = [bought.email, encodeURIComponent(bought.email), 'Quillfeather', password, 'canary wrong', link.split('/').at(-1), form.csrf_token,
                        ...[browser, other].flatMap((b) => [...b.jar().values()]), here.secret, here.sandbox.key, here.password, '4242424242424242', '4242 4242 4242 4242'];
                assert.ok(canaries.every((canary) => canary.length >= 8), String(canaries));
                const folder = path.join(here.dir, 'log');
                for (const name of fs.readdirSync(folder)) {
                        const text = fs.readFileSync(path.join(folder, name), 'utf8');
                        for (const canary of canaries) {
                                const at = text.indexOf(canary);
                                assert.equal(at, -1, `${name}: ${text.slice(Math.max(0, at - 120), at + 60)}`);
                        }
                        if (/^latchkey-(portal|hooks|worker|admin)|access|nginx/.test(name))
                                assert.doesNotMatch(text, /[\w.+-]+@example\.org/, name);
                }
        });

        test('each line of the programs is key=value with its time and level', () => {
                const folder = path.join(here.dir, 'log');
                for (const name of fs.readdirSync(folder).filter((n) => /^latchkey-(portal|hooks|worker|admin)/.test(n))) {
                        const lines = fs.readFileSync(path.join(folder, name), 'utf8').split('\n').filter((line) => line !== '');
                        for (const line of lines) assert.match(line, /^(\S+=("([^"\\]|\\.)*"|\S*)\s?)+$|^\d{4}-\d\d-\d\dT/, `${name}: ${line}`);
                        assert.ok(!lines.some((line) => /Sanitizer|assert|abort/i.test(line)), name);
                }
        });
});
