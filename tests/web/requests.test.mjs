// Every request that our client sends, held against the gateway's published description
// (2023-08-16).  The sandbox's log keeps the parameters of each; here one purchase, a refund
// and a dispute are made and everything that the product asked for is checked.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';

import Ajv from 'ajv';
import { load } from 'js-yaml';

import { specDir } from './lib/described.mjs';
import { address, here, needs } from './lib/house.mjs';
import { becomes, buy } from './lib/purchase.mjs';
import { control } from './lib/stripe.mjs';

/** Parameters that came after the description, by request. */
const newer = { 'POST /v1/checkout/sessions': ['adaptive_pricing'] };

const file = path.join(specDir, 'spec3.yaml.gz');
const described = fs.existsSync(file) ? load(zlib.gunzipSync(fs.readFileSync(file)).toString('utf8')).paths : null;
const skip = needs.skip || (described === null ? `no description in ${specDir} (STRIPE_SPEC_DIR)` : false);
const ajv = new Ajv({ strict: false, coerceTypes: true, allErrors: true, validateFormats: false });

/** The operation that "POST /v1/refunds/re_1" is, by the description's templates. */
function operationOf(name) {
        const [method, asked] = name.split(' ');
        const parts = asked.split('/');
        const fits = (template) => {
                const wanted = template.split('/');
                return wanted.length === parts.length && wanted.every((part, i) => part.startsWith('{') || part === parts[i]);
        };
        const template = Object.keys(described).filter(fits).sort((a, b) => a.split('{').length - b.split('{').length)[0];
        return described[template]?.[method.toLowerCase()] ?? null;
}

/** OpenAPI's words in JSON Schema's. */
const plain = (schema) => JSON.parse(JSON.stringify(schema, (key, value) => (key === 'nullable' || key.startsWith('x-') ? undefined : value)));

function schemaOf(name, operation) {
        if (name.startsWith('POST ')) return plain(operation.requestBody.content['application/x-www-form-urlencoded'].schema);
        const query = operation.parameters.filter((parameter) => parameter.in === 'query');
        return { type: 'object', additionalProperties: false, properties: Object.fromEntries(query.map((p) => [p.name, plain(p.schema)])) };
}

function check({ name, params }) {
        const operation = operationOf(name);
        assert.ok(operation, `${name}: the description knows no such request`);
        const sent = structuredClone(params ?? {});
        for (const parameter of newer[name] ?? []) delete sent[parameter];
        const valid = ajv.compile(schemaOf(name, operation));
        assert.ok(valid(sent), `${name} ${JSON.stringify(sent)}: ${ajv.errorsText(valid.errors)}`);
}

async function requestsSince(seq) {
        const found = [];
        for (;;) {
                const page = await control(here.sandbox, `log?since=${seq}`);
                found.push(...page.items.filter((item) => item.kind === 'request' && / \/v1\//.test(item.name)));
                if (!page.more) return found;
                seq = page.last;
        }
}

describe('requests to the gateway', { skip }, () => {
        test('S0.2: a purchase, its refund and a dispute ask nothing that the description does not know', async () => {
                const first = await buy(here, { email: address('asks') });
                const second = await buy(here, { email: address('asks') });
                const intentOf = (bought) => here.sql(`SELECT p.gateway_ref FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = '${bought.number}'`);
                await control(here.sandbox, 'acts', { act: 'refund', object: intentOf(first) });
                await control(here.sandbox, 'acts', { act: 'dispute', object: intentOf(second) });
                await becomes(here, `SELECT count(*) = 2 FROM access a JOIN orders o ON o.id = a.order_id WHERE o.number IN ('${first.number}', '${second.number}') AND a.status = 'ended'`);
                const requests = (await requestsSince(0)).filter((item) => item.status < 400);
                const kinds = new Set(requests.map((item) => item.name.replace(/\/[a-z]{2,3}_\w+/, '/ID')));
                for (const kind of ['POST /v1/checkout/sessions', 'GET /v1/payment_intents/ID', 'GET /v1/events', 'GET /v1/refunds', 'GET /v1/disputes/ID'])
                        assert.ok(kinds.has(kind), `${kind} was never asked: ${[...kinds].join(', ')}`);
                assert.ok(requests.find((item) => item.name === 'POST /v1/checkout/sessions').params.line_items, 'the log keeps the parameters');
                requests.forEach(check);
        });

        test('the check finds a parameter that does not exist and one of another type', () => {
                assert.throws(() => check({ name: 'POST /v1/checkout/sessions', params: { mode: 'payment', colour: 'red' } }), /additional properties/);
                assert.throws(() => check({ name: 'POST /v1/checkout/sessions', params: { mode: 'payment', line_items: 'one' } }), /array/);
                assert.throws(() => check({ name: 'GET /v1/refunds', params: { limit: 'many' } }), /integer/);
        });
});
