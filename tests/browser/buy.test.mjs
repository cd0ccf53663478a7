// The shop window, a purchase and its welcome, as a person sees them, on a phone and at a desk.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { course } from '../web/lib/purchase.mjs';
import { badCard, Eyes, fillOrder, patience, payByCard, shapes } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url, { both: false });
const products = ['Light & Lens', 'Portfolio Mentoring', 'Darkroom Desk'];

before(() => here && eyes.open());
after(() => eyes.close());

for (const shape of Object.keys(shapes)) {
        describe(`the shop, ${shape}`, needs, () => {
                test('S2.1: the window shows four products; a page says contents, price, refund terms, how to pay', async () => {
                        const visit = await eyes.sit(shape);
                        await visit.go('/');
                        await visit.see(/./);
                        assert.equal(await visit.page.locator('.cards > li').count(), 4);
                        await visit.has(...products, /\d+\.\d\d EUR/);
                        for (const [i, name] of products.entries()) {
                                await visit.follow(name);
                                // One is looked at closely; the others are of the same template.
                                if (i === 0) await visit.see(name);
                                await visit.page.getByRole('heading', { level: 1, name }).waitFor();
                                await visit.has('What you get', 'Refunds', /payment provider.s page/, /Buy for [\d,]+\.\d\d EUR/);
                                await visit.follow('All products');
                        }
                        await visit.go('/terms');
                        await visit.see(/Terms/i);
                        visit.forgive(/status of 404/);
                        await visit.go('/nothing-of-the-kind');
                        await visit.see(/./);
                        await visit.leave();
                });

                test('S2.1: the terms must be agreed to; what is missing stands at the field and leads there', async () => {
                        const visit = await eyes.sit(shape);
                        const { page } = visit;
                        visit.forgive(/status of 422/);
                        await visit.go(`/products/${course}`);
                        const email = await fillOrder(visit);
                        await page.locator('#agree').uncheck();
                        await page.locator('#consent').uncheck();
                        await visit.press('Continue to payment');
                        const summary = page.getByRole('alert');
                        await summary.waitFor();
                        assert.match(await page.title(), /^Error: /);
                        assert.ok(await summary.evaluate((box) => box === document.activeElement), 'it begins at the summary');
                        await visit.see('Light & Lens');
                        await summary.getByRole('link').first().click();
                        assert.equal(await page.evaluate(() => document.activeElement.id), 'agree');
                        assert.equal(await page.locator('#email').inputValue(), email, 'what was typed is kept');
                        assert.equal(here.sql(`SELECT count(*) FROM orders WHERE email = ${quote(email)}`), '0');
                        await page.locator('#agree').check();
                        await page.locator('#consent').check();
                        await visit.press('Continue to payment');
                        await page.waitForURL(/\/c\/pay\//);
                        assert.equal(here.sql(`SELECT string_agg(e.kind, ' ' ORDER BY e.kind) FROM evidence e JOIN orders o ON o.id = e.order_id
                                WHERE o.email = ${quote(email)} AND e.kind IN ('agreed', 'consented')`), 'agreed consented');
                        await page.getByRole('link', { name: 'Go back without paying' }).click();
                        await visit.see('Light & Lens');
                        await visit.has('You left the payment page', /Nothing was (charged|taken)/);
                        await visit.leave();
                });

                test('S0.1, S0.2, S0.3, S0.10: a declined card, a good one, welcome, and the product with one click', async () => {
                        const visit = await eyes.sit(shape);
                        const { page } = visit;
                        visit.forgive(/status of 402/);
                        await visit.go(`/products/${course}`);
                        const email = await fillOrder(visit);
                        await visit.press('Continue to payment');
                        await page.waitForURL(/\/c\/pay\//);
                        await visit.see('Pay');
                        await payByCard(visit, badCard);
                        await page.getByRole('alert').waitFor();
                        await visit.see('Pay');
                        await visit.has('declined', 'Nothing was taken');
                        await payByCard(visit);
                        await page.getByRole('link', { name: /\(PDF\)/ }).waitFor({ timeout: patience });
                        await visit.see('Thank you. You are in.');
                        const number = new URL(page.url()).searchParams.get('order');
                        const [paid] = here.rows(`SELECT statement_text AS statement, last_four AS digits FROM payments p
                                JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(number)}`);
                        await visit.has('149.00 EUR', `Visa ending in ${paid.digits}`, paid.statement, 'Light & Lens', email, number,
                                /Paid Today at \d\d:\d\d Access open Today at \d\d:\d\d First opened waiting for you/);
                        assert.equal(paid.digits, '4242');
                        const paper = await page.request.get(await page.getByRole('link', { name: /\(PDF\)/ }).evaluate((link) => link.href));
                        assert.deepEqual([paper.status(), paper.headers()['content-type']], [200, 'application/pdf']);
                        await visit.follow('Open Light & Lens');
                        await visit.see('Light & Lens');
                        await visit.has(/First opened Today at \d\d:\d\d/, /0 of \d+ done/);
                        await page.locator('.lessons a').first().click();
                        await visit.see(/./);
                        await visit.go('/programs');
                        await visit.see('Log in');
                        await visit.leave();
                });
        });
}
