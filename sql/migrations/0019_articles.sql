-- Articles: answers for customers, playbooks and training for staff.  One house for the three, in
-- versions that freeze once they are published; what customers may read is a copy of its own.
SET ROLE lk_owner;

INSERT INTO staff_rights VALUES ('owner', 'help'), ('support', 'help');

CREATE TABLE articles (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 80
                                         AND slug NOT IN ('requests', 'mail', 'link', 'payment', 'playbook', 'new', 'preview', 'searches')),
        kind text NOT NULL CHECK (kind IN ('faq', 'playbook', 'training')),
        version_id bigint,
        loaded bytea CHECK (length(loaded) = 32),
        created_at timestamptz NOT NULL,
        retired_at timestamptz,
        UNIQUE (id, kind)
);

CREATE TABLE article_versions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        article_id bigint NOT NULL REFERENCES articles (id),
        version integer NOT NULL CHECK (version > 0),
        title text NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
        summary text NOT NULL CHECK (length(summary) BETWEEN 1 AND 300),
        category text NOT NULL CHECK (length(category) BETWEEN 1 AND 60),
        position integer NOT NULL CHECK (position BETWEEN 0 AND 9999),
        keywords text NOT NULL DEFAULT '' CHECK (length(keywords) <= 500),
        related text NOT NULL DEFAULT '' CHECK (length(related) <= 500),
        answers text NOT NULL DEFAULT '' CHECK (length(answers) <= 500),
        fields text NOT NULL DEFAULT '' CHECK (length(fields) <= 4000),
        body_md text NOT NULL CHECK (length(body_md) BETWEEN 1 AND 60000),
        revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
        based_on bigint,
        copy_of integer,
        changed_by bigint REFERENCES staff (id),
        changed_at timestamptz,
        published_at timestamptz,
        published_by bigint REFERENCES staff (id),
        UNIQUE (article_id, version),
        UNIQUE (id, article_id),
        FOREIGN KEY (based_on, article_id) REFERENCES article_versions (id, article_id)
);
-- One open draft for each article, whoever asks.
CREATE UNIQUE INDEX article_versions_draft ON article_versions (article_id) WHERE published_at IS NULL;
ALTER TABLE articles ADD FOREIGN KEY (version_id, id) REFERENCES article_versions (id, article_id);

-- Which article answers which class or code of a declined payment.  What would alarm or help a
-- thief has no answer of its own for customers: they are sent to that of its class.
CREATE TABLE article_answers (
        kind text NOT NULL CHECK (kind IN ('faq', 'playbook')),
        code text NOT NULL CHECK (code ~ '^[a-z0-9_]+$' AND length(code) <= 60),
        article_id bigint NOT NULL,
        PRIMARY KEY (kind, code),
        FOREIGN KEY (article_id, kind) REFERENCES articles (id, kind),
        CHECK (kind <> 'faq' OR code NOT IN ('lost_card', 'stolen_card', 'pickup_card', 'restricted_card', 'fraudulent', 'merchant_blacklist',
                                             'security_violation', 'highest_risk_level'))
);
CREATE INDEX article_answers_article ON article_answers (article_id);

-- What customers read and search: the published answers, and nothing else.
CREATE TABLE faq_articles (
        article_id bigint PRIMARY KEY REFERENCES articles (id),
        version_id bigint NOT NULL,
        version integer NOT NULL,
        slug text NOT NULL UNIQUE,
        title text NOT NULL,
        summary text NOT NULL,
        category text NOT NULL,
        position integer NOT NULL,
        related text NOT NULL,
        body_md text NOT NULL,
        plain text NOT NULL,
        search tsvector NOT NULL,
        published_at timestamptz NOT NULL,
        FOREIGN KEY (version_id, article_id) REFERENCES article_versions (id, article_id)
);
CREATE INDEX faq_articles_search ON faq_articles USING gin (search);

