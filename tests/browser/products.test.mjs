// Staff edit a product: texts, contents, prices, publishing, in the browser.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { staffBrowser } from '../web/lib/staff.mjs';
import { Eyes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);
const slug = 'portfolio-mentoring';
let owner;

before(async () => {
        if (!here) return;
        await eyes.open();
        owner = await staffBrowser(here, 'owner');
});
after(() => eyes.close());

describe('products', needs, () => {
        test('3.9: texts, contents and a price, from the list to a published version and back', async () => {
                const visit = await eyes.sit('desk');
                const { page } = visit;
                const cookies = [...owner.jar()].map(([name, value]) => ({ name, value, url: here.url }));
                await page.context().addCookies(cookies);
                await visit.go('/admin/products');
                await visit.see('Products');
                await visit.picture('products');
                await visit.go('/admin/discounts');
                await visit.see('Discount codes');
                await visit.picture('discounts');
                await visit.go(`/admin/products/${slug}/texts`);
                await visit.see('Texts of Portfolio Mentoring');
                await visit.picture('texts');
                await page.locator('#tagline').fill('Three calls and a portfolio');
                await page.locator('#refund_days').fill('many');
                visit.forgive(/status of 422/);
                await visit.press('Save the draft');
                await visit.has('Enter the days as a whole number');
                await visit.see('Texts of Portfolio Mentoring');
                await page.locator('#refund_days').fill('14');
                await visit.press('Save the draft');
                await visit.has('Saved in the draft');
                await visit.see(/Portfolio Mentoring/);
                await visit.picture('product');
                await visit.go(`/admin/products/${slug}/content`);
                await visit.see('Add to the contents');
                await page.locator('#title').fill('A parting word');
                await page.locator('#body').fill('Keep *looking*.');
                await visit.press('Save in the draft');
                await visit.has('A parting word');
                await page.getByRole('button', { name: 'Move A parting word up' }).click();
                await visit.has('Moved, in the draft');
                await visit.follow('A parting word');
                await visit.see('A parting word Lesson');
                await visit.picture('item');
                await visit.go(`/admin/products/${slug}/offers/full`);
                await visit.see('Price of Portfolio Mentoring');
                await page.locator('#amount').fill('700');
                await visit.press('Go on');
                await visit.see('Publish this price?');
                await visit.picture('price');
                await visit.go(`/admin/products/${slug}/publish`);
                await visit.see(/Publish Portfolio Mentoring/);
                await visit.picture('publish');
                await visit.go(`/admin/products/${slug}/preview`);
                await visit.see('Portfolio Mentoring');
                await visit.picture('preview');
                await visit.go(`/admin/products/${slug}/versions/1`);
                await visit.see(/Portfolio Mentoring/);
                await visit.picture('version');
                await visit.go(`/admin/products/${slug}`);
                await page.getByText('Throw the draft away').click();
                await visit.press('Throw it away');
                await visit.has('The draft is gone');
                assert.equal(here.sql(`SELECT count(*) FROM product_versions WHERE published_at IS NULL AND product_id =
                        (SELECT id FROM products WHERE slug = ${quote(slug)})`), '0');
                await visit.leave();
        });

        test('S1.4: the days and words of reminders, from the product to its own and back', async () => {
                const visit = await eyes.sit('desk');
                const { page } = visit;
                await page.context().addCookies([...owner.jar()].map(([name, value]) => ({ name, value, url: here.url })));
                await visit.go('/admin/messages');
                await visit.follow('Reminders');
                await visit.see('Reminders');
                await visit.go(`/admin/products/${slug}`);
                await visit.follow('Days and words');
                await page.locator('#use').check();
                await page.locator('#before').fill('5, soon');
                visit.forgive(/status of 422/);
                await visit.press('Save');
                await visit.has('Enter numbers of days from 1 to 60');
                await visit.see('Reminders');
                await page.locator('#before').fill('5');
                await visit.press('Save');
                await visit.has('It holds from now on');
                await visit.follow('Before the day, we charge it');
                await visit.see('Before the day, we charge it');
                await visit.go(`/admin/products/${slug}/reminders`);
                await page.locator('#use-same').check();
                await visit.press('Save');
                await visit.has('as for every product');
                await visit.leave();
        });
});
