// The staff's pages about people: customers, one of them, their eyes; staff, the own login, the audit.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

describe('people', needs, () => {
        test('P8: found with a slip, a note, the portal with their eyes', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'owner', 'Olga Owner');
                const { page } = visit;
                const [person] = here.rows(`SELECT id, name FROM customers WHERE email = ${quote(here.customer)}`);
                await visit.go('/admin/');
                await visit.see('Overview');
                for (const summary of await page.locator('main summary').all()) await summary.click();
                await visit.see('Overview');
                await visit.follow('Customers');
                await visit.see('Customers');
                await page.locator('#q').fill('lindqvsit');
                await visit.press('Search');
                await page.waitForURL(/q=/);
                await visit.see('Customers');
                await visit.follow(person.name);
                await visit.see(person.name);
                await page.getByLabel('For your colleagues').fill('Looked at on the train');
                await visit.press('Keep this note');
                await visit.see(person.name);
                await visit.has('The note is kept', 'Looked at on the train');
                await page.getByText('Correct the email address').click();
                visit.forgive(/status of 422/);
                await page.locator('#email').fill('nowhere');
                await visit.press('Correct the address');
                await page.getByRole('alert').waitFor();
                await visit.see(person.name);
                assert.equal(await page.locator('#email').inputValue(), 'nowhere');
                await visit.press('See the portal as they do');
                await visit.see('Your programs');
                await page.getByText(`You see this as ${person.name}`).waitFor();
                await visit.press('Stop looking');
                await visit.see(person.name);
                await visit.leave();
        });

        test('P6: staff, the own login with its codes, the audit', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'owner', 'Olga Owner');
                const { page } = visit;
                await visit.go('/admin/?done=set-up');
                await visit.see('Overview');
                assert.equal(await page.locator('.recovery code').count(), 10);
                await visit.follow('Staff');
                await visit.see('Staff');
                visit.forgive(/status of 422/);
                await visit.press('Send the invitation');
                await page.getByRole('alert').waitFor();
                await visit.see('Staff');
                await visit.follow('Audit');
                await visit.see('Audit');
                await visit.follow('Olga Owner');
                await visit.see('Your login');
                await page.getByText('Make ten new ones').click();
                await visit.press('Make new codes');
                await page.getByRole('alert').waitFor();
                await visit.see('Your login');
                await visit.leave();
        });
});
