-- Products edited by staff: one draft for each product, publishing, restoring.
-- Every function asks for the right itself and writes who did what.  Locks: the product's row
-- first, so that two at once take turns.
SET ROLE lk_definer;

-- BEFORE UPDATE, DELETE: what stands in a published version stays; a draft is arranged anew.
CREATE OR REPLACE FUNCTION arranged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF EXISTS (SELECT FROM product_versions WHERE id = OLD.version_id AND published_at IS NOT NULL) THEN
                RAISE EXCEPTION 'the contents of a published version do not change'
                        USING ERRCODE = 'restrict_violation', HINT = 'Publish a new version.';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
GRANT EXECUTE ON FUNCTION arranged() TO lk_owner;

-- What a form that shows this product now carries with it: the draft and its revision, or the
-- published version when there is no draft.  Another value later says that somebody was here.
CREATE OR REPLACE FUNCTION product_seen(p_product bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN coalesce((SELECT 'd' || v.id || '.' || v.revision FROM product_versions v
                         WHERE v.product_id = p_product AND v.published_at IS NULL),
                        (SELECT 'v' || coalesce(p.version_id, 0) FROM products p WHERE p.id = p_product));
END $$;

-- The product of that name, locked, for somebody who may edit it; NULL: there is none.
CREATE OR REPLACE FUNCTION product_take(p_slug text) RETURNS products
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'products are edited by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        SELECT * INTO v_p FROM products WHERE slug = p_slug FOR UPDATE;
        RETURN v_p;
END $$;

-- A copy of a version, published at once or as the draft.
CREATE OR REPLACE FUNCTION version_copy(p_from bigint, p_publish boolean, p_copy_of integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO product_versions (product_id, version, title, tagline, summary_md, includes_md, next_step_md, refund_days,
                                      refund_md, starts_on, check_days, digest, based_on, copy_of, changed_by, changed_at, published_at, published_by)
        SELECT f.product_id, (SELECT max(m.version) + 1 FROM product_versions m WHERE m.product_id = f.product_id), f.title, f.tagline,
               f.summary_md, f.includes_md, f.next_step_md, f.refund_days, f.refund_md, f.starts_on, f.check_days, coalesce(c.digest, f.digest),
               p.version_id, p_copy_of, staff_me(), app_now(), CASE WHEN p_publish THEN app_now() END,
               CASE WHEN p_publish THEN staff_me() END
        FROM product_versions f JOIN products p ON p.id = f.product_id LEFT JOIN product_versions c ON c.id = p.version_id
        WHERE f.id = p_from
        RETURNING id INTO v_id;
        INSERT INTO version_items (version_id, item_version_id, position, section)
        SELECT v_id, item_version_id, position, section FROM version_items WHERE version_id = p_from;
        RETURN v_id;
END $$;

-- The open draft of a locked product; begun from the published version where there is none.
CREATE OR REPLACE FUNCTION draft_of(p_product products) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        SELECT id INTO v_id FROM product_versions WHERE product_id = p_product.id AND published_at IS NULL;
        RETURN coalesce(v_id, version_copy(p_product.version_id, false, NULL));
END $$;

-- One change more.
CREATE OR REPLACE FUNCTION draft_changed(p_product bigint, p_draft bigint, p_what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        UPDATE product_versions SET revision = revision + 1, changed_by = staff_me(), changed_at = app_now() WHERE id = p_draft;
        PERFORM audit_add('staff', staff_me(), 'product.drafted', 'product', p_product,
                          (SELECT jsonb_build_object('draft', id, 'revision', revision, 'what', p_what)
                           FROM product_versions WHERE id = p_draft));
END $$;

-- The texts of the draft.  saved; same (nothing differs); changed (somebody was faster: nothing
-- is stored); unknown.
CREATE OR REPLACE FUNCTION draft_save(p_slug text, p_seen text, p_title text, p_tagline text, p_summary text, p_includes text,
                                      p_next text, p_refund_days integer, p_refund text, p_starts_on date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL;
        IF EXISTS (SELECT FROM product_versions v WHERE v.id = coalesce(v_draft, v_p.version_id)
                     AND (v.title, v.tagline, v.summary_md, v.includes_md, v.next_step_md, v.refund_days, v.refund_md, v.starts_on)
                         IS NOT DISTINCT FROM (p_title, p_tagline, p_summary, p_includes, p_next, p_refund_days, p_refund, p_starts_on)) THEN
                RETURN 'same';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        UPDATE product_versions SET title = p_title, tagline = p_tagline, summary_md = p_summary, includes_md = p_includes,
                                    next_step_md = p_next, refund_days = p_refund_days, refund_md = p_refund, starts_on = p_starts_on
        WHERE id = v_draft;
        PERFORM draft_changed(v_p.id, v_draft, 'texts');
        RETURN 'saved';
END $$;

-- discarded (or there was none); only (it was never published, so there is nothing else); changed;
-- unknown.
CREATE OR REPLACE FUNCTION draft_discard(p_slug text, p_seen text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL;
        IF v_draft IS NULL THEN
                RETURN 'discarded';
        END IF;
        IF v_p.version_id IS NULL THEN
                RETURN 'only';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        DELETE FROM version_items WHERE version_id = v_draft;
        DELETE FROM product_versions WHERE id = v_draft;
        PERFORM audit_add('staff', staff_me(), 'product.draft_discarded', 'product', v_p.id, jsonb_build_object('draft', v_draft));
        RETURN 'discarded';
END $$;

-- Everybody who has the product gets this version of it.  The order's line stays as it was sold.
CREATE OR REPLACE FUNCTION version_give(p_product bigint, p_version bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_given integer;
BEGIN
        UPDATE access a SET product_version_id = v.id,
                            expected_on = CASE WHEN a.waiting_for = 'start'
                                               THEN coalesce(v.starts_on, (app_now() AT TIME ZONE 'UTC')::date) ELSE a.expected_on END
        FROM product_versions v
        WHERE v.id = p_version AND a.product_id = p_product AND a.status <> 'ended' AND a.product_version_id <> v.id;
        GET DIAGNOSTICS v_given = ROW_COUNT;
        RETURN v_given;
END $$;

-- The draft goes on sale.  published (also when this very draft was published before); none
-- (there is no draft); empty (it has no contents); unwritten (a text is missing); changed; unknown.
CREATE OR REPLACE FUNCTION draft_publish(p_slug text, p_seen text, p_everybody boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft product_versions;
        v_given integer := 0;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF p_seen ~ '^d[0-9]{1,18}\.' AND EXISTS (SELECT FROM product_versions WHERE id = substring(p_seen FROM '^d([0-9]+)')::bigint
                                                      AND product_id = v_p.id AND published_at IS NOT NULL) THEN
                RETURN 'published';
        END IF;
        SELECT * INTO v_draft FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL;
        IF v_draft.id IS NULL THEN
                RETURN 'none';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        IF NOT EXISTS (SELECT FROM version_items WHERE version_id = v_draft.id) THEN
                RETURN 'empty';
        END IF;
        IF '' IN (v_draft.tagline, v_draft.summary_md, v_draft.includes_md, v_draft.refund_md) THEN
                RETURN 'unwritten';
        END IF;
        UPDATE product_versions v
        SET version = (SELECT max(m.version) FROM product_versions m WHERE m.product_id = v_p.id)
                      + CASE WHEN EXISTS (SELECT FROM product_versions m WHERE m.product_id = v_p.id AND m.version > v.version) THEN 1 ELSE 0 END,
            digest = coalesce((SELECT c.digest FROM product_versions c WHERE c.id = v_p.version_id), v.digest),
            published_at = app_now(), published_by = staff_me()
        WHERE v.id = v_draft.id RETURNING * INTO v_draft;
        UPDATE products SET version_id = v_draft.id WHERE id = v_p.id;
        IF p_everybody THEN
                v_given := version_give(v_p.id, v_draft.id);
        END IF;
        PERFORM audit_add('staff', staff_me(), 'product.published', 'product', v_p.id,
                          jsonb_build_object('version', v_draft.version, 'everybody', p_everybody, 'given', v_given));
        RETURN 'published';
END $$;

-- A copy of an older version goes on sale.  restored; same (what is on sale is that text
-- already); changed (CURRENT is not on sale any more); unknown.
CREATE OR REPLACE FUNCTION product_restore(p_slug text, p_version integer, p_current integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_old bigint;
        v_now product_versions;
BEGIN
        SELECT id INTO v_old FROM product_versions WHERE product_id = v_p.id AND version = p_version AND published_at IS NOT NULL;
        IF v_old IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT * INTO v_now FROM product_versions WHERE id = v_p.version_id;
        IF v_now.id = v_old OR v_now.copy_of = p_version THEN
                RETURN 'same';
        END IF;
        IF v_now.version <> p_current THEN
                RETURN 'changed';
        END IF;
        v_old := version_copy(v_old, true, p_version);
        UPDATE products SET version_id = v_old WHERE id = v_p.id;
        PERFORM audit_add('staff', staff_me(), 'product.restored', 'product', v_p.id,
                          (SELECT jsonb_build_object('version', version, 'from', p_version) FROM product_versions WHERE id = v_old));
        RETURN 'restored';
END $$;

-- Shown and sold, or not.  on; off; offerless (nothing that could be bought); unknown.
CREATE OR REPLACE FUNCTION product_sale(p_slug text, p_on boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF p_on AND (v_p.version_id IS NULL
                     OR NOT EXISTS (SELECT FROM offers WHERE product_id = v_p.id AND enabled AND version_id IS NOT NULL)) THEN
                RETURN 'offerless';
        END IF;
        IF v_p.on_sale <> p_on THEN
                UPDATE products SET on_sale = p_on WHERE id = v_p.id;
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'product.on_sale' ELSE 'product.off_sale' END,
                                  'product', v_p.id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;
-- A price and how it is paid, from now on; VERSION is the one that the form showed, 0 for a new offer.  Checkouts
-- that have begun keep theirs.  published; same (it is so already); changed; taken (a new one
-- by that name is there); unknown.
CREATE OR REPLACE FUNCTION offer_publish(p_slug text, p_offer text, p_version integer, p_title text, p_currency text,
                                         p_amount bigint, p_tax_class text, p_schedule jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_offer bigint;
        v_was offer_versions;
        v_now offer_versions;
BEGIN
        SELECT id INTO v_offer FROM offers WHERE product_id = v_p.id AND slug = p_offer;
        IF v_p.id IS NULL OR (v_offer IS NULL AND p_version > 0) THEN
                RETURN 'unknown';
        END IF;
        IF v_offer IS NULL THEN
                INSERT INTO offers (product_id, slug, enabled) VALUES (v_p.id, p_offer, true) RETURNING id INTO v_offer;
        ELSE
                SELECT v.* INTO v_was FROM offers o JOIN offer_versions v ON v.id = o.version_id WHERE o.id = v_offer;
                IF (v_was.title, v_was.currency, v_was.amount_minor, v_was.tax_class) = (p_title, p_currency, p_amount, p_tax_class)
                   AND v_was.schedule IS NOT DISTINCT FROM p_schedule THEN
                        RETURN 'same';
                END IF;
                IF v_was.version <> p_version THEN
                        RETURN CASE WHEN p_version = 0 THEN 'taken' ELSE 'changed' END;
                END IF;
        END IF;
        INSERT INTO offer_versions (offer_id, version, title, currency, amount_minor, tax_class, schedule, published_at, published_by)
        SELECT v_offer, coalesce(max(m.version), 0) + 1, p_title, p_currency, p_amount, p_tax_class, p_schedule, app_now(), staff_me()
        FROM offer_versions m WHERE m.offer_id = v_offer
        RETURNING * INTO v_now;
        UPDATE offers SET version_id = v_now.id WHERE id = v_offer;
        PERFORM audit_add('staff', staff_me(), 'offer.published', 'offer', v_offer,
                          jsonb_build_object('version', v_now.version, 'was', money_json(v_was.amount_minor, v_was.currency),
                                             'now', money_json(p_amount, p_currency), 'paid', schedule_words(p_schedule, p_currency)));
        RETURN 'published';
END $$;

-- The timetable of a product in words that a form can bring back: its days, '-' for never.
CREATE OR REPLACE FUNCTION timetable_seen(p_product bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce((SELECT concat_ws(' ', coalesce(nothing_new_days::text, '-'), coalesce(read_only_days::text, '-'), coalesce(locked_days::text, '-'))
                         FROM access_timetables WHERE product_id = p_product), '- - -')
$$;

-- After how many days overdue access is less, NULL for never; SEEN is what the form showed.  It holds
-- for whoever buys from now on: an agreement keeps the days that it was made with, and the log keeps
-- what was before.  saved; same (it is so already); changed (by somebody else meanwhile); unknown.
CREATE OR REPLACE FUNCTION timetable_set(p_slug text, p_seen text, p_nothing_new integer, p_read_only integer, p_locked integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_was text := timetable_seen(v_p.id);
        v_now text := concat_ws(' ', coalesce(p_nothing_new::text, '-'), coalesce(p_read_only::text, '-'), coalesce(p_locked::text, '-'));
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_was = v_now THEN
                RETURN 'same';
        ELSIF v_was <> p_seen THEN
                RETURN 'changed';
        END IF;
        IF v_now = '- - -' THEN
                DELETE FROM access_timetables WHERE product_id = v_p.id;
        ELSE
                INSERT INTO access_timetables (product_id, nothing_new_days, read_only_days, locked_days, changed_at, changed_by)
                VALUES (v_p.id, p_nothing_new, p_read_only, p_locked, app_now(), staff_me())
                ON CONFLICT (product_id) DO UPDATE SET nothing_new_days = excluded.nothing_new_days, read_only_days = excluded.read_only_days,
                        locked_days = excluded.locked_days, changed_at = excluded.changed_at, changed_by = excluded.changed_by;
        END IF;
        PERFORM audit_add('staff', staff_me(), 'timetable.set', 'product', v_p.id, jsonb_build_object('was', v_was, 'now', v_now));
        RETURN 'saved';
END $$;

-- The timetable as the files say it now, NULL for never.  set; same; kept (staff set another since the
-- files were loaded last).
CREATE OR REPLACE FUNCTION timetable_load(p_product bigint, p_nothing_new integer, p_read_only integer, p_locked integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_loaded text := (SELECT coalesce(timetable_loaded, '- - -') FROM products WHERE id = p_product FOR UPDATE);
        v_was text := timetable_seen(p_product);
        v_now text := concat_ws(' ', coalesce(p_nothing_new::text, '-'), coalesce(p_read_only::text, '-'), coalesce(p_locked::text, '-'));
BEGIN
        IF v_was <> v_loaded AND v_was <> v_now THEN
                RETURN CASE WHEN v_now = v_loaded THEN 'same' ELSE 'kept' END;
        END IF;
        UPDATE products SET timetable_loaded = v_now WHERE id = p_product AND timetable_loaded IS DISTINCT FROM v_now;
        IF v_was = v_now THEN
                RETURN 'same';
        END IF;
        DELETE FROM access_timetables WHERE product_id = p_product;
        INSERT INTO access_timetables (product_id, nothing_new_days, read_only_days, locked_days, changed_at)
        SELECT p_product, p_nothing_new, p_read_only, p_locked, app_now() WHERE v_now <> '- - -';
        PERFORM audit_add('operator', NULL, 'timetable.set', 'product', p_product, jsonb_build_object('was', v_was, 'now', v_now));
        RETURN 'set';
END $$;

-- Can be bought, or not.  on; off; unknown.
CREATE OR REPLACE FUNCTION offer_sale(p_slug text, p_offer text, p_on boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_offer offers;
BEGIN
        SELECT * INTO v_offer FROM offers WHERE product_id = v_p.id AND slug = p_offer AND version_id IS NOT NULL;
        IF v_offer.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF v_offer.enabled <> p_on THEN
                UPDATE offers SET enabled = p_on WHERE id = v_offer.id;
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'offer.on_sale' ELSE 'offer.off_sale' END, 'offer', v_offer.id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;

-- An item's name in addresses, made of its title; free among all items that this product ever had.
CREATE OR REPLACE FUNCTION item_name(p_product bigint, p_title text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_base text := trim(BOTH '-' FROM left(trim(BOTH '-' FROM regexp_replace(lower(p_title), '[^a-z0-9]+', '-', 'g')), 60));
        v_n integer := 1;
        v_name text;
BEGIN
        v_base := CASE WHEN v_base = '' THEN 'item' ELSE v_base END;
        v_name := v_base;
        WHILE EXISTS (SELECT FROM items WHERE product_id = p_product AND slug = v_name) LOOP
                v_n := v_n + 1;
                v_name := v_base || '-' || v_n;
        END LOOP;
        RETURN v_name;
END $$;

-- What the form of an item carries with it.
CREATE OR REPLACE FUNCTION item_seen(p_item_version bigint, p_section text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT 'i' || p_item_version || '.' || left(md5(p_section), 8) $$;

-- At the end of its section of a draft; a new section stands last.
CREATE OR REPLACE FUNCTION draft_item_place(p_draft bigint, p_item_version bigint, p_section text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_at integer;
BEGIN
        SELECT coalesce((SELECT max(position) FROM version_items WHERE version_id = p_draft AND section = p_section),
                        (SELECT max(position) FROM version_items WHERE version_id = p_draft), 0) + 1 INTO v_at;
        UPDATE version_items SET position = -position - 1 WHERE version_id = p_draft AND position >= v_at;
        UPDATE version_items SET position = -position WHERE version_id = p_draft AND position < 0;
        INSERT INTO version_items (version_id, item_version_id, position, section) VALUES (p_draft, p_item_version, v_at, p_section);
END $$;

-- An item of the draft: a new one at the end of its section where ITEM is NULL, else its text.
-- Video and download keep their file.  saved; same; changed; gone (somebody took it out); unknown.
CREATE OR REPLACE FUNCTION draft_item_save(p_slug text, p_seen text, p_item text, p_section text, p_kind text, p_title text,
                                           p_body text, p_minutes integer, p_url text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
        v_was record;
        v_item bigint;
        v_new bigint;
BEGIN
        -- The item itself, or for a new one what a first click has added.
        SELECT iv.*, w.section, w.position INTO v_was
        FROM version_items w JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id
        WHERE w.version_id = coalesce((SELECT id FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL), v_p.version_id)
          AND CASE WHEN p_item IS NULL THEN iv.kind = p_kind AND iv.title = p_title ELSE i.slug = p_item END
        ORDER BY w.position DESC LIMIT 1;
        IF v_p.id IS NULL OR (p_item IS NOT NULL AND NOT EXISTS (SELECT FROM items WHERE product_id = v_p.id AND slug = p_item)) THEN
                RETURN 'unknown';
        END IF;
        IF p_item IS NOT NULL AND v_was.id IS NULL THEN
                RETURN 'gone';
        END IF;
        IF (v_was.section, v_was.title, v_was.body_md, v_was.minutes, v_was.url)
           IS NOT DISTINCT FROM (p_section, p_title, p_body, p_minutes, p_url) THEN
                RETURN 'same';
        END IF;
        IF p_item IS NOT NULL AND item_seen(v_was.id, v_was.section) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        IF p_item IS NULL THEN
                INSERT INTO items (product_id, slug) VALUES (v_p.id, item_name(v_p.id, p_title)) RETURNING id INTO v_item;
        ELSE
                v_item := v_was.item_id;
        END IF;
        INSERT INTO item_versions (item_id, kind, title, body_md, minutes, file_id, captions_id, url)
        VALUES (v_item, CASE WHEN p_item IS NULL THEN p_kind ELSE v_was.kind END, p_title, p_body, p_minutes,
                CASE WHEN p_item IS NOT NULL THEN v_was.file_id END, CASE WHEN p_item IS NOT NULL THEN v_was.captions_id END, p_url)
        RETURNING id INTO v_new;
        IF p_item IS NOT NULL AND v_was.section = p_section THEN
                UPDATE version_items SET item_version_id = v_new WHERE version_id = v_draft AND position = v_was.position;
        ELSE
                DELETE FROM version_items WHERE version_id = v_draft AND item_version_id = v_was.id AND p_item IS NOT NULL;
                PERFORM draft_item_place(v_draft, v_new, p_section);
        END IF;
        PERFORM draft_changed(v_p.id, v_draft, CASE WHEN p_item IS NULL THEN 'item added' ELSE 'item' END);
        RETURN 'saved';
END $$;

-- Take an item out (WAY 'out'), or move it one place 'up' or 'down'; at the edge of its section
-- it goes over into the next one.  moved; out; edge (nothing above or below); changed; unknown.
CREATE OR REPLACE FUNCTION draft_item_move(p_slug text, p_seen text, p_item text, p_way text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
        v_it version_items;
        v_by version_items;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        SELECT w.* INTO v_it FROM version_items w JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id
        WHERE w.version_id = v_draft AND i.slug = p_item;
        IF v_it.version_id IS NULL THEN
                RETURN 'unknown';       -- and what draft_of() made is rolled back with the 404
        END IF;
        IF p_way = 'out' THEN
                DELETE FROM version_items WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
                PERFORM draft_changed(v_p.id, v_draft, 'item taken out');
                RETURN 'out';
        END IF;
        SELECT * INTO v_by FROM version_items
        WHERE version_id = v_draft AND CASE WHEN p_way = 'up' THEN position < v_it.position ELSE position > v_it.position END
        ORDER BY abs(position - v_it.position) LIMIT 1;
        IF v_by.version_id IS NULL THEN
                RETURN 'edge';
        END IF;
        IF v_by.section <> v_it.section THEN
                UPDATE version_items SET section = v_by.section WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
        ELSE
                UPDATE version_items SET position = -1 WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
                UPDATE version_items SET position = v_it.position WHERE version_id = v_draft AND item_version_id = v_by.item_version_id;
                UPDATE version_items SET position = v_by.position WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
        END IF;
        PERFORM draft_changed(v_p.id, v_draft, 'item moved');
        RETURN 'moved';
END $$;
-- What a code takes off a price: in steps of its currency, so that what is left can be charged.
CREATE OR REPLACE FUNCTION discount_off(p_code discount_codes, p_list bigint, p_currency text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT round(CASE WHEN p_code.percent IS NULL THEN p_code.amount_minor::numeric ELSE p_list::numeric * p_code.percent / 100 END
                     / money_step(p_currency))::bigint * money_step(p_currency)
$$;

-- Whether a code is good for this now, in the words of discount_take(); PERSON NULL: whoever it is.
CREATE OR REPLACE FUNCTION discount_answer(p_code discount_codes, p_person bigint, p_product bigint, p_list bigint, p_currency text) RETURNS text
LANGUAGE sql STABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE
                WHEN p_code.id IS NULL OR p_code.disabled_at IS NOT NULL THEN 'unknown'
                WHEN p_code.from_on > day THEN 'early'
                WHEN p_code.until_on < day THEN 'over'
                WHEN p_code.product_id <> p_product OR p_code.currency <> p_currency THEN 'other'
                WHEN p_code.used >= p_code.most THEN 'used_up'
                WHEN p_code.once AND EXISTS (SELECT FROM order_lines l JOIN orders o ON o.id = l.order_id
                                             WHERE l.discount_id = p_code.id AND l.customer_id = p_person
                                               AND o.status NOT IN ('expired', 'cancelled')) THEN 'once'
                WHEN discount_off(p_code, p_list, p_currency) NOT BETWEEN 1 AND p_list - 1 THEN 'small'
                ELSE 'taken' END
        FROM (SELECT (app_now() AT TIME ZONE 'UTC')::date AS day) d
$$;

-- What a month of a subscription costs with a code, and for how many months (NULL: all of them); no row
-- where the code is not good for it.  Nothing is used up.
CREATE OR REPLACE FUNCTION discount_look(p_code text, p_product text, p_offer text)
RETURNS TABLE (code text, months integer, month_minor bigint, list_minor bigint, currency text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT c.code, c.months, v.amount_minor - discount_off(c, v.amount_minor, v.currency), v.amount_minor, v.currency
        FROM products p JOIN offers o ON o.product_id = p.id AND o.slug = p_offer AND o.enabled JOIN offer_versions v ON v.id = o.version_id
             JOIN discount_codes c ON c.code = upper(p_code)
        WHERE p.slug = p_product AND p.on_sale AND v.schedule ->> 'kind' = 'subscription'
          AND discount_answer(c, NULL, p.id, v.amount_minor, v.currency) = 'taken'
$$;

-- What a code takes OFF a price, one use of it counted on the locked row; no code takes nothing.
-- answer: taken, unknown, early, over, used_up, once, other (product or currency), small (the
-- price is not more than the discount).
CREATE OR REPLACE FUNCTION discount_take(p_code text, p_person bigint, p_product bigint, p_list bigint, p_currency text,
                                         OUT answer text, OUT discount bigint, OUT off bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c discount_codes;
BEGIN
        off := 0;
        IF coalesce(p_code, '') = '' THEN
                answer := 'taken'; RETURN;
        END IF;
        SELECT * INTO v_c FROM discount_codes WHERE code = upper(p_code) FOR UPDATE;
        off := discount_off(v_c, p_list, p_currency);
        answer := discount_answer(v_c, p_person, p_product, p_list, p_currency);
        IF answer = 'taken' THEN
                UPDATE discount_codes SET used = used + 1 WHERE id = v_c.id RETURNING id INTO discount;
        END IF;
END $$;

-- AFTER UPDATE OF status ON orders: an order that ends unpaid gives its use back; one that is
-- paid after all takes it again, even beyond the limit: money wins.
CREATE OR REPLACE FUNCTION discount_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_was integer := CASE WHEN OLD.status IN ('expired', 'cancelled') THEN 0 ELSE 1 END;
        v_is integer := CASE WHEN NEW.status IN ('expired', 'cancelled') THEN 0 ELSE 1 END;
BEGIN
        IF v_was <> v_is THEN
                UPDATE discount_codes c SET used = c.used + v_is - v_was
                FROM order_lines l WHERE l.order_id = NEW.id AND c.id = l.discount_id;
        END IF;
        RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION discount_count() TO lk_owner;

-- A new code, for so many MONTHS of a subscription, NULL for all.  added (also when the very same is there); taken; unknown (the product).
CREATE OR REPLACE FUNCTION discount_add(p_code text, p_product text, p_percent integer, p_amount bigint, p_currency text,
                                        p_from date, p_until date, p_most integer, p_once boolean, p_months integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_product bigint;
        v_id bigint;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'codes are made by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF p_product <> '' THEN
                SELECT id INTO v_product FROM products WHERE slug = p_product;
                IF v_product IS NULL THEN
                        RETURN 'unknown';
                END IF;
        END IF;
        INSERT INTO discount_codes (code, product_id, percent, amount_minor, currency, from_on, until_on, most, once, months, created_at, created_by)
        VALUES (upper(p_code), v_product, p_percent, p_amount, p_currency, p_from, p_until, p_most, p_once, p_months, app_now(), staff_me())
        ON CONFLICT (code) DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NULL THEN
                RETURN CASE WHEN EXISTS (SELECT FROM discount_codes WHERE code = upper(p_code) AND created_by = staff_me() AND disabled_at IS NULL
                                           AND (product_id, percent, amount_minor, currency, from_on, until_on, most, once, months)
                                               IS NOT DISTINCT FROM (v_product, p_percent, p_amount, p_currency, p_from, p_until, p_most, p_once, p_months))
                            THEN 'added' ELSE 'taken' END;
        END IF;
        PERFORM audit_add('staff', staff_me(), 'discount.added', 'discount', v_id,
                          jsonb_build_object('code', upper(p_code), 'percent', p_percent, 'amount', p_amount, 'currency', p_currency, 'months', p_months));
        RETURN 'added';
END $$;

-- Taken, or not any more.  on; off; unknown.
CREATE OR REPLACE FUNCTION discount_switch(p_id bigint, p_on boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_c discount_codes;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'codes are made by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        SELECT * INTO v_c FROM discount_codes WHERE id = p_id FOR UPDATE;
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF (v_c.disabled_at IS NULL) <> p_on THEN
                UPDATE discount_codes SET disabled_at = CASE WHEN NOT p_on THEN app_now() END WHERE id = p_id;
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'discount.on' ELSE 'discount.off' END, 'discount', p_id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER discount_count AFTER UPDATE OF status ON orders FOR EACH ROW EXECUTE FUNCTION discount_count();
CREATE OR REPLACE TRIGGER priced BEFORE INSERT ON offer_versions FOR EACH ROW EXECUTE FUNCTION priced();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON version_items FOR EACH ROW EXECUTE FUNCTION arranged();
RESET ROLE;
