// Memory of nginx and all programs, without PostgreSQL: the sum of PSS, where what several
// processes share counts once.  What processes of others share with these counts in part
// for them, so no second server should run meanwhile.
//
//   node tests/bench/memory.mjs

import { Browser } from '../drill/lib/browser.mjs';
import { memoryOfAll } from '../drill/lib/memory.mjs';
import { load, logIn, round, startProduct, table } from './lib/measure.mjs';

const programs = { 'latchkey-portal (12)': ['portal', 'gateway', 'login'], 'latchkey-hooks (8)': ['hooks'], 'latchkey-admin (2)': ['admin'],
        'latchkey-worker (2)': ['worker'], 'nginx (2)': ['nginx'] };
const sandbox = ['sandbox', 'deliver'];

const take = (server) => [...Object.values(programs), Object.values(programs).flat(), sandbox].map((names) => memoryOfAll(server.dir, names));

const server = await startProduct();
try {
        const idle = take(server);
        const { cookie } = await logIn(server);
        for (const where of ['/', '/programs', '/programs/light-and-lens', '/orders', '/products/light-and-lens', '/login', '/admin/login'])
                await load(server.env.LATCHKEY_URL + where, { headers: { Cookie: cookie }, duration: 3 });
        await Promise.all(Array.from({ length: 8 }, async (_, n) => {
                for (let i = 0; i < 8; i++) {
                        const browser = new Browser(server.env.LATCHKEY_URL);
                        await browser.buy('light-and-lens', 'full', `memory${n}.${i}.${Date.now()}@example.org`);
                        browser.close();
                }
        }));
        const after = take(server);
        const mb = (n) => `${round(n, 1)} MB`;
        console.log(table(['PSS', 'after the start', 'after load', 'of it private'], [...Object.keys(programs), '**together**', 'sandbox (development)']
                .map((name, i) => [name, mb(idle[i].pss), mb(after[i].pss), mb(after[i].own)])));
} finally {
        await server.stop();
}
process.exit(0);
