import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0005_device_tokens"), ("people", "0008_levels")]

    operations = [
        migrations.CreateModel(
            name="DecisionCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("facts", models.JSONField()),
                ("number", models.PositiveIntegerField()),
                ("organisation", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.organisation")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "organisation", "facts"), name="decision_count_once", nulls_distinct=False)
                ],
            },
        ),
    ]
