-- Messages to staff: tickets, their posts and files, links to them, addresses that mail comes back from.
SET ROLE lk_owner;

INSERT INTO staff_rights VALUES ('owner', 'tickets'), ('support', 'tickets');
INSERT INTO transitions VALUES
        ('ticket', 'open', 'answered'), ('ticket', 'open', 'closed'), ('ticket', 'answered', 'closed'),
        ('ticket', 'answered', 'open'), ('ticket', 'closed', 'open'),
        ('message', 'maybe_sent', 'bounced');

CREATE TABLE tickets (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number text NOT NULL UNIQUE DEFAULT order_number(),
        customer_id bigint NOT NULL REFERENCES customers (id),
        order_id bigint REFERENCES orders (id),
        order_said text NOT NULL DEFAULT '',
        about text NOT NULL CHECK (about IN ('no_mail', 'link', 'login', 'not_open', 'other')),
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered', 'closed')),
        proved boolean NOT NULL,
        staff_id bigint REFERENCES staff (id),
        form_nonce text NOT NULL,
        created_at timestamptz NOT NULL,
        since_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (id, customer_id),
        UNIQUE (customer_id, form_nonce)
);
CREATE INDEX tickets_customer ON tickets (customer_id, created_at DESC, id DESC);
CREATE INDEX tickets_status ON tickets (status, since_at, id);
CREATE INDEX tickets_staff ON tickets (staff_id, status, since_at, id) WHERE staff_id IS NOT NULL;
CREATE INDEX tickets_order ON tickets (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE posts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        ticket_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        author text NOT NULL CHECK (author IN ('customer', 'staff')),
        staff_id bigint REFERENCES staff (id),
        via text NOT NULL CHECK (via IN ('page', 'mail')),
        body text NOT NULL CHECK (length(body) <= 20000),
        from_email text,
        left_out integer NOT NULL DEFAULT 0,
        form_nonce text,
        message_ref bytea,
        at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        FOREIGN KEY (ticket_id, customer_id) REFERENCES tickets (id, customer_id),
        UNIQUE (id, ticket_id, customer_id),
        UNIQUE (ticket_id, form_nonce),
        UNIQUE (ticket_id, message_ref),
        CHECK ((author = 'staff') = (staff_id IS NOT NULL)),
        CHECK ((via = 'mail') = (message_ref IS NOT NULL))
);
CREATE INDEX posts_customer ON posts (customer_id, at DESC, id DESC);

CREATE TABLE ticket_files (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        post_id bigint NOT NULL,
        ticket_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        type text NOT NULL CHECK (type IN ('image/png', 'image/jpeg', 'application/pdf', 'text/plain')),
        content bytea NOT NULL CHECK (length(content) BETWEEN 1 AND 5242880),
        FOREIGN KEY (post_id, ticket_id, customer_id) REFERENCES posts (id, ticket_id, customer_id)
);
ALTER TABLE ticket_files ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX ticket_files_post ON ticket_files (post_id, id);
CREATE INDEX ticket_files_ticket ON ticket_files (ticket_id);

CREATE TABLE ticket_links (
        token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
        customer_id bigint NOT NULL REFERENCES customers (id),
        order_id bigint REFERENCES orders (id),
        ticket_id bigint,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        FOREIGN KEY (ticket_id, customer_id) REFERENCES tickets (id, customer_id)
);
CREATE INDEX ticket_links_customer ON ticket_links (customer_id);
CREATE INDEX ticket_links_ticket ON ticket_links (ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX ticket_links_expires ON ticket_links (expires_at);

CREATE TABLE mail_failures (
        address text PRIMARY KEY,
        message_id bigint NOT NULL REFERENCES messages (id),
        code text NOT NULL,
        at timestamptz NOT NULL
);
CREATE INDEX mail_failures_message ON mail_failures (message_id);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN tickets.id IS 'somebody needs help';
COMMENT ON COLUMN tickets.number IS 'as people read it out';
COMMENT ON COLUMN tickets.customer_id IS 'who is answered';
COMMENT ON COLUMN tickets.order_id IS 'what it is about, where that was proved by login, checkout or link';
COMMENT ON COLUMN tickets.order_said IS 'the order number as a stranger typed it: a text, never looked up';
COMMENT ON COLUMN tickets.about IS 'what happens, as chosen';
COMMENT ON COLUMN tickets.status IS 'see transitions';
COMMENT ON COLUMN tickets.proved IS 'written with a login or by a link that we had mailed; else the address is only what somebody typed';
COMMENT ON COLUMN tickets.staff_id IS 'who took it';
COMMENT ON COLUMN tickets.form_nonce IS 'one form makes one ticket';
COMMENT ON COLUMN tickets.created_at IS 'when it was opened';
COMMENT ON COLUMN tickets.since_at IS 'open: waiting since; else since when it is so';
COMMENT ON COLUMN tickets.received_at IS 'real time, for limits are about real senders';
COMMENT ON COLUMN posts.id IS 'order of writing';
COMMENT ON COLUMN posts.ticket_id IS 'in which conversation';
COMMENT ON COLUMN posts.customer_id IS 'whose conversation it is';
COMMENT ON COLUMN posts.author IS 'who wrote it';
COMMENT ON COLUMN posts.staff_id IS 'staff: which one';
COMMENT ON COLUMN posts.via IS 'typed on a page, or a mail';
COMMENT ON COLUMN posts.body IS 'plain text; card numbers are refused on pages and masked in mails';
COMMENT ON COLUMN posts.from_email IS 'mail: the sender that it names, proved by nothing';
COMMENT ON COLUMN posts.left_out IS 'mail: attachments that were not taken';
COMMENT ON COLUMN posts.form_nonce IS 'page: one form makes one post';
COMMENT ON COLUMN posts.message_ref IS 'mail: SHA-256 of its Message-ID, so that it counts once';
COMMENT ON COLUMN posts.at IS 'when';
COMMENT ON COLUMN posts.received_at IS 'real time, for limits';
COMMENT ON COLUMN ticket_files.id IS 'in its address';
COMMENT ON COLUMN ticket_files.post_id IS 'came with';
COMMENT ON COLUMN ticket_files.ticket_id IS 'in which conversation';
COMMENT ON COLUMN ticket_files.customer_id IS 'whose conversation it is';
COMMENT ON COLUMN ticket_files.name IS 'as the sender called it, without what is no name';
COMMENT ON COLUMN ticket_files.type IS 'found in the content, not believed from the sender';
COMMENT ON COLUMN ticket_files.content IS 'as it came';
COMMENT ON COLUMN ticket_links.token_hash IS 'SHA-256 of the secret in the mail''s link';
COMMENT ON COLUMN ticket_links.customer_id IS 'to whom the mail went';
COMMENT ON COLUMN ticket_links.order_id IS 'the order that the mail was about';
COMMENT ON COLUMN ticket_links.ticket_id IS 'the one ticket that it opens; NULL: it only fills in the form';
COMMENT ON COLUMN ticket_links.created_at IS 'product''s time';
COMMENT ON COLUMN ticket_links.expires_at IS 'dead from then on';
COMMENT ON COLUMN mail_failures.address IS 'mail to it came back; lower case';
COMMENT ON COLUMN mail_failures.message_id IS 'the last one that did';
COMMENT ON COLUMN mail_failures.code IS 'the reason, as an enhanced status code (RFC 3463)';
COMMENT ON COLUMN mail_failures.at IS 'when it was told';
RESET ROLE;
