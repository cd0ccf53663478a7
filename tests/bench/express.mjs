// The program page beside the same page of an Express app with pg and ejs (tests/bench/express/):
// the same statements, the same row-level security and session, the same HTML, eight processes
// with one connection each, behind the same nginx.  The two take turns.
//
//   (cd tests && npm ci) && node tests/bench/express.mjs       BENCH_ROUNDS (5)  BENCH_SECONDS (5)
//
// Fails where the two pages are not the same; tests/web/program.test.mjs asks that, too.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { leader, processes } from '../drill/lib/processes.mjs';
import { sleep } from '../drill/lib/server.mjs';
import { freePorts } from '../web/lib/ports.mjs';
import { cpu, cpuEach, cpuOfAll, load, logIn, median, memory, round, rounds, seconds, startProduct, table } from './lib/measure.mjs';
import { same, startPeer } from './lib/peer.mjs';

const slug = 'light-and-lens';

/** A site of its own for SOCKET in the server's nginx; its address. */
async function addSite(server, socket) {
        const port = await freePorts();
        const file = path.join(server.dir, 'run/nginx.conf');
        fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/\}\s*$/, `
        upstream bench_express { server unix:${socket}; keepalive 32; }
        server {
                listen 127.0.0.1:${port} backlog=1024;
                error_log stderr emerg;
                server_tokens off;
                location / {
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_set_header Host $http_host;
                        proxy_buffers 16 16k;
                        proxy_buffer_size 16k;
                        proxy_pass http://bench_express;
                }
        }
}
`));
        process.kill(leader(server.dir, 'nginx'), 'SIGHUP');
        return `http://127.0.0.1:${port}`;
}

async function read(url, cookie) {
        for (let tries = 0; ; tries++) {
                const answer = await fetch(url, { headers: { cookie } }).catch(() => null);
                if (answer?.status === 200) return { text: await answer.text(), policy: answer.headers.get('content-security-policy') };
                if (tries > 200) throw new Error(`${url}: ${answer ? answer.status : 'nobody answers'}`);
                await sleep(100);
        }
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-express-'));
fs.chmodSync(dir, 0o755);
const server = await startProduct();
let app;
try {
        const { cookie } = await logIn(server);
        const where = `/programs/${slug}`;
        const page = await read(server.env.LATCHKEY_URL + where, cookie);
        app = startPeer(server, dir, page.text, page.policy);
        const base = await addSite(server, path.join(dir, 'express.sock'));
        const sides = { ours: server.env.LATCHKEY_URL + where, theirs: base + where };
        const theirs = await read(sides.theirs, cookie);
        if (same(page.text) !== same(theirs.text)) {
                const lines = same(theirs.text).split('\n');
                const at = same(page.text).split('\n').findIndex((line, i) => line !== lines[i]);
                throw new Error(`the pages differ:\n${same(page.text).split('\n')[at]}\n${lines[at]}`);
        }
        const programs = () => processes(server.dir, ['portal']).map((p) => p.pid);
        const hit = async (side, options) => {
                const run = await load(sides[side], { headers: { Cookie: cookie }, ...options });
                if (run.failed > 0) throw new Error(run.out);
                return run;
        };
        // All that is prepared, compiled or cached once is so before the first round, which is thrown away too.
        for (const url of Object.values(sides)) await load(url, { headers: { Cookie: cookie }, duration: 2 });
        const runs = [];
        for (let i = 0; i <= rounds; i++) {
                const run = {};
                for (const side of i % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours']) {
                        const pids = side === 'ours' ? programs() : app.pids();
                        const [before, app0] = [cpu(server, ['nginx']), cpuOfAll(pids)];
                        run[side] = await hit(side, { connections: 16 });
                        const n = run[side].rate * seconds;
                        Object.assign(run[side], cpuEach(before, cpu(server, ['nginx']), n), { app: (cpuOfAll(pids) - app0) * 1000 / n });
                        run[side].single = (await hit(side, { connections: 1 })).p50;
                }
                if (i > 0) runs.push(run);
        }
        const of = (side, name) => median(runs.map((run) => run[side][name]));
        const ratio = (name, upside) => median(runs.map((run) => (upside ? run.theirs[name] / run.ours[name] : run.ours[name] / run.theirs[name])));
        const pss = { ours: memory(programs()), theirs: memory(app.pids()),
                all: memory(processes(server.dir, ['portal', 'gateway', 'login', 'admin', 'hooks', 'worker', 'nginx']).map((p) => p.pid)) };
        const row = (name, value, last) => [name, value('ours'), value('theirs'), last];
        console.log(table(['program page', 'Latchkey', 'Express', 'ratio'], [
                row('pages a second, 16 connections', (side) => round(of(side, 'rate')), `${round(ratio('rate'), 2)} (goal >= 4.4)`),
                row('p50', (side) => `${round(of(side, 'p50'), 1)} ms`, round(ratio('p50'), 2)),
                row('p99', (side) => `${round(of(side, 'p99'), 1)} ms`, round(ratio('p99'), 2)),
                row('p50 of a single client', (side) => `${round(of(side, 'single'), 2)} ms`, `${round(ratio('single'), 2)} (goal <= 0.5)`),
                row('CPU a page: application', (side) => `${round(of(side, 'app'), 2)} ms`, `${round(ratio('app', true), 1)} (goal >= 12)`),
                row('CPU a page: PostgreSQL', (side) => `${round(of(side, 'PostgreSQL'), 2)} ms`, round(ratio('PostgreSQL'), 2)),
                row('CPU a page: nginx', (side) => `${round(of(side, 'nginx'), 2)} ms`, round(ratio('nginx'), 2)),
                row('PSS: the 8 processes for pages', (side) => `${round(pss[side], 1)} MiB`, round(pss.ours / pss.theirs, 2)),
                ['PSS: nginx and all our programs', `${round(pss.all, 1)} MiB`, '', `${round(pss.all / pss.theirs, 2)} (goal <= 0.25)`],
        ]));
} finally {
        app?.stop();
        await server.stop();
        fs.rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
