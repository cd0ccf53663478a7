// A sandbox gateway of the test's own: private PostgreSQL, latchkey-sandbox twice (answering
// and delivering) behind a small nginx, all on loopback in a temporary folder.
//
//   const sandbox = await startSandbox({ hookUrl });
//   sandbox.url  .port  .key  .secret  .dir  .mailbox
//   await sandbox.kill('serve', 'SIGKILL');   // 'serve' | 'deliver'; it is started again
//   await sandbox.stop();                      // fails when a sanitizer reported something
//
// KEEP=1 leaves the folder, with the logs, for a look.  The programs come from $top_builddir (as script/test sets it), default build/.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePorts } from './ports.mjs';

export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const build = path.resolve(top, process.env.top_builddir ?? 'build');
const isRoot = process.getuid() === 0;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Seconds that a test waits for what should come: many, for a machine may be slow and busy. */
export const patience = 90;

/** Ask PROBE again and again, at first often, until it gives something true; fails after SECONDS. */
export async function until(probe, what, seconds = patience) {
        const end = Date.now() + seconds * 1000;
        for (let pause = 20; ; pause = Math.min(pause * 1.3, 250)) {
                const found = await probe();
                if (found) return found;
                if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
                await sleep(pause);
        }
}

function pgBin() {
        const versions = fs.readdirSync('/usr/lib/postgresql').sort((a, b) => a - b);
        return `/usr/lib/postgresql/${versions.at(-1)}/bin`;
}

/** ARGS as the user postgres when we are root, for it refuses to run as root. */
const asPostgres = (args) => (isRoot ? ['runuser', '-u', 'postgres', '--', ...args] : args);

function startPostgres(dir) {
        const data = path.join(dir, 'pg');
        const socket = path.join(dir, 'pgs');
        fs.mkdirSync(data, { mode: 0o700 });
        fs.mkdirSync(socket, { mode: 0o755 });
        if (isRoot) execFileSync('chown', ['postgres', data, socket]);
        const run = (args) => {
                const [program, ...rest] = asPostgres(args);
                execFileSync(program, rest, { stdio: 'ignore', cwd: '/' });
        };
        run([`${pgBin()}/initdb`, '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N']);
        run([`${pgBin()}/pg_ctl`, '-D', data, '-w', '-l', path.join(data, 'log'), '-o',
                `-c listen_addresses= -c unix_socket_directories=${socket} -c fsync=off -c max_connections=40`, 'start']);
        execFileSync(`${pgBin()}/psql`, ['-h', socket, '-U', 'postgres', '-qc', 'CREATE DATABASE sandbox', 'postgres']);
        return { conninfo: `host=${socket} dbname=sandbox user=postgres`, stop: () =>
                run([`${pgBin()}/pg_ctl`, '-D', data, '-m', 'immediate', 'stop']) };
}

function nginxConf(dir, port) {
        return `daemon off; pid ${dir}/nginx.pid; error_log ${dir}/nginx.log notice; ${isRoot ? 'user root;' : ''}
worker_processes 1;
events { worker_connections 256; }
http {
        access_log off;
        ${['client_body', 'fastcgi', 'proxy', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${dir}/t-${n};`).join(' ')}
        server {
                listen 127.0.0.1:${port};
                client_max_body_size 256k;
                location / {
                        include ${top}/nginx/fastcgi.conf;
                        fastcgi_param HTTP_AUTHORIZATION $http_authorization if_not_empty;
                        fastcgi_param HTTP_IDEMPOTENCY_KEY $http_idempotency_key if_not_empty;
                        fastcgi_param HTTP_STRIPE_VERSION $http_stripe_version if_not_empty;
                        fastcgi_pass unix:${dir}/s.sock;
                }
        }
}
`;
}

/** Keep COMMAND running; kill() it and it comes back, stop() and it does not. */
function keep(name, command, dir) {
        const log = fs.openSync(path.join(dir, `${name}.out`), 'a');
        let child, stopping = false, ended;
        const start = () => {
                child = spawn(command[0], command.slice(1), { stdio: ['ignore', log, log], cwd: '/' });
                ended = new Promise((done) => child.once('exit', () => { done(); if (!stopping) setTimeout(start, 100); }));
        };
        start();
        return {
                kill: async (signal) => { const gone = ended; child.kill(signal); await gone; },
                stop: async () => { stopping = true; child.kill('SIGTERM'); await ended; },
        };
}

export async function startSandbox({ hookUrl = '', settings = {} } = {}) {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'lk-sb-'));
        fs.chmodSync(dir, 0o755);
        const postgres = startPostgres(dir);
        const port = await freePorts();
        const program = path.join(build, 'latchkey-sandbox');
        const config = path.join(dir, 'sandbox.conf');
        const mailbox = path.join(dir, 'mail');
        for (const part of ['new', 'cur', 'tmp']) fs.mkdirSync(path.join(mailbox, part), { recursive: true });
        const values = {
                conninfo: postgres.conninfo, public_url: `http://127.0.0.1:${port}`, portal_url: 'http://localhost:1',
                hook_url: hookUrl, hook_secret: 'whsec_test', key: 'sk_test_sandbox', mailbox,
                templates: path.join(top, 'templates'), ...settings,
        };
        fs.writeFileSync(config, '[sandbox]\n' + Object.entries(values).map(([k, v]) => `${k}=${v}\n`).join(''));
        fs.writeFileSync(path.join(dir, 'nginx.conf'), nginxConf(dir, port));
        try {
                execFileSync(program, ['--prepare', '--config', config], { stdio: 'inherit' });
        } catch (error) {
                postgres.stop();
                fs.rmSync(dir, { recursive: true, force: true });
                throw error;
        }
        const kept = {
                serve: keep('serve', [program, '--config', config, '--socket', path.join(dir, 's.sock'), '--workers', '6'], dir),
                deliver: keep('deliver', [program, '--config', config, '--deliver'], dir),
                nginx: keep('nginx', ['/usr/sbin/nginx', '-e', path.join(dir, 'nginx.log'), '-c', path.join(dir, 'nginx.conf')], dir),
        };
        const sandbox = {
                url: values.public_url, port, key: values.key, secret: values.hook_secret, dir, config, mailbox, program,
                kill: (name, signal = 'SIGKILL') => kept[name].kill(signal),
                stop: async () => {
                        for (const program of Object.values(kept)) await program.stop();
                        postgres.stop();
                        const report = ['serve', 'deliver'].map((name) => fs.readFileSync(path.join(dir, `${name}.out`), 'utf8'))
                                .join('').match(/^.*(?:ERROR: \w+Sanitizer|runtime error:)[^]*/m);
                        if (process.env.KEEP) console.error(`kept: ${dir}`);
                        else fs.rmSync(dir, { recursive: true, force: true });
                        if (report) throw new Error(report[0].slice(0, 4000));
                },
        };
        try {
                await until(() => fetch(`${sandbox.url}/healthz`).then((r) => r.ok, () => false), 'the sandbox');
        } catch (error) {
                for (const name of ['serve', 'deliver', 'nginx']) console.error(fs.readFileSync(path.join(dir, `${name}.out`), 'utf8'));
                await sandbox.stop();
                throw error;
        }
        return sandbox;
}
