"""The index by which the claim finds an item with a known answer, built while people go on working.

An index that an interrupted upgrade left half-built is dropped first.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("microtasks", "0013_replies_for_all")]
    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS task_control", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "task",
            models.Index(condition=models.Q(("state", "control")), fields=["batch", "spot"], name="task_control"),
        ),
    ]
