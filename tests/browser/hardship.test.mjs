// A plan that becomes too much, at the screen, with and without JavaScript: what is needed, what is
// possible, agreed; what no rule allows asked in words, offered by staff and agreed; paid early; a
// subscription that pauses (S1.6, S1.7).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { Plans } from '../web/lib/plan.mjs';
import { becomes } from '../web/lib/purchase.mjs';
import { session } from '../web/lib/world.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';

const tag = `b${Date.now().toString(36)}`;
const bare = { javaScriptEnabled: false };
let plans, eyes;

describe('a plan at the screen', needs, () => {
        before(async () => {
                plans = new Plans(here, { [tag]: 'schedule=4 monthly instalments\namount=120.00', [`${tag}s`]: 'schedule=monthly subscription\namount=49.00' });
                eyes = new Eyes(here.url);
                await eyes.open();
        });
        after(async () => {
                await eyes?.close();
                plans?.end();
        });

        for (const [options, name] of [[{}, 'with JavaScript'], [bare, 'without JavaScript']]) {
                const come = async (made) => {
                        const visit = await eyes.sit('phone', options);
                        const customer = here.sql(`SELECT customer_id FROM orders WHERE number = ${quote(made.number)}`);
                        await visit.context.addCookies([{ name: 'lk_session', value: session(here, 'customer', { customer_id: customer }), url: here.url }]);
                        await visit.go(`/plans/${made.number}`);
                        return visit;
                };

                test(`S1.6 more time at once, then words for a person, their offer, and yes, ${name}`, async () => {
                        const made = await plans.buy(tag);
                        const of = (what) => here.sql(`SELECT ${what} FROM orders o JOIN agreements g ON g.order_id = o.id WHERE o.number = ${quote(made.number)}`);
                        const visit = await come(made);
                        const { page } = visit;
                        await visit.see(`The ${tag} course`);
                        await page.getByRole('link', { name: 'Change the plan' }).click();
                        await visit.see('What do you need?');
                        await visit.picture('hardship-needs');
                        await page.getByLabel(options === bare ? 'More time' : 'Smaller amounts').check();
                        await page.getByRole('button', { name: 'Show what is possible' }).click();
                        await visit.see('What is possible');
                        await visit.picture('hardship-options');
                        await page.getByRole('link', { name: options === bare ? /Pay on / : /4 payments of 22\.50/ }).first().click();
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
                        await visit.has('A person looks at your request', /You have our answer by /);
                        await visit.picture('hardship-asked');
                        const staff = await sitAsStaff(eyes, here, 'desk', 'support');
                        await staff.go(`/admin/plans/requests/${of('(SELECT number FROM amendments WHERE agreement_id = g.id ORDER BY id DESC LIMIT 1)')}`);
                        await staff.see(/Something else/);
                        const [first, second] = here.sql("SELECT (CURRENT_DATE + 90) || ' ' || (CURRENT_DATE + 120)").split(' ');
                        await staff.page.getByLabel('The payments').fill(`${first} 45.00\n${second} 45.00`);
                        await staff.page.getByRole('button', { name: 'Offer this' }).click();
                        await staff.has('The customer is asked by mail');
                        await staff.leave();
                        await visit.go(`/plans/${made.number}`);
                        await visit.see(`The ${tag} course`);
                        await visit.picture('hardship-offer');
                        await page.getByRole('button', { name: 'Agree to these payments' }).click();
                        await visit.has('Your plan is changed');
                        assert.equal(of('g.version'), '3');
                        await visit.leave();
                });

                test(`S1.6 the plan is seen and paid early; a transfer that was announced is taken back, ${name}`, async () => {
                        const made = await plans.buy(tag);
                        const visit = await come(made);
                        const { page } = visit;
                        await visit.see(`The ${tag} course`);
                        await visit.has('Still to pay', '90.00 EUR', 'Next', 'Another day of the month');
                        await visit.picture('hardship-plan');
                        await page.goto(`${here.url}/payments/${made.number}/2`);
                        if (options !== bare) await page.getByText('By bank transfer').click();
                        else await page.locator('summary', { hasText: 'By bank transfer' }).click();
                        await page.getByRole('button', { name: 'I have sent the transfer' }).click();
                        await visit.see('We wait for your bank transfer');
                        await visit.go(`/plans/${made.number}`);
                        await visit.has('While we wait, until');
                        await visit.see(`The ${tag} course`);
                        await visit.picture('hardship-transfer');
                        await page.getByRole('button', { name: 'It was not sent' }).click();
                        await visit.has('We wait for no transfer any more');
                        await page.getByRole('link', { name: /Pay early/ }).click();
                        await visit.see('Pay early');
                        await visit.picture('hardship-early');
                        await page.getByLabel(/The next 2 payments: 60\.00\sEUR/).check();
                        await page.getByRole('button', { name: 'Pay now' }).click();
                        await becomes(here, `(SELECT count(*) FROM dues d JOIN orders o ON o.id = d.order_id WHERE o.number = ${quote(made.number)} AND d.status = 'paid') = 2`);
                        await visit.go(`/plans/${made.number}`);
                        await visit.has('Paid so far', '90.00 EUR', 'Still to pay', '30.00 EUR');
                        await visit.see(`The ${tag} course`);
                        await visit.leave();
                });

                test(`S1.6 a subscription pauses for one month, ${name}`, async () => {
                        const made = await plans.buy(`${tag}s`);
                        const visit = await come(made);
                        const { page } = visit;
                        visit.forgive(/status of 422/);
                        await visit.see(`The ${tag}s course`);
                        await page.getByRole('link', { name: 'Skip, pause or move a payment' }).click();
                        await visit.see('What do you need?');
                        await page.getByLabel('Would another day of the month suit you better?').fill('31');
                        await page.getByRole('button', { name: 'Show me' }).click();
                        await visit.see('What do you need?');
                        await visit.has('Enter a day of the month, from 1 to 28');
                        await visit.picture('hardship-period');
                        await page.getByLabel('Leave the next one out').check();
                        await page.getByRole('button', { name: 'Agree to this' }).click();
                        await visit.has('Your plan is changed');
                        await visit.see(`The ${tag}s course`);
                        await visit.picture('hardship-paused');
                        await visit.leave();
                });
        }

        test('S1.7 staff make a plan of what is overdue, see its effect, and see whom an edited rule would touch', async () => {
                const made = await plans.buy(tag, {}, { country: 'DE' });
                const of = (what) => here.sql(`SELECT ${what} FROM orders o JOIN agreements g ON g.order_id = o.id WHERE o.number = ${quote(made.number)}`);
                here.sql(`SELECT agreement_version_make(${of('g.id')}, array_agg(CASE WHEN n = 1 THEN CURRENT_DATE - 3 ELSE due_on END ORDER BY n), array_agg(amount_minor ORDER BY n), 'moved', NULL, 'A test.', '', NULL, NULL)
                        FROM (SELECT due_on, amount_minor, row_number() OVER (ORDER BY due_on) AS n FROM dues WHERE agreement_id = ${of('g.id')} AND status = 'open') d`);
                const staff = await sitAsStaff(eyes, here, 'desk', 'owner');
                const { page } = staff;
                await staff.go('/admin/plans');
                await staff.see('Plans');
                await staff.has('Money expected in the next 13 weeks');
                await page.getByText('The weeks in EUR as a table').click();
                await staff.go(`/admin/orders/${made.number}`);
                await page.getByRole('link', { name: 'Make a plan for what is overdue' }).click();
                await staff.see(/Another schedule for/);
                await page.getByLabel('How many').fill('4');
                await page.getByLabel('How far apart').selectOption('fortnight');
                await page.getByRole('button', { name: 'Show these payments' }).click();
                await staff.see(/Another schedule for/);
                await staff.has('22.50 EUR');
                await page.getByText('The weeks as a table').click();
                const picture = page.getByRole('img', { name: 'Expected from this plan by week, before and after' });
                assert.ok((await picture.boundingBox()).width > 250, 'the picture can be read');
                await page.getByRole('button', { name: 'Offer these payments' }).click();
                await staff.see(/Our own offer/);
                await staff.has('The customer is asked by mail');
                // By the keyboard: an edited rule, and whom it would touch.
                await staff.go(`/admin/plans/rules/${of('rule_of(o.id)')}`);
                await page.getByLabel('Later by, at most').fill('3');
                await page.getByRole('button', { name: 'See what it would touch' }).focus();
                await page.keyboard.press('Enter');
                await staff.see(/Rule for/);
                await staff.has('What it would touch');
                assert.equal(await page.getByLabel('Later by, at most').inputValue(), '3');
                await staff.go('/admin/plans/rules');
                await staff.see('Rules of plans');
                await staff.has('Whether promises were kept');
                await staff.leave();
        });
});
