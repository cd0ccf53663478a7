// The account: about you, password, sessions, another address, which mails; and the limiter.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { buy, login, openLink } from './lib/purchase.mjs';
import { sleep, until } from './lib/sandbox.mjs';

const reader = (agent) => new Browser(here.url, agent ? { 'user-agent': agent } : {});
const password = 'seven slow otters in the rain';
const hashed = (token) => `'\\x${createHash('sha256').update(token).digest('hex')}'`;
const error = (page, name) => plain(new RegExp(`id="${name}-error">(.*?)</p>`, 's').exec(page.text)?.[1] ?? '');
const fifty = (work) => Promise.all(Array.from({ length: 50 }, (_, i) => work(i)));
const forget = () => here.sql('DELETE FROM tries');
const idOf = (email) => here.sql(`SELECT id FROM customers WHERE email = ${quote(email)} AND merged_into IS NULL`);
const linkIn = (mail) => /\/(?:account\/address\/link|address-undo|access)\/[A-Za-z0-9_-]{43}/.exec(mail.text)[0];

/** Make the login of BROWSER older than fifteen minutes. */
const age = (browser) => here.sql(`UPDATE sessions SET created_at = created_at - interval '16 minutes' WHERE token_hash = ${hashed(browser.jar().get('lk_session'))}`);

/** Somebody who bought, with a fresh login. */
async function member(secret) {
        const { email } = await buy(here);
        const browser = await openLink(here, (await mailTo(here, email, /You have access/)).link);
        if (secret) {
                const answer = await browser.submit(await browser.go('/account/password'), /\/account\/password$/, { password: secret });
                assert.equal(answer.to, '/account?notice=password');
        }
        return { email, browser };
}

/** A second login of the same person, by password. */
async function another(email, agent) {
        const browser = reader(agent);
        assert.equal((await login(browser, email, password)).status, 303);
        return browser;
}

