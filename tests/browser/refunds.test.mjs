// Refunds, tasks and disputes at the screen: a refund by item from the order to the mail, the
// second person's yes, a task claimed and done, a dispute answered (issue point 10).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { becomes, buy } from '../web/lib/purchase.mjs';
import { control } from '../web/lib/stripe.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

const settled = (number, n) => becomes(here, `SELECT count(*) = ${n} FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(number)} AND r.status = 'succeeded'`);

describe('refunds', needs, () => {
        test('from the order: a wrong amount, the check, and the money on its way', async () => {
                const bought = await buy(here);
                const visit = await sitAsStaff(eyes, here, 'desk', 'finance', 'Fay Kassel');
                const { page } = visit;
                visit.forgive(/status of 422/);
                await visit.go(`/admin/orders/${bought.number}`);
                await visit.see(new RegExp(`^${bought.number}`));
                await page.locator('main').getByRole('link', { name: 'Refund', exact: true }).click();
                await visit.see(`Refund of order ${bought.number}`);
                await visit.picture('refund-ask');
                await page.getByLabel('A part, by item').check();
                await page.getByLabel('Light & Lens').fill('149.005');
                await page.getByLabel('Reason').selectOption('goodwill');
                await page.getByLabel('In your own words').fill('The sound of lesson three was broken');
                await visit.press('Check it');
                await visit.has('Please check one thing', 'EUR has 2 decimals, not more');
                await visit.see(`Refund of order ${bought.number}`);
                await visit.picture('refund-wrong');
                assert.equal(await page.getByLabel('In your own words').inputValue(), 'The sound of lesson three was broken');
                await page.getByLabel('Light & Lens').fill('49,00');
                await visit.press('Check it');
                await visit.see('Check before it goes back');
                await visit.has('The access to it stays', 'Five to ten working days');
                await visit.picture('refund-check');
                await visit.press(/^Refund 49\.00 EUR now$/);
                await visit.see(new RegExp(`^Refund for order ${bought.number}`));
                await visit.has('Approved. The customer gets a mail');
                await settled(bought.number, 1);
                await page.reload();
                await visit.see(new RegExp(`^Refund for order ${bought.number} Paid back$`));
                await visit.picture('refund-done');
                await visit.go('/admin/refunds?status=all');
                await visit.see('Refunds');
                await visit.has(bought.number);
                await visit.picture('refunds');
                await visit.leave();
        });

        test('above the limit: asked for by one, approved by another', async () => {
                const bought = await buy(here, { product: 'portfolio-mentoring' });
                const anna = await sitAsStaff(eyes, here, 'desk', 'finance', 'Anna Finck');
                const bella = await sitAsStaff(eyes, here, 'desk', 'owner', 'Bella Ruiz');
                await anna.go(`/admin/orders/${bought.number}/refunds`);
                await anna.page.getByLabel(/All that is left/).check();
                await anna.page.getByLabel('Reason').selectOption('requested_by_customer');
                await anna.page.getByLabel('In your own words').fill('She moves abroad');
                await anna.press('Check it');
                await anna.see('Check before you ask for it');
                await anna.has('Somebody else must approve it', 'The access to it ends');
                await anna.picture('refund-second');
                await anna.press(/^Ask to refund 690\.00 EUR$/);
                await anna.see(new RegExp(`^Refund for order ${bought.number} Asked for$`));
                await anna.has('somebody else must approve it');
                await anna.picture('refund-own');
                await bella.go('/admin/');
                await bella.see('Overview');
                await bella.picture('home');
                await bella.page.getByRole('link', { name: /refunds? waits? for a yes/ }).click();
                await bella.see('Refunds');
                await bella.page.getByRole('link', { name: bought.number }).click();
                await bella.see(new RegExp(`^Refund for order ${bought.number}`));
                await bella.picture('refund-decide');
                await bella.press(/^Approve: refund 690\.00 EUR$/);
                await bella.has('Approved.');
                await settled(bought.number, 1);
                await anna.leave();
                await bella.leave();
        });

        test('a dispute: its task claimed, the evidence, the answer', async () => {
                const bought = await buy(here);
                const { object: dispute } = await control(here.sandbox, 'acts', { act: 'dispute', object: bought.session, reason: 'product_not_received' });
                await becomes(here, `SELECT EXISTS (SELECT FROM disputes WHERE gateway_ref = ${quote(dispute.id)})`);
                const visit = await sitAsStaff(eyes, here, 'desk', 'finance', 'Fay Kassel');
                const { page } = visit;
                visit.forgive(/status of 422/);
                await visit.go('/admin/tasks');
                await visit.see('Tasks');
                await visit.picture('tasks');
                await page.getByRole('link', { name: `Answer the dispute of order ${bought.number}` }).click();
                await visit.see(new RegExp(`^Answer the dispute of order ${bought.number}`));
                await visit.press('I do it');
                await visit.has('It is yours now');
                await visit.see(new RegExp(`^Answer the dispute of order ${bought.number} Claimed$`));
                await visit.picture('task');
                await visit.follow(/Go to it/);
                await visit.see(new RegExp(`^Dispute of order ${bought.number}`));
                await visit.has('The cardholder says nothing came', 'Show that it was open', 'Agreed to the terms of sale');
                await visit.picture('dispute');
                await visit.press('Send the answer to the bank');
                await visit.has('Tick this');
                await visit.see(new RegExp(`^Dispute of order ${bought.number}`));
                await page.getByLabel(/This is all we have to say/).check();
                await visit.press('Send the answer to the bank');
                await visit.has('The answer is on its way to the bank');
                await becomes(here, `SELECT status = 'answered' FROM disputes WHERE gateway_ref = ${quote(dispute.id)}`);
                await page.reload();
                await visit.see(new RegExp(`^Dispute of order ${bought.number} Answered, with the bank$`));
                await visit.picture('dispute-answered');
                await visit.go('/admin/disputes');
                await visit.see('Disputes');
                await visit.picture('disputes');
                await control(here.sandbox, 'acts', { act: 'close_dispute', object: dispute.id, status: 'won' });
                await visit.leave();
        });
});
