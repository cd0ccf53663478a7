// Reload and drain under load: while people read and buy, every program and nginx are told
// SIGHUP in turn; then each pool is handed over to a successor on the same socket and the old
// one ends by SIGTERM.  Not one request may fail.
//
//   node tests/drill/reload.mjs      DRILL_SECONDS (15)

import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { Browser } from './lib/browser.mjs';
import { leader } from './lib/processes.mjs';
import { newReport } from './lib/report.mjs';
import { sleep, startServer } from './lib/server.mjs';

const seconds = Number(process.env.DRILL_SECONDS ?? 15);
const readers = 6;
const buyers = 4;
const reloaded = ['portal', 'gateway', 'login', 'admin', 'hooks', 'worker', 'sandbox', 'deliver', 'nginx'];

/** GET pages until CLOCK's end; every answer that is not the one wanted. */
async function readUntil(server, clock, failures, counts) {
        const pages = [['/', 200], ['/products/light-and-lens', 200], ['/login', 200], ['/healthz', 200], ['/admin/login', 200]];
        const browser = new Browser(server.env.LATCHKEY_URL);
        for (let i = 0; Date.now() < clock.end; i++) {
                const [where, wanted] = pages[i % pages.length];
                const answer = await browser.once(server.env.LATCHKEY_URL + where);
                counts.pages++;
                if (answer?.status !== wanted) failures.push(`GET ${where}: ${answer?.status ?? 'cut'}`);
        }
        browser.close();
}

let customers = 0;

async function buyUntil(server, clock, failures, counts) {
        while (Date.now() < clock.end) {
                const stats = {};
                const browser = new Browser(server.env.LATCHKEY_URL, stats);
                try {
                        await browser.buy('light-and-lens', 'full', `reload${++customers}@example.org`);
                        counts.purchases++;
                } catch (error) {
                        failures.push(error.message);
                }
                browser.close();
                for (const [what, times] of Object.entries(stats))
                        if (!(Number(what) < 400)) failures.push(`${what} ${times} times at a purchase`);
        }
}

/** SIGHUP to one program after the other, again and again. */
async function reloadUntil(server, end) {
        let n = 0;
        for (; Date.now() < end; n++) {
                const pid = leader(server.dir, reloaded[n % reloaded.length]);
                if (pid) process.kill(pid, 'SIGHUP');
                await sleep(350);
        }
        return n;
}

/** What the process PID was started with, and as whom. */
function startOf(pid) {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const id = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
        const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
        return { program, args, options: { cwd: '/', env: {}, stdio: 'ignore', ...(process.getuid() === 0 ? { uid: id('Uid'), gid: id('Gid') } : {}) } };
}

async function until(what, probe) {
        for (let tries = 0; tries < 300; tries++) {
                if (probe()) return;
                await sleep(50);
        }
        throw new Error(`${what}: not within 15 s`);
}

/** A new version takes a pool over: started beside the old one on the same socket, which then
 *  ends by SIGTERM; the keeper starts the pool anew, and ours ends in its turn. */
async function handOver(server, name, socket) {
        const old = leader(server.dir, name);
        const { program, args, options } = startOf(old);
        const inode = () => { try { return statSync(socket).ino; } catch { return 0; } };
        let before = inode();
        const successor = spawn(program, args, options);
        await until(`the successor of ${name}`, () => inode() !== before);
        await sleep(300);
        before = inode();
        process.kill(old, 'SIGTERM');
        await until(`the end of ${name}`, () => !alive(old));
        await until(`a new ${name}`, () => inode() !== before);
        await sleep(300);
        successor.kill('SIGTERM');
        await until(`the end of the successor of ${name}`, () => successor.exitCode !== null || successor.signalCode !== null);
        return successor.exitCode;
}

function alive(pid) {
        try {
                process.kill(pid, 0);
                return true;
        } catch {
                return false;
        }
}

const pools = [['portal', 'portal/pages.sock'], ['gateway', 'portal/gateway.sock'], ['hooks', 'hooks/events.sock'], ['sandbox', 'sandbox/api.sock']];

/** People read and buy while WORK goes on; checks that nobody noticed. */
async function underLoad(server, report, what, work) {
        const counts = { pages: 0, purchases: 0 };
        const failures = [];
        const clock = { end: Infinity };
        const people = [...Array.from({ length: readers }, () => readUntil(server, clock, failures, counts)),
                ...Array.from({ length: buyers }, () => buyUntil(server, clock, failures, counts))];
        try {
                report.note(`${await work()}`);
        } finally {
                clock.end = 0;
                await Promise.all(people);
        }
        report.note(`${counts.pages} pages, ${counts.purchases} purchases`);
        report.check(what, failures.length === 0 && counts.purchases > 0, [...new Set(failures)].slice(0, 5).join('; '));
}

const report = newReport();
const server = await startServer({ empty: true });
try {
        await underLoad(server, report, 'no request failed while programs were reloaded',
                async () => `${await reloadUntil(server, Date.now() + seconds * 1000)} reloads`);
        const sockets = readFileSync(path.join(server.dir, 'run/sockets'), 'utf8').trim();
        await underLoad(server, report, 'no request failed while pools were handed over', async () => {
                const ends = [];
                for (const [name, socket] of pools) ends.push(await handOver(server, name, path.join(sockets, socket)));
                report.check('each drained and ended in order', ends.every((status) => status === 0), ends.join(' '));
                return `${pools.length} pools handed over`;
        });
} catch (error) {
        report.check('the drill itself', false, error.stack);
} finally {
        await server.stop();
}
report.end();
