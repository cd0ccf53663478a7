// One psql that stays open, for tests that ask the database hundreds of things: a new process for
// each would cost more than what it asks.
//
//   const psql = new Psql(house);
//   await psql.rows('SELECT number FROM orders')        [{ number: '...' }]
//   await psql.run('DELETE FROM tries')
//   psql.close()
//
//   new OpenPsql(house).run('SELECT 1')                 the same, and this process waits for it

import { spawn } from 'node:child_process';

import { mark, Talk } from './talk.mjs';

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

/** An error has its words and ends psql; the next statement starts one anew. */
export class OpenPsql {
        constructor({ conninfo }) {
                this.talk = new Talk('psql', [conninfo, ...options], settings());
        }

        /** What psql prints for one statement, trimmed. */
        run(text) {
                const { fresh } = this.talk;
                try {
                        return this.ask(text);
                } catch (error) {
                        // The database was away meanwhile, and may be back.
                        if (fresh || !/connection to server was lost|terminating connection/.test(error.message)) throw error;
                        return this.ask(text);
                }
        }

        ask(text) {
                return this.talk.ask(`${text}\n;\n\\echo '${mark}'\n`).trim();
        }
}
