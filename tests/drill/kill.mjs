// The first drill: people buy for a minute while every 200 ms a random process of the
// product is killed with SIGKILL: supervisors, their workers, nginx, and the gateway's.
// Then: who paid has access, once; every mail that is due was sent or counts as maybe sent;
// none arrived twice; gateway, books and receipts agree.
//
//   node tests/drill/kill.mjs        DRILL_SECONDS (60)  DRILL_BROWSERS (20)

import { Browser } from './lib/browser.mjs';
import { compare, settled } from './lib/oracle.mjs';
import { product, processes } from './lib/processes.mjs';
import { newReport } from './lib/report.mjs';
import { sleep, startServer } from './lib/server.mjs';

const seconds = Number(process.env.DRILL_SECONDS ?? 60);
const browsers = Number(process.env.DRILL_BROWSERS ?? 20);
const everyMs = 200;
const killsWanted = 200;
const purchasesWanted = 50;
const settleSeconds = 240;

const slugs = ['light-and-lens', 'portfolio-mentoring', 'darkroom-desk'];
const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** Kill one process every 200 ms until END; how many, by service. */
async function killUntil(server, end) {
        const killed = new Set();
        const kills = Object.fromEntries(product.map((name) => [name, { leader: 0, other: 0 }]));
        for (let at = Date.now(); at < end; at += everyMs) {
                await sleep(Math.max(0, at - Date.now()));
                const alive = processes(server.dir).filter((p) => !killed.has(p.pid));
                if (alive.length === 0) continue;
                // A service first, then one of its processes: the small ones get their share.
                const name = pick([...new Set(alive.map((p) => p.name))]);
                const victim = pick(alive.filter((p) => p.name === name));
                try {
                        process.kill(victim.pid, 'SIGKILL');
                        killed.add(victim.pid);
                        kills[victim.name][victim.leads ? 'leader' : 'other']++;
                } catch { /* it was faster */ }
        }
        return kills;
}

/** One person after another buys at browser N until END; what happened to each. */
async function buyUntil(server, n, end, stats, purchases) {
        for (let i = 1; Date.now() < end; i++) {
                const began = Date.now();
                const purchase = { email: `buyer${n}.${i}@example.org` };
                const browser = new Browser(server.env.LATCHKEY_URL, stats);
                try {
                        Object.assign(purchase, await browser.buy(pick(slugs), 'full', purchase.email,
                                { declineFirst: i % 5 === 0, twice: i % 4 === 0 }));
                } catch (error) {
                        purchase.failed = error.message;
                }
                browser.close();
                purchase.took = (Date.now() - began) / 1000;
                purchases.push(purchase);
        }
}

const quantile = (list, q) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;

const report = newReport();
const server = await startServer({ empty: true });
try {
        const stats = {};
        const purchases = [];
        const end = Date.now() + seconds * 1000;
        const people = Array.from({ length: browsers }, (_, n) => buyUntil(server, n + 1, end, stats, purchases));
        const kills = await killUntil(server, end);
        await Promise.all(people);
        const leaders = Object.values(kills).reduce((sum, k) => sum + k.leader, 0);
        const others = Object.values(kills).reduce((sum, k) => sum + k.other, 0);
        report.note(`kills: ${leaders} supervisors and masters, ${others} of their processes (${
                product.map((name) => `${name} ${kills[name].leader}+${kills[name].other}`).join(', ')})`);
        report.note(`answers to the browsers: ${Object.entries(stats).map(([what, n]) => `${what} ${n}`).join(', ')}`);
        const done = purchases.filter((p) => !p.failed);
        report.note(`seconds from the payment to the open program: median ${quantile(done.map((p) => p.seconds), 0.5).toFixed(1)}, p99 ${
                quantile(done.map((p) => p.seconds), 0.99).toFixed(1)}`);
        const waited = await settled(server, settleSeconds);
        report.check(`at least ${killsWanted} kills`, leaders + others >= killsWanted, `${leaders + others}`);
        report.check('every purchase that was begun came to its end', done.length === purchases.length,
                purchases.filter((p) => p.failed).slice(0, 3).map((p) => `${p.email} ${p.failed}`).join('; '));
        report.check('everything settles', waited !== null, waited === null ? `not within ${settleSeconds} s` : `after ${waited} s`);
        const paid = await compare(server, report);
        report.check(`at least ${purchasesWanted} purchases`, done.length >= purchasesWanted && paid.size >= purchasesWanted, `${done.length}, ${paid.size} paid`);
        report.check('who saw the open program has paid', done.every((p) => paid.has(p.number)));
} catch (error) {
        report.check('the drill itself', false, error.stack);
} finally {
        await server.stop();
}
report.end();
