"""What names an erased person is found by their very code, not by a pattern; and a backlog of old details is read once.

Web and worker may write the row of a person, so a code of `%` would have matched every payload. Now only what `new_code`
makes counts as one (letters and digits that are hard to confuse, so no word such as "password"), and it is looked for as
it is written. `audit_erase_old` takes fifty portions a call: each call walks past what is erased already.
"""

from django.db import migrations

ERASE = """
CREATE OR REPLACE FUNCTION audit_erase_person(subject text) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    person bigint;
    who bigint;
    events bigint[];
    entries bigint[] := '{}';
BEGIN
    SELECT id INTO person FROM people_person WHERE code = subject AND erased IS NOT NULL;
    SELECT e.actor_id INTO who FROM audit_event e
    WHERE e.kind = 'person' AND e.code = subject AND e.action = 'people.person.erased' ORDER BY e.id DESC LIMIT 1;
    IF person IS NULL OR NOT FOUND OR subject !~ '^[2-9a-hjkmnp-z]{8}$' THEN
        RAISE EXCEPTION 'audit_erase_person: nobody of this code was erased';
    END IF;
    -- what is on them, what names them, and what they did that concerns themselves; acts of an office stay
    SELECT coalesce(array_agg(e.id ORDER BY e.id), '{}') INTO events FROM audit_event e
    WHERE e.facts <> '{}' AND e.action <> 'audit.payload.erased' AND (
        (e.kind = 'person' AND e.code = subject)
        OR (e.kind = 'person' AND e.code = person::text AND e.action LIKE 'notify.%')
        OR strpos(e.facts, '"' || subject || '"') > 0
        OR (e.actor_id = person AND e.facts NOT LIKE '%"service": true%' AND (
            e.kind IN ('session', 'token', 'skill', 'assignment', 'path') OR e.action = 'microtasks.practice.tried'
        ))
    );
    FOR at IN 1 .. cardinality(events) BY 500 LOOP
        entries := entries || audit_erase(events[at : at + 499], who, 'GDPR Art. 17');
    END LOOP;
    RETURN entries;
END $$;

CREATE OR REPLACE FUNCTION audit_erase_old(sure timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    events bigint[];
BEGIN
    SELECT coalesce(array_agg(id), '{}') INTO events FROM (
        SELECT e.id FROM audit_event e JOIN audit_leaf l ON l.event_id = e.id
        WHERE e.at < least(sure, now()) - interval '730 days' AND e.facts <> '{}'
          AND e.facts NOT LIKE '%"service": true%'
          AND (e.kind IN ('session', 'token', 'skill', 'assignment') OR e.action = 'microtasks.practice.tried')
        ORDER BY e.at LIMIT 50000
    ) old;
    FOR at IN 1 .. cardinality(events) BY 1000 LOOP
        PERFORM audit_erase(events[at : at + 999], NULL, 'Two years are over');
    END LOOP;
    RETURN cardinality(events);
END $$;
"""


class Migration(migrations.Migration):
    """There is no way back to the pattern."""

    dependencies = [("audit", "0006_erasing_old_details")]
    operations = [migrations.RunSQL(ERASE)]
