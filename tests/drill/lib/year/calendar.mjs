// The product's clock and the gateway's, set to one moment after another, and the wait until
// nothing of that moment is left to be done.
//
//   const calendar = new Calendar(house, control);
//   await calendar.set(day, hour)     day 0 begins at the next midnight (UTC)
//   calendar.date(day)                '2026-11-23'
//   await calendar.compare()          the product's own comparison with the gateway
//   await calendar.quiet()            no job, event, mail or delivery is due or at work

import { sleep } from '../server.mjs';

const dayMs = 86400000;

// An attempt is asked about again and again for a minute: those that wait are nobody's work.
const busy = `
        SELECT (SELECT count(*) FROM jobs WHERE run_at <= app_now() OR (kind <> 'attempt_ask' AND error IS NULL AND run_at <= app_now() + interval '30 seconds'))
               + (SELECT count(*) FROM schedules WHERE next_at <= app_now())
               + (SELECT count(*) FROM inbox WHERE status = 'new' AND tries = 0)
               + (SELECT count(*) FROM messages WHERE status = 'sending' AND lease_until > clock_timestamp())
               || ' ' || (SELECT last_value FROM jobs_id_seq)`;

export class Calendar {
        constructor(house, control) {
                this.house = house;
                this.control = control;
                this.begin = Math.ceil(Date.now() / dayMs) * dayMs;
        }

        date = (day) => new Date(this.begin + day * dayMs).toISOString().slice(0, 10);

        /** Both clocks: the product's first, for no event may come from its future. */
        async set(day, hour) {
                const at = new Date(this.begin + day * dayMs + hour * 3600000);
                await this.quiet();
                // What fell due at the gateway since the last look arrives now.  The product's own
                // comparison, which looks back at what should have been here for hours, is made by compare().
                const ahead = Number(this.house.sql(`WITH held AS (UPDATE schedules SET next_at = '${at.toISOString()}'::timestamptz + interval '1 hour' WHERE name = 'reconcile')
                        UPDATE dev_clock SET ahead = '${at.toISOString()}'::timestamptz - now() RETURNING extract(epoch FROM ahead)`));
                await this.control('clock', { ahead_seconds: Math.floor(ahead) });
                this.house.sql('NOTIFY latchkey_jobs');
                await this.quiet();
        }

        /** The day's comparison of gateway and books, as the worker makes it. */
        async compare() {
                this.house.sql("UPDATE schedules SET next_at = app_now() WHERE name = 'reconcile'");
                this.house.sql('NOTIFY latchkey_jobs');
                await this.quiet();
        }

        /** Looked at twice with the gateway's deliveries in between: what was done meanwhile has made a job. */
        async quiet() {
                const end = Date.now() + 300000;
                for (let pause = 4; Date.now() < end; pause = Math.min(pause * 1.5, 60)) {
                        const before = this.house.sql(busy);
                        if (before.startsWith('0 ')) {
                                const clock = await this.control('clock');
                                if (clock.pending_events === 0 && this.house.sql(busy) === before) return;
                        }
                        await sleep(pause);
                }
                throw new Error(`after five minutes there is still work that is due: ${this.house.sql(busy)}, ${
                        this.house.sql("SELECT string_agg(kind || ' ' || key || ' ' || coalesce(error, ''), '; ') FROM (SELECT * FROM jobs WHERE run_at <= app_now() + interval '30 seconds' LIMIT 9) j")}`);
        }
}
