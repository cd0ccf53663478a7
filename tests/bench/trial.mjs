// trial: a rule of payment plans is edited while 10,000 plans are live: how long its page takes that
// says whom it would touch, beside the one statement that reads those plans.
//
//   node tests/bench/trial.mjs       BENCH_PLANS (10000)  BENCH_ROUNDS (5)
//
// The plans have a deposit that is paid and twelve payments to come, and all fall under the rule; the edit takes
// options away from every one, so none is left out early.  1 means: the page takes more than two
// seconds of processor time, which is what somebody waits on a machine that does nothing else, or more
// than four times as long as the statement.

import { spawnSync } from 'node:child_process';

import { formOf, plain } from '../web/lib/browser.mjs';
import { House, quote } from '../web/lib/house.mjs';
import { Plans } from '../web/lib/plan.mjs';
import { newStaff } from '../web/lib/staff.mjs';
import { cpu, cpuEach, median, round, rounds, startProduct, statement, table } from './lib/measure.mjs';

const most = 2000; // ms of CPU
const times = 4;
const plans = Number(process.env.BENCH_PLANS ?? 10000);

/** N copies of the plan of order NUMBER, each for a customer of its own. */
function copy(house, number, n) {
        const key = 10000000;
        const tables = [['customers', 's.id = o.customer_id', { id: `${key} + n`, email: "'x' || n || '@bulk.example'", email_fold: "'x' || n || '@bulk.example'" }],
                ['orders', 's.id = o.id', { id: `${key} + n`, number: "'B' || lpad(n::text, 9, '0')", customer_id: `${key} + n`, form_nonce: "'b' || n" }],
                ['order_lines', 's.order_id = o.id', { id: `s.id + ${key} + n * 10`, order_id: `${key} + n`, customer_id: `${key} + n`, must_open: 'NULL' }],
                ['agreements', 's.order_id = o.id', { id: `${key} + n`, order_id: `${key} + n`, customer_id: `${key} + n` }],
                ['agreement_versions', 's.agreement_id = g.id', { agreement_id: `${key} + n`, customer_id: `${key} + n` }],
                ['agreement_rows', 's.agreement_id = g.id', { agreement_id: `${key} + n`, customer_id: `${key} + n` }],
                ['dues', 's.agreement_id = g.id', { id: `s.id + ${key} + n * 100`, order_id: `${key} + n`, customer_id: `${key} + n`, agreement_id: `${key} + n` }]];
        const statements = tables.map(([name, which, sets]) => {
                const columns = house.rows(`SELECT column_name AS name FROM information_schema.columns
                        WHERE table_schema = 'latchkey' AND table_name = ${quote(name)} AND is_generated = 'NEVER' ORDER BY ordinal_position`).map((row) => row.name);
                return `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns.map((column) => sets[column] ?? `s.${column}`)}
                        FROM ${name} s, orders o JOIN agreements g ON g.order_id = o.id, generate_series(1, ${n}) n WHERE o.number = ${quote(number)} AND ${which}`;
        });
        house.sql(`SET session_replication_role = replica; ${statements.join('; ')}; ANALYZE`);
}

const server = await startProduct();
let missed = false;
try {
        const house = new House(server.env);
        const shop = new Plans(house, { twelve: 'schedule=12 monthly instalments\ndeposit=25%\namount=160.00' });
        const { number } = await shop.buy('twelve');
        const owner = (await newStaff(house, 'owner')).browser;
        copy(house, number, plans - 1);
        const rule = house.rows(`SELECT r.id, r.region FROM rule_versions r JOIN orders o ON r.id = rule_of(o.id) WHERE o.number = ${quote(number)}`)[0];
        const { fields } = formOf(await owner.go(`/admin/plans/rules/${rule.id}`), /rules\/\d+$/);
        const token = [...owner.jar(new URL(house.adminUrl ?? house.url).hostname)].find(([name]) => /session|staff/.test(name))[1];
        const timed = async (work) => {
                const all = [];
                for (let i = 0; i <= rounds; i++) {
                        const from = performance.now();
                        await work();
                        if (i > 0) all.push(performance.now() - from);
                }
                return median(all);
        };
        const before = cpu(server, ['admin']);
        const page = await timed(async () => {
                const said = await owner.go(`/admin/plans/rules/${rule.id}/trials`, { form: { ...fields, later: '5', changes: '0' } });
                const touched = Number(/What it would touch (\d+) of/.exec(plain(said.text))?.[1]);
                if (said.status !== 200 || touched < plans) throw new Error(`POST trials: ${said.status}, ${touched} plans`);
        });
        const each = cpuEach(before, cpu(server, ['admin']), rounds + 1);
        // In a process of its own, whose start is no part of it.
        const asked = statement('forecast', 'trial_plans', ["''", quote(rule.region), 'false']);
        const said = spawnSync('psql', [house.conninfo, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', '\\timing on', ...Array.from({ length: rounds + 1 }, () => ['-c', asked]).flat()],
                { encoding: 'utf8', maxBuffer: 1e9, env: { ...process.env, PGOPTIONS: `-c search_path=latchkey -c jit=off -c latchkey.token=${token}` } });
        const alone = median([...said.stdout.matchAll(/^Time: ([\d.]+) ms/gm)].slice(1).map(([, ms]) => Number(ms)));
        if (said.status !== 0 || said.stdout.split('\n').length < plans) throw new Error(`the statement alone: ${said.stderr}`);
        shop.end();
        missed = each.PostgreSQL + each.admin > most || page > times * alone;
        console.log(table(['an edited rule is tried', 'median'], [
                ['live plans, 12 payments to come', round(plans)],
                ['its page', `${round(page)} ms`],
                ['the statement that reads them, alone', `${round(alone)} ms`],
                ['page / statement', round(page / alone, 2)],
                ['CPU: PostgreSQL', `${round(each.PostgreSQL)} ms`],
                ['CPU: latchkey-admin', `${round(each['admin'])} ms`]]));
} finally {
        await server.stop();
}
process.exit(missed ? 1 : 0);
