// A person at a screen: a page of Chromium that notices what is wrong with what it is shown.
//
//   const eyes = new Eyes(here.url);  await eyes.open();  await eyes.close();
//   const visit = await eyes.sit('phone');          a fresh browser of that shape: what is done is done there
//   visit.page                                      playwright-core's page
//   await visit.go('/login');                       a path of the portal, or a whole address
//   await visit.see('Log in');                      the heading, and all that every page must have, in both shapes
//   await visit.picture('login');                   where LATCHKEY_PICTURES names a folder: login-phone.png, login-desk.png
//   visit.forgive(/status of 422/);                 a fault that is meant to be
//   await visit.leave();                            fails when the browser had anything to complain of
//
// What every page must have: one h1, a title of its own, a language, each id once; and on a phone and at a
// desk alike nothing for axe-core to find at WCAG 2.2 AA, nothing wider than the screen, at 320 px neither,
// the same things to press and to fill in, and nothing that lies over one of them.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';

import { chromium } from 'playwright-core';

import { address } from '../../web/lib/house.mjs';
import { mailTo } from '../../web/lib/mailbox.mjs';
import { patience as seconds } from '../../web/lib/sandbox.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = { iframes: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] };

/** A phone by day, a desk by night: each page is seen light and dark. */
export const shapes = {
        phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true },
        desk: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
};
export const narrow = 320;
/** Milliseconds. */
export const patience = seconds * 1000;

const words = (text) => text.replace(/[\s\u00a0\u202f]+/g, ' ').trim();

