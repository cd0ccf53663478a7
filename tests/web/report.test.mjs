// The accountant's month: papers and money as CSV and PDF, with sums that are the ledger's.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { staffBrowser } from './lib/staff.mjs';
import { Browser, heading, plain } from './lib/browser.mjs';
import { here, needs, quote } from './lib/house.mjs';
import { becomes, buy } from './lib/purchase.mjs';
import { control } from './lib/stripe.mjs';

const zone = 'Europe/Berlin';
const month = here ? here.sql(`SELECT to_char(app_now() AT TIME ZONE '${zone}', 'YYYY-MM')`) : '';
const inMonth = (column) => `to_char(${column} AT TIME ZONE '${zone}', 'YYYY-MM') = '${month}'`;

/** Fields by RFC 4180: rows as objects by the heading. */
function rowsOf(page) {
        assert.equal(page.status, 200);
        assert.match(page.headers.get('content-type'), /^text\/csv/);
        assert.match(page.headers.get('content-disposition'), new RegExp(`attachment; filename="${month}-`));
        const [head, ...lines] = page.text.split('\r\n').filter(Boolean)
                .map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare));
        return lines.map((line) => Object.fromEntries(head.map((name, i) => [name, line[i]])));
}

/** Decimal text of EUR into cents. */
const cents = (text) => { assert.match(text, /^-?\d+\.\d\d$/); return Math.round(Number(text) * 100); };
const sum = (rows, field) => rows.reduce((total, row) => total + cents(row[field]), 0);

