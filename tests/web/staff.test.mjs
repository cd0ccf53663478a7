// Staff about staff: invitations, roles, recovery codes, sessions, the audit.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser, formOf, plain } from './lib/browser.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo, mailsTo } from './lib/mailbox.mjs';
import { becomes } from './lib/purchase.mjs';
import { code, logIn, newStaff, setUp, tokenOf } from './lib/staff.mjs';

const codesIn = (html) => [...html.matchAll(/<li><code>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})<\/code>/g)].map((m) => m[1]);
const linkIn = (mail) => /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(mail.text)[0];
const stateOf = (email) => here.sql(`SELECT role || ' ' || (disabled_at IS NULL)::text FROM staff WHERE email = ${quote(email)}`);

/** The act of a row of the list: a form of STAFF whose action fits. */
const act = async (owner, id, what, form) => owner.browser.submit(await owner.browser.go('/admin/staff'), new RegExp(`/staff/${id}/${what}$`), form);

describe('staff', needs, () => {
        let owner, viewer;

        before(async () => {
                owner = await newStaff(here, 'owner', 'Olga Owner');
                viewer = await newStaff(here, 'viewer', 'Vera Viewer');
        });
        after(() => here.sql('DELETE FROM tries'));

        test('P6: an owner invites; the mail has the link; a second invitation ends the first', async () => {
                const email = address('joins');
                const shown = await owner.browser.go('/admin/staff');
                const twice = await Promise.all([1, 2].map(() => owner.browser.submit(shown, /invitations$/, { email, role: 'support' })));
                assert.deepEqual(twice.map((answer) => answer.status), [303, 303]);
                const first = linkIn(await mailTo(here, email, /invitation/));
                await becomes(here, `SELECT NOT EXISTS (SELECT FROM messages WHERE email = ${quote(email)} AND status <> 'sent')`);
                assert.match(plain((await owner.browser.go('/admin/staff')).text), new RegExp(`${email} Support Invited link until`));
                const before = mailsTo(here, email).length;
                await owner.browser.submit(shown, /invitations$/, { email, role: 'finance' });
                await becomes(here, `SELECT count(*) > ${before} AND count(*) = count(*) FILTER (WHERE status = 'sent') FROM messages WHERE email = ${quote(email)}`);
                const mails = mailsTo(here, email);
                assert.equal((await new Browser(here.url).go(first)).status, 410, 'the first link is over');
                const joined = await setUp(here, linkIn(mails.at(-1)), { name: 'Jo Ins', email, role: 'finance' });
                assert.equal(stateOf(email), 'finance true');
                assert.equal((await joined.browser.go('/admin/staff')).status, 403);
                const again = await owner.browser.submit(shown, /invitations$/, { email, role: 'owner' });
                assert.equal(again.status, 422);
                assert.match(plain(again.text), /This address has a login here/);
                assert.doesNotMatch(here.sql(`SELECT text FROM message_bodies b JOIN messages m ON m.id = b.message_id WHERE m.email = ${quote(email)} LIMIT 1`), /set-up\/[A-Za-z0-9_-]{43}/);
                const bad = await owner.browser.submit(shown, /invitations$/, { email: 'nobody at home', role: 'king' });
                assert.equal(bad.status, 422);
                assert.match(bad.text, /value="nobody at home"/);
        });

        test('P6: an invitation is taken back: its link opens nothing', async () => {
                const email = address('unwanted');
                await owner.browser.submit(await owner.browser.go('/admin/staff'), /invitations$/, { email, role: 'viewer' });
                const link = linkIn(await mailTo(here, email, /invitation/));
                const id = here.sql(`SELECT id FROM staff WHERE email = ${quote(email)}`);
                assert.match((await act(owner, id, 'logins')).to, /done=disable$/);
                assert.equal((await new Browser(here.url).go(link)).status, 410);
                assert.match(plain((await owner.browser.go('/admin/audit?area=staff')).text), new RegExp(`Olga Owner took an invitation back: ${email}`));
        });

        test('P6: another role counts at the next request; a closed login ends at once', async () => {
                const sam = await newStaff(here, 'support', 'Sam Support');
                assert.match((await act(owner, sam.id, 'roles', { role: 'owner' })).to, /done=role$/);
                assert.equal((await sam.browser.go('/admin/staff')).status, 200);
                assert.match((await act(owner, sam.id, 'roles', { role: 'viewer' })).to, /done=role$/);
                assert.equal((await sam.browser.go('/admin/staff')).status, 403);
                assert.match((await act(owner, sam.id, 'roles', { role: 'viewer' })).to, /done=same$/);
                assert.match((await act(owner, sam.id, 'logins')).to, /done=disable$/);
                assert.equal((await sam.browser.go('/admin/')).status, 303, 'the session is over');
                assert.equal((await logIn(here, sam)).answer.status, 422);
                sam.step--;     // a code that was refused is good still
                assert.equal(here.sql(`SELECT count(*) FROM sessions WHERE staff_id = ${sam.id} AND ended_at IS NULL`), '0');
                assert.match((await act(owner, sam.id, 'logins')).to, /done=enable$/);
                assert.equal((await logIn(here, sam)).answer.status, 303);
                const audit = plain((await owner.browser.go(`/admin/audit?who=${owner.id}&area=staff`)).text);
                assert.match(audit, /changed a role from Support to Owner: Sam Support/);
                assert.match(audit, /closed a login: Sam Support.*|opened a login again: Sam Support/);
        });

        test('P6: the last owner stays, whoever asks and however many at once', async () => {
                const two = await newStaff(here, 'owner', 'Otto Owner');
                const kept = here.rows(`SELECT id FROM staff WHERE role = 'owner' AND disabled_at IS NULL AND id NOT IN (${owner.id}, ${two.id})`).map((row) => row.id);
                here.sql(`UPDATE staff SET disabled_at = app_now() WHERE id = ANY ('{${kept}}')`);
                try {
                        const forms = await Promise.all([owner, two].map((one) => one.browser.go('/admin/staff')));
                        const both = await Promise.all([owner.browser.submit(forms[0], new RegExp(`/staff/${two.id}/roles$`), { role: 'viewer' }),
                                two.browser.submit(forms[1], new RegExp(`/staff/${owner.id}/roles$`), { role: 'viewer' })]);
                        assert.equal(here.sql("SELECT count(*) FROM staff WHERE role = 'owner' AND disabled_at IS NULL AND password_hash IS NOT NULL"), '1', both.map((one) => `${one.status} ${one.to}`).join());
                        const last = here.sql(`SELECT role FROM staff WHERE id = ${owner.id}`) === 'owner' ? owner : two;
                        const self = await last.browser.submit(await last.browser.go('/admin/staff'), new RegExp(`/staff/${last.id}/roles$`), { role: 'support' });
                        assert.match(self.to, /done=last$/);
                        assert.match(plain((await last.browser.go(self.to)).text), /The last owner stays/);
                        assert.throws(() => here.sql(`UPDATE staff SET disabled_at = app_now() WHERE id = ${last.id}`), /last owner stays/);
                        assert.equal(here.ctl('staff', 'add', last.email, '--role', 'viewer').ok, false, 'nor by the command');
                } finally {
                        here.sql(`UPDATE staff SET disabled_at = NULL, role = 'owner' WHERE id IN (${[...kept, owner.id, two.id]})`);
                }
        });

        test('rule 22: ten recovery codes are shown to the session that made them; each works once, and a mail tells it', async () => {
                const pia = await newStaff(here, 'support', 'Pia Phone');
                const home = await pia.browser.go(pia.setUp.to);
                const codes = codesIn(home.text);
                assert.equal(new Set(codes).size, 10);
                const stored = here.sql(`SELECT string_agg(row(c.*)::text, ' ') FROM staff_codes c WHERE staff_id = ${pia.id}`);
                for (const one of codes) assert.ok(!stored.includes(one) && !stored.includes(one.replaceAll('-', '')));
                assert.equal(codesIn((await owner.browser.go('/admin/?done=set-up')).text).filter((one) => codes.includes(one)).length, 0);

                const wrong = await logIn(here, pia, { code: '', recovery: 'AAAA-BBBB-CCCC' });
                assert.equal(wrong.answer.status, 422);
                const none = await logIn(here, pia, { code: '', recovery: '' });
                assert.match(plain(none.answer.text), /Enter the code from your authenticator app/);
                const typed = codes[0].toLowerCase().replaceAll('-', ' ');
                const both = await Promise.all([1, 2].map(() => logIn(here, pia, { code: '', recovery: typed })));
                assert.deepEqual(both.map((one) => one.answer.status).sort(), [303, 422], 'a code works once');
                const inside = both.find((one) => one.answer.status === 303);
                const account = await inside.go('/admin/account');
                assert.match(plain(account.text), /9 of 10 are left/);
                assert.equal(codesIn(account.text).length, 0, 'another session is not shown them');
                await mailTo(here, pia.email, /recovery code/);
                const thief = await logIn(here, { ...pia, password: 'not the password' }, { code: '', recovery: codes[1] });
                assert.equal(thief.answer.status, 422);
                const other = await logIn(here, viewer, { code: '', recovery: codes[1] });
                assert.equal(other.answer.status, 422, "somebody else's code is none");
                here.sql(`UPDATE staff_codes SET made_at = made_at - interval '11 minutes' WHERE staff_id = ${pia.id}`);
                assert.equal(codesIn((await pia.browser.go('/admin/account')).text).length, 0, 'nor are they shown for long');
        });

        test('P6: new codes want password and code; the older ones no longer work', async () => {
                const rob = await newStaff(here, 'support', 'Rob Renews');
                const old = codesIn((await rob.browser.go(rob.setUp.to)).text);
                const shown = await rob.browser.go('/admin/account');
                const bad = await rob.browser.submit(shown, /codes$/, { proof: 'not it at all', code: code(rob.secret, rob.step + 1) });
                assert.equal(bad.status, 422);
                assert.match(plain(bad.text), /The password or the code is not right/);
                assert.equal((await rob.browser.submit(shown, /codes$/, { proof: rob.password, code: code(rob.secret, rob.step) })).status, 422, 'a used code');
                const made = await rob.browser.submit(shown, /codes$/, { proof: rob.password, code: code(rob.secret, ++rob.step) });
                assert.equal(made.status, 303);
                const fresh = codesIn((await rob.browser.go(made.to)).text);
                assert.equal(fresh.length, 10);
                assert.equal(fresh.filter((one) => old.includes(one)).length, 0);
                assert.equal((await logIn(here, rob, { code: '', recovery: old[0] })).answer.status, 422);
                assert.equal((await logIn(here, rob, { code: '', recovery: fresh[9] })).answer.status, 303);
        });

        test("P6: one's own sessions are listed and end; another password ends the others", async () => {
                const liv = await newStaff(here, 'viewer', 'Liv Login');
                const second = await logIn(here, liv);
                const list = await liv.browser.go('/admin/account');
                const ends = [...list.text.matchAll(/sessions\/([0-9a-f]{16})\/ends/g)].map((m) => m[1]);
                assert.equal(ends.length, 1, 'not this one');
                assert.equal((await viewer.browser.go(`/admin/account/sessions/${ends[0]}/ends`, { form: { csrf_token: await tokenOf(viewer.browser) } })).status, 404, 'nobody else ends it');
                assert.equal((await second.go('/admin/')).status, 200);
                assert.match((await liv.browser.submit(list, /ends$/)).to, /done=session$/);
                assert.equal((await second.go('/admin/')).status, 303);

                // The codes' steps: one was used by the set-up, one by the second browser.
                const page = await liv.browser.go('/admin/account');
                const wrong = await liv.browser.submit(page, /passwords$/, { current: 'something else', password: 'heron over the quiet weir' });
                assert.equal(wrong.status, 422);
                assert.match(plain(wrong.text), /That is not your password/);
                assert.match(plain((await liv.browser.submit(page, /passwords$/, { current: liv.password, password: 'short' })).text), /at least 12 characters/);
                const changed = await liv.browser.submit(page, /passwords$/, { current: liv.password, password: 'heron over the quiet weir' });
                assert.match(changed.to, /done=password$/);
                assert.equal((await liv.browser.go('/admin/')).status, 200);
                await mailTo(here, liv.email, /password was changed/);
                assert.equal((await liv.browser.submit(await liv.browser.go('/admin/account'), /passwords$/, { current: liv.password, password: 'x' })).status, 422);
        });

        test('rule 20: guesses at the password of an open session run into the limit', async () => {
                here.sql('DELETE FROM tries');
                const eve = await newStaff(here, 'viewer', 'Eve Unlocked');
                const page = await eve.browser.go('/admin/account');
                const statuses = [];
                for (let i = 0; i < 12; i++)
                        statuses.push((await eve.browser.submit(page, /passwords$/, { current: `guess number ${i}`, password: 'heron over the quiet weir' })).status);
                assert.deepEqual(statuses, [...Array(10).fill(422), 429, 429]);
                here.sql('DELETE FROM tries');
        });

        test('P6: the audit says who did what, with filters in the address and pages that lose nothing', async () => {
                const page = await viewer.browser.go('/admin/audit');
                assert.match(plain(page.text), /Last sealed|Not sealed yet/);
                assert.doesNotMatch(plain(page.text), /staff\.|customer\.|\d{4}-\d\d-\d\dT/);
                const count = Number(here.sql("SELECT count(*) FROM audit WHERE actor = 'staff'"));
                const rows = [];
                const wanted = here.rows('SELECT id FROM audit').length;
                for (let next = '/admin/audit'; next;) {
                        const answer = await viewer.browser.go(next);
                        rows.push(...answer.text.matchAll(/<td data-label="When">/g));
                        next = /rel="next" href="([^"]+)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&');
                }
                assert.ok(count > 0 && rows.length >= wanted, `${rows.length} of ${wanted}`);
                const own = await viewer.browser.go(`/admin/audit?who=${viewer.id}`);
                assert.match(plain(own.text), /Vera Viewer set up their login/);
                assert.doesNotMatch(own.text, /Olga Owner<\/th>/);
                assert.match(plain((await viewer.browser.go('/admin/audit?to=2000-01-01')).text), /No change fits/);
                for (const odd of ['who=0', 'who=x', 'area=king', 'from=yesterday', 'after=9'])
                        assert.equal((await viewer.browser.go(`/admin/audit?${odd}`)).status, 400, odd);
                here.sql('SELECT chain_seal()');
                assert.match(plain((await viewer.browser.go('/admin/audit')).text), /Last sealed Today/);
                assert.equal(here.ctl('check', 'schema').status, 0);
        });

        test('nobody but an owner changes staff: refused by the page and by the database', async () => {
                for (const role of ['viewer', 'support', 'finance']) {
                        const one = role === 'viewer' ? viewer : await newStaff(here, role);
                        const token = await tokenOf(one.browser);
                        for (const [path, form] of [['invitations', { email: address(), role: 'owner' }], [`${one.id}/roles`, { role: 'owner' }], [`${owner.id}/logins`, { act: 'disable' }]])
                                assert.equal((await one.browser.go(`/admin/staff/${path}`, { form: { csrf_token: token, ...form } })).status, 403, `${role} ${path}`);
                        const cookie = one.browser.jar().get('lk_staff');
                        const as = (call) => here.sql(`BEGIN; SELECT set_config('latchkey.token', ${quote(cookie)}, true); SET LOCAL ROLE lk_admin; SELECT ${call}`);
                        for (const call of ["staff_invite('a@b.example', 'a@b.example', 'owner')", `staff_change(${one.id}, 'role', 'owner')`, `staff_change(${owner.id}, 'disable', '')`])
                                assert.throws(() => as(call), /this role may not/, call);
                        assert.doesNotMatch(as('count(*) FROM staff_list()'), /[1-9]$/);
                }
                const token = await tokenOf(owner.browser);
                for (const id of ['999999999', '0', 'x'])
                        assert.equal((await owner.browser.go(`/admin/staff/${id}/roles`, { form: { csrf_token: token, role: 'viewer' } })).status, 404, id);
                assert.equal((await owner.browser.go(`/admin/staff/${viewer.id}/roles`, { form: { csrf_token: token, role: 'king' } })).status, 400);
                assert.equal(formOf(await owner.browser.go('/admin/staff'), /invitations$/).fields.role, 'support');
        });
});
