// The help in a browser: a question typed with slips, the answer, "Did this help?"; the staff's
// side with its live preview; both without scripts as well.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { here, needs } from '../web/lib/house.mjs';
import { Eyes } from './lib/eyes.mjs';
import { sitAsStaff } from './lib/desk.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

describe('help', needs, () => {
        test('S1.9: from any page to the answer, with slips of the pen, and a vote', async () => {
                const visit = await eyes.sit('phone');
                const { page } = visit;
                await visit.go('/');
                await page.getByRole('navigation').getByRole('link', { name: 'Help' }).click();
                await visit.see('How can we help?');
                await visit.picture('help');
                await page.getByLabel('Search the answers').fill('my crad was declnied');
                await page.keyboard.press('Enter');
                await visit.see('Answers for “my crad was declnied”');
                await visit.has('for “card declined”');
                assert.ok(await page.locator('mark').count() > 0);
                await visit.picture('help-found');
                await visit.follow('My card was declined. What now?');
                await visit.see('My card was declined. What now?');
                await visit.follow('What we do meanwhile');
                await page.waitForURL(/#s-what-we-do-meanwhile$/);
                assert.ok(await page.locator('#s-what-we-do-meanwhile').isVisible());
                await visit.picture('help-article');
                await page.getByLabel('A few words, if you like').fill('Short and clear');
                await visit.press('Yes, it helped');
                await page.getByText('Good to know that it helped.').waitFor();
                await visit.see('My card was declined. What now?');
                await visit.go('/help?q=zzqqxxv');
                await visit.see('Answers for “zzqqxxv”');
                await visit.has('We have no answer to that yet');
                await visit.follow('Write to us');
                await visit.see('Write to us');
                await visit.leave();
        });

        test('S1.9: without scripts', async () => {
                const visit = await eyes.sit('phone', { javaScriptEnabled: false });
                const { page } = visit;
                await visit.go('/help');
                await page.getByLabel('Search the answers').fill('recipt');
                await visit.press('Search');
                await visit.follow('Where do I find receipts and invoices?');
                await visit.reach('Where do I find receipts and invoices?');
                await visit.press('No, not really');
                await visit.has('We read this and make the page better');
                await visit.leave();
                const desk = await sitAsStaff(eyes, here, 'desk', 'owner');
                const cookies = await desk.context.cookies();
                await desk.leave();
                const plain = await eyes.sit('phone', { javaScriptEnabled: false });
                await plain.context.addCookies(cookies);
                await plain.go('/admin/help/new?kind=faq');
                await plain.page.getByLabel('Title').fill('A question');
                await plain.page.getByLabel('Text', { exact: true }).fill('An *answer*.');
                assert.equal(await plain.page.locator('.live:visible').count(), 0);
                const [preview] = await Promise.all([plain.context.waitForEvent('page'), plain.press('Preview in a new tab')]);
                await preview.getByRole('heading', { level: 1, name: 'A question' }).waitFor();
                assert.equal(await preview.locator('.prose em').innerText(), 'answer');
                await plain.leave();
        });

        test('S1.9 S1.10: staff look, edit with a live preview, publish, and read', async () => {
                const visit = await sitAsStaff(eyes, here, 'desk', 'owner');
                const { page } = visit;
                const slug = `eyes-${Date.now().toString(36)}`;
                await visit.go('/admin/help');
                await visit.see('Help and playbooks');
                await visit.picture('staff-help');
                await visit.go('/admin/help/searches');
                await visit.see('Articles to write');
                await visit.picture('staff-searches');
                await visit.go('/admin/help/new?kind=training');
                await visit.see('New training');
                await visit.forgive(/status of 422/);
                await visit.press('Save in the draft');
                await visit.has('Enter its name in the address', 'Enter a title', 'Write the text');
                await visit.see('New training');
                await page.getByLabel('Name in the address').fill(slug);
                await page.getByLabel('Title').fill(`Lesson ${slug}`);
                await page.getByLabel('Summary').fill('In short.');
                await page.getByLabel('Heading').fill('Eyes');
                await page.getByLabel('Text', { exact: true }).fill('# Look\n\nSomething **bold** <script>alert(1)</script>');
                await page.locator('.live .prose strong', { hasText: 'bold' }).waitFor();
                assert.equal(await page.locator('.live script').count(), 0);
                await visit.see('New training');
                await visit.picture('staff-help-edit');
                await visit.press('Save in the draft');
                await visit.see(`Lesson ${slug} Not published`);
                await visit.press('Publish it');
                await visit.see(`Lesson ${slug} Published`);
                await visit.press('I have read this');
                await visit.has('You read version 1');
                await visit.see(`Lesson ${slug} Published`);
                await visit.picture('staff-help-article');
                await visit.follow('Version 1');
                await visit.see(/version 1$/);
                await visit.go('/admin/help/playbook-soft-funds');
                await visit.see(/Not enough money, or a limit/);
                await visit.go(`/admin/help/${slug}`);
                await visit.press('Retire it');
                await visit.has('Retired. Readers do not find it any more');
                await visit.leave();
        });
});
