// A payment that failed, at the screen: from the mail's link to "Paid, thank you", every way on the
// page, the list of payments, and the texts as staff edit them.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { startFailing } from '../web/lib/failing.mjs';
import { needs, quote } from '../web/lib/house.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';

let own, eyes;

describe('a failed payment at the screen', needs, () => {
        before(async () => {
                own = await startFailing();
                eyes = new Eyes(own.url);
                await eyes.open();
        });
        after(async () => {
                await eyes?.close();
                await own?.end();
        });

        test('S1.8 every way stands on one page', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                const visit = await eyes.sit('phone');
                const { page } = visit;
                visit.forgive(/status of 422/);
                await visit.go(made.link);
                await visit.see('Your payment of 49.00 EUR did not go through');
                await visit.picture('pay');
                await page.getByText('By bank transfer').click();
                await page.getByRole('img', { name: /QR code for your banking app/ }).waitFor();
                await page.getByText('Change the plan', { exact: true }).first().click();
                await page.getByText('Pay on another day').click();
                await visit.picture('pay-ways');
                await page.getByRole('button', { name: 'Pay on that day' }).click();
                await visit.see('Your payment of 49.00 EUR did not go through');
                await visit.has('Choose the day');
                await visit.picture('pay-error');
                await page.getByLabel('The day on which you pay').fill(own.sql(`SELECT today_in(due_zone(${made.case.due_id})) + 2`));
                await page.getByRole('button', { name: 'Pay on that day' }).click();
                await visit.has('Thank you, we have noted it');
                await visit.see('Your payment of 49.00 EUR did not go through');
                await visit.picture('pay-promised');
                await own.change(made, 'pm_card_visa');
                await page.getByRole('button', { name: 'Pay 49.00 EUR now' }).click();
                await page.getByRole('heading', { name: 'Paid, thank you' }).waitFor();
                await visit.see('Paid, thank you');
                await visit.picture('pay-paid');
                await visit.leave();
        });

        test('S1.8 without JavaScript, with another card', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedLostCard');
                const visit = await eyes.sit('phone', { javaScriptEnabled: false });
                const { page } = visit;
                await page.goto(new URL(made.link, own.url).href);
                assert.equal(await page.getByRole('button', { name: /now$/ }).count(), 0);
                await visit.picture('pay-never');
                await page.getByText('By bank transfer').click();
                await page.getByRole('button', { name: 'I have sent the transfer' }).click();
                await page.getByRole('heading', { name: 'We wait for your bank transfer' }).waitFor();
                await visit.picture('pay-transfer');
                await page.getByRole('button', { name: 'Use another card or another way to pay' }).click();
                await page.getByLabel('Card number').fill('4242 4242 4242 4242');
                await page.locator('[name=exp]').fill('12/40');
                await page.locator('[name=cvc]').fill('123');
                await page.locator('[name=name]').fill('Ann Example');
                await page.locator('[name=country]').selectOption('DE');
                await page.getByRole('button', { name: /Pay/ }).first().click();
                await page.getByRole('heading', { name: 'Paid, thank you' }).waitFor();
                await visit.context.close();
        });

        test('S1.3 what was begun is called off and another way is chosen', async () => {
                const made = await own.failed('pm_card_chargeCustomerFail');
                const visit = await eyes.sit('phone');
                const { page } = visit;
                await visit.go(made.link);
                await visit.press('Use another card or another way to pay');
                await page.waitForURL(/\/c\/pay\//);
                await visit.go(made.link);
                await visit.see('Your payment page is open');
                await visit.picture('pay-open');
                await visit.press('Choose another way instead');
                await visit.see('Your payment of 49.00 EUR did not go through');
                await visit.has('What you began is called off');
                await visit.picture('pay-off');
                await page.getByText('By bank transfer').click();
                await visit.press('I have sent the transfer');
                await visit.see('We wait for your bank transfer');
                await visit.leave();
        });

        test('the list of payments', async () => {
                const made = await own.failed('pm_card_chargeCustomerFail');
                const visit = await eyes.sit('phone');
                const token = randomBytes(32).toString('base64url');
                own.sql(`INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at)
                        SELECT sha256(convert_to(${quote(token)}, 'UTF8')), 'customer', customer_id, app_now(), app_now() + interval '1 day' FROM cases WHERE id = ${made.case.id}`);
                await visit.context.addCookies([{ name: 'lk_session', value: token, url: own.url }]);
                await visit.go('/payments');
                await visit.see('Your payments');
                await visit.has('Did not go through');
                await visit.picture('payments');
                await visit.page.getByRole('link', { name: /Settle it now/ }).first().click();
                await visit.see('Your payment of 49.00 EUR did not go through');
                await visit.leave();
        });

        test('S1.5 texts are edited with a preview', async () => {
                const visit = await sitAsStaff(eyes, own, 'desk', 'support', 'Mara Lind');
                const { page } = visit;
                visit.forgive(/status of 422/);
                await visit.go('/admin/messages');
                await visit.see('Texts of mails');
                await visit.picture('texts');
                await page.getByRole('link', { name: 'There was not enough money' }).click();
                await visit.see('There was not enough money');
                await page.getByLabel('Subject').fill('About {amount} and {nothing}');
                await page.getByRole('button', { name: 'Preview' }).click();
                await visit.see('There was not enough money');
                await visit.has('There is no field {nothing}');
                await page.getByLabel('Subject').fill('About {amount}, again');
                await page.getByRole('button', { name: 'Preview' }).click();
                await visit.see('There was not enough money');
                await visit.has('About 49.00 EUR, again');
                await visit.picture('text');
                await page.getByRole('button', { name: 'Put in force' }).click();
                await visit.see('There was not enough money');
                await visit.has('The text is in force');
                await visit.has('Mara Lind');
                await visit.leave();
        });
});
