// The shop window and the products' pages.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { here, needs } from './lib/house.mjs';
import { course, order, software } from './lib/purchase.mjs';

const reader = () => new Browser(here.url);

describe('the shop window', needs, () => {
        test('shows the four products on sale with their prices', async () => {
                const page = await reader().go('/');
                assert.equal(page.status, 200);
                for (const [slug, title, price] of [
                        ['light-and-lens', 'Light & Lens', '149.00 EUR'], ['portfolio-mentoring', 'Portfolio Mentoring', '690.00 EUR'],
                        ['darkroom-desk', 'Darkroom Desk', '39.00 EUR'], ['studio-nights', 'Studio Nights', '19.00 EUR'],
                ]) {
                        const card = new RegExp(`<li class="card">(?:(?!</li>).)*href="/products/${slug}".*?</li>`, 's').exec(page.text);
                        assert.ok(card, slug);
                        assert.ok(plain(card[0]).includes(title) && plain(card[0]).includes(price), plain(card[0]));
                }
                assert.equal((await reader().go(/<img src="([^"]+)"/.exec(page.text)[1])).status, 200);
        });

        test('HEAD has the headers of GET and no body; another method is 405 with Allow', async () => {
                for (const path of ['/', `/products/${course}`, '/login', '/terms']) {
                        const get = await reader().go(path);
                        const head = await reader().go(path, { method: 'HEAD' });
                        assert.deepEqual([head.status, head.text], [200, ''], path);
                        assert.equal(head.headers.get('content-type'), get.headers.get('content-type'), path);
                        for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
                                const refused = await reader().go(path, { method });
                                assert.equal(refused.status, 405, `${method} ${path}`);
                                assert.match(refused.headers.get('allow'), /GET, HEAD/, `${method} ${path}`);
                        }
                }
                assert.equal((await reader().go('/', { form: {} })).status, 405);
                const refused = await reader().go(`/products/${course}/orders`);
                assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'POST']);
        });

        test('every page has the strict policy, its length and no script of its own (safety rule 12)', async () => {
                for (const path of ['/', `/products/${course}`, '/login', '/terms', '/welcome', '/nothing-here']) {
                        const page = await reader().go(path);
                        const policy = page.headers.get('content-security-policy');
                        assert.match(policy, /default-src 'none'/, path);
                        assert.doesNotMatch(policy, /unsafe|\*/, path);
                        assert.ok(policy.includes(`form-action 'self' ${here.sandbox.url};`), `${path}: ${policy}`);
                        assert.doesNotMatch(page.text, /<script(?![^>]*\ssrc=)|\son[a-z]+=|\sstyle=/, path);
                        assert.match(page.headers.get('content-type'), /^text\/html; charset=utf-8$/i, path);
                        assert.equal(page.headers.get('x-content-type-options'), 'nosniff', path);
                }
        });
});

describe('a product\'s page', needs, () => {
        test('says what you get, the price, the refund terms and how to pay (S2.1)', async () => {
                const page = await reader().go(`/products/${course}`);
                const text = plain(page.text);
                assert.equal(heading(page.text), 'Light & Lens');
                for (const part of ['What you get', 'Eight lessons with an exercise each', '149.00 EUR', 'Tax is included', 'Refunds',
                        'within 30 days', 'bank debit', 'I agree to the terms of sale'])
                        assert.ok(text.includes(part), part);
                const { fields } = formOf(page, /\/orders$/);
                assert.match(fields.csrf_token, /^[A-Za-z0-9_-]{43}$/);
                assert.match(fields.nonce, /^[A-Za-z0-9_-]{43}$/);
                assert.equal(fields.offer, 'full');
                assert.deepEqual([fields.agree, fields.consent], [undefined, undefined], 'nothing is agreed to in advance');
                assert.notEqual(formOf(await reader().go(`/products/${course}`), /\/orders$/).fields.nonce, fields.nonce);
        });

        test('with several offers lets one choose, the first at first, amounts by currency', async () => {
                const page = await reader().go(`/products/${software}`);
                const text = plain(page.text);
                for (const part of ['39.00 EUR', '6,000 JPY', '12.500 KWD']) assert.ok(text.includes(part), `${part} in ${text}`);
                assert.equal(formOf(page, /\/orders$/).fields.offer, 'full');
                assert.match((await reader().go('/terms')).text, /<h1/);
        });

        test('one that never was is 404, whatever its name', async () => {
                for (const slug of ['no-such-thing', 'x'.repeat(200), '%00', '..%2f..', 'Light-And-Lens', "a'b"]) {
                        const page = await reader().go(`/products/${slug}`);
                        assert.ok([404, 400].includes(page.status), `${slug}: ${page.status}`);
                        assert.match(page.text, /<h1/, slug);
                }
                assert.equal((await reader().go('/products/no-such-thing')).status, 404);
        });
});

describe('what is not on sale any more', needs, () => {
        after(() => {
                here.sql("UPDATE offers SET enabled = true WHERE slug = 'yen'");
                here.sql(`UPDATE products SET on_sale = true WHERE slug = '${course}'`);
        });

        test('a disabled offer cannot be ordered: 410, and nothing is made', async () => {
                const browser = reader();
                const before = here.sql('SELECT count(*) FROM orders');
                const page = await browser.go(`/products/${software}`);
                here.sql("UPDATE offers SET enabled = false WHERE slug = 'yen'");
                const answer = await browser.submit(page, /\/orders$/, { offer: 'yen', email: 'gone@example.org', name: 'G', agree: '1', consent: '1' });
                assert.equal(answer.status, 410);
                assert.match(plain(answer.text), /not on sale any more Nothing was charged/);
                assert.equal(here.sql('SELECT count(*) FROM orders'), before);
                assert.doesNotMatch(plain((await reader().go(`/products/${software}`)).text), /6,000 JPY/);
        });

        test('a product that is not on sale: 410 page without a form, not in the window', async () => {
                const browser = reader();
                const page = await browser.go(`/products/${course}`);
                here.sql(`UPDATE products SET on_sale = false WHERE slug = '${course}'`);
                const gone = await browser.go(`/products/${course}`);
                assert.equal(gone.status, 410);
                assert.match(plain(gone.text), /This is not on sale at the moment/);
                assert.throws(() => formOf(gone, /\/orders$/));
                assert.doesNotMatch((await browser.go('/')).text, new RegExp(`/products/${course}"`));
                const late = await browser.submit(page, /\/orders$/, { email: 'gone@example.org', name: 'G', agree: '1', consent: '1' });
                assert.equal(late.status, 410);
        });

        test('an offer or a product that never was is answered alike', async () => {
                assert.equal((await order(reader(), { product: software, offer: 'no-such-offer', email: 'gone@example.org' })).status, 410);
                const browser = reader();
                const page = await browser.go(`/products/${software}`);
                const form = { ...formOf(page, /\/orders$/).fields, email: 'gone@example.org', name: 'G', agree: '1', consent: '1' };
                assert.equal((await browser.go('/products/no-such-thing/orders', { form })).status, 410);
        });
});
