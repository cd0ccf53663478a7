// The plan's page and the hardship desk: what a customer pays over time becomes another plan, by the
// rules at once or by a person; staff decide; rules are rows with versions (S1.6, S1.7).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser, heading, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { Plans } from './lib/plan.mjs';
import { becomes } from './lib/purchase.mjs';
import { staffBrowser } from './lib/staff.mjs';
import { control } from './lib/stripe.mjs';
import { newToken } from './lib/world.mjs';

const tag = `p${Date.now().toString(36)}`;

describe('plans that customers change', needs, () => {
        let plans, rule;
        const agreement = (number) => `(SELECT g.id FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = ${quote(number)})`;
        const dues = (number, status = 'open') => here.rows(`SELECT d.seq, d.amount_minor AS minor, d.due_on::text AS day, (d.due_on - (app_now() AT TIME ZONE 'UTC')::date) AS ahead
                FROM dues d WHERE d.agreement_id = ${agreement(number)} AND d.status = ${quote(status)} ORDER BY d.due_on`);
        const asked = (number) => here.rows(`SELECT a.number, a.status, a.need, a.why, a.words, a.reason, a.version, a.rule_id, a.undone_version FROM amendments a WHERE a.agreement_id = ${agreement(number)} ORDER BY a.id`);
        const faults = (number) => here.rows(`SELECT * FROM agreement_replay(${agreement(number)})`);
        const sum = (rows) => rows.reduce((n, row) => n + row.minor, 0);
        const day = (ahead) => here.sql(`SELECT ((app_now() AT TIME ZONE 'UTC')::date + ${ahead})::text`);
        const buyer = async () => {
                const made = await plans.buy(tag);
                return { ...made, browser: await plans.enter(made) };
        };
        const check = (who, query) => who.browser.go(`/plans/${who.number}/check?${query}`);
        const agree = async (who, query, fields = {}) => who.browser.submit(await check(who, query), /\/changes$/, fields);

        before(() => {
                plans = new Plans(here, { [tag]: 'schedule=4 monthly instalments\namount=120.00' });
                // A rule of this product's own: a shared one would hinder the other tests.
                rule = here.sql(`INSERT INTO rule_versions (product_id, region, version, deposit_percent, smallest, count_most, longest_months, later_days, changes_most,
                                changes_days, grace_days, early_percent, approver, published_at)
                        SELECT id, region, 1, 10, '{"EUR": 1000}', 8, 12, 50, 2, 0, 14, 2, 'support', now() FROM products CROSS JOIN unnest(ARRAY['', 'EU', 'UK', 'US']) region
                        WHERE slug = ${quote(tag)} RETURNING id`).split('\n').at(-1);
        });
        after(() => plans?.end());

        test('S1.6 one payment moves to another day: seen before it is agreed, in force at once, told by mail', async () => {
                const who = await buyer();
                const was = dues(who.number);
                assert.deepEqual(was.map((row) => row.minor), [3000, 3000, 3000]);
                const page = await who.browser.go(`/plans/${who.number}`);
                assert.match(plain(page.text), /Paid so far 30\.00 EUR Still to pay 90\.00 EUR.*Your payments.*Paid.*Next.*To come/s);
                const to = day(was[0].ahead + 10);
                const seen = await check(who, `need=time&to=${to}`);
                assert.match(plain(seen.text), /Check your new plan.*hold as soon as you agree\. The change is free of charge\..*As it would be.*In all 90\.00 EUR.*As it is now.*In all 90\.00 EUR/s);
                const said = await who.browser.submit(seen, /\/changes$/, {});
                assert.equal(said.status, 303);
                assert.match(plain((await who.browser.go(said.to)).text), /Your plan is changed/);
                assert.deepEqual(dues(who.number).map((row) => [row.day, row.minor]), [[to, 3000], [was[1].day, 3000], [was[2].day, 3000]]);
                assert.deepEqual(asked(who.number).map((a) => [a.status, a.need, a.version]), [['agreed', 'move', 2]]);
                assert.equal(asked(who.number)[0].rule_id, Number(here.sql(`SELECT rule_id FROM agreement_versions WHERE agreement_id = ${agreement(who.number)} AND version = 2`)));
                assert.deepEqual(faults(who.number), []);
                const mail = await mailTo(here, who.email, /plan is changed/i);
                assert.match(mail.text, /30\.00 EUR/);
                // The same form again is the same change.
                assert.match((await who.browser.submit(seen, /\/changes$/, {})).to, /done=again/);
                assert.equal(asked(who.number).length, 1);
        });
});
