// Canaries: a piece of markup with its owner's mark in every text column of the database that
// may hold what a person, a product, a bank or the gateway wrote.
//
//   const planted = plant(house, { a: [1], b: [2] });      marks of customers; all others are c<id>
//   planted.get('customers.name')      how many rows hold one
//   canariesIn(text)                   [{ mark, column }]
//   rawIn(html)                        what stands in it unescaped, or null

import { quote } from './house.mjs';

/** Text that no person writes, by reason.  Columns that a foreign key or a check holds to a
 *  list of words or a narrow pattern need not stand here; nor do generated ones. */
const exceptions = {
        'a word of the programs, never typed': `alarms.kind alarms.object audit.action audit.object corrections.fits corrections.why
                customer_timeline.source customer_timeline.topic customer_timeline.code evidence.kind jobs.kind jobs.key jobs.args jobs_dead.kind
                jobs_dead.key jobs_dead.args jobs_done.kind jobs_done.key ledger.entry ledger_accounts.name message_topics.kind messages.kind
                messages.object messages.period notification_topics.topic order_parties.topics receipt_series.series rollups.metric schedules.name
                staff_rights.role staff_rights.verb transitions.machine transitions.was transitions.status attempts.why migrations.name
                attempts.class agreement_versions.why case_causes.title cases.class cases.next_step cases.resolved_by decline_codes.code decline_codes.class
                payment_methods.kind ratings.kind rating_links.kind retry_results.class tasks.kind tasks.object tasks.period`,
        'a hash, a key or a nonce': `credentials.password_hash staff.password_hash staff_codes.salt migrations.checksum attempts.key refunds.key
                inbox.attempt_key corrections.nonce notes.nonce orders.form_nonce posts.form_nonce tickets.form_nonce
                refunds.form_nonce disputes.answer_nonce disputes.answer_key method_setups.key method_setups.form_nonce
                case_notes.form_nonce change_markers.form_nonce amendments.form_nonce`,
        'the gateway\'s name of a thing, which it is asked for by': `attempts.gateway_ref attempts.session_ref attempts.session_url disputes.gateway_ref
                inbox.event_ref inbox.payment_ref inbox.session_ref inbox.charge_ref inbox.object_ref payments.gateway_ref payments.charge_ref
                refunds.gateway_ref gateway_customers.ref payment_methods.ref payment_methods.gateway_customer method_setups.session_ref
                method_setups.session_url`,
        'a copy to look things up by': 'address_changes.old_fold address_changes.new_fold corrections.new_fold customers.email_fold link_asks.email_fold search_words.word staff.email_fold faq_articles.slug faq_articles.plain faq_articles.related faq_words.word withdrawals.said_fold',
        'made by the database, or held to its letters by the form': `receipts.number tickets.number corrections.number cases.number withdrawals.number amendments.number rule_versions.breaks
                amendments.was amendments.wanted amendments.offered amendments.terms`,
        'a code from a list': 'reminder_choices.channel inbox.currency mismatches.expected_currency mismatches.found_currency rollups.currency customers.locale customers.zone customers.country files.content_type orders.zone agreements.zone',
        'markup of our own, shown in a frame that may do nothing': 'message_bodies.html',
        'for a later version; nothing reads it': 'offer_versions.schedule',
        'numbers': 'reminder_plans.days',
        'of a row that is never committed': 'machine_runs.decline machine_runs.job_ids machine_runs.message_ids',
};

/** What no customer owns: everybody may see the shop's, staff alone their own. */
const common = {
        shop: 'faq_articles files message_texts item_versions offer_versions product_versions terms_versions version_items',
        staff: 'accounts alarms legal_limits rule_versions change_markers article_versions article_votes help_searches audit inbox jobs jobs_dead licence_keys matches mismatches staff bank_lines withdrawal_law',
};

/** Members of a JSON document that are free text. */
const members = "('reason', 'name', 'email', 'text', 'note', 'title', 'buyer_name', 'buyer_email', 'buyer_address', 'buyer_tax_number', 'statement_text', 'paid_with', 'Phone')";

/** By which column a row leads to its customer. */
const ways = {
        customer_id: 't.customer_id', person_id: 't.person_id',
        order_id: '(SELECT x.customer_id FROM orders x WHERE x.id = t.order_id)',
        ticket_id: '(SELECT x.customer_id FROM tickets x WHERE x.id = t.ticket_id)',
        payment_id: '(SELECT x.customer_id FROM orders x JOIN payments y ON y.order_id = x.id WHERE y.id = t.payment_id)',
        case_id: '(SELECT x.customer_id FROM cases x WHERE x.id = t.case_id)',
        message_id: '(SELECT x.customer_id FROM messages x WHERE x.id = t.message_id)',
        order_line_id: '(SELECT x.customer_id FROM orders x JOIN order_lines y ON y.order_id = x.id WHERE y.id = t.order_line_id)',
        bank_line_id: '(SELECT x.customer_id FROM orders x JOIN payments y ON y.order_id = x.id WHERE y.bank_line_id = t.bank_line_id LIMIT 1)',
};
const own = { customers: 't.id', bank_lines: '(SELECT x.customer_id FROM orders x JOIN payments y ON y.order_id = x.id WHERE y.bank_line_id = t.id LIMIT 1)' };