describe('the account', needs, () => {
        let ann;
        before(async () => {
                forget();
                ann = await member(password);
        });

        test('P1: its pages are for whoever is logged in; each leads back', async () => {
                for (const path of ['', '/profile', '/password', '/address', '/sessions', '/notices', '/confirm']) {
                        const away = await reader().go(`/account${path}`);
                        assert.deepEqual([away.status, away.to], [303, `/login?next=${encodeURIComponent(`/account${path}`)}`]);
                        assert.ok([200, 303].includes((await ann.browser.go(`/account${path}`)).status), path);
                }
                const page = plain((await ann.browser.go('/account')).text);
                for (const part of ['Ann Example', ann.email, 'Password', 'Set', 'Here alone']) assert.ok(page.includes(part), `${part} in ${page}`);
        });

        test('P1: name, phone, language, zone and country are kept; dates and amounts follow', async () => {
                const page = await ann.browser.go('/account/profile');
                assert.equal(formOf(page, /profile$/).fields.name, 'Ann Example');
                const answer = await ann.browser.submit(page, /profile$/, {
                        name: '  Änne <b>Exämple</b> ', phone: '+49 (30) 901820', locale: 'de_DE', zone: 'Asia/Kathmandu', country: 'AT',
                });
                assert.equal(answer.to, '/account?notice=profile');
                assert.match(plain((await ann.browser.go(answer.to)).text), /^.*Saved.*Änne <b>Exämple<\/b>/);
                assert.deepEqual(here.rows(`SELECT name, phone, locale, zone, country FROM customers WHERE id = ${idOf(ann.email)}`),
                        [{ name: 'Änne <b>Exämple</b>', phone: '+49 (30) 901820', locale: 'de_DE', zone: 'Asia/Kathmandu', country: 'AT' }]);
                assert.match(plain((await ann.browser.go('/orders')).text), /149,00 EUR/);
                const { fields } = formOf(await ann.browser.go('/account/profile'), /profile$/);
                assert.deepEqual([fields.locale, fields.zone, fields.country], ['de_DE', 'Asia/Kathmandu', 'AT']);
        });

        test('P1: what is wrong is said beside its field and what was typed stays: 10 KB, control characters, unknown choices', async () => {
                const page = await ann.browser.go('/account/profile');
                for (const [changes, name, words] of [
                        [{ name: 'x'.repeat(10240) }, 'name', /./], [{ name: ' ' }, 'name', /Enter your name/], [{ name: 'a\u0007b' }, 'name', /./],
                        [{ phone: 'call me' }, 'phone', /\+49/], [{ phone: '12' }, 'phone', /\+49/], [{ locale: 'xx_YY' }, 'locale', /list/],
                        [{ zone: 'Mars/Olympus' }, 'zone', /list/], [{ zone: "Europe/Berlin'; --" }, 'zone', /list/], [{ country: 'QQ' }, 'country', /list/],
                ]) {
                        const answer = await ann.browser.submit(page, /profile$/, { phone: '0301234567', ...changes });
                        assert.equal(answer.status, 422, JSON.stringify(changes).slice(0, 80));
                        assert.match(error(answer, name), words);
                        if (changes.phone === undefined) assert.match(answer.text, /value="0301234567"/);
                }
                assert.equal(here.sql(`SELECT phone FROM customers WHERE id = ${idOf(ann.email)}`), '+49 (30) 901820');
        });

        test('P1: 50 times the same form is one change', async () => {
                const page = await ann.browser.go('/account/profile');
                const answers = await fifty(() => ann.browser.submit(page, /profile$/, { name: 'Ann Example', locale: 'en_GB', zone: '' }));
                assert.deepEqual([...new Set(answers.map((a) => a.status))], [303]);
                assert.equal(here.sql(`SELECT name || locale || zone FROM customers WHERE id = ${idOf(ann.email)}`), 'Ann Exampleen_GB');
        });

        test('P1: which mails: tips and news may be switched off, the others not, and the worker keeps to it', async () => {
                const page = await ann.browser.go('/account/notices');
                assert.match(plain(page.text), /Your access .* Always Bills and receipts .* Always Security .* Always Tips .* On Turn off/);
                const { csrf_token } = formOf(page, /notices$/).fields;
                const set = (topic, wanted) => ann.browser.go('/account/notices', { form: { csrf_token, topic, wanted } });
                const answers = await fifty(() => set('tips', '0'));
                assert.deepEqual([...new Set(answers.map((a) => a.to))], ['/account/notices?notice=notices']);
                assert.match(plain((await ann.browser.go('/account/notices')).text), /Tips for what you bought .* Off Turn on .* News from us .* On Turn off/);
                for (const topic of ['bills', 'access', 'security', 'nothing']) assert.equal((await set(topic, '0')).status, 404, topic);
                assert.equal(here.sql(`SELECT string_agg(topic || ' ' || wanted, ',') FROM notification_choices WHERE customer_id = ${idOf(ann.email)}`), 'tips false');
                const id = idOf(ann.email);
                const send = (period) => here.sql(`SELECT message_add('paid_twice', 'refund', 0, ${quote(period)}, ${id}, ${quote(ann.email)})`);
                here.sql("UPDATE message_topics SET topic = 'tips' WHERE kind = 'paid_twice'");
                try {
                        const first = send(`off ${id}`);
                        await until(() => here.sql(`SELECT status FROM messages WHERE id = ${first}`) === 'skipped', 'not wanted: skipped');
                        await set('tips', '1');
                        const second = send(`on ${id}`);
                        await until(() => here.sql(`SELECT status FROM messages WHERE id = ${second}`) === 'sent', 'wanted: sent');
                        await set('tips', '0');
                        here.sql("UPDATE message_topics SET topic = 'bills' WHERE kind = 'paid_twice'");
                        const third = send(`bills ${id}`);
                        await until(() => here.sql(`SELECT status FROM messages WHERE id = ${third}`) === 'sent', 'bills: sent');
                } finally {
                        here.sql("UPDATE message_topics SET topic = 'bills' WHERE kind = 'paid_twice'");
                }
        });
});

