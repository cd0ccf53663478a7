// A plan that becomes too much, at the screen: what is needed, what is possible, agreed; what no rule
// allows asked in words, offered by staff and agreed (S1.6, S1.7).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { Plans } from '../web/lib/plan.mjs';
import { session } from '../web/lib/world.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes, shapes } from './lib/eyes.mjs';

const tag = `b${Date.now().toString(36)}`;
let plans, eyes;

describe('a plan at the screen', needs, () => {
        before(async () => {
                plans = new Plans(here, { [tag]: 'schedule=4 monthly instalments\namount=120.00' });
                eyes = new Eyes(here.url);
                await eyes.open();
        });
        after(async () => {
                await eyes?.close();
                plans?.end();
        });

        for (const shape of Object.keys(shapes))
                test(`S1.6 smaller amounts in a minute, then words for a person, their offer, and yes, ${shape}`, async () => {
                        const made = await plans.buy(tag);
                        const of = (what) => here.sql(`SELECT ${what} FROM orders o JOIN agreements g ON g.order_id = o.id WHERE o.number = ${quote(made.number)}`);
                        const visit = await eyes.sit(shape);
                        const { page } = visit;
                        await visit.context.addCookies([{ name: 'lk_session', value: session(here, 'customer', { customer_id: of('g.customer_id') }), url: here.url }]);
                        await visit.go(`/plans/${made.number}`);
                        await visit.see(`The ${tag} course`);
                        await page.getByRole('link', { name: 'Change the plan' }).click();
                        await visit.see('What do you need?');
                        await page.getByLabel('Smaller amounts').check();
                        await page.getByRole('button', { name: 'Show what is possible' }).click();
                        await visit.see('What is possible');
                        await page.getByRole('link', { name: /4 payments of 22\.50/ }).click();
                        await visit.see('Check your new plan');
                        await page.getByRole('button', { name: 'Agree to these payments' }).click();
                        await visit.see(`The ${tag} course`);
                        await visit.has('Your plan is changed');
                        assert.equal(of('g.version'), '2');
                        await page.getByRole('link', { name: 'Change the plan' }).click();
                        await page.getByLabel('Something else').check();
                        await page.getByRole('button', { name: 'Show what is possible' }).click();
                        await visit.see('What would help you?');
                        await page.getByLabel('In your own words').fill('Half of it in spring, please.');
                        await page.getByRole('button', { name: 'Ask for it' }).click();
                        await visit.has('A person looks at your request');
                        const staff = await sitAsStaff(eyes, here, shape, 'support');
                        await staff.go(`/admin/plans/requests/${of('(SELECT number FROM amendments WHERE agreement_id = g.id ORDER BY id DESC LIMIT 1)')}`);
                        await staff.see(/Something else/);
                        const [first, second] = here.sql("SELECT (CURRENT_DATE + 90) || ' ' || (CURRENT_DATE + 120)").split(' ');
                        await staff.page.getByLabel('The payments').fill(`${first} 45.00\n${second} 45.00`);
                        await staff.page.getByRole('button', { name: 'Offer this' }).click();
                        await staff.has('The customer is asked by mail');
                        await staff.leave();
                        await visit.go(`/plans/${made.number}`);
                        await visit.see(`The ${tag} course`);
                        await page.getByRole('button', { name: 'Agree to these payments' }).click();
                        await visit.has('Your plan is changed');
                        assert.equal(of('g.version'), '3');
                        await visit.leave();
                });
});
