// The program page while eight people log in at once, over and over, beside the page alone: the
// logins' pool keeps passwords, 19 ms and 20 MB each, away from the pages.  The two take turns,
// and which goes first changes from round to round.  p99 may be 1.3 times what it is alone.
//
//   node tests/bench/mixed.mjs       BENCH_ROUNDS (5)  BENCH_SECONDS (5)
//
// 1 means: the median of the rounds' ratios is beyond that.

import { load, logIn, median, round, rounds, startProduct, table } from './lib/measure.mjs';
import { open, post } from './lib/visitor.mjs';

const most = 1.3;
const people = 8;
const slug = 'light-and-lens';

/** PEOPLE log in, each again as soon as they are in; stop() ends it and says how many came in. */
async function begin(server) {
        const url = `${server.env.LATCHKEY_URL}/login`;
        const fields = { email: server.env.LATCHKEY_DEMO_CUSTOMER, password: server.env.LATCHKEY_DEMO_PASSWORD };
        const visitors = await Promise.all(Array.from({ length: people }, () => open(url)));
        let on = true;
        let done = 0;
        const all = Promise.all(visitors.map(async (visitor, n) => {
                while (on) {
                        const answer = await post(url, visitor, fields, n);
                        if (answer.status !== 303) throw new Error(`POST /login: ${answer.status}`);
                        done++;
                }
        }));
        all.catch(() => {});
        return { async stop() {
                on = false;
                await all;
                return done;
        } };
}

const server = await startProduct();
let ratio = NaN;
try {
        const { cookie } = await logIn(server);
        const url = `${server.env.LATCHKEY_URL}/programs/${slug}`;
        const pages = async () => {
                const run = await load(url, { headers: { Cookie: cookie } });
                if (run.failed > 0) throw new Error(run.out);
                return run;
        };
        const busy = async () => {
                const logins = await begin(server);
                const began = Date.now();
                const run = await pages();
                return { ...run, logins: await logins.stop() * 1000 / (Date.now() - began) };
        };
        const runs = [];
        for (let i = 0; i <= rounds; i++) {
                const first = i % 2 === 0 ? await pages() : await busy();
                const second = i % 2 === 0 ? await busy() : await pages();
                const [alone, beside] = i % 2 === 0 ? [first, second] : [second, first];
                // The first round warms up.
                if (i > 0) runs.push({ alone, beside, ratio: beside.p99 / alone.p99 });
        }
        const of = (side, name) => median(runs.map((r) => r[side][name]));
        ratio = median(runs.map((r) => r.ratio));
        console.log(table(['program page, 16 connections', 'alone', `${people} logins at once`], [
                ['pages a second', round(of('alone', 'rate')), round(of('beside', 'rate'))],
                ['p50', `${round(of('alone', 'p50'), 1)} ms`, `${round(of('beside', 'p50'), 1)} ms`],
                ['p99', `${round(of('alone', 'p99'), 1)} ms`, `${round(of('beside', 'p99'), 1)} ms`],
                ['logins a second', '0', round(of('beside', 'logins'), 1)],
                [`p99 beside logins / alone (at most ${most})`, '', round(ratio, 2)],
        ]));
        if (!(ratio <= most)) console.error(`mixed: pages wait for logins: ${round(ratio, 2)} instead of ${most}`);
} finally {
        await server.stop();
}
process.exit(ratio <= most ? 0 : 1);
