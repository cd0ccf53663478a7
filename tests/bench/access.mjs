// access: from the gateway's event to the grant, and to the mail handed over.
//
//   . var/server.env && node tests/bench/access.mjs [PURCHASES]
//
// Buys one after the other through the running product and reads, of these orders, the time
// between the arrival of the event that confirms the payment and the commit that granted
// access, and until the mail server took the mail that says so.

import { Browser } from '../web/lib/browser.mjs';
import { address, here, quote } from '../web/lib/house.mjs';
import { becomes, begin, pay, software } from '../web/lib/purchase.mjs';

const purchases = Number(process.argv[2] ?? 100);
const numbers = [];
for (let i = 0; i < purchases; i++) {
        const made = await begin(here, { product: software, email: address('bench'), browser: new Browser(here.url) });
        await pay(made);
        numbers.push(made.number);
}
const list = numbers.map(quote).join(', ');
await becomes(here, `SELECT count(*) = ${purchases} FROM messages m JOIN orders o ON o.id = m.object_id
        WHERE m.object = 'order' AND m.kind = 'access_open' AND m.status = 'sent' AND o.number IN (${list})`, 60);
const [row] = here.rows(`
        WITH t AS (SELECT extract(epoch FROM i.done_at - i.received_at) * 1000 AS granted,
                          extract(epoch FROM s.sent_at - i.received_at) * 1000 AS mailed
                   FROM orders o JOIN attempts a ON a.order_id = o.id
                        JOIN LATERAL (SELECT received_at, done_at FROM inbox WHERE attempt_key = a.key AND status = 'done'
                                      ORDER BY received_at LIMIT 1) i ON true
                        JOIN messages s ON s.object = 'order' AND s.object_id = o.id AND s.kind = 'access_open'
                   WHERE o.number IN (${list}))
        SELECT count(*) AS n, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY granted)) AS g50,
               round(percentile_cont(0.99) WITHIN GROUP (ORDER BY granted)) AS g99,
               round(percentile_cont(0.5) WITHIN GROUP (ORDER BY mailed)) AS m50,
               round(percentile_cont(0.99) WITHIN GROUP (ORDER BY mailed)) AS m99 FROM t`);
console.log(`purchases                              ${row.n}`);
console.log(`event received to access granted       p50 ${row.g50} ms, p99 ${row.g99} ms (goal: p99 under 50)`);
console.log(`event received to mail handed over     p50 ${row.m50} ms, p99 ${row.m99} ms (goal: p99 under 2,000)`);
