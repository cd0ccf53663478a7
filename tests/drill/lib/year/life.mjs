// What people do on a day of the simulated year: buy, want another plan, answer a mail about a
// payment that failed, or give up; what their banks do; and what staff answer them.  All of it
// goes through the pages and the gateway that people use.
//
//   const life = new Life({ house, calendar, control, staff, dice });
//   await life.day(people, day)
//   life.mails()             the links of the mails that came since

import fs from 'node:fs';
import path from 'node:path';

import { plain } from '../../../web/lib/browser.mjs';
import { quote } from '../../../web/lib/house.mjs';
import { begin, pay } from '../../../web/lib/purchase.mjs';
import { inside } from '../../../web/lib/world.mjs';
import { zones } from './people.mjs';

const tokens = {
        soft: ['pm_card_visa_chargeDeclinedInsufficientFunds', 'pm_card_chargeDeclinedDoNotHonor', 'pm_card_chargeDeclinedProcessingError', 'pm_card_visa_chargeDeclinedVelocityLimitExceeded'],
        dead: ['pm_card_visa_chargeDeclinedLostCard', 'pm_card_visa_chargeDeclinedStolenCard', 'pm_card_chargeCustomerFail'],
        expired: ['pm_card_chargeDeclinedExpiredCard'], asks: ['pm_card_authenticationRequired'],
};
const atOnce = 6;
const linkOf = /\/pay\/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/;

export class Life {
        constructor({ house, calendar, control, staff, dice }) {
                Object.assign(this, { house, calendar, control, staff, dice });
                this.byEmail = new Map();
                this.done = {};
        }

        count(what, answer) {
                const how = `${what} ${answer}`;
                this.done[how] = (this.done[how] ?? 0) + 1;
        }

        /** Six at a time; each page that is wrong is wrong for all of the simulation. */
        async each(list, what) {
                const waiting = [...list];
                await Promise.all(Array.from({ length: atOnce }, async () => {
                        for (let one; (one = waiting.shift()) !== undefined;) await what(one);
                }));
        }

        /** An answer that no simulation may meet: an error page, or a limit. */
        fine(answer, what, statuses = [200, 303]) {
                if (!statuses.includes(answer.status)) throw new Error(`${what}: ${answer.status} ${answer.url} ${plain(answer.text).slice(0, 300)}`);
                return answer;
        }

        async day(people, day) {
                this.house.sql("DELETE FROM tries WHERE scope IN ('ask_account', 'ask_address')");
                this.mails();
                await this.each(people.filter((one) => one.buysOn === day), (one) => this.buy(one));
                await this.calendar.quiet();
                await this.each(people.filter((one) => one.number), (one) => this.bank(one, day));
                await this.each(people.filter((one) => one.number && !one.gaveUp && one.wishes.some((wish) => wish.on === day)), async (one) => {
                        for (const wish of one.wishes.filter((wish) => wish.on === day)) await this.wish(one, wish.what);
                });
                await this.each(people.filter((one) => one.links.length > 0 && !one.gaveUp), (one) => this.answerMail(one, day));
                await this.office(people);
        }

        // --- the shop ---

        async buy(one) {
                one.id = Number(this.house.sql(`INSERT INTO customers (email, email_fold, name, country, zone, created_at)
                        VALUES (${quote(one.email)}, ${quote(one.email)}, ${quote(one.name)}, ${quote(one.country)}, ${quote(one.zone)}, app_now()) RETURNING id`));
                one.browser = inside(this.house, one.id);
                this.house.sql(`UPDATE sessions SET expires_at = '2100-01-01' WHERE kind = 'customer' AND customer_id = ${one.id}`);
                this.byEmail.set(one.email, one);
                const begun = await begin(this.house, { browser: one.browser, email: one.email, name: one.name, country: one.country, product: one.product });
                if (one.card === 'soft' && one.n % 3 === 0) this.fine(await pay(begun, { card_number: '4000000000000002' }), 'a card that is declined', [402]);
                const method = { debit: 'bank_debit', debitFails: 'bank_debit_fails' }[one.card] ?? 'card';
                // A card that will expire says so from the beginning.
                const [year, month] = this.calendar.date(one.failsOn).split('-');
                this.fine(await pay(begun, { method, ...(one.card === 'expired' ? { exp: `${month}/${year.slice(2)}` } : {}) }), 'the hosted page');
                one.number = begun.number;
                this.count('bought', one.product);
        }

