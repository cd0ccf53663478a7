-- Staff edit the catalogue: drafts, who published what, and what the files said last.
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
