-- Payments in the customer's own calendar: another way to be reminded, by a private link that a calendar
-- app subscribes to (S1.4).
SET ROLE lk_owner;

ALTER TABLE reminder_choices DROP CONSTRAINT reminder_choices_channel_check;
ALTER TABLE reminder_choices ADD CONSTRAINT reminder_choices_channel_check CHECK (channel IN ('mail', 'calendar'));
COMMENT ON COLUMN reminder_choices.channel IS 'mail; calendar: their calendar app reminds them, and mails are the important ones alone';

ALTER TABLE sessions DROP CONSTRAINT sessions_kind_check, DROP CONSTRAINT sessions_check;
ALTER TABLE sessions
        ADD CONSTRAINT sessions_kind_check CHECK (kind IN ('customer', 'staff', 'view_as', 'pay_link', 'claim', 'checkout', 'magic', 'invite', 'calendar')),
        ADD CONSTRAINT sessions_check CHECK (CASE kind
                WHEN 'customer' THEN customer_id IS NOT NULL AND staff_id IS NULL AND order_id IS NULL AND due_id IS NULL
                WHEN 'staff' THEN staff_id IS NOT NULL AND customer_id IS NULL AND order_id IS NULL AND due_id IS NULL
                WHEN 'view_as' THEN staff_id IS NOT NULL AND customer_id IS NOT NULL
                WHEN 'pay_link' THEN customer_id IS NOT NULL AND due_id IS NOT NULL AND staff_id IS NULL
                WHEN 'claim' THEN order_id IS NOT NULL AND staff_id IS NULL
                WHEN 'checkout' THEN customer_id IS NOT NULL AND order_id IS NOT NULL AND staff_id IS NULL
                WHEN 'magic' THEN customer_id IS NOT NULL AND staff_id IS NULL
                WHEN 'invite' THEN staff_id IS NOT NULL AND customer_id IS NULL
                WHEN 'calendar' THEN customer_id IS NOT NULL AND staff_id IS NULL AND order_id IS NULL AND due_id IS NULL END);
-- One for each customer: a new one ends the old one.
CREATE UNIQUE INDEX sessions_calendar ON sessions (customer_id) WHERE kind = 'calendar' AND ended_at IS NULL;
COMMENT ON COLUMN sessions.seen_at IS 'last use, written at most once a minute; calendar: last time that an app fetched it, at most once an hour';
RESET ROLE;

-- It takes the channel from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS latchkey.reminder_choice_set(text);
RESET ROLE;
