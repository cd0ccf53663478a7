// Money on the shop's bank account, as staff bring it in and match it with orders.
//
//   const line = await credit(finance, { reference: number, amount: '149.00' });    a line of a list; its id
//   await match(finance, line, number)      what the redirect says ('paid'), or the page that refuses

import assert from 'node:assert/strict';

import { plain } from './browser.mjs';
import { here, quote } from './house.mjs';

export const today = () => new Date().toISOString().slice(0, 10);
const transfers = '/admin/transfers';

/** Paste a list; the answer is not judged. */
export async function paste(browser, text) {
        return browser.submit(await browser.go(transfers), /\/transfers\/statements$/, { statement: text });
}

/** A credit with this reference: its id. */
export function lineOf(reference) {
        const [line] = here.rows(`SELECT id FROM bank_lines WHERE reference = ${quote(reference)} ORDER BY id DESC LIMIT 1`);
        assert.ok(line, `a line for ${reference}`);
        return line.id;
}

/** Match LINE; what the redirect says, or the page that refuses. */
export async function match(browser, line, number, more = {}) {
        const page = await browser.go(transfers);
        const answer = await browser.submit(page, new RegExp(`/lines/${line}/matches$`), { number, ...more });
        return answer.status === 303 ? new URL(answer.to, here.url).searchParams.get('done') : answer;
}

let serial = 0;
/** A credit of its own: brought in and found. */
export async function credit(browser, { amount = '149.00', currency = 'EUR', reference = '', payer = 'Ann Example', day = today(), account = '' } = {}) {
        const words = `${reference} no ${process.pid}-${Date.now()}-${++serial}`.trim();
        const answer = await paste(browser, `${day};${amount};${currency};${words};${payer};${account}`);
        assert.equal(answer.status, 303, plain(answer.text).slice(0, 600));
        return lineOf(words);
}
