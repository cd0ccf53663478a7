// Staff at their desk: a passkey on this device.

import { after, before, describe, test } from 'node:test';

import { here, needs } from '../web/lib/house.mjs';
import { newStaff } from '../web/lib/staff.mjs';
import { Eyes, shapes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

/** Somebody of the staff, in a browser with a screen. */
async function sit(shape, role) {
        const visit = await eyes.sit(shape);
        const person = await newStaff(here, role);
        await visit.context.addCookies([{ name: 'lk_staff', value: person.browser.jar().get('lk_staff'), url: here.url }]);
        return { visit, page: visit.page, person };
}

for (const shape of Object.keys(shapes)) {
        describe(`the desk, ${shape}`, needs, () => {
                test('P6: a passkey is added on this device, named, logs in without password and code, and is removed', async () => {
                        const { visit, page } = await sit(shape, 'support');
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
        });
}
