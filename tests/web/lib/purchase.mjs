// A purchase, step by step or whole, as a customer does it.
//
//   const order = await buy(here);                 paid, and the welcome page says so
//   order.number  order.email  order.browser  order.hosted  order.session (cs_...)  order.page
//
// Products of the demo: light-and-lens (EUR 149.00), portfolio-mentoring, darkroom-desk.

import assert from 'node:assert/strict';

import { Browser, heading } from './browser.mjs';
import { address, quote } from './house.mjs';
import { patience, until } from './sandbox.mjs';

export const course = 'light-and-lens';
export const software = 'darkroom-desk';

const person = { name: 'Ann Example', country: 'DE', agree: '1', consent: '1' };

/** The product's page and its form, filled in and sent; the answer is not judged. */
export async function order(browser, { product = course, ...fields } = {}) {
        const page = await browser.go(`/products/${product}`);
        assert.equal(page.status, 200, page.url);
        return browser.submit(page, /\/orders$/, { ...person, ...fields });
}

/** An order up to the gateway's hosted page. */
export async function begin(house, { browser = new Browser(house.url), email = address(), ...fields } = {}) {
        const answer = await order(browser, { email, ...fields });
        assert.equal(answer.status, 303, `${answer.url}: ${heading(answer.text)}`);
        const [, session] = /\/c\/pay\/(cs_[A-Za-z0-9_]+)/.exec(answer.to) ?? [];
        assert.ok(session, `a hosted page: ${answer.to}`);
        const [{ number }] = house.rows(`SELECT o.number FROM orders o JOIN attempts a ON a.order_id = o.id WHERE a.session_ref = ${quote(session)}`);
        return { house, browser, email, number, hosted: answer.to, session };
}

/** Fill in the hosted page of BEGUN; the answer is not judged. */
export const pay = ({ browser, hosted }, fields = {}) => browser.go(hosted, {
        form: { card_number: '4242 4242 4242 4242', exp: '12/40', cvc: '123', name: 'Ann Example', country: 'DE', method: 'card', ...fields },
});

/** Look at the welcome page until its heading fits. */
export const welcomed = ({ browser, number }, words = /You are in/, seconds = patience) => until(async () => {
        const page = await browser.go(`/welcome?order=${number}`);
        return words.test(heading(page.text)) ? page : null;
}, `${number}: ${words}`, seconds);

export async function buy(house, fields = {}) {
        const begun = await begin(house, fields);
        const paid = await pay(begun);
        assert.equal(paid.status, 303, heading(paid.text));
        return { ...begun, back: paid.to, page: await welcomed(begun) };
}

/** Open the account by the link of a mail: the browser is logged in afterwards. */
export async function openLink(house, link, browser = new Browser(house.url)) {
        const page = await browser.go(link);
        assert.equal(page.status, 200, heading(page.text));
        const answer = await browser.submit(page, /^\/access\//);
        assert.equal(answer.status, 303, heading(answer.text));
        return browser;
}

/** Log in; the answer is not judged. */
export async function login(browser, email, password, next) {
        const page = await browser.go(next === undefined ? '/login' : `/login?next=${encodeURIComponent(next)}`);
        return browser.submit(page, /\/login$/, { email, password });
}

/** A condition in the database that comes true by itself. */
export const becomes = (house, sql, seconds = patience) => until(() => house.sql(`SELECT (${sql})`) === 't', sql, seconds);

/** For becomes(): the method of order NUMBER is saved, and all that the gateway says of it by itself was heard: nothing of this purchase writes it again. */
export const methodKept = (number) => `EXISTS (SELECT FROM orders o JOIN agreements g ON g.order_id = o.id JOIN payment_methods m ON m.customer_id = o.customer_id
        JOIN inbox i ON i.object_ref = m.ref AND i.type = 'payment_method.attached' AND i.status <> 'new'
        WHERE o.number = ${quote(number)} AND NOT EXISTS (SELECT FROM jobs j WHERE (j.kind = 'gateway_fetch' AND j.key = i.event_ref)
                OR (j.kind = 'agreement_method' AND split_part(j.key, '/', 1) = g.id::text)))`;

/** For becomes(): no job of KINDS waits or is at work (its time is then ahead, by the lease of src/jobs/queue.c). */
export const idle = (...kinds) => `NOT EXISTS (SELECT FROM jobs WHERE kind = ANY ('{${kinds}}')
        AND (run_at <= app_now() OR (error IS NULL AND run_at <= app_now() + interval '30 seconds')))`;
