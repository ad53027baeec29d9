from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0003_ledger")]
    operations = [
        AddIndexConcurrently("event", models.Index(fields=["at", "id"], name="audit_time")),
        AddIndexConcurrently("event", models.Index(fields=["actor_id", "at", "id"], name="audit_actor")),
    ]