function told(violations) {
        return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 3)
                .map(({ html, failureSummary }) => `    ${html.slice(0, 200)}\n    ${words(failureSummary ?? '')}`).join('\n')}`).join('\n');
}

export class Eyes {
        /** BOTH: a look is in both shapes; not where the test itself is done once in each. */
        constructor(home, { both = true } = {}) {
                Object.assign(this, { home, both });
        }

        async open() {
                this.browser = await chromium.launch({
                        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', timeout: patience,
                        // A page lives for a second: what is compiled for speed is never used.
                        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--js-flags=--no-opt --no-maglev'],
                });
        }

        close() {
                return this.browser?.close();
        }

        async sit(shape, options = {}) {
                const context = await this.browser.newContext({
                        locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', ...shapes[shape], ...options,
                });
                context.setDefaultTimeout(patience);
                return new Visit(this, shape, context, await context.newPage(), options.javaScriptEnabled !== false);
        }
}

export class Visit {
        constructor(eyes, shape, context, page, scripts) {
                Object.assign(this, { eyes, shape, context, page, scripts, faults: [], forgiven: [] });
                this.looks = eyes.both ? [shape, ...Object.keys(shapes).filter((other) => other !== shape)] : [shape];
                page.on('console', (message) => {
                        if (['error', 'warning'].includes(message.type()))
                                this.faults.push(`${page.url()}: the console says: ${message.text()} (${message.location().url})`);
                });
                page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.stack}`));
                page.on('requestfailed', (request) => this.failed(request));
                page.on('response', (response) => {
                        if (response.status() >= 400) this.faults.push(`${response.url()}: status of ${response.status()}`);
                });
        }

        /** What is given up by going on to the next page, or once enough of a film is here, did not fail. */
        failed(request) {
                const why = request.failure()?.errorText ?? '';
                if (why !== 'net::ERR_ABORTED') this.faults.push(`${request.url()}: ${why}`);
        }

        forgive(...patterns) {
                this.forgiven.push(...patterns);
        }

        go(to) {
                return this.page.goto(new URL(to, this.eyes.home).href);
        }

        text() {
                return this.page.locator('main').innerText().then(words);
        }

        async has(...parts) {
                const text = await this.text();
                for (const part of parts)
                        assert.ok(part instanceof RegExp ? part.test(text) : text.includes(part), `${part} in ${this.page.url()}:\n${text}`);
        }

        async reach(heading) {
                const { page } = this;
                await page.getByRole('heading', { level: 1, name: heading }).waitFor().catch(async () => {
                        assert.fail(`no page ${heading} but ${page.url()}:\n${await this.text()}`);
                });
        }

        /** Wait for the page of that heading, then look at it closely: without JavaScript, which axe-core needs, at its heading alone. */
        async see(heading) {
                const { page } = this;
                await this.reach(heading);
                if (!this.scripts) return;
                await page.waitForLoadState('load');
                const where = new URL(page.url()).pathname;
                const head = await page.evaluate(() => {
                        const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
                        return { h1: document.querySelectorAll('h1').length, title: document.title, lang: document.documentElement.lang, twice: ids.filter((id, i) => ids.indexOf(id) !== i) };
                });
                assert.equal(head.h1, 1, `${where}: one h1`);
                assert.ok(head.title.length > 3, `${where}: a title`);
                assert.match(head.lang, /^[a-z]{2}\b/, where);
                assert.deepEqual(head.twice, [], `${where}: each id once`);
                // By the inspector itself: what playwright-core would do around half a megabyte takes longer than to read it.
                this.inspector ??= await this.context.newCDPSession(page);
                await this.inspector.send('Runtime.evaluate', { expression: `${axe};0`, silent: true });
                const offered = [];
                for (const shape of this.looks) {
                        await this.dress(shape);
                        await this.fits(shape);
                        const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), rules);
                        assert.equal(told(violations), '', `${page.url()} (${shape}): axe-core`);
                        offered.push(await this.offers(shape));
                }
                assert.deepEqual(offered.at(-1), offered[0], `${page.url()}: what can be used on one screen can be used on the other`);
                await this.dress(this.shape);
        }

        /** The page as on a screen of that shape. */
        async dress(shape) {
                if (shape === (this.dressed ?? this.shape)) return;
                this.dressed = shape;
                await this.page.setViewportSize(shapes[shape].viewport);
                await this.page.emulateMedia({ colorScheme: shapes[shape].colorScheme });
        }

        /** What can be pressed or filled in, without the menu, which a small screen folds; nothing lies over any of it. */
        async offers(shape) {
                const { there, covered } = await this.page.evaluate(() => {
                        const [left, top] = [scrollX, scrollY];
                        const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
                                .filter((on) => on.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !on.matches('.skip'));
                        const under = all.filter((on) => {
                                on.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
                                const { x, y, width, height } = on.getClientRects()[0] ?? {};
                                const first = document.elementFromPoint(x + width / 2, y + height / 2);
                                return !on.contains(first) && ![...on.labels ?? []].some((label) => label.contains(first));
                        });
                        scrollTo({ left, top, behavior: 'instant' });
                        const say = (on) => on.outerHTML.slice(0, 120);
                        return { there: all.filter((on) => on.closest('main, footer') !== null).map(say), covered: under.map(say) };
                });
                assert.deepEqual(covered, [], `${this.page.url()} (${shape}): something lies over these`);
                return there;
        }

        async picture(name) {
                const folder = process.env.LATCHKEY_PICTURES;
                if (!folder || !this.scripts) return;
                for (const shape of this.looks) {
                        await this.dress(shape);
                        await this.page.screenshot({ path: `${folder}/${name}-${shape}.png`, fullPage: true });
                }
                await this.dress(this.shape);
        }

        /** From now on this browser has a device that keeps passkeys and always finds its person there. */
        async keeper() {
                const device = await this.context.newCDPSession(this.page);
                await device.send('WebAuthn.enable');
                await device.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true,
                        hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
        }

        /** Nothing is wider than the screen; on the narrowest neither, where that is a phone's. */
        async fits(shape) {
                const { page } = this;
                const size = page.viewportSize();
                for (const width of shape === 'phone' ? [narrow, size.width] : [size.width]) {
                        if (width !== page.viewportSize().width) await page.setViewportSize({ width, height: size.height });
                        const [content, screen] = await page.evaluate(() =>
                                [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
                        assert.ok(content <= screen, `${page.url()}: ${content} px of content on ${width} px`);
                }
        }

        async press(name) {
                return (await this.found('button', name)).click();
        }

        /** Click on the first such link. */
        async follow(name) {
                return (await this.found('link', name)).first().click();
        }

        /** What has that name; in the menu of a small screen, if it is not in sight. */
        async found(role, name) {
                const found = this.page.getByRole(role, { name, exact: typeof name === 'string' });
                const menu = this.page.locator('details.menu:not([open]) summary');
                if (await menu.isVisible() && await found.count() === 0) await menu.click();
                return found;
        }

        async leave() {
                const wrong = this.faults.filter((fault) => !this.forgiven.some((pattern) => pattern.test(fault)));
                await this.context.close();
                assert.deepEqual(wrong, [], 'the browser had nothing to complain of');
        }
}

// --- the steps of a purchase ---

export const goodCard = '4242 4242 4242 4242';
export const badCard = '4000 0000 0000 0002';

export async function fillOrder({ page }, { email = address('browser'), name = 'Zoë Marchetti', country = 'DE' } = {}) {
        await page.getByLabel('Your email address').fill(email);
        await page.getByLabel('Your name').fill(name);
        await page.getByLabel('Your country').selectOption(country);
        await page.locator('#agree').check();
        await page.locator('#consent').check();
        return email;
}

export async function payByCard(visit, card = goodCard) {
        const { page } = visit;
        await page.locator('#card_number').fill(card);
        await page.locator('#exp').fill('12/40');
        await page.locator('#cvc').fill('123');
        if (await page.locator('#name').inputValue() === '') await page.locator('#name').fill('Zoë Marchetti');
        await visit.press(/^(Pay |Save|Add)/);
}

/** From the product's page to the welcome page, without a closer look. */
export async function buyIn(visit, product, more = {}) {
        await visit.go(`/products/${product}`);
        const email = await fillOrder(visit, more);
        await visit.press('Continue to payment');
        await visit.page.waitForURL(/\/c\/pay\//);
        const [session] = /cs_[A-Za-z0-9_]+/.exec(visit.page.url());
        await payByCard(visit);
        await visit.page.getByRole('heading', { name: /You are in/ }).waitFor();
        return { email, session, number: new URL(visit.page.url()).searchParams.get('order') };
}

/** From the mail's link into the account, without a closer look. */
export async function openMail(visit, house, email) {
        const mail = await mailTo(house, email, /You have access/);
        await visit.go(mail.link);
        await visit.press('Open my access');
        await visit.page.getByRole('heading', { level: 1, name: 'Choose a password' }).waitFor();
}
