// Events a second: signed events of paid orders posted at the hook, stored and settled with
// access granted, in two transactions; beside pgbench that runs the same two, as the same
// role.  Each event belongs to an order of its own.  The worker is held meanwhile, on both
// sides, so that nothing else is measured.  Nothing may be lost or doubled.
//
//   node tests/bench/events.mjs       BENCH_ROUNDS (5)  BENCH_EVENTS_EACH (1500)

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { processes } from '../drill/lib/processes.mjs';
import { startServer, top } from '../drill/lib/server.mjs';
import { ceiling, cpu, cpuEach, load, median, round, rounds, table } from './lib/measure.mjs';

const each = Number(process.env.BENCH_EVENTS_EACH ?? 1500);

/** Orders with an attempt each, keys PREFIX1 ...; what they cost. */
function prepare(server, prefix, n) {
        server.sqlDo(`SELECT count(*) FROM generate_series(1, ${n}) i,
                LATERAL order_begin('light-and-lens', 'full', '${prefix}' || i, '${prefix}' || i || '@example.org',
                        '${prefix}' || i || '@example.org', 'Bench', 'DE', true, false, '${prefix}' || i, sha256(('${prefix}' || i)::bytea), '')`);
        return server.sql(`SELECT amount_minor AS amount, currency FROM attempts WHERE key = '${prefix}1'`)[0];
}

