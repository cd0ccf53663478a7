-- Articles: drafts, publishing, restoring; what customers find, and how they say that it helped.
-- Every function of staff asks for the right itself and writes who did what.  Locks: the
-- article's row first, so that two at once take turns.
SET ROLE lk_definer;

-- --- what customers read ---

-- Markdown without its marks, for excerpts; control characters go, for they mark what was found.
CREATE OR REPLACE FUNCTION article_plain(p_md text) RETURNS text LANGUAGE sql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$
        SELECT btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(p_md,
                '!?\[([^]]*)\]\([^)]*\)', '\1', 'g'),                   -- links and pictures: their words
                '<[^<>]*>', ' ', 'g'),
                '(^|\n)[ \t]*(#+|>|[-*+]|[0-9]+\.)[ \t]+', '\1', 'g'),  -- headings, quotes, lists
                '[*_`~|\\]+', '', 'g'),
                '[[:cntrl:][:space:]]+', ' ', 'g'))
$$;

-- The copy that customers read, its words and what it answers are those of what is published.
CREATE OR REPLACE FUNCTION article_show(p_article bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles;
        v_v article_versions;
        v_plain text;
BEGIN
        SELECT * INTO v_a FROM articles WHERE id = p_article;
        SELECT * INTO v_v FROM article_versions WHERE id = v_a.version_id AND v_a.retired_at IS NULL;
        -- One at a time: the words of all answers are counted anew.
        PERFORM pg_advisory_xact_lock(hashtext('latchkey.article_show'));
        DELETE FROM faq_articles WHERE article_id = p_article;
        DELETE FROM article_answers WHERE article_id = p_article;
        IF v_v.id IS NOT NULL AND v_a.kind IN ('faq', 'playbook') THEN
                INSERT INTO article_answers (kind, code, article_id)
                SELECT DISTINCT v_a.kind, c, p_article FROM regexp_split_to_table(v_v.answers, '\s+') c WHERE c <> '' ORDER BY 2
                ON CONFLICT (kind, code) DO UPDATE SET article_id = excluded.article_id;
        END IF;
        IF v_v.id IS NOT NULL AND v_a.kind = 'faq' THEN
                v_plain := article_plain(v_v.body_md);
                INSERT INTO faq_articles (article_id, version_id, version, slug, title, summary, category, position, related, body_md, plain, search, published_at)
                VALUES (v_a.id, v_v.id, v_v.version, v_a.slug, v_v.title, v_v.summary, v_v.category, v_v.position, v_v.related, v_v.body_md, v_plain,
                        (SELECT setweight(to_tsvector(c, search_fold(v_v.title)), 'A') || setweight(to_tsvector(c, search_fold(v_v.keywords)), 'B')
                                || setweight(to_tsvector(c, search_fold(v_v.summary)), 'C') || to_tsvector(c, search_fold(v_plain))
                         FROM (SELECT 'english'::regconfig AS c) e)
                        || (SELECT setweight(to_tsvector(c, search_fold(v_v.title || ' ' || v_v.keywords)), 'B') FROM (SELECT 'simple'::regconfig AS c) s),
                        v_v.published_at);
        END IF;
        IF v_a.kind = 'faq' THEN
                WITH now AS MATERIALIZED (
                        SELECT w.lexeme AS word, sum(CASE WHEN w.lexeme = ANY (tsvector_to_array(to_tsvector('simple', search_fold(f.title || ' ' || v.keywords))))
                                                          THEN 5 ELSE 1 END)::integer AS uses
                        FROM faq_articles f JOIN article_versions v ON v.id = f.version_id
                             CROSS JOIN LATERAL unnest(to_tsvector('simple', search_fold(concat_ws(' ', f.title, v.keywords, f.summary, f.plain)))) w
                        WHERE w.lexeme ~ '^[[:alpha:]]{3,40}$' GROUP BY 1),
                     gone AS (DELETE FROM faq_words w WHERE NOT EXISTS (SELECT FROM now n WHERE n.word = w.word))
                INSERT INTO faq_words AS w (word, uses) SELECT word, uses FROM now
                ON CONFLICT (word) DO UPDATE SET uses = excluded.uses WHERE w.uses <> excluded.uses;
        END IF;
END $$;

-- The words of a search that may be kept: nothing that could name or number somebody.
CREATE OR REPLACE FUNCTION help_kept(p_typed text) RETURNS text LANGUAGE sql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(left(string_agg(w, ' ' ORDER BY n), 60), '') FROM (
                SELECT btrim(t, '-''') AS w, n
                FROM regexp_split_to_table(regexp_replace(search_fold(left(p_typed, 400)), '\S*[@/]\S*', ' ', 'g'), '[^[:alnum:]''-]+')
                     WITH ORDINALITY s(t, n)
                WHERE length(btrim(t, '-''')) BETWEEN 2 AND 24 AND t !~ '[0-9].*[0-9].*[0-9]'
                ORDER BY n LIMIT 8) k
$$;

-- A search is counted; half a year after it was last made it is forgotten, and there are never
-- more than five thousand.
CREATE OR REPLACE FUNCTION help_asked(p_kept text, p_found boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF length(p_kept) < 2 THEN
                RETURN;
        END IF;
        INSERT INTO help_searches AS s (words, asked, empty, clicked, last_at)
        VALUES (p_kept, 1, CASE WHEN p_found THEN 0 ELSE 1 END, 0, app_now())
        ON CONFLICT (words) DO UPDATE SET asked = s.asked + 1, empty = s.empty + excluded.empty, last_at = app_now();
        DELETE FROM help_searches WHERE last_at < app_now() - interval '180 days';
        IF (SELECT count(*) FROM help_searches) > 5000 THEN
                DELETE FROM help_searches WHERE words IN (SELECT words FROM help_searches WHERE words <> p_kept ORDER BY asked, last_at LIMIT 250);
        END IF;
END $$;

-- One word as it may have been meant: itself where the answers have it, else theirs with two
-- letters exchanged, with one letter wrong, missing or too many, else the likest one.  (|| '' keeps
-- the first two away from the trigrams' index, where each pattern is a look-up of its own: a walk
-- through some thousand words is a fortieth of that.)
CREATE OR REPLACE FUNCTION help_meant(p_word text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_n integer := length(p_word);
        v_found text;
BEGIN
        IF v_n < 4 OR v_n > 30 OR p_word ~ '[^[:alpha:]]' OR EXISTS (SELECT FROM faq_words WHERE word = p_word)
           OR EXISTS (SELECT FROM faq_articles WHERE search @@ plainto_tsquery('english', p_word)) THEN
                RETURN p_word;
        END IF;
        SELECT word INTO v_found FROM faq_words
        WHERE word || '' = ANY (ARRAY(SELECT overlay(p_word PLACING reverse(substr(p_word, i, 2)) FROM i FOR 2) FROM generate_series(1, v_n - 1) i))
        ORDER BY uses DESC, word LIMIT 1;
        IF v_found IS NULL THEN
                SELECT w.word INTO v_found FROM faq_words w
                WHERE starts_with(w.word, left(p_word, 1)) AND length(w.word) BETWEEN v_n - 1 AND v_n + 1
                  AND w.word || '' LIKE ANY (ARRAY(SELECT overlay(p_word PLACING r FROM i FOR k) FROM generate_series(1, v_n) i,
                                             (VALUES ('_', 1), ('_', 0), ('', 1)) e(r, k)) || (p_word || '_'))
                ORDER BY w.uses DESC, w.word LIMIT 1;
        END IF;
        IF v_found IS NULL THEN
                SELECT w.word INTO v_found FROM faq_words w
                WHERE w.word OPERATOR(public.%) p_word AND length(w.word) BETWEEN v_n - 3 AND v_n + 3
                ORDER BY public.similarity(w.word, p_word) DESC, w.uses DESC, w.word LIMIT 1;
        END IF;
        RETURN coalesce(v_found, p_word);
END $$;

-- Answers for what was typed, the best first.  EXCERPT has chr(2) before and chr(3) behind each
-- word that was found; MEANT is what was searched for where a word was put right, else ''.
-- Whatever is typed is bounded and is no query of its own: nothing of it is an error.  Typing
-- nothing but little words ("how to") finds nothing and is not counted.
CREATE OR REPLACE FUNCTION help_search(p_typed text)
RETURNS TABLE (slug text, title text, summary text, category text, excerpt text, meant text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
        v_typed text := replace(search_fold(left(p_typed, 400)), '-', ' ');
        v_words text[] := ARRAY(SELECT left(t, 40) FROM regexp_split_to_table(v_typed, '[^[:alnum:]]+') WITH ORDINALITY s(t, n)
                                WHERE numnode(plainto_tsquery('english', left(t, 40))) > 0 ORDER BY n LIMIT 10);
        v_meant text[] := ARRAY(SELECT help_meant(w) FROM unnest(v_words) WITH ORDINALITY s(w, n) ORDER BY n);
        v_all tsquery;
        v_any tsquery;
BEGIN
        SELECT string_agg(plainto_tsquery('english', w)::text, ' | ')::tsquery INTO v_any FROM unnest(v_meant) w;
        IF v_any IS NULL THEN
                RETURN;
        END IF;
        v_all := CASE WHEN v_meant = v_words THEN websearch_to_tsquery('english', v_typed)
                      ELSE plainto_tsquery('english', array_to_string(v_meant, ' ')) END;
        RETURN QUERY
        WITH hit AS (SELECT f.*, ts_rank('{0.1, 0.3, 0.6, 1}', f.search, v_any, 1) + CASE WHEN f.search @@ v_all THEN 1 ELSE 0 END AS score
                     FROM faq_articles f WHERE f.search @@ v_any ORDER BY score DESC, f.position, f.slug LIMIT 8),
             shown AS (SELECT h.*, ts_headline('english', h.plain, v_any, E'StartSel="\x02", StopSel="\x03", MaxFragments=1, MinWords=10, MaxWords=24, ShortWord=0')
                                   AS found FROM hit h WHERE h.score >= 0.15 * (SELECT max(score) FROM hit))
        SELECT s.slug, s.title, s.summary, s.category, CASE WHEN strpos(s.found, chr(2)) = 0 THEN s.summary
                    ELSE CASE WHEN left(translate(s.found, E'\x02\x03', ''), 20) = left(s.plain, 20) THEN '' ELSE '… ' END || s.found || ' …' END,
               CASE WHEN v_meant = v_words THEN '' ELSE array_to_string(v_meant, ' ') END
        FROM shown s ORDER BY s.score DESC, s.position, s.slug;
        PERFORM help_asked(help_kept(p_typed), FOUND);
END $$;

-- Somebody opened what a search had found.
CREATE OR REPLACE FUNCTION help_clicked(p_typed text, p_slug text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        UPDATE help_searches SET clicked = clicked + 1
        WHERE words = help_kept(p_typed) AND clicked < asked - empty AND EXISTS (SELECT FROM faq_articles WHERE slug = p_slug);
END $$;

-- "Did this help?"  BROWSER: the hash of its form cookie.  thanks; unknown.  One vote for each
-- reader and version: the last word counts.
CREATE OR REPLACE FUNCTION help_vote(p_slug text, p_version integer, p_browser bytea, p_helpful boolean, p_words text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := me_writing();
        v_voter bytea := CASE WHEN v_me IS NOT NULL THEN sha256(convert_to('customer ' || v_me, 'UTF8')) ELSE sha256(p_browser) END;
BEGIN
        INSERT INTO article_votes AS w (article_id, version_id, voter, helpful, words, at)
        SELECT a.id, v.id, v_voter, p_helpful, left(p_words, 1000), app_now()
        FROM faq_articles f JOIN articles a ON a.id = f.article_id
             JOIN article_versions v ON v.article_id = a.id AND v.version = p_version AND v.published_at IS NOT NULL
        WHERE f.slug = p_slug AND v_voter IS NOT NULL
        ON CONFLICT (version_id, voter) DO UPDATE
        SET helpful = excluded.helpful, words = CASE WHEN excluded.words <> '' THEN excluded.words ELSE w.words END, at = excluded.at;
        RETURN CASE WHEN FOUND THEN 'thanks' ELSE 'unknown' END;
END $$;

-- The answer to a declined payment, by its code or else its class; the general one where neither
-- has an answer.  KIND: faq or playbook.
CREATE OR REPLACE FUNCTION article_for(p_kind text, p_code text, p_class text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (SELECT a.slug FROM article_answers w JOIN articles a ON a.id = w.article_id AND a.retired_at IS NULL
                WHERE w.kind = p_kind AND w.code IN (p_code, p_class, 'soft')
                ORDER BY CASE w.code WHEN p_code THEN 1 WHEN p_class THEN 2 ELSE 3 END LIMIT 1);
END $$;

-- What failed and is still open, for whoever is logged in or holds the link of that amount: at most
-- three, the oldest first, each with its answer.  The code of a decline never leaves; what is said
-- goes by its class.
CREATE OR REPLACE FUNCTION help_mine(p_link bytea)
RETURNS TABLE (order_number text, seq integer, title text, rest_minor bigint, currency text, due_on date, class text, article text, article_title text,
               next_at timestamptz, promised_on date, zone text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
DECLARE
        v_due bigint := CASE WHEN p_link IS NOT NULL THEN pay_due(p_link, NULL, NULL, false) END;
        v_mine bigint[] := CASE WHEN p_link IS NULL THEN mine() ELSE '{}' END;
BEGIN
        RETURN QUERY
        SELECT o.number, d.seq, d.title, d.amount_minor - d.paid_minor, d.currency, d.due_on, k.class, f.slug, f.title,
               CASE WHEN k.next_step = 'retry' THEN k.next_at END,
               (SELECT p.promised_on FROM promises p WHERE p.due_id = d.id AND p.status = 'open'), due_zone(d.id)
        FROM cases k JOIN dues d ON d.id = k.due_id JOIN orders o ON o.id = d.order_id
             LEFT JOIN faq_articles f ON f.slug = article_for('faq', k.reason_code, k.class)
        WHERE k.status IN ('open', 'waiting') AND d.status = 'open' AND (d.id = v_due OR k.customer_id = ANY (v_mine))
        ORDER BY k.opened_at, k.id LIMIT 3;
END $$;

-- --- staff write ---

-- What a form that shows this article now carries with it: the draft and its revision, or the
-- published version.  Another value later says that somebody was here.
CREATE OR REPLACE FUNCTION article_seen(p_article bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN coalesce((SELECT 'd' || v.id || '.' || v.revision FROM article_versions v WHERE v.article_id = p_article AND v.published_at IS NULL),
                        (SELECT 'v' || coalesce(a.version_id, 0) FROM articles a WHERE a.id = p_article));
END $$;

-- The article of that name, locked, for somebody who may edit it; NULL: there is none.
CREATE OR REPLACE FUNCTION article_take(p_slug text) RETURNS articles
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles;
BEGIN
        PERFORM staff_must('help');
        SELECT * INTO v_a FROM articles WHERE slug = p_slug FOR UPDATE;
        RETURN v_a;
END $$;

-- A copy of a version, published at once or as the draft.
CREATE OR REPLACE FUNCTION article_copy(p_from bigint, p_publish boolean, p_copy_of integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO article_versions (article_id, version, title, summary, category, position, keywords, related, answers, fields, body_md,
                                      based_on, copy_of, changed_by, changed_at, published_at, published_by)
        SELECT f.article_id, (SELECT max(m.version) + 1 FROM article_versions m WHERE m.article_id = f.article_id), f.title, f.summary, f.category,
               f.position, f.keywords, f.related, f.answers, f.fields, f.body_md, a.version_id, p_copy_of, staff_me(), app_now(),
               CASE WHEN p_publish THEN app_now() END, CASE WHEN p_publish THEN staff_me() END
        FROM article_versions f JOIN articles a ON a.id = f.article_id WHERE f.id = p_from
        RETURNING id INTO v_id;
        RETURN v_id;
END $$;

-- A new article, as a draft.  added; taken (there is one by that name); the same form again is
-- added too.
CREATE OR REPLACE FUNCTION article_add(p_slug text, p_kind text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text,
                                       p_related text, p_answers text, p_fields text, p_body text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('help');
        v_id bigint;
BEGIN
        INSERT INTO articles (slug, kind, created_at) VALUES (p_slug, p_kind, app_now()) ON CONFLICT (slug) DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NULL THEN
                RETURN CASE WHEN EXISTS (SELECT FROM articles a JOIN article_versions v ON v.article_id = a.id AND v.published_at IS NULL AND v.version = 1
                                         WHERE a.slug = p_slug AND a.kind = p_kind AND v.changed_by = v_me
                                           AND (v.title, v.summary, v.body_md) = (p_title, p_summary, p_body)) THEN 'added' ELSE 'taken' END;
        END IF;
        INSERT INTO article_versions (article_id, version, title, summary, category, position, keywords, related, answers, fields, body_md, changed_by, changed_at)
        VALUES (v_id, 1, p_title, p_summary, p_category, p_position, p_keywords, p_related, p_answers, p_fields, p_body, v_me, app_now());
        PERFORM audit_add('staff', v_me, 'article.added', 'article', v_id, jsonb_build_object('slug', p_slug, 'kind', p_kind));
        RETURN 'added';
END $$;

-- The texts of the draft, begun where there is none.  saved; same (nothing differs); changed
-- (somebody was faster: nothing is stored); unknown.
CREATE OR REPLACE FUNCTION article_save(p_slug text, p_seen text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text,
                                        p_related text, p_answers text, p_fields text, p_body text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM article_versions WHERE article_id = v_a.id AND published_at IS NULL;
        IF EXISTS (SELECT FROM article_versions v WHERE v.id = coalesce(v_draft, v_a.version_id)
                     AND (v.title, v.summary, v.category, v.position, v.keywords, v.related, v.answers, v.fields, v.body_md)
                         = (p_title, p_summary, p_category, p_position, p_keywords, p_related, p_answers, p_fields, p_body)) THEN
                RETURN 'same';
        END IF;
        IF article_seen(v_a.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := coalesce(v_draft, article_copy(v_a.version_id, false, NULL));
        UPDATE article_versions SET title = p_title, summary = p_summary, category = p_category, position = p_position, keywords = p_keywords,
                                    related = p_related, answers = p_answers, fields = p_fields, body_md = p_body,
                                    revision = revision + 1, changed_by = staff_me(), changed_at = app_now()
        WHERE id = v_draft;
        PERFORM audit_add('staff', staff_me(), 'article.drafted', 'article', v_a.id,
                          (SELECT jsonb_build_object('draft', id, 'revision', revision) FROM article_versions WHERE id = v_draft));
        RETURN 'saved';
END $$;

-- discarded (or there was none); first (it was never published: retire it instead); changed; unknown.
CREATE OR REPLACE FUNCTION article_discard(p_slug text, p_seen text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM article_versions WHERE article_id = v_a.id AND published_at IS NULL;
        IF v_draft IS NULL THEN
                RETURN 'discarded';
        END IF;
        IF v_a.version_id IS NULL THEN
                RETURN 'first';
        END IF;
        IF article_seen(v_a.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        DELETE FROM article_versions WHERE id = v_draft;
        PERFORM audit_add('staff', staff_me(), 'article.draft_discarded', 'article', v_a.id, jsonb_build_object('draft', v_draft));
        RETURN 'discarded';
END $$;

-- The draft is what readers get.  published (also when this very draft was published before);
-- none (there is no draft); changed; unknown.
CREATE OR REPLACE FUNCTION article_publish(p_slug text, p_seen text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_draft article_versions;
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF p_seen ~ '^d[0-9]{1,18}\.' AND EXISTS (SELECT FROM article_versions WHERE id = substring(p_seen FROM '^d([0-9]+)')::bigint
                                                      AND article_id = v_a.id AND published_at IS NOT NULL) THEN
                RETURN 'published';
        END IF;
        SELECT * INTO v_draft FROM article_versions WHERE article_id = v_a.id AND published_at IS NULL;
        IF v_draft.id IS NULL THEN
                RETURN 'none';
        END IF;
        IF article_seen(v_a.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        UPDATE article_versions v
        SET version = (SELECT max(m.version) FROM article_versions m WHERE m.article_id = v_a.id)
                      + CASE WHEN EXISTS (SELECT FROM article_versions m WHERE m.article_id = v_a.id AND m.version > v.version) THEN 1 ELSE 0 END,
            published_at = app_now(), published_by = staff_me()
        WHERE v.id = v_draft.id RETURNING * INTO v_draft;
        UPDATE articles SET version_id = v_draft.id, retired_at = NULL WHERE id = v_a.id;
        PERFORM article_show(v_a.id);
        PERFORM audit_add('staff', staff_me(), 'article.published', 'article', v_a.id, jsonb_build_object('version', v_draft.version));
        RETURN 'published';
END $$;

-- A copy of an older version is what readers get.  restored; same (it is that text already);
-- changed (CURRENT is not published any more); unknown.
CREATE OR REPLACE FUNCTION article_restore(p_slug text, p_version integer, p_current integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_old bigint;
        v_now article_versions;
BEGIN
        SELECT id INTO v_old FROM article_versions WHERE article_id = v_a.id AND version = p_version AND published_at IS NOT NULL;
        IF v_old IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT * INTO v_now FROM article_versions WHERE id = v_a.version_id;
        IF v_now.id = v_old OR v_now.copy_of = p_version THEN
                RETURN 'same';
        END IF;
        IF v_now.version <> p_current THEN
                RETURN 'changed';
        END IF;
        v_old := article_copy(v_old, true, p_version);
        UPDATE articles SET version_id = v_old WHERE id = v_a.id;
        PERFORM article_show(v_a.id);
        PERFORM audit_add('staff', staff_me(), 'article.restored', 'article', v_a.id,
                          (SELECT jsonb_build_object('version', version, 'from', p_version) FROM article_versions WHERE id = v_old));
        RETURN 'restored';
END $$;

-- Shown to readers, or not any more.  on; off; unknown.
CREATE OR REPLACE FUNCTION article_shown(p_slug text, p_on boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles := article_take(p_slug);
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF (v_a.retired_at IS NULL) <> p_on THEN
                UPDATE articles SET retired_at = CASE WHEN NOT p_on THEN app_now() END WHERE id = v_a.id;
                PERFORM article_show(v_a.id);
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'article.shown' ELSE 'article.retired' END, 'article', v_a.id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;

-- "I have read this", of the version that the page showed.  read; unknown.
CREATE OR REPLACE FUNCTION article_read(p_slug text, p_version integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('read');
        v_id bigint;
        v_article bigint;
BEGIN
        SELECT v.id, a.id INTO v_id, v_article FROM articles a JOIN article_versions v ON v.article_id = a.id
        WHERE a.slug = p_slug AND v.version = p_version AND v.published_at IS NOT NULL AND a.kind <> 'faq';
        IF v_id IS NULL THEN
                RETURN 'unknown';
        END IF;
        INSERT INTO article_reads VALUES (v_id, v_article, v_me, app_now()) ON CONFLICT DO NOTHING;
        IF FOUND THEN
                PERFORM audit_add('staff', v_me, 'article.read', 'article', v_article, jsonb_build_object('version', p_version));
        END IF;
        RETURN 'read';
END $$;

-- A search that staff dealt with: it counts anew.  done; unknown.
CREATE OR REPLACE FUNCTION help_search_done(p_words text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('help');
BEGIN
        -- The same form sent again finds what it left, and is no second act.
        UPDATE help_searches SET asked = 1, empty = 0, clicked = 1, done_at = app_now(), done_by = v_me
        WHERE words = p_words AND NOT (done_at IS NOT NULL AND (asked, empty, clicked) = (1, 0, 1));
        IF NOT FOUND THEN
                RETURN CASE WHEN EXISTS (SELECT FROM help_searches WHERE words = p_words) THEN 'done' ELSE 'unknown' END;
        END IF;
        PERFORM audit_add('staff', v_me, 'help.search_done', 'help_search', NULL, jsonb_build_object('words', p_words));
        RETURN 'done';
END $$;

-- --- from files ---

-- added; updated; same (as it was loaded before); kept (staff changed it, or took it away).
CREATE OR REPLACE FUNCTION article_load(p_slug text, p_kind text, p_digest bytea, p_title text, p_summary text, p_category text, p_position integer,
                                        p_keywords text, p_related text, p_answers text, p_fields text, p_body text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a articles;
        v_new boolean := false;
        v_id bigint;
        v_version integer;
BEGIN
        INSERT INTO articles (slug, kind, created_at) VALUES (p_slug, p_kind, app_now()) ON CONFLICT (slug) DO NOTHING RETURNING id INTO v_id;
        v_new := v_id IS NOT NULL;
        SELECT * INTO v_a FROM articles WHERE slug = p_slug FOR UPDATE;
        IF v_a.loaded = p_digest THEN
                RETURN 'same';
        END IF;
        IF NOT v_new AND (v_a.loaded IS NULL OR v_a.kind <> p_kind OR v_a.retired_at IS NOT NULL
                          OR EXISTS (SELECT FROM article_versions WHERE article_id = v_a.id AND (published_at IS NULL OR published_by IS NOT NULL))) THEN
                RETURN 'kept';
        END IF;
        INSERT INTO article_versions (article_id, version, title, summary, category, position, keywords, related, answers, fields, body_md, based_on, published_at)
        SELECT v_a.id, coalesce(max(version), 0) + 1, p_title, p_summary, p_category, p_position, p_keywords, p_related, p_answers, p_fields, p_body,
               v_a.version_id, app_now()
        FROM article_versions WHERE article_id = v_a.id
        RETURNING id, version INTO v_id, v_version;
        UPDATE articles SET version_id = v_id, loaded = p_digest WHERE id = v_a.id;
        PERFORM article_show(v_a.id);
        PERFORM audit_add('operator', NULL, 'article.published', 'article', v_a.id, jsonb_build_object('version', v_version));
        RETURN CASE WHEN v_new THEN 'added' ELSE 'updated' END;
END $$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER frozen BEFORE UPDATE OR DELETE ON article_versions FOR EACH ROW EXECUTE FUNCTION frozen();
RESET ROLE;
