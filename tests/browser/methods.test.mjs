// Bought in instalments, and the card changed (S1.3), as a person sees it.

import { after, before, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { becomes } from '../web/lib/purchase.mjs';
import { Eyes, fillOrder, openMail, payByCard } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

test('S1.3: three instalments, another card, the old one removed', needs, async () => {
        const visit = await eyes.sit('phone');
        const { page } = visit;
        visit.forgive(/status of 409/);
        await visit.go('/products/portfolio-mentoring');
        await page.getByRole('radio', { name: /Three monthly instalments/ }).check();
        await visit.see('Portfolio Mentoring');
        await visit.has('230.00 EUR today, then one payment a month: 3 in all, 690.00 EUR together', 'Today 230.00 EUR', 'In all 690.00 EUR');
        const email = await fillOrder(visit);
        await visit.press('Continue to payment');
        await page.waitForURL(/\/c\/pay\//);
        await payByCard(visit);
        await visit.reach('Thank you. You are in.');
        await becomes(here, `EXISTS (SELECT FROM payment_methods m JOIN customers c ON c.id = m.customer_id WHERE c.email = ${quote(email)})`);
        await openMail(visit, here, email);
        await visit.go('/payment-methods');
        await visit.see('Payment methods');
        await visit.has('Visa ending in 4242', 'Charged first', 'It cannot be removed yet', 'instalment 2 of 3');
        await visit.press('Add a card or account');
        await page.waitForURL(/\/c\/pay\//);
        await payByCard(visit, '5555 5555 5555 4444');
        await page.getByText('Mastercard ending in 4444 is saved').waitFor();
        await visit.see('Payment methods');
        await page.getByRole('button', { name: /^Charge this one first.*Mastercard ending in 4444/ }).click();
        await page.getByRole('status').waitFor();
        await visit.see('Payment methods');
        await visit.has('This one is charged from now on');
        await page.getByRole('button', { name: /^Remove.*Visa ending in 4242/ }).click();
        await page.getByText('Removed. We charge it no more').waitFor();
        await visit.see('Payment methods');
        const number = here.sql(`SELECT o.number FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = ${quote(email)}`);
        await visit.go(`/orders/${number}`);
        await visit.see(new RegExp(number));
        await visit.has('Your payments', '230.00 EUR To be paid');
        await visit.go('/programs/portfolio-mentoring');
        await visit.see('Portfolio Mentoring');
        await visit.has(/Next payment: 230\.00 EUR/);
        await visit.leave();
});

test('S1.3: a subscription, its second month, and its end', needs, async () => {
        const visit = await eyes.sit('phone');
        const { page } = visit;
        await visit.go('/products/studio-nights');
        await visit.see('Studio Nights');
        await visit.has('19.00 EUR today, then 19.00 EUR every month');
        const email = await fillOrder(visit);
        await visit.press('Continue to payment');
        await page.waitForURL(/\/c\/pay\//);
        await payByCard(visit);
        await visit.reach('Thank you. You are in.');
        const mine = `(SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = ${quote(email)})`;
        await becomes(here, `EXISTS (SELECT FROM payment_methods m JOIN customers c ON c.id = m.customer_id WHERE c.email = ${quote(email)})`);
        // As if it had been bought a month ago.
        here.sql(`UPDATE dues SET due_on = due_on - 31 WHERE order_id = ${mine}; UPDATE agreements SET anchor_on = anchor_on - 31 WHERE order_id = ${mine}; SELECT dues_scan()`);
        await becomes(here, `(SELECT count(*) = 2 FROM dues WHERE order_id = ${mine} AND status = 'paid')`);
        await openMail(visit, here, email);
        await visit.go('/payments');
        await visit.see('Your payments');
        await visit.has(/Studio Nights, month from \d+ \w+ \d{4}/);
        const number = here.sql(`SELECT number FROM orders WHERE id = ${mine}`);
        await visit.go(`/orders/${number}`);
        await visit.see(new RegExp(number));
        await visit.has('Your subscription', '19.00 EUR a month', 'Payments received');
        await page.getByText('Cancel the subscription').first().click();
        await visit.press('Cancel the subscription');
        await visit.see(new RegExp(number));
        await visit.has('Your subscription is cancelled', /You cancelled it: nothing more is charged, and it stays open until/);
        await visit.go('/programs/studio-nights');
        await visit.see('Studio Nights');
        await visit.leave();
        here.sql(`UPDATE agreements SET anchor_on = anchor_on + 31 WHERE order_id = ${mine}; UPDATE dues d SET due_on = schedule_day(g.anchor_on, g.every, d.seq - 1) FROM agreements g WHERE g.id = d.agreement_id AND d.order_id = ${mine}`);
});
