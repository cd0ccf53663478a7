// A file of 2 GiB comes in by the staff pages and goes out to a customer: how much memory the
// programs and nginx take meanwhile, and how long it is under way.
//
//   . var/server.env && node tests/bench/files.mjs [--size BYTES] [--limit MIB]
//
// The growth is the highest PSS seen, looked at every 50 ms, above what it was before; more than
// the limit (16 MiB) in the programs ends with 1.  The disk needs three times the size for a while.

import { createHash } from 'node:crypto';
import http from 'node:http';
import { parseArgs } from 'node:util';

import { memoryDuring } from '../drill/lib/memory.mjs';
import { plain } from '../web/lib/browser.mjs';
import { here } from '../web/lib/house.mjs';
import { buy } from '../web/lib/purchase.mjs';
import { send, sha256Of } from '../web/lib/send.mjs';
import { staffBrowser } from '../web/lib/staff.mjs';
import { round, table } from './lib/measure.mjs';

const { values: options } = parseArgs({ options: { size: { type: 'string', default: '2147483648' }, limit: { type: 'string', default: '16' } } });
const size = Number(options.size);
const limit = Number(options.limit);
const programs = ['portal', 'gateway', 'login', 'admin', 'hooks', 'worker'];
if (!here) throw new Error('source the server.env of a running script/server');

const slug = `files-${Date.now().toString(36)}`;
const page = (rest = '') => `/admin/products/${slug}${rest}`;
const file = { name: 'large.zip', head: `PK\x03\x04 ${slug}`, size };
const owner = await staffBrowser(here, 'owner');

function expect(done, wanted) {
        if (done.to !== page(`?done=${wanted}`)) throw new Error(`${done.status} ${done.to}: ${plain(done.text).slice(0, 400)}`);
        return done;
}
const form = async (path, which, changes) => owner.submit(await owner.go(path), which, changes);

/** What WORK makes of the memory of the programs and of nginx, and its seconds. */
async function measure(work) {
        const from = performance.now();
        let nginx;
        const all = await memoryDuring(here.dir, programs, async () => {
                nginx = await memoryDuring(here.dir, ['nginx'], work);
                return nginx.result;
        });
        return { result: all.result, seconds: (performance.now() - from) / 1000, programs: all, nginx };
}

/** SHA-256 and length of what BROWSER gets at TO. */
function fetchSum(browser, to) {
        const url = new URL(to, here.url);
        const cookie = [...browser.jar(url.hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
        return new Promise((done, fail) => {
                http.get(url, { headers: { Cookie: cookie }, agent: false }, (answer) => {
                        const sum = createHash('sha256');
                        let length = 0;
                        answer.on('data', (part) => { sum.update(part); length += part.length; });
                        answer.on('end', () => done({ status: answer.statusCode, length, sha256: sum.digest('hex') }));
                        answer.on('error', fail);
                }).on('error', fail);
        });
}

expect(await form('/admin/new-product', /products$/, { title: 'Files', slug, kind: 'course' }), 'added');
const warm = { name: 'small.pdf', head: `%PDF-1.7 ${slug}` };
expect(await send(owner, await owner.go(page('/upload')), /uploads$/, { title: 'Small' }, warm), 'file');
const up = await measure(async () => send(owner, await owner.go(page('/upload')), /uploads$/, { title: 'Large' }, file));
expect(up.result, 'file');

expect(await form(page('/texts'), /texts$/, { tagline: 'A', summary: 'B', includes: 'C', refund: 'D' }), 'saved');
expect(await form(page('/publish'), /publish$/), 'published');
const confirm = await form(page('/offer'), /offers$/, { offer: 'full', title: 'Pay in full', currency: 'EUR', amount: '12.00' });
expect(await owner.submit(confirm, /offers$/), 'price');
expect(await form(page(), new RegExp(`${slug}/sale$`), { sale: 'on' }), 'on');
const bought = await buy(here, { product: slug });
const down = await measure(() => fetchSum(bought.browser, `/programs/${slug}/large/file?order=${bought.number}`));
expect(await form(page(), new RegExp(`${slug}/sale$`), { sale: 'off' }), 'off');
if (down.result.length !== size || down.result.sha256 !== sha256Of(file)) throw new Error(`not the same file: ${JSON.stringify(down.result)}`);

const growth = ({ before, peak }) => `${round(peak - before, 1)} MiB`;
console.log(table([`${round(size / 1024 ** 3, 2)} GiB`, 'seconds', 'programs grow by at most', 'nginx by'], [['upload', up], ['download', down]]
        .map(([name, m]) => [name, round(m.seconds, 1), growth(m.programs), growth(m.nginx)])));
const most = Math.max(...[up, down].map(({ programs: { before, peak } }) => peak - before));
if (most > limit) {
        console.error(`the programs took ${round(most, 1)} MiB more, above ${limit}`);
        process.exit(1);
}
