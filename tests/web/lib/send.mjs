// A form with one file, sent as a browser does, but a piece at a time: files of any size.
//
//   const done = await send(browser, page, /uploads$/, { kind: 'download' }, { name: 'a.pdf', head: '%PDF-', size: 5e6 });
//   done.status  done.to  done.text
//
// FILE: name; head, its first bytes; size in all (default: head alone); or path, a file to send;
// cut: the connection breaks after so many bytes of it; midway: is awaited once half of it is sent;
// field (file); chunked: without a length.

import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';

import { formOf } from './browser.mjs';

const piece = Buffer.alloc(256 * 1024, 'The light falls as it will.\n');

/** The bytes of FILE, in pieces. */
export function* bytesOf({ head = '', size, path }) {
        if (path) {
                const fd = fs.openSync(path, 'r');
                const part = Buffer.alloc(piece.length);
                for (let n; (n = fs.readSync(fd, part)) > 0;) yield Buffer.from(part.subarray(0, n));
                fs.closeSync(fd);
                return;
        }
        const first = Buffer.from(head, 'latin1');
        yield first;
        for (let left = (size ?? first.length) - first.length; left > 0; left -= piece.length)
                yield left < piece.length ? piece.subarray(0, left) : piece;
}

export const sizeOf = (file) => file.path ? fs.statSync(file.path).size : file.size ?? Buffer.from(file.head ?? '', 'latin1').length;

export function sha256Of(file) {
        const sum = createHash('sha256');
        for (const part of bytesOf(file)) sum.update(part);
        return sum.digest('hex');
}

/** Send FILE with the form of PAGE whose action fits WHICH. */
export async function send(browser, page, which, changes, file, { headers = {} } = {}) {
        const { action, fields } = formOf(page, which);
        return sendTo(browser, new URL(action, page.url), { ...fields, file: undefined, ...changes }, file, { headers });
}

export function sendTo(browser, to, fields, file, { headers = {} } = {}) {
        const url = new URL(to, browser.home);
        const mark = `----latchkey${randomBytes(8).toString('hex')}`;
        const before = Object.entries(fields).filter(([, value]) => value !== undefined)
                .map(([name, value]) => `--${mark}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('')
                + (file ? `--${mark}\r\nContent-Disposition: form-data; name="${file.field ?? 'file'}"; filename="${
                        file.name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}"\r\n`
                        + 'Content-Type: application/octet-stream\r\n\r\n' : '');
        const after = `${file ? '\r\n' : ''}--${mark}--\r\n`;
        const length = Buffer.byteLength(before) + (file ? sizeOf(file) : 0) + Buffer.byteLength(after);
        const cookie = [...browser.jar(url.hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
        return new Promise((done, fail) => {
                const request = http.request(url, {
                        method: 'POST', agent: false,
                        headers: { 'Content-Type': `multipart/form-data; boundary=${mark}`, ...(file?.chunked ? {} : { 'Content-Length': length }),
                                ...(cookie ? { Cookie: cookie } : {}), ...headers },
                }, (answer) => {
                        const parts = [];
                        answer.on('data', (part) => parts.push(part));
                        answer.on('end', () => done({ status: answer.statusCode, to: answer.headers.location ?? null,
                                text: Buffer.concat(parts).toString(), url: url.href }));
                        answer.on('error', fail);
                });
                let answered = false;
                const closed = new Promise((next) => { request.once('close', next); });
                request.on('response', () => { answered = true; });
                request.on('error', (error) => {
                        if (file?.cut !== undefined) done({ status: 0, to: null, text: '', url: url.href });
                        else if (!answered) fail(error);
                });
                (async () => {
                        let sent = 0;
                        request.write(before);
                        for (const part of file ? bytesOf(file) : []) {
                                if (answered || request.destroyed) return;
                                if (!request.write(part)) await Promise.race([closed, new Promise((next) => { request.once('drain', next); })]);
                                sent += part.length;
                                if (file.midway && sent >= sizeOf(file) / 2) {
                                        await file.midway();
                                        file.midway = null;
                                }
                                if (file.cut !== undefined && sent >= file.cut) return void request.destroy();
                        }
                        request.end(after);
                })().catch(fail);
        });
}
