// Passkeys: what a device signs is believed only when all of it fits.  The device is played here.

import assert from 'node:assert/strict';
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { Browser, formOf, heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { buy, openLink } from './lib/purchase.mjs';

const reader = () => new Browser(here.url);
const sha256 = (data) => createHash('sha256').update(data).digest();
const site = () => new URL(here.url).hostname;
const origin = () => new URL(here.url).origin;
const fifty = (work) => Promise.all(Array.from({ length: 50 }, (_, i) => work(i)));

/** A device with one key. */
class Device {
        constructor() {
                const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
                Object.assign(this, { jwk: publicKey.export({ format: 'jwk' }), privateKey, id: randomBytes(32), count: 0 });
        }

        data({ rp = site(), flags = 0x05, count = ++this.count, key = false }) {
                const counter = Buffer.alloc(4);
                counter.writeUInt32BE(count);
                const cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), Buffer.from(this.jwk.x, 'base64url'),
                        Buffer.from('225820', 'hex'), Buffer.from(this.jwk.y, 'base64url')]);
                const made = key ? [Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, cose] : [];
                return Buffer.concat([sha256(rp), Buffer.from([key ? flags | 0x40 : flags]), counter, ...made]);
        }

        client(type, challenge, { from = origin(), rest = ',"crossOrigin":false}', text } = {}) {
                return Buffer.from(text ?? `{"type":"${type}","challenge":"${challenge}","origin":"${from}"${rest}`);
        }

        made(challenge, options = {}) {
                return { client_data: this.client('webauthn.create', challenge, options).toString('base64url'),
                        auth_data: this.data({ count: this.count, key: true, ...options }).toString('base64url') };
        }

        signed(challenge, options = {}) {
                const client = this.client(options.type ?? 'webauthn.get', challenge, options);
                const data = this.data(options);
                const signature = createSign('sha256').update(Buffer.concat([data, sha256(client)])).sign(this.privateKey);
                if (options.broken) signature[signature.length - 1] ^= 1;
                return { credential: this.id.toString('base64url'), client_data: client.toString('base64url'),
                        auth_data: data.toString('base64url'), signature: signature.toString('base64url') };
        }
}

const challengeOf = (page) => /data-challenge="([^"]+)"/.exec(page.text)[1];
const list = /\/account\/passkeys$/;

async function member() {
        here.sql('DELETE FROM tries');
        const { email } = await buy(here);
        const browser = await openLink(here, (await mailTo(here, email, /You have access/)).link);
        return { email, browser, id: here.sql(`SELECT id FROM customers WHERE email = ${quote(email)}`) };
}

async function added(person, device = new Device()) {
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
                const good = new Device();
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
                words.add(plain((await use(new Device())).answer.text));
                assert.equal(words.size, 1);
                const thief = new Device();
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
                const own = new Device();
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
                assert.equal((await eve.browser.submit(shown, list, new Device().made(challengeOf(shown)))).to, stale);
                assert.equal((await eve.browser.go('/account/passkeys')).to, stale);
                const { browser, answer } = await use(own);
                assert.equal(answer.status, 303);
                const fresh = await browser.go('/account/passkeys');
                assert.equal((await browser.submit(fresh, /remove$/)).to, '/account/passkeys?notice=removed');
                assert.equal((await use(own)).answer.status, 422);
                assert.match(heading((await browser.go('/account/passkeys')).text), /Passkeys/);
        });
});
