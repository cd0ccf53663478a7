-- Refunds that staff ask for, the answer to a dispute, and tasks: what waits for a person.
SET ROLE lk_owner;
INSERT INTO staff_rights VALUES ('owner', 'tasks'), ('finance', 'tasks'), ('support', 'tasks');
INSERT INTO transitions VALUES
        ('task', 'open', 'claimed'), ('task', 'claimed', 'open'), ('task', 'claimed', 'done'), ('task', 'claimed', 'dropped'),
        ('task', 'open', 'done'), ('task', 'open', 'dropped');

ALTER TABLE refunds
        ADD COLUMN part_of bigint REFERENCES refunds (id),
        ADD COLUMN form_nonce text,
        ADD COLUMN note text NOT NULL DEFAULT '',
        ADD COLUMN two_persons boolean NOT NULL DEFAULT false,
        ADD COLUMN decided_at timestamptz,
        ADD COLUMN refusal text NOT NULL DEFAULT '',
        ADD COLUMN sent_at timestamptz,
        ADD COLUMN asked_at timestamptz,
        ADD COLUMN fault text NOT NULL DEFAULT '',
        ADD CHECK (part_of <> id),
        ADD CHECK (form_nonce IS NULL OR asked_by IS NOT NULL),
        ADD CHECK (NOT two_persons OR approved_by IS NULL OR (asked_by IS NOT NULL AND asked_by <> approved_by)),
        ADD CHECK (NOT two_persons OR status IN ('asked', 'refused') OR approved_by IS NOT NULL);
CREATE UNIQUE INDEX refunds_form ON refunds (asked_by, form_nonce) WHERE part_of IS NULL;
CREATE INDEX refunds_part_of ON refunds (part_of) WHERE part_of IS NOT NULL;
CREATE INDEX refunds_to_ask ON refunds (asked_at) WHERE status IN ('approved', 'sent', 'unknown');
CREATE INDEX refunds_list ON refunds (created_at DESC, id DESC);

CREATE TABLE refund_wants (
        refund_id bigint NOT NULL REFERENCES refunds (id),
        order_line_id bigint NOT NULL REFERENCES order_lines (id),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        PRIMARY KEY (refund_id, order_line_id)
);
CREATE INDEX refund_wants_line ON refund_wants (order_line_id);

ALTER TABLE disputes
        ADD COLUMN answer_nonce text,
        ADD COLUMN answer text NOT NULL DEFAULT '',
        ADD COLUMN answer_log text NOT NULL DEFAULT '',
        ADD COLUMN answer_key text UNIQUE,
        ADD COLUMN answer_by bigint REFERENCES staff (id),
        ADD COLUMN answer_at timestamptz,
        ADD COLUMN answer_sent_at timestamptz,
        ADD COLUMN answer_fault text NOT NULL DEFAULT '',
        ADD CHECK ((answer_key IS NULL) = (answer_at IS NULL));
CREATE INDEX disputes_list ON disputes (created_at DESC, id DESC);

CREATE TABLE tasks (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        object text NOT NULL,
        object_id bigint NOT NULL,
        period text NOT NULL DEFAULT '',
        role text NOT NULL CHECK (role IN ('owner', 'finance', 'support')),
        title text NOT NULL CHECK (title <> ''),
        facts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(facts) = 'object'),
        customer_id bigint REFERENCES customers (id),
        order_id bigint REFERENCES orders (id),
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'claimed', 'done', 'dropped')),
        due_at timestamptz NOT NULL,
        owner_id bigint REFERENCES staff (id),
        outcome text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL,
        closed_at timestamptz,
        closed_by bigint REFERENCES staff (id),
        UNIQUE (kind, object, object_id, period),
        CHECK ((status = 'claimed') <= (owner_id IS NOT NULL)),
        CHECK ((status IN ('done', 'dropped')) = (closed_at IS NOT NULL)),
        CHECK (status NOT IN ('done', 'dropped') OR outcome <> '')
);
CREATE INDEX tasks_waiting ON tasks (due_at, id) WHERE status IN ('open', 'claimed');
CREATE INDEX tasks_closed ON tasks (closed_at DESC, id DESC) WHERE status IN ('done', 'dropped');
CREATE INDEX tasks_object ON tasks (object, object_id);
CREATE INDEX tasks_customer ON tasks (customer_id) WHERE customer_id IS NOT NULL;

COMMENT ON COLUMN refunds.part_of IS 'what staff asked for once may go back from several payments: the first row of them';
COMMENT ON COLUMN refunds.form_nonce IS 'of the form of the staff: sent twice is one refund';
COMMENT ON COLUMN refunds.note IS 'why, in the words of whoever asked; the customer does not see it';
COMMENT ON COLUMN refunds.two_persons IS 'above the limit when it was asked for: whoever approves is somebody else';
COMMENT ON COLUMN refunds.decided_at IS 'approved or refused';
COMMENT ON COLUMN refunds.refusal IS 'why it was refused';
COMMENT ON COLUMN refunds.sent_at IS 'its key went to the gateway first then';
COMMENT ON COLUMN refunds.asked_at IS 'the gateway was asked about it last';
COMMENT ON COLUMN refunds.fault IS 'the gateway''s code when it did not make it';
COMMENT ON COLUMN refund_wants.refund_id IS 'what staff asked for, by line; refund_items is what went back';
COMMENT ON COLUMN refund_wants.order_line_id IS 'from which line';
COMMENT ON COLUMN refund_wants.amount_minor IS 'how much of it';
COMMENT ON COLUMN disputes.answer_nonce IS 'of the form: sent twice is one answer';
COMMENT ON COLUMN disputes.answer IS 'what we tell the bank';
COMMENT ON COLUMN disputes.answer_log IS 'what the log held when the answer was written, as lines';
COMMENT ON COLUMN disputes.answer_key IS 'the idempotency key of the answer, committed before it is sent';
COMMENT ON COLUMN disputes.answer_by IS 'who answered';
COMMENT ON COLUMN disputes.answer_at IS 'when they did';
COMMENT ON COLUMN disputes.answer_sent_at IS 'the gateway has it';
COMMENT ON COLUMN disputes.answer_fault IS 'the gateway''s code when it did not take it';
COMMENT ON COLUMN tasks.id IS 'something that waits for a person';
COMMENT ON COLUMN tasks.kind IS 'dispute, call, rating, ...';
COMMENT ON COLUMN tasks.object IS 'what it is about: dispute, order, case, due, customer, ...';
COMMENT ON COLUMN tasks.object_id IS 'which one';
COMMENT ON COLUMN tasks.period IS 'what may repeat gets another one each time';
COMMENT ON COLUMN tasks.role IS 'whose list it stands on; the owner sees all';
COMMENT ON COLUMN tasks.title IS 'one line that says what to do';
COMMENT ON COLUMN tasks.facts IS 'label and text, as the page shows them; no personal data';
COMMENT ON COLUMN tasks.customer_id IS 'about whom, or NULL';
COMMENT ON COLUMN tasks.order_id IS 'about which order, or NULL';
COMMENT ON COLUMN tasks.status IS 'see transitions';
COMMENT ON COLUMN tasks.due_at IS 'to be done by then';
COMMENT ON COLUMN tasks.owner_id IS 'who claimed it';
COMMENT ON COLUMN tasks.outcome IS 'what came of it, or why it was dropped';
COMMENT ON COLUMN tasks.created_at IS 'when it was opened';
COMMENT ON COLUMN tasks.closed_at IS 'done or dropped';
COMMENT ON COLUMN tasks.closed_by IS 'by whom; NULL: it settled itself';
RESET ROLE;
