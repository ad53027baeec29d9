"""The claim of pieces: nobody is handed more pieces of one record than the caps of the batch allow, one person and one
organisation alike. A piece that was in hand counts for good, however it ended; who had it may have it again.

One person's claims wait for each other at their cursor, those of one team at an advisory lock of the team and the batch;
so what was handed out is counted before the next one looks. A batch without pieces reads three columns more.
"""

from django.db import migrations

CLAIM = """
CREATE FUNCTION microtasks_within(t bigint, p bigint, of_team bigint, per_person int, per_team int)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM microtasks_piece k WHERE k.task_id = t AND (
            (SELECT count(DISTINCT s.task_id) >= per_person AND NOT coalesce(bool_or(s.task_id = t), false)
             FROM microtasks_seen s WHERE s.batch_id = k.batch_id AND s.record = k.record AND s.person_id = p)
            OR
            (SELECT count(DISTINCT s.task_id) >= per_team AND NOT coalesce(bool_or(s.task_id = t), false)
             FROM microtasks_seen s WHERE s.batch_id = k.batch_id AND s.record = k.record AND s.team = of_team)))
$$;

CREATE FUNCTION microtasks_pick_piece(b bigint, p bigint, of_team bigint, per_person int, per_team int, after bigint,
                                      OUT task bigint, OUT at bigint)
LANGUAGE sql AS $$
    SELECT t.id, t.pos FROM microtasks_task t
    WHERE t.batch_id = b AND t.is_open AND t.pos > after
      AND NOT EXISTS (SELECT FROM microtasks_assignment a
                      WHERE a.person_id = p AND a.task_id = t.id AND a.state <> 'lapsed')
      AND microtasks_within(t.id, p, of_team, per_person, per_team)
    ORDER BY t.pos LIMIT 1 FOR UPDATE OF t SKIP LOCKED
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
    team bigint := coalesce(org, 0);
BEGIN
    INSERT INTO microtasks_cursor (person_id, batch_id, pos) VALUES (p, b, 0) ON CONFLICT DO NOTHING;
    SELECT c.pos, c.swept, c.handed, c.control_at, c.control_spot, c.controls, x.control_every AS every, x.controls_added,
           x.records > 0 AS pieces, x.cap_person, x.cap_team
    INTO cur FROM microtasks_cursor c JOIN microtasks_batch x ON x.id = c.batch_id
    WHERE c.person_id = p AND c.batch_id = b FOR NO KEY UPDATE OF c;

    UPDATE microtasks_assignment a SET lease_until = now() + lease
    WHERE a.person_id = p AND a.batch_id = b AND a.state = 'leased' RETURNING a.id INTO claimed;
    IF FOUND THEN RETURN claimed; END IF;

    IF cur.pieces AND cur.cap_team IS NOT NULL THEN  -- whoever came first is counted before the next of the team looks
        PERFORM pg_advisory_xact_lock(hashtextextended('pieces ' || b || ' ' || team, 0));
    END IF;
    PERFORM microtasks_release(b, 3);

    IF wanted IS NOT NULL THEN
        SELECT t.id, t.pos INTO found_task, found_pos FROM microtasks_task t
        WHERE t.id = wanted AND t.batch_id = b AND t.is_open
          AND NOT EXISTS (SELECT FROM microtasks_assignment a
                          WHERE a.person_id = p AND a.task_id = t.id AND a.state <> 'lapsed')
          AND (NOT cur.pieces OR microtasks_within(t.id, p, team, cur.cap_person, cur.cap_team))
        FOR UPDATE OF t;
    ELSIF cur.pieces THEN
        SELECT task, at INTO found_task, found_pos
        FROM microtasks_pick_piece(b, p, team, cur.cap_person, cur.cap_team, cur.pos);
        IF found_task IS NULL AND cur.pos > 0 AND (cur.swept IS NULL OR cur.swept < now() - interval '2 seconds') THEN
            SELECT task, at INTO found_task, found_pos
            FROM microtasks_pick_piece(b, p, team, cur.cap_person, cur.cap_team, 0);
            UPDATE microtasks_cursor c SET swept = now() WHERE c.person_id = p AND c.batch_id = b;
        END IF;
        IF found_task IS NULL THEN  -- what is ahead stays out of reach: the next claim does not walk past it again
            UPDATE microtasks_cursor c
            SET pos = greatest(cur.pos, (SELECT max(t.pos) FROM microtasks_task t WHERE t.batch_id = b AND t.is_open))
            WHERE c.person_id = p AND c.batch_id = b;
        END IF;
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
    IF cur.pieces THEN
        INSERT INTO microtasks_seen (batch_id, task_id, record, person_id, team)
        SELECT b, k.task_id, k.record, p, team FROM microtasks_piece k WHERE k.task_id = found_task
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN claimed;
END $$;
"""

UNDO = """
DROP FUNCTION microtasks_pick_piece(bigint, bigint, bigint, int, int, bigint);
DROP FUNCTION microtasks_within(bigint, bigint, bigint, int, int);
"""


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0020_pieces")]
    operations = [migrations.RunSQL(CLAIM, UNDO)]
