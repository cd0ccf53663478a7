// The account on a phone by day and at a desk by night: every page of it, the way back to an old
// address, the mistyped one, and staff who decide about it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { address, here, needs, quote } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { buy, openLink } from '../web/lib/purchase.mjs';
import { until } from '../web/lib/sandbox.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);
const hashed = (token) => `'\\x${createHash('sha256').update(token).digest('hex')}'`;

before(() => here && eyes.open());
after(() => eyes.close());

/** A session of somebody who bought, in a browser with a screen. */
async function member(visit) {
        here.sql('DELETE FROM tries');
        const order = await buy(here, { email: address('account') });
        const browser = await openLink(here, (await mailTo(here, order.email, /You have access/)).link);
        await visit.context.addCookies([{ name: 'lk_session', value: browser.jar().get('lk_session'), url: here.url }]);
        return { order, email: order.email, browser };
}

describe('the account', needs, () => {
        test('P1: about you, mails, password, devices', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                const { email } = await member(visit);
                visit.forgive(/status of 422/);
                await visit.go('/programs');
                await visit.follow('Account');
                await visit.see('Your account');
                await visit.has('Ann Example', email, 'None yet', 'Here alone');
                await visit.follow(/Change name/);
                await visit.see('About you');
                await page.getByLabel('Phone').fill('none');
                await page.getByLabel('Time zone').selectOption({ label: 'Kathmandu (Asia)' });
                await visit.press('Save');
                await page.getByRole('alert').waitFor();
                await visit.see('About you');
                assert.equal(await page.getByLabel('Time zone').inputValue(), 'Asia/Kathmandu', 'what was chosen stays');
                await page.getByLabel('Phone').fill('+977 1 4220000');
                await visit.press('Save');
                await visit.see('Your account');
                await visit.has('Saved');
                await visit.follow(/which mails/);
                await visit.see('Mails you get');
                await visit.press(/Turn off Tips/);
                await visit.see('Mails you get');
                await visit.has('Saved', /Off Turn on/);
                await page.getByLabel(/Only the important ones/).check();
                await visit.press('Save');
                await visit.see('Mails you get');
                assert.ok(await page.getByLabel(/Only the important ones/).isChecked(), 'S1.4');
                await visit.go('/account/password');
                await visit.see('Choose a password');
                await page.locator('#password').fill('seven slow otters in the rain');
                await visit.press('Save the password');
                await visit.see('Your account');
                await visit.has('Your password is saved');
                here.sql(`INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at, seen_at, user_agent)
                        SELECT ${hashed(email)}, 'customer', id, app_now() - interval '3 days', app_now() + interval '20 days', app_now() - interval '1 day',
                        'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1' FROM customers WHERE email = ${quote(email)}`);
                await visit.follow(/See all devices/);
                await visit.see('Where you are logged in');
                await visit.has('This one', 'Safari on an iPhone');
                await visit.press(/Log out Safari/);
                await visit.see('Where you are logged in');
                await visit.has('Logged out there', 'logged in nowhere else');
                here.sql(`UPDATE sessions SET created_at = created_at - interval '1 hour' WHERE customer_id = (SELECT id FROM customers WHERE email = ${quote(email)})`);
                await visit.go('/account/password');
                await visit.see('Is it you?');
                await page.locator('#password').fill('something else entirely');
                await visit.press('Go on');
                await page.getByRole('alert').waitFor();
                await page.locator('#password').fill('seven slow otters in the rain');
                await visit.press('Go on');
                await visit.see('Change your password');
                await visit.leave();
        });

        test('P1: another address and the way back; a forgotten password', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                const { email } = await member(visit);
                const fresh = address('moved');
                await visit.go('/account/address');
                await visit.see('Change your email address');
                await page.locator('#email').fill(fresh);
                await visit.press('Send a link to it');
                await visit.see('Look in the inbox of the new address');
                await visit.go('/account/address');
                await visit.see('Change your email address');
                await visit.has(`${fresh} waits for its link`);
                const linkOf = (mail) => /\/(account\/address\/link|address-undo)\/[\w-]{43}/.exec(mail.text)[0];
                await visit.go(linkOf(await mailTo(here, fresh, /new address/)));
                await visit.see('Use this address');
                await visit.press(`Use ${fresh}`);
                await visit.see('Your account');
                await visit.has('Your new address counts from now on', fresh);
                await visit.go(linkOf(await mailTo(here, email, /was changed/)));
                await visit.see('Was this not you?');
                await visit.press('Take back my address');
                await visit.see('Your address is back');
                await visit.follow('Log in');
                await visit.see('Log in');
                await visit.follow('Forgot your password?');
                await visit.see('Forgot your password?');
                await page.locator('#email').fill(email);
                await visit.press('Send me a link');
                await visit.see('Look in your inbox');
                await visit.leave();
        });

        test('P1: a passkey is added on this device, and logs in', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                const { email } = await member(visit);
                await visit.keeper();
                await visit.go('/account/passkeys');
                await visit.see('Passkeys');
                await visit.has('You have none yet');
                await visit.press('Add this device');
                await page.getByText('This device logs you in from now on').waitFor();
                await visit.see('Passkeys');
                await visit.has(/Chrome on Linux/);
                await visit.press('Log out');
                await visit.see('Log in');
                await visit.press('Use a passkey');
                await visit.see('Your programs');
                await visit.go('/account/passkeys');
                await visit.has(/last used/);
                await visit.press(/Remove Chrome/);
                await page.getByText('It logs nobody in any more').waitFor();
                assert.equal(here.sql(`SELECT count(*) FROM passkeys p JOIN customers c ON c.id = p.customer_id WHERE c.email = ${quote(email)}`), '0');
                await visit.press('Log out');
                visit.forgive(/status of 422/);
                await visit.press('Use a passkey');
                await visit.see('This passkey did not log you in');
                await visit.leave();
        });

        test('P3: help me in, and the staff who decide', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                const { order } = await member(visit);
                visit.forgive(/status of 422/);
                await visit.context.clearCookies();
                await visit.go('/login');
                await visit.follow('Help me in');
                await visit.see('Help me in');
                await page.locator('#number').fill(order.number);
                await page.locator('#amount').fill('149');
                await page.locator('#last_four').fill('0000');
                await page.locator('#email').fill(address('right'));
                await visit.press('Send');
                await visit.see('Thank you');
                const id = await until(() => here.sql(`SELECT id FROM corrections WHERE number = ${quote(order.number)} AND status = 'with_staff'`), 'with staff');
                const name = address('desk');
                here.ctl('staff', 'add', name, '--role', 'support');
                const token = randomBytes(32).toString('base64url');
                here.sql(`INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at)
                        SELECT ${hashed(token)}, 'staff', id, app_now(), app_now() + interval '1 hour' FROM staff WHERE email = ${quote(name)}`);
                await visit.context.addCookies([{ name: 'lk_staff', value: token, url: here.url }]);
                await visit.go('/admin/corrections');
                await visit.see('Mistyped addresses');
                await visit.has(order.number);
                await visit.go(`/admin/corrections/${id}`);
                await visit.see(/^Address of/);
                await page.locator('#reason').fill('They sent the statement');
                await visit.press('Correct the address');
                await visit.see('Mistyped addresses');
                await visit.has('The address is corrected');
                await visit.leave();
        });
});
