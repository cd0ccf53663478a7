// A receiver of the gateway's events, on loopback.
//
//   const receiver = await startReceiver();
//   receiver.url                         for hook_url
//   receiver.events                      what came: { event, body, signature, at }, in order
//   receiver.answer = () => 503;         the status to give (default 200)
//   await receiver.got((e) => e.type === 'refund.created');

import http from 'node:http';

import { until } from './sandbox.mjs';

export async function startReceiver() {
        const receiver = { events: [], answer: () => 200 };
        const server = http.createServer((request, response) => {
                const chunks = [];
                request.on('data', (chunk) => chunks.push(chunk));
                request.on('end', () => {
                        const body = Buffer.concat(chunks).toString('utf8');
                        const event = JSON.parse(body);
                        const status = receiver.answer(event);
                        receiver.events.push({ event, body, status, signature: request.headers['stripe-signature'], at: Date.now() });
                        response.writeHead(status).end();
                });
        });
        await new Promise((done) => server.listen(0, '127.0.0.1', done));
        receiver.url = `http://127.0.0.1:${server.address().port}/hooks`;
        /** The first event taken that fits WHICH. */
        receiver.got = (which, seconds) =>
                until(() => receiver.events.find((e) => e.status === 200 && which(e.event))?.event, 'the event', seconds);
        receiver.stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
        return receiver;
}
