// A person with a keyboard alone.
//
//   await tabTo(visit, '#email');          Tab until it has the focus; every stop on the way can be seen
//   await fill(visit, 'form[action="/login"]', { email: 'x', password: 'y' });    and sends the form
//   await walk(visit);                     Tab through the whole page: everything is reached, nothing holds one

import assert from 'node:assert/strict';

const stopNow = ({ page }, wanted) => page.evaluate((selector) => {
        const on = document.activeElement;
        if (on === document.body) return { there: false, seen: true, nowhere: true };
        const card = on.closest('.cards > *');
        const seen = [on, card].filter(Boolean).some((element) => {
                const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
                return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
        });
        const controls = [...document.querySelectorAll('a, button, input, select, textarea, summary, iframe, video, [tabindex]')];
        return { there: selector !== null && on.matches(selector), seen, nowhere: false, at: controls.indexOf(on), skip: on.matches('.skip'), what: on.outerHTML.slice(0, 120) };
}, wanted);

/** Tab on until the element of SELECTOR has the focus; each stop on the way can be seen. */
export async function tabTo(visit, selector) {
        for (let stops = 0; stops < 900; stops++) {
                await visit.page.keyboard.press('Tab');
                const stop = await stopNow(visit, selector);
                assert.ok(stop.seen, `${visit.page.url()}: the focus cannot be seen on ${stop.what}`);
                if (stop.there) return;
        }
        assert.fail(`${visit.page.url()}: Tab does not lead to ${selector}`);
}

/** Type VALUES by name into the form of SELECTOR and send it: by Enter in its last line of text, or by its button. */
export async function fill(visit, selector, values) {
        const { keyboard } = visit.page;
        let last = '';
        for (const [name, value] of Object.entries(values)) {
                const field = `${selector} [name="${name}"]`;
                last = await visit.page.locator(field).first().evaluate((on) => (on.tagName === 'INPUT' ? on.type : on.tagName.toLowerCase()));
                await tabTo(visit, field);
                if (last === 'checkbox') await keyboard.press('Space');
                else if (last === 'select') await keyboard.type(value);
                else if (last === 'radio') {
                        for (let presses = 0; presses < 9; presses++) {
                                if (await visit.page.evaluate((wanted) => document.activeElement.value === wanted && document.activeElement.checked, value)) break;
                                await keyboard.press(presses === 0 ? 'Space' : 'ArrowDown');
                        }
                        assert.equal(await visit.page.evaluate(() => document.activeElement.value), value);
                } else {
                        await keyboard.press('ControlOrMeta+a');
                        await keyboard.insertText(value);
                }
        }
        if (['checkbox', 'radio', 'select', 'textarea', ''].includes(last)) await tabTo(visit, `${selector} button:not([formaction])`);
        await Promise.all([visit.page.waitForEvent('domcontentloaded'), keyboard.press('Enter')]);
}

/** Once through the page from its beginning. */
export async function walk(visit) {
        const { page } = visit;
        const controls = await page.evaluate(() => {
                const all = [...document.querySelectorAll('a, button, input, select, textarea, summary, iframe, video, [tabindex]')];
                const usable = (on) => on.checkVisibility({ visibilityProperty: true }) && !on.disabled && on.type !== 'hidden' && on.tabIndex >= 0 && (on.tagName !== 'A' || on.hasAttribute('href'));
                // Of a group of radio buttons the chosen one, or the first, is where Tab stops.
                const group = (on) => on.type !== 'radio' || on.checked
                        || (!all.some((one) => one.name === on.name && one.checked) && all.find((one) => one.name === on.name) === on);
                return all.map((on, at) => ({ at, what: on.outerHTML.slice(0, 120), wanted: usable(on) && group(on) })).filter(({ wanted }) => wanted);
        });
        const reached = new Set();
        await page.evaluate(() => { document.activeElement.blur(); window.getSelection().removeAllRanges(); scrollTo(0, 0); });
        for (let stops = 0; stops <= controls.length + 30; stops++) {
                await page.keyboard.press('Tab');
                const stop = await stopNow(visit, null);
                if (stop.nowhere) break;
                if (stops === 0) assert.ok(stop.skip, `${page.url()}: the first stop is ${stop.what}`);
                assert.ok(stop.seen, `${page.url()}: the focus cannot be seen on ${stop.what}`);
                if (stops > 0 && stop.skip) break;
                reached.add(stop.at);
        }
        const missed = controls.filter(({ at }) => !reached.has(at)).map(({ what }) => what);
        assert.deepEqual(missed, [], `${page.url()}: Tab does not reach these`);
}
