// From the Buy button to the gateway's hosted page.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { begin, buy, course, openLink, order, pay, software, welcomed } from './lib/purchase.mjs';
import { control, stripeFor } from './lib/stripe.mjs';

const reader = () => new Browser(here.url);
const ordersOf = (email) => here.rows(`SELECT * FROM orders WHERE email = ${quote(email)} ORDER BY id`);
const evidenceOf = (number) => here.rows(`SELECT e.kind, e.facts FROM evidence e JOIN orders o ON o.id = e.order_id WHERE o.number = ${quote(number)} ORDER BY e.id`);

/** The message beside a field, by the element that the field says describes it. */
function errorAt(page, id) {
        const tag = new RegExp(`<(?:input|select)[^>]*\\sid="${id}"[^>]*>`).exec(page.text)?.[0] ?? '';
        if (!/aria-invalid="true"/.test(tag) && !/<select/.test(tag)) return null;
        const error = new RegExp(`id="${id}-error">(.*?)</p>`, 's').exec(page.text);
        return error === null || !tag.includes(`${id}-error`) ? null : plain(error[1]);
}

describe('the form', needs, () => {
        test('what is missing or wrong is said next to its field, and what was typed is kept', async () => {
                const answer = await order(reader(), { email: 'not an address', name: '', agree: undefined, consent: '1', country: 'SE' });
                assert.equal(answer.status, 422);
                assert.equal(errorAt(answer, 'email'), 'Enter an email address like name@example.com');
                assert.equal(errorAt(answer, 'name'), 'Enter your name');
                assert.equal(errorAt(answer, 'agree'), 'Agree to the terms of sale to go on');
                assert.equal(errorAt(answer, 'consent'), null);
                const { fields } = formOf(answer, /\/orders$/);
                assert.deepEqual([fields.email, fields.country, fields.consent, fields.agree], ['not an address', 'SE', '1', undefined]);
                const summary = /<[^>]*role="alert".*?<\/(?:div|section)>/s.exec(answer.text)[0];
                for (const id of ['email', 'name', 'agree']) assert.match(summary, new RegExp(`href="#${id}"`));
        });

        test('a form that was mended goes on with the same nonce to one order', async () => {
                const browser = reader();
                const email = address();
                const answer = await order(browser, { email, agree: undefined });
                assert.equal(answer.status, 422);
                assert.equal(ordersOf(email).length, 0);
                const sent = await browser.submit(answer, /\/orders$/, { agree: '1' });
                assert.equal(sent.status, 303);
                assert.equal(ordersOf(email).length, 1);
                assert.equal(ordersOf(email)[0].form_nonce, formOf(answer, /\/orders$/).fields.nonce);
        });

        test('markup in a field comes back as text (safety rule 12)', async () => {
                const answer = await order(reader(), { email: '"><script>alert(1)</script>', name: '<b onclick=x>', agree: undefined });
                assert.equal(answer.status, 422);
                assert.doesNotMatch(answer.text, /<script>|<b onclick/);
                const { fields } = formOf(answer, /\/orders$/);
                assert.deepEqual([fields.email, fields.name], ['"><script>alert(1)</script>', '<b onclick=x>']);
        });

        test('without its CSRF token, or with another browser\'s, it is refused: 403 (safety rule 4)', async () => {
                const email = address();
                const other = formOf(await reader().go(`/products/${course}`), /\/orders$/).fields.csrf_token;
                for (const csrf_token of [undefined, '', 'x'.repeat(43), other]) {
                        const answer = await order(reader(), { email, csrf_token });
                        assert.equal(answer.status, 403, String(csrf_token));
                        assert.match(answer.text, /<h1/);
                }
                const browser = reader();
                const page = await browser.go(`/products/${course}`);
                const foreign = await browser.submit(page, /\/orders$/, { email, agree: '1', consent: '1', name: 'A' },
                        { headers: { 'sec-fetch-site': 'cross-site' } });
                assert.equal(foreign.status, 403);
                assert.equal(ordersOf(email).length, 0);
                assert.equal(here.sql(`SELECT count(*) FROM customers WHERE email = ${quote(email)}`), '0');
        });

        test('values that no form of ours sends are refused, and nothing is made', async () => {
                const email = address();
                for (const fields of [
                        { country: 'XX1' }, { country: '' }, { nonce: '' }, { nonce: 'short' }, { offer: 'FULL' }, { offer: '' },
                        { name: 'a\u0007b' }, { name: 'x'.repeat(121) }, { email: `${'x'.repeat(300)}@example.org` },
                        { email: `${email}\r\nBcc: eve@example.org` }, { email: 'a@b@c.example' },
                ]) {
                        const answer = await order(reader(), { email, ...fields });
                        assert.equal(answer.status, 422, JSON.stringify(fields));
                }
                assert.equal(ordersOf(email).length, 0);
        });
});

