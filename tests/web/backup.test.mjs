// A backup while customers buy, and its restore on an empty machine.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { here, needs, quote } from './lib/house.mjs';
import { startOwn } from './lib/own.mjs';
import { buy, course, software } from './lib/purchase.mjs';
import { until } from './lib/sandbox.mjs';

const checks = [['check', 'money'], ['check', 'access'], ['check', 'schema'], ['reconcile']];

describe('a backup and its restore', needs, () => {
        const work = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-backup-'));
        const dir = path.join(work, 'one');
        let own, bought;
        before(async () => { own = await startOwn(); });
        after(async () => {
                await own?.stop();
                fs.rmSync(work, { recursive: true, force: true });
        });

        test('while customers buy, everything goes into a folder that nobody else may read', async () => {
                bought = await buy(here);
                const meanwhile = Promise.all([buy(here), buy(here, { product: software }), buy(here)]);
                const said = JSON.parse((await promisify(execFile)(here.command, ['--json', 'backup', dir])).stdout);
                assert.equal(said.ok, true, JSON.stringify(said));
                await meanwhile;
                assert.equal(fs.statSync(dir).mode & 0o777, 0o700);
                const manifest = JSON.parse(fs.readFileSync(path.join(dir, 'manifest.json'), 'utf8'));
                const names = manifest.files.map((file) => file.name);
                for (const name of ['database.sql', 'latchkey.conf', ...here.rows('SELECT id FROM files').map(({ id }) => `files/${id}`)]) {
                        assert.ok(names.includes(name), name);
                        assert.equal(fs.statSync(path.join(dir, name)).mode & 0o777, 0o600, name);
                }
                assert.equal(said.items.find((item) => item.part === 'stored files').files, names.filter((name) => name.startsWith('files/')).length);
        });

        test('a folder in use, one that cannot be made: a message, and nothing is overwritten', () => {
                const before = fs.readFileSync(path.join(dir, 'manifest.json'), 'utf8');
                for (const where of [dir, '/nowhere/at/all']) {
                        const said = here.ctl('backup', where);
                        assert.deepEqual([said.status, said.ok], [2, false], where);
                        assert.match(said.error.message, new RegExp(where));
                        assert.match(said.error.hint, /folder/);
                }
                assert.equal(fs.readFileSync(path.join(dir, 'manifest.json'), 'utf8'), before);
        });

        test('a damaged file, a missing one, no manifest, another schema: refused before anything changes', () => {
                const damage = (what, change) => {
                        const copy = path.join(work, what);
                        fs.cpSync(dir, copy, { recursive: true });
                        change(copy);
                        const said = own.ctl('restore', copy);
                        assert.equal(said.ok, false, what);
                        assert.notEqual(said.status, 0, what);
                        assert.match(said.error.hint, /\S/, what);
                        assert.equal(own.sql('SELECT count(*) FROM products'), '0', what);
                };
                const manifest = (copy, change) => {
                        const file = path.join(copy, 'manifest.json');
                        fs.writeFileSync(file, JSON.stringify(change(JSON.parse(fs.readFileSync(file, 'utf8')))));
                };
                damage('damaged', (copy) => fs.appendFileSync(path.join(copy, 'database.sql'), '-- more\n'));
                damage('missing', (copy) => fs.rmSync(path.join(copy, 'latchkey.conf')));
                damage('unfinished', (copy) => fs.rmSync(path.join(copy, 'manifest.json')));
                damage('outside', (copy) => manifest(copy, (all) => ({ ...all, files: [{ name: '../x', size: 0, sha256: '' }] })));
                damage('schema', (copy) => manifest(copy, (all) => ({ ...all, schema: all.schema + 1 })));
                assert.equal(own.ctl('restore', path.join(work, 'nothing')).status, 2);
        });

        test('on an empty machine it restores, and every check is clean', async () => {
                const said = own.ctl('restore', dir);
                assert.deepEqual([said.status, said.ok], [0, true], JSON.stringify(said));
                const row = `SELECT o.status, o.paid_at, o.granted_at, p.gateway_ref FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.number = ${quote(bought.number)}`;
                assert.deepEqual(own.rows(row), here.rows(row));
                for (const { id } of here.rows('SELECT id FROM files'))
                        assert.deepEqual(fs.readFileSync(path.join(own.dir, 'files', String(id))), fs.readFileSync(path.join(here.dir, 'files', String(id))));
                // What was under way when the backup was made is swept in from the gateway.
                for (const command of checks)
                        await until(() => own.ctl(...command).status === 0, command.join(' '));
        });

        test('and goes on selling: numbers continue, mails leave, none twice', async () => {
                const last = own.sql('SELECT max(id) FROM orders');
                const again = await buy(own, { product: course });
                assert.ok(BigInt(own.sql(`SELECT id FROM orders WHERE number = ${quote(again.number)}`)) > BigInt(last));
                for (const command of checks)
                        await until(() => own.ctl(...command).status === 0, command.join(' '));
                assert.equal(fs.readdirSync(path.join(own.maildir, 'new')).filter((name) => fs.readFileSync(path.join(own.maildir, 'new', name), 'latin1')
                        .includes(bought.email)).length, 0, 'what was sent already is not sent again');
        });

        test('a database with customers is not touched', () => {
                const written = () => own.sql("SELECT md5(string_agg(xmin::text, ' ' ORDER BY oid)) FROM pg_proc WHERE pronamespace = 'latchkey'::regnamespace");
                const before = written();
                const said = own.ctl('restore', dir);
                assert.deepEqual([said.status, said.ok], [2, false], JSON.stringify(said));
                assert.match(said.error.message, /customers and \d+ orders already/);
                assert.equal(written(), before, 'nor brought up to date');
        });
});
