"""The only way by which answers leave: functions that run as the owner of the tables and let nothing go but what is due.

`microtasks_erase` takes the next `at_most` items of a batch. It looks for itself, under the lock of the batch, whether
the batch is closed, its days are over and no hold stands: what the caller believes does not count. What hangs on an item
goes with it, whatever table it is in: rows that cannot be without it are deleted, references that may be empty are
emptied.
"""

from django.db import migrations

ERASE = """
CREATE FUNCTION microtasks_unhook(rel regclass, ids bigint[], spare regclass DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tie record;
    more bigint[];
BEGIN
    IF coalesce(cardinality(ids), 0) = 0 THEN RETURN; END IF;
    FOR tie IN
        SELECT c.conrelid::regclass AS tbl, a.attname AS col, a.attnotnull AS needed,
               EXISTS (SELECT FROM pg_attribute i WHERE i.attrelid = c.conrelid AND i.attname = 'id'
                       AND NOT i.attisdropped) AS has_id
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = rel AND cardinality(c.conkey) = 1
          AND c.conrelid IS DISTINCT FROM spare::oid
        ORDER BY a.attnotnull
    LOOP
        IF NOT tie.needed THEN
            EXECUTE format('UPDATE %s SET %I = NULL WHERE %I = ANY ($1)', tie.tbl, tie.col, tie.col) USING ids;
        ELSIF tie.has_id THEN
            EXECUTE format('SELECT array_agg(id) FROM %s WHERE %I = ANY ($1)', tie.tbl, tie.col) INTO more USING ids;
            PERFORM public.microtasks_unhook(tie.tbl, more);
            EXECUTE format('DELETE FROM %s WHERE id = ANY ($1)', tie.tbl) USING more;
        ELSE
            EXECUTE format('DELETE FROM %s WHERE %I = ANY ($1)', tie.tbl, tie.col) USING ids;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION microtasks_erase(b bigint, at_most int, OUT due boolean, OUT finished boolean,
                                 OUT items bigint, OUT answers bigint, OUT results bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    keep boolean;
    done_until bigint;
    picked bigint[];
    last_number bigint;
BEGIN
    items := 0; answers := 0; results := 0; finished := false;
    PERFORM FROM microtasks_batch WHERE id = b FOR NO KEY UPDATE;  -- who places a hold waits for this, or was before it
    SELECT p.afterwards = 'results', p.reached INTO keep, done_until
    FROM microtasks_batch x JOIN microtasks_protection p ON p.batch_id = x.id
    WHERE x.id = b AND x.state = 'closed' AND p.erased IS NULL AND p.afterwards IN ('results', 'delete')
      AND x.closed + make_interval(days => p.keep_days) <= now()
      AND NOT EXISTS (SELECT FROM microtasks_hold h WHERE h.batch_id = b AND h.lifted IS NULL AND h.until > now());
    due := FOUND;
    IF NOT due THEN RETURN; END IF;

    SELECT array_agg(t.id), max(t.number), count(*) INTO picked, last_number, items
    FROM (SELECT id, number FROM microtasks_task WHERE batch_id = b AND number > done_until
          ORDER BY number LIMIT at_most) t;
    IF items > 0 THEN
        SELECT count(*) INTO answers FROM microtasks_answer WHERE task_id = ANY (picked);
        IF keep THEN
            PERFORM microtasks_unhook('microtasks_task', picked, 'microtasks_result');
            UPDATE microtasks_result SET answer_ids = '{}', note = '', decided_by_id = NULL WHERE task_id = ANY (picked);
            UPDATE microtasks_task SET payload = '{}', estimate = '[]' WHERE id = ANY (picked);
        ELSE
            SELECT count(*) INTO results FROM microtasks_result WHERE task_id = ANY (picked);
            UPDATE microtasks_task SET result_id = NULL WHERE id = ANY (picked);
            PERFORM microtasks_unhook('microtasks_task', picked);
            DELETE FROM microtasks_task WHERE id = ANY (picked);
        END IF;
    END IF;
    finished := items < at_most;
    IF finished THEN
        DELETE FROM microtasks_cursor WHERE batch_id = b;
        DELETE FROM microtasks_reliability WHERE batch_id = b;
        DELETE FROM microtasks_model WHERE batch_id = b;
        DELETE FROM microtasks_datacheck WHERE batch_id = b;
        SELECT array_agg(id) INTO picked FROM microtasks_upload WHERE batch_id = b;
        PERFORM microtasks_unhook('microtasks_upload', picked);
        DELETE FROM microtasks_upload WHERE batch_id = b;
    END IF;
    UPDATE microtasks_protection p SET
        reached = coalesce(last_number, p.reached), erasing = coalesce(p.erasing, now()),
        erased = CASE WHEN finished THEN now() END,
        erased_counts = jsonb_build_object(
            'items', items + coalesce((p.erased_counts ->> 'items')::bigint, 0),
            'answers', answers + coalesce((p.erased_counts ->> 'answers')::bigint, 0),
            'results', results + coalesce((p.erased_counts ->> 'results')::bigint, 0))
    WHERE p.batch_id = b;
END $$;
REVOKE ALL ON FUNCTION microtasks_erase(bigint, int), microtasks_unhook(regclass, bigint[], regclass) FROM PUBLIC;
"""

UNDO = """
DROP FUNCTION microtasks_erase(bigint, int);
DROP FUNCTION microtasks_unhook(regclass, bigint[], regclass);
"""


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0007_protection")]
    operations = [migrations.RunSQL(ERASE, UNDO)]
