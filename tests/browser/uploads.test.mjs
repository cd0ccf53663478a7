// Staff begin a product, write with a preview, and send a file with its progress, in the browser.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { here, needs, quote } from '../web/lib/house.mjs';
import { staffBrowser } from '../web/lib/staff.mjs';
import { Eyes, patience } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uploads-'));
const large = path.join(folder, 'Raw files.zip');
let owner;

before(async () => {
        if (!here) return;
        fs.writeFileSync(large, Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(6 * 1024 * 1024, process.pid)]));
        fs.writeFileSync(path.join(folder, 'page.html'), '<html>');
        await eyes.open();
        owner = await staffBrowser(here, 'owner');
});
after(async () => {
        await eyes.close();
        fs.rmSync(folder, { recursive: true });
});

const names = (slug) => here.rows(`SELECT f.name FROM products p JOIN product_versions v ON v.product_id = p.id JOIN version_items w ON w.version_id = v.id
        JOIN item_versions iv ON iv.id = w.item_version_id JOIN files f ON f.id = iv.file_id WHERE p.slug = ${quote(slug)}`).map(({ name }) => name);

/** A visit of the owner's. */
async function sit(options) {
        const visit = await eyes.sit('desk', options);
        await visit.context.addCookies([...owner.jar()].map(([name, value]) => ({ name, value, url: here.url })));
        return visit;
}

/** The connection at so many bytes a second, as the browser feels it. */
async function slow({ page, context }, bytes) {
        const session = await context.newCDPSession(page);
        await session.send('Network.enable');
        await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes });
}

describe('files and previews', needs, () => {
        const slug = `b-${Date.now().toString(36)}`;

        test('3.9: a new product, its texts with a live preview, its file with progress', async () => {
                const visit = await sit();
                const { page } = visit;
                await visit.go('/admin/products');
                await visit.follow('New product');
                await visit.see('New product');
                await page.getByLabel('Title').fill('Night Walks');
                await page.getByLabel('Name in its address').fill('Night Walks');
                visit.forgive(/status of 422/);
                await visit.press('Begin the draft');
                await visit.has('small letters');
                await visit.see('New product');
                await visit.picture('new-product');
                await page.getByLabel('Name in its address').fill(slug);
                await visit.press('Begin the draft');
                await visit.has('Begun. It is not on sale');
                await visit.see(/Night Walks/);
                await visit.picture('new-begun');

                await visit.follow('Edit the texts');
                await visit.see('Texts of Night Walks');
                await page.getByLabel('Line below it').fill('Seeing in the dark');
                await page.locator('#summary').fill('## By night\n\nYou **walk** <script>alert(1)</script>');
                const live = page.getByRole('region', { name: 'Preview: What it is' });
                await live.getByRole('heading', { name: 'By night' }).waitFor();
                await live.locator('strong', { hasText: 'walk' }).waitFor();
                assert.equal(await live.locator('script').count(), 0);
                assert.equal(await live.getByRole('status').textContent(), 'The preview is up to date.');
                await page.locator('#includes').fill('- one\n- two');
                await page.locator('#refund').fill('Money back.');
                await page.getByRole('region', { name: 'Preview: Refund terms' }).getByText('Money back.').waitFor();
                await visit.see('Texts of Night Walks');
                await visit.picture('live-preview');
                const opened = page.context().waitForEvent('page');
                await visit.press('Preview in a new tab');
                const tab = await opened;
                await tab.getByRole('heading', { name: 'By night' }).waitFor();
                await tab.close();
                await visit.press('Save the draft');
                await visit.has('Saved in the draft');

                await visit.follow('Add a video or download');
                await visit.see('Add a video or download');
                await visit.press('Send the file');
                await visit.has('Choose a file.');
                await page.getByLabel('Title').fill('Raw files');
                await page.getByLabel('File', { exact: true }).setInputFiles(path.join(folder, 'page.html'));
                await visit.press('Send the file');
                await page.getByText(/page\.html is none of what can stand here/).first().waitFor();
                assert.equal(await page.getByLabel('Title').inputValue(), 'Raw files');
                await visit.see('Add a video or download');
                await visit.picture('upload-refused');

                await page.getByLabel('File', { exact: true }).setInputFiles(large);
                await slow(visit, 1024 * 1024);
                await visit.press('Send the file');
                const bar = page.getByRole('progressbar', { name: 'Sending the file' });
                await bar.waitFor();
                await page.waitForFunction(() => document.querySelector('progress').value > 5, null, { timeout: patience });
                assert.match(await visit.text(), /\d+ %, \d+\.\d MB of 6\.3 MB/);
                await visit.see('Add a video or download');
                await visit.picture('upload-running');
                await visit.press('Cancel');
                await visit.has('Cancelled. Nothing was stored.');
                assert.deepEqual(names(slug), []);
                await slow(visit, -1);
                await visit.press('Send the file');
                await page.waitForURL(/done=file$/, { timeout: patience });
                await visit.has('The file has arrived and stands in the draft', 'Raw files');
                await visit.see(/Night Walks/);
                await visit.picture('upload-done');
                assert.deepEqual(names(slug), ['Raw files.zip']);
                await visit.go(`/admin/products/${slug}/contents/raw-files/upload`);
                await visit.see('File of Raw files');
                await visit.picture('file');
                await visit.leave();
        });

        test('3.9: without JavaScript the same forms send the file and preview the text', async () => {
                const visit = await sit({ javaScriptEnabled: false });
                const { page } = visit;
                await visit.go(`/admin/products/${slug}/upload`);
                assert.equal(await page.locator('[data-upload-state]').isVisible(), false);
                await page.getByLabel('Title').fill('Without script');
                await page.getByLabel('File', { exact: true }).setInputFiles(large);
                await page.getByRole('button', { name: 'Send the file' }).click();
                await page.waitForURL(/done=file$/, { timeout: patience });
                await page.getByText('Without script', { exact: true }).waitFor();
                await visit.go(`/admin/products/${slug}/texts`);
                assert.equal(await page.locator('[data-preview]').first().isVisible(), false);
                await page.getByLabel('Line below it').fill('Typed and kept');
                const opened = page.context().waitForEvent('page');
                await page.getByRole('button', { name: 'Preview in a new tab' }).click();
                await (await opened).getByText('Typed and kept').waitFor();
                assert.equal(await page.getByLabel('Line below it').inputValue(), 'Typed and kept');
                await visit.context.close();
        });
});
