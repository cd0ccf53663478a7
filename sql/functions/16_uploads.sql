-- New products, and files for their contents, by staff.
SET ROLE lk_definer;

-- A product that is not on sale, with an empty draft.  added (also by a second click); taken.
CREATE OR REPLACE FUNCTION product_add(p_slug text, p_kind text, p_title text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
BEGIN
        IF v_p.id IS NULL THEN
                INSERT INTO products (slug, kind, position, on_sale, created_at)
                VALUES (p_slug, p_kind, (SELECT coalesce(max(position), 0) + 1 FROM products), false, app_now())
                ON CONFLICT (slug) DO NOTHING RETURNING * INTO v_p;
                IF v_p.id IS NOT NULL THEN
                        INSERT INTO product_versions (product_id, version, title, tagline, summary_md, includes_md, refund_days, refund_md,
                                                      digest, changed_by, changed_at)
                        VALUES (v_p.id, 1, p_title, '', '', '', 14, '', '', staff_me(), app_now());
                        PERFORM audit_add('staff', staff_me(), 'product.added', 'product', v_p.id, jsonb_build_object('slug', p_slug));
                        RETURN 'added';
                END IF;
                v_p := product_take(p_slug);
        END IF;
        RETURN CASE WHEN v_p.version_id IS NULL AND v_p.kind = p_kind
                         AND EXISTS (SELECT FROM product_versions WHERE product_id = v_p.id AND title = p_title AND revision = 1
                                       AND changed_by = staff_me())
                    THEN 'added' ELSE 'taken' END;
END $$;

-- Which of these numbers are no file's: what is stored under them nobody can reach.
CREATE OR REPLACE FUNCTION files_unknown(p_ids bigint[]) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'files are looked after by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN QUERY SELECT x.id FROM unnest(p_ids) x(id) WHERE NOT EXISTS (SELECT FROM files f WHERE f.id = x.id);
END $$;

-- The number of a file: it goes by name and content, so that the same one twice is one.
CREATE OR REPLACE FUNCTION file_add(p_name text, p_type text, p_size bigint, p_sha256 bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'files are sent by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        INSERT INTO files (name, content_type, size, sha256, created_at, uploaded_by)
        VALUES (p_name, p_type, p_size, p_sha256, app_now(), staff_me())
        ON CONFLICT (sha256, name) DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NULL THEN
                SELECT id INTO v_id FROM files WHERE sha256 = p_sha256 AND name = p_name;
        ELSE
                PERFORM audit_add('staff', staff_me(), 'file.added', 'file', v_id, jsonb_build_object('size', p_size, 'type', p_type));
        END IF;
        RETURN v_id;
END $$;

-- What the form of an item's files carries with it.
CREATE OR REPLACE FUNCTION item_files_seen(p_file bigint, p_captions bigint) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT 'f' || coalesce(p_file, 0) || '.' || coalesce(p_captions, 0) $$;

-- A video or a download at the end of its section of the draft.  saved; same (the last click did
-- it); unfit (a video is none); unknown.
CREATE OR REPLACE FUNCTION draft_file_add(p_slug text, p_section text, p_kind text, p_title text, p_file bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
        v_item bigint;
        v_new bigint;
BEGIN
        IF v_p.id IS NULL OR NOT EXISTS (SELECT FROM files WHERE id = p_file) THEN
                RETURN 'unknown';
        END IF;
        IF p_kind = 'video' AND NOT EXISTS (SELECT FROM files WHERE id = p_file AND content_type LIKE 'video/%') THEN
                RETURN 'unfit';
        END IF;
        IF EXISTS (SELECT FROM product_versions v JOIN version_items w ON w.version_id = v.id JOIN item_versions iv ON iv.id = w.item_version_id
                   WHERE v.product_id = v_p.id AND v.published_at IS NULL AND w.section = p_section
                     AND (iv.kind, iv.title, iv.file_id) = (p_kind, p_title, p_file)) THEN
                RETURN 'same';
        END IF;
        v_draft := draft_of(v_p);
        INSERT INTO items (product_id, slug) VALUES (v_p.id, item_name(v_p.id, p_title)) RETURNING id INTO v_item;
        INSERT INTO item_versions (item_id, kind, title, file_id) VALUES (v_item, p_kind, p_title, p_file) RETURNING id INTO v_new;
        PERFORM draft_item_place(v_draft, v_new, p_section);
        PERFORM draft_changed(v_p.id, v_draft, 'item added');
        RETURN 'saved';
END $$;

-- Another file, or other captions (PART 'file', 'captions'), for an item of the draft; FILE NULL takes
-- the captions away.  saved; same; changed (somebody else put another file there: nothing is
-- stored); gone; unfit (no file for this); unknown (there is none, or it cannot have such a part).
CREATE OR REPLACE FUNCTION draft_file_set(p_slug text, p_seen text, p_item text, p_part text, p_file bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_was record;
        v_draft bigint;
        v_new bigint;
BEGIN
        IF v_p.id IS NULL OR NOT EXISTS (SELECT FROM items WHERE product_id = v_p.id AND slug = p_item) THEN
                RETURN 'unknown';
        END IF;
        SELECT iv.*, w.position INTO v_was
        FROM version_items w JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id
        WHERE w.version_id = coalesce((SELECT id FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL), v_p.version_id)
          AND i.slug = p_item;
        IF v_was.id IS NULL THEN
                RETURN 'gone';
        END IF;
        IF NOT (v_was.kind = 'video' OR (v_was.kind = 'download' AND p_part = 'file')) OR (p_part = 'file' AND p_file IS NULL) THEN
                RETURN 'unknown';
        END IF;
        IF p_file IS NOT NULL AND NOT EXISTS (
                SELECT FROM files f WHERE f.id = p_file
                  AND CASE WHEN p_part = 'captions' THEN f.content_type = 'text/vtt'
                           WHEN v_was.kind = 'video' THEN f.content_type LIKE 'video/%' ELSE true END) THEN
                RETURN 'unfit';
        END IF;
        IF (CASE p_part WHEN 'file' THEN v_was.file_id ELSE v_was.captions_id END) IS NOT DISTINCT FROM p_file THEN
                RETURN 'same';
        END IF;
        IF item_files_seen(v_was.file_id, v_was.captions_id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        INSERT INTO item_versions (item_id, kind, title, body_md, minutes, file_id, captions_id, url)
        VALUES (v_was.item_id, v_was.kind, v_was.title, v_was.body_md, v_was.minutes,
                CASE p_part WHEN 'file' THEN p_file ELSE v_was.file_id END,
                CASE p_part WHEN 'captions' THEN p_file ELSE v_was.captions_id END, v_was.url)
        RETURNING id INTO v_new;
        UPDATE version_items SET item_version_id = v_new WHERE version_id = v_draft AND position = v_was.position;
        PERFORM draft_changed(v_p.id, v_draft, p_part);
        RETURN 'saved';
END $$;
RESET ROLE;