        // --- their banks ---

        method = (one) => this.house.sql(`SELECT m.ref FROM payment_methods m WHERE m.customer_id = ${one.id} AND m.kind = 'card' AND m.detached_at IS NULL ORDER BY m.is_default DESC, m.id DESC LIMIT 1`);

        async act(act, object, more = {}) {
                const answer = await this.control('acts', { act, object, ...more });
                this.count(act, answer.status === 200 ? '' : `refused ${answer.status}`);
                return answer;
        }

        async becomes(one, token, more = {}) {
                const ref = this.method(one);
                if (ref !== '') await this.act('update_card', ref, { becomes: token, quiet: true, ...more });
        }

        async bank(one, day) {
                if (day === one.failsOn) {
                        if (tokens[one.card]) await this.becomes(one, one.dice.pick(tokens[one.card]));
                        if (one.card === 'disputed') {
                                const charge = this.house.sql(`SELECT charge_ref FROM payments WHERE customer_id = ${one.id} AND charge_ref IS NOT NULL ORDER BY id DESC LIMIT 1`);
                                const { status, object } = charge === '' ? {} : await this.act('dispute', charge, { reason: 'fraudulent' });
                                if (status === 200) one.dispute = { ref: object.id, on: day + one.dice.between(3, 30), status: one.dice.chance(0.5) ? 'won' : 'lost' };
                        }
                }
                if (day === one.worksOn) await this.becomes(one, 'pm_card_visa');
                if (one.dispute?.on === day) await this.act('close_dispute', one.dispute.ref, { status: one.dispute.status });
        }

        // --- the plan's pages ---

        open = (one) => this.house.rows(`SELECT d.seq, d.due_on::text AS day, d.due_on - today_in(agreement_zone(g.id)) AS ahead FROM dues d JOIN agreements g ON g.id = d.agreement_id JOIN orders o ON o.id = g.order_id
                WHERE o.number = ${quote(one.number)} AND d.status = 'open' AND d.paid_minor = 0 ORDER BY d.due_on`);

        /** The schedule that the query asks for, looked at and confirmed.  BASE: the plan, or a link to pay. */
        async change(one, base, what, query, words = 'It is better for us so.') {
                const page = await one.browser.go(`${base}/check?${query}`);
                if (page.status !== 200) return this.count(what, page.status === 303 ? (page.to.split('done=')[1] ?? 'elsewhere') : page.status);
                const said = this.fine(await one.browser.submit(page, /\/changes$/, { words }), what, [303, 422]);
                return this.count(what, said.to?.split('done=')[1] ?? said.status);
        }

