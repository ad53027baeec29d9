"""The claim hands out an item with a known answer now and then; a lapsed one of those frees no slot.

One hand-out in each `control_every`, at a random place of each block, the first within the first five. Everybody walks
the same circle of control items from a random start, so that nobody meets one twice and all are used alike. Nothing of
a control item is written: any number of people hold the same one without waiting for each other.
"""

from django.db import migrations

CLAIM = """
CREATE OR REPLACE FUNCTION microtasks_release(b bigint, at_most int) RETURNS void LANGUAGE sql AS $$
    WITH lapsed AS (
        SELECT a.id, a.task_id FROM microtasks_assignment a JOIN microtasks_task t ON t.id = a.task_id
        WHERE a.batch_id = b AND a.state = 'leased' AND a.lease_until < now()
        ORDER BY a.lease_until LIMIT at_most FOR NO KEY UPDATE OF a, t SKIP LOCKED),
    freed AS (
        UPDATE microtasks_assignment a SET state = 'lapsed' FROM lapsed WHERE a.id = lapsed.id RETURNING a.task_id),
    counted AS (SELECT task_id, count(*) AS n FROM freed GROUP BY task_id)
    UPDATE microtasks_task t
    SET active = t.active - counted.n, pos = CASE WHEN t.closed THEN t.pos ELSE nextval('microtasks_task_pos') END
    FROM counted WHERE t.id = counted.task_id AND t.state <> 'control'
$$;

CREATE FUNCTION microtasks_pick_control(b bigint, p bigint, after float8, OUT task bigint, OUT at float8)
LANGUAGE sql AS $$
    SELECT t.id, t.spot FROM microtasks_task t
    WHERE t.batch_id = b AND t.state = 'control' AND t.spot > after
      AND NOT EXISTS (SELECT FROM microtasks_assignment a WHERE a.person_id = p AND a.task_id = t.id)
    ORDER BY t.spot LIMIT 1 FOR KEY SHARE OF t
$$;

CREATE OR REPLACE FUNCTION microtasks_claim(b bigint, p bigint, org bigint, lease interval, wanted bigint DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    cur record;
    found_task bigint;
    found_pos bigint;
    control bigint;
    new_spot float8;
    due int;
    claimed bigint;
BEGIN
    INSERT INTO microtasks_cursor (person_id, batch_id, pos) VALUES (p, b, 0) ON CONFLICT DO NOTHING;
    SELECT c.pos, c.swept, c.handed, c.control_at, c.control_spot, c.controls, x.control_every AS every, x.controls_added
    INTO cur FROM microtasks_cursor c JOIN microtasks_batch x ON x.id = c.batch_id
    WHERE c.person_id = p AND c.batch_id = b FOR NO KEY UPDATE OF c;

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

    due := coalesce(cur.control_at, cur.handed + floor(random() * least(greatest(cur.every, 1), 5))::int);
    new_spot := cur.control_spot;
    IF wanted IS NULL AND cur.every > 0 AND cur.controls < cur.controls_added AND cur.handed >= due THEN
        new_spot := coalesce(new_spot, random());
        SELECT k.task, k.at INTO control, new_spot FROM microtasks_pick_control(b, p, new_spot) k;
        IF control IS NULL THEN
            SELECT k.task, k.at INTO control, new_spot FROM microtasks_pick_control(b, p, -1) k;
        END IF;
        due := (cur.handed / cur.every + 1) * cur.every + floor(random() * cur.every)::int;
        cur.controls := CASE WHEN control IS NULL THEN cur.controls_added ELSE cur.controls + 1 END;
    END IF;

    IF control IS NULL THEN
        UPDATE microtasks_task t SET active = active + 1 WHERE t.id = found_task;
    ELSE
        found_task := control;
        found_pos := cur.pos;
    END IF;
    IF wanted IS NULL THEN
        UPDATE microtasks_cursor c
        SET pos = found_pos, handed = cur.handed + 1, control_at = due, controls = cur.controls,
            control_spot = new_spot
        WHERE c.person_id = p AND c.batch_id = b;
    END IF;
    INSERT INTO microtasks_assignment (task_id, batch_id, person_id, organisation_id, state, lease_until, taken)
    VALUES (found_task, b, p, org, 'leased', now() + lease, now())
    ON CONFLICT (person_id, task_id) DO UPDATE
    SET state = 'leased', lease_until = EXCLUDED.lease_until, taken = EXCLUDED.taken, organisation_id = EXCLUDED.organisation_id
    RETURNING id INTO claimed;
    RETURN claimed;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0010_control")]
    operations = [migrations.RunSQL(CLAIM, migrations.RunSQL.noop)]
