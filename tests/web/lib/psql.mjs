// One psql that stays open, for tests that ask the database hundreds of things: a new process for
// each would cost more than what it asks.
//
//   const psql = new Psql(house);
//   await psql.rows('SELECT number FROM orders')        [{ number: '...' }]
//   await psql.run('DELETE FROM tries')
//   psql.close()
//
//   new OpenPsql(house).run('SELECT 1')                 the same, and this process waits for it

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const mark = '-- answered --';
const over = '-- over --';
const settings = () => ({ ...process.env, PGOPTIONS: '-c search_path=latchkey' });
const options = ['-XqAt', '-v', 'ON_ERROR_STOP=1'];

export class Psql {
        constructor({ conninfo }) {
                this.child = spawn('psql', [conninfo, ...options], { env: settings(), stdio: 'pipe' });
                this.said = '';
                this.waiting = [];
                this.child.stdout.setEncoding('utf8').on('data', (text) => this.heard(text));
                this.wrong = '';
                this.child.stderr.setEncoding('utf8').on('data', (text) => { this.wrong += text; });
                this.child.stdin.on('error', () => {});
                this.child.once('close', () => {
                        for (const { fail } of this.waiting) fail(new Error(`psql ended: ${this.wrong}`));
                        this.waiting = null;
                });
        }

        heard(text) {
                this.said += text;
                for (let end; (end = this.said.indexOf(`${mark}\n`)) >= 0; this.said = this.said.slice(end + mark.length + 1))
                        this.waiting.shift().done(this.said.slice(0, end).trim());
        }

        /** What psql prints for TEXT.  A mistake ends it, and fails this and all that follow. */
        run(text) {
                if (this.waiting === null) return Promise.reject(new Error(`psql ended: ${this.wrong}`));
                this.child.stdin.write(`${text};\n\\echo '${mark}'\n`);
                return new Promise((done, fail) => { this.waiting.push({ done, fail }); });
        }

        async rows(text) {
                return JSON.parse(await this.run(`SELECT coalesce(json_agg(to_json(found)), '[]') FROM (${text}) found`));
        }

        close() {
                this.child.stdin.end();
        }
}

/** Read and written through two named pipes, for nothing else in node waits. */
export class OpenPsql {
        constructor({ conninfo }) {
                this.conninfo = conninfo;
                this.home = null;
        }

        open() {
                this.home = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-psql-'));
                const [asked, answered, wrong] = ['asked', 'answered', 'wrong'].map((name) => path.join(this.home, name));
                execFileSync('mkfifo', [asked, answered]);
                // Held open for both while the ends are opened one by one: no end waits for the other.
                const both = [asked, answered].map((pipe) => fs.openSync(pipe, 'r+'));
                const theirs = [fs.openSync(asked, 'r'), fs.openSync(answered, 'w'), fs.openSync(wrong, 'w')];
                [this.to, this.from] = [fs.openSync(asked, 'w'), fs.openSync(answered, 'r')];
                // The shell tells of an end that psql cannot tell of.
                const child = spawn('/bin/sh', ['-c', `psql "$@"; echo '${over}'`, 'psql', this.conninfo, ...options], { env: settings(), stdio: theirs });
                child.on('error', () => {});
                child.unref();
                for (const fd of [...both, ...theirs]) fs.closeSync(fd);
                this.wrong = fs.openSync(wrong, 'r');
                fs.rmSync(this.home, { recursive: true });
        }

        close() {
                for (const fd of [this.to, this.from, this.wrong]) fs.closeSync(fd);
                this.home = null;
        }

        /** What psql prints for one statement, trimmed.  An error has its words and ends psql; the next starts one anew. */
        run(text) {
                const fresh = this.home === null;
                if (fresh) this.open();
                try {
                        return this.ask(text);
                } catch (error) {
                        // The database was away meanwhile, and may be back.
                        if (fresh || !/connection to server was lost|terminating connection/.test(error.message)) throw error;
                        this.open();
                        return this.ask(text);
                }
        }

        ask(text) {
                try {
                        fs.writeSync(this.to, `${text}\n;\n\\echo '${mark}'\n`);
                } catch (error) {
                        if (error.code !== 'EPIPE') throw error;
                }
                const some = Buffer.alloc(1 << 16);
                let said = Buffer.alloc(0);
                for (;;) {
                        const length = fs.readSync(this.from, some);
                        said = Buffer.concat([said, some.subarray(0, length)]);
                        if (said.subarray(-mark.length - 1).toString() === `${mark}\n`) return said.subarray(0, -mark.length - 1).toString().trim();
                        if (length === 0 || said.subarray(-over.length - 1).toString() === `${over}\n`) {
                                const wrong = fs.readFileSync(this.wrong, 'utf8');
                                this.close();
                                throw new Error(`${text}\n${wrong}`);
                        }
                }
        }
}
