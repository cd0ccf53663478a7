// latchkeyctl receive: answers by mail become posts, mails of ours that come back are marked.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { before, describe, test } from 'node:test';

import { Browser, plain } from './lib/browser.mjs';
import { join } from './lib/desk.mjs';
import { address, here, needs, quote } from './lib/house.mjs';
import { mailTo } from './lib/mailbox.mjs';
import { becomes, buy } from './lib/purchase.mjs';

let count = 0;

/** What the mail server's pipe does; { status, said }. */
function receive(mail, ...args) {
        const run = spawnSync(here.command, ['receive', ...args], { input: mail, encoding: 'utf8', timeout: 60000 });
        return { status: run.status, said: run.stdout + run.stderr };
}

const receiveLater = (mail) => new Promise((done) => {
        const child = spawn(here.command, ['receive'], { stdio: ['pipe', 'ignore', 'ignore'] });
        child.stdin.end(mail);
        child.once('exit', done);
});

function letter(to, { body = 'It works now, thank you.', type = 'text/plain; charset=utf-8', id = `<${++count}.${Date.now()}@example.org>`, headers = '', from = 'someone@example.org' } = {}) {
        return [`From: Some One <${from}>`, `To: <${to}>`, 'Subject: Re: Our answer', `Message-ID: ${id}`, 'Date: Sun, 22 Nov 2026 10:00:00 +0000',
                ...(headers ? [headers] : []), 'MIME-Version: 1.0', `Content-Type: ${type}`, 'Content-Transfer-Encoding: 8bit', '', body, ''].join('\r\n');
}

/** Several parts: [headers, content]. */
const mixed = (parts, kind = 'mixed', boundary = 'part') =>
        ({ type: `multipart/${kind}; boundary="${boundary}"`, body: [...parts.map(([head, content]) => `--${boundary}\r\n${head}\r\n\r\n${content}`), `--${boundary}--`].join('\r\n') });

const report = (action, status) => ({
        ...mixed([
                ['Content-Type: text/plain', 'It could not be delivered.'],
                ['Content-Type: message/delivery-status', `Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; lost@example.org\r\nAction: ${action}\r\nStatus: ${status}\r\nDiagnostic-Code: smtp; 550 no such user`],
                ['Content-Type: message/rfc822', 'Subject: We have your message\r\n\r\nhello'],
        ], 'report; report-type=delivery-status'),
        headers: 'Return-Path: <>\r\nAuto-Submitted: auto-replied', from: 'mailer-daemon@example.org',
});

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** Somebody writes; their ticket with its signed address. */
async function opened() {
        const browser = new Browser(here.url);
        const email = address('byMail');
        const answer = await browser.submit(await browser.go('/help/requests/new'), /requests$/, { about: 'login', text: 'first', email });
        const number = /[0-9A-Z]{10}/.exec(answer.to)[0];
        const mail = await mailTo(here, email, /We have your message/);
        const [to] = /reply\+[^>\s]+/.exec(mail.headers['reply-to']);
        const [bounce] = /bounce\+[^>\s]+/.exec(fs.readFileSync(mail.file, 'utf8').split('\n\n')[0]) ?? [];
        return { browser, email, number, to, bounce, page: /\/help\/link\/[A-Za-z0-9_-]{43}/.exec(mail.text)[0] };
}

const posts = ({ number }) => here.rows(`SELECT p.body, p.via, p.from_email, p.left_out, p.author, (SELECT json_agg(f.name || ' ' || f.type ORDER BY f.id) FROM ticket_files f WHERE f.post_id = p.id) AS files
        FROM posts p JOIN tickets t ON t.id = p.ticket_id WHERE t.number = ${quote(number)} ORDER BY p.id`);
const last = (ticket) => posts(ticket).at(-1);

