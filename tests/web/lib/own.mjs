// A whole product of the test's own, by script/server: for what a shared one must not suffer
// (its clock moved, its settings changed, its database out of reach).
//
//   const own = await startOwn();          a House; programs from $top_builddir
//   own.setting('gateway', 'hook_secret', 'whsec_new');  await own.reload('hooks');
//   await own.stop();

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { House } from './house.mjs';
import { freePorts } from './ports.mjs';
import { build, top, until } from './sandbox.mjs';

const server = path.join(top, 'script/server');

function run(command, args) {
        return new Promise((done, fail) => {
                const child = spawn(command, args, { env: { ...process.env, LATCHKEY_BUILD: build }, stdio: ['ignore', 'pipe', 'pipe'] });
                let said = '';
                for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
                child.once('error', fail);
                child.once('exit', (code) => (code === 0 ? done(said) : fail(new Error(`${path.basename(command)} ${args.join(' ')}: ${said}`))));
        });
}

/** Ends the server when this process has ended without doing so, however that came about. */
function guard(home, dir) {
        const watch = 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; [ ! -e "$3" ] || "$2" --stop --data "$4"; rm -rf "$3"';
        spawn('/bin/sh', ['-c', watch, 'guard', String(process.pid), server, home, dir], { detached: true, stdio: 'ignore' }).unref();
}

/** KEY=value lines, as the shell reads them. */
const readEnv = (file) => Object.fromEntries(fs.readFileSync(file, 'utf8').split('\n').filter((line) => line !== '')
        .map((line) => /^(\w+)='?(.*?)'?$/.exec(line).slice(1)));

export async function startOwn({ options = ['--empty'] } = {}) {
        const home = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-own-'));
        fs.chmodSync(home, 0o755);
        const dir = path.join(home, 'data');
        guard(home, dir);
        let tries = 0;
        for (;;) {
                const port = await freePorts();
                try {
                        await run(server, ['--detach', '--port', String(port), '--data', dir, ...options]);
                        break;
                } catch (error) {
                        if (!/ is taken/.test(error.message) || ++tries > 5) throw error;
                }
        }
        const own = new House(readEnv(path.join(dir, 'server.env')));
        const config = path.join(own.dir, 'latchkey.conf');
        own.config = config;
        own.home = home;
        /** Change a setting; undefined takes it out. */
        own.setting = (group, key, value) => {
                const lines = fs.readFileSync(config, 'utf8').split('\n');
                if (!lines.includes(`[${group}]`)) lines.push(`[${group}]`);
                const from = lines.indexOf(`[${group}]`);
                const at = lines.findIndex((line, i) => i > from && line.startsWith(`${key}=`));
                if (at >= 0) lines.splice(at, 1, ...(value === undefined ? [] : [`${key}=${value}`]));
                else if (value !== undefined && from < 0) lines.push(`[${group}]`, `${key}=${value}`);
                else if (value !== undefined) lines.splice(from + 1, 0, `${key}=${value}`);
                fs.writeFileSync(config, lines.join('\n'));
        };
        own.log = (program) => fs.readFileSync(path.join(own.dir, 'log', `latchkey-${program}.log`), 'utf8');
        /** SIGHUP to a service; waits for its word in the log (portal, gateway and login share one). */
        own.reload = async (service, word = 'what=reloaded') => {
                const program = ['gateway', 'login'].includes(service) ? 'portal' : service;
                const before = own.log(program).length;
                process.kill(Number(fs.readFileSync(path.join(own.dir, 'run', `${service}.pid`), 'utf8').split(' ')[0]), 'SIGHUP');
                await until(() => own.log(program).slice(before).includes(word), `${service}: ${word}`);
                return own.log(program).slice(before);
        };
        /** How far the clock is from noon of a later day, as buyers in Germany see it, for `clock advance`. */
        own.untilNoon = (days) => `${own.sql(`SELECT ceil(extract(epoch FROM ((app_now() AT TIME ZONE 'Europe/Berlin')::date + ${days} + time '12:00')
                AT TIME ZONE 'Europe/Berlin' - app_now()))`)}s`;
        own.stop = async () => {
                await run(server, ['--stop', '--data', dir]);
                fs.rmSync(home, { recursive: true, force: true });
        };
        return own;
}
