-- Staff look after failed payments: notes, calls and answers of the playbook in a case, when staff
-- are to call, how customers rated it, and what was changed so that it happens less often.
SET ROLE lk_owner;

INSERT INTO staff_rights VALUES ('owner', 'settle'), ('finance', 'settle');
INSERT INTO message_topics VALUES ('case_thanks', 'bills');
INSERT INTO schedules (name, lane, every, next_at) VALUES
        ('cases_close', 4, '1 day', '2020-01-01');         -- cases that were resolved and left alone get their cause

ALTER TABLE posts ADD COLUMN subject text NOT NULL DEFAULT '' CHECK (length(subject) <= 200);
ALTER TABLE cases
        ADD COLUMN amount_minor bigint NOT NULL DEFAULT 0 CHECK (amount_minor >= 0),
        ADD COLUMN stopped_at timestamptz,
        ADD COLUMN stopped_by bigint REFERENCES staff (id),
        ADD COLUMN stop_reason text NOT NULL DEFAULT '',
        ADD CHECK ((stopped_at IS NULL) = (stopped_by IS NULL));
UPDATE cases c SET amount_minor = d.amount_minor FROM dues d WHERE d.id = c.due_id;
CREATE INDEX cases_active ON cases (opened_at, id) WHERE status IN ('open', 'waiting');
CREATE INDEX cases_opened ON cases (opened_at DESC, id DESC) INCLUDE (cause, currency, amount_minor, resolved_at, resolved_by);

CREATE TABLE case_notes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        case_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        kind text NOT NULL CHECK (kind IN ('note', 'call')),
        outcome text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'reached', 'no_answer', 'wrong_number')),
        body text NOT NULL DEFAULT '' CHECK (length(body) <= 10000),
        next_at timestamptz,
        staff_id bigint NOT NULL REFERENCES staff (id),
        form_nonce text NOT NULL,
        at timestamptz NOT NULL,
        FOREIGN KEY (case_id, customer_id) REFERENCES cases (id, customer_id),
        UNIQUE (case_id, form_nonce),
        CHECK ((kind = 'call') = (outcome <> '')),
        CHECK (kind = 'call' OR body <> ''),
        CHECK (kind = 'call' OR next_at IS NULL)
);
CREATE INDEX case_notes_customer ON case_notes (customer_id, at DESC, id DESC);

CREATE TABLE case_answers (
        case_id bigint NOT NULL REFERENCES cases (id),
        version_id bigint NOT NULL REFERENCES article_versions (id),
        position integer NOT NULL CHECK (position BETWEEN 1 AND 12),
        label text NOT NULL CHECK (label <> ''),
        answer text NOT NULL CHECK (length(answer) <= 1000),
        staff_id bigint NOT NULL REFERENCES staff (id),
        at timestamptz NOT NULL,
        PRIMARY KEY (case_id, version_id, position)
);

-- From which amount on staff are to call at once; the setting, as the programs read it last.
CREATE TABLE call_limits (
        currency text PRIMARY KEY REFERENCES currencies (code),
        amount_minor bigint NOT NULL CHECK (amount_minor >= 0)
);

CREATE TABLE ratings (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('case')),
        object_id bigint NOT NULL,
        customer_id bigint NOT NULL REFERENCES customers (id),
        score integer NOT NULL CHECK (score BETWEEN 1 AND 5),
        words text NOT NULL DEFAULT '' CHECK (length(words) <= 4000),
        rated_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        UNIQUE (kind, object_id, customer_id)
);
CREATE INDEX ratings_customer ON ratings (customer_id);

-- Links in mails that ask for a rating; each opens its one page.
CREATE TABLE rating_links (
        token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
        kind text NOT NULL CHECK (kind IN ('case')),
        object_id bigint NOT NULL,
        customer_id bigint NOT NULL REFERENCES customers (id),
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
);
CREATE INDEX rating_links_customer ON rating_links (customer_id);
CREATE INDEX rating_links_expires ON rating_links (expires_at);

-- What was changed so that fewer payments fail, or more are paid after all.
CREATE TABLE change_markers (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        changed_on date NOT NULL,
        what text NOT NULL CHECK (length(what) BETWEEN 1 AND 300),
        cause text REFERENCES case_causes (cause),
        form_nonce text NOT NULL,
        revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
        made_by bigint NOT NULL REFERENCES staff (id),
        made_at timestamptz NOT NULL,
        edited_by bigint REFERENCES staff (id),
        edited_at timestamptz,
        UNIQUE (made_by, form_nonce),
        CHECK ((edited_by IS NULL) = (edited_at IS NULL))
);
CREATE INDEX change_markers_day ON change_markers (changed_on DESC, id DESC);

