"""What is erased from the log is what somebody left who was erased, and nobody chooses it.

`audit_erase` takes any events, so only its owner may call it from now on. Web and worker call `audit_erase_person`: the
function itself looks whether the person was erased, by whom, and which payloads speak of them. The order in which the
explorer reads the events of one organisation gets its index; the one by number alone served nothing.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

ERASE = """
CREATE OR REPLACE FUNCTION audit_erase(events bigint[], who bigint, why text) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    entries bigint[];
BEGIN
    IF coalesce(btrim(why), '') = '' OR cardinality(events) > 1000 THEN
        RAISE EXCEPTION 'audit_erase wants a reason and at most 1000 events';
    END IF;
    IF EXISTS (SELECT FROM audit_inbox i WHERE i.event_id = ANY(events)) THEN
        RAISE EXCEPTION 'audit_erase: events wait for their number, and an erasure names what it erased by number';
    END IF;
    WITH gone AS (
        UPDATE audit_event e SET facts = NULL, salt = NULL FROM audit_leaf l
        WHERE l.event_id = e.id AND e.id = ANY(events) AND e.facts IS NOT NULL AND e.action <> 'audit.payload.erased'
        RETURNING l.position
    )
    SELECT coalesce(array_agg(position ORDER BY position), '{}') INTO entries FROM gone;
    IF entries <> '{}' THEN
        INSERT INTO audit_event (at, actor_id, action, kind, code, facts)
        VALUES (clock_timestamp(), who, 'audit.payload.erased', 'log', 'payloads',
                json_build_object('entries', to_json(entries), 'reason', why)::text);
    END IF;
    RETURN entries;
END $$;
REVOKE ALL ON FUNCTION audit_erase(bigint[], bigint, text) FROM PUBLIC;

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
    IF person IS NULL OR NOT FOUND THEN
        RAISE EXCEPTION 'audit_erase_person: nobody of this code was erased';
    END IF;
    -- what is on them, what names them, and what they did that concerns themselves; acts of an office stay
    SELECT coalesce(array_agg(e.id ORDER BY e.id), '{}') INTO events FROM audit_event e
    WHERE e.facts <> '{}' AND e.action <> 'audit.payload.erased' AND (
        (e.kind = 'person' AND e.code = subject)
        OR (e.kind = 'person' AND e.code = person::text AND e.action LIKE 'notify.%')
        OR e.facts LIKE '%"' || subject || '"%'
        OR (e.actor_id = person AND e.facts NOT LIKE '%"service": true%' AND (
            e.kind IN ('session', 'token', 'skill', 'assignment', 'path') OR e.action = 'microtasks.practice.tried'
        ))
    );
    FOR at IN 1 .. cardinality(events) BY 500 LOOP
        entries := entries || audit_erase(events[at : at + 499], who, 'GDPR Art. 17');
    END LOOP;
    RETURN entries;
END $$;
REVOKE ALL ON FUNCTION audit_erase_person(text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    """There is no way back: what only its owner may call stays so."""

    atomic = False
    dependencies = [("audit", "0004_explorer_indexes")]
    operations = [
        migrations.RunSQL(ERASE),
        AddIndexConcurrently("event", models.Index(fields=["organisation_id", "at", "id"], name="audit_place")),
        RemoveIndexConcurrently("event", "audit_organisation"),
    ]
