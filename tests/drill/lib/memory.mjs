// What processes take of memory, by the kernel's own count.

import fs from 'node:fs';

import { processes } from './processes.mjs';

/** Kilobytes of PSS and how much of it nobody shares. */
export function memoryOf(pid) {
        try {
                const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
                const kb = (name) => Number(text.match(new RegExp(`^${name}: +(\\d+)`, 'm'))[1]);
                return { pss: kb('Pss'), own: kb('Private_Clean') + kb('Private_Dirty') };
        } catch {
                return { pss: 0, own: 0 };
        }
}

/** Megabytes of the services NAMES of the server in DIR. */
export function memoryOfAll(dir, names) {
        const all = processes(dir).filter((p) => names.includes(p.name)).map((p) => memoryOf(p.pid));
        return { pss: all.reduce((n, m) => n + m.pss, 0) / 1024, own: all.reduce((n, m) => n + m.own, 0) / 1024 };
}

/** Look at NAMES every EVERY ms while WORK runs: { result, before, peak } in megabytes of PSS. */
export async function memoryDuring(dir, names, work, every = 50) {
        const before = memoryOfAll(dir, names).pss;
        let peak = before;
        const timer = setInterval(() => { peak = Math.max(peak, memoryOfAll(dir, names).pss); }, every);
        try {
                const result = await work();
                peak = Math.max(peak, memoryOfAll(dir, names).pss);
                return { result, before, peak };
        } finally {
                clearInterval(timer);
        }
}
