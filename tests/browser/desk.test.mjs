// Staff at their desk: a passkey on this device; an alarm that they settle; a wrong match taken back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser } from '../web/lib/browser.mjs';
import { address, here, needs, quote } from '../web/lib/house.mjs';
import { buy } from '../web/lib/purchase.mjs';
import { transfer } from '../web/lib/world.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

/** Somebody of the staff, in a browser with a screen. */
async function sit(role) {
        const visit = await sitAsStaff(eyes, here, 'desk', role);
        return { visit, page: visit.page, person: visit.person };
}

describe('the desk', needs, () => {
        test('P6: a passkey is added on this device, named, logs in without password and code, and is removed', async () => {
                const { visit, page } = await sit('support');
                await visit.keeper();
                await visit.go('/admin/account');
                await visit.see('Your login');
                await visit.follow('See and add passkeys');
                await visit.see('Passkeys');
                await visit.has('You have none yet');
                await page.locator('#name').fill('The attic');
                await visit.press('Add this device');
                await page.getByText('This device logs you in from now on').waitFor();
                await visit.see('Passkeys');
                await visit.has('The attic');
                await page.getByText('Rename').click();
                await page.locator('input[name=name]').first().fill('By the window');
                await visit.press('Save the name');
                await page.getByText('The name is saved').waitFor();
                await visit.has('By the window');
                await visit.press('Log out');
                await visit.see('Log in');
                await visit.press('Use a passkey');
                await visit.see('Overview');
                await visit.go('/admin/account/passkeys');
                await visit.has(/last used/);
                await visit.press(/Remove/);
                await page.getByText('It logs nobody in any more').waitFor();
                await visit.press('Log out');
                visit.forgive(/status of 422/);
                await visit.press('Use a passkey');
                await page.getByText('This passkey did not log you in').waitFor();
                await visit.see('Log in');
                await visit.leave();
        });

        test('S0.9: an alarm is settled with a reason; without one the field says what is missing', async () => {
                const { number } = await buy(here);
                const detail = `money that came back, ${number}`;
                const id = here.sql(`INSERT INTO alarms (kind, object, object_id, detail, at) SELECT 'refund_failed', 'order', id, ${quote(detail)}, app_now() FROM orders WHERE number = ${quote(number)} RETURNING id`);
                const { visit, page } = await sit('finance');
                visit.forgive(/status of 422/);
                await visit.go('/admin/system');
                const cell = () => page.locator('tr', { hasText: number }).filter({ has: page.locator(`#reason-${id}`) });
                await cell().getByText('It is dealt with').click();
                await visit.see('System');
                await cell().getByRole('button', { name: 'Settle the alarm' }).click();
                await page.getByText('Say what was done').first().waitFor();
                await visit.see('System');
                await page.locator(`#reason-${id}`).fill('paid by bank transfer');
                await cell().getByRole('button', { name: 'Settle the alarm' }).click();
                await page.getByText('The alarm is settled').waitFor();
                await visit.see('System');
                assert.equal(here.sql(`SELECT closed_at IS NOT NULL FROM alarms WHERE id = ${id}`), 't');
                await visit.leave();
        });

        test('S1.3: a wrong match is taken back where it stands, with a reason', async () => {
                const number = await transfer(new Browser(here.url), address('undo'));
                const { visit, page, person } = await sit('finance');
                const line = here.sql(`INSERT INTO bank_lines (account_id, statement, line, booked_on, amount_minor, currency, reference, payer, payer_iban, source, status, reason, loaded_at)
                        SELECT a.id, 'desk ' || o.number, 1, current_date, o.total_minor, 'EUR', 'x', 'Ann', '', 'csv', 'new', '', app_now() FROM accounts a, orders o WHERE a.kind = 'bank' AND o.number = ${quote(number)} RETURNING id`);
                await person.browser.submit(await person.browser.go('/admin/transfers'), new RegExp(`lines/${line}/matches$`), { number, anyway: '1' });
                const payment = here.sql(`SELECT id FROM payments WHERE bank_line_id = ${line}`);
                await visit.go('/admin/transfers');
                const row = page.locator('tr').filter({ has: page.locator(`#undo-${payment}`) });
                await row.getByText('It was wrong').click();
                await visit.see('Bank transfers');
                await page.locator(`#undo-${payment}`).fill('another customer paid this');
                await row.getByRole('button', { name: 'Take the match back' }).click();
                await page.getByText('The match is taken back').waitFor();
                assert.equal(here.sql(`SELECT status FROM bank_lines WHERE id = ${line}`), 'new');
                here.sql(`UPDATE bank_lines SET status = 'set_aside', reason = 'a test', settled_at = app_now() WHERE id = ${line}`);
                await visit.leave();
        });
});
