// The staff at their desk and on the way: log in, the list of orders, one order's page.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { address, here, needs } from '../web/lib/house.mjs';
import { Eyes, shapes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url, { both: false });
const password = 'larch and quill in the moor';
const step = () => Math.floor(Date.now() / 30000);

before(() => here && eyes.open());
after(() => eyes.close());

/** What an authenticator app shows; a code counts once, so each use has a step of its own. */
function code(secret, at) {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
        const bits = [...secret.replace(/[\s=]/g, '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(BigInt(at));
        const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(counter).digest();
        return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** Somebody new, by latchkeyctl's link and the page that it opens. */
async function join(visit) {
        const { page } = visit;
        const email = address('staff');
        const said = here.ctl('staff', 'add', email, '--role', 'support');
        const [link] = /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(JSON.stringify(said)) ?? [];
        assert.ok(link, JSON.stringify(said));
        await visit.go(link);
        await visit.see('Set up your login');
        const secret = await page.locator('#secret').innerText();
        const at = step();
        await page.getByLabel('Your name').fill('Sofia Berg');
        await page.locator('#password').fill(password);
        await page.locator('#code').fill(code(secret, at));
        await visit.press('Finish and log in');
        await visit.see('Overview');
        await visit.has('Your login is ready');
        await visit.press('Log out');
        return { email, secret, at };
}

for (const shape of Object.keys(shapes)) {
        describe(`staff pages, ${shape}`, needs, () => {
                test('S0.7: password and code, the list with filters in the address and pages, an order with its history', async () => {
                        const visit = await eyes.sit(shape);
                        const { page } = visit;
                        const person = await join(visit);
                        visit.forgive(/status of 422/);
                        await visit.go('/admin/orders?status=paid');
                        await visit.see('Log in');
                        await page.locator('#email').fill(person.email);
                        await page.locator('#password').fill(password);
                        await page.locator('#code').fill('000000');
                        await visit.press('Log in');
                        await page.getByRole('alert').waitFor();
                        await visit.see('Log in');
                        await page.locator('#password').fill(password);
                        await page.locator('#code').fill(code(person.secret, person.at + 1));
                        await visit.press('Log in');
                        await visit.see('Orders');
                        assert.equal(new URL(page.url()).search, '?status=paid');
                        assert.equal(await page.locator('#status').inputValue(), 'paid');

                        const numbers = () => page.locator('.orders tbody th a').allInnerTexts();
                        const first = await numbers();
                        assert.equal(first.length, 50);
                        await visit.follow(/Older/);
                        await page.getByRole('link', { name: 'Newest' }).waitFor();
                        const second = await numbers();
                        assert.ok(second.length > 0 && second.every((number) => !first.includes(number)), 'other orders on the next page');
                        assert.match(page.url(), /status=paid/);

                        await page.locator('#q').fill(here.customer);
                        await visit.press('Show');
                        await page.waitForURL(/q=/);
                        assert.match(page.url(), /status=paid/);
                        await visit.has(here.customer, /\d+(\.\d)? s/);
                        if (shape === 'desk') {
                                await page.locator('h1').click();
                                await page.keyboard.press('j');
                                assert.match(await page.evaluate(() => document.activeElement.getAttribute('href')), /^\/admin\/orders\//);
                                await page.keyboard.press('Enter');
                        } else {
                                await page.locator('.orders tbody th a').first().click();
                        }
                        await visit.see(/^[0-9A-Z]{10}/);
                        await visit.has('Everything that happened', 'Payments', 'Mails', here.customer, /Access open/);
                        await visit.go('/admin/orders?q=nobody-of-that-name');
                        await visit.see('Orders');
                        await visit.has('No order fits');
                        here.sql("SELECT alarm_raise('refund_unassigned', 'order', max(id), 'made by a test') FROM orders");
                        await visit.go('/admin/system');
                        await visit.see('System');
                        here.sql("UPDATE alarms SET closed_at = app_now() WHERE detail = 'made by a test' AND closed_at IS NULL");
                        await visit.leave();
                });
        });
}
