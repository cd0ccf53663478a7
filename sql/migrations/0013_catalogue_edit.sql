-- Staff edit the catalogue: drafts, who published what, what the files said last; discount codes.
SET ROLE lk_owner;

INSERT INTO staff_rights VALUES ('owner', 'products');

ALTER TABLE products ADD COLUMN loaded bytea CHECK (length(loaded) = 32);

ALTER TABLE product_versions
        ADD COLUMN revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
        ADD COLUMN based_on bigint,
        ADD COLUMN copy_of integer,
        ADD COLUMN changed_by bigint REFERENCES staff (id),
        ADD COLUMN changed_at timestamptz,
        ADD COLUMN published_by bigint REFERENCES staff (id),
        ADD FOREIGN KEY (based_on, product_id) REFERENCES product_versions (id, product_id);
-- One open draft for each product, whoever asks.
CREATE UNIQUE INDEX product_versions_draft ON product_versions (product_id) WHERE published_at IS NULL;

ALTER TABLE offer_versions ADD COLUMN published_by bigint REFERENCES staff (id);

COMMENT ON COLUMN products.loaded IS 'SHA-256 of place, sale and offers as the files said last: what staff changed since then stays';
COMMENT ON COLUMN product_versions.digest IS 'SHA-256 of the files that were loaded last: loading the same again changes nothing, and leaves what staff published since';
COMMENT ON COLUMN product_versions.revision IS 'counts the changes of a draft: who saves an older one is told';
COMMENT ON COLUMN product_versions.based_on IS 'the published version that a draft was begun from';
COMMENT ON COLUMN product_versions.copy_of IS 'restored from this version';
COMMENT ON COLUMN product_versions.changed_by IS 'who changed the draft last; NULL: not by staff';
COMMENT ON COLUMN product_versions.changed_at IS 'when the draft was changed last';
COMMENT ON COLUMN product_versions.published_by IS 'who published it; NULL: the operator, from files';
COMMENT ON COLUMN offer_versions.published_by IS 'who published it; NULL: the operator, from files';
RESET ROLE;

-- Discount codes of our own.  USED counts orders that are open or paid; order_begin() raises it on
-- the locked row, a trigger gives it back when the order ends unpaid.
SET ROLE lk_owner;
CREATE TABLE discount_codes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code text NOT NULL CHECK (code ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' AND length(code) BETWEEN 3 AND 40) UNIQUE,
        product_id bigint REFERENCES products (id),
        percent integer CHECK (percent BETWEEN 1 AND 99),
        amount_minor bigint CHECK (amount_minor > 0),
        currency text REFERENCES currencies (code),
        from_on date,
        until_on date,
        most integer CHECK (most > 0),
        once boolean NOT NULL,
        used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
        created_at timestamptz NOT NULL,
        created_by bigint NOT NULL REFERENCES staff (id),
        disabled_at timestamptz,
        CHECK ((percent IS NULL) <> (amount_minor IS NULL)),
        CHECK ((amount_minor IS NULL) = (currency IS NULL)),
        CHECK (until_on >= from_on)
);

-- What is paid, plus the discount, is a published price: no invented one.
ALTER TABLE order_lines
        ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
        ADD COLUMN discount_id bigint REFERENCES discount_codes (id),
        ADD COLUMN list_minor bigint GENERATED ALWAYS AS (amount_minor + discount_minor) STORED,
        ADD CHECK ((discount_id IS NULL) = (discount_minor = 0)),
        DROP CONSTRAINT order_lines_offer_version_id_currency_amount_minor_fkey,
        ADD FOREIGN KEY (offer_version_id, currency, list_minor) REFERENCES offer_versions (id, currency, amount_minor);
CREATE INDEX order_lines_discount ON order_lines (discount_id) WHERE discount_id IS NOT NULL;
COMMENT ON COLUMN order_lines.discount_minor IS 'taken off by a discount code';
COMMENT ON COLUMN order_lines.discount_id IS 'which code';
COMMENT ON COLUMN order_lines.list_minor IS 'the published price: paid plus discount';
COMMENT ON COLUMN discount_codes.id IS 'named by order lines';
COMMENT ON COLUMN discount_codes.code IS 'as customers type it, in capitals';
COMMENT ON COLUMN discount_codes.product_id IS 'good for this product alone; NULL: for all';
COMMENT ON COLUMN discount_codes.percent IS 'off the price; never all of it';
COMMENT ON COLUMN discount_codes.amount_minor IS 'off the price, instead of per cent';
COMMENT ON COLUMN discount_codes.currency IS 'of the amount: prices in others do not take it';
COMMENT ON COLUMN discount_codes.from_on IS 'first day, UTC; NULL: at once';
COMMENT ON COLUMN discount_codes.until_on IS 'last day, UTC; NULL: without end';
COMMENT ON COLUMN discount_codes.most IS 'orders that it is good for; NULL: without limit';
COMMENT ON COLUMN discount_codes.once IS 'one order for each customer';
COMMENT ON COLUMN discount_codes.used IS 'orders with it that are open or paid';
COMMENT ON COLUMN discount_codes.created_at IS 'when it was made';
COMMENT ON COLUMN discount_codes.created_by IS 'by whom';
COMMENT ON COLUMN discount_codes.disabled_at IS 'not taken from then on';
DROP FUNCTION IF EXISTS order_begin(text, text, text, text, text, text, text, boolean, boolean, text, bytea, text);
RESET ROLE;
