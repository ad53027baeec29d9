"""The claiming statement as a function in the database: one round trip, one plan, counted as one query."""

from django.db import migrations

CLAIM = """
CREATE SEQUENCE microtasks_task_pos;

CREATE FUNCTION microtasks_release(b bigint, at_most int) RETURNS void LANGUAGE sql AS $$
    WITH lapsed AS (
        SELECT a.id, a.task_id FROM microtasks_assignment a JOIN microtasks_task t ON t.id = a.task_id
        WHERE a.batch_id = b AND a.state = 'leased' AND a.lease_until < now()
        ORDER BY a.lease_until LIMIT at_most FOR UPDATE OF a, t SKIP LOCKED),
    freed AS (
        UPDATE microtasks_assignment a SET state = 'lapsed' FROM lapsed WHERE a.id = lapsed.id RETURNING a.task_id),
    counted AS (SELECT task_id, count(*) AS n FROM freed GROUP BY task_id)
    UPDATE microtasks_task t
    SET active = t.active - counted.n, pos = CASE WHEN t.closed THEN t.pos ELSE nextval('microtasks_task_pos') END
    FROM counted WHERE t.id = counted.task_id
$$;

CREATE FUNCTION microtasks_pick(b bigint, p bigint, after bigint, OUT task bigint, OUT at bigint)
LANGUAGE sql AS $$
    SELECT t.id, t.pos FROM microtasks_task t
    WHERE t.batch_id = b AND t.is_open AND t.pos > after
      AND NOT EXISTS (SELECT FROM microtasks_assignment a
                      WHERE a.person_id = p AND a.task_id = t.id AND a.state <> 'lapsed')
    ORDER BY t.pos LIMIT 1 FOR UPDATE OF t SKIP LOCKED
$$;

CREATE FUNCTION microtasks_claim(b bigint, p bigint, org bigint, lease interval, wanted bigint DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    cur record;
    found_task bigint;
    found_pos bigint;
    claimed bigint;
BEGIN
    INSERT INTO microtasks_cursor (person_id, batch_id, pos) VALUES (p, b, 0) ON CONFLICT DO NOTHING;
    SELECT c.pos, c.swept INTO cur FROM microtasks_cursor c WHERE c.person_id = p AND c.batch_id = b FOR UPDATE;

    UPDATE microtasks_assignment a SET lease_until = now() + lease
    WHERE a.person_id = p AND a.batch_id = b AND a.state = 'leased' RETURNING a.id INTO claimed;
    IF FOUND THEN RETURN claimed; END IF;

    PERFORM microtasks_release(b, 3);

    IF wanted IS NOT NULL THEN
        SELECT t.id, t.pos INTO found_task, found_pos FROM microtasks_task t
        WHERE t.id = wanted AND t.batch_id = b AND t.is_open
          AND NOT EXISTS (SELECT FROM microtasks_assignment a
                          WHERE a.person_id = p AND a.task_id = t.id AND a.state <> 'lapsed')
        FOR UPDATE OF t;
    ELSE
        SELECT task, at INTO found_task, found_pos FROM microtasks_pick(b, p, cur.pos);
        IF found_task IS NULL AND cur.pos > 0 AND (cur.swept IS NULL OR cur.swept < now() - interval '2 seconds') THEN
            UPDATE microtasks_cursor c SET swept = now() WHERE c.person_id = p AND c.batch_id = b;
            SELECT task, at INTO found_task, found_pos FROM microtasks_pick(b, p, 0);
        END IF;
    END IF;
    IF found_task IS NULL THEN RETURN NULL; END IF;

    UPDATE microtasks_task t SET active = t.active + 1 WHERE t.id = found_task;
    IF wanted IS NULL THEN
        UPDATE microtasks_cursor c SET pos = found_pos WHERE c.person_id = p AND c.batch_id = b;
    END IF;
    INSERT INTO microtasks_assignment (task_id, batch_id, person_id, organisation_id, state, lease_until, taken)
    VALUES (found_task, b, p, org, 'leased', now() + lease, now())
    ON CONFLICT (person_id, task_id) DO UPDATE
    SET state = 'leased', lease_until = EXCLUDED.lease_until, taken = EXCLUDED.taken, organisation_id = EXCLUDED.organisation_id
    RETURNING id INTO claimed;
    RETURN claimed;
END $$;
"""

UNDO = """
DROP FUNCTION microtasks_claim(bigint, bigint, bigint, interval, bigint);
DROP FUNCTION microtasks_pick(bigint, bigint, bigint);
DROP FUNCTION microtasks_release(bigint, int);
DROP SEQUENCE microtasks_task_pos;
"""


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0001_initial")]
    operations = [migrations.RunSQL(CLAIM, UNDO)]
