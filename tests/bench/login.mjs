// Known and unknown accounts do the same work: the portal's and the staff's login with a wrong
// password, a link asked for, a forgotten password; by turns for an address that has an account
// and for one that has none.  The medians of how long an answer takes may differ by 2 ms.
//
//   node tests/bench/login.mjs       BENCH_TRIES (2000 of the portal's login, a fifth of the others)
//
// Limits are as they are in production.  Each account is tried a few times, fewer than it may,
// and each try comes from one of 250 client addresses.  The worker is held, so that what it does
// after an answer does not stand in the next one's time.  1 means: a difference beyond 2 ms.

import { processes } from '../drill/lib/processes.mjs';
import { median, round, startProduct, table } from './lib/measure.mjs';
import { open, post } from './lib/visitor.mjs';

const most = 2; // ms
const tries = Number(process.env.BENCH_TRIES ?? 2000);
const each = 4;
const clients = 250;
const address = (known, i) => `bench${String(i).padStart(5, '0')}@${known ? 'here' : 'gone'}.example`;

/** N customers and N members of staff with the demo's passwords and secrets, at addresses of their own. */
function populate(server, n) {
        const email = `'bench' || lpad(i::text, 5, '0') || '@here.example'`;
        server.sqlDo(`WITH made AS (INSERT INTO customers (email, email_fold, email_verified_at, name, created_at)
                        SELECT ${email}, ${email}, now(), 'Bench ' || i, now() FROM generate_series(0, ${n - 1}) i RETURNING id)
                INSERT INTO credentials (customer_id, password_hash, set_at)
                SELECT made.id, k.password_hash, now() FROM made, credentials k JOIN customers c ON c.id = k.customer_id
                WHERE c.email_fold = '${server.env.LATCHKEY_DEMO_CUSTOMER}'`);
        server.sqlDo(`INSERT INTO staff (email, email_fold, name, role, password_hash, totp_secret, created_at)
                SELECT ${email}, ${email}, 'Bench ' || i, 'viewer', s.password_hash, s.totp_secret, now()
                FROM generate_series(0, ${n - 1}) i, staff s WHERE s.email_fold = '${server.env.LATCHKEY_DEMO_OWNER}'`);
        server.sqlDo('VACUUM ANALYZE');
}

/** What an answer says, without what is made for it alone. */
const words = (answer, email) => answer.text.replaceAll(email, 'EMAIL').replace(/(value|data-challenge)="[^"]*"/g, '$1=""')
        .replace(/[0-9a-f]{16,}/g, '');

/** N tries at PATH; { known, unknown } in ms each. */
async function measure(server, { page, path, fields, status }, n) {
        const visitor = await open(server.env.LATCHKEY_URL + page);
        const took = { true: [], false: [] };
        let said;
        for (let i = -20; i < n; i++) {
                // The order within each pair changes, so that neither always follows the other.
                const pair = Math.floor((i + 20) / 2);
                const known = (i + 20) % 2 === pair % 2;
                const email = address(known, Math.floor(pair / each));
                const answer = await post(server.env.LATCHKEY_URL + path, visitor, { email, ...fields }, pair % clients);
                said ??= words(answer, email);
                if (answer.status !== status) throw new Error(`POST ${path} for ${email}: ${answer.status} instead of ${status}`);
                if (words(answer, email) !== said) throw new Error(`POST ${path} for ${email}: other words than before`);
                if (i >= 0) took[known].push(answer.ms);
        }
        return { known: median(took.true), unknown: median(took.false) };
}

const forms = [
        { name: 'portal, wrong password', part: 1, page: '/login', path: '/login', fields: { password: 'not the right one' }, status: 422 },
        { name: 'staff, wrong password', part: 5, page: '/admin/login', path: '/admin/login',
                fields: { password: 'not the right one', code: '000000' }, status: 422 },
        { name: 'portal, a link asked for', part: 5, page: '/login', path: '/login/link', fields: {}, status: 200 },
        { name: 'portal, password forgotten', part: 5, page: '/login/forgotten', path: '/login/forgotten', fields: {}, status: 200 },
];

const server = await startProduct();
let wrong = 0;
try {
        populate(server, Math.ceil((tries + 20) / 2 / each));
        for (const { pid } of processes(server.dir, ['worker'])) process.kill(pid, 'SIGSTOP');
        const rows = [];
        for (const form of forms) {
                const n = Math.max(40, Math.floor(tries / form.part));
                const { known, unknown } = await measure(server, form, n);
                const apart = Math.abs(known - unknown);
                if (!(apart <= most)) wrong++;
                rows.push([form.name, round(n), `${round(known, 2)} ms`, `${round(unknown, 2)} ms`, `${round(apart, 2)} ms`]);
        }
        console.log(table(['median answer', 'tries', 'known', 'unknown', `apart (at most ${most} ms)`], rows));
        if (wrong > 0) console.error(`login: ${wrong} of ${forms.length} tell known from unknown accounts by their time`);
} finally {
        for (const { pid } of processes(server.dir, ['worker'])) process.kill(pid, 'SIGCONT');
        await server.stop();
}
process.exit(wrong > 0 ? 1 : 0);
