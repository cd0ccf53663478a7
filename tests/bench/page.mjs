// The program page of a customer who is logged in: session, row-level security, rendering,
// through nginx; beside pgbench that sends the same statements in the same pipeline, as the
// same role.  The two take turns, so that both see the same machine.
//
//   node tests/bench/page.mjs       BENCH_ROUNDS (5)  BENCH_SECONDS (5)

import crypto from 'node:crypto';

import { ceiling, cpu, cpuEach, load, logIn, median, round, rounds, startProduct, statement, table } from './lib/measure.mjs';

const slug = 'light-and-lens';

const pipeline = `\\startpipeline
SELECT set_config('latchkey.token', :token, true), set_config('latchkey.order_token', '', true);
${statement('session', 'session_who', [':hash::bytea', 'false'])}
${statement('access', 'program_by_slug', [':slug'])}
${statement('access', 'program_items', [':slug'])}
\\endpipeline
`;

const server = await startProduct();
try {
        const { cookie, token } = await logIn(server);
        const url = `${server.env.LATCHKEY_URL}/programs/${slug}`;
        const page = await fetch(url, { headers: { cookie } });
        const size = (await page.text()).length;
        if (page.status !== 200) throw new Error(`GET /programs/${slug}: ${page.status}`);
        const variables = { token, hash: `\\x${crypto.createHash('sha256').update(token).digest('hex')}`, slug };
        const runs = [];
        const names = ['portal', 'nginx'];
        await load(url, { headers: { Cookie: cookie }, duration: 2 });
        for (let i = 0; i < rounds; i++) {
                const before = cpu(server, names);
                const ours = await load(url, { headers: { Cookie: cookie } });
                const between = cpu(server, names);
                if (ours.failed > 0) throw new Error(ours.out);
                const began = Date.now();
                const theirs = await ceiling(server, 'lk_portal', pipeline, variables);
                const took = (Date.now() - began) / 1000;
                const n = ours.rate * Number(process.env.BENCH_SECONDS ?? 5);
                const alone = cpuEach(between, cpu(server, []), theirs * Math.min(took, Number(process.env.BENCH_SECONDS ?? 5)));
                runs.push({ ...ours, theirs, ratio: ours.rate / theirs, ...cpuEach(before, between, n), alone: alone.PostgreSQL });
        }
        const of = (name) => median(runs.map((r) => r[name]));
        console.log(table(['program page', 'median'], [
                ['pages a second, 16 connections', round(of('rate'))],
                ['p50', `${round(of('p50'), 1)} ms`],
                ['p99', `${round(of('p99'), 1)} ms`],
                ['pgbench, the same pipeline, 8 clients, a second', round(of('theirs'))],
                ['pages / pgbench', round(of('ratio'), 2)],
                ['CPU a page: PostgreSQL', `${round(of('PostgreSQL'), 2)} ms`],
                ['CPU a page: latchkey-portal', `${round(of('portal'), 2)} ms`],
                ['CPU a page: nginx', `${round(of('nginx'), 2)} ms`],
                ['CPU a pipeline of pgbench: PostgreSQL', `${round(of('alone'), 2)} ms`],
                ['size of the page', `${round(size)} bytes`],
        ]));
} finally {
        await server.stop();
}
process.exit(0);
