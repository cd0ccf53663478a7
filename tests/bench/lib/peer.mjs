// The Express app of tests/bench/express/, which makes the program page as the portal does.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { top } from '../../drill/lib/server.mjs';
import { statement } from './measure.mjs';

/** "host=... dbname=..." of libpq as pg wants it. */
const database = (conninfo) => Object.fromEntries(conninfo.split(' ').map((pair) => pair.split('=')));

/** The app on DIR/express.sock, beside SERVER ({ env, dir }); what it must know of the shop it reads from the portal's own PAGE. */
export function startPeer(server, dir, page, policy, workers = 8) {
        const { host, dbname } = database(server.env.LATCHKEY_DATABASE);
        const find = (pattern) => page.match(pattern)[1];
        const file = (name) => [name, statement('access', name, ['$1', '$2', '$3'])];
        const settings = {
                socket: path.join(dir, 'express.sock'), workers, policy, database: { host, database: dbname, user: 'lk_portal' },
                statements: { identify: `SELECT set_config('latchkey.token', $1, false), set_config('latchkey.order_token', '', false)`,
                        session_who: statement('session', 'session_who', ['$1', '$2']),
                        ...Object.fromEntries(['program_by_slug', 'program_items', 'access_opened'].map(file)) },
                site: find(/<span>([^<]+)<\/span><\/a>/), support: find(/mailto:([^"]+)"/), version: find(/latchkey\.css\?v=([^"]+)"/),
                accent: find(/accent\.css\?v=([^"]+)"/), zone: fs.readFileSync(path.join(server.dir, 'latchkey.conf'), 'utf8').match(/^zone=(.+)$/m)[1],
        };
        const child = spawn(process.execPath, [path.join(top, 'tests/bench/express/app.mjs')], { stdio: ['ignore', 'inherit', 'inherit'],
                env: { ...process.env, NODE_ENV: 'production', EXPRESS_SETTINGS: JSON.stringify(settings) } });
        const pids = () => [child.pid, ...fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)];
        return { pids, stop: () => child.kill() };
}

/** A page without its blank lines, and with one spelling of quotation marks. */
export const same = (html) => html.replace(/&#34;/g, '&quot;').replace(/&#39;/g, '\'').replace(/\n\s*\n+/g, '\n').trim();