COMMENT ON COLUMN posts.subject IS 'of a personal mail that staff began; '''' for an answer';
COMMENT ON COLUMN cases.amount_minor IS 'what was owed when it opened';
COMMENT ON COLUMN cases.stopped_at IS 'staff stopped the retries; NULL: the planner plans';
COMMENT ON COLUMN cases.stopped_by IS 'who stopped them';
COMMENT ON COLUMN cases.stop_reason IS 'why';
COMMENT ON TABLE case_notes IS 'what staff noted in a case: calls and what came of them, and notes';
COMMENT ON COLUMN case_notes.id IS 'in the order of writing';
COMMENT ON COLUMN case_notes.case_id IS 'in which case';
COMMENT ON COLUMN case_notes.customer_id IS 'about whom';
COMMENT ON COLUMN case_notes.kind IS 'a call, or a note';
COMMENT ON COLUMN case_notes.outcome IS 'of a call: reached, no_answer, wrong_number';
COMMENT ON COLUMN case_notes.body IS 'in their words';
COMMENT ON COLUMN case_notes.next_at IS 'of a call: when to call again; a task is open for it';
COMMENT ON COLUMN case_notes.staff_id IS 'who wrote it';
COMMENT ON COLUMN case_notes.form_nonce IS 'of the form: sent twice is one note';
COMMENT ON COLUMN case_notes.at IS 'when';
COMMENT ON TABLE case_answers IS 'what was noted in the fields of a playbook';
COMMENT ON COLUMN case_answers.case_id IS 'in which case';
COMMENT ON COLUMN case_answers.version_id IS 'by which version of the playbook';
COMMENT ON COLUMN case_answers.position IS 'which of its fields, from 1';
COMMENT ON COLUMN case_answers.label IS 'the field, as it stood there';
COMMENT ON COLUMN case_answers.answer IS 'what was noted';
COMMENT ON COLUMN case_answers.staff_id IS 'who noted it last';
COMMENT ON COLUMN case_answers.at IS 'when';
COMMENT ON TABLE call_limits IS 'the setting [recovery] call_above, by currency; none: nobody is called by it';
COMMENT ON COLUMN call_limits.currency IS 'ISO 4217';
COMMENT ON COLUMN call_limits.amount_minor IS 'a failure of this much or more opens a call task';
COMMENT ON TABLE ratings IS 'how a customer rated something, one for each of them; the last word counts';
COMMENT ON COLUMN ratings.id IS 'in the order of rating';
COMMENT ON COLUMN ratings.kind IS 'case: how a failed payment was looked after';
COMMENT ON COLUMN ratings.object_id IS 'which one';
COMMENT ON COLUMN ratings.customer_id IS 'who rated it';
COMMENT ON COLUMN ratings.score IS '1 bad to 5 very good';
COMMENT ON COLUMN ratings.words IS 'what they said to it';
COMMENT ON COLUMN ratings.rated_at IS 'when it was rated first';
COMMENT ON COLUMN ratings.changed_at IS 'when it was changed last';
COMMENT ON TABLE rating_links IS 'links in mails that ask for a rating';
COMMENT ON COLUMN rating_links.token_hash IS 'SHA-256 of its secret';
COMMENT ON COLUMN rating_links.kind IS 'ratings.kind';
COMMENT ON COLUMN rating_links.object_id IS 'what is rated';
COMMENT ON COLUMN rating_links.customer_id IS 'to whom the mail went';
COMMENT ON COLUMN rating_links.created_at IS 'when the mail left';
COMMENT ON COLUMN rating_links.expires_at IS 'opens nothing from then on';
COMMENT ON TABLE change_markers IS 'what was changed, to be seen in the report of causes';
COMMENT ON COLUMN change_markers.id IS 'one change';
COMMENT ON COLUMN change_markers.changed_on IS 'its day, in the shop''s zone';
COMMENT ON COLUMN change_markers.what IS 'what was changed, in a line';
COMMENT ON COLUMN change_markers.cause IS 'which cause it is meant for; NULL: all';
COMMENT ON COLUMN change_markers.form_nonce IS 'of the form: sent twice is one change';
COMMENT ON COLUMN change_markers.revision IS 'counts the edits: who saves an older one is told';
COMMENT ON COLUMN change_markers.made_by IS 'who wrote it down';
COMMENT ON COLUMN change_markers.made_at IS 'when';
COMMENT ON COLUMN change_markers.edited_by IS 'who changed it last';
COMMENT ON COLUMN change_markers.edited_at IS 'when';
RESET ROLE;
