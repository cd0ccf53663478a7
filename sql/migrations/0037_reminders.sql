-- Reminders of what is due (S1.4): on which days, in which words, to whom, and what was made of it;
-- the thank-you for the last instalment.
SET ROLE lk_owner;

-- Which days staff chose: the row without a product holds for every product that has none of its own.
CREATE TABLE reminder_plans (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id bigint REFERENCES products (id),
        days integer[] NOT NULL CHECK (cardinality(days) <= 12 AND -60 <= ALL (days) AND 60 >= ALL (days) AND array_position(days, NULL) IS NULL),
        enabled boolean NOT NULL DEFAULT true CHECK (NOT enabled OR cardinality(days) > 0),
        changed_at timestamptz NOT NULL,
        changed_by bigint REFERENCES staff (id),
        UNIQUE NULLS NOT DISTINCT (product_id)
);
INSERT INTO reminder_plans (days, changed_at) VALUES ('{-7,-1,0,3,7,14}', now());

-- How somebody wants to be reminded; without a row: of everything, by mail.  Another channel is
-- another word here and whoever sends by it.
CREATE TABLE reminder_choices (
        customer_id bigint PRIMARY KEY REFERENCES customers (id),
        frequency text NOT NULL CHECK (frequency IN ('all', 'important')),
        channel text NOT NULL DEFAULT 'mail' CHECK (channel IN ('mail')),
        changed_at timestamptz NOT NULL
);

-- One for each kind, amount, its date and reader: what is here is never made again.
CREATE TABLE reminders (
        due_id bigint NOT NULL REFERENCES dues (id),
        due_on date NOT NULL,
        days integer NOT NULL,
        person_id bigint NOT NULL REFERENCES customers (id),
        message_id bigint REFERENCES messages (id),
        made_at timestamptz NOT NULL,
        PRIMARY KEY (due_id, due_on, days, person_id)
);
CREATE INDEX reminders_message ON reminders (message_id);
CREATE INDEX reminders_new ON reminders (person_id) WHERE message_id IS NULL;

-- A product may say it in its own words; the row without a product holds for all others.
ALTER TABLE message_texts ADD COLUMN product_id bigint REFERENCES products (id),
        ADD COLUMN as_all boolean NOT NULL DEFAULT false CHECK (NOT as_all OR product_id IS NOT NULL),
        DROP CONSTRAINT message_texts_kind_version_key,
        ADD UNIQUE NULLS NOT DISTINCT (kind, product_id, version);

-- Mails that wait for the day of their reader.
ALTER TABLE message_topics ADD COLUMN by_day boolean NOT NULL DEFAULT false;
INSERT INTO message_topics (kind, topic, by_day) VALUES ('reminder', 'bills', true), ('plan_thanks', 'bills', true);
UPDATE message_topics SET by_day = true WHERE kind IN ('promise_broken', 'case_thanks');

INSERT INTO schedules (name, lane, every, next_at) VALUES
        ('reminders_scan', 3, '10 minutes', '2020-01-01');     -- amounts that somebody is to be reminded of

INSERT INTO message_texts (kind, version, subject, body_md, published_at)
SELECT kind, 1, subject, btrim(body, E'\n'), now() FROM (VALUES
('reminder_charge', 'Coming up: {amount} for {title}', $$
{hello},

on **{day}** we will charge **{amount}** for {title} to {method}. There is nothing you need to do.

If you would rather pay sooner or in another way, your payment page takes a minute and no password.
$$),
('reminder_ahead', 'Coming up: {amount} for {title}', $$
{hello},

**{amount}** for {title} is due on **{day}**. No card or account is saved for it, so it will not be paid by itself.

You can pay, or leave a card for the payments to come, in a minute and without a password.
$$),
('reminder_today', 'Due today: {amount} for {title}', $$
{hello},

**{amount}** for {title} is due today. You can pay in a minute and without a password.

If you have paid already, thank you: there is nothing to do.
$$),
('reminder_late', 'Your payment for {title} has not arrived yet', $$
{hello},

**{amount}** for {title} was due on {day}, and we have not received it yet. If it is on its way, thank you: there is nothing to do.

If it slipped your mind, your payment page takes a minute and no password. If it is difficult right now, tell us there, and we look for a way together.
$$),
('reminder_last', 'Can we help with your payment for {title}?', $$
{hello},

**{amount}** for {title} was due on {day}, and we have not received it. If it is on its way, thank you: there is nothing to do.

If something stands in the way, please tell us. On your payment page you can pay, ask for a plan that suits you better, or write to a person. It takes a minute and no password.
$$),
('reminder_several', 'Your next payments', $$
{hello},

here are the payments that are coming up or open. Each line says whether there is anything to do.
$$),
('plan_thanks', 'All paid: {title} is yours', $$
{hello},

your last payment for {title} has arrived, and with it the whole plan of **{amount}** is paid. Thank you for keeping to it.

{title} stays open for you from now on, and nothing more is charged for it.
$$)) t(kind, subject, body);
RESET ROLE;

-- It asks for the product from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS text_publish(text, integer, text, text);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON TABLE reminder_plans IS 'on which days customers are reminded of an amount, for all products and for one';
COMMENT ON COLUMN reminder_plans.id IS 'a plan';
COMMENT ON COLUMN reminder_plans.product_id IS 'for this product alone; NULL: for every one that has no row';
COMMENT ON COLUMN reminder_plans.days IS 'days after the amount is due, less than 0 before it; ascending, each once';
COMMENT ON COLUMN reminder_plans.enabled IS 'false: no reminders';
COMMENT ON COLUMN reminder_plans.changed_at IS 'last change';
COMMENT ON COLUMN reminder_plans.changed_by IS 'by whom; NULL: came with the product';
COMMENT ON TABLE reminder_choices IS 'how a customer wants to be reminded of payments';
COMMENT ON COLUMN reminder_choices.customer_id IS 'who chose';
COMMENT ON COLUMN reminder_choices.frequency IS 'all: on every day of the plan; important: the last before a payment and the first after it';
COMMENT ON COLUMN reminder_choices.channel IS 'by which way they come';
COMMENT ON COLUMN reminder_choices.changed_at IS 'last choice';
COMMENT ON TABLE reminders IS 'one for each kind, amount, date and reader; made once, whatever became of its mail';
COMMENT ON COLUMN reminders.due_id IS 'the amount';
COMMENT ON COLUMN reminders.due_on IS 'the date that it tells; when the date moves, that is another reminder';
COMMENT ON COLUMN reminders.days IS 'its kind: days after that date, less than 0 before it';
COMMENT ON COLUMN reminders.person_id IS 'who reads it';
COMMENT ON COLUMN reminders.message_id IS 'the mail that tells it, with others that are due at that time; NULL only while it is being made';
COMMENT ON COLUMN reminders.made_at IS 'when the scan made it';
COMMENT ON COLUMN message_texts.product_id IS 'for this product alone; NULL: for every one without words of its own';
COMMENT ON COLUMN message_texts.as_all IS 'true: from this version on the words for all products hold for it again';
COMMENT ON COLUMN message_topics.by_day IS 'true: leaves between eight and eight of its reader''s day';
RESET ROLE;