describe('terms and consent', needs, () => {
        test('are recorded with their versions for a buyer in the EU', async () => {
                const { number, email } = await begin(here, { country: 'DE' });
                const [row] = ordersOf(email);
                const terms = here.rows('SELECT DISTINCT ON (kind) kind, id, version, encode(sha256, \'hex\') AS sha256 FROM terms_versions ORDER BY kind, version DESC');
                const of = (kind) => terms.find((t) => t.kind === kind);
                assert.equal(row.terms_id, of('terms').id);
                assert.equal(row.consent_id, of('consent').id);
                const [agreed, consented, ...more] = evidenceOf(number);
                assert.deepEqual(more, []);
                assert.equal(agreed.kind, 'agreed');
                assert.deepEqual([agreed.facts.terms, agreed.facts.sha256], [of('terms').version, of('terms').sha256]);
                assert.equal(consented.kind, 'consented');
                assert.deepEqual([consented.facts.consent, consented.facts.sha256], [of('consent').version, of('consent').sha256]);
                assert.ok(consented.facts.text.length > 20);
        });

        test('without the consent a buyer in the EU cannot go on; the page says why', async () => {
                const email = address();
                const answer = await order(reader(), { email, country: 'FR', consent: undefined });
                assert.equal(answer.status, 422);
                assert.equal(errorAt(answer, 'consent'), 'In the EU we may begin at once only when you tick this');
                assert.equal(errorAt(answer, 'agree'), null);
                assert.equal(formOf(answer, /\/orders$/).fields.country, 'FR');
                assert.equal(ordersOf(email).length, 0);
        });

        test('the consent is not asked of anybody else, and not recorded', async () => {
                for (const country of ['US', 'GB', 'CH']) {
                        const { number, email } = await begin(here, { country, consent: undefined });
                        assert.equal(ordersOf(email)[0].consent_id, null, country);
                        assert.deepEqual(evidenceOf(number).map((e) => e.kind), ['agreed'], country);
                }
        });
});

describe('one form, one order (safety rule 4)', needs, () => {
        test('sent 50 times at once: one order, one attempt, one hosted page at the gateway', async () => {
                const browser = reader();
                const email = address();
                const page = await browser.go(`/products/${course}`);
                const { last } = await control(here.sandbox, 'log?limit=10000');
                const answers = await Promise.all(Array.from({ length: 50 }, () =>
                        browser.submit(page, /\/orders$/, { email, name: 'Ann Example', country: 'DE', agree: '1', consent: '1' })));
                const places = new Set(answers.filter((a) => a.status === 303).map((a) => a.to));
                assert.deepEqual([...new Set(answers.map((a) => a.status))], [303]);
                assert.equal(places.size, 1, [...places].join('\n'));
                assert.equal(ordersOf(email).length, 1);
                assert.equal(here.sql(`SELECT count(*) FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.email = ${quote(email)}`), '1');
                const made = (await control(here.sandbox, `log?since=${last}`)).items.filter((i) => i.name === 'POST /v1/checkout/sessions');
                assert.equal(new Set(made.map((i) => i.idempotency_key)).size, 1);
                assert.equal(new Set(made.filter((i) => i.object).map((i) => i.object)).size, 1);
                const again = await browser.submit(page, /\/orders$/, { email, name: 'Ann Example', country: 'DE', agree: '1', consent: '1' });
                assert.equal(again.to, [...places][0]);
        });

        test('sent again once it is paid, it leads to the welcome page and not to a second payment', async () => {
                const browser = reader();
                const email = address();
                const page = await browser.go(`/products/${course}`);
                const form = { email, name: 'Ann Example', country: 'US', agree: '1' };
                const first = await browser.submit(page, /\/orders$/, form);
                await pay({ browser, hosted: first.to });
                const [{ number }] = ordersOf(email);
                await welcomed({ browser, number });
                const again = await browser.submit(page, /\/orders$/, form);
                assert.deepEqual([again.status, again.to], [303, `/welcome?order=${number}`]);
                assert.equal(heading((await browser.go(again.to)).text), 'Thank you. You are in.');
        });

        test('a price in the form is not read: the offer\'s own is charged (safety rule 2)', async () => {
                const made = await begin(here, { amount: '100', amount_minor: '100', price: '1.00', currency: 'JPY', unit_amount: '1' });
                const [row] = ordersOf(made.email);
                assert.deepEqual([row.total_minor, row.currency], [14900, 'EUR']);
                const session = await stripeFor(here.sandbox).checkout.sessions.retrieve(made.session);
                assert.deepEqual([session.amount_total, session.currency], [14900, 'eur']);
        });

        test('an offer of another product is not taken', async () => {
                const answer = await order(reader(), { product: course, offer: 'yen', email: address() });
                assert.equal(answer.status, 410);
        });
});