        async wish(one, what, base = `/plans/${one.number}`) {
                const open = this.open(one), dice = one.dice;
                if (what === 'zone') {
                        const page = await one.browser.go('/account/profile');
                        const offered = zones.map(([zone]) => zone).filter((zone) => page.text.includes(`"${zone}"`));
                        const said = await one.browser.submit(page, /\/account\/profile$/, { zone: dice.pick(offered) });
                        return this.count('profile', this.fine(said, 'profile').status);
                }
                if (what === 'quiet') {
                        const page = await one.browser.go('/account/notices');
                        return this.count('reminders', this.fine(await one.browser.submit(page, /\/account\/reminders$/, { frequency: 'important' }), 'reminders').status);
                }
                if (what === 'newCard') return this.newCard(one);
                if (what === 'cancel') {
                        if (!one.product.endsWith('sub')) return undefined;
                        const page = await one.browser.go(`/orders/${one.number}`);
                        if (!/\/cancel"/.test(page.text)) return this.count('cancel', 'not possible');
                        return this.count('cancel', this.fine(await one.browser.submit(page, /\/cancel$/), 'cancel').status);
                }
                if (open.length === 0 || one.product.endsWith('sub')) return undefined;
                const row = dice.pick(open);
                const later = (days) => new Date(Date.parse(row.day) + days * 86400000).toISOString().slice(0, 10);
                switch (what) {
                case 'early': return this.early(one, dice.between(1, Math.min(open.length, 3)));
                case 'all': return this.early(one, open.length);
                case 'move': return this.change(one, base, what, `need=time&row=${row.seq}&to=${later(dice.pick([-9, -2, 1, 3, 8, 15, 29, 40]))}`);
                case 'far': return this.change(one, base, what, `need=time&row=${row.seq}&to=${later(120)}`);
                case 'day': return this.change(one, base, what, `need=day&day=${dice.pick([1, 5, 15, 28, 29, 30, 31])}`);
                case 'skip': return this.change(one, base, what, `need=skip&row=${row.seq}`);
                case 'pause': return this.change(one, base, what, `need=pause&months=${dice.between(1, 3)}`);
                case 'smaller': return this.change(one, base, what, `need=smaller&parts=${open.length + dice.between(1, 4)}`);
                default: {
                        const page = await one.browser.go(`${base}/change?need=other`);
                        if (page.status !== 200) return this.count('words', page.to?.split('done=')[1] ?? page.status);
                        return this.count('words', this.fine(await one.browser.submit(page, /\/changes$/, { words: 'I lost my work.' }), 'words').to.split('done=')[1]);
                }
                }
        }

        async early(one, count) {
                const page = await one.browser.go(`/plans/${one.number}/early`);
                if (page.status !== 200) return this.count('early', page.to?.split('done=')[1] ?? page.status);
                const said = this.fine(await one.browser.submit(page, /\/early$/, { count: String(count) }), 'early', [303, 422]);
                return this.count('early', said.to?.split('done=')[1] ?? said.status);
        }

        /** Another card, saved on the gateway's page. */
        async newCard(one) {
                const page = this.fine(await one.browser.go('/payment-methods'), 'payment methods');
                const hosted = this.fine(await one.browser.submit(page, /\/payment-methods$/), 'a new method', [303]);
                if (!/\/c\//.test(hosted.to)) return this.count('new card', hosted.to);
                this.fine(await pay({ browser: one.browser, hosted: hosted.to }, { card_number: '5555555555554444' }), 'the page for a card');
                const back = /visit=([^&]+)/.exec((await one.browser.go(`/payment-methods`)).url);
                return this.count('new card', back ? 'back' : 'saved');
        }

        // --- the mails about a payment ---

        /** Every new mail is read once and put away; whose link to pay it holds knows it. */
        mails() {
                const folder = path.join(this.house.maildir, 'new');
                for (const name of fs.readdirSync(folder).sort()) {
                        const file = path.join(folder, name);
                        const text = fs.readFileSync(file, 'latin1').replace(/=\r?\n/g, '');
                        const one = this.byEmail.get(/^X-RcptTo: (.*?)\r?$/m.exec(text)?.[1]);
                        const link = linkOf.exec(text)?.[1];
                        if (one && link) one.links.push(link);
                        fs.rmSync(file);
                }
        }

        /** What somebody does about the latest mail: now, some days later, or never. */
        async answerMail(one, day) {
                one.answersOn ??= day + one.dice.between(0, 4);
                if (day < one.answersOn) return;
                const link = one.links.at(-1);
                one.links = [];
                delete one.answersOn;
                const failed = this.house.sql(`SELECT count(*) FROM cases WHERE customer_id = ${one.id} AND status IN ('open', 'waiting')`) !== '0';
                if (!failed && !one.dice.chance(0.06)) return;
                const page = await one.browser.go(`/pay/${link}`);
                if (page.status !== 200) return void this.count('link', page.status);
                const has = (what) => page.text.includes(`/pay/${link}/${what}"`);
                const send = async (what, fields) => {
                        if (!has(what)) return void this.count(what, 'not offered');
                        // Questions are counted by hours that are real, and here days go by in seconds.
                        const said = this.fine(await one.browser.submit(page, new RegExp(`/${what}$`), fields), what, [303, 422, ...(what === 'question' ? [429] : [])]);
                        this.count(what, said.to?.split('done=')[1] ?? said.status);
                        return said;
                };
                switch (failed ? one.reaction : 'now') {
                case 'now': return void await send('now');
                case 'transfer': return void await send('transfer');
                case 'question': return void await send('question', { question: 'Can I pay next week?' });
                case 'promise': {
                        const said = await send('promise', { day: this.calendar.date(day + one.dice.between(1, 8)) });
                        if (said?.status === 303 && one.dice.chance(0.6)) one.reaction = 'card';      // they keep it, on a later mail at the latest
                        return;
                }
                case 'change': return void await this.wish(one, one.dice.pick(['move', 'smaller', 'pause', 'words']), `/pay/${link}`);
                case 'giveUp':
                        one.gaveUp = true;
                        return void await this.becomes(one, 'pm_card_visa_chargeDeclinedLostCard');
                case 'card': {
                        const said = await send('page');
                        if (said && /\/c\/pay\//.test(said.to ?? '')) {
                                this.fine(await pay({ browser: one.browser, hosted: said.to }, { card_number: '5555555555554444' }), 'the page of another card', [303, 402, 422]);
                                one.card = 'good';
                                one.worksOn = Infinity;
                        }
                }
                }
        }

        // --- staff ---

        async office(people) {
                const byNumber = new Map(people.filter((one) => one.number).map((one) => [one.number, one]));
                for (const ask of this.house.rows(`SELECT a.number, a.wanted IS NOT NULL AS schedule, a.agreement_id, a.was FROM amendments a WHERE a.status = 'with_staff' ORDER BY a.id`))
                        await this.decide(ask);
                const offered = this.house.rows(`SELECT o.number FROM amendments a JOIN orders o ON o.id = a.order_id WHERE a.status = 'countered' ORDER BY a.id`);
                for (const { number } of offered) {
                        const one = byNumber.get(number);
                        if (one === undefined || one.dice.chance(0.4)) continue;        // they think it over
                        const page = await one.browser.go(`/plans/${number}`);
                        const agree = one.dice.chance(0.75);
                        const said = await one.browser.submit(page, /\/answers$/, { act: agree ? 'agree' : 'withdraw' });
                        this.count(agree ? 'agree' : 'take back', this.fine(said, 'an answer to an offer').to.split('done=')[1]);
                }
                // What nobody pays is written off after 45 days, and now and then forgiven.
                for (const { id } of this.house.rows(`SELECT c.id FROM cases c JOIN dues d ON d.id = c.due_id WHERE c.status IN ('open', 'waiting') AND c.opened_at < app_now() - interval '45 days' AND d.status = 'open' ORDER BY c.id`)) {
                        const page = await this.staff.go(`/admin/cases/${id}`);
                        const said = this.fine(await this.staff.submit(page, /\/settlements$/, { how: this.dice.chance(0.1) ? 'forgiven' : 'written_off', reason: 'Nothing came for 45 days.' }), 'a settlement', [303, 422]);
                        this.count('settlement', said.to?.replace(/.*[?&]done=/, '') ?? said.status);
                }
        }

        async decide(ask) {
                const page = this.fine(await this.staff.go(`/admin/plans/requests/${ask.number}`), 'a request');
                const how = this.dice.weighted({ approvals: ask.schedule ? 5 : 0, offers: 3, refusals: 2 });
                if (how === 'approvals' && !/\/approvals"/.test(page.text)) return this.count(how, 'not offered');
                const fields = { approvals: {}, refusals: { reason: 'Please ask for a pause instead.' }, offers: { schedule: this.offer(ask), why: 'This we can do.' } }[how];
                const said = await this.staff.submit(page, new RegExp(`/${how}$`), fields);
                if (said.status === 422) return this.count(how, 'refused by the page');
                return this.count(how, this.fine(said, how).to.replace(/.*[?&]done=/, ''));
        }

        /** What is open, two weeks later each. */
        offer = (ask) => this.house.sql(`SELECT string_agg(greatest(d.due_on + 14, today_in('UTC') + 10 + 3 * d.n) || ' ' || round(d.amount_minor / (10::numeric ^ c.exponent), c.exponent), E'\\n' ORDER BY d.due_on)
                FROM (SELECT *, row_number() OVER (ORDER BY due_on)::integer AS n FROM dues WHERE agreement_id = ${ask.agreement_id} AND status = 'open' AND paid_minor = 0) d JOIN currencies c ON c.code = d.currency`);
}
