// Members of staff, as latchkeyctl's link makes them.
//
//   const anna = await newStaff(here, 'support');     anna.browser is logged in
//   anna.email  anna.password  anna.secret  anna.step  anna.name  anna.id
//   await logIn(here, anna)                           another browser of hers
//   await anna.send(page, '/admin/customers/3/notes', { body: 'x' })     a form of that page
//   const finance = await staffBrowser(here, 'finance')      the browser alone, with .name and .email
//   code(anna.secret, step)                           what an authenticator app shows

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';

import { Browser, formOf, plain } from './browser.mjs';
import { quote } from './house.mjs';

export const stepNow = () => Math.floor(Date.now() / 30000);

export function code(secret, step) {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
        const bits = [...secret.replace(/[\s=]/g, '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(BigInt(step));
        const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(counter).digest();
        return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** Through the set-up page of LINK, with the code of the present step. */
export async function setUp(house, link, { name, email, role }) {
        const browser = new Browser(house.url);
        const page = await browser.go(link);
        assert.equal(page.status, 200, link);
        const person = {
                name, email, role, link, browser, password: `larch ${randomBytes(4).toString('hex')} quill moor`, step: stepNow(),
                secret: /<code id="secret">([^<]+)</.exec(page.text)[1],
                send: async (from, to, form = {}) => browser.submit(
                        typeof from === 'string' ? await browser.go(from) : from, new RegExp(`${to.replaceAll(/[.?*]/g, '\\$&')}$`), form),
        };
        person.setUp = await browser.submit(page, /set-up/, { name, password: person.password, code: code(person.secret, person.step) });
        assert.equal(person.setUp.status, 303, plain(person.setUp.text));
        person.id = Number(house.sql(`SELECT id FROM staff WHERE email = ${quote(email)}`));
        return person;
}

export async function newStaff(house, role, name = `Test ${role}`) {
        const email = `${role}-${randomBytes(5).toString('hex')}@example.com`;
        const said = house.ctl('staff', 'add', email, '--role', role);
        return setUp(house, /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(JSON.stringify(said))[0], { name, email, role });
}

/** A browser in which somebody new of ROLE is logged in; nobody else is called the same. */
export async function staffBrowser(house, role) {
        const { browser, name, email } = await newStaff(house, role, `Test ${role} ${randomBytes(2).toString('hex')}`);
        return Object.assign(browser, { name, email });
}

/** Another browser of PERSON, with a code that was not used yet. */
export async function logIn(house, person, form = { code: code(person.secret, ++person.step) }) {
        const browser = new Browser(house.url);
        browser.answer = await browser.submit(await browser.go('/admin/login'), /login/, { email: person.email, password: person.password, ...form });
        return browser;
}

/** The CSRF token of the pages that BROWSER sees: any of them will do. */
export const tokenOf = async (browser, page = '/admin/') => formOf(await browser.go(page), /logout/).fields.csrf_token;