describe('the accountant\'s month', needs, () => {
        let finance, bought;
        before(async () => {
                finance = await staffBrowser(here, 'finance');
                bought = await buy(here, { name: '=cmd|"x"!A1' });
                await becomes(here, `EXISTS (SELECT FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)})`);
                const [{ ref }] = here.rows(`SELECT p.gateway_ref AS ref FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = ${quote(bought.number)}`);
                await control(here.sandbox, 'acts', { act: 'refund', object: ref, amount: 14900 });
                await becomes(here, `EXISTS (SELECT FROM receipts r JOIN orders o ON o.id = r.order_id WHERE o.number = ${quote(bought.number)} AND r.kind = 'credit_note')`);
        });

        test('receipts and credit notes: each paper once, net and tax make the gross, sums are the papers\'', async () => {
                const rows = rowsOf(await finance.go(`/admin/reports/${month}/receipts.csv`)).filter((row) => row.currency === 'EUR');
                for (const row of rows) assert.equal(cents(row.net) + cents(row.tax), cents(row.gross), row.number);
                const [papers] = here.rows(`SELECT count(*)::integer AS n, sum(CASE kind WHEN 'receipt' THEN total_minor ELSE -total_minor END)::bigint AS total
                        FROM receipts WHERE currency = 'EUR' AND ${inMonth('issued_at')}`);
                assert.equal(new Set(rows.map((row) => row.number)).size, papers.n);
                assert.equal(sum(rows, 'gross'), Number(papers.total));
                const mine = rows.filter((row) => row.order === bought.number);
                assert.deepEqual(mine.map((row) => [row.kind, row['tax rate'], row.tax, row.gross]),
                        [['receipt', '19.00', '23.79', '149.00'], ['credit note', '19.00', '-23.79', '-149.00']]);
                assert.ok(!rows.some((row) => Object.values(row).some((text) => /^[=+@]/.test(text))), 'nothing that a spreadsheet would calculate');
        });

        test('money in and out: its sums are the ledger\'s, account by account, and check money agrees', async () => {
                const rows = rowsOf(await finance.go(`/admin/reports/${month}/money.csv`)).filter((row) => row.currency === 'EUR');
                for (const [account, name] of [['gateway:stripe', 'Payment provider'], ['bank', 'Bank']])
                        assert.equal(sum(rows.filter((row) => row.account === name), 'amount'),
                                Number(here.sql(`SELECT coalesce(sum(CASE WHEN debit = '${account}' THEN amount_minor ELSE -amount_minor END), 0) FROM ledger
                                        WHERE '${account}' IN (debit, credit) AND currency = 'EUR' AND ${inMonth('at')}`)), account);
                assert.equal(-sum(rows.filter((row) => row.what === 'Fee'), 'amount'),
                        Number(here.sql(`SELECT coalesce(sum(amount_minor), 0) FROM ledger WHERE debit = 'fees' AND currency = 'EUR' AND ${inMonth('at')}`)));
                const mine = rows.filter((row) => row.order === bought.number && row.what !== 'Fee');
                assert.deepEqual(mine.map((row) => [row.what, row.amount]), [['Payment', '149.00'], ['Refund', '-149.00']]);
                assert.equal(here.ctl('check', 'money').status, 0);
        });

        test('the page has the same sums, and says whether papers and ledger agree', async () => {
                const page = await finance.go(`/admin/reports/${month}`);
                assert.equal(page.status, 200);
                assert.equal(heading(page.text), here.sql(`SELECT to_char(app_now() AT TIME ZONE '${zone}', 'FMMonth YYYY')`));
                const [{ receipts, notes, agree }] = here.rows(`SELECT
                        (SELECT count(*) FROM receipts WHERE kind = 'receipt' AND currency = 'EUR' AND ${inMonth('issued_at')}) AS receipts,
                        (SELECT count(*) FROM receipts WHERE kind = 'credit_note' AND currency = 'EUR' AND ${inMonth('issued_at')}) AS notes,
                        (SELECT coalesce(sum(total_minor), 0) FROM receipts WHERE kind = 'receipt' AND currency = 'EUR' AND ${inMonth('issued_at')})
                        = (SELECT coalesce(sum(CASE WHEN credit = 'revenue' THEN amount_minor ELSE -amount_minor END), 0) FROM ledger WHERE 'revenue' IN (debit, credit) AND currency = 'EUR' AND ${inMonth('at')})
                        AND (SELECT coalesce(sum(total_minor), 0) FROM receipts WHERE kind = 'credit_note' AND currency = 'EUR' AND ${inMonth('issued_at')})
                        = (SELECT coalesce(sum(CASE WHEN debit = 'refunds' THEN amount_minor ELSE -amount_minor END), 0) FROM ledger WHERE 'refunds' IN (debit, credit) AND currency = 'EUR' AND ${inMonth('at')}) AS agree`);
                const text = plain(page.text);
                assert.match(text, new RegExp(`EUR Papers and ledger ${agree ? 'agree' : 'differ'} Receipts \\(${receipts}\\) .* Credit notes \\(${notes}\\)`));
                assert.match(plain((await finance.go('/admin/reports')).text), new RegExp(`${heading(page.text)} \\d+ \\d+ Receipts , money , PDF`));
        });

        test('the PDF is whole, has the sums and every paper', async () => {
                const page = await finance.go(`/admin/reports/${month}/report.pdf`);
                assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'application/pdf']);
                const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lk-report-')), 'report.pdf');
                fs.writeFileSync(file, page.body);
                execFileSync('qpdf', ['--check', file], { stdio: 'ignore' });
                const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }).replace(/[\u00a0\u202f]/g, ' ');
                fs.rmSync(path.dirname(file), { recursive: true });
                for (const words of ['Sums', 'Receipts and credit notes', 'Money in and out', 'Northlight Studio GmbH', bought.number, /Page 1 of \d/])
                        assert.ok(words instanceof RegExp ? words.test(text) : text.includes(words), `${words}`);
                for (const { number } of here.rows(`SELECT number FROM receipts WHERE ${inMonth('issued_at')}`)) assert.ok(text.includes(number), number);
        });

        test('months to come, months that are none, an empty one; and who may', async () => {
                const next = here.sql(`SELECT to_char((app_now() AT TIME ZONE '${zone}') + interval '1 month', 'YYYY-MM')`);
                const refused = await finance.go(`/admin/reports/${next}`);
                assert.deepEqual([refused.status, /This month is still to come/.test(plain(refused.text))], [404, true]);
                for (const file of ['receipts.csv', 'money.csv', 'report.pdf'])
                        assert.equal((await finance.go(`/admin/reports/${next}/${file}`)).status, 404, file);
                for (const odd of ['2026-13', '2026-00', '2026-1', '9999-12', 'last', '2026-02-01', '-026-01', '2026-1%27'])
                        assert.equal((await finance.go(`/admin/reports/${odd}`)).status, 404, odd);
                assert.equal((await finance.go(`/admin/reports/${month}/secrets.csv`)).status, 404);
                const empty = await finance.go('/admin/reports/2001-01');
                assert.deepEqual([empty.status, /Nothing in this month/.test(plain(empty.text))], [200, true]);
                assert.equal((await finance.go('/admin/reports/2001-01/report.pdf')).status, 200);
                for (const role of ['support', 'viewer']) {
                        const browser = await staffBrowser(here, role);
                        for (const to of ['/admin/reports', `/admin/reports/${month}`, `/admin/reports/${month}/receipts.csv`])
                                assert.equal((await browser.go(to)).status, 403, to);
                }
                assert.equal((await new Browser(here.adminUrl).go(`/admin/reports/${month}/receipts.csv`)).status, 303);
        });
});
