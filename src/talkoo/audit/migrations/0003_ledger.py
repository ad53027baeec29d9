"""Every event becomes an entry of a tree whose root is signed; what may have to be erased stands apart from the entry.

`facts` turns from jsonb into the text that was written, since its hash is in the entry; what is kept of earlier events is
the text as the database shows it. A trigger draws the salt, makes the commitment and puts the event into the inbox, so
nothing that is written escapes the sequencer, whoever writes it.
"""

from django.db import migrations, models

ENTRIES = """
DROP TRIGGER audit_append_only ON audit_event;
ALTER TABLE audit_event
    ALTER COLUMN facts TYPE text USING facts::text,
    ALTER COLUMN facts DROP NOT NULL,
    ADD COLUMN salt bytea,
    ADD COLUMN commitment bytea;
UPDATE audit_event e SET salt = drawn.salt, commitment = sha256(drawn.salt || convert_to(facts, 'UTF8'))
FROM (SELECT id, uuid_send(gen_random_uuid()) AS salt FROM audit_event) drawn WHERE drawn.id = e.id;
ALTER TABLE audit_event ALTER COLUMN commitment SET NOT NULL;
INSERT INTO audit_inbox (event_id) SELECT id FROM audit_event;

CREATE FUNCTION audit_take_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.facts := coalesce(NEW.facts, '{}');
    NEW.salt := uuid_send(gen_random_uuid());
    NEW.commitment := sha256(NEW.salt || convert_to(NEW.facts, 'UTF8'));
    INSERT INTO audit_inbox (event_id) VALUES (NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER audit_take_in BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_take_in();

CREATE FUNCTION audit_let_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM audit_inbox i USING numbered n WHERE i.event_id = n.event_id;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_let_go AFTER INSERT ON audit_leaf REFERENCING NEW TABLE AS numbered
    FOR EACH STATEMENT EXECUTE FUNCTION audit_let_go();

CREATE FUNCTION audit_erasure_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erased audit_event := OLD;
BEGIN
    erased.facts := NULL;
    erased.salt := NULL;
    IF OLD.facts IS NULL OR NEW IS DISTINCT FROM erased THEN
        RAISE EXCEPTION 'audit events are written once: % refused', TG_OP;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_append_only BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_erasure_only BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_erasure_only();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_leaf FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_tile FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""

ERASE = """
CREATE FUNCTION audit_erase(events bigint[], who bigint, why text) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    entries bigint[];
BEGIN
    IF coalesce(btrim(why), '') = '' OR cardinality(events) > 1000 THEN
        RAISE EXCEPTION 'audit_erase wants a reason and at most 1000 events';
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
"""


class Migration(migrations.Migration):
    """There is no way back: what was made into an entry stays one."""

    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="Inbox",
            fields=[
                ("event", models.OneToOneField(db_constraint=False, on_delete=models.deletion.DO_NOTHING, primary_key=True, related_name="waiting", serialize=False, to="audit.event")),
            ],
            options={"db_table": "audit_inbox"},
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event", models.OneToOneField(db_constraint=False, on_delete=models.deletion.DO_NOTHING, related_name="leaf", to="audit.event")),
                ("hash", models.BinaryField()),
            ],
            options={"db_table": "audit_leaf"},
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                ("pk", models.CompositePrimaryKey("level", "position", blank=True, editable=False, primary_key=True, serialize=False)),
                ("level", models.SmallIntegerField()),
                ("position", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={"db_table": "audit_tile"},
        ),
        migrations.CreateModel(
            name="SignedCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("origin", models.CharField(max_length=200)),
                ("size", models.BigIntegerField()),
                ("note", models.TextField()),
            ],
            options={"db_table": "audit_checkpoint"},
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("target", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
            ],
            options={"db_table": "audit_stream"},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("event", "facts"),
                migrations.AddField("event", "payload", models.TextField(db_column="facts", null=True)),
                migrations.AddField("event", "salt", models.BinaryField(null=True)),
                migrations.AddField("event", "commitment", models.BinaryField(default=b"")),
            ],
            database_operations=[migrations.RunSQL(ENTRIES), migrations.RunSQL(ERASE)],
        ),
        migrations.AlterField("event", "commitment", models.BinaryField()),
    ]
