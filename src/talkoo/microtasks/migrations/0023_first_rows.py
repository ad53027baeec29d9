"""The first rows of files get a table of their own, which the second wall can hide: pages over many batches read files."""

import django.db.models.deletion
from django.db import migrations, models

MOVE = "INSERT INTO microtasks_firstrows (upload_id, rows) SELECT id, sample FROM microtasks_upload"
BACK = "UPDATE microtasks_upload u SET sample = f.rows FROM microtasks_firstrows f WHERE f.upload_id = u.id"


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0022_viewings")]
    operations = [
        migrations.CreateModel(
            name="FirstRows",
            fields=[
                ("upload", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True,
                                                related_name="+", serialize=False, to="microtasks.upload")),
                ("rows", models.JSONField(default=list)),
            ],
        ),
        migrations.RunSQL(MOVE, BACK),
        migrations.RemoveField(model_name="upload", name="sample"),
    ]
