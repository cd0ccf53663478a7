// Passkeys: what a device signs is believed only when all of it fits.  The device is played here.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { challengeOf, Device } from './lib/device.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { buy, openLink } from './lib/purchase.mjs';
import { newStaff, setUp } from './lib/staff.mjs';

const reader = () => new Browser(here.url);
const origin = () => new URL(here.url).origin;
const newDevice = () => new Device(here.url);
const fifty = (work) => Promise.all(Array.from({ length: 50 }, (_, i) => work(i)));

const list = /\/account\/passkeys$/;

async function member() {
        here.sql('DELETE FROM tries');
        const { email } = await buy(here);
        const browser = await openLink(here, (await mailTo(here, email, /You have access/)).link);
        return { email, browser, id: here.sql(`SELECT id FROM customers WHERE email = ${quote(email)}`) };
}

async function added(person, device = newDevice()) {
        const page = await person.browser.go('/account/passkeys');
        const answer = await person.browser.submit(page, list, device.made(challengeOf(page)));
        assert.equal(answer.to, '/account/passkeys?notice=added', plain(answer.text));
        return device;
}

/** A login page and the device's answer to its challenge. */
async function use(device, options = {}, browser = reader()) {
        const page = await browser.go('/login');
        return { browser, page, answer: await browser.submit(page, /passkey$/, device.signed(options.challenge ?? challengeOf(page), options)) };
}

