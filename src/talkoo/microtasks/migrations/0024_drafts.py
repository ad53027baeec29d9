"""Drafts of answers get a table of their own, which the second wall can hide: pages over many batches read assignments."""

import django.db.models.deletion
from django.db import migrations, models

MOVE = "INSERT INTO microtasks_draft (assignment_id, typed) SELECT id, draft FROM microtasks_assignment WHERE draft IS NOT NULL"
BACK = "UPDATE microtasks_assignment a SET draft = d.typed FROM microtasks_draft d WHERE d.assignment_id = a.id"


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0023_first_rows")]
    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("assignment", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True,
                                                    related_name="+", serialize=False, to="microtasks.assignment")),
                ("typed", models.JSONField()),
            ],
        ),
        migrations.RunSQL(MOVE, BACK),
        migrations.RemoveField(model_name="assignment", name="draft"),
    ]
