// The staff's first page: what needs somebody now, by role; thirty days as figures and pictures.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { becomes, buy } from './lib/purchase.mjs';
import { newStaff } from './lib/staff.mjs';

const money = (minor) => `${(minor / 100).toLocaleString('en-GB', { minimumFractionDigits: 2 })} EUR`;
const section = (html, from, to) => plain(html.slice(html.indexOf(from), html.indexOf(to)));

describe('first page', needs, () => {
        const staff = {};

        before(async () => {
                for (const role of ['owner', 'finance', 'support', 'viewer']) staff[role] = await newStaff(here, role);
        });

        test('P7: what needs somebody is shown to those who may act on it, each a link', async () => {
                const number = 9000000000 + Math.floor(Math.random() * 1000000000);
                here.sql(`SELECT alarm_raise('keys_out', 'line', ${number}, 'No key is left.'), alarm_raise('dispute', 'order', ${number}, 'The bank disputes.'), alarm_raise('unheard_of', 'x', ${number}, 'Something new.')`);
                const lost = address('lost');
                here.sql(`WITH c AS (INSERT INTO customers (email, email_fold, name, created_at) VALUES (${quote(lost)}, ${quote(lost)}, 'Lost Mail', app_now()) RETURNING id)
                          INSERT INTO messages (kind, object, object_id, customer_id, email, status, queued_at) SELECT 'access_open', 'customer', id, id, ${quote(lost)}, 'refused', app_now() FROM c`);
                try {
                        const seen = {};
                        for (const role of Object.keys(staff)) {
                                const page = await staff[role].browser.go('/admin/');
                                assert.equal(page.status, 200);
                                seen[role] = section(page.text, 'id="attention"', 'id="alarms"');
                        }
                        for (const [what, roles] of [[/licence key/, ['owner', 'support']], [/disputes? wants? an answer/, ['owner', 'finance']],
                                [/whom no mail reaches/, ['owner', 'support']], [/Unheard of/, ['owner', 'finance', 'support', 'viewer']]])
                                for (const role of Object.keys(staff)) assert.equal(what.test(seen[role]), roles.includes(role), `${role}: ${what}: ${seen[role]}`);
                        const list = await staff.support.browser.go('/admin/customers?returned=1');
                        assert.match(plain(list.text), /Lost Mail.*Mail came back/);
                        const id = here.sql(`SELECT id FROM customers WHERE email = ${quote(lost)}`);
                        assert.match(plain((await staff.support.browser.go(`/admin/customers/${id}`)).text), new RegExp(`Mail to ${lost} comes back`));
                } finally {
                        here.sql(`UPDATE alarms SET closed_at = app_now() WHERE object_id = ${number}`);
                }
                const calm = await staff.viewer.browser.go('/admin/');
                assert.match(plain(calm.text), /Nothing needs you/);
        });

        test('P7: money and seconds of thirty days come from the rollups, with a picture and a table that agree', async () => {
                const count = () => Number(here.sql("SELECT coalesce(sum(n), 0) FROM rollups WHERE metric = 'granted_ms'"));
                const before = count();
                await buy(here);
                await becomes(here, `SELECT coalesce(sum(n), 0) > ${before} FROM rollups WHERE metric = 'granted_ms'`);
                const page = await staff.viewer.browser.go('/admin/');
                const days = "day > (app_now() AT TIME ZONE 'UTC')::date - 30";
                const paid = Number(here.sql(`SELECT sum(amount) FROM rollups WHERE metric = 'paid' AND currency = 'EUR' AND ${days}`));
                const text = plain(page.text);
                assert.ok(text.includes(money(paid)), money(paid));
                const best = Number(here.sql(`SELECT max(s) FROM (SELECT sum(amount) s FROM rollups WHERE metric = 'paid' AND currency = 'EUR' AND ${days} GROUP BY day) d`));
                const charts = [...page.text.matchAll(/<svg class="chart".*?<\/svg>/gs)].map((m) => m[0]);
                assert.ok(charts.length >= 2);
                const euros = charts.find((chart) => plain(chart).startsWith('Money in by day, EUR'));          // other tests sell in other currencies
                assert.equal([...euros.matchAll(/<rect /g)].length, 30);
                assert.ok(plain(euros).includes(money(best)));
                for (const chart of charts) {
                        assert.match(chart, /role="img" aria-labelledby="[^"]+"><title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/);
                        assert.doesNotMatch(chart, /style=|nan|inf/);
                }
                const grants = here.sql(`SELECT sum(n) FROM rollups WHERE metric = 'granted_ms' AND ${days}`);
                assert.match(text, new RegExp(`Orders opened ${grants} `));
                const today = here.sql("SELECT (app_now() AT TIME ZONE 'UTC')::date");
                assert.match(page.text, new RegExp(`href="/admin/orders\\?from=${today}&amp;to=${today}"`));
                for (const [, to] of page.text.matchAll(/href="(\/admin\/orders\?[^"]+)"/g))
                        assert.equal((await staff.viewer.browser.go(to.replaceAll('&amp;', '&'))).status, 200, to);
        });
});
