// The running product, as its operator and its database see it.
//
//   import { here, needs } from './lib/house.mjs';
//   describe('...', needs, ...)           skipped where no server.env is in the environment
//   here.url  here.hookUrl  here.sandbox  here.secret  here.maildir  here.dir
//   here.sql('SELECT count(*) FROM orders')       text, as psql prints it
//   await here.sqlLater('BEGIN; ...; COMMIT')     the same, without holding this process up
//   here.rows('SELECT number FROM orders')        [{ number: '...' }]
//   here.ctl('check', 'access')                   { status, ok, items, error }
//   here.logs()                                   every log of the programs, as one text

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { OpenPsql } from './psql.mjs';

export class House {
        constructor(env) {
                this.url = env.LATCHKEY_URL;
                this.adminUrl = env.LATCHKEY_ADMIN_URL;
                this.hookUrl = env.LATCHKEY_HOOK_URL;
                this.sandbox = { url: env.LATCHKEY_SANDBOX_URL, key: env.LATCHKEY_STRIPE_KEY };
                this.secret = env.LATCHKEY_HOOK_SECRET;
                this.maildir = env.LATCHKEY_MAILDIR;
                this.conninfo = env.LATCHKEY_DATABASE;
                this.command = env.LATCHKEY_CTL;
                this.dir = path.dirname(env.LATCHKEY_CTL);
                this.customer = env.LATCHKEY_DEMO_CUSTOMER;
                this.password = env.LATCHKEY_DEMO_PASSWORD;
        }

        /** One statement goes to a psql that stays open, several to one of their own: one transaction. */
        sql(text) {
                const single = text.trim().replace(/;$/, '');
                if (single.includes(';') || /^(SET|BEGIN)\b/i.test(single)) {
                        return execFileSync('psql', [this.conninfo, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', text], {
                                encoding: 'utf8', env: { ...process.env, PGOPTIONS: '-c search_path=latchkey' },
                                stdio: ['ignore', 'pipe', 'pipe'],
                        }).trim();
                }
                this.psql ??= new OpenPsql(this);
                return this.psql.run(single);
        }

        /** The same beside what this process does meanwhile. */
        async sqlLater(text) {
                const { stdout } = await promisify(execFile)('psql', [this.conninfo, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', text], {
                        encoding: 'utf8', env: { ...process.env, PGOPTIONS: '-c search_path=latchkey' },
                });
                return stdout.trim();
        }

        rows(text) {
                return JSON.parse(this.sql(`SELECT coalesce(json_agg(to_json(found)), '[]') FROM (${text}) found`));
        }

        ctl(...args) {
                const run = spawnSync(this.command, ['--json', ...args], { encoding: 'utf8', timeout: 150000 });
                let said = {};
                try {
                        said = JSON.parse(run.stdout);
                } catch {
                        said = { ok: false, text: run.stdout + run.stderr };
                }
                return { status: run.status, ...said };
        }

        logs() {
                const folder = path.join(this.dir, 'log');
                return fs.readdirSync(folder).filter((name) => name.endsWith('.log'))
                        .map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
        }
}

/** A literal for SQL. */
export const quote = (text) => `'${String(text).replaceAll("'", "''")}'`;

export const here = process.env.LATCHKEY_URL ? new House(process.env) : null;
export const needs = { skip: here ? false : 'LATCHKEY_URL is not set: start script/server and read its server.env' };

let count = 0;

/** An address that nobody had before. */
export const address = (who = 'buyer') => `${who}-${Date.now().toString(36)}-${process.pid}-${++count}@example.org`;
