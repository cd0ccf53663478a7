// A browser without a screen: cookies by host, forms as the page has them.
//
//   const browser = new Browser(here.url);
//   const page = await browser.go('/products/light-and-lens');
//   page.status  page.headers  page.to (Location)  page.text  page.body (Buffer)  page.url
//   await browser.submit(page, /orders$/, { email: 'ann@example.org', agree: '1' });

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", nbsp: '\u00a0' };

export const unescape = (text) => text.replace(/&(#?\w+);/g, (whole, name) => entities[name.toLowerCase()] ?? whole);

/** The text of a page, as one reads it. */
export const plain = (html) => unescape(html.replace(/<(script|style)\b.*?<\/\1>/gs, ' ').replace(/<[^>]+>/g, ' '))
        .replace(/[\s\u00a0\u202f]+/g, ' ').trim();

export const heading = (html) => plain(/<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? '');

const attribute = (tag, name) => {
        const found = new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s>/])`).exec(tag);
        return found === null ? null : unescape(found[1] ?? '');
};

function fieldsOf(html) {
        const fields = {};
        for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
                const name = attribute(tag, 'name');
                const type = attribute(tag, 'type') ?? 'text';
                if (name === null || (['checkbox', 'radio'].includes(type) && attribute(tag, 'checked') === null)) continue;
                fields[name] = attribute(tag, 'value') ?? (type === 'checkbox' ? 'on' : '');
        }
        for (const [, tag, text] of html.matchAll(/(<textarea\b[^>]*>)\n?(.*?)<\/textarea>/gs))
                fields[attribute(tag, 'name')] = unescape(text);
        for (const [, tag, options] of html.matchAll(/(<select\b[^>]*>)(.*?)<\/select>/gs)) {
                const all = [...options.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
                const chosen = all.find((option) => attribute(option, 'selected') !== null) ?? all[0];
                if (chosen) fields[attribute(tag, 'name')] = attribute(chosen, 'value');
        }
        return fields;
}

/** The form of PAGE whose action fits WHICH: { action, fields }. */
export function formOf(page, which) {
        for (const [, tag, inner] of page.text.matchAll(/(<form\b[^>]*>)(.*?)<\/form>/gs)) {
                const action = attribute(tag, 'action') ?? page.url;
                if (which.test(action)) return { action, fields: fieldsOf(inner) };
        }
        throw new Error(`${page.url} (${page.status}) has no form for ${which}`);
}

export class Browser {
        constructor(home, headers = {}) {
                this.home = home;
                this.headers = headers;
                this.jars = new Map();
        }

        jar(host = new URL(this.home).hostname) {
                if (!this.jars.has(host)) this.jars.set(host, new Map());
                return this.jars.get(host);
        }

        keep(host, lines) {
                for (const line of lines) {
                        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
                        if (/;\s*max-age=0(;|$)/i.test(line)) this.jar(host).delete(name);
                        else this.jar(host).set(name, value);
                }
        }

        async go(to, { form, method = form === undefined ? 'GET' : 'POST', headers = {}, body } = {}) {
                const url = new URL(to, this.home);
                const cookie = [...this.jar(url.hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
                const answer = await fetch(url, {
                        method, redirect: 'manual', body: form === undefined ? body : new URLSearchParams(form),
                        headers: { ...(cookie ? { cookie } : {}), ...this.headers, ...headers },
                });
                this.keep(url.hostname, answer.headers.getSetCookie());
                const bytes = Buffer.from(await answer.arrayBuffer());
                return {
                        status: answer.status, headers: answer.headers, to: answer.headers.get('location'),
                        body: bytes, text: bytes.toString('utf8'), url: url.href,
                };
        }

        /** Send the form of PAGE whose action fits WHICH, with CHANGES; undefined takes a field out. */
        submit(page, which, changes = {}, options = {}) {
                const { action, fields } = formOf(page, which);
                const form = Object.entries({ ...fields, ...changes }).filter(([, value]) => value !== undefined);
                return this.go(new URL(action, page.url), { form, ...options });
        }

        /** Go, and on to where we are sent, as far as this host. */
        async follow(to, steps = 5) {
                let page = await this.go(to);
                for (; steps > 0 && page.to !== null && page.status >= 300 && page.status < 400; steps--)
                        page = await this.go(new URL(page.to, page.url));
                return page;
        }
}