/** Columns that may be written in only where something stands already, by a check of their table. */
const onlyFilled = { url: 'IS NOT NULL', undone_reason: "<> ''" };

const among = (lists, name) => Object.values(lists).some((list) => list.split(/\s+/).includes(name));

/** The columns to plant in: [{ table, column, type, names }]; names are all columns of the table. */
export function columnsOf(house) {
        return house.rows(`SELECT c.table_name AS table, c.column_name AS column, c.data_type AS type, array_to_json(ARRAY(
                        SELECT o.column_name::text FROM information_schema.columns o WHERE (o.table_schema, o.table_name) = (c.table_schema, c.table_name))) AS names
                FROM information_schema.columns c JOIN information_schema.tables s USING (table_schema, table_name)
                WHERE c.table_schema = 'latchkey' AND s.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
                AND c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY')
                AND NOT EXISTS (SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                        WHERE k.conrelid = format('latchkey.%I', c.table_name)::regclass AND a.attname = c.column_name
                        AND (k.contype = 'f' OR (k.contype = 'c' AND cardinality(k.conkey) = 1 AND pg_get_constraintdef(k.oid) ~ '= ANY|~ ''\\^(\\[|\\(|RF)')))
                ORDER BY 1, 2`).filter(({ table, column }) => !among(exceptions, `${table}.${column}`));
}

function ownerOf({ table, names }) {
        const way = own[table] ?? ways[Object.keys(ways).find((name) => names.includes(name))];
        const rest = Object.keys(common).find((mark) => common[mark].split(' ').includes(table));
        if (way === undefined && rest === undefined) throw new Error(`${table}: say whose its texts are, in ways, own or common`);
        return { way: way !== undefined && rest !== 'shop' ? way : 'NULL::bigint', rest: rest ?? 'staff' };
}

function statement(column, marks) {
        const { way, rest } = ownerOf(column);
        const whose = `CASE ${Object.entries(marks).map(([mark, ids]) => `WHEN owner IN (${ids}) THEN ${quote(mark)}`).join(' ')}
                WHEN owner IS NULL THEN ${quote(rest)} ELSE 'c' || owner END`;
        const name = `${column.table}.${column.column}`;
        const head = column.column === 'url' ? 'https://example.org/' : '';
        const tail = /email|address$/.test(column.column) && column.column !== 'buyer_address' ? '@example.org' : '';
        const text = `${quote(`${head}<i id=canary-`)} || ${whose} || ${quote(`-${name}-`)} || translate(place::text, '(,)', '..') || ${quote(`>&"'${tail}`)}`;
        const value = column.type === 'jsonb'
                ? `(SELECT coalesce(jsonb_object_agg(m.key, CASE WHEN m.key IN ${members} AND jsonb_typeof(m.value) = 'string' THEN to_jsonb(${text}) ELSE m.value END), '{}') FROM jsonb_each(was) m)`
                : text;
        return `WITH done AS (UPDATE ${column.table} SET ${column.column} = f.value FROM (SELECT place, ${value} AS value
                        FROM (SELECT t.ctid AS place, t.${column.column} AS was, ${way} AS owner FROM ${column.table} t) r) f
                WHERE ${column.table}.ctid = f.place ${column.column in onlyFilled ? `AND ${column.column} ${onlyFilled[column.column]}` : ''} RETURNING 1)
                SELECT ${quote(name)} || ' ' || count(*) FROM done;`;
}

export function plant(house, marks) {
        const said = house.sql(`BEGIN; SET session_replication_role = replica;
                ${columnsOf(house).map((column) => statement(column, marks)).join('\n')} COMMIT`);
        return new Map(said.split('\n').map((line) => line.split(' ')).map(([name, count]) => [name, Number(count)]));
}

export const canariesIn = (text) => [...text.matchAll(/canary-([a-z0-9]+)-([a-z_]+\.[a-z_]+)/g)].map(([, mark, column]) => ({ mark, column }));

/** Markup in which one was not escaped; it may be cut short anywhere. */
export function rawIn(html) {
        const found = /<i id=canary.{0,60}/s.exec(html) ?? /canary-[\w.-]*(?:>|&gt;&(?!amp;)|&gt;&amp;").{0,30}/s.exec(html);
        return found === null ? null : found[0];
}
