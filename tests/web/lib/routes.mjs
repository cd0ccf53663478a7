// The route tables of the programs, read from their sources: what a program serves is what
// stands there, so a test that goes through them sees a new page by itself.
//
//   routesOf('portal')    [{ method, path, guard, flags, verb, file, params, name }]
//   name is "POST /orders/:number/people", with /admin before the staff's; params ['number']

import fs from 'node:fs';
import path from 'node:path';

import { top } from './sandbox.mjs';

const line = /^\{\s*(GET|POST|DELETE),\s*"([^"]*)",\s*(OPEN|SIGNED_IN|STAFF),\s*(\w+),\s*(\w+),\s*([\w |]+),\s*(?:NULL|"(\w+)")\s*\}$/;

export function routesOf(program) {
        const folder = path.join(top, 'src', program);
        const mount = program === 'admin' ? '/admin' : '';
        return fs.readdirSync(folder).filter((name) => name.endsWith('.c')).sort().flatMap((name) => {
                const text = fs.readFileSync(path.join(folder, name), 'utf8');
                const rows = text.match(/\{\s*(GET|POST|DELETE)\s*,[^}]*\}/g) ?? [];
                if (rows.length === 0 && /struct route \w+\[\] = \{/.test(text)) throw new Error(`${name}: a route table without a route that can be read`);
                return rows.map((row) => {
                        const found = line.exec(row);
                        if (found === null) throw new Error(`${name}: not read as a route: ${row}`);
                        const [, method, where, guard, , , flags, verb] = found;
                        const full = mount + where;
                        return { method, path: full, guard, flags: flags.split(/ *\| */), verb: verb ?? null, file: name, name: `${method} ${full}`,
                                params: [...full.matchAll(/:(\w+)/g)].map(([, param]) => param) };
                });
        });
}
