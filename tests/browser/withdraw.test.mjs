// Out of a contract at the screen, with and without JavaScript: from the foot of a page to the receipt
// in two steps, the three ways of an order's page, and the answer of the staff (S2.2).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { address, here, needs, quote } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { becomes, buy } from '../web/lib/purchase.mjs';
import { inside } from '../web/lib/world.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);
const bare = { javaScriptEnabled: false };

before(() => here && eyes.open());
after(() => eyes.close());

for (const [options, name] of [[{}, 'with JavaScript'], [bare, 'without JavaScript']]) {
        describe(`withdrawing, ${name}`, needs, () => {
                test('S2.2 from the foot of a page, without a login: words, a confirmation, the receipt', async () => {
                        const bought = await buy(here);
                        const visit = await eyes.sit('phone', options);
                        const { page } = visit;
                        visit.forgive(/status of 422/);
                        await visit.go('/');
                        await visit.follow('Withdraw from contract here');
                        await visit.see('Withdraw from a contract');
                        await visit.picture('withdraw');
                        await page.getByLabel('Your name').fill('Ann Example');
                        await page.getByLabel('Email address').fill(bought.email);
                        await visit.press('Continue');
                        await visit.see('Withdraw from a contract');
                        await visit.has('Enter the order number, or say what you bought and when');
                        await visit.picture('withdraw-wrong');
                        await page.getByLabel('Order number').fill(bought.number);
                        await visit.press('Continue');
                        await visit.see('Confirm withdrawal');
                        await visit.picture('withdraw-check');
                        await visit.press('Confirm withdrawal');
                        await visit.see('We have your withdrawal');
                        await visit.has(bought.number, /Received \w+ \d+ \w+ \d{4}, \d\d:\d\d/);
                        await visit.picture('withdraw-receipt');
                        await becomes(here, `EXISTS (SELECT FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)} AND r.status = 'succeeded')`);
                        assert.match((await mailTo(here, bought.email, /We have your withdrawal/)).text, /149\.00/);
                        await visit.leave();
                });

                test('S2.2 the order\'s page: the ways alike, the state, and the answer of the staff', async () => {
                        const bought = await buy(here);
                        const id = here.sql(`SELECT customer_id FROM orders WHERE number = ${quote(bought.number)}`);
                        const visit = await eyes.sit('phone', options);
                        const { page } = visit;
                        await visit.context.addCookies([{ name: 'lk_session', value: inside(here, id).jar().get('lk_session'), url: here.url }]);
                        await visit.go(`/orders/${bought.number}`);
                        await visit.see(new RegExp(bought.number));
                        await visit.has('Not what you hoped for?', 'without a reason');
                        await visit.picture('withdraw-order');
                        await visit.follow('Withdraw from contract here');
                        await visit.see('Confirm withdrawal');
                        await visit.has('You get 149.00 EUR back');
                        await visit.picture('withdraw-own');
                        here.sql(`UPDATE orders SET agreed_at = agreed_at - interval '60 days', granted_at = granted_at - interval '60 days', paid_at = paid_at - interval '60 days'
                                WHERE number = ${quote(bought.number)}`);
                        await visit.go(`/orders/${bought.number}`);
                        await visit.follow('Help, or the money back');
                        await visit.see('What would you like?');
                        const boxes = await Promise.all(['Help from a person', 'The money back'].map(async (way) => (await page.locator('label.choice', { hasText: way }).boundingBox())));
                        assert.equal(new Set(boxes.map((box) => `${Math.round(box.x)} ${Math.round(box.width)}`)).size, 1, 'alike, one below the other');
                        await visit.picture('withdraw-ways');
                        await page.getByLabel('The money back').check();
                        await page.getByLabel('In your own words').fill('It is not for me.');
                        await visit.press('Send');
                        await visit.see('We have your request');
                        await visit.picture('withdraw-request');
                        await visit.follow('See your order');
                        await visit.see(new RegExp(bought.number));
                        await visit.has('Your request for the money', 'A person looks at it');
                        await visit.picture('withdraw-state');

                        const desk = await sitAsStaff(eyes, here, 'desk', 'finance', 'Fay Kassel');
                        await desk.go('/admin/refunds');
                        await desk.follow(/Withdrawals and requests/);
                        await desk.see('Withdrawals and requests');
                        await desk.picture('withdraw-desk');
                        const row = here.sql(`SELECT w.id FROM withdrawals w JOIN orders o ON o.id = w.order_id WHERE o.number = ${quote(bought.number)}`);
                        await desk.go(`/admin/withdrawals/${row}`);
                        await desk.see(/^Request/);
                        await desk.has('It is not for me.', 'Answer promised for');
                        await desk.picture('withdraw-one');
                        await desk.page.getByText('Say no').click();
                        await desk.page.getByLabel('Why not?').fill('The course was finished in May.');
                        await desk.press('Decline it');
                        await desk.see(/^Request/);
                        await desk.has('Declined. The customer gets your reason by mail.');
                        await desk.picture('withdraw-declined');
                        await desk.leave();
                        await visit.go(`/orders/${bought.number}`);
                        await visit.see(new RegExp(bought.number));
                        await visit.has('Declined', 'The course was finished in May.');
                        await visit.leave();
                });
        });
}
