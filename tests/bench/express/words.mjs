// Times, sizes and Markdown as the portal writes them, for the Express app.

const formats = new Map();

function partsIn(zone, at) {
        let format = formats.get(zone);
        if (!format) {
                format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric',
                        hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' });
                formats.set(zone, format);
        }
        return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

const dayOf = (p) => Date.parse(`${p.day} ${p.month} ${p.year} UTC`) / 86400000;
const near = { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' };

/** <time>: when it was for the eye, exactly on hover, RFC 3339 for programs. */
export function timeMarkup(at, zone, now) {
        const p = partsIn(zone, at);
        const today = partsIn(zone, now);
        const day = `${p.weekday} ${p.day} ${p.month}`;
        const said = near[dayOf(p) - dayOf(today)] ?? (p.year === today.year ? day : `${day} ${p.year}`);
        const clock = `${p.hour}:${p.minute}`;
        return `<time datetime="${at.toISOString().slice(0, 19)}Z" title="${day} ${p.year}, ${clock} (${p.timeZoneName})">${said} at ${clock}</time>`;
}

/** What stands behind a lesson's title. */
export function minutesOrSize(item) {
        const size = Number(item.file_size);
        if (item.file_size !== null && item.kind === 'download')
                return size >= 1e6 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.ceil(size / 1000)} KB`;
        return item.minutes === null ? '' : `${item.minutes} min`;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const rendered = new Map();

/** Paragraphs with bold and italic words: what the demo's texts have.  Kept for each text. */
export function markdown(text) {
        if (!rendered.has(text))
                rendered.set(text, text.trim().split(/\n{2,}/).filter((part) => part !== '').map((part) => `<p>${escaped(part)
                        .replace(/\*\*(.+?)\*\*/gs, '<strong>$1</strong>').replace(/\*(.+?)\*/gs, '<em>$1</em>')}</p>\n`).join(''));
        return rendered.get(text);
}
