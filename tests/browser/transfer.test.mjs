// A bank transfer at the screen: chosen with the keyboard, its page, and the desk where staff
// match the credit.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser } from '../web/lib/browser.mjs';
import { address, here, needs, quote } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { becomes } from '../web/lib/purchase.mjs';
import { session, transfer } from '../web/lib/world.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes, payByCard } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

describe('a bank transfer', needs, () => {
        let number;

        test('S1.3: chosen at the checkout, told with account and code', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                await visit.go('/products/light-and-lens');
                await visit.see('Light & Lens');
                await page.getByLabel('Bank transfer').check();
                await page.getByLabel('Your email address').fill(address('screen'));
                await page.getByLabel('Your name').fill('Ann Example');
                await page.locator('#agree').check();
                await page.locator('#consent').check();
                await visit.picture('choose');
                await visit.press('Continue to payment');
                await visit.see('Please transfer 149.00 EUR');
                await visit.has('DE89 3704 0044 0532 0130 00');
                await page.getByRole('img', { name: /QR code for your banking app/ }).waitFor();
                assert.ok(await page.getByRole('button', { name: 'Copy' }).count() >= 0);
                [, number] = /\/orders\/(\w+)\/transfer/.exec(page.url());
                await visit.picture('transfer');
                await visit.go(`/orders/${number}?order=${number}`);
                await visit.see(new RegExp(`^Order ${number}`));
                await visit.picture('order');
                await visit.leave();
        });

        test('S1.3: staff bring a list in, mend a wrong number, and match', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'finance');
                const { page } = visit;
                visit.forgive(/status of (409|422)/);
                await visit.go('/admin/transfers');
                await visit.see('Bank transfers');
                const [{ reference }] = here.rows(`SELECT t.reference FROM transfers t JOIN orders o ON o.id = t.order_id WHERE o.number = ${quote(number)}`);
                await page.getByText('A statement or a list from the bank').click();
                await page.locator('#statement').fill(`${new Date().toISOString().slice(0, 10)};149,00;EUR;${reference};Ann Example;GB82WEST12345698765432`);
                await visit.press('Bring it in');
                await visit.has('The new credits are there');
                await visit.see('Bank transfers');
                await visit.picture('desk');
                const line = page.locator('article', { hasText: reference });
                await line.getByLabel('Order that it pays').fill('0000000000');
                await line.getByRole('button', { name: 'Match' }).click();
                await visit.has('There is no order of this number');
                await visit.see('Bank transfers');
                await visit.picture('refused');
                await line.getByLabel('Order that it pays').fill(number);
                await line.getByRole('button', { name: 'Match' }).click();
                await visit.has('The order is paid and its access is open');
                await visit.see('Bank transfers');
                await visit.leave();
        });
});

describe('an order that is too much at once', needs, () => {
        test('S1.6: staff offer it over time, the customer reads it and agrees by the link, and the first payment is made', async () => {
                const email = address('over');
                const number = await transfer(new Browser(here.url), email, 'light-and-lens');
                const desk = await sitAsStaff(eyes, here, 'desk', 'owner');
                await desk.go(`/admin/orders/${number}`);
                await desk.picture('over-order-desk');
                await desk.page.getByRole('link', { name: 'Offer to pay over time' }).click();
                await desk.see(/^Pay over time: /);
                await desk.page.getByLabel('The first one is').fill('49');
                await desk.page.getByRole('button', { name: 'Show these payments' }).click();
                await desk.see(/^Pay over time: /);
                await desk.has('49.00 EUR', '50.00 EUR', 'In all');
                await desk.page.getByLabel('A word to the customer').fill('As we said on the telephone.');
                await desk.picture('over-spread');
                await desk.page.getByRole('button', { name: 'Offer these payments' }).click();
                await desk.has('The customer is asked by mail');
                await desk.see(/Our own offer/);
                await desk.picture('over-offer-desk');
                await desk.go(`/admin/orders/${number}/offer`);
                await desk.has('An offer is with the customer');
                await desk.see(/^Pay over time: /);
                await desk.leave();

                const visit = await eyes.sit('phone');
                const { page } = visit;
                await visit.go(/https?:\/\/\S+\/offer/.exec((await mailTo(here, email, /You can pay over time/)).text)[0]);
                await visit.see('Pay Light & Lens over time');
                await visit.picture('over-offer');
                await page.getByRole('button', { name: 'Agree to these payments' }).click();
                await visit.has('Thank you, it is agreed', '49.00 EUR to pay');
                await visit.see('49.00 EUR to pay');
                await visit.picture('over-pay');
                await page.context().addCookies([{ name: 'lk_session', url: here.url,
                        value: session(here, 'customer', { customer_id: here.sql(`SELECT customer_id FROM orders WHERE number = ${quote(number)}`) }) }]);
                for (const [path, title, name] of [[`/orders/${number}`, new RegExp(`^Order ${number}`), 'order'], [`/orders/${number}/transfer`, 'Please transfer 49.00 EUR', 'transfer'],
                        [`/orders/${number}/offer`, 'You pay Light & Lens over time', 'agreed'], ['/payments', 'Your payments', 'payments'], [`/plans/${number}/agreement`, /agreement/, 'agreement']]) {
                        await visit.go(path);
                        await visit.see(title);
                        await visit.picture(`over-${name}`);
                }
                await page.goto(`${here.url}/payments/${number}/1`);
                await page.getByRole('button', { name: 'Pay by card, wallet or bank debit' }).click();
                await page.waitForURL(/\/c\/pay\//);
                await payByCard(visit);
                await becomes(here, `(SELECT status = 'paid' FROM orders WHERE number = ${quote(number)})`);
                await visit.go(`/plans/${number}`);
                await visit.see('Light & Lens');
                await visit.has('Paid so far', '100.00 EUR');
                await visit.leave();
        });
});

describe('the accountant\'s month', needs, () => {
        test('months, one of them, and its files', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'finance');
                await visit.go('/admin/reports');
                await visit.see('Reports');
                await visit.picture('reports');
                await visit.page.locator('tbody th a').first().click();
                await visit.see(/^\w+ \d{4}$/);
                await visit.picture('report');
                await visit.page.getByRole('link', { name: 'All of it as PDF' }).waitFor();
                await visit.leave();
        });
});
