-- What is sold: products and offers, in versions that freeze once they are published.
SET ROLE lk_owner;

CREATE TABLE files (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL,
        content_type text NOT NULL,
        size bigint NOT NULL CHECK (size >= 0),
        sha256 bytea NOT NULL CHECK (length(sha256) = 32), -- of its content
        created_at timestamptz NOT NULL,
        UNIQUE (sha256, name)
);

CREATE TABLE products (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        kind text NOT NULL CHECK (kind IN ('course', 'coaching', 'software', 'membership')),
        position integer NOT NULL DEFAULT 0,
        on_sale boolean NOT NULL DEFAULT true,
        version_id bigint,
        created_at timestamptz NOT NULL
);

CREATE TABLE product_versions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id bigint NOT NULL REFERENCES products (id),
        version integer NOT NULL CHECK (version > 0),
        title text NOT NULL CHECK (title <> ''),
        tagline text NOT NULL,
        summary_md text NOT NULL,
        includes_md text NOT NULL,
        next_step_md text NOT NULL DEFAULT '',
        refund_days integer NOT NULL CHECK (refund_days >= 0),
        refund_md text NOT NULL,
        starts_on date,
        digest bytea NOT NULL,
        published_at timestamptz,
        UNIQUE (product_id, version),
        UNIQUE (id, product_id)
);
ALTER TABLE products ADD FOREIGN KEY (version_id, id) REFERENCES product_versions (id, product_id);

CREATE TABLE items (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id bigint NOT NULL REFERENCES products (id),
        slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        UNIQUE (product_id, slug),
        UNIQUE (id, product_id)
);

CREATE TABLE item_versions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        item_id bigint NOT NULL REFERENCES items (id),
        kind text NOT NULL CHECK (kind IN ('lesson', 'video', 'download', 'link', 'licence', 'call', 'group')),
        title text NOT NULL CHECK (title <> ''),
        body_md text NOT NULL DEFAULT '',
        minutes integer CHECK (minutes > 0),
        file_id bigint REFERENCES files (id),
        captions_id bigint REFERENCES files (id),
        url text,
        CHECK ((kind IN ('video', 'download')) = (file_id IS NOT NULL)),
        CHECK ((kind IN ('link', 'call', 'group')) = (url IS NOT NULL)),
        CHECK (url ~ '^https?://')
);
CREATE INDEX item_versions_item ON item_versions (item_id);

CREATE TABLE version_items (
        version_id bigint NOT NULL REFERENCES product_versions (id),
        item_version_id bigint NOT NULL REFERENCES item_versions (id),
        position integer NOT NULL,
        section text NOT NULL DEFAULT '',
        PRIMARY KEY (version_id, item_version_id),
        UNIQUE (version_id, position)
);

CREATE TABLE licence_keys (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id bigint NOT NULL REFERENCES products (id),
        key text NOT NULL CHECK (key <> ''),
        order_line_id bigint UNIQUE,
        person_id bigint REFERENCES customers (id),
        assigned_at timestamptz,
        UNIQUE (product_id, key),
        CHECK ((order_line_id IS NULL) = (assigned_at IS NULL)),
        CHECK ((order_line_id IS NULL) = (person_id IS NULL))
);
CREATE INDEX licence_keys_free ON licence_keys (product_id, id) WHERE order_line_id IS NULL;

CREATE TABLE tax_rates (
        country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
        tax_class text NOT NULL CHECK (tax_class IN ('digital', 'service')),
        rate_bp integer NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
        eu boolean NOT NULL,
        PRIMARY KEY (country, tax_class)
);

CREATE TABLE offers (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id bigint NOT NULL REFERENCES products (id),
        slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        enabled boolean NOT NULL DEFAULT true,
        version_id bigint,
        UNIQUE (product_id, slug),
        UNIQUE (id, product_id)
);

CREATE TABLE offer_versions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        offer_id bigint NOT NULL REFERENCES offers (id),
        version integer NOT NULL CHECK (version > 0),
        title text NOT NULL,
        currency text NOT NULL REFERENCES currencies (code),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        tax_class text NOT NULL CHECK (tax_class IN ('digital', 'service')),
        schedule jsonb,
        CHECK (currency NOT IN ('ISK', 'UGX')),  -- the gateway counts these two in hundredths
        published_at timestamptz,
        UNIQUE (offer_id, version),
        UNIQUE (id, currency, amount_minor)
);
ALTER TABLE offers ADD FOREIGN KEY (version_id) REFERENCES offer_versions (id);