describe('password and sessions', needs, () => {
        let ben;
        before(async () => {
                forget();
                ben = await member();
        });

        test('P1: the first one is chosen, the next one is changed: a mail tells, the others are logged out', async () => {
                assert.equal(heading((await ben.browser.go('/account/password')).text), 'Choose a password');
                const page = await ben.browser.go('/account/password');
                for (const [text, words] of [['', /Enter/], ['short', /15/], [ben.email, /./]]) {
                        const answer = await ben.browser.submit(page, /password$/, { password: text });
                        assert.deepEqual([answer.status, words.test(error(answer, 'password'))], [422, true], text);
                }
                assert.equal((await ben.browser.submit(page, /password$/, { password })).to, '/account?notice=password');
                const other = await another(ben.email);
                here.sql(`UPDATE credentials SET set_at = set_at - interval '2 minutes' WHERE customer_id = ${idOf(ben.email)}`);
                const again = await ben.browser.go('/account/password');
                assert.equal(heading(again.text), 'Change your password');
                forget();
                const answers = await fifty(() => ben.browser.submit(again, /password$/, { password }));
                assert.ok(answers.every((a) => a.status === 303 || a.status === 429));
                assert.ok(answers.some((a) => a.to === '/account?notice=password'));
                assert.equal((await other.go('/programs')).status, 303);
                assert.equal((await ben.browser.go('/programs')).status, 200);
                const mail = await mailTo(here, ben.email, /^Your password was changed$/);
                assert.match(mail.text, /\/login\/forgotten/);
                await sleep(1500);
                assert.equal(mailsTo(here, ben.email).filter((m) => /password was changed/.test(m.subject)).length, 1);
                forget();
        });

        test('P1: too many at once: 429, in words, and others are not held', async () => {
                forget();
                const page = await ben.browser.go('/account/password');
                const answers = await fifty(() => ben.browser.submit(page, /password$/, { password: 'short' }));
                const held = answers.filter((a) => a.status === 429);
                assert.equal(held.length, 30);
                assert.match(plain(held[0].text), /Too many tries in a short time.*wait 15 minutes/i);
                assert.equal(held[0].headers.get('retry-after'), '900');
                const stranger = reader();
                const sent = await stranger.submit(await stranger.go('/login/forgotten'), /forgotten$/, { email: address('else') });
                assert.equal(sent.status, 200);
                forget();
        });

        test('P1: sessions are listed with this one marked; one is logged out, then all others; foreign and unknown ones are 404', async () => {
                const phone = await another(ben.email, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile Safari/604.1');
                const desk = await another(ben.email, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0');
                const third = await another(ben.email, 'curl/8');
                const page = await ben.browser.go('/account/sessions');
                const text = plain(page.text);
                assert.match(text, /This one/);
                assert.match(text, /Safari on an iPhone/);
                assert.match(text, /Firefox on Windows/);
                assert.equal(page.text.match(/name="session"/g).length, 3, 'this one has no button');
                const part = page.text.split('<li>').find((li) => /iPhone/.test(li));
                const session = /name="session" value="([^"]+)"/.exec(part)[1];
                const { csrf_token } = formOf(page, /others$/).fields;
                const end = (browser, token, name) => browser.go('/account/sessions/end', { form: { csrf_token: token, session: name } });
                const eve = await member();
                const hers = formOf(await eve.browser.go('/account/profile'), /profile$/).fields.csrf_token;
                assert.equal((await end(eve.browser, hers, session)).status, 404, 'somebody else\'s');
                assert.equal((await end(ben.browser, csrf_token, '0'.repeat(24))).status, 404);
                const answers = await fifty(() => end(ben.browser, csrf_token, session));
                assert.deepEqual([...new Set(answers.map((a) => a.to))], ['/account/sessions?notice=ended']);
                assert.deepEqual([(await phone.go('/programs')).status, (await desk.go('/programs')).status], [303, 200]);
                const others = await fifty(() => ben.browser.submit(page, /others$/));
                assert.deepEqual([...new Set(others.map((a) => a.to))], ['/account/sessions?notice=ended']);
                assert.deepEqual([(await desk.go('/programs')).status, (await third.go('/programs')).status, (await ben.browser.go('/programs')).status], [303, 303, 200]);
                assert.match(plain((await ben.browser.go('/account/sessions')).text), /logged in nowhere else/);
        });

        test('P1: a login that is not fresh changes nothing that matters, until the password was entered again', async () => {
                const other = await another(ben.email);
                const old = other.jar().get('lk_session');
                const pages = { password: await other.go('/account/password'), address: await other.go('/account/address'), sessions: await other.go('/account/sessions') };
                age(other);
                for (const [path, form, changes] of [['password', /password$/, { password }], ['address', /address$/, { email: address('new') }], ['sessions', /others$/, {}]]) {
                        const answer = await other.submit(pages[path], form, changes);
                        assert.deepEqual([answer.status, answer.to], [303, `/account/confirm?next=${encodeURIComponent(`/account/${path}`)}`]);
                }
                assert.equal(here.sql(`SELECT count(*) FROM address_changes WHERE customer_id = ${idOf(ben.email)}`), '0');
                assert.equal((await ben.browser.go('/programs')).status, 200);
                const confirm = await other.go('/account/confirm?next=%2Faccount%2Fpassword');
                assert.equal(heading(confirm.text), 'Is it you?');
                const wrong = await other.submit(confirm, /confirm$/, { password: 'not the one at all' });
                assert.deepEqual([wrong.status, /not the password/.test(error(wrong, 'password'))], [422, true]);
                const before = here.sql(`SELECT count(*) FROM sessions WHERE customer_id = ${idOf(ben.email)}`);
                const answers = await fifty(() => other.submit(confirm, /confirm$/, { password }));
                assert.equal(answers.filter((a) => a.headers.getSetCookie().some((c) => c.startsWith('lk_session='))).length, 1, 'one new session');
                assert.equal(Number(here.sql(`SELECT count(*) FROM sessions WHERE customer_id = ${idOf(ben.email)}`)) - Number(before), 1);
                assert.notEqual(other.jar().get('lk_session'), old, 'a session never outlives it (safety rule 21)');
                assert.equal((await other.go('/account/confirm?next=%2Faccount%2Fpassword')).to, '/account/password');
                assert.equal((await other.go('/account/password')).status, 200);
                const stolen = reader();
                stolen.jar().set('lk_session', old);
                assert.equal((await stolen.go('/account')).status, 303);
        });

        test('P1: confirming leads to pages of the account alone, and a link does it without a password', async () => {
                for (const next of ['https://evil.example/', '//evil.example', '/account/../admin?x', '/programs', '/account/\\evil'])
                        assert.equal((await ben.browser.go(`/account/confirm?next=${encodeURIComponent(next)}`)).to === next, false, next);
                const sent = await ben.browser.go('/account/confirm/link', { form: { csrf_token: formOf(await ben.browser.go('/account/profile'), /profile$/).fields.csrf_token } });
                assert.deepEqual([sent.status, heading(sent.text)], [200, 'Look in your inbox']);
                await mailTo(here, ben.email, /^Your link to log in$/);
        });

        test('P1: a forgotten password: the same words for known and unknown, the link leads to a new one', async () => {
                forget();
                const pages = [];
                for (const email of [ben.email, address('unknown')]) {
                        const browser = reader();
                        const page = await browser.go('/login/forgotten');
                        assert.equal(heading(page.text), 'Forgot your password?');
                        const answer = await browser.submit(page, /forgotten$/, { email });
                        assert.equal(answer.status, 200);
                        pages.push(plain(answer.text).replace(email, 'X'));
                }
                assert.equal(pages[0], pages[1]);
                const mails = () => mailsTo(here, ben.email).filter((m) => m.subject === 'Your link to log in');
                const mail = await until(() => mails()[1], 'the link');
                const browser = await openLink(here, mail.link);
                assert.equal((await browser.submit(await browser.go('/set-password'), /set-password$/, { password: 'nine brisk herons on the quay' })).status, 303);
                assert.equal((await login(reader(), ben.email, password)).status, 422);
                assert.equal((await login(reader(), ben.email, 'nine brisk herons on the quay')).status, 303);
                const bad = await browser.go('/login/forgotten');
                const empty = await browser.submit(bad, /forgotten$/, { email: 'not an address' });
                assert.deepEqual([empty.status, /name@example/.test(error(empty, 'email'))], [422, true]);
                assert.match(empty.text, /value="not an address"/);
        });

        test('P1: 50 times "forgotten" for one address: held at twenty, known or not, and five mails an hour', async () => {
                for (const email of [ben.email, address('unknown')]) {
                        forget();
                        const browser = reader();
                        const page = await browser.go('/login/forgotten');
                        const answers = await fifty(() => browser.submit(page, /forgotten$/, { email }));
                        assert.equal(answers.filter((a) => a.status === 429).length, 30, email);
                }
                await until(() => here.sql('SELECT count(*) FROM link_asks') === '0', 'nothing typed is kept');
                forget();
        });
});

