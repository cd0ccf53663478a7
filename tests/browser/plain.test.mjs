// The pages around people and staff by keyboard alone, in a browser without JavaScript: every
// control is reached and seen, Enter sends, nothing holds one.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { plain } from '../web/lib/browser.mjs';
import { address, here, needs, quote } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { buy } from '../web/lib/purchase.mjs';
import { inside } from '../web/lib/world.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';
import { fill, tabTo, walk } from './lib/keys.mjs';

const eyes = new Eyes(here?.url);
const bare = { javaScriptEnabled: false };

before(() => here && eyes.open());
after(() => eyes.close());

const words = async ({ page }) => plain(await page.locator('main').innerHTML());
const press = async (visit, selector) => {
        await tabTo(visit, selector);
        await Promise.all([visit.page.waitForEvent('domcontentloaded'), visit.page.keyboard.press('Enter')]);
};

/** Go to PATH and Tab through it. */
async function through(visit, path) {
        await visit.go(path);
        await walk(visit);
        await visit.go(path);
}

describe('by keyboard, without JavaScript', needs, () => {
        let order, id;

        /** A browser in which the buyer is logged in. */
        async function asBuyer() {
                const visit = await eyes.sit('desk', bare);
                await visit.context.addCookies([{ name: 'lk_session', value: inside(here, id).jar().get('lk_session'), url: here.url }]);
                return visit;
        }
        before(async () => {
                order = await buy(here);
                id = here.sql(`SELECT customer_id FROM orders WHERE number = ${quote(order.number)}`);
        });

        test('P1: the account: about you, mails, password, address, devices', async () => {
                const visit = await asBuyer();
                await through(visit, '/account');
                await through(visit, '/account/profile');
                await fill(visit, 'form[action="/account/profile"]', { name: 'Kim Keys', phone: '030 123456' });
                assert.match(await words(visit), /Saved.*Kim Keys/);
                await through(visit, '/account/notices');
                await press(visit, 'form[action="/account/notices"] button');
                assert.match(await words(visit), /Off Turn on/);
                await press(visit, 'form[action="/account/reminders"] button');
                assert.match(await words(visit), /Saved/);
                await through(visit, '/account/calendar');
                await press(visit, 'form[action="/account/calendar"] button');
                assert.match(await words(visit), /Your link is ready/);
                await walk(visit);
                await press(visit, 'form[action="/account/calendar/end"] button');
                assert.match(await words(visit), /The link has ended/);
                await through(visit, '/account/sessions');
                await through(visit, '/account/password');
                await fill(visit, 'form[action="/account/password"]', { password: 'a kettle on the sill' });
                assert.match(visit.page.url(), /notice=password/);
                await through(visit, '/account/address');
                await fill(visit, 'form[action="/account/address"]', { email: address('next') });
                await walk(visit);
                await visit.leave();
        });

        test('S2.12: somebody else will use it, and takes it', async () => {
                const visit = await asBuyer();
                const email = address('taker');
                await through(visit, `/orders/${order.number}/people`);
                await fill(visit, `form[action="/orders/${order.number}/people"]`, { name: 'Uma User', email });
                assert.match(await words(visit), /The invitation is on its way/);
                await walk(visit);
                await visit.leave();
                const other = await eyes.sit('desk', bare);
                await through(other, (await mailTo(here, email, /^For you/)).link);
                await press(other, 'form[action^="/claim/"] button');
                assert.match(other.page.url(), /\/set-password$/);
                await walk(other);
                await other.leave();
        });

        test('S2.12: the mistyped address', async () => {
                const visit = await eyes.sit('desk', bare);
                await through(visit, '/help-me-in');
                await fill(visit, 'form[action="/help-me-in"]', { number: order.number, amount: '149.00', last_four: '4242', email: address('right') });
                assert.doesNotMatch(visit.page.url(), /login/);
                await walk(visit);
                await visit.leave();
        });

        test('S0.6: a message to staff and the answer to it', async () => {
                const visit = await asBuyer();
                await through(visit, '/help/requests/new');
                await fill(visit, 'form[action="/help/requests"]', { about: 'other', text: 'The film stops.' });
                assert.match(await words(visit), /We have your message/);
                await walk(visit);
                await visit.go(visit.page.url());
                await fill(visit, 'form[action$="/replies"]', { text: 'It goes on now.' });
                assert.match(await words(visit), /It goes on now/);
                await through(visit, '/help/requests');
                await visit.leave();
        });

        test('S1.3: a bank transfer is chosen and told', async () => {
                const visit = await eyes.sit('desk', bare);
                await through(visit, '/products/portfolio-mentoring');
                await fill(visit, 'form[action$="/orders"]', { email: address('bank'), name: 'Kim Keys', country: 'Germany', pay: 'transfer', agree: '1', consent: '1' });
                assert.match(visit.page.url(), /\/transfer\?order=/);
                await walk(visit);
                await visit.leave();
        });

        test('P6: an invitation to staff', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'owner', 'Olga Owner', bare);
                const email = address('invited');
                await through(visit, '/admin/staff');
                await fill(visit, 'form[action="/admin/staff/invitations"]', { role: 'Support', email });
                assert.ok((await words(visit)).includes(email));
                await visit.leave();
        });

        test('P8: the page of a customer', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'support', 'Sofia Support', bare);
                await through(visit, '/admin/customers');
                await fill(visit, 'form[action="/admin/customers"]', { q: order.number });
                await press(visit, `a[href="/admin/customers/${id}"]`);
                await walk(visit);
                await visit.go(visit.page.url());
                await fill(visit, 'form[action$="/notes"]', { body: 'Called by telephone.' });
                assert.match(await words(visit), /Called by telephone/);
                await visit.leave();
        });

        test('3.9: the texts of a product become a draft, which is thrown away', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'owner', 'Olga Owner', bare);
                await through(visit, '/admin/products');
                await through(visit, '/admin/products/portfolio-mentoring');
                await through(visit, '/admin/products/portfolio-mentoring/texts');
                await fill(visit, 'form[action$="/texts"]', { title: 'Portfolio mentoring', tagline: `By keyboard ${Date.now()}` });
                assert.match(await words(visit), /Saved in the draft/);
                await through(visit, '/admin/products/portfolio-mentoring/publish');
                await visit.go('/admin/products/portfolio-mentoring');
                await tabTo(visit, 'details:has(form[action$="/discard"]) > summary');
                await visit.page.keyboard.press('Enter');
                await press(visit, 'form[action$="/discard"] button');
                assert.doesNotMatch(await words(visit), /Saved in the draft/);
                await visit.leave();
        });

        test('P10: the accountant\'s month', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'finance', 'Finn Finance', bare);
                await through(visit, '/admin/');
                await through(visit, '/admin/reports');
                await press(visit, 'a[href^="/admin/reports/2"]');
                await walk(visit);
                await visit.leave();
        });
});
