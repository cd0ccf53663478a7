// What the benchmarks share: a server, load, the database's ceiling, CPU time and tables.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Browser } from '../../drill/lib/browser.mjs';
import { processes } from '../../drill/lib/processes.mjs';
import { startServer, top } from '../../drill/lib/server.mjs';

export const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
export const seconds = Number(process.env.BENCH_SECONDS ?? 5);

/** The product with production's clock: development's looks its offset up each time it is asked, a dozen times a page. */
export async function startProduct() {
        const server = await startServer();
        await run('psql', ['-X', '-q', '-d', server.env.LATCHKEY_DATABASE, '-v', 'ON_ERROR_STOP=1', '-c', 'SET ROLE lk_owner',
                '-c', 'CREATE OR REPLACE FUNCTION latchkey.app_now() RETURNS timestamptz LANGUAGE sql STABLE RETURN now()']);
        return server;
}

const pgBin = '/usr/lib/postgresql/15/bin';
const hertz = 100;

/** The output of PROGRAM; fails with it. */
export function run(program, args, { env = {}, input } = {}) {
        return new Promise((done, fail) => {
                const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
                let out = '';
                child.stdout.on('data', (bytes) => { out += bytes; });
                child.stderr.on('data', (bytes) => { out += bytes; });
                child.on('error', (error) => fail(new Error(`${program}: ${error.code === 'ENOENT' ? 'not installed (apt-get install wrk)' : error.message}`)));
                child.on('close', (status) => (status === 0 ? done(out) : fail(new Error(`${program} ended with ${status}: ${out}`))));
                child.stdin.end(input);
        });
}

export const median = (list) => quantile(list, 0.5);
export function quantile(list, q) {
        const sorted = list.toSorted((a, b) => a - b);
        return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * q) - 1))] ?? NaN;
}

/** "1.23ms" of wrk, in milliseconds. */
const wrkTime = (text) => parseFloat(text) * { us: 0.001, ms: 1, s: 1000, m: 60000 }[text.match(/[a-z]+/)[0]];

/** wrk: { rate, p50, p99 in ms, failed }. */
export async function load(url, { connections = 16, headers = {}, script, duration = seconds } = {}) {
        const out = await run('wrk', [`-t${Math.min(2, connections)}`, `-c${connections}`, `-d${duration}s`, '--latency', ...Object.entries(headers)
                .flatMap(([name, value]) => ['-H', `${name}: ${value}`]), ...(script ? ['-s', script] : []), url]);
        const find = (pattern) => out.match(pattern)?.[1];
        return { rate: Number(find(/Requests\/sec: +([\d.]+)/)), p50: wrkTime(find(/50% +(\S+)/)), p99: wrkTime(find(/99% +(\S+)/)),
                failed: Number(find(/Non-2xx or 3xx responses: (\d+)/) ?? 0) + (/Socket errors/.test(out) ? 1 : 0), out };
}

/** pgbench with SCRIPT as ROLE of our database, as our programs connect: transactions a second. */
export async function ceiling(server, role, script, variables, { clients = 8, duration = seconds, transactions } = {}) {
        const file = path.join(server.dir, 'bench.pgbench');
        fs.writeFileSync(file, script);
        const out = await run(`${pgBin}/pgbench`, ['-n', '-M', 'prepared', '-c', `${clients}`, '-j', '2',
                ...(transactions ? ['-t', `${Math.ceil(transactions / clients)}`] : ['-T', `${duration}`]),
                ...Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]), '-f', file,
                server.env.LATCHKEY_DATABASE.replace('user=postgres', `user=${role}`)],
                { env: { PGOPTIONS: '-c search_path=latchkey -c jit=off -c TimeZone=UTC' } });
        return Number(out.match(/tps = ([\d.]+)/)[1]);
}

/** A statement of sql/queries/FILE.sql, with VALUES in the place of its parameters. */
export function statement(file, name, values) {
        const text = fs.readFileSync(path.join(top, 'sql/queries', `${file}.sql`), 'utf8');
        const part = text.split('-- name: ').find((part) => part.startsWith(`${name} `));
        const sql = part.split('\n').slice(1).filter((line) => !line.startsWith('--')).join(' ').replace(/;.*$/s, ';').replace(/\s+/g, ' ').trim();
        return sql.replace(/\$(\d+)/g, (_, number) => values[number - 1]);
}

const ticks = (fields, from, to) => fields.slice(from, to).reduce((sum, field) => sum + Number(field), 0);
function cpuOf(pid, withChildren = false) {
        try {
                const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
                return ticks(stat.slice(stat.lastIndexOf(')') + 2).split(' '), 11, withChildren ? 15 : 13) / hertz;
        } catch {
                return 0;
        }
}

/** The pids of the server's PostgreSQL, the first of them the one that leads. */
function postgres(server) {
        const leader = Number(fs.readFileSync(path.join(server.dir, 'run/postgresql.pid'), 'utf8').split(' ')[0]);
        const children = fs.readFileSync(`/proc/${leader}/task/${leader}/children`, 'utf8').trim().split(' ').map(Number);
        return [leader, ...children];
}

/** CPU seconds so far of PostgreSQL (with backends that ended) and of each of NAMES. */
export function cpu(server, names) {
        const [leader, ...backends] = postgres(server);
        const all = processes(server.dir);
        return { PostgreSQL: cpuOf(leader, true) + backends.reduce((sum, pid) => sum + cpuOf(pid), 0),
                ...Object.fromEntries(names.map((name) => [name, all.filter((p) => p.name === name).reduce((sum, p) => sum + cpuOf(p.pid), 0)])) };
}

/** CPU seconds so far of PIDS. */
export const cpuOfAll = (pids) => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);

/** MiB of PSS of PIDS: what several processes share counts once. */
export const memory = (pids) => pids.reduce((sum, pid) => sum + pssOf(pid), 0) / 1024;

function pssOf(pid) {
        try {
                return Number(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss: +(\d+)/m)[1]);
        } catch {
                return 0;
        }
}

/** Milliseconds of CPU for each of N between BEFORE and AFTER. */
export const cpuEach = (before, after, n) => Object.fromEntries(Object.keys(before).map((name) => [name, (after[name] - before[name]) * 1000 / n]));

/** The demo's customer, logged in: the session's token. */
export async function logIn(server) {
        const browser = new Browser(server.env.LATCHKEY_URL);
        const page = await browser.patient(`${server.env.LATCHKEY_URL}/login`);
        const answer = await browser.patient(`${server.env.LATCHKEY_URL}/login`, { csrf_token: page.text.match(/name="csrf_token" value="([^"]*)"/)[1],
                email: server.env.LATCHKEY_DEMO_CUSTOMER, password: server.env.LATCHKEY_DEMO_PASSWORD });
        if (answer.status !== 303) throw new Error(`POST /login: ${answer.status}`);
        browser.close();
        const [cookie, token] = [...browser.jar].find(([name]) => name.endsWith('lk_session'));
        return { cookie: `${cookie}=${token}`, token };
}

/** A table in Markdown; numbers to the right. */
export function table(head, rows) {
        const cells = [head, ...rows].map((row) => row.map((cell) => `${cell}`));
        const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i].length)));
        const line = (row) => `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
        return [line(cells[0]), `| ${widths.map((w, i) => (i === 0 ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`)).join(' | ')} |`, ...cells.slice(1).map(line)].join('\n');
}

export const round = (n, digits = 0) => n.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** The machine, in a line. */
export function machine() {
        return `${os.cpus().length} × ${os.cpus()[0].model.trim()}, ${round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release().replace(/^(\d+\.\d+).*/, '$1')}`;
}
