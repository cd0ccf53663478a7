// A program that stays open for questions, each of which this process waits for: through two named
// pipes, for nothing else in node waits.  It ends each answer with a line of its own, the mark.
//
//   const talk = new Talk('psql', ['-X', ...], env);
//   talk.ask("SELECT 1; \\echo '-- answered --'\n")       '1\n'
//
// When it ends, the question fails with what it said of that; the next starts it anew.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const mark = '-- answered --';
const over = '-- over --';

export class Talk {
        constructor(command, args, env = process.env) {
                Object.assign(this, { command, args, env, fresh: true });
        }

        open() {
                const home = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-talk-'));
                const [asked, answered, wrong] = ['asked', 'answered', 'wrong'].map((name) => path.join(home, name));
                execFileSync('mkfifo', [asked, answered]);
                // Held open for both while the ends are opened one by one: no end waits for the other.
                const both = [asked, answered].map((pipe) => fs.openSync(pipe, 'r+'));
                const theirs = [fs.openSync(asked, 'r'), fs.openSync(answered, 'w'), fs.openSync(wrong, 'w')];
                [this.to, this.from] = [fs.openSync(asked, 'w'), fs.openSync(answered, 'r')];
                // The shell tells of an end that the program cannot tell of.
                const child = spawn('/bin/sh', ['-c', `"$0" "$@"; echo '${over}'`, this.command, ...this.args], { env: this.env, stdio: theirs });
                child.on('error', () => {});
                child.unref();
                for (const fd of [...both, ...theirs]) fs.closeSync(fd);
                this.wrong = fs.openSync(wrong, 'r');
                fs.rmSync(home, { recursive: true });
                this.fresh = false;
        }

        close() {
                for (const fd of [this.to, this.from, this.wrong]) fs.closeSync(fd);
                this.fresh = true;
        }

        ask(text) {
                if (this.fresh) this.open();
                try {
                        fs.writeSync(this.to, text);
                } catch (error) {
                        if (error.code !== 'EPIPE') throw error;
                }
                const some = Buffer.alloc(1 << 16);
                let said = Buffer.alloc(0);
                for (;;) {
                        const length = fs.readSync(this.from, some);
                        said = Buffer.concat([said, some.subarray(0, length)]);
                        if (said.subarray(-mark.length - 1).toString() === `${mark}\n`) return said.subarray(0, -mark.length - 1).toString();
                        if (length === 0 || said.subarray(-over.length - 1).toString() === `${over}\n`) {
                                const wrong = fs.readFileSync(this.wrong, 'utf8');
                                this.close();
                                throw new Error(`${text}\n${wrong}`);
                        }
                }
        }
}
