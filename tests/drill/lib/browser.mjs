// Somebody at a browser who buys: a cookie jar, patience with a server that is away for a
// moment, and what a person would do about it: load the page again, send the same form once
// more, pay again only where the hosted page is still open.

import http from 'node:http';

import { sleep } from './server.mjs';

const cuts = { ECONNREFUSED: 'nobody there' };
const card = { good: '4242424242424242', declined: '4000000000000002' };

/** One exchange.  A kept connection that the server had closed already is replaced, as browsers do. */
function send(url, options, body, again = false) {
        return new Promise((done, fail) => {
                const request = http.request(url, { ...options, timeout: 20000 }, (response) => {
                        const chunks = [];
                        response.on('data', (chunk) => chunks.push(chunk));
                        response.on('error', fail);
                        response.on('aborted', () => fail(new Error('cut')));
                        response.on('end', () => done({ status: response.statusCode, to: response.headers.location ?? null,
                                cookies: response.headers['set-cookie'] ?? [], text: Buffer.concat(chunks).toString('utf8') }));
                });
                request.on('timeout', () => request.destroy(new Error('silent')));
                request.on('error', (error) => (request.reusedSocket && !again && error.code === 'ECONNRESET'
                        ? send(url, options, body, true).then(done, fail) : fail(error)));
                request.end(body);
        });
}

export class Browser {
        /** PORTAL: its address.  STATS counts what went wrong on the way. */
        constructor(portal, stats = {}, patienceMs = 90000) {
                this.portal = portal;
                this.jar = new Map();
                this.agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
                this.stats = stats;
                this.patienceMs = patienceMs;
        }

        count(what) {
                this.stats[what] = (this.stats[what] ?? 0) + 1;
        }

        isPortal(url) {
                return new URL(url).origin === new URL(this.portal).origin;
        }

        /** One request; its answer, or null where the connection was cut or nobody answered. */
        async once(url, form) {
                const headers = { 'user-agent': 'drill' };
                if (this.isPortal(url) && this.jar.size > 0)
                        headers.cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
                const body = form ? new URLSearchParams(form).toString() : '';
                if (form) Object.assign(headers, { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length });
                try {
                        const answer = await send(url, { method: form ? 'POST' : 'GET', headers, agent: this.agent }, body);
                        if (this.isPortal(url)) this.keep(answer.cookies);
                        this.count(`${answer.status}`);
                        return answer;
                } catch (error) {
                        this.count(cuts[error.code] ?? 'cut');
                        return null;
                }
        }

        close() {
                this.agent.destroy();
        }

        keep(cookies) {
                for (const cookie of cookies) {
                        const pair = cookie.split(';')[0];
                        this.jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
                }
        }

        /** Again and again until a server answers (not 5xx). */
        async patient(url, form) {
                const end = Date.now() + this.patienceMs;
                for (;;) {
                        const answer = await this.once(url, form);
                        if (answer !== null && answer.status < 500) return answer;
                        if (Date.now() > end) throw new Error(`no answer from ${form ? 'POST' : 'GET'} ${new URL(url).pathname}`);
                        await sleep(100 + Math.random() * 300);
                }
        }

        /** The product's page, filled in: what its form would send. */
        async fillIn(slug, offer, email) {
                const page = await this.patient(`${this.portal}/products/${slug}`);
                const hidden = (name) => page.text.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1] ?? '';
                if (page.status !== 200) throw new Error(`GET /products/${slug}: ${page.status}`);
                return { csrf_token: hidden('csrf_token'), nonce: hidden('nonce'), offer, email, name: 'Drill Buyer',
                        country: 'DE', agree: '1', consent: '1' };
        }

        /** From the product's page to the hosted page.  TWICE: a double click. */
        async order(slug, offer, email, twice = false) {
                const form = await this.fillIn(slug, offer, email);
                const url = `${this.portal}/products/${slug}/orders`;
                const answers = await Promise.all([this.patient(url, form), ...(twice ? [this.once(url, form)] : [])]);
                if (answers[0].status !== 303) throw new Error(`POST orders: ${answers[0].status}`);
                return answers[0].to;
        }

        /** Pay at HOSTED until it is done; the address to come back to. */
        async pay(hosted, { number = card.good, twice = false } = {}) {
                const form = { card_number: number, exp: '12 / 34', cvc: '123', name: 'Drill Buyer', country: 'DE', method: 'card' };
                const end = Date.now() + this.patienceMs;
                while (Date.now() < end) {
                        // A cut answer may have been a payment: look at the page before paying again.
                        const page = await this.patient(hosted);
                        const back = page.text.match(/href="([^"]*\/welcome\?[^"]*)"/)?.[1];
                        if (back !== undefined) return back.replaceAll('&amp;', '&');
                        if (page.status !== 200) throw new Error(`the hosted page: ${page.status}`);
                        const [answer] = await Promise.all([this.once(hosted, form), ...(twice ? [this.once(hosted, form)] : [])]);
                        if (answer?.status === 402) return null;
                        if (answer?.status === 303) return answer.to;
                }
                throw new Error('the hosted page takes no payment');
        }

        /** Wait at the welcome page; where it leads to once access is open. */
        async welcome(url) {
                const end = Date.now() + this.patienceMs;
                while (Date.now() < end) {
                        const page = await this.patient(url);
                        if (page.status !== 200) throw new Error(`GET /welcome: ${page.status}`);
                        const open = page.text.match(/href="(\/programs[^"]*)"/)?.[1];
                        if (page.text.includes('You are in') && open) return this.portal + open.replaceAll('&amp;', '&');
                        await sleep(500);
                }
                throw new Error('the welcome page does not open');
        }

        /** A whole purchase; { number, seconds } from the payment to the open program. */
        async buy(slug, offer, email, { declineFirst = false, twice = false } = {}) {
                const hosted = await this.order(slug, offer, email, twice);
                if (declineFirst) await this.pay(hosted, { number: card.declined });
                const back = await this.pay(hosted, { twice });
                const paidAt = Date.now();
                if (back === null) throw new Error('the good card was declined');
                const program = await this.patient(await this.welcome(back));
                if (program.status !== 200) throw new Error(`GET /programs: ${program.status}`);
                return { number: new URL(back).searchParams.get('order'), seconds: (Date.now() - paidAt) / 1000 };
        }
}