describe('the gateway\'s hosted page', needs, () => {
        test('has all that we know of the order, and it is asked for once with our key', async () => {
                const made = await begin(here, { product: software, offer: 'dinar', name: 'Zoë Ünal', country: 'GB', consent: undefined });
                assert.ok(made.hosted.startsWith(`${here.sandbox.url}/c/pay/`), made.hosted);
                const stripe = stripeFor(here.sandbox);
                const session = await stripe.checkout.sessions.retrieve(made.session);
                const [{ key, expires }] = here.rows(`SELECT a.key, floor(extract(epoch FROM o.expires_at))::bigint AS expires
                        FROM attempts a JOIN orders o ON o.id = a.order_id WHERE o.number = ${quote(made.number)}`);
                assert.equal(session.mode, 'payment');
                assert.equal(session.client_reference_id, made.number);
                assert.equal(session.customer_email ?? session.customer_details?.email, made.email);
                assert.deepEqual([session.amount_total, session.currency], [12500, 'kwd']);
                assert.deepEqual(session.metadata, { order: made.number, attempt: key });
                assert.equal(session.success_url, `${here.url}/welcome?order=${made.number}`);
                assert.equal(session.cancel_url, `${here.url}/products/${software}?cancelled=${made.number}`);
                assert.equal(session.expires_at, expires);
                assert.equal(session.adaptive_pricing?.enabled ?? false, false);
                const lines = await stripe.checkout.sessions.listLineItems(made.session);
                assert.deepEqual(lines.data.map((l) => [l.description, l.quantity, l.amount_total]), [['Darkroom Desk', 1, 12500]]);
                const asked = (await control(here.sandbox, 'log')).items.filter((i) => i.name === 'POST /v1/checkout/sessions' && i.object === made.session);
                assert.deepEqual(asked.map((i) => [i.status, i.idempotency_key]), [[200, key]]);
                await pay(made);
                const paid = await stripe.checkout.sessions.retrieve(made.session, { expand: ['payment_intent'] });
                assert.deepEqual(paid.payment_intent.metadata, { order: made.number, attempt: key });
                assert.ok(paid.payment_intent.description.includes(made.number));
        });

        test('a declined card leaves the order open; another card pays it', async () => {
                const made = await begin(here);
                for (const card_number of ['4000 0000 0000 0002', '4000 0000 0000 9995']) {
                        const declined = await pay(made, { card_number });
                        assert.notEqual(declined.status, 303);
                        assert.match(plain(declined.text), /declined|insufficient funds/);
                }
                assert.equal(here.sql(`SELECT status FROM orders WHERE number = ${quote(made.number)}`), 'open');
                assert.match(heading((await made.browser.go(`/welcome?order=${made.number}`)).text), /One moment|not paid/);
                assert.equal((await pay(made)).status, 303);
                await welcomed(made);
                assert.equal(here.sql(`SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(made.number)}`), '1');
        });

        test('its way back leads to the product, with a word that nothing was charged', async () => {
                const made = await begin(here);
                const hosted = await made.browser.go(made.hosted);
                const back = /href="([^"]*cancelled[^"]*)"/.exec(hosted.text)[1].replaceAll('&amp;', '&');
                const page = await made.browser.go(back);
                assert.equal(page.status, 200);
                assert.match(plain(page.text), /You left the payment page Nothing was charged/);
                assert.ok(formOf(page, /\/orders$/));
                assert.equal(here.sql(`SELECT status FROM orders WHERE number = ${quote(made.number)}`), 'open');
        });
});