describe('mails that come in', needs, () => {
        let ticket, sofia;
        before(async () => {
                ticket = await opened();
                sofia = await join(here, 'support');
        });

        test('S0.6: an answer by mail is a post of its ticket and opens it again, without what it quotes', async () => {
                const page = await sofia.browser.go(`/admin/tickets/${ticket.number}`);
                await sofia.browser.submit(page, /answers$/, { text: 'Try again' });
                const answer = await mailTo(here, ticket.email, /Our answer/);
                assert.ok(answer.headers['reply-to'].includes(ticket.to), answer.headers['reply-to']);
                const body = 'It works now. Größe ✓\r\n\r\nOn Sun, 22 Nov 2026 at 10:00, Northlight Studio <studio@northlight.example>\r\nwrote:\r\n> Our answer\r\n> Try again\r\n';
                const { status, said } = receive(letter(ticket.to, { body, from: ticket.email }));
                assert.equal(status, 0, said);
                assert.deepEqual(last(ticket), { body: 'It works now. Größe ✓', via: 'mail', from_email: ticket.email, left_out: 0, author: 'customer', files: null });
                assert.equal(here.sql(`SELECT status FROM tickets WHERE number = ${quote(ticket.number)}`), 'open');
                assert.match(plain((await ticket.browser.go(ticket.page)).text), /It works now\. Größe ✓/);
                assert.match((await sofia.browser.go(`/admin/tickets/${ticket.number}`)).text, /by email/);
        });

        test('S0.6: the same mail twice, or by ten pipes at once, has one effect', async () => {
                const before = posts(ticket).length;
                const mail = letter(ticket.to, { body: 'once' });
                const statuses = await Promise.all(Array.from({ length: 10 }, () => receiveLater(mail)));
                assert.deepEqual([...new Set(statuses)], [0]);
                assert.equal(receive(mail).status, 0);
                assert.equal(posts(ticket).length, before + 1);
        });

        test('S0.6: a wrong signature, an unknown ticket, a foreign address: refused as no user', () => {
                const before = here.sql('SELECT count(*) FROM posts');
                const wrong = ticket.to.replace(/\.[0-9a-f]{20}@/, `.${'0'.repeat(20)}@`);
                assert.equal(receive(letter(wrong)).status, 67);
                assert.equal(receive(letter(ticket.to.replace('reply+', 'reply+0'))).status, 67);
                assert.equal(receive(letter(ticket.to.replace('reply+', 'bounce+'))).status, 67);
                assert.equal(receive(letter('help@northlight.example')).status, 67);
                assert.equal(receive(letter('help@northlight.example'), '--recipient', wrong).status, 67);
                assert.equal(receive(letter(ticket.to), '--recipient', 'someone@else.example').status, 67);
                assert.equal(here.sql('SELECT count(*) FROM posts'), before);
                assert.equal(receive(letter('help@northlight.example', { body: 'by the envelope' }), '--recipient', ticket.to.toUpperCase()).status, 0);
                assert.equal(last(ticket).body, 'by the envelope');
        });

        test('S0.6: what is no mail is refused as data; nested too deep as well', () => {
                assert.equal(receive('').status, 65);
                let body = 'deep';
                let type = 'text/plain';
                for (let i = 0; i < 40; i++) {
                        body = `--b${i}\r\nContent-Type: ${type}\r\n\r\n${body}\r\n--b${i}--`;
                        type = `multipart/mixed; boundary=b${i}`;
                }
                assert.equal(receive(letter(ticket.to, { body, type })).status, 65);
                const levels = Array.from({ length: 100000 }, (_, i) => `Content-Type: multipart/mixed; boundary=x${i}\r\n\r\n--x${i}\r\n`).join('');
                assert.equal(receive(`To: <${ticket.to}>\r\n${levels}`).status, 65);
        });

        test('S0.6: automatic answers are dropped', () => {
                const before = posts(ticket).length;
                for (const headers of ['Auto-Submitted: auto-replied', 'Precedence: bulk', 'Precedence: auto_reply', 'Return-Path: <>', 'List-Id: <a.b>'])
                        assert.equal(receive(letter(ticket.to, { headers })).status, 0, headers);
                assert.equal(posts(ticket).length, before);
                assert.equal(receive(letter(ticket.to, { headers: 'Auto-Submitted: no' })).status, 0);
                assert.equal(posts(ticket).length, before + 1);
        });

        test('S0.6: HTML alone becomes text, scripts and the quoted mail are left out', async () => {
                const html = '<html><head><style>p{}</style><title>x</title></head><body><p>It works&nbsp;&amp; opens.</p><script>alert(1)</script><div>Gr&uuml;&szlig;e<br>&#8364; &lt;b&gt;</div><div class="gmail_quote">On Sunday we wrote: <blockquote>secret</blockquote></div></body></html>';
                assert.equal(receive(letter(ticket.to, { body: html, type: 'text/html; charset=utf-8' })).status, 0);
                assert.equal(last(ticket).body, 'It works & opens.\n\nGrüße\n€ <b>');
                assert.match((await ticket.browser.go(ticket.page)).text, /€ &lt;b&gt;/);
        });

        test('S0.6: other character sets, and a card number that is masked before it is stored', () => {
                const latin = Buffer.from(letter(ticket.to, { body: 'Grüße', type: 'text/plain; charset=iso-8859-1' }), 'latin1');
                assert.equal(receive(latin).status, 0);
                assert.equal(last(ticket).body, 'Grüße');
                assert.equal(receive(letter(ticket.to, { body: 'My card is 4242 4242-4242 4242, the order 123.' })).status, 0);
                assert.equal(last(ticket).body, 'My card is **** ****-**** 4242, the order 123.');
        });

        test('S0.6: a text attachment with a card number in it is left out and counted', () => {
                const parts = mixed([['Content-Type: text/plain', 'See this'],
                        ['Content-Type: text/plain\r\nContent-Disposition: attachment; filename="paid.txt"', 'I paid with 4242 4242 4242 4242.']]);
                assert.equal(receive(letter(ticket.to, parts)).status, 0);
                assert.deepEqual([last(ticket).body, last(ticket).left_out, last(ticket).files], ['See this', 1, null]);
        });

        test('S0.6: a mail of 100 KB is cut, not lost', () => {
                assert.equal(receive(letter(ticket.to, { body: 'x'.repeat(100 * 1024) })).status, 0);
                assert.equal(last(ticket).body.length, 19004);
        });

        test('S0.6: attachments are kept by what they are; the rest is left out and counted', () => {
                const file = (name, type) => `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64`;
                const parts = [
                        ['Content-Type: text/plain', 'See these'],
                        [file('../shot.png', 'application/octet-stream'), png],
                        [file('run.exe', 'image/png'), Buffer.from('MZ\x90\x00').toString('base64')],
                        [file('empty.txt', 'text/plain'), ''],
                        [file('log.txt', 'text/plain'), Buffer.from('line\n').toString('base64')],
                ];
                const { status, said } = receive(letter(ticket.to, mixed(parts)));
                assert.equal(status, 0, said);
                assert.deepEqual(last(ticket), { body: 'See these', via: 'mail', from_email: 'someone@example.org', left_out: 2, author: 'customer', files: ['.._shot.png image/png', 'log.txt text/plain'].map((n) => n.replace('..', '_.')) });
        });

        test('S0.6: with the database away the mail server keeps the mail', () => {
                const config = fs.readFileSync(`${here.dir}/ctl.conf`, 'utf8').replace(/host=\S+/, 'host=/nonexistent');
                const file = `${here.dir}/away.conf`;
                fs.writeFileSync(file, config, { mode: 0o600 });
                const args = ['--config', file];
                assert.equal(receive(letter(ticket.to), ...args).status, 75);
                fs.rmSync(file);
                assert.equal(receive(letter(ticket.to), ...args).status, 75);
        });

        test('S0.6: a mail that came back is marked, staff see it, and only a failure for good marks the address', async () => {
                const lost = await opened();
                assert.ok(lost.bounce, 'the envelope’s sender is signed');
                const status = () => here.sql(`SELECT status FROM messages WHERE email = ${quote(lost.email)}`);
                await becomes(here, `EXISTS (SELECT FROM messages WHERE email = ${quote(lost.email)} AND status = 'sent')`);
                assert.equal(receive(letter(lost.bounce, report('delayed', '4.4.1'))).status, 0);
                assert.equal(status(), 'sent');
                assert.equal(receive(letter(lost.bounce.replace(/\.[0-9a-f]{20}@/, `.${'1'.repeat(20)}@`), report('failed', '5.1.1'))).status, 67);
                assert.equal(receive(letter(lost.bounce, { headers: 'Auto-Submitted: auto-replied', body: 'I am away' })).status, 0);
                assert.equal(status(), 'sent');
                assert.equal(receive(letter(lost.bounce, report('failed', '5.1.1'))).status, 0);
                assert.equal(receive(letter(lost.bounce, report('failed', '5.1.1'))).status, 0);
                assert.equal(status(), 'bounced');
                assert.equal(here.sql(`SELECT code FROM mail_failures WHERE address = lower(${quote(lost.email)})`), '5.1.1');
                assert.equal(here.sql(`SELECT count(*) FROM alarms a JOIN customers c ON c.id = a.object_id WHERE a.kind = 'mail_bounced' AND c.email = ${quote(lost.email)}`), '1');
                assert.match((await sofia.browser.go(`/admin/tickets/${lost.number}`)).text, /Mail to this address came back/);
                assert.match((await sofia.browser.go('/admin/')).text, /Mail to a customer came back/);
                here.sql("UPDATE alarms SET closed_at = app_now() WHERE kind = 'mail_bounced'");
        });

        test('S0.6: the order’s page says when mail comes back', async () => {
                const order = await buy(here);
                const mail = await mailTo(here, order.email, /You have access/);
                const [bounce] = /bounce\+[^>\s]+/.exec(fs.readFileSync(mail.file, 'utf8').split('\n\n')[0]) ?? [];
                assert.ok(bounce);
                await becomes(here, `EXISTS (SELECT FROM messages WHERE email = ${quote(order.email)} AND kind = 'access_open' AND status = 'sent')`);
                assert.equal(receive(letter(bounce, report('failed', '5.2.1'))).status, 0);
                const page = await sofia.browser.go(`/admin/orders/${order.number}`);
                assert.match(plain(page.text), /Mail to this address came back/);
                assert.match(plain(page.text), /Came back/);
                assert.equal(here.sql(`SELECT count(*) FROM alarms a JOIN orders o ON o.id = a.object_id AND a.object = 'order' WHERE a.kind = 'mail_bounced' AND o.number = ${quote(order.number)}`), '1');
                here.sql("UPDATE alarms SET closed_at = app_now() WHERE kind = 'mail_bounced'");
        });
});