describe('passkeys', needs, () => {
        let ann, device;
        before(async () => {
                ann = await member();
                device = await added(ann);
        });

        test('P1: one is added, told by mail, listed, and logs in', async () => {
                const mail = await mailTo(here, ann.email, /^A passkey was added$/);
                assert.match(mail.text, /\/account\/passkeys/);
                const { browser, answer } = await use(device);
                assert.deepEqual([answer.status, answer.to], [303, '/programs'], plain(answer.text));
                assert.match(plain((await browser.go('/programs')).text), /Light & Lens/);
                assert.match(plain((await browser.go('/account/passkeys')).text), /last used/);
                const page = await reader().go('/login?next=%2Forders');
                assert.equal(formOf(page, /passkey$/).fields.next, '/orders');
        });

        test('P1: what does not fit adds nothing: origin, challenge, type, another site, nobody there, not verified, age, rubbish', async () => {
                const bea = await member();
                const page = await bea.browser.go('/account/passkeys');
                const other = await ann.browser.go('/account/passkeys');
                const good = newDevice();
                const challenge = challengeOf(page);
                const tries = [
                        good.made(challenge, { from: 'https://evil.example' }), good.made(challenge, { from: `${origin()}.evil.example` }),
                        good.made(randomBytes(32).toString('base64url')), good.made(challengeOf(other)),
                        good.made(challenge, { text: `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin()}","crossOrigin":false}` }),
                        good.made(challenge, { text: `{"x":1,"type":"webauthn.create","challenge":"${challenge}","origin":"${origin()}"}` }),
                        good.made(challenge, { rest: ',"crossOrigin":true}' }), good.made(challenge, { rest: ',"origin":"x"}' }),
                        good.made(challenge, { rp: 'evil.example' }), good.made(challenge, { flags: 0x04 }), good.made(challenge, { flags: 0x01 }),
                        { ...good.made(challenge), auth_data: good.data({}).toString('base64url') }, { client_data: '', auth_data: '' },
                        { client_data: '%%%', auth_data: 'A' }, { client_data: 'A'.repeat(20000), auth_data: 'A'.repeat(20000) },
                        { ...good.made(challenge), at: String(Math.floor(Date.now() / 1000) - 301) }, { ...good.made(challenge), at: '99999999999' }, { at: 'now' },
                ];
                for (const [n, fields] of tries.entries()) {
                        here.sql('DELETE FROM tries');
                        const answer = await bea.browser.submit(page, list, fields);
                        assert.equal(answer.status, 422, `${n}: ${plain(answer.text)}`);
                }
                assert.equal(here.sql(`SELECT count(*) FROM passkeys WHERE customer_id = ${bea.id}`), '0');
                const taken = await bea.browser.submit(page, list, device.made(challenge));
                assert.equal(taken.status, 303);
                assert.equal(here.sql(`SELECT count(*) FROM passkeys WHERE customer_id = ${bea.id}`), '0', 'somebody has it');
        });

        test('P1: what does not fit logs nobody in; the same words for unknown ones', async () => {
                const words = new Set();
                const stranger = await reader().go('/login');
                for (const options of [
                        { from: 'https://evil.example' }, { type: 'webauthn.create' }, { rest: ',"crossOrigin":true}' }, { rp: 'evil.example' }, { flags: 0x04 },
                        { flags: 0x01 }, { broken: true }, { challenge: randomBytes(32).toString('base64url') }, { challenge: challengeOf(stranger) }, { count: 1 },
                ]) {
                        const { browser, answer } = await use(device, options);
                        assert.deepEqual([answer.status, browser.jar().has('lk_session')], [422, false], JSON.stringify(options));
                        words.add(plain(answer.text));
                }
                words.add(plain((await use(newDevice())).answer.text));
                assert.equal(words.size, 1);
                const thief = newDevice();
                thief.id = device.id;
                assert.equal((await use(thief)).answer.status, 422, 'another key under her id');
                assert.equal((await use(device)).answer.status, 303, 'hers goes on');
        });

        test('P1: an answer counts once: twice, and 50 times at once', async () => {
                const browser = reader();
                const page = await browser.go('/login');
                const fields = device.signed(challengeOf(page));
                const before = Number(here.sql(`SELECT count(*) FROM sessions WHERE customer_id = ${ann.id} AND kind = 'customer'`));
                const answers = await fifty(() => browser.submit(page, /passkey$/, fields));
                assert.equal(answers.filter((a) => a.status === 303).length, 1);
                assert.equal(Number(here.sql(`SELECT count(*) FROM sessions WHERE customer_id = ${ann.id} AND kind = 'customer'`)) - before, 1);
                const again = await browser.submit(page, /passkey$/, fields);
                assert.ok([403, 422].includes(again.status));
        });

        test('P1: 50 times the same form adds one; a stale login adds and removes none; a removed one is over', async () => {
                const eve = await member();
                const own = newDevice();
                const page = await eve.browser.go('/account/passkeys');
                const fields = own.made(challengeOf(page));
                const answers = await fifty(() => eve.browser.submit(page, list, fields));
                assert.ok(answers.every((a) => [303, 429].includes(a.status)));
                assert.equal(here.sql(`SELECT count(*) FROM passkeys WHERE customer_id = ${eve.id}`), '1');
                here.sql('DELETE FROM tries');
                const shown = await eve.browser.go('/account/passkeys');
                const { passkey, csrf_token } = formOf(shown, /remove$/).fields;
                const foreign = formOf(await ann.browser.go('/account/passkeys'), /remove$/).fields;
                const remove = (browser, token, id) => browser.go('/account/passkeys/remove', { form: { csrf_token: token, passkey: id } });
                assert.equal((await remove(ann.browser, foreign.csrf_token, passkey)).status, 404);
                assert.equal((await remove(ann.browser, foreign.csrf_token, '999999999')).status, 404);
                here.sql(`UPDATE sessions SET created_at = created_at - interval '16 minutes' WHERE customer_id = ${eve.id}`);
                const stale = '/account/confirm?next=%2Faccount%2Fpasskeys';
                assert.equal((await remove(eve.browser, csrf_token, passkey)).to, stale);
                assert.equal((await eve.browser.submit(shown, list, newDevice().made(challengeOf(shown)))).to, stale);
                assert.equal((await eve.browser.go('/account/passkeys')).to, stale);
                const { browser, answer } = await use(own);
                assert.equal(answer.status, 303);
                const fresh = await browser.go('/account/passkeys');
                assert.equal((await browser.submit(fresh, /remove$/)).to, '/account/passkeys?notice=removed');
                assert.equal((await use(own)).answer.status, 422);
                assert.match(heading((await browser.go('/account/passkeys')).text), /Passkeys/);
        });
});

const own = '/admin/account/passkeys';
const kept = (person) => here.sql(`SELECT count(*) FROM passkeys WHERE staff_id = ${person.id}`);

/** One more device of PERSON, who is logged in freshly. */
async function staffDevice(person, name = 'Desk in the attic') {
        const device = newDevice();
        const page = await person.browser.go(own);
        const answer = await person.browser.submit(page, /passkeys$/, { ...device.made(challengeOf(page)), name });
        assert.equal(answer.to, `${own}?done=added`, plain(answer.text));
        return device;
}

