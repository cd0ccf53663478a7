// What was bought: the mailed link, the account, the program page, the orders, and their end.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { course, software } from '../web/lib/purchase.mjs';
import { until } from '../web/lib/sandbox.mjs';
import { control } from '../web/lib/stripe.mjs';
import { buyIn, Eyes, openMail, patience, shapes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url, { both: false });
const password = 'a kettle on the sill';

before(() => here && eyes.open());
after(() => eyes.close());

/** A film is ready, and its captions have their lines. */
const filmed = (video) => video.evaluate((film) => new Promise((done, fail) => {
        setTimeout(() => fail(new Error(`the film: ${film.readyState} ${film.error?.message}`)), 20000);
        const track = film.querySelector('track');
        const look = () => film.readyState >= 1 && track.readyState === 2
                && done({ seconds: film.duration, lines: track.track.cues.length, shown: track.track.mode });
        film.addEventListener('loadedmetadata', look);
        track.addEventListener('load', look);
        look();
}));

for (const shape of Object.keys(shapes)) {
        describe(`after the purchase, ${shape}`, needs, () => {
                test('S0.4, S0.5: the mailed link opens by its button, a password is set, log out, log in', async () => {
                        const buyer = await eyes.sit(shape);
                        const { email } = await buyIn(buyer, course);
                        await buyer.leave();
                        const mail = await mailTo(here, email, /You have access/);
                        const paid = await mailTo(here, email, /Payment received/);
                        assert.match(paid.files[0].name, /\.pdf$/);

                        const visit = await eyes.sit(shape);
                        await visit.go(mail.link);
                        await visit.see('Open your access');
                        await visit.go(mail.link);
                        await visit.press('Open my access');
                        await visit.see('Choose a password');
                        await visit.page.getByLabel('New password').fill(password);
                        await visit.press('Save the password');
                        await visit.see('Your programs');
                        await visit.has('Your password is saved', 'Light & Lens');
                        await visit.press('Log out');
                        await visit.page.getByRole('link', { name: 'Log in' }).first().waitFor();

                        visit.forgive(/status of 4(22|01|10)/);
                        await visit.go(mail.link);
                        await visit.see(/link/i);
                        await visit.go('/orders');
                        await visit.see('Log in');
                        await visit.page.getByLabel('Email address').fill(email);
                        await visit.page.getByLabel('Password').fill('a kettle on the stove');
                        await visit.press('Log in');
                        await visit.page.getByRole('alert').waitFor();
                        await visit.see('Log in');
                        await visit.page.getByLabel('Password').fill(password);
                        await visit.press('Log in');
                        await visit.see('Your orders');
                        await visit.go('/account');
                        await visit.see('Your account');
                        await visit.has(email);
                        await visit.leave();
                });

                test('S0.10, S2.1: lessons, a film with captions, a download, marks of progress; orders and receipt', async () => {
                        const visit = await eyes.sit(shape);
                        const { page } = visit;
                        const { email, number } = await buyIn(visit, course);
                        await openMail(visit, here, email);
                        await visit.follow(/go to my programs/);
                        await visit.follow('Light & Lens');
                        await visit.see('Light & Lens');
                        await visit.has('Your next step', /0 of 12 done/);

                        await visit.follow('Start');
                        await visit.see('Welcome');
                        await visit.press('Mark as done');
                        await visit.has('1 of 12 done', 'Not done yet');
                        await visit.follow(/^Next: A first look/);
                        await visit.see('A first look');
                        for (const title of ['A first look', 'The edge of a shadow']) {
                                await visit.go(`/programs/${course}`);
                                await visit.follow(title);
                                await page.getByRole('heading', { level: 1, name: title }).waitFor();
                                const film = await filmed(page.locator('video'));
                                assert.ok(film.seconds > 1 && film.lines > 0, JSON.stringify(film));
                                assert.equal(film.shown, 'showing');
                        }
                        await visit.go(`/programs/${course}`);
                        await visit.has('1 of 12 done');
                        await visit.follow('The workbook');
                        await visit.see('The workbook');
                        const [file] = await Promise.all([page.waitForEvent('download'), visit.follow(/^Download/)]);
                        assert.equal(file.suggestedFilename(), 'light-and-lens-workbook.pdf');
                        assert.equal(await file.failure(), null);

                        await visit.follow('Orders');
                        await visit.see('Your orders');
                        await visit.follow(number);
                        await visit.see(`Order ${number}`);
                        await visit.has('149.00 EUR', 'Visa ending in 4242', 'On your statement', email, 'What it includes', 'Refund terms',
                                /Paid .*\d\d:\d\d Access open .*later First opened .*\d\d:\d\d/);
                        const receipt = page.getByRole('link', { name: /^Receipt .*\(PDF\)/ });
                        await receipt.waitFor({ timeout: patience });
                        const paper = await page.request.get(await receipt.evaluate((link) => link.href));
                        assert.deepEqual([paper.status(), paper.headers()['content-type']], [200, 'application/pdf']);
                        await visit.leave();
                });

                test('S0.1: a licence key is copied and the software downloaded; a refund at the gateway ends it', async () => {
                        const visit = await eyes.sit(shape, { permissions: ['clipboard-read', 'clipboard-write'] });
                        const { page } = visit;
                        const { session } = await buyIn(visit, software);
                        await visit.follow('Open Darkroom Desk');
                        await visit.see('Darkroom Desk');
                        const key = (await page.locator('.key code').innerText()).trim();
                        assert.match(key, /^[A-Z0-9-]{10,}$/);
                        await visit.press('Copy');
                        await page.getByRole('button', { name: 'Copied' }).waitFor();
                        assert.equal(await page.evaluate(() => globalThis.navigator.clipboard.readText()), key);

                        assert.equal((await control(here.sandbox, 'acts', { act: 'refund', object: session })).status, 200);
                        await until(async () => /access has ended/.test(await (await page.request.get(page.url())).text()), 'the end of the access');
                        await page.reload();
                        await visit.see('Darkroom Desk');
                        await visit.has('Your access has ended', 'If you think this is a mistake, write to us');
                        assert.equal(await page.locator('.key').count(), 0);
                        await visit.leave();
                });
        });
}

describe('the demo customer', needs, () => {
        test('S2.1: logs in and finds the coaching with a call to book and a group to join', async () => {
                const visit = await eyes.sit('phone');
                await visit.go('/login');
                await visit.page.getByLabel('Email address').fill(here.customer);
                await visit.page.getByLabel('Password').fill(here.password);
                await visit.press('Log in');
                await visit.see('Your programs');
                await visit.follow('Portfolio Mentoring');
                await visit.see('Portfolio Mentoring');
                await visit.page.locator('.lessons').getByRole('link', { name: /call/i }).first().click();
                await visit.page.getByRole('link', { name: 'Book your call' }).waitFor();
                await visit.see(/call/i);
                await visit.go('/programs/portfolio-mentoring');
                await visit.page.locator('.lessons').getByRole('link', { name: /group/i }).click();
                await visit.page.getByRole('link', { name: 'Join the group' }).waitFor();
                await visit.leave();
        });
});
