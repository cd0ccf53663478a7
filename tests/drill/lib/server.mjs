// A server of the drill's own: script/server on free ports, with its data in a temporary
// folder.
//
//   const server = await startServer({ empty: false });
//   server.dir  .env.LATCHKEY_URL ...      what script/server wrote to server.env
//   server.sql('SELECT ...')               rows as objects, seen by the superuser
//   server.ctl('check', 'access')          { status, items } of latchkeyctl --json
//   await server.stop();
//
// LATCHKEY_BUILD names the programs' folder (default build/); KEEP=1 leaves the data.

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { freePorts } from '../../web/lib/ports.mjs';

export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const run = promisify(execFile);
const front = path.join(top, 'script/server');

/** KEY=value in shell syntax, as script/server writes it. */
export function readEnv(file) {
        const env = {};
        for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
                const at = line.indexOf('=');
                if (at > 0) env[line.slice(0, at)] = line.slice(at + 1).replace(/^'(.*)'$/, '$1');
        }
        return env;
}

/** Rows of QUERY as objects. */
export function sqlRows(database, query) {
        const text = execFileSync('psql', [database, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c',
                `SELECT coalesce(json_agg(q), '[]') FROM (${query}) q`],
                { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60000, env: { ...process.env, PGOPTIONS: '-c search_path=latchkey' } });
        return JSON.parse(text);
}

export function sqlDo(database, statement) {
        execFileSync('psql', [database, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', statement],
                { timeout: 60000, env: { ...process.env, PGOPTIONS: '-c search_path=latchkey' } });
}

/** A server that runs already, from its folder. */
export function useServer(dir) {
        const env = readEnv(path.join(dir, 'server.env'));
        return {
                dir: fs.realpathSync(dir),
                env,
                sql: (query) => sqlRows(env.LATCHKEY_DATABASE, query),
                sqlDo: (statement) => sqlDo(env.LATCHKEY_DATABASE, statement),
                ctl(...words) {
                        const done = spawnSync(env.LATCHKEY_CTL, [...words, '--json'], { encoding: 'utf8', timeout: 120000, maxBuffer: 1 << 26 });
                        let answer = {};
                        try {
                                answer = JSON.parse(done.stdout);
                        } catch { /* nothing readable: the status tells */ }
                        return { status: done.status, items: answer.items ?? [], error: answer.error?.message ?? done.stderr };
                },
                stop: async () => {},
        };
}

export async function startServer({ empty = false } = {}) {
        if (process.env.LATCHKEY_DIR) return useServer(process.env.LATCHKEY_DIR);
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-drill-'));
        fs.chmodSync(dir, 0o755);
        const data = path.join(dir, 'var');
        const env = { ...process.env, LATCHKEY_BUILD: process.env.LATCHKEY_BUILD ?? path.join(top, 'build') };
        const stop = async () => {
                await run(front, ['--stop', '--data', data], { env });
                if (!process.env.KEEP) fs.rmSync(dir, { recursive: true, force: true });
        };
        try {
                const port = await freePorts();
                await run(front, ['--detach', '--port', String(port), '--data', data, ...(empty ? ['--empty'] : [])], { env });
                const server = useServer(data);
                if (empty) execFileSync(server.env.LATCHKEY_CTL, ['product', 'load', path.join(top, 'demo/northlight')], { stdio: 'ignore' });
                server.stop = stop;
                return server;
        } catch (error) {
                await stop().catch(() => {});
                throw new Error(`script/server: ${error.stderr ?? error.message}`);
        }
}
