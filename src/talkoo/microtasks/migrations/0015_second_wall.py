"""What the second wall goes by: answers, results and reports name their batch, and cannot name another than that of their task.

The views show nothing of what anybody wrote: how tasks stand, for pages over many batches, and in which batches
somebody did anything, for whoever gathers what is held of a person.
"""

import django.db.models.deletion
from django.db import migrations, models

TRUTH = """
CREATE FUNCTION microtasks_batch_of_task() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    SELECT t.batch_id INTO NEW.batch_id FROM microtasks_task t WHERE t.id = NEW.task_id;
    RETURN NEW;
END $$;
CREATE TRIGGER answer_batch BEFORE INSERT OR UPDATE OF task_id, batch_id ON microtasks_answer
    FOR EACH ROW EXECUTE FUNCTION microtasks_batch_of_task();
CREATE TRIGGER result_batch BEFORE INSERT OR UPDATE OF task_id, batch_id ON microtasks_result
    FOR EACH ROW EXECUTE FUNCTION microtasks_batch_of_task();
CREATE TRIGGER problem_batch BEFORE INSERT OR UPDATE OF task_id, batch_id ON microtasks_problem
    FOR EACH ROW EXECUTE FUNCTION microtasks_batch_of_task();
CREATE VIEW microtasks_standing AS SELECT id, batch_id, number, state, is_open, differ FROM microtasks_task;
CREATE VIEW microtasks_touched AS
    SELECT person_id, batch_id FROM microtasks_assignment
    UNION ALL SELECT person_id, batch_id FROM microtasks_practiceanswer
    UNION ALL SELECT person_id, batch_id FROM microtasks_problem
    UNION ALL SELECT person_id, batch_id FROM microtasks_question
    UNION ALL SELECT by_id, batch_id FROM microtasks_reply WHERE by_id IS NOT NULL
    UNION ALL SELECT decided_by_id, batch_id FROM microtasks_result WHERE decided_by_id IS NOT NULL;
"""

UNDO = """
DROP VIEW microtasks_touched;
DROP VIEW microtasks_standing;
DROP TRIGGER answer_batch ON microtasks_answer;
DROP TRIGGER problem_batch ON microtasks_problem;
DROP TRIGGER result_batch ON microtasks_result;
DROP FUNCTION microtasks_batch_of_task();
"""


def named(model: str, *, looked_up: bool = False) -> migrations.AddField:
    batch = models.ForeignKey(
        "microtasks.batch", db_constraint=False, db_index=looked_up, null=True, related_name="+",
        on_delete=django.db.models.deletion.DO_NOTHING,
    )  # fmt: skip
    return migrations.AddField(model, "batch", batch)


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0014_control_index")]
    operations = [
        named("answer"),
        named("result"),
        named("problem", looked_up=True),
        migrations.RunSQL(TRUTH, UNDO),
        migrations.CreateModel(
            name="Standing",
            fields=[("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))],
            options={"db_table": "microtasks_standing", "managed": False},
        ),
    ]
