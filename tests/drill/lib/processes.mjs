// The processes of the product that belong to one server: each service leads a process
// group, which DIR/run/NAME.pid names, and works in DIR.

import fs from 'node:fs';
import path from 'node:path';

/** All that may be killed in a drill: not PostgreSQL, the keeper and its guard, the mail sink. */
export const product = ['sandbox', 'deliver', 'portal', 'gateway', 'login', 'admin', 'hooks', 'worker', 'nginx'];

/** State, group and parent of a process, or null when it is gone. */
function statOf(pid) {
        try {
                const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
                const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
                return { pid: Number(pid), state, parent: Number(parent), group: Number(group) };
        } catch {
                return null;
        }
}

function worksIn(pid, dir) {
        try {
                return fs.readlinkSync(`/proc/${pid}/cwd`) === dir;
        } catch {
                return false;
        }
}

/** What lives of the services NAMES: { name, pid, leads } each; LEADS: a supervisor or nginx's master. */
export function processes(dir, names = product) {
        const groups = new Map();
        for (const name of names) {
                try {
                        groups.set(Number(fs.readFileSync(path.join(dir, 'run', `${name}.pid`), 'utf8').split(' ')[0]), name);
                } catch { /* between death and start */ }
        }
        return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(statOf)
                .filter((p) => p !== null && !'ZXx'.includes(p.state) && groups.has(p.group) && worksIn(p.pid, dir))
                .map((p) => ({ name: groups.get(p.group), pid: p.pid, leads: p.pid === p.group }));
}

/** The leading process of the service NAME. */
export function leader(dir, name) {
        return processes(dir, [name]).find((p) => p.leads)?.pid;
}
