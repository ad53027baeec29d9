"""The batch of every answer, result and report that was there before, a step at a time, while people go on working."""

import django.db.models.deletion
from django.db import migrations, models

STEP = 20_000
FILL = """
UPDATE {table} n SET batch_id = t.batch_id FROM microtasks_task t
WHERE t.id = n.task_id AND n.id > %s AND n.id <= %s AND n.batch_id IS NULL
"""


def fill(_apps: object, schema_editor: object) -> None:
    with schema_editor.connection.cursor() as cursor:
        for table in ("microtasks_answer", "microtasks_result", "microtasks_problem"):
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            for start in range(0, cursor.fetchone()[0], STEP):
                cursor.execute(FILL.format(table=table), [start, start + STEP])


def always(model: str, *, looked_up: bool = False) -> migrations.AlterField:
    batch = models.ForeignKey(
        "microtasks.batch", db_constraint=False, db_index=looked_up, related_name="+",
        on_delete=django.db.models.deletion.DO_NOTHING,
    )  # fmt: skip
    return migrations.AlterField(model, "batch", batch)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("microtasks", "0015_second_wall")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        always("answer"),
        always("result"),
        always("problem", looked_up=True),
    ]
