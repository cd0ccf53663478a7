// The program page as an Express app: Express, pg and ejs, a cluster of eight processes with one
// connection each, as the portal has.  It runs the statements of sql/queries as lk_portal, under
// the same row-level security by the same session, and its HTML is that of the portal.  Where one
// had to choose, the choice is in its favour: statements are prepared and sent in one pipeline,
// templates are cached, Markdown is rendered once for each text, nginx keeps its connections.
// tests/bench/express.mjs starts it:
//
//   EXPRESS_SETTINGS='{ "socket", "workers", "database", "statements", "site", ... }' node app.mjs

import cluster from 'node:cluster';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import express from 'express';
import pg from 'pg';

import { markdown, minutesOrSize, timeMarkup } from './words.mjs';

const settings = JSON.parse(process.env.EXPRESS_SETTINGS);
const waits = ['waiting', 'ended', 'locked'];

const cookieOf = (request, name) => (request.headers.cookie ?? '').split('; ').find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);

function policy(response) {
        response.set({ 'Cache-Control': 'private, no-store', 'Content-Security-Policy': settings.policy,
                'Cross-Origin-Opener-Policy': 'same-origin', 'X-Content-Type-Options': 'nosniff' });
}

/** Who asks and what they see, in one round trip; the connection's session is set anew each time. */
async function ask(db, token, slug) {
        const hash = crypto.createHash('sha256').update(token).digest();
        const query = (name, values) => db.query({ name, text: settings.statements[name], values });
        const [, who, program, items] = await Promise.all([
                query('identify', [token]), query('session_who', [hash, false]), query('program_by_slug', [slug]),
                query('program_items', [slug])]);
        return { who: who.rows[0], program: program.rows[0], items: items.rows, keys: program.rows[0]?.keys?.split('\n').map((key) => ({ key })) ?? [] };
}

async function show(db, request, response, next) {
        try {
                const { slug } = request.params;
                const token = cookieOf(request, 'lk_session') ?? '';
                const { who, program, items, keys } = await ask(db, token, slug);
                policy(response);
                if (!who) return response.redirect(303, '/login');
                if (!program) return response.status(404).send('There is no such page.');
                const open = !waits.includes(program.status);
                const waiting = program.status === 'waiting';
                if (open && (program.first_open_at === null || program.open_is_old)) {
                        await Promise.all([db.query({ name: 'identify', text: settings.statements.identify, values: [token] }),
                                db.query({ name: 'access_opened', text: settings.statements.access_opened, values: [program.access_id] })]);
                        program.first_open_at ??= who.now_at;
                }
                const zone = who.zone || settings.zone;
                const pathOf = (item) => `/programs/${slug}/${item.slug}`;
                const done = items.filter((item) => item.done).length;
                response.render('program', {
                        site: settings.site, support: settings.support, version: settings.version, accent: settings.accent,
                        page_title: program.title, section: 'programs', person_name: who.name, view_as: who.kind === 'view_as',
                        csrf: crypto.createHmac('sha256', token).update('csrf').digest('base64url'),
                        program, open, waiting, keys, done,
                        check: program.waiting_for === 'check', gift: program.reason === 'gift',
                        time: (at) => timeMarkup(at, zone, who.now_at),
                        why: waiting ? program.waiting_for : program.end_reason,
                        next_url: items.length > 0 ? pathOf(items.find((item) => !item.done) ?? items[0]) : '',
                        next_step: markdown(program.next_step_md),
                        key_missing: program.kind === 'software' && keys.length === 0,
                        items: items.map((item, i) => ({ ...item, item_url: pathOf(item), note: minutesOrSize(item),
                                new_section: item.section !== '' && (i === 0 || items[i - 1].section !== item.section) })),
                });
        } catch (error) {
                next(error);
        }
}

async function serve() {
        const db = new pg.Client({ ...settings.database, options: '-c search_path=latchkey -c jit=off -c TimeZone=UTC', pipeline: true });
        await db.connect();
        const app = express();
        app.disable('x-powered-by');
        app.disable('etag');
        app.set('views', path.join(path.dirname(fileURLToPath(import.meta.url)), 'views'));
        app.set('view engine', 'ejs');
        app.get('/programs/:slug', (request, response, next) => show(db, request, response, next));
        app.listen(settings.socket, () => fs.chmodSync(settings.socket, 0o777));
}

if (cluster.isPrimary) {
        for (let i = 0; i < settings.workers; i++) cluster.fork();
        cluster.on('exit', () => process.exit(1));
} else {
        await serve();
}