describe('another address', needs, () => {
        const ask = async (browser, email) => browser.submit(await browser.go('/account/address'), /\/account\/address$/, { email });
        const confirmMail = (email) => mailTo(here, email, /^Is this your new address/);
        const emailOf = (id) => here.sql(`SELECT email || ' ' || (email_verified_at IS NOT NULL) FROM customers WHERE id = ${id}`);

        test('P1: it counts once its link was used; the old one is told and can take it back', async () => {
                forget();
                const { email, browser } = await member(password);
                const id = idOf(email);
                const other = await another(email);
                const fresh = address('moved');
                const sent = await ask(browser, fresh);
                assert.deepEqual([sent.status, heading(sent.text)], [200, 'Look in the inbox of the new address']);
                assert.equal(emailOf(id), `${email} true`);
                const mail = await confirmMail(fresh);
                const link = linkIn(mail);
                assert.match(link, /^\/account\/address\/link\//);
                assert.equal(mailsTo(here, email).some((m) => /address/i.test(m.subject)), false, 'the old one is told when it is done');
                // Looking changes nothing; another browser gets to the login, another person nothing.
                assert.equal((await browser.go(link)).status, 200);
                assert.equal((await reader().go(link)).status, 303);
                const eve = await member();
                const foreign = await eve.browser.go(link);
                assert.equal(foreign.status, 404);
                assert.equal(plain((await eve.browser.go(`/account/address/link/${'A'.repeat(43)}`)).text), plain(foreign.text));
                const hers = formOf(await eve.browser.go('/account/profile'), /profile$/).fields.csrf_token;
                assert.equal((await eve.browser.go(link, { form: { csrf_token: hers } })).status, 404);
                assert.equal(emailOf(id), `${email} true`);
                // A login link that is under way to the old address dies with the change.
                const asked = reader();
                await asked.submit(await asked.go('/login/forgotten'), /forgotten$/, { email });
                const stale = await mailTo(here, email, /^Your link to log in$/);
                const page = await browser.go(link);
                const answers = await fifty(() => browser.submit(page, /\/link\//));
                assert.equal(answers.filter((a) => a.to === '/account?notice=address').length, 1);
                assert.ok(answers.every((a) => [303, 410, 429].includes(a.status)));
                forget();
                assert.equal(emailOf(id), `${fresh} true`);
                assert.equal((await browser.go(link)).status, 410);
                assert.equal((await reader().go(stale.link)).status, 404, 'the link of the old address');
                assert.equal((await login(reader(), email, password)).status, 422);
                assert.equal((await login(reader(), fresh, password)).status, 303);
                assert.match(plain((await browser.go('/orders')).text), /Light & Lens/);
                // The old address takes it back: sessions, links, password of the newcomer are over.
                const told = await mailTo(here, email, /^Your email address was changed$/);
                const undo = linkIn(told);
                assert.match(undo, /^\/address-undo\//);
                const victim = reader();
                const shown = await victim.go(undo);
                assert.deepEqual([shown.status, heading(shown.text)], [200, 'Was this not you?']);
                assert.doesNotMatch(shown.text, new RegExp(fresh), 'the newcomer\'s address is masked');
                assert.equal(emailOf(id), `${fresh} true`, 'looking changes nothing');
                const backs = await fifty(() => victim.submit(shown, /address-undo/));
                assert.equal(backs.filter((a) => a.status === 200).length, 1);
                assert.ok(backs.every((a) => [200, 410, 429].includes(a.status)));
                forget();
                assert.equal(emailOf(id), `${email} true`);
                for (const out of [browser, other]) assert.equal((await out.go('/programs')).status, 303);
                assert.equal((await login(reader(), fresh, password)).status, 422);
                assert.equal((await login(reader(), email, password)).status, 422, 'the password is gone');
                const back = await mailTo(here, email, /^Your address is back$/);
                const home = await openLink(here, back.link);
                assert.match(plain((await home.go('/programs')).text), /Light & Lens/);
                assert.equal((await victim.go(undo)).status, 410);
        });

        test('P1: two at once: the last one counts, and a chain of changes is taken back whole', async () => {
                forget();
                const { email, browser } = await member();
                const id = idOf(email);
                const [one, two] = [address('one'), address('two')];
                await ask(browser, one);
                const first = linkIn(await confirmMail(one));
                await ask(browser, two);
                const second = linkIn(await confirmMail(two));
                assert.match(plain((await browser.go('/account')).text), new RegExp(`${two} waits`));
                assert.equal((await browser.go(first)).status, 410);
                assert.equal((await browser.submit(await browser.go(second), /\/link\//)).to, '/account?notice=address');
                const undoFirst = linkIn(await mailTo(here, email, /was changed/));
                const three = address('three');
                await ask(browser, three);
                await browser.submit(await browser.go(linkIn(await confirmMail(three))), /\/link\//);
                const undoSecond = linkIn(await mailTo(here, two, /was changed/));
                const victim = reader();
                assert.equal((await victim.submit(await victim.go(undoFirst), /address-undo/)).status, 200);
                assert.equal(emailOf(id), `${email} true`);
                assert.equal((await victim.go(undoSecond)).status, 410, 'the newcomer cannot take it again');
        });

        test('P1: 50 times the same form: one mail; cancelled: the link is dead', async () => {
                forget();
                const { email, browser } = await member();
                const fresh = address('fifty');
                const page = await browser.go('/account/address');
                const answers = await fifty(() => browser.submit(page, /\/account\/address$/, { email: fresh }));
                assert.ok(answers.every((a) => [200, 429].includes(a.status)));
                const link = linkIn(await confirmMail(fresh));
                await sleep(1000);
                assert.equal(mailsTo(here, fresh).length, 1);
                assert.equal(here.sql(`SELECT count(*) FROM address_changes WHERE customer_id = ${idOf(email)}`), '1');
                forget();
                const shown = await browser.go('/account/address');
                assert.equal((await browser.submit(shown, /cancel$/)).to, '/account');
                assert.equal((await browser.go(link)).status, 410);
        });

        test('P1: its own address is said to be that; a taken one is never told: its owner gets a mail', async () => {
                forget();
                const owner = await member();
                const { email, browser } = await member();
                const same = await ask(browser, email.toUpperCase());
                assert.deepEqual([same.status, error(same, 'email')], [422, 'This is your address already']);
                const bad = await ask(browser, 'nobody at all');
                assert.equal(bad.status, 422);
                assert.match(bad.text, /value="nobody at all"/);
                const free = await ask(browser, address('free'));
                const taken = await ask(browser, owner.email);
                assert.equal(taken.status, 200);
                const words = (page) => plain(page.text).replace(/\S+@\S+/g, 'X');
                assert.equal(words(taken), words(free));
                const mail = await mailTo(here, owner.email, /^Somebody entered your address$/);
                assert.doesNotMatch(mail.text, new RegExp(email), 'nor who it was');
                assert.match(plain((await browser.go('/account')).text), new RegExp(`${owner.email} waits`));
                assert.equal(mailsTo(here, owner.email).some((m) => /new address/.test(m.subject)), false);
        });

        test('P1: an address that somebody got meanwhile: nothing changes', async () => {
                forget();
                const { email, browser } = await member();
                const fresh = address('race');
                await ask(browser, fresh);
                const link = linkIn(await confirmMail(fresh));
                await buy(here, { email: fresh });
                const answer = await browser.submit(await browser.go(link), /\/link\//);
                assert.deepEqual([answer.status, heading(answer.text)], [409, 'This address cannot be used']);
                assert.equal(here.sql(`SELECT count(*) FROM customers WHERE email = ${quote(email)}`), '1');
        });

        test('P1: links run out: the one to the new address after a day, the one to the old after seven', async () => {
                forget();
                const { email, browser } = await member();
                const id = idOf(email);
                const fresh = address('late');
                await ask(browser, fresh);
                const link = linkIn(await confirmMail(fresh));
                here.sql(`UPDATE address_changes SET link_until = app_now() WHERE customer_id = ${id}`);
                assert.match(heading((await browser.go(link)).text), /expired/);
                here.sql(`UPDATE address_changes SET link_until = app_now() + interval '1 hour' WHERE customer_id = ${id}`);
                await browser.submit(await browser.go(link), /\/link\//);
                const undo = linkIn(await mailTo(here, email, /was changed/));
                here.sql(`UPDATE address_changes SET undo_until = app_now() WHERE customer_id = ${id}`);
                assert.equal((await reader().go(undo)).status, 410);
                assert.equal((await reader().go(`/address-undo/${'A'.repeat(43)}`)).status, 404);
        });

        test('P1: somebody bought with the old address meanwhile: both are one when it is taken back', async () => {
                forget();
                const { email, browser } = await member();
                const id = idOf(email);
                const fresh = address('gone');
                await ask(browser, fresh);
                await browser.submit(await browser.go(linkIn(await confirmMail(fresh))), /\/link\//);
                const undo = linkIn(await mailTo(here, email, /was changed/));
                await buy(here, { email, product: 'darkroom-desk' });
                const victim = reader();
                assert.equal((await victim.submit(await victim.go(undo), /address-undo/)).status, 200);
                assert.equal(emailOf(id), `${email} true`);
                const home = await openLink(here, (await mailTo(here, email, /^Your address is back$/)).link);
                const programs = plain((await home.go('/programs')).text);
                assert.match(programs, /Light & Lens/);
                assert.match(programs, /Darkroom/);
        });
});
