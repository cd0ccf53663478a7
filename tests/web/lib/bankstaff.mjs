// Staff who are logged in, made by the operator's command and the link that it prints.
//
//   const browser = await staffBrowser(here, 'finance');

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';

import { Browser, formOf, plain } from './browser.mjs';

function totp(secret) {
        const bits = [...secret.replace(/[\s=]/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
        const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(counter).digest();
        return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

export async function staffBrowser(house, role) {
        const email = `${role}-${randomBytes(5).toString('hex')}@example.com`;
        const said = execFileSync(house.command, ['staff', 'add', email, '--role', role], { encoding: 'utf8' });
        const browser = new Browser(house.adminUrl);
        const page = await browser.go(/\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(said)[0]);
        const { action, fields } = formOf(page, /set-up|^$|./);
        const answer = await browser.go(new URL(action, page.url), {
                form: { ...fields, name: `Test ${role}`, password: `larch ${randomBytes(4).toString('hex')} quill moor`,
                        code: totp(/<code id="secret">([^<]+)</.exec(page.text)[1]) },
        });
        assert.equal(answer.status, 303, plain(answer.text));
        return browser;
}