/** An event as the gateway sends it. */
function eventOf(prefix, i, { amount, currency }) {
        const created = Math.floor(Date.now() / 1000) - 1;
        const money = currency.toLowerCase();
        return {
                id: `evt_${prefix}${i}`, object: 'event', api_version: '2026-10-28.endive', created, livemode: false, pending_webhooks: 1,
                request: { id: `req_${prefix}${i}`, idempotency_key: null }, type: 'payment_intent.succeeded',
                data: { object: {
                        id: `pi_${prefix}${i}`, object: 'payment_intent', amount, amount_capturable: 0, amount_details: { tip: {} }, amount_received: amount,
                        application: null, application_fee_amount: null, automatic_payment_methods: null, canceled_at: null, cancellation_reason: null,
                        capture_method: 'automatic', client_secret: `pi_${prefix}${i}_secret_x`, confirmation_method: 'automatic', created, currency: money,
                        customer: null, description: `Light & Lens, order ${prefix}${i}`, last_payment_error: null, latest_charge: `ch_${prefix}${i}`,
                        livemode: false, metadata: { attempt: `${prefix}${i}`, order: `${prefix}${i}` }, next_action: null, on_behalf_of: null,
                        payment_method: `pm_${prefix}${i}`, payment_method_configuration_details: null, payment_method_options: { card: {
                                installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
                        payment_method_types: ['card'], processing: null, receipt_email: null, review: null, setup_future_usage: null, shipping: null,
                        source: null, statement_descriptor: null, statement_descriptor_suffix: 'NORTHLIGHT STUDIO', status: 'succeeded',
                        transfer_data: null, transfer_group: null } },
        };
}

/** A file with N signed events. */
function write(server, prefix, n, price) {
        const file = path.join(server.dir, 'bench.events');
        const t = Math.floor(Date.now() / 1000);
        fs.writeFileSync(file, Array.from({ length: n }, (_, i) => {
                const body = JSON.stringify(eventOf(prefix, i + 1, price));
                const signature = crypto.createHmac('sha256', server.env.LATCHKEY_HOOK_SECRET).update(`${t}.${body}`).digest('hex');
                return `t=${t},v1=${signature}\t${body}\n`;
        }).join(''));
        return file;
}

/** Post every line of FILE once more; what was settled already stays as it is. */
async function again(server, file) {
        for (const line of fs.readFileSync(file, 'utf8').trimEnd().split('\n')) {
                const [signature, body] = line.split('\t');
                const answer = await fetch(server.env.LATCHKEY_HOOK_URL, { method: 'POST', body,
                        headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature } });
                if (answer.status !== 200) throw new Error(`the hook answers ${answer.status}`);
        }
}

/** The same two transactions for pgbench; the event's number comes from a sequence. */
function transactions(prefix, price) {
        // A colon before a digit or a letter would name a variable of pgbench.
        const body = JSON.stringify(eventOf(prefix, 1, price)).replaceAll("'", "''").replaceAll('":', '": ');
        return `SELECT verdict FROM event_store('stripe', 'evt_${prefix}' || nextval('public.bench'), 'payment_intent.succeeded', 'hook', '${body}',
                now(), 'pay', '${prefix}' || currval('public.bench'), 'pi_${prefix}' || currval('public.bench'), NULL,
                'ch_${prefix}' || currval('public.bench'), 'pi_${prefix}' || currval('public.bench'), ${price.amount}, '${price.currency}') verdict;
SELECT verdict FROM event_apply('stripe', 'evt_${prefix}' || currval('public.bench')) verdict;
`.replace(/\n\s+/g, ' ').replace(/; ?SELECT/g, ';\nSELECT');
}

const booked = (server, prefix) => server.sql(`SELECT count(*) AS n, count(DISTINCT p.order_id) AS orders, count(a.id) AS granted,
        extract(epoch FROM max(booked_at) - min(booked_at)) AS took
        FROM payments p LEFT JOIN access a ON a.order_id = p.order_id WHERE p.gateway_ref LIKE 'pi_${prefix}%'`)[0];

const server = await startServer({ empty: true });
try {
        server.sqlDo('CREATE SEQUENCE public.bench; GRANT USAGE ON SCHEMA public TO lk_hooks; GRANT USAGE ON SEQUENCE public.bench TO lk_hooks');
        for (const { pid } of processes(server.dir, ['worker'])) process.kill(pid, 'SIGSTOP');
        const runs = [];
        let bytes = 0;
        for (let i = 0; i <= rounds; i++) {
                const [ours, theirs] = [`o${i}x`, `p${i}x`];
                const price = prepare(server, ours, each);
                prepare(server, theirs, each);
                server.sqlDo(`ALTER SEQUENCE public.bench RESTART; ANALYZE`);
                process.env.BENCH_EVENTS = write(server, ours, each, price);
                bytes = fs.statSync(process.env.BENCH_EVENTS).size / each;
                const before = cpu(server, ['hooks', 'nginx']);
                const posted = await load(server.env.LATCHKEY_HOOK_URL, { script: path.join(top, 'tests/bench/lib/events.lua'), duration: 8 });
                const used = cpuEach(before, cpu(server, ['hooks', 'nginx']), each);
                if (posted.failed > 0) throw new Error(posted.out);
                const rate = booked(server, ours);
                // All of them once more: wrk leaves out its first, and hangs up on its last.
                await again(server, process.env.BENCH_EVENTS);
                const done = booked(server, ours);
                if (done.n !== each || done.orders !== each || done.granted !== each)
                        throw new Error(`${done.n} payments, ${done.orders} orders, ${done.granted} granted of ${each}`);
                const began = cpu(server, []);
                const tps = await ceiling(server, 'lk_hooks', transactions(theirs, price), {}, { transactions: each });
                const alone = cpuEach(began, cpu(server, []), each).PostgreSQL;
                // The first round warms up.
                if (i > 0) runs.push({ rate: rate.n / rate.took, p50: posted.p50, p99: posted.p99, tps, ratio: rate.n / rate.took / tps, ...used, alone });
        }
        const of = (name) => median(runs.map((r) => r[name]));
        console.log(table(['events', 'median'], [
                ['events stored and settled a second, 16 connections', round(of('rate'))],
                ['p50', `${round(of('p50'), 1)} ms`],
                ['p99', `${round(of('p99'), 1)} ms`],
                ['pgbench, the same two transactions, 8 clients, a second', round(of('tps'))],
                ['events / pgbench', round(of('ratio'), 2)],
                ['CPU an event: PostgreSQL', `${round(of('PostgreSQL'), 2)} ms`],
                ['CPU an event: latchkey-hooks', `${round(of('hooks'), 2)} ms`],
                ['CPU an event: nginx', `${round(of('nginx'), 2)} ms`],
                ['CPU an event of pgbench: PostgreSQL', `${round(of('alone'), 2)} ms`],
                ['lost or doubled', '0'],
                ['size of an event', `${round(bytes)} bytes`],
        ]));
} finally {
        for (const { pid } of processes(server.dir, ['worker'])) process.kill(pid, 'SIGCONT');
        await server.stop();
}
process.exit(0);
