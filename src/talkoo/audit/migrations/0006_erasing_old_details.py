"""Details of what people did for themselves go after two years; the function knows which, and nobody tells it."""

from django.db import migrations

FORGET = """
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
        ORDER BY e.at LIMIT 1000
    ) old;
    PERFORM audit_erase(events, NULL, 'Two years are over');
    RETURN cardinality(events);
END $$;
REVOKE ALL ON FUNCTION audit_erase_old(timestamptz) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_erasing_somebody")]
    operations = [migrations.RunSQL(FORGET, "DROP FUNCTION audit_erase_old(timestamptz)")]
