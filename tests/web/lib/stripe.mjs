// The gateway's own SDK, pointed at a sandbox.

import Stripe from 'stripe';

/** A client for SANDBOX ({url, key}); nothing is retried, so that tests see each answer. */
export function stripeFor({ url, key }, options = {}) {
        const { hostname, port } = new URL(url);
        return new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...options });
}

/** What the promise was refused with. */
export async function refused(promise) {
        try {
                await promise;
        } catch (error) {
                return error;
        }
        throw new Error('this was not refused');
}

/** Post the hosted page of a session; the answer is not followed. */
export function payHosted(session, fields = {}) {
        const body = new URLSearchParams({
                card_number: '4242 4242 4242 4242', exp: '12/40', cvc: '123', name: 'Ada Kowalski', country: 'DE',
                method: 'card', ...fields,
        });
        return fetch(session.url, { method: 'POST', body, redirect: 'manual' });
}

/** The control interface: control(sandbox, 'acts', {...}) posts, without BODY it gets. */
export async function control({ url }, path, body, method = body === undefined ? 'GET' : 'POST') {
        const answer = await fetch(`${url}/sandbox/${path}`, {
                method, body: body === undefined ? undefined : JSON.stringify(body),
                headers: body === undefined ? {} : { 'content-type': 'application/json' },
        });
        return { status: answer.status, ...(await answer.json()) };
}