CREATE TABLE faq_words (
        word text PRIMARY KEY CHECK (length(word) BETWEEN 1 AND 40),
        uses integer NOT NULL CHECK (uses > 0)
);
CREATE INDEX faq_words_like ON faq_words USING gin (word public.gin_trgm_ops);

CREATE TABLE help_searches (
        words text PRIMARY KEY CHECK (length(words) BETWEEN 2 AND 60),
        asked bigint NOT NULL CHECK (asked > 0),
        empty bigint NOT NULL CHECK (empty BETWEEN 0 AND asked),
        clicked bigint NOT NULL CHECK (clicked BETWEEN 0 AND asked),
        last_at timestamptz NOT NULL,
        done_at timestamptz,
        done_by bigint REFERENCES staff (id)
);
CREATE INDEX help_searches_last ON help_searches (last_at);

CREATE TABLE article_votes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        article_id bigint NOT NULL,
        version_id bigint NOT NULL,
        voter bytea NOT NULL CHECK (length(voter) = 32),
        helpful boolean NOT NULL,
        words text NOT NULL DEFAULT '' CHECK (length(words) <= 1000),
        at timestamptz NOT NULL,
        UNIQUE (version_id, voter),
        FOREIGN KEY (version_id, article_id) REFERENCES article_versions (id, article_id)
);
CREATE INDEX article_votes_article ON article_votes (article_id, at DESC, id DESC);

CREATE TABLE article_reads (
        version_id bigint NOT NULL,
        article_id bigint NOT NULL,
        staff_id bigint NOT NULL REFERENCES staff (id),
        at timestamptz NOT NULL,
        PRIMARY KEY (version_id, staff_id),
        FOREIGN KEY (version_id, article_id) REFERENCES article_versions (id, article_id)
);
CREATE INDEX article_reads_staff ON article_reads (staff_id, article_id);

