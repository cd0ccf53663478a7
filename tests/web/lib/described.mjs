// The gateway's published description (2023-08-16) as JSON Schemas, to hold the sandbox's
// answers against.  It is not part of this project: STRIPE_SPEC_DIR says where it is.
//
//   const described = loadDescription();         // null where it is not there
//   described.check('charge', object);           // throws with what does not fit

import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

import Ajv from 'ajv';
import { load } from 'js-yaml';

import { top } from './sandbox.mjs';

export const specDir = process.env.STRIPE_SPEC_DIR ?? path.resolve(top, '../shared/stripe');

/** OpenAPI 3.0's `nullable` in the words of JSON Schema. */
function plain(schema) {
        if (Array.isArray(schema)) return schema.map(plain);
        if (schema === null || typeof schema !== 'object') return schema;
        const copy = {};
        for (const [name, value] of Object.entries(schema))
                if (name !== 'nullable' && !name.startsWith('x-') && name !== 'description') copy[name] = plain(value);
        return schema.nullable === true ? { anyOf: [copy, { type: 'null' }] } : copy;
}

/** What newer versions say otherwise than the description of 2023, by schema. */
function mend(schemas) {
        // since 2025 checkout.session.customer_details may have these before an address is known
        schemas.payment_pages_checkout_session_customer_details.required = undefined;
}

export function loadDescription() {
        const file = path.join(specDir, 'spec3.yaml.gz');
        if (!fs.existsSync(file)) return null;
        const { components } = load(zlib.gunzipSync(fs.readFileSync(file)).toString('utf8'));
        mend(components.schemas);
        const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
        // A property may be called nullable or description, so properties are mapped one by one.
        const schemas = {};
        for (const [name, schema] of Object.entries(components.schemas)) schemas[name] = plain(keepNames(schema));
        ajv.addSchema(restoreNames({ $id: 'spec', components: { schemas } }));
        const checks = new Map();
        return {
                check(kind, object) {
                        if (!checks.has(kind)) checks.set(kind, ajv.compile({ $ref: `spec#/components/schemas/${kind}` }));
                        const valid = checks.get(kind);
                        if (!valid(object))
                                throw new Error(`${kind} ${object.id}: ${ajv.errorsText(valid.errors.slice(0, 8), { separator: '\n  ' })}`);
                },
        };
}

const mark = '\u0001';

/** Properties that have a keyword's name are marked, so that plain() leaves them. */
function keepNames(schema) {
        if (Array.isArray(schema)) return schema.map(keepNames);
        if (schema === null || typeof schema !== 'object') return schema;
        const copy = {};
        for (const [name, value] of Object.entries(schema)) {
                if (name === 'properties' && value !== null && typeof value === 'object')
                        copy[name] = Object.fromEntries(Object.entries(value).map(([n, v]) => [mark + n, keepNames(v)]));
                else copy[name] = keepNames(value);
        }
        return copy;
}

function restoreNames(schema) {
        if (Array.isArray(schema)) return schema.map(restoreNames);
        if (schema === null || typeof schema !== 'object') return schema;
        return Object.fromEntries(Object.entries(schema).map(([n, v]) => [n.startsWith(mark) ? n.slice(1) : n, restoreNames(v)]));
}