describe('buying what one owns already (S0, noticed before paying)', needs, () => {
        let owner;
        before(async () => {
                owner = await buy(here);
                const { link } = await mailTo(here, owner.email, /You have access/);
                owner.signedIn = await openLink(here, link);
        });

        test('any browser with that address is told, nothing is made, and a mail opens it', async () => {
                for (const email of [owner.email, owner.email.toUpperCase()]) {
                        const { last } = await control(here.sandbox, 'log');
                        const answer = await order(reader(), { email });
                        assert.equal(answer.status, 409);
                        assert.equal(heading(answer.text), 'You may have this already');
                        assert.match(plain(answer.text), /Nothing was charged/);
                        assert.equal(ordersOf(owner.email).length, 1);
                        assert.deepEqual((await control(here.sandbox, `log?since=${last}`)).items.filter((i) => i.name === 'POST /v1/checkout/sessions'), []);
                }
                const mail = await mailTo(here, owner.email, /You already have Light & Lens/);
                const browser = await openLink(here, mail.link);
                assert.equal((await browser.go(`/programs/${course}`)).status, 200);
                assert.equal(mailsTo(here, owner.email).filter((m) => /already have/.test(m.subject)).length, 1, 'one a day, however often it is tried');
        });

        test('the page opens nothing by itself for who only knows the address', async () => {
                const browser = reader();
                await order(browser, { email: owner.email });
                assert.equal((await browser.go('/programs')).status, 303);
                assert.equal((await browser.go(`/programs/${course}`)).status, 303);
                assert.equal((await browser.go(`/welcome?order=${owner.number}`)).status, 404);
        });

        test('it can be bought again all the same, as an order of its own', async () => {
                const browser = reader();
                const answer = await order(browser, { email: owner.email });
                const again = await browser.submit(answer, /\/orders$/);
                assert.equal(again.status, 303);
                assert.ok(again.to.startsWith(here.sandbox.url), again.to);
                assert.equal(ordersOf(owner.email).length, 2);
                assert.equal((await pay({ browser, hosted: again.to })).status, 303);
                await welcomed({ browser, number: ordersOf(owner.email)[1].number });
                assert.equal(here.sql(`SELECT count(*) FROM access a JOIN orders o ON o.id = a.order_id WHERE o.email = ${quote(owner.email)}`), '2');
        });

        test('who is logged in sees it on the product\'s page, with name and address filled in', async () => {
                const page = await owner.signedIn.go(`/products/${course}`);
                assert.match(plain(page.text), /You have this already There is no need to buy it again/);
                const { fields } = formOf(page, /\/orders$/);
                assert.deepEqual([fields.email, fields.name], [owner.email, 'Ann Example']);
                assert.doesNotMatch(plain((await owner.signedIn.go(`/products/${software}`)).text), /You have this already/);
        });

        test('who is logged in buys another product into the same account', async () => {
                const more = await begin(here, { browser: owner.signedIn, email: owner.email, product: software });
                await pay(more);
                await welcomed(more);
                const page = await owner.signedIn.go('/programs');
                assert.match(plain(page.text), /Light & Lens.*Darkroom Desk|Darkroom Desk.*Light & Lens/);
                assert.equal(here.sql(`SELECT count(DISTINCT customer_id) FROM orders WHERE email = ${quote(owner.email)}`), '1');
        });
});