COMMENT ON TABLE articles IS 'texts that staff write: answers for customers, playbooks, training';
COMMENT ON COLUMN articles.id IS 'stays the same over versions';
COMMENT ON COLUMN articles.slug IS 'in its address';
COMMENT ON COLUMN articles.kind IS 'faq: customers read it; playbook: beside a case; training: for staff';
COMMENT ON COLUMN articles.version_id IS 'the published version; NULL: never published';
COMMENT ON COLUMN articles.loaded IS 'SHA-256 of the file that it was loaded from last; NULL: staff wrote it';
COMMENT ON COLUMN articles.created_at IS 'when it was begun';
COMMENT ON COLUMN articles.retired_at IS 'shown to nobody but staff from then on';
COMMENT ON TABLE article_versions IS 'its texts; frozen once published, a draft before';
COMMENT ON COLUMN article_versions.id IS 'one text of one article';
COMMENT ON COLUMN article_versions.article_id IS 'of which article';
COMMENT ON COLUMN article_versions.version IS 'counts up';
COMMENT ON COLUMN article_versions.title IS 'its heading';
COMMENT ON COLUMN article_versions.summary IS 'one or two sentences: in lists and search results';
COMMENT ON COLUMN article_versions.category IS 'the heading that it stands under';
COMMENT ON COLUMN article_versions.position IS 'its place: categories stand in the order of their first article';
COMMENT ON COLUMN article_versions.keywords IS 'other words that people search by';
COMMENT ON COLUMN article_versions.related IS 'slugs of articles to read next, with blanks between';
COMMENT ON COLUMN article_versions.answers IS 'classes and codes of declined payments that it explains, with blanks between';
COMMENT ON COLUMN article_versions.fields IS 'playbook: what to note down, one a line: "Label" or "Label: choice / choice"';
COMMENT ON COLUMN article_versions.body_md IS 'Markdown, the whole text';
COMMENT ON COLUMN article_versions.revision IS 'counts the changes of a draft: who saves an older one is told';
COMMENT ON COLUMN article_versions.based_on IS 'the published version that a draft was begun from';
COMMENT ON COLUMN article_versions.copy_of IS 'restored from this version';
COMMENT ON COLUMN article_versions.changed_by IS 'who changed the draft last; NULL: not by staff';
COMMENT ON COLUMN article_versions.changed_at IS 'when the draft was changed last';
COMMENT ON COLUMN article_versions.published_at IS 'frozen from then on; NULL is a draft';
COMMENT ON COLUMN article_versions.published_by IS 'who published it; NULL: the operator, from files';
COMMENT ON TABLE article_answers IS 'class or code of a declined payment to its article';
COMMENT ON COLUMN article_answers.kind IS 'faq: shown to the customer; playbook: to staff';
COMMENT ON COLUMN article_answers.code IS 'a class of declines, or one code of the gateway';
COMMENT ON COLUMN article_answers.article_id IS 'what explains it';
COMMENT ON TABLE faq_articles IS 'the published answers, as customers read and search them';
COMMENT ON COLUMN faq_articles.article_id IS 'of which article';
COMMENT ON COLUMN faq_articles.version_id IS 'copied from this version';
COMMENT ON COLUMN faq_articles.version IS 'its number';
COMMENT ON COLUMN faq_articles.slug IS 'in its address';
COMMENT ON COLUMN faq_articles.title IS 'its heading';
COMMENT ON COLUMN faq_articles.summary IS 'in lists and search results';
COMMENT ON COLUMN faq_articles.category IS 'the heading that it stands under';
COMMENT ON COLUMN faq_articles.position IS 'its place';
COMMENT ON COLUMN faq_articles.related IS 'slugs of articles to read next';
COMMENT ON COLUMN faq_articles.body_md IS 'Markdown, the whole text';
COMMENT ON COLUMN faq_articles.plain IS 'the same without marks: for excerpts';
COMMENT ON COLUMN faq_articles.search IS 'its words, in English and as they stand: title A, keywords B, summary C, text D';
COMMENT ON COLUMN faq_articles.published_at IS 'when this version was published';
COMMENT ON TABLE faq_words IS 'every word of the published answers: what a mistyped one may have meant';
COMMENT ON COLUMN faq_words.word IS 'in lower case, without accents';
COMMENT ON COLUMN faq_words.uses IS 'in how many answers; in a title or among its other words it counts for five';
COMMENT ON TABLE help_searches IS 'what was searched for, without numbers and addresses: the list of articles to write';
COMMENT ON COLUMN help_searches.words IS 'in lower case; tokens that could name somebody are left out';
COMMENT ON COLUMN help_searches.asked IS 'how often';
COMMENT ON COLUMN help_searches.empty IS 'how often nothing was found';
COMMENT ON COLUMN help_searches.clicked IS 'how often a result was opened';
COMMENT ON COLUMN help_searches.last_at IS 'when it was last asked; forgotten half a year later';
COMMENT ON COLUMN help_searches.done_at IS 'when staff dealt with it; it counts anew from then on';
COMMENT ON COLUMN help_searches.done_by IS 'who did';
COMMENT ON TABLE article_votes IS '"Did this help?", one for each reader and version';
COMMENT ON COLUMN article_votes.id IS 'in the order of voting';
COMMENT ON COLUMN article_votes.article_id IS 'of which article';
COMMENT ON COLUMN article_votes.version_id IS 'and which text of it';
COMMENT ON COLUMN article_votes.voter IS 'SHA-256 of the customer or of the browser''s form cookie: counts one vote, names nobody';
COMMENT ON COLUMN article_votes.helpful IS 'yes or no';
COMMENT ON COLUMN article_votes.words IS 'what they would like to say to it';
COMMENT ON COLUMN article_votes.at IS 'when';
COMMENT ON TABLE article_reads IS '"I have read this", said by staff of one version';
COMMENT ON COLUMN article_reads.version_id IS 'which text';
COMMENT ON COLUMN article_reads.article_id IS 'of which article';
COMMENT ON COLUMN article_reads.staff_id IS 'who';
COMMENT ON COLUMN article_reads.at IS 'when';
RESET ROLE;
