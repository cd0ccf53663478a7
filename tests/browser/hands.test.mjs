// The same purchase in other hands: without JavaScript, by keyboard alone, over a thin line.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { address, here, needs } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { course } from '../web/lib/purchase.mjs';
import { buyIn, Eyes, patience } from './lib/eyes.mjs';
import { tabTo } from './lib/keys.mjs';

const eyes = new Eyes(here?.url);
const password = 'a kettle on the sill';

before(() => here && eyes.open());
after(() => eyes.close());

describe('in other hands', needs, () => {
        test('S0.1, S0.4: without JavaScript one buys, opens the product, and logs in by the mail', async () => {
                const visit = await eyes.sit('phone', { javaScriptEnabled: false });
                const { page } = visit;
                const { email } = await buyIn(visit, course);
                await visit.follow('Open Light & Lens');
                await visit.reach('Light & Lens');
                await page.locator('.lessons a').first().click();
                await visit.press('Mark as done');
                await visit.has(/1 of \d+ done/);
                const mail = await mailTo(here, email, /You have access/);
                await visit.go(mail.link);
                await visit.press('Open my access');
                await visit.reach('Choose a password');
                await page.getByLabel('New password').fill(password);
                await visit.press('Save the password');
                await visit.reach('Your programs');
                await visit.press('Log out');
                await visit.go('/login');
                await page.getByLabel('Email address').fill(email);
                await page.getByLabel('Password').fill(password);
                await visit.press('Log in');
                await visit.reach('Your programs');
                await visit.leave();
        });

        test('S0.1: by keyboard alone one buys and opens the product, and always sees where one is', async () => {
                const visit = await eyes.sit('desk');
                const { page } = visit;
                const { keyboard } = page;
                const type = async (selector, text) => {
                        await tabTo(visit, selector);
                        await keyboard.insertText(text);
                };
                await visit.go('/');
                await keyboard.press('Tab');
                assert.ok(await page.locator('.skip').evaluate((link) => link === document.activeElement), 'first of all: skip to the content');
                await keyboard.press('Enter');
                await tabTo(visit, `a[href="/products/${course}"]`);
                await keyboard.press('Enter');
                await visit.reach('Light & Lens');
                await type('#email', address('keys'));
                await type('#name', 'Kim Keys');
                await tabTo(visit, '#country');
                await keyboard.type('Germany');
                assert.equal(await page.locator('#country').inputValue(), 'DE');
                await tabTo(visit, '#agree');
                await keyboard.press('Space');
                await tabTo(visit, '#consent');
                await keyboard.press('Space');
                await tabTo(visit, 'form button');
                await keyboard.press('Enter');
                await page.waitForURL(/\/c\/pay\//);
                await type('#card_number', '4242424242424242');
                await type('#exp', '12/40');
                await type('#cvc', '123');
                await tabTo(visit, '#name');
                await keyboard.press('ControlOrMeta+a');
                await keyboard.insertText('Kim Keys');
                await tabTo(visit, 'button[value=card]');
                await keyboard.press('Enter');
                // The page looks again by itself until the receipt is here, and the focus begins anew.
                await page.getByRole('link', { name: /\(PDF\)/ }).waitFor({ timeout: patience });
                await tabTo(visit, 'a.button');
                await keyboard.press('Enter');
                await visit.reach('Light & Lens');
                await visit.leave();
        });

        test('S2.1: the first page weighs less than 50 KB, with one stylesheet of ours, and nothing on it moves', async () => {
                for (const path of ['/', `/products/${course}`, '/login']) {
                        const visit = await eyes.sit('phone');
                        const { page } = visit;
                        const line = await visit.context.newCDPSession(page);
                        let bytes = 0;
                        await line.send('Network.enable');
                        line.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
                        await visit.go(path);
                        await page.waitForLoadState('networkidle');
                        assert.ok(bytes > 1000 && bytes < 50 * 1024, `${path}: ${bytes} bytes`);
                        assert.equal(await page.locator('link[rel=stylesheet][href*="/css/"]').count(), 1);
                        const moved = await page.evaluate(() => new Promise((done) => {
                                new PerformanceObserver((list) => done(list.getEntries().reduce((sum, { value }) => sum + value, 0)))
                                        .observe({ type: 'layout-shift', buffered: true });
                                setTimeout(() => done(0), 300);
                        }));
                        assert.ok(moved < 0.01, `${path}: moved by ${moved}`);
                        await visit.leave();
                }
        });
});