/** The staff's login page, answered by DEVICE. */
async function enter(device, options = {}, { browser = reader(), path = '/admin/login' } = {}) {
        const page = await browser.go(path);
        return { browser, page, answer: await browser.submit(page, /login\/passkeys$/, device.signed(options.challenge ?? challengeOf(page), options)) };
}

describe('passkeys of staff', needs, () => {
        let ann, device;
        before(async () => {
                ann = await newStaff(here, 'support');
                device = await staffDevice(ann);
        });

        test('P6: one is added, named, told by mail, audited, and logs in without password and code', async () => {
                assert.match((await mailTo(here, ann.email, /^A passkey for the staff pages was added$/)).text, /\/admin\/account/);
                const old = ann.browser.jar().get('lk_staff');
                const { browser, answer } = await enter(device, {}, { path: '/admin/login?next=%2Fadmin%2Forders' });
                assert.deepEqual([answer.status, answer.to], [303, '/admin/orders'], plain(answer.text));
                assert.notEqual(browser.jar().get('lk_staff'), old);
                const list = await browser.go(own);
                assert.match(plain(list.text), /Desk in the attic .*last used/);
                const renamed = await browser.submit(list, /names$/, { name: 'Desk by the window' });
                assert.equal(renamed.to, `${own}?done=named`);
                assert.match(plain((await browser.go(own)).text), /Desk by the window/);
                const wrong = await browser.submit(list, /names$/, { name: '' });
                assert.equal(wrong.status, 422);
                assert.deepEqual(here.sql(`SELECT string_agg(action, ' ' ORDER BY id) FROM audit WHERE actor_id = ${ann.id} AND actor = 'staff' AND action LIKE 'staff.passkey%'`),
                        'staff.passkey staff.passkey-login staff.passkey-named');
        });

        test('P6: a login ends the session that the browser had', async () => {
                const eve = await newStaff(here, 'viewer');
                const mine = await staffDevice(eve);
                const before = here.sql(`SELECT count(*) FROM sessions WHERE staff_id = ${eve.id} AND ended_at IS NULL AND kind = 'staff'`);
                here.sql(`UPDATE sessions SET created_at = created_at - interval '16 minutes' WHERE staff_id = ${eve.id}`);
                const page = await eve.browser.go('/admin/login?again=yes&next=%2Fadmin%2Faccount%2Fpasskeys');
                assert.match(plain(page.text), /Please log in once more/);
                const answer = await eve.browser.submit(page, /login\/passkeys$/, mine.signed(challengeOf(page)));
                assert.equal(answer.to, own);
                assert.equal(here.sql(`SELECT count(*) FROM sessions WHERE staff_id = ${eve.id} AND ended_at IS NULL AND kind = 'staff'`), before);
                assert.equal((await eve.browser.go(own)).status, 200, 'and it is fresh');
        });

        test('P6: what does not fit logs nobody in; the same words for unknown ones and a customer\'s', async () => {
                const words = new Set();
                const stranger = await reader().go('/admin/login');
                const refused = async (which, options, ways) => {
                        const { browser, answer } = await enter(which, options, ways);
                        assert.deepEqual([answer.status, browser.jar().has('lk_staff')], [422, false], JSON.stringify(options));
                        words.add(plain(answer.text));
                };
                for (const options of [
                        { from: 'https://evil.example' }, { type: 'webauthn.create' }, { rest: ',"crossOrigin":true}' }, { rp: 'evil.example' }, { flags: 0x04 },
                        { flags: 0x01 }, { broken: true }, { challenge: randomBytes(32).toString('base64url') }, { challenge: challengeOf(stranger) }, { count: 1 },
                ]) await refused(device, options);
                await refused(newDevice());
                const buyer = await member();
                const theirs = await added(buyer);
                await refused(theirs);
                assert.equal((await use(device)).answer.status, 422, 'one of staff is no customer');
                const thief = newDevice();
                thief.id = device.id;
                await refused(thief);
                assert.equal(words.size, 1);
                const page = await reader().go('/admin/login');
                const late = await reader().submit(page, /login\/passkeys$/, { ...device.signed(challengeOf(page)), at: String(Math.floor(Date.now() / 1000) - 301) });
                assert.ok([403, 422].includes(late.status));
                assert.equal((await enter(device)).answer.status, 303, 'hers goes on');
        });

        test('P6: an answer counts once: twice, and 50 times at once', async () => {
                const browser = reader();
                const page = await browser.go('/admin/login');
                const fields = device.signed(challengeOf(page));
                const count = () => Number(here.sql(`SELECT count(*) FROM sessions WHERE staff_id = ${ann.id} AND kind = 'staff'`));
                const before = count();
                const answers = await fifty(() => browser.submit(page, /login\/passkeys$/, fields));
                assert.equal(answers.filter((a) => a.status === 303).length, 1);
                assert.equal(count() - before, 1);
        });

        test('P6: adding: bad answers, 50 at once; a stale login adds, names and removes nothing; others\' are not there', async () => {
                const eve = await newStaff(here, 'viewer');
                const mine = newDevice();
                const page = await eve.browser.go(own);
                const challenge = challengeOf(page);
                for (const fields of [
                        mine.made(challenge, { from: 'https://evil.example' }), mine.made(randomBytes(32).toString('base64url')), mine.made(challenge, { rp: 'evil.example' }),
                        mine.made(challenge, { flags: 0x01 }), { client_data: '', auth_data: '' }, { ...mine.made(challenge), at: String(Math.floor(Date.now() / 1000) - 301) },
                        { ...mine.made(challenge), name: '' }, { ...mine.made(challenge), at: 'now' },
                ]) assert.equal((await eve.browser.submit(page, /passkeys$/, fields)).status, 422, JSON.stringify(fields));
                assert.equal(kept(eve), '0');
                const fields = { ...mine.made(challenge), name: 'One' };
                assert.deepEqual(new Set((await fifty(() => eve.browser.submit(page, /passkeys$/, fields))).map((a) => a.status)), new Set([303]));
                assert.equal(kept(eve), '1');
                const shown = await eve.browser.go(own);
                const { action, fields: { csrf_token } } = formOf(shown, /removals$/);
                const annsPage = await ann.browser.go(own);
                for (const what of ['removals', 'names'])
                        assert.equal((await ann.browser.go(action.replace('removals', what), { form: { csrf_token: formOf(annsPage, /removals$/).fields.csrf_token, name: 'x' } })).status, 404);
                here.sql(`UPDATE sessions SET created_at = created_at - interval '16 minutes' WHERE staff_id = ${eve.id}`);
                const stale = '/admin/login?again=yes&next=%2Fadmin%2Faccount%2Fpasskeys';
                assert.equal((await eve.browser.go(own)).to, stale);
                assert.equal((await eve.browser.submit(shown, /passkeys$/, { ...newDevice().made(challengeOf(shown)), name: 'Two' })).to, stale);
                for (const what of ['removals', 'names'])
                        assert.equal((await eve.browser.go(action.replace('removals', what), { form: { csrf_token, name: 'x' } })).to, stale);
                assert.equal(here.sql(`SELECT string_agg(name, ' ') FROM passkeys WHERE staff_id = ${eve.id}`), 'One');
                const { browser, answer } = await enter(mine);
                assert.equal(answer.status, 303);
                assert.equal((await browser.submit(await browser.go(own), /removals$/)).to, `${own}?done=removed`);
                assert.equal((await enter(mine)).answer.status, 422);
        });

        test('P6: a closed login is closed to its passkey as well', async () => {
                const eve = await newStaff(here, 'viewer');
                const mine = await staffDevice(eve);
                here.sql(`UPDATE staff SET disabled_at = now() WHERE id = ${eve.id}`);
                assert.equal((await enter(mine)).answer.status, 422);
        });

        test('P6: whoever is set up anew is out of the devices of before', async () => {
                const eve = await newStaff(here, 'viewer');
                const lost = await staffDevice(eve);
                assert.equal((await enter(lost)).answer.status, 303);
                const said = here.ctl('staff', 'add', eve.email, '--role', 'viewer');
                const again = await setUp(here, /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(JSON.stringify(said))[0], eve);
                assert.equal((await enter(lost)).answer.status, 422);
                assert.equal(kept(again), '0');
        });
});
