// A year of customers: they buy in every way that a plan can be paid, want other plans, do not pay,
// are reminded, pay late or never, while the product's clock goes from day to day.  Every day the
// ledger, the gateway and the schedules must agree.
//
//   node tests/drill/lib/year/main.mjs CUSTOMERS DAYS SEED AUDIT
//
// AUDIT: every so many days latchkeyctl's own checks run as well.  tests/drill/year calls it.

import { House } from '../../../web/lib/house.mjs';
import { Plans } from '../../../web/lib/plan.mjs';
import { staffBrowser } from '../../../web/lib/staff.mjs';
import { newReport } from '../report.mjs';
import { startServer } from '../server.mjs';
import { Books } from './books.mjs';
import { Calendar } from './calendar.mjs';
import { newDice } from './dice.mjs';
import { Life } from './life.mjs';
import { population, shelf } from './people.mjs';

const [customers, days, seed, auditEvery] = process.argv.slice(2).map(Number);
// Two looks a day, so that it is day somewhere for everybody.
const hours = [9, 21];
const compareEvery = 5;

async function live(server, report) {
        const house = new House(server.env);
        const control = async (what, body) => {
                const answer = await fetch(`${house.sandbox.url}/sandbox/${what}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
                return { status: answer.status, ...(await answer.json()) };
        };
        const dice = newDice(seed);
        const calendar = new Calendar(house, control);
        const shop = new Plans(house, shelf(calendar.date));
        const staff = await staffBrowser(house, 'owner');
        house.sql("UPDATE sessions SET expires_at = '2100-01-01' WHERE kind = 'staff'");
        const books = new Books({ house, control });
        const life = new Life({ house, calendar, control, staff, dice: dice.fork(-1) });
        const people = population(dice, customers, days);
        const faults = [], spent = { clock: 0, life: 0, books: 0 };
        const timed = async (what, work) => {
                const began = performance.now();
                const found = await work();
                spent[what] += performance.now() - began;
                return found;
        };
        let looks = 0, audits = 0, day = 0;
        try {
                for (; day < days && faults.length === 0; day++) {
                        for (const hour of hours) {
                                await timed('clock', () => calendar.set(day, hour));
                                if (hour === hours[0]) await timed('life', () => life.day(people, day));
                                await timed('clock', () => calendar.quiet());
                        }
                        if (day % compareEvery === compareEvery - 1 || day === days - 1) await timed('clock', () => calendar.compare());
                        faults.push(...await timed('books', () => books.faults(day)));
                        looks++;
                        if (day % auditEvery === auditEvery - 1 || day === days - 1) {
                                faults.push(...await timed('books', () => [...books.audit(), ...books.alarms()]));
                                audits++;
                        }
                        if (process.env.YEAR_TELL) console.log(`# day ${day} ${calendar.date(day)} ${Object.values(spent).map((ms) => Math.round(ms / 1000)).join(' ')}`);
                }
        } finally {
                shop.end();
                report.note(`${Object.entries(life.done).sort().map(([what, n]) => `${what} ${n}`).join(', ')}`);
                report.note(`seconds: the product ${Math.round(spent.clock / 1000)}, the people ${Math.round(spent.life / 1000)}, the comparisons ${Math.round(spent.books / 1000)}`);
        }
        for (const line of books.table()) report.note(line);
        report.check('ledger, gateway and schedules agree every day', faults.length === 0 && looks === days, faults.length === 0 ? `${looks} days` : `day ${day}: ${faults.slice(0, 12).join('; ')}`);
        report.check('so do latchkeyctl check money, check access and reconcile', faults.length === 0 && audits > 0, `${audits} times`);
        const [n] = house.rows("SELECT count(*) AS people, (SELECT count(*) FROM agreements WHERE status <> 'agreed') AS plans, (SELECT count(*) FROM agreement_versions WHERE version > 1) AS changes, (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM messages WHERE status = 'sent') AS mails FROM customers");
        report.note(`${n.people} customers, ${n.plans} plans, ${n.changes} later versions of them, ${n.payments} payments, ${n.mails} mails`);
        report.check('everybody bought', people.every((one) => one.number || one.buysOn >= days));
}

const report = newReport();
report.note(`${customers} customers, ${days} days, seed ${seed}`);
const server = await startServer({ empty: true });
try {
        await live(server, report);
} catch (error) {
        report.check('the drill itself', false, error.stack);
} finally {
        await server.stop();
}
report.end();
