-- What a failed payment needs beside its case: texts that staff edit, who may, and what looks
-- after promises and plans by itself.
SET ROLE lk_owner;

INSERT INTO staff_rights VALUES ('owner', 'texts'), ('support', 'texts');
INSERT INTO schedules (name, lane, every, next_at) VALUES
        ('cases_scan', 3, '10 minutes', '2020-01-01');     -- promises whose day is over, cases without a next step
INSERT INTO message_topics VALUES ('promise_broken', 'bills');
ALTER TABLE tickets DROP CONSTRAINT tickets_about_check;
ALTER TABLE tickets ADD CONSTRAINT tickets_about_check
        CHECK (about IN ('no_mail', 'link', 'login', 'not_open', 'payment', 'plan', 'other'));
ALTER TABLE tickets ADD COLUMN case_id bigint,
        ADD FOREIGN KEY (case_id, customer_id) REFERENCES cases (id, customer_id);
CREATE INDEX tickets_case ON tickets (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX sessions_due ON sessions (due_id) WHERE due_id IS NOT NULL;
COMMENT ON COLUMN tickets.case_id IS 'the failed payment that it is about';

-- The texts that come with the product: what happened, one action, by when.
INSERT INTO message_texts (kind, version, subject, body_md, published_at)
SELECT kind, 1, subject, btrim(body, E'\n'), now() FROM (VALUES
('payment_failed_soft', 'Your payment for {title} did not go through', $$
{hello},

your bank did not let the payment of **{amount}** for {title} through this time. Nothing was taken. This happens now and then and often passes by itself.

{next_try}

If you would rather settle it now, you can do that in a minute and without a password. Until {until} everything stays open as it is.
$$),
('payment_failed_soft_funds', 'Your payment for {title}: when would suit you?', $$
{hello},

your bank did not let the payment of **{amount}** for {title} through, because there was not enough room on the account or card at that moment. Nothing was taken.

{next_try}

If another day suits you better, name it, or choose another way to pay. It takes a minute and no password. Until {until} everything stays open as it is.
$$),
('payment_failed_bank', 'Your bank declined the payment for {title}', $$
{hello},

your bank declined the payment of **{amount}** for {title} and told us no reason. Nothing was taken. Banks give their reasons to their own customers alone, so a short call to yours usually helps.

{next_try}

You can also choose another card or another way to pay. It takes a minute and no password. Until {until} everything stays open as it is.
$$),
('payment_failed_fix_card', 'Please check your card for {title}', $$
{hello},

the payment of **{amount}** for {title} did not go through, because a detail of {method} is out of date or was not accepted. Nothing was taken.

Please enter your card once more, or choose another way to pay. It takes a minute and no password. Until {until} everything stays open as it is.
$$),
('payment_failed_on_session', 'Please confirm your payment for {title}', $$
{hello},

your bank would like you to confirm the payment of **{amount}** for {title} yourself. Nothing was taken so far.

Please open your payment page, press the button there, and confirm with your bank as it asks you to. It takes a minute and no password. Until {until} everything stays open as it is.
$$),
('payment_failed_never_again', 'Please choose another way to pay for {title}', $$
{hello},

the payment of **{amount}** for {title} did not go through, and {method} cannot be used for it any more. Nothing was taken.

Please choose another card or another way to pay. It takes a minute and no password. Until {until} everything stays open as it is.
$$),
('promise_broken', 'Shall we find another day for {title}?', $$
{hello},

you had planned to pay **{amount}** for {title} by {promised}. It has not arrived yet. If it is on its way, there is nothing to do.

If the day did not suit, tell us: you can name another one, choose another way to pay, or ask us for a plan. Until {until} everything stays open as it is.
$$)) t(kind, subject, body);
RESET ROLE;
