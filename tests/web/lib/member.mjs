// Staff of the running product: invited by latchkeyctl, set up, and logged in by it.
//
//   const owner = await newStaff(here, 'owner');
//   const page = await owner.go('/admin/products');
//   await owner.submit(page, /sale$/, { ... });

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';

import { Browser, plain } from './browser.mjs';

function fromBase32(text) {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
        const bits = [...text.replace(/[\s=]/g, '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
        return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The one-time code of SECRET now. */
export function totp(secret) {
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
        const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest();
        return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** A member of staff with ROLE, signed in: a Browser with .name and .email. */
export async function newStaff(house, role) {
        const email = `${role}-${randomBytes(5).toString('hex')}@example.com`;
        const said = house.ctl('staff', 'add', email, '--role', role);
        const [link] = /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(JSON.stringify(said));
        const browser = new Browser(house.url);
        const page = await browser.go(link);
        const [, secret] = /<code id="secret">([^<]+)</.exec(page.text);
        const name = `Test ${role} ${email.slice(role.length + 1, role.length + 5)}`;
        const done = await browser.submit(page, /set-up/, { name, password: `larch ${randomBytes(4).toString('hex')} quill moor`, code: totp(secret) });
        assert.equal(done.status, 303, plain(done.text));
        return Object.assign(browser, { email, name });
}
