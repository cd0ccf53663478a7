// A visitor who sends forms, each time from a client address of its own: all of 127/8 is this
// machine, so nginx and the limiter see as many clients as we like.

import http from 'node:http';

function send(url, { method = 'GET', from, headers = {}, body = '' }) {
        return new Promise((done, fail) => {
                const began = process.hrtime.bigint();
                const request = http.request(url, { method, headers, agent: false, localAddress: from }, (answer) => {
                        const chunks = [];
                        answer.on('data', (chunk) => chunks.push(chunk));
                        answer.on('error', fail);
                        answer.on('end', () => done({ status: answer.statusCode, to: answer.headers.location ?? null,
                                cookies: answer.headers['set-cookie'] ?? [], text: Buffer.concat(chunks).toString('utf8'),
                                ms: Number(process.hrtime.bigint() - began) / 1e6 }));
                });
                request.on('error', fail);
                request.end(body);
        });
}

/** The page at URL with its form: { cookie, csrf }. */
export async function open(url) {
        const page = await send(url, {});
        const csrf = page.text.match(/name="csrf_token" value="([^"]*)"/)?.[1];
        if (page.status !== 200 || csrf === undefined) throw new Error(`GET ${url}: ${page.status}, no form`);
        return { cookie: page.cookies.map((cookie) => cookie.split(';')[0]).join('; '), csrf };
}

/** Post FIELDS to URL as who opened the page, from client number N (up to 65,000). */
export function post(url, { cookie, csrf }, fields, n = 0) {
        const body = new URLSearchParams({ csrf_token: csrf, ...fields }).toString();
        return send(url, { method: 'POST', body, from: `127.77.${Math.floor(n / 250)}.${n % 250 + 1}`,
                headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) } });
}
