// The mails that the sink accepted, read by Python's email package.
//
//   const mail = await mailTo(here, 'ann@example.org', /You have access/);
//   mail.subject  mail.headers['message-id']  mail.text  mail.html  mail.files[0].name .bytes
//   mail.link      the path of its single-use link, or null
//   mail.defects   what the parser had to overlook

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { patience, until } from './sandbox.mjs';
import { Talk } from './talk.mjs';

const reader = new Talk('/usr/bin/python3', [fileURLToPath(new URL('readmail.py', import.meta.url))]);
const known = new Map();
const readers = new Map();

/** Whom the sink had it for. */
function recipient(file) {
        if (!readers.has(file)) {
                const text = Buffer.alloc(1000);
                const fd = fs.openSync(file, 'r');
                const length = fs.readSync(fd, text, 0, text.length, 0);
                fs.closeSync(fd);
                readers.set(file, /^X-RcptTo: (.*)$/m.exec(text.toString('utf8', 0, length))?.[1]);
        }
        return readers.get(file);
}

function read(files) {
        const fresh = files.filter((file) => !known.has(file));
        if (fresh.length === 0) return;
        const said = JSON.parse(reader.ask(`${fresh.join('\t')}\n`));
        said.forEach((mail, i) => known.set(fresh[i], {
                ...mail, file: fresh[i], link: /\/(?:access|claim)\/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/.exec(mail.text)?.[0] ?? null,
                files: mail.files.map((file) => ({ ...file, bytes: Buffer.from(file.bytes, 'base64') })),
        }));
}

/** Every mail to ADDRESS, in the order in which they were accepted. */
export function mailsTo(house, address) {
        const folder = path.join(house.maildir, 'new');
        const files = fs.readdirSync(folder).sort().map((name) => path.join(folder, name))
                .filter((file) => recipient(file) === address);
        read(files);
        return files.map((file) => known.get(file));
}

/** The first mail to ADDRESS whose subject fits SUBJECT. */
export const mailTo = (house, address, subject, seconds = patience) =>
        until(() => mailsTo(house, address).find((mail) => subject.test(mail.subject)), `a mail to ${address}: ${subject}`, seconds);