CREATE TABLE terms_versions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('terms', 'consent')),
        version integer NOT NULL CHECK (version > 0),
        title text NOT NULL,
        body_md text NOT NULL,
        sha256 bytea NOT NULL CHECK (length(sha256) = 32), -- of the text
        published_at timestamptz NOT NULL,
        UNIQUE (kind, version)
);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN files.id IS 'also its name on disk';
COMMENT ON COLUMN files.name IS 'what a download is called';
COMMENT ON COLUMN files.content_type IS 'sent with it';
COMMENT ON COLUMN files.size IS 'bytes';
COMMENT ON COLUMN files.sha256 IS 'of its content';
COMMENT ON COLUMN files.created_at IS 'when it was loaded';
COMMENT ON COLUMN products.id IS 'referred to by orders';
COMMENT ON COLUMN products.slug IS 'in its address';
COMMENT ON COLUMN products.kind IS 'how pages picture it';
COMMENT ON COLUMN products.position IS 'in the shop window';
COMMENT ON COLUMN products.on_sale IS 'shown and sold';
COMMENT ON COLUMN products.version_id IS 'the published version that new buyers get';
COMMENT ON COLUMN products.created_at IS 'when it was first loaded';
COMMENT ON COLUMN product_versions.id IS 'what an order line names as sold';
COMMENT ON COLUMN product_versions.product_id IS 'of which product';
COMMENT ON COLUMN product_versions.version IS 'counts up';
COMMENT ON COLUMN product_versions.title IS 'its name';
COMMENT ON COLUMN product_versions.tagline IS 'one line under it';
COMMENT ON COLUMN product_versions.summary_md IS 'Markdown: what it is';
COMMENT ON COLUMN product_versions.includes_md IS 'Markdown: what you get';
COMMENT ON COLUMN product_versions.next_step_md IS 'Markdown: the first thing to do once it is yours';
COMMENT ON COLUMN product_versions.refund_days IS 'days with a full refund, no questions';
COMMENT ON COLUMN product_versions.refund_md IS 'Markdown: the refund terms';
COMMENT ON COLUMN product_versions.starts_on IS 'a cohort''s first day; NULL opens at once';
COMMENT ON COLUMN product_versions.digest IS 'SHA-256 of everything it holds: loading the same again changes nothing';
COMMENT ON COLUMN product_versions.published_at IS 'frozen from then on; NULL is a draft';
COMMENT ON COLUMN items.id IS 'stays the same over versions: progress counts on it';
COMMENT ON COLUMN items.product_id IS 'of which product';
COMMENT ON COLUMN items.slug IS 'in its address';
COMMENT ON COLUMN item_versions.id IS 'one text of one item';
COMMENT ON COLUMN item_versions.item_id IS 'of which item';
COMMENT ON COLUMN item_versions.kind IS 'how it is shown';
COMMENT ON COLUMN item_versions.title IS 'its name';
COMMENT ON COLUMN item_versions.body_md IS 'Markdown: the lesson, or what to do with it';
COMMENT ON COLUMN item_versions.minutes IS 'how long it takes';
COMMENT ON COLUMN item_versions.file_id IS 'video or download';
COMMENT ON COLUMN item_versions.captions_id IS 'WebVTT for a video';
COMMENT ON COLUMN item_versions.url IS 'link, call, group: where it leads';
COMMENT ON COLUMN version_items.version_id IS 'this version of the product';
COMMENT ON COLUMN version_items.item_version_id IS 'holds this text';
COMMENT ON COLUMN version_items.position IS 'in this order';
COMMENT ON COLUMN version_items.section IS 'under this heading';
COMMENT ON COLUMN licence_keys.id IS 'handed out in this order';
COMMENT ON COLUMN licence_keys.product_id IS 'for which product';
COMMENT ON COLUMN licence_keys.key IS 'what the customer types into the software';
COMMENT ON COLUMN licence_keys.order_line_id IS 'who has it; NULL is free';
COMMENT ON COLUMN licence_keys.person_id IS 'whose it is';
COMMENT ON COLUMN licence_keys.assigned_at IS 'when it was handed out';
COMMENT ON COLUMN tax_rates.country IS 'of the buyer';
COMMENT ON COLUMN tax_rates.tax_class IS 'what is sold';
COMMENT ON COLUMN tax_rates.rate_bp IS 'basis points: 1900 is 19 %';
COMMENT ON COLUMN tax_rates.eu IS 'the EU''s consumer law holds: consent to begin at once';
COMMENT ON COLUMN offers.id IS 'a way to buy a product';
COMMENT ON COLUMN offers.product_id IS 'which product';
COMMENT ON COLUMN offers.slug IS 'its name in files and forms';
COMMENT ON COLUMN offers.enabled IS 'can be bought now';
COMMENT ON COLUMN offers.version_id IS 'the published version';
COMMENT ON COLUMN offer_versions.id IS 'a price that was published';
COMMENT ON COLUMN offer_versions.offer_id IS 'of which offer';
COMMENT ON COLUMN offer_versions.version IS 'counts up';
COMMENT ON COLUMN offer_versions.title IS '"Pay in full"';
COMMENT ON COLUMN offer_versions.currency IS 'of the price';
COMMENT ON COLUMN offer_versions.amount_minor IS 'tax included, minor units';
COMMENT ON COLUMN offer_versions.tax_class IS 'with the buyer''s country gives the rate';
COMMENT ON COLUMN offer_versions.schedule IS 'instalments and periods; NULL is paid in full';
COMMENT ON COLUMN offer_versions.published_at IS 'frozen from then on';
COMMENT ON COLUMN terms_versions.id IS 'what an order names as agreed';
COMMENT ON COLUMN terms_versions.kind IS 'terms of sale; the EU''s consent to begin at once';
COMMENT ON COLUMN terms_versions.version IS 'counts up';
COMMENT ON COLUMN terms_versions.title IS 'above the text';
COMMENT ON COLUMN terms_versions.body_md IS 'Markdown, the whole text';
COMMENT ON COLUMN terms_versions.sha256 IS 'of the text';
COMMENT ON COLUMN terms_versions.published_at IS 'in force from then on';
RESET ROLE;
