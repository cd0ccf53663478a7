// Paying over time in the browser: the whole schedule before buying, the form of staff, the agreement on
// both sides (S1.6).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs } from '../web/lib/house.mjs';
import { Plans } from '../web/lib/plan.mjs';
import { staffBrowser } from '../web/lib/staff.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);
const slug = `eyes-${Date.now().toString(36)}${process.pid}`;
let plans, made, customer, owner;

before(async () => {
        if (!here) return;
        await eyes.open();
        plans = new Plans(here, { [slug]: 'schedule=3 monthly instalments\ndeposit=25%\namount=480.01\n[offer full]\ntitle=Pay in full\ncurrency=EUR\namount=450.00\ntax_class=digital\n'
                + '[offer quarter]\ntitle=By the quarter\ncurrency=EUR\namount=60.00\ntax_class=digital\nschedule=quarterly subscription' });
        made = await plans.buy(slug, {}, { offer: 'plan' });
        customer = await plans.enter(made);
        owner = await staffBrowser(here, 'owner');
});
after(async () => {
        await eyes.close();
        plans?.end();
        here?.sql(`UPDATE products SET on_sale = false WHERE slug = '${slug}'`);
});

const cookies = (browser) => [...browser.jar()].map(([name, value]) => ({ name, value, url: here.url }));

describe('S1.6 plans', needs, () => {
        test('S1.6 S1.4: the schedule before buying, the agreement, its days in the calendar, and the form of staff', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                await visit.go(`/products/${slug}`);
                await visit.see(/course/);
                await visit.has('120.00 EUR today as a deposit, then one payment a month: 4 in all');
                await visit.picture('plan-product');
                await page.context().addCookies(cookies(customer));
                await visit.go(`/plans/${made.number}/agreement`);
                await visit.see('Your payment agreement');
                await visit.has('Instalment 3 of 3');
                await visit.picture('plan-agreement');
                await visit.go(`/orders/${made.number}`);
                await visit.follow('What you agreed to, as a document');
                await visit.see('Your payment agreement');
                await visit.go(`/plans/${made.number}`);
                await visit.follow('Put these dates in your calendar');
                await visit.see('Payments in your calendar');
                await visit.press('Make my link');
                await visit.has('Your link is ready', 'Not yet');
                await visit.see('Payments in your calendar');
                await visit.picture('plan-calendar');
                await visit.press('End this link');
                await visit.has('The link has ended');
                await page.context().addCookies(cookies(owner));
                await visit.go(`/admin/plans/${made.number}/agreement`);
                await visit.see(`Agreement of order ${made.number}`);
                await visit.picture('plan-staff');
                await visit.go(`/admin/products/${slug}/offers/plan`);
                await visit.see(/Price of/);
                assert.equal(await page.locator('#deposit').inputValue(), '25%');
                await page.locator('#way').selectOption('dates');
                await page.locator('#days').fill('2027-02-31');
                visit.forgive(/status of 422/);
                await visit.press('Go on');
                await visit.has('There is no day 2027-02-31');
                await visit.picture('plan-form');
                await page.locator('#way').selectOption('fortnightly');
                await visit.press('Go on');
                await visit.see('Publish this price?');
                await visit.has('then 3 fortnightly instalments');
                await visit.picture('plan-confirm');
                await visit.go(`/admin/products/${slug}`);
                await visit.has('Every quarter, until it is cancelled');
                await visit.picture('plan-offers');
        });

        test('S1.4 S1.5: what happens next for a customer, and what other words would change', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                await page.context().addCookies(cookies(owner));
                await visit.go(`/admin/orders/${made.number}`);
                await visit.follow('What happens next');
                await visit.see('What happens next');
                await visit.has('Charge of 120.01 EUR from the Visa ending in 4242');
                await visit.picture('ahead-paid');
                await page.locator('#card').selectOption('declined');
                await visit.press('Look again');
                await visit.see('What happens next');
                await visit.has('which is declined', 'A case opens');
                await page.locator('main summary').first().click();
                await visit.picture('ahead-declined');
                await visit.go('/admin/messages/reminder_charge');
                await page.locator('#subject').fill('Soon: {amount}');
                await page.locator('#customer').fill(made.email);
                await visit.press('What would change');
                await visit.see('Before the day, we charge it');
                await visit.has('As it would be', 'Soon: 120.01 EUR');
                await visit.picture('ahead-words');
        });
});
