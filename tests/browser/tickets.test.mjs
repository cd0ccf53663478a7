// "I can't get in" in a browser: the form, its mistakes, a picture, the answer; the staff's side.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { address, here, needs } from '../web/lib/house.mjs';
import { join } from '../web/lib/desk.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

before(() => here && eyes.open());
after(() => eyes.close());

describe('messages to staff', needs, () => {
        test('S0.6: the form with its mistakes, the answer by the mail’s link, the staff’s pages', async () => {
                const sofia = await join(here, 'support');
                const visit = await eyes.sit('phone');
                const { page } = visit;
                const email = address('eyes');
                visit.forgive(/status of 422/, /status of 410/);
                await visit.go('/login');
                await page.getByRole('link', { name: 'I can’t get in' }).click();
                await visit.see('I can’t get in');
                await visit.press('Send');
                await page.getByRole('alert').waitFor();
                await visit.see('I can’t get in');
                await visit.has('Choose what happens', 'Enter your email address');
                await page.getByRole('link', { name: 'Choose what happens' }).click();
                await page.getByLabel('A link does not work').check();
                await page.getByLabel('In your own words').fill('It says <b>over</b>.');
                await page.getByLabel('Email address').fill(email);
                await page.getByLabel('Pictures or files').setInputFiles({ name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) });
                await visit.press('Send');
                await visit.has('empty.png is empty');
                assert.equal(await page.getByLabel('In your own words').inputValue(), 'It says <b>over</b>.');
                await page.getByLabel('Pictures or files').setInputFiles({ name: 'shot.png', mimeType: 'image/png', buffer: png });
                await visit.press('Send');
                await visit.see('We have your message');
                const number = new URL(page.url()).searchParams.get('number');

                const desk = await eyes.sit('desk');
                await desk.context.addCookies([...sofia.browser.jar(new URL(here.url).hostname)].map(([name, value]) => ({ name, value, url: here.url })));
                await desk.go('/admin/tickets');
                await desk.see('Messages');
                await desk.go(`/admin/tickets/${number}`);
                await desk.see(/^A link does not work/);
                await desk.has('It says <b>over</b>.', 'shot.png', 'Written without a login');
                await desk.press('Take it');
                await desk.has('It is yours now');
                await desk.page.getByLabel(new RegExp(`^To ${email}`)).fill('Try the new one.');
                await desk.press('Send the answer');
                await desk.see(/^A link does not work/);
                await desk.has('Your answer is saved');
                await desk.go('/admin/');
                await desk.see('Overview');
                await desk.leave();

                const mail = await mailTo(here, email, /Our answer/);
                await visit.go(/\/help\/link\/[A-Za-z0-9_-]{43}/.exec(mail.text)[0]);
                await visit.see(/^A link does not work/);
                await visit.has('Try the new one.', 'It says <b>over</b>.', 'shot.png');
                await page.getByLabel('Write again').fill('Thank you');
                await visit.press('Send');
                await visit.has('We have your message', 'Thank you');
                await visit.see(/^A link does not work/);
                await visit.leave();
        });
});
