// Somebody of the staff at their desk.
//
//   const sofia = await join(here, 'support');     logged in; sofia.browser, sofia.email
//   const page = await sofia.browser.go('/admin/tickets');

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';

import { Browser, heading } from './browser.mjs';
import { address } from './house.mjs';

/** What an authenticator app shows now. */
export function code(secret, step = Math.floor(Date.now() / 30000)) {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
        const bits = [...secret.replace(/[\s=]/g, '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(BigInt(step));
        const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(counter).digest();
        return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** By latchkeyctl's link and the page that it opens. */
export async function join(house, role, name = 'Sofia Berg') {
        const email = address(role);
        const [link] = /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(JSON.stringify(house.ctl('staff', 'add', email, '--role', role))) ?? [];
        assert.ok(link, 'a set-up link');
        const browser = new Browser(house.url);
        const page = await browser.go(link);
        const [, secret] = /<code id="secret">([^<]+)</.exec(page.text);
        const answer = await browser.submit(page, /set-up/, { name, password: `larch ${randomBytes(4).toString('hex')} quill moor`, code: code(secret) });
        assert.equal(answer.status, 303, heading(answer.text));
        return { browser, email, role, name };
}
